"""Rules for abbreviations, titles, streets and Roman numerals."""

from __future__ import annotations

import re

from limelight.speech.reading import numbers
from limelight.speech.reading.place import Place, Rule, alternatives, letters, rule, word_set

#: Titles before a name, with or without a point.
TITLES = {
    "Mr": "Mister", "Mrs": "Mrs", "Ms": "Ms", "Mx": "Mx", "Dr": "Doctor", "Prof": "Professor", "St": "Saint",
    "Mt": "Mount",
    "Ft": "Fort", "Gen": "General", "Gov": "Governor", "Sen": "Senator", "Rep": "Representative", "Capt": "Captain",
    "Cpt": "Captain", "Lt": "Lieutenant", "Col": "Colonel", "Sgt": "Sergeant", "Cmdr": "Commander",
    "Cdr": "Commander", "Rev": "Reverend", "Hon": "Honorable",
    "Pres": "President", "Supt": "Superintendent", "Cpl": "Corporal", "Maj": "Major", "Adm": "Admiral",
    "Msgr": "Monsignor",
    "Messrs": "messers", "Fr": "Father", "Sr": "Sister", "Br": "Brother", "Atty": "Attorney", "Insp": "Inspector",
    "Pvt": "Private", "Sec": "Secretary",
}  # fmt: skip
#: Titles that are words or units where they have no point.
_POINTED_TITLES = word_set("Gen Gov Sen Rep Col Rev Hon Pres Maj Fr Sr Br St Mt Ft Dr Sec Prof Capt Lt Sgt")
#: Kinds of streets, behind the name of one.
STREETS = {
    "St": "Street", "Ave": "Avenue", "Av": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Dr": "Drive", "Ln": "Lane",
    "Ct": "Court",
    "Pl": "Place", "Sq": "Square", "Hwy": "Highway", "Pkwy": "Parkway", "Ter": "Terrace", "Cir": "Circle",
    "Expy": "Expressway", "Cres": "Crescent",
}  # fmt: skip
#: Abbreviations with a point, in any case; where one has two readings the rule below chooses.
POINTED = {
    "vs.": "versus", "v.": "versus", "etc.": "et cetera", "e.g.": "for example", "eg.": "for example",
    "i.e.": "that is", "ie.": "that is", "cf.": "compare",
    "viz.": "namely", "al.": "al", "approx.": "approximately", "appx.": "approximately", "est.": "established",
    "dept.": "department",
    "depts.": "departments", "max.": "maximum", "min.": "minimum", "avg.": "average", "inc.": "incorporated",
    "incl.": "including", "excl.": "excluding",
    "ltd.": "limited", "corp.": "corporation", "co.": "company", "cos.": "companies", "bros.": "brothers",
    "jr.": "junior", "sr.": "senior", "esq.": "esquire",
    "assn.": "association", "assoc.": "associate", "asst.": "assistant", "univ.": "university", "govt.": "government",
    "intl.": "international", "natl.": "national",
    "bldg.": "building", "apt.": "apartment", "apts.": "apartments", "ste.": "suite", "hwy.": "highway",
    "ave.": "avenue", "blvd.": "boulevard", "rd.": "road", "ln.": "lane", "pkwy.": "parkway",
    "fig.": "figure", "figs.": "figures", "vol.": "volume", "vols.": "volumes", "ch.": "chapter", "chap.": "chapter",
    "ed.": "edition", "eds.": "editors",
    "pt.": "part", "sec.": "section", "art.": "article", "para.": "paragraph", "eq.": "equation", "ref.": "reference",
    "refs.": "references", "app.": "appendix",
    "no.": "number", "nos.": "numbers", "ext.": "extension", "tel.": "telephone", "misc.": "miscellaneous",
    "mgr.": "manager", "mgmt.": "management", "dir.": "director",
    "attn.": "attention", "temp.": "temperature", "qty.": "quantity", "amt.": "amount", "wt.": "weight",
    "ht.": "height", "hr.": "hour", "hrs.": "hours",
    "mins.": "minutes", "secs.": "seconds", "yr.": "year", "yrs.": "years", "mo.": "month",
    "mos.": "months", "wk.": "week", "lb.": "pound", "lbs.": "pounds",
    "oz.": "ounces", "ft.": "feet", "gal.": "gallons", "tbsp.": "tablespoons", "tsp.": "teaspoons", "ca.": "circa",
    "intro.": "introduction", "reg.": "regular",
    "tech.": "technology", "info.": "information", "mtg.": "meeting", "sched.": "schedule", "ph.d.": "P.H.D.",
    "ph.d": "P.H.D.", "a.k.a.": "also known as", "n.b.": "nota bene",
    "messrs.": "messers", "pref.": "preferably", "orig.": "originally", "cont.": "continued", "dist.": "district",
    "div.": "division", "gov.": "governor", "rep.": "representative",
    "a.m.": "A.M.", "p.m.": "P.M.", "p.": "page", "pp.": "pages", "vid.": "video", "pkg.": "package",
    "std.": "standard", "rm.": "room", "rte.": "route", "rt.": "route", "mfg.": "manufacturing", "acct.": "account",
    "elev.": "elevation",
    "encl.": "enclosed", "pls.": "please", "fl.": "floor", "mme.": "Madame", "yds.": "yards", "pts.": "points",
    "doz.": "dozen",
    "calif.": "California", "mass.": "Massachusetts", "fla.": "Florida", "penn.": "Pennsylvania", "okla.": "Oklahoma",
    "conn.": "Connecticut",
}  # fmt: skip
#: Abbreviations without a point, in exactly this case.
BARE = {
    "vs": "versus", "etc": "et cetera", "w/": "with", "w/o": "without", "w/in": "within", "b/c": "because",
    "b/w": "between", "aka": "also known as",
    "AKA": "also known as", "approx": "approximately", "dept": "department", "govt": "government",
    "intl": "international", "asap": "A.S.A.P.", "fyi": "F.Y.I.", "btw": "by the way",
    "Jr": "junior", "Sr": "senior", "Ltd": "limited", "Inc": "incorporated", "Corp": "corporation",
    "Bros": "brothers", "Blvd": "boulevard", "Ave": "avenue", "Rd": "road",
    "Hwy": "highway", "Pkwy": "parkway", "Apt": "apartment", "Dept": "department", "eg": "for example",
    "ie": "that is", "mgmt": "management", "mtg": "meeting", "pls": "please", "thx": "thanks",
    "PhD": "P.H.D.", "PhDs": "P.H.D.s", "Ph.D": "P.H.D.",
    "pH": "P.H.", "Q&A": "Q. and A.", "R&D": "R. and D.", "B&B": "B. and B.",
    "TL;DR": "T.L.D.R.", "YoY": "year over year", "QoQ": "quarter over quarter", "MoM": "month over month",
    "y/y": "year over year",
    "WWII": "World War two", "WWI": "World War one", "WW2": "World War two", "WW1": "World War one",
    "Attn": "attention", "Qty": "quantity",
    "qty": "quantity", "Pls": "please", "Rte": "route", "bldg": "building", "acct": "account", "est": "estimated",

    "Esc": "escape", "ESC": "escape", "Rx": "prescription", "OK": "okay", "ok": "okay", "N/A": "N.A.", "n/a": "N.A.",
    "'n'": "and", "'n": "and",
}  # fmt: skip
#: These are abbreviations only before a figure.
_BEFORE_FIGURES = word_set(
    "no. nos. p. pp. v. rm. rte. rt. fl. ch. pt. sec. art. app. fig. figs. vol. eq. para. ext. chap. apt. ste. bldg."
)
#: These are abbreviations only behind a figure.
_BEHIND_FIGURES = word_set("lb. lbs. oz. ft. gal. tbsp. tsp. hr. hrs. mins. secs. yr. yrs. mo. mos. wk. ed.")

