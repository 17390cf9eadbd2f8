"""The figure of a scene, as premultiplied RGBA patches of the frame; `background` does the same for what is behind.

A new kind of figure needs a class in `spec.Character`, a reader of its file if it has one, a case in `open_figure`, and
code in `requests` that reads it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import Performance
from limelight.catalog.avatars import avatar
from limelight.compose.layout import Disc, disc, place, place_photo
from limelight.errors import MediaError, SpecError, about
from limelight.media.decode import read_image
from limelight.puppet import raster
from limelight.puppet.cloth import chest, dyed, with_logo
from limelight.puppet.face import forget_textures
from limelight.puppet.pack import Pack, Rect, load_pack
from limelight.puppet.photo import Gave, PhotoRig, load_rig, rig, save_rig
from limelight.puppet.photo.portrait import reduced
from limelight.puppet.puppet import Patch, Puppet, still_picture
from limelight.spec import ROLES, Avatar, Character, TalkingPhoto, rgb

Rgba = NDArray[np.uint8]
#: A local file for each `Source.key`; further pictures of a photo may be missing. A path under a photo's `rig_key` is
#: where its rig is read from, or, where no file is there yet, written to.
Files = Mapping[str, Path]
#: Width and height of the frame, pixels.
Size = tuple[int, int]

_log = logging.getLogger(__name__)


class Figure(Protocol):
    """Who is seen, as premultiplied RGBA patches of the frame."""

    @property
    def face_box(self) -> Rect | None:
        """Where the face is in every pose: x0, y0, x1, y1, pixels of the frame; None where it is not seen."""

    def still(self) -> Patch:
        """The whole figure, at rest."""

    def patch(self, performance: Performance, i: int) -> Patch:
        """The part that moves, in frame i, over `still`.

        Every frame's patch covers what earlier frames' patches changed. Its array may be the same each time, valid
        until the next call; the caller may draw on it within its spans.
        """


def open_figure(character: Character | None, files: Files, size: Size) -> Figure | None:
    """The figure of a scene in a frame of this size; None where nobody is to be seen.

    Raises PackError, PhotoError, MediaError, and SpecError where a presenter cannot wear what is asked for.
    """
    match character:
        case None:
            return None
        case Avatar():
            pack = _presenter(character, files)
            return presenter_figure(pack, character, size)
        case TalkingPhoto():
            with about(ROLES["portrait"], character.source.shown):
                made = _photo(character, files)
            return photo_figure(made, character, size)


def presenter_figure(pack: Pack, shown: Avatar, size: Size) -> Figure | None:
    """The figure of a presenter whose pack is loaded; None where its scale is 0."""
    if shown.scale == 0:
        return None
    return _encircled(Puppet(pack, place(pack, shown, *size), size), shown, size)


def photo_figure(made: PhotoRig, shown: TalkingPhoto, size: Size) -> Figure | None:
    """The figure of a photo whose rig is made; None where its scale is 0."""
    if shown.scale == 0:
        return None
    placement = place_photo(made.pack, shown, *size)
    figure: Figure = Puppet(made.pack, placement, size)
    if not (shown.matting or made.is_cut_out):
        figure = _InPhoto(figure, still_picture(made.plate, placement, size))
    return _encircled(figure, shown, size)


def photo_rig(pictures: Sequence[Path]) -> PhotoRig:
    """The rig of a person's pictures, the first of which speaks; cached by the files and their modification times.

    Raises MediaError and PhotoError where the first cannot be used.
    """
    return _rig(tuple(pictures), tuple(file.stat().st_mtime_ns if file.exists() else 0 for file in pictures))


def read_further(file: Path) -> Rgba | Gave:
    """A further picture of a person, uint8 (h, w, 3 or 4); where it cannot be read, why it is left out.

    It is scaled down to the size that a rig uses, because several of the largest would not fit into memory.
    """
    try:
        picture = read_image(file, alpha=True)
    except MediaError as error:
        return Gave(left_out=error.message.removesuffix("."))
    except OSError:
        return Gave(left_out="it is gone")
    return reduced(picture)


def forget_files() -> None:
    """Let go of what is cached of users' pictures; they are read again where they are needed again."""
    _rig.cache_clear()
    if any(dress.logo for dress in _last):
        _last.clear()
    forget_textures()


