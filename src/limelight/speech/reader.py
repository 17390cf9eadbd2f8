"""A script's sentences, read: each caption word with its phonemes; and what cannot be read, without a dictionary."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from limelight.spec import WordEntry
from limelight.speech.markup import Ask, Note
from limelight.speech.reading.asked import fixed, is_known
from limelight.speech.reading.pronounce import Source, front
from limelight.speech.reading.verbalise import Fixed, Left, Reading, verbalise
from limelight.speech.script import Asked, Script, Sentence


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word as a caption shows it (several that are said as one, with their spaces), and what is said."""

    text: str
    #: plain words and signs between spaces, before they are pronounced
    said: str
    #: in misaki's alphabet: words apart by spaces, signs as they are; empty where nothing is said
    phonemes: str
    source: Source
    #: which of the sentence's written words it is, counted from 0, the last one included
    first: int
    last: int


def read_sentence(
    sentence: Sentence, words: Sequence[WordEntry] = (), *, british: bool = False, left: Left | None = None
) -> tuple[ReadWord, ...]:
    """The sentence's words in order, without a gap; `left` takes note of what could not be read.

    Raises SpeechError and ScriptInvalid.
    """
    readings = _readings(sentence, words, british=british, left=left if left is not None else Left())
    said = front(british=british).pronounce(readings)
    written = sentence.text.split()
    return tuple(
        ReadWord(" ".join(written[r.first : r.last + 1]), r.said, p.phonemes, p.source, r.first, r.last)
        for r, p in zip(readings, said, strict=True)
    )


def unread(script: Script, words: Sequence[WordEntry] = (), *, british: bool = False) -> list[Note]:
    """What of a script is left out, spelled or dropped; loads no dictionary. Raises ScriptInvalid where a tag asks for
    sounds that there are not."""
    left = Left()
    for sentence in script.sentences:
        _readings(sentence, words, british=british, left=left)
    return notes_of(script, left)


def notes_of(script: Script, left: Left) -> list[Note]:
    """What of a script is not said as it is written, when all its sentences have been read."""
    notes = list(script.notes)
    for ask in (asked.ask for sentence in script.sentences for asked in sentence.asked):
        if ask.kind == "say-as" and not is_known(ask.value):
            notes.append(Note("tag_ignored", f"say-as knows no '{ask.value}'; its text is read as it stands."))
    notes += [
        Note("word_left_out", f"'{w}' is of a script that cannot be spoken, and is left out.") for w in left.foreign
    ]
    notes += [Note("word_spelled", f"'{w}' is known as no word, and is spelled.") for w in left.spelled]
    return list(dict.fromkeys(notes))


def _readings(sentence: Sentence, words: Sequence[WordEntry], *, british: bool, left: Left) -> list[Reading]:
    wanted = [*sentence.asked, *_listed(sentence, words)]
    parts: list[Fixed] = [
        fixed(
            a.first, a.last, a.ask.kind, a.ask.value, a.text,
            before=a.before, after=a.after, format=a.ask.format, british=british, left=left,
        )
        for a in wanted
    ]  # fmt: skip
    return verbalise(sentence.text.split(), british=british, fixed=parts, left=left)


# Word lists


def _listed(sentence: Sentence, words: Sequence[WordEntry]) -> Iterator[Asked]:
    """What a word list says of the sentence's words that no tag asks for; their plurals and possessives too."""
    if not words:
        return
    taken = {i for ask in sentence.asked for i in range(ask.first, ask.last + 1)}
    places = [match.span() for match in re.finditer(r"\S+", sentence.text)]
    for match in _pattern(tuple(words)).finditer(sentence.text):
        first = next(i for i, (_, end) in enumerate(places) if end > match.start())
        last = next(i for i, (_, end) in enumerate(places) if end >= match.end())
        if taken & set(range(first, last + 1)):
            continue
        taken |= set(range(first, last + 1))
        entry = words[int(match.lastgroup[1:])] if match.lastgroup else words[0]
        before = sentence.text[places[first][0] : match.start()]
        yield _entry_asked(entry, match, first, last, before, sentence.text[match.end() : places[last][1]])


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
    """Any of these words whole, longer ones first, those that stand first in the list before others."""
    order = sorted(range(len(words)), key=lambda i: (-len(words[i].word), i))
    parts = []
    for i in order:
        word = r"\s+".join(re.escape(part).replace("'", "['’]") for part in words[i].word.split())
        case = "" if words[i].case_sensitive else "i"
        parts.append(rf"(?P<w{i}>(?{case}:{word}))")
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?:['’]s|s['’]?|es)?(?!\w)")


def used_words(text: str, words: Sequence[WordEntry]) -> tuple[WordEntry, ...]:
    """Those of a word list that a text without tags may use, in their order."""
    low = " ".join(text.lower().replace("’", "'").split())
    return tuple(entry for entry in words if " ".join(entry.word.lower().split()) in low)
