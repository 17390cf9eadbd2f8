"""Font families: which there are, which characters each has, and which of them a text is drawn with.

The shipped ones lie in `fonts/`, and `coverage.json` there says what they have; the owner's own ones lie in the folders
of LIMELIGHT_FONTS, and are read once. Nothing here draws or loads a font that is shipped, because every request asks.
"""

from __future__ import annotations

import bisect
import hashlib
import itertools
import json
import logging
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from limelight.errors import JobError

FONTS = Path(__file__).parent / "fonts"
#: The variable with folders of the owner's own fonts, separated as in PATH; an own family takes the place of a shipped
#: one of its name.
OWN_FONTS = "LIMELIGHT_FONTS"
_log = logging.getLogger(__name__)

_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")

DEFAULT_FAMILY = "Noto Sans"
EMOJI_FAMILY = "Noto Emoji"
_CHINESE, _JAPANESE, _KOREAN = "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR"
#: From this weight on a font is a bold cut.
_BOLD_FROM = 600
#: Stands for what no font has.
BOX = "\u25af"
#: Characters without a glyph that shaping, line breaking and direction need.
JOINERS = "\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069"
#: Lines end at these too.
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
#: What is never seen besides Unicode's categories of controls and formats: fillers and variation selectors.
_FILLERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e0fff]"
)

#: The emoji among the older characters that are one without being asked, by Unicode's property Emoji_Presentation.
_OLD_EMOJI = (
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd"
    "\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755"
    "\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
)
#: Characters that U+FE0F makes an emoji of, besides the ones that are.
_ASKED_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u27bf\u2934\u2935\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f170\U0001f171\U0001f17e\U0001f17f"
)
#: The newer ones, all of whose blocks are of emoji but for a few signs of games, which the same font has or none.
_NEW_EMOJI = (
    "\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f200-\U0001f3fa\U0001f400-\U0001f64f\U0001f680-\U0001faff"
)
_TONE, _FLAG_LETTER, _TAGS = "[\U0001f3fb-\U0001f3ff]", "[\U0001f1e6-\U0001f1ff]", "[\U000e0020-\U000e007e]+\U000e007f"
#: One emoji and what is written with it; an older one that is also a letter's sign only with U+FE0F or a tone.
_ONE = (
    f"(?:[{_NEW_EMOJI}{_OLD_EMOJI}](?!\ufe0e)(?:\ufe0f|{_TONE})?|[{_ASKED_EMOJI}](?:\ufe0f|{_TONE})|{_TONE})"
    f"(?:{_TAGS})?"
)
#: Emoji as UTS #51 writes them: flags of two letters, keycaps, and what joiners make one of.
_EMOJI = re.compile(
    f"{_FLAG_LETTER}{_FLAG_LETTER}|[0-9#*]\ufe0f?\u20e3|{_ONE}(?:\u200d(?:{_ONE}|[{_ASKED_EMOJI}]\ufe0f?))*"
)

#: What belongs to the letter before it but is no mark in Unicode: a Thai and a Lao vowel, and the vowels and last
#: consonants of Korean syllables that are written in parts.
_FOLLOWING = frozenset("\u0e33\u0eb3") | frozenset(map(chr, (*range(0x1160, 0x1200), *range(0xD7B0, 0xD7FC))))
#: Unicode's canonical combining class of viramas; Burmese has one that ends its syllable.
_VIRAMA, _ASAT = 9, "\u103a"


@dataclass(frozen=True, slots=True)
class Family:
    """A family of fonts."""

    name: str
    #: the file, and the font's place in it
    regular: tuple[Path, int]
    #: None where there is no bold cut; a thin stroke stands for it
    bold: tuple[Path, int] | None
    #: first and last of each run of characters that it has, in order
    firsts: tuple[int, ...]
    lasts: tuple[int, ...]

    def has(self, c: str) -> bool:
        """Whether it has a character, whole or in its parts, of which shaping makes it."""
        if self._has(c):
            return True
        parts = unicodedata.normalize("NFD", c)
        return parts != c and all(map(self._has, parts))

    def _has(self, c: str) -> bool:
        at = bisect.bisect_right(self.firsts, ord(c)) - 1
        return at >= 0 and ord(c) <= self.lasts[at]


class Drawable(NamedTuple):
    """A text as it is drawn."""

    text: str
    #: what no font has, each once; a box stands for each in `text`
    missing: tuple[str, ...]


