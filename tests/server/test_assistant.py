"""`limelight mcp`: what its tools ask of a server, whom it serves over HTTP, and how its own server begins and ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from typer.testing import CliRunner

import documents
from limelight import logs
from limelight.assistant import own_server
from limelight.assistant.folder import Folder
from limelight.assistant.server import Assistant
from limelight.cli import app
from limelight.client import AsyncClient, DownloadFailed
from limelight.errors import SpecError, StoreError
from limelight.store.lock import FolderLock
from places import SUPPORT
from serving import API_KEY, Server, eventually, free_port, scripted

JPEG = b"\xff\xd8\xff\xe0 a picture, as far as its first bytes say"


class Failed(Exception):
    """A tool's error."""


class Assisted:
    """An assistant's session with one server and one folder."""

    def __init__(self, client: Client, portal: BlockingPortal, server: Server, folder: Path) -> None:
        self._client, self._portal = client, portal
        self.server, self.folder = server, folder

    def __call__(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What a tool gives; raises Failed with its message."""
        answer = self._portal.call(self._client.call_tool, tool, arguments)
        if answer.is_error:
            raise Failed(answer.content[0].text)
        assert answer.structured_content is not None
        return answer.structured_content

    def tools(self) -> dict[str, Any]:
        return {tool.name: tool for tool in self._portal.call(self._client.list_tools).tools}

    def made(self, tool: str, **arguments: Any) -> str:
        """The id of a video that is finished."""
        begun = self(tool, **arguments)
        state = self("wait_for_video", video_id=begun["video_id"], seconds=120)
        assert state["finished"], state
        video_id: str = begun["video_id"]
        return video_id


@contextmanager
def assisted(server: Server, folder: Path) -> Iterator[Assisted]:
    client = Client(Assistant(server.url, API_KEY, Folder(folder)))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(client):
        yield Assisted(client, portal, server, folder)


@pytest.fixture
def assistant(server: Server, tmp_path: Path) -> Iterator[Assisted]:
    (tmp_path / "here").mkdir()
    with assisted(server, tmp_path / "here") as assistant:
        yield assistant


@pytest.fixture(scope="module")
def film(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a finished film with captions."""
    with assisted(server, tmp_path_factory.mktemp("film")) as assistant:
        return assistant.made("make_video", script="Hello.", captions=True, title="[1]", width=320, height=240)


def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The bodies that the tools send from now on; the server takes them, and then their videos are deleted."""
    bodies: list[Any] = []
    begin = AsyncClient.begin_video

    async def noted(client: AsyncClient, config: Any) -> Any:
        bodies.append(config)
        video = await begin(client, config)
        await client.delete_video(video.video_id)
        return video

    monkeypatch.setattr(AsyncClient, "begin_video", noted)
    return bodies


# Tools


def test_tools_say_what_they_change(assistant: Assisted) -> None:
    tools = assistant.tools()
    reading = {name for name, tool in tools.items() if tool.annotations.read_only_hint}
    assert reading == {"list_presenters", "list_voices", "list_videos", "video_status", "wait_for_video"}
    assert {name for name, tool in tools.items() if tool.annotations.destructive_hint} == {"delete_video"}
    assert set(tools) - reading == {"make_video", "make_scenes", "download_video", "delete_video", "upload_photo"}
    for name, tool in tools.items():
        assert len(tool.description) > 30 and tool.output_schema, name
    assert {row[0].strip("`") for row in documents.rows(documents.page("mcp"), "tool")} == set(tools)
    undescribed = [
        (name, field) for name, tool in tools.items()
        for field, schema in tool.input_schema["properties"].items() if not schema.get("description")
    ]  # fmt: skip
    assert undescribed == []


def test_presenters_and_voices_are_found_by_what_they_are(assistant: Assisted) -> None:
    found = assistant("list_presenters", gender="female", tag="finance")["presenters"]
    assert [one["name"] for one in found] == ["Vanessa", "Vanessa"]
    assert [look["name"] for look in found[0]["looks"]][:2] == ["Vanessa in Black", "Vanessa in Burgundy"]
    assert found[0]["default_voice"]
    british = assistant("list_voices", gender="male", accent="british")["voices"]
    assert (
        {one["locale"] for one in british}
        == {"en-GB"}
        == {one["locale"] for one in assistant("list_voices", accent="en-GB")["voices"]}
    )
    assert {one["gender"] for one in british} == {"male"}
    assert [one["name"] for one in assistant("list_voices", tag="fast")["voices"]] == ["Ava"]


def test_a_film_of_a_script_is_asked_for_by_names(assistant: Assisted, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = asked(monkeypatch)
    assistant(
        "make_video", script="Hello.", presenter="josh", voice="rupert", background="#102030", framing="circle",
        aspect_ratio="4:5", captions=True, title="Mine",
    )  # fmt: skip
    (scene,) = bodies[0].pop("video_inputs")
    assert bodies == [{"dimension": {"width": 1080, "height": 1350}, "caption": True, "title": "Mine"}]
    assert scene == {
        "character": {"type": "avatar", "avatar_id": "josh_lite3_20230714", "avatar_style": "circle"},
        "voice": {"type": "text", "input_text": "Hello.", "voice_id": "c576d4d2c18c13c98093ed956654764e"},
        "background": {"type": "color", "value": "#102030"},
    }


def test_a_finished_film_is_listed_with_what_there_is_of_it(assistant: Assisted, film: str) -> None:
    (listed,) = assistant("list_videos", title="[1]")["videos"]
    assert (listed["video_id"], listed["title"], listed["status"]) == (film, "[1]", "completed")
    assert listed["created"].endswith("+00:00")
    state = assistant("video_status", video_id=film)
    assert state["available"] == ["film", "captioned_film", "srt", "vtt", "thumbnail"]
    written = [assistant("download_video", video_id=film, part=part) for part in state["available"]]
    assert [Path(one["path"]).name for one in written] == [
        f"{film}.mp4", f"{film}-2.mp4", f"{film}.srt", f"{film}.vtt", f"{film}.jpg",
    ]  # fmt: skip
    assert "captioned" in Path(written[1]["path"]).read_text() and Path(written[2]["path"]).read_text() == "srt"


def test_a_look_is_asked_for_by_its_name_and_by_its_id(assistant: Assisted, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = asked(monkeypatch)
    for presenter in ("Josh in White", "josh_rendered_20261124", "Clara", ""):
        assistant("make_video", script="Hello.", presenter=presenter)
    who = [body["video_inputs"][0]["character"]["avatar_id"] for body in bodies]
    assert who == [
        "josh_lite3_20230714_white", "josh_rendered_20261124", "clara_studio_20261122", "josh_lite3_20230714",
    ]  # fmt: skip


def test_scenes_have_what_is_theirs_and_else_what_is_the_film_s(
    assistant: Assisted, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = asked(monkeypatch)
    scenes = [
        {"script": "One.", "text": "Words", "text_size": 30, "text_x": 0.1},
        {"silence_s": 0.4, "presenter": "none", "background": "#000", "text": "Words"},
        {"script": "Two.", "presenter": "Angela", "framing": "closeUp"},
        {"script": "Three.", "voice": "Sara"},
    ]
    assistant("make_scenes", scenes=scenes, presenter="Josh", voice="Paul", width=320, height=240)
    first, silent, other, last = bodies[0]["video_inputs"]
    assert bodies[0]["dimension"] == {"width": 320, "height": 240}
    assert first["text"] == {
        "type": "text", "text": "Words", "font_size": 30, "position": {"x": 0.1, "y": 0.05},
    }  # fmt: skip
    assert silent["voice"] == {"type": "silence", "duration": 0.4}
    assert "character" not in silent and "color" not in silent["text"], "what is read on black is chosen as it is drawn"
    voices = {voice["name"]: voice["id"] for voice in assistant("list_voices")["voices"]}
    angela = assistant("list_presenters", gender="female")["presenters"][0]
    spoken = [scene["voice"]["voice_id"] for scene in (first, other, last)]
    assert angela["name"] == "Angela"
    assert spoken == [voices["Paul"], voices[angela["default_voice"]], voices["Sara"]]
    assert other["character"]["avatar_style"] == "closeUp"
    assert last["character"]["avatar_id"] == "josh_lite3_20230714"


def test_a_background_may_be_a_picture_or_a_film(assistant: Assisted, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = asked(monkeypatch)
    for url in ("https://example.com/a.mp4?x=1", "https://example.com/a.png", "https://example.com/a"):
        assistant("make_video", script="Hello.", background=url)
    kinds = [body["video_inputs"][0]["background"]["type"] for body in bodies]
    assert kinds == ["video", "image", "image"]


def test_a_transparent_film(assistant: Assisted) -> None:
    video_id = assistant.made(
        "make_video", script="Hello.", transparent=True, width=320, height=240, title="Clear", framing="closeUp"
    )
    written = assistant("download_video", video_id=video_id)
    assert Path(written["path"]) == assistant.folder / f"{video_id}.webm"
    assert assistant("list_videos", title="Clear")["videos"][0]["video_id"] == video_id
    with pytest.raises(Failed, match="background is invalid: a transparent video has none"):
        assistant("make_video", script="Hello.", transparent=True, background="#000")


def test_what_is_left_out_is_told(assistant: Assisted, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch)
    told = "'Привет' is of a script that cannot be spoken, and is left out."
    assert assistant("make_video", script="Hello there, Привет.")["warnings"] == [told]
    clear = assistant("make_video", script="Hello there, Привет.", transparent=True)
    assert clear["warnings"] == [told]
    assistant("delete_video", video_id=clear["video_id"])
    scenes = [{"script": "Hello."}, {"script": "Hello there, Привет."}]
    assert assistant("make_scenes", scenes=scenes)["warnings"] == [f"scene 2: {told}"]


def test_a_wait_ends_in_time_and_says_that_nothing_is_there_yet(assistant: Assisted, folder: Path) -> None:
    begun = assistant("make_video", script="This one waits.")
    state = assistant("wait_for_video", video_id=begun["video_id"], seconds=1)
    assert (state["finished"], state["failure"], state["available"]) == (False, None, [])
    assert "still being made" in state["note"]
    with pytest.raises(Failed, match="has no film: it is still being made"):
        assistant("download_video", video_id=begun["video_id"])
    (folder / "go").touch()
    try:
        assert assistant("wait_for_video", video_id=begun["video_id"], seconds=120)["finished"]
    finally:
        (folder / "go").unlink()


def test_a_video_that_fails_says_why(assistant: Assisted) -> None:
    begun = assistant("make_scenes", scenes=[{"script": "One."}, {"script": "This fails."}])
    state = assistant("wait_for_video", video_id=begun["video_id"], seconds=120)
    assert (state["status"], state["finished"]) == ("failed", False)
    assert state["failure"] == "scene 2 of 2, speech: the voice is hoarse."
    with pytest.raises(Failed, match="scene 2 of 2, speech: the voice is hoarse"):
        assistant("download_video", video_id=begun["video_id"])


def test_a_deleted_video_is_gone(assistant: Assisted) -> None:
    video_id = assistant("make_video", script="Bye.")["video_id"]
    assert assistant("delete_video", video_id=video_id) == {"video_id": video_id, "deleted": True}
    with pytest.raises(Failed, match=f"^video {video_id} not found.$"):
        assistant("video_status", video_id=video_id)


WRONG: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("make_video", {"script": ""}, "script and silence_s are invalid: neither is given, exactly one is needed."),
    ("make_video", {"script": "a", "width": 3, "height": 4}, "dimension.width is invalid: 3 is"),
    ("make_video", {"script": "a", "width": 320}, "width and height are invalid: one is given"),
    ("make_video", {"script": "a", "width": "wide"}, "width is invalid: Input should be a valid integer"),
    ("make_video", {"script": "a", "aspect_ratio": "9:15"}, "aspect_ratio is invalid: Input should be '16:9', "),
    ("make_video", {"script": "a", "background": "reddish"}, "video_inputs[0].background.value is invalid: "),
    ("make_video", {"script": "a", "presenter": "Bob"}, "presenter 'Bob' not found; there are Josh, Angela, "),
    ("make_video", {"script": "a", "voice": "Bob"}, "voice 'Bob' not found; there are Sara, "),
    ("make_video", {"script": "a", "colour": "#000"}, "colour: make_video has no such parameter; it has script, "),
    ("make_scenes", {"scenes": [{"script": "a"}, {}]}, "scenes[1]: script and silence_s are invalid: neither"),
    ("make_scenes", {"scenes": [{"silence_s": 0.01}]}, "video_inputs[0].voice.duration is invalid: 0.01 is below"),
    ("make_scenes", {"scenes": [{"txt": "a"}]}, "scenes[0].txt is invalid: Extra inputs are not permitted"),
    ("video_status", {"video_id": "nobody"}, "video nobody not found."),
)


def test_errors_name_the_field_the_problem_and_the_limit(assistant: Assisted) -> None:
    for tool, arguments, said in WRONG:
        with pytest.raises(Failed) as error:
            assistant(tool, **arguments)
        assert str(error.value).startswith(said)
        assert "Traceback" not in str(error.value) and len(str(error.value).splitlines()) == 1


def test_a_photo_speaks_once_its_likeness_may_be_used(assistant: Assisted, monkeypatch: pytest.MonkeyPatch) -> None:
    (assistant.folder / "ann.jpg").write_bytes(JPEG)
    with pytest.raises(Failed, match="i_may_use_this_likeness is invalid"):
        assistant("upload_photo", file="ann.jpg", i_may_use_this_likeness=False)
    with pytest.raises(Failed, match="i_may_use_this_likeness is invalid: Field required"):
        assistant("upload_photo", file="ann.jpg")
    assert assistant("list_presenters")["photos"] == [], "nothing was uploaded"
    photo = assistant("upload_photo", file="ann.jpg", i_may_use_this_likeness=True)
    assert (photo["name"], photo["faces"]) == ("ann", 1)
    (listed,) = assistant("list_presenters")["photos"]
    assert (listed["id"], listed["name"]) == (photo["id"], "ann")
    kept = assistant.server.http.get(f"/v2/photo_avatar/{photo['id']}").json()["data"]
    assert kept["consent"]["by"], "the statement is kept"
    bodies = asked(monkeypatch)
    assistant("make_video", script="Hello.", presenter="Ann", voice="Sara", width=320, height=240)
    assert bodies[0]["video_inputs"][0]["character"] == {
        "type": "talking_photo", "talking_photo_id": photo["id"], "talking_photo_style": "square",
    }  # fmt: skip
    with pytest.raises(Failed, match="voice is missing: a photo has none of its own"):
        assistant("make_video", script="Hello.", presenter="ann")
    with pytest.raises(Failed, match="framing is invalid: 'closeUp' is for presenters"):
        assistant("make_video", script="Hello.", presenter="ann", voice="Sara", framing="closeUp")
    (assistant.folder / "wall.jpg").write_bytes(JPEG + b"no face")
    with pytest.raises(Failed, match="no face is seen in the picture"):
        assistant("upload_photo", file="wall.jpg", i_may_use_this_likeness=True)


# The folder


def test_nothing_is_written_outside_of_the_folder_nor_over_a_file(assistant: Assisted, film: str) -> None:
    here, outside = assistant.folder, assistant.folder.parent
    (outside / "other").mkdir()
    (here / "link").symlink_to(outside / "other")
    (here / "film.mp4").symlink_to(outside / "film.mp4")
    (here / "mine.mp4").write_text("mine")
    (here / "sub").mkdir()
    for name in ("../a.mp4", "link/a.mp4", "film.mp4", str(outside / "a.mp4"), "sub/../../a.mp4", "../a"):
        with pytest.raises(Failed, match=r"is not below .*, the only folder"):
            assistant("download_video", video_id=film, file=name)
    for name in ("a.sh", ".", "..", "sub/..", "none/a.mp4", "a\0.mp4", f"{'a' * 300}.mp4"):
        with pytest.raises(Failed, match=r"^(file is invalid|the file cannot be)"):
            assistant("download_video", video_id=film, file=name)
    assert {path.name for path in outside.iterdir()} == {"here", "other"} and not list((outside / "other").iterdir())
    assert {path.name for path in here.iterdir()} == {"link", "film.mp4", "mine.mp4", "sub"}

    again = assistant("download_video", video_id=film, file="mine.mp4")
    assert (again["path"], (here / "mine.mp4").read_text()) == (str(here / "mine-2.mp4"), "mine")
    assert again["note"] == "mine.mp4 exists already, so it is mine-2.mp4."
    assert again["size_bytes"] == (here / "mine-2.mp4").stat().st_size > 0
    for name in ("sub/b.mp4", str(here / "c.mp4"), "d"):
        assert assistant("download_video", video_id=film, file=name)["note"] == "It is written."
    assert (here / "sub" / "b.mp4").exists() and (here / "c.mp4").exists() and (here / "d.mp4").exists()


def test_nothing_is_read_from_outside_of_the_folder(assistant: Assisted) -> None:
    outside = assistant.folder.parent / "ann.jpg"
    outside.write_bytes(JPEG)
    (assistant.folder / "link.jpg").symlink_to(outside)
    for name in ("../ann.jpg", str(outside), "link.jpg"):
        with pytest.raises(Failed, match=f"{name} is not below "):
            assistant("upload_photo", file=name, i_may_use_this_likeness=True)
    with pytest.raises(Failed, match=r"there is no file bob\.jpg in"):
        assistant("upload_photo", file="bob.jpg", i_may_use_this_likeness=True)


def test_a_download_that_fails_leaves_nothing(assistant: Assisted, film: str, monkeypatch: pytest.MonkeyPatch) -> None:

    async def fails(*_: object) -> Path:
        raise DownloadFailed("it could not be downloaded.")

    monkeypatch.setattr(AsyncClient, "download", fails)
    with pytest.raises(Failed, match="it could not be downloaded"):
        assistant("download_video", video_id=film)
    assert list(assistant.folder.iterdir()) == []


def test_the_whole_file_system_is_no_folder(tmp_path: Path) -> None:
    for root in (Path("/"), tmp_path / "none"):
        with pytest.raises(SpecError, match="folder is invalid"):
            Folder(root)


# Over HTTP


@pytest.fixture(scope="module")
def address(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `limelight mcp --http` serves."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/mcp"
    command = ["mcp", "--http", "--port", str(port), "--server", server.url, "--key", API_KEY]
    here = tmp_path_factory.mktemp("here")
    with subprocess.Popen([sys.executable, "-m", "limelight.cli", *command], cwd=here) as process:
        try:
            eventually(lambda: process.poll() is not None or answers(url), "the MCP server's first answer")
            yield url
        finally:
            process.terminate()


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code > 0
    except httpx.TransportError:
        return False


PING = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
ACCEPT = {"Accept": "application/json, text/event-stream"}


@pytest.mark.parametrize("key", [{}, {"X-Api-Key": "wrong"}, {"Authorization": "Bearer wrong"}, {"X-Api-Key": ""}])
@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
def test_nobody_is_served_without_the_key(address: str, key: dict[str, str], method: str) -> None:
    answer = httpx.request(method, address, json=PING, headers=ACCEPT | key)
    assert (answer.status_code, answer.json()) == (401, {"error": "Invalid API key"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1.evil.example:80"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:80"}, 421),
    ],
)
def test_other_sites_pages_are_refused_with_the_key_too(address: str, headers: dict[str, str], status: int) -> None:
    for version in ({}, {"MCP-Protocol-Version": "2026-07-28"}):
        sent = ACCEPT | {"X-Api-Key": API_KEY} | headers | version
        assert httpx.post(address, json=PING, headers=sent).status_code == status


@pytest.mark.parametrize("key", [{"X-Api-Key": API_KEY}, {"Authorization": f"Bearer {API_KEY}"}])
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_who_has_the_key_is_served(address: str, key: dict[str, str], mode: str) -> None:
    async def names() -> set[str]:
        headers = key | {"Origin": "http://localhost:3000"}
        async with client_of(address, headers, mode) as client:
            found = (await client.call_tool("list_presenters", {"gender": "female"})).structured_content
            assert found
            return {one["name"] for one in found["presenters"]}

    assert {"Angela", "Daisy"} <= asyncio.run(names())


@asynccontextmanager
async def client_of(url: str, headers: dict[str, str], mode: str) -> AsyncIterator[Client]:
    async with (
        httpx2.AsyncClient(headers=headers) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client


# The command


def mcp(*arguments: str, folder: Path, **environment: str) -> tuple[int, str, str]:
    """The command, whose input has ended already: its exit code, output and errors.

    No pipe is waited for, which its server might have inherited: what is there when the command has ended counts.
    """
    command = [sys.executable, "-m", "limelight.cli", "mcp", *arguments]
    with (folder / "out.txt").open("w") as out, (folder / "err.txt").open("w") as err:
        code = subprocess.run(
            command, cwd=folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            timeout=120,
        ).returncode  # fmt: skip
    return code, (folder / "out.txt").read_text(), (folder / "err.txt").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--http", "--host", "0.0.0.0"), "host is invalid: 0.0.0.0 is not this machine's own"),
        (("--http", "--host", "example.com"), "host is invalid: example.com is not this machine's own"),
        (("--port", "80"), "--host and --port are for --http."),
        (("--folder", "/"), "folder is invalid: / is the whole file system"),
        (("--server", "nowhere", "--key", "k"), "base_url is invalid: 'nowhere' is no http or https URL."),
        (("--server", "http://127.0.0.1:1"), "api_key is missing"),
        (("--server", "http://127.0.0.1:1", "--data-dir", "x"), "--data-dir is for a server of its own"),
    ],
)
def test_what_is_wrong_with_the_command_is_told_before_anything_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(own_server, "own_server", lambda *_: pytest.fail("a server begins"))
    monkeypatch.setattr(logs, "configure", lambda _: None)  # it would take pytest's handlers away
    for name in ("LIMELIGHT_URL", "LIMELIGHT_API_KEY", "HEYGEN_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    ran = CliRunner().invoke(app, ["mcp", *arguments])
    assert isinstance(ran.exception, SpecError)
    assert ran.exception.message.startswith(said) and ran.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_without_the_library_it_says_what_to_install(tmp_path: Path) -> None:
    program = "import sys; sys.modules['mcp'] = None; from limelight.cli import main; sys.argv[1:] = ['mcp']; main()"
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    said = "jobs: the MCP server needs more packages: pip install 'limelight[mcp]'.\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", said)
    assert list(tmp_path.iterdir()) == []


def test_its_own_server_ends_with_it_and_says_nothing_in_the_protocol_s_place(tmp_path: Path) -> None:
    code, out, err = mcp(folder=tmp_path, PYTHONPATH=scripted_path(), LIMELIGHT_API_KEY="", **scripted(tmp_path))
    FolderLock(tmp_path / "limelight-data").close()
    assert (code, out) == (0, "")
    assert "Application startup complete" in err
    assert (tmp_path / "limelight-data" / "api-key").read_text().strip() not in err


def test_ctrl_c_ends_it_while_it_reads_and_its_own_server_too(tmp_path: Path) -> None:
    """At once, without a last word to the server: as when the process is killed."""
    environment = {**os.environ, "PYTHONPATH": scripted_path(), **scripted(tmp_path)}
    command = [sys.executable, "-m", "limelight.cli", "mcp", "--folder", str(tmp_path), "--data-dir", str(tmp_path)]
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, preexec_fn=heed) as process:
        assert process.stdin and process.stdout
        process.stdin.write(message.encode() + b"\n")
        process.stdin.flush()
        assert b'"serverInfo"' in process.stdout.readline()
        assert not free(tmp_path)
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(20) == -signal.SIGINT
        finally:
            process.kill()
    eventually(lambda: free(tmp_path), "the end of its server", 30)


def heed() -> None:
    """A test run in a shell's background ignores the interrupt, and so would the command."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def free(data: Path) -> bool:
    """Whether no server uses this data folder."""
    try:
        FolderLock(data).close()
    except StoreError:
        return False
    return True


def test_a_data_folder_that_is_in_use_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_server, "_LOCKED_S", 0)
    advice = "name the server with --server, or another folder with --data-dir."
    with pytest.raises(StoreError) as error, own_server.own_server(server.data_dir, None):
        pass
    assert error.value.message == f"another server is using this data folder: {advice}"


def test_a_server_that_is_just_ending_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def port_of(process: subprocess.Popen[bytes]) -> int:
        tries.append(process.pid)
        raise StoreError("in use", code="data_folder_in_use") if len(tries) == 1 else StoreError("something else")

    monkeypatch.setattr(own_server, "_RETRY_EVERY_S", 0)
    monkeypatch.setattr(own_server, "_port_of", port_of)
    with pytest.raises(StoreError, match="something else"), own_server.own_server(tmp_path, None):
        pass
    assert len(tries) == 2


def scripted_path() -> str:
    return os.pathsep.join(filter(None, [str(SUPPORT), os.environ.get("PYTHONPATH")]))
