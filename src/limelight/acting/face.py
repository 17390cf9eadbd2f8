"""What brows, cheeks and the corners of the mouth do: raised brows with stresses, a smile that comes and goes."""

from __future__ import annotations

import numpy as np

from limelight.acting.curves import Curve, noise, steps, stream, swing
from limelight.acting.eyes import Eyes
from limelight.acting.head import home
from limelight.acting.performance import INDEX
from limelight.acting.prosody import Prosody

#: How much a speaker and a listener smile on top of the resting face, from and to.
SPEAKING, LISTENING = (0.0, 0.09), (0.10, 0.22)
_BROWS = ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")


def weights(prosody: Prosody, seed: int, t_s: Curve, end_s: float, eyes: Eyes, out: Curve) -> None:
    """Add brows, lids, cheeks and smile to `out` (frames, 52)."""
    at_home = home(t_s, end_s)
    _brows(prosody, seed, t_s, eyes, at_home, out)
    _smile(prosody, seed, t_s, end_s, at_home, out)
    squint = np.maximum(0.05 + 0.05 * noise(stream(seed, "squint"), t_s, 0.4), 0.0) * at_home
    # Lids are never quite still: they open and tire by fractions of a millimetre.
    lids = 0.05 * noise(stream(seed, "lid drift"), t_s, 0.3) * at_home
    for side in ("Left", "Right"):
        out[:, INDEX["eyeSquint" + side]] += squint
        out[:, INDEX["eyeWide" + side]] += np.maximum(lids, 0.0)
        out[:, INDEX["eyeBlink" + side]] += 0.5 * np.maximum(-lids, 0.0) * (1 - eyes.blink)
    wide = out[:, INDEX["browInnerUp"]]
    for side in ("Left", "Right"):
        out[:, INDEX["eyeWide" + side]] += 0.18 * np.maximum(wide - 0.06, 0.0) * (1 - eyes.blink)


def _brows(prosody: Prosody, seed: int, t_s: Curve, eyes: Eyes, at_home: Curve, out: Curve) -> None:
    rng = stream(seed, "brows")
    rise = np.zeros((3, len(t_s)))
    frown = np.zeros_like(t_s)

    def raise_brows(at_s: float, size: float, up_s: float, hold_s: float, down_s: float) -> None:
        part, shape = swing(t_s, at_s, up_s, hold_s, down_s)
        uneven = 1 + rng.uniform(-0.22, 0.22, 3)
        rise[:, part] += size * uneven[:, None] * shape

    for a, _ in prosody.phrases:
        if rng.uniform() < 0.7:
            raise_brows(a - 0.12, rng.uniform(0.10, 0.24), 0.24, rng.uniform(0.1, 0.4), rng.uniform(0.4, 0.7))
    last = -1.0
    for accent in prosody.accents:
        chance, size, kind = rng.uniform(size=3)
        if accent.at_s - last < 0.7 or chance > 0.10 + 0.45 * accent.strength:
            continue
        last = accent.at_s
        if kind < 0.8:
            raise_brows(accent.at_s - 0.18, 0.09 + 0.20 * size * accent.strength, 0.2, 0.08, 0.4)
        else:
            part, shape = swing(t_s, accent.at_s - 0.2, 0.22, 0.1, 0.4)
            frown[part] += (0.06 + 0.10 * size) * shape
    rise += 0.035 * np.stack([noise(stream(seed, "brow " + name), t_s, 0.5) for name in _BROWS])
    rise = 0.42 * np.tanh(np.maximum(rise, -0.05) / 0.42) * at_home
    for row, name in zip(rise, _BROWS, strict=True):
        out[:, INDEX[name]] += np.maximum(row, 0.0)
    lowered = frown * at_home + np.maximum(-rise.mean(0), 0.0) + 0.06 * eyes.blink
    for side in ("Left", "Right"):
        out[:, INDEX["browDown" + side]] += lowered


def _smile(prosody: Prosody, seed: int, t_s: Curve, end_s: float, at_home: Curve, out: Curve) -> None:
    """A little friendlier at the ends of phrases and when listening; never the same on both sides."""
    rng = stream(seed, "smile")
    moves: list[tuple[float, float, float]] = []
    at = 0.0
    edges = sorted([b - 0.15 for _, b in prosody.phrases] + [a - 0.2 for a, _ in prosody.phrases])
    while at < end_s:
        speaking = any(a - 0.25 < at < b - 0.2 for a, b in prosody.phrases)
        size = float(rng.uniform(*(SPEAKING if speaking else LISTENING)))
        moves.append((at, 0.9, size))
        after = at + float(rng.uniform(2.5, 5.5))
        at = next((e for e in edges if at + 1.0 < e < after), after)
    smile = np.maximum(steps(t_s, moves) + 0.018 * noise(stream(seed, "smile drift"), t_s, 0.35), 0.0) * at_home
    uneven = 1 + 0.12 * np.tanh(noise(stream(seed, "smile side"), t_s, 0.12))
    for side, factor in (("Left", uneven), ("Right", 2 - uneven)):
        out[:, INDEX["mouthSmile" + side]] += smile * factor
        # The cheeks rise and narrow the eyes: without that a smile is not believed.
        out[:, INDEX["cheekSquint" + side]] += 1.0 * smile * factor
        out[:, INDEX["eyeSquint" + side]] += 0.55 * smile * factor
        out[:, INDEX["mouthDimple" + side]] += 0.30 * smile * factor
