"""A plan for a video out of a prompt: which scenes, how long, how they look. The same prompt gives the same plan.

There is no language model: the prompt's words are what is said. Where a prompt is an instruction with the words in it
(`Create a 30 second video about tea: …`, or the words in quotation marks), only those are kept. Headings are shown over
their scenes and not said; items of lists are sentences. Knows nothing of HTTP or rows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from limelight.catalog.avatars import avatar, default_avatar
from limelight.errors import ScriptInvalid
from limelight.spec import MAX_SCENES, MAX_TEXT_CHARACTERS
from limelight.speech.length import length_s
from limelight.speech.script import FULL_STOP_GAP_S, split_sentences

Orientation = Literal["landscape", "portrait", "square"]

_SIZES: dict[Orientation, tuple[int, int]] = {
    "landscape": (1920, 1080),
    "portrait": (1080, 1920),
    "square": (1080, 1080),
}
#: Where the presenter stands beside or below a heading, fractions of the frame.
_ASIDE: dict[Orientation, dict[str, float]] = {
    "landscape": {"x": 0.22, "y": 0.0},
    "portrait": {"x": 0.0, "y": 0.12},
    "square": {"x": 0.0, "y": 0.16},
}
#: A scene is to last from about the first to at most the second, unless one sentence alone is longer.
_SHORT_SCENE_S, _LONG_SCENE_S = 10.0, 25.0
#: Dark enough for white headings, in the order in which scenes take them.
_PALETTE = ("#1f2a44", "#22504f", "#3b2f4f", "#2b3a2f", "#4a2f36")
_HEADING_CHARACTERS = 60
_TITLE_CHARACTERS = 60

_INSTRUCTION = re.compile(
    r"\s*(?:please\s+)?(?:can\s+you\s+|could\s+you\s+|i\s+want\s+you\s+to\s+)?"
    r"(?:create|make|generate|produce|build|write|record|film|prepare)\b",
    re.IGNORECASE,
)
#: How far into a prompt its instruction may reach.
_INSTRUCTION_CHARACTERS = 400
_COLON = re.compile(r":(?=\s)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
#: What stands before a colon that the words to say follow, where it is not the first sentence.
_LABEL = re.compile(r"\b(script|text|narration|voice-?over|following|content|transcript|points|says?)\b", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“]([^\"“”]+)[\"”]")
#: Fewer words in quotation marks are a name or a title.
_QUOTED_WORDS = 4

_HEADING = re.compile(r"#{1,6}\s+(.*)")
_BOLD_LINE = re.compile(r"(?:\*\*|__)([^*_]+)(?:\*\*|__):?")
_ITEM = re.compile(r"(?:[-*•–‣·]|\(?\d{1,3}[.)])\s+(.*)")
_RULE = re.compile(r"[-*_=\s]{3,}")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_MARKS = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_ENDS = (".", "!", "?", "…", "。", "！", "？", '."', '!"', '?"', ".”", "!”", "?”", ".)", "!)", "?)")


@dataclass(frozen=True, slots=True)
class Background:
    """An upload, or what is at a URL, that is shown behind a scene."""

    kind: Literal["image", "video"]
    asset_id: str | None
    url: str | None = None


@dataclass(slots=True)
class _Part:
    """A heading, and what is said below it."""

    heading: str = ""
    sentences: list[str] = field(default_factory=list)

    @property
    def length_s(self) -> float:
        return sum(_length_s(sentence) for sentence in self.sentences)


def plan(
    prompt: str,
    *,
    duration_s: float | None = None,
    orientation: Orientation = "landscape",
    avatar_id: str | None = None,
    photo_id: str | None = None,
    voice_id: str = "",
    outfit: Mapping[str, str] | None = None,
    backgrounds: Sequence[Background] = (),
) -> dict[str, Any]:
    """A body of POST /v2/video/generate for a prompt. Whole sentences are left out at the end to keep to `duration_s`.

    `photo_id` is a talking photo's: its person stands where a presenter would, with the first presenter's voice unless
    `voice_id` is given.
    `outfit` holds a presenter's `outfit_colour`, `logo_url`, `logo_asset_id`.

    Raises AvatarNotFound, and ScriptInvalid where nothing in the prompt can be said.
    """
    presenter = avatar(avatar_id) if avatar_id else default_avatar()
    parts = _parts(script_of(prompt))
    if duration_s is not None:
        parts = _trimmed(parts, duration_s)
    scenes = _scenes(parts)
    if not scenes:
        raise ScriptInvalid("script has no words to speak.")
    width, height = _SIZES[orientation]
    return {
        "title": _title(scenes),
        "dimension": {"width": width, "height": height},
        "video_inputs": [
            {
                "character": {
                    **(_photo(photo_id) if photo_id else _presenter(presenter.avatar_id, i)),
                    **(outfit or {}),
                    "offset": _ASIDE[orientation] if scene.heading else None,
                },
                "voice": {
                    "type": "text",
                    "input_text": " ".join(scene.sentences),
                    "voice_id": voice_id or presenter.default_voice_id,
                },
                "background": _background(i, len(scenes), backgrounds),
                "text": _overlay(scene.heading, orientation) if scene.heading else None,
            }
            for i, scene in enumerate(scenes)
        ],
    }


def _presenter(avatar_id: str, i: int) -> dict[str, Any]:
    return {"type": "avatar", "avatar_id": avatar_id, "avatar_style": "closeUp" if i % 2 else "normal"}


def _photo(photo_id: str) -> dict[str, Any]:
    """The person alone: headings need the scene's background."""
    return {"type": "talking_photo", "talking_photo_id": photo_id, "matting": True}


