"""What reading costs: core seconds for the phonemes of ten thousand words, loading included; and how much is right.

`python bench/reading.py [FOLDER ...]` reads a text of plain prose with figures, dates and names in a process of its
own, three times, and prints the least; then, for each folder of sentences with what is to be said (as
tests/data/reading), the share that is read right.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from pathlib import Path

WORDS = 10_000
_SENTENCES = (
    "We started the project in the spring of 2021 with a team of five people and a budget of $250,000.",
    "Our customers asked for a simpler way to share their results, and we listened to them carefully.",
    "The meeting is at 9:30 on Monday, March 4, in room 404 on the fourth floor.",
    "Dr. Angela Smith will present the findings of the study, which followed 1,200 patients for 18 months.",
    "Please read the instructions first and then press the button to record your message.",
    "The new model is 35% faster and uses 2.5 GB less memory than the one before.",
    "She lives near the river and walks along the bank every morning before work.",
)


def text() -> str:
    """About WORDS words."""
    pieces: list[str] = []
    count = 0
    for sentence in itertools.cycle(_SENTENCES):
        if count >= WORDS:
            return " ".join(pieces)
        pieces.append(sentence)
        count += len(sentence.split())
    raise AssertionError


def cost() -> None:
    """Print the core seconds of this process for importing and for reading."""
    begun = time.process_time()
    from limelight.speech.saying import saying
    from limelight.speech.script import read_script

    imported = time.process_time()
    script = text()
    said = saying(read_script(script, limit=len(script)))
    ended = time.process_time()
    print(f"{imported - begun:.3f} {ended - imported:.3f} {len(said.words)}")


def right(folder: Path) -> tuple[int, int]:
    """How many sentences of a folder are read right, and how many there are."""
    from judges import reading_sets

    return reading_sets.right(folder)


def main() -> None:
    """Measure, or do what a child is asked for."""
    if sys.argv[1:] == ["--cost"]:
        cost()
        return
    runs = [
        subprocess.run([sys.executable, __file__, "--cost"], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(3)
    ]
    imported, read, words = min(runs, key=lambda run: float(run[1]))
    print(f"import {imported} s, {words} words {read} s of a core, dictionaries loaded")
    for folder in map(Path, sys.argv[1:]):
        count, all_ = right(folder)
        print(f"{folder}: {count} of {all_} right ({100 * count / max(all_, 1):.1f} %)")


if __name__ == "__main__":
    main()
