"""The film's job: what is published, what is tried again, and what a user is told when it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from limelight.jobs.admission import Admission
from limelight.jobs.engine import MemoryEngine, State
from limelight.jobs.progress import Position, position
from serving import eventually
from studio import Studio

#: As docs/operations.md promises to who runs a server.
ATTEMPTS, BEGINNINGS = 3, 10


def test_scenes_are_rendered_one_by_one_joined_and_published(studio: Studio) -> None:
    video = studio.ended(studio.submit("One.", "Two.", "Three."))
    assert video.status == "completed", video.failure
    assert video.video_key
    assert video.thumbnail_key
    film = studio.objects.read(video.video_key).decode()
    assert [line.split()[1] for line in film.splitlines()] == ["1", "2", "3"]
    assert len({line.split()[3] for line in film.splitlines()}) == 1, "one process makes them all"
    assert studio.objects.read(video.thumbnail_key) == b"a picture"
    assert video.duration_s == 1.2
    assert position(video).progress == 1


def test_nothing_but_the_result_and_scenes_for_reuse_are_left(studio: Studio) -> None:
    video = studio.ended(studio.submit("One.", "Two."))
    # Its work goes when it has ended.
    eventually(lambda: not (studio.folder / "objects" / "work" / video.id).exists(), "the end of the film's work")
    files = [path for path in (studio.folder / "objects").rglob("*") if path.is_file()]
    assert {path.name for path in files if "segments" not in path.parts} == {
        "film.mp4", "thumbnail.jpg", "preview.gif"
    }  # fmt: skip
    assert video.status == "completed"
    eventually(lambda: not list((studio.folder / "attempts").iterdir()), "the attempts' end")


def test_a_failure_names_scene_stage_and_reason(studio: Studio) -> None:
    video = studio.ended(studio.submit("One.", "This fails.", "Three."))
    assert video.status == "failed"
    assert video.failure
    assert (video.failure.scene, video.failure.stage, video.failure.code) == (1, "speech", "speech_failed")
    assert video.failure.message == "scene 2 of 3, speech: the voice is hoarse."
    assert position(video).scene == 1
    assert video.video_key is None
    assert not any(line.startswith("scene 3") for line in studio.log()), "nothing is rendered in vain"


def test_a_render_that_is_killed_once_is_made_again(studio: Studio) -> None:
    video = studio.ended(studio.submit("One.", "It dies-once."))
    assert video.status == "completed"
    assert [scene.attempts for scene in video.scenes] == [1, 2]


def test_a_render_that_is_always_killed_is_given_up(studio: Studio) -> None:
    video = studio.ended(studio.submit("It dies."))
    assert video.failure
    assert "memory" in video.failure.message
    assert sum(line.startswith("scene 1") for line in studio.log()) == ATTEMPTS


def test_a_scene_that_takes_the_server_down_again_and_again_is_given_up(studio: Studio) -> None:
    video_id = studio.keep("One.")
    for _ in range(BEGINNINGS):
        studio.store.videos.begin_scene(video_id, 0)
    studio.engine.submit(video_id)
    failure = studio.ended(video_id).failure
    assert failure
    assert "went down" in failure.message
    assert studio.log() == []


def test_a_stop_in_scene_2_keeps_scene_1_and_counts_no_attempt(studio: Studio) -> None:
    video_id = studio.submit("One.", "It waits.", "Three.")
    eventually(lambda: studio.video(video_id).scenes[1].stage == "picture", "scene 2")
    before = studio.video(video_id)
    assert 1 / 3 < position(before).progress < 2 / 3
    studio.stop()
    assert [scene.attempts for scene in studio.video(video_id).scenes] == [1, 0, 0]
    (studio.folder / "go").touch()
    studio.start()
    video = studio.ended(video_id)
    assert video.status == "completed"
    assert [scene.attempts for scene in video.scenes] == [1, 1, 1]
    assert video.scenes[0].finished_ms == before.scenes[0].finished_ms
    assert sum(line.startswith("scene 1") for line in studio.log()) == 1


def test_a_kept_video_that_was_never_queued_is_queued(studio: Studio) -> None:
    video_id = studio.keep("One.")
    assert studio.engine.state(video_id) is None
    studio.admission.take_up()
    assert studio.ended(video_id).status == "completed"


def test_a_video_whose_job_is_over_without_a_film_has_failed(studio: Studio) -> None:
    video_id = studio.keep("One.")

    class Over(MemoryEngine):
        def state(self, job_id: str) -> State:
            return "failed"

    Admission(studio.store, Over(), studio.films).take_up()
    assert studio.video(video_id).status == "failed"


def test_progress_only_rises_and_stages_follow_each_other(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at whenever the store is told something, so that no moment is missed."""
    video_id, seen = studio.keep("One.", "A rather longer one than that.", "Three."), list[Position]()

    def looked_at(tell: Callable[..., Any]) -> Callable[..., Any]:
        def told(*args: Any, **fields: Any) -> Any:
            result = tell(*args, **fields)
            seen.append(position(studio.video(video_id)))
            return result

        return told

    for name in ("begin", "report", "finish_scene", "finish"):
        monkeypatch.setattr(studio.store.videos, name, looked_at(getattr(studio.store.videos, name)))
    studio.engine.submit(video_id)
    assert studio.ended(video_id).status == "completed"
    eventually(lambda: len(seen) > 10, "the last look", patience_s=30)
    scenes = [[("speech", i), ("picture", i), (None, None)] for i in range(3)]
    scenes[-1][-1] = ("film", None)
    assert [(one.stage, one.scene) for one in seen] == [(None, None), *scenes[0], *scenes[1], *scenes[2], (None, None)]
    progress = [one.progress for one in seen]
    assert progress == sorted(progress) and (progress[0], progress[-1]) == (0, 1)
    drawn_and_ended = [one.progress for one in seen if one.stage != "speech"]
    assert sorted(set(drawn_and_ended)) == drawn_and_ended, "it does not stand still"
