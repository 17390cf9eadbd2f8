"""Judges the voices: one table of what can be measured, beside three native readers of LibriVox.

    python bench/voices.py                         every shipped voice; half an hour of two cores
    python bench/voices.py --only Sara Ava         some of them
    python bench/voices.py --folder SOUNDS         keeps what is spoken; what lies there is not spoken again
    python bench/voices.py --style af_nicole       a style as it is, or --style "bf_emma=2,bf_lily=1"

For each voice: on six texts the probability of English that Whisper base gives with the language left open; its word
errors; the loudness; the pace of the same words in sentences of 3 to 60 words; the height of the melody; clicks; how
clear sibilants and word ends are; word errors at the ends of speed and pitch; core seconds a second. Then r against l
(F3) and vowels that the voices should keep apart. Exits with 1 where a goal is missed. The texts are not those that
`tools/voices` measures the voices with.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy
from numpy.typing import NDArray

from bench.tables import table
from judges.formants import Formants, apart_bark, f3_hz, formants
from judges.pitch import f0_hz
from judges.whisper import language_probability, transcribe, word_error_rate
from limelight.catalog.voices import Gender, Locale, VoiceEntry, shipped_voices
from limelight.media.decode import read_sound
from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech.audio import loudness_lufs, resample
from limelight.speech.measure import log_pace, predicted_timing
from limelight.speech.script import read_script
from limelight.speech.speak import speak
from limelight.speech.speaker import Measure, Speaker
from limelight.speech.types import Phoneme, Word

DATA = Path(__file__).resolve().parent.parent / "tests" / "data"
PLAIN, HARD, PAIRS, NAMES, NUMBERS, FAST = "plain", "r l th v w", "pairs", "names", "numbers", "fast"
#: What is said, and at which speed.
TEXTS = {
    PLAIN: (
        "Good morning, and welcome to our spring update. In the next few minutes we will look at what went well, what "
        "we learned, and what comes next. Please ask as many questions as you like, and thank you for taking the time "
        "to join us today.",
        1.0,
    ),
    HARD: (
        "Her brother Larry thought very little of the weather, although the village lawyer really loved walking with "
        "three royal ravens through the wild lavender. Will either of those travellers arrive there on Thursday, or "
        "were they all lost in the valley while they were looking for rivers?",
        1.0,
    ),
    PAIRS: (
        "We saw the right light on the wrong long road. They prayed while we played, and the clown wore a "
        "crown. Please "
        "fill the glass, feel the grass, and lead the sheep to the ship before you read. A vest from the west, a thin "
        "tin, a boy who will pull me out of the pool. "
        "Stop the clock: a hut is hot, a duck is at the dock, and a cut is on the cot.",
        1.0,
    ),
    NAMES: (
        "Sarah Connelly and Michael O'Brien met Priya Raghunathan in Edinburgh, before they flew on to "
        "Albuquerque with "
        "Doctor Schneider. Rebecca Llewellyn lives in Massachusetts, and her cousin Giovanni works for Volkswagen in "
        "Leicester.",
        1.0,
    ),
    NUMBERS: (
        "In 2024 we sold 1,250 units at $19.99 each, about 37% more than in 2019. On March 3rd at 7:30 p.m. "
        "the counter "
        "passed 1.5 million, and 3/4 of all orders came from the 12 largest cities.",
        1.0,
    ),
    FAST: (
        "Before you begin, please check that the pump is switched off and that both valves are fully closed. Move the "
        "blue lever to the bottom, wait for five seconds, and then push the button above the display.",
        1.5,
    ),
}  # fmt: skip
#: A second plain text, for the ends of speed and pitch.
ENDS = (
    "The village market opens early in the morning. Farmers bring bread, cheese and apples, and somebody always sells "
    "old books."
)
#: What makes sentences longer; with one of the beginnings they have 3 to 60 words.
CONTINUATIONS = (
    (
        "", "near the open window", "because the room had become much too warm",
        "and nobody wanted to be the first one who complained",
        "about it to the woman at the desk, who was busy with two telephones and a long list of names that she had to "
        "check before the buses with all the guests from the airport would stop in front of the hotel",
    ),
    (
        "", "after a long day", "that had begun with a call from the office",
        "and did not get any better when the printer broke down",
        "in the middle of the only job that really mattered, so that we had to drive to the other side of the town and "
        "ask a friend whether she could help us out with hers before the shops were closed",
    ),
    (
        "", "without any trouble", "although the instructions were hard to understand",
        "and some of the pictures showed a different model",
        "from the one that was lying on the table in front of us, with its cables, its four screws and a small key "
        "that did not seem to fit anywhere, however often we turned it over and tried it again",
    ),
)  # fmt: skip
BEGINNINGS = (
    "They sat down", "We opened the box", "The first test was easy", "She smiled at him", "Everything went fine",
    "Both brothers waited", "The new teacher arrived", "I finished the book", "It worked", "Our guests were tired",
    "He fixed the lamp", "The small dog slept", "You did very well", "A light came on", "The meeting ended early",
    "Nina made coffee", "My phone rang", "The children played cards", "That was a surprise", "We put it together",
    "The team solved it",
)  # fmt: skip
READERS = (
    ("LibriVox, Austen (man)", "librivox", 5000.0),
    ("LibriVox, Shakespeare (woman)", "sonnet", 5500.0),
    ("LibriVox, LJSpeech (woman)", "ljspeech", 5500.0),
)
#: Pairs of vowels, as America has them and as Britain has.
VOWELS = {"en-US": (("i", "ɪ"), ("u", "ʊ"), ("ʌ", "ɑ")), "en-GB": (("i", "ɪ"), ("u", "ʊ"), ("ʌ", "ɒ"))}

_LEAST_ENGLISH = {PLAIN: 0.95, HARD: 0.95, PAIRS: 0.95, NAMES: 0.9, NUMBERS: 0.9, FAST: 0.9}
_MOST_ERRORS = 0.03
_MOST_LOUDNESS_LU = 1.0
_MOST_PACE = 0.05


@dataclass(frozen=True)
class Said:
    """Something that was spoken."""

    samples: NDArray[np.float32]
    phonemes: tuple[Phoneme, ...]
    words: tuple[Word, ...]
    core_s: float


class Booth:
    """Speaks, and keeps what was spoken."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def say(self, entry: VoiceEntry, name: str, text: str, speed: float = 1.0, pitch: float = 0.0) -> Said:
        """The text in this voice; from the folder where it lies there."""
        file = self._folder and self._folder / f"{entry.name}-{name.replace(' ', '')}.npz"
        if file and file.exists():
            with np.load(file) as kept:
                phonemes = tuple(Phoneme(*p) for p in json.loads(str(kept["phonemes"])))
                words = tuple(Word(*w) for w in json.loads(str(kept["words"])))
                return Said(kept["samples"].astype(np.float32), phonemes, words, float(kept["core_s"]))
        before = time.process_time()
        speech = speak(text, entry.speaker, speed, pitch)
        said = Said(speech.samples, speech.phonemes, speech.words, time.process_time() - before)
        if file:
            np.savez_compressed(
                file,
                samples=said.samples.astype(np.float16),
                phonemes=json.dumps([[p.symbol, p.start_s, p.end_s, p.stress] for p in said.phonemes]),
                words=json.dumps([[w.text, w.start_s, w.end_s] for w in said.words]),
                core_s=said.core_s,
            )
        return said


