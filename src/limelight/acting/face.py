"""Brows, cheeks and the corners of the mouth: brows go with accents and questions, a smile comes and goes.

The halves of a face are not mirror images: brows, lids and the corners of the mouth each have their own amplitude and
noise. A smile narrows the eyes and raises the cheeks, or it does not look genuine (Ekman and Friesen 1982); the shape
of the lips for a phoneme takes precedence over it. A scene begins and ends with the resting face of its manner.
"""

from __future__ import annotations

import numpy as np

from limelight.acting.coarticulation import Mouth
from limelight.acting.curves import Curve, noise, smooth, steps, stream, swing
from limelight.acting.eyes import Eyes
from limelight.acting.head import listener_nods, listening, scene_envelope
from limelight.acting.manner import AS_USUAL, Manner
from limelight.acting.performance import INDEX
from limelight.acting.prosody import Prosody

#: Weights of the smile of a speaker and of a listener, in addition to the resting face, from and to.
SPEAKING, LISTENING = (0.0, 0.09), (0.10, 0.22)
#: The share of a manner's smile while the presenter listens with closed lips, and where scenes join.
_LISTENING_SHARE = 0.75
#: The widest smile, and the widest one with closed lips: beyond it a line of teeth would show.
WIDEST_SMILE, _WIDEST_CLOSED = 0.72, 0.30
#: The share of a smile at the corners of the mouth that closed lips and round lips leave.
_SMILE_CLOSED, _SMILE_ROUND = 0.50, 0.50
#: The sum of the weights of pucker and funnel at which lips are fully round.
_ROUND = 0.75
#: Farthest that brows rise, and the least time between two raises.
HIGHEST_BROWS, _BETWEEN_BROWS_S = 0.46, 0.9
_BROWS = ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")
_SIDES = ("Left", "Right")


def weights(
    prosody: Prosody,
    seed: int,
    t_s: Curve,
    end_s: float,
    eyes: Eyes,
    mouth: Mouth,
    out: Curve,
    manner: Manner = AS_USUAL,
) -> None:
    """Add the weights of brows, lids, cheeks and smile to `out` (frames, 52), which already has those of the mouth."""
    envelope = scene_envelope(t_s, end_s)
    _brows(prosody, seed, t_s, end_s, eyes, envelope, out, manner)
    _smile(prosody, seed, t_s, end_s, envelope, mouth, out, manner)
    squint = 0.05 + 0.05 * noise(stream(seed, "squint"), t_s, 0.4)
    # Lids are never quite still: they open and sink by fractions of a millimetre.
    lids = 0.05 * noise(stream(seed, "lid drift"), t_s, 0.3)
    raised = np.maximum(out[:, INDEX["browInnerUp"]] - 0.06, 0.0)
    for side, own, blink in zip(_SIDES, _asymmetry(seed, "lids", t_s, 0.25), eyes.blinks.T, strict=True):
        lid = (lids + 0.02 * (own - 1) / 0.25) * envelope
        out[:, INDEX["eyeSquint" + side]] += np.maximum(squint * own, 0.0) * envelope
        out[:, INDEX["eyeWide" + side]] += np.maximum(lid, 0.0) + 0.18 * raised * (1 - blink)
        out[:, INDEX["eyeBlink" + side]] += 0.5 * np.maximum(-lid, 0.0) * (1 - blink)


def _asymmetry(seed: int, name: str, t_s: Curve, uneven: float) -> tuple[Curve, Curve]:
    """Factors about 1, (frames,), for the left and the right half of the face; their difference drifts slowly."""
    side = float(stream(seed, name + " side").uniform(-1.0, 1.0))
    more = uneven * np.tanh(0.6 * side + 0.7 * noise(stream(seed, name + " halves"), t_s, 0.15))
    return 1 + more, 1 - more


