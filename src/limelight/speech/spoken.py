"""What a written word is called: the step before the G2P, for the signs and figures that it would skip or misread.

The G2P reads plain numbers, years, ordinals, decimals and prices itself; here are times, ranges, units, fractions,
symbols, accented letters, addresses of the web. Knows nothing of sound.
"""

from __future__ import annotations

import re
import unicodedata

from limelight.speech.script import is_latin

#: After a figure, with or without a space. Case matters where two units differ by it alone.
_UNITS = {
    "km": "kilometers", "cm": "centimeters", "mm": "millimeters", "kg": "kilograms", "mg": "milligrams",
    "ml": "milliliters", "ms": "milliseconds", "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz",
    "GHz": "gigahertz", "kB": "kilobytes", "KB": "kilobytes", "MB": "megabytes", "GB": "gigabytes", "TB": "terabytes",
    "kW": "kilowatts", "MW": "megawatts", "kWh": "kilowatt hours", "mAh": "milliamp hours", "mph": "miles per hour",
    "km/h": "kilometers per hour", "ft": "feet", "lb": "pounds", "lbs": "pounds", "oz": "ounces", "px": "pixels",
    "°C": "degrees Celsius", "°F": "degrees Fahrenheit", "°": "degrees", "fps": "frames per second",
}  # fmt: skip
#: Only where they touch the figure.
_TIGHT_UNITS = {
    "m": "meters", "g": "grams", "l": "liters", "h": "hours", "V": "volts", "W": "watts", "x": "times", "k": "thousand",
    "M": "million", "min": "minutes", "bn": "billion",
}  # fmt: skip
_SCALES = {"k": "thousand", "m": "million", "mn": "million", "bn": "billion", "b": "billion", "tn": "trillion"}
_SCALE_WORDS = frozenset(("thousand", "million", "billion", "trillion"))
_CURRENCIES = {"$": "dollars", "€": "euros", "£": "pounds", "¥": "yen", "₹": "rupees"}
_FRACTIONS = {"1/2": "one half", "1/3": "one third", "2/3": "two thirds", "1/4": "one quarter", "3/4": "three quarters"}
_SYMBOLS = {
    "=": "equals", "×": "times", "÷": "divided by", "±": "plus or minus", "≈": "about", "≠": "is not", "<": "less than",
    ">": "more than", "≤": "at most", "≥": "at least", "→": "to", "©": "copyright", "™": "trademark", "№": "number",
    "§": "section", "½": "one half", "¼": "one quarter", "¾": "three quarters", "µ": "micro", "π": "pi",
}  # fmt: skip

_EDGES = re.compile(r"""^(?P<open>["'“‘«(\[]*)(?P<core>.*?)(?P<close>[.,;:!?…"'”’»)\]]*)$""", re.DOTALL)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?([ap]m)?", re.IGNORECASE)
_HOUR = re.compile(r"(\d{1,2})([ap]m)", re.IGNORECASE)
_RANGE = re.compile(r"([$€£]?)(\d[\d,.]*)([%a-zA-Z]*)[-–—]([$€£]?)(\d[\d,.]*)([%a-zA-Z]*)")
_MONEY = re.compile(r"([$€£¥₹])(\d[\d,]*(?:\.\d+)?)([a-zA-Z]{0,2})")
_MEASURE = re.compile(r"([+\-−]?\d[\d,]*(?:\.\d+)?)(°[CF]?|km/h|[a-zA-Z]{1,3})")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_PHONE = re.compile(r"\+?\d[\d()]*(?:-\d[\d()]*){1,5}")
_LONG_NUMBER = re.compile(r"\d{13,}")
#: No word, and the G2P's time grows with the square of the length: read in pieces.
_ENDLESS_WORD, _PIECE = re.compile(r"[^\W\d_]{31,}"), re.compile(r".{1,15}")
_HASHTAG = re.compile(r"#(\w+)")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|"
    r"(?:[a-z0-9-]+\.)+(?:com|org|net|io|ai|dev|app|co|example|edu|gov)(?:/\S*)?",
    re.IGNORECASE,
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def spoken_words(written: list[str]) -> list[str]:
    """For each written word what the G2P is to read, in the same order: some words, or "" where nothing is said.

    `written` are runs without spaces. Signs of punctuation stay where they are: they shape the melody.
    """
    return [
        _spoken(word, written[i - 1] if i else "", written[i + 1] if i + 1 < len(written) else "")
        for i, word in enumerate(written)
    ]


def _spoken(word: str, before: str, after: str) -> str:
    word = _plain_letters(word)
    match = _EDGES.match(word)
    if not match or not match["core"]:
        return word if any(c in ".,;:!?…—" for c in word) else ""
    core = match["core"].strip("*_`~|").rstrip("™®")
    if core.lower() == "no" and match["close"] == "." and after[:1].isdigit():
        return "number"
    said = _core(core, before, after)
    if not said.strip():
        return match["close"] if any(c in ".,;:!?…" for c in match["close"]) else ""
    return f"{match['open']}{said}{match['close']}"


