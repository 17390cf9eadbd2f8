"""What is kept must be there after a restart, whole, and exactly once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from limelight.errors import SpecError, StoreError
from limelight.results import Seen
from limelight.service.accounts import new_account
from limelight.spec import Scene, SilentVoice, VideoSpec
from limelight.store import OWNER, Asset, Failure, NewVideo, Objects, Store, Video
from limelight.store.lock import FolderLock
from limelight.store.models import Base
from limelight.store.videos import keep_video
from migrated import bring_back


def silent(scenes: int = 1) -> VideoSpec:
    return VideoSpec(scenes=(Scene(character=None, voice=SilentVoice(duration_s=1)),) * scenes, width=320, height=240)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'rows.db'}"


def test_a_submission_is_there_after_reopening(url: str) -> None:
    store = Store(url)
    new = NewVideo(silent(2), {"any": ["thing", 1.5, None]}, "Title", True, "mine", "https://example.com", "f1")
    video = store.videos.create(new)
    store.close()
    kept = Store(url).videos.get(video.id)
    assert kept == video
    assert kept is not None
    assert (kept.status, kept.spec, kept.body) == ("pending", new.spec, new.body)
    assert (kept.title, kept.test, kept.callback_id, kept.folder_id) == ("Title", True, "mine", "f1")
    assert [scene.state for scene in kept.scenes] == ["waiting", "waiting"]
    assert len(video.id) == 32
    assert video.id == video.id.lower()


def test_the_database_is_wal_and_its_tables_are_what_the_models_say(url: str) -> None:
    Store(url).close()
    with create_engine(url).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def picture(store: Store, letter: str) -> Asset:
    """An upload, all of whose id is a letter."""
    asset = Asset(
        id=letter * 32, name="Ann", file_type="image", content_type="image/jpeg", key="k", size=1, created_ms=1,
        account_id=OWNER, folder_id=None,
    )  # fmt: skip
    store.assets.add(asset)
    return asset


def test_photos_from_before_consent_and_faces_were_kept_have_none(url: str) -> None:
    store = Store(url)
    asset = picture(store, "a")
    old = store.photos.create("Ann", asset, seen=Seen(2, wide_open=True))
    store.photos.create("Bea", asset, old.group_id, consent_by="owner")
    store.close()
    bring_back(url, "0003")
    store = Store(url)
    try:
        kept = [(photo.name, photo.consent, photo.faces, photo.gave) for photo in store.photos.all(OWNER)]
        assert kept == [("Ann", None, None, None), ("Bea", None, None, None)]
        assert not store.photos.consented(asset.id, OWNER)
        store.photos.create("Cleo", asset, consent_by="owner")
        assert store.photos.consented(asset.id, OWNER)
        assert not store.photos.consented(asset.id, "somebody else")
    finally:
        store.close()


def test_a_database_from_before_loses_nothing_of_its_videos(url: str) -> None:
    """SQLite copies a table to take a column out of it, and what hangs on the table's rows goes with the old one."""
    store = Store(url)
    video = store.videos.create(NewVideo(silent(3), {}, "Title"))
    store.videos.begin_scene(video.id, 1)
    before = store.videos.get(video.id)
    store.close()
    bring_back(url, "0009")
    store = Store(url)
    try:
        assert store.videos.get(video.id) == before
        assert before and [scene.attempts for scene in before.scenes] == [0, 1, 0]
    finally:
        store.close()


def test_pictures_of_a_person_are_found_by_each_id_the_front_behind_the_one_that_is_named(url: str) -> None:
    store = Store(url)
    try:
        a, b, c, d = (picture(store, letter) for letter in "abcd")
        front = store.photos.create("Ann", a, seen=Seen(1), gave=())
        body = store.photos.create("Ann", b, front.id, gave=("body",))
        smile = store.photos.create("Ann", c, front.id, seen=Seen(1), gave=("teeth",))
        suit = store.photos.create("Ann", d, front.id, seen=Seen(1))
        assert store.photos.all(OWNER) == [front, body, smile, suit]
        for id, letters in (
            (front.id, "abc"), (a.id, "abc"), (body.id, "bac"), (smile.id, "cab"), (c.id, "cab"), (suit.id, "d"),
            (d.id, "d"),
        ):  # fmt: skip
            assert store.photos.pictures(id, OWNER) == tuple(letter * 32 for letter in letters), id
        assert store.photos.pictures(front.id, "somebody else") == ()
        store.photos.delete(OWNER, photo_id=front.id)
        store.photos.give(OWNER, {body.id: ("body", "lids")})
        assert [photo.gave for photo in store.photos.all(OWNER)] == [("body", "lids"), ("teeth",), None]
        assert store.photos.pictures(front.id, OWNER) == (c.id, b.id), "the oldest that can speak alone"
        store.assets.delete(c.id, OWNER)
        assert store.photos.pictures(front.id, OWNER) == (d.id,)
    finally:
        store.close()


