"""Shoulders and torso: few, small moves, always in time with the speech.

A presenter leans in for a phrase with strong accents, lifts the shoulders with a strong word and a little with the
breath before a phrase, turns a little between phrases, and leans in to listen. Each is a minimum-jerk move; every scene
begins and ends upright.
"""

from __future__ import annotations

import numpy as np

from limelight.acting.curves import Curve, noise, soft_limit, steps, stream, swing
from limelight.acting.head import REST_S, listening, scene_envelope
from limelight.acting.manner import AS_USUAL, Manner
from limelight.acting.prosody import Prosody

#: Farthest lift of the shoulders and lean, metres; farthest turn, degrees.
LIFT_M, LEAN_M, TURN_DEG = 0.006, 0.022, 2.5
#: At least this long between two lifts of the shoulders.
_BETWEEN_LIFTS_S = 5.0
#: An accent lifts the shoulders only when it is at least this strong.
_STRONG = 0.60
#: Breath before a phrase lifts the shoulders by this much more than the chest.
_BREATH_LIFT_M = 0.0014


def move(prosody: Prosody, seed: int, t_s: Curve, end_s: float, manner: Manner = AS_USUAL) -> Curve:
    """The body, float64 (frames, 3): shoulders up and lean towards the camera, metres; turn to the picture's right,
    radians."""
    envelope = scene_envelope(t_s, end_s)
    lift = manner.body * _lifts(prosody, seed, t_s) + _breath_lift(prosody, t_s)
    lean, turn = _postures(prosody, seed, t_s, end_s, manner)
    lean = manner.body * lean + 0.0012 * noise(stream(seed, "lean"), t_s, 0.22)
    turn = manner.body * turn + 0.22 * noise(stream(seed, "turn"), t_s, 0.18)
    return np.stack(
        [
            soft_limit(lift, LIFT_M) * envelope,
            soft_limit(lean, LEAN_M) * envelope,
            np.radians(soft_limit(turn, TURN_DEG)) * envelope,
        ],
        -1,
    )


def _breath_lift(prosody: Prosody, t_s: Curve) -> Curve:
    """Shoulders up, metres: they rise with the breath before a phrase and sink while it lasts."""
    lift = np.zeros_like(t_s)
    before = 0.0
    for a, b in prosody.phrases:
        taken = min(a - before, 0.6) / 0.6
        part, shape = swing(t_s, a - 0.1 - 0.4 * taken, 0.12 + 0.4 * taken, 0.0, min(0.6 + 0.5 * (b - a), 2.2))
        lift[part] = np.maximum(lift[part], _BREATH_LIFT_M * max(taken, 0.0) * shape)
        before = b
    return lift


def _lifts(prosody: Prosody, seed: int, t_s: Curve) -> Curve:
    """Shoulders up, metres: they rise with a strong word and sink again more slowly."""
    rng = stream(seed, "shoulders")
    lift = np.zeros_like(t_s)
    last = -_BETWEEN_LIFTS_S
    for accent in prosody.accents:
        chance, size, hold = rng.uniform(size=3)
        if accent.strength < _STRONG or accent.at_s - last < _BETWEEN_LIFTS_S or chance > 0.45:
            continue
        last = accent.at_s
        part, shape = swing(t_s, accent.at_s - 0.24, 0.26, 0.06 + 0.12 * hold, 0.60)
        lift[part] += (0.0022 + 0.0030 * size) * shape
    return lift


def _postures(prosody: Prosody, seed: int, t_s: Curve, end_s: float, manner: Manner) -> tuple[Curve, Curve]:
    """Lean in metres and turn in degrees: a posture for each phrase and for listening, upright at the end."""
    rng = stream(seed, "stance")
    leans: list[tuple[float, float, float]] = []
    turns: list[tuple[float, float, float]] = []
    turn = 0.0
    rest = end_s - REST_S
    for a, b in prosody.phrases:
        lean, side, length, stay = rng.uniform(size=4)
        strong = max((x.strength for x in prosody.accents if a <= x.at_s <= b), default=0.0)
        # Strong accents lean towards the viewer; a turn goes away from the last side, so that turns do not add up.
        leans.append((a - 0.25, (0.75 + 0.5 * length) / manner.pace, 0.004 + 0.012 * lean * strong))
        turn = float(np.clip(-0.4 * turn + 2.6 * (side - 0.5), -2.0, 2.0))
        turns.append((a - 0.2, (0.9 + 0.5 * length) / manner.pace, turn))
        if stay < 0.5:
            leans.append((b + 0.1, 1.2, 0.002))
    for a, b in listening(prosody, end_s):
        leans.append((a + 0.4, 1.4, 0.004 + 0.005 * float(rng.uniform())))
        if b < end_s:
            leans.append((b - 0.5, 1.0, 0.003))
    leans = sorted(x for x in leans if x[0] < rest - 0.5)
    turns = [x for x in turns if x[0] < rest - 0.5]
    return steps(t_s, [*leans, (rest, 1.6, 0.0)]), steps(t_s, [*turns, (rest, 1.6, 0.0)])
