"""Numbers of lip sync from a track of the face and the phonemes that are heard.

Pure functions. The goals are in `judge`; what is said when comes from the speech stage or a recogniser, what is seen
from the tracker. Lengths are in distances between the eyes (about 63 mm).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from judges.lips import Track
from limelight.speech.types import Phoneme

Curve = NDArray[np.float64]

#: Inner lips read as nearer than this are closed. Lips that touch are read as 0.000 to 0.003. The tracker reads narrow
#: slits as less than they are: smiling lips that show a thin line of teeth as 0.006 to 0.03.
CLOSED = 0.005
#: Faces whose shut lips the tracker reads as farther apart, dark ones with a shaded seam, are held to that: what 99 %
#: of the frames in silence keep under, no more than this, where so many frames tell.
CLOSED_AT_MOST, _SHUT_PERCENT, _FRAMES_THAT_TELL = 0.015, 99, 25
OPEN_VOWELS, CLOSE_VOWELS = frozenset("aɑæɒʌIW"), frozenset("iɪᵻuʊ")
#: Vowels and glides only: lips round for a vowel while the consonants before it are still heard (Perkell & Matthies
#: 1992), so the s of "sweet" is narrow.
ROUNDED, SPREAD = frozenset("uʊwOo"), frozenset("iɪɛeAæ")
#: How far sounds open the mouth, for the offset; the rest of the vowels are between.
_OPENNESS = dict.fromkeys("aɑæɒIW", 1.0) | dict.fromkeys("ʌɐɛeAOoɔøYQ", 0.7) | dict.fromkeys("iɪᵻuʊy", 0.38)
_OPENNESS |= dict.fromkeys("əᵊɜɚ", 0.5) | dict.fromkeys("pbm", 0.0) | dict.fromkeys("fv", 0.12) | {"w": 0.22}
_OTHER_SOUND = 0.30
SHUT_FROM_SPEECH_S = 0.12
#: Lips that are shut: the tracker reads those of a smile, whose upper lip shades the seam, as up to this far apart.
SHUT = 0.030
#: A quiver that is seen: 0.6 mm, a pixel of a presenter in 1080 lines. Beside speech, lips that do not move any more
#: are still read as up to 0.02 apart for two frames.
QUIVER = 0.010
_STILL_FOR_S = 0.6


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    good: int
    all: int

    @property
    def part(self) -> float:
        """What part of all is good, 0 to 1; 1 of none."""
        return self.good / self.all if self.all else 1.0

    def __str__(self) -> str:
        return f"{100 * self.part:5.1f} %  ({self.good} of {self.all})"


def faces_in_every_frame(track: Track) -> Share:
    """Frames with exactly one face."""
    return Share(int((track["faces"] == 1).sum()), len(track))


def aperture(track: Track) -> Curve:
    """Inner lips apart, per frame; gaps in the track are bridged."""
    return _bridged(track["aperture"])


def _bridged(x: Curve) -> Curve:
    seen = np.isfinite(x)
    return np.interp(np.arange(len(x)), np.flatnonzero(seen), x[seen]) if seen.any() else np.zeros_like(x)


def _least(track: Track, p: Phoneme, frames_around: int = 1) -> float:
    """Least aperture within a phoneme, one frame around it allowed."""
    a = int(np.floor(p.start_s * track.fps)) - frames_around
    b = int(np.ceil(p.end_s * track.fps)) + frames_around
    part = aperture(track)[max(a, 0) : max(b, 1)]
    return float(part.min()) if part.size else np.inf


def open_level(track: Track, phonemes: Sequence[Phoneme]) -> float:
    """The aperture of an ordinary open vowel: median of the greatest in each."""
    peaks = []
    y = aperture(track)
    for p in phonemes:
        if p.symbol[:1] in OPEN_VOWELS:
            part = y[int(p.start_s * track.fps) : int(np.ceil(p.end_s * track.fps)) + 1]
            if part.size:
                peaks.append(float(part.max()))
    return float(np.median(peaks)) if peaks else float(np.percentile(y, 90))


def closures(track: Track, phonemes: Sequence[Phoneme]) -> tuple[Share, list[Phoneme]]:
    """p, b, m whose lips are seen closed; and those that are not."""
    closed = _closed(track, phonemes)
    spoken = [p for p in phonemes if p.symbol[:1] in "pbm"]
    missed = [p for p in spoken if _least(track, p) > closed]
    return Share(len(spoken) - len(missed), len(spoken)), missed


def _closed(track: Track, phonemes: Sequence[Phoneme]) -> float:
    """As how far apart this face's closed lips are read."""
    silent = aperture(track)[silent_frames(phonemes, len(track), track.fps)]
    if len(silent) < _FRAMES_THAT_TELL:
        return CLOSED
    return float(np.clip(np.percentile(silent, _SHUT_PERCENT), CLOSED, CLOSED_AT_MOST))


