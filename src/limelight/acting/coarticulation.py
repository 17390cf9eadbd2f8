"""Coarticulation: timed visemes in, the motion of the mouth out.

After Cohen & Massaro (1993): each viseme has a dominance that rises before it and falls after it, and the mouth at any
moment is the average of all targets weighted by dominance. In fast speech movements get quicker, but less so than
phonemes get shorter, so that they undershoot their targets; slow speech reaches them and a little more (Lindblom 1963,
1990). After JALI (Edwards et al. 2016): jaw, lips and tongue have dominances of their own, the heavy jaw is filtered
more than the light lips, lip-heavy visemes start early, visemes of the tongue leave the lips alone. After all
smoothing, the rules that viewers notice are enforced frame by frame: lips meet for p b m, the lower lip meets the teeth
for f v, sibilants narrow the jaw, and a pause shuts the mouth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from limelight.acting.curves import Curve, ease, smooth
from limelight.acting.performance import BLENDSHAPES, INDEX
from limelight.acting.visemes import TARGETS, VOWEL_VISEMES, Span

#: Samples of the dominances per second.
RATE_HZ = 200
#: The lips lead the sound by this much, lip-heavy visemes by more (see `_DOMINANCE`), closures by less.
LEAD_S = 0.022
CLOSURE_LEAD_S = 0.010
#: Attack and release of a contact; beside a short vowel they are at most this share of the vowel, at least the last.
_EDGES_S = {"lips": (0.036, 0.040), "teeth": (0.034, 0.032)}
_EDGE_PER_VOWEL, _QUICKEST_S = 0.40, 0.020
#: Least duration of the closure of p b m.
SHORTEST_CLOSURE_S = 0.050
#: The mouth is shut this long after speech and before it.
SHUT_S = 0.110
#: Vowels that open the mouth get at least this long.
SHORTEST_OPENING_S = 0.085
OPENING = ("aa", "E", "O")
#: A long viseme reaches its target this long after its beginning, and leaves it as long before its end.
LONGEST_EDGE_S = 0.030
JAW_SIGMA_S = 0.025
LIPS_SIGMA_S = 0.013
#: Length of a viseme at ordinary pace, and the reach on either side over which the pace is averaged.
ORDINARY_S = 0.080
_PACE_REACH_S = 0.6
#: The duration of movements goes with this power of the duration of phonemes: with 1 they would reach all targets at
#: any pace, with 0 they would undershoot in fast speech by all the time that is missing.
_HURRY = 0.5
#: How much wider slow speech opens the mouth at most, and how much less wide fast speech.
_CLEAR = 0.10
#: Widest jaw behind closed lips, and the `mouthClose` that keeps the lips together for each unit of `jawOpen`.
CLOSED_JAW = 0.13
CLOSE_PER_JAW = 1.06
#: The share of the pucker that a closure between rounded phonemes keeps.
ROUND_CLOSURE = 0.5
WIDEST_JAW = 0.55
#: In units of `gap`: about 0.25 m/s, the speed of the lips after a b.
FASTEST_OPENING_PER_S = 7.0
FASTEST_JAW_PER_S = 5.5
TEETH_JAW = 0.045


@dataclass(frozen=True, slots=True)
class _Dominance:
    """A viseme's dominance: magnitudes for jaw, lips and tongue, and its times."""

    jaw: float
    lips: float
    tongue: float
    attack_s: float
    release_s: float
    #: how much earlier its lips begin, and half of that its end; jaw and tongue have no lead
    lead_s: float


_DOMINANCE: dict[str, _Dominance] = {
    "sil": _Dominance(0.60, 0.60, 0.5, 0.100, 0.100, 0.030),
    "PP": _Dominance(0.55, 1.00, 0.3, 0.040, 0.040, 0.0),
    "FF": _Dominance(1.60, 4.50, 0.3, 0.048, 0.048, 0.010),
    "TH": _Dominance(1.00, 0.45, 3.0, 0.045, 0.045, 0.010),
    "DD": _Dominance(1.70, 0.30, 3.0, 0.040, 0.040, 0.010),
    "kk": _Dominance(0.45, 0.15, 1.5, 0.045, 0.045, 0.0),
    "CH": _Dominance(2.20, 2.20, 1.0, 0.055, 0.055, 0.026),
    "SS": _Dominance(2.20, 1.00, 2.0, 0.045, 0.045, 0.010),
    "nn": _Dominance(1.00, 0.25, 3.0, 0.040, 0.040, 0.010),
    "RR": _Dominance(0.80, 1.00, 1.0, 0.055, 0.055, 0.022),
    "aa": _Dominance(1.55, 1.30, 1.0, 0.048, 0.052, 0.010),
    "E": _Dominance(1.30, 1.15, 1.0, 0.047, 0.051, 0.010),
    "I": _Dominance(1.15, 1.35, 1.0, 0.055, 0.060, 0.010),
    "O": _Dominance(1.30, 1.70, 1.0, 0.056, 0.060, 0.036),
    "U": _Dominance(1.20, 2.00, 1.0, 0.056, 0.060, 0.038),
}

