"""Rules for dates, years, decades, days of the week, clock times and durations."""

from __future__ import annotations

import re

from limelight.speech.reading import numbers
from limelight.speech.reading.place import Place, Rule, alternatives, letters, rule, word_set

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH_NAMES = {**{m: m for m in MONTHS}, **{m[:3]: m for m in MONTHS}, "Sept": "September"}
_DAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Weds": "Wednesday", "Thu": "Thursday",
    "Thur": "Thursday", "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
#: Days and months by their short names.
SHORT_NAMES = frozenset(_DAYS) | frozenset(name for name in _MONTH_NAMES if len(name) < 5)
#: Short names that are words too: they are days only beside a point, a date or another day.
_DAY_WORDS = frozenset(("Sat", "Sun", "Wed"))
_MONTH = rf"(?P<month>{alternatives(_MONTH_NAMES)})\.?"
_TO = r"\s?(?P<to>-|–|—|to|through|until)\s?"
_YEAR = r"(?P<year>[12]\d{3})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_HALF = r"(?:\s?(?P<half>[AaPp])\.?\s?[Mm]\b\.?)"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
#: Words before a date that is written with a slash.
_ON = word_set(
    "on by until till before after since from due dated starting through between starts ends begins date "
    "today tomorrow monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun"
)  # fmt: skip


def _date(month: int, day: int, year: str | None, place: Place) -> str | None:
    """A date in words, or None where there is no such day."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    tail = f" {_year(year, place)}" if year else ""
    if place.british:
        return f"the {numbers.ordinal(day)} of {MONTHS[month - 1]}{tail}"
    return f"{MONTHS[month - 1]} {numbers.ordinal(day)}{tail}"


def _year(year: str, place: Place) -> str:
    if len(year) == 2:
        year = ("20" if int(year) < 50 else "19") + year
    return numbers.year(int(year), british=place.british)


def _iso(match: re.Match[str], place: Place) -> str | None:
    """2025-03-01, 2024/11/30, with a time of day behind a T."""
    said = _date(int(match["m"]), int(match["d"]), match["year"], place)
    if said and match["hour"]:
        return f"{said} {_clock_words(match, place)}"
    return said


def _slashes(match: re.Match[str], place: Place) -> str | None:
    """12/25/2024: the month first in the US, the day first in GB; what cannot be a month is the day."""
    first, second = int(match["a"]), int(match["b"])
    month, day = (second, first) if place.british else (first, second)
    if month > 12:
        month, day = day, month
    return _date(month, day, match["y"], place)


def _points(match: re.Match[str], place: Place) -> str | None:
    """24.12.2025: the day first, as in the countries that write dates so."""
    return _date(int(match["m"]), int(match["d"]), match["y"], place)


def _short(match: re.Match[str], place: Place) -> str | None:
    """10/31: a date behind a word that dates follow, or where it can be nothing else."""
    if match[0] == "9/11":
        return "nine eleven"
    before = place.before()
    first, second = int(match["a"]), int(match["b"])
    if not (before and before[0] in _ON) and not (first <= 12 < second <= 31 and second not in (16, 20, 24, 25, 30)):
        return None
    if before and before[0] == "by" and 0 < first < second <= 10:
        return None  # it rose by 3/8
    if place.after() and place.after()[0] in ("of", "inch", "inches", "cup", "cups", "mile", "miles", "scale"):
        return None
    month, day = (second, first) if place.british and second <= 12 else (first, second)
    if month > 12:
        month, day = day, month
    return _date(month, day, None, place)


def _month_day(match: re.Match[str], place: Place) -> str | None:
    """March 14, 1990; Jan. 5; Aug. 9–12; Nov 1 - Nov 15."""
    day, last = int(match["day"]), match["last"]
    if not 1 <= day <= 31 or (last and not 1 <= int(last) <= 31):
        return None
    if place.after()[:1] and re.match(r"\s?(?:%|percent|people|users|percentage)", place.text[place.end :]):
        return None
    said = f"{_MONTH_NAMES[match['month']]} {numbers.ordinal(day)}"
    if last:
        joint = "through" if match["to"] == "through" else "to"
        other = f"{_MONTH_NAMES[match['month2']]} " if match["month2"] else ""
        said += f" {joint} {other}{numbers.ordinal(int(last))}"
    return said + (f" {_year(match['year'], place)}" if match["year"] else "")


def _day_month(match: re.Match[str], place: Place) -> str | None:
    """3 June 2021, the 4th of July, 9–12 August."""
    day, first = int(match["day"]), match["first"]
    if not 1 <= day <= 31:
        return None
    month = _MONTH_NAMES[match["month"]]
    year = f" {_year(match['year'], place)}" if match["year"] else ""
    the = "" if place.before()[:1] == ("the",) else "the "
    if first:
        return f"{the}{numbers.ordinal(int(first))} to the {numbers.ordinal(day)} of {month}{year}"
    return f"{the}{numbers.ordinal(day)} of {month}{year}"


def _month_year(match: re.Match[str], place: Place) -> str:
    """Sept. 2019, May 2024."""
    return f"{_MONTH_NAMES[match['month']]} {_year(match['year'], place)}"


def _month(match: re.Match[str], place: Place) -> str | None:
    """Jan., Oct: a month's short name; May and March need no rule."""
    name = match["month"]
    if name in MONTHS or (not match[0].endswith(".") and name in ("Mar", "Jan", "Dec", "Sep")):
        return None
    if not match[0].endswith(".") and not (
        place.before()[:1] and place.before()[0] in _ON | {"in", "of", "last", "next"}
    ):
        return None
    return _MONTH_NAMES[name]


