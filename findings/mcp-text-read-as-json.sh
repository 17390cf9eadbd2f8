#!/usr/bin/env bash
# mcp 2.3.0, the Model Context Protocol's Python SDK: a text for a parameter that is not plainly `str` is read as JSON.
#
# A tool has `title: str | None = None` and `plain: str = ""`; a client sends texts.
# Guess: a text that the schema allows arrives as it was sent, whichever of the two parameters it is for.
# Seen: for `str | None` a text that happens to be JSON is parsed first. "null" arrives as None, "[1]" is
#   refused ("Input should be a valid string"), "12" arrives as sent. For `str` everything does. An argument that the
#   tool does not have, a misspelt one, is dropped without a word although the schema lists what there is.
#
# Output on 2026-11-30:
#   title [1] -> refused | title null -> None | title 12 -> '12' | plain [1] -> '[1]' | plain null -> 'null' | titel x -> None
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mcp==2.3.0
venv/bin/python - <<'PY'
import asyncio

from mcp import Client
from mcp.server.mcpserver import MCPServer

server = MCPServer("a server", log_level="ERROR")


@server.tool()
def say(title: str | None = None, plain: str = "-") -> str:
    return repr(title if plain == "-" else plain)


async def main() -> str:
    seen = []
    async with Client(server) as client:
        for name, text in (
            ("title", "[1]"), ("title", "null"), ("title", "12"), ("plain", "[1]"), ("plain", "null"), ("titel", "x"),
        ):
            answer = await client.call_tool("say", {name: text})
            seen.append(f"{name} {text} -> {'refused' if answer.is_error else answer.content[0].text}")
    return " | ".join(seen)


found = asyncio.run(main())
print(found)
assert found == (
    "title [1] -> refused | title null -> None | title 12 -> '12' | plain [1] -> '[1]' | plain null -> 'null' | "
    "titel x -> None"
), "it has changed"
PY