# What is measured


def pace_spread(speaker: Speaker) -> float:
    """By how much the pace of the same words differs over the length of their sentence, of 3 to 60 words (0.05: the
    fastest length is five per cent faster than the slowest), by the durations that the model predicts."""
    rows = []
    for i, beginning in enumerate(BEGINNINGS):
        pieces = CONTINUATIONS[i % len(CONTINUATIONS)]
        texts = [" ".join(filter(None, [beginning, *pieces[:n]])) + "." for n in range(1, len(pieces) + 1)]
        # A very long sentence is spoken in two; its first part has the words that are compared.
        rows.append([predicted_timing(speaker, read_script(text, limit=len(text)).sentences[0].text) for text in texts])
    steps = [np.mean([log_pace(row[k], row[k + 1]) for row in rows]) for k in range(len(rows[0]) - 1)]
    return float(np.exp(np.ptp(np.cumsum([0.0, *steps]))) - 1)


def level_spread_db(entry: VoiceEntry, booth: Booth) -> float:
    """By how many decibels the level of the first words differs over the length of their sentence, in one scene."""
    lengths = (1, 2, 4)
    texts = [
        " ".join(filter(None, [beginning, *CONTINUATIONS[i][:n]])) + "."
        for i, beginning in enumerate(BEGINNINGS[1 : len(CONTINUATIONS) + 1])
        for n in lengths
    ]
    said = booth.say(entry, "levels", " ".join(texts))
    levels, at = [], 0
    for text in texts:
        a, b = (round(t * SAMPLE_RATE_HZ) for t in (said.words[at].start_s, said.words[at + 2].end_s))
        levels.append(10 * np.log10(np.mean(np.square(said.samples[a:b], dtype=np.float64))))
        at += len(text.split())
    return float(np.ptp(np.mean(np.reshape(levels, (-1, len(lengths))), axis=0)))


