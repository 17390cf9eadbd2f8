"""Rules for amounts of money: signs and codes of currencies before and behind the figure, scales, rates, ranges."""

from __future__ import annotations

import re
from typing import NamedTuple

from limelight.speech.reading import numbers
from limelight.speech.reading.measures import per_unit
from limelight.speech.reading.place import Place, Rule, alternatives, rule


class _Currency(NamedTuple):
    one: str
    many: str
    cent: str = ""
    cents: str = ""


def _dollars(whose: str = "") -> _Currency:
    name = f"{whose} dollar".strip()
    return _Currency(name, f"{name}s", "cent", "cents")


_US, _EURO, _POUND = (
    _dollars(),
    _Currency("euro", "euros", "cent", "cents"),
    _Currency("pound", "pounds", "penny", "pence"),
)
_YEN, _WON = _Currency("yen", "yen"), _Currency("won", "won")
_RUPEE, _REAL = _Currency("rupee", "rupees", "paisa", "paise"), _Currency("real", "reais", "centavo", "centavos")
_RUBLE, _LIRA = _Currency("ruble", "rubles", "kopeck", "kopecks"), _Currency("lira", "liras", "kurus", "kurus")
_SHEKEL, _BAHT, _DONG = _Currency("shekel", "shekels"), _Currency("baht", "baht"), _Currency("dong", "dong")
_PESO, _NAIRA = _Currency("peso", "pesos", "centavo", "centavos"), _Currency("naira", "naira")
_ZLOTY, _HRYVNIA = _Currency("zloty", "zlotys"), _Currency("hryvnia", "hryvnias")
_KRONA = _Currency("krona", "kronor")

#: Currency signs before the figure, with or without a country.
SIGNS = {
    "$": _US, "€": _EURO, "£": _POUND, "¥": _YEN, "￥": _YEN, "₹": _RUPEE, "₩": _WON, "₽": _RUBLE, "₺": _LIRA,
    "₪": _SHEKEL, "฿": _BAHT, "₫": _DONG, "₱": _PESO, "₦": _NAIRA, "₴": _HRYVNIA, "₿": _Currency("bitcoin", "bitcoins"),
    "US$": _dollars("U.S."), "A$": _dollars("Australian"), "AU$": _dollars("Australian"), "C$": _dollars("Canadian"),
    "CA$": _dollars("Canadian"), "NZ$": _dollars("New Zealand"), "HK$": _dollars("Hong Kong"),
    "S$": _dollars("Singapore"), "NT$": _dollars("Taiwan"), "R$": _REAL,
    "MX$": _Currency("Mexican peso", "Mexican pesos"),
    "CN¥": _Currency("yuan", "yuan"), "Rs.": _RUPEE, "Rs": _RUPEE,
}  # fmt: skip
#: Codes of ISO 4217 and of two coins that are written like them.
CODES = {
    "USD": _dollars("U.S."), "EUR": _EURO, "GBP": _Currency("British pound", "British pounds", "penny", "pence"),
    "JPY": _Currency("Japanese yen", "Japanese yen"),
    "CHF": _Currency("Swiss franc", "Swiss francs", "centime", "centimes"),
    "CAD": _dollars("Canadian"), "AUD": _dollars("Australian"), "NZD": _dollars("New Zealand"),
    "HKD": _dollars("Hong Kong"), "SGD": _dollars("Singapore"), "CNY": _Currency("Chinese yuan", "Chinese yuan"),
    "RMB": _Currency("yuan", "yuan"), "INR": _Currency("Indian rupee", "Indian rupees"),
    "KRW": _Currency("Korean won", "Korean won"), "SEK": _Currency("Swedish krona", "Swedish kronor"),
    "NOK": _Currency("Norwegian krone", "Norwegian kroner"), "DKK": _Currency("Danish krone", "Danish kroner"),
    "PLN": _Currency("Polish zloty", "Polish zlotys"), "CZK": _Currency("Czech koruna", "Czech korunas"),
    "HUF": _Currency("forint", "forints"), "BRL": _Currency("Brazilian real", "Brazilian reais"),
    "MXN": _Currency("Mexican peso", "Mexican pesos"), "ZAR": _Currency("South African rand", "South African rand"),
    "AED": _Currency("dirham", "dirhams"), "SAR": _Currency("Saudi riyal", "Saudi riyals"),
    "TRY": _Currency("Turkish lira", "Turkish lira"), "RUB": _RUBLE, "ILS": _SHEKEL, "THB": _BAHT, "NGN": _NAIRA,
    "PHP": _Currency("Philippine peso", "Philippine pesos"), "IDR": _Currency("rupiah", "rupiah"),
    "BTC": _Currency("bitcoin", "bitcoins"), "ETH": _Currency("ether", "ether"),
}  # fmt: skip
_BEHIND = {
    "€": _EURO, "$": _US, "£": _POUND, "¥": _YEN, "₹": _RUPEE, "₽": _RUBLE, "₺": _LIRA, "₪": _SHEKEL, "₴": _HRYVNIA,
    "₫": _DONG, "kr": _KRONA, "zł": _ZLOTY, "Kč": _Currency("koruna", "korunas"), "Ft": _Currency("forint", "forints"),
}  # fmt: skip
_SCALES = {
    "k": "thousand", "K": "thousand", "thousand": "thousand", "m": "million", "M": "million", "mn": "million",
    "mm": "million", "MM": "million", "mil": "million", "million": "million", "b": "billion", "B": "billion",
    "bn": "billion", "Bn": "billion", "billion": "billion", "tn": "trillion", "T": "trillion", "trillion": "trillion",
    "lakh": "lakh", "crore": "crore",
}  # fmt: skip

