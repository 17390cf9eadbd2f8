"""Rules for figures with units, of science, medicine, computing and the kitchen; sizes, temperatures, percentages."""

from __future__ import annotations

import re

from limelight.speech.reading import numbers
from limelight.speech.reading.place import Place, Rule, alternatives, letters, rule, word_set

_MINUTES = ("minute", "minutes")
_METERS, _GRAMS, _LITERS = ("meter", "meters"), ("gram", "grams"), ("liter", "liters")
_SECONDS, _HOURS = ("second", "seconds"), ("hour", "hours")
_BYTES = {"kilo": "kK", "mega": "M", "giga": "G", "tera": "T", "peta": "P"}


def _prefixed() -> dict[str, tuple[str, str]]:
    """Units that take the prefixes of the SI."""
    table: dict[str, tuple[str, str]] = {}
    for symbol, name, prefixes in (
        ("m", "meter", "kcmµμn"), ("g", "gram", "kmµμn"), ("L", "liter", "cdmµμ"), ("l", "liter", "cdmµμ"),
        ("s", "second", "mµμn"), ("Hz", "hertz", "kMGT"), ("W", "watt", "mkMGT"), ("Wh", "watt hour", "kMGT"),
        ("V", "volt", "mk"), ("Ω", "ohm", "kM"), ("Pa", "pascal", "hkM"), ("J", "joule", "kM"), ("N", "newton", "k"),
        ("mol", "mole", "mµμn"), ("A", "amp", "m"), ("Ah", "amp hour", "m"), ("cal", "calorie", "k"),
        ("eV", "electron volt", "kMG"),
        ("F", "farad", "µμnp"), ("Bq", "becquerel", "kM"), ("Sv", "sievert", "mµμ"),
    ):  # fmt: skip
        for prefix in prefixes:
            many = f"{_PREFIXES[prefix]}{name}" if name.endswith("hertz") else f"{_PREFIXES[prefix]}{name}s"
            table[prefix + symbol] = (f"{_PREFIXES[prefix]}{name}", many)
    for name, letters_ in _BYTES.items():
        for letter in letters_:
            table[f"{letter}B"] = (f"{name}byte", f"{name}bytes")
            table[f"{letter}iB"] = (f"{name}byte", f"{name}bytes")
            for bit in ("bps", "b/s", "bit/s"):
                table[f"{letter}{bit}"] = (f"{name}bit per second", f"{name}bits per second")
            table[f"{letter}bit"] = (f"{name}bit", f"{name}bits")
    return table


