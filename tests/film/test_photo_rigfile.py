"""A rig in a file: read back it draws the same, and what cannot be read is made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import limelight.compose.figures as figures
import limelight.render as render_module
from limelight.media.decode import read_image
from limelight.puppet.photo import PhotoRig, load_rig, rig, rigfile, save_rig
from limelight.spec import Scene, SilentVoice, Source, TalkingPhoto, VideoSpec
from photo_rigs import portrait
from places import DATA

ASTRONAUT = DATA / "astronaut.jpg"
SOURCE = Source(asset_id="4f0e6c1f5b5c4a3f9d0b8a7c6d5e4f30")


@pytest.fixture(scope="module")
def made() -> Any:
    return rig(read_image(ASTRONAUT))


def same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return bool(a.dtype == b.dtype and np.array_equal(a, b))
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if is_dataclass(a):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return bool(type(a) is type(b) and a == b)


@pytest.mark.parametrize("is_cut_out", [False, True])
def test_what_is_read_is_what_was_written(tmp_path: Path, made: Any, is_cut_out: bool) -> None:
    kept = replace(made, is_cut_out=is_cut_out)
    save_rig(kept, tmp_path / "rig")
    assert same(kept, load_rig(tmp_path / "rig"))
    assert [file.name for file in tmp_path.iterdir()] == ["rig"]


def test_what_further_pictures_gave_is_kept_too(tmp_path: Path) -> None:
    """And drawn: the person has another mouth than without them."""
    alone, helped = (rig(portrait(), more) for more in ([], [portrait("aa")]))
    assert helped.gave[0].parts
    save_rig(helped, tmp_path / "rig")
    assert same(helped, load_rig(tmp_path / "rig"))
    assert not same(alone.pack, helped.pack)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda file, _: file.unlink(), id="gone"),
        pytest.param(lambda file, _: file.write_bytes(b""), id="empty"),
        pytest.param(lambda file, _: file.write_bytes(file.read_bytes()[:100_000]), id="cut off"),
        pytest.param(
            lambda file, _: file.write_bytes(bytes(1000).join(file.read_bytes().split(b"a7.npy"))), id="damaged"
        ),
        pytest.param(lambda _, patch: patch.setattr(rigfile, "_version", lambda: "another"), id="of other code"),
    ],
)
def test_what_cannot_be_read_is_not_there(
    tmp_path: Path, made: Any, spoil: Callable[[Path, pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "rig"
    save_rig(made, file)
    spoil(file, monkeypatch)
    assert load_rig(file) is None


def test_scenes_draw_the_same_from_a_kept_rig_and_make_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(character=TalkingPhoto(source=SOURCE), voice=SilentVoice(duration_s=0.2))
    spec = VideoSpec(scenes=(scene, scene), width=160, height=128)
    rigs: list[int] = []

    def counted(*pictures: Any) -> PhotoRig:
        rigs.append(1)
        return rig(*pictures)

    monkeypatch.setattr(figures, "rig", counted)

    def rendered(name: str, kept: Path | None) -> bytes:
        """A scene's picture, as a process that has just begun draws it."""
        figures.forget_files()
        folder = tmp_path / name
        folder.mkdir()
        files = {SOURCE.key: ASTRONAUT} | ({TalkingPhoto(source=SOURCE).rig_key: kept} if kept else {})
        return render_module.render_scene(spec, 0, folder, files, lambda _: None).video.read_bytes()

    alone = rendered("alone", None)
    assert rendered("first", tmp_path / "rig") == rendered("second", tmp_path / "rig") == alone
    assert len(rigs) == 2