def script_of(prompt: str) -> str:
    """The words of a prompt that are meant to be said: all of them, unless it is an instruction that holds them."""
    if not _INSTRUCTION.match(prompt):
        return prompt
    colon = _colon(prompt)
    quotes = [] if "<break" in prompt.lower() else list(_QUOTED.finditer(prompt))
    quotes = [match for match in quotes if len(match[1].split()) >= _QUOTED_WORDS]
    if quotes and not (colon and prompt[colon : quotes[0].start()].strip()):
        return " ".join(match[1].strip() for match in quotes)
    if colon and any(c.isalnum() for c in prompt[colon:]):
        words = prompt[colon:].strip()
        return words[1:-1] if words[0] in '"“' and words[-1] in '"”' and len(words) > 2 else words
    return prompt


def _colon(prompt: str) -> int | None:
    """Where the words begin that an instruction's colon announces; None where no colon does."""
    match = _COLON.search(prompt, 0, _INSTRUCTION_CHARACTERS)
    if match is None:
        return None
    before = _SENTENCE_END.split(prompt[: match.start()].strip())
    return match.end() if len(before) == 1 or _LABEL.search(before[-1]) else None


# Lines


def _parts(text: str) -> list[_Part]:
    """Headings with the sentences below them, in order; a heading with nothing below it goes to the next one."""
    parts = [_Part()]
    paragraph: list[str] = []

    def close() -> None:
        parts[-1].sentences += _sentences("\n".join(paragraph))
        paragraph.clear()

    lines = text.splitlines()
    for i, line in enumerate(lines):
        stripped = line.strip()
        if _RULE.fullmatch(stripped) or not stripped:
            close()
        elif (heading := _heading(stripped, lines, i)) is not None:
            close()
            parts = _with_heading(parts, heading)
        elif item := _ITEM.fullmatch(stripped):
            close()
            paragraph.append(_closed(item[1]))
            close()
        else:
            paragraph.append(stripped)
    close()
    return _with_something_to_say(parts)


def _heading(line: str, lines: Sequence[str], i: int) -> str | None:
    """What a line says if it is a heading: marked as one, or short, ending with a colon, and before a list."""
    if match := _HEADING.fullmatch(line):
        return _plain(match[1].rstrip("# "))
    if match := _BOLD_LINE.fullmatch(line):
        return _plain(match[1]).removesuffix(":")
    below = next((other.strip() for other in lines[i + 1 :] if other.strip()), "")
    if line.endswith(":") and len(line) <= _HEADING_CHARACTERS and _ITEM.fullmatch(below) and not _ITEM.fullmatch(line):
        return _plain(line[:-1])
    return None


def _with_heading(parts: list[_Part], heading: str) -> list[_Part]:
    last = parts[-1]
    if last.sentences:
        return [*parts, _Part(heading)]
    last.heading = "\n".join(filter(None, (last.heading, heading)))
    return parts


def _with_something_to_say(parts: list[_Part]) -> list[_Part]:
    """A heading with nothing at all below it is said."""
    last = parts[-1]
    if not last.sentences and last.heading:
        last.sentences = [_closed(line) for line in last.heading.splitlines()]
    return [part for part in parts if part.sentences]