_PREFIXES = {
    "k": "kilo", "c": "centi", "d": "deci", "m": "milli", "µ": "micro", "μ": "micro", "n": "nano", "p": "pico",
    "h": "hecto", "M": "mega", "G": "giga", "T": "tera",
}  # fmt: skip
#: Units after a figure, with or without a space: symbol → (singular, plural). Case matters.
UNITS: dict[str, tuple[str, str]] = {
    **_prefixed(),
    "mmHg": ("millimeter of mercury", "millimeters of mercury"),
    "mm Hg": ("millimeter of mercury", "millimeters of mercury"),
    "mcg": ("microgram", "micrograms"), "cc": ("cubic centimeter", "cubic centimeters"), "IU": ("I.U.", "I.U."),
    "mph": ("mile per hour", "miles per hour"), "kph": ("kilometer per hour", "kilometers per hour"),
    "kmh": ("kilometer per hour", "kilometers per hour"), "mpg": ("mile per gallon", "miles per gallon"),
    "fps": ("frame per second", "frames per second"), "rpm": ("R.P.M.", "R.P.M."), "RPM": ("R.P.M.", "R.P.M."),
    "bpm": ("beat per minute", "beats per minute"), "BPM": ("beat per minute", "beats per minute"),
    "ppm": ("part per million", "parts per million"), "ppb": ("part per billion", "parts per billion"),
    "psi": ("P.S.I.", "P.S.I."), "dpi": ("D.P.I.", "D.P.I."), "ppi": ("P.P.I.", "P.P.I."), "kt": ("knot", "knots"),
    "kts": ("knot", "knots"),
    "dB": ("decibel", "decibels"), "dBA": ("decibel", "decibels"), "lm": ("lumen", "lumens"), "lx": ("lux", "lux"),
    "mM": ("millimolar", "millimolar"), "µM": ("micromolar", "micromolar"), "μM": ("micromolar", "micromolar"),
    "nM": ("nanomolar", "nanomolar"), "lb-ft": ("pound foot", "pound feet"), "lb·ft": ("pound foot", "pound feet"),
    "ft-lb": ("foot pound", "foot pounds"), "Ma": ("million years", "million years"),
    "Nm": ("newton meter", "newton meters"), "N·m": ("newton meter", "newton meters"),
    "ly": ("light year", "light years"),
    "pts": ("point", "points"), "ct": ("count", "count"), "pk": ("pack", "pack"), "pc": ("piece", "pieces"),
    "BR": ("bedroom", "bedrooms"), "br": ("bedroom", "bedrooms"), "bd": ("bedroom", "bedrooms"),
    "ba": ("bathroom", "bathrooms"),
    "sq. mi": ("square mile", "square miles"), "sq. in": ("square inch", "square inches"),
    "sq. yd": ("square yard", "square yards"),
    "°N": ("degree north", "degrees north"), "°S": ("degree south", "degrees south"),
    "°E": ("degree east", "degrees east"),
    "°W": ("degree west", "degrees west"),
    "L/100 km": ("liter per one hundred kilometers", "liters per one hundred kilometers"),
    "bar": ("bar", "bar"), "atm": ("atmosphere", "atmospheres"), "hp": ("horsepower", "horsepower"),
    "ft": ("foot", "feet"), "yd": ("yard", "yards"), "yds": ("yard", "yards"), "mi": ("mile", "miles"),
    "nmi": ("nautical mile", "nautical miles"),
    "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"), "oz": ("ounce", "ounces"),
    "fl oz": ("fluid ounce", "fluid ounces"),
    "fl. oz.": ("fluid ounce", "fluid ounces"), "gal": ("gallon", "gallons"), "qt": ("quart", "quarts"),
    "qts": ("quart", "quarts"),
    "tbsp": ("tablespoon", "tablespoons"), "Tbsp": ("tablespoon", "tablespoons"), "tbs": ("tablespoon", "tablespoons"),
    "tsp": ("teaspoon", "teaspoons"), "doz": ("dozen", "dozen"), "pcs": ("piece", "pieces"),
    "pkg": ("package", "packages"),
    "ha": ("hectare", "hectares"), "ac": ("acre", "acres"), "sq ft": ("square foot", "square feet"),
    "sq. ft.": ("square foot", "square feet"),
    "sqft": ("square foot", "square feet"), "sq m": ("square meter", "square meters"),
    "sqm": ("square meter", "square meters"), "sq. m": ("square meter", "square meters"),
    "sq km": ("square kilometer", "square kilometers"), "sq mi": ("square mile", "square miles"),
    "sq in": ("square inch", "square inches"),
    "cu ft": ("cubic foot", "cubic feet"), "cu. ft.": ("cubic foot", "cubic feet"),
    "cu m": ("cubic meter", "cubic meters"),
    "min": _MINUTES, "mins": _MINUTES, "hr": _HOURS, "hrs": _HOURS, "sec": _SECONDS, "secs": _SECONDS,
    "yr": ("year", "years"), "yrs": ("year", "years"), "mo": ("month", "months"), "mos": ("month", "months"),
    "wk": ("week", "weeks"), "wks": ("week", "weeks"), "px": ("pixel", "pixels"), "MP": ("megapixel", "megapixels"),
    "Mpx": ("megapixel", "megapixels"),
    "bps": ("basis point", "basis points"), "bp": ("basis point", "basis points"),
    "pp": ("percentage point", "percentage points"),
    "pps": ("percentage point", "percentage points"), "ppt": ("percentage point", "percentage points"),
    "°C": ("degree Celsius", "degrees Celsius"), "° C": ("degree Celsius", "degrees Celsius"),
    "℃": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"), "° F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "℉": ("degree Fahrenheit", "degrees Fahrenheit"), "ºC": ("degree Celsius", "degrees Celsius"),
    "ºF": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"), "º": ("degree", "degrees"), "°K": ("kelvin", "kelvin"),
    "m": _METERS, "g": _GRAMS, "L": _LITERS, "l": _LITERS, "V": ("volt", "volts"), "W": ("watt", "watts"),
    "Wh": ("watt hour", "watt hours"),
    "Ω": ("ohm", "ohms"), "Hz": ("hertz", "hertz"), "Pa": ("pascal", "pascals"), "mol": ("mole", "moles"),
    "Ah": ("amp hour", "amp hours"),
    "cal": ("calorie", "calories"), "Cal": ("calorie", "calories"), "eV": ("electron volt", "electron volts"),
    "VA": ("volt amp", "volt amps"),
    "%": ("percent", "percent"), "％": ("percent", "percent"), "pct": ("percent", "percent"),
    "‰": ("per mille", "per mille"),
}  # fmt: skip
#: Units only directly behind the figure; after a space they are words or letters.
_TIGHT = {"h": _HOURS, "t": ("ton", "tons"), "d": ("day", "days"), "w": ("week", "weeks"), "y": ("year", "years")}
#: Units only after a space or behind decimals: an iPhone 5s has no seconds.
_LOOSE = {
    "s": _SECONDS,
    "h": _HOURS,
    "K": ("kelvin", "kelvin"),
    "J": ("joule", "joules"),
    "N": ("newton", "newtons"),
    "t": ("ton", "tons"),
}
_POWERS = {"²": "square ", "³": "cubic ", "^2": "square ", "^3": "cubic "}
_FLAT_POWERS = {
    f"{u}{n}": (u, p) for u in ("m", "cm", "mm", "km", "ft", "in") for n, p in (("2", "square "), ("3", "cubic "))
}
#: Units behind the slash of a rate, in the singular.
_PER = {
    "yr": "year", "y": "year", "mo": "month", "wk": "week", "d": "day", "h": "hour", "hr": "hour", "min": "minute",
    "s": "second",
    "sec": "second", "gal": "gallon", "lb": "pound", "kg": "kilogram", "oz": "ounce", "L": "liter", "l": "liter",
    "m": "meter",
    "ft": "foot", "mi": "mile", "km": "kilometer", "g": "gram", "dL": "deciliter", "dl": "deciliter",
    "mL": "milliliter", "ml": "milliliter", "pp": "person",
    "pax": "person", "ea": "each", "sqft": "square foot", "sqm": "square meter", "qtr": "quarter", "in": "inch",
    "kWh": "kilowatt hour", "MWh": "megawatt hour", "GB": "gigabyte", "TB": "terabyte", "MB": "megabyte",
}  # fmt: skip