def labiodentals(track: Track, phonemes: Sequence[Phoneme]) -> tuple[Share, list[Phoneme]]:
    """f, v whose aperture is small: under half of an open vowel's; and those that are not."""
    small = 0.5 * open_level(track, phonemes)
    spoken = [p for p in phonemes if p.symbol[:1] in "fv"]
    missed = [p for p in spoken if _least(track, p) > small]
    return Share(len(spoken) - len(missed), len(spoken)), missed


def _shown(curve: Curve, fps: float, p: Phoneme) -> float:
    """Mean in the middle of a vowel, or of the first half of a diphthong."""
    end = p.start_s + (0.6 if p.symbol[:1] in "IWAOYQ" else 1.0) * (p.end_s - p.start_s)
    at = np.linspace(p.start_s + 0.25 * (end - p.start_s), end - 0.25 * (end - p.start_s), 5)
    return float(np.interp(at * fps - 0.5, np.arange(len(curve)), curve).mean())


def _neighbours(phonemes: Sequence[Phoneme], within_s: float = 0.5) -> Iterator[tuple[Phoneme, Phoneme]]:
    """Every two of the given sounds that follow each other, no farther apart than this."""
    for p, q in pairwise(phonemes):
        if q.start_s - p.end_s <= within_s:
            yield p, q


def order_of_opening(track: Track, phonemes: Sequence[Phoneme]) -> tuple[Share, list[tuple[Phoneme, Phoneme]]]:
    """Neighbouring vowels and closures in the right order: open vowels opener than close ones, all than p b m.

    A vowel shorter than a frame need not have one, and ʌ without stress is a schwa ("from", "was"): they do not count.
    """
    y = aperture(track)
    good, wrong = 0, []
    for p, q in _neighbours([p for p in phonemes if p.symbol[:1] in "pbm" or _tells_opening(p, track.fps)]):
        a, b = (_rank(p), _rank(q))
        if a == b:
            continue
        low, high = (p, q) if a < b else (q, p)
        least = _least(track, low) if low.symbol[:1] in "pbm" else _shown(y, track.fps, low)
        if _shown(y, track.fps, high) > least:
            good += 1
        else:
            wrong.append((p, q))
    return Share(good, good + len(wrong)), wrong


def _tells_opening(p: Phoneme, fps: float) -> bool:
    symbol = p.symbol[:1]
    schwa = symbol == "ʌ" and not p.stress
    return symbol in OPEN_VOWELS | CLOSE_VOWELS and not schwa and (p.end_s - p.start_s) * fps >= 1


def _rank(p: Phoneme) -> int:
    return 0 if p.symbol[:1] in "pbm" else 1 if p.symbol[:1] in CLOSE_VOWELS else 2


def bilabials_under_open_vowels(track: Track, phonemes: Sequence[Phoneme]) -> Share:
    """All pairs of a p b m and an open vowel in which the lips are nearer at the closure.

    A vowel shorter than a frame need not have one, so it does not count.
    """
    y = aperture(track)
    low = np.array([_least(track, p) for p in phonemes if p.symbol[:1] in "pbm"])
    vowels = [p for p in phonemes if p.symbol[:1] in OPEN_VOWELS and (p.end_s - p.start_s) * track.fps >= 1]
    high = np.array([_shown(y, track.fps, p) for p in vowels])
    return Share(int((low[:, None] < high).sum()), low.size * high.size)