def drawable(text: str) -> Drawable:
    """A text with a box for each character that no font has, and a space for tabs and the like.

    Of a character whose mark no font has the rest is drawn, with a box beside it.
    """
    own = own_folders(os.environ)
    text = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text))
    text = "".join(c for c in text if " " <= c <= "~" or c == "\n" or not _is_nothing(c, own))
    kept: list[str] = []
    missing: dict[str, None] = {}
    for cluster in clusters(text):
        fitted = cluster if cluster.isascii() and cluster.isprintable() else _fitted(cluster, own)
        kept.append(fitted)
        if BOX in fitted and BOX not in cluster:
            missing[cluster] = None
    return Drawable("".join(kept), tuple(missing))


@lru_cache(maxsize=4096)
def _is_nothing(c: str, own: tuple[Path, ...]) -> bool:
    """Whether a character leaves nothing on the picture and is not needed to draw others: no font has it."""
    return is_invisible(c) and c not in JOINERS and not any(family.has(c) for family in _families(own))


@lru_cache(maxsize=4096)
def _fitted(cluster: str, own: tuple[Path, ...]) -> str:
    """A cluster without what no font has, and a box for that."""
    kept, box = "", ""
    able = list(_families(own))
    for c in cluster:
        if c == "\n" or is_invisible(c):
            kept += c
        elif having := [family for family in able if family.has(c)]:
            kept, able = kept + c, having
        elif c.isspace():
            kept += " "
        else:
            # Without the letter that they belong to, marks would go to the one before it.
            if not any(map(is_seen, kept)):
                return BOX
            box = BOX
    return kept + box


def is_seen(c: str) -> bool:
    """Whether a character leaves something on the picture."""
    return not (c.isspace() or is_invisible(c))


def is_invisible(c: str) -> bool:
    """Whether nothing is to be seen of a character by its nature: a joiner, a control, a selector."""
    return (unicodedata.category(c) in ("Cc", "Cf", "Cs") and not c.isspace()) or bool(_FILLERS.match(c))


def is_emoji(cluster: str) -> bool:
    """Whether a cluster is drawn as an emoji, and not as a letter or a sign of the text."""
    return bool(_EMOJI.fullmatch(cluster))


def clusters(text: str) -> Iterator[str]:
    """Characters, each with what a break must not separate from it: marks, the next letter of a conjunct, and what
    makes one emoji of several."""
    at = 0
    while at < len(text):
        end = at + 1
        if emoji := _EMOJI.match(text, at):
            end = emoji.end()
        while end < len(text) and _belongs(text, end):
            end += 1
        yield text[at:end]
        at = end


def _belongs(text: str, i: int) -> bool:
    """Whether character i of a text belongs to the one before it."""
    c, before = text[i], text[i - 1]
    if before == "\n" or c == "\n":
        return False
    if c in JOINERS or c in _FOLLOWING or unicodedata.category(c).startswith("M"):
        return True
    if before == "\u200d" and i > 1:
        before = text[i - 2]
    return unicodedata.combining(before) == _VIRAMA and before != _ASAT and unicodedata.category(c) == "Lo"


def family_of(cluster: str, order: Iterable[Family]) -> Family | None:
    """The first family that has all of a cluster; None where there is nothing to see, or none has it."""
    seen = list(filter(is_seen, cluster))
    return next((family for family in order if all(map(family.has, seen))), None) if seen else None


def search_order(asked: str, language: str) -> list[Family]:
    """All families in the order in which a character is looked for; Han characters as the language writes them."""
    known = families()
    first = named(asked)
    own = {"ja": _JAPANESE, "ko": _KOREAN}.get(language, _CHINESE)
    east_asian = [family for family in known if family.name in (_CHINESE, _JAPANESE, _KOREAN)]
    at = known.index(east_asian[0]) if east_asian else len(known)
    rest = [family for family in known if family not in east_asian]
    ordered = [*rest[:at], *sorted(east_asian, key=lambda family: family.name != own), *rest[at:]]
    return [first, *(family for family in ordered if family is not first)] if first else ordered


def named(name: str) -> Family | None:
    """The family of this name, in any case of letters, or the first of several as CSS lists them; None without any."""
    known = {_plain(family.name): family for family in families()}
    return next((known[wanted] for wanted in map(_plain, name.split(",")) if wanted in known), None)


def _plain(name: str) -> str:
    return "".join(name.split()).strip("\"'").casefold()


def families() -> tuple[Family, ...]:
    """All families: the shipped ones in the order in which they are asked for a character, then the owner's own."""
    return _families(own_folders(os.environ))


