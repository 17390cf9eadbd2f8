"""A browser plays a film in the making from its beginning, and to its end over the scenes' border."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from browser import Page, a_page  # noqa: F401 (a fixture)
from scripted_renderer import PLAYS_S, playing_grey
from serving import Server, body, eventually

SIZE = (320, 240)
_STATE = """() => {
    const film = document.querySelector("#film");
    return {at: film.currentTime, length: String(film.duration), ended: film.ended, error: String(film.error),
        sound_bytes: film.webkitAudioDecodedByteCount, paused: film.paused};
}"""


def shown(page: Page) -> float:
    """The grey in the middle of what is seen, RGB."""
    return float(np.median(page.screenshot()[100:140, 140:180]))


def grey(scene: int) -> float:
    """That of a scene, as limited range is shown."""
    return (playing_grey(scene) - 16) * 255 / 219


def state(page: Page) -> dict[str, object]:
    found = page.ask(_STATE)
    assert isinstance(found, dict)
    return found


def test_it_plays_while_the_film_renders(server: Server, folder: Path, page: Page) -> None:
    video_id = server.generate(body("It plays and waits.", "It plays."))
    url = eventually(lambda: server.status(video_id)["preview_url"], "the preview's URL")
    page.show(f'<video id="film" muted src="{url}"></video>', SIZE)
    if not page.ask("() => document.createElement('video').canPlayType('video/mp4; codecs=\"avc1.640028, flac\"')"):
        pytest.skip("this Chromium has no H.264")
    page.ask("() => { document.querySelector('#film').play() }")
    eventually(lambda: float(str(state(page)["at"])) >= 1, "the first second")
    now = state(page)
    assert server.status(video_id)["status"] == "processing"
    assert now["error"] == "null" and now["sound_bytes"], now
    assert float(str(now["length"])) != 2 * PLAYS_S, "nobody knows the film's length yet"
    assert shown(page) == pytest.approx(grey(0), abs=3)

    page.ask("() => { document.querySelector('#film').playbackRate = 4 }")
    (folder / "go").touch()
    eventually(lambda: state(page)["ended"], "the end of the film")
    now = state(page)
    # Of a film whose length it was not told, Chromium says where the last block of sound begins.
    assert float(str(now["at"])) == pytest.approx(2 * PLAYS_S, abs=0.04) and now["error"] == "null", now
    assert shown(page) == pytest.approx(grey(1), abs=3)
