"""Rules for all other figures: fractions, ratios, scores, ranges, ordinals, phone numbers, codes, mathematics."""

from __future__ import annotations

import re
import unicodedata

from limelight.speech.reading import numbers
from limelight.speech.reading.place import Place, Rule, letters, rule, word_set

_TO = r"\s?[-–—]\s?"

# Fractions and ratios

_PARTS = {2: ("half", "halves"), 4: ("quarter", "quarters")}
_VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞⅒⅑⅐"
_SLASHED = {
    "24/7": "twenty four seven",
    "9/11": "nine eleven",
    "20/20": "twenty twenty",
    "24/7/365": "twenty four seven three sixty five",
}
_RATED = word_set(
    "rated rating rate rates scored score scores gave give gives got gets get earned earns review reviews stars "
    "grade marks pain average"
)  # fmt: skip
_ODDS = word_set("odds bookmaker bookmakers bet bets betting favorite favourite horse")
#: Words near two figures with a colon that make them a ratio, not a time.
_RATIO = word_set(
    "ratio ratios aspect odds scale mix proportion format formats screen widescreen vertical dilute diluted "
    "leverage"
)  # fmt: skip
_BOOKS = (
    "Genesis|Exodus|Leviticus|Numbers|Deuteronomy|Joshua|Judges|Ruth|Samuel|Kings|Psalms?|Proverbs|Isaiah|Jeremiah|"
    "Matthew|Mark|Luke|John|Acts|Romans|Corinthians|Galatians|Ephesians|Philippians|Colossians|Timothy|Hebrews|James|"
    "Peter|Revelation|Surah|Quran"
)


def _fraction_words(top: int, bottom: int, place: Place) -> str:
    one, many = _PARTS.get(bottom, ("", ""))
    if not one:
        one = numbers.ordinal(bottom)
        many = f"{one}s"
    return f"{numbers.cardinal(top, british=place.british)} {one if top == 1 else many}"


def _vulgar(match: re.Match[str], place: Place) -> str:
    """½, 2½, 3 ⅜."""
    top, bottom = (int(n) for n in unicodedata.normalize("NFKC", match["part"]).split("⁄"))
    return _mixed(match["whole"], top, bottom, place)


def _mixed(whole: str | None, top: int, bottom: int, place: Place) -> str:
    part = _fraction_words(top, bottom, place)
    if not whole:
        return part
    if top == 1:
        part = f"a {part.partition(' ')[2]}"
    return f"{numbers.number(whole, british=place.british)} and {part}"


def _mixed_number(match: re.Match[str], place: Place) -> str | None:
    """1 1/2, 3-3/8."""
    top, bottom = int(match[2]), int(match[3])
    return _mixed(match[1], top, bottom, place) if 0 < top < bottom else None


def _slash(match: re.Match[str], place: Place) -> str | None:
    """1/2, 9/10 in a review, 5/2 at the races, 50/50."""
    if match[0] in _SLASHED:
        return _SLASHED[match[0]]
    top, bottom = int(match[1]), int(match[2])
    if top + bottom == 100 and top >= 10:
        return f"{numbers.cardinal(top)} {numbers.cardinal(bottom)}"
    is_part = place.after()[:1] == ("of",) or bottom > 100
    if not is_part and bottom in (5, 10, 100, 20) and place.near(_RATED, back=4, ahead=3):
        return f"{numbers.cardinal(top)} out of {numbers.cardinal(bottom)}"
    if place.near(_ODDS, back=4, ahead=4) or top > bottom > 10:
        joint = "to" if place.near(_ODDS, back=4, ahead=4) else "over"
        return f"{numbers.cardinal(top)} {joint} {numbers.cardinal(bottom)}"
    if 0 < bottom < top <= 100 and bottom <= 10:
        return _fraction_words(top, bottom, place)
    if not 0 < top < bottom or bottom > 1000:
        return f"{numbers.cardinal(top)} slash {numbers.cardinal(bottom)}"
    if place.after()[:1] and place.after()[0] in _MEASURED:
        return _measured_part(top, bottom, place)
    return _fraction_words(top, bottom, place)


#: Units that are measured in fractions: half a cup, a three quarter cup.
_MEASURED = word_set(
    "cup teaspoon tablespoon tsp tbsp inch hour mile pound lb oz ounce gallon gal pint quart liter acre kg km day "
    "year mi in"
)


