"""`limelight photo`, and `limelight render --photo`, in this process; a stand-in looks at the pictures."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import limelight.compose.figures as figures
import limelight.render as render_module
from films import frames
from limelight.cli import app
from limelight.cli.console import ERRORS
from limelight.errors import PhotoError, SpecError
from limelight.puppet.photo import Gave, PhotoRig
from limelight.store import OWNER, Store
from photo_rigs import Pixels, stand_in
from photo_rigs import photo as drawn_photo

Run = Callable[..., Result]


def gave(picture: Pixels) -> Gave:
    """A red picture shows another person, any other one teeth and lids."""
    red, green, _ = picture.reshape(-1, 3).mean(0)
    return Gave(left_out="it shows another person.") if red > green + 50 else Gave(("teeth", "lids"))


def rig(_: Pixels, more: Sequence[Pixels]) -> PhotoRig:
    return replace(stand_in(), gave=tuple(map(gave, more)))


@pytest.fixture
def faces(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many faces there are to be seen; may be changed."""
    seen = [1]

    def find(_: Any) -> Any:
        if not seen[0]:
            raise PhotoError("no face is seen in the picture.")
        return SimpleNamespace(faces=seen[0], wide_open=seen[0] > 2)

    monkeypatch.setattr(render_module, "find_portrait", find)
    monkeypatch.setattr(figures, "rig", rig)
    figures._rig.cache_clear()
    return seen


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faces: list[int]) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)  # what a stand-in makes is not kept
    Image.fromarray(drawn_photo()).resize((300, 380)).save("ann.jpg")

    def run(*arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(app, [*arguments, "--data-dir", "data"], **options)

    return run


def added(run: Run, *arguments: str) -> str:
    result = run("photo", "add", "ann.jpg", "--name", "Ann", "--i-may-use-this-likeness", *arguments)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def test_a_photo_is_added_listed_and_removed(run: Run, tmp_path: Path) -> None:
    id = added(run)
    store = Store("sqlite:///data/limelight.db")
    try:
        (kept,) = store.photos.all(OWNER)
        assert (kept.id, kept.name) == (id, "Ann")
        assert kept.consent and kept.consent.by == "owner"
        assert store.photos.consented(kept.asset.id, OWNER)
    finally:
        store.close()
    listed = run("photo", "list").stdout
    assert id in listed and "Ann" in listed and "owner, 20" in listed
    assert run("photo", "remove", id).exit_code == 0
    assert id not in run("photo", "list").stdout
    assert not [file for file in (tmp_path / "data" / "objects").rglob("*") if file.is_file()]
    gone = run("photo", "remove", id)
    assert isinstance(gone.exception, SpecError) and "not found" in str(gone.exception)


def test_without_a_statement_nothing_is_kept(run: Run, tmp_path: Path) -> None:
    refused = run("photo", "add", "ann.jpg")
    assert isinstance(refused.exception, SpecError)
    assert "--i-may-use-this-likeness" in str(refused.exception)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("said", "kept"), [("y\n", True), ("n\n", False)])
def test_a_terminal_is_asked(run: Run, monkeypatch: pytest.MonkeyPatch, said: str, kept: bool) -> None:
    monkeypatch.setattr(type(ERRORS), "is_terminal", property(lambda _: True))
    result = run("photo", "add", "ann.jpg", input=said)
    assert "you may use the likeness" in result.output
    assert (result.exit_code == 0) is kept


def test_what_cannot_speak_is_not_kept(run: Run, faces: list[int], tmp_path: Path) -> None:
    faces[0] = 0
    result = run("photo", "add", "ann.jpg", "--i-may-use-this-likeness")
    assert isinstance(result.exception, PhotoError) and "no face" in str(result.exception)
    for command in (("photo", "add", "ann.jpg"), ("render", "--script", "Hi.", "--photo", "ann.jpg")):
        assert str(run(*command).exception) == "talking photo ann.jpg: no face is seen in the picture."
    (tmp_path / "a.mp3").write_bytes(b"ID3" + bytes(64))
    result = run("photo", "add", "a.mp3", "--i-may-use-this-likeness")
    assert "file is invalid: a.mp3: it is an MP3 recording, not a picture." in str(result.exception)
    assert "nowhere.jpg is not a file" in str(run("photo", "add", "nowhere.jpg").exception)
    assert not (tmp_path / "data").exists()


def test_of_several_faces_the_largest_is_said_to_speak(run: Run, faces: list[int]) -> None:
    faces[0] = 3
    result = run("photo", "add", "ann.jpg", "--i-may-use-this-likeness")
    assert result.exit_code == 0
    assert "3 faces were seen, the largest speaks. The mouth is wide open" in " ".join(result.output.split())
    assert run("photo", "list").stdout.splitlines()[1].split()[-1] == "3"


def test_a_film_is_made_of_a_file_and_of_a_kept_photo(run: Run, tmp_path: Path) -> None:
    id = added(run)
    options = ("--script", "Hi.", "--size", "160x128", "--background", "#20c040", "-q")
    for who, out in (("ann.jpg", "file.mp4"), (id, "kept.mp4")):
        result = run("render", "--photo", who, *options, "-o", out)
        assert result.exit_code == 0, result.output or result.exception
        corner = frames(tmp_path / out)[0][:8, :8].reshape(-1, 3).mean(0)
        assert np.abs(corner - (32, 192, 64)).max() > 30, "the photo keeps its background"
    result = run("render", "--photo", id, "--matting", "--style", "circle", *options, "-o", "disc.mp4")
    assert result.exit_code == 0, result.output or result.exception
    assert np.abs(frames(tmp_path / "disc.mp4")[0][:8, :8].reshape(-1, 3).mean(0) - (32, 192, 64)).max() <= 3