def _month_span(match: re.Match[str], place: Place) -> str:
    """Jan-Mar, Sept. – Nov."""
    year = f" {_year(match['year'], place)}" if match["year"] else ""
    return f"{_MONTH_NAMES[match['month']]} to {_MONTH_NAMES[match['month2']]}{year}"


def _day_span(match: re.Match[str], place: Place) -> str:
    """Mon-Fri."""
    return f"{_DAYS[match['a']]} to {_DAYS[match['b']]}"


def _week_day(match: re.Match[str], place: Place) -> str | None:
    """Mon, Tue., Fri."""
    name = match[1]
    if name in _DAY_WORDS and not _is_day(match, place):
        return None
    return _DAYS[name]


def _is_day(match: re.Match[str], place: Place) -> bool:
    """Whether Sat, Sun or Wed is a day here: with a point, before a date, or behind a word that days follow."""
    rest = place.text[place.end :]
    if match[0].endswith(".") and rest.strip():
        return not place.is_first() or re.match(r"\s+(?:the\b|and\b|\d|[A-Z][a-z]{2}\b)", rest) is not None
    if re.match(_BEHIND_DAY, rest):
        return True
    return place.before()[:1] != () and place.before()[0] in ("on", "and", "every", "until", "by", "this", "next")


_BEHIND_DAY = rf"(?:,?\s+(?:{alternatives(_MONTH_NAMES)})\b|,?\s+\d|\s+the\s+\d|\s*[&/,]\s*(?:{alternatives(_DAYS)})\b)"


def _years(match: re.Match[str], place: Place) -> str | None:
    """1914–1918, 2024-26."""
    first, last = match["a"], match["b"]
    if len(last) == 2:
        if int(last) <= int(first[2:]):
            return None
        last = first[:2] + last
    return f"{_year(first, place)} to {_year(last, place)}"


def _season(match: re.Match[str], place: Place) -> str | None:
    """2024/25: a season or a tax year."""
    if (int(match["a"][2:]) + 1) % 100 != int(match["b"]):
        return None
    return f"{_year(match['a'], place)} {numbers.cardinal(int(match['b']))}"


def _decade(match: re.Match[str], place: Place) -> str:
    """1980s, '60s, 90s."""
    digits = match["year"]
    decade = numbers.cardinal(int(digits[-2:])) if digits[-2:] != "00" else "hundred"
    plural = f"{decade[:-1]}ies" if decade.endswith("y") else f"{decade}s"
    if len(digits) == 2:
        return plural
    if digits.endswith("000"):
        return f"{numbers.cardinal(int(digits))}s"
    return f"{numbers.cardinal(int(digits[:2]))} {plural}"


def _era_before(match: re.Match[str], place: Place) -> str:
    """AD 70."""
    return f"{letters(match[1])} {numbers.number(match[2], british=place.british)}"


def _era_after(match: re.Match[str], place: Place) -> str:
    """500 BC."""
    return f"{_year_or_number(match[1], place)} {letters(match[2].replace('.', ''))}"


def _year_or_number(text: str, place: Place) -> str:
    return _year(text, place) if len(text) == 4 else numbers.number(text, british=place.british)


def _circa(match: re.Match[str], place: Place) -> str:
    return f"circa {_year_or_number(match[1], place)}"