_ANY = {**SIGNS, **CODES}
_MINUS = r"(?P<sign>[-−–+±~≈<>≤≥]\s?)?"
_SIGN = rf"(?P<cur>{alternatives(SIGNS)}|(?:{alternatives(CODES)})(?=[\s\d]))\s?"
_AMOUNT = rf"(?P<amount>{numbers.CONTINENTAL}(?!\d)|{numbers.NUMBER})"
_SCALE = rf"(?:[\s-]?(?P<scale>{alternatives(_SCALES)})\b)?"
_RATE = r"(?P<rate>(?:\s?/\s?[A-Za-z²³]+)+(?:\.(?=\s[a-z]|[,;]))?)?"
_MORE = r"(?P<more>\+)?"
_TO = r"\s?(?:-|–|—|to)\s?"
_SIGNS_BEFORE = {
    "-": "minus", "−": "minus", "–": "minus", "+": "plus", "±": "plus or minus", "~": "about", "≈": "about",
    "<": "less than", ">": "more than", "≤": "at most", "≥": "at least",
}  # fmt: skip


def _before(match: re.Match[str], place: Place) -> str | None:
    """$9.99, -€30, US$5 million, CHF 2,300, $15/user/month, $50+."""
    sign = match["sign"] or match["inner"] or ""
    said = _amount(match["amount"], match["scale"], _ANY[match["cur"]], place)
    said = f"{_SIGNS_BEFORE.get(sign.strip(), '')} {said}{_more(match)}"
    return f"{said} {per_unit(match['rate'])}".strip() if match["rate"] else said.strip()


def _behind(match: re.Match[str], place: Place) -> str | None:
    """120€, 7,50 €, 300 EUR, 5M USD."""
    currency = {**_BEHIND, **CODES}[match["cur"]]
    said = _amount(match["amount"], match["scale"], currency, place)
    said = f"{_SIGNS_BEFORE.get((match['sign'] or '').strip(), '')} {said}"
    return f"{said} {per_unit(match['rate'])}".strip() if match["rate"] else said.strip()


def _more(match: re.Match[str]) -> str:
    return " plus" if match["more"] else ""


def _range(match: re.Match[str], place: Place) -> str | None:
    """$10-$20, $1-2M, €5–10: a sign or scale at one end holds for both."""
    first, second = match["amount"], match["second"]
    currency = _ANY[match["cur"]]
    scale = match["scale"]
    if match["cur2"] is None and match["firstscale"] is None:
        low = _figure(first, place)
    else:
        low = _amount(first, match["firstscale"], currency, place)
    high = _amount(second, scale, currency, place)
    return f"{low} to {high}" + (f" {per_unit(match['rate'])}" if match["rate"] else "")


def _range_behind(match: re.Match[str], place: Place) -> str | None:
    """10-20 €, 5–7 EUR."""
    currency = {**_BEHIND, **CODES}[match["cur"]]
    return f"{_figure(match['amount'], place)} to {_amount(match['second'], match['scale'], currency, place)}"