@pytest.fixture
def pictures(run: Run, tmp_path: Path) -> None:
    """Further ones beside ann.jpg."""
    for name, colour in (("smile.jpg", "grey"), ("closed.png", "blue"), ("bob.jpg", "red")):
        Image.new("RGB", (64, 64), colour).save(name)


@pytest.mark.parametrize(
    "further",
    [
        ("--more", "smile.jpg", "--more", "closed.png", "--more", "bob.jpg"),
        ("--more", "smile.jpg", "closed.png", "bob.jpg"),
    ],
)
def test_several_pictures_of_a_person_are_one_photo(run: Run, pictures: None, further: tuple[str, ...]) -> None:
    result = run("photo", "add", "ann.jpg", *further, "--i-may-use-this-likeness")
    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines() == [
        "smile.jpg gives teeth, lids",
        "closed.png gives teeth, lids",
        "bob.jpg is left out: it shows another person",
    ]
    id = result.stdout.strip()
    other = added(run)
    header, *rows = run("photo", "list").stdout.splitlines()
    assert header.split() == ["id", "name", "added", "consent", "faces", "gives"]
    assert [row.split()[1] for row in rows] == ["ann", "smile", "closed", "Ann"]
    assert (rows[0].split()[0], rows[3].split()[0]) == (id, other)
    assert [row.endswith("teeth, lids") for row in (row.rstrip() for row in rows)] == [False, True, True, False]
    store = Store("sqlite:///data/limelight.db")
    try:
        assert len(store.photos.pictures(id, OWNER)) == 3
        assert [photo.gave for photo in store.photos.all(OWNER)] == [(), ("teeth", "lids"), ("teeth", "lids"), None]
        assert all(photo.consent for photo in store.photos.all(OWNER))
    finally:
        store.close()


def test_a_photo_whose_further_pictures_are_all_left_out_is_one_by_itself(run: Run, pictures: None) -> None:
    id = added(run, "--more", "bob.jpg")
    store = Store("sqlite:///data/limelight.db")
    try:
        assert [(photo.id, photo.gave) for photo in store.photos.all(OWNER)] == [(id, None)]
    finally:
        store.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("smile.jpg",), "smile.jpg is a second one; further pictures of a person follow --more"),
        (("--more", "nowhere.jpg"), "nowhere.jpg is not a file"),
        (("--more", "a.mp3"), "more is invalid: a.mp3: it is an MP3 recording, not a picture."),
        (("--more", "ann.jpg"), "ann.jpg is given twice"),
        (("--more", *["smile.jpg"] * 9), "9 further pictures are given, the limit is 8"),
    ],
)
def test_wrong_further_pictures_are_told_and_nothing_is_kept(
    run: Run, pictures: None, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    Path("a.mp3").write_bytes(b"ID3" + bytes(64))
    result = run("photo", "add", "ann.jpg", *arguments, "--i-may-use-this-likeness")
    assert isinstance(result.exception, SpecError) and words in str(result.exception)
    assert not (tmp_path / "data").exists()


def test_a_film_is_made_of_all_pictures_of_a_person(run: Run, pictures: None, monkeypatch: pytest.MonkeyPatch) -> None:
    id = added(run, "--more", "smile.jpg", "bob.jpg", "closed.png")
    Path("damaged.jpg").write_bytes(Path("smile.jpg").read_bytes()[:400])
    seen: list[int] = []

    def counted(one: Pixels, more: Sequence[Pixels]) -> PhotoRig:
        seen.append(len(more))
        return rig(one, more)

    monkeypatch.setattr(figures, "rig", counted)
    options = ("--script", "Hi.", "--size", "160x128", "-o", "out.mp4")
    assert run("render", "--photo", id, *options).exit_code == 0
    assert seen == [2]
    files = ("--more", "smile.jpg", "--more", "bob.jpg", "--more", "damaged.jpg", "--more", "closed.png")
    result = run("render", "--photo", "ann.jpg", *files, *options)
    assert result.exit_code == 0, result.output or result.exception
    assert seen == [2, 3, 2], "looked at first, and rendered of those that give something"
    assert [line for line in result.stderr.splitlines() if "left out" in line] == [
        "bob.jpg is left out: it shows another person",
        "damaged.jpg is left out: the image is damaged or cut off",
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--more", "ann.jpg"), "give --photo too"),
        (("--photo", "nobody", "--more", "ann.jpg"), "it goes with a photo that is a file, nobody is none"),
        (("--photo", "ann.jpg", "--more", "ann.jpg"), "ann.jpg is given twice"),
        (("--photo", "nobody"), "nobody is neither a file nor an id of `limelight photo list`"),
        (("--photo", "nowhere.jpg"), "nowhere.jpg is not a file"),
        (("--photo", "ann.jpg", "--avatar", "josh_lite3_20230714"), "--avatar is given too"),
        (("--photo", "ann.jpg", "--style", "closeUp"), "'closeUp' is not one of 'square', 'circle'"),
        (("--matting",), "give --photo too"),
    ],
)
def test_what_is_wrong_is_said(run: Run, options: tuple[str, ...], words: str) -> None:
    result = run("render", "--script", "Hi.", *options)
    assert isinstance(result.exception, SpecError)
    assert words in str(result.exception)