def _sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph, whole however long they are; lines that an editor broke are joined."""
    found: list[str] = []
    begun: list[str] = []
    for piece in split_sentences(_plain(paragraph)):
        begun.append(piece.text)
        # An over-long sentence comes in pieces, with shorter gaps between them.
        if piece.gap_s >= FULL_STOP_GAP_S:
            found.append(" ".join(begun))
            begun = []
    return [*found, " ".join(begun)] if begun else found


def _plain(text: str) -> str:
    """A text without Markdown's marks."""
    return _MARKS.sub("", _LINK.sub(r"\1", text)).strip()


def _closed(sentence: str) -> str:
    """With a full stop, unless it ends with a sign already."""
    bare = sentence.strip().rstrip(",;:")
    return bare if not bare or bare.endswith(_ENDS) else f"{bare}."


# Scenes


def _length_s(sentence: str) -> float:
    """About how long a sentence takes, with the gap after it and the breaks in it."""
    return length_s(sentence) + FULL_STOP_GAP_S


def _trimmed(parts: list[_Part], duration_s: float) -> list[_Part]:
    """The first sentences that last no longer than this together, and always the first one."""
    kept: list[_Part] = []
    left_s = duration_s
    for part in parts:
        kept.append(_Part(part.heading))
        for sentence in part.sentences:
            left_s -= _length_s(sentence)
            if left_s < 0 and kept[0].sentences:
                return [one for one in kept if one.sentences]
            kept[-1].sentences.append(sentence)
    return kept


def _scenes(parts: list[_Part]) -> list[_Part]:
    """Scenes of about the same length within each part, no more than a video may have."""
    scenes = [scene for part in parts for scene in _divided(part)]
    lengths_s = [scene.length_s for scene in scenes]
    while len(scenes) > MAX_SCENES:
        i = min(range(len(scenes) - 1), key=lambda i: lengths_s[i] + lengths_s[i + 1])
        lengths_s[i : i + 2] = [lengths_s[i] + lengths_s[i + 1]]
        heading = "\n".join(filter(None, (scenes[i].heading, scenes[i + 1].heading)))
        scenes[i : i + 2] = [_Part(heading, scenes[i].sentences + scenes[i + 1].sentences)]
    return scenes


def _divided(part: _Part) -> list[_Part]:
    """A part's scenes; its heading is shown in the first of them."""
    count = max(1, math.ceil(part.length_s / _LONG_SCENE_S))
    aim_s = max(_SHORT_SCENE_S, part.length_s / count)
    scenes, scene_s = [_Part(part.heading)], 0.0
    for sentence in part.sentences:
        takes_s = _length_s(sentence)
        full = scene_s + takes_s > _LONG_SCENE_S or scene_s + takes_s / 2 > aim_s
        if scenes[-1].sentences and full:
            scenes.append(_Part())
            scene_s = 0.0
        scenes[-1].sentences.append(sentence)
        scene_s += takes_s
    return scenes


def _background(i: int, scenes: int, backgrounds: Sequence[Background]) -> dict[str, Any]:
    """Uploads in their order, each behind as many scenes as the others; without any, a colour."""
    if not backgrounds:
        return {"type": "color", "value": _PALETTE[i % len(_PALETTE)]}
    shown = backgrounds[i * len(backgrounds) // scenes if len(backgrounds) < scenes else i]
    play_style = {"play_style": "loop"} if shown.kind == "video" else {}
    source = {"url": shown.url} if shown.url else {f"{shown.kind}_asset_id": shown.asset_id}
    return {"type": shown.kind, **source, "fit": "cover", **play_style}


def _overlay(heading: str, orientation: Orientation) -> dict[str, Any]:
    """A heading over its scene, where `_ASIDE` has made room for it."""
    width, height = _SIZES[orientation]
    beside = orientation == "landscape"
    return {
        "type": "text",
        "text": heading[:MAX_TEXT_CHARACTERS],
        "font_size": round(min(width, height) * 0.065),
        "font_weight": "bold",
        "position": {"x": 0.06, "y": 0.2} if beside else {"x": 0.05, "y": 0.04},
        "text_align": "left" if beside else "center",
        "width": 0.42 if beside else 0.9,
    }


def _title(scenes: Sequence[_Part]) -> str:
    """The first heading, else the first words."""
    words = scenes[0].heading.partition("\n")[0] or " ".join(scenes[0].sentences)
    return words if len(words) <= _TITLE_CHARACTERS else words[:_TITLE_CHARACTERS].rpartition(" ")[0] + "…"
