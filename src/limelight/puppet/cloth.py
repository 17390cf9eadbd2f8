"""The light cloth that a presenter wears: where it is, in another colour, and with a picture on it.

A pixel is k parts cloth and 1 − k parts something else, skin or hair. `find_cloth` finds k when a pack is made; `dyed`
and `with_logo` draw with it. All of it is in linear light.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.puppet.pack import Cloth, Floats, Grey, Point, Rect, Rgba
from limelight.puppet.ramp import smoothstep

#: How wide a logo is, and how far to the presenter's left and below the chin its middle is; of the face's height.
LOGO_WIDTH, LOGO_AT = 0.38, (0.42, 1.05)

_Mask = NDArray[np.bool_]

#: Rec. 709, of linear light.
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_OPAQUE = 250
#: Lengths are given for a face that is this high.
_FACE_PX = 450.0

#: sRGB: what is white cloth in good light for certain.
_WHITE_LEAST, _WHITE_TINT = 165, 28
#: Less of it, of what is opaque below the chin, is not worth dyeing.
_LEAST_SHARE = 0.12
#: Of the skin's warmth: what is warmer is skin or hair, in any light. Arms warm the cloth beside them more.
_WARM, _WARM_BESIDE_ARMS = 0.6, 0.75
#: Where skin is surely seen: rows above the chin, and columns about it; of the face's height.
_CHEEKS = (0.55, 0.15, 0.2)
#: Of the cloth's light: black hair is darker than the first, and below the second colour says nothing.
_DARK, _BLACK = 0.13, 0.02
#: Of the largest piece: smaller ones are not cloth.
_LEAST_PIECE = 0.02
#: Of the square of the face's height: other things on cloth are larger.
_LARGEST_FLECK = 0.012
#: Of cloth beside arms nothing is thinner.
_SLIVER_PX = 12.0
#: Cloth that the matte has torn off is no farther than this.
_TORN_PX = 20.0
#: How rough skin and hair are: mean deviation of log light from its surroundings.
_SMOOTH, _ROUGH = 0.06, 0.12
#: How much it weighs in unmixing that a pixel is lit as its surroundings are.
_SAME_LIGHT = 0.04
#: How much more cloth than its light says a pixel's colour may make it beside skin.
_SOFT = 0.12
#: How wide borders are looked for at first, and how wide they are then.
_SEARCH_PX, _BORDER_PX = 8.0, 3.5
#: Percentiles of the cloth's light between which it is well lit.
_LIT = (40.0, 90.0)

#: How much deeper folds get in cloth that reflects nothing: white ones light each other.
_DEEPENING = 1.0
#: Reflectances above the knee are drawn closer to it, 1 as the whitest: folds of white cloth are seen only below 1.
_KNEE, _WHITEST = 0.65, 0.85
#: The share of cloth above which the hue of what is beside it is taken from its surroundings.
_HUE_KNOWN = 0.3
#: Of the cloth's light.
_LEAST_LIGHT = 1e-3
#: How far the cloth moves a logo, of the logo's width, and how wide the folds are that do.
_LOGO_SHIFT, _FOLD_PX = 0.012, 6.0

_LEVELS = np.arange(256) / 255
_TO_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)
_STEPS = np.arange(65536) / 65535
_ENCODED = np.where(_STEPS <= 0.0031308, 12.92 * _STEPS, 1.055 * _STEPS ** (1 / 2.4) - 0.055)
_TO_SRGB = np.round(255 * _ENCODED).astype(np.uint8)


#: Bits of the cloth's far side at the collar: so near to it, so light and no warmer, relative to the cloth.
_CHIP_PX, _CHIP_LIGHT, _CHIP_WARM = 16.0, 0.45, 0.12


# Finding


def find_cloth(portrait: Rgba, chin: Point, face_height: float) -> Cloth | None:
    """The light cloth that is seen below the chin of a cut-out portrait; None where there is too little of it.

    `chin` and `face_height`, from the chin to the top of the forehead, are in portrait pixels. It takes seconds.
    """
    top = max(int(chin[1]), 0)
    part, px = portrait[top:], face_height / _FACE_PX
    opaque = part[..., 3] >= _OPAQUE
    colour = _linear(part[..., :3])
    sure, cheeks = _is_white(part) & opaque, _cheeks(portrait, chin, face_height)
    if sure.sum() < max(_LEAST_SHARE * opaque.sum(), 1) or not len(cheeks):
        return None
    white = np.median(colour[sure], axis=0)
    relative, skin = colour / white, _linear(cheeks) / white
    whole = _whole(relative, opaque, float(np.median(_warmth(skin))), px)
    whole = (_shares(relative, whole, opaque, px, _SEARCH_PX) > 0.5).astype(np.uint8)
    whole |= _flecks(whole, opaque, px)
    share = _to_the_edge(_shares(relative, whole, opaque, px, _BORDER_PX), opaque, part[..., 3])
    share = np.maximum(share, _chips(relative, share, part[..., 3], px))
    mask = np.zeros(portrait.shape[:2], np.uint8)
    mask[top:] = share * 255 + 0.5
    return Cloth(mask, _lit(colour[opaque & (share > 0.99)] @ _LUMINANCE), face_height)


def _is_white(part: Rgba) -> _Mask:
    colour = part[..., :3].astype(np.int16)
    return np.asarray((colour.min(-1) > _WHITE_LEAST) & (np.ptp(colour, axis=-1) < _WHITE_TINT), np.bool_)


def _cheeks(portrait: Rgba, chin: Point, face_height: float) -> Rgba:
    """(n, 3) sRGB of the lower half of a face."""
    high, low, half = (round(of_face * face_height) for of_face in _CHEEKS)
    x, y = round(chin[0]), round(chin[1])
    face = portrait[max(y - high, 0) : max(y - low, 1), max(x - half, 0) : x + half]
    return np.asarray(face[face[..., 3] >= _OPAQUE][:, :3], np.uint8)


def _warmth(colour: Floats) -> Floats:
    """Red less blue, of their sum with green: the same in any shade."""
    return np.asarray((colour[..., 0] - colour[..., 2]) / np.maximum(colour.sum(-1), 1e-3), np.float32)


def _lit(light: Floats) -> float:
    """The mean light of well-lit cloth."""
    low, high = np.percentile(light, _LIT)
    return float(light[(light >= low) & (light <= high)].mean())


def _whole(relative: Floats, opaque: _Mask, of_skin: float, px: float) -> Grey:
    """1 where there is more cloth than anything else, folds and flecks in it too; light is relative to the cloth's."""
    light, warmth = relative @ _LUMINANCE, _warmth(relative) / of_skin
    head = _from_the_head((opaque & ((warmth > _WARM) | (light < _DARK))).astype(np.uint8)) > 0
    pale = warmth < np.where(head, _WARM, _WARM_BESIDE_ARMS)
    alike = (opaque & pale & (light > np.where(head, _DARK, _BLACK))).astype(np.uint8)
    whole = _large(alike & (_thick(alike, px) | (_distance(head.astype(np.uint8)) < _TORN_PX * px)))
    whole |= _flecks(whole, opaque, px)
    other = _large((opaque & (whole == 0)).astype(np.uint8))
    torn = (alike > 0) & (_distance(whole) < np.minimum(_distance(other), _TORN_PX * px))
    return np.asarray(whole | torn, np.uint8)