_SIGN = r"(?P<sign>[-−+±~≈<>≤≥]=?\s?)?"
_SIGNS = {
    "-": "minus", "−": "minus", "–": "minus", "+": "plus", "±": "plus or minus", "~": "about", "≈": "about",
    "<": "less than", ">": "more than", "≤": "at most", "≥": "at least", "<=": "at most", ">=": "at least",
}  # fmt: skip
_N = rf"(?:{numbers.CONTINENTAL}(?!\d)|{numbers.NUMBER})"
_TO = r"\s?(?P<to>-|–|—|to)\s?"
_FRACTIONS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"


def per_unit(rate: str) -> str:
    """/user/month: per user per month."""
    said = []
    for unit in re.split(r"\s?/\s?", rate.strip()):
        if not unit:
            continue
        unit = unit.rstrip(".")
        name = _PER.get(unit) or _squared(unit) or _power(unit, one=True) or (UNITS[unit][0] if unit in UNITS else unit)
        said.append(name if name == "each" else f"per {name}")
    return " ".join(said)


def _squared(unit: str) -> str | None:
    """s² of m/s²: second squared."""
    base = unit.rstrip("²³^23")
    if base not in ("s", "h", "sec", "hr", "min") or base == unit:
        return None
    return f"{_PER[base]} {'cubed' if unit[-1] in '³3' else 'squared'}"