def _short_year(match: re.Match[str], place: Place) -> str | None:
    """Class of '09, Q3'24."""
    year = int(match[1])
    return f"oh {numbers.cardinal(year)}" if year < 10 else numbers.cardinal(year)


def _split_seconds(match: re.Match[str], place: Place) -> str:
    """4:32.7: the time of a race."""
    parts = [int(part) for part in match[1].split(":")]
    said = " ".join([numbers.cardinal(parts[0]), *(_two(part) for part in parts[1:])])
    return f"{said} point {numbers.digits(match[2])}"


def _military(match: re.Match[str], place: Place) -> str:
    """0600 hours, 2330 hrs."""
    hour, minute = int(match[1]), int(match[2])
    said = f"oh {numbers.cardinal(hour)}" if hour < 10 else numbers.cardinal(hour)
    return f"{said} {_two(minute) if minute else 'hundred'} hours"


def _zone(match: re.Match[str], place: Place) -> str:
    """UTC-5."""
    return f"{letters(match[1])} {'minus' if match[2] in '-−' else 'plus'} {numbers.cardinal(int(match[3]))}"


def _fiscal(match: re.Match[str], place: Place) -> str:
    """FY2024, FY 25."""
    return f"fiscal year {_year(match[1], place)}"


def _bare_year(match: re.Match[str], place: Place) -> str | None:
    """Four digits from 1100 to 2099 without a comma are a year; earlier ones need a word before them that says so."""
    if match[0].endswith("000") or (match[0] < "1100" and place.before()[:1] not in _YEAR_WORDS):
        return None
    return _year(match[0], place)


_YEAR_WORDS = (("in",), ("since",), ("year",), ("until",), ("before",), ("after",), ("around",), ("by",), ("from",))

# Times


def _clock_words(match: re.Match[str], place: Place) -> str | None:
    """A time of day in words; None where it is none."""
    hour, minute, second = int(match["hour"]), int(match["minute"]), match["second"]
    if hour > 24 or minute > 59:
        return None
    said = numbers.cardinal(hour)
    if second:
        return f"{said} {_two(minute)} {_two(int(second))}"
    if minute:
        return f"{said} {_two(minute)}"
    if hour > 12 or hour == 0:
        return f"{said} hundred"
    return f"{said} o'clock"


def _two(n: int) -> str:
    return f"oh {numbers.cardinal(n)}" if n < 10 else numbers.cardinal(n)


def _half(half: str | None) -> str:
    return f" {half.upper()}.M." if half else ""


def _clock(match: re.Match[str], place: Place) -> str | None:
    """9:05, 8:30 AM, 17:00, 2:45:30."""
    said = _clock_words(match, place)
    if said and match["half"]:
        said = said.removesuffix(" o'clock")
    return said + _half(match["half"]) if said else None


def _hour(match: re.Match[str], place: Place) -> str | None:
    """10am, 6 p.m."""
    return f"{numbers.cardinal(int(match['hour']))}{_half(match['half'])}" if int(match["hour"]) <= 12 else None


def _clock_range(match: re.Match[str], place: Place) -> str | None:
    """10:30-11:45, 9am-5pm, 9–5:30 pm."""
    ends = []
    for n in ("1", "2"):
        hour, minute, half = int(match[f"h{n}"]), match[f"m{n}"], match[f"half{n}"]
        if hour > 24 or (minute and int(minute) > 59):
            return None
        said = numbers.cardinal(hour)
        if minute and int(minute):
            said += f" {_two(int(minute))}"
        elif minute and not half and not match["half2"]:
            said += " hundred" if hour > 12 or hour == 0 else " o'clock"
        ends.append(said + _half(half))
    if not (match["m1"] or match["m2"] or match["half1"] or match["half2"]):
        return None
    return f"{ends[0]} to {ends[1]}"


def _duration(match: re.Match[str], place: Place) -> str:
    """1h 30m, 2 hr 5 min, 5m 30s."""
    said = []
    for name, unit in (("h", "hour"), ("m", "minute"), ("s", "second")):
        value = match[name]
        if value:
            said.append(f"{numbers.cardinal(int(value))} {unit}{'' if value == '1' else 's'}")
    return " ".join(said)


_LATE_YEAR = r"(?:(?P<year>[12]\d{3})(?!\d|:|-\d))?"