_CARDINAL_NOUNS = (
    "Chapter", "Part", "Act", "Scene", "Section", "Volume", "Vol.", "Book", "Phase", "Article", "War", "Mark", "Type",
    "Level",
    "Stage", "Class", "Grade", "Module", "Unit", "Title", "Appendix", "Figure", "Fig.", "Table", "Episode", "Season",
    "Round", "Step",
    "Lesson", "Division", "Category", "Tier", "Schedule", "Annex", "Bowl", "WrestleMania", "Apollo", "Gemini",
    "Fantasy", "Rocky",
    "Wars", "Auto", "Gen", "Generation", "Factor", "Exhibit", "Form", "Group", "Zone", "Region", "Area", "Plan",
    "Option", "Case", "Vatican", "Dragon", "Saturn", "Superman", "Godfather", "Halloween", "Symphony", "Movement",
    "Opus", "Calculus", "Algebra", "Physics", "Chemistry", "Biology", "Spanish", "French", "English", "Latin",
    "German",
    "Sonata", "Corps", "Army", "Site", "Room", "Floor", "Page", "Version", "Edition", "Trial", "Schedule", "Protocol",
    "Directive", "Basel", "Civilization", "Diablo", "Quest", "Street", "Evil", "Kombat", "Street Fighter", "Creed",
    "Panzer", "Mk", "Day", "Week", "Lecture", "Verse", "Canto", "Sphere", "Rank", "Lot", "Block", "Stanza",
)  # fmt: skip
_RULERS = word_set(
    "Henry Louis Edward George William Charles James Richard Elizabeth Napoleon Pius Benedict Leo John "
    "Paul Ramses Ramesses Frederick Philip Alexander Nicholas Peter Catherine Ivan Umberto Emmanuel "
    "Gustav Christian Ferdinand Mary Anne Harald Olaf Haakon Margrethe Felipe Juan Carlos Alfonso Francis "
    "Gregory Innocent Clement Urban Sixtus Boniface Julius Wilhelm Otto Leopold Albert Rainier Ptolemy "
    "Cleopatra Darius Xerxes Mehmed Selim Murad Baldwin Robert David Malcolm Stephen Constantine "
    "Theodosius Tutankhamun Amenhotep Thutmose Abdullah Hussein Mohammed Rama Akbar Maximilian Rudolf "
    "Joseph Franz Victoria Isabella Sigismund Casimir Pedro Afonso Manuel Adolf Adolphus Karl Oscar "
    "Valdemar"
)  # fmt: skip
_RANKS = word_set("king queen pope emperor empress tsar czar kaiser sultan prince pharaoh saint shah")
_NO_NUMERAL = word_set("CD DVD MD DC CV MC XL XXL DVI CC MIX DIM MM CM DM LCD LI DI MI XX DX VI")
_ROMAN = rf"(?P<roman>{numbers.ROMAN})"