def _cents(match: re.Match[str], place: Place) -> str:
    one = numbers.is_one(match["amount"]) or place.describes()
    return f"{_figure(match['amount'], place)} {'cent' if one else 'cents'}"


def _pence(match: re.Match[str], place: Place) -> str | None:
    if (not place.british and "£" not in place.text) or match["amount"] in ("480", "720", "1080", "1440", "2160"):
        return None
    return f"{_figure(match['amount'], place)} {'penny' if numbers.is_one(match['amount']) else 'pence'}"


def _figure(amount: str, place: Place) -> str:
    return numbers.number(amount, british=place.british)


def _amount(amount: str, scale: str | None, currency: _Currency, place: Place) -> str:
    """An amount in words: main units and hundredths where it has two decimals, else one number."""
    amount = _thousands(amount, currency)
    if scale:
        unit = currency.one if place.describes() else currency.many
        return f"{_figure(amount, place)} {_SCALES[scale]} {unit}"
    whole, _, cents = numbers.plain(amount).partition(".")
    if len(cents) == 2 and cents != "00" and currency.cents:
        return _with_cents(int(whole or 0), int(cents), currency, place)
    if cents and set(cents) != {"0"}:
        return f"{_figure(amount, place)} {currency.many}"
    one = int(whole or 0) == 1 or place.describes()
    return f"{_figure(whole or '0', place)} {currency.one if one else currency.many}"


def _thousands(amount: str, currency: _Currency) -> str:
    """An amount without its separators of thousands: €1.500 is fifteen hundred, as in the countries of the euro."""
    if currency is _EURO and re.fullmatch(r"\d{1,3}(?:\.\d{3})+", amount):
        return amount.replace(".", "")
    return amount


def _with_cents(whole: int, cents: int, currency: _Currency, place: Place) -> str:
    small = f"{numbers.cardinal(cents)} {currency.cent if cents == 1 else currency.cents}"
    if not whole:
        return small
    if place.describes():  # a 9.99 plan
        tail = f"oh {numbers.cardinal(cents)}" if cents < 10 else numbers.cardinal(cents)
        return f"{numbers.cardinal(whole, british=place.british)} {tail}"
    unit = currency.one if whole == 1 else currency.many
    if currency.cents == "pence" and cents > 9:  # as in Britain
        return f"{numbers.cardinal(whole, british=place.british)} {unit} {numbers.cardinal(cents)}"
    return f"{numbers.cardinal(whole, british=place.british)} {unit} and {small}"


def _bracket(match: re.Match[str], place: Place) -> str:
    """In the $400s, mid-$30s: without the unit."""
    return numbers.plural(numbers.number(match["n"], british=place.british))


def _deal(match: re.Match[str], place: Place) -> str:
    """2/$5: two for five dollars."""
    return f"{numbers.cardinal(int(match['count']))} for {_amount(match['amount'], None, _ANY[match['cur']], place)}"


RULES: tuple[Rule, ...] = (
    rule(rf"(?:{alternatives(SIGNS)})(?P<n>{numbers.NUMBER})['’]?s", _bracket),
    rule(rf"(?P<count>\d)/{_SIGN}{_AMOUNT}", _deal),
    rule(
        rf"{_SIGN}{_AMOUNT}(?P<firstscale>[kKmMbB](?:n)?)?{_TO}(?P<cur2>(?P=cur)\s?)?"
        rf"(?P<second>{numbers.NUMBER}){_SCALE}{_RATE}",
        _range,
    ),
    rule(rf"{_MINUS}{_SIGN}(?P<inner>[-−–])?{_AMOUNT}{_SCALE}{_MORE}{_RATE}", _before),
    rule(
        rf"{_AMOUNT}{_TO}(?P<second>{numbers.CONTINENTAL}(?!\d)|{numbers.NUMBER}){_SCALE}\s?"
        rf"(?P<cur>{alternatives(_BEHIND)}|{alternatives(CODES)})",
        _range_behind,
    ),
    rule(rf"{_MINUS}{_AMOUNT}{_SCALE}\s?(?P<cur>{alternatives(_BEHIND)}|{alternatives(CODES)}){_RATE}", _behind),
    rule(rf"{_AMOUNT}\s?¢", _cents),
    rule(rf"{_AMOUNT}p", _pence),
)  # fmt: skip