#: The organ whose dominance moves a channel.
_JAW, _LIPS, _TONGUE = 0, 1, 2
_CHANNELS: tuple[str, ...] = (
    "jawOpen", "tongue", "tongueOut", "mouthPress", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthSmile",
    "mouthUpperUp", "mouthLowerDown", "mouthFunnel", "mouthPucker", "mouthStretch",
)  # fmt: skip
_ROW = {name: i for i, name in enumerate(_CHANNELS)}
_ORGAN = np.array([_JAW, _TONGUE, _TONGUE] + [_LIPS] * (len(_CHANNELS) - 3))
#: Channels that scale with a viseme's size.
_SIZED = np.array([c in ("jawOpen", "mouthUpperUp", "mouthLowerDown") for c in _CHANNELS])
#: Channels of rounding and spreading, which scale with sizes below 1, those of reduced vowels.
_REDUCED = np.array([c in ("mouthFunnel", "mouthPucker", "mouthStretch", "mouthSmile") for c in _CHANNELS])


def _target(viseme: str, size: float = 1.0) -> Curve:
    """(channels,) the weights of a viseme at this size."""
    base = np.array([TARGETS[viseme].get(c, 0.0) for c in _CHANNELS])
    if viseme == "PP":
        return base * size
    return np.asarray(base * np.where(_SIZED, size, np.where(_REDUCED, min(size, 1.0), 1.0)))


@dataclass(frozen=True, slots=True)
class Mouth:
    """The motion of mouth, jaw and tongue that speech makes."""

    #: float64 (frames, 52), ARKit order
    weights: Curve
    #: float64 (frames,), 0 to 1
    tongue: Curve
    #: float64 (frames,), 0 where the mouth is shut in a pause, 1 where it speaks
    open_gate: Curve
    #: float64 (frames,), 1 where the lips are closed for p b m, 0 where they are free
    closed: Curve


def move(spans: list[Span], phrases: tuple[tuple[float, float], ...], frames: int, fps: int) -> Mouth:
    """The mouth at the times (i + 0.5) / fps; `spans` in order of time, `phrases` as (start, end) in seconds."""
    t = (np.arange(frames) + 0.5) / fps
    w = _mix(spans, _pace(spans), phrases, t)
    shut = _gate(phrases, t)
    contacts = _contacts(spans, 1.0 / fps)
    sibilants = [
        _Hold(s.start_s - 0.01, max(s.end_s - 0.04, s.start_s), 0.040, 0.030) for s in spans if s.viseme in ("SS", "CH")
    ]

    jaw = w[_ROW["jawOpen"]]
    narrow = _plateau(t, sibilants)
    jaw -= narrow * np.maximum(jaw - 0.07, 0.0)

    teeth = [c for c in contacts if c.kind == "teeth"]
    lips = [c for c in contacts if c.kind == "lips"]
    on_teeth = _held(t, teeth)
    closed = _held(t, lips)
    for c in teeth:  # the frame that must show the teeth's contact must not be half closed
        i = c.frame(t)
        if i is not None and closed[i] < 0.999:
            closed[i] = min(closed[i], 0.25)
    _open_at_vowels(spans, contacts, t, ((closed, 0.028), (on_teeth, 0.065)))
    jaw -= on_teeth * np.maximum(jaw - TEETH_JAW, 0.0)
    _blend(w, _target("FF"), on_teeth, but="jawOpen")
    strength = _strength(t, lips)
    jaw[:] = jaw * (1 - closed) + closed * np.minimum(jaw * 0.6, CLOSED_JAW)
    pressed = _target("PP")[:, None] * strength
    # A closure between rounded phonemes stays somewhat round.
    rounded = np.clip(w[_ROW["mouthPucker"]] / 0.5, 0.0, 1.0)
    pressed[_ROW["mouthPucker"]] = ROUND_CLOSURE * w[_ROW["mouthPucker"]]
    pressed[_ROW["mouthSmile"]] -= 0.18 * rounded
    pressed[_ROW["mouthPress"]] *= 1 - 0.3 * rounded
    keep = jaw.copy()
    w *= 1 - closed
    w += closed * pressed
    jaw[:] = keep

    w *= shut
    np.clip(jaw, 0.0, WIDEST_JAW, out=jaw)
    jaw[:] = _under_cone(jaw, FASTEST_JAW_PER_S / fps)
    close = CLOSE_PER_JAW * jaw * closed**1.5
    slower = _speed_limit(w, close, fps)
    for name in ("jawOpen", "mouthUpperUp", "mouthLowerDown"):
        w[_ROW[name]] *= slower
    close *= slower

    out = np.zeros((frames, len(BLENDSHAPES)))
    for name, row in _ROW.items():
        if name == "tongue":
            continue
        for side in [name] if name in INDEX else [name + "Left", name + "Right"]:
            out[:, INDEX[side]] = w[row]
    out[:, INDEX["mouthClose"]] = close
    return Mouth(out, np.clip(w[_ROW["tongue"]], 0.0, 1.0), shut, closed)