def _measured_part(top: int, bottom: int, place: Place) -> str:
    """1/2 cup: half a cup; 3/4 inch: three quarter inch, since "three quarters inch" sounds like 3 1/4."""
    if (top, bottom) == (1, 2):
        return "half an" if place.after()[0] in ("hour", "inch", "ounce", "oz", "acre", "in") else "half a"
    if bottom == 4:
        return f"{numbers.cardinal(top, british=place.british)} quarter"
    return _fraction_words(top, bottom, place)


def _out_of(match: re.Match[str], place: Place) -> str:
    """4.8/5."""
    return f"{numbers.number(match[1])} out of {numbers.number(match[2])}"


def _ratio(match: re.Match[str], place: Place) -> str | None:
    """16:9, 3:1, 1:100; two digits behind the colon are minutes unless a word nearby says otherwise."""
    first, second = match[1], match[2]
    clock = len(second) == 2 and int(first) <= 24 and int(second) < 60
    if clock and not place.near(_RATIO, back=4, ahead=3):
        return None
    return f"{numbers.number(first)} to {numbers.number(second)}"


def _decimal_ratio(match: re.Match[str], place: Place) -> str:
    """2.39:1."""
    return f"{numbers.number(match[1])} to {numbers.number(match[2])}"


def _parted(match: re.Match[str], place: Place) -> str:
    """1 000 000, 1'000, 1.000.000: with other countries' separators."""
    return numbers.number(re.sub(r"\D", "", match[0]), british=place.british)


def _hexadecimal(match: re.Match[str], place: Place) -> str:
    """0x1F."""
    return "zero X. " + " ".join(letters(c) if c.isalpha() else numbers.digits(c) for c in match[1])


def _verse(match: re.Match[str], place: Place) -> str:
    """John 3:16."""
    last = f" to {numbers.cardinal(int(match[4]))}" if match[4] else ""
    return f"{match[1]} {numbers.cardinal(int(match[2]))} {numbers.cardinal(int(match[3]))}{last}"


def _range(match: re.Match[str], place: Place) -> str | None:
    """2–3 photos; the score of a team."""
    low, high = match[1], match[2]
    if (low.startswith("0") and low != "0") or (high.startswith("0") and len(high) > 1):
        return None
    if _is_code(place) and len(low) + len(high) > 4:
        return f"{numbers.digits(low)} , {numbers.digits(high)}"
    spaced_minus = re.fullmatch(r"\s[-–]\s", match[0][len(low) : -len(high)])
    if spaced_minus and re.search(r"[=+×*÷≈]", place.text):
        return None
    plus = " plus" if match[3] else ""
    joint = "and" if place.before()[:1] in _RECORDS and not plus and not any(place.after()) else "to"
    return f"{numbers.number(low, british=place.british)} {joint} {numbers.number(high, british=place.british)}{plus}"


def _single_digits(match: re.Match[str], place: Place) -> str:
    """4-8-1-5: a code."""
    return numbers.digits(match[0])


#: Behind these words, two figures are a team's wins and losses.
_RECORDS = (("are",), ("were",), ("went",), ("started",), ("improved",))


# Phone numbers and codes

#: Behind these words a figure is a code: it is read digit by digit.
_CODES = word_set(
    "pin code codes zip postcode passcode password otp id serial account acct order ext extension ending ends isbn sku "
    "vin imei tracking confirmation reference ref booking pnr iban license licence passport ssn routing flight "
    "suffix prefix combination"
)  # fmt: skip
_JOINTS = word_set("is are was number no in with the your of starts begins to reads = :")
#: Behind these words three digits are read as one and two: room four oh four.
_NAMED = word_set(
    "room suite error gate route bus interstate unit apartment apt flat channel form status building platform "
    "train tram line boeing airbus level studio cabin terminal locker http highway hwy port class model xbox area "
    "order ticket invoice case item part lot bay"
)  # fmt: skip
_CALLS = (("call",), ("calls",), ("dispatcher",), ("dispatchers",), ("operator",), ("lifeline",), ("service",))
_CALLED = word_set("call dial phone text ring calls dialing calling dialed")


def _is_code(place: Place) -> bool:
    """Whether a word for a code stands before, with only function words between."""
    for word in place.before(4):
        if word in _CODES:
            return True
        if word not in _JOINTS:
            return False
    return False


def _digits(match: re.Match[str], place: Place) -> str:
    """Groups of digits, with a short pause between them."""
    groups = re.findall(r"\d+", match[0])
    plus = "plus " if match[0].lstrip("(").startswith("+") else ""
    return plus + " , ".join("eight hundred" if group == "800" else numbers.digits(group) for group in groups)