def _title(match: re.Match[str], place: Place) -> str | None:
    """Dr. Smith, but Oak Dr.; St. Louis, but Main St."""
    name, point = match[1], match[2]
    if name in _POINTED_TITLES and not point and name not in ("Dr", "St", "Mt", "Prof", "Capt", "Sgt", "Lt"):
        return None
    if name in STREETS and _is_street(place):
        return STREETS[name]
    if name in ("Mr", "Mrs", "Ms", "Mx"):
        return TITLES[name]
    if not re.match(r"\s?[A-Z]", place.text[place.end :]):
        return None
    if not point and name in ("Mt", "St", "Dr", "Lt") and not re.match(r"\s[A-Z][a-z]", place.text[place.end :]):
        return None
    return TITLES[name]


def _street(match: re.Match[str], place: Place) -> str | None:
    return STREETS[match[1]] if _is_street(place) else None


def _is_street(place: Place) -> bool:
    """Whether St. or Dr. is a street's: behind a capitalised name or an ordinal, not before a name."""
    before = place.written_before()
    if not re.fullmatch(r"[A-Z][\w'’.-]*|\d+(?:st|nd|rd|th)", before) or before.rstrip(".") in TITLES:
        return False
    rest = place.text[place.end :].strip()
    numbered = re.search(r"\d\w*\s(?:[A-Z][\w'’-]*\s)*$", place.text[: place.start])
    inside = len(place.text[: place.start].split()) > 1
    if not re.match(r"[A-Z][a-z]", rest):
        return inside or bool(numbered)
    starts = rest.split(None, 1)[0].strip(",.;:!?\"'”’").lower()
    return bool(numbered) or starts in _SENTENCE_STARTS or rest[:1] == ","


_SENTENCE_STARTS = word_set(
    "the a an we it he she they you i there this that these our your in on at then and but turn go take "
    "is if when for no please"
)  # fmt: skip


