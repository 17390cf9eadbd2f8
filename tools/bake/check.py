"""Validates a presenter pack and draws contact sheets: `python -m tools.bake.check PACK.presenter [FOLDER]`.

It draws with the plainest possible version of what the renderer does, so that a fault of the pack is not mistaken for
one of the renderer. Needs NumPy, OpenCV, Pillow and skia-python, not Blender.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw

from .drawing import draw_mesh, premultiply
from .expressions import BLENDSHAPES

LIGHT, DARK = (232, 235, 240), (24, 27, 34)
SEAM_LIMIT = 6.0
"""Mean difference, of 255, that the drawn face at rest may make to the portrait."""


class Pack:
    """The members of a pack, decoded."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            self.members = {i.filename: archive.read(i) for i in archive.infolist()}
            self.stored = all(i.compress_type == zipfile.ZIP_STORED for i in archive.infolist())
        self.manifest: dict[str, Any] = json.loads(self.members["manifest.json"])
        m = self.manifest
        self.portrait = self.image(m["portrait"]["file"])
        self.base = premultiply(self.portrait).astype(np.float32)
        face = m["face"]
        self.vertices = self.array(face["vertices"])
        self.deltas = self.array(face["deltas"]).astype(np.float32)
        self.uv, self.triangles = self.array(face["uv"]), self.array(face["triangles"])
        self.inner_lip = self.array(face["inner_lip"])
        self.feather = self.image(face["feather"])
        self.seal = self.array(face["seal"]).astype(np.float32) if "seal" in face else None
        self.neutral = self.image(face["neutral"])
        self.regions = {
            r["name"]: (
                r["rect"],
                self.image(r["mask"]),
                {k["name"]: (k["weights"], self.image(k["file"])) for k in r["keys"]},
            )
            for r in face["regions"]
        }
        self.warp = self.array(m["warp"]["file"]).astype(np.float32)
        self.depth = self.array(m["depth"]["file"])
        self.balls = self.image(m["eyes"]["balls"])
        self.openings = [self.array(name) for name in m["eyes"]["openings"]]
        lashes = m["eyes"]["lashes"]
        self.lashes, self.lash_radius = self.array(lashes["points"]), self.array(lashes["radius"])
        self.lash_deltas = self.array(lashes["deltas"])
        self.jaw_deltas = self.array(m["mouth"]["jaw_deltas"])

    def image(self, name: str) -> np.ndarray:
        """An image member, RGBA unless it is grey."""
        image = Image.open(io.BytesIO(self.members[name]))
        # a decoder gives opaque WebP without alpha
        return np.asarray(image if image.mode == "L" else image.convert("RGBA"))

    def array(self, name: str) -> np.ndarray:
        """A NumPy member."""
        return np.load(io.BytesIO(self.members[name]), allow_pickle=False)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Camera space (N, 3) to portrait pixels."""
        camera = self.manifest["camera"]
        return np.asarray(camera["centre"]) + camera["focal"] * points[:, :2] / points[:, 2:]

    def weights(self, named: dict[str, float]) -> np.ndarray:
        """Named weights as (52,)."""
        w = np.zeros(len(BLENDSHAPES), np.float32)
        for name, value in named.items():
            w[BLENDSHAPES.index(name)] = value
        return w


def problems(p: Pack) -> list[str]:
    """What breaks docs/pack-format.md; empty if nothing does."""
    found: list[str] = []

    def need(condition: bool, text: str) -> None:
        if not condition:
            found.append(text)

    m = p.manifest
    need(m["format"] == "limelight.presenter" and m["version"] == 2, "format or version")
    need(p.stored, "members are compressed")
    need(m["blendshapes"] == list(BLENDSHAPES), "blendshapes are not ARKit's, in its order")
    need(set(m["files"]) == set(p.members) - {"manifest.json"}, "files does not list every member")
    for name, digest in m["files"].items():
        need(hashlib.sha256(p.members.get(name, b"")).hexdigest() == digest, f"digest of {name}")
    width, height = m["portrait"]["width"], m["portrait"]["height"]
    need(p.portrait.shape == (height, width, 4), "size of the portrait")
    step = m["depth"]["step"]
    need(p.depth.shape == (-(-height // step), -(-width // step)) and p.depth.dtype == np.float16, "shape of depth")
    need(bool(np.isfinite(p.depth).all()), "depth is not finite")
    need(p.warp.ndim == 4 and p.warp.shape[0] == 52 and p.warp.shape[3] == 2, "shape of warp")
    border = np.concatenate([p.warp[:, [0, -1]].ravel(), p.warp[:, :, [0, -1]].ravel()])
    need(not border.any(), "warp is not zero at its border")
    count = len(p.vertices)
    need(p.deltas.shape == (52, count, 3), "shape of deltas")
    need(p.uv.shape == (count, 2), "shape of uv")
    need(p.triangles.min() >= 0 and p.triangles.max() < count, "triangles")
    need(p.inner_lip.min() >= 0 and p.inner_lip.max() < count and len(p.inner_lip) > 20, "inner_lip")
    texture_width, texture_height = m["face"]["texture"]
    need(p.feather.shape == (texture_height, texture_width), "size of feather")
    size = (texture_height, texture_width, 4)
    need(p.neutral.shape == size, "size of the neutral key")
    for name, ((x0, y0, x1, y1), mask, keys) in p.regions.items():
        need(0 <= x0 < x1 <= texture_width and 0 <= y0 < y1 <= texture_height, f"rect of region {name}")
        need(mask.shape == (y1 - y0, x1 - x0), f"size of the mask of region {name}")
        for key, (weights, image) in keys.items():
            need(image.shape == (y1 - y0, x1 - x0, 4), f"size of key {key}")
            need(bool(weights) and set(weights) <= set(BLENDSHAPES), f"weights of key {key}")
    need("mouth" in p.regions, "no region is called mouth")
    mouth = m["mouth"]
    inside = [mouth["upper"], *(x["file"] for x in [*mouth["lower"], *mouth["tongue"], mouth["tongue_between"]])]
    for part, files in (("mouth", inside), ("eyes", [m["eyes"]["balls"]])):
        x0, y0, x1, y1 = m[part]["rect"]
        for f in files:
            need(p.image(f).shape == (y1 - y0, x1 - x0, 4), f"size of {f}")
    for loop in p.openings:
        need(len(loop) > 8 and loop.min() >= 0 and loop.max() < count, "the opening of an eye")
    strands, length = p.lashes.shape[:2]
    need(p.lash_radius.shape == (strands, length), "radius of lashes")
    shapes = m["eyes"]["lashes"]["shapes"]
    need(p.lash_deltas.shape == (len(shapes), strands, length, 3) and set(shapes) <= set(BLENDSHAPES), "lash deltas")
    need(p.jaw_deltas.shape == (52, 3), "shape of jaw_deltas")
    for side, gap in zip(("left", "right"), _gaps(p, {"eyeBlinkLeft": 1, "eyeBlinkRight": 1}), strict=True):
        need(gap < SHUT_GAP_PX, f"the {side} eye stays {gap:.1f} pixels open when it is shut")
    before, after = compose(p, {}, face=False), compose(p, {})
    left, top, _, _ = _work_rect(p)
    x0, y0, x1, y1 = _face_rect(p)
    seam = np.abs(after.astype(float) - before)[y0 - top : y1 - top, x0 - left : x1 - left].mean()
    print(f"drawn face against the portrait: mean difference {seam:.2f} of 255")
    need(seam < SEAM_LIMIT, "the face at rest does not match the portrait")
    return found


def _gaps(p: Pack, named: dict[str, float]) -> list[float]:
    """How far each eye is open, pixels: the mean height of its opening; overlapping lids count as negative."""
    at = p.project(p.vertices + np.tensordot(p.weights(named), p.deltas, 1))
    gaps = []
    for loop in p.openings:
        ring, rest = at[loop], p.project(p.vertices[loop])
        signs = [float(np.sum(q[:, 0] * np.roll(q[:, 1], -1) - q[:, 1] * np.roll(q[:, 0], -1))) for q in (ring, rest)]
        gaps.append(signs[0] / 2 * np.sign(signs[1]) / np.ptp(rest[:, 0]))
    return gaps


SHUT_GAP_PX = 1.0


def _face_rect(p: Pack) -> tuple[int, int, int, int]:
    at = p.project(p.vertices)
    x0, y0 = np.floor(at.min(0)).astype(int)
    x1, y1 = np.ceil(at.max(0)).astype(int)
    return int(x0), int(y0), int(x1), int(y1)


def _work_rect(p: Pack) -> tuple[int, int, int, int]:
    """Around everything that moves: the head."""
    x0, _y0, x1, y1 = _face_rect(p)
    top = int(p.manifest["landmarks"]["head_top"][1])
    return max(0, x0 - 60), max(0, top), x1 + 60, y1 + 80


def _over(base: np.ndarray, layer: np.ndarray, x: int, y: int) -> None:
    """Premultiplied `layer` over premultiplied float `base`, in place."""
    height, width = layer.shape[:2]
    part = base[y : y + height, x : x + width]
    part *= 1 - layer[..., 3:].astype(np.float32) / 255
    part += layer


def compose(
    p: Pack, named: dict[str, float], key: str = "neutral", background: tuple[int, int, int] = LIGHT,
    face: bool = True, whole: bool = False,
) -> np.ndarray:  # fmt: skip
    """The head, (h, w, 3) uint8 of `_work_rect`, or the whole portrait, without lashes."""
    m = p.manifest
    w = p.weights(named)
    left, top, right, bottom = _work_rect(p)
    out = _warped(p, w, (left, top, right, bottom))
    if face:
        x0, y0, _, _ = m["eyes"]["rect"]
        _over(out, premultiply(p.balls), x0 - left, y0 - top)
        moved = p.vertices + np.tensordot(w, p.deltas, 1)
        at = (p.project(moved) - [left, top]).astype(np.float32)
        if p.seal is not None and key in ("neutral", "PP"):
            at += p.seal[("neutral", "PP").index(key)]
        _draw_inside(p, out, w, at, left, top)
        texture = np.dstack([_texture(p, key), p.feather])
        patch = draw_mesh(premultiply(texture), p.uv, at, p.triangles, (right - left, bottom - top))
        _over(out, patch, 0, 0)
    if whole:
        full = p.base.copy()
        full[top:bottom, left:right] = out
        out = full
    alpha = out[..., 3:] / 255
    return (out[..., :3] + np.array(background) * (1 - alpha) + 0.5).clip(0, 255).astype(np.uint8)


def _texture(p: Pack, key: str) -> np.ndarray:
    """The texture of the face with one key in its region, RGB uint8."""
    texture = p.neutral[..., :3].astype(np.float32)
    for (x0, y0, x1, y1), mask, keys in p.regions.values():
        if key in keys:
            part = texture[y0:y1, x0:x1]
            part += (keys[key][1][..., :3] - part) * (mask[..., None] / np.float32(255))
    return (texture + 0.5).astype(np.uint8)


def _warped(p: Pack, w: np.ndarray, rect: tuple[int, int, int, int]) -> np.ndarray:
    """A part of the portrait moved by the warp field, premultiplied float32."""
    left, top, right, bottom = rect
    if not w.any():
        return p.base[top:bottom, left:right].copy()
    field = np.tensordot(w, p.warp, 1)
    (x0, y0), step = p.manifest["warp"]["origin"], p.manifest["warp"]["step"]
    yy, xx = np.mgrid[top:bottom, left:right].astype(np.float32) + 0.5
    moved = cv2.remap(field, (xx - x0) / step, (yy - y0) / step, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return cv2.remap(p.base, xx - 0.5 - moved[..., 0], yy - 0.5 - moved[..., 1], cv2.INTER_LINEAR)


def _draw_inside(p: Pack, out: np.ndarray, w: np.ndarray, at: np.ndarray, left: int, top: int) -> None:
    """Cavity, lower teeth and upper teeth inside the inner lip contour."""
    mouth = p.manifest["mouth"]
    x0, y0, x1, y1 = mouth["rect"]
    x0, y0, x1, y1 = x0 - left, y0 - top, x1 - left, y1 - top
    inside = np.zeros((y1 - y0, x1 - x0, 4), np.float32)
    inside[:] = (20, 7, 7, 255)
    jaw = float(w[BLENDSHAPES.index("jawOpen")])
    layer = min(mouth["lower"], key=lambda entry: abs(entry["jaw"] - jaw))
    origin = np.array([mouth["jaw_origin"]])
    there = w * 0
    there[BLENDSHAPES.index("jawOpen")] = layer["jaw"]
    shift = (p.project(origin + w @ p.jaw_deltas) - p.project(origin + there @ p.jaw_deltas))[0]
    lower = premultiply(p.image(layer["file"])).astype(np.float32)
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    _over(inside, cv2.warpAffine(lower, move, (lower.shape[1], lower.shape[0])), 0, 0)
    _over(inside, premultiply(p.image(mouth["upper"])), 0, 0)
    contour = np.round((at[p.inner_lip] - [x0, y0]) * 16).astype(np.int32)
    mask = np.zeros(inside.shape[:2], np.uint8)
    cv2.fillPoly(mask, [contour], 255, shift=4)
    part = out[y0:y1, x0:x1]
    part += (inside - part) * (mask[..., None] / np.float32(255))


def _sheet(tiles: list[tuple[str, np.ndarray]], columns: int) -> Image.Image:
    height, width = tiles[0][1].shape[:2]
    sheet = Image.new("RGB", (columns * width, -(-len(tiles) // columns) * (height + 18)), "white")
    draw = ImageDraw.Draw(sheet)
    for i, (label, tile) in enumerate(tiles):
        x, y = i % columns * width, i // columns * (height + 18)
        sheet.paste(Image.fromarray(tile), (x, y))
        draw.text((x + 4, y + height + 3), label, fill="black")
    return sheet


def sheets(p: Pack, folder: Path) -> None:
    """Contact sheets as PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, background in (("light", LIGHT), ("dark", DARK)):
        bare = compose(p, {}, background=background, face=False, whole=True)
        drawn = compose(p, {}, background=background, whole=True)
        pair = _sheet([("portrait", bare), ("with the face drawn", drawn)], 2)
        pair.resize((pair.width // 2, pair.height // 2), Image.Resampling.LANCZOS).save(folder / f"neutral-{name}.png")
        keys = {key: weights for _, _, found in p.regions.values() for key, (weights, _) in found.items()}
        tiles = [(key, compose(p, weights, key, background=background)) for key, weights in keys.items()]
        _sheet([("neutral", compose(p, {}, background=background)), *tiles], 4).save(folder / f"keys-{name}.png")
    left, top, _, _ = _work_rect(p)
    x0, y0, x1, y1 = p.manifest["eyes"]["rect"]
    eyes = np.s_[y0 - top - 30 : y1 - top + 30, x0 - left : x1 - left]
    steps = [(c, {"eyeBlinkLeft": c, "eyeBlinkRight": c}) for c in (0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.0)]
    lids = [(f"close {c}", compose(p, w, "BLINK_LEFT" if c > 0.5 else "neutral")[eyes]) for c, w in steps]
    _sheet(lids, 2).save(folder / "lids.png")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tools.bake.check", description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", help="where contact sheets go")
    arguments = parser.parse_args()
    p = Pack(arguments.pack)
    found = problems(p)
    for text in found:
        print("wrong:", text)
    if arguments.folder:
        sheets(p, arguments.folder)
    print(f"{arguments.pack.stat().st_size / 1e6:.2f} MB, {len(found)} problems")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
