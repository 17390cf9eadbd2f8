"""Grapheme to phoneme: normalised words become phonemes in misaki's alphabet, by dictionaries, else by a network.

Tagger, dictionaries and network are hibari-tts' (a port of misaki without spaCy and eSpeak). CMUdict adds names that
misaki lacks, `words.tsv` corrects both.
"""

from __future__ import annotations

import gzip
import importlib.resources
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from limelight.errors import SpeechError
from limelight.speech.reading import heteronyms
from limelight.speech.reading.alphabet import plain_letters
from limelight.speech.reading.normalise import SIGNS, Reading
from limelight.speech.reading.place import word_set

Source = Literal["user", "rule", "dictionary", "guessed"]

_LETTERS = re.compile(r"((?:[A-Z]\.)+)('?s)?")
_POSSESSIVE = re.compile(r"(.+?)('s|s'|')$")
_CAMEL = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z]|$|s$)|[A-Z]?[a-z]+|[A-Z]")
_VOWELS = frozenset("AIOQWYaiuæɑɐɒɔəɛɜɪʊʌᵊᵻ")
#: Capitals that are letters although they spell a word, unless everything is in capitals.
_LETTER_WORDS = word_set(
    "LA US IT WHO ID AI HR PR PE ER AD SAT EST COD ETA SEC MOT DOE COO POW SOS CV PC TV UN EU UK GI LED OS "
    "IP IV ABS MS AM PM EM RAF USA UPS IRS CPA ATM"
)  # fmt: skip
#: Those of them that are words where the whole line is in capitals.
_WORDS_TOO = word_set("US IT WHO AM PM AD SAT SEC EST DOE COD POW ETA COO ABS EM MS MOT LA")
#: Lower-case words that are read letter by letter.
_LOWER_LETTERS = word_set(
    "html pdf css http https url urls usb api apis xml csv gpu gpus cpu cpus ssd hdd lcd dvd tv pc pcs "
    "faq faqs diy ceo cto cfo ssh ftp dns vpn sms rss seo crm erp kpi kpis roi sdk ide ui ux tcp udp php "
    "rgb hdmi nft nfts llm llms mba phd bbq atm mri dna rna hiv gps suv rv cv npm jwt svg png jpg tsv yml "
    "dj vip rsvp aws gdpr dm dms ai"
)  # fmt: skip
#: The symbols of chemical elements that are no words or names.
_ELEMENTS = word_set(
    "Ne Na Mg Si Cl Ar Sc Cr Mn Fe Cu Zn Ge Se Br Kr Rb Sr Zr Nb Tc Ru Rh Pd Ag Cd Sn Sb Te Xe Cs Ba Hf "
    "Ir Pt Au Hg Tl Pb Bi Rn Pu"
)  # fmt: skip
_FORMULA = re.compile(r"(?:[A-Z][a-z]?){2,4}")
_SYMBOLS = _ELEMENTS | frozenset("HBCNOFPSKVYIWU")


@dataclass(frozen=True, slots=True)
class Pronounced:
    """The phonemes of one reading: a space between words, signs as they are; empty where the reading is silent."""

    phonemes: str
    source: Source


@dataclass(slots=True)
class _Word:
    text: str
    reading: int
    phonemes: str | None = None
    source: Source = "dictionary"