def _power(unit: str, *, one: bool) -> str | None:
    """A unit with an exponent: m², square meters; cm3, cubic centimeters. None for other units."""
    if unit in _FLAT_POWERS:
        base, power = _FLAT_POWERS[unit]
    else:
        sign = next((sign for sign in _POWERS if unit.endswith(sign)), "")
        base, power = unit.removesuffix(sign), _POWERS.get(sign, "")
        if not sign:
            return None
    forms = ("inch", "inches") if base == "in" else UNITS.get(base)
    return f"{power}{forms[0 if one else 1]}" if forms else None


def unit_name(unit: str, *, one: bool) -> str | None:
    """A unit in words, singular where `one`, with its exponent and what it is per. None for an unknown unit."""
    if unit in UNITS:
        return UNITS[unit][0 if one else 1]
    first, slash, rest = unit.partition("/")
    name = _power(first, one=one) or (UNITS[first][0 if one else 1] if first in UNITS else None)
    if name is None and first in ("km", "m", "mi", "ft"):
        return None
    if name is None:
        return None
    return f"{name} {per_unit(rest)}" if slash else name


def signed(sign: str | None) -> str:
    """The sign before a figure in words: minus, about, less than."""
    return f"{_SIGNS.get((sign or '').strip(), '')} ".lstrip()


def _count(text: str, place: Place) -> str:
    return numbers.number(text, british=place.british)


def _measure(match: re.Match[str], place: Place) -> str | None:
    """5 kg, -5 °C, 250ml, 550 MB/s, 1.2 g/cm³, 120 m²."""
    number, unit = match["n"], match["unit"]
    spaced = match["gap"].isspace() if match["gap"] else False
    one = numbers.is_one(number) or match["gap"] == "-" or place.describes()
    name = unit_name(unit, one=one)
    if unit in _TIGHT and not spaced:
        name = _TIGHT[unit][0 if one else 1]
    elif unit in _LOOSE and (spaced or "." in number):
        name = _LOOSE[unit][0 if one else 1]
    if name is None and unit in ("F", "C") and (match["sign"] or "." in number or place.near(_WARM, back=4, ahead=3)):
        name = f"{'degree' if one else 'degrees'} {'Fahrenheit' if unit == 'F' else 'Celsius'}"
    if name is None or (spaced and _is_word(unit, place)) or (unit in "NW" and place.before()[:1] in _ROADS):
        return None
    if unit == "bps" and place.near(_DATA):
        name = "bits per second"
    return f"{signed(match['sign'])}{_count(number, place)} {name}"


#: Behind a road's number N and W are directions.
_ROADS = (("hwy",), ("highway",), ("us",), ("route",), ("rte",), ("interstate",))
_WARM = word_set(
    "temperature temperatures temp oven fever heat heated hit warm cold hot degrees bake cool chill boil freeze preheat"
)
_DATA = frozenset(("baud", "modem", "serial", "link", "bandwidth", "data"))


def _is_word(unit: str, place: Place) -> bool:
    """Whether a unit's symbol is the word here: "5 bar stools" is no pressure."""
    return unit in ("bar", "d", "w", "y") and bool(place.after()) and place.after()[0].isalpha()


def _measure_range(match: re.Match[str], place: Place) -> str | None:
    """3–5%, 10-15 kg, 2-3 mins; "from 5 kg to 7 kg" needs no rule."""
    name = unit_name(match["unit"], one=place.describes())
    if name is None and match["unit"] in _LOOSE and match["gap"]:
        name = _LOOSE[match["unit"]][0 if place.describes() else 1]
    if name is None:
        return None
    first = unit_name(match["first"], one=False) if match["first"] else None
    low = (
        f"{_count(match['low'], place)} {first}"
        if first and match["first"] != match["unit"]
        else _count(match["low"], place)
    )
    return f"{signed(match['sign'])}{low} to {_count(match['n'], place)} {name}"


