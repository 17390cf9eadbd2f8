"""The light cloth that a presenter wears: finds it, dyes it, and puts a logo on it.

A pixel is a mixture of k parts cloth and 1 − k parts skin or hair. `find_cloth` finds k when a pack is made; `dyed` and
`with_logo` draw with it. All computation is in linear light: "light" is linear luminance, and colours are linear RGB.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.puppet.pack import Cloth, Floats, Grey, Point, Rect, Rgba
from limelight.puppet.ramp import smoothstep

#: A logo's width, and its middle's distance to the presenter's left and below the chin; shares of the face's height.
LOGO_WIDTH, LOGO_AT = 0.38, (0.42, 1.05)

_Mask = NDArray[np.bool_]

#: Weights of linear RGB in luminance, Rec. 709.
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
#: A pixel counts as opaque from this alpha on.
_OPAQUE = 250
#: Constants in pixels are for a face of this height, and scale with it.
_FACE_PX = 450.0

#: White cloth in good light for certain: least sRGB value of all channels, and most difference between them.
_WHITE_LEAST, _WHITE_TINT = 165, 28
#: Least share of such cloth in the opaque pixels below the chin for a pack with cloth.
_LEAST_SHARE = 0.12
#: Skin and hair are warmer than this share of the skin's warmth in any light, and cloth beside arms, which warm it, is
#: less warm than the second.
_WARM, _WARM_BESIDE_ARMS = 0.6, 0.75
#: Where the skin of the cheeks is: from and to above the chin, and to either side of it; shares of the face's height.
_CHEEKS = (0.55, 0.15, 0.2)
#: Shares of the cloth's light: black hair is darker than the first; below the second, colour says nothing.
_DARK, _BLACK = 0.13, 0.02
#: Least area of a piece of cloth, as a share of the largest piece's.
_LEAST_PIECE = 0.02
#: Largest area of a fleck in the cloth that counts as cloth, as a share of the face's height squared.
_LARGEST_FLECK = 0.012
#: Cloth beside arms is at least this wide.
_SLIVER_PX = 12.0
#: Pieces of cloth that the matte cut off are no farther from the rest than this.
_TORN_PX = 20.0
#: Roughness of skin and of hair: mean deviation of log light from its surroundings.
_SMOOTH, _ROUGH = 0.06, 0.12
#: Weight, in unmixing, of the assumption that a pixel has the light of its surroundings.
_SAME_LIGHT = 0.04
#: Beside skin, a pixel's colour may add this much to the share of cloth that its light gives.
_SOFT = 0.12
#: Widths of the border band in the first and in the second pass.
_SEARCH_PX, _BORDER_PX = 8.0, 3.5
#: Percentiles of the cloth's light between which it counts as well lit.
_LIT = (40.0, 90.0)

#: How much deeper folds get in cloth that reflects nothing: folds of white cloth light each other.
_DEEPENING = 1.0
#: Reflectances above the knee are compressed so that 1 becomes the whitest: white cloth shows folds only below 1.
_KNEE, _WHITEST = 0.65, 0.85
#: Above this share of cloth, a border pixel's other part takes its hue from the surroundings.
_HUE_KNOWN = 0.3
#: Least light in logarithms, as a share of the cloth's light.
_LEAST_LIGHT = 1e-3
#: How far folds move a logo, as a share of its width, and the width of such folds.
_LOGO_SHIFT, _FOLD_PX = 0.012, 6.0

_LEVELS = np.arange(256) / 255
_TO_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)
_STEPS = np.arange(65536) / 65535
_ENCODED = np.where(_STEPS <= 0.0031308, 12.92 * _STEPS, 1.055 * _STEPS ** (1 / 2.4) - 0.055)
_TO_SRGB = np.round(255 * _ENCODED).astype(np.uint8)


#: Pieces of the collar's far side: at most this far from the cloth, at least this share of its light, at most this
#: warm.
_CHIP_PX, _CHIP_LIGHT, _CHIP_WARM = 16.0, 0.45, 0.12


# Finding


def find_cloth(portrait: Rgba, chin: Point, face_height: float) -> Cloth | None:
    """The light cloth below the chin of a cut-out portrait (h, w, 4); None where there is too little. Takes seconds.

    `chin` is in portrait pixels, and so is `face_height`, from the chin to the top of the forehead.
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
    hard = _hard_mask(relative, opaque, float(np.median(_warmth(skin))), px)
    hard = (_shares(relative, hard, opaque, px, _SEARCH_PX) > 0.5).astype(np.uint8)
    hard |= _flecks(hard, opaque, px)
    share = _to_the_edge(_shares(relative, hard, opaque, px, _BORDER_PX), opaque, part[..., 3])
    share = np.maximum(share, _chips(relative, share, part[..., 3], px))
    mask = np.zeros(portrait.shape[:2], np.uint8)
    mask[top:] = share * 255 + 0.5
    return Cloth(mask, _lit(colour[opaque & (share > 0.99)] @ _LUMINANCE), face_height)