RULES: tuple[Rule, ...] = (
    rule(rf"{_YEAR}-(?P<m>\d{{2}})-(?P<d>\d{{2}})(?:[T ]{_CLOCK}Z?)?", _iso),
    rule(rf"{_YEAR}/(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})(?P<hour>)", _iso),
    rule(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4}|\d{2})", _slashes),
    rule(r"(?P<a>\d{1,2})-(?P<b>\d{1,2})-(?P<y>(?:19|20)\d{2})", _slashes),
    rule(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})", _points),
    rule(r"(?P<a>\d{1,2})/(?P<b>\d{1,2})", _short),
    rule(r"(0?[1-9]|1[0-2])/((?:19|20)\d{2})", lambda m, p: f"{MONTHS[int(m[1]) - 1]} {_year(m[2], p)}"),
    rule(
        rf"{_MONTH}\s{_DAY}(?:{_TO}(?:(?P<month2>{alternatives(_MONTH_NAMES)})\.?\s)?"
        rf"(?P<last>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|:))?(?![:%/]|,\d|\.\d)(?:,?\s{_LATE_YEAR})?",
        _month_day,
    ),
    rule(rf"(?:(?P<first>\d{{1,2}})(?:st|nd|rd|th)?{_TO})?{_DAY}\s(?:of\s)?{_MONTH}(?:,?\s{_LATE_YEAR})?", _day_month),
    rule(rf"{_MONTH}\s{_YEAR}", _month_year),
    rule(rf"{_MONTH}\s?[-–—]\s?(?P<month2>{alternatives(_MONTH_NAMES)})\.?(?:\s{_YEAR})?", _month_span),
    rule(_MONTH, _month),
    rule(rf"(?P<a>{alternatives(_DAYS)})\.?\s?[-–—]\s?(?P<b>{alternatives(_DAYS)})\.?", _day_span),
    rule(rf"({alternatives(_DAYS)})\.?", _week_day),
    rule(rf"(?P<h1>\d{{1,2}})(?::(?P<m1>\d{{2}}))?(?:\s?(?P<half1>[AaPp])\.?[Mm]\.?)?{_TO}"
         r"(?P<h2>\d{1,2})(?::(?P<m2>\d{2}))?(?:\s?(?P<half2>[AaPp])\.?[Mm]\b\.?)?(?![:/\d]|\.\d)", _clock_range),
    rule(r"(\d{1,2}(?::\d{2}){1,2})\.(\d{1,3})", _split_seconds),
    rule(r"([0-2]\d)([0-5]\d)\s(?:hours|hrs\.?)", _military),
    rule(r"(UTC|GMT)([-+−])(\d{1,2})", _zone),
    rule(rf"{_CLOCK}{_HALF}?(?![:\d])", _clock),
    rule(rf"(?P<hour>\d{{1,2}}){_HALF}", _hour),
    rule(
        r"(?P<h>\d{1,3})\s?h(?:(?:ou)?rs?)?\s?(?P<m>\d{1,2})(?:\s?m(?:ins?|inutes)?)?"
        r"(?:\s?(?P<s>\d{1,2})\s?s(?:ecs?)?)?",
        _duration,
    ),
    rule(r"(?P<h>)(?P<m>\d{1,3})\s?m(?:ins?)?\s(?P<s>\d{1,2})\s?s(?:ecs?)?", _duration),
    rule(r"(?P<a>[12]\d{3})\s?[-–—]\s?(?P<b>[12]\d{3}|\d{2})", _years),
    rule(r"(?P<a>20\d{2}|19\d{2})/(?P<b>\d{2})", _season),
    rule(r"['’‘]?(?P<year>[12]\d{2}0|[1-9]0)['’]?s", _decade),
    rule(r"(AD|BC|CE)\s?(\d{1,4})", _era_before),
    rule(r"(\d{1,4})\s?(BCE?|B\.C\.(?:E\.)?|CE|C\.E\.|AD|A\.D\.)", _era_after),
    rule(r"(?:c\.|ca\.|circa)\s?(\d{3,4})", _circa),
    rule(r"'(\d{2})(?!'?s|\d|['\"])", _short_year),
    rule(r"FY\s?['’]?(\d{4}|\d{2})", _fiscal),
    rule(r"(?:1\d|20)\d{2}(?![,.]?\d)", _bare_year),
)  # fmt: skip


def in_words(month: int, day: int, year: str | None, *, british: bool = False) -> str | None:
    """A date in words, or None where there is no such day."""
    return _date(month, day, year, Place("", 0, 0, british))