def _from_the_head(other: Grey) -> Grey:
    """The pieces of what is not cloth that reach up to the chin: neck and hair, and no arms."""
    labels = cv2.connectedComponents(other, connectivity=8)[1]
    return np.asarray(np.isin(labels, labels[0][labels[0] > 0]), np.uint8)


def _thick(mask: Grey, px: float) -> Grey:
    """Without slivers: arms are pale where they turn away, and dark."""
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, _disc(_SLIVER_PX / 2 * px))
    return np.asarray(cv2.dilate(opened, _disc(3 * px)), np.uint8)


def _large(mask: Grey) -> Grey:
    """The pieces of a mask that are not much smaller than its largest."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    area = stats[:, cv2.CC_STAT_AREA]
    kept = area > _LEAST_PIECE * area[1:].max(initial=0)
    kept[0] = False
    return np.asarray(kept[labels], np.uint8)


def _flecks(whole: Grey, opaque: _Mask, px: float) -> Grey:
    """Small pieces of something else on the cloth, which are cloth too: black folds, and shade that skin warms."""
    rest = (opaque & (whole == 0)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(rest, connectivity=8)
    touching = np.unique(labels[(rest > 0) & (cv2.dilate(whole, np.ones((3, 3), np.uint8)) > 0)])
    fleck = np.zeros(count, np.bool_)
    fleck[touching] = stats[touching, cv2.CC_STAT_AREA] < _LARGEST_FLECK * (px * _FACE_PX) ** 2
    return np.asarray(fleck[labels], np.uint8)


def _chips(relative: Floats, share: Floats, alpha: Grey, px: float) -> Floats:
    """1 on what is as white as the cloth beside it at the edge of the figure: the collar's far side behind the neck."""
    beside = cv2.dilate((share > 0.5).astype(np.uint8), _disc(_CHIP_PX * px)) > 0
    at_edge = cv2.dilate((alpha < 64).astype(np.uint8), _disc(_CHIP_PX * px)) > 0
    white = (alpha > 24) & (relative @ _LUMINANCE > _CHIP_LIGHT) & (_warmth(relative) < _CHIP_WARM) & beside & at_edge
    return np.asarray(white, np.float32)