def _pace(spans: list[Span]) -> list[float]:
    """For each viseme, the mean length of those around it over `ORDINARY_S`: below 1 in fast speech, 0.6 to 1.6."""
    if not spans:
        return []
    starts = np.array([s.start_s for s in spans])
    sums = np.concatenate([[0.0], np.cumsum([s.end_s - s.start_s for s in spans])])
    first, end = np.searchsorted(starts, (starts - _PACE_REACH_S, starts + _PACE_REACH_S))
    return [float(p) for p in np.clip((sums[end] - sums[first]) / (end - first) / ORDINARY_S, 0.6, 1.6)]


def _mix(spans: list[Span], pace: list[float], phrases: tuple[tuple[float, float], ...], at_s: Curve) -> Curve:
    """Dominance-weighted targets, filtered, float64 (channels, frames)."""
    if not spans or not at_s.size:
        return np.zeros((len(_CHANNELS), len(at_s)))
    margin = 0.5
    n = int((at_s[-1] + 2 * margin) * RATE_HZ) + 2
    t = np.arange(n) / RATE_HZ - margin
    num = np.zeros((len(_CHANNELS), n))
    den = np.full((3, n), 1e-3)
    silences = zip([-margin] + [b for _, b in phrases], [a for a, _ in phrases] + [at_s[-1] + margin], strict=True)
    shut = [(Span("sil", a, b, 1.0, 1.0), 1.0) for a, b in silences if b > a]
    for span, time in [*zip(spans, pace, strict=True), *shut]:
        d = _times_scaled(_DOMINANCE[span.viseme], time**_HURRY)
        a, b = _stretch(span, SHORTEST_OPENING_S * min(time, 1.0) ** _HURRY)
        # A glide is too short for a long lead.
        early = min(d.lead_s, 0.6 * (span.end_s - span.start_s))
        magnitude = np.array([d.jaw, d.lips, d.tongue])
        part = slice(
            max(int((a - early - 3 * d.attack_s + margin) * RATE_HZ), 0),
            max(int((b + 3 * d.release_s + margin) * RATE_HZ), 0),
        )
        x = t[part]
        heavy = span.weight * _dominance(x, a, b, d)
        lips = span.weight * _dominance(x, a - early, b - early / 2, d) if early else heavy
        shape = magnitude[:, None] * np.stack([heavy, lips, heavy])
        size = (
            span.size * (1 + _CLEAR * np.clip((time - 1.0) / 0.3, -1.0, 1.0)) if span.viseme in OPENING else span.size
        )
        num[:, part] += shape[_ORGAN] * _target(span.viseme, size)[:, None]
        den[:, part] += shape
    w = num / den[_ORGAN]
    for name, row in _ROW.items():
        w[row] = smooth(w[row], (JAW_SIGMA_S if name == "jawOpen" else LIPS_SIGMA_S) * RATE_HZ)
    i = (at_s + margin) * RATE_HZ
    k = np.minimum(i.astype(np.intp), n - 2)
    f = i - k
    return np.asarray(w[:, k] * (1 - f) + w[:, k + 1] * f)