class Front:
    """The dictionaries, tagger and network of one dialect. Use `front()`, which keeps them."""

    def __init__(self, *, british: bool = False) -> None:
        """Raises SpeechError where their files are missing."""
        try:
            from hibari.g2p import G2P

            self._g2p = G2P(british=british)
        except (ImportError, OSError) as error:
            raise SpeechError(
                "the reading dictionaries are not installed; install Limelight's dependencies again."
            ) from error
        self.british = british
        self._golds = self._g2p.lexicon.golds
        self._own = _own_words(british=british)

    def pronounce(self, readings: Sequence[Reading]) -> list[Pronounced]:
        """The phonemes of each reading of one sentence; they depend on the neighbouring words."""
        words = [word for i, reading in enumerate(readings) for word in self._words(reading, i)]
        shouting = _is_shouting(words)
        for i, word in enumerate(words):
            if word.phonemes is None:
                self._fix(words, i, shouting=shouting)
        self._by_dictionary(words)
        return [_joined([w for w in words if w.reading == i], reading) for i, reading in enumerate(readings)]

    def _words(self, reading: Reading, index: int) -> list[_Word]:
        source: Source = "user" if reading.source == "user" else "rule" if reading.source else "dictionary"
        return [
            _Word(text, index, text.strip("/") if text.startswith("/") else None, source)
            for text in reading.normalised.split()
        ]

    # What overrides the dictionaries

    def _fix(self, words: list[_Word], i: int, *, shouting: bool) -> None:
        """Set a word's phonemes where the dictionaries would get it wrong, or bring it into a form that they have."""
        word = words[i]
        text = word.text
        if text in SIGNS:
            word.phonemes = text
        elif match := _LETTERS.fullmatch(text):
            word.phonemes = self._letters(match[1].replace(".", ""), match[2] or "")
        elif not any(c.isalpha() for c in text):
            word.phonemes = ""
        elif _is_element(words, i):
            word.phonemes = self._letters(text, "")
        else:
            word.phonemes = self._known(text)
            if word.phonemes is None:
                self._reform(word, shouting=(shouting and not _is_country(words, i)) or _is_button(words, i))

    def _reform(self, word: _Word, *, shouting: bool) -> None:
        """Resolve capitals, code and accents: other ways to write known words, or to spell."""
        text = word.text
        base, tail = _split_possessive(text)
        if self._is_letters(base, shouting=shouting):
            plural = base.endswith("s") and not base.islower()
            word.phonemes = self._letters(
                base.rstrip("s") if plural else base, "s" if plural or tail in ("'s", "s'") else ""
            )
            return
        if not text.isascii():
            word.text = text = plain_letters(text)
            word.phonemes = self._known(text)
            if word.phonemes is not None:
                return
        if shouting or (text.isupper() and len(text) > 1):
            word.text = text = text.lower()
            word.phonemes = self._known(text)
        elif re.fullmatch(r"[A-Z]{2,}s", base):
            word.phonemes = self._with_s(self._known(base[:-1]) or self._g2p(base[:-1], normalize_text=False))
        elif re.search(r"[a-z][A-Z]|[A-Z]{2}[a-z]", base) and not self._in_gold(base):
            phonemes = self._camel(base)
            word.phonemes = self._with_s(phonemes) if phonemes and tail else phonemes
        elif "-" in text and not self._in_gold(text):
            word.phonemes = self._compound(text)
        elif tail == "'s" and not self._g2p.lexicon.is_known(base, "NN"):
            word.phonemes = self._with_s(self._g2p(base, normalize_text=False))
            word.source = "guessed" if word.source == "dictionary" else word.source

    def _known(self, text: str) -> str | None:
        """A word's phonemes by our own list, then by CMUdict where misaki's good dictionary lacks it; 's included."""
        base, tail = _split_possessive(text)
        phonemes = self._own.get(text) or self._own.get(base.lower() if base.lower() in self._own else base)
        if phonemes is None and base[:1].isupper() and base[1:].islower() and base in _cmu():
            phonemes = to_british(_cmu()[base]) if self.british else _cmu()[base]  # misaki misreads names
        if phonemes is None and not self._in_gold(base) and not (base.isupper() and len(base) > 1):
            phonemes = self._cmu(plain_letters(base))
        if phonemes is None or (text in self._own):
            return phonemes
        return f"{phonemes}{self._g2p.lexicon._s(phonemes)[len(phonemes) :]}" if tail in ("'s",) else phonemes

    def _cmu(self, word: str) -> str | None:
        phonemes = _cmu().get(word.lower())
        if phonemes is None:
            return None
        if self._stem_in_gold(word.lower()):
            return None
        return to_british(phonemes) if self.british else phonemes

    def _stem_in_gold(self, word: str) -> bool:
        """Whether misaki's good dictionary has the stem of an inflected word: misaki's rules then make the form."""
        return any(
            word.endswith(end)
            and len(word) > len(end) + 2
            and (word[: -len(end)] in self._golds.d or (end != "s" and word[: -len(end)] + "e" in self._golds.d))
            for end in ("s", "es", "ed", "ing")
        )

    def _in_gold(self, word: str) -> bool:
        return self._golds.get(word) is not None or self._golds.get(word.lower()) is not None

    def _is_letters(self, word: str, *, shouting: bool) -> bool:
        """Whether a word is read by its letters: FBI, CEOs, pdf, NaCl, Fe."""
        if word in _LOWER_LETTERS:
            return True
        if word.islower():
            return (
                not re.search(r"[aeiouyáéíóúàèìòùâêîôûäëïöü]", word)
                and len(word) <= 5
                and not self._in_gold(word)
                and word.isascii()
            )
        plural = word.endswith("s") and len(word) > 2 and word[:-1].isupper()
        capitals = word[:-1] if plural else word
        if not (capitals.isupper() and capitals.isalpha() and len(capitals) > 1 and capitals.isascii()):
            return bool(_FORMULA.fullmatch(word)) and self._is_formula(word)
        if capitals in self._own:
            return False
        if capitals in (_LETTER_WORDS - _WORDS_TOO if shouting else _LETTER_WORDS):
            return True
        if isinstance(self._golds.d.get(capitals), str):
            return False
        if plural:
            return True
        if self._in_gold(capitals.lower()) or self._is_form(capitals.lower()):
            return False
        if shouting and len(capitals) > 2 and capitals.lower() in _cmu() and re.search("[AEIOUY]", capitals):
            return False
        return (
            len(capitals) <= 4
            or not re.search(r"[AEIOUY]", capitals)
            or (len(capitals) == 5 and _cmu().get(capitals.lower()) is None)
        )

    def _is_form(self, word: str) -> bool:
        """Whether a word is an inflected form of one in misaki's good dictionary: pets, tapped."""
        return any(
            word.endswith(end) and len(word) - len(end) > 2 and word[: -len(end)] in self._golds.d
            for end in ("s", "es", "ed", "ing")
        )

    def _is_formula(self, word: str) -> bool:
        parts = re.findall(r"[A-Z][a-z]?", word)
        return (
            any(len(p) == 2 for p in parts)
            and all(p in _SYMBOLS for p in parts)
            and not self._in_gold(word)
            and len(word) <= 5
            and word.lower() not in _cmu()
        )

    def _letters(self, text: str, tail: str) -> str:
        """The phonemes of letters said one by one, the last one stressed; plural or possessive with a `tail`."""
        phonemes = self._g2p.lexicon.get_NNP(text.upper())[0] or ""
        if len(text) == 1:
            phonemes = phonemes.replace("ˌ", "ˈ") if "ˈ" not in phonemes else phonemes
        return self._g2p.lexicon._s(phonemes) if tail else phonemes

    def _with_s(self, phonemes: str) -> str | None:
        """Phonemes with the s of a plural or possessive."""
        whole: str | None = self._g2p.lexicon._s(phonemes)
        return whole

    def _camel(self, text: str) -> str | None:
        """The phonemes of getUserName, ChatGPT: part by part, each a word or letters."""
        parts = _CAMEL.findall(text)
        if len(parts) < 2:
            return None
        phonemes = []
        for part in parts:
            if len(part) == 1 or (part.isupper() and self._is_letters(part, shouting=False)):
                phonemes.append(self._letters(part, ""))
            else:
                known = self._known(part) or self._g2p(part.lower(), normalize_text=False)
                phonemes.append(known)
        return " ".join(phonemes)

    def _compound(self, text: str) -> str | None:
        """The phonemes of O'Brien-Smith, Kubernetes-based: part by part, if our own lists have one of the parts."""
        parts = [part for part in text.split("-") if part]
        known = [self._known(part) for part in parts]
        if not any(known):
            return None
        return " ".join(
            phonemes or self._g2p(part, normalize_text=False) for part, phonemes in zip(parts, known, strict=True)
        )

    # The dictionaries

    def _by_dictionary(self, words: list[_Word]) -> None:
        """Run hibari's tagger, dictionaries, rules and network over the whole sentence."""
        from hibari.g2p.token import Tok

        tokens: list[Any] = []
        owners: list[int] = []
        for i, word in enumerate(words):
            space = " " if i + 1 < len(words) and words[i + 1].text not in SIGNS else ""
            if word.phonemes is not None:
                tokens.append(Tok(word.text, "NNP", space or " ", phonemes=word.phonemes, rating=5))
                owners.append(i)
                continue
            pairs = self._g2p.tokenizer(word.text)
            for j, (text, _) in enumerate(pairs):
                tokens.append(Tok(text, "", " " if j + 1 == len(pairs) else ""))
                owners.append(i)
        self._tag(tokens, words, owners)
        try:
            phonemised = self._g2p.phonemize_tokens(tokens)
        except (ValueError, IndexError, KeyError, TypeError) as error:
            raise SpeechError("the script has a word that cannot be pronounced.") from error
        self._collect(words, phonemised)

    def _tag(self, tokens: list[Any], words: Sequence[_Word], owners: Sequence[int]) -> None:
        for token, tag in zip(tokens, self._g2p.tagger([t.text for t in tokens]), strict=True):
            token.tag = tag
        lower = [t.text.lower() for t in tokens]
        for i, token in enumerate(tokens):
            if token.phonemes is not None or words[owners[i]].text.lower() != lower[i]:
                continue
            context = heteronyms.Words(lower, i, token.tag)
            choose = heteronyms.READINGS.get(lower[i])
            token.phonemes = choose(context) if choose else None
            if token.phonemes is None and isinstance(self._golds.get(lower[i]), dict):
                token.tag = heteronyms.corrected_tag(context)
            elif token.phonemes is not None and self.british:
                token.phonemes = to_british(token.phonemes)

    def _collect(self, words: list[_Word], tokens: Sequence[Any]) -> None:
        """Write the tokens' phonemes back to their words: a word's last token ends with a space."""
        at = 0
        for word in words:
            parts, guessed = [], False
            while at < len(tokens):
                token = tokens[at]
                at += 1
                parts.append(token.phonemes or "")
                guessed |= token.rating == 2
                if token.whitespace:
                    break
            if word.phonemes is None:
                word.phonemes = "".join(parts).replace("ɹɹ", "ɹ")  # the network doubles it
                if word.source == "dictionary" and guessed:
                    word.source = "guessed"
                if not any(c.isalpha() for c in word.phonemes):
                    word.phonemes = self._spelled(word.text)

    def _spelled(self, text: str) -> str:
        """A word letter by letter, as the last resort."""
        return " ".join(self._letters(c, "") for c in plain_letters(text) if c.isascii() and c.isalpha())


