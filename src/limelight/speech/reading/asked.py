"""Readings that somebody asks for: by SSML's sub, phoneme and say-as, or by an entry of a word list."""

from __future__ import annotations

import re

from limelight.errors import ScriptInvalid
from limelight.speech.reading import dates, figures, money, numbers
from limelight.speech.reading.normalise import Fixed, Unreadable, normalise_text
from limelight.speech.reading.place import Place, Rule, letters

_KINDS_OF_LETTERS = frozenset(("characters", "spell-out", "spell", "verbatim", "letters"))
_IPA = (
    ("t͡ʃ", "ʧ"), ("d͡ʒ", "ʤ"), ("t͜ʃ", "ʧ"), ("d͜ʒ", "ʤ"), ("tʃ", "ʧ"), ("dʒ", "ʤ"), ("eɪ", "A"), ("aɪ", "I"),
    ("oʊ", "O"), ("əʊ", "O"), ("aʊ", "W"), ("ɔɪ", "Y"),
    ("ɑɪ", "I"), ("ɑʊ", "W"), ("ei", "A"), ("ai", "I"), ("ou", "O"), ("au", "W"), ("ɔi", "Y"), ("ɝ", "ɜɹ"),
    ("ɚ", "əɹ"), ("ɪə", "ɪɹ"), ("ɛ̃", "æn"), ("ɑ̃", "ɑn"), ("ɔ̃", "ɔn"), ("œ̃", "ʌn"),
)  # fmt: skip
_IPA_SINGLE = {
    "r": "ɹ", "ɾ": "T", "g": "ɡ", "e": "ɛ", "o": "O", "a": "ɑ", "ɒ": "ɑ", "ɐ": "ə", "ɨ": "ɪ", "ʉ": "u", "y": "u",
    "ø": "ɜ", "œ": "ɜ", "ɯ": "u", "x": "k", "χ": "k", "ɣ": "ɡ", "ʁ": "ɹ", "ʀ": "ɹ", "ɻ": "ɹ", "ɫ": "l",
    "ʎ": "lj", "ɲ": "nj", "ç": "ʃ", "ɕ": "ʃ", "ʂ": "ʃ", "ʑ": "ʒ", "ʐ": "ʒ", "β": "v", "ɸ": "f", "ʋ": "v", "ʍ": "w",
    "ɥ": "w", "c": "k", "ɟ": "ɡ", "q": "k", "ɬ": "l", "ɖ": "d", "ʈ": "t", "ɳ": "n", "ɭ": "l", "ħ": "h", "ʕ": "",
    "ɘ": "ə", "ɵ": "ə", "ɤ": "ʌ", "'": "ˈ", "ʏ": "ʊ", "ɱ": "m", "ʔ": "", "ɦ": "h",
}  # fmt: skip
_MISAKI = frozenset("AIOQWYaiuæɑɔəɛɜɪʊʌᵊᵻbdfhjklmnpstvwzðŋɡɹʃʒʤʧθTˈˌ")
_IGNORED = frozenset("ːˑ.|‖‿͜͡ʰʲʷˠˤ̩̯̥̬̃̊ \u032f\u0361()[]/ˀ‿-")
_VOWELS = frozenset("AIOQWYiuæɑɔəɛɜɪʊʌᵊᵻ")


def ipa_phonemes(ipa: str) -> str:
    """IPA in misaki's US alphabet, a space between words. Raises ScriptInvalid naming the unknown sign."""
    return " ".join(_one_word(word) for word in ipa.split()).strip()


def _one_word(ipa: str) -> str:
    text = ipa
    for sign, symbol in _IPA:
        text = text.replace(sign, symbol)
    phonemes: list[str] = []
    for c in text:
        if c in _IGNORED:
            continue
        symbols = _IPA_SINGLE.get(c, c)
        if any(symbol not in _MISAKI for symbol in symbols):
            raise ScriptInvalid(f"script has a sound that is not known in {ipa!r}: {c!r}; write it in IPA.")
        phonemes.extend(symbols)
    return _stress_at_vowels(phonemes)