def _shares(relative: Floats, whole: Grey, opaque: _Mask, px: float, reach_px: float) -> Floats:
    """(h, w) how much of each opaque pixel is cloth: of all of them but those along borders, all or nothing.

    Borders reach `reach_px` into the cloth, and farther where they are those of hair.
    """
    other = (opaque & (whole == 0)).astype(np.uint8)
    inside, outside = _distance(other) / px, _distance(whole) / px
    hair = _hair(relative @ _LUMINANCE, _from_the_head(other), px)
    cloth = _weights((whole > 0) & (inside > 3 + 9 * hair), whole)
    rest = _weights((other > 0) & (outside > 2.5 + 9 * hair), other)
    sides = _Sides(_spread(relative, cloth, px), _spread(relative, rest, px))
    share = _of_the_sides(sides, relative, hair, outside)
    within = 1 - (1 - share) * (1 - smoothstep(0.7, 1, inside / (reach_px + 16 * hair)))
    beyond = share * (1 - smoothstep(0.7, 1, outside / (8 + 17 * hair)))
    return np.asarray(np.where(whole > 0, within, beyond) * opaque, np.float32)


def _hair(light: Floats, other: Grey, px: float) -> Floats:
    """(h, w) 0 to 1: whether what is not cloth hereabouts is hair, which is rough, rather than skin."""
    around = cv2.GaussianBlur(light, (0, 0), 3 * px)
    rough = np.abs(np.log((light + 0.02) / (around + 0.02)))
    inner = cv2.erode(other, _disc(4 * px)).astype(np.float32)
    return smoothstep(_SMOOTH, _ROUGH, _spread(rough[..., None], inner, 2 * px)[..., 0])


def _weights(sure: _Mask, possible: Grey) -> Floats:
    """Pixels that tell a side's colour; those next to the other side only where there are no others."""
    return np.asarray(sure + 1e-4 * possible, np.float32)


def _of_the_sides(sides: _Sides, relative: Floats, hair: Floats, outside: Floats) -> Floats:
    """The share of the cloth along a border.

    Of skin the colour spreads farther than its light, which is sharp; but light hair is no cloth.
    """
    by_colour, by_light = sides.unmixed(relative, _SAME_LIGHT), sides.between(relative)
    sharp = np.maximum(by_light * (1 - smoothstep(2.5, 4.5, outside)), 0)
    beside_skin = np.clip(by_colour, sharp, sharp + _SOFT)
    beside_hair = by_colour + np.maximum(by_light - by_colour, 0) * smoothstep(0.05, 0.25, by_colour)
    share = beside_skin + (beside_hair - beside_skin) * hair
    return np.asarray(np.clip((share - 0.01 - 0.02 * hair) / (0.97 - 0.07 * hair), 0, 1), np.float32)