def order_of_width(track: Track, phonemes: Sequence[Phoneme]) -> tuple[Share, list[tuple[Phoneme, Phoneme]]]:
    """Neighbouring sounds in the right order: rounded ones narrower than spread ones."""
    width = _bridged(track["width"])
    good, wrong = 0, []
    for p, q in _neighbours([p for p in phonemes if p.symbol[:1] in ROUNDED | SPREAD], 0.3):
        if (p.symbol[:1] in ROUNDED) == (q.symbol[:1] in ROUNDED):
            continue
        narrow, wide = (p, q) if p.symbol[:1] in ROUNDED else (q, p)
        if _shown(width, track.fps, narrow) < _shown(width, track.fps, wide):
            good += 1
        else:
            wrong.append((p, q))
    return Share(good, good + len(wrong)), wrong


# Offset: positive where the lips are ahead of the sound.


def expected_opening(phonemes: Sequence[Phoneme], frames: int, fps: float) -> Curve:
    """How open a mouth would be that follows the sounds without delay, in relative units."""
    rate = 400
    fine = np.zeros(int(frames / fps * rate) + 1)
    for p in phonemes:
        value = _OPENNESS.get(p.symbol[:1], _OTHER_SOUND)
        fine[int(p.start_s * rate) : int(p.end_s * rate)] = value
    return _sampled(_smooth(fine, 0.030 * rate), rate, frames, fps)


def loudness(samples: NDArray[np.float32], rate_hz: int, frames: int, fps: float) -> Curve:
    """The envelope of a sound at the middle of each frame, compressed as an ear does."""
    hop = rate_hz // 400
    n = len(samples) // hop
    rms = np.sqrt((samples[: n * hop].reshape(n, hop).astype(np.float64) ** 2).mean(1))
    return np.asarray(_sampled(_smooth(rms, 0.030 * 400), 400, frames, fps) ** 0.6)


def _smooth(x: Curve, sigma: float) -> Curve:
    reach = int(4 * sigma)
    k = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return np.convolve(np.pad(x, reach, mode="edge"), k / k.sum(), "valid")


def _sampled(x: Curve, rate: int, frames: int, fps: float) -> Curve:
    return np.interp((np.arange(frames) + 0.5) / fps * rate - 0.5, np.arange(len(x)), x)


