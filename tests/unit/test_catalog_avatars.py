"""The presenters on offer: shipped ones, those of the user's own, and what is shown of them before they are chosen."""

from __future__ import annotations

import json
import logging
import shutil
import zipfile
from pathlib import Path

import av
import numpy as np
import pytest

from limelight.catalog import previews
from limelight.catalog.avatars import OWN_PACKS, RENDERED, avatar, avatars, default_avatar, presenters
from limelight.catalog.voices import voice
from limelight.errors import AvatarNotFound, PackError
from pictures import decoded, opened
from processes import limelight

#: Ids that HeyGen's documents use literally, and whom they show.
IDS_IN_DOCUMENTS = {
    "josh_lite3_20230714": ("Josh", "male"),
    "wayne_20240422": ("Wayne", "male"),
    "angela_expressive_20231010": ("Angela", "female"),
    "lily_20230614": ("Lily", "female"),
    "Angela-inblackskirt-20220820": ("Angela", "female"),
    "Angela-inTshirt-20220820": ("Angela", "female"),
    "Kristin_public_3_20240108": ("Kristin", "female"),
    "Vanessa-invest-20220722": ("Vanessa", "female"),
    "Daisy-inskirt-20220818": ("Daisy", "female"),
}


@pytest.mark.parametrize("avatar_id", IDS_IN_DOCUMENTS)
def test_ids_that_documents_use_show_whom_they_name(avatar_id: str) -> None:
    entry = avatar(avatar_id)
    assert (entry.avatar_id, (entry.name, entry.gender)) == (avatar_id, IDS_IN_DOCUMENTS[avatar_id])


def test_filmed_women_and_men_come_first_and_all_are_within_their_size() -> None:
    filmed, rendered = ([e for e in presenters() if (RENDERED in e.tags) is kind] for kind in (False, True))
    assert sorted(entry.gender for entry in filmed) == ["female"] * 6 + ["male"] * 3
    assert sorted(entry.gender for entry in rendered) == ["female"] * 6 + ["male"] * 6
    assert [*filmed, *rendered] == presenters()
    assert presenters()[0] == default_avatar() and default_avatar().name == "Josh"
    sizes = [entry.pack.stat().st_size for entry in presenters()]
    assert max(sizes) < 6_000_000
    assert sum(sizes) < 64_000_000


def test_every_presenter_is_complete() -> None:
    ids = [entry.avatar_id for entry in avatars()]
    assert len(set(ids)) == len(ids)
    for entry in avatars():
        assert avatar(entry.avatar_id) == entry
        assert entry.name and entry.created_s > 1_600_000_000
        assert voice(entry.default_voice_id).gender == entry.gender
    assert len({entry.group_id for entry in avatars()}) == len(presenters())


def test_an_unknown_presenter_is_an_error_for_the_user() -> None:
    with pytest.raises(AvatarNotFound, match="nobody"):
        avatar("nobody")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv(OWN_PACKS, str(folder))
    return folder


def renamed(pack: Path, name: str) -> Path:
    """A copy of a shipped pack under another name."""
    with zipfile.ZipFile(default_avatar().pack) as archive, zipfile.ZipFile(pack, "w") as copy:
        for member in archive.namelist():
            data = archive.read(member)
            if member == "manifest.json":
                changed = {"name": name, "voice": "Grace", "tags": ["team"], "looks": []}
                data = json.dumps(json.loads(data) | changed).encode()
            copy.writestr(member, data)
    return pack


def test_a_presenter_of_ones_own_is_on_offer(own: Path, tmp_path: Path) -> None:
    renamed(own / "zoe.presenter", "Zoe")
    (entry,) = [entry for entry in presenters() if entry.pack.parent == own]
    assert (entry.avatar_id, entry.name, entry.tags) == ("zoe", "Zoe", ("team",))
    assert voice(entry.default_voice_id).name == "Grace"
    assert avatar("zoe") == entry
    made = limelight(
        "render", "--script", "Hi.", "--avatar", "zoe", "--size", "256x144", "-o", "a.mp4", folder=tmp_path
    )
    assert made.returncode == 0, made.stderr


def test_a_presenter_of_ones_own_may_take_the_place_of_a_shipped_one(own: Path) -> None:
    shipped = default_avatar()
    renamed(own / f"{shipped.avatar_id}.presenter", "Zoe")
    assert avatar(shipped.avatar_id).name == "Zoe"
    assert shipped.pack not in [entry.pack for entry in avatars()]


def test_a_damaged_presenter_of_ones_own_is_left_out_and_said(own: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = avatars()
    (own / "broken.presenter").write_bytes(b"no archive")
    with caplog.at_level(logging.WARNING):
        assert avatars() == before
    assert "broken.presenter" in caplog.text


def test_a_damaged_shipped_presenter_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(default_avatar().pack, tmp_path)
    (tmp_path / "x.presenter").write_bytes(b"no archive")
    monkeypatch.setattr("limelight.catalog.avatars.PACKS", tmp_path)
    with pytest.raises(PackError, match=r"x\.presenter"):
        avatars()


def test_a_picture_shows_the_head_on_a_light_ground() -> None:
    assert len(presenters()) > 20
    for entry in presenters():
        picture = decoded(previews.picture(entry))
        assert picture.shape == (900, 720, 3)
        assert picture[:40].min() > 180, "nothing but the background above the hair"
        assert picture[:, :20].reshape(-1, 3).std() < 60
        middle = picture[250:420, 300:420].astype(int)
        assert np.abs(middle.mean((0, 1)) - picture[:40].mean((0, 1))).max() > 20, "a face in the middle"
        foot = picture[-1].astype(int)
        assert np.abs(foot[360] - foot[0]).max() > 25, "the figure runs off the lower edge"


def test_a_preview_is_written_in_the_format_of_its_name(tmp_path: Path) -> None:
    entry = default_avatar()
    for name in ("x.png", "x.jpg", "x.mp4"):
        made = limelight("avatars", "preview", entry.avatar_id, "-o", name, folder=tmp_path)
        assert made.returncode == 0, made.stderr
    pictures = [opened(tmp_path / name).astype(int) for name in ("x.png", "x.jpg")]
    assert np.abs(pictures[0] - pictures[1]).mean() < 2
    with av.open(str(tmp_path / "x.mp4")) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (480, 600)
        assert film.streams.audio
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.jpg", "x.mp4", "x.png"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody", "-o", "x.png"), "nobody"),
        (("josh_lite3_20230714", "-o", "x.gif"), ".png, .jpg and .mp4"),
        (("josh_lite3_20230714", "-o", "none/x.png"), "not a file in an existing folder"),
    ],
)
def test_a_preview_that_cannot_be_made_is_one_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    failed = limelight("avatars", "preview", *arguments, folder=tmp_path)
    assert failed.returncode == 2
    assert said in failed.stderr and len(failed.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())
