"""Pronunciation lexicons ("word lists"): checks entries, and reads files of them: CSV, and the W3C's Pronunciation
Lexicon Specification (PLS 1.0).

Knows nothing of database rows or HTTP.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from xml.parsers import expat

from limelight.errors import ScriptInvalid, SpecError
from limelight.names import one_line
from limelight.spec import TextVoice, VideoSpec, WordEntry
from limelight.speech.markup import Span, quoted, read_markup
from limelight.speech.reader import used_words
from limelight.speech.reading.asked import ipa_phonemes
from limelight.speech.script import read_script

#: Most entries of one account, and of one request.
MAX_WORDS, MAX_REQUEST_WORDS = 1_000, 100
MAX_WORD_CHARACTERS, MAX_SAY_CHARACTERS, MAX_IPA_CHARACTERS = 100, 200, 200
MAX_FILE_BYTES = 1 << 20

_LEXICON = "http://www.w3.org/2005/01/pronunciation-lexicon"
_UNCLOSED = "a quote is not closed on its line"
_YES, _NO = frozenset(("true", "yes", "1", "x")), frozenset(("", "false", "no", "0"))


def word_entry(
    word: str, say: str | None = None, ipa: str | None = None, *, case_sensitive: bool = False, path: str = ""
) -> WordEntry:
    """A checked entry; `path` is the beginning of the field's name in errors. Raises SpecError."""
    canonical = canonical_word(word)
    _limited(path + "word", canonical, MAX_WORD_CHARACTERS)
    if not any(c.isalnum() for c in canonical):
        raise _invalid(path + "word", "a letter or a digit is needed")
    say, ipa = one_line(say or ""), one_line(ipa or "")
    if bool(say) == bool(ipa):
        given = "both are given" if say else "neither is given"
        raise _invalid(f"{path}say", f"exactly one of say and ipa is needed, {given}")
    if say:
        _check_say(say, path + "say")
        return WordEntry(word=canonical, say=say, case_sensitive=case_sensitive)
    _check_ipa(ipa, path + "ipa")
    return WordEntry(word=canonical, ipa=ipa, case_sensitive=case_sensitive)


def canonical_word(word: str) -> str:
    """A word in the form that lists store: on one line, with straight apostrophes."""
    return one_line(word).replace("’", "'")


def with_words(spec: VideoSpec, words: Sequence[WordEntry]) -> VideoSpec:
    """The spec with a word list, strongest entries first: each text voice gets the entries that its script may use.

    Raises ScriptInvalid.
    """
    if not words:
        return spec
    scenes = []
    for scene in spec.scenes:
        if isinstance(scene.voice, TextVoice):
            voice = scene.voice.model_copy(update={"words": used_in(scene.voice.script, words)})
            scene = scene.model_copy(update={"voice": voice})
        scenes.append(scene)
    return spec.model_copy(update={"scenes": tuple(scenes)})


def used_in(script: str, words: Sequence[WordEntry]) -> tuple[WordEntry, ...]:
    """The entries of a word list that a script with tags may use, strongest first. Raises ScriptInvalid."""
    if not words:
        return ()
    # Markup may hide a word: AT&amp;T.
    read = " ".join(sentence.text for sentence in read_script(script, limit=max(len(script), 1)).sentences)
    strongest: dict[tuple[bool, str], WordEntry] = {}
    for entry in used_words(read, words):
        strongest.setdefault(_key(entry), entry)
    return tuple(strongest.values())


def latest(words: Sequence[WordEntry]) -> tuple[WordEntry, ...]:
    """The entries without duplicates: of several for the same word the last one stays."""
    return tuple({_key(entry): entry for entry in words}.values())


def strongest_first(words: Sequence[WordEntry]) -> tuple[WordEntry, ...]:
    """A request's entries in order of priority: case-sensitive ones before the others."""
    return tuple(sorted(words, key=lambda entry: not entry.case_sensitive))