def _phone(match: re.Match[str], place: Place) -> str | None:
    """+1 (415) 555-2671, 020 7946 0958, 555-0123."""
    count = sum(c.isdecimal() for c in match[0])
    if not 7 <= count <= 15:
        return None
    return _digits(match, place)


def _vanity(match: re.Match[str], place: Place) -> str:
    """1-800-FLOWERS."""
    return f"{' , '.join(numbers.digits(g) for g in re.findall(r'[0-9]+', match[1]))} , {match[2].lower()}"


def _code(match: re.Match[str], place: Place) -> str | None:
    """Digits that identify something: a PIN, a ZIP code, whatever begins with a zero."""
    text = match[0]
    if text == "007" and place.before()[:1] == ("agent",):
        return "double oh seven"
    if len(text) > 1 and text.startswith("0"):
        return numbers.digits(text)
    if len(text) >= 3 and _is_code(place):
        return numbers.digits(text)
    if text in ("911", "988", "411", "311", "211") and place.after()[:1] in _CALLS:
        return numbers.digits(text)
    if len(text) == 3 and place.before()[:1] and place.before()[0] in _CALLED:
        return numbers.digits(text)
    if len(text) in (3, 4) and (_is_named(place) or _is_form(text, place)):
        return numbers.short(text)
    if len(text) in (5, 6) and place.near(_TEXTED, back=4, ahead=0):
        return numbers.digits(text)
    if len(text) == 5 and re.search(rf"(?:{_STATES})\s$", place.text[: place.start]):
        return numbers.digits(text)
    if len(text) > 6 and not text.endswith("000"):
        return numbers.digits(text)
    return None


_TEXTED = word_set("text texts texting sms")
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|"
    "PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY"
)


def _is_form(text: str, place: Place) -> bool:
    """Whether a number is a name: a 1099, a 529 plan, a 404, the 747."""
    if re.fullmatch(r"7[0-9]7", text):
        return place.before()[:1] in (("a",), ("the",), ("boeing's",), ("new",))
    if place.before()[:1] not in (("a",), ("an",), ("form",), ("irs",)) or text.endswith("00"):
        return False
    return place.after()[:1] in (
        (),
        ("plan",),
        ("form",),
        ("exchange",),
        ("course",),
        ("class",),
        ("error",),
        ("page",),
    ) or (len(text) == 4 and text[:2] == "10" and not place.after()[0].endswith("s"))


def _is_named(place: Place) -> bool:
    """Whether a number belongs to a name, of a kind of thing or a product: room 404, Xbox 360, RTX 4090."""
    before = place.written_before()
    if place.before()[:1] and place.before()[0] in _NAMED:
        return True
    name = before.strip("\"'“”‘’(")
    inside = place.text[: place.start].strip() != before
    return (
        inside
        and bool(re.fullmatch(r"[A-Z][A-Za-z]*[A-Z][A-Za-z]*|[A-Z][a-z]+", name))
        and name.lower() not in _NO_PRODUCTS
    )


#: Capitalised words that a count may follow.
_NO_PRODUCTS = word_set(
    "january february march april may june july august september october november december monday tuesday "
    "wednesday thursday friday saturday sunday i all about only over under the these those than and or for with "
    "after before some just in of to from by"
)  # fmt: skip


def _numbered(match: re.Match[str], place: Place) -> str:
    """#1, order #4521, No. 5, № 5."""
    many = "numbers" if match["many"] else "number"
    text = match["n"]
    if (len(text) in (3, 4) and not text.endswith("00")) or text.startswith("0"):
        return f"{many} {numbers.short(text)}" if len(text) == 3 else f"{many} {numbers.digits(text)}"
    return f"{many} {numbers.number(text, british=place.british)}"


# Letters with figures

_LETTERS_DIGITS = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)*|[^A-Za-z\d]+")
_BETWEEN_LETTERS = {"2": "to", "4": "for"}
_TECHNICAL = {
    "rav4": "rav four",
    "3m's": "three M.'s",
    "7up": "seven up",
    "3m": "three M.",
    "h2o": "/ˌAʧtˌuˈO/",
    "mp3": "M.P. three",
    "mp4": "M.P. four",
    "h264": "H. two six four",
    "h265": "H. two six five",
    "utf8": "U.T.F. eight",
}


