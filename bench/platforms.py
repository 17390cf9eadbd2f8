"""Says where Limelight installs: all dependencies as wheels, for each system and Python; for docs/installing.md.

    pip install uv
    python bench/platforms.py                  half a minute, and no download of a wheel
    python bench/platforms.py --extra mcp      with an extra

uv asks the package index as another system would. Nothing is installed. Where a version has no wheel, an older one is
looked for, as pip looks with `--only-binary :all:`; where none is left, the package is named. Exits with 1 where what
`pyproject.toml` promises does not hold.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.tables import table

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class System:
    """A system as uv names it."""

    name: str
    target: str
    #: the oldest version of macOS that a wheel may need
    macos: str | None = None
    #: Pythons on which it has to install; of the others the table tells what is true
    promised: tuple[str, ...] = ()


def pythons() -> tuple[str, ...]:
    """The versions of Python in the classifiers."""
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["classifiers"]
    return tuple(m[1] for c in classifiers if (m := re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", c)))


PYTHONS = pythons()
SYSTEMS = (
    System("Linux, x86_64 (glibc 2.28 or newer)", "x86_64-manylinux_2_28", promised=PYTHONS),
    System("Linux, ARM (aarch64, glibc 2.28 or newer)", "aarch64-manylinux_2_28", promised=PYTHONS),
    System("Linux, x86_64, musl (Alpine)", "x86_64-unknown-linux-musl"),
    System("macOS 14 or newer, Apple silicon", "aarch64-apple-darwin", "14.0", PYTHONS),
    System("macOS 13, Apple silicon", "aarch64-apple-darwin", "13.0"),
    System("macOS 13 or newer, Intel", "x86_64-apple-darwin", "13.0", ("3.11", "3.12", "3.13")),
    System("Windows, x86_64", "x86_64-pc-windows-msvc", promised=PYTHONS),
    System("Windows, ARM", "aarch64-pc-windows-msvc"),
)


def blocked_by(system: System, python: str, extras: Sequence[str]) -> str | None:
    """The package that has no wheel there, with uv's reason; None where all have one."""
    command = ["uv", "pip", "compile", "--quiet", "--no-header", "--only-binary", ":all:", "pyproject.toml"]
    command += ["--python-platform", system.target, "--python-version", python]
    command += [part for extra in extras for part in ("--extra", extra)]
    macos = {"MACOSX_DEPLOYMENT_TARGET": system.macos} if system.macos else {}
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **macos}, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    found = re.search(r"([a-z0-9][a-z0-9-]*)[^a-z\s]*\S* has no (?:usable )?wheels", done.stderr)
    return found[1] if found else done.stderr.strip()


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extra", action="append", default=[], help="an extra that is installed too")
    extras = parser.parse_args().extra
    if not shutil.which("uv"):
        print("uv is not installed: pip install uv", file=sys.stderr)
        return 2
    asked = [(system, python) for system in SYSTEMS for python in PYTHONS]
    with ThreadPoolExecutor(4) as pool:
        answers = dict(zip(asked, pool.map(lambda one: blocked_by(one[0], one[1], extras), asked), strict=True))
    rows = [
        [system.name, *("yes" if (why := answers[system, p]) is None else f"no: {why}" for p in PYTHONS)]
        for system in SYSTEMS
    ]
    print(table(("system", *PYTHONS), rows))
    broken = [(s.name, p) for s, p in asked if p in s.promised and answers[s, p] is not None]
    for name, python in broken:
        print(f"promised, and not true: {name}, Python {python}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
