"""How far a video is said to be, at every moment of its making."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from limelight.jobs.progress import Position, position
from limelight.render import caption_scene, join_scenes, render_scene
from limelight.requests import parse_generate
from limelight.results import Progress
from limelight.spec import Captions, VideoSpec
from limelight.store import Failure, NewVideo, Store
from scenes import text_scene
from serving import body

#: What a scene's render tells of, in this order: the stage, and the frame of so many. docs/compatibility.md names the
#: stages, `limelight.render` reports them.
REPORTS = (
    ("speech", 0, 0),
    ("acting", 0, 0),
    ("picture", 0, 20),
    ("picture", 1, 20),
    ("picture", 10, 20),
    ("picture", 19, 20),
)
CAPTIONS = ("captions", 0, 0)
SCRIPTS = ("One.", "A rather longer one than that, which takes longer to say and to draw.", "Three.")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'rows.db'}")
    yield store
    store.close()


def kept(store: Store, **fields: object) -> str:
    asked = body(*SCRIPTS) | fields
    return store.videos.create(NewVideo(parse_generate(asked).spec, asked)).id


def now(store: Store, video_id: str) -> Position:
    video = store.videos.get(video_id)
    assert video
    return position(video)


def made(store: Store, video_id: str, *, is_captioned: bool) -> Iterator[Position]:
    """Where a video stands before it is begun, after each report of each scene, after each scene, and at its end."""
    yield now(store, video_id)
    store.videos.begin(video_id)
    for index in range(len(SCRIPTS)):
        store.videos.begin_scene(video_id, index)
        for stage, frame, frames in (*REPORTS, CAPTIONS) if is_captioned else REPORTS:
            store.videos.report(video_id, index, stage, frame, frames)
            yield now(store, video_id)
        store.videos.finish_scene(video_id, index)
        yield now(store, video_id)
    store.videos.finish(video_id, video_key="film.mp4", thumbnail_key="thumbnail.jpg", duration_s=1.0)
    yield now(store, video_id)


@pytest.fixture(params=[False, True], ids=["plain", "captioned"])
def positions(store: Store, request: pytest.FixtureRequest) -> list[Position]:
    """With a second film on which captions are drawn, or without one."""
    return list(made(store, kept(store, caption=request.param), is_captioned=request.param))


def test_progress_begins_at_nothing_and_ends_at_one(positions: list[Position]) -> None:
    assert positions[0] == Position(0, None, None)
    assert positions[-1] == Position(1, None, None)
    assert all(0 < one.progress < 1 for one in positions[2:-1]), "neither nothing nor all while it is made"


def test_progress_rises_with_everything_that_is_told(positions: list[Position]) -> None:
    """Never back, and not still either: what a bar that stands still says is that nothing happens."""
    progress = [one.progress for one in positions]
    begun = {1} | {i for i, one in enumerate(positions) if one.stage == "speech"}  # when nothing of a scene is done yet
    stuck = [(i, a, b) for i, (a, b) in enumerate(pairwise(progress), 1) if b <= a]
    assert [one for one in stuck if one[0] not in begun or one[2] < one[1]] == []


def test_a_scene_that_is_drawn_frame_by_frame_rises_in_equal_steps(store: Store) -> None:
    """A bar that runs ahead and then waits is of no use for telling how long it takes."""
    video_id = kept(store)
    store.videos.begin(video_id)
    store.videos.begin_scene(video_id, 0)
    seen = []
    for frame in range(0, 101, 10):
        store.videos.report(video_id, 0, "picture", frame, 100)
        seen.append(now(store, video_id).progress)
    steps = [b - a for a, b in pairwise(seen)]
    assert max(steps) - min(steps) <= 0.0021, "but for the rounding to a thousandth"
    store.videos.finish_scene(video_id, 0)
    assert now(store, video_id).progress == seen[-1], "without captions a scene whose last frame is drawn is done"


def test_stages_are_told_in_the_order_in_which_they_happen(
    positions: list[Position], request: pytest.FixtureRequest
) -> None:
    """Scene after scene: speech, acting, picture, captions; then the film is joined; in the end there is none."""
    told: list[tuple[str | None, int | None]] = []
    for one in positions:
        if not told or told[-1] != (one.stage, one.scene):
            told.append((one.stage, one.scene))
    captioned = any(one.stage == "captions" for one in positions)
    assert captioned == ("captioned" in request.node.name)
    stages = ["speech", "acting", "picture", *(["captions"] if captioned else [])]
    expected: list[tuple[str | None, int | None]] = [(None, None)]
    for index in range(len(SCRIPTS)):
        expected += [(stage, index) for stage in stages]
        expected.append((None, None) if index < len(SCRIPTS) - 1 else ("film", None))
    assert told == [*expected, (None, None)]


def test_the_renderer_tells_of_its_stages_in_this_order_and_of_every_frame(tmp_path: Path) -> None:
    """What the tests of this file take for granted: else a real video's progress would jump while theirs rises."""
    spec = VideoSpec(scenes=(text_scene("One, two."),), width=128, height=128, captions=Captions(burn_in=True))
    told: list[Progress] = []
    segment = render_scene(spec, 0, tmp_path, {}, told.append)
    assert caption_scene(spec, 0, segment, tmp_path, told.append) is segment, "its picture was drawn with its captions"
    (again := tmp_path / "again").mkdir()
    caption_scene(spec, 0, replace(segment, captioned=None), again, told.append)
    join_scenes(spec, [segment], tmp_path, told.append)
    stages = [one.stage for one in told]
    assert list(dict.fromkeys(stages)) == ["speech", "acting", "picture", "captions", "film"]
    assert stages == sorted(stages, key=list(dict.fromkeys(stages)).index), "none of them twice"
    assert {(one.scene, one.scenes) for one in told} == {(0, 1)}
    drawn = [one for one in told if one.stage == "picture"]
    assert {one.frames for one in drawn} == {segment.frames}
    assert [one.frame for one in drawn] == sorted({one.frame for one in drawn})
    assert drawn[0].frame == 0 and drawn[-1].frame == segment.frames > 20


def test_a_scene_counts_by_how_long_its_script_is(positions: list[Position]) -> None:
    """The second of three has most of the words, and is most of the work."""
    ends = [one.progress for before, one in pairwise(positions) if before.scene is not None
            and one.scene is None]  # fmt: skip
    first, second, third = ends[0], ends[1] - ends[0], ends[2] - ends[1]
    assert second > 2 * max(first, third) and first == pytest.approx(third, abs=0.01)


def test_a_failed_video_stays_where_it_was_and_names_scene_and_stage(store: Store) -> None:
    video_id = kept(store)
    store.videos.begin(video_id)
    store.videos.begin_scene(video_id, 0)
    store.videos.finish_scene(video_id, 0)
    store.videos.begin_scene(video_id, 1)
    store.videos.report(video_id, 1, "picture", 5, 10)
    before = now(store, video_id)
    store.videos.fail(video_id, Failure("picture", "photo_unusable", "scene 2 of 3, picture: no.", 1))
    after = now(store, video_id)
    assert (after.stage, after.scene) == ("picture", 1)
    assert 0 < after.progress <= before.progress