def lay(frame: Rgba, patch: Patch) -> None:
    """Draw a patch on premultiplied RGBA uint8 (frame height, frame width, 4), in place; it lies inside the frame."""
    height, width = patch.rgba.shape[:2]
    raster.over(frame[patch.y : patch.y + height, patch.x : patch.x + width], patch.rgba)


# Presenters


@dataclass(frozen=True, slots=True)
class _Dress:
    """A presenter's file, and what is worn: equal for what is drawn from the same pack."""

    path: Path
    name: str
    outfit: str | None = None
    logo: Path | None = None
    logo_shown: str = ""
    logo_changed_ns: int = 0


#: The presenter that was drawn last. Loading one takes a moment, but each takes 0.2 GB.
_last: dict[_Dress, Pack] = {}


def _presenter(who: Avatar, files: Files) -> Pack:
    """A presenter's pack, in the clothes that are asked for."""
    entry = avatar(who.avatar_id)
    dress = _Dress(entry.pack, entry.name, who.outfit_colour or entry.outfit)
    if who.logo:
        logo = files[who.logo.key]
        dress = replace(dress, logo=logo, logo_shown=who.logo.shown, logo_changed_ns=logo.stat().st_mtime_ns)
    if dress not in _last:
        _last.clear()  # before another is loaded
        forget_textures()
        _last[dress] = _dressed(dress)
    return _last[dress]


def _dressed(dress: _Dress) -> Pack:
    pack = load_pack(dress.path)
    if dress.logo is None and dress.outfit is None:
        return pack
    if pack.cloth is None:
        raise SpecError(f"outfit_colour is invalid: {dress.name} wears clothes that cannot be dyed.")
    portrait = dyed(pack.portrait, pack.cloth, rgb(dress.outfit)) if dress.outfit else pack.portrait
    if dress.logo is not None:
        place = chest(pack.landmarks.chin, pack.cloth.face_height)
        with about(ROLES["logo"], dress.logo_shown):
            picture = _opaque_too(read_image(dress.logo, alpha=True))
        portrait = with_logo(portrait, pack.cloth, picture, place, pack.portrait)
    return replace(pack, portrait=portrait)


def _opaque_too(picture: Rgba) -> Rgba:
    """RGBA uint8 (h, w, 4) of a picture (h, w, 3 or 4); opaque where it has no alpha."""
    return picture if picture.shape[2] == 4 else np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


# Photos


def _photo(photo: TalkingPhoto, files: Files) -> PhotoRig:
    """A photo's rig, read from its file under `rig_key` or made of its pictures."""
    rig_file = files.get(photo.rig_key)
    if rig_file is not None and (found := load_rig(rig_file)) is not None:
        return found
    more = [source for source in photo.more if source.key in files]
    made = photo_rig([files[source.key] for source in (photo.source, *more)])
    for source, gave in zip(more, made.gave, strict=True):
        if gave.left_out:
            _log.info("a further picture, %s, is left out: %s", source.key, gave.left_out)
    if rig_file is not None:
        save_rig(made, rig_file)
    return made


@lru_cache(maxsize=2)
def _rig(pictures: tuple[Path, ...], _mtimes_ns: tuple[int, ...]) -> PhotoRig:
    picture = read_image(pictures[0], alpha=True)
    more = [read_further(file) for file in pictures[1:]]
    made = rig(picture, [one for one in more if not isinstance(one, Gave)])
    told = iter(made.gave)
    gave = tuple(one if isinstance(one, Gave) else next(told) for one in more)
    return replace(made, gave=gave)