def test_a_picture_of_two_groups_has_the_further_ones_of_the_group_that_is_named(url: str) -> None:
    store = Store(url)
    try:
        a, b = picture(store, "a"), picture(store, "b")
        alone = store.photos.create("Ann", a, seen=Seen(1))
        front = store.photos.create("Ann", a, seen=Seen(1), gave=())
        store.photos.create("Ann", b, front.id, seen=Seen(1), gave=("teeth",))
        assert store.photos.pictures(alone.id, OWNER) == (a.id,)
        assert store.photos.pictures(front.id, OWNER) == (a.id, b.id)
    finally:
        store.close()


def test_a_video_goes_from_pending_to_completed(url: str) -> None:
    store = Store(url)
    id = store.videos.create(NewVideo(silent(), {})).id
    assert store.videos.begin(id).status == "processing"
    assert store.videos.begin_scene(id, 0) == 1
    store.videos.report(id, 0, "picture", 3, 9)
    rendering = store.videos.get(id)
    assert rendering is not None
    assert (rendering.scenes[0].stage, rendering.scenes[0].frame, rendering.scenes[0].frames) == ("picture", 3, 9)
    store.videos.finish_scene(id, 0)
    store.videos.finish(id, video_key="v", thumbnail_key="t", duration_s=1.0)
    store.videos.fail(id, Failure("film", "late", "too late to fail."))
    done = store.videos.get(id)
    assert done is not None
    assert (done.status, done.video_key, done.duration_s, done.failure) == ("completed", "v", 1.0, None)
    assert done.scenes[0].state == "done"


def test_a_failure_keeps_its_reason_and_is_final(url: str) -> None:
    store = Store(url)
    id = store.videos.create(NewVideo(silent(3), {})).id
    failure = Failure("speech", "speech_failed", "scene 2 of 3, speech: no.", 1)
    store.videos.fail(id, failure)
    store.videos.finish(id, video_key="v", thumbnail_key="t", duration_s=1.0)
    video = store.videos.get(id)
    assert video is not None
    assert (video.status, video.failure, video.video_key) == ("failed", failure, None)


def test_attempts_are_counted_and_a_withdrawn_one_is_not(url: str) -> None:
    store = Store(url)
    id = store.videos.create(NewVideo(silent(), {})).id
    assert [store.videos.begin_scene(id, 0), store.videos.begin_scene(id, 0)] == [1, 2]
    store.videos.withdraw_scene(id, 0)
    assert store.videos.begin_scene(id, 0) == 2


def test_listing_is_by_status_and_oldest_first(url: str) -> None:
    store = Store(url)
    ids = [store.videos.create(NewVideo(silent(), {})).id for _ in range(3)]
    store.videos.begin(ids[1])
    store.videos.fail(ids[2], Failure("jobs", "x", "x"))
    assert {video.id for video in store.videos.all(status=("pending", "processing"))} == set(ids[:2])
    assert [video.created_ms for video in store.videos.all()] == sorted(
        video.created_ms for video in store.videos.all()
    )
    assert len(store.videos.all(limit=2)) == 2


def test_used_seconds_are_rounded_up_and_tests_are_free(url: str) -> None:
    store = Store(url)
    for test, duration_s in ((False, 2.04), (False, 3.0), (True, 60.0)):
        id = store.videos.create(NewVideo(silent(), {}, test=test)).id
        store.videos.finish(id, video_key="v", thumbnail_key="t", duration_s=duration_s)
    owner = store.accounts.get(OWNER)
    assert owner and (owner.used_s, owner.left_s) == (6, None)


def test_an_unknown_id_is_none_to_read_and_an_error_to_write(url: str) -> None:
    store = Store(url)
    assert store.videos.get("0" * 32) is None
    with pytest.raises(StoreError, match="not found"):
        store.videos.begin("0" * 32)


def test_a_database_that_cannot_be_opened_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "rows.db").write_text("this is no database, and long enough to be noticed " * 10)
    with pytest.raises(StoreError, match=r"rows\.db is no database\."):
        Store(f"sqlite:///{tmp_path / 'rows.db'}")


def test_an_object_is_published_once_and_never_replaced(tmp_path: Path) -> None:
    objects, file = Objects(tmp_path / "objects"), tmp_path / "file"
    file.write_bytes(b"first")
    assert objects.publish("a/b.mp4", file)
    file.write_bytes(b"second")
    assert not objects.publish("a/b.mp4", file)
    assert objects.read("a/b.mp4") == b"first"
    assert not list((tmp_path / "objects" / "incoming").glob("*"))


def test_of_many_publishers_one_wins_and_no_bytes_are_mixed(tmp_path: Path) -> None:
    objects, won = Objects(tmp_path / "objects"), []

    def publish(number: int) -> None:
        file = tmp_path / str(number)
        file.write_bytes(bytes([number]) * 3_000_000)
        won.append(objects.publish("film.mp4", file))

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]
    assert len(set(objects.read("film.mp4"))) == 1