def _is_white(part: Rgba) -> _Mask:
    colour = part[..., :3].astype(np.int16)
    return np.asarray((colour.min(-1) > _WHITE_LEAST) & (np.ptp(colour, axis=-1) < _WHITE_TINT), np.bool_)


def _cheeks(portrait: Rgba, chin: Point, face_height: float) -> Rgba:
    """uint8 (n, 3), sRGB: the pixels of the lower half of a face."""
    high, low, half = (round(of_face * face_height) for of_face in _CHEEKS)
    x, y = round(chin[0]), round(chin[1])
    face = portrait[max(y - high, 0) : max(y - low, 1), max(x - half, 0) : x + half]
    return np.asarray(face[face[..., 3] >= _OPAQUE][:, :3], np.uint8)


def _warmth(colour: Floats) -> Floats:
    """(…,): red minus blue over the sum of red, green and blue, which no shade changes."""
    return np.asarray((colour[..., 0] - colour[..., 2]) / np.maximum(colour.sum(-1), 1e-3), np.float32)


def _lit(light: Floats) -> float:
    """The mean light of well-lit cloth."""
    low, high = np.percentile(light, _LIT)
    return float(light[(light >= low) & (light <= high)].mean())


def _hard_mask(relative: Floats, opaque: _Mask, of_skin: float, px: float) -> Grey:
    """(h, w): a hard mask, 1 for pixels that are mostly cloth, folds and flecks included.

    `relative` (h, w, 3) are colours over the cloth's; `of_skin` is the skin's warmth.
    """
    light, warmth = relative @ _LUMINANCE, _warmth(relative) / of_skin
    head = _from_the_head((opaque & ((warmth > _WARM) | (light < _DARK))).astype(np.uint8)) > 0
    pale = warmth < np.where(head, _WARM, _WARM_BESIDE_ARMS)
    alike = (opaque & pale & (light > np.where(head, _DARK, _BLACK))).astype(np.uint8)
    hard = _large(alike & (_thick(alike, px) | (_distance(head.astype(np.uint8)) < _TORN_PX * px)))
    hard |= _flecks(hard, opaque, px)
    other = _large((opaque & (hard == 0)).astype(np.uint8))
    torn = (alike > 0) & (_distance(hard) < np.minimum(_distance(other), _TORN_PX * px))
    return np.asarray(hard | torn, np.uint8)


def _from_the_head(other: Grey) -> Grey:
    """The components of a mask that reach the row of the chin: neck and hair, and no arms."""
    labels = cv2.connectedComponents(other, connectivity=8)[1]
    return np.asarray(np.isin(labels, labels[0][labels[0] > 0]), np.uint8)


def _thick(mask: Grey, px: float) -> Grey:
    """A mask without slivers: arms are pale and dark along their edges."""
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, _disc(_SLIVER_PX / 2 * px))
    return np.asarray(cv2.dilate(opened, _disc(3 * px)), np.uint8)