def _mixture(match: re.Match[str], place: Place) -> str | None:
    """A7X-204, B12, PS5, GPT-4, COVID-19, H2O, CO2, 12A, SAVE10, v3."""
    text = match[0]
    if text.lower() in _TECHNICAL:
        return _TECHNICAL[text.lower()]
    if year := re.fullmatch(r"(Q[1-4]|H[12])'(\d\d)", text):
        return f"{letters(year[1][0])} {numbers.cardinal(int(year[1][1]))} twenty {numbers.cardinal(int(year[2]))}"
    if plural := re.fullmatch(r"(.*\d)'?s", text):
        return _plural_of(plural[1], place)
    if re.fullmatch(r"[vV]\d[\d.]*", text):
        return f"version {_points(text[1:])}"
    if re.fullmatch(r"Q[1-4]|H[12]", text):
        return f"{letters(text[0])} {numbers.cardinal(int(text[1]))}"
    if re.fullmatch(r"[A-Z](?:2|4)[A-Z]", text) and text not in ("H2O", "W3C"):
        return f"{letters(text[0])} {_BETWEEN_LETTERS[text[1]]} {letters(text[2])}"
    return _spelled_mixture(text, place)


def _plural_of(text: str, place: Place) -> str | None:
    """MP3s, PS5s, F-150s, 1099s, 500s."""
    if text.isdecimal():
        said = numbers.short(text) if len(text) == 4 or _is_named(place) else numbers.cardinal(int(text))
    else:
        said = _TECHNICAL.get(text.lower()) or _spelled_mixture(text, place)
    return numbers.plural(said)


def _spelled_mixture(text: str, place: Place) -> str:
    said = []
    parts = _LETTERS_DIGITS.findall(text)
    is_code = sum(part[0].isdecimal() for part in parts) > 1 or place.before()[:1] == ("flight",)
    for i, part in enumerate(parts):
        if part[0].isdecimal():
            said.append(_digits_of_name(part, is_code=(is_code and len(parts) > 2) or _is_code(place)))
        elif part[0].isalpha():
            said.append(_letters_of_name(part, before=parts[i - 1] if i else ""))
        elif "." in part or "/" in part:
            said.append("dot" if "." in part else "slash")
        elif is_code and part.strip("'’") and i and i < len(parts) - 1:
            said.append(",")
    return " ".join(said)


def _letters_of_name(part: str, before: str) -> str:
    """The letters of a name, spelled or as a word: up to three capitals are spelled; s behind a figure is a plural."""
    if part == "s" and before[:1].isdecimal():
        return "S."
    if (part.islower() and len(part) > 2) or (len(part) > 3 and part.isupper()) or (part.istitle() and len(part) > 2):
        return part
    if part.islower() and len(part) == 2:
        return letters(part)
    return letters(part) if part.isupper() or len(part) == 1 or _ELEMENTS.fullmatch(part) else part


#: A formula of up to four elements: CaCO.
_ELEMENTS = re.compile(r"(?:Ca|Na|Mg|Fe|Cu|Zn|Al|Cl|Si|Li|Ag|Br|[HCNOSPKF]){2,4}")


def _digits_of_name(part: str, *, is_code: bool) -> str:
    if "." in part:
        return _points(part)
    if is_code and len(part) >= 3:
        return numbers.digits(part)
    return numbers.short(part) if len(part) <= 3 else numbers.digits(part)


def _points(text: str) -> str:
    """3.12 of a version, as numbers with "point" between them."""
    figures = text.strip(".").split(".")
    if len(figures) == 2:
        return numbers.number(text.strip("."))
    return " point ".join(numbers.cardinal(int(f)) if len(f) < 4 else numbers.digits(f) for f in figures if f)


def _version(match: re.Match[str], place: Place) -> str:
    """2.0.1; four numbers are an IP address, with "dot" between them."""
    figures = match[0].split(".")
    joint = " dot " if len(figures) == 4 else " point "
    return joint.join(numbers.cardinal(int(figure)) for figure in figures)


# Mathematics

