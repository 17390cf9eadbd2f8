"""What films cost: core seconds for each second of film, by stage. `make bench`, or

    python bench/cost.py [--cases normal closeUp …]          this build
    python bench/cost.py --against c1ffe87                    and an older one, in turns, with ratios
    python bench/cost.py --against 81d717c --likeness         SSIM, XPSNR and bytes of the films, distance of the sounds
    python bench/cost.py --peers                              beside encoding alone, MoviePy, OpenCV and kokoro-onnx

Core seconds are the system's count for a process and all that it starts, so they hold on a busy machine; wall time
holds on an idle one. An older revision is checked out and installed into an environment of its own, once, and measured
by the same script with the same sound and, where a case says so, the same presenter. The lowest round of each counts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.costs import likeness, peers
from bench.costs.cases import Case, Measured, measured
from bench.costs.plot import plot
from bench.tables import table

ROOT = Path(__file__).parents[1]
Result = dict[str, Any]


@dataclass(frozen=True)
class Build:
    """A revision that can be run."""

    name: str
    source: Path
    python: Path

    def run(self, case: Case, folder: Path) -> Result:
        """Measure a case in a process of its own."""
        folder.mkdir(parents=True)
        asked, told = folder / "case.json", folder / "result.json"
        asked.write_text(json.dumps({**case, "folder": str(folder)}))
        environment = {**os.environ, "PYTHONPATH": str(self.source / "src")}
        script = ROOT / "bench" / "costs" / "measured.py"
        subprocess.run([self.python, script, asked, told], check=True, env=environment, cwd=folder)
        result: Result = json.loads(told.read_text())
        return result


def main() -> None:
    """Run the bench."""
    known = measured()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", metavar="NAME", choices=[one.name for one in known])
    parser.add_argument("--against", metavar="REV", help="an older revision")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--likeness", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path, help="an SVG of cost over length")
    parser.add_argument("--builds", type=Path, default=ROOT / ".bench", help="where older revisions are installed")
    options = parser.parse_args()
    chosen = [one for one in known if options.cases is None or one.name in options.cases]
    builds = [Build("this", ROOT, Path(sys.executable))]
    if options.against:
        builds.insert(0, installed(options.against, options.builds))
    found: dict[str, dict[str, Result]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for one in chosen:
            found[one.name] = in_turns(one, builds, options.rounds, folder)
            print(told(one, builds, found[one.name]), flush=True)
            if options.likeness and len(builds) > 1:
                print(f"    {likeness.compared(*(found[one.name][build.name] for build in builds))}", flush=True)
            if options.json:
                options.json.write_text(json.dumps(found, indent=1))
        print()
        print(as_table(chosen, builds, found))
        if options.plot:
            options.plot.write_text(plot({build.name: over_length(found, build) for build in builds}))
        if options.peers:
            print()
            print(peers.compared(builds[-1], folder, options.builds))


def installed(revision: str, folder: Path) -> Build:
    """A revision's sources and an environment with its packages; made once."""
    source, home = folder / revision / "source", folder / revision / "environment"
    if not source.exists():
        subprocess.run(["git", "worktree", "add", "--detach", source, revision], check=True, cwd=ROOT)
    python = home / "bin" / "python"
    if not (home / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--editable", source], check=True)
        (home / "installed").touch()
    return Build(revision, source, python)


def in_turns(one: Measured, builds: Sequence[Build], rounds: int, folder: Path) -> dict[str, Result]:
    """The cheapest round of each build, A B A B."""
    best: dict[str, Result] = {}
    made = folder / "made"
    made.mkdir(exist_ok=True)
    for turn in range(rounds):
        for build in builds:
            make = one.before if one.before and build.name != "this" else one.make
            result = build.run(make(made), folder / f"{one.name}-{build.name}-{turn}")
            if build.name not in best or cost(one, result) < cost(one, best[build.name]):
                best[build.name] = result
    return best


def cost(one: Measured, result: Result) -> float:
    """Core seconds of the stages that count, for each second of film."""
    spent = result["core_s"]
    return float(sum(spent.get(stage, 0.0) for stage in one.stages or spent) / result["film_s"])


def told(one: Measured, builds: Sequence[Build], found: dict[str, Result]) -> str:
    """A case's stages, in words."""
    lines = [f"{one.name}: {one.what}"]
    for build in builds:
        result = found[build.name]
        stages = ", ".join(f"{stage} {core / result['film_s']:.3f}" for stage, core in result["core_s"].items())
        wall = sum(result["wall_s"].values()) / result["film_s"]
        memory = max(result["memory_mb"], result.get("held_mb", 0.0))
        lines.append(
            f"    {build.name:8} {cost(one, result):.3f} core s/s ({stages}); wall {wall:.2f} of its "
            f"{result['film_s']:.1f} s; {memory:.0f} MB"
        )
    return "\n".join(lines)


def as_table(chosen: Sequence[Measured], builds: Sequence[Build], found: dict[str, dict[str, Result]]) -> str:
    """Core seconds for each second of film, and the ratio where there are two builds."""
    rows = []
    for one in chosen:
        results = [found[one.name][build.name] for build in builds]
        costs = [cost(one, result) for result in results]
        walls = [sum(result["wall_s"].values()) / result["film_s"] for result in results]
        ratio = [f"{costs[1] / costs[0]:.2f}"] if len(costs) > 1 else []
        cells = [f"{each:.3f}" for each in costs] + ratio + [f"{each:.2f}" for each in walls]
        rows.append([one.what, *cells, f"{results[-1]['memory_mb']:.0f} MB"])
    names = [build.name for build in builds]
    ratio = ["ratio"] if len(names) > 1 else []
    return table(["film", *names, *ratio, *(f"wall, {name}" for name in names), "memory"], rows)


def over_length(found: dict[str, dict[str, Result]], build: Build) -> dict[float, float]:
    """A build's core seconds for each second of film, by the length of its one scene in seconds."""
    cases = [found[name] for name in ("length 10", "fast", "length 600") if name in found]
    return {
        one[build.name]["film_s"]: sum(one[build.name]["core_s"].values()) / one[build.name]["film_s"] for one in cases
    }


if __name__ == "__main__":
    main()