def _large(mask: Grey) -> Grey:
    """The components of a mask that are not much smaller than its largest."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    area = stats[:, cv2.CC_STAT_AREA]
    large = area > _LEAST_PIECE * area[1:].max(initial=0)
    large[0] = False
    return np.asarray(large[labels], np.uint8)


def _flecks(hard: Grey, opaque: _Mask, px: float) -> Grey:
    """Small pieces inside the cloth that are not in its mask, but are cloth: black folds, and shade that skin warms."""
    rest = (opaque & (hard == 0)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(rest, connectivity=8)
    touching = np.unique(labels[(rest > 0) & (cv2.dilate(hard, np.ones((3, 3), np.uint8)) > 0)])
    fleck = np.zeros(count, np.bool_)
    fleck[touching] = stats[touching, cv2.CC_STAT_AREA] < _LARGEST_FLECK * (px * _FACE_PX) ** 2
    return np.asarray(fleck[labels], np.uint8)


def _chips(relative: Floats, share: Floats, alpha: Grey, px: float) -> Floats:
    """(h, w): 1 on pixels at the figure's edge as white as the cloth nearby: the collar's far side behind the neck."""
    beside = cv2.dilate((share > 0.5).astype(np.uint8), _disc(_CHIP_PX * px)) > 0
    at_edge = cv2.dilate((alpha < 64).astype(np.uint8), _disc(_CHIP_PX * px)) > 0
    white = (alpha > 24) & (relative @ _LUMINANCE > _CHIP_LIGHT) & (_warmth(relative) < _CHIP_WARM) & beside & at_edge
    return np.asarray(white, np.float32)


def _shares(relative: Floats, hard: Grey, opaque: _Mask, px: float, reach_px: float) -> Floats:
    """(h, w), in [0, 1]: how much of each opaque pixel is cloth, which is all or nothing except along borders.

    Borders reach `reach_px` into the cloth, and farther beside hair.
    """
    other = (opaque & (hard == 0)).astype(np.uint8)
    inside, outside = _distance(other) / px, _distance(hard) / px
    hair = _hair(relative @ _LUMINANCE, _from_the_head(other), px)
    cloth = _weights((hard > 0) & (inside > 3 + 9 * hair), hard)
    rest = _weights((other > 0) & (outside > 2.5 + 9 * hair), other)
    sides = _Sides(_spread(relative, cloth, px), _spread(relative, rest, px))
    share = _of_the_sides(sides, relative, hair, outside)
    within = 1 - (1 - share) * (1 - smoothstep(0.7, 1, inside / (reach_px + 16 * hair)))
    beyond = share * (1 - smoothstep(0.7, 1, outside / (8 + 17 * hair)))
    return np.asarray(np.where(hard > 0, within, beyond) * opaque, np.float32)


def _hair(light: Floats, other: Grey, px: float) -> Floats:
    """(h, w), in [0, 1]: how much the surroundings without cloth are hair, which is rough, rather than skin."""
    around = cv2.GaussianBlur(light, (0, 0), 3 * px)
    rough = np.abs(np.log((light + 0.02) / (around + 0.02)))
    inner = cv2.erode(other, _disc(4 * px)).astype(np.float32)
    return smoothstep(_SMOOTH, _ROUGH, _spread(rough[..., None], inner, 2 * px)[..., 0])


def _weights(sure: _Mask, possible: Grey) -> Floats:
    """(h, w): weights of pixels for a side's colour; those near the other side count only where there are no others."""
    return np.asarray(sure + 1e-4 * possible, np.float32)


def _of_the_sides(sides: _Sides, relative: Floats, hair: Floats, outside: Floats) -> Floats:
    """(h, w), in [0, 1]: the share of the cloth along a border.

    The colour of skin spreads farther into cloth than its light, which is sharp; but light hair is no cloth.
    """
    by_colour, by_light = sides.unmixed(relative, _SAME_LIGHT), sides.between(relative)
    sharp = np.maximum(by_light * (1 - smoothstep(2.5, 4.5, outside)), 0)
    beside_skin = np.clip(by_colour, sharp, sharp + _SOFT)
    beside_hair = by_colour + np.maximum(by_light - by_colour, 0) * smoothstep(0.05, 0.25, by_colour)
    share = beside_skin + (beside_hair - beside_skin) * hair
    return np.asarray(np.clip((share - 0.01 - 0.02 * hair) / (0.97 - 0.07 * hair), 0, 1), np.float32)