def _pointed(match: re.Match[str], place: Place) -> str | None:
    """An abbreviation with its point; where it is the sentence's last word, the point ends the sentence too."""
    written = match[0]
    key = written.lower()
    rest = place.text[place.end :]
    is_last = not rest.strip()
    figure = bool(re.match(r"\s?[\d#]", rest))
    if key == "no." and re.match(r"\sof\b", rest):
        return "number"
    if key in _BEFORE_FIGURES and not figure and not _before_letter(key, rest):
        return None
    if key in _BEHIND_FIGURES and not re.search(r"[\d½¼¾⅓⅔]\s?$", place.text[: place.start]):
        return "edited" if key == "ed." and figure else None
    if key == "est.":
        return "established" if re.match(r"\s\d{4}", rest) else "estimated"
    if (
        key
        in word_set(
            "temp. info. tech. app. dir. art. sec. reg. rep. gov. intro. dist. div. orig. vid. std. pref. min. max."
        )
        and is_last
    ):
        return None  # a word at the end of its sentence
    if key == "co." and place.written_before().endswith("&"):
        return "company"
    said = POINTED[key]
    if key in ("gov.", "rep.", "dir.", "art.", "sec.", "tech.") and written.islower() and re.match(r"\s[A-Z]", rest):
        return None
    return f"{said} ." if is_last else said


def _before_letter(key: str, rest: str) -> bool:
    """Whether letters count here instead of figures: p. iv, Fig. A."""
    if key in ("p.", "pp."):
        return re.match(r"\s?[ivxl]+\b", rest) is not None
    return key in ("v.", "fig.", "vol.", "apt.", "ste.", "bldg.", "ext.") and re.match(r"\s[A-Z]", rest) is not None


#: Directions, behind a house's number.
_DIRECTIONS = {
    "N": "North", "S": "South", "E": "East", "W": "West", "NE": "Northeast", "NW": "Northwest", "SE": "Southeast",
    "SW": "Southwest",
}  # fmt: skip
_STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "D.C.", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky",
    "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan",
    "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah",
    "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip


def _heading(match: re.Match[str], place: Place) -> str | None:
    """Drive N on Main; SW of town; Pennsylvania Ave. NW."""
    before, street = (
        place.before()[:1],
        re.search(r"(?:Ave|St|Rd|Blvd|Dr|Avenue|Street)\.?\s$", place.text[: place.start]),
    )
    if before in _MOVES or (place.after()[:1] == ("of",) and len(match[0]) == 2) or (street and len(match[0]) == 2):
        return _DIRECTIONS[match[0]]
    return None


_MOVES = (
    ("drive",),
    ("head",),
    ("turn",),
    ("go",),
    ("travel",),
    ("continue",),
    ("walk",),
    ("ride",),
    ("heading",),
    ("bear",),
)


def _address(match: re.Match[str], place: Place) -> str:
    """123 N. Main: a house's number and a direction."""
    number = match[1]
    said = numbers.short(number) if len(number) in (3, 4) else numbers.number(number)
    return f"{said} {_DIRECTIONS[match[2]]}"


def _joined(match: re.Match[str], place: Place) -> str:
    """AT&T, M&M's."""
    return f"{letters(match[1])} and {letters(match[2])}{match[3] or ''}"


def _bare(match: re.Match[str], place: Place) -> str | None:
    """An abbreviation without a point; with one it is the business of `_pointed`."""
    has_point = place.text.startswith(".", place.end)
    return None if has_point and f"{match[0].lower()}." in POINTED else BARE[match[0]]


def _letter_a(match: re.Match[str], place: Place) -> str | None:
    """A capital A inside a sentence is the letter: vitamin A. In a title it may be the article."""
    before, after = place.written_before(), place.written_after()
    if not before or before[-1] in ".!?:\"'“”(—–-" or place.text.isupper():
        return None
    return "A." if not after[:1].isupper() or (before[:1].islower() and after[:1].isdecimal()) else None


def _dotted(match: re.Match[str], place: Place) -> str | None:
    """U.S., F.B.I.'s: letters to spell. The last one's point may end the sentence."""
    text = match[1] or match[3]
    said = letters(re.sub(r"[^A-Za-z]", "", text)) + (match[2] or "").replace("’", "'")
    return f"{said} ." if match[0].endswith(".") and not place.text[place.end :].strip() else said


