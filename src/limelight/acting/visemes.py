"""Phonemes to visemes to blendshapes, as tables.

The visemes are the 15 of Oculus/Meta; the phonemes are misaki's compressed alphabet as Kokoro speaks it (`A I O Q W Y`
are diphthongs, `ʤ ʧ` affricates, `T ɾ` the flap, `ᵊ ᵻ` reduced vowels) and the rest of its vocabulary, so that other
languages move the lips plausibly too. A viseme's target is a set of ARKit weights, additions to a resting face whose
lips are closed and smile slightly.

Knows nothing of frames; `coarticulation` makes motion of it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from limelight.speech.types import Phoneme

#: viseme → {blendshape: weight}; a name without a side stands for both sides. `tongue`, the raised tip of the tongue,
#: is no blendshape of ARKit; `tongueOut` is the tip between the teeth. The targets are close to the expressions of the
#: keys in presenter packs, so that frames are close to photographs.
TARGETS: dict[str, dict[str, float]] = {
    "sil": {},
    "PP": {"mouthPress": 0.37, "mouthRollLower": 0.36, "mouthRollUpper": 0.33, "mouthShrugLower": 0.25,
           "mouthPucker": 0.05, "mouthSmile": -0.42},
    "FF": {"jawOpen": 0.04, "mouthRollLower": 0.52, "mouthUpperUp": 0.47, "mouthShrugLower": 0.05,
           "mouthSmile": -0.06},
    "TH": {"jawOpen": 0.14, "mouthUpperUp": 0.18, "mouthLowerDown": 0.24, "tongue": 0.3, "tongueOut": 1.0},
    "DD": {"jawOpen": 0.08, "mouthUpperUp": 0.14, "mouthLowerDown": 0.22, "tongue": 0.9},
    "kk": {"jawOpen": 0.12, "mouthUpperUp": 0.12, "mouthLowerDown": 0.15},
    "CH": {"jawOpen": 0.05, "mouthFunnel": 0.42, "mouthPucker": 0.20, "mouthLowerDown": 0.30, "mouthUpperUp": 0.28,
           "mouthSmile": -0.25},
    "SS": {"jawOpen": 0.035, "mouthStretch": 0.11, "mouthLowerDown": 0.33, "mouthUpperUp": 0.23},
    "nn": {"jawOpen": 0.14, "mouthUpperUp": 0.16, "mouthLowerDown": 0.26, "tongue": 1.0},
    "RR": {"jawOpen": 0.09, "mouthFunnel": 0.32, "mouthPucker": 0.25, "mouthLowerDown": 0.15, "mouthUpperUp": 0.10,
           "mouthSmile": -0.25},
    "aa": {"jawOpen": 0.46, "mouthUpperUp": 0.20, "mouthLowerDown": 0.13, "mouthSmile": -0.12},
    "E": {"jawOpen": 0.27, "mouthStretch": 0.15, "mouthSmile": 0.06, "mouthLowerDown": 0.22, "mouthUpperUp": 0.22},
    "I": {"jawOpen": 0.09, "mouthStretch": 0.25, "mouthSmile": 0.15, "mouthLowerDown": 0.29, "mouthUpperUp": 0.23},
    "O": {"jawOpen": 0.28, "mouthFunnel": 0.48, "mouthPucker": 0.28, "mouthSmile": -0.33},
    "U": {"jawOpen": 0.075, "mouthFunnel": 0.28, "mouthPucker": 0.72, "mouthSmile": -0.38},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A viseme in a part of a phoneme; overlapping parts are mixed by weight."""

    viseme: str
    #: share of the phoneme's length, 0 to 1
    start: float = 0.0
    end: float = 1.0
    #: factor on the opening of the target; reduced vowels open less
    size: float = 1.0
    #: factor on the dominance
    weight: float = 1.0


