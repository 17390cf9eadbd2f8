"""Warnings about words on the picture that will not be seen as they are asked for: overlays and captions.

Everything is found without drawing; where only drawing would tell (where a Thai line breaks) what is sure is told.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from limelight.lettering.contrast import READABLE, READABLE_LARGE, contrast
from limelight.lettering.families import DEFAULT_FAMILY, drawable, is_seen, named
from limelight.lettering.widths import lines
from limelight.notices import VideoWarning
from limelight.requests.wire import quoted
from limelight.spec import (
    MAX_CAPTION_FONT,
    AudioVoice,
    ColourBackground,
    FilmVoice,
    Scene,
    TextOverlay,
    TextVoice,
    VideoSpec,
    rgb,
)
from limelight.speech.script import read_script

#: Lines that are so little wider than their box are not warned of: drawing rounds otherwise.
_SURE = 1.01
#: What of a line's box lies below its letters, in font sizes.
_BELOW = 0.3
#: How many characters a warning names.
_NAMED = 5


def text_warnings(scene: Scene, paths: Sequence[str], number: int, size: tuple[int, int]) -> Iterator[VideoWarning]:
    """Warnings about the texts of scene `number`, counted from 1, in a frame of this size, by their fields' paths."""
    for text, path in zip(scene.texts, paths, strict=True):
        yield from _text_warnings(text, scene, path, number, size)


def _text_warnings(
    text: TextOverlay, scene: Scene, path: str, number: int, size: tuple[int, int]
) -> Iterator[VideoWarning]:
    drawn, missing = drawable(text.text)
    if not any(map(is_seen, drawn)):
        message = "the text has nothing that is seen, and is left out."
        yield VideoWarning("text_empty", message, number, f"{path}.text")
        return
    if missing:
        yield VideoWarning("character_missing", _missing(missing), number, f"{path}.text")
    if named(text.font_family) is None:
        yield VideoWarning("font_replaced", _replaced(text.font_family), number, f"{path}.font_family")
    if message := _outside(text, drawn, *size):
        yield VideoWarning("text_cut", message, number, f"{path}.position")
    if text.colour and isinstance(scene.background, ColourBackground):
        behind = scene.background.colour
        level = float(contrast(text.colour, np.array(rgb(behind), np.uint8)))
        if level < READABLE_LARGE:
            message = f"{text.colour} is hard to read on the background {behind}: their contrast is {level:.1f}"
            message += f", and {READABLE:g} is readable. Without a color one is chosen."
            yield VideoWarning("low_contrast", message, number, f"{path}.color")


def no_copy_of_webm(field: str) -> VideoWarning:
    """The warning where captions should be drawn on a WebM; `field` is their path."""
    return VideoWarning("not_supported", "a WebM has subtitle files, but no copy with the captions drawn.", 1, field)


def caption_warnings(spec: VideoSpec, field: str, script_field: str) -> Iterator[VideoWarning]:
    """Warnings about the captions of a video; `field` is their path, `script_field` as of `script_warnings`."""
    captions = spec.captions
    if captions is None:
        return
    if captions.burn_in and spec.container == "webm":
        yield no_copy_of_webm(field)
    if named(captions.font_family) is None and captions.burn_in:
        yield VideoWarning("font_replaced", _replaced(captions.font_family), 1, f"{field}.style.font_family")
    largest_px = MAX_CAPTION_FONT * min(spec.width, spec.height)
    if captions.font_size and captions.font_size > largest_px:
        message = f"captions are {largest_px:g} pixels high at most in a film of this size, not {captions.font_size:g}."
        yield VideoWarning("size_limited", message, 1, f"{field}.style.font_size")
    for i, scene in enumerate(spec.scenes):
        if isinstance(scene.voice, AudioVoice | FilmVoice):
            message = "captions are made of scripts; this scene's recording has none."
            yield VideoWarning("not_captioned", message, i + 1, field)
        elif isinstance(scene.voice, TextVoice) and captions.burn_in and (missing := _missing_of(scene.voice)):
            yield VideoWarning("character_missing", _missing(missing), i + 1, script_field.format(i))


def _missing_of(voice: TextVoice) -> tuple[str, ...]:
    """What of a script's words no font has."""
    if voice.script.isascii():
        return ()
    script = read_script(voice.script, limit=len(voice.script))
    return drawable(" ".join(sentence.text for sentence in script.sentences)).missing


def _missing(characters: Sequence[str]) -> str:
    shown = ", ".join(f"'{c}' (U+{ord(c[0]):04X})" for c in characters[:_NAMED])
    more = f" and {len(characters) - _NAMED} more" if len(characters) > _NAMED else ""
    return f"no font has {shown}{more}; a box is drawn for each."


def _replaced(family: str) -> str:
    return f"there is no font {quoted(family)}; {DEFAULT_FAMILY} takes its place."


def _outside(text: TextOverlay, drawn: str, width: int, height: int) -> str:
    """In words, what of a text lies outside of the frame for sure; empty where nothing does."""
    left, top = text.position[0] * width, text.position[1] * height
    box = max(text.width * width if text.width else max(width - 2 * max(left, 0.0), 0.25 * width), 1.0)
    size = text.font_size
    set_in = lines(drawn, text.font_family, bold=text.weight == "bold", box=box / size * _SURE)
    across = min(set_in.widest * size, box)
    begin = left + {"left": 0.0, "center": (box - across) / 2, "right": box - across}[text.align]
    if begin >= width or begin + across <= 0 or top >= height:
        return "the text is outside of the frame, and is not seen."
    if begin < -1 or begin + across > width + 1:
        return "the text reaches beyond the frame's side, and is cut off there."
    if top < -size * _BELOW:
        return "the text begins above the frame, and is cut off there."
    seen = math.floor((height - top + size * _BELOW) / (size * text.line_height))
    if seen >= set_in.number:
        return ""
    if seen < 1:
        return "the text reaches below the frame, and is cut off there."
    return f"the text has {set_in.number} lines, of which only {seen} fit into the frame; the others are cut off."
