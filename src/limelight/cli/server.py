"""`limelight serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8080,
    data_dir: Annotated[Path, typer.Option(help="Where videos, files and the database are kept.")] = Path(
        "limelight-data"
    ),
) -> None:
    """Start the server."""
    from limelight.api.serve import serve as run

    run(host, port, data_dir)