def _pressure(match: re.Match[str], place: Place) -> str | None:
    """120/80 of blood pressure."""
    if not match["unit"] and not place.near(frozenset(("pressure", "bp", "reading")), back=4):
        return None
    unit = " millimeters of mercury" if match["unit"] else ""
    return f"{_count(match[1], place)} over {_count(match[2], place)}{unit}"


def _feet_inches(match: re.Match[str], place: Place) -> str | None:
    """5'10": five foot ten."""
    if int(match[2]) > 11:
        return None
    return f"{_count(match[1], place)} foot {_count(match[2], place)}"


def _feet_and_inches(match: re.Match[str], place: Place) -> str:
    """6 ft 2 in."""
    feet = "foot" if match[1] == "1" else "feet"
    inches = "inch" if match[2] == "1" else "inches"
    return f"{_count(match[1], place)} {feet} {_count(match[2], place)} {inches}"


def _inches(match: re.Match[str], place: Place) -> str | None:
    """15": inches, unless a quotation ends here."""
    if match[0].endswith('"') and _in_quotation(place.text[: place.start]):
        return None
    one = numbers.is_one(match["n"]) or place.describes()
    return f"{_count(match['n'], place)} {'inch' if one else 'inches'}"


def _in_quotation(before: str) -> bool:
    """Whether a quotation is still open; inch marks do not count."""
    return len(re.findall(r'(?<![\w.,!?½⅓⅔¼¾⅛⅜⅝⅞])"', before)) > len(re.findall(r'(?<=[A-Za-z.,!?])"', before))


def _inch_mark(match: re.Match[str], place: Place) -> str | None:
    """The mark behind a fraction: 5/16", ¾"."""
    part = re.search(r"(?:(\d+)[\s-])?(?:\d+/\d+|[½⅓⅔¼¾⅛⅜⅝⅞])$", place.text[: place.start])
    if part is None or _in_quotation(place.text[: part.start()]):
        return None
    return "inches" if part[1] and not place.describes() else "inch"


def _written_inches(match: re.Match[str], place: Place) -> str | None:
    """5 in. wide; without its point "in" is the word, unless a dimension follows."""
    if not match["dot"] and not (place.after() and place.after()[0] in _EXTENTS):
        return None
    one = numbers.is_one(match["n"]) or place.describes()
    return f"{_count(match['n'], place)} {'inch' if one else 'inches'}"


def _fraction_inches(match: re.Match[str], place: Place) -> str | None:
    """4⅝ in. of rain."""
    before = place.written_before()
    if not before or not (before[-1] in _FRACTIONS or re.fullmatch(r"\d+/\d+", before)):
        return None
    return "inches" if before[:1].isdecimal() and "/" not in before else "inch"


_EXTENTS = word_set("wide long tall high deep thick across square diameter screen")


def _feet(match: re.Match[str], place: Place) -> str | None:
    """6': feet, unless a quotation ends here."""
    if len(re.findall(r"(?<!\w)'(?=\w)", place.text[: place.start])) % 2:
        return None
    return f"{_count(match['n'], place)} {'foot' if numbers.is_one(match['n']) or place.describes() else 'feet'}"


def _size(match: re.Match[str], place: Place) -> str | None:
    """120 x 60 cm, 1920x1080, 2 x 4 x 8 ft."""
    marks = re.findall(rf"({numbers.NUMBER})\s?({_SIDE})?", match["size"])
    figures = [figure for figure, _ in marks]
    if any(mark for _, mark in marks[:-1]) or (marks[-1][1] and not match["unit"]):
        return _sides(marks, place)
    if not match["unit"] and (re.search(r"[=+÷]", place.text) or ("×" in match[0] and not _is_pixels(figures))):
        return " times ".join(_count(figure, place) for figure in figures)
    said = " by ".join(_pixels(figure) if _is_pixels(figures) else _count(figure, place) for figure in figures)
    unit = match["unit"]
    if not unit:
        return said
    name = (
        ("inch" if place.describes() else "inches")
        if unit in ("in", '"', "in.")
        else unit_name(unit, one=place.describes())
    )
    return f"{said} {name}" if name else None