def _brows(
    prosody: Prosody, seed: int, t_s: Curve, end_s: float, eyes: Eyes, envelope: Curve, out: Curve, manner: Manner
) -> None:
    rng = stream(seed, "brows")
    rise = np.zeros((3, len(t_s)))
    frown = np.zeros_like(t_s)

    def raise_brows(at_s: float, size: float, up_s: float, hold_s: float, down_s: float) -> None:
        # A larger raise takes longer: brows do not snap.
        part, shape = swing(t_s, at_s, (up_s + 0.4 * size) / manner.pace, hold_s, (down_s + 0.3 * size) / manner.pace)
        uneven = 1 + rng.uniform(-0.22, 0.22, 3)
        rise[:, part] += size * uneven[:, None] * shape

    for (a, b), tone in zip(prosody.phrases, prosody.boundary_tones, strict=True):
        begins, size, hold, down = rng.uniform(size=4)
        if begins < 0.7 * manner.brows**0.5:
            raise_brows(a - 0.14, manner.brows * (0.08 + 0.13 * size), 0.22, 0.1 + 0.3 * hold, 0.4 + 0.3 * down)
        if tone > 0.25:  # a question, or an unfinished sentence: the brows rise and stay up
            raise_brows(b - 0.55, manner.brows**0.5 * (0.10 + 0.20 * tone), 0.28, 0.35 + 0.3 * hold, 0.6)
    last = -1.0
    for accent in prosody.accents:
        chance, size, kind, hold = rng.uniform(size=4)
        # A plain accent seldom moves the brows, the strongest nearly always.
        if accent.at_s - last < _BETWEEN_BROWS_S or chance > manner.brows**0.5 * 1.1 * accent.strength**2:
            continue
        last = accent.at_s
        if kind < 0.84:
            size = manner.brows * (0.04 + 0.34 * accent.strength * (0.6 + 0.4 * size))
            raise_brows(accent.at_s - 0.17 - 0.25 * size, size, 0.15, 0.04 + 0.4 * hold**2, 0.35)
        else:
            part, shape = swing(t_s, accent.at_s - 0.2, 0.22, 0.1, 0.4)
            frown[part] += (0.05 + 0.12 * size * accent.strength) * shape
    for a, b in listening(prosody, end_s):  # the brows move with a listener's nods
        for at, size, _ in listener_nods(seed, a, b):
            raise_brows(at - 0.1, manner.brows * 0.11 * size, 0.25, 0.3, 0.6)
    rise += 0.035 * np.stack([noise(stream(seed, "brow " + name), t_s, 0.5) for name in _BROWS])
    rise = manner.brow + np.maximum(rise, -0.05) * envelope
    rise = HIGHEST_BROWS * np.tanh(rise / HIGHEST_BROWS)
    for row, name in zip(rise, _BROWS, strict=True):
        out[:, INDEX[name]] += np.maximum(row, 0.0)
    lowered = frown * envelope + np.maximum(-rise.mean(0), 0.0)
    for side, own, blink in zip(_SIDES, _asymmetry(seed, "frown", t_s, 0.25), eyes.blinks.T, strict=True):
        out[:, INDEX["browDown" + side]] += lowered * own + 0.06 * blink


def _smile(
    prosody: Prosody, seed: int, t_s: Curve, end_s: float, envelope: Curve, mouth: Mouth, out: Curve, manner: Manner
) -> None:
    """Add a smile that is a little wider at the ends of phrases and while listening, and never equal on both sides."""
    rng = stream(seed, "smile")
    moves: list[tuple[float, float, float]] = []
    at = 0.0
    edges = sorted([b - 0.15 for _, b in prosody.phrases] + [a - 0.2 for a, _ in prosody.phrases])
    while at < end_s:
        speaking = any(a - 0.25 < at < b - 0.2 for a, b in prosody.phrases)
        size = float(rng.uniform(*(SPEAKING if speaking else LISTENING)))
        # A manner's smile varies too, so that the face is no mask.
        always = manner.smile * (1.0 if speaking else _LISTENING_SHARE) * float(rng.uniform(0.8, 1.2))
        moves.append((at, 0.9, size + always))
        after = at + float(rng.uniform(2.5, 5.5))
        at = next((e for e in edges if at + 1.0 < e < after), after)
    smile = steps(t_s, moves) + (0.018 + 0.05 * max(manner.smile, 0.0)) * noise(stream(seed, "smile drift"), t_s, 0.35)
    at_rest = _LISTENING_SHARE * manner.smile
    smile = at_rest + (np.maximum(smile, min(manner.smile, 0.0)) - at_rest) * envelope
    smile = np.where(smile > 0, WIDEST_SMILE * np.tanh(smile / WIDEST_SMILE), smile)
    left = _smile_share(mouth, out, t_s)
    shut = 1 - mouth.open_gate
    left *= 1 - shut * (1 - _WIDEST_CLOSED / np.maximum(smile, _WIDEST_CLOSED))
    for side, own in zip(_SIDES, _asymmetry(seed, "smile", t_s, 0.11), strict=True):
        seen, cheeks = smile * own, np.maximum(smile, 0.0) * own * (1 - 0.25 * shut)
        out[:, INDEX["mouthSmile" + side]] += seen * np.where(seen > 0, left, 1.0)
        # The cheeks rise and narrow the eyes: without that a smile does not look genuine.
        out[:, INDEX["cheekSquint" + side]] += 1.0 * cheeks
        out[:, INDEX["eyeSquint" + side]] += 0.60 * cheeks
        # The corners of the mouth go outwards as well as up; without that a broad smile looks pointed.
        out[:, INDEX["mouthDimple" + side]] += 0.18 * cheeks * left
        out[:, INDEX["mouthStretch" + side]] += 0.35 * cheeks * left
        # In silence a broad smile tightens the lips: full lips would part otherwise.
        out[:, INDEX["mouthStretch" + side]] += 0.9 * np.maximum(cheeks - 0.17, 0.0) * shut
        out[:, INDEX["mouthPress" + side]] += 0.30 * cheeks * shut


def _smile_share(mouth: Mouth, out: Curve, t_s: Curve) -> Curve:
    """(frames,) the share of a smile at the corners of the mouth that the phonemes leave."""
    if len(t_s) < 2:
        return np.ones_like(t_s)
    rounded = np.clip((out[:, INDEX["mouthPucker"]] + out[:, INDEX["mouthFunnel"]]) / _ROUND, 0.0, 1.0)
    left = (1 - (1 - _SMILE_CLOSED) * mouth.closed) * (1 - (1 - _SMILE_ROUND) * rounded)
    # The corners are slower than the lips: they yield a little before a contact, and always as much as it needs.
    slower = smooth(left, 0.03 / float(t_s[1] - t_s[0]))
    return np.minimum(left, slower)
