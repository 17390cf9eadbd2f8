"""`limelight still`: one frame of a scene, without its film."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from limelight.cli.console import OUT, checked_output, plain, warn
from limelight.cli.data import DATA_DIR, DataDir
from limelight.cli.render import parsed, progress_bar
from limelight.cli.specfile import read_spec
from limelight.errors import SpecError


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(still)


def still(
    spec: Annotated[
        Path,
        typer.Argument(help="A JSON file: the body of POST /v2/video/generate, as of `render`.", show_default=False),
    ],
    scene: Annotated[int, typer.Option(help="Which scene, counted from 1.")] = 1,
    at: Annotated[
        float | None, typer.Option(help="Seconds from the scene's start.", show_default="its middle, with open eyes")
    ] = None,
    out: Annotated[Path, typer.Option("-o", "--output", help="The .png to write.")] = Path("still.png"),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Write one frame of a scene as a PNG: how it will look, long before its film is there."""
    from limelight.catalog.own_voices import look_in
    from limelight.cli.localfiles import LocalFiles, named_scene
    from limelight.lettering.families import check_own_fonts
    from limelight.render import still_of_scene

    checked_output(out, ".png")
    look_in(data_dir)
    check_own_fonts(os.environ)
    local = LocalFiles()
    with tempfile.TemporaryDirectory() as folder:
        request = parsed(read_spec(spec, local.named), local, data_dir, Path(folder))
        whole, scenes = request.spec, len(request.spec.scenes)
        if not 1 <= scene <= scenes:
            raise SpecError(f"scene is invalid: {scene} is not from 1 to {scenes}, as many as there are")
        warn((one for one in request.warnings if one.scene in (None, scene)), scenes)
        files = local.gather(whole, Path(folder), only=scene - 1)
        with named_scene(scene - 1, scenes, local), progress_bar(quiet) as report:
            time_s = still_of_scene(whole, scene - 1, at, files, out, report)
    size = f"{whole.width}x{whole.height}"
    OUT.print(f"[bold]{plain(str(out))}[/]  {size}, scene {scene} at {time_s:.2f} s", highlight=False, soft_wrap=True)