def _roman_kind(match: re.Match[str], place: Place) -> str | None:
    """Chapter IV, World War II. A single letter is a numeral only behind few words: "the book I read", "Plan C"."""
    noun, numeral = match["noun"], match["roman"]
    if not numeral:
        return None
    if len(numeral) == 1 and not _is_single_numeral(noun, numeral, place):
        return None
    return f"{noun} {numbers.cardinal(numbers.roman(numeral))}"


def _is_single_numeral(noun: str, numeral: str, place: Place) -> bool:
    after = place.after()
    if numeral in "CL":
        return noun == "Bowl"
    if numeral in "VX":
        return noun in _SINGLE_NOUNS
    if noun.islower():
        return noun == "type" and after[:1] in (("diabetes",), ("error",), ("errors",), ("collagen",))
    return noun in _SINGLE_NOUNS and not (after and after[0] in _BEHIND_I)


_SINGLE_NOUNS = word_set(
    "Chapter Part Act Scene Book Volume Vol. Title Article Phase Stage Type Class Episode War Section "
    "Level Module Unit Appendix Calculus Algebra Apollo Mark Bowl Vatican"
)  # fmt: skip
#: "I" before one of these words is the pronoun.
_BEHIND_I = word_set(
    "am have had will would can could want wanted like liked love loved need needed read wrote made think "
    "thought know knew saw see do did don't didn't got use used bought found said mentioned should must "
    "may might was never always really just"
)  # fmt: skip


def _roman_ruler(match: re.Match[str], place: Place) -> str | None:
    """Henry VIII, King Charles I, Pope John Paul II."""
    numeral = match["roman"]
    ranked = bool(_RANKS & set(place.before(2)))
    if not numeral or (numeral in ("X", "C", "L") and not ranked):
        return None
    if numeral == "I" and not ranked and place.after()[:1] and place.after()[0] in _BEHIND_I - _OF_RULERS:
        return None
    if numeral == "X" and match["noun"] == "Malcolm":
        return None
    return f"{match['noun']} the {numbers.ordinal(numbers.roman(numeral))}{match['own'] or ''}"


def _roman_small(match: re.Match[str], place: Place) -> str:
    """Scene ii, pages iv-ix."""
    last = f" to {numbers.cardinal(numbers.roman(match['last'][1:]))}" if match["last"] else ""
    return f"{match['noun']} {numbers.cardinal(numbers.roman(match['roman']))}{last}"


#: Verbs of `_BEHIND_I` whose subject may be a ruler: "Charles I was".
_OF_RULERS = frozenset(("was", "never", "had", "did", "always"))


def _roman_century(match: re.Match[str], place: Place) -> str | None:
    return numbers.ordinal(numbers.roman(match["roman"])) if match["roman"] else None


#: First names before a surname with a numeral.
_FIRST_NAMES = (
    "John|James|William|Robert|Henry|Thomas|George|Charles|Joseph|Edward|Richard|David|Frank|Walter|Samuel|Arthur|"
    "Albert|Harry|Fred|Ralph|Carl|Paul|Michael|Daniel|Peter|Stephen|Steven|Mark|Davis|Loudon|Thurston|Martin|Kenneth|"
    "Howard|Raymond|Philip|Benjamin|Alexander|Christopher|Matthew|Andrew|Patrick|Mr\\.|Dr\\."
)


def _roman_alone(match: re.Match[str], place: Place) -> str | None:
    """II to XXXIX behind a capitalised name; a single letter or an abbreviation is no numeral."""
    numeral = match["roman"]
    if len(numeral) < 2 or numeral in _NO_NUMERAL or set(numeral) - set("IVX"):
        return None
    before = place.written_before()
    if not re.fullmatch(r"[A-Z][\w'’-]*[,.]?", before) or before.isupper():
        return None
    if re.search(rf"\b(?:{_FIRST_NAMES})\s(?:[A-Z]\.\s)?[A-Z][a-z]+,?\s$", place.text[: place.start]):
        return f"the {numbers.ordinal(numbers.roman(numeral))}"
    if _RANKS & set(place.before(3)) or (before.strip(",") in _RULERS and place.before(2)[-1:] != ("",)):
        return f"the {numbers.ordinal(numbers.roman(numeral))}"
    return numbers.cardinal(numbers.roman(numeral))


