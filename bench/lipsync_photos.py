"""Judges films of talking photos, prints the table of docs/photos.md and writes a sheet of what is seen in them.

    python bench/lipsync_photos.py clara.png=Clara mateo.png=Theo --folder FILMS --sheet photos.jpg

Each picture speaks about 13 s with the voice that is named. Films are kept in FILMS; what lies there is not rendered
again. Exits with 1 where p, b or m stay open, the lips are off by more than a frame, or move in silence. Needs the
tracker's environment, see judges/lips/requirements.txt.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw

from bench.contact_sheet import font, frames
from bench.lipsync import judged, read_phonemes, render, written
from judges.lips import Track, measure, track
from limelight.catalog.voices import voice_named
from limelight.spec import ColourBackground, Scene, Source, TalkingPhoto, TextVoice, VideoSpec
from limelight.speech.types import Phoneme

TEXT = (
    'My family moved from Boston five summers ago. <break time="0.7s"/> Every morning Bob makes fine coffee for both '
    'of us, perhaps with a bit of vanilla. <break time="0.6s"/> Have you ever met my very funny mother? Maybe not.'
)
#: The longer side of a film, and that of a cell of the sheet, pixels; half a cell, in distances between the eyes.
_LONGEST_PX, _CELL_PX, _HALF = 720, 200, 2.35
_HELD = ("p b m closed", "lips ahead of the phonemes", "lips in silence")


def read(picture: Path) -> np.ndarray:
    """The picture, BGR (h, w, 3). Raises FileNotFoundError."""
    pixels = cv2.imread(str(picture))
    if pixels is None:
        raise FileNotFoundError(picture)
    return pixels


def specification(picture: Path, voice: str) -> VideoSpec:
    """A film that the picture fills."""
    height, width = read(picture).shape[:2]
    scale = _LONGEST_PX / max(height, width)
    scene = Scene(
        character=TalkingPhoto(source=Source(asset_id=picture.stem)),
        voice=TextVoice(voice_id=voice_named(voice).voice_id, script=TEXT),
        background=ColourBackground(colour="#e8ecf2"),
    )
    return VideoSpec(scenes=(scene,), width=round(width * scale / 2) * 2, height=round(height * scale / 2) * 2)


def moments(seen: Track, phonemes: tuple[Phoneme, ...]) -> dict[str, int]:
    """Frames worth looking at."""
    lips = measure.aperture(seen)
    lids = np.minimum(seen["eye_left"], seen["eye_right"])
    awake = np.where(lids > 0.75 * np.median(lids), 0.0, 1.0)
    away = np.abs(seen["yaw"] - np.median(seen["yaw"]))

    def near(sounds: Iterable[Phoneme]) -> list[int]:
        spans = ((int(p.start_s * seen.fps) - 1, int(p.end_s * seen.fps) + 2) for p in sounds)
        return [i for a, b in spans for i in range(max(a, 0), min(b, len(seen)))]

    silent = np.flatnonzero(measure.silent_frames(phonemes, len(seen), seen.fps) & (awake == 0))
    return {
        "rest": int(silent[len(silent) // 2]),
        "p": min(near(p for p in phonemes if p.symbol[:1] in "pb"), key=lambda i: lips[i] + awake[i]),
        "open": int(np.argmax(lips - awake)),
        "f": min(near(p for p in phonemes if p.symbol[:1] in "fv"), key=lambda i: lips[i] + awake[i]),
        "blink": int(np.argmin(lids)),
        "turned": int(np.argmax(away - awake)),
    }


def row(picture: Path, film: Path, seen: Track) -> np.ndarray:
    """The picture, and the moments of its film."""
    shown = frames(film)
    size = shown[0].shape[1::-1]
    at = moments(seen, read_phonemes(film.with_suffix(".phonemes.json")))
    cells = {picture.stem: cv2.resize(read(picture), size, interpolation=cv2.INTER_AREA)}
    cells |= {name: shown[i] for name, i in at.items()}
    points = np.nanmedian(seen["points"], 0)
    x, y = points[[10, 152]].mean(0) - (0, 0.3 * np.median(seen["eyes"]))
    half = _HALF * float(np.median(seen["eyes"]))
    scale = _CELL_PX / (2 * half)
    cut = np.array([[scale, 0, scale * (half - x)], [0, scale, scale * (half - y)]], np.float32)
    tiles = []
    for name, cell in cells.items():
        soft = cv2.GaussianBlur(cell, (0, 0), 0.4 / scale) if scale < 0.8 else cell
        tile = cv2.warpAffine(soft, cut, (_CELL_PX, _CELL_PX), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        labelled = Image.fromarray(tile[..., ::-1])
        ImageDraw.Draw(labelled).text((6, 2), name, "white", font(14), stroke_width=2, stroke_fill="black")
        tiles.append(np.asarray(labelled)[..., ::-1])
    return np.hstack(tiles)


def line(name: str, numbers: Mapping[str, Any]) -> str:
    """Of the table."""

    def share(of: str) -> str:
        count = round(numbers[f"{of}_count"])
        return f"{round(numbers[f'{of}_share'] * count)} of {count}"

    silence = f"{numbers['silence_aperture']:.3f} ± {numbers['silence_restless']:.3f}"
    return f"| {name} | {numbers['offset_ms']:+.0f} ms | {share('closure')} | {share('labiodental')} | {silence} |"


def main() -> int:
    """Render, judge, print; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="+", help="PICTURE=VOICE")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--sheet", type=Path, help="a JPEG")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    rows, missed = [], False
    for given in args.pictures:
        path, voice = given.rsplit("=", 1)
        picture = Path(path)
        film = args.folder / f"{picture.stem}.mp4"
        spec = specification(picture, voice)
        if not film.is_file():
            character = spec.scenes[0].character
            assert character is not None
            render(spec, film, {character.key: picture})
        told, sound = judged(film)
        numbers = written(told, sound)
        film.with_suffix(".json").write_text(json.dumps(numbers, indent=2) + "\n")
        print(line(picture.stem, numbers), "; ".join(numbers["missed"]), flush=True)
        missed = missed or any(goal in _HELD for goal in numbers["missed"])
        if args.sheet:
            rows.append(row(picture, film, track(film)))
            cv2.imwrite(str(args.sheet), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 86])
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
