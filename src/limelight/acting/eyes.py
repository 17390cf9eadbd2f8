"""Gaze, blinks and lids.

The eyes stay on the camera while the head turns (the vestibulo-ocular reflex), move in saccades of one or two frames,
never glide, and glance away now and then. Lids follow the gaze up and down. Blinks come irregularly, about 15 a minute
and mostly at the ends of phrases; a lid falls faster than it rises, and one eye is a few milliseconds ahead of the
other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from limelight.acting.curves import Curve, ease, stream
from limelight.acting.head import ENVELOPE_S, Head, listening
from limelight.acting.manner import AS_USUAL, Manner
from limelight.acting.performance import INDEX
from limelight.acting.prosody import Prosody

#: The eye's rotation at a weight of 1.
LOOK_SIDE_DEG, LOOK_DOWN_DEG, LOOK_UP_DEG = 35.0, 30.0, 25.0
#: Farthest turn of an eye against the head.
FARTHEST_DEG = 11.0
#: Least time between the beginnings of two blinks, and the mean of the random time that is added to it.
_BETWEEN_BLINKS_S = 1.1
_BLINK_PAUSE_S = 2.77
#: One eye's lid is ahead of the other's by a random time in this range.
_BETWEEN_LIDS_S = (0.008, 0.015)
#: A listener looks at the speaker more than a speaker at the listener (Argyle and Cook 1976).
_LISTENING_GLANCES = 0.6


@dataclass(frozen=True, slots=True)
class Eyes:
    """The motion of eyes and lids."""

    #: float64 (frames, 2), degrees against the head, right and down in the picture
    gaze: Curve
    #: float64 (frames, 2), how far the presenter's left and right eye are shut, 0 to 1
    blinks: Curve

    @property
    def blink(self) -> Curve:
        """float64 (frames,), the mean of both eyes."""
        return np.asarray(self.blinks.mean(1))


def move(prosody: Prosody, seed: int, t_s: Curve, end_s: float, head: Head, manner: Manner = AS_USUAL) -> Eyes:
    """Gaze and lids at the times `t_s` of a scene of `end_s` seconds."""
    frame_s = float(t_s[1] - t_s[0]) if len(t_s) > 1 else 0.04
    times = _blink_times(prosody, seed, end_s, manner)
    blinks = _lids(seed, times, t_s, frame_s, manner)
    target = _fixations(prosody, seed, t_s, end_s, manner)
    gaze = target - np.stack([head.yaw, head.pitch], -1)
    gaze[:, 1] += 1.6 * blinks.mean(1)  # the eyeball dips under the closing lid
    return Eyes(FARTHEST_DEG * np.tanh(gaze / FARTHEST_DEG), blinks)


def weights(eyes: Eyes, out: Curve) -> None:
    """Write the weights of lids and eyeballs into `out` (frames, 52)."""
    x, y = eyes.gaze[:, 0], eyes.gaze[:, 1]
    right, left = np.maximum(x, 0) / LOOK_SIDE_DEG, np.maximum(-x, 0) / LOOK_SIDE_DEG
    # The presenter's left eye is at the picture's right, so a look to the right turns it outwards.
    out[:, INDEX["eyeLookOutLeft"]] = out[:, INDEX["eyeLookInRight"]] = right
    out[:, INDEX["eyeLookInLeft"]] = out[:, INDEX["eyeLookOutRight"]] = left
    down, up = np.maximum(y, 0), np.maximum(-y, 0)
    for side, blink in zip(("Left", "Right"), eyes.blinks.T, strict=True):
        out[:, INDEX["eyeLookDown" + side]] = down / LOOK_DOWN_DEG
        out[:, INDEX["eyeLookUp" + side]] = up / LOOK_UP_DEG
        # The upper lid rides on the eyeball.
        lid = np.clip(0.014 * np.maximum(y - 1.6 * blink, 0.0), 0.0, 0.16)
        out[:, INDEX["eyeBlink" + side]] = blink + (1 - blink) * lid
        out[:, INDEX["eyeWide" + side]] += 0.012 * up * (1 - blink)


def _blink_times(prosody: Prosody, seed: int, end_s: float, manner: Manner) -> list[float]:
    """When blinks begin, seconds: irregular, drawn to the ends of phrases, never across the joint of two scenes."""
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
        # A gamma distribution; a manner of few blinks makes the whole interval longer.
        usual = float(np.clip(rng.gamma(2.1, _BLINK_PAUSE_S / 2.1), 0.15, 7.0))
        t += _BETWEEN_BLINKS_S + usual + (1 / manner.blinks - 1) * (_BETWEEN_BLINKS_S + usual)
    return times


def _lids(seed: int, times: list[float], t_s: Curve, frame_s: float, manner: Manner) -> Curve:
    """(frames, 2): how far the left and the right eye are shut."""
    rng, between = stream(seed, "lids"), stream(seed, "between lids")
    blinks = np.zeros((len(t_s), 2))
    if not t_s.size:
        return blinks
    ahead = int(between.integers(2))
    for start in times:
        close, hold, rise, depth = rng.uniform(size=4)
        close_s, hold_s, open_s = 0.060 + 0.030 * close, 0.015 + 0.035 * hold, 0.110 + 0.070 * rise
        open_s *= 0.75 + 0.25 / manner.pace  # calm lids rise more slowly
        depth = 1.0 if depth < 0.8 else 0.86 + 0.1 * close
        # Move the middle of the hold to the nearest frame, so that at least one frame shows the lid shut.
        middle = start + close_s + hold_s / 2
        middle = (round(middle / frame_s - 0.5) + 0.5) * frame_s
        first_s = middle - hold_s / 2 - close_s
        lag_s = float(between.uniform(*_BETWEEN_LIDS_S))
        for eye in range(2):
            a = first_s + (-0.5 if eye == ahead else 0.5) * lag_s
            i, j = np.searchsorted(t_s, (a, a + close_s + hold_s + open_s))
            x = t_s[i:j] - a
            shape = depth * np.sqrt(ease(x / close_s)) * ease((close_s + hold_s + open_s - x) / open_s)
            blinks[i:j, eye] = np.maximum(blinks[i:j, eye], shape)
    return blinks


def _fixations(prosody: Prosody, seed: int, t_s: Curve, end_s: float, manner: Manner) -> Curve:
    """Where the gaze rests, degrees (frames, 2), right and down, 0 is the camera; saccades of 25 to 50 ms between."""
    rng = stream(seed, "gaze")
    starts = [a for a, _ in prosody.phrases]
    out = np.zeros((len(t_s), 2))
    here = np.zeros(2)
    t = float(rng.uniform(0.5, 1.2))
    next_glance = float(rng.uniform(2.5, 6.0)) / manner.glances
    silent = listening(prosody, end_s)
    steady = 0.55 + 0.45 * manner.glances
    away = False
    while t < end_s:
        if t > end_s - ENVELOPE_S:
            there, stay, away = np.zeros(2), end_s, False
        elif not away and t > next_glance and t < end_s - 2.0:
            # A glance aside or down, if possible before a phrase rather than in its middle.
            side = rng.choice((-1.0, 1.0))
            there = steady * np.array([side * rng.uniform(2.5, 6.5), rng.uniform(-1.8, 3.2)])
            stay, away = float(rng.uniform(0.32, 0.8)), True
            often = manner.glances * (_LISTENING_GLANCES if any(a < t < b for a, b in silent) else 1.0)
            next_glance = t + float(rng.uniform(5.0, 11.0)) / often
            coming = [a - 0.25 for a in starts if t - 1.0 < a - next_glance + t < t + 1.0]
            if coming:
                next_glance = coming[0]
        else:
            there, away = steady * rng.normal(0.0, (0.55, 0.38)), False
            stay = float(rng.uniform(0.45, 1.9))
            if t + stay > end_s:  # the gaze must be back on the camera in time
                stay = end_s - ENVELOPE_S - t + 0.001
        size = float(np.hypot(*(there - here)))
        length = 0.021 + 0.0022 * size  # the main sequence of saccades
        i, j = np.searchsorted(t_s, (t, t + length))
        f = ease((t_s[i:j] - t) / length)[:, None]
        out[i:j] = here + (there - here) * f
        out[j:] = there
        here = there
        t += stay
    return out
