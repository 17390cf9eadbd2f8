"""The MCP server: its tools over standard input and output, or over HTTP for whoever has the key."""

from __future__ import annotations

import hmac
import ipaddress
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import anyio
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import ValidationError

from limelight import __version__
from limelight.assistant.folder import Folder
from limelight.assistant.tools import Tools
from limelight.client import AsyncClient, ClientError
from limelight.errors import LimelightError, SpecError

PATH = "/mcp"
_INSTRUCTIONS = """Limelight makes films in which a synthetic presenter, or a photo, says a script in English.
Begin one with make_video (one scene) or make_scenes (several), then call wait_for_video until `finished` is true (again
and again if need be: a film takes about as long as it plays, or some times that), then download_video. Tell the user of
warnings. Presenters and voices may be given by name."""

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
#: A film may have pictures and films in it that a URL names.
_MAKES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=True)
_WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
_DELETES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False)

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Scope]]
_Send = Callable[[_Scope], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]


class Assistant(MCPServer[None]):
    """The MCP server over one Limelight server, with its key, and one folder.

    Raises NotConfigured where there is no key, or a URL that is none.
    """

    def __init__(self, url: str, key: str, folder: Folder) -> None:
        self._key = key
        client = AsyncClient(url, key)

        @asynccontextmanager
        async def closing(_: MCPServer[None]) -> AsyncIterator[None]:
            async with client:
                yield

        super().__init__(
            "limelight",
            title="Limelight",
            instructions=_INSTRUCTIONS,
            version=__version__,
            log_level="WARNING",
            lifespan=closing,
        )
        tools = Tools(client, folder)
        for function, hints in (
            (tools.list_presenters, _READS),
            (tools.list_voices, _READS),
            (tools.make_video, _MAKES),
            (tools.make_scenes, _MAKES),
            (tools.video_status, _READS),
            (tools.wait_for_video, _READS),
            (tools.download_video, _WRITES),
            (tools.list_videos, _READS),
            (tools.delete_video, _DELETES),
            (tools.upload_photo, _WRITES),
        ):
            self.add_tool(function, annotations=hints, structured_output=True)

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[None, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool. Raises ToolError, whose message says the field, the problem and the limit."""
        await self._check_names(name, arguments)
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            match error.__cause__:
                case LimelightError() | ClientError() as told:
                    raise ToolError(told.message) from told
                case OSError() as told:
                    raise ToolError(f"the file cannot be read or written: {told.strerror}.") from told
                case ValidationError() as told:
                    raise ToolError("; ".join(_problems(told))) from told
            raise

    def streamable_http_app(self, **options: Any) -> Any:
        """The ASGI application, for whoever has the key."""
        app = super().streamable_http_app(**options)
        app.add_middleware(_KeyRequired, key=self._key)
        return app

    async def _check_names(self, name: str, arguments: dict[str, Any]) -> None:
        """Raises ToolError for a parameter that the tool does not have, which the SDK leaves out without a word."""
        for tool in await self.list_tools():
            known = tool.input_schema["properties"]
            if tool.name == name and (unknown := sorted(set(arguments) - set(known))):
                raise ToolError(f"{', '.join(unknown)}: {name} has no such parameter; it has {', '.join(known)}.")


def serve_stdio(server: Assistant) -> None:
    """Speak on standard input and output until the input ends."""
    # The SDK reads in a thread that no exception ends, so Ctrl-C would wait for the next line: it ends the process.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    anyio.run(server.run_stdio_async)


def serve_http(server: Assistant, host: str, port: int) -> None:
    """Serve at this address, which `check_loopback` must allow, until a signal to stop."""
    name = f"[{host}]" if ":" in host else host
    names = dict.fromkeys((name, "127.0.0.1", "localhost", "[::1]"))
    # The SDK checks Host and Origin by itself for three spellings of loopback only, so it is told in every case.
    security = TransportSecuritySettings(
        allowed_hosts=[f"{name}:*" for name in names], allowed_origins=[f"http://{name}:*" for name in names]
    )
    with suppress(KeyboardInterrupt):
        anyio.run(
            partial(
                server.run_streamable_http_async,
                host=host,
                port=port,
                streamable_http_path=PATH,
                transport_security=security,
            )
        )


def check_loopback(host: str) -> None:
    """Raise SpecError for an address that other machines reach: the key would cross the network in clear."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise SpecError(
            f"host is invalid: {host} is not this machine's own (127.0.0.1, ::1 or localhost). Whoever reaches the MCP "
            "server can write files here, so put a proxy with TLS before it."
        )


class _KeyRequired:
    """Answers 401 to requests without the key."""

    def __init__(self, app: _App, key: str) -> None:
        self._app, self._key = app, key.encode()

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan" or hmac.compare_digest(_sent_key(scope), self._key):
            await self._app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"error": "Invalid API key"}'})


def _sent_key(scope: _Scope) -> bytes:
    """The key in a request's headers, as the API reads it; empty where there is none."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    scheme, _, bearer = headers.get(b"authorization", b"").partition(b" ")
    return headers.get(b"x-api-key") or (bearer.strip() if scheme.lower() == b"bearer" else b"")


def _problems(error: ValidationError) -> list[str]:
    """`scenes[0].silence_s is invalid: Input should be a valid number` of each thing that is wrong."""
    return [f"{_where(each['loc'])} is invalid: {each['msg']}" for each in error.errors()]


def _where(place: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
