"""`limelight mcp`."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from limelight.cli.console import ERRORS
from limelight.cli.data import DATA_DIR
from limelight.cli.remote import Key
from limelight.errors import JobError, SpecError

_DEFAULT_PORT = 8090


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("mcp")(serve_assistant)


def serve_assistant(
    server: Annotated[
        str | None,
        typer.Option(help="A running server's URL.", show_default="one of its own is started", envvar="LIMELIGHT_URL"),
    ] = None,
    key: Key = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where a server of its own keeps its data.", show_default="limelight-data")
    ] = None,
    folder: Annotated[Path, typer.Option(help="The one folder that is read from and written to.")] = Path(),
    http: Annotated[bool, typer.Option("--http", help="Over HTTP, instead of standard input and output.")] = False,
    host: Annotated[
        str | None, typer.Option(help="With --http: this machine's address.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="With --http: the port.", show_default=str(_DEFAULT_PORT), min=1, max=65535)
    ] = None,
) -> None:
    """Let an assistant make videos: a server of the Model Context Protocol."""
    try:
        from limelight.assistant.server import PATH, Assistant, check_loopback, serve_http, serve_stdio
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        raise JobError("the MCP server needs more packages: pip install 'limelight[mcp]'.") from error
    from limelight import logs
    from limelight.assistant.folder import Folder
    from limelight.assistant.own_server import Address, own_server
    from limelight.client import NotConfigured

    if not http and (host is not None or port is not None):
        raise SpecError("--host and --port are for --http.")
    if server and data_dir:
        raise SpecError("--data-dir is for a server of its own; --server, or LIMELIGHT_URL, names one that runs.")
    if host is not None:
        check_loopback(host)
    files = Folder(folder)
    # Before the SDK does it: the lines that it would write have URLs with permissions in them.
    logs.configure(logs.style_of(os.environ))
    known = key or (os.environ.get("HEYGEN_API_KEY") if server else None) or None
    running = nullcontext(Address(server, known or "")) if server else own_server(data_dir or DATA_DIR, known)
    with running as address:
        try:
            assistant = Assistant(address.url, address.key, files)
        except NotConfigured as error:
            raise SpecError(error.message) from error
        if not http:
            serve_stdio(assistant)
            return
        at, where = host or "127.0.0.1", port or _DEFAULT_PORT
        whose = "the key that was given" if known else f"the key in {(data_dir or DATA_DIR) / 'api-key'}"
        url = f"http://{f'[{at}]' if ':' in at else at}:{where}{PATH}"
        ERRORS.print(f"MCP on {url}, for whoever sends {whose}", markup=False, highlight=False, soft_wrap=True)
        serve_http(assistant, at, where)