def _split_possessive(text: str) -> tuple[str, str]:
    match = _POSSESSIVE.fullmatch(text)
    return (match[1], match[2]) if match and match[2] != "s'" else (text, "")


def _is_element(words: Sequence[_Word], i: int) -> bool:
    """Whether a word is the symbol of an element: Fe, but not that of Santa Fe."""
    before = words[i - 1].text if i else ""
    return words[i].text in _ELEMENTS and before != "Santa"


def _is_country(words: Sequence[_Word], i: int) -> bool:
    """Whether US or IT in a line of capitals is the country or the field, not the pronoun."""
    before = words[i - 1].text if i else ""
    after = words[i + 1].text if i + 1 < len(words) else ""
    if words[i].text == "US":
        return before in ("THE", "A") or after in _OF_US or (before in ("", ":") and after not in ("", "ALL", "BOTH"))
    return words[i].text == "IT" and (
        before in ("AN", "OUR", "THE", "YOUR") or after in ("TEAM", "DEPARTMENT", "SUPPORT")
    )


_OF_US = word_set(
    "SENATE STOCKS OPEN ECONOMY HOUSE CONGRESS PRESIDENT ARMY NAVY JOBS DOLLAR GOVERNMENT ELECTION TROOPS MARKETS"
)


def _is_button(words: Sequence[_Word], i: int) -> bool:
    """Whether a word ends a button's text in capitals: CONTACT US."""
    after = words[i + 1].text if i + 1 < len(words) else "."
    return (
        words[i].text in ("US", "IT")
        and i > 0
        and len(words[i - 1].text) > 3
        and words[i - 1].text.isupper()
        and after in SIGNS
    )