def lips_ahead_s(seen: Curve, expected: Curve, fps: float, farthest_s: float = 0.48) -> tuple[float, float]:
    """By how much the lips lead, in seconds, and the correlation there; by cross-correlation, finer than a frame."""
    n = len(seen)
    reach = min(int(farthest_s * fps), n // 4)
    lags = range(-reach, reach + 1)
    r = np.full(len(lags), -1.0)
    for i, lag in enumerate(lags):  # the lips lead by `lag` frames: seen[k - lag] goes with expected[k]
        a = seen[max(-lag, 0) : n - max(lag, 0)]
        b = expected[max(lag, 0) : n - max(-lag, 0)]
        if a.std() > 1e-9 and b.std() > 1e-9:
            r[i] = np.corrcoef(a, b)[0, 1]
    i = int(r.argmax())
    best = float(lags[i])
    if 0 < i < len(r) - 1:
        bend = r[i - 1] - 2 * r[i] + r[i + 1]
        if bend < -1e-9:
            best += 0.5 * (r[i - 1] - r[i + 1]) / bend
    return float(best / fps), float(r[i])


def drift_s(seen: Curve, expected: Curve, fps: float, window_s: float = 20.0) -> float | None:
    """Change of the offset from the beginning to the end of a film in seconds, by a line through windows.

    None where fewer than seven windows that overlap by half can tell: one is off by about 8 ms, so that three of them
    would be off by 27 ms in the drift of 40 s, and seven by 12 ms in that of 80 s.
    """
    size = int(window_s * fps)
    starts = range(0, len(seen) - size + 1, size // 2)
    points = [(s + size / 2, *lips_ahead_s(seen[s : s + size], expected[s : s + size], fps)) for s in starts]
    good = [(at, lead) for at, lead, r in points if r > 0.3]
    if len(good) < 7:
        return None
    at, lead = np.array(good).T
    return float(np.polyfit(at, lead, 1)[0] * len(seen))


# Stillness and life


def silent_frames(phonemes: Sequence[Phoneme], frames: int, fps: float) -> NDArray[np.bool_]:
    """Frames farther than 120 ms from every sound."""
    t = (np.arange(frames) + 0.5) / fps
    silent = np.ones(frames, bool)
    for p in phonemes:
        silent &= (t < p.start_s - SHUT_FROM_SPEECH_S) | (t > p.end_s + SHUT_FROM_SPEECH_S)
    return silent


@dataclass(frozen=True, slots=True)
class Silence:
    """The mouth while nothing is said."""

    frames: int
    #: aperture that 95 % of the frames keep under
    aperture: float
    #: how far 95 % of the frames stay within from what is about them: a quiver, not a smile that comes slowly
    restless: float


def silence(track: Track, phonemes: Sequence[Phoneme]) -> Silence:
    """Aperture in silence, and how far it strays from its median over `_STILL_FOR_S`."""
    silent = silent_frames(phonemes, len(track), track.fps)
    y = aperture(track)
    around = round(_STILL_FOR_S * track.fps / 2)
    strays = [
        np.abs(y[i] - np.median(y[max(a, i - around) : min(b, i + around + 1)]))
        for a, b in runs(silent)
        for i in range(a, b)
    ]
    if not strays:
        return Silence(0, 0.0, 0.0)
    return Silence(len(strays), float(np.percentile(y[silent], 95)), float(np.percentile(strays, 95)))


def blinks(track: Track) -> list[tuple[float, float]]:
    """Begin and length of every blink in seconds, finer than a frame: eyes under 70 % of their usual opening.

    Only what goes under 55 % is a blink. The lids are open wider than 70 % for some 50 ms more at either end.
    """
    eye = _bridged((track["eye_left"] + track["eye_right"]) / 2)
    if not eye.size:
        return []
    reach = int(2 * track.fps)
    padded = np.pad(eye, reach, mode="reflect" if len(eye) > reach else "edge")
    usual = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1)
    open_ = eye / np.maximum(usual, 1e-9) - 0.70
    found = []
    for a, b in runs(open_ < 0):
        if open_[a:b].min() < 0.55 - 0.70:
            begin = a - _crossing(open_[a], open_[a - 1]) if a else 0.0
            end = b - 1 + _crossing(open_[b - 1], open_[b]) if b < len(eye) else float(len(eye))
            found.append(((begin + 0.5) / track.fps, (end - begin) / track.fps))
    return found


def _crossing(inside: float, outside: float) -> float:
    """How far from a negative to a positive value a line between them is 0, 0 to 1."""
    return float(inside / (inside - outside))


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches [first, end) that are true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def irregularity(blinks: Sequence[tuple[float, float]]) -> float | None:
    """Coefficient of variation of the time from one blink to the next: 0 for a clock, 1 for chance.

    None for fewer than six blinks.
    """
    if len(blinks) < 6:
        return None
    between = np.diff([begin for begin, _ in blinks])
    return float(between.std() / between.mean())


def repeated_frames(track: Track, phonemes: Sequence[Phoneme]) -> int:
    """Frames while speaking whose face is that of the frame before."""
    speaking = ~silent_frames(phonemes, len(track), track.fps)
    return int((np.nan_to_num(track["change"], nan=1.0)[speaking] < 0.005).sum())


# The head. Its pose is (frames, 5): middle of the eyes right and down in distances between the eyes, roll in radians,
# and the tracker's proxies of yaw and pitch.

#: Standard deviation of the Gaussian that takes the tracker's noise from the pose.
_HEAD_SMOOTHING_S = 0.08
#: A head that moves less than this within a second stands still: about 0.25 mm. A still picture is read as moving
#: 0.0002 to 0.0004, and people who hold still sway by more than a millimetre.
STILL = 0.004


def _pose(track: Track) -> Curve:
    columns = [_bridged(track[c]) for c in ("x", "y", "roll", "yaw", "pitch")]
    across = float(np.median(_bridged(track["eyes"]))) or 1.0
    sigma = _HEAD_SMOOTHING_S * track.fps
    return np.stack([_smooth(c, sigma) / (across if i < 2 else 1.0) for i, c in enumerate(columns)], axis=1)


def head_speed(track: Track) -> float:
    """Root mean square of the speed of the middle of the eyes, in distances between the eyes a second."""
    speed = np.diff(_pose(track)[:, :2], axis=0) * track.fps
    return float(np.sqrt((speed**2).sum(1).mean())) if len(speed) else 0.0


def nods_a_minute(track: Track, deep: float = 0.025) -> float:
    """How often the eyes go down by so much and come back within a second, in distances between the eyes: about 1°."""
    if not len(track):
        return 0.0
    found, _ = find_peaks(_pose(track)[:, 1], prominence=deep, wlen=int(track.fps) | 1)
    return float(60 * len(found) * track.fps / len(track))


def brow_height(track: Track) -> float:
    """The middle of the brows above the middle of their eyes, mean of the film, in distances between the eyes."""
    points = track["points"]
    roll = _bridged(track["roll"])
    down = np.stack([-np.sin(roll), np.cos(roll)], axis=1)
    height = [
        np.einsum("ij,ij->i", points[:, eye].mean(1) - points[:, brow].mean(1), down)
        for eye, brow in (((33, 133), (105, 66)), ((263, 362), (334, 296)))
    ]
    return float(np.nanmean(np.mean(height, axis=0) / track["eyes"]))


def resting_width(track: Track, phonemes: Sequence[Phoneme]) -> float:
    """From corner to corner of the mouth where nothing is said, median, in distances between the eyes."""
    width = track["width"][silent_frames(phonemes, len(track), track.fps)]
    return float(np.nanmedian(width)) if width.size else float("nan")


def head_still(track: Track) -> Share:
    """Frames in the second around which the middle of the eyes keeps within `STILL`; `good` counts the still ones."""
    around = 2 * int(track.fps / 2) + 1
    if len(track) < around:
        return Share(0, 0)
    seconds = np.lib.stride_tricks.sliding_window_view(_pose(track)[:, :2], around, axis=0)
    still = np.hypot(*np.ptp(seconds, axis=2).T) < STILL
    return Share(int(still.sum()), len(still))


def head_repeats(track: Track, shortest_s: float = 2.0) -> float | None:
    """Greatest autocorrelation of the head's motion, at lags from `shortest_s` to half the film: near 1 for a loop.

    Of the velocity in all five directions, each over its standard deviation, so that slow sway does not look like
    itself. None for films shorter than four times the shortest lag.
    """
    velocity = np.diff(_pose(track), axis=0)
    velocity /= np.maximum(velocity.std(0), 1e-9)
    lags = range(int(shortest_s * track.fps), len(velocity) // 2)
    if len(track) < 4 * shortest_s * track.fps:
        return None
    alike = [_cosine(velocity[lag:], velocity[: len(velocity) - lag]) for lag in lags]
    return float(max(alike))


def _cosine(a: Curve, b: Curve) -> float:
    return float(np.vdot(a, b) / np.sqrt(max(float(np.vdot(a, a) * np.vdot(b, b)), 1e-18)))


def nods(track: Track, phonemes: Sequence[Phoneme], reach_s: float = 0.32) -> tuple[float, float] | None:
    """By how much lower the head is in the middle of stressed vowels than `reach_s` before and after; standard error.

    In distances between the eyes. None for fewer than 20 stressed vowels: single nods drown in the head's other motion.
    """
    y = _pose(track)[:, 1]
    middles = np.array([(p.start_s + p.end_s) / 2 for p in phonemes if p.stress == 1])
    middles = middles[(middles > reach_s) & (middles < len(track) / track.fps - reach_s)]
    if len(middles) < 20:
        return None
    before, at, after = (np.interp(middles + d, track.times_s, y) for d in (-reach_s, 0.0, reach_s))
    depth = at - (before + after) / 2
    return float(depth.mean()), float(depth.std() / np.sqrt(len(depth)))


def largest_jump(track: Track) -> float:
    """Farthest that the middle of the eyes moves between two frames, in distances between the eyes."""
    x, y, eyes = (_bridged(track[c]) for c in ("x", "y", "eyes"))
    if len(x) < 2:
        return 0.0
    return float((np.hypot(np.diff(x), np.diff(y)) / eyes[1:]).max())
