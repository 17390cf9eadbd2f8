"""One scene's pictures: background, presenter, text, watermark; asked by frame index.

Layers from back to front: the background, the presenter, and what is always on top of both. What stands still is
composed once, and only the rectangle in which the presenter moves is drawn anew in each frame.
"""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import Performance
from limelight.compose.background import MovingPicture
from limelight.compose.layout import Disc, disc, place, place_photo
from limelight.compose.text import overlay
from limelight.compose.watermark import watermark
from limelight.compose.yuv import AlphaPlanes, Planes
from limelight.puppet import raster
from limelight.puppet.pack import Pack
from limelight.puppet.photo import PhotoRig
from limelight.puppet.puppet import Patch, Puppet, still_picture
from limelight.spec import Character, Scene, TalkingPhoto, VideoSpec, rgb

Rgba = NDArray[np.uint8]


class ScenePicture:
    """The frames of one scene, asked for in order from 0. Where there is no background, they have alpha."""

    def __init__(
        self, spec: VideoSpec, scene: Scene, drawn_from: Pack | PhotoRig | None, background: MovingPicture | None
    ) -> None:
        size = spec.width, spec.height
        self._figure = _figure(scene.character, drawn_from, size)
        self._top = _top(spec, scene)
        self._still = np.zeros((spec.height, spec.width, 4), np.uint8)
        if self._figure is not None:
            _lay(self._still, self._figure.still())
        if self._top is not None:
            raster.over(self._still, self._top)
        self._background = background
        self._behind = np.zeros((spec.height, spec.width, 3), np.uint8)
        self._planes = Planes(*size) if background else AlphaPlanes(*size)
        self._write(Patch(0, 0, self._still))

    def frame(self, performance: Performance, i: int) -> Planes | AlphaPlanes:
        """Frame i; the planes are valid until the next frame is asked for."""
        if self._background is not None and (picture := self._background.frame(i)) is not None:
            self._behind = picture
            self._write(Patch(0, 0, self._still))
        if self._figure is not None:
            self._show(self._figure.patch(performance, i))
        return self._planes

    def _show(self, patch: Patch) -> None:
        height, width = patch.rgba.shape[:2]
        if not (height and width):
            return
        if self._top is not None:
            raster.over(patch.rgba, self._top[patch.y : patch.y + height, patch.x : patch.x + width])
        self._write(patch)

    def _write(self, patch: Patch) -> None:
        if isinstance(self._planes, AlphaPlanes):
            self._planes.write(patch.rgba, patch.x, patch.y)
        else:
            self._planes.write(self._behind, patch.rgba, patch.x, patch.y)


class _Figure(Protocol):
    """Who is seen, as premultiplied patches of the frame."""

    def still(self) -> Patch:
        """All of it, at rest."""

    def patch(self, performance: Performance, i: int) -> Patch:
        """What moves, in frame i."""


class _InPhoto:
    """A person in the photo that they were taken out of: its background, and them over it, cut off at its edge."""

    def __init__(self, puppet: Puppet, behind: Rgba) -> None:
        self._puppet, self._behind = puppet, behind
        self._is_opaque = bool(behind[..., 3].min() == 255)

    def still(self) -> Patch:
        whole = np.zeros_like(self._behind)
        _lay(whole, self._puppet.still())
        return self._within(Patch(0, 0, whole))

    def patch(self, performance: Performance, i: int) -> Patch:
        return self._within(self._puppet.patch(performance, i))

    def _within(self, patch: Patch) -> Patch:
        height, width = patch.rgba.shape[:2]
        drawn = self._behind[patch.y : patch.y + height, patch.x : patch.x + width].copy()
        person = patch.rgba
        if not self._is_opaque:
            person = np.asarray(cv2.multiply(person, np.repeat(drawn[..., 3:], 4, -1), scale=1 / 255), np.uint8)
        raster.over(drawn, person)
        return Patch(patch.x, patch.y, drawn)


