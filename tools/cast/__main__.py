"""Makes the filmed presenters' packs.

    pip install -e .[cast]
    python -m tools.cast OUT [ID …] [--pictures FOLDER]

FOLDER holds `P001/assets/…` of openpeople 0.1.2; without it, the installed package is used. People, outfits, gaps and
edges are in `people.toml`.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import tomllib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from limelight.puppet.cloth import find_cloth
from limelight.puppet.pack import Pack
from limelight.puppet.photo import rig
from limelight.puppet.photo.figure import joined
from limelight.puppet.photo.fill import mean_about
from limelight.puppet.photo.portrait import find_face
from limelight.puppet.ramp import smoothstep
from tools.cast.pack import write_pack
from tools.cast.sheet import cells, person

PEOPLE = Path(__file__).with_name("people.toml")
#: Hash over the three pictures of all people that are used, so that the packs are made of what was looked at.
PICTURES_SHA256 = "af545b5434a4ea002e09cdb48dacc27ad9e18fa6f5d88b27732727726b7b2c0f"
KINDS = ("studio_portrait", "studio_posture", "emotions_sheet")
#: So far beside, above and below a hand-drawn gap nothing else is clear, pixels.
GAP_ZONE_PX = 60, 130
#: So far from a hand-drawn edge nothing else parts figure and wall; so near colours hold some wall; pixels.
EDGE_ZONE_PX, EDGE_MIXED_PX = 40, 2.0
#: So softly it passes into the outline that was found, above and below, pixels.
EDGE_ENDS_PX = 14.0


def pictures_in(folder: Path | None) -> Path:
    """The folder with the people's pictures."""
    if folder is not None:
        return folder
    found = importlib.util.find_spec("openpeople")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("openpeople is not installed: pip install openpeople==0.1.2, or name --pictures")
    return Path(found.submodule_search_locations[0]) / "data" / "curated"


def digest(folder: Path, people: list[str]) -> str:
    """SHA-256 over the pictures of people, in order."""
    total = hashlib.sha256()
    for who in sorted(people):
        for kind in KINDS:
            total.update((folder / who / "assets" / f"{kind}.jpg").read_bytes())
    return total.hexdigest()