def _to_the_edge(share: Floats, opaque: _Mask, alpha: Grey) -> Floats:
    """Pixels that are not opaque are cloth as much as the nearest that is; a few beyond the figure's edge too."""
    _, labels = cv2.distanceTransformWithLabels(
        (~opaque).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_label = np.zeros(int(labels.max()) + 1, np.float32)
    of_label[labels[opaque]] = share[opaque]
    return np.asarray(np.where(_distance((alpha > 0).astype(np.uint8)) < 3, of_label[labels], 0), np.float32)


class _Sides(NamedTuple):
    """The colours of cloth and of what is beside it about each pixel, (…, 3)."""

    cloth: Floats
    other: Floats

    def unmixed(self, colour: Floats, same_light: float) -> Floats:
        """The share of the cloth in a mixture whose two sides are in the same shade, by least squares.

        The larger `same_light`, the more the shade is that of the surroundings.
        """
        prior = same_light**2 * _dot(self.cloth, self.cloth)
        cc, co, oo = (_dot(a, b) + prior for a, b in ((self.cloth, self.cloth), self, (self.other, self.other)))
        c, o = _dot(colour, self.cloth) + prior, _dot(colour, self.other) + prior
        determinant = np.maximum(cc * oo - co * co, 1e-9)
        cloth = np.maximum((oo * c - co * o) / determinant, 0)
        other = np.maximum((cc * o - co * c) / determinant, 0)
        return np.asarray(cloth / np.maximum(cloth + other, 1e-6), np.float32)

    def between(self, colour: Floats) -> Floats:
        """How far a colour is from the other side to the cloth's, in the light of the surroundings."""
        way = self.cloth - self.other
        return np.asarray(_dot(colour - self.other, way) / np.maximum(_dot(way, way), 1e-4), np.float32)


# Drawing


def dyed(portrait: Rgba, cloth: Cloth, colour: tuple[int, int, int]) -> Rgba:
    """The portrait with its cloth in an sRGB colour, which well-lit cloth has in the mean; white is a little less.

    Pixels outside the mask and the alpha are unchanged. The light on the cloth is kept; its folds are deeper the less a
    channel of the colour reflects, since white ones light each other.
    """
    box = _box(cloth.mask, round(20 * cloth.face_height / _FACE_PX))
    part, share = portrait[box], cloth.mask[box]
    before, dye = _linear(part[..., :3]), _linear(np.array(colour, np.uint8))
    after = _in_light(dye, _light(before, cloth))
    edge = (share > 0) & (share < 255)
    after[edge] = _exchanged(before, part[..., 3], share, edge, dye, cloth)
    out = portrait.copy()
    out[box][share > 0, :3] = _srgb(after)[share > 0]
    return out


def with_logo(portrait: Rgba, cloth: Cloth, logo: Rgba, place: Rect, undyed: Rgba | None = None) -> Rgba:
    """A picture on the cloth, as large as fits into `place`, portrait pixels, in the light and folds of the cloth.

    The light is told by `undyed`, the portrait as it was found; by itself if None.
    """
    box, fitted = _fitted(logo, place, portrait.shape[:2])
    out = portrait.copy()
    if not fitted.size:
        return out
    lit = _light(_linear((portrait if undyed is None else undyed)[box][..., :3]), cloth)
    printed = _in_the_folds(fitted, lit, place[2] - place[0], cloth.face_height / _FACE_PX)
    cover = printed[..., 3:] * (cloth.mask[box][..., None] / np.float32(255))
    ink = np.asarray(printed[..., :3] / np.maximum(printed[..., 3:], 1e-4), np.float32)
    before = _linear(out[box][..., :3])
    after = np.asarray(before + (_in_light(ink, lit) - before) * cover, np.float32)
    changed = cover[..., 0] > 0
    out[box][changed, :3] = _srgb(after)[changed]
    return out


def chest(chin: Point, face_height: float) -> Rect:
    """Where a logo goes: a square on the presenter's left, portrait pixels."""
    x, y = (at + of_face * face_height for at, of_face in zip(chin, LOGO_AT, strict=True))
    half = LOGO_WIDTH * face_height / 2
    return round(x - half), round(y - half), round(x + half), round(y + half)


def _light(colour: Floats, cloth: Cloth) -> Floats:
    """The light that cloth sends back, relative to where it is well lit."""
    return np.asarray(colour @ _LUMINANCE / np.float32(cloth.light), np.float32)


def _in_light(dye: Floats, light: Floats) -> Floats:
    """Cloth of a reflectance, (3,) or (…, 3), in the light that a white one would send back, relative to its own."""
    seen = np.minimum(dye, _KNEE + (dye - _KNEE) * ((_WHITEST - _KNEE) / (1 - _KNEE)))
    logs = np.log(np.maximum(light, _LEAST_LIGHT))[..., None]
    return np.asarray(seen * np.exp(logs * (1 + _DEEPENING * (1 - seen))), np.float32)


def _exchanged(before: Floats, alpha: Grey, share: Grey, edge: _Mask, dye: Floats, cloth: Cloth) -> Floats:
    """(n, 3) the pixels of `edge`, where only the cloth's share of a colour is exchanged."""
    px = cloth.face_height / _FACE_PX
    beside = ((share == 0) & (alpha >= _OPAQUE)).astype(np.float32)
    white = _spread(before, (share == 255).astype(np.float32), px)[edge]
    other = _spread(before, beside, px)[edge]
    k, colour = share[edge, None] / np.float32(255), before[edge]
    shade = np.clip(colour @ _LUMINANCE / np.maximum((k * white + (1 - k) * other) @ _LUMINANCE, 1e-3), 0.2, 1.5)
    rest = np.maximum(colour + shade[:, None] * k * (other - white), 0)
    hue = other / np.maximum(other @ _LUMINANCE, 1e-3)[:, None]
    rest += (hue * (rest @ _LUMINANCE)[:, None] - rest) * np.minimum(k / _HUE_KNOWN, 1)
    light = np.asarray(shade * _light(white, cloth), np.float32)
    return np.asarray(k * _in_light(dye, light) + (1 - k) * rest, np.float32)


def _fitted(logo: Rgba, place: Rect, size: tuple[int, ...]) -> tuple[tuple[slice, slice], Floats]:
    """A picture at its size in the middle of a place, premultiplied linear light; and which part of the portrait."""
    width, height = place[2] - place[0], place[3] - place[1]
    scale = min(width / logo.shape[1], height / logo.shape[0])
    w, h = max(round(logo.shape[1] * scale), 1), max(round(logo.shape[0] * scale), 1)
    colour, alpha = _linear(logo[..., :3]), logo[..., 3:] / np.float32(255)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    drawn = cv2.resize(np.concatenate([colour * alpha, alpha], axis=2), (w, h), interpolation=how)
    left, top = place[0] + (width - w) // 2, place[1] + (height - h) // 2
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + w, size[1]), min(top + h, size[0])
    rows, columns = slice(y0, max(y1, y0)), slice(x0, max(x1, x0))
    inside = drawn[max(y0 - top, 0) : max(y1 - top, 0), max(x0 - left, 0) : max(x1 - left, 0)]
    return (rows, columns), np.asarray(inside, np.float32)