@lru_cache(maxsize=4)
def _families(own: tuple[Path, ...]) -> tuple[Family, ...]:
    found = {family.name: family for family in _shipped()}
    return tuple((found | {family.name: family for family in own_fonts(own).families}).values())


@lru_cache(maxsize=1)
def _shipped() -> tuple[Family, ...]:
    told: list[dict[str, Any]] = json.loads((FONTS / "coverage.json").read_text())
    return tuple(
        Family(family["family"], *_files(family["file"], family["bold"]), *_runs(family["characters"]))
        for family in told
    )


def _files(regular: str, has_bold: bool) -> tuple[tuple[Path, int], tuple[Path, int] | None]:
    return (FONTS / regular, 0), (FONTS / regular.replace("-Regular", "-Bold"), 0) if has_bold else None


def _runs(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    pairs = list(ranges)
    return tuple(first for first, _ in pairs), tuple(last for _, last in pairs)


# The owner's own fonts


class OwnFonts(NamedTuple):
    """What is in the owner's folders."""

    families: tuple[Family, ...]
    #: files that are named like fonts and cannot be read as one
    unread: tuple[Path, ...]
    #: equal where the same files are there
    version: str


def own_folders(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """The folders of the owner's own fonts."""
    return tuple(Path(part).expanduser() for part in environment.get(OWN_FONTS, "").split(os.pathsep) if part.strip())


def check_own_fonts(environment: Mapping[str, str]) -> OwnFonts:
    """What is in the owner's folders; the log has what cannot be read.

    Raises JobError where one is no folder, or there is no font in any.
    """
    folders = own_folders(environment)
    for folder in folders:
        if not folder.is_dir():
            problem = "it is a file" if folder.exists() else "there is no such folder"
            raise JobError(f"{OWN_FONTS} is invalid: {folder}: {problem}.", code="bad_setting")
    found = own_fonts(folders)
    if folders and not found.families:
        where = os.pathsep.join(map(str, folders))
        kinds = ", ".join(_SUFFIXES)
        raise JobError(f"{OWN_FONTS} is invalid: {where} has no font ({kinds}) that can be read.", code="bad_setting")
    _tell(found.unread)
    return found


@lru_cache(maxsize=4)
def _tell(unread: tuple[Path, ...]) -> None:
    """Once in a process."""
    for file in unread:
        _log.warning("%s cannot be read as a font", file)


@lru_cache(maxsize=4)
def own_fonts(folders: tuple[Path, ...]) -> OwnFonts:
    """What is in these folders, below them too; read once by a process."""
    if not folders:
        return OwnFonts((), (), "")
    import typst

    files = sorted(
        file for folder in folders if folder.is_dir() for file in folder.rglob("*") if file.suffix.lower() in _SUFFIXES
    )
    characters: dict[str, set[int]] = {}
    cuts: dict[str, dict[int, tuple[Path, int]]] = {}
    for font in typst.Fonts(False, False, [str(folder) for folder in folders]).fonts():
        if font.path and (had := _characters(Path(font.path), font.index)):
            characters.setdefault(font.family, set()).update(had)
            cuts.setdefault(font.family, {}).setdefault(font.weight, (Path(font.path), font.index))
    read = {file for weights in cuts.values() for file, _ in weights.values()}
    sizes = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return OwnFonts(
        tuple(Family(name, *_cuts(cuts[name]), *_runs(_ranges(had))) for name, had in characters.items()),
        tuple(file for file in files if file not in read),
        hashlib.sha256(json.dumps(sizes).encode()).hexdigest(),
    )


def _cuts(weights: Mapping[int, tuple[Path, int]]) -> tuple[tuple[Path, int], tuple[Path, int] | None]:
    """The regular and the bold cut, of all by their weights."""
    nearest = min(weights, key=lambda weight: abs(weight - 400))
    bold = [weight for weight in weights if weight >= _BOLD_FROM]
    return weights[nearest], weights[min(bold, key=lambda weight: abs(weight - 700))] if bold else None


def _characters(file: Path, index: int) -> set[int] | None:
    """The characters of a font in a file; None where it has none that can be read."""
    import uharfbuzz

    try:
        return set(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(file)), index).unicodes) or None
    except (OSError, uharfbuzz.HarfBuzzError):
        return None


def _ranges(characters: Iterable[int]) -> Iterator[tuple[int, int]]:
    """First and last of each run of characters."""
    for _, run in itertools.groupby(enumerate(sorted(characters)), lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in run]
        yield numbers[0], numbers[-1]
