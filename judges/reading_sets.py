"""Sentences with what is to be said: KIND.tsv has a sentence and plain words that are as right, words_KIND.tsv a word
of it and its phonemes. A last column `stress=any` says that stress is not compared."""

from __future__ import annotations

from pathlib import Path

from limelight.speech.saying import saying
from limelight.speech.script import read_script

_STRESS = "ˈˌ"
_VOWELS = frozenset("AIOQWYaiuæɑɐɒɔəɛɜɪʊʌᵊᵻ")
#: Two ways to write one reduced vowel, and a tapped t.
_ALIKE = str.maketrans({"ᵊ": "ə", "ᵻ": "ɪ", "T": "t"})


def phonemes(text: str, *, british: bool = False) -> str:
    """What is said of a text, in misaki's alphabet."""
    return saying(read_script(text, limit=max(len(text), 1)), british=british).phonemes


def sounds(said: str) -> str:
    """Without signs, spaces and stress."""
    return "".join(c for c in said if c.isalpha() and c not in _STRESS)


def word_form(said: str, *, stress: bool = True) -> str:
    """A word's sounds and its main stress, which a word of one vowel does not need."""
    said = "".join(c for c in said if c.isalpha() and c != "ˌ").translate(_ALIKE)
    return said if stress and sum(c in _VOWELS for c in said) > 1 else said.replace("ˈ", "")


def rows(file: Path) -> list[list[str]]:
    """The cells of a .tsv file, without its comments."""
    lines = file.read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not (line.startswith("#") and "\t" not in line)]


def wrong(file: Path) -> list[tuple[str, str]]:
    """Sentences that are not read as one of their readings says, with what is said."""
    return [
        (row[0], phonemes(unescaped(row[0])))
        for row in rows(file)
        if not (_word_is_right(row) if file.stem.startswith("words_") else _is_right(row))
    ]


def right(folder: Path) -> tuple[int, int]:
    """How many sentences of a folder are read right, and how many there are."""
    files = sorted(folder.glob("*.tsv"))
    count = sum(len(rows(file)) for file in files)
    return count - sum(len(wrong(file)) for file in files), count


def unescaped(cell: str) -> str:
    """A cell whose `\\n` are line ends."""
    return "\\".join(part.replace("\\n", "\n") for part in cell.split("\\\\"))


def _is_right(row: list[str]) -> bool:
    ways = [way for way in row[1:] if way != "stress=any"]
    return sounds(phonemes(unescaped(row[0]))) in {sounds(phonemes(way)) for way in ways}


def _word_is_right(row: list[str]) -> bool:
    stress = row[-1] != "stress=any"
    readings = {word_form(way, stress=stress) for way in row[2:] if way != "stress=any"}
    return bool({word_form(w, stress=stress) for w in phonemes(unescaped(row[0])).split()} & readings)
