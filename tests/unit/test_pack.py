"""A presenter's file is trusted only as far as it can be checked."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from limelight.catalog.avatars import default_avatar, presenters
from limelight.errors import PackError
from limelight.puppet.pack import load_pack, read_manifest

Change = Callable[[dict[str, Any], dict[str, bytes]], None]


def rewritten(path: Path, change: Change) -> Path:
    """A copy of the real pack with its manifest and members changed; hashes are those of the original."""
    with zipfile.ZipFile(default_avatar().pack) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        members = {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}
    change(manifest, members)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def put_array(manifest: dict[str, Any], members: dict[str, bytes], name: str, array: np.ndarray[Any, Any]) -> None:
    data = io.BytesIO()
    np.save(data, array)
    members[name] = data.getvalue()
    manifest["files"][name] = hashlib.sha256(members[name]).hexdigest()


def test_every_pack_of_the_catalog_loads() -> None:
    assert presenters()
    for entry in presenters():
        pack = load_pack(entry.pack)
        height, width = pack.portrait.shape[:2]
        assert width >= 1500 and height >= 1900
        alpha = pack.portrait[..., 3]
        assert alpha[0].max() == 0 and alpha[:, 0].max() == 0 and alpha[:, -1].max() == 0
        assert alpha[-1].max() == 255
        assert {"mouth", "lids_left", "lids_right", "cheeks", "brows"} <= {region.name for region in pack.face.regions}


def bad_version(manifest: dict[str, Any], _: dict[str, bytes]) -> None:
    manifest["version"] = 1


def missing_member(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    del members[manifest["depth"]["file"]]


def flipped_byte(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    name = manifest["portrait"]["file"]
    members[name] = members[name][:-1] + bytes([members[name][-1] ^ 1])


def no_hash(manifest: dict[str, Any], _: dict[str, bytes]) -> None:
    del manifest["files"][manifest["face"]["uv"]]


def stray_triangle(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    put_array(manifest, members, manifest["face"]["triangles"], np.array([[0, 1, 999_999]], np.int32))


def wrong_shape(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    put_array(manifest, members, manifest["face"]["uv"], np.zeros((3, 3), np.float32))


def not_finite(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(default_avatar().pack) as archive:
        uv = np.load(io.BytesIO(archive.read(manifest["face"]["uv"])))
    uv[0, 0] = np.nan
    put_array(manifest, members, manifest["face"]["uv"], uv)


def region_outside(manifest: dict[str, Any], _: dict[str, bytes]) -> None:
    manifest["face"]["regions"][0]["rect"][2] = 99_999


def key_at_rest(manifest: dict[str, Any], _: dict[str, bytes]) -> None:
    manifest["face"]["regions"][0]["keys"][0]["weights"] = {}


def stray_opening(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    put_array(manifest, members, manifest["eyes"]["openings"][0], np.full(20, 999_999, np.int32))


def lost_field(manifest: dict[str, Any], _: dict[str, bytes]) -> None:
    del manifest["camera"]["focal"]


def other_shapes(manifest: dict[str, Any], _: dict[str, bytes]) -> None:
    manifest["blendshapes"][0] = "eyeBlinkMiddle"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (bad_version, "has version 1, this program reads 2"),
        (missing_member, "is missing"),
        (flipped_byte, "does not match its SHA-256"),
        (no_hash, "no hash"),
        (stray_triangle, "names a vertex"),
        (wrong_shape, "expected"),
        (not_finite, "not finite"),
        (region_outside, "outside the texture"),
        (key_at_rest, "is the resting expression"),
        (stray_opening, "opening of an eye"),
        (lost_field, "camera.focal is invalid"),
        (other_shapes, "52 of ARKit"),
    ],
)
def test_damage_is_named(tmp_path: Path, change: Change, said: str) -> None:
    with pytest.raises(PackError, match=said):
        load_pack(rewritten(tmp_path / "bad.presenter", change))


@pytest.mark.parametrize("content", [None, b"", b"no archive", b"PK\x03\x04 cut off"])
def test_no_archive_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "bad.presenter"
    if content is not None:
        path.write_bytes(content)
    for read in (load_pack, read_manifest):
        with pytest.raises(PackError, match=r"bad\.presenter cannot be read"):
            read(path)