_OPERATORS = {
    "+": "plus", "-": "minus", "−": "minus", "–": "minus", "×": "times", "*": "times", "·": "times", "⋅": "times",
    "/": "divided by",
    "÷": "divided by", "=": "equals", "==": "equals", "!=": "is not equal to", "≠": "is not equal to",
    "≈": "is approximately",
    "<": "is less than", ">": "is greater than", "<=": "is less than or equal to", ">=": "is greater than or equal to",
    "≤": "is less than or equal to", "≥": "is greater than or equal to", "±": "plus or minus", "→": "to", "->": "to",
    "=>": "to",
    "≡": "is identical to", "∈": "in", "∝": "is proportional to",
}  # fmt: skip
#: Comparisons behind a word, as in "ages ≥ 18".
_COMPARED = {"<": "under", ">": "over", "≤": "at most", "≥": "at least", "<=": "at most", ">=": "at least"}
_OPERATOR = r"[-+−–×*·⋅/÷=<>≠≈≤≥±]|==|!=|<=|>="
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿ", "0123456789-n")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_OPERAND = r"(?:\d[\d,.]*+|[A-Za-z]|[πθα-ω]|[A-Za-z]{0,2}[²³])"


def _operator(match: re.Match[str], place: Place) -> str | None:
    """A sign of mathematics that stands alone between two operands."""
    before, after = place.written_before(), place.written_after()
    sign = match[0]
    if not re.search(r"[\w)²³π%]$", before) or not re.match(r"[-+−(√]?[\wπ]", after):
        return {
            "*": "star",
            "=": "equals",
            "≈": "about",
            "≠": "is not equal to",
            "→": "to",
            "->": "to",
            "=>": "to",
            "+": "plus",
            "/": "slash",
        }.get(sign)
    if sign in "-–" and not (_is_operand(before) and _is_operand(after)):
        return None
    if sign in "-–" and before[-1:].isdecimal() and after[:1].isdecimal() and not re.search(r"[=+×*÷≈<>]", place.text):
        return "to"
    if sign == "/" and not (_is_operand(before) and _is_operand(after)):
        return ","
    if sign == "*" and not (_is_operand(before) and _is_operand(after)):
        return "star"
    if sign == "+" and not (_is_operand(before) or _is_operand(after)):
        return "plus"
    if sign in _COMPARED and not _is_operand(before) and after[:1].isdecimal():
        return _COMPARED[sign]
    if (
        sign in ("≈", "<", ">", "≤", "≥", "!=", "≠", "<=", ">=")
        and place.before(2)[1:2]
        and place.before(2)[1] in ("is", "are", "was")
    ):
        return _OPERATORS[sign].removeprefix("is ")
    if sign in ("≈", "<", ">", "≤", "≥", "!=", "≠") and before.lower() in ("is", "are", "was", "were", "be"):
        return _OPERATORS[sign].removeprefix("is ")
    return _OPERATORS.get(sign)


def _is_operand(word: str) -> bool:
    word = word.strip("().,;:!?√-+")
    return bool(re.fullmatch(rf"{_OPERAND}+|\d[\d,.]*[a-z]?|\w[²³]", word)) and not (len(word) > 1 and word.isalpha())


def _variable(match: re.Match[str], place: Place) -> str | None:
    """A letter beside a sign of mathematics, spelled: a != b."""
    rest, before = place.text[place.end :], place.text[: place.start]
    if re.match(rf"\s[=≠≈≤≥<>]\s|\s(?:{_OPERATOR})\s(?:{_OPERAND})(?!\w)|(?:[=<>≠≤≥×]|!=)", rest) or re.search(
        rf"(?:^|\s|\d)(?:{_OPERATOR})\s$", before
    ):
        return letters(match[0])
    return None


def _tight_equation(match: re.Match[str], place: Place) -> str:
    """2+2=4, E=mc², x>3: signs without spaces."""
    said = []
    for part in re.findall(r"\d[\d,.]*|[A-Za-z]|[²³]|[πθ]|<=|>=|!=|==|.", match[0]):
        if part[0].isdecimal():
            said.append(numbers.number(part.rstrip(".,")))
        elif part.isascii() and part.isalpha():
            said.append(letters(part))
        elif part in "²³":
            said.append("squared" if part == "²" else "cubed")
        else:
            said.append(_OPERATORS.get(part) or GREEK.get(part, ""))
    return " ".join(said)


def _power(match: re.Match[str], place: Place) -> str:
    """r², 2^8, 10⁶."""
    base = letters(match["base"]) if match["base"].isalpha() else match["base"]
    if match["base"][0].isdecimal():
        base = numbers.number(match["base"], british=place.british)
    power = (match["high"] or match["flat"]).translate(_SUPERSCRIPTS)
    if power in ("2", "3"):
        return f"{base} {'squared' if power == '2' else 'cubed'}"
    if power.lstrip("-").isdecimal():
        sign = "minus " if power.startswith("-") else ""
        return f"{base} to the power of {sign}{numbers.cardinal(int(power.lstrip('-')))}"
    return f"{base} to the power of {letters(power)}"