def _stretch(span: Span, shortest_s: float) -> tuple[float, float]:
    """Begin and end of the time in which a viseme should be at its target, with the lead that all visemes have."""
    lead = CLOSURE_LEAD_S if span.contact == "lips" else LEAD_S
    a, b = span.start_s - lead, span.end_s - lead
    # A mouth needs time to open: a viseme that is too short takes a little of its neighbours' time.
    short = (shortest_s if span.viseme in OPENING else 0.02) - (b - a)
    return (a - short / 2, b + short / 2) if short > 0 else (a, b)


def _times_scaled(d: _Dominance, factor: float) -> _Dominance:
    """The dominance with its times multiplied by `factor`."""
    return replace(d, attack_s=factor * d.attack_s, release_s=factor * d.release_s, lead_s=factor * d.lead_s)


def _dominance(x: Curve, a: float, b: float, d: _Dominance) -> Curve:
    """Dominance at the times `x`: 1 over the middle of `a` to `b`, falling off as a Gaussian outside."""
    edge = min(0.25 * (b - a), LONGEST_EDGE_S)
    away = np.maximum((a + edge - x) / d.attack_s, (x - b + edge) / d.release_s)
    return np.asarray(np.exp(-0.9 * np.maximum(away, 0.0) ** 2))


def _gate(phrases: tuple[tuple[float, float], ...], t: Curve) -> Curve:
    """(frames,) 1 in speech, 0 from SHUT_S after a phrase until SHUT_S before the next."""
    gate = np.zeros_like(t)
    for a, b in phrases:
        i, j = np.searchsorted(t, (a - SHUT_S, b + SHUT_S))
        x = t[i:j]
        gate[i:j] = np.maximum(gate[i:j], ease((x - a + SHUT_S) / 0.100) * ease((b + SHUT_S - x) / 0.130))
    return gate


@dataclass(frozen=True, slots=True)
class _Hold:
    """A posture that is held from start to end, with the times it takes to reach and to leave it."""

    start_s: float
    end_s: float
    attack_s: float
    release_s: float


@dataclass(frozen=True, slots=True)
class _Contact(_Hold):
    """A contact that viewers must see: closed lips, or the lower lip at the teeth."""

    #: lips or teeth
    kind: str
    #: how hard the lips press, 1 for p and b
    strength: float

    def frame(self, t: Curve) -> int | None:
        """The index of the frame nearest to its middle; None outside the scene."""
        middle = (self.start_s + self.end_s) / 2
        if not t.size or middle < 0 or middle > t[-1] + t[0]:
            return None
        return int(np.argmin(np.abs(t - middle)))


def _contacts(spans: list[Span], frame_s: float) -> list[_Contact]:
    """The contacts of p b m and f v, each long enough to contain a frame, without overlap."""
    found: list[_Contact] = []
    shortest = max(SHORTEST_CLOSURE_S, 1.05 * frame_s)
    for i, s in enumerate(spans):
        if s.contact == "lips":
            a, b = s.start_s - CLOSURE_LEAD_S, s.end_s - 0.022
        elif s.contact == "teeth":
            # f and v sound during the contact: hold the middle of the phoneme.
            a, b = s.start_s + 0.10 * (s.end_s - s.start_s) - 0.012, s.end_s - 0.020
        else:
            continue
        need = shortest if s.contact == "lips" else 1.05 * frame_s
        if b - a < need:
            a, b = (a + b - need) / 2, (a + b + need) / 2
        attack, release = _EDGES_S[s.contact]
        # A short vowel beside the contact must stay visible, so the lips meet and part more quickly.
        attack = _quicker(attack, spans[i - 1] if i else None)
        release = _quicker(release, spans[i + 1] if i + 1 < len(spans) else None)
        last = found[-1] if found else None
        if last and a < last.end_s:
            if last.kind == s.contact:
                found[-1] = replace(
                    last, end_s=max(b, last.end_s), release_s=release, strength=max(last.strength, s.size)
                )
                continue
            # Neighbours such as the mf of "comfort" share the time; each moves away from the other to keep its length.
            middle = (a + last.end_s) / 2
            found[-1] = replace(last, start_s=min(last.start_s, middle - shortest), end_s=middle)
            a, b = middle, max(b, middle + need)
        found.append(_Contact(a, b, attack, release, s.contact, s.size))
    return found


