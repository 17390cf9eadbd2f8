"""Uploads' rows and files go together, also where one of them fails."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import pytest

from limelight.errors import StoreError
from limelight.service.uploads import keep_photo, keep_upload
from limelight.store import OWNER, Store
from studio import Studio

JPEG, PNG = b"\xff\xd8\xff\xe0" + b"0" * 64, b"\x89PNG\r\n\x1a\n" + b"0" * 64


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def files(studio: Studio) -> set[str]:
    return {key for key, _ in studio.objects.list("assets")}


@pytest.mark.parametrize("table", ["assets", "photos"])
def test_nothing_is_left_of_a_photo_whose_row_cannot_be_kept(studio: Studio, tmp_path: Path, table: str) -> None:
    with sqlite3.connect(tmp_path / "rows.db") as database:
        database.execute(f"DROP TABLE {table}")
    owner = studio.store.accounts.get(OWNER)
    assert owner
    with pytest.raises(StoreError):
        keep_photo(studio.store, studio.objects, written(tmp_path / "photo", JPEG), "", owner)
    assert files(studio) == set()
    if table == "photos":
        assert studio.store.assets.page(OWNER, 10) == ([], 0)


@pytest.mark.parametrize("second", [JPEG + b"1", PNG])
def test_of_two_uploads_under_one_id_the_first_stays(studio: Studio, tmp_path: Path, second: bytes) -> None:
    first = keep_upload(studio.store, studio.objects, written(tmp_path / "1", JPEG), "", OWNER, asset_id="a" * 32)
    with pytest.raises(StoreError):
        keep_upload(studio.store, studio.objects, written(tmp_path / "2", second), "", OWNER, asset_id="a" * 32)
    assert files(studio) == {first.key}
    assert studio.objects.read(first.key) == JPEG


def test_old_files_of_uploads_without_rows_are_deleted(studio: Studio, tmp_path: Path) -> None:
    kept = keep_upload(studio.store, studio.objects, written(tmp_path / "1", JPEG), "", OWNER)
    orphan = f"assets/{'b' * 32}/original.jpg"
    studio.objects.publish(orphan, tmp_path / "1")
    studio.leftovers.tidy()
    assert files(studio) == {kept.key, orphan}, "its row may be on its way"
    two_days_ago = time.time() - 2 * 24 * 3600
    for key in (kept.key, orphan):
        os.utime(tmp_path / "objects" / key, (two_days_ago, two_days_ago))
    studio.leftovers.tidy()
    assert files(studio) == {kept.key}
    assert not (tmp_path / "objects" / "assets" / ("b" * 32)).exists()


def test_a_name_that_no_database_holds_is_kept_as_far_as_it_can_be_written(tmp_path: Path, studio: Studio) -> None:
    """Names of files may be any bytes."""
    store = Store(f"sqlite:///{tmp_path / 'rows.db'}")
    asset = keep_upload(store, studio.objects, written(tmp_path / "1", JPEG), "", OWNER, name="Gr\udcf6\udcdfe\0\x1b[m")
    assert asset.name == "Gr e [m"
    assert store.assets.get(asset.id) == asset
    store.close()