def _stress_at_vowels(phonemes: list[str]) -> str:
    """Phonemes with each stress mark before its vowel, as in misaki; IPA has it before the syllable."""
    out: list[str] = []
    mark = ""
    for c in phonemes:
        if c in "ˈˌ":
            mark = c
        else:
            out.append(mark + c if c in _VOWELS else c)
            mark = "" if c in _VOWELS else mark
    return "".join(out)


_TO_IPA = {
    "A": "eɪ",
    "I": "aɪ",
    "O": "oʊ",
    "Q": "əʊ",
    "W": "aʊ",
    "Y": "ɔɪ",
    "ʧ": "tʃ",
    "ʤ": "dʒ",
    "T": "ɾ",
    "ᵊ": "ə",
    "ᵻ": "ɪ",
}
_ONSET = re.compile(r"((?:[bdfhjklmnpstvwzðŋɡɹʃʒθ]|tʃ|dʒ)*)([ˈˌ])")
#: Onsets of English syllables; the stress mark moves before the longest that fits.
_CLUSTERS = frozenset((
    "pl", "pɹ", "pj", "bl", "bɹ", "bj", "tɹ", "tj", "tw", "dɹ", "dj", "dw", "kl", "kɹ", "kj", "kw", "ɡl", "ɡɹ", "ɡj",
    "ɡw", "fl", "fɹ", "fj", "θɹ", "θw", "ʃɹ", "vj", "mj", "nj", "lj", "hj", "hw", "sj",
    "sp", "st", "sk", "sm", "sn", "sl", "sw", "sf", "spl", "spɹ", "spj", "stɹ", "stj", "skɹ", "skw", "skj", "tʃ", "dʒ",
))  # fmt: skip


def to_ipa(phonemes: str) -> str:
    """Phonemes of misaki's alphabet in IPA, with the stress mark before the syllable."""
    text = "".join(_TO_IPA.get(c, c) for c in phonemes)
    return _ONSET.sub(lambda m: _moved_mark(m[1], m[2]), text)


def _moved_mark(onset: str, mark: str) -> str:
    for size in range(min(3, len(onset)), 0, -1):
        head, cluster = onset[:-size], onset[-size:]
        if cluster in _CLUSTERS or size == 1:
            return f"{head}{mark}{cluster}" if cluster != "ŋ" else f"{onset}{mark}"
    return onset + mark


def fixed(
    first: int, last: int, kind: str, value: str, text: str, *, before: str = "", after: str = "", format: str = "",
    british: bool = False, unreadable: Unreadable | None = None,
) -> Fixed:  # fmt: skip
    """The reading of the words `first` to `last` that a tag or word list asks for.

    `kind` and `value` are those of `markup.Ask`, `text` is what they replace; `before` and `after` are glued to it, and
    are read as they stand.
    """
    if kind == "phoneme":
        phonemes, has_possessive = _phonemes(value, after)
        rest = re.sub(r"^['’]s?", "", after) if has_possessive else after
        return Fixed(first, last, _framed(before, phonemes, rest, british=british, unreadable=unreadable))
    if kind == "sub":
        return Fixed(first, last, normalise_text(f"{before}{value}{after}", british=british, unreadable=unreadable))
    return Fixed(
        first,
        last,
        _framed(
            before,
            say_as(value, text, format=format, british=british, unreadable=unreadable),
            after,
            british=british,
            unreadable=unreadable,
        ),
    )


def _phonemes(ipa: str, after: str) -> tuple[str, bool]:
    """Each word between slashes, as `pronounce` takes it; and whether `after` begins with a possessive, included."""
    phonemes = ipa_phonemes(ipa)
    possessive = re.match(r"['’]s?(?!\w)", after) is not None
    if possessive and after[1:2] == "s":
        end = phonemes[-1:]
        phonemes += "s" if end in "ptkfθ" else "ᵻz" if end in "szʃʒʧʤ" else "z"
    return " ".join(f"/{word}/" for word in phonemes.split()), possessive


def _framed(before: str, reading: str, after: str, *, british: bool, unreadable: Unreadable | None) -> str:
    """A reading with the normalised text that is glued to it on either side."""
    around = [normalise_text(text, british=british, unreadable=unreadable) if text else "" for text in (before, after)]
    return " ".join(part for part in (around[0], reading, around[1]) if part)


