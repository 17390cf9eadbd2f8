"""The colours of pictures in sRGB: by their ICC profile, or by what a file says of itself, as browsers do."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from limelight.media.decode.chunks import coding
from limelight.media.decode.hdr import USUAL_PEAK_NITS, Signal, to_bt709
from limelight.media.decode.primaries import D65, PRIMARIES, Floats, primaries_matrix

_BT709 = 1
#: Transfer characteristics (ITU-T H.273).
_GAMMA_22, _GAMMA_28, _LINEAR, _SRGB = 4, 5, 8, 13
_FILM = (1, 6, 14, 15)
#: A gamma of about 1 / 2.2 and chromaticities that are about BT.709's mean sRGB.
_AS_SRGB = 0.0005
_SMALLEST_GAMMA = 1e-5


def to_srgb(image: Image.Image, file: Path | None = None) -> Image.Image:
    """The picture in sRGB, by its colour profile or what its `file` says besides; unchanged where neither tells.

    Grey pictures stay grey where that is possible: `L`, `LA`, `RGB` and `RGBA` are given back, and `CMYK` as it was.
    """
    profile = image.info.get("icc_profile")
    if profile:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            return _by_profile(image, profile)
        return image
    code = coding(file, image.format) if file is not None else None
    if code is not None:
        return _by_code(image, *code)
    return _by_gamma(image) if image.format == "PNG" else image


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image:
    source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    if image.mode in ("LA", "RGBA"):  # the library knows no grey with alpha
        alpha = image.getchannel("A")
        converted = _by_profile(image.convert("L" if image.mode == "LA" else "RGB"), profile)
        converted.putalpha(alpha)
        return converted
    if image.mode not in ("RGB", "CMYK", "L"):
        return image
    space = source.profile.xcolor_space.strip()
    if image.mode == "L" and space == "RGB":
        image = image.convert("RGB")
    elif image.mode == "RGB" and space == "GRAY":
        image = image.convert("L")
    return ImageCms.profileToProfile(image, source, target, outputMode="RGB") or image


def _by_code(image: Image.Image, primaries: int, transfer: int) -> Image.Image:
    """By numbers of ITU-T H.273; a film's transfer is taken for sRGB's, as by browsers."""
    signal = Signal(transfer, primaries, USUAL_PEAK_NITS)
    if signal.is_hdr:
        return _tone_mapped(image, signal)
    linear = _transfer(transfer)
    if primaries not in PRIMARIES or linear is None or (primaries == _BT709 and linear is _srgb_to_linear):
        return image
    return _converted(image, linear, PRIMARIES[primaries], D65)


def _tone_mapped(image: Image.Image, signal: Signal) -> Image.Image:
    bands = image.split()
    coloured = np.asarray(image.convert("RGB"), np.uint16) * 257
    drawn = Image.fromarray(to_bt709(coloured, signal))
    if image.mode in ("LA", "RGBA"):
        drawn.putalpha(bands[-1])
    return drawn


def _by_gamma(image: Image.Image) -> Image.Image:
    gamma = image.info.get("gamma")
    if gamma is None or "srgb" in image.info or gamma < _SMALLEST_GAMMA:
        return image
    white_x, white_y, *primaries_xy = image.info.get("chromaticity") or (*D65, *PRIMARIES[_BT709])
    usual = np.allclose((white_x, white_y, *primaries_xy), (*D65, *PRIMARIES[_BT709]), atol=_AS_SRGB)
    if usual and abs(gamma - 1 / 2.2) < _AS_SRGB:
        return image
    return _converted(image, lambda values: values ** (1 / gamma), tuple(primaries_xy), (white_x, white_y))


def _transfer(code: int) -> Callable[[Floats], Floats] | None:
    """From values to light, 0 to 1 each; None for a transfer that pictures do not have."""
    known: dict[int, Callable[[Floats], Floats]] = {
        _GAMMA_22: lambda values: values**2.2,
        _GAMMA_28: lambda values: values**2.8,
        _LINEAR: lambda values: values,
        **dict.fromkeys((_SRGB, *_FILM), _srgb_to_linear),
    }
    return known.get(code)


def _converted(
    image: Image.Image,
    linear: Callable[[Floats], Floats],
    primaries: tuple[float, ...],
    white: tuple[float, float],
) -> Image.Image:
    """The picture in sRGB, from values that mean this much light of these primaries."""
    grey = image.mode in ("L", "LA")
    bands = image.split()
    matrix = np.eye(3)
    if not grey:
        with suppress(np.linalg.LinAlgError, ZeroDivisionError, FloatingPointError):
            matrix = primaries_matrix(primaries, white)
    table = linear(np.arange(256) / 255.0)
    light = [table[np.asarray(band)] for band in bands[: 1 if grey else 3]]
    if not np.allclose(matrix, np.eye(3), atol=1e-3):
        light = [sum(matrix[i, j] * light[j] for j in range(3)) for i in range(3)]
    colours = [Image.fromarray(np.rint(255 * _linear_to_srgb(band)).astype(np.uint8)) for band in light]
    return Image.merge(image.mode, [*colours, *bands[len(colours) :]])


def _srgb_to_linear(values: Floats) -> Floats:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _linear_to_srgb(light: Floats) -> Floats:
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
