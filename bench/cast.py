"""Pictures and films of the whole cast, to be looked at.

python bench/cast.py gallery docs/images          # cast.jpg, rendered.jpg, and visemes/ID.jpg for each presenter
python bench/cast.py films FOLDER [--only ID]     # 20 s of each, 1920x1080, normal and closeUp, with contact sheets

Films stand on white, black and a busy picture in turn, so that edges can be judged.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import BLENDSHAPES, INDEX, Performance
from limelight.acting.visemes import TARGETS
from limelight.catalog.avatars import RENDERED, AvatarEntry, presenters
from limelight.catalog.previews import picture
from limelight.compose.layout import place
from limelight.puppet.pack import load_pack
from limelight.puppet.puppet import Puppet
from limelight.render import join_scenes, render_scene
from limelight.spec import Avatar, Background, ColourBackground, ImageBackground, Scene, Source, TextVoice, VideoSpec

SCRIPT = (
    "Hello, I'm {name}. Thank you for taking five minutes to look at what we have built. "
    "Maybe you remember how long a single video used to take: a studio, a camera, makeup, and a very patient crew. "
    "Now you write the script, choose who should say it, and press the button. "
    "What would you like your customers to hear first?"
)
GROUND = (224, 228, 233)
_TILE_WIDTH, _COLUMNS = 480, 6
#: Nine stand in rows of so many.
_FEW = 5
_MOUTH_PX = 130


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("gallery", "films"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", help="one presenter's id")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    cast = [entry for entry in presenters() if options.only in (None, entry.avatar_id)]
    if options.what == "films":
        for entry in cast:
            films(entry, options.folder)
        return
    (options.folder / "visemes").mkdir(exist_ok=True)
    for entry in cast:
        write(options.folder / "visemes" / f"{entry.avatar_id}.jpg", visemes(entry))
    if options.only is None:
        for name, rendered in (("cast", False), ("rendered", True)):
            write(options.folder / f"{name}.jpg", gallery([e for e in cast if (RENDERED in e.tags) is rendered]))


def write(path: Path, bgr: NDArray[np.uint8]) -> None:
    """A JPEG."""
    cv2.imwrite(str(path), bgr, [cv2.IMWRITE_JPEG_QUALITY, 88])
    print(path)


def label(tile: NDArray[np.uint8], text: str) -> NDArray[np.uint8]:
    """The tile with a word below it."""
    strip = np.full((30, tile.shape[1], 3), 255, np.uint8)
    cv2.putText(strip, text, (8, 21), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (70, 70, 70), 1, cv2.LINE_AA)
    return np.vstack([tile, strip])


def gallery(cast: list[AvatarEntry]) -> NDArray[np.uint8]:
    """Everyone's preview picture with the name."""
    tiles = []
    for entry in cast:
        whole = cv2.imdecode(np.frombuffer(picture(entry, "png"), np.uint8), cv2.IMREAD_COLOR)
        assert whole is not None
        height = round(_TILE_WIDTH * whole.shape[0] / whole.shape[1])
        tile = np.asarray(cv2.resize(whole, (_TILE_WIDTH, height), interpolation=cv2.INTER_AREA), np.uint8)
        tiles.append(label(tile, entry.name))
    columns = min(_FEW if len(tiles) < 2 * _FEW else _COLUMNS, len(tiles))
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % columns)
    return np.vstack([np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)])