_SIDE = r"(?:\"|″|'|′|ft|in|m|cm|mm|km|yd)(?![a-z])\.?"
_SIDE_NAMES = {
    '"': ("inch", "inches"),
    "″": ("inch", "inches"),
    "'": ("foot", "feet"),
    "′": ("foot", "feet"),
    "in": ("inch", "inches"),
}


def _sides(marks: list[tuple[str, str]], place: Place) -> str:
    """4' × 8', 25 m × 10 m, 9"x13"; a unit that all sides share is spoken once."""
    said = []
    for i, (figure, mark) in enumerate(marks):
        unit = mark.strip().rstrip(".")
        forms = _SIDE_NAMES.get(unit) or UNITS.get(unit)
        alike = i + 1 < len(marks) and all(m.strip() == mark.strip() for _, m in marks)
        if not forms or alike:
            said.append(_count(figure, place))
        else:
            said.append(f"{_count(figure, place)} {forms[0 if place.describes() or numbers.is_one(figure) else 1]}")
    return " by ".join(said)


def _is_pixels(figures: list[str]) -> bool:
    return all(figure.isdecimal() and len(figure) in (3, 4) for figure in figures) and any(len(f) == 4 for f in figures)


def _pixels(figure: str) -> str:
    return numbers.short(figure)


def _lines(match: re.Match[str], place: Place) -> str:
    """1080p: ten eighty p."""
    return f"{numbers.short(match[1])} {letters(match[2])}"


def _scaled(match: re.Match[str], place: Place) -> str | None:
    """300k, 2M+, 1.5bn, ~40, 10,000+."""
    scale = match["scale"] or ""
    if scale == "K" and match["n"].isdecimal() and int(match["n"]) >= 1000:
        return f"{_count(match['n'], place)} kelvin"  # of a lamp
    if scale.isupper() and match["n"].isdecimal() and _is_door(match["n"], place):
        return None
    if scale == "K" and match["n"].isdecimal() and int(match["n"]) < 12:
        return f"{_count(match['n'], place)} {letters('K')}"  # 4K, a 10K
    more = " plus" if match["more"] else ""
    if not scale and not more:
        return None
    return f"{signed(match['sign'])}{_count(match['n'], place)} {_SCALES.get(scale, '')}".rstrip() + more


def _is_door(number: str, place: Place) -> bool:
    """Whether a number with a letter is a door's: 221B is not 221 billion."""
    return place.near(_NUMBERED, back=1, ahead=0) or (len(number) > 2 and number[-1] != "0")


_NUMBERED = word_set(
    "at apt apartment unit room seat gate flat suite door house building row section lot bay platform table exit "
    "terminal bus level track pier dock stall booth aisle zone highway route"
)
_SCALES = {
    "k": "thousand",
    "K": "thousand",
    "M": "million",
    "mn": "million",
    "bn": "billion",
    "B": "billion",
    "tn": "trillion",
    "T": "trillion",
}


def _times(match: re.Match[str], place: Place) -> str:
    """10x: ten times."""
    return f"{_count(match['n'], place)} {'time' if numbers.is_one(match['n']) else 'times'}"


