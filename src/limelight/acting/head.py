"""The head's motion: drift, a new posture with each phrase, nods with accents; and breath.

Drift is smooth noise over absolute time, so that nothing repeats; postures and nods are minimum-jerk moves, so that
nothing jumps. The head rises a little with the breath before a phrase, and follows the boundary tone at its end. A
listener tilts it and nods now and then. Every scene begins and ends in the portrait's own pose, so that scenes join
without a jump; the head starts to return before the scene ends, as people come to rest after the last word.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from limelight.acting.curves import Curve, knots, noise, soft_limit, steps, stream, swing
from limelight.acting.manner import AS_USUAL, Manner
from limelight.acting.prosody import Prosody

#: Farthest turn in degrees.
YAW_DEG, PITCH_DEG, ROLL_DEG = 6.5, 4.5, 3.2
#: Farthest shift in metres.
SHIFT_M = 0.006
#: The motion fades in from the portrait's pose, and out to it, over this time.
ENVELOPE_S = 0.9
#: The move to a scene's last posture, the portrait's own, begins this long before the end.
REST_S = 2.0
#: Random time between the postures of a silent presenter, from and to.
_IDLE_POSTURE_S = (2.8, 6.5)
#: A presenter who is silent for at least this long listens.
LISTENING_S = 1.2
#: Depth of the smallest nod, and how much the strongest accent adds.
_NOD_DEG, _NOD_BY_ACCENT_DEG = 0.35, 2.2
#: Duration of a nod, and how much longer a deeper one takes: the head turns no faster than about 19 degrees a second.
_NOD_S, _NOD_S_PER_DEG = 0.13, 0.065
#: How far the head sinks at the end of a statement, and rises and tilts at the end of a question.
_SINK_DEG, _LIFT_DEG, _ASKING_TILT_DEG = 0.75, 0.9, 1.1
#: How far the head rises with the breath before a phrase.
_GATHER_DEG = 0.4


@dataclass(frozen=True, slots=True)
class Head:
    """The head's motion."""

    #: float64 (frames,), degrees: yaw to the right of the picture, pitch downwards, roll clockwise in the picture
    yaw: Curve
    pitch: Curve
    roll: Curve
    #: float64 (frames, 2), metres, right and down in the picture
    shift: Curve


def scene_envelope(t_s: Curve, end_s: float) -> Curve:
    """(frames,) 0 at both ends of a scene of `end_s` seconds, 1 well inside; scales every offset from the portrait."""
    # Smoothstep has no speed at its ends either, but starts sooner than `ease`: a film must not begin with still
    # frames.
    x = np.clip(np.minimum(t_s, end_s - t_s) / max(min(ENVELOPE_S, end_s / 2), 1e-6), 0.0, 1.0)
    return np.asarray(x * x * (3 - 2 * x))


def move(prosody: Prosody, seed: int, t_s: Curve, end_s: float, breath: Curve, manner: Manner = AS_USUAL) -> Head:
    """The head at the times `t_s` of a scene of `end_s` seconds."""
    talk = _activity(prosody, t_s)
    yaw, pitch, roll = (_posture(prosody, seed, axis, end_s, t_s, manner) for axis in ("yaw", "pitch", "roll"))

    def drift(name: str, rate_hz: float) -> Curve:
        return noise(stream(seed, "head " + name), t_s, rate_hz * manner.pace)

    # A calm presenter still sways: drift shrinks less than gestures.
    lively = (0.7 + 0.3 * talk) * (0.35 + 0.65 * manner.head)
    yaw += lively * (0.75 * drift("yaw", 0.55) + 0.30 * drift("yaw quick", 1.8))
    pitch += lively * (0.45 * drift("pitch", 0.6) + 0.22 * drift("pitch quick", 1.9)) - 0.15 * breath
    roll += lively * (0.50 * drift("roll", 0.5) + 0.17 * drift("roll quick", 1.6))
    for gestures in (_nods(prosody, seed, t_s, manner), _listener(prosody, seed, t_s, end_s, manner)):
        for amount, curve in zip(gestures, (yaw, pitch, roll), strict=True):
            curve += amount
    sunk, tilted = _phrasing(prosody, seed, t_s, manner)
    pitch += sunk
    roll += tilted

    x = 0.0011 * drift("x", 0.35) * (0.5 + 0.5 * manner.head) + 0.00045 * yaw
    y = 0.0007 * drift("y", 0.4) + 0.00030 * pitch - 0.0006 * breath
    envelope = scene_envelope(t_s, end_s)
    return Head(
        soft_limit(yaw, YAW_DEG) * envelope,
        soft_limit(pitch, PITCH_DEG) * envelope,
        soft_limit(roll, ROLL_DEG) * envelope,
        np.stack([soft_limit(x, SHIFT_M), soft_limit(y, SHIFT_M)], -1) * envelope[:, None],
    )


