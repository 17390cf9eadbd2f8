"""Weighs an installation: what each package takes on disk; the table of docs/installing.md.

    python bench/weight.py                  installs this checkout into a fresh environment, and removes it again
    python bench/weight.py --extra mcp      with an extra
    python bench/weight.py --here           the environment that it runs in

Sizes are of blocks on disk, in MB of a million bytes, with the bytecode that pip compiles.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import re
import subprocess
import sysconfig
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

from bench.tables import table

ROOT = Path(__file__).resolve().parent.parent
MB = 1e6
#: Lighter packages share a line.
LEAST_MB = 5


def on_disk(path: Path) -> int:
    """Bytes of the blocks that a file takes; where the system does not say, of the file."""
    try:
        found = path.stat()
    except OSError:
        return 0
    return getattr(found, "st_blocks", 0) * 512 or found.st_size


def needed(distributions: dict[str, importlib.metadata.Distribution], extras: list[str]) -> Iterator[str]:
    """Normalised names of Limelight and of all that it needs."""
    left, seen = [("limelight", extra) for extra in ("", *extras)], set()
    while left:
        name, extra = left.pop()
        if (name, extra) in seen or name not in distributions:
            continue
        seen.add((name, extra))
        for text in distributions[name].requires or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                left += [(normalised(requirement.name), one) for one in ("", *requirement.extras)]
    yield from sorted({name for name, _ in seen})


def normalised(name: str) -> str:
    """A package's name as indices compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def weighed(site: Path, extras: list[str]) -> dict[str, float]:
    """MB of each package in a folder of packages that Limelight needs there."""
    found = {normalised(d.metadata["Name"]): d for d in importlib.metadata.distributions(path=[str(site)])}
    return {
        name: sum(on_disk(Path(str(file.locate()))) for file in found[name].files or ()) / MB
        for name in needed(found, extras)
    }


def fresh(folder: Path, extras: list[str]) -> Path:
    """A new environment with this checkout as a user installs it; its folder of packages."""
    venv.create(folder, with_pip=True)
    scheme = {"base": str(folder), "platbase": str(folder)}
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    what = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", what], check=True)
    return Path(sysconfig.get_path("purelib", "venv", scheme))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extra", action="append", default=[], help="an extra that is installed too")
    parser.add_argument("--here", action="store_true", help="weigh the environment that this runs in")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.here:
            site = Path(sysconfig.get_path("purelib"))
        else:
            site = fresh(Path(folder) / "venv", arguments.extra)
        sizes = weighed(site, arguments.extra)
    heavy = sorted(((mb, name) for name, mb in sizes.items() if mb >= LEAST_MB), reverse=True)
    light = [mb for mb in sizes.values() if mb < LEAST_MB]
    rows = [[name, f"{mb:.0f}"] for mb, name in heavy]
    rows.append([f"{len(light)} lighter ones", f"{sum(light):.0f}"])
    rows.append(["all", f"{sum(sizes.values()):.0f}"])
    print(table(("package", "MB on disk"), rows))


if __name__ == "__main__":
    main()