def with_gaps(pack: Pack, picture: np.ndarray, gaps: list[list[list[float]]]) -> Pack:
    """The pack with clean gaps between arms and body, where they were drawn."""
    portrait = pack.portrait.copy()
    for outline in gaps:
        clear = np.zeros(portrait.shape[:2], np.uint8)
        cv2.fillPoly(clear, [np.round(np.array(outline) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        zone = cv2.dilate(clear, np.ones((2 * GAP_ZONE_PX[1] + 1, 2 * GAP_ZONE_PX[0] + 1), np.uint8)) > 0
        alpha = 255 - cv2.GaussianBlur(clear, (0, 0), 0.8)
        was_clear = portrait[..., 3] < 250
        portrait[zone & was_clear, :3] = picture[zone & was_clear]
        portrait[zone, 3] = alpha[zone]
    return replace(pack, portrait=portrait)


def with_edges(pack: Pack, picture: np.ndarray, edges: list[list[list[int]]]) -> Pack:
    """The pack with the outlines that were drawn; inside of them is towards the middle."""
    portrait = pack.portrait.copy()
    height, width = portrait.shape[:2]
    colours, rows = picture.astype(np.float32), np.arange(height, dtype=np.float32)[:, None]
    for edge in edges:
        line = np.array(edge, np.int32)
        inside, beside = np.zeros((height, width), np.uint8), np.full((height, width), 255, np.uint8)
        middle = [[width // 2, line[-1, 1]], [width // 2, line[0, 1]]]
        cv2.fillPoly(inside, [np.concatenate([line, np.array(middle, np.int32)])], 255, cv2.LINE_AA)
        cv2.polylines(beside, [line], False, 0)
        away = cv2.distanceTransform(beside, cv2.DIST_L2, 5)
        ends = smoothstep(0, EDGE_ENDS_PX, np.minimum(rows - line[0, 1], line[-1, 1] - rows))
        zone = (away < EDGE_ZONE_PX) & (ends > 0)
        sure = ((inside == 255) & (away > EDGE_MIXED_PX)).astype(np.float32)
        unmixed = mean_about(colours, sure, EDGE_MIXED_PX)[0]
        mixed = zone & (away <= EDGE_MIXED_PX + 1)
        portrait[zone, :3] = picture[zone]
        portrait[mixed, :3] = np.rint(unmixed)[mixed]
        alpha = ends * cv2.GaussianBlur(inside, (0, 0), 0.8) + (1 - ends) * portrait[..., 3]
        portrait[zone, 3] = np.rint(alpha)[zone]
    return replace(pack, portrait=portrait)


def _patches(like: np.ndarray, outlines: list[list[list[int]]]) -> np.ndarray:
    """255 inside of the outlines."""
    drawn = np.zeros_like(like)
    for outline in outlines:
        cv2.fillPoly(drawn, [np.array(outline, np.int32)], 255, cv2.LINE_AA)
    return drawn


def make(folder: Path, avatar_id: str, who: dict[str, Any], outfits: dict[str, str], out: Path) -> str:
    """Make one pack; gives a line about it."""
    front, wide = (person(folder, who["person"], kind) for kind in KINDS[:2])
    sheet = cells(person(folder, who["person"], KINDS[2]))
    made = rig(front, [wide, *sheet.values()], who["rest"])
    in_front, in_wide = find_face(front), find_face(wide)
    if in_front is None or in_wide is None:
        raise SystemExit(f"{avatar_id}: no face is seen in a picture of {who['person']}")
    whole = joined(front, in_front[:, :2], wide, in_wide[:, :2])
    pack = with_edges(with_gaps(made.pack, whole.picture, who.get("gaps", [])), whole.picture, who["edges"])
    cloth = find_cloth(pack.portrait, pack.landmarks.chin, float(np.ptp(whole.landmarks[:, 1])))
    if cloth is not None:
        mask = np.maximum(cloth.mask, np.minimum(_patches(cloth.mask, who.get("cloth", [])), pack.portrait[..., 3]))
        cloth = replace(cloth, mask=np.minimum(mask, 255 - _patches(mask, who.get("skin", []))))
    looks = [
        {"id": avatar_id if i == 0 else f"{avatar_id}_{name.lower()}", "name": f"{who['name']} in {name}",
         "colour": outfits[name]}
        for i, name in enumerate(who["outfits"])
    ]  # fmt: skip
    about = {
        "name": who["name"], "gender": who["gender"], "licence": "MIT", "voice": who["voice"], "tags": who["tags"],
        "generator": f"limelight tools/cast, openpeople 0.1.2 {who['person']}", "looks": looks,
    }  # fmt: skip
    path = out / f"{avatar_id}.presenter"
    write_pack(replace(pack, cloth=cloth), path, about)
    gave = {n: g.parts or g.left_out for n, g in zip(("body", *sheet), made.gave, strict=True)}
    return f"{avatar_id}: {path.stat().st_size / 1e6:.2f} MB; {gave}"


def main() -> None:
    """Make the packs that are asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m tools.cast")
    parser.add_argument("out", type=Path)
    parser.add_argument("ids", nargs="*")
    parser.add_argument("--pictures", type=Path)
    asked = parser.parse_args()
    facts = tomllib.loads(PEOPLE.read_text())
    folder, people = pictures_in(asked.pictures), facts["people"]
    if digest(folder, [who["person"] for who in people.values()]) != PICTURES_SHA256:
        raise SystemExit(f"the pictures in {folder} are not those of openpeople 0.1.2")
    asked.out.mkdir(parents=True, exist_ok=True)
    wanted = asked.ids or list(people)
    with ProcessPoolExecutor(2) as pool:
        jobs = [pool.submit(make, folder, i, people[i], facts["outfits"], asked.out) for i in wanted]
        for job in jobs:
            print(job.result(), flush=True)


if __name__ == "__main__":
    main()