def test_objects_are_read_in_ranges_and_fetched_whole(tmp_path: Path) -> None:
    objects, file = Objects(tmp_path / "objects"), tmp_path / "file"
    data = bytes(range(256)) * 10_000
    file.write_bytes(data)
    objects.publish("k", file)
    info = objects.info("k")
    assert info is not None
    assert info.size == len(data)
    assert b"".join(objects.stream("k", 5, 9)) == data[5:9]
    assert b"".join(objects.stream("k", 2_000_000)) == data[2_000_000:]
    assert objects.fetch("k", tmp_path / "copy").read_bytes() == data


def test_absent_objects(tmp_path: Path) -> None:
    objects = Objects(tmp_path / "objects")
    assert objects.info("none") is None
    with pytest.raises(StoreError):
        objects.read("none")
    objects.delete_all("none")


def test_deleting_a_prefix_leaves_the_rest(tmp_path: Path) -> None:
    objects, file = Objects(tmp_path / "objects"), tmp_path / "file"
    file.write_bytes(b"x")
    for key in ("work/1/a", "work/1/b/c", "work/10/a"):
        objects.publish(key, file)
    objects.delete_all("work/1")
    assert [objects.info(key) is not None for key in ("work/1/a", "work/1/b/c", "work/10/a")] == [False, False, True]


def test_a_folder_goes_with_its_last_object(tmp_path: Path) -> None:
    objects, file = Objects(tmp_path / "objects"), tmp_path / "file"
    file.write_bytes(b"film")
    for key in ("a/b/one", "a/b/two", "a/c/three"):
        objects.publish(key, file)
    objects.delete("a/b/one")
    assert objects.info("a/b/two") and objects.info("a/b/one") is None
    objects.delete_all("a")
    objects.delete("a/b/one")
    assert not list((tmp_path / "objects").iterdir())
    assert objects.publish("a/b/one", file)


def test_what_crashes_left_of_objects_is_deleted_when_it_is_old(tmp_path: Path) -> None:
    objects, file = Objects(tmp_path / "objects"), tmp_path / "file"
    file.write_bytes(b"film")
    objects.publish("a/b/kept", file)
    incoming, empty = tmp_path / "objects" / "incoming", tmp_path / "objects" / "work" / "x" / "scene-000"
    incoming.mkdir(exist_ok=True)
    # As obstore leaves them when it is killed: while it writes, and before it renames.
    left = [incoming / f"{'0' * 32}#1", incoming / ("0" * 32)]
    for part in left:
        part.write_bytes(b"half a film")
    empty.mkdir(parents=True)
    objects.tidy(3600)
    assert all(part.exists() for part in left) and empty.exists(), "they may be in use"
    two_hours_ago = time.time() - 7200
    for path in [*(tmp_path / "objects").rglob("*"), incoming]:
        os.utime(path, (two_hours_ago, two_hours_ago))
    objects.tidy(3600)
    assert not any(part.exists() for part in left)
    assert {path.name for path in (tmp_path / "objects").rglob("*")} == {"incoming", "a", "b", "kept"}
    objects.tidy(0)
    assert objects.read("a/b/kept") == b"film"


def test_a_data_folder_is_for_one_process_until_that_dies(tmp_path: Path) -> None:
    hold = "import sys,time;from pathlib import Path;from limelight.store.lock import FolderLock;"
    hold += "lock=FolderLock(Path(sys.argv[1]));print('held',flush=True);time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", hold, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match="another server"):
            FolderLock(tmp_path)
        holder.kill()
        holder.wait()
        FolderLock(tmp_path).close()


def test_a_batch_is_kept_whole_or_not_at_all(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store, kept = Store(url), keep_video
    count = 0

    def breaks(session: Session, new: NewVideo) -> Video:
        nonlocal count
        count += 1
        if count == 3:
            raise StoreError("the database went away.")
        return kept(session, new)

    entries = [NewVideo(silent(), {}) for _ in range(4)]
    with monkeypatch.context() as patch:
        patch.setattr("limelight.store.batches.keep_video", breaks)
        with pytest.raises(StoreError):
            store.batches.submit(OWNER, "Four", None, "", entries)
    assert store.videos.all() == []
    batch, videos = store.batches.submit(OWNER, "Four", None, "", [*entries, SpecError("no.", field="script")])
    assert [item.id for item in batch.items] == [*(video.id for video in videos), None]
    assert batch.items[-1].error == {"code": "invalid_parameter", "message": "no.", "param": "script"}
    assert {video.id for video in store.videos.all()} == {video.id for video in videos}
    assert store.batches.get(batch.id, OWNER, "assets") is None


def test_a_batch_charges_what_the_account_has(url: str) -> None:
    store = Store(url)
    account = new_account(store, "Ann", "free", credits=1)
    entries = [NewVideo(silent(), {}, account_id=account.id, reserved_s=25) for _ in range(4)]
    batch, videos = store.batches.submit(account.id, None, None, "", entries)
    assert [item.error and item.error["code"] for item in batch.items] == [
        None, None, "insufficient_credit", "insufficient_credit",
    ]  # fmt: skip
    left = store.accounts.get(account.id)
    assert left and left.left_s == 10 and len(videos) == 2
