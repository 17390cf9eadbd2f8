"""Sound as numbers: stretching, resampling, fading, loudness. Knows nothing of words or models.

Everywhere, a sound is mono float32 (n,); 1.0 is full scale.
"""

from __future__ import annotations

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from limelight.spec import SAMPLE_RATE_HZ

#: Integrated loudness of a scene's speech, after ITU-R BS.1770-4; the level of podcasts and of the web.
LOUDNESS_LUFS = -16.0
#: The limiter keeps true peaks below this (EBU R 128).
TRUE_PEAK_DBTP = -1.0

Samples = NDArray[np.float32]
Reals = NDArray[np.float64]

_OVERSAMPLING = 4
#: A windowed sine cardinal: what a sound is between its samples, up to half its rate; soxr's filters end below that.
_BETWEEN = np.sinc(np.arange(-40, 41) / _OVERSAMPLING) * np.kaiser(81, 5.0)
#: The limiter works a little below the promise: four times oversampling may miss the top of a peak by about 0.2 dB.
_CEILING = 10 ** ((TRUE_PEAK_DBTP - 0.3) / 20)
#: How early the limiter begins to turn down, and how late it has turned up again: longer than a period of a deep voice.
_LOOK_AHEAD_S = 0.012
_BLOCK = 10 * SAMPLE_RATE_HZ
_MARGIN = 256
_SHORTEST_METERED_S = 0.4
#: The meter's gate: nothing below it counts, and it is what silence measures.
_SILENCE_LUFS = -70.0
_CLOSE_ENOUGH_LU = 0.05
_ATTEMPTS = 6
#: The API's pitch 20 raises a voice by the first; −20 lowers it by the second, or by as much as the voice allows.
HIGHEST_SEMITONES, LOWEST_SEMITONES = 8.0, -7.0
MAX_PITCH = 20.0


def semitones(pitch: float, lowest: float = LOWEST_SEMITONES) -> float:
    """Semitones for the API's `pitch`, −20 to 20 (clamped); `lowest`, 0 or less, is as far down as the voice can go."""
    share = min(max(pitch / MAX_PITCH, -1.0), 1.0)
    return share * (HIGHEST_SEMITONES if share > 0 else -max(LOWEST_SEMITONES, lowest))


def stretch(samples: Samples, rate_hz: int, *, speed: float = 1.0, semitones: float = 0.0) -> Samples:
    """The sound `speed` times as fast and `semitones` higher, each independent of the other; always the same samples.

    Times scale by `len(out) / len(samples)`; apart from that, nothing moves by more than 1.3 ms.
    """
    length = round(len(samples) / speed)
    if not length or (speed == 1.0 and semitones == 0.0):
        return samples[:length]
    from limelight.speech.vocoder import stretched  # numba, which the server never needs

    # A sound that is made longer and played faster is higher by as much.
    higher = 2 ** (semitones / 12)
    longer = round(length * higher)
    out = samples if longer == len(samples) else stretched(samples, rate_hz, longer)
    if semitones:
        out = np.asarray(soxr.resample(out, higher * rate_hz, rate_hz, "HQ"), np.float32)
    return _of_length(out, length)


def resample(samples: Samples, from_hz: int, to_hz: int = SAMPLE_RATE_HZ) -> Samples:
    """The sound at another rate, without delay; exactly `round(len(samples) * to_hz / from_hz)` samples."""
    if from_hz == to_hz:
        return samples
    wanted = round(len(samples) * to_hz / from_hz)
    out = np.asarray(soxr.resample(samples, from_hz, to_hz, "HQ"), np.float32) if len(samples) else samples
    return _of_length(out, wanted)


def _of_length(samples: Samples, length: int) -> Samples:
    return samples[:length] if len(samples) >= length else np.pad(samples, (0, length - len(samples)))


def fade(samples: Samples, rate_hz: int, in_s: float, out_s: float) -> None:
    """Let a sound come up from silence and go back to it (raised cosine), in place, so that no edge clicks."""
    for duration_s, place in ((in_s, slice(None)), (out_s, slice(None, None, -1))):
        n = min(round(duration_s * rate_hz), len(samples) // 2)
        ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / max(n, 1))).astype(np.float32)
        samples[place][:n] *= ramp


