"""Numbers in English words, which all rules use: US English, and GB with its "and".

The words have no hyphens and commas between them ("forty two"), so that a dictionary has each.
"""

from __future__ import annotations

import re

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion")
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
#: A number with more digits is no quantity: it is read digit by digit.
MOST_DIGITS = 15

#: A number as written: groups of three or none, decimals, or decimals alone.
NUMBER = r"(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)"
#: The same as the continent writes it: 7,50 and 1.234,56.
CONTINENTAL = r"(?:(?:\d{1,3}(?:\.\d{3})+|\d+),\d{1,2})"
_CONTINENTAL = re.compile(CONTINENTAL)


def cardinal(n: int, *, british: bool = False) -> str:
    """342: three hundred forty two; in GB three hundred and forty two. Longer than MOST_DIGITS: its digits."""
    if n < 0:
        return f"minus {cardinal(-n, british=british)}"
    if n >= 10**MOST_DIGITS:
        return digits(str(n))
    words: list[str] = []
    for power in range(len(_SCALES) - 1, -1, -1):
        group = n // 1000**power % 1000
        if not group:
            continue
        if british and power == 0 and group < 100 and words:
            words.append("and")
        words += _hundreds(group, british=british)
        words += [_SCALES[power]] if power else []
    return " ".join(words) or _ONES[0]


def _hundreds(n: int, *, british: bool) -> list[str]:
    words: list[str] = []
    if n >= 100:
        words += [_ONES[n // 100], "hundred"]
        n %= 100
        if n and british:
            words.append("and")
    if n >= 20:
        words.append(_TENS[n // 10])
        n %= 10
    return [*words, _ONES[n]] if n else words


def ordinal(n: int, *, british: bool = False) -> str:
    """23: twenty third."""
    head, _, last = cardinal(n, british=british).rpartition(" ")
    if last in _ORDINALS:
        last = _ORDINALS[last]
    else:
        last = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return f"{head} {last}".strip()


def year(n: int, *, british: bool = False) -> str:
    """1987: nineteen eighty seven; 1905: nineteen oh five; 2008: two thousand eight; 800: eight hundred."""
    high, low = divmod(n, 100)
    if high == 0 or high >= 100 or (high % 10 == 0 and low < 10):
        return cardinal(n, british=british)
    if low == 0:
        return f"{cardinal(high)} hundred"
    return f"{cardinal(high)} {f'oh {_ONES[low]}' if low < 10 else cardinal(low)}"


def digits(text: str, *, zero: str = "zero") -> str:
    """0042: zero zero four two; other characters are skipped."""
    return " ".join(zero if c == "0" else _ONES[int(c)] for c in text if c in "0123456789")


def plural(words: str) -> str:
    """The plural of a number in words: nineties, sixes, four hundreds."""
    if words.endswith("y"):
        return f"{words[:-1]}ies"
    return f"{words}es" if words.endswith("x") else f"{words}s"


def short(text: str) -> str:
    """Three or four digits in the short form of rooms and models: four oh four, seven forty seven, forty ninety."""
    if len(text) == 3 and text[0] != "0" and text[1:] != "00":
        tail = f"oh {_ONES[int(text[2])]}" if text[1] == "0" else cardinal(int(text[1:]))
        return f"{_ONES[int(text[0])]} {tail}"
    if len(text) == 4 and text[0] != "0":
        return year(int(text))
    return digits(text) if text.startswith("0") and len(text) > 1 else cardinal(int(text))


def is_plain(text: str) -> bool:
    """Whether a text is a number as English writes it."""
    return re.fullmatch(NUMBER, text) is not None


def plain(text: str) -> str:
    """A number as English writes it, without groups: 1.234,56 and 1,234.56 are 1234.56."""
    if _CONTINENTAL.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", "")


def number(text: str, *, british: bool = False) -> str:
    """A written number in words, with decimals: 0.05 is zero point zero five. With a leading zero, digit by digit."""
    text = plain(text)
    whole, point, decimals = text.partition(".")
    if len(whole) > MOST_DIGITS or (len(whole) > 1 and whole.startswith("0")):
        said = digits(whole)
    else:
        said = cardinal(int(whole), british=british) if whole else ""
    return f"{said} point {digits(decimals)}".strip() if point else said


def is_one(text: str) -> bool:
    """Whether a number as written takes the singular."""
    return plain(text).lstrip("+-−") in ("1", "1.0")


_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
#: Roman numerals up to 399 in their regular form.
ROMAN = r"(?=[CLXVI])C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})"


def roman(text: str) -> int:
    """XIV: 14."""
    values = [_ROMAN_VALUES[c] for c in text.upper()]
    return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))
