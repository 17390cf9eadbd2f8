"""Draws the face: blends the keys of each region in one texture space and draws one mesh, open at mouth and eyes.

This is the multidimensional morphable model of Ezzat, Geiger and Poggio (2002), with exact correspondences from the
mesh in place of optical flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.acting.performance import INDEX
from limelight.jit import jit
from limelight.puppet import raster
from limelight.puppet.motion import Motion, add_scaled, weighted_sum
from limelight.puppet.pack import Face as FacePack
from limelight.puppet.pack import Pack, Region, Rgba
from limelight.puppet.ramp import smoothstep
from limelight.puppet.raster import View

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

#: Subtracted from each key's weight, as a share of the best one's, so that weak keys drop out smoothly.
_WEAKEST_KEY = 0.05
#: Changes of colour by keys are kept in steps of this many levels, or of more where they are large.
_FINEST_STEP = 0.5
#: Added to the squared distance of two expressions: the more, the more broadly neighbouring keys mix.
_SOFTNESS_PX2 = 0.25
_FALLOFF = 2.5
#: Extra weight of the lips in the distance of two expressions.
_LIP_EMPHASIS = 6.0


class Face:
    """Draws the skin of the face and the inside of the mouth."""

    def __init__(self, pack: Pack, motion: Motion, skin_scale: float, mouth_scale: float) -> None:
        self._pack, self._motion = pack, motion
        face = pack.face
        self._shapes = np.flatnonzero(np.abs(face.deltas).max((1, 2)) > 1e-6).astype(np.int32)
        self._deltas = face.deltas[self._shapes].reshape(len(self._shapes), -1)
        self._load_textures(skin_scale)
        self._triangles = self._seen(face.triangles)
        names = [key.name for key in self._mouth.region.keys]
        self._pressed = 1 + names.index("PP") if "PP" in names else 0
        self._interior = Interior(pack, motion, mouth_scale)
        #: the triangles that can be seen close to an opening: for `skin`
        self.beside_mouth = self._beside(face.inner_lip)
        self.beside_eyes = [self._beside(opening) for opening in pack.eyes.openings]

    def _seen(self, triangles: Ints) -> Ints:
        """int32 (T, 3): the triangles of which the feather shows anything."""
        rows, columns = self._feather.shape
        shown = cv2.dilate(self._feather, np.ones((9, 9), np.uint8))
        at = np.clip(np.rint(self._uv - 0.5).astype(int), 0, (columns - 1, rows - 1))
        return np.ascontiguousarray(triangles[(shown[at[:, 1], at[:, 0]] > 0)[triangles].any(1)])

    def _beside(self, opening: Ints) -> Ints:
        """int32 (T, 3): the triangles within half of its own size of an opening, vertices `opening`, at rest."""
        at_rest = self._pack.project(self._pack.face.vertices)
        low, high = at_rest[opening].min(0), at_rest[opening].max(0)
        room = (high - low).max() / 2
        corners = at_rest[self._triangles]
        near = ((corners.max(1) > low - room) & (corners.min(1) < high + room)).all(1)
        return np.ascontiguousarray(self._triangles[near])

    def _load_textures(self, scale: float) -> None:
        skin = _skin(_Same(self._pack.face), self._pack.focal, scale)
        self._feather, self._uv = skin.feather, skin.uv
        #: int16 (3, h, w): the blended colour, straight
        self._colour = np.ascontiguousarray(skin.neutral[..., :3].transpose(2, 0, 1).astype(np.int16))
        shown = np.dstack([skin.neutral[..., :3], self._feather])
        self._texture = np.ascontiguousarray(raster.premultiply(shown))
        self._regions = [_RegionBlend(keys) for keys in skin.regions]
        self._mouth = next((r for r in self._regions if r.region.name == "mouth"), self._regions[0])

    def key_mix(self, weights: Floats) -> Floats:
        """float32 (1 + keys,), the shares of the neutral key and of each other key of the mouth at these weights (52,);
        they sum to 1."""
        return self._mouth.mix(weights)

    def texture(self, weights: Floats) -> Rgba:
        """The texture at these weights (52,): uint8 (h, w, 4), premultiplied by the feather; valid until the next
        call."""
        for region in self._regions:
            region.blend(weights, self._feather, self._colour, raster.packed(self._texture))
        return self._texture

    def vertices(self, weights: Floats) -> Floats:
        """float32 (V, 2), film pixels: the vertices with the expression of weights (52,), before the head moves."""
        face = self._pack.face
        moved = weighted_sum(weights, self._shapes, self._deltas).reshape(-1, 3)
        film = self._motion.projected(face.vertices, moved)
        if face.seal is not None:
            mix, scale = self.key_mix(weights), np.float32(self._motion.placement.scale)
            for seal, share in zip(face.seal, (mix[0], mix[self._pressed]), strict=True):
                add_scaled(film.reshape(-1), seal.reshape(-1), share * scale)
        return film

    def points(self, weights: Floats) -> Floats:
        """float32 (V, 2), film pixels: the vertices with the expression of weights (52,), moved with the head."""
        return self._motion.with_head(self.vertices(weights))

    def skin(
        self, view: View, points: Floats, texture: Rgba, triangles: Ints | None = None, holes: Ints = raster.NO_HOLES
    ) -> Rgba:
        """The skin alone, in a view's size, with hard edges at mouth and eyes.

        `points` (V, 2) and `texture` are as `points()` and `texture()` give them; `triangles`, by default all, are
        those to draw; `holes` are as of `raster.meshed`.
        """
        triangles = self._triangles if triangles is None else triangles
        return raster.meshed(view, texture, points, self._uv, triangles, holes)

    def draw_mouth(self, view: View, edge: Floats, weights: Floats, tongue: float) -> None:
        """Draw the inside of the mouth; `edge` (N, 2) is that of the lips, film pixels, `tongue` 0 to 1."""
        self._interior.draw(view, weights, tongue, view.points(edge))


@dataclass(frozen=True, slots=True)
class _Skin:
    """A face's textures at the scale of a film; never changed, and shared by the scenes that it is drawn in."""

    #: uint8 (h, w), the part of it that shows anything
    feather: NDArray[np.uint8]
    #: float32 (V, 2), texels
    uv: Floats
    #: uint8 (h, w, 4), straight colour with the confidence as alpha
    neutral: Rgba
    regions: tuple[_Keys, ...]


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys of one region; arrays as of `raster.blend_region`."""

    region: Region
    #: (1 + keys, 52), and the metric of `_expression_metric`
    weights: Floats
    metric: Floats
    mask: NDArray[np.uint8]
    spans: Ints
    changes: NDArray[np.int8]
    sure: NDArray[np.uint8]
    step: float
    top: int
    left: int


class _Same:
    """A key of a cache: equal for the same object alone, which it keeps."""

    def __init__(self, face: FacePack) -> None:
        self.face = face

    def __hash__(self) -> int:
        return id(self.face)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.face is other.face


def forget_textures() -> None:
    """Let go of what is kept of faces."""
    _skin.cache_clear()


@lru_cache(maxsize=1)
def _skin(of: _Same, focal: float, scale: float) -> _Skin:
    face = of.face
    feather = raster.resized(face.feather, scale)
    # Blend only the part that the feather ever shows.
    rows, columns = (np.flatnonzero(feather.max(axis) > 0) for axis in (1, 0))
    top, left = max(int(rows[0]) - 2, 0), max(int(columns[0]) - 2, 0)
    part = np.s_[top : rows[-1] + 3, left : columns[-1] + 3]
    exact = feather.shape[1] / face.feather.shape[1], feather.shape[0] / face.feather.shape[0]
    uv = (face.uv * np.array(exact) - np.array([left, top])).astype(np.float32)
    feather = np.ascontiguousarray(feather[part])
    neutral = np.ascontiguousarray(raster.resized(face.neutral, scale)[part])
    regions = tuple(_keys(face, focal, region, neutral, feather, scale, part) for region in face.regions)
    return _Skin(feather, uv, neutral, regions)


def _keys(
    face: FacePack,
    focal: float,
    region: Region,
    neutral: Rgba,
    feather: NDArray[np.uint8],
    scale: float,
    part: tuple[slice, slice],
) -> _Keys:
    """The keys of a region at a scale; `neutral` and `feather` are those of the `part` of the texture that is used."""
    x0, y0, x1, y1 = region.rect
    whole = np.zeros(face.feather.shape, np.uint8)
    whole[y0:y1, x0:x1] = region.mask
    mask = raster.resized(whole, scale)[part]
    rows, columns = (np.flatnonzero(mask.max(axis) > 0) for axis in (1, 0))
    top, left = int(rows[0]), int(columns[0])
    here = np.s_[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    layers = [neutral[here]]
    for key in region.keys:
        canvas = np.zeros((*whole.shape, 4), np.uint8)
        canvas[y0:y1, x0:x1] = key.texture
        # Its straight colour and its confidence, each scaled on its own.
        layers.append(raster.resized(canvas, scale)[part][here])
    mask = np.ascontiguousarray(mask[here])
    return _Keys(
        region,
        np.stack([np.zeros(len(INDEX), np.float32), *(key.weights for key in region.keys)]),
        _expression_metric(face, focal, region),
        mask,
        raster.spans(np.minimum(mask, feather[here])),
        *_changes(layers),
        top,
        left,
    )


class _RegionBlend:
    """Blends the keys of one region into the texture of the face."""

    def __init__(self, keys: _Keys) -> None:
        self.region, self._given = keys.region, keys
        others, towards = keys.weights[1:], keys.metric @ keys.weights[1:].T
        #: for regions of which each key has a share of its own: how far weights (52,) lead towards each, (keys, 52)
        self._towards = np.ascontiguousarray((towards / np.einsum("ks,sk->k", others, towards)).T, np.float32)
        self._share = np.zeros((3, *keys.mask.shape), np.int16)
        self._blended = np.eye(len(keys.weights), dtype=np.int16)[0]

    def mix(self, weights: Floats) -> Floats:
        """float32 (1 + keys,), the shares of the neutral key and of each other key at these weights (52,); sum 1."""
        mix = np.empty(len(self._blended), np.float32)
        if self.region.mix == "nearest":
            _mix_nearest(weights, self._given.weights, self._given.metric, mix)
        else:
            _mix_along(weights, self._towards, mix)
        return mix

    def blend(
        self, weights: Floats, feather: NDArray[np.uint8], colour: NDArray[np.int16], out: NDArray[np.uint32]
    ) -> None:
        """Blend the region into the texture `out` (h, w), packed and premultiplied, unless it is there already.

        `feather` (h, w) and `colour` (3, h, w) are as in `raster.blend_region`.
        """
        # In steps, so that a region is blended again only for a visible change.
        mix = np.round(self.mix(weights) / raster.MIX_STEP).astype(np.int16)
        if (mix == self._blended).all():
            return
        active, keys = np.flatnonzero(mix).astype(np.int32), self._given
        raster.blend_region(
            keys.changes,
            keys.sure,
            keys.step,
            active,
            mix[active],
            keys.mask,
            feather,
            keys.spans,
            self._share,
            colour,
            out,
            keys.top,
            keys.left,
        )
        self._blended = mix


@jit
def _mix_nearest(weights: Floats, keys: Floats, metric: Floats, mix: Floats) -> None:
    """Shares `mix` (k,) of keys (k, 52), the larger the nearer they are to weights (52,) by a metric (52, 52)."""
    best, total, moved = np.float32(0), np.float32(0), np.empty_like(weights)
    for k in range(keys.shape[0]):
        distance, moved[:] = np.float32(0), 0
        for s in range(weights.shape[0]):
            if weights[s] != keys[k, s]:
                add_scaled(moved, metric[s], weights[s] - keys[k, s])
        for s in range(weights.shape[0]):
            distance += moved[s] * (weights[s] - keys[k, s])
        mix[k] = np.float32(1) / (distance + np.float32(_SOFTNESS_PX2)) ** np.float32(_FALLOFF)
        best = max(best, mix[k])
    for k in range(keys.shape[0]):
        mix[k] = max(mix[k] - np.float32(_WEAKEST_KEY) * best, np.float32(0))
        total += mix[k]
    for k in range(keys.shape[0]):
        mix[k] /= total


@jit
def _mix_along(weights: Floats, towards: Floats, mix: Floats) -> None:
    """Shares `mix` (1 + k,): those of keys by how far weights (52,) lead `towards` them (k, 52), and first the rest."""
    total = np.float32(0)
    for k in range(towards.shape[0]):
        along = np.float32(0)
        for s in range(weights.shape[0]):
            along += weights[s] * towards[k, s]
        mix[k + 1] = min(max(along, np.float32(0)), np.float32(1))
        total += mix[k + 1]
    for k in range(towards.shape[0]):
        mix[k + 1] /= max(total, np.float32(1))
    mix[0] = np.float32(1) - min(total, np.float32(1))


def _changes(keys: Sequence[Rgba]) -> tuple[NDArray[np.int8], NDArray[np.uint8], float]:
    """The changes int8 (K, h, 3, w), confidences (K, h, w) and step of `raster.blend_region`, of keys (h, w, 4)."""
    layers = np.stack(keys).astype(np.float32)
    sure = layers[..., 3]
    changes = (layers[..., :3] - layers[0, ..., :3]) * (sure[..., None] / np.float32(255))
    step = max(float(np.abs(changes).max()) / 127, _FINEST_STEP)
    return (
        np.ascontiguousarray(np.rint(changes / np.float32(step)).transpose(0, 1, 3, 2), np.int8),
        np.ascontiguousarray(sure, np.uint8),
        step,
    )


def share_of(region: Region, uv: Floats) -> Floats:
    """float32 (V,), in [0, 1]: how much each vertex, at `uv` (V, 2) in texels, belongs to a region."""
    x0, y0, x1, y1 = region.rect
    at = np.round(uv - 0.5).astype(int) - np.array([x0, y0])
    inside = (at >= 0).all(1) & (at[:, 0] < x1 - x0) & (at[:, 1] < y1 - y0)
    share = np.zeros(len(at), np.float32)
    share[inside] = region.mask[at[inside, 1], at[inside, 0]] / np.float32(255)
    return share


def _expression_metric(face: FacePack, focal: float, region: Region) -> Floats:
    """(52, 52) the metric G of expressions in a region: w·G·w is the mean squared motion of its vertices by weights w,
    in px²."""
    share = share_of(region, face.uv)
    counts = share * (1 + _LIP_EMPHASIS * np.clip(face.lips, 0, 1))
    moves = face.deltas[..., :2] * (focal / face.vertices[:, 2] * np.sqrt(counts))[:, None]
    flat = moves.reshape(len(moves), -1)
    # At 1.85 portrait pixels a millimetre, for which the constants were chosen.
    px_per_m = focal / float(face.vertices[:, 2].mean())
    return np.asarray(flat @ flat.T / max(float(share.sum()), 1.0) * (1850 / px_per_m) ** 2, np.float32)


class Interior:
    """Draws teeth, tongue and the dark of the mouth, seen through the opening of the lips."""

    #: sRGB deep inside; and the inner lips, which fill a narrow gap, as factors on the lips' colour.
    _CAVITY, _INNER_LIP = (30, 10, 10), (0.84, 0.74, 0.74)
    #: How far the inner lips reach inwards from the corners.
    _CORNER_MM = 6.0
    #: How far the inner lips reach behind the edges of the lips.
    _BEHIND_MM = 1.0
    #: Between these heights of the gap the wet inner lips give way to teeth and dark.
    _GAP_FROM_MM, _GAP_TO_MM = 0.4, 1.3
    #: Light in the mouth has passed through skin: factors on red, green and blue in the middle and at the corners.
    TINT, _DIM = (1.0, 0.96, 0.92), (0.42, 0.2, 0.18)
    #: The lips' shadow: the share of red, green and blue light that it takes, its blur, and how far it falls.
    _SHADOW, _SHADOW_SOFT_MM, _SHADOW_DROP_MM = (0.36, 0.42, 0.44), 1.1, 0.7

    def __init__(self, pack: Pack, motion: Motion, scale: float) -> None:
        self._pack, self._motion, self._scale = pack, motion, scale
        mouth = pack.mouth
        self._upper = self._layer(mouth.upper, 1.0, mouth.lit)
        self._lower = [(jaw, self._layer(image, 0.86)) for jaw, image in mouth.lower]
        self._tongue = [(jaw, self._layer(image, 0.98)) for jaw, image in mouth.tongue]
        between, image = mouth.tongue_between
        self._between = [(between, self._layer(image, 0.92))]
        self._film_px_per_m = motion.placement.scale * pack.focal / float(mouth.jaw_origin[2])
        lips = np.round(pack.face.uv[pack.face.lips > 0.7] - 0.5).astype(int)
        lip = np.median(pack.face.neutral[lips[:, 1], lips[:, 0], :3], 0)
        self._inner_lip = (lip * self._toned(self._INNER_LIP)).astype(np.float32)
        self._cavity = raster.packed(np.array([*self._toned(self._CAVITY), 255], np.uint8))
        self._shadow = self._toned(self._SHADOW).astype(np.float32)
        #: (52, 2), film pixels
        self._jaw_moves = np.ascontiguousarray(mouth.jaw_deltas[:, :2] * self._film_px_per_m, np.float32)
        x0, y0, x1, y1 = mouth.rect
        corners = np.array([[x, y] for y in np.linspace(y0, y1, 3) for x in np.linspace(x0, x1, 4)], np.float32)
        self._corners = motion.placement.to_film(corners)
        exact = self._upper.shape[1] / (x1 - x0), self._upper.shape[0] / (y1 - y0)
        self._uv = ((corners - np.array([x0, y0])) * np.array(exact)).astype(np.float32)
        self._triangles = raster.grid_triangles(3, 2)

    def _toned(self, colour: tuple[float, float, float]) -> NDArray[np.float64]:
        """A colour, grey as far as the portrait is black and white."""
        colourful = self._pack.mouth.colourful
        return np.array(colour) * colourful + sum(colour) / 3 * (1 - colourful)

    def _layer(self, rgba: Rgba, gain: float, lit: float = 0.0) -> Rgba:
        """A layer (h, w, 4), straight alpha, in the light of a mouth, warm in the middle, dim and red at the corners.

        The result is premultiplied, at the scale of the film. `lit`, 0 to 1, is how much of that light the layer's
        photograph already has.
        """
        x0, _, x1, _ = self._pack.mouth.rect
        half = (x1 - x0) / 2
        off_centre = np.abs(np.arange(rgba.shape[1]) + 0.5 + x0 - self._pack.landmarks.mouth[0]) / half
        near = 1 - 0.8 * smoothstep(0.14, 0.62, off_centre.astype(np.float32))[None, :, None]
        dimmed = near * self._toned(self.TINT) + (1 - near) * self._toned(self._DIM)
        light = gain * dimmed ** (1 - lit)
        shown = np.dstack([np.clip(rgba[..., :3] * light, 0, 255).astype(np.uint8), rgba[..., 3]])
        return raster.resized(raster.premultiply(shown), self._scale)

    def draw(self, view: View, weights: Floats, tongue: float, contour: Floats) -> None:
        """Draw everything inside the inner lip contour (N, 2), canvas pixels, moved with the head.

        `weights` (52,); `tongue`, 0 to 1, is how far its tip is raised.
        """
        mm = self._film_px_per_m * view.magnification / 1000
        behind = max(round(self._BEHIND_MM * mm), 1)
        x0, y0, x1, y1 = raster.box_of(contour, view.pixels, behind + 1)
        if x1 <= x0 or y1 <= y0:
            return
        origin = view.origin[0] + x0 / view.magnification, view.origin[1] + y0 / view.magnification
        inside = View(np.empty((y1 - y0, x1 - x0, 4), np.uint8), origin, view.magnification)
        opening = raster.polygon(contour - (x0, y0), inside.pixels)
        raster.packed(inside.pixels)[:] = self._cavity
        gain = float(np.clip(0.78 + 0.3 * _openness(weights), 0.78, 1.0))
        self._draw_on_jaw(inside, self._lower, weights, gain, 1.0)
        if tongue > 0.02:
            self._draw_on_jaw(inside, self._tongue, weights, gain, min(tongue, 1.0))
        self._draw_layer(inside, self._upper, np.zeros(2, np.float32), gain, 1.0)
        if (between := float(weights[INDEX["tongueOut"]])) > 0.02:
            self._draw_on_jaw(inside, self._between, weights, gain, min(between, 1.0))
        raster.darken(
            inside.pixels,
            raster.shadow(opening, self._SHADOW_SOFT_MM * mm, self._SHADOW_DROP_MM * mm),
            self._shadow,
        )
        self._add_inner_lips(inside.pixels, opening, mm, behind)
        raster.over(view.pixels[y0:y1, x0:x1], inside.pixels)

    def _add_inner_lips(self, canvas: Rgba, opening: NDArray[np.uint8], mm: float, behind: int) -> None:
        """Let the inside of the mouth (h, w, 4) fade to the inner lips in the corners, where the lips nearly meet, and
        behind their edges; clear what is farther behind. In place.

        There a real mouth shows wet lip, not the dark. Behind the edges of the skin, which is drawn later, nothing of
        the portrait's own mouth may show. `opening` (h, w) is 255 inside the lips; `mm` is pixels a millimetre,
        `behind` pixels.
        """
        gap_mm = cv2.reduce(opening, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0] / np.float32(255 * mm)
        columns = np.arange(opening.shape[1], dtype=np.float32)
        from_corner_mm = np.minimum(columns, columns[::-1]) / mm - self._BEHIND_MM
        inside = smoothstep(self._GAP_FROM_MM, self._GAP_TO_MM, gap_mm)
        inside = np.asarray(inside * smoothstep(0.5, self._CORNER_MM, from_corner_mm), np.float32)
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * behind + 1, 2 * behind + 1))
        raster.fade(canvas, inside, opening, self._inner_lip, np.asarray(cv2.dilate(opening, disc), np.uint8))

    def _draw_on_jaw(
        self, view: View, layers: list[tuple[float, Rgba]], weights: Floats, gain: float, alpha: float
    ) -> None:
        """Draw the layer for this opening of the jaw, moved by the rest of the expression; two neighbouring layers
        cross-fade. `layers` are (jawOpen, picture), rising."""
        jaws = [jaw for jaw, _ in layers]
        jaw = float(weights[INDEX["jawOpen"]])
        first = int(np.clip(np.searchsorted(jaws, jaw) - 1, 0, max(len(jaws) - 2, 0)))
        last = min(first + 1, len(jaws) - 1)
        share = 0.0 if first == last else float(np.clip((jaw - jaws[first]) / (jaws[last] - jaws[first]), 0, 1))
        moved = weights @ self._jaw_moves
        for which, opacity in ((first, 1.0 if share < 1 else 0.0), (last, share)):
            if opacity > 0:
                shift = moved - np.float32(jaws[which]) * self._jaw_moves[INDEX["jawOpen"]]
                self._draw_layer(view, layers[which][1], shift, gain, alpha * opacity)

    def _draw_layer(self, view: View, image: Rgba, shift: Floats, gain: float, alpha: float) -> None:
        points = view.points(self._motion.with_head(self._corners) + shift)
        raster.draw_triangles(view.pixels, image, points, self._uv, self._triangles, alpha, gain)


def _openness(weights: Floats) -> float:
    """How far the lips are apart, 0 to 1, which lets more light in."""
    jaw, close, lower, upper, funnel = (
        float(weights[INDEX[n]])
        for n in ("jawOpen", "mouthClose", "mouthLowerDownLeft", "mouthUpperUpLeft", "mouthFunnel")
    )
    return float(np.clip((jaw - close) / 0.25 + 0.8 * lower + 0.8 * upper + 0.35 * funnel, 0, 1))