def read_words(data: bytes) -> tuple[WordEntry, ...]:
    """The entries of a file without duplicates; its first bytes tell whether it is PLS or CSV.

    Raises SpecError naming line or lexeme.
    """
    if len(data) > MAX_FILE_BYTES:
        raise _invalid("file", f"it has {len(data)} bytes, the limit is {MAX_FILE_BYTES}")
    is_xml = data.startswith((b"\xff\xfe", b"\xfe\xff")) or data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"
    entries = tuple(islice(_read_pls(data) if is_xml else _read_csv(data), MAX_WORDS + 1))
    if not entries:
        raise _invalid("file", "it has no words")
    if len(entries) > MAX_WORDS:
        raise _too_many()
    return latest(entries)


def written_csv(words: Sequence[WordEntry]) -> str:
    """A CSV file that `read_words` reads."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(("word", "say", "ipa", "case"))
    rows.writerows((w.word, w.say or "", w.ipa or "", "yes" if w.case_sensitive else "") for w in words)
    return out.getvalue()


def _key(entry: WordEntry) -> tuple[bool, str]:
    """A key that two entries for the same word share."""
    return entry.case_sensitive, entry.word if entry.case_sensitive else entry.word.casefold()


def _invalid(field: str, problem: str) -> SpecError:
    return SpecError(f"{field} is invalid: {problem}.")


def _too_many() -> SpecError:
    return _invalid("file", f"it has more words than the limit of {MAX_WORDS}")


def _limited(field: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise _invalid(field, f"it has {len(text)} characters, the limit is {limit}")


def _check_say(say: str, field: str) -> None:
    _limited(field, say, MAX_SAY_CHARACTERS)
    if not _is_plain(say):
        raise _invalid(field, f"{quoted(say)} has tags or Markdown's marks, which are not read here; write words")
    try:
        read_script(say, limit=MAX_SAY_CHARACTERS)
    except ScriptInvalid as error:
        raise _invalid(field, f"{quoted(say)} cannot be said in English") from error


def _is_plain(text: str) -> bool:
    """Whether a text has no markup: as a script, it would be shown exactly as written."""
    try:
        spans, _ = read_markup(text)
    except ScriptInvalid:
        return False
    return " ".join("".join(span.text for span in spans if isinstance(span, Span)).split()) == text


def _check_ipa(ipa: str, field: str) -> None:
    _limited(field, ipa, MAX_IPA_CHARACTERS)
    try:
        if not ipa_phonemes(ipa):
            raise _invalid(field, f"{quoted(ipa)} has no sound")
    except ScriptInvalid as error:
        sign = re.search(r": ('.+?');", error.message)
        named = f"it has {sign[1]}" if sign else quoted(ipa)
        raise _invalid(field, f"{named}, which is no sound that is known; write it in IPA") from error


# CSV


def _read_csv(data: bytes) -> Iterator[WordEntry]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid("file", "it is neither CSV in UTF-8 nor a PLS lexicon") from error
    first = text.partition("\n")[0]
    # Spreadsheets in much of Europe write semicolons.
    delimiter = ";" if first.count(";") > first.count(",") else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begun = 1  # the row's first line; a quoted value may go on over several
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        if "word" not in header or not {"say", "ipa"} & set(header):
            raise _invalid("file", "its first line must be a header with word, and say or ipa, and may have case")
        begun = rows.line_num + 1
        for values in rows:
            if any(value.strip() for value in values):
                yield _csv_entry(header, values, f"line {begun}")
            begun = rows.line_num + 1
    except csv.Error as error:
        why = _UNCLOSED if rows.line_num > begun else str(error)
        raise _invalid("file", f"line {begun} is no CSV ({why})") from error


def _csv_entry(header: Sequence[str], values: Sequence[str], line: str) -> WordEntry:
    # A quote that is not closed swallows all lines up to the next quote.
    if any("\n" in value or "\r" in value for value in values):
        raise _invalid("file", f"{line} is no CSV ({_UNCLOSED})")
    if any(value.strip() for value in values[len(header) :]):
        problem = f"it has {len(values)} values, the header names {len(header)}; put quotes around one that has commas"
        raise _invalid(line, problem)
    row = dict(zip(header, values, strict=False))
    case = row.get("case", "").strip().lower()
    if case not in _YES | _NO:
        raise _invalid(f"{line}: case", f"{quoted(case)} is neither yes nor no")
    return word_entry(
        row.get("word", ""), row.get("say"), row.get("ipa"), case_sensitive=case in _YES, path=f"{line}: "
    )


# PLS


class _Lexicon:
    """Collects entries from expat's events. It refuses doctypes, so there are no entities to expand or fetch."""

    def __init__(self) -> None:
        self.entries: list[WordEntry] = []
        self._open: list[str] = []
        self._alphabet = ""
        self._text: list[str] = []
        self._graphemes: list[str] = []
        #: of the open lexeme: alias or phoneme, its text, and whether it is preferred
        self._pronunciations: list[tuple[str, str, bool]] = []
        self._open_pronunciation = ("", False)
        self._lexemes = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if not self._open and (local != "lexicon" or space not in (_LEXICON, "")):
            raise _invalid("file", f"it is no PLS lexicon: it begins with {quoted(local)}")
        self._open.append(local)
        self._text = []
        if local == "lexicon":
            self._alphabet = attributes.get("alphabet", "")
        elif local == "lexeme":
            self._lexemes += 1
            self._graphemes, self._pronunciations = [], []
        alphabet = attributes.get("alphabet", self._alphabet).lower()
        is_ipa = local != "phoneme" or alphabet == "ipa"
        kind = local if is_ipa else f"phoneme of the alphabet {alphabet}"
        self._open_pronunciation = (kind, attributes.get("prefer") == "true")

    def characters(self, text: str) -> None:
        self._text.append(text)

    def end(self, _: str) -> None:
        local = self._open.pop()
        text = "".join(self._text)
        if local == "grapheme":
            self._graphemes.append(text)
        elif local in ("phoneme", "alias"):
            self._pronunciations.append((self._open_pronunciation[0], text, self._open_pronunciation[1]))
        elif local == "lexeme":
            self._take()

    def doctype(self, *_: object) -> None:
        raise _invalid("file", "it has a document type, which is not taken")

    def _take(self) -> None:
        """Add an entry for each grapheme of the lexeme, with its preferred pronunciation or else its first one."""
        path = f"lexeme {self._lexemes}: "
        known = [one for one in self._pronunciations if one[0] in ("phoneme", "alias")]
        if not self._graphemes:
            raise _invalid(f"{path}grapheme", "field required")
        if not known:
            other = (
                f"a {self._pronunciations[0][0]} is not read, only ipa is" if self._pronunciations else "field required"
            )
            raise _invalid(f"{path}phoneme", other)
        kind, text, _ = next((one for one in known if one[2]), known[0])
        for grapheme in self._graphemes:
            say, ipa = (text, None) if kind == "alias" else (None, text)
            self.entries.append(word_entry(grapheme, say, ipa, path=path))
        if len(self.entries) > MAX_WORDS:
            raise _too_many()


def _read_pls(data: bytes) -> list[WordEntry]:
    lexicon = _Lexicon()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lexicon.start
    parser.EndElementHandler = lexicon.end
    parser.CharacterDataHandler = lexicon.characters
    parser.StartDoctypeDeclHandler = lexicon.doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise _invalid("file", f"line {error.lineno} is no XML ({expat.ErrorString(error.code)})") from error
    except (LookupError, ValueError) as error:  # from encodings that expat leaves to Python
        raise SpecError("file is invalid: its encoding is not known; write it in UTF-8.") from error
    return lexicon.entries