def listening(prosody: Prosody, end_s: float) -> list[tuple[float, float]]:
    """The spans of time in which the presenter listens, (start, end) in seconds."""
    edges = [0.0, *(s for phrase in prosody.phrases for s in phrase), end_s]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= LISTENING_S]


def _activity(prosody: Prosody, t_s: Curve) -> Curve:
    """(frames,) 0 in silence, 1 in speech, eased over about half a second."""
    talk = np.zeros_like(t_s)
    for a, b in prosody.phrases:
        part, shape = swing(t_s, a - 0.45, 0.6, max(b - a - 0.2, 0.0), 0.7)
        talk[part] = np.maximum(talk[part], shape)
    return talk


def _posture(prosody: Prosody, seed: int, axis: str, end_s: float, t_s: Curve, manner: Manner) -> Curve:
    """One axis of the postures, degrees: one for each phrase, now and then one more, the portrait's own at last."""
    rng = stream(seed, "posture " + axis)
    spread = {"yaw": 2.1, "pitch": 0.85, "roll": 1.0}[axis] * manner.head
    if axis == "roll":
        spread *= manner.tilt
    when = stream(seed, "posture times")  # the axes move together
    starts = [a for a, _ in prosody.phrases]
    rest = end_s - REST_S
    moves: list[tuple[float, float, float]] = []
    at, value = 0.2, 0.0
    while at < rest - 0.9:
        length = float(when.uniform(0.55, 1.1)) / manner.pace
        # The new posture lies away from the last one, so that the two are never nearly the same.
        new = float(rng.normal(-0.35 * value, spread))
        value = float(np.clip(new, -2.0 * spread, 2.0 * spread))
        moves.append((at, length, value))
        after = at + float(when.uniform(*_IDLE_POSTURE_S)) / manner.pace
        near = [a - 0.15 for a in starts if at + 1.3 < a - 0.15 < after + 0.8]
        at = near[0] if near else after
    return steps(t_s, [*moves, (rest, 1.5, 0.0)])


def _nods(prosody: Prosody, seed: int, t_s: Curve, manner: Manner) -> tuple[Curve, Curve, Curve]:
    """Yaw, pitch and roll, degrees, of nods and small turns with accents; now and then a nod goes up, not down."""
    rng = stream(seed, "nods")
    yaw, pitch, roll = (np.zeros_like(t_s) for _ in range(3))
    free = -1.0
    for accent in prosody.accents:
        chance, size, side, tilt, rise, fall, up = rng.uniform(size=7)
        deep = manner.nods * (_NOD_DEG + _NOD_BY_ACCENT_DEG * accent.strength * (0.6 + 0.4 * size))
        if up < 0.07:
            deep *= -0.6
        rise_s = (_NOD_S + 0.06 * rise) / manner.pace + _NOD_S_PER_DEG * abs(deep)
        fall_s = (0.22 + 0.18 * fall) / manner.pace + _NOD_S_PER_DEG * abs(deep)
        often = manner.nods**0.5 * (0.36 + 0.75 * accent.strength)
        if accent.at_s - rise_s < free or chance > often:
            continue
        # The head is nearly back before it nods again.
        free = accent.at_s + 0.4 * fall_s
        part, shape = swing(t_s, accent.at_s - rise_s, rise_s, 0.02, fall_s)
        pitch[part] += shape * deep
        turn = manner.head * (0.5 + accent.strength)
        yaw[part] += shape * turn * 1.1 * (side - 0.5)
        roll[part] += shape * turn * manner.tilt * 0.9 * (tilt - 0.5)
        # Anticipation: a little move the other way before the nod.
        part, shape = swing(t_s, accent.at_s - rise_s - 0.20, 0.16, 0.0, 0.16)
        pitch[part] -= shape * 0.16 * deep
    return yaw, pitch, roll


def _phrasing(prosody: Prosody, seed: int, t_s: Curve, manner: Manner) -> tuple[Curve, Curve]:
    """Pitch and roll, degrees: up with the breath before a phrase, down after a statement, up and tilted after a
    question."""
    rng = stream(seed, "phrasing")
    size = 0.4 + 0.6 * manner.head
    pitch, roll = np.zeros_like(t_s), np.zeros_like(t_s)
    sunk: list[tuple[float, float, float]] = []
    tilted: list[tuple[float, float, float]] = []
    before = -1.0
    for (a, b), tone in zip(prosody.phrases, prosody.boundary_tones, strict=True):
        side, much = float(rng.choice((-1.0, 1.0))), float(rng.uniform(0.7, 1.2))
        taken = min(max(a - before, 0.0), 0.6) / 0.6
        part, shape = swing(t_s, a - 0.15 - 0.35 * taken, 0.15 + 0.3 * taken, 0.0, 0.55)
        pitch[part] -= shape * size * _GATHER_DEG * taken
        if sunk:
            sunk.append((a - 0.35, 0.6 / manner.pace, 0.0))
            tilted.append((a - 0.25, 0.7 / manner.pace, 0.0))
        to = _SINK_DEG * -tone if tone < 0 else -_LIFT_DEG * tone
        # The head still nods with a statement's last word, and sinks after it.
        sunk.append((b - (0.08 if tone < 0 else 0.35), 0.75 / manner.pace, size * much * to))
        tilted.append((b - 0.45, 0.8 / manner.pace, size * manner.tilt * side * _ASKING_TILT_DEG * max(tone, 0.0)))
        before = b
    return pitch + steps(t_s, sunk), roll + steps(t_s, tilted)


