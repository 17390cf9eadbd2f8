"""Previews of presenters and voices: a picture, and the specs of short films.

Knows nothing of rendering: a renderer makes the films of their specs.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.catalog.avatars import AvatarEntry
from limelight.catalog.voices import VoiceEntry
from limelight.puppet.cloth import dyed
from limelight.puppet.pack import Landmarks, load_portrait
from limelight.spec import Avatar, ColourBackground, Scene, TextVoice, VideoSpec, rgb

PictureKind = Literal["jpg", "png"]

_WIDTH_PX, _HEIGHT_PX = 720, 900
_BACKDROP_WIDTH_PX, _BACKDROP_HEIGHT_PX = 640, 360
#: The picture's height, and the space above the hair, in heads.
_HEADS, _HEADROOM_HEADS = 3.4, 0.4
#: Grey-blue, lighter at the top, sRGB.
_TOP, _BOTTOM = (238, 241, 245), (190, 200, 212)
_JPEG_QUALITY = 88

_CLIP_WIDTH_PX, _CLIP_HEIGHT_PX = 480, 600
_CLIP_COLOUR = "#d6dde6"
_SAMPLE_SIDE_PX = 128


def picture(entry: AvatarEntry, kind: PictureKind = "jpg") -> bytes:
    """The look's portrait on a soft background, 720 × 900, as a JPEG or PNG file. Raises PackError."""
    return _picture(entry.pack, kind, entry.outfit)


def clip(entry: AvatarEntry) -> VideoSpec:
    """A short film in which the presenter says a few words."""
    scene = Scene(
        character=Avatar(avatar_id=entry.avatar_id),
        voice=TextVoice(voice_id=entry.default_voice_id, script=f"Hello, I'm {entry.name}."),
        background=ColourBackground(colour=_CLIP_COLOUR),
    )
    return VideoSpec(scenes=(scene,), width=_CLIP_WIDTH_PX, height=_CLIP_HEIGHT_PX)


def sample(entry: VoiceEntry) -> VideoSpec:
    """A film without a presenter, made for its sound."""
    script = f"Hello, I'm {entry.name}. This is how I sound."
    scene = Scene(character=None, voice=TextVoice(voice_id=entry.voice_id, script=script))
    return VideoSpec(scenes=(scene,), width=_SAMPLE_SIDE_PX, height=_SAMPLE_SIDE_PX)


@lru_cache
def backdrop() -> bytes:
    """The soft background without anybody, 640 × 360, as a JPEG file."""
    down = np.linspace(0, 1, _BACKDROP_HEIGHT_PX)[:, None, None]
    top, bottom = np.array([_TOP[::-1], _BOTTOM[::-1]], np.float64)
    column = top + (bottom - top) * down
    picture = np.broadcast_to(column, (_BACKDROP_HEIGHT_PX, _BACKDROP_WIDTH_PX, 3)).round().astype(np.uint8)
    return cv2.imencode(".jpg", picture)[1].tobytes()


@lru_cache(maxsize=128)
def _picture(path: Path, kind: PictureKind, outfit: str | None) -> bytes:
    manifest, portrait, cloth = load_portrait(path)
    if outfit and cloth:
        portrait = dyed(portrait, cloth, rgb(outfit))
    how = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if kind == "jpg" else []
    framed = _framed(cv2.cvtColor(portrait, cv2.COLOR_RGBA2BGRA), manifest.landmarks)
    done, file = cv2.imencode(f".{kind}", framed, how)
    assert done
    return file.tobytes()


def _framed(portrait: NDArray[np.generic], landmarks: Landmarks) -> NDArray[np.uint8]:
    """uint8 (900, 720, 3), BGR: head and chest of a BGRA portrait, straight alpha, on a soft background."""
    head = landmarks.chin[1] - landmarks.head_top[1]
    top = landmarks.head_top[1] - _HEADROOM_HEADS * head
    # With tall hair the figure is short: enlarge it, so that it runs off the lower edge.
    scale = _HEIGHT_PX / min(_HEADS * head, portrait.shape[0] - 1 - top)
    to_preview = np.array(
        [[scale, 0, _WIDTH_PX / 2 - scale * landmarks.mouth[0]], [0, scale, -scale * top]], np.float32
    )
    premultiplied = portrait.astype(np.float32)
    premultiplied[..., :3] *= premultiplied[..., 3:] / 255
    if scale < 1:
        # The warp interpolates between four pixels only.
        premultiplied = cv2.GaussianBlur(premultiplied, (0, 0), 0.4 / scale).astype(np.float32)
    figure = cv2.warpAffine(premultiplied, to_preview, (_WIDTH_PX, _HEIGHT_PX))
    down = np.linspace(0, 1, _HEIGHT_PX, dtype=np.float32)[:, None, None]
    upper, lower = np.array([_TOP[::-1], _BOTTOM[::-1]], np.float32)
    background = upper + (lower - upper) * down
    picture: NDArray[np.float32] = figure[..., :3] + background * (1 - figure[..., 3:] / 255)
    rounded: NDArray[np.uint8] = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    return rounded
