"""Ids that programs have written into them: mapped ones, and with LIMELIGHT_SUBSTITUTE any that looks like HeyGen's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from limelight.catalog.avatars import avatar, avatars
from limelight.catalog.stand_ins import StandIns, gender_of, write_map
from limelight.catalog.voices import voice
from limelight.errors import AvatarNotFound
from limelight.spec import Avatar, TextVoice
from limelight.store import Store, Video
from serving import Server, scripted

JOSH, SARA, PAUL = "josh_lite3_20230714", "1bd001e7e50f421d891986aad5158bc8", "de8b5d78f2e0485f88d1e9f5c8e7f9a6"
VANESSA, TYLER, HEX = "Vanessa_expressive_2024112501", "Tyler-incasualsuit-20220721", "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LIMELIGHT_SUBSTITUTE": "1", "LIMELIGHT_OWN_CAST": "1"}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is not told to."""
    folder = tmp_path_factory.mktemp("plain")
    with Server(folder / "data", scripted(folder)) as server:
        yield server


def scene(avatar_id: str, voice_id: str = SARA) -> dict[str, Any]:
    return {
        "character": {"type": "avatar", "avatar_id": avatar_id},
        "voice": {"type": "text", "input_text": "Hello.", "voice_id": voice_id},
    }


def made(server: Server, store: Store, path: str, body: object) -> tuple[Video, list[dict[str, Any]]]:
    answer = server.http.post(path, json=body)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    video = store.videos.get(data["video_id"])
    assert video
    return video, data.get("warnings", [])


def presenter(video: Video, scene: int = 0) -> str:
    character = video.spec.scenes[scene].character
    assert isinstance(character, Avatar)
    return character.avatar_id


@pytest.mark.parametrize(
    ("id", "gender"),
    [
        (VANESSA, "female"), (TYLER, "male"), ("Josh_lite_20230714", "male"), ("Angela-x-20220820", "female"),
        ("Zxq_woman_20230101", "female"), ("Zxq_man_20230101", "male"), ("BusinessWomanSitting_20230101", "female"),
        ("Zxq_x_20230101", None), (HEX, None),
    ],
)  # fmt: skip
def test_an_id_tells_a_gender_by_its_words_or_its_name(id: str, gender: str | None) -> None:
    assert gender_of(id) == gender


def test_a_stand_in_has_the_name_s_gender_and_is_always_the_same(tmp_path: Path) -> None:
    some = StandIns(tmp_path, any_id=True)
    for id, gender in ((VANESSA, "female"), (TYLER, "male")):
        entry = some.avatar(id)
        assert entry and entry.gender == gender
        assert entry == StandIns(tmp_path, any_id=True).avatar(id)
    stood = {entry.avatar_id for i in range(60) if (entry := some.avatar(f"Name_{i}_20230101"))}
    assert len(stood) > 4, "not one for all"
    for unlike in ("nobody", "vanessa", "Vanessa_2023", "0" * 31):
        assert some.avatar(unlike) is None
    assert StandIns(tmp_path, any_id=False).avatar(VANESSA) is None


def test_a_video_is_made_with_stand_ins_and_says_so(server: Server, store: Store) -> None:
    body = {"video_inputs": [scene(JOSH), scene(TYLER, HEX)]}
    video, warnings = made(server, store, "/v2/video/generate", body)
    assert presenter(video) == JOSH and avatar(presenter(video, 1)).gender == "male"
    heard = video.spec.scenes[1].voice
    assert isinstance(heard, TextVoice) and voice(heard.voice_id).gender == "male", "of who speaks"
    assert [(w["code"], w["scene"], w["field"]) for w in warnings] == [
        ("substituted", 2, "video_inputs[1].character.avatar_id"),
        ("substituted", 2, "video_inputs[1].voice.voice_id"),
    ]
    assert TYLER in warnings[0]["message"] and presenter(video, 1) in warnings[0]["message"]
    assert server.http.get(f"/v2/videos/{video.id}").json()["data"]["warnings"] == warnings


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2/videos", {"avatar_id": VANESSA, "script": "Hi."}),
        ("/v1/video.webm", {"avatar_pose_id": VANESSA, "avatar_style": "normal", "input_text": "Hi."}),
        ("/v1/video_agent/generate", {"prompt": "Hi there.", "config": {"avatar_id": VANESSA}}),
        ("/v3/videos", {"type": "avatar", "avatar_id": VANESSA, "script": "Hi."}),
        ("/v3/videos", {"type": "studio", "scenes": [{"input": {"avatar_id": VANESSA, "script": "Hi."}}]}),
        ("/v3/video-agents", {"prompt": "Hi there.", "avatar_id": VANESSA}),
    ],
)
def test_every_request_takes_them(server: Server, store: Store, path: str, body: object) -> None:
    video, warnings = made(server, store, path, body)
    assert avatar(presenter(video)).gender == "female"
    assert [warning["code"] for warning in warnings] == ["substituted"]