def _roman_item(match: re.Match[str], place: Place) -> str | None:
    """(ii): an item of a list."""
    return f"( {numbers.cardinal(numbers.roman(match['roman']))} )" if match["roman"] else None


_LOWER_NOUNS = "|".join(noun.lower() for noun in _CARDINAL_NOUNS if noun[-1] != ".")
_LOWER_OR_UPPER = "|".join(
    f"[{noun[0].upper()}{noun[0]}]{noun[1:]}"
    for noun in ("chapter", "part", "act", "scene", "section", "book", "volume", "page", "pages", "appendix", "article")
)
_LOWER_ROMAN = r"(?P<roman>i{1,3}|iv|vi{0,3}|ix|xi{0,3})"

#: The rule for BARE; tried before the rules for figures, which would take its signs for mathematics.
SHORT = rule(rf"(?:{alternatives(BARE)})(?![.'’&-]\w)", _bare)

#: The rule for directions in addresses; tried before the rules for units, whose symbols they share.
ADDRESS = rule(rf"(\d{{1,5}})\s({alternatives(_DIRECTIONS)})\.?(?=\s(?:[A-Z]|\d+(?:st|nd|rd|th)))", _address)

#: Words that rules know by their initial capital; lines in capitals are brought to that case first.
CAPITALISED = frozenset((*TITLES, *STREETS))
#: The same for words that a numeral follows.
NUMBERED = frozenset((*_RULERS, *(noun for noun in _CARDINAL_NOUNS if noun.isalpha())))

RULES: tuple[Rule, ...] = (
    rule(rf"({alternatives(TITLES)})(\.)?", _title),
    rule(rf"({alternatives(STREETS)})\.?", _street),
    rule(rf"(?:{alternatives(POINTED)})", _pointed, ignore_case=True),
    rule(r"([A-Z]{1,3})\s?&\s?([A-Z]{1,3})('s|s)?", _joined),
    rule(alternatives(_DIRECTIONS), _heading),
    Rule(rf"(?<=[a-z],\s)(?:{alternatives(_STATES)})(?=[\s,.;:!?)]|$)", lambda match, place: _STATES[match[0]]),
    rule(
        rf"(?P<noun>{_LOWER_OR_UPPER})\s(?P<roman>i{{2,3}}|iv|vi{{1,3}}|ix|xi{{0,3}}|xiv|xv)(?P<last>-[ivx]+)?",
        _roman_small,
    ),
    rule(rf"(?P<noun>{_LOWER_OR_UPPER})\s{_ROMAN}(?=-[A-Z]\b)", _roman_kind),
    rule(r"([A-Z])/([A-Z])", lambda match, place: letters(match[1] + match[2])),
    rule(r"\(([a-z])\)", lambda match, place: f"( {letters(match[1])} )"),
    rule(r"A(?![.'’&/-])", _letter_a),
    rule(r"((?:[A-Za-z]\.){2,})((?<=\.)['’]?s(?!\w))?|((?:[A-Z]\.)+[A-Z])(?=['’\s]|$)", _dotted),
    rule(rf"(?P<noun>{alternatives(_CARDINAL_NOUNS)})\s{_ROMAN}(?![.'’&-]\w)", _roman_kind, ignore_case=False),
    rule(rf"(?P<noun>{_LOWER_NOUNS})\s{_ROMAN}(?![.'’&-]\w)", _roman_kind),
    rule(rf"(?P<noun>{alternatives(_RULERS)})\s{_ROMAN}(?P<own>'s)?(?![.&-]\w)", _roman_ruler),
    rule(rf"{_ROMAN}(?=\s(?:century|centuries|Century|Olymp|Winter|Summer|Legion|Corps|Fleet))", _roman_century),
    rule(rf"{_ROMAN}(?![.&-]\w)", _roman_alone),
    rule(rf"\({_LOWER_ROMAN}\)", _roman_item),
)  # fmt: skip


def ends_no_sentence(word: str) -> bool:
    """Whether this word with its point is an abbreviation that something has to follow."""
    return word.lower() in POINTED or word.rstrip(".").capitalize() in TITLES
