"""Decodes users' pictures, films and recordings. No other code does, and a process of its own runs it.

Media are untrusted: limits are checked before anything is decoded, formats that name other files (playlists) are not
opened, and damaged files are refused with the reason. Knows nothing of the layout of frames.
"""

from __future__ import annotations

from pathlib import Path

from limelight.media.decode.films import EXACT, MAX_FILM_PX, Film, VideoReader, open_film
from limelight.media.decode.pictures import CUT_OFF, MAX_PICTURE_PX, MAX_PICTURE_SIDE_PX, read_image
from limelight.media.decode.sounds import read_sound, sound_of_film

__all__ = [
    "CUT_OFF",
    "EXACT",
    "MAX_FILM_PX",
    "MAX_PICTURE_PX",
    "MAX_PICTURE_SIDE_PX",
    "Film",
    "VideoReader",
    "check",
    "open_film",
    "read_image",
    "read_sound",
    "sound_of_film",
]


def check(kind: str, path: Path) -> tuple[str, ...]:
    """What is to be known of a file that can be used as this `kind`, a `spec.MediaKind` but none of a person.

    Words without a full stop. Raises MediaError where it cannot be used.
    """
    notes: list[str] = []
    if kind in ("image", "logo"):
        read_image(path, note=notes.append)
    elif kind == "audio":
        read_sound(path)
    else:
        with open_film(path):
            pass
    return tuple(notes)
