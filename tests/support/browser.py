"""A real browser, without a window: pages over which films lie, and what a viewer sees of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from pictures import decoded

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
#: Resolves when the frame at a time is the one that is shown, with that frame's own time.
_SEEK = """
([selector, at, frame]) => new Promise(async (done, fail) => {
    const video = document.querySelector(selector);
    const failed = why => fail(new Error(`${why} at ${at} s: ${video.error && video.error.message}`));
    setTimeout(() => failed("no frame is shown"), 60000);
    video.addEventListener("error", () => failed("the film cannot be played"));
    if (video.error) failed("the film cannot be played");
    while (video.readyState < 2) await new Promise(next => setTimeout(next, 10));
    const seeked = new Promise(next => video.addEventListener("seeked", next, {once: true}));
    // A frame is told of when it is handed over to be painted; it is painted by the second turn of the page after that.
    const painted = then => requestAnimationFrame(() => requestAnimationFrame(then));
    const look = (_, shown) => {
        if (Math.abs(shown.mediaTime - at) < frame) seeked.then(() => painted(() => done(shown.mediaTime)));
        else video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
    video.currentTime = at;
})
"""
_PLAY = """
selector => new Promise((done, fail) => {
    const video = document.querySelector(selector);
    setTimeout(() => fail(new Error(`not over after a minute: ${video.currentTime} s of ${video.duration} s`)), 60000);
    video.addEventListener("ended", () => done(video.currentTime));
    video.play().catch(fail);
})
"""


class Page:
    """A page in a folder with films, at one pixel of the screen for each of CSS."""

    def __init__(self, tab: Tab, folder: Path) -> None:
        self._tab = tab
        self._folder = folder

    def show(self, body: str, size: tuple[int, int]) -> None:
        """Open a page with this body; its links are relative to the folder."""
        path = self._folder / "page.html"
        path.write_text(f'<!doctype html><meta charset="utf-8"><style>* {{ margin: 0 }}</style>{body}')
        self._tab.set_viewport_size({"width": size[0], "height": size[1]})
        self._tab.goto(path.as_uri())

    def ask(self, script: str, argument: object = None) -> object:
        """The value of a JavaScript expression or function, awaited."""
        return self._tab.evaluate(script, argument)

    def seek(self, selector: str, frame: int, fps: int) -> int:
        """Bring a film to a frame and wait until it is on the page; the index of the frame that is shown."""
        time_s = self.ask(_SEEK, [selector, (frame + 0.5) / fps, 1 / fps])
        assert isinstance(time_s, float | int)
        return round(time_s * fps)

    def play(self, selector: str) -> float:
        """Play a film from where it is to its end; the time at which it ends."""
        time_s = self.ask(_PLAY, selector)
        assert isinstance(time_s, float | int)
        return float(time_s)

    def screenshot(self) -> NDArray[np.uint8]:
        """What a viewer sees, RGB (h, w, 3)."""
        return decoded(self._tab.screenshot())


@pytest.fixture(scope="module", name="page")
def a_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page of Chromium. Skips where there is none.

    For one module only: while it runs, Playwright keeps an event loop in the thread of the tests.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: no test in a browser")
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip("no Chromium on the PATH: no test in a browser")
    with playwright.sync_playwright() as driver:
        # Containers seldom allow the sandbox, and the pages are the tests' own.
        chromium = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield Page(chromium.new_page(), tmp_path_factory.mktemp("page"))
        finally:
            chromium.close()
