"""Decodes users' pictures."""

from __future__ import annotations

import importlib
import io
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from limelight.media.decode.chunks import png_share
from limelight.media.decode.colours import to_srgb
from limelight.media.decode.containers import not_a, unusable
from limelight.media.formats import HEIC_MODULE, can_read_heic

Pixels = NDArray[np.uint8]
#: Called with what is to be known of a file that is used all the same, in words without a full stop.
Note = Callable[[str], None]

MAX_PICTURE_PX, MAX_PICTURE_SIDE_PX = 64_000_000, 16_384

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF", "HEIF")
#: What Pillow raises for damaged files.
DAMAGED = (OSError, ValueError, SyntaxError, EOFError, RuntimeError, struct.error)
#: A picture counts as transparent where more than this share of its pixels has an alpha below this.
_TRACE, _CLEAR = 0.005, 250
#: A picture that is cut off is shown where no more than this share of its rows is missing.
_MAX_MISSING = 0.2
_END_OF_JPEG, _START_OF_SCAN = b"\xff\xd9", b"\xff\xda"
#: Zeros that stand for the missing end of a JPEG of no size, bytes.
_MORE = 10_000
CUT_OFF = "the image is cut off at its end; what is there of it is shown"


def silent(note: str) -> None:
    """A `Note` that nobody reads."""


def read_image(path: Path, *, alpha: bool = False, note: Note = silent) -> Pixels:
    """A picture as uint8 (h, w, 3), sRGB, upright by its EXIF, transparent parts on black. Raises MediaError.

    With `alpha` it is (h, w, 4), straight alpha, where more than a trace of it is transparent. A picture of which the
    very end is missing is shown as far as it goes, with a note.
    """
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.simplefilter("ignore", UserWarning)  # about damaged EXIF
        try:
            with opened_image(file) as image:
                check_picture_size(*image.size)
                try:
                    image.load()
                except (OSError, SyntaxError, EOFError):
                    with _mended(path, image.format) as rest:
                        note(CUT_OFF)
                        return _upright(rest, path, alpha=alpha)
                return _upright(image, path, alpha=alpha)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise unusable(f"the image has more than the limit of {MAX_PICTURE_PX // 10**6} million pixels") from error
        except UnidentifiedImageError as error:
            raise not_a("picture", path) from error
        except DAMAGED as error:
            raise unusable("the image is damaged or cut off") from error


def opened_image(file: BinaryIO | Path) -> Image.Image:
    """A picture whose pixels are not decoded yet. Raises what Pillow raises."""
    if can_read_heic():
        importlib.import_module(HEIC_MODULE).register_heif_opener()
    Image.init()
    return Image.open(file, formats=[name for name in _FORMATS if name in Image.OPEN])


def check_picture_size(width: int, height: int) -> None:
    """Raise MediaError where a picture is too large."""
    if max(width, height) > MAX_PICTURE_SIDE_PX:
        raise unusable(f"the image is {width}x{height}, the limit is {MAX_PICTURE_SIDE_PX} pixels a side")
    if width * height > MAX_PICTURE_PX:
        raise unusable(f"the image is {width}x{height}, the limit is {MAX_PICTURE_PX // 10**6} million pixels in all")


def _mended(path: Path, form: str | None) -> Image.Image:
    """A JPEG or PNG whose end is missing, decoded as far as it goes. Raises OSError where too much of it is missing."""
    if form not in ("JPEG", "MPO", "PNG"):
        raise OSError("no part of such a picture can be shown")
    content = path.read_bytes()
    image = _as_far_as_it_goes(content)
    missing = 1 - png_share(content) if form == "PNG" else _jpeg_missing(content, image)
    if missing > _MAX_MISSING:
        raise OSError("too much is missing")
    return image


def _as_far_as_it_goes(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
    try:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        image.load()
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    return image


def _jpeg_missing(content: bytes, shown: Image.Image) -> float:
    """The share of a JPEG's rows that are missing at the bottom of what is shown of it: those that another end would
    change. A progressive picture of which a second scan has begun has all rows, if with less detail."""
    if content.count(_START_OF_SCAN) > 1:
        return 0.0
    other = _as_far_as_it_goes(content + bytes(shown.width * shown.height + _MORE) + _END_OF_JPEG)
    changed = np.flatnonzero((np.asarray(shown) != np.asarray(other)).reshape(shown.height, -1).any(axis=1))
    return 1 - int(changed[0]) / shown.height if len(changed) else 0.0


def _upright(image: Image.Image, path: Path, *, alpha: bool) -> Pixels:
    form = image.format
    if getattr(image, "default_image", False):  # of an animation that it is no part of
        image.seek(1)
    ImageOps.exif_transpose(image, in_place=True)
    image.format = form
    return to_rgb(image, path, alpha=alpha)


def to_rgb(image: Image.Image, path: Path | None, *, alpha: bool) -> Pixels:
    """The pixels of a picture: see `read_image`."""
    if image.mode.startswith("I"):  # 16 bits of grey
        grey = Image.fromarray((np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8))
        grey.format, grey.info = image.format, image.info
        image = grey
    form, info = image.format, image.info
    if image.has_transparency_data:
        layers = image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
        layers.format = form
        layers = to_srgb(layers, path).convert("RGBA")
        if alpha and (np.asarray(layers.getchannel("A")) < _CLEAR).mean() > _TRACE:
            return np.asarray(layers, np.uint8)
        black = Image.new("RGBA", layers.size, (0, 0, 0, 255))
        return np.asarray(Image.alpha_composite(black, layers).convert("RGB"), np.uint8)
    if image.mode in ("P", "1"):
        image = image.convert("RGB")
        image.format, image.info = form, info
    image = to_srgb(image, path)
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"), np.uint8)
