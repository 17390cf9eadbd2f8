"""Are phonemes where they are heard? Vowels that lie in silence, over many sentences.

`python bench/phoneme_times.py SENTENCES.txt [--voice NAME]` speaks a sentence a line and lists each vowel whose loudest
10 ms stay SILENT_DB below the sentence's loudest, or that holds a silence of LONG_S: a mouth that opens for nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from limelight.catalog.voices import DEFAULT_FEMALE, voice_named
from limelight.speech.reader import read_sentence
from limelight.speech.script import read_script
from limelight.speech.speaker import Speaker
from limelight.speech.timing import MODEL_RATE_HZ
from limelight.speech.utter import utter

SILENT_DB = -38.0
LONG_S = 0.12
_VOWELS = frozenset("AIOQWYaiuæɑɐɒɔəɛɜɪʊʌᵊᵻ")
_STEP = MODEL_RATE_HZ // 200


def faults(text: str, speaker: Speaker) -> tuple[int, list[str]]:
    """How many vowels a text has, and those that lie in silence."""
    count, found = 0, []
    for sentence in read_script(text, limit=len(text)).sentences:
        words = read_sentence(sentence, british=speaker.is_british)
        utterance, _ = utter(words, speaker)
        power = np.square(utterance.samples.astype(np.float64))
        level = 10 * np.log10(power[: len(power) // _STEP * _STEP].reshape(-1, _STEP).mean(1) + 1e-12)
        level -= np.convolve(level, [0.5, 0.5], "same").max()
        for p in utterance.phonemes:
            if p.symbol not in _VOWELS:
                continue
            count += 1
            part = level[int(p.start_s * 200) : max(int(p.end_s * 200), int(p.start_s * 200) + 1)]
            quiet = part < SILENT_DB
            if quiet.all() or _longest(quiet) >= LONG_S * 200:
                word = next((w.text for w in utterance.words if w.start_s <= p.start_s < w.end_s), "?")
                silent_s = quiet.sum() / 200
                found.append(f"{p.symbol} of {word} at {p.start_s:.2f}-{p.end_s:.2f}, {silent_s:.2f} s silent: {text}")
    return count, found


def _longest(quiet: np.ndarray) -> int:
    longest = run = 0
    for q in quiet:
        run = run + 1 if q else 0
        longest = max(longest, run)
    return longest


def main() -> None:
    """List the faults of a file of sentences."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("sentences", type=Path)
    arguments.add_argument("--voice", default=DEFAULT_FEMALE.name)
    args = arguments.parse_args()
    speaker = voice_named(args.voice).speaker
    vowels = bad = 0
    lines = [line for line in args.sentences.read_text("utf-8").splitlines() if line.strip()]
    for line in lines:
        count, found = faults(line, speaker)
        vowels += count
        bad += len(found)
        for fault in found:
            print(fault, flush=True)
    print(f"{bad} of {vowels} vowels in {len(lines)} sentences lie in silence")


if __name__ == "__main__":
    main()
