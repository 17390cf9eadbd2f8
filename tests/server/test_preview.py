"""A film in the making is watched from its beginning: in order, to its end, by several viewers, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import av
import httpx
import numpy as np
import pytest

from limelight.jobs import leftovers
from limelight.jobs.live import MAX_VIEWERS, LivePreview
from limelight.spec import FPS
from scripted_renderer import PLAYS_S, playing_grey
from serving import Server, body, eventually
from studio import Studio

SCENE_FRAMES = PLAYS_S * FPS


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LIMELIGHT_WORKERS": "2", "LIMELIGHT_SEGMENT_DAYS": "0"}


@pytest.fixture
def going(folder: Path) -> Iterator[Path]:
    """The file for which scenes wait."""
    go = folder / "go"
    yield go
    go.unlink(missing_ok=True)


def greys(film: bytes) -> list[int]:
    """The scene that each frame is of, counted from 0."""
    with av.open(BytesIO(film), "r") as opened:
        lumas = [float(np.median(frame.to_ndarray()[: frame.height])) for frame in opened.decode(video=0)]
    return [round((luma - playing_grey(0)) / (playing_grey(1) - playing_grey(0))) for luma in lumas]


def begun(server: Server, *scripts: str) -> tuple[str, str]:
    """A video and its preview's URL."""
    video_id = server.generate(body(*scripts))
    url: str = eventually(lambda: server.status(video_id)["preview_url"], "the preview's URL")
    return video_id, url


def at_least(pieces: Iterator[bytes], count: int) -> bytes:
    """The first bytes, so many or more."""
    data = b""
    while len(data) < count:
        data += next(pieces)
    return data


def test_it_grows_in_the_films_order_to_its_end(server: Server, going: Path) -> None:
    """The second scene, which does not wait, is made while the first one waits."""
    video_id, url = begun(server, "It plays and waits.", "It plays.")
    with httpx.stream("GET", url, timeout=60, headers={"Range": "bytes=100-"}) as answer:
        pieces = answer.iter_raw()
        first = at_least(pieces, 1)
        assert set(greys(first)) == {0} and FPS <= len(greys(first)) < SCENE_FRAMES
        assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
        assert answer.headers["accept-ranges"] == "none" and "content-length" not in answer.headers
        assert server.status(video_id)["status"] == "processing"
        head = httpx.head(url)
        assert head.status_code == 200 and "content-length" not in head.headers
        with httpx.stream("GET", url, timeout=60) as another:
            going.touch()
            whole = first + b"".join(pieces)
            assert greys(b"".join(another.iter_raw())) == greys(whole)
    assert greys(whole) == [0] * SCENE_FRAMES + [1] * SCENE_FRAMES
    done = server.ended(video_id)
    assert (done["status"], done["preview_url"]) == ("completed", None)
    gone = httpx.get(url)
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")


def test_it_needs_the_signature_of_its_url(server: Server, going: Path) -> None:
    video_id, url = begun(server, "It plays and waits.")
    path, _, rest = url.partition("?")
    for wrong in (path, f"{path}?{rest}0", f"{path.replace('preview', 'film')}?{rest}"):
        assert httpx.get(wrong).status_code == 403
    going.touch()
    server.ended(video_id)


def test_it_ends_with_a_video_that_fails_or_is_deleted(server: Server, going: Path) -> None:
    video_id, url = begun(server, "It plays and waits.", "It plays.")
    with httpx.stream("GET", url, timeout=60) as answer:
        pieces = answer.iter_raw()
        at_least(pieces, 1)
        server.http.delete("/v1/video.delete", params={"video_id": video_id})
        assert sum(map(len, pieces)) < 1 << 20
    assert httpx.get(url).status_code == 404
    # Two workers are busy until they may go on, so that the third scene does not fail before.
    video_id, url = begun(server, "It plays and waits.", "It plays and waits.", "It fails.")
    going.touch()
    assert server.ended(video_id)["preview_url"] is None
    with httpx.stream("GET", url, timeout=60) as answer:
        assert answer.status_code == 404