def _scientific(match: re.Match[str], place: Place) -> str:
    """1e-5, 6.02E23."""
    sign = "minus " if match[2] == "-" else ""
    return f"{numbers.number(match[1])} times ten to the power of {sign}{numbers.cardinal(int(match[3]))}"


def _root(match: re.Match[str], place: Place) -> str:
    """√16."""
    inside = match[1]
    name = numbers.number(inside, british=place.british) if inside[0].isdecimal() else letters(inside)
    return f"the square root of {name}"


def _coefficient(match: re.Match[str], place: Place) -> str | None:
    """2x beside a sign of mathematics."""
    rest, before = place.text[place.end :], place.text[: place.start]
    if (re.match(r"\s?[=+−×<>≤≥-]\s?[\w]", rest) and re.match(r"\s|[=+]", rest)) or re.search(
        r"[=+−×<>≤≥-]\s?$", before
    ):
        return f"{numbers.number(match[1], british=place.british)} {letters(match[2])}"
    return None


def _subscript(match: re.Match[str], place: Place) -> str | None:
    """O₂, H₂SO₄: as if the figures were no subscripts."""
    return _spelled_mixture(match[0].translate(_SUBSCRIPTS), place)


_A_GREEK = "[α-ωΔΣΩΠΘΛΦΨΓ]"


def _greek_power(match: re.Match[str], place: Place) -> str:
    """πr², 2πr, 4/3 πr³: a product with Greek letters in it."""
    said = [numbers.number(match["n"])] if match["n"] else []
    said += [GREEK[c] if c in GREEK else letters(c) for c in match["letters"]]
    said += [{"²": "squared", "³": "cubed"}[match["power"]]] if match["power"] else []
    return " ".join(said)


def _negative(match: re.Match[str], place: Place) -> str | None:
    """x = -b, (-x)."""
    if not re.search(r"[=(<>,]\s?$", place.text[: place.start]):
        return None
    return f"minus {letters(match[1])}"


def _less(match: re.Match[str], place: Place) -> str:
    """n-1, x+2."""
    sign = "minus" if match[2] in "-−" else "plus"
    return f"{letters(match[1])} {sign} {numbers.cardinal(int(match[3]))}"


def _function(match: re.Match[str], place: Place) -> str:
    """f(x), g(2)."""
    inside = match[2]
    return f"{letters(match[1])} of {letters(inside) if inside.isalpha() else numbers.number(inside)}"


_FUNCTIONS = {"sin": "sine", "cos": "cosine", "tan": "tangent", "log": "log", "ln": "natural log", "arcsin": "arc sine"}


def _trigonometry(match: re.Match[str], place: Place) -> str:
    """sin(x), cos 30°."""
    inside = match[2]
    if not inside:
        return _FUNCTIONS[match[1].lower()]
    name = GREEK.get(inside) or (letters(inside) if inside.isalpha() else numbers.number(inside))
    return f"{_FUNCTIONS[match[1].lower()]} of {name}"


def _logarithm(match: re.Match[str], place: Place) -> str:
    """log₂ 8."""
    base = match[1].translate(_SUBSCRIPTS)
    return f"log base {numbers.cardinal(int(base))} of"


def _factorial(match: re.Match[str], place: Place) -> str:
    """5! = 120."""
    name = numbers.cardinal(int(match[1])) if match[1].isdecimal() else letters(match[1])
    return f"{name} factorial"


def _over(match: re.Match[str], place: Place) -> str | None:
    """x/y, a/b."""
    return f"{letters(match[1])} over {letters(match[2])}" if match[1] != match[2] else None


def _grade(match: re.Match[str], place: Place) -> str:
    """A-, B+, AB-: grades and blood groups."""
    return f"{letters(match[1])} {'plus' if match[2] == '+' else 'minus'}"


def _ion(match: re.Match[str], place: Place) -> str:
    """Ca2+, Cl-, Na⁺."""
    count = match[2].translate(_SUPERSCRIPTS)
    sign = "plus" if match[3] in "+⁺" else "minus"
    return " ".join(part for part in (letters(match[1]), numbers.cardinal(int(count)) if count else "", sign) if part)


GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron", "π": "pi", "ρ": "rho", "σ": "sigma",
    "ς": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Δ": "delta",
    "Σ": "sigma",
    "Ω": "omega", "Π": "pi", "Θ": "theta", "Λ": "lambda", "Φ": "phi", "Ψ": "psi", "Γ": "gamma", "µ": "mu",
}  # fmt: skip


# Plain numbers


def _ordinal(match: re.Match[str], place: Place) -> str:
    """3rd, 101st, 1,000th."""
    return numbers.ordinal(int(match[1].replace(",", "")), british=place.british)


def _number(match: re.Match[str], place: Place) -> str:
    """12,500; -4; +5; ~40; 0.05; >100."""
    sign = (match["sign"] or "").strip()
    more = " plus" if match["more"] else ""
    return f"{_SIGNS.get(sign, '')} {numbers.number(match['n'], british=place.british)}{more}".strip()


_SIGNS = {
    "-": "minus", "−": "minus", "–": "minus", "+": "plus", "±": "plus or minus", "~": "about", "≈": "about",
    "<": "less than",
    ">": "more than", "≤": "at most", "≥": "at least", "<=": "at most", ">=": "at least", "=": "equals", "×": "times",
}  # fmt: skip


def _hyphened(match: re.Match[str], place: Place) -> str:
    """10-minute, 7-Eleven: number and word."""
    return f"{numbers.number(match[1], british=place.british)} {match[2]}"


