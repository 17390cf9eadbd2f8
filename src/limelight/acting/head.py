"""How the head is held: drift, a new posture with each phrase, nods with stressed words; and breath.

Slow drift is smooth noise of absolute time, so that nothing repeats; postures and nods are minimum-jerk moves, so that
nothing jumps. Every scene begins and ends in the portrait's own pose, so that scenes join without a jump.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from limelight.acting.curves import Curve, knots, noise, soft_limit, steps, stream, swing
from limelight.acting.prosody import Prosody

#: Farthest turn in degrees.
YAW_DEG, PITCH_DEG, ROLL_DEG = 6.5, 4.5, 3.2
#: Farthest shift in metres.
SHIFT_M = 0.006
#: The pose comes out of the portrait's and goes back into it over this long.
HOME_S = 0.9
#: A silent presenter shifts posture about this often.
_IDLE_POSTURE_S = (2.8, 6.5)


@dataclass(frozen=True, slots=True)
class Head:
    """The head's motion."""

    #: degrees: yaw to the right of the picture, pitch downwards, roll clockwise in the picture
    yaw: Curve
    pitch: Curve
    roll: Curve
    #: float64 (frames, 2), metres, right and down in the picture
    shift: Curve


def home(t_s: Curve, end_s: float) -> Curve:
    """0 at both ends of a scene of `end_s` seconds and 1 well inside; multiplies every offset from the portrait."""
    # Without speed at the ends, but sooner under way than `ease`: a film must not begin with still frames.
    x = np.clip(np.minimum(t_s, end_s - t_s) / max(min(HOME_S, end_s / 2), 1e-6), 0.0, 1.0)
    return np.asarray(x * x * (3 - 2 * x))


def move(prosody: Prosody, seed: int, t_s: Curve, end_s: float, breath: Curve) -> Head:
    """The head at the times `t_s` of a scene of `end_s` seconds."""
    talk = _activity(prosody, t_s)
    yaw, pitch, roll = (_posture(prosody, seed, axis, end_s, t_s) for axis in ("yaw", "pitch", "roll"))

    def drift(name: str, rate_hz: float) -> Curve:
        return noise(stream(seed, "head " + name), t_s, rate_hz)

    lively = 0.7 + 0.3 * talk
    yaw += lively * (0.75 * drift("yaw", 0.55) + 0.30 * drift("yaw quick", 1.8))
    pitch += lively * (0.45 * drift("pitch", 0.6) + 0.22 * drift("pitch quick", 1.9)) - 0.15 * breath
    roll += lively * (0.50 * drift("roll", 0.5) + 0.17 * drift("roll quick", 1.6))
    for amount, curve in zip(_nods(prosody, seed, t_s, end_s), (yaw, pitch, roll), strict=True):
        curve += amount

    x = 0.0011 * drift("x", 0.35) + 0.00045 * yaw
    y = 0.0007 * drift("y", 0.4) + 0.00030 * pitch - 0.0006 * breath
    at_home = home(t_s, end_s)
    return Head(
        soft_limit(yaw, YAW_DEG) * at_home,
        soft_limit(pitch, PITCH_DEG) * at_home,
        soft_limit(roll, ROLL_DEG) * at_home,
        np.stack([soft_limit(x, SHIFT_M), soft_limit(y, SHIFT_M)], -1) * at_home[:, None],
    )


def _activity(prosody: Prosody, t_s: Curve) -> Curve:
    """0 when silent, 1 in speech, eased over about half a second."""
    talk = np.zeros_like(t_s)
    for a, b in prosody.phrases:
        part, shape = swing(t_s, a - 0.45, 0.6, max(b - a - 0.2, 0.0), 0.7)
        talk[part] = np.maximum(talk[part], shape)
    return talk