def _plain_letters(word: str) -> str:
    """Without accents, which the dictionary lacks, and without letters of other scripts, which it would make up."""
    kept = []
    for c in word:
        if c.isascii() or c in _SYMBOLS or not c.isalpha():
            kept.append(c)
        elif is_latin(c):
            kept.append(_LATIN.get(c) or unicodedata.normalize("NFKD", c))
    return "".join(c for c in "".join(kept) if not unicodedata.combining(c))


_LATIN = {"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d"}


def _core(core: str, before: str, after: str) -> str:
    """The first rule that fits; the word itself where none does."""
    if core in ("-", "–", "—", "--"):
        return "—"
    if core in _SYMBOLS:
        return _SYMBOLS[core]
    if core in _FRACTIONS:
        return _FRACTIONS[core]
    if before[-1:].isdigit() and core in _UNITS:
        return _counted(before.strip("(["), _UNITS[core])
    if before[-1:].isdigit() and core.lower() in ("am", "pm"):
        return _half(core)
    if core.lower() in _SCALE_WORDS and before[:1] in _CURRENCIES and before[-1:].isdigit():
        return f"{core} {_CURRENCIES[before[:1]]}"
    for pattern, say in _RULES:
        if match := pattern.fullmatch(core):
            said = say(match, after)
            if said is not None:
                return said
    core = "".join(f" {_SYMBOLS[c]} " if c in _SYMBOLS else c for c in core).strip()
    return _ENDLESS_WORD.sub(lambda match: " ".join(_PIECE.findall(match[0])), core)


def _say_clock(match: re.Match[str], after: str) -> str | None:
    hour, minute = int(match[1]), int(match[2])
    if hour > 24 or minute > 59:
        return f"{hour} {minute}"
    half = match[3] or ""
    if minute:
        tail = f"oh {minute}" if minute < 10 else str(minute)
    elif half or after.lower().startswith(("am", "pm", "a.m", "p.m")) or hour > 12 or hour == 0:
        tail = "" if 0 < hour <= 12 else "hundred"
    else:
        tail = "o'clock"
    return " ".join(part for part in (str(hour), tail, _half(half)) if part)


def _half(half: str) -> str:
    return f"{half[0].lower()}.m." if half else ""


def _say_range(match: re.Match[str], after: str) -> str | None:
    if "-" in match[0] and (match[2].startswith("0") or len(match[2]) == 3 == len(match[5]) - 1):
        return None
    low, high = f"{match[1]}{match[2]}{match[3]}", f"{match[4] or match[1]}{match[5]}{match[6]}"
    return f"{_core(low, '', '')} to {_core(high, '', after)}"


def _say_money(match: re.Match[str], after: str) -> str | None:
    scale = _SCALES.get(match[3].lower(), "") if match[3] else ""
    if match[3] and not scale:
        return None
    if scale:
        return f"{match[2]} {scale} {_CURRENCIES[match[1]]}"
    if after.rstrip(".,;:!?)").lower() in _SCALE_WORDS:
        # "$2.5 million" is "2.5 million dollars": the G2P would say "two dollars and fifty cents million".
        return match[2]
    return None if match[1] in "$€£" else f"{match[2]} {_CURRENCIES[match[1]]}"


def _say_measure(match: re.Match[str], after: str) -> str | None:
    unit = _UNITS.get(match[2]) or _TIGHT_UNITS.get(match[2])
    if unit is None:
        return None
    number = match[1].replace("-", "minus ").replace("−", "minus ")
    return f"{number} {_counted(match[1], unit)}"


def _counted(number: str, unit: str) -> str:
    """The unit after its number: one kilometer, two kilometers."""
    if number != "1":
        return unit
    first, *rest = unit.split()
    return " ".join(["time" if first == "times" else first.removesuffix("s"), *rest])


def _say_iso_date(match: re.Match[str], after: str) -> str | None:
    month, day = int(match[2]), int(match[3])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{_MONTHS[month - 1]} {day}{_ordinal(day)}, {match[1]}"


def _ordinal(day: int) -> str:
    return "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _say_digits(match: re.Match[str], after: str) -> str | None:
    """Phone numbers and endless numbers, digit by digit; a comma makes the short stop between groups."""
    groups = [g for g in re.split(r"[^\d+]+", match[0]) if g]
    return ", ".join(" ".join(g.replace("+", "")) for g in groups)


def _say_address(match: re.Match[str], after: str) -> str | None:
    text = re.sub(r"^https?://|/$|[?#].*$", "", match[0], flags=re.IGNORECASE)
    text = re.sub(r"^www\.", "", text, flags=re.IGNORECASE)
    for sign, name in ((".", "dot"), ("/", "slash"), ("@", "at"), ("-", "dash"), ("_", "underscore"), ("+", "plus")):
        text = text.replace(sign, f" {name} ")
    return " ".join(re.sub(r"[^\w\s]", " ", text).split())


_RULES = (
    (_CLOCK, _say_clock),
    (_HOUR, lambda match, after: f"{match[1]} {_half(match[2])}"),
    (_ISO_DATE, _say_iso_date),
    (_RANGE, _say_range),
    (_MONEY, _say_money),
    (_MEASURE, _say_measure),
    (_PHONE, _say_digits),
    (_LONG_NUMBER, _say_digits),
    (_HASHTAG, lambda match, after: f"number {match[1]}" if match[1].isdigit() else f"hashtag {match[1]}"),
    (_ADDRESS, _say_address),
)