def _listener(prosody: Prosody, seed: int, t_s: Curve, end_s: float, manner: Manner) -> tuple[Curve, Curve, Curve]:
    """Yaw, pitch and roll, degrees, of a listener: a little tilted and turned, now and then one to three nods, each
    smaller than the last."""
    rng = stream(seed, "attention")
    pitch = np.zeros_like(t_s)
    aslant: list[tuple[float, float, float]] = []
    turned: list[tuple[float, float, float]] = []
    side = float(rng.choice((-1.0, 1.0)))
    for a, b in listening(prosody, end_s):
        at = a + float(rng.uniform(0.2, 0.6))
        while at < b - 0.8:
            amount = float(rng.uniform(0.7, 1.5))
            aslant.append((at, float(rng.uniform(0.8, 1.4)), side * amount * (0.4 + 0.6 * manner.head) * manner.tilt))
            turned.append((at, 1.2, -0.5 * side * amount * manner.head))
            side = -side
            at += float(rng.uniform(4.5, 9.0))
        back = b - (REST_S if b >= end_s else 0.6)
        aslant = [*(x for x in aslant if x[0] < back - 0.5), (back, 0.9, 0.0)]
        turned = [*(x for x in turned if x[0] < back - 0.5), (back, 0.9, 0.0)]
        for at, size, count in listener_nods(seed, a, b):
            for k in range(count):
                part, shape = swing(t_s, at + 0.44 * k, 0.20, 0.02, 0.32)
                pitch[part] += shape * size * 0.6**k * (0.35 + 0.65 * manner.nods)
    return steps(t_s, turned), pitch, steps(t_s, aslant)


def listener_nods(seed: int, a_s: float, b_s: float) -> list[tuple[float, float, int]]:
    """A listener's nods between two times: when, how deep in degrees, and how many in a row."""
    rng = stream(seed, f"listener's nods {round(a_s * 1000)}")
    found = []
    at = a_s + float(rng.uniform(1.3, 3.5))
    while at < b_s - 1.5:
        found.append((at, float(rng.uniform(0.7, 1.5)), int(rng.integers(1, 4))))
        at += float(rng.uniform(4.0, 9.0))
    return found


def breathe(prosody: Prosody, seed: int, t_s: Curve, end_s: float) -> Curve:
    """(frames,) how full the chest is, −1 to 1: 12 to 18 uneven breaths a minute, and one before a phrase where it
    fits.

    A speaker breathes in quickly, deeper before a longer phrase, and has breathed in when it begins (Winkworth et al.
    1995).
    """
    rng = stream(seed, "breath")
    before = [0.0] + [b for _, b in prosody.phrases]
    # Breaths before phrases with room for one: when each begins → its duration and depth.
    taken: dict[float, tuple[float, float]] = {}
    for (a, b), last in zip(prosody.phrases, before, strict=False):
        inhale = min(0.55, a - last - 0.03)
        if inhale >= 0.2:
            # With less time the breath is shallower: a chest has no jerks.
            taken[a - inhale] = inhale, min(float(np.clip(0.62 + 0.09 * (b - a), 0.7, 1.0)), 1.7 * inhale)
    at, level = [0.0], [0.0]
    t = -float(rng.uniform(0.0, 3.0))
    while t < end_s + 6.0:
        period = float(np.clip(rng.normal(4.1, 0.42), 3.4, 4.9))
        depth, share = float(rng.uniform(0.45, 0.75)), float(rng.uniform(0.36, 0.44))
        inhale = period * share
        if t in taken:
            inhale, depth = taken[t]
        after = t + period
        # Aim for the breath before a phrase, as the next breath or the one after it.
        near = [p for p in taken if t + 2.8 <= p <= t + 9.4]
        if near:
            aim = min(near, key=lambda p: abs(p - t - 4.1))
            after = aim if aim - t <= 5.4 else t + (aim - t) / 2
        for time, value in ((t, -depth * 0.8), (t + inhale, depth)):
            if time > at[-1] + 0.05:
                at.append(time)
                level.append(value)
        t = after
    return knots(t_s, np.array(at), np.array(level)) * scene_envelope(t_s, end_s)