def _posture(prosody: Prosody, seed: int, axis: str, end_s: float, t_s: Curve) -> Curve:
    """A pose for each phrase, and now and then another within a long one or in silence."""
    rng = stream(seed, "posture " + axis)
    spread = {"yaw": 2.1, "pitch": 0.85, "roll": 1.0}[axis]
    when = stream(seed, "posture times")  # the axes move together
    starts = [a for a, _ in prosody.phrases]
    moves: list[tuple[float, float, float]] = []
    at, value = 0.2, 0.0
    while at < end_s:
        length = float(when.uniform(0.55, 1.1))
        # Never twice about the same: the new pose lies away from the last.
        new = float(rng.normal(-0.35 * value, spread))
        value = float(np.clip(new, -2.0 * spread, 2.0 * spread))
        moves.append((at, length, value))
        after = at + float(when.uniform(*_IDLE_POSTURE_S))
        near = [a - 0.15 for a in starts if at + 1.3 < a - 0.15 < after + 0.8]
        at = near[0] if near else after
    return steps(t_s, moves)


def _nods(prosody: Prosody, seed: int, t_s: Curve, end_s: float) -> tuple[Curve, Curve, Curve]:
    """Nods and small turns with stressed words; seldom a listener's nod in silence."""
    rng = stream(seed, "nods")
    yaw, pitch, roll = (np.zeros_like(t_s) for _ in range(3))
    last = -1.0
    for accent in prosody.accents:
        chance, size, side, tilt, rise, fall = rng.uniform(size=6)
        if accent.at_s - last < 0.34 or chance > 0.30 + 0.6 * accent.strength:
            continue
        last = accent.at_s
        rise_s, fall_s = 0.16 + 0.10 * rise, 0.30 + 0.22 * fall
        part, shape = swing(t_s, accent.at_s - rise_s, rise_s, 0.02, fall_s)
        pitch[part] += shape * (0.5 + 1.5 * size * accent.strength)
        yaw[part] += shape * 1.0 * (side - 0.5)
        roll[part] += shape * 0.9 * (tilt - 0.5)
        # Gathering for the nod: a little up before it.
        part, shape = swing(t_s, accent.at_s - rise_s - 0.18, 0.14, 0.0, 0.14)
        pitch[part] -= shape * 0.22 * size
    at = float(rng.uniform(2.0, 6.0))
    while at < end_s - 1.0:
        size = float(rng.uniform(0.6, 1.3))
        if not any(a - 1.2 < at < b + 0.8 for a, b in prosody.phrases):
            for k, scale in enumerate((1.0, 0.55)[: int(rng.integers(1, 3))]):
                part, shape = swing(t_s, at + 0.42 * k, 0.20, 0.02, 0.32)
                pitch[part] += shape * size * scale
        at += float(rng.uniform(5.0, 11.0))
    return yaw, pitch, roll


def breathe(prosody: Prosody, seed: int, t_s: Curve, end_s: float) -> Curve:
    """How full the chest is, −1 to 1: 12 to 18 breaths a minute, never evenly, taken and deeper in pauses of speech."""
    rng = stream(seed, "breath")
    pauses = [a - 0.42 for a, _ in prosody.phrases]
    at, level = [0.0], [0.0]
    t = -float(rng.uniform(0.0, 3.0))
    while t < end_s + 6.0:
        period = float(np.clip(rng.normal(4.1, 0.42), 3.4, 4.9))
        taken = [p for p in pauses if t + 3.3 <= p <= t + 5.0]
        follows_pause = any(abs(p - t) < 0.05 for p in pauses)
        if taken:
            period = min(taken, key=lambda p: abs(p - t - 4.1)) - t
        depth = float(rng.uniform(0.78, 1.0) if follows_pause else rng.uniform(0.45, 0.75))
        inhale = 0.55 + 0.12 * float(rng.uniform()) if follows_pause else period * float(rng.uniform(0.36, 0.44))
        for time, value in ((t, -depth * 0.8), (t + inhale, depth)):
            if time > at[-1] + 0.05:
                at.append(time)
                level.append(value)
        t += period
    return knots(t_s, np.array(at), np.array(level)) * home(t_s, end_s)