class _InPhoto:
    """A person in front of the photo's own background, cropped to the photo."""

    def __init__(self, person: Figure, behind: Rgba) -> None:
        self._person, self._behind = person, behind
        self._is_opaque = bool(behind[..., 3].min() == 255)
        self._canvas = np.zeros((0, 0, 4), np.uint8)

    @property
    def face_box(self) -> Rect | None:
        return self._person.face_box

    def still(self) -> Patch:
        whole = np.zeros_like(self._behind)
        lay(whole, self._person.still())
        return self._within(Patch(0, 0, whole))

    def patch(self, performance: Performance, i: int) -> Patch:
        return self._within(self._person.patch(performance, i))

    def _within(self, patch: Patch) -> Patch:
        height, width = patch.rgba.shape[:2]
        behind = self._behind[patch.y : patch.y + height, patch.x : patch.x + width]
        if patch.spans is None or self._canvas.shape != behind.shape:
            self._canvas = behind.copy()
        else:
            raster.put(self._canvas, behind, patch.spans)
        person = patch.rgba
        if not self._is_opaque:
            person = np.asarray(cv2.multiply(person, np.repeat(behind[..., 3:], 4, -1), scale=1 / 255), np.uint8)
        raster.over(self._canvas, person, patch.spans)
        return Patch(patch.x, patch.y, self._canvas, patch.spans)


# Circles


def _encircled(figure: Figure, shown: Character, size: Size) -> Figure:
    """The figure in its disc, where it is shown in one."""
    if shown.style != "circle":
        return figure
    return _Encircled(figure, disc(shown, *size), shown.circle_colour, size)


class _Encircled:
    """A figure in front of a disc of one colour, clipped to the disc."""

    def __init__(self, figure: Figure, shown: Disc, colour: str, size: Size) -> None:
        self._figure = figure
        self._colour = np.array(rgb(colour), np.int32)
        self._canvas = np.zeros((0, 0, 4), np.uint8)
        self._mask = _disc_mask(shown, *size)
        rows, columns = (np.flatnonzero(self._mask.any(axis)) for axis in (1, 0))
        self._box = (*_even_span(columns), *_even_span(rows))

    @property
    def face_box(self) -> Rect | None:
        return self._figure.face_box

    def still(self) -> Patch:
        x0, x1, y0, y1 = self._box
        whole = np.zeros((*self._mask.shape, 4), np.uint8)
        lay(whole, self._figure.still())
        return self._cut(Patch(x0, y0, whole[y0:y1, x0:x1]))

    def patch(self, performance: Performance, i: int) -> Patch:
        patch = self._figure.patch(performance, i)
        height, width = patch.rgba.shape[:2]
        x0, x1 = np.clip([patch.x, patch.x + width], *self._box[:2])
        y0, y1 = np.clip([patch.y, patch.y + height], *self._box[2:])
        inside = patch.rgba[y0 - patch.y : y1 - patch.y, x0 - patch.x : x1 - patch.x]
        spans = patch.spans
        if spans is not None:
            rows = spans[(y0 - patch.y) // 2 : (y1 - patch.y) // 2]
            spans = np.ascontiguousarray(np.clip(rows + (patch.x - x0), 0, x1 - x0), np.int32)
        return self._cut(Patch(int(x0), int(y0), inside, spans))

    def _cut(self, patch: Patch) -> Patch:
        """The patch over the disc's colour, both clipped to the disc."""
        height, width = patch.rgba.shape[:2]
        mask = self._mask[patch.y : patch.y + height, patch.x : patch.x + width]
        spans = patch.spans
        if spans is None or self._canvas.shape != patch.rgba.shape:
            self._canvas = np.zeros(patch.rgba.shape, np.uint8)
            spans = raster.everywhere(patch.rgba)
        raster.cut_out(self._canvas, patch.rgba, self._colour, mask, spans)
        return Patch(patch.x, patch.y, self._canvas, patch.spans)


def _disc_mask(shown: Disc, width: int, height: int) -> NDArray[np.uint8]:
    """The disc's coverage, uint8 (height, width), 0 to 255; its edge is one pixel wide."""
    x, y = np.arange(width) + 0.5 - shown.x, np.arange(height) + 0.5 - shown.y
    distance = np.hypot(x[None, :], y[:, None])
    return np.asarray(np.clip(shown.radius + 0.5 - distance, 0, 1) * 255 + 0.5, np.uint8)


def _even_span(indices: NDArray[np.intp]) -> tuple[int, int]:
    if not len(indices):
        return 0, 0
    return int(indices[0]) // 2 * 2, (int(indices[-1]) + 2) // 2 * 2