def say_as(
    kind: str, text: str, *, format: str = "", british: bool = False, unreadable: Unreadable | None = None
) -> str:
    """A text normalised as what SSML's say-as calls it; as any other text where that does not fit."""
    plain = " ".join(text.split())
    said: str | None = None
    if kind in _KINDS_OF_LETTERS:
        said = _characters(plain)
    elif kind == "digits":
        said = numbers.digits(plain) or None
    elif kind in ("cardinal", "number"):
        said = _number(plain, british=british)
    elif kind == "ordinal":
        digits = re.sub(r"[^\d]", "", plain)
        said = numbers.ordinal(int(digits), british=british) if digits and len(digits) <= numbers.MOST_DIGITS else None
    elif kind == "telephone":
        plus = "plus " if plain.startswith("+") else ""
        said = (
            plus + " , ".join(numbers.digits(group) for group in re.findall(r"\d+", plain))
            if re.search(r"\d", plain)
            else None
        )
    elif kind == "date":
        said = _date(plain, format, british=british)
    elif kind == "time":
        said = _by(dates.RULES, plain, british=british) or _by(figures.SHAPES, plain, british=british)
    elif kind == "currency":
        said = _by(money.RULES, plain, british=british)
    elif kind == "fraction":
        said = _by(figures.SHAPES, plain, british=british)
    return said or normalise_text(plain, british=british, unreadable=unreadable)


def is_known(kind: str) -> bool:
    """Whether say-as knows this `interpret-as`."""
    return kind in _KINDS_OF_LETTERS or kind in (
        "digits", "cardinal", "number", "ordinal", "telephone", "date", "time", "currency", "fraction", "unit",
        "address",
    )  # fmt: skip


def _characters(text: str) -> str:
    said: list[str] = []
    for part in re.findall(r"[A-Za-z]+|\d|[^\w\s]", text):
        said.append(
            letters(part) if part[0].isalpha() else numbers.digits(part) if part.isdecimal() else _SIGNS.get(part, "")
        )
    return " ".join(word for word in said if word)


_SIGNS = {
    "-": "dash",
    "_": "underscore",
    ".": "dot",
    "/": "slash",
    "@": "at",
    "+": "plus",
    "#": "hash",
    "*": "star",
    "&": "and",
    ":": "colon",
}


def _number(text: str, *, british: bool) -> str | None:
    match = re.fullmatch(rf"([-−+]?)\s?({numbers.CONTINENTAL}|{numbers.NUMBER})", text)
    if not match:
        return None
    sign = {"-": "minus ", "−": "minus ", "+": "plus "}.get(match[1], "")
    return sign + numbers.number(match[2], british=british)


def _by(rules: tuple[Rule, ...], text: str, *, british: bool) -> str | None:
    """What the first rule makes of the text that matches all of it; None where there is none."""
    for rule in rules:
        match = rule.pattern.fullmatch(text)
        said = rule.normalise(match, Place(text, 0, len(text), british)) if match else None
        if said:
            return said
    return None


def _date(text: str, format: str, *, british: bool) -> str | None:
    """A date in words; `format` gives the order of its parts: mdy, dmy, ymd, md, dm, y …"""
    order = [c for c in dict.fromkeys(format.lower()) if c in "ymd"] or list("ymd")
    parts = re.findall(r"\d+", text)
    if re.fullmatch(r"\d{8}", text) and len(order) == 3:
        parts, at = [], 0
        for c in order:
            size = 4 if c == "y" else 2
            parts.append(text[at : at + size])
            at += size
    elif not format:
        order = []
    if order and len(order) == len(parts) and not re.search(r"[A-Za-z]", text):
        value = dict(zip(order, parts, strict=True))
        if "m" in value and "d" in value:
            return dates.in_words(int(value["m"]), int(value["d"]), value.get("y"), british=british)
        if "m" in value and 1 <= int(value["m"]) <= 12:
            return (
                f"{dates.MONTHS[int(value['m']) - 1]} {numbers.year(int(value['y']))}"
                if "y" in value
                else dates.MONTHS[int(value["m"]) - 1]
            )
        if "y" in value:
            return numbers.year(int(value["y"]))
    return _by(dates.RULES, text, british=british)
