"""Scenes that are rendered once, files that URLs name, captions: what the film's job does beside rendering."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from bench.media_files import encoded, soft
from limelight.jobs import keys, segments
from limelight.jobs.progress import position
from limelight.jobs.segments import Segments
from limelight.requests import parse_generate
from limelight.requests.known import Known
from limelight.service.accounts import new_account
from limelight.service.uploads import keep_upload
from limelight.store import NewVideo, Objects, Video
from limelight.store.accounts import OWNER
from serving import body, eventually, scene
from studio import Studio
from web import Web


def with_picture(script: str, url: str) -> dict[str, Any]:
    return {**scene(script), "background": {"type": "image", "url": url}}


def submitted(studio: Studio, scenes: list[dict[str, Any]], account_id: str = OWNER, **fields: Any) -> Video:
    """The video when its run has ended."""
    wanted = {**body(**fields), "video_inputs": scenes}
    spec = parse_generate(wanted, Known(asset=studio.store.assets.get)).spec
    video_id = studio.store.videos.create(NewVideo(spec, wanted, account_id=account_id)).id
    studio.engine.submit(video_id)
    return studio.ended(video_id)


def film(studio: Studio, video: Video) -> str:
    assert video.status == "completed", video.failure
    assert video.video_key
    return studio.objects.read(video.video_key).decode()


def rendered(studio: Studio) -> int:
    """How many scenes have been rendered so far."""
    return sum(line.startswith("scene") for line in studio.log())


def picture(level: int) -> bytes:
    """A grey PNG."""
    return cv2.imencode(".png", np.full((8, 8), level, np.uint8))[1].tobytes()


def shows(level: int) -> str:
    """What a scripted scene says that got this picture."""
    return f"file {hashlib.sha256(picture(level)).hexdigest()}"


def test_an_equal_film_is_rendered_once(studio: Studio) -> None:
    first = submitted(studio, [scene("One."), scene("Two.")])
    again = submitted(studio, [scene("One."), scene("Two.")])
    assert rendered(studio) == 2
    assert film(studio, first) == film(studio, again)


def test_only_a_changed_scene_is_rendered_again(studio: Studio) -> None:
    submitted(studio, [scene("One."), scene("Two."), scene("Three.")])
    changed = film(studio, submitted(studio, [scene("One."), scene("Too."), scene("Three.")]))
    assert [line for line in studio.log() if line.startswith("scene")][3:] == [
        line for line in studio.log() if line.startswith("scene 2")
    ][1:]
    assert changed.count("scene") == 3
    # One that is put before them moves the others, and changes none.
    submitted(studio, [scene("Zero."), scene("One."), scene("Two."), scene("Three.")])
    assert rendered(studio) == 5


@pytest.mark.parametrize("change", [{"width": 322}, {"fps": 30}, {"test": True}])
def test_what_changes_the_pixels_is_rendered_again(studio: Studio, change: dict[str, Any]) -> None:
    submitted(studio, [scene("One.")])
    submitted(studio, [scene("One.")], **change)
    assert rendered(studio) == 2


def test_another_manner_is_rendered_again(studio: Studio) -> None:
    happy, excited = scene("One."), scene("One.")
    happy["character"]["expression"] = "happy"
    excited["voice"]["emotion"] = "Excited"
    for played in (scene("One."), happy, excited, happy):
        submitted(studio, [played])
    assert rendered(studio) == 3


def test_two_equal_scenes_of_one_film_are_played_differently(studio: Studio) -> None:
    submitted(studio, [scene("One."), scene("One.")])
    assert rendered(studio) == 2


def test_captions_do_not_render_the_presenter_again(studio: Studio) -> None:
    plain = film(studio, submitted(studio, [scene("One."), scene("Two.")]))
    video = submitted(studio, [scene("One."), scene("Two.")], caption=True)
    assert film(studio, video) == plain
    assert rendered(studio) == 2
    assert video.captioned_key
    captioned = studio.objects.read(video.captioned_key).decode()
    assert captioned == "".join(f"{line} captioned\n" for line in plain.splitlines())
    assert {kind: studio.objects.read(key).decode() for kind, key in video.subtitle_keys.items()} == {
        kind: kind for kind in ("srt", "vtt", "ass")
    }


def test_caption_files_alone(studio: Studio) -> None:
    video = submitted(studio, [scene("One.")], caption=True, caption_mode="file_only")
    assert film(studio, video)
    assert video.captioned_key is None
    assert set(video.subtitle_keys) == {"srt", "vtt", "ass"}
    assert not any(line.startswith("caption") for line in studio.log())


def test_what_is_kept_is_deleted_in_time(studio: Studio) -> None:
    submitted(studio, [scene("One.")])
    studio.leftovers.tidy()
    submitted(studio, [scene("One.")])
    assert rendered(studio) == 1
    studio.stop()
    studio.start(segment_days=1e-9)
    studio.leftovers.tidy()
    assert not list((studio.folder / "objects" / "segments").rglob("video"))


def test_a_url_s_file_reaches_its_scene_and_is_fetched_once(studio: Studio, web: Web) -> None:
    web.files["/a.png"] = picture(1)
    url = f"{web.url}/a.png"
    video = submitted(studio, [with_picture("One.", url), scene("Two."), with_picture("Three.", url)])
    assert [(shows(1) in line) for line in film(studio, video).splitlines()] == [True, False, True]
    assert web.asked == ["/a.png"]


def test_no_other_account_is_served_by_a_process_that_had_a_file_in_its_hands(studio: Studio, web: Web) -> None:
    web.files["/a.png"] = picture(1)
    other = new_account(studio.store, "other", "free").id
    with_a_file = [with_picture("One.", f"{web.url}/a.png")]

    def process(scenes: list[dict[str, Any]], account_id: str) -> str:
        (line,) = film(studio, submitted(studio, scenes, account_id)).splitlines()
        return line.split()[3]

    owners = process(with_a_file, OWNER)
    assert process([scene("Two.")], OWNER) == owners
    clean = process([scene("Three.")], other)
    assert clean != owners
    assert process([scene("Four.")], OWNER) == clean, "text alone binds nobody"


def test_a_url_whose_content_changes_shows_what_it_is_now(studio: Studio, web: Web) -> None:
    url = f"{web.url}/a.png"
    for level in (1, 2, 2):
        web.files["/a.png"] = picture(level)
        assert shows(level) in film(studio, submitted(studio, [with_picture("One.", url)]))
    assert rendered(studio) == 2


def test_a_url_that_fails_names_its_scene_before_anything_is_rendered(studio: Studio, web: Web) -> None:
    video = submitted(studio, [scene("One."), with_picture("Two.", f"{web.url}/none.png")])
    assert video.status == "failed"
    assert video.failure
    assert (video.failure.scene, video.failure.stage, video.failure.code) == (1, "media", "fetch_refused")
    assert video.failure.message.startswith("scene 2 of 2, media: ")
    assert "404" in video.failure.message
    assert position(video).scene == 1
    assert studio.log() == []


def test_a_file_that_cannot_be_used_names_its_scene_before_anything_is_rendered(studio: Studio, web: Web) -> None:
    web.files["/a.png"] = b"<html>Log in</html>"
    video = submitted(studio, [scene("One."), with_picture("Two.", f"{web.url}/a.png")])
    assert video.failure
    assert (video.failure.scene, video.failure.stage, video.failure.code) == (1, "media", "media_unusable")
    said = f"background image {web.url}/a.png: it is an HTML page, not a picture; "
    assert video.failure.message.startswith(f"scene 2 of 2, media: {said}")
    assert studio.log() == []


def test_a_picture_that_is_cut_off_is_shown_and_warned_of_once(studio: Studio, web: Web) -> None:
    """Also where the look at it is taken again after a crash, and behind the warnings about the request."""
    whole = encoded(soft(), "JPEG")
    web.files["/a.jpg?token=secret"] = whole[: round(0.99 * len(whole))]
    url = f"{web.url}/a.jpg?token=secret"
    video = submitted(studio, [scene("One."), with_picture("Two.", url)])
    assert video.status == "completed", video.failure
    (warning,) = video.warnings
    assert (warning.code, warning.scene, warning.field) == ("media_damaged", 2, "background")
    said = "the image is cut off at its end; what is there of it is shown."
    assert warning.message == f"background image {web.url}/a.jpg: {said}"
    studio.store.videos.warn(video.id, [warning, replace(warning, scene=1)])
    told = studio.store.videos.get(video.id)
    assert told and told.warnings == (warning, replace(warning, scene=1))


def test_errors_name_an_upload_by_its_id(studio: Studio, tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"\xff\xd8\xff and nothing else")
    asset = keep_upload(studio.store, studio.objects, file, "image/jpeg", OWNER)
    pictured = {**scene("One."), "background": {"type": "image", "image_asset_id": asset.id}}
    failure = submitted(studio, [pictured]).failure
    assert failure and failure.code == "media_unusable"
    said = "the file cannot be read as an image: it looks like a JPEG picture, and is damaged or cut off."
    assert failure.message == f"scene 1 of 1, media: background image asset {asset.id}: {said}"


def test_a_file_is_looked_at_as_each_thing_that_it_is_to_be(studio: Studio, web: Web) -> None:
    url = web.url + "/a.png"
    web.files["/a.png"] = picture(1)
    heard = {**scene(), "voice": {"type": "audio", "audio_url": url}}
    video = submitted(studio, [with_picture("One.", url), heard])
    assert video.failure and (video.failure.scene, video.failure.code) == (1, "media_unusable")
    assert web.asked == ["/a.png"], "fetched once"
    assert studio.log() == []


def test_addresses_of_the_server_s_own_network_are_refused(
    studio: Studio,
    web: Web,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LIMELIGHT_FETCH_ALLOW")
    web.files["/a.png"] = picture(1)
    video = submitted(studio, [with_picture("One.", f"{web.url}/a.png")])
    assert video.status == "failed"
    assert web.asked == []


def test_a_stop_after_a_scene_s_picture_keeps_it(studio: Studio, web: Web, tmp_path: Path) -> None:
    """What was fetched and rendered before a stop is there after it."""
    web.files["/a.png"] = picture(1)
    wanted = {**body(), "video_inputs": [with_picture("One.", f"{web.url}/a.png"), scene("It waits.")]}
    spec = parse_generate(wanted, Known(asset=studio.store.assets.get)).spec
    video_id = studio.store.videos.create(NewVideo(spec, wanted)).id
    studio.engine.submit(video_id)
    eventually(lambda: studio.video(video_id).scenes[1].stage == "picture", "scene 2")
    studio.stop()
    web.files.clear()
    (tmp_path / "go").touch()
    studio.start()
    assert shows(1) in film(studio, studio.ended(video_id))
    assert sum(line.startswith("scene 1") for line in studio.log()) == 1


def test_kept_scenes_are_no_larger_than_allowed_and_the_oldest_go_first(tmp_path: Path) -> None:
    objects = Objects(tmp_path / "objects")
    part = tmp_path / "part"
    part.write_bytes(bytes(100))
    for age, name in enumerate(("new", "middle", "old")):
        for of in keys.PARTS:
            objects.publish(f"{keys.segment(name)}/{of}", part)
            os.utime(tmp_path / "objects" / keys.segment(name) / of, (time.time() - 60 * age,) * 2)
    for most_bytes, left in ((1200, {"new", "middle", "old"}), (1199, {"new", "middle"}), (100, set())):
        Segments(objects, "r", most_bytes=most_bytes).tidy()
        assert {key.split("/")[1] for key, _ in objects.list(keys.SEGMENTS)} == left


def test_scenes_of_other_sources_are_other_scenes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that who changes Limelight sees what they changed."""
    spec = parse_generate(body("One.")).spec
    kept = Segments(Objects(tmp_path), "r")
    before = kept.digest(spec, 0, {})
    assert kept.digest(spec, 0, {}) == before
    monkeypatch.setattr(segments, "_sources", lambda: "changed")
    assert kept.digest(spec, 0, {}) != before