def test_a_server_that_is_not_told_to_refuses_them(plain: Server) -> None:
    answer = plain.http.post("/v2/video/generate", json={"video_inputs": [scene(VANESSA)]})
    assert (answer.status_code, answer.json()["code"]) == (400, "avatar_not_found")
    answer = plain.http.post("/v3/videos", json={"avatar_id": JOSH, "script": "Hi.", "voice_id": HEX})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "voice_not_found")


def limelight(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "limelight.cli", "ids", *arguments, "--data-dir", str(server.data_dir)]
    return subprocess.run(command, env=server.environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_mapped_id_stands_for_exactly_what_it_is_mapped_to(plain: Server) -> None:
    other = next(entry.avatar_id for entry in avatars() if entry.avatar_id != JOSH)
    assert limelight(plain, "map", "my presenter", other).returncode == 0
    assert limelight(plain, "map", HEX, PAUL).returncode == 0
    assert "my presenter" in limelight(plain, "list").stdout
    answer = plain.http.post("/v3/videos", json={"avatar_id": "my presenter", "script": "Hi.", "voice_id": HEX})
    warnings = answer.json()["data"]["warnings"]
    assert [(w["code"], w["field"]) for w in warnings] == [("substituted", "avatar_id"), ("substituted", "voice_id")]
    assert other in warnings[0]["message"] and PAUL in warnings[1]["message"]
    assert limelight(plain, "remove", "my presenter").returncode == 0
    answer = plain.http.post("/v3/videos", json={"avatar_id": "my presenter", "script": "Hi."})
    assert answer.status_code == 404
    for wrong in (["map", "x", "nobody"], ["remove", "x"], ["map", "y" * 129, JOSH]):
        refused = limelight(plain, *wrong)
        assert refused.returncode == 2 and "Traceback" not in refused.stderr, refused


def test_a_map_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    write_map(tmp_path, {"a": JOSH})
    entry = StandIns(tmp_path, any_id=False).avatar("a")
    assert entry and entry.avatar_id == JOSH
    (tmp_path / "ids.json").write_text(json.dumps(["a"]))
    with pytest.raises(Exception, match=r"ids\.json"):
        StandIns(tmp_path, any_id=False).avatar("a")


def test_a_mapped_id_that_is_gone_is_unknown(tmp_path: Path) -> None:
    write_map(tmp_path, {"a": "nobody"})
    assert StandIns(tmp_path, any_id=False).avatar("a") is None
    with pytest.raises(AvatarNotFound):
        avatar("a")


def test_the_cast_counts_among_an_account_s_own_groups(server: Server, plain: Server) -> None:
    def groups(where: Server) -> tuple[int, int, int]:
        old = where.http.get("/v2/avatar_group.list").json()["data"]["total_count"]
        new = len(where.http.get("/v3/avatars", params={"ownership": "private", "limit": 100}).json()["data"])
        looks = len(where.http.get("/v3/avatars/looks", params={"ownership": "private", "limit": 100}).json()["data"])
        return old, new, looks

    assert groups(plain) == (0, 0, 0)
    assert all(count > 8 for count in groups(server))


def test_an_id_of_heygen_s_own_programs_is_a_voice(plain: Server) -> None:
    body = {"avatar_id": JOSH, "script": "Hi.", "voice_id": "05f19352e8f74b0392a8f411eba40de1"}
    assert "warnings" not in plain.http.post("/v3/videos", json=body).json()["data"]
