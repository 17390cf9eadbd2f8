"""Common words and names against another dictionary: CMUdict as pocketsphinx's wheel has it, which knows no stress."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import names
import pocketsphinx
import wordfreq

from limelight.speech.reader import read_sentence
from limelight.speech.script import Sentence

_SOUNDS = {
    "AA": "ɑ", "AE": "æ", "AH": "ə", "AO": "ɔ", "AW": "W", "AY": "I", "EH": "ɛ", "ER": "əɹ", "EY": "A", "IH": "ɪ",
    "IY": "i",
    "OW": "O", "OY": "Y", "UH": "ʊ", "UW": "u", "B": "b", "CH": "ʧ", "D": "d", "DH": "ð", "F": "f", "G": "ɡ", "HH": "h",
    "JH": "ʤ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t",
    "TH": "θ",
    "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip
#: What the dictionary writes alike.
_ALIKE = str.maketrans({"ᵊ": "ə", "ᵻ": "ɪ", "T": "t", "ʌ": "ə", "ɜ": "ə"})
#: Of 10,000 words so many were unlike the dictionary before there was a front end of our own; most by a reduced vowel.
BEFORE = 1370


@functools.cache
def dictionary() -> dict[str, set[str]]:
    file = Path(pocketsphinx.__file__).parent / "model" / "en-us" / "cmudict-en-us.dict"
    found: dict[str, set[str]] = {}
    for line in file.read_text("utf-8").splitlines():
        word, *phones = line.split()
        found.setdefault(re.sub(r"\(\d+\)$", "", word), set()).add("".join(_SOUNDS[p] for p in phones))
    return found


def sounds(said: str) -> str:
    return "".join(c for c in said if c.isalpha() and c not in "ˈˌ").translate(_ALIKE)


def test_common_names_are_said_as_the_dictionary_says():
    folder = Path(names.__file__).parent
    wanted = [
        line.split()[0].capitalize()
        for file, count in (("dist.female.first", 200), ("dist.male.first", 200), ("dist.all.last", 300))
        for line in (folder / file).read_text("ascii").splitlines()[:count]
    ]
    said = {name: sounds(read_sentence(Sentence(f"I met {name} today."))[2].phonemes) for name in wanted}
    wrong = [name for name in wanted if said[name] not in dictionary()[name.lower()]]
    assert len(wanted) == 700
    assert len(wrong) <= 0.02 * len(wanted), wrong


def test_common_words_are_said_as_well_as_before():
    words = [w for w in wordfreq.top_n_list("en", 14_000) if re.fullmatch("[a-z]+(?:'[a-z]+)?", w) and len(w) > 1]
    words = [word for word in words if word in dictionary()][:10_000]
    wrong = [w for w in words if sounds(read_sentence(Sentence(w))[0].phonemes) not in dictionary()[w]]
    assert len(words) == 10_000
    assert len(wrong) <= BEFORE
