"""Options that `render` and `submit` have in common."""

from __future__ import annotations

from typing import Annotated

import typer

Matting = Annotated[bool, typer.Option("--matting", help="The photo's person alone, before the background.")]
Style = Annotated[
    str | None,
    typer.Option(
        help="normal, closeUp or circle; square or circle of a photo.", show_default="normal; square of a photo"
    ),
]