def _quicker(edge_s: float, beside: Span | None) -> float:
    """A contact's attack or release, shortened beside a short vowel."""
    if beside is None or beside.viseme not in VOWEL_VISEMES:
        return edge_s
    return min(edge_s, max(_QUICKEST_S, _EDGE_PER_VOWEL * (beside.end_s - beside.start_s)))


def _plateau(t: Curve, holds: Sequence[_Hold]) -> Curve:
    """(frames,) 1 in each hold, falling off as a Gaussian outside."""
    out = np.zeros_like(t)
    for hold in holds:
        i, j = np.searchsorted(t, (hold.start_s - 3 * hold.attack_s, hold.end_s + 3 * hold.release_s))
        x = t[i:j]
        away = np.maximum((hold.start_s - x) / hold.attack_s, (x - hold.end_s) / hold.release_s)
        out[i:j] = np.maximum(out[i:j], np.exp(-(np.maximum(away, 0.0) ** 2)))
    return out


def _held(t: Curve, contacts: Sequence[_Contact]) -> Curve:
    """As `_plateau`, and exactly 1 in at least one frame of each contact."""
    out = _plateau(t, contacts)
    for c in contacts:
        i = c.frame(t)
        if i is not None:
            out[i] = 1.0
    return out


def _open_at_vowels(
    spans: list[Span], contacts: list[_Contact], t: Curve, holds: tuple[tuple[Curve, float], ...]
) -> None:
    """Open the lips in the middle frame of each vowel, even close to a contact; in place.

    `holds` are curves (frames,), each with the shortest vowel in seconds that interrupts it: a shorter one would make
    the lips quiver.
    """
    if not t.size:
        return
    taken = {c.frame(t) for c in contacts}
    for span in spans:
        if span.viseme not in VOWEL_VISEMES:
            continue
        middle = (span.start_s + span.end_s) / 2
        i = int(np.searchsorted(t, middle))
        nearest = sorted((k for k in (i - 1, i) if 0 <= k < len(t)), key=lambda k: abs(t[k] - middle))
        free = [k for k in nearest if k not in taken]
        if not free:
            continue
        # A short vowel stays less open than a long one, so that the lips move in an arc and do not snap.
        most = float(np.clip(0.45 - 3.0 * (span.end_s - span.start_s - 0.04), 0.2, 0.45))
        if span.viseme in ("I", "U"):  # they open so little that half a closure would hide them
            most *= 0.6
        for hold, shortest_s in holds:
            if span.end_s - span.start_s >= shortest_s:
                hold[free[0]] = min(hold[free[0]], most)


def _speed_limit(w: Curve, close: Curve, fps: int) -> Curve:
    """(frames,) a factor on the opening that keeps the lips from parting or meeting faster than real ones.

    Closures stay closed; short openings between them become lower.
    """
    opening = np.maximum(w[_ROW["jawOpen"]] - close + 0.18 * (w[_ROW["mouthUpperUp"]] + w[_ROW["mouthLowerDown"]]), 0.0)
    possible = _under_cone(opening, FASTEST_OPENING_PER_S / fps)
    # The offset makes the factor 1 where the lips meet anyway.
    return np.asarray((possible + 0.02) / (opening + 0.02))


def _under_cone(x: Curve, per_frame: float) -> Curve:
    """The largest curve that is nowhere above `x` and changes by no more than `per_frame` between frames."""
    slope = per_frame * np.arange(len(x))
    after = np.minimum.accumulate(x - slope) + slope
    before = (np.minimum.accumulate((x + slope)[::-1]) - slope[::-1])[::-1]
    return np.asarray(np.minimum(after, before))


def _strength(t: Curve, contacts: list[_Contact]) -> Curve:
    """(frames,) how hard the lips press, interpolated between closures; m is softer than p."""
    if not contacts:
        return np.ones_like(t)
    middles = np.array([(c.start_s + c.end_s) / 2 for c in contacts])
    return np.asarray(np.interp(t, middles, np.array([min(c.strength, 1.0) for c in contacts])))


def _blend(w: Curve, target: Curve, amount: Curve, but: str) -> None:
    """Move every channel except `but` towards `target` by `amount` (frames,), in place."""
    keep = w[_ROW[but]].copy()
    w *= 1 - amount
    w += amount * target[:, None]
    w[_ROW[but]] = keep
