"""MCP servers that others wrote, as they come from PyPI, run as an assistant runs them: a process, JSON-RPC, tools.

Both speak v1 and v2. Nothing of them is edited: `to_proxy/sitecustomize.py` leads their connections to our server.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from tls_proxy import TlsProxy

from machine import lacks
from places import ROOT
from serving import API_KEY, Server

HERE = Path(__file__).parent
BIN = ROOT / ".venv-programs" / "bin"
JOSH, SARA = "josh_lite3_20230714", "1bd001e7e50f421d891986aad5158bc8"
TEMPLATE: dict[str, Any] = {
    "name": "Welcome",
    "variables": {"name": {"type": "text", "properties": {"content": "you"}}},
    "body": {
        "video_inputs": [
            {
                "character": {"type": "avatar", "avatar_id": JOSH},
                "voice": {"type": "text", "input_text": "Hello {{name}}.", "voice_id": SARA},
            }
        ]
    },
}


class Program:
    """One MCP server, and the assistant that calls its tools."""

    def __init__(self, name: str, server: Server, folder: Path) -> None:
        if not (BIN / name).exists():
            lacks(f"no {name}: run `make test`, which makes .venv-programs")
        self.proxy = TlsProxy(server.url, folder)
        environment = {
            **os.environ, "PYTHONPATH": str(HERE / "to_proxy"), "PROXY_PORT": str(self.proxy.port),
            "SSL_CERT_FILE": str(self.proxy.ca), "HEYGEN_API_KEY": API_KEY,
        }  # fmt: skip
        self._log = (folder / f"{name}.log").open("wb")
        self._process = subprocess.Popen(
            [BIN / name], env=environment, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log
        )
        self._last = 0
        client = {"name": "tests", "version": "1"}
        self._ask("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client)
        self._send({"method": "notifications/initialized"})

    def tools(self) -> set[str]:
        return {tool["name"] for tool in self._ask("tools/list")["tools"]}

    def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        """What the assistant reads."""
        result = self._ask("tools/call", name=tool, arguments=arguments)
        assert not result.get("isError"), result
        read: dict[str, Any] = json.loads(result["content"][0]["text"])
        return read

    def _ask(self, method: str, **params: object) -> Any:
        assert self._process.stdout
        self._last += 1
        self._send({"id": self._last, "method": method, "params": params})
        for line in self._process.stdout:
            answer = json.loads(line)
            if answer.get("id") == self._last:
                assert "error" not in answer, answer
                return answer["result"]
        raise AssertionError("the program ended")

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self._process.stdin.flush()

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.terminate()
        self._process.wait(30)
        self._log.close()
        self.proxy.close()


# videogen-mcp


@pytest.fixture(scope="module")
def videogen(quick: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with closing(Program("videogen-mcp", quick, tmp_path_factory.mktemp("videogen"))) as program:
        yield program


def downloaded(program: Program, server: Server, job_id: str) -> str:
    """The film that an assistant gets after it asked until it was there; the waiting is ours."""
    job = {"job_id": job_id, "service": "heygen"}
    server.ended(job_id)
    assert program.call("get_video_status", **job)["status"] == "completed"
    told = program.call("download_video", **job)
    assert told["success"] and told["duration_seconds"] > 0 and told["thumbnail_url"]
    assert told["video_url"].startswith("https://api.heygen.com/"), "the host that it called"
    return server.http.get(httpx.URL(told["video_url"]).raw_path.decode()).text


def test_videogen_lists_what_there_is(videogen: Program, quick: Server) -> None:
    ours = quick.http.get("/v2/avatars").json()["data"]["avatars"]
    avatars = videogen.call("list_avatars")["avatars"]
    assert [one["avatar_id"] for one in avatars] == [one["avatar_id"] for one in ours]
    assert all(one["avatar_name"] and one["preview_image_url"] and one["preview_video_url"] for one in avatars)
    women = videogen.call("list_avatars", filter_gender="female")["avatars"]
    assert 0 < len(women) < len(avatars)
    voices = videogen.call("list_voices", filter_language="en", filter_gender="female")["voices"]
    assert SARA in [voice["voice_id"] for voice in voices]
    assert all(voice["display_name"] and voice["preview_audio_url"] for voice in voices)


def test_videogen_makes_a_film(videogen: Program, quick: Server) -> None:
    made = videogen.call(
        "create_avatar_video", script="Hello.", avatar_id=JOSH, voice_id=SARA, aspect_ratio="9:16", test_mode=True,
        background={"type": "color", "value": "#204060"},
    )  # fmt: skip
    assert made["success"]
    assert downloaded(videogen, quick, made["job_id"]).startswith("scene 1")


def test_videogen_chooses_for_itself(videogen: Program, quick: Server) -> None:
    """The first avatar and the first English voice have to do."""
    made = videogen.call("generate_video", prompt="A presenter greets the team.", service_hint="heygen")
    assert made["success"] and made["avatar_used"] and made["voice_used"]
    assert quick.status(made["job_id"])["status"] != "failed"
    quick.http.delete("/v1/video.delete", params={"video_id": made["job_id"]})


def test_videogen_fills_in_a_template(videogen: Program, quick: Server) -> None:
    template_id = quick.http.post("/v2/templates", json=TEMPLATE).json()["data"]["template_id"]
    (listed,) = [t for t in videogen.call("list_templates")["templates"] if t["template_id"] == template_id]
    assert (listed["name"], listed["variable_count"]) == ("Welcome", 1)
    (variable,) = videogen.call("get_template_details", template_id=template_id)["variables"]
    assert (variable["name"], variable["type"], variable["current_value"]) == ("name", "text", "you")
    ann = {"name": "name", "type": "text", "properties": {"content": "Ann"}}
    made = videogen.call("generate_from_template", template_id=template_id, variables={"name": ann}, title="For Ann")
    assert quick.http.get(f"/v2/videos/{made['job_id']}").json()["data"]["title"] == "For Ann"
    quick.http.delete("/v1/video.delete", params={"video_id": made["job_id"]})


def test_videogen_says_what_went_wrong(videogen: Program, quick: Server) -> None:
    gone = videogen.call("get_video_status", job_id="0" * 32, service="heygen")
    assert (gone["error"], gone["code"]) == (True, "JOB_NOT_FOUND")
    bad = videogen.call("create_avatar_video", script="It fails.", avatar_id=JOSH, voice_id=SARA)
    job = {"job_id": bad["job_id"], "service": "heygen"}
    quick.ended(bad["job_id"])
    told = videogen.call("get_video_status", **job)
    assert told["error_message"] == "scene 1 of 1, speech: the voice is hoarse."
    failed = videogen.call("download_video", **job)
    assert (failed["code"], failed["message"]) == ("VIDEO_GENERATION_FAILED", told["error_message"])
    unknown = videogen.call("create_avatar_video", script="Hello.", avatar_id="nobody", voice_id=SARA)
    assert unknown["error"] and "400 Bad Request" in unknown["message"], "it reads no body of an error"


# heygen-mcp, HeyGen's own


@pytest.fixture(scope="module")
def heygen(quick: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with closing(Program("heygen-mcp", quick, tmp_path_factory.mktemp("heygen"))) as program:
        yield program


def test_heygen_mcp_has_no_other_tools(heygen: Program) -> None:
    assert heygen.tools() == {
        "get_remaining_credits", "get_voices", "get_avatar_groups", "get_avatars_in_avatar_group",
        "generate_avatar_video", "get_avatar_video_status",
    }  # fmt: skip


def test_heygen_mcp_reads_the_catalogue(heygen: Program) -> None:
    """Its models refuse a whole list for one field, such as a URL that is none."""
    assert heygen.call("get_remaining_credits")["remaining_credits"] > 0
    voices = heygen.call("get_voices")
    assert voices["error"] is None and SARA in [voice["voice_id"] for voice in voices["voices"]]
    assert heygen.call("get_avatar_groups")["error"] is None
    groups = heygen.call("get_avatar_groups", include_public=True)
    assert groups["error"] is None and groups["total_count"] == len(groups["avatar_groups"]) > 0
    presenter = next(group for group in groups["avatar_groups"] if group["group_type"] == "PUBLIC")
    looks = heygen.call("get_avatars_in_avatar_group", group_id=presenter["id"])
    assert looks["error"] is None and looks["avatars"]


def test_heygen_mcp_makes_a_film(heygen: Program, quick: Server) -> None:
    made = heygen.call(
        "generate_avatar_video", avatar_id=JOSH, input_text="Hello.", voice_id=SARA, title="By an assistant"
    )
    assert made["error"] is None

    quick.ended(made["video_id"])
    done = heygen.call("get_avatar_video_status", video_id=made["video_id"])
    assert (done["status"], done["duration"]) == ("completed", 0.4) and done["gif_url"] and done["thumbnail_url"]
    assert quick.http.get(httpx.URL(done["video_url"]).raw_path.decode()).text.startswith("scene 1")
    bad = heygen.call("generate_avatar_video", avatar_id=JOSH, input_text="It fails.", voice_id=SARA)
    quick.ended(bad["video_id"])
    details = heygen.call("get_avatar_video_status", video_id=bad["video_id"])["error_details"]
    assert details["message"] == "scene 1 of 1, speech: the voice is hoarse."


def test_heygen_mcp_says_what_went_wrong(heygen: Program) -> None:
    unknown = heygen.call("generate_avatar_video", avatar_id="nobody", input_text="Hello.", voice_id=SARA)
    assert "400" in unknown["error"] and "avatar nobody not found" in unknown["error"]
    gone = heygen.call("get_avatar_video_status", video_id="0" * 32)
    assert "404" in gone["error"]