def _is_shouting(words: Sequence[_Word]) -> bool:
    """Whether the sentence is in capitals: at least three words, most of them capitals, none in lower case."""
    written = [
        w.text
        for w in words
        if w.phonemes is None and len(w.text) > 1 and w.text.isalpha() and w.source == "dictionary"
    ]
    capitals = sum(text.isupper() for text in written)
    return (
        len(written) >= 3
        and capitals >= 2
        and capitals * 3 >= len(written) * 2
        and not any(t.islower() for t in written)
    )


def _joined(words: Sequence[_Word], reading: Reading) -> Pronounced:
    """One reading's phonemes, with the source of its least certain word."""
    phonemes = " ".join(w.phonemes for w in words if w.phonemes)
    phonemes = re.sub(r" (?=[;:,.!?…)”])|(?<=[(“]) ", "", phonemes)
    sources = [w.source for w in words if w.text not in SIGNS] or ["dictionary"]
    if reading.source == "user":
        return Pronounced(phonemes, "user")
    return Pronounced(phonemes, "guessed" if "guessed" in sources else "rule" if "rule" in sources else sources[0])


def to_british(phonemes: str) -> str:
    """US phonemes turned into GB ones, for words that only the US dictionaries have."""
    phonemes = (
        phonemes.replace("T", "t")
        .replace("O", "Q")
        .replace("æ", "a")
        .replace("ɑɹ", "ɑːɹ")
        .replace("ɔɹ", "ɔːɹ")
        .replace("ɜɹ", "ɜːɹ")
    )
    phonemes = re.sub("ɑ(?!ː)", "ɒ", phonemes)
    phonemes = re.sub("ɪɹ(?![AIQWYaiuæɑɒɔəɛɜɪʊʌˈˌ])", "ɪə", phonemes)
    phonemes = re.sub("ɛɹ(?![AIQWYaiuæɑɒɔəɛɜɪʊʌˈˌ])", "ɛː", phonemes)
    phonemes = re.sub("(?<=[ːə])ɹ(?![AIQWYaiuæɑɒɔəɛɜɪʊʌˈˌᵊᵻ])", "", phonemes)
    return re.sub("([ˈˌ][iu])(?!ː)", r"\1ː", phonemes).replace("ᵻ", "ɪ")


def _data(name: str) -> bytes:
    return (importlib.resources.files("limelight.speech.reading") / "data" / name).read_bytes()


@cache
def _cmu() -> dict[str, str]:
    """CMUdict's words that misaki's US dictionary lacks, in lower case."""
    lines = gzip.decompress(_data("cmu.txt.gz")).decode().splitlines()
    return dict(line.split("\t") for line in lines)


def _own_words(*, british: bool) -> dict[str, str]:
    """`words.tsv`: word, US reading, GB reading where it differs by more than its sounds."""
    words: dict[str, str] = {}
    for line in _data("words.tsv").decode().splitlines():
        if line and not line.startswith("#"):
            word, us, *gb = line.split("\t")
            words[word] = (gb[0] if gb else to_british(us)) if british else us
    return words


_lock = threading.Lock()
_fronts: dict[bool, Front] = {}


def front(*, british: bool = False) -> Front:
    """The process's one front end of a dialect, loaded at the first call (0.6 s, 0.1 GB). Raises SpeechError."""
    with _lock:
        if british not in _fronts:
            _fronts[british] = Front(british=british)
        return _fronts[british]
