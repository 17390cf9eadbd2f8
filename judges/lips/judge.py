"""The goals of lip sync and acting, and whether a film meets them.

Told from decoded pictures and sound only. The sources of the goals are in docs/quality.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from judges.lips import Track, measure, recogniser
from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech import audio
from limelight.speech.types import Phoneme

#: Fewer seconds cannot tell how often someone blinks.
_BLINK_RATE_FROM_S = 45.0
#: Of fewer pairs a single one would miss the goal of 95 %.
_PAIRS = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One goal, and what a film does."""

    what: str
    #: for people
    measured: str
    goal: str
    #: None where nothing in the film tells, or where the number is only indicative
    met: bool | None
    #: for programs; names end in their unit
    numbers: Mapping[str, float] = field(default_factory=dict)


def sound_of(film: Path) -> NDArray[np.float32]:
    """A film's sound: mono, 48 kHz, from the moment of the first picture; empty where there is none."""
    with av.open(str(film)) as container:
        if not container.streams.audio:
            return np.zeros(0, np.float32)
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=SAMPLE_RATE_HZ)
        blocks, begin_s = [], None
        for frame in container.decode(audio=0):
            begin_s = frame.time if begin_s is None else begin_s
            blocks += [f.to_ndarray()[0] for f in resampler.resample(frame)]
        blocks += [f.to_ndarray()[0] for f in resampler.resample(None)]
    with av.open(str(film)) as container:
        first_picture = next(container.decode(video=0))
    late = round(((begin_s or 0.0) - (first_picture.time or 0.0)) * SAMPLE_RATE_HZ)
    sound = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    return np.pad(sound, (late, 0)) if late > 0 else sound[-late:]


def recognised(sound: NDArray[np.float32]) -> tuple[Phoneme, ...]:
    """What a phone recogniser hears in a film's sound: for films whose phonemes are not known.

    Another one than the product's, whose errors would go unseen.
    """
    return tuple(recogniser.phones(_for_recogniser(sound)))


def aligned(sound: NDArray[np.float32], words: str) -> tuple[Phoneme, ...]:
    """The phonemes of a recording (mono, 48 kHz) whose English words are known.

    Raises ValueError where they do not fit.
    """
    found = recogniser.aligned(_for_recogniser(sound), words)
    if not found:
        raise ValueError("the words are not those of the recording, or one is not in the dictionary")
    return tuple(found)