def _unit_word(match: re.Match[str], place: Place) -> str | None:
    """A unit behind a figure of another rule: 1/2 tsp, 2½ km; or behind a word: a kg, per lb."""
    before = place.written_before().strip("(")
    part = re.fullmatch(r"(\d+)/(\d+)", before)
    if before in tuple(_FRACTIONS) or (part and int(part[1]) < int(part[2])):
        return unit_name(match[0], one=True)
    if before and (before[-1].isnumeric() or before[-1] in _FRACTIONS):
        return unit_name(match[0], one=numbers.is_plain(before) and numbers.is_one(before))
    if place.before()[:1] and place.before()[0] in ("a", "per", "one", "half", "each", "every"):
        return None if match[0] in _WORDS else unit_name(match[0], one=True)
    return None


#: Units that are words or other abbreviations without a figure before them.
_WORDS = word_set(
    "bar min mins sec secs mi mo mos cal Cal ac hp pp pps ppt doz bp bps ha pct MP IU VA PM AM pcs ct pk pc br bd "
    "ba BR ly pts Nm"
)


def _per_word(match: re.Match[str], place: Place) -> str | None:
    """A rate whose first unit is written out: 5 dollars/hour, requests/min."""
    return f"{match[1]} {per_unit(match[2])}"


_UNIT = rf"(?:{alternatives([*UNITS, *_TIGHT, *_LOOSE, *_FLAT_POWERS, 'F', 'C'])})(?:²|³|\^[23])?(?:/[A-Za-z°²³]+\d?)*"
#: A point that belongs to the unit and does not end the sentence: 8 oz. steaks.
_DOT = r"(?:\.(?=\s+[a-z(\d]|[,;:)]))?"
_HARD_UNIT = rf"(?:{alternatives([u for u in UNITS if len(u) > 1])})(?:²|³)?"

RULES: tuple[Rule, ...] = (
    rule(
        rf"(?P<size>{numbers.NUMBER}(?:\s?{_SIDE})?(?:\s?(?:[x×]|by)\s?{numbers.NUMBER}(?:\s?{_SIDE})?)+)(?P<unit>)",
        _size,
    ),
    rule(r"(\d{2,3})/(\d{2,3})(?P<unit>\s?mm\s?Hg)?", _pressure),
    rule(r"(\d{1,2})['’′]\s?(\d{1,2})(?:[\"”″]|'')?", _feet_inches),
    rule(r"(\d{1,2})\s?(?:ft|feet)\.?\s(\d{1,2})\s?(?:in|inches|inch)\b\.?", _feet_and_inches),
    rule(rf"(?P<n>{numbers.NUMBER})(?:-inch|[\"″])", _inches),
    rule(r"in\.(?=\s[a-z])", _fraction_inches),
    rule(rf"(?P<n>{numbers.NUMBER})\s?in(?P<dot>\.(?=\s[a-z]))?", _written_inches),
    rule(r"(?P<n>\d{1,3})[′'](?![\d\w])", _feet),
    rule(r"[\"″](?=[\s,.;:!?)]|$)", _inch_mark),
    rule(rf"(?P<size>{numbers.NUMBER}(?:\s?[x×]\s?{numbers.NUMBER})+)(?:\s?(?P<unit>in\.?|\"|{_HARD_UNIT}|m))?", _size),
    rule(r"(\d{3,4})([pi])", _lines),
    rule(
        rf"{_SIGN}(?P<low>{_N})\s?(?P<first>{_UNIT})?{_TO}(?P<n>{_N})(?P<gap>\s?|-)(?P<unit>{_UNIT}){_DOT}",
        _measure_range,
    ),
    rule(rf"{_SIGN}(?P<n>{_N})(?P<gap>\s?|-)(?P<unit>{_UNIT}){_DOT}", _measure),
    rule(rf"{_SIGN}(?P<n>{numbers.NUMBER})(?P<scale>k|K|M|mn|bn|B|tn|T)?(?P<more>\+)?", _scaled),
    rule(rf"(?P<n>{numbers.NUMBER})[x×]", _times),
    rule(_HARD_UNIT, _unit_word),
    rule(
        r"(dollars|euros|pounds|cents|meters|miles|kilometers|feet|grams|kilograms|liters|bytes|bits|words|users|requests)"
        r"/([a-z]+)",
        _per_word,
    ),
)  # fmt: skip