def clicks_a_minute(samples: NDArray[np.float32], phonemes: Iterable[Phoneme]) -> float:
    """Bursts between 5 and 8 kHz of less than 3 ms that stand 20 dB above all that is within 10 ms of them, and are no
    stop's release: in a recording of a person, hard attacks of vowels and what a mouth does."""
    rate = 16_000
    sound = resample(samples, SAMPLE_RATE_HZ, rate).astype(np.float64)
    high = np.square(scipy.signal.sosfiltfilt(scipy.signal.butter(4, 5000, "high", fs=rate, output="sos"), sound))
    step = rate // 1000
    power = high[: len(high) // step * step].reshape(-1, step).mean(axis=1)
    loudest = scipy.ndimage.maximum_filter1d(power, 7, mode="nearest")
    beside = np.maximum(np.roll(loudest, 6), np.roll(loudest, -6))
    found = (power > 100 * beside) & (power > 1e-6 * np.square(sound).max())
    for p in phonemes:
        if p.symbol in "pbtdkɡʤʧTʔ":
            found[max(round(1000 * p.start_s) - 20, 0) : round(1000 * p.end_s) + 30] = False
    return float(found.sum() / (len(sound) / rate / 60))


def sibilance_db(samples: NDArray[np.float32], phonemes: Iterable[Phoneme]) -> float:
    """Level of s and z against vowels, dB. 48 kHz or 16 kHz sound is looked at below 8 kHz alike."""
    return _level_db(samples, phonemes, "sz") - _level_db(samples, phonemes, "AIOWYiuæɑɔɛɪʊʌə")


def ends_db(samples: NDArray[np.float32], said: Said) -> float:
    """Level of the last consonant of words against vowels, dB: swallowed ends are low."""
    ends = []
    for word in said.words:
        inside = [p for p in said.phonemes if word.start_s - 1e-3 <= p.start_s and p.end_s <= word.end_s + 1e-3]
        if inside and inside[-1].symbol in "tdkpbɡszfvθðʃʧʤ":
            ends.append(inside[-1])
    vowels = _level_db(samples, said.phonemes, "AIOWYiuæɑɔɛɪʊʌə")
    return _level_db(samples, ends, "tdkpbɡszfvθðʃʧʤ") - vowels


def _level_db(samples: NDArray[np.float32], phonemes: Iterable[Phoneme], symbols: str) -> float:
    """The median over phonemes of the loudest 20 ms."""
    levels = []
    step = round(0.02 * SAMPLE_RATE_HZ)
    for p in phonemes:
        part = samples[round(p.start_s * SAMPLE_RATE_HZ) : round(p.end_s * SAMPLE_RATE_HZ)].astype(np.float64)
        if p.symbol in symbols and len(part) >= step:
            frames = part[: len(part) // step * step].reshape(-1, step)
            levels.append(10 * np.log10(np.square(frames).mean(axis=1).max() + 1e-12))
    return float(np.median(levels)) if levels else float("nan")


def pauses_s(said: Said) -> tuple[float, float]:
    """Median silence after a full stop and after a comma, seconds."""
    after: dict[str, list[float]] = {".": [], ",": []}
    for a, b in zip(said.words, said.words[1:], strict=False):
        if a.text[-1] in after:
            after[a.text[-1]].append(b.start_s - a.end_s)
    stop, comma = (float(np.median(after[sign])) if after[sign] else float("nan") for sign in ".,")
    return stop, comma


def sounds_apart(
    sounds: Sequence[tuple[NDArray[np.float32], Sequence[Phoneme]]], ceiling_hz: float, locale: str = "en-US"
) -> list[str]:
    """F3 of r and l, their ratio, and how far vowels are apart in Bark; how often the rarer one of a pair was heard."""

    def of(symbols: str) -> list[Formants]:
        return [one for samples, ph in sounds for one in formants(samples, SAMPLE_RATE_HZ, ph, symbols, ceiling_hz)]

    r_hz, l_hz = f3_hz(of("ɹ")), f3_hz(of("l"))
    cells = [f"{r_hz:.0f}", f"{l_hz:.0f}", f"{l_hz / r_hz:.2f}"]
    for a, b in VOWELS[locale]:
        one, other = of(a), of(b)
        rarer = min(len(one), len(other))
        cells.append(f"{apart_bark(one, other):.1f} ({rarer})" if rarer else "–")
    return cells


# The table


def judged(entry: VoiceEntry, booth: Booth) -> tuple[list[str], list[str], list[str]]:
    """Two rows of figures, and what is missed."""
    missed: list[str] = []

    def within(ok: bool, text: str, what: str) -> str:
        if not ok:
            missed.append(f"{entry.name}: {what} {text}")
        return text if ok else f"**{text}**"

    said = {name: booth.say(entry, name, text, speed) for name, (text, speed) in TEXTS.items()}
    cells = [entry.name]
    for name, one in said.items():
        english = language_probability(one.samples, SAMPLE_RATE_HZ, "en")
        cells.append(within(english >= _LEAST_ENGLISH[name], f"{english:.3f}", name))
    plain = [word_error_rate(TEXTS[name][0], transcribe(said[name].samples, SAMPLE_RATE_HZ)) for name in (PLAIN, FAST)]
    plain.append(word_error_rate(ENDS, transcribe(booth.say(entry, "ends", ENDS).samples, SAMPLE_RATE_HZ)))
    counts = [len(text.split()) for text in (TEXTS[PLAIN][0], TEXTS[FAST][0], ENDS)]
    errors = float(np.average(plain, weights=counts))
    cells.append(within(errors <= _MOST_ERRORS, f"{100 * errors:.1f}", "word errors"))
    louds = [loudness_lufs(one.samples) for one in said.values()]
    off = max(louds, key=lambda lufs: abs(lufs + 16))
    cells.append(within(abs(off + 16) <= _MOST_LOUDNESS_LU, f"{off:.1f}", "loudness"))
    spread = pace_spread(entry.speaker)
    cells.append(within(spread <= _MOST_PACE, f"{100 * spread:.1f}", "pace"))
    pitch = np.concatenate([f0_hz(said[name].samples, SAMPLE_RATE_HZ) for name in (PLAIN, NAMES)])
    low, middle, high = np.percentile(pitch, (5, 50, 95))
    cells.append(f"{middle:.0f} ({low:.0f}–{high:.0f})")
    clicks = np.mean([clicks_a_minute(one.samples, one.phonemes) for one in said.values()])
    cells.append(f"{clicks:.1f}")
    core = sum(one.core_s for one in said.values()) / sum(len(one.samples) / SAMPLE_RATE_HZ for one in said.values())
    cells.append(f"{core:.3f}")

    ends = {
        "speed 0.5": booth.say(entry, "slow", ENDS, 0.5),
        "speed 2": booth.say(entry, "double", ENDS, 2.0),
        "pitch −20": booth.say(entry, "low", ENDS, 1.0, -20.0),
        "pitch 20": booth.say(entry, "high", ENDS, 1.0, 20.0),
    }
    more = [entry.name]
    more += [f"{100 * word_error_rate(ENDS, transcribe(one.samples, SAMPLE_RATE_HZ)):.0f}" for one in ends.values()]
    one = said[HARD]
    more.append(f"{level_spread_db(entry, booth):.1f}")
    more += [f"{sibilance_db(one.samples, one.phonemes):.1f}", f"{ends_db(one.samples, one):.1f}"]
    stop, comma = pauses_s(said[PLAIN])
    more += [f"{stop:.2f}", f"{comma:.2f}"]
    more.append(f"{sum(len(s.phonemes) for s in said.values()) / sum(_spoken_s(s) for s in said.values()):.1f}")
    ceiling_hz = 5000.0 if entry.gender == "male" else 5500.0
    more += sounds_apart(
        [(said[name].samples, said[name].phonemes) for name in (HARD, PAIRS, PLAIN)], ceiling_hz, entry.locale
    )
    return cells, more, missed


def _spoken_s(said: Said) -> float:
    return sum(p.end_s - p.start_s for p in said.phonemes)


def reader_rows() -> tuple[list[list[str]], list[list[str]]]:
    """The same figures of the recordings, where there are any."""
    first, second = [], []
    for name, file, ceiling in READERS:
        samples = read_sound(DATA / f"{file}.flac")
        phonemes = tuple(Phoneme(*row) for row in json.loads((DATA / f"{file}.json").read_text()))
        english = language_probability(samples, SAMPLE_RATE_HZ, "en")
        low, middle, high = np.percentile(f0_hz(samples, SAMPLE_RATE_HZ), (5, 50, 95))
        clicks = clicks_a_minute(samples, phonemes)
        first.append(
            [name, f"{english:.3f}", *"–––––", "", "", "", f"{middle:.0f} ({low:.0f}–{high:.0f})", f"{clicks:.1f}", ""]
        )
        pace = len(phonemes) / sum(p.end_s - p.start_s for p in phonemes)
        apart = sounds_apart([(samples, phonemes)], ceiling)
        second.append([name, *"–––––", f"{sibilance_db(samples, phonemes):.1f}", "–", "–", "–", f"{pace:.1f}", *apart])
    return first, second


FIRST = (
    "voice", *TEXTS, "word errors %", "LUFS", "pace spread %", "F0 Hz", "clicks/min", "core s/s",
)  # fmt: skip
SECOND = (
    "voice", "errors at speed 0.5 %", "2 %", "pitch −20 %", "20 %", "level over length dB", "s against vowels dB",
    "word ends dB", "full stop s", "comma s", "sounds/s", "F3 of r", "of l", "ratio", "sheep/ship",
    "pool/pull", "cut/cot",
)  # fmt: skip


def main() -> int:
    """Speak, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", metavar="NAME")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--style", action="append", default=[])
    args = parser.parse_args()
    if args.folder:
        args.folder.mkdir(parents=True, exist_ok=True)
    entries: list[VoiceEntry] = [e for e in shipped_voices() if args.only is None or e.name in args.only]
    entries = [*map(_of_style, args.style)] or entries
    speak("Warm up.", entries[0].speaker)
    first, second, missed = [], [], []
    booth = Booth(args.folder)
    for entry in entries:
        cells, more, problems = judged(entry, booth)
        first.append(cells)
        second.append(more)
        missed += problems
        print(" ".join(cells), "//", " ".join(more), file=sys.stderr, flush=True)
    readers = reader_rows()
    print(table(FIRST, [*first, *readers[0]]), table(SECOND, [*second, *readers[1]]), sep="\n\n")
    print(*missed or ["every goal is met"], sep="\n")
    return 1 if missed else 0


def _of_style(text: str) -> VoiceEntry:
    weights = {part.partition("=")[0]: float(part.partition("=")[2] or 1) for part in text.split(",")}
    first = next(iter(weights))
    like = shipped_voices()[0]
    gender: Gender = "male" if first[1] == "m" else "female"
    locale: Locale = "en-GB" if first[0] == "b" else "en-US"
    speaker = Speaker(weights, is_british=first[0] == "b", measure=Measure())
    return replace(like, name=text, gender=gender, locale=locale, speaker=speaker)


if __name__ == "__main__":
    sys.exit(main())
