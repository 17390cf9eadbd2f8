"""An assistant makes a film: from a sentence to a file, with the command, its server, voice and renderer all real."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from mcp import Client, StdioServerParameters

from films import frames, sound

#: What the command inherits of these tests; the SDK hands down next to nothing by itself.
ENVIRONMENT = {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}


def test_from_a_sentence_to_a_film(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    command = ["-m", "limelight.cli", "mcp", "--data-dir", str(tmp_path / "data"), "--folder", str(here)]
    told: list[tuple[float, float | None, str | None]] = []

    async def noted(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total, message))

    async def session() -> None:
        parameters = StdioServerParameters(command=sys.executable, args=command, env=ENVIRONMENT)
        # The protocol that assistants speak today.
        async with Client(parameters, mode="legacy", read_timeout_seconds=300) as client:

            async def call(tool: str, **arguments: Any) -> dict[str, Any]:
                answer = await client.call_tool(tool, arguments, progress_callback=noted)
                assert not answer.is_error, answer.content
                assert answer.structured_content is not None
                return answer.structured_content

            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert {"list_presenters", "make_video", "wait_for_video", "download_video"} <= set(tools)
            (josh,) = [
                one
                for one in (await call("list_presenters", gender="male", tag="filmed"))["presenters"]
                if one["name"] == "Josh"
            ]
            begun = await call(
                "make_video", script="Hello there.", presenter="Josh", voice="Ava", background="#204060",
                width=320, height=180,
            )  # fmt: skip
            state = await call("wait_for_video", video_id=begun["video_id"], seconds=240)
            assert (state["status"], state["finished"]) == ("completed", True)
            film = await call("download_video", video_id=begun["video_id"], file="hello.mp4")
            await call("download_video", video_id=begun["video_id"], part="thumbnail", file="hello")
            assert Path(film["path"]) == here / "hello.mp4"
            outside = await client.call_tool("download_video", {"video_id": begun["video_id"], "file": "../hello.mp4"})
            assert outside.is_error
            assert josh["looks"][0]["name"] == "Josh in Navy"

    asyncio.run(session())
    assert {file.name for file in here.iterdir()} == {"hello.mp4", "hello.jpg"}
    shown = frames(here / "hello.mp4")
    assert len(shown) > 10
    assert {frame.shape for frame in shown} == {(180, 320, 3)}
    corner = shown[0][5, 5].astype(int)
    assert np.abs(corner - (0x20, 0x40, 0x60)).max() < 8, "the background that was asked for"
    assert np.abs(sound(here / "hello.mp4")).max() > 0.05
    assert any(0 < done < 1 and message and total == 1 for done, total, message in told), told
    assert told[-1][0] == 1
    done = [one[0] for one in told]
    assert done == sorted(set(done)), "each says more than the one before"