def _table() -> dict[str, tuple[Part, ...]]:
    table: dict[str, tuple[Part, ...]] = {}

    def put(symbols: str, *parts: Part) -> None:
        for symbol in symbols:
            table[symbol] = parts

    put("pb", Part("PP"))
    put("m", Part("PP", size=0.95))
    put("fvʋɱ", Part("FF"))
    put("βɸ", Part("PP", size=0.5, weight=0.3))  # the lips come near each other without closing
    put("θð", Part("TH"))
    put("tdʈɖ", Part("DD"))
    put("Tɾɽ", Part("DD", weight=0.7))
    put("nlɲʎɳɫɭ", Part("nn"))
    put("kɡgŋqɣxχɴʁɰcɟ", Part("kk"))
    put("hɦʔʕħ", Part("kk", weight=0.25))  # the shape of the vowel beside it
    put("ʃʒʧʤʂʐɕʑʥʨꭧ", Part("CH"))
    put("szʦʣç", Part("SS"))
    put("S", Part("SS"))
    put("ɹɻ", Part("RR"))
    put("r", Part("RR", weight=0.6))
    put("wɥʍ", Part("U", weight=0.95))
    put("jʝ", Part("I", weight=0.8))
    # Close vowels
    put("i", Part("I"))
    put("ɪᵻɨ", Part("I", size=0.92, weight=0.9))
    put("u", Part("U"))
    put("ʊɯ", Part("U", size=0.88, weight=0.9))
    put("yʏ", Part("U"))
    # Mid vowels
    put("eɛ", Part("E"))
    put("ɜɝ", Part("E", size=0.72, weight=0.8))
    put("øœ", Part("O", size=0.85))
    put("o", Part("O"))
    put("ɔ", Part("O", weight=0.75), Part("aa", weight=0.35))
    put("ɤʌ", Part("aa", size=0.90, weight=1.0))
    put("ɐ", Part("aa", size=0.60, weight=0.8))
    put("əɘɵ", Part("aa", size=0.42, weight=0.6))
    put("ɚ", Part("aa", size=0.40, weight=0.5), Part("RR", 0.4, 1.0, weight=0.7))
    put("ᵊ", Part("aa", size=0.32, weight=0.4))
    # Open vowels
    put("æ", Part("aa", size=0.96), Part("E", weight=0.45))
    put("aɑ", Part("aa"))
    put("ɒ", Part("aa", size=0.9), Part("O", weight=0.7))
    # Diphthongs
    put("A", Part("E", 0.0, 0.55), Part("I", 0.55, 1.0, weight=0.9))
    put("I", Part("aa", 0.0, 0.6, size=0.95), Part("I", 0.6, 1.0))
    put("W", Part("aa", 0.0, 0.55, size=0.95), Part("U", 0.55, 1.0))
    put("O", Part("O", 0.0, 0.55), Part("U", 0.55, 1.0, weight=0.9))
    put("Q", Part("aa", 0.0, 0.45, size=0.5), Part("U", 0.45, 1.0))
    put("Y", Part("O", 0.0, 0.5), Part("I", 0.5, 1.0))
    return table


#: phoneme → its parts.
PHONEMES: dict[str, tuple[Part, ...]] = _table()

VOWEL_VISEMES = frozenset(("aa", "E", "I", "O", "U"))
VOWELS = frozenset("iɪᵻɨuʊɯyʏeɛɜɝøœoɔɤʌɐəɘɵɚᵊæaɑɒAIWOQY")
BILABIALS = frozenset("pbm")
LABIODENTALS = frozenset("fv")

#: An unknown letter moves the mouth a little, like a consonant of the tongue.
_UNKNOWN = (Part("kk", weight=0.3),)


def parts(symbol: str) -> tuple[Part, ...]:
    """The parts of a phoneme; empty for punctuation, marks and spaces, which are pauses.

    A symbol of several characters (a letter with diacritics or a length mark) counts as its first known one; an unknown
    letter moves the lips a little.
    """
    if found := PHONEMES.get(symbol):
        return found
    letters = False
    for c in unicodedata.normalize("NFD", symbol):
        for form in (c, c.lower()):
            if found := PHONEMES.get(form):
                return found
        letters |= unicodedata.category(c) in ("Ll", "Lu", "Lo")
    return _UNKNOWN if letters else ()


@dataclass(frozen=True, slots=True)
class Span:
    """A viseme with its time; `size` and `weight` as in `Part`."""

    viseme: str
    start_s: float
    end_s: float
    size: float
    weight: float
    #: the contact that the phoneme needs, if any
    contact: Literal["", "lips", "teeth"] = ""


def contact(symbol: str) -> Literal["", "lips", "teeth"]:
    """Whether a phoneme needs the lips on each other (p b m) or the lower lip at the teeth (f v)."""
    first = symbol[:1]
    if first in BILABIALS:
        return "lips"
    return "teeth" if first in LABIODENTALS else ""


def spans(phonemes: Iterable[Phoneme], openness: Iterable[float]) -> list[Span]:
    """The visemes of `phonemes` in order of time; equal visemes that touch are merged, as in JALI.

    `openness` has a factor for each phoneme on the size of vowels, by stress and loudness; 1 is ordinary.
    """
    found: list[Span] = []
    for phoneme, factor in zip(phonemes, openness, strict=True):
        length = phoneme.end_s - phoneme.start_s
        if length <= 0:
            continue
        vowel = phoneme.symbol[:1] in VOWELS
        for part in parts(phoneme.symbol):
            span = Span(
                part.viseme,
                phoneme.start_s + part.start * length,
                phoneme.start_s + part.end * length,
                part.size * (factor if vowel else 1.0),
                part.weight,
                contact(phoneme.symbol),
            )
            last = found[-1] if found else None
            if last and (last.viseme, last.contact) == (span.viseme, span.contact) and _touch(last, span):
                found[-1] = Span(
                    span.viseme,
                    last.start_s,
                    max(last.end_s, span.end_s),
                    max(last.size, span.size),
                    max(last.weight, span.weight),
                    span.contact,
                )
            else:
                found.append(span)
    return found


def _touch(a: Span, b: Span) -> bool:
    return b.start_s - a.end_s < 0.03