def _to_the_edge(share: Floats, opaque: _Mask, alpha: Grey) -> Floats:
    """(h, w): the shares, where pixels that are not opaque, and a few beyond the figure's edge, take the nearest's."""
    _, labels = cv2.distanceTransformWithLabels(
        (~opaque).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_label = np.zeros(int(labels.max()) + 1, np.float32)
    of_label[labels[opaque]] = share[opaque]
    return np.asarray(np.where(_distance((alpha > 0).astype(np.uint8)) < 3, of_label[labels], 0), np.float32)


class _Sides(NamedTuple):
    """The colours of cloth and of its neighbour around each pixel, (…, 3) each."""

    cloth: Floats
    other: Floats

    def unmixed(self, colour: Floats, same_light: float) -> Floats:
        """(…,): the share of the cloth in a mixture whose two sides are in the same shade, by least squares.

        With a larger `same_light` the shade is nearer to that of the surroundings.
        """
        prior = same_light**2 * _dot(self.cloth, self.cloth)
        cc, co, oo = (_dot(a, b) + prior for a, b in ((self.cloth, self.cloth), self, (self.other, self.other)))
        c, o = _dot(colour, self.cloth) + prior, _dot(colour, self.other) + prior
        determinant = np.maximum(cc * oo - co * co, 1e-9)
        cloth = np.maximum((oo * c - co * o) / determinant, 0)
        other = np.maximum((cc * o - co * c) / determinant, 0)
        return np.asarray(cloth / np.maximum(cloth + other, 1e-6), np.float32)

    def between(self, colour: Floats) -> Floats:
        """(…,): where a colour is between the other side, 0, and the cloth, 1, in the light of the surroundings."""
        way = self.cloth - self.other
        return np.asarray(_dot(colour - self.other, way) / np.maximum(_dot(way, way), 1e-4), np.float32)


# Drawing


def dyed(portrait: Rgba, cloth: Cloth, colour: tuple[int, int, int]) -> Rgba:
    """The portrait (h, w, 4) with its cloth dyed: well-lit cloth has this sRGB colour, 0 to 255, on average.

    White gets a little darker. Pixels outside the mask, and alpha, stay the same. The cloth keeps its light; folds get
    deeper the less a channel of the colour reflects, since white folds light each other.
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
    """The portrait (h, w, 4) with a logo on its cloth, in the light and folds of the cloth.

    `logo` is uint8 (h, w, 4), straight alpha; it is drawn as large as fits into `place`, portrait pixels.
    The light is taken from `undyed`, the portrait before its cloth was dyed, or from `portrait` itself if None.
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
    """Where a logo goes: a square on the presenter's left, in portrait pixels."""
    x, y = (at + of_face * face_height for at, of_face in zip(chin, LOGO_AT, strict=True))
    half = LOGO_WIDTH * face_height / 2
    return round(x - half), round(y - half), round(x + half), round(y + half)


def _light(colour: Floats, cloth: Cloth) -> Floats:
    """(…,): the luminance of linear RGB (…, 3) over that of well-lit cloth."""
    return np.asarray(colour @ _LUMINANCE / np.float32(cloth.light), np.float32)


def _in_light(dye: Floats, light: Floats) -> Floats:
    """(…, 3): the colour of cloth with reflectance `dye`, (3,) or (…, 3), in `light` (…,), that of white cloth."""
    seen = np.minimum(dye, _KNEE + (dye - _KNEE) * ((_WHITEST - _KNEE) / (1 - _KNEE)))
    logs = np.log(np.maximum(light, _LEAST_LIGHT))[..., None]
    return np.asarray(seen * np.exp(logs * (1 + _DEEPENING * (1 - seen))), np.float32)


def _exchanged(before: Floats, alpha: Grey, share: Grey, edge: _Mask, dye: Floats, cloth: Cloth) -> Floats:
    """(n, 3): the colours of the n pixels of `edge`, with only the cloth's share of each dyed."""
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
    """The rows and columns of the portrait that a logo covers, in the middle of `place`; and the logo at that size,
    float32 (rows, columns, 4), premultiplied, linear.

    `size` is the portrait's height and width.
    """
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
    """A logo (h, w, 4) displaced along the slopes of the folds; the light on the cloth, `lit` (h, w), shows them."""
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
    """The rows and columns of a mask's bounding box with a margin, pixels."""
    x, y, width, height = cv2.boundingRect(mask)
    return slice(max(y - margin, 0), y + height + margin), slice(max(x - margin, 0), x + width + margin)


def _spread(values: Floats, weights: Floats, px: float) -> Floats:
    """(h, w, n): the weighted mean of values (h, w, n) around each pixel, mostly of near ones, weights (h, w).

    Normalised convolution at two widths, after Knutsson & Westin (1993).
    """
    weighted = np.concatenate([values * weights[..., None], weights[..., None]], axis=2)
    height, width = weights.shape
    small = cv2.resize(weighted, (-(-width // 4), -(-height // 4)), interpolation=cv2.INTER_AREA)
    wide = cv2.resize(cv2.GaussianBlur(small, (0, 0), 4 * px), (width, height), interpolation=cv2.INTER_LINEAR)
    both = cv2.GaussianBlur(weighted, (0, 0), 4 * px) + np.float32(0.02) * wide
    return np.asarray(both[..., :-1] / np.maximum(both[..., -1:], 1e-9), np.float32)


def _distance(mask: Grey) -> Floats:
    """(h, w): the distance of each pixel to the nearest of a mask, pixels."""
    return np.asarray(cv2.distanceTransform((mask == 0).astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def _disc(radius: float) -> Grey:
    side = 2 * round(radius) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray((a * b).sum(-1), np.float32)
