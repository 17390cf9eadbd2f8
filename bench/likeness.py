"""How near a rig of several pictures comes to pictures that it has not seen, beside the rig of one picture.

    python bench/likeness.py FOLDER            # the extracted package `openpeople` 0.1.2: FOLDER/P001/assets/…

For each person: rigs of the portrait alone, and of the portrait with the cells of their sheet of expressions, without
those that are compared. Weights are fitted to the landmarks of each compared cell, once for both rigs; both are drawn
and laid over the cell. SSIM is that of luminance (Wang et al. 2004), the error that of landmarks, of the face's width.
A case counts as like where a cell that the rig has seen is nearer to it than half its distance from rest.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from skimage.metrics import structural_similarity

from limelight.acting.performance import Performance
from limelight.puppet.motion import Placement
from limelight.puppet.pack import Pack
from limelight.puppet.photo import find_portrait, rig
from limelight.puppet.photo import landmarks as lm
from limelight.puppet.photo.expression import read_expression
from limelight.puppet.photo.fit import fit, on_mesh
from limelight.puppet.photo.portrait import STEADY, find_face, similarity_2d
from limelight.puppet.photo.template import template
from limelight.puppet.puppet import Puppet
from tools.cast.sheet import cells, person

COMPARED = ("Happy", "Shocked", "Exhausted")
SIZE = 1000
LIDS = (159, 158, 160, 145, 144, 153, 386, 385, 387, 374, 373, 380)
LIPS = (*lm.LIPS_INNER, *lm.LIPS_OUTER)


def drawn(pack: Pack, weights: np.ndarray) -> np.ndarray:
    """(h, w, 3) the presenter on grey with these weights (52,)."""
    height, width = (n // 2 * 2 for n in pack.portrait.shape[:2])
    puppet = Puppet(pack, Placement(1.0, 0.0, 0.0), (width, height))
    z1, z2, z3 = np.zeros(1, np.float32), np.zeros((1, 2), np.float32), np.zeros((1, 3), np.float32)
    frame = np.full((height, width, 3), 128.0, np.float32)
    for patch in (puppet.still(), puppet.patch(Performance(25, weights[None], z1, z3, z2, z2, z1, z3), 0)):
        h, w = patch.rgba.shape[:2]
        part = frame[patch.y : patch.y + h, patch.x : patch.x + w]
        alpha = patch.rgba[..., 3:] / np.float32(255)
        part[:] = patch.rgba[..., :3] + np.full(3, 128.0) * (1 - alpha)
    return np.clip(frame + 0.5, 0, 255).astype(np.uint8)


def boxed(points: np.ndarray, grow: float) -> tuple[slice, slice]:
    """The rectangle about points (n, 2), grown."""
    low, high = points.min(0), points.max(0)
    room = (high - low) * grow
    x0, y0 = np.floor(low - room).astype(int).clip(0)
    x1, y1 = np.ceil(high + room).astype(int)
    return slice(y0, y1), slice(x0, x1)


def compared(
    pack: Pack, front: np.ndarray, cell: np.ndarray, marks: np.ndarray, weights: np.ndarray, turn: np.ndarray
) -> dict[str, float]:
    """SSIM of mouth, eyes and face, and the error of lips and lids as the rig places them, in the cell's pixels."""
    frame = drawn(pack, weights)
    to = similarity_2d(front[list(STEADY), :2], marks[list(STEADY), :2])
    scale = float(np.linalg.norm(to[:, 0]))
    soft = cv2.GaussianBlur(frame, (0, 0), max(0.42 * np.sqrt(1 / scale**2 - 1), 0.01)) if scale < 0.9 else frame
    laid = cv2.warpAffine(soft, to, cell.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    grey = [cv2.cvtColor(i, cv2.COLOR_RGB2GRAY).astype(np.float32) for i in (laid, cell)]
    both = grey[0] > 0
    grey[0] *= np.median(grey[1][both]) / max(float(np.median(grey[0][both])), 1)
    _, full = structural_similarity(*grey, data_range=255, gaussian_weights=True, sigma=1.5, full=True)
    width = float(np.linalg.norm(marks[454, :2] - marks[234, :2]))
    eyes = np.array([i for pair in lm.EYE_CORNERS for i in pair] + list(LIDS))
    found = {
        "mouth": float(full[boxed(marks[list(LIPS), :2], 0.15)].mean()),
        "eyes": float(full[boxed(marks[eyes, :2], 0.25)].mean()),
        "face": float(full[boxed(marks[list(lm.FACE_OVAL), :2], -0.05)].mean()),
    }
    shape = on_mesh(template(), pack.face.vertices + np.einsum("s,svc->vc", weights, pack.face.deltas)) @ turn.T
    flat = np.asarray(shape[:, :2] * 1000, np.float32)
    placed = similarity_2d(flat, marks[:, :2])
    away = np.linalg.norm(flat @ placed[:, :2].T + placed[:, 2] - marks[:, :2], axis=1) / width
    for name, which in (("lips", LIPS), ("lids", LIDS)):
        found[f"{name} error"] = float(away[list(which)].mean())
    return found


def one(folder: Path, who: str) -> list[dict[str, Any]]:
    """All cases of a person."""
    portrait = person(folder, who, "studio_portrait")
    portrait = np.asarray(cv2.resize(portrait, (SIZE, SIZE), interpolation=cv2.INTER_AREA), np.uint8)
    sheet = cells(person(folder, who, "emotions_sheet"))
    learnt = {name: cell for name, cell in sheet.items() if name not in COMPARED}
    rigs = {"one": rig(portrait), "several": rig(portrait, list(learnt.values()))}
    t, front = template(), find_portrait(portrait)
    found = fit(t, front)
    x = np.einsum("svc,rvc->sr", found.deltas[..., :2] * 1850, found.deltas[..., :2] * 1850) / len(t.vertices)
    known = []
    for cell, gave in zip(learnt.values(), rigs["several"].gave, strict=True):
        if gave.parts and (marks := find_face(cell)) is not None:
            known.append(read_expression(t, found, marks).weights)
    cases = []
    for name in COMPARED:
        marks = find_face(sheet[name])
        if marks is None:
            continue
        shown = read_expression(t, found, marks)
        weights = shown.weights
        rest = float(weights @ x @ weights)
        nearest = min((float((weights - k) @ x @ (weights - k)) for k in known), default=np.inf)
        case = {"person": who, "cell": name, "like": bool(nearest < 0.5 * rest)}
        for kind, made in rigs.items():
            case[kind] = compared(made.pack, front.landmarks, sheet[name], marks, weights, shown.turn)
        cases.append(case)
    return cases


def main(folder: Path) -> None:
    """Print the table."""
    people = sorted(p.name for p in folder.iterdir() if (p / "assets").is_dir())
    with ProcessPoolExecutor(2) as pool:
        cases = [case for found in pool.map(one, [folder] * len(people), people) for case in found]
    names = ("mouth", "eyes", "face", "lips error", "lids error")
    print("| person | picture | like | " + " | ".join(f"{n}: one | several" for n in names) + " |")
    print("|---|---|---|" + "---|" * (2 * len(names)))
    for case in cases:
        values = [f"{case['one'][n]:.3f} | {case['several'][n]:.3f}" for n in names]
        print(f"| {case['person']} | {case['cell']} | {'yes' if case['like'] else ''} | " + " | ".join(values) + " |")
    for label, some in (("all", cases), ("like", [c for c in cases if c["like"]])):
        if not some:
            continue
        for n in names:
            sign = -1 if "error" in n else 1
            gain = np.array([sign * (c["several"][n] - c["one"][n]) for c in some])
            means = [np.nanmean([c[k][n] for c in some]) for k in ("one", "several")]
            print(f"{label} {n}: {means[0]:.4f} -> {means[1]:.4f}, better in {np.mean(gain > 0):.0%} of {len(some)}")
    print(json.dumps(cases), file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
