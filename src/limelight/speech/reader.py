"""Reads a script's sentences: each caption word with its phonemes. Finds unreadable words even without a dictionary."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from limelight.spec import WordEntry
from limelight.speech.markup import Ask, Note, audible
from limelight.speech.reading.asked import fixed, is_known
from limelight.speech.reading.normalise import Fixed, Reading, Unreadable, normalise
from limelight.speech.reading.pronounce import Source, front
from limelight.speech.script import Asked, Script, Sentence


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A caption's word and its reading; several written words that are read as one count as one word."""

    #: as written, with the spaces between several words
    text: str
    #: the normalised text: plain words and signs between spaces
    normalised: str
    #: in misaki's alphabet, a space between words, signs as they are; empty where the word is silent
    phonemes: str
    source: Source
    #: the sentence's written words that it is made of, counted from 0, the last one included
    first: int
    last: int


def read_sentence(
    sentence: Sentence, words: Sequence[WordEntry] = (), *, british: bool = False, unreadable: Unreadable | None = None
) -> tuple[ReadWord, ...]:
    """The sentence's words in order, without a gap; words that cannot be read are added to `unreadable`.

    Raises SpeechError, and ScriptInvalid where a tag asks for sounds that do not exist.
    """
    readings = _readings(
        sentence, words, british=british, unreadable=unreadable if unreadable is not None else Unreadable()
    )
    pronounced = front(british=british).pronounce(readings)
    written = sentence.text.split()
    return tuple(
        ReadWord(" ".join(written[r.first : r.last + 1]), r.normalised, p.phonemes, p.source, r.first, r.last)
        for r, p in zip(readings, pronounced, strict=True)
    )


def reading_notes(script: Script, words: Sequence[WordEntry] = (), *, british: bool = False) -> list[Note]:
    """Warnings about what a script's reading leaves out, spells or ignores; loads no dictionary.

    Raises ScriptInvalid where a tag asks for sounds that do not exist.
    """
    unreadable = Unreadable()
    for sentence in script.sentences:
        _readings(sentence, words, british=british, unreadable=unreadable)
    return notes_of(script, unreadable)


def notes_of(script: Script, unreadable: Unreadable) -> list[Note]:
    """Warnings about a script, once all its sentences have been read and `unreadable` is complete."""
    notes = list(script.notes)
    for ask in (asked.ask for sentence in script.sentences for asked in sentence.asked):
        if ask.kind == "say-as" and not is_known(ask.value):
            notes.append(Note("tag_ignored", f"say-as knows no '{ask.value}'; its text is read as it stands."))
    notes += [
        Note("word_left_out", f"'{w}' is of a script that cannot be spoken, and is left out.")
        for w in unreadable.foreign
    ]
    notes += [Note("word_spelled", f"'{w}' is known as no word, and is spelled.") for w in unreadable.spelled]
    return list(dict.fromkeys(notes))


def _readings(
    sentence: Sentence, words: Sequence[WordEntry], *, british: bool, unreadable: Unreadable
) -> list[Reading]:
    wanted = [*sentence.asked, *_listed(sentence, words)]
    parts: list[Fixed] = [
        fixed(
            a.first, a.last, a.ask.kind, a.ask.value, a.text,
            before=a.before, after=a.after, format=a.ask.format, british=british, unreadable=unreadable,
        )
        for a in wanted
    ]  # fmt: skip
    return normalise(audible(sentence.text).split(), british=british, fixed=parts, unreadable=unreadable)


# Word lists


def _listed(sentence: Sentence, words: Sequence[WordEntry]) -> Iterator[Asked]:
    """What a word list asks for the sentence's words, plurals and possessives included; tags take precedence."""
    if not words:
        return
    text = audible(sentence.text)
    taken = {i for ask in sentence.asked for i in range(ask.first, ask.last + 1)}
    places = [match.span() for match in re.finditer(r"\S+", text)]
    for match in _pattern(tuple(words)).finditer(text):
        first = next(i for i, (_, end) in enumerate(places) if end > match.start())
        last = next(i for i, (_, end) in enumerate(places) if end >= match.end())
        if taken & set(range(first, last + 1)):
            continue
        taken |= set(range(first, last + 1))
        entry = words[int(match.lastgroup[1:])] if match.lastgroup else words[0]
        before = text[places[first][0] : match.start()]
        yield _entry_asked(entry, match, first, last, before, text[match.end() : places[last][1]])


def _entry_asked(entry: WordEntry, match: re.Match[str], first: int, last: int, before: str, after: str) -> Asked:
    written = match[match.lastgroup or 0]
    ending = match[0][len(written) :]
    if entry.ipa is not None:
        tail = "'s" if ending else ""
        return Asked(first, last, Ask("phoneme", entry.ipa), written, before, tail + after)
    say = entry.say or ""
    if ending in ("s", "es"):
        say += "es" if re.search(r"(?:s|x|z|ch|sh)$", say) else "s"
    elif ending:
        say += ending
    return Asked(first, last, Ask("sub", say), written, before, after)


@lru_cache(maxsize=64)
def _pattern(words: tuple[WordEntry, ...]) -> re.Pattern[str]:
    """A pattern for whole words of a list: longer ones first, then in the list's order."""
    order = sorted(range(len(words)), key=lambda i: (-len(words[i].word), i))
    parts = []
    for i in order:
        word = r"\s+".join(re.escape(part).replace("'", "['’]") for part in audible(words[i].word).split())
        case = "" if words[i].case_sensitive else "i"
        parts.append(rf"(?P<w{i}>(?{case}:{word}))")
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?:['’]s|s['’]?|es)?(?!\w)")


def used_words(text: str, words: Sequence[WordEntry]) -> tuple[WordEntry, ...]:
    """The entries of a word list that a text without tags may use, in the list's order."""
    low = " ".join(audible(text).lower().replace("’", "'").split())
    return tuple(entry for entry in words if " ".join(audible(entry.word).lower().split()) in low)