class _Encircled:
    """A presenter in a disc of one colour, cut off at its edge."""

    def __init__(self, puppet: _Figure, shown: Disc, colour: str, size: tuple[int, int]) -> None:
        self._puppet = puppet
        self._colour = np.array([*rgb(colour), 255], np.uint16)
        self._mask = _disc_mask(shown, *size)
        rows, columns = (np.flatnonzero(self._mask.any(axis)) for axis in (1, 0))
        self._box = (*_even_span(columns), *_even_span(rows))

    def still(self) -> Patch:
        x0, x1, y0, y1 = self._box
        whole = np.zeros((*self._mask.shape, 4), np.uint8)
        _lay(whole, self._puppet.still())
        return self._cut(Patch(x0, y0, whole[y0:y1, x0:x1]))

    def patch(self, performance: Performance, i: int) -> Patch:
        patch = self._puppet.patch(performance, i)
        height, width = patch.rgba.shape[:2]
        x0, x1 = np.clip([patch.x, patch.x + width], *self._box[:2])
        y0, y1 = np.clip([patch.y, patch.y + height], *self._box[2:])
        inside = patch.rgba[y0 - patch.y : y1 - patch.y, x0 - patch.x : x1 - patch.x]
        return self._cut(Patch(int(x0), int(y0), inside))

    def _cut(self, patch: Patch) -> Patch:
        """The patch over the disc's colour, and both cut off at the disc's edge."""
        height, width = patch.rgba.shape[:2]
        mask = self._mask[patch.y : patch.y + height, patch.x : patch.x + width, None].astype(np.uint16)
        clear = 255 - patch.rgba[..., 3:].astype(np.uint16)
        filled = patch.rgba + (clear * self._colour + 127) // 255
        return Patch(patch.x, patch.y, ((filled * mask + 127) // 255).astype(np.uint8))


def _figure(character: Character | None, drawn_from: Pack | PhotoRig | None, size: tuple[int, int]) -> _Figure | None:
    if character is None or drawn_from is None or character.scale == 0:
        return None
    figure: _Figure
    if isinstance(character, TalkingPhoto):
        figure = _photo(character, drawn_from, size)
    else:
        assert isinstance(drawn_from, Pack)
        figure = Puppet(drawn_from, place(drawn_from, character, *size), size)
    if character.style == "circle":
        return _Encircled(figure, disc(character, *size), character.circle_colour, size)
    return figure


def _photo(photo: TalkingPhoto, drawn_from: Pack | PhotoRig, size: tuple[int, int]) -> Puppet | _InPhoto:
    pack = drawn_from.pack if isinstance(drawn_from, PhotoRig) else drawn_from
    placement = place_photo(pack, photo, *size)
    puppet = Puppet(pack, placement, size)
    if photo.matting or not isinstance(drawn_from, PhotoRig):
        return puppet
    return _InPhoto(puppet, still_picture(drawn_from.plate, placement, size))


def _top(spec: VideoSpec, scene: Scene) -> Rgba | None:
    """What is above the presenter in every frame, premultiplied, of the frame's size."""
    if not scene.texts and not spec.watermark:
        return None
    top = np.zeros((spec.height, spec.width, 4), np.uint8)
    for text in scene.texts:
        _lay(top, overlay(text, spec.width, spec.height))
    if spec.watermark:
        raster.over(top, watermark(spec.width, spec.height))
    return top


def _lay(frame: Rgba, patch: Patch) -> None:
    height, width = patch.rgba.shape[:2]
    raster.over(frame[patch.y : patch.y + height, patch.x : patch.x + width], patch.rgba)


def _disc_mask(shown: Disc, width: int, height: int) -> NDArray[np.uint8]:
    """Coverage of each pixel, 0 to 255; an edge one pixel wide."""
    x, y = np.arange(width) + 0.5 - shown.x, np.arange(height) + 0.5 - shown.y
    distance = np.hypot(x[None, :], y[:, None])
    return np.asarray(np.clip(shown.radius + 0.5 - distance, 0, 1) * 255 + 0.5, np.uint8)


def _even_span(indices: NDArray[np.intp]) -> tuple[int, int]:
    if not len(indices):
        return 0, 0
    return int(indices[0]) // 2 * 2, (int(indices[-1]) + 2) // 2 * 2
