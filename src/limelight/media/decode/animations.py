"""Animated pictures as films: GIF, PNG, WebP and AVIF, by Pillow."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from limelight.media.decode.containers import unusable
from limelight.media.decode.pictures import DAMAGED, check_picture_size, opened_image, to_rgb
from limelight.media.formats import Format
from limelight.spec import MAX_MEDIA_S

Pixels = NDArray[np.uint8]

#: All pictures of an animation are decoded before the first is shown: only then it is known for how long each is.
MAX_ANIMATION_PX = 4_000_000_000
#: Pictures that are to be shown for no longer than this are shown for that long, as browsers do.
_TOO_SHORT_S, _INSTEAD_S = 0.010, 0.100
_TOLERANCE_S = 0.001
_ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")


class AnimatedPicture:
    """A `Film` of the pictures of an animation. Raises MediaError where it cannot be used."""

    def __init__(self, path: Path, known: Format) -> None:
        self._path = path
        self._image: Image.Image | None = None
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)
            try:
                self._open(known)
            except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
                self._close()
                raise unusable("the animation's pictures are too large") from error
            except DAMAGED as error:
                self._close()
                raise unusable("the animation is damaged or cut off") from error
            except BaseException:
                self._close()
                raise

    def _open(self, known: Format) -> None:
        self._image = image = opened_image(self._path)
        check_picture_size(*image.size)
        self.width, self.height = image.size
        # A PNG may begin with a picture for programs that show no animations.
        self._before = int(bool(getattr(image, "default_image", False)))
        count = int(getattr(image, "n_frames", 1)) - self._before
        if count < 2 or image.format not in _ANIMATED:  # the several pictures of a camera's MPO or HEIC are no film
            raise unusable(f"it is {known.name}, not a film; a background of it has the type image")
        if count * self.width * self.height > MAX_ANIMATION_PX:
            pixels = f"the limit is {MAX_ANIMATION_PX // 10**9} billion pixels in all"
            raise unusable(
                f"the animation has {count} pictures of {self.width}x{self.height}, {pixels}; send it as MP4"
            )
        self._ends_s: list[float] = []
        for i in range(count):
            image.seek(i + self._before)
            image.load()  # only then some formats tell how long it is shown
            shown_s = float(image.info.get("duration") or 0) / 1000
            shown_s = shown_s if shown_s > _TOO_SHORT_S else _INSTEAD_S
            self._ends_s.append(shown_s + (self._ends_s[-1] if i else 0.0))
            if self._ends_s[-1] > MAX_MEDIA_S:
                raise unusable(f"the animation lasts longer than the limit of {MAX_MEDIA_S:g} seconds")
        self.duration_s = self._ends_s[-1]
        self.rewind()

    def rewind(self) -> None:
        """See `Film`."""
        self._index = 0
        # Pillow finds the frames of a PNG out of sequence where it goes back from the middle.
        self._close()
        self._image = opened_image(self._path)

    def advance(self, time_s: float) -> bool:
        """See `Film`."""
        before = self._index
        while self._index + 1 < len(self._ends_s) and self._ends_s[self._index] <= time_s + _TOLERANCE_S:
            self._index += 1
        return self._index != before

    def picture(self, width: int, height: int) -> Pixels:
        """See `Film`."""
        assert self._image is not None
        try:
            self._image.seek(self._index + self._before)
            drawn = to_rgb(self._image, self._path, alpha=False)
        except DAMAGED as error:
            raise unusable("the animation is damaged or cut off") from error
        if (width, height) == (self.width, self.height):
            return drawn
        shrinks = width < self.width or height < self.height
        how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(drawn, (width, height), interpolation=how), np.uint8)

    def _close(self) -> None:
        if self._image is not None:
            self._image.close()

    def __enter__(self) -> AnimatedPicture:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