def loudness_lufs(samples: Samples, rate_hz: int = SAMPLE_RATE_HZ) -> float:
    """Integrated loudness (ITU-R BS.1770-4); −inf for silence. A sound too short for the meter is repeated first."""
    shortest = round(_SHORTEST_METERED_S * rate_hz) + 1
    if not np.any(samples):
        return float("-inf")
    if len(samples) < shortest:
        samples = np.resize(samples, shortest)
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=rate_hz, format="flt", layout="mono")
    meter, sink = graph.add("ebur128", "metadata=1:framelog=quiet"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    loudness = float("-inf")
    for start in range(0, len(samples) + _BLOCK, _BLOCK):
        block = np.ascontiguousarray(samples[None, start : start + _BLOCK], np.float32)
        if block.size:
            frame = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
            frame.sample_rate, frame.pts = rate_hz, start
            graph.push(frame)
        else:
            graph.push(None)
        loudness = _last_measured(graph, loudness)
    return loudness if loudness > _SILENCE_LUFS else float("-inf")


def _last_measured(graph: av.filter.Graph, before: float) -> float:
    """What the meter says of all sound so far, once it has let it through; `before` where it says nothing new."""
    while True:
        try:
            before = float(graph.pull().metadata.get("lavfi.r128.I", before))
        except (av.BlockingIOError, av.EOFError):
            return before


def loudness_normalised(samples: Samples, target_lufs: float = LOUDNESS_LUFS) -> Samples:
    """The sound at 48 kHz at `target_lufs`, true peaks under −1 dBTP. Silence stays silence.

    A look-ahead limiter turns peaks down, and more gain makes up for the loudness that this costs. A sound of nothing
    but peaks stays below the target rather than be crushed.
    """
    before = loudness_lufs(samples)
    if not np.isfinite(before):
        return samples.astype(np.float32)
    gain_db = target_lufs - before
    for left in reversed(range(_ATTEMPTS)):
        out = limited(samples, gain_db)
        missing = target_lufs - loudness_lufs(out)
        if abs(missing) < _CLOSE_ENOUGH_LU or gain_db > target_lufs - before + 6 or not left:
            return out
        gain_db += missing
        del out  # a long sound is large
    raise AssertionError


def limited(samples: Samples, gain_db: float = 0.0) -> Samples:
    """The sound at 48 kHz, made louder by `gain_db`, with its true peaks under −1 dBTP; a copy.

    The gain has fallen smoothly before a peak comes.
    """
    out = np.empty(len(samples), np.float32)
    reach = round(_LOOK_AHEAD_S * SAMPLE_RATE_HZ)
    for start in range(0, len(samples), _BLOCK):  # in blocks, so that memory stays small
        end = min(len(samples), start + _BLOCK)
        low, high = max(0, start - 2 * reach), min(len(samples), end + 2 * reach)
        first, last = max(0, low - _MARGIN), min(len(samples), high + _MARGIN)
        louder = np.asarray(samples[first:last] * 10 ** (gain_db / 20), np.float32)
        out[start:end] = louder[start - first : end - first]
        gain = _CEILING / np.maximum(_true_peaks(louder)[low - first : high - first], _CEILING)
        if gain.min() >= 1:
            continue
        # The lowest gain within reach, then a weighted mean over the same reach: never above the gain that a peak
        # allows.
        gain = _lowest_within(gain, reach)
        for _ in range(3):  # a mean of a mean of a mean is a smooth curve
            gain = _mean_within(gain, reach // 3)
        out[start:end] *= np.minimum(gain[start - low : end - low], 1.0)
    return out


def _lowest_within(values: Reals, reach: int) -> Reals:
    """(n,) the lowest of the values (n,) that are no farther than `reach`."""
    lowest, span = np.pad(values, reach, mode="edge"), 1
    while span < 2 * reach + 1:
        step = min(span, 2 * reach + 1 - span)
        lowest, span = np.minimum(lowest[:-step], lowest[step:]), span + step
    return lowest


def _mean_within(values: Reals, reach: int) -> Reals:
    """(n,) the mean of the values (n,) that are no farther than `reach`."""
    sums = np.cumsum(np.pad(values, (reach + 1, reach), mode="edge"))
    return (sums[2 * reach + 1 :] - sums[: -2 * reach - 1]) / (2 * reach + 1)


def _true_peaks(samples: Samples) -> Reals:
    """(n,) for each sample, the highest of its four oversampled values."""
    around, half = samples.astype(np.float64), len(_BETWEEN) // 2 // _OVERSAMPLING
    peaks = np.abs(around)
    for phase in range(1, _OVERSAMPLING):
        fine = np.convolve(around, _BETWEEN[phase::_OVERSAMPLING])[half : half + len(around)]
        peaks = np.maximum(peaks, np.abs(fine))
    return peaks