#: Rules for unmistakable patterns, tried before those for dates and units.
SHAPES: tuple[Rule, ...] = (
    rule(r"([35])[′'](?=\s(?:end|ends|UTR|cap|to|splice|region))", lambda m, p: f"{numbers.cardinal(int(m[1]))} prime"),
    Rule(r"(\d{1,3}|[nx])!(?=\s?[=<>+×])", _factorial),
    rule(
        r"3M(?=\s(?:tape|company|products|stock|shares|adhesive|filters?|masks?|command|brand|makes|sells|Company|Open)\b)|3M's",
        _mixture,
    ),
    rule(r"(\d{1,2})/(\d{1,2})ths", lambda match, place: _fraction_words(int(match[1]), int(match[2]), place)),
    rule(r"24/7(?:/365)?", _slash),
    rule(rf"({_BOOKS})\s(\d{{1,3}}):(\d{{1,3}})(?:[-–](\d{{1,3}}))?", _verse),
    rule(r"\d(?:-\d){2,}", _single_digits),
    rule(r"\+\d{1,3}[\s.-]?(?:\(\d{1,4}\)[\s.-]?)?\d{1,4}(?:[\s.-]\d{2,4}){1,4}", _phone),
    rule(r"(?:\d[\s.-])?\(\d{2,5}\)\s?\d{2,4}(?:[\s.-]\d{2,4}){1,3}", _phone),
    rule(r"1[-.\s]8\d{2}[-.\s]\d{3}[-.\s]\d{4}", _phone),
    rule(r"(1[-.]8\d{2})[-.]([A-Z]{4,})", _vanity),
    rule(r"\d{3}[-.]\d{3}[-.]\d{4}", _phone),
    rule(r"\d{3}-\d{4}", _phone),
    rule(r"\d{3}-\d{2}-\d{4}", _phone),
    rule(r"0\d{2,4}(?:[\s-]\d{3,4}){1,3}", _phone),
    rule(r"\d{4}(?:[\s-]\d{4}){2,4}", lambda match, place: _digits(match, place)),
    rule(r"\d+(?:-\d+){3,}", lambda match, place: _digits(match, place)),
    rule(r"(?P<many>)#(?P<n>\d+)|(?P<many2>)№\s?(?P<n2>\d+)", lambda m, p: _hash(m, p)),
    rule(r"[Nn]o(?P<many>s)?\.\s?(?P<n>\d+)", _numbered),
    rule(rf"(?P<whole>\d+)?\s?(?P<part>[{_VULGAR}])", _vulgar),
    rule(r"(\d{1,3})[\s-](\d{1,2})/(\d{1,3})(?!/)", _mixed_number),
    rule(r"(\d+\.\d+):(\d+)(?!:)", _decimal_ratio),
    rule(r"\d{1,3}(?:\s\d{3}){2,}|\d{1,3}(?:['\u202f\u2009_]\d{3})+|\d{1,3}(?:\.\d{3}){2,}|\d{1,3}\s000", _parted),
    rule(r"0[xX]([0-9A-Fa-f]{2,})", _hexadecimal),
    rule(r"\*(\d{2,})", lambda match, place: f"star {numbers.digits(match[1])}"),
    rule(r"x(\d{3,5})", lambda match, place: f"extension {numbers.digits(match[1])}"),
    rule(r"(\d{3})\(([a-z])\)", lambda match, place: f"{numbers.short(match[1])} {letters(match[2])}"),
    rule(r"([A-Za-z]+)#\s?(\d+)", lambda match, place: f"{match[1]} number {numbers.digits(match[2])}"),
    rule(r"(\d+\.\d+)/(\d{1,3})", _out_of),
    rule(r"(\d{1,3})/(\d{1,4})(?!/)", _slash),
    rule(r"(\d{1,4}):(\d{1,4})(?!:|\d)", _ratio),
    rule(r"\d+(?:\.\d+){2,}", _version),
    rule(r"(\d+)([xyzabn])", _coefficient),
)  # fmt: skip
RULES: tuple[Rule, ...] = (
    rule(rf"({numbers.NUMBER}){_TO}({numbers.NUMBER})(\+)?(?![-–\d])", _range),
    rule(r"((?:\d{1,3}(?:,\d{3})+|\d+))(?:st|nd|rd|th|ST|ND|RD|TH)", _ordinal),
    rule(r"(\d+(?:\.\d+)?)[eE]([+-]?)(\d{1,3})", _scientific),
    Rule(r"(AB|[ABO]|[C-F])([-−+])(?=[\s,.;:!?)]|$)", _grade),
    Rule(r"(Ca|Na|Cl|Mg|Fe|Cu|Zn|Li|K|H|F)([2-4²³]?)([+⁺−⁻-])(?=[\s,.;:!?)]|$)", _ion),
    rule(
        rf"(?P<n>\d+)?(?P<letters>(?=[A-Za-z]{{0,2}}{_A_GREEK})(?:[A-Za-z]|{_A_GREEK}){{1,3}})(?P<power>[²³])?",
        _greek_power,
    ),
    rule(r"-([a-z])", _negative),
    rule(r"([a-z])([-−+])(\d{1,3})", _less),
    rule(r"([fghFGH])\(([a-z]|\d+)\)", _function),
    rule(r"(sin|cos|tan|ln|log)(?:\(([a-zθα]|\d+)\)|(?=\s(?:\d|[xθα]\b)))", _trigonometry, ignore_case=True),
    rule(r"log([₀-₉]+)", _logarithm),
    rule(r"([ru])/([A-Za-z]\w+)", lambda match, place: f"{letters(match[1])} slash {match[2]}"),
    rule(r"([a-z])/([a-z])", _over),
    rule(r"√\(?(\d[\d.,]*|[A-Za-z])\)?", _root),
    rule(r"(?P<base>\d[\d.,]*|[A-Za-z]{1,2})(?:(?P<high>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿ]+)|\^\(?(?P<flat>-?\d+|[a-z])\)?)", _power),
    rule(r"[A-Za-z]+[₀-₉][A-Za-z₀-₉]*", _subscript),
    rule(r"[A-Za-z](?![’'])", _variable),
    rule(rf"{_OPERAND}{{1,3}}(?:(?:[+×=<>≠≤≥]|!=|<=|>=)-?{_OPERAND}{{1,3}})+", _tight_equation),
    rule(r"\d+(?![\d,.]\d)", _code),
    rule(r"(\d+)[-–]([A-Za-z]{2,})", _hyphened),
    Rule(r"([a-z]{2,}|[A-Z][a-z]{2,})-(?=['’]?\d\d)", lambda match, place: match[1]),
    rule(r"[QH]\d'\d\d", _mixture),
    rule(r"(?=[A-Za-z-]*\d)(?=\d*[-A-Za-z])[A-Za-z\d]+(?:\.\d+)*(?:-[A-Za-z\d]+)*(?:'s)?", _mixture),
    rule(rf"(?P<sign>(?:[-−–+±~≈<>≤≥]=?|=|×)\s?)?(?P<n>{numbers.NUMBER})(?P<more>\+)?", _number),
)  # fmt: skip
#: The rule for a sign of mathematics between two spaces.
OPERATORS = Rule(rf"(?:->|=>|{_OPERATOR}|[→≡∈∝])(?=\s|$)", _operator)


def _hash(match: re.Match[str], place: Place) -> str:
    text = match["n"] or match["n2"]
    if len(text) >= 3 and not text.endswith("00"):
        return f"number {numbers.digits(text)}"
    return f"number {numbers.number(text, british=place.british)}"