def _in_the_folds(logo: Floats, lit: Floats, width: int, px: float) -> Floats:
    """A picture moved along the slopes of the cloth, which its light tells, as by a displacement map."""
    folds = np.log(np.maximum(cv2.GaussianBlur(lit, (0, 0), _FOLD_PX * px), _LEAST_LIGHT))
    rows, columns = np.indices(lit.shape, np.float32)
    across, down = (
        np.clip(cv2.Sobel(folds, cv2.CV_32F, dx, 1 - dx, scale=_FOLD_PX * px / 8), -1, 1) * (_LOGO_SHIFT * width)
        for dx in (1, 0)
    )
    x, y = (columns + across).astype(np.float32), (rows + down).astype(np.float32)
    return np.asarray(cv2.remap(logo, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), np.float32)


# Both


def _linear(srgb: NDArray[np.uint8]) -> Floats:
    return np.asarray(_TO_LINEAR[srgb], np.float32)


def _srgb(linear: Floats) -> NDArray[np.uint8]:
    return np.asarray(_TO_SRGB[(np.clip(linear, 0, 1) * 65535 + 0.5).astype(np.uint16)], np.uint8)


def _box(mask: Grey, margin: int) -> tuple[slice, slice]:
    """The rows and columns of what is not zero, and some around them."""
    x, y, width, height = cv2.boundingRect(mask)
    return slice(max(y - margin, 0), y + height + margin), slice(max(x - margin, 0), x + width + margin)


def _spread(values: Floats, weights: Floats, px: float) -> Floats:
    """(h, w, n) the weighted mean of values about each pixel, near ones first: normalised convolution at two widths.

    After Knutsson & Westin (1993).
    """
    weighted = np.concatenate([values * weights[..., None], weights[..., None]], axis=2)
    height, width = weights.shape
    small = cv2.resize(weighted, (-(-width // 4), -(-height // 4)), interpolation=cv2.INTER_AREA)
    wide = cv2.resize(cv2.GaussianBlur(small, (0, 0), 4 * px), (width, height), interpolation=cv2.INTER_LINEAR)
    both = cv2.GaussianBlur(weighted, (0, 0), 4 * px) + np.float32(0.02) * wide
    return np.asarray(both[..., :-1] / np.maximum(both[..., -1:], 1e-9), np.float32)


def _distance(mask: Grey) -> Floats:
    """Pixels from each to the nearest that is not zero."""
    return np.asarray(cv2.distanceTransform((mask == 0).astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def _disc(radius: float) -> Grey:
    side = 2 * round(radius) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray((a * b).sum(-1), np.float32)