def _for_recogniser(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    return audio.resample(audio.loudness_normalised(sound), SAMPLE_RATE_HZ, 16_000)


def judge(seen: Track, sound: NDArray[np.float32], phonemes: Sequence[Phoneme], *, known: bool = True) -> list[Row]:
    """A film's rows, from its track and its sound from the first picture on (mono, 48 kHz).

    `known` says that the phonemes are those that were spoken. Of recognised ones only that is held to a goal which
    their errors leave to be told; the rest is measured, and indicative.
    """
    return [
        _share("a face in every frame", "faces", measure.faces_in_every_frame(seen), 1.0, least=1),
        _loudness(seen, sound),
        *(_timing(seen, phonemes) if phonemes else ()),
        *(_sounds(seen, phonemes, known) if phonemes else ()),
        _silence(seen, phonemes),
        _repeated(seen, phonemes),
        *_blinks(seen),
        *_head(seen),
        *([_nods(seen, phonemes, known)] if phonemes else ()),
        *_manner(seen, phonemes),
    ]


def _loudness(seen: Track, sound: NDArray[np.float32]) -> Row:
    loudness = measure.loudness(sound, SAMPLE_RATE_HZ, len(seen), seen.fps) if sound.any() else np.zeros(len(seen))
    lead_s, likeness = measure.lips_ahead_s(measure.aperture(seen), loudness, seen.fps)
    if likeness <= 0:
        return Row("lips ahead of the loudness", "nothing to compare", "within 80 ms", None)
    numbers = {"loudness_offset_ms": 1000 * lead_s, "loudness_r": likeness}
    shown = f"{1000 * lead_s:+.0f} ms (r {likeness:.2f})"
    return Row("lips ahead of the loudness", shown, "within 80 ms", abs(lead_s) <= 0.080, numbers)


def _timing(seen: Track, phonemes: Sequence[Phoneme]) -> list[Row]:
    lips = measure.aperture(seen)
    expected = measure.expected_opening(phonemes, len(seen), seen.fps)
    lead_s, likeness = measure.lips_ahead_s(lips, expected, seen.fps)
    drift_s = measure.drift_s(lips, expected, seen.fps)
    drift = Row("drift over the film", "too short to tell", "within 40 ms", None)
    if drift_s is not None:
        numbers = {"drift_ms": 1000 * drift_s}
        drift = Row(drift.what, f"{1000 * drift_s:+.0f} ms", drift.goal, abs(drift_s) <= 0.040, numbers)
    return [
        Row(
            "lips ahead of the phonemes",
            f"{1000 * lead_s:+.0f} ms",
            "within 40 ms",
            abs(lead_s) <= 0.040,
            {"offset_ms": 1000 * lead_s},
        ),
        Row("lips open as the phonemes do", f"r {likeness:.2f}", "0.5", likeness >= 0.5, {"offset_r": likeness}),
        drift,
    ]


def _sounds(seen: Track, phonemes: Sequence[Phoneme], known: bool) -> list[Row]:
    closed, unclosed = measure.closures(seen, phonemes)
    teeth, untouched = measure.labiodentals(seen, phonemes)
    opening, _ = measure.order_of_opening(seen, phonemes)
    below = measure.bilabials_under_open_vowels(seen, phonemes)
    width, _ = measure.order_of_width(seen, phonemes)
    open_ = measure.open_level(seen, phonemes)
    return [
        _share("p b m closed", "closure", closed, 0.98, unclosed, held=known),
        _share("f v at the teeth", "labiodental", teeth, 0.95, untouched, held=known),
        Row("open vowels", f"{open_:.3f} apart", "0.05", open_ >= 0.05, {"open_vowels": open_}),
        _share("order of opening", "opening_order", opening, 0.95, held=known, least=_PAIRS),
        _share("p b m under open vowels", "bilabials_under_vowels", below, 0.95, held=known),
        _share("rounded narrower than spread", "width_order", width, 0.95, held=known, least=_PAIRS),
    ]


def _share(
    what: str,
    name: str,
    share: measure.Share,
    goal: float,
    missed: Sequence[Phoneme] = (),
    *,
    held: bool = True,
    least: int = 8,
) -> Row:
    """Fewer than `least` cannot tell a percentage."""
    shown = f"{share} {_names(missed)}" if share.all else "none"
    numbers = {f"{name}_share": share.part, f"{name}_count": share.all} if share.all else {}
    met = share.part >= goal if held and share.all >= least else None
    return Row(what, shown, f"{100 * goal:.0f} %", met, numbers)


def _names(missed: Sequence[Phoneme]) -> str:
    return "missed " + ", ".join(f"{p.symbol} at {p.start_s:.2f} s" for p in missed[:8]) if missed else ""


def _silence(seen: Track, phonemes: Sequence[Phoneme]) -> Row:
    still = measure.silence(seen, phonemes)
    if not still.frames:
        return Row("lips in silence", "no silence", "closed, still", None)
    met = still.aperture < measure.SHUT and still.restless < measure.QUIVER
    numbers = {"silence_aperture": still.aperture, "silence_restless": still.restless}
    shown = f"{still.aperture:.3f} ± {still.restless:.3f} in {still.frames} frames"
    return Row("lips in silence", shown, f"under {measure.SHUT:.3f} ± {measure.QUIVER:.3f}", met, numbers)


def _repeated(seen: Track, phonemes: Sequence[Phoneme]) -> Row:
    repeated = measure.repeated_frames(seen, phonemes)
    return Row("repeated frames in speech", str(repeated), "0", repeated == 0, {"repeated_frames": repeated})


def _blinks(seen: Track) -> list[Row]:
    """Few blinks tell neither a rate nor whether they are irregular."""
    blinks = measure.blinks(seen)
    seconds = len(seen) / seen.fps
    rate = 60 * len(blinks) / seconds if seconds else 0.0
    enough = seconds >= _BLINK_RATE_FROM_S
    numbers: dict[str, float] = {"blinks_per_minute": rate}
    rows = [Row("blinks a minute", f"{rate:.1f}", "10 to 25", 10 <= rate <= 25 if enough else None, numbers)]
    if not blinks:
        return rows
    lengths = np.array([length for _, length in blinks])
    alike = len(lengths) > 5 and lengths.std() < 0.002
    rows.append(
        Row(
            "length of blinks",
            f"{1000 * lengths.min():.0f} to {1000 * lengths.max():.0f} ms",
            "100 to 300 ms, not all alike",
            bool(lengths.min() >= 0.100 and lengths.max() <= 0.300 and not alike),
            {"blink_shortest_ms": 1000 * float(lengths.min()), "blink_longest_ms": 1000 * float(lengths.max())},
        )
    )
    varied = measure.irregularity(blinks)
    if varied is not None:
        met = varied >= 0.2 if enough else None
        rows.append(Row("irregularity of blinks", f"{varied:.2f}", "0.2", met, {"blink_irregularity": varied}))
    return rows


def _head(seen: Track) -> list[Row]:
    jump, speed, repeats = measure.largest_jump(seen), measure.head_speed(seen), measure.head_repeats(seen)
    still = measure.head_still(seen)
    return [
        Row("farthest jump of the head", f"{jump:.3f}", "under 0.06", jump < 0.06, {"head_jump": jump}),
        Row("speed of the head", f"{speed:.3f} a second", "", None, {"head_speed_per_s": speed}),
        Row(
            "head stands still",
            f"{still}",
            "1 %",
            still.part <= 0.01 if still.all else None,
            {"head_still_share": still.part} if still.all else {},
        ),
        Row(
            "head repeats itself",
            "too short to tell" if repeats is None else f"r {repeats:.2f}",
            "under 0.5",
            None if repeats is None else repeats < 0.5,
            {} if repeats is None else {"head_repeats_r": repeats},
        ),
    ]


def _nods(seen: Track, phonemes: Sequence[Phoneme], known: bool) -> Row:
    found = measure.nods(seen, phonemes)
    if found is None:
        return Row("nods with stressed vowels", "too few to tell", "2 standard errors", None)
    depth, error = found
    met = depth >= 2 * error if known else None
    numbers = {"nod_depth": depth, "nod_depth_error": error}
    return Row("nods with stressed vowels", f"{depth:.4f} ± {error:.4f}", "2 standard errors", met, numbers)


def _manner(seen: Track, phonemes: Sequence[Phoneme]) -> list[Row]:
    """What a style or an emotion changes; no goals."""
    nods, brows = measure.nods_a_minute(seen), measure.brow_height(seen)
    width = measure.resting_width(seen, phonemes)
    return [
        Row("nods a minute", f"{nods:.0f}", "", None, {"nods_per_minute": nods}),
        Row("brows above the eyes", f"{brows:.3f}", "", None, {"brow_height": brows}),
        Row("mouth at rest, wide", f"{width:.3f}", "", None, {"resting_width": width}),
    ]
