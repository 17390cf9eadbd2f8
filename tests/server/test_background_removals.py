"""POST /v3/background-removals: people cut out of pictures; films are refused."""

from __future__ import annotations

import base64
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from limelight.jobs.removals import Removals
from limelight.notices import VideoWarning
from limelight.store import Objects
from serving import Server
from studio import Studio
from web import Web

PATH = "/v3/background-removals"
PICTURE = cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
WARNING = VideoWarning("not_supported", "background is left out.", 1, "layers")
MP4 = b"\0\0\0\x20ftypisom" + bytes(64)


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LIMELIGHT_FETCH_ALLOW": "127.0.0.1"}


def uploaded(server: Server, content: bytes = PICTURE) -> dict[str, str]:
    return {"type": "asset_id", "asset_id": server.http.post("/v1/asset", content=content).json()["data"]["id"]}


def inline(content: bytes, media_type: str = "image/png") -> dict[str, str]:
    return {"type": "base64", "media_type": media_type, "data": base64.b64encode(content).decode()}


def removed(server: Server, video: dict[str, str] | None = None, **fields: object) -> dict[str, Any]:
    answer = server.http.post(PATH, json={"video": video or uploaded(server), **fields})
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def told(server: Server, path: str = "", **query: object) -> Any:
    answer = server.http.get(f"{PATH}{path}", params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    return answer.json() if not path else answer.json()["data"]


def things(server: Server) -> tuple[object, object]:
    """What the account has: jobs and uploads, and their files."""
    jobs = [job["id"] for job in told(server, limit=100)["data"]]
    objects = server.data_dir / "objects"
    kept = sorted(
        str(path) for name in ("removals", "assets") for path in (objects / name).rglob("*") if path.is_file()
    )
    return jobs, kept


def unsigned(job: dict[str, Any]) -> dict[str, Any]:
    """A job without what is new in each answer."""
    return {**job, "layers": {layer: url.partition("?")[0] for layer, url in job["layers"].items()}}


def test_a_picture_is_parted_into_files_of_the_account(server: Server, pages: Web) -> None:
    """However it is named; each file has the content of its layer."""
    pages.files["/picture"] = PICTURE
    for video in (uploaded(server), inline(PICTURE), {"type": "url", "url": f"{pages.url}/picture"}):
        job = removed(server, video, title="Ann", layers=["mask", "foreground"])
        assert (job["status"], job["duration"], job["error"], job["title"]) == ("completed", None, None, "Ann")
        assert abs(job["created_at"] - time.time()) < 60 and job["completed_at"] >= job["created_at"]
        assert job["layers"].keys() == {"foreground", "mask"} and "warnings" not in job
        for layer, url in job["layers"].items():
            file = httpx.get(url)
            assert (file.status_code, file.headers["content-type"]) == (200, "image/png")
            assert file.content == PICTURE + layer.encode()
        assert unsigned(told(server, f"/{job['id']}")) == unsigned(job)


def test_it_is_done_in_a_process_of_its_own(server: Server, folder: Path) -> None:
    removed(server)
    lines = [line for line in (folder / "log").read_text().splitlines() if line.startswith("remove background")]
    assert lines and f"pid {server.process.pid}" not in lines[-1]


def test_only_what_is_asked_for_is_made(server: Server) -> None:
    assert removed(server, layers=["mask"])["layers"].keys() == {"mask"}


@pytest.mark.parametrize("layers", [None, [], ["background", "foreground", "mask"]])
def test_the_scene_behind_is_left_out_and_the_answer_says_so(server: Server, layers: list[str] | None) -> None:
    job = removed(server, layers=layers)
    assert job["layers"].keys() == {"foreground", "mask"}
    (warning,) = job["warnings"]
    assert (warning["code"], warning["field"]) == ("not_supported", "layers") and "background" in warning["message"]
    assert told(server, f"/{job['id']}")["warnings"] == [warning]


def test_what_cannot_be_made_is_not_begun(server: Server, pages: Web) -> None:
    """The scene alone, and films: uploads, inline ones, by the ends of their URLs, and by what is there."""
    pages.files["/film"] = MP4
    film = uploaded(server, MP4)
    cases: list[tuple[object, object]] = [
        (uploaded(server), ["background"]),
        (film, None),
        (inline(MP4, "video/mp4"), None),
        ({"type": "url", "url": "https://files.heygen.ai/asset/" + film["asset_id"]}, None),
        ({"type": "url", "url": f"{pages.url}/nowhere.mp4"}, None),
        ({"type": "url", "url": f"{pages.url}/film"}, None),
    ]
    before = things(server)
    for video, layers in cases:
        answer = server.http.post(PATH, json={"video": video, "layers": layers})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (501, "not_supported"), (video, error)
        if layers is None:
            assert error["param"] == "video" and "films" in error["message"] and "pictures" in error["message"]
        else:
            assert error["param"] == "layers"
    assert things(server) == before
    assert "/nowhere.mp4" not in pages.asked


@pytest.mark.parametrize(
    ("video", "fields", "param", "words"),
    [
        (inline(PICTURE + b"no face"), {}, "video", "no face is seen in the picture"),
        (inline(b"ID3" + bytes(64), "audio/mpeg"), {}, "video.asset_id", "is an audio file"),
        ({"type": "asset_id", "asset_id": "0" * 32}, {}, "video.asset_id", "not found"),
        ({"type": "url", "url": "http://10.0.0.1/picture"}, {}, "video.url", "cannot be fetched"),
        (inline(PICTURE), {"layers": ["hair"]}, "layers[0]", "'hair' is not one of"),
        (None, {}, "video", "field required"),
    ],
    ids=["nobody", "a recording", "nothing", "nowhere", "layer", "no picture"],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    server: Server, video: dict[str, str] | None, fields: dict[str, Any], param: str, words: str
) -> None:
    before = things(server)
    answer = server.http.post(PATH, json={"video": video, "request_id": "wrong", **fields})
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (error["code"], error["param"]) == ("invalid_parameter", param) and words in error["message"]
    assert things(server) == before


def test_a_request_of_the_same_id_gives_the_first_one_s_job(server: Server) -> None:
    """Whatever else it says, also while the first is at work; and an inline picture is not kept a second time."""
    with ThreadPoolExecutor() as pool:
        jobs = [*pool.map(lambda _: removed(server, inline(PICTURE), request_id="again"), range(3))]
    assert len({job["id"] for job in jobs}) == 1
    before = things(server)
    assert unsigned(removed(server, inline(PICTURE), layers=["mask"], request_id="again")) == unsigned(jobs[0])
    assert things(server) == before
    assert removed(server, request_id=7)["id"] == removed(server, request_id="7")["id"]
    assert removed(server, request_id="another")["id"] != jobs[0]["id"]
    server.http.delete(f"{PATH}/{jobs[0]['id']}")
    assert removed(server, request_id="again")["id"] != jobs[0]["id"], "what is deleted can be made again"


def test_jobs_are_listed_newest_first(server: Server) -> None:
    made = [removed(server)["id"] for _ in range(3)]
    everything = [job["id"] for job in told(server, limit=100)["data"]]
    assert everything[:3] == made[::-1]
    seen: list[str] = []
    token = ""
    while page := told(server, limit=2, token=token):
        seen += [job["id"] for job in page["data"]]
        assert page["has_more"] is (page["next_token"] is not None)
        if not page["has_more"]:
            break
        token = page["next_token"]
    assert seen == everything


def test_a_deleted_job_is_gone_with_its_files(server: Server) -> None:
    other, job = removed(server), removed(server)
    answer = server.http.delete(f"{PATH}/{job['id']}")
    assert (answer.status_code, answer.json()) == (200, {"data": {"id": job["id"], "deleted": True}})
    assert httpx.get(job["layers"]["mask"]).status_code == 404
    for id in (job["id"], "nothing"):
        for answer in (server.http.get(f"{PATH}/{id}"), server.http.delete(f"{PATH}/{id}")):
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert httpx.get(other["layers"]["mask"]).status_code == 200
    assert not [path for path in (server.data_dir / "objects").rglob("*.png") if job["id"] in path.parts]


def test_urls_are_signed_each_for_one_file(server: Server) -> None:
    url: str = removed(server)["layers"]["mask"]
    assert httpx.head(url).status_code == 200
    assert httpx.get(url.partition("?")[0]).status_code == 403
    assert httpx.get(url.replace("mask.png", "foreground.png")).status_code == 403
    assert httpx.get(url.replace("mask.png", "answer.json")).status_code == 403


def test_old_jobs_are_deleted_as_a_whole(studio: Studio, tmp_path: Path) -> None:
    """A job of whose files some are a little younger than that is still whole; what a crash left goes too."""
    file = tmp_path / "file"
    file.write_text("a file")
    ages = {"old": (15.1, 15.1), "new": (15.1, 14.9), "cut-off": (15.1, None)}
    for job, (layer_days, answer_days) in ages.items():
        for name, days in (("mask.png", layer_days), ("answer.json", answer_days)):
            if days is not None:
                studio.objects.publish(f"removals/ann/{job}/{name}", file)
                os.utime(tmp_path / "objects" / "removals" / "ann" / job / name, (time.time() - days * 24 * 3600,) * 2)
    studio.leftovers.tidy()
    assert {key for key, _ in studio.objects.list("removals")} == {
        "removals/ann/new/mask.png", "removals/ann/new/answer.json"
    }  # fmt: skip


def test_jobs_survive_a_restart_and_those_that_a_crash_cut_off_are_not_there(studio: Studio, tmp_path: Path) -> None:
    """The answer is published last: without it, there are only files that nobody is told of."""
    file = tmp_path / "file"
    file.write_text("a file")
    jobs = Removals(studio.objects, studio.renders, studio.media)
    made = jobs.make(file, ("foreground", "mask"), "ann", title="Ann", request_id="once", warnings=(WARNING,))
    jobs = Removals(Objects(tmp_path / "objects"), studio.renders, studio.media)
    assert jobs.page("ann", 10, None) == [made] == [jobs.of_request("once", "ann")]
    assert jobs.page("bob", 10, None) == [] and jobs.of_request("once", "bob") is None
    studio.objects.delete(f"removals/ann/{made.id}/answer.json")
    assert (
        jobs.page("ann", 10, None) == [] and jobs.of_request("once", "ann") is None and jobs.get(made.id, "ann") is None
    )
