"""Where the eyes look and when they blink.

The eyes stay on the camera while the head turns (the vestibulo-ocular reflex), jump in saccades of one or two frames,
never glide, and glance away now and then. Lids follow the gaze up and down. Blinks come irregularly, about 15 a minute,
rather at the ends of phrases; a lid falls faster than it rises.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from limelight.acting.curves import Curve, ease, stream
from limelight.acting.head import HOME_S, Head
from limelight.acting.performance import INDEX
from limelight.acting.prosody import Prosody

#: The rotation of an eye, in degrees, that a weight of 1 stands for.
LOOK_SIDE_DEG, LOOK_DOWN_DEG, LOOK_UP_DEG = 35.0, 30.0, 25.0
#: Farthest that an eye turns in its socket.
FARTHEST_DEG = 11.0
#: No two blinks begin nearer to each other.
_BETWEEN_BLINKS_S = 1.1


@dataclass(frozen=True, slots=True)
class Eyes:
    """The motion of eyes and lids."""

    #: float64 (frames, 2), degrees against the head, right and down in the picture
    gaze: Curve
    #: float64 (frames,), 0 to 1
    blink: Curve
    #: seconds when each blink begins to close
    blinks_s: tuple[float, ...]


def move(prosody: Prosody, seed: int, t_s: Curve, end_s: float, head: Head) -> Eyes:
    """Gaze and lids at the times `t_s` of a scene of `end_s` seconds."""
    frame_s = float(t_s[1] - t_s[0]) if len(t_s) > 1 else 0.04
    times = _blink_times(prosody, seed, end_s)
    blink = _lids(seed, times, t_s, frame_s)
    target = _fixations(prosody, seed, t_s, end_s)
    gaze = target - np.stack([head.yaw, head.pitch], -1)
    gaze[:, 1] += 1.6 * blink  # the eyeball dips under the closing lid
    return Eyes(FARTHEST_DEG * np.tanh(gaze / FARTHEST_DEG), blink, tuple(times))


def weights(eyes: Eyes, out: Curve) -> None:
    """Write lids and eyeballs into `out` (frames, 52)."""
    x, y = eyes.gaze[:, 0], eyes.gaze[:, 1]
    right, left = np.maximum(x, 0) / LOOK_SIDE_DEG, np.maximum(-x, 0) / LOOK_SIDE_DEG
    # The presenter's left eye is at the right of the picture: to look there turns it outwards.
    out[:, INDEX["eyeLookOutLeft"]] = out[:, INDEX["eyeLookInRight"]] = right
    out[:, INDEX["eyeLookInLeft"]] = out[:, INDEX["eyeLookOutRight"]] = left
    down, up = np.maximum(y, 0), np.maximum(-y, 0)
    for side in ("Left", "Right"):
        out[:, INDEX["eyeLookDown" + side]] = down / LOOK_DOWN_DEG
        out[:, INDEX["eyeLookUp" + side]] = up / LOOK_UP_DEG
        # The upper lid rides on the eyeball.
        lid = np.clip(0.014 * np.maximum(y - 1.6 * eyes.blink, 0.0), 0.0, 0.16)
        out[:, INDEX["eyeBlink" + side]] = eyes.blink + (1 - eyes.blink) * lid
        out[:, INDEX["eyeWide" + side]] += 0.012 * up * (1 - eyes.blink)


def _blink_times(prosody: Prosody, seed: int, end_s: float) -> list[float]:
    """When blinks begin: irregular, drawn to the ends of phrases, never across the joint of two scenes."""
    rng = stream(seed, "blinks")
    ends = [b for _, b in prosody.phrases]
    times: list[float] = []
    t = float(rng.uniform(0.4, 2.8))
    while t < end_s - 0.45:
        near = [b - 0.02 for b in ends if abs(b - t) < 0.9 and (not times or b - times[-1] > _BETWEEN_BLINKS_S)]
        if near and rng.uniform() < 0.75:
            t = min(near, key=lambda b: abs(b - t))
        if t >= end_s - 0.45:
            break
        times.append(t)
        # Between blinks: a skewed spread about 3.9 s.
        t += _BETWEEN_BLINKS_S + float(np.clip(rng.gamma(2.1, 1.32), 0.15, 7.0))
    return times


def _lids(seed: int, times: list[float], t_s: Curve, frame_s: float) -> Curve:
    rng = stream(seed, "lids")
    blink = np.zeros_like(t_s)
    if not t_s.size:
        return blink
    for start in times:
        close, hold, rise, depth = rng.uniform(size=4)
        close_s, hold_s, open_s = 0.060 + 0.030 * close, 0.015 + 0.035 * hold, 0.110 + 0.070 * rise
        depth = 1.0 if depth < 0.8 else 0.86 + 0.1 * close
        # Shut in one frame for sure: the middle of the hold is moved to the nearest frame.
        middle = start + close_s + hold_s / 2
        middle = (round(middle / frame_s - 0.5) + 0.5) * frame_s
        a = middle - hold_s / 2 - close_s
        i, j = np.searchsorted(t_s, (a, a + close_s + hold_s + open_s))
        x = t_s[i:j] - a
        shape = depth * np.sqrt(ease(x / close_s)) * ease((close_s + hold_s + open_s - x) / open_s)
        blink[i:j] = np.maximum(blink[i:j], shape)
    return blink


def _fixations(prosody: Prosody, seed: int, t_s: Curve, end_s: float) -> Curve:
    """Where the gaze rests in the picture, degrees (frames, 2); 0 is the camera. Saccades of 25 to 50 ms between."""
    rng = stream(seed, "gaze")
    starts = [a for a, _ in prosody.phrases]
    out = np.zeros((len(t_s), 2))
    here = np.zeros(2)
    t = float(rng.uniform(0.5, 1.2))
    next_glance = float(rng.uniform(2.5, 6.0))
    away = False
    while t < end_s:
        if t > end_s - HOME_S:
            there, stay, away = np.zeros(2), end_s, False
        elif not away and t > next_glance and t < end_s - 2.0:
            # A glance aside or down, rather while a phrase is thought of than in its middle.
            side = rng.choice((-1.0, 1.0))
            there = np.array([side * rng.uniform(2.5, 6.5), rng.uniform(-1.8, 3.2)])
            stay, away = float(rng.uniform(0.32, 0.8)), True
            next_glance = t + float(rng.uniform(5.0, 11.0))
            coming = [a - 0.25 for a in starts if t - 1.0 < a - next_glance + t < t + 1.0]
            if coming:
                next_glance = coming[0]
        else:
            there, away = rng.normal(0.0, (0.55, 0.38)), False
            stay = float(rng.uniform(0.45, 1.9))
        size = float(np.hypot(*(there - here)))
        length = 0.021 + 0.0022 * size  # the main sequence of saccades
        i, j = np.searchsorted(t_s, (t, t + length))
        f = ease((t_s[i:j] - t) / length)[:, None]
        out[i:j] = here + (there - here) * f
        out[j:] = there
        here = there
        t += stay
    return out