def visemes(entry: AvatarEntry) -> NDArray[np.uint8]:
    """A close-up of the lower face for each viseme, in one strip of two rows."""
    pack = load_pack(entry.pack)
    size = (720, 720)
    placement = place(pack, Avatar(avatar_id=entry.avatar_id, style="closeUp", scale=1.5), *size)
    puppet = Puppet(pack, placement, size)
    mouth = placement.to_film(np.array([pack.landmarks.mouth], np.float32))[0]
    x, y = (int(v) for v in np.clip(mouth, _MOUTH_PX, np.array(size) - _MOUTH_PX))
    tiles = []
    for name, target in {"rest": {}, **{k: v for k, v in TARGETS.items() if v}}.items():
        shown = np.full((size[1], size[0], 3), GROUND[::-1], np.float32)
        patch = puppet.patch(_pose(target), 0)
        rows, columns = patch.rgba.shape[:2]
        part = shown[patch.y : patch.y + rows, patch.x : patch.x + columns]
        part *= 1 - patch.rgba[..., 3:] / np.float32(255)
        part += patch.rgba[..., 2::-1]
        cut = shown[y - _MOUTH_PX + 20 : y + _MOUTH_PX - 20, x - _MOUTH_PX : x + _MOUTH_PX]
        tiles.append(label(np.ascontiguousarray(cut.round().astype(np.uint8)), name))
    half = -(-len(tiles) // 2)
    tiles += [np.full_like(tiles[0], 255)] * (2 * half - len(tiles))
    return np.vstack([np.hstack(tiles[:half]), np.hstack(tiles[half:])])


def _pose(target: dict[str, float]) -> Performance:
    """One frame with a viseme."""
    row = np.zeros((1, len(BLENDSHAPES)), np.float32)
    for name, value in target.items():
        for full in (name, f"{name}Left", f"{name}Right"):
            if full in INDEX:
                row[0, INDEX[full]] = value
    none, two = np.zeros(1, np.float32), np.zeros((1, 2), np.float32)
    tongue = np.array([target.get("tongue", 0.0)], np.float32)
    three = np.zeros((1, 3), np.float32)
    return Performance(25, row, tongue, three, two, two, none, three)


def films(entry: AvatarEntry, folder: Path) -> None:
    """Both framings; in each, the script's sentences on white, black and a picture."""
    busy = folder / "busy.png"
    if not busy.exists():
        cv2.imwrite(str(busy), busy_picture())
    for style in ("normal", "closeUp"):
        started = time.monotonic()
        spec = VideoSpec(scenes=tuple(_scenes(entry, style)))
        files = {source.key: busy for scene in spec.scenes for _, source in scene.sources()}
        work = folder / f"{entry.avatar_id}-{style}"
        work.mkdir(exist_ok=True)
        segments = [render_scene(spec, i, work, files, lambda _: None) for i in range(len(spec.scenes))]
        film = join_scenes(spec, segments, work, lambda _: None)
        out = folder / f"{entry.avatar_id}-{style}.mp4"
        film.video.rename(out)
        sheet = [
            sys.executable,
            str(Path(__file__).parent / "contact_sheet.py"),
            str(out),
            str(out.with_suffix(".jpg")),
        ]
        subprocess.run(sheet, check=True)
        print(f"{out}: {film.duration_s:.1f} s in {time.monotonic() - started:.0f} s", flush=True)


def _scenes(entry: AvatarEntry, style: str) -> list[Scene]:
    sentences = SCRIPT.format(name=entry.name).split(". ")
    parts = [". ".join(sentences[:2]) + ".", sentences[2] + ".", ". ".join(sentences[3:])]
    backgrounds: list[Background] = [
        ColourBackground(colour="#ffffff"),
        ColourBackground(colour="#000000"),
        ImageBackground(source=Source(url="https://example.invalid/busy.png")),
    ]
    return [
        Scene(
            character=Avatar(avatar_id=entry.avatar_id, style=style),  # type: ignore[arg-type]
            voice=TextVoice(voice_id=entry.default_voice_id, script=part),
            background=background,
        )
        for part, background in zip(parts, backgrounds, strict=True)
    ]


def busy_picture() -> NDArray[np.uint8]:
    """Soft shapes of many colours with hard edges between them, 1920 × 1080: a stand-in for a photograph."""
    rng = np.random.default_rng(4)
    shown = np.full((1080, 1920, 3), (96, 110, 120), np.uint8)
    for _ in range(160):
        x, y = rng.integers(0, (1920, 1080))
        colour = tuple(int(v) for v in rng.integers(20, 236, 3))
        cv2.rectangle(shown, (x, y), (x + int(rng.integers(30, 300)), y + int(rng.integers(30, 300))), colour, -1)
    noise = rng.normal(0, 9, shown.shape)
    return np.clip(cv2.GaussianBlur(shown, (0, 0), 3) + noise, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
