"""The inside of the mouth: teeth and tongue of the template, in the size, pose and light of a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from limelight.puppet import raster
from limelight.puppet.face import Interior
from limelight.puppet.pack import Mouth
from limelight.puppet.photo import landmarks as lm
from limelight.puppet.photo.fit import Fit, mouth_width
from limelight.puppet.photo.portrait import Portrait
from limelight.puppet.photo.registration import RegisteredPicture
from limelight.puppet.photo.teeth import Enamel, enamel_between
from limelight.puppet.photo.template import Template
from limelight.puppet.ramp import smoothstep

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

#: Enamel from the whites of the eyes: this many times as light, at most this light, its tint theirs to this power
#: (medians of nine people whose teeth and eyes are both visible); and the fewest pixels of the whites.
_TEETH_OF_WHITES, _BRIGHTEST, _PALER, _LEAST_WHITE_PX = 1.45, 196.0, 0.45, 30
#: The template's rows of teeth are too close: by nine people, the upper teeth end this much higher below the resting
#: lips, and the lower teeth show this much less above the lip of an open mouth.
_UPPER_RAISED_M, _LOWER_DROPPED_M = 0.002, 0.0028
#: Factors on gums and tongue of the template, which were lit in the open, for the light inside a mouth.
_GUMS = (0.62, 0.66, 0.64)
#: Factors on the light of enamel: without the shadow of the lips, from enamel seen between them; and of the template,
#: where only skin shows the light.
_IN_THE_OPEN, _FROM_SKIN = 0.95, 1.1


def mouth(t: Template, found: Fit, portrait: Portrait, further: Sequence[RegisteredPicture] = ()) -> Mouth:
    """Teeth and tongue of the template, in the size, pose and light of the picture's mouth.

    Enamel takes its colour from the picture, or else from a further one.
    """
    rest, model = found.project(found.landmarks), t.landmarks
    posed = found.project(found.posed(model))
    grow = float(np.clip(mouth_width(rest) / mouth_width(posed), 0.8, 1.25))
    # An affine map from layer pixels to portrait pixels, through three corners in space.
    height, width = t.mouth_layers.shape[1:3]
    (ax, ay, az), (bx, by, _) = t.mouth_corners
    corners = np.array([[ax, ay, az], [bx, ay, az], [ax, by, az]], np.float32)
    lip = (model[13] + model[14]) / 2
    lip = np.array([lip[0], lip[1], az], np.float32)
    grown = lip + (corners - lip) * np.array([grow, grow**0.5, 1], np.float32)
    to = found.project(found.posed(grown)) - found.project(found.posed(lip[None])) + (rest[13] + rest[14]) / 2
    low, high = np.floor(to.min(0) - 2).astype(int), np.ceil(to.max(0) + (to[1] - to[0]).clip(0) * 0 + 2).astype(int)
    high = np.maximum(high, np.ceil(to[1] + to[2] - to[0] + 2).astype(int))
    low = np.minimum(low, np.floor(to[1] + to[2] - to[0] - 2).astype(int))
    size = int(high[0] - low[0]), int(high[1] - low[1])
    source = np.array([[0, 0], [width, 0], [0, height]], np.float32) - 0.5
    map_ = cv2.getAffineTransform(source, (to - low - 0.5).astype(np.float32))
    light = _light(t, found, portrait, further)
    shrink = np.linalg.norm(to[1] - to[0]) / width

    to_head = np.asarray(found.rotation[:2, 1] * found.px_per_m, np.float32)

    def placed(layer: Bytes, drop: float) -> Bytes:
        soft = raster.premultiply(_dim(layer))
        if shrink < 0.8:
            soft = np.asarray(cv2.GaussianBlur(soft, (0, 0), 0.4 / shrink), np.uint8)
        moved = np.hstack([map_[:, :2], map_[:, 2:] + to_head[:, None] * drop]).astype(np.float32)
        out = cv2.warpAffine(soft, moved, size, flags=cv2.INTER_LINEAR).astype(np.float32)
        straight = out[..., :3] / np.maximum(out[..., 3:] / 255, 1 / 255) * light
        grey = straight @ np.array([0.3, 0.59, 0.11], np.float32)
        straight = grey[..., None] + (straight - grey[..., None]) * portrait.colourful
        return np.dstack([np.clip(straight, 0, 255), out[..., 3]]).astype(np.uint8)

    lower, tongue = int(t.mouth_counts[0]), int(t.mouth_counts[1])
    drops = [-_UPPER_RAISED_M, 0.0] + [_LOWER_DROPPED_M] * (lower + tongue)
    layers = [placed(layer, drop) for layer, drop in zip(t.mouth_layers, drops, strict=True)]
    jaws = [float(j) for j in t.mouth_jaws]
    rows = list(zip(jaws, layers, strict=True))
    return Mouth(
        rect=(int(low[0]), int(low[1]), int(high[0]), int(high[1])),
        upper=layers[0],
        lower=tuple(rows[2 : 2 + lower]),
        tongue=tuple(rows[2 + lower : 2 + lower + tongue]),
        tongue_between=rows[1],
        jaw_origin=found.posed(t.jaw_origin[None])[0],
        jaw_deltas=(t.jaw_deltas @ found.rotation.T).astype(np.float32),
        colourful=portrait.colourful,
    )


def _dim(layer: Bytes) -> Bytes:
    """A layer (h, w, 4) with gums and tongue, but not the enamel, as dark as inside a mouth."""
    colour = layer[..., :3].astype(np.float32)
    red = smoothstep(0.25, 0.5, (colour[..., 0] - colour[..., 1]) / np.maximum(colour[..., 0], 1))[..., None]
    return np.dstack([colour * (1 - red * (1 - np.array(_GUMS, np.float32))) + 0.5, layer[..., 3]]).astype(np.uint8)


def _light(t: Template, found: Fit, portrait: Portrait, further: Sequence[RegisteredPicture]) -> Floats:
    """float32 (3,): factors on the template's layers for the picture's light.

    The best measure is visible teeth; then the whites of the eyes, which lids shade and vessels redden; then the skin.
    """
    own = _median_tooth(t)
    if (mine := _enamel(portrait, found, t)) is not None:
        shown = [mine.colour]
    else:
        shown = [
            theirs.colour * one.gain
            for one in further
            if (theirs := enamel_between(one.picture, one.landmarks[list(lm.LIPS_INNER), :2])) is not None
        ]
    if shown:
        brightest = max(shown, key=lambda colour: float(colour.sum()))
        return np.asarray(np.clip(_IN_THE_OPEN * brightest / own / np.array(Interior.TINT), 0.3, 1.6), np.float32)
    if (white := _white_of_eyes(portrait, found, t)) is not None:
        paler = (white / white.mean()) ** _PALER
        enamel = np.minimum(_TEETH_OF_WHITES * white.mean(), _BRIGHTEST) * paler
        return np.asarray(enamel / own / np.array(Interior.TINT), np.float32)
    at = np.round(portrait.landmarks[[50, 280, 205, 425, 151, 9, 199], :2]).astype(int)
    height, width = portrait.picture.shape[:2]
    at = np.clip(at, 2, [width - 3, height - 3])
    seen_skin = np.median([portrait.picture[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).mean(0) for x, y in at], 0)
    grey = float(np.clip((seen_skin.mean() / t.skin.mean()) ** 0.5, 0.55, 1.1))
    cast = (seen_skin / seen_skin.mean()) / (t.skin / t.skin.mean())
    paler = own.mean() / own  # the template's enamel is warm, and keeps half of that
    return np.asarray(_FROM_SKIN * grey * np.clip(cast, 0.7, 1.4) ** 0.4 * paler**0.5, np.float32)


def _white_of_eyes(portrait: Portrait, found: Fit, t: Template) -> Floats | None:
    """float32 (3,), levels: the whites of the eyes without shadows and glints; None where too little of them shows."""
    inside = np.zeros(portrait.picture.shape[:2], np.uint8)
    for loop in (t.opening_left, t.opening_right):
        cv2.fillPoly(inside, [np.round(found.source[loop] - 0.5).astype(np.int32)], 255)
    inside = np.asarray(cv2.erode(inside, np.ones((3, 3), np.uint8)), np.uint8)
    for side in (0, 1):
        (x, y), radius = lm.iris(portrait.picture, portrait.landmarks, side)
        cv2.circle(inside, (round(x), round(y)), math.ceil(1.15 * radius), 0, -1)
    colours = portrait.picture[inside > 0].astype(np.float32)
    if len(colours) < _LEAST_WHITE_PX:
        return None
    colours = colours[np.argsort(colours.sum(1))]
    return np.asarray(colours[len(colours) // 2 : len(colours) * 9 // 10].mean(0), np.float32)


def _median_tooth(t: Template) -> Floats:
    """float32 (3,), levels: the enamel of the template."""
    layer = t.mouth_layers[0]
    colours = layer[layer[..., 3] > 250][:, :3].astype(np.float32)
    pale = colours[colours.max(1) - colours.min(1) < np.percentile(np.ptp(colours, 1), 40)]
    return np.asarray(np.median(pale, 0), np.float32)


def _enamel(portrait: Portrait, found: Fit, t: Template) -> Enamel | None:
    """The enamel between the lips of the picture; None where it shows none."""
    if found.open_mouth == 0:
        return None
    return enamel_between(portrait.picture, found.source[t.inner_lip])