def test_viewers_are_limited_and_who_goes_away_makes_room(server: Server, going: Path) -> None:
    video_id, url = begun(server, "It plays and waits.")
    with ExitStack() as viewers:
        client = viewers.enter_context(httpx.Client(timeout=60))
        answers = [viewers.enter_context(client.stream("GET", url)) for _ in range(MAX_VIEWERS)]
        assert {answer.status_code for answer in answers} == {200}
        full = httpx.get(url)
        assert (full.status_code, full.headers["retry-after"]) == (503, "5")
        assert server.http.get("/readyz").status_code == 200, "no thread is held"

    def is_open() -> bool:
        with httpx.stream("GET", url, timeout=60) as answer:
            return answer.status_code == 200

    eventually(is_open, "a place for a viewer")
    going.touch()
    work = server.data_dir / "objects" / "work" / video_id
    eventually(lambda: not [path for path in work.rglob("*") if path.is_file()], "the end of the scene's parts")


def test_a_transparent_film_has_none(server: Server) -> None:
    wanted = {
        "avatar_pose_id": "josh_lite3_20230714",
        "avatar_style": "normal",
        "input_text": "It plays.",
        "voice_id": "1bd001e7e50f421d891986aad5158bc8",
        "dimension": {"width": 128, "height": 128},
    }
    video_id = server.http.post("/v1/video.webm", json=wanted).json()["data"]["video_id"]
    seen = [server.status(video_id), server.ended(video_id)]
    assert [status["preview_url"] for status in seen] == [None, None]


# Without HTTP, step by step


def watched(studio: Studio, video_id: str) -> LivePreview:
    preview = studio.live.open(video_id)
    assert preview
    return preview


def more(preview: LivePreview) -> bytes:
    """The next bytes that come."""
    return eventually(lambda: preview.read(), "more of the film") or b""


def rest(preview: LivePreview) -> bytes:
    """All that comes until the film's end."""
    data = bytearray()

    def is_over() -> bool:
        piece = preview.read()
        data.extend(piece or b"")
        return piece is None

    eventually(is_over, "the end of the preview")
    preview.close()
    return bytes(data)


def parts(studio: Studio, video_id: str) -> list[str]:
    return [key for key, _ in studio.objects.list(f"work/{video_id}")]


def test_a_slow_viewer_sees_all_of_it_after_the_films_end(studio: Studio) -> None:
    video_id = studio.submit("It plays and waits.", "It plays.")
    slow, gone = watched(studio, video_id), watched(studio, video_id)
    first = more(slow)
    (studio.folder / "go").touch()
    assert studio.ended(video_id).status == "completed"
    gone.close()
    assert studio.live.open(video_id) is None
    assert greys(first + rest(slow)) == [0] * SCENE_FRAMES + [1] * SCENE_FRAMES
    eventually(lambda: not parts(studio, video_id), "the end of the parts")


def test_it_goes_on_where_a_scene_is_made_again(studio: Studio) -> None:
    video_id = studio.submit("It plays and dies-once.")
    seen = rest(watched(studio, video_id))
    assert studio.ended(video_id).scenes[0].attempts == 2
    assert greys(seen) == [0] * SCENE_FRAMES
    again = rest(watched(studio, studio.submit("It plays and dies-once.")))
    assert greys(again) == greys(seen), "a kept scene gives the same"


def test_parts_that_a_crash_left_to_a_viewer_are_tidied(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    video_id = studio.submit("It plays and waits.")
    eventually(lambda: watched(studio, video_id), "a viewer who never leaves")
    (studio.folder / "go").touch()
    studio.ended(video_id)
    eventually(lambda: studio.engine.state(video_id) == "done", "the job's end")
    assert parts(studio, video_id)
    studio.stop()
    studio.start()
    studio.leftovers.tidy()
    assert parts(studio, video_id), "they are kept for an hour"
    monkeypatch.setattr(leftovers, "_READ_S", -1.0)
    studio.leftovers.tidy()
    assert not parts(studio, video_id)
