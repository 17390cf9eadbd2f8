"""Captions as files: SubRip, WebVTT and Advanced SubStation Alpha (ASS), and the size and place of captions in a frame.

All three have the same words at the same times. WebVTT and ASS also have the start of every word. Characters that a
format would read as markup are escaped, so that players show them as they are.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from limelight.captions.cues import Cue, needs_space
from limelight.spec import MAX_CAPTION_FONT, CaptionPlace, Captions, rgb
from limelight.speech.types import Word

#: The default font size as a fraction of the frame's shorter side.
_FONT, _FONT_PORTRAIT = 0.05, 0.06
#: The smallest default, however small the frame: smaller text is illegible.
_SMALLEST_FONT_PX = 11.0
#: The widest line, as a fraction of the frame's width: wider ones leave the title-safe area or look crowded.
_WIDTH, _WIDTH_PORTRAIT = 0.8, 0.81
#: Distance from the upper or lower edge, as a fraction of the frame's height: phones draw controls over the lower part.
_MARGIN, _MARGIN_PORTRAIT = 0.065, 0.155
#: Line height, and below it padding and outline, as multiples of the font size.
_LINE_HEIGHT = 1.28
#: Space from the line boxes to the edge of the caption's box.
_PADDING_X, _PADDING_Y = 0.5, 0.12
_OUTLINE = 0.06
#: A box whose opacity (0 to 255) is lower than this does not set the words off.
_FAINT = 90

#: ASS measures font sizes by ascent plus descent, CSS and Typst by the em square: the ratio of the two for Noto Sans.
_ASS_FONT_SCALE = 1.362
_ASS_ALIGNMENT: dict[CaptionPlace, int] = {"bottom": 2, "middle": 5, "top": 8}
#: Settings of a cue. The top is the first line, the middle a share of the picture's height; below is the default.
_VTT_PLACE = {"bottom": "", "middle": " line:45%", "top": " line:0"}
_WORD_JOINER = "\u2060"
_NUMBER = re.compile(r"^\d+$", re.MULTILINE)
#: Where a time like those of captions goes on to parts of a second.
_BEFORE_FRACTION = re.compile(r"(?<=:\d\d)(?=[.,]\d)|(?<=:\d)(?=[.,]\d)")


@dataclass(frozen=True, slots=True)
class CaptionGeometry:
    """Sizes and places of captions in a frame, pixels."""

    font_px: float
    #: from one baseline to the next, a multiple of the font size
    line_height: float
    #: the width of the widest line that fits
    line_px: float
    #: from the caption's box to the frame's upper or lower edge
    margin_px: float
    #: from the line boxes to the edge of the caption's box
    padding_x_px: float
    padding_y_px: float
    #: the width of the words' outline, where they have one
    outline_px: float


def caption_geometry(captions: Captions, width: int, height: int) -> CaptionGeometry:
    """Sizes and places in a frame of this size, pixels."""
    portrait = height > width
    side = min(width, height)
    suits = max((_FONT_PORTRAIT if portrait else _FONT) * side, _SMALLEST_FONT_PX)
    font = min(captions.font_size or suits, MAX_CAPTION_FONT * side)
    return CaptionGeometry(
        font_px=font,
        line_height=_LINE_HEIGHT,
        line_px=width * (_WIDTH_PORTRAIT if portrait else _WIDTH),
        margin_px=height * (_MARGIN_PORTRAIT if portrait else _MARGIN),
        padding_x_px=font * _PADDING_X,
        padding_y_px=font * _PADDING_Y,
        outline_px=max(font * _OUTLINE, 1.0),
    )


def outline_colour(captions: Captions) -> str | None:
    """The colour of the words' outline: black or white where their box is too faint to set them off, else None."""
    if int(captions.background[7:9], 16) >= _FAINT:
        return None
    red, green, blue = rgb(captions.colour)
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 100 else "#ffffff"


def shifted(cues: Iterable[Cue], seconds: float) -> list[Cue]:
    """The same captions, this many seconds later: from a scene's time to its film's."""
    return [
        replace(
            cue,
            start_s=cue.start_s + seconds,
            end_s=cue.end_s + seconds,
            rows=tuple(tuple(_shifted_word(word, seconds) for word in row) for row in cue.rows),
        )
        for cue in cues
    ]


def _shifted_word(word: Word, seconds: float) -> Word:
    return replace(word, start_s=word.start_s + seconds, end_s=word.end_s + seconds)


def srt(cues: Sequence[Cue]) -> str:
    """SubRip, which says nothing of places."""
    return "\n".join(
        f"{i}\n{_clock(cue.start_s, ',')} --> {_clock(cue.end_s, ',')}\n{_srt_text(cue)}\n"
        for i, cue in enumerate(cues, 1)
    )


def _srt_text(cue: Cue) -> str:
    # SubRip has no escapes, and players on libass read ASS's markup in it: a word joiner, which is invisible, keeps `<`
    # and `\\N` from being read as such.
    text = _unmarked("\n".join(cue.lines)).replace("<", "<" + _WORD_JOINER)
    # A line of figures alone could be the number of the next caption.
    return _NUMBER.sub(lambda m: m[0] + _WORD_JOINER, text)


def _unmarked(text: str) -> str:
    """A text without what libass takes for markup: full-width braces are shown alike by all players."""
    return _untimed(_unescaped(text.replace("{", "｛").replace("}", "｝")))


def _unescaped(text: str) -> str:
    """A text in which a word joiner keeps `\\N` and the like from being read as a code of ASS."""
    return text.replace("\\", "\\" + _WORD_JOINER)


def _untimed(text: str) -> str:
    """A text in which word joiners keep an arrow and times from being read as those of a caption: readers drop it, and
    the captions beside it."""
    text = text.replace("-->", "--" + _WORD_JOINER + ">")
    return _BEFORE_FRACTION.sub(_WORD_JOINER, text)


def vtt(cues: Sequence[Cue]) -> str:
    """WebVTT, with the time of every word after the first of its cue, and the place of those that are not below."""
    blocks = [
        f"{_clock(cue.start_s, '.')} --> {_clock(cue.end_s, '.')}{_VTT_PLACE[cue.place]}\n{''.join(_vtt_text(cue))}\n"
        for cue in cues
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def _vtt_text(cue: Cue) -> Iterator[str]:
    # Timestamps in a cue must lie inside it and increase; a word whose start does not is shown with the word before it.
    last_ms, end_ms = _ms(cue.start_s), _ms(cue.end_s)
    for separator, word in _separated(cue):
        start_ms = _ms(word.start_s)
        yield separator
        if last_ms < start_ms < end_ms:
            yield f"<{_clock(word.start_s, '.')}>"
            last_ms = start_ms
        # FFmpeg makes ASS of it and escapes braces, but in older versions not `\\N`; these also lose what is in braces
        # behind which a backslash stands, where they go on to make SubRip of that.
        text = _untimed(_unescaped(word.text.replace("{\\", "{" + _WORD_JOINER + "\\")))
        yield text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def ass(cues: Sequence[Cue], width: int, height: int, captions: Captions) -> str:
    """Advanced SubStation Alpha for a film of this size, in the style of the captions that are drawn on it.

    Every word's time is karaoke markup, which is invisible because primary and secondary colour are the same.
    """
    usual = _usual(captions)
    events = [
        f"Dialogue: 0,{_ass_clock(cue.start_s)},{_ass_clock(cue.end_s)},Caption,,0,0,0,,"
        f"{''.join(_ass_text(cue, usual))}\n"
        for cue in cues
    ]
    return (
        "[Script Info]\n"
        "ScriptType: v4.00+\n"
        f"PlayResX: {width}\n"
        f"PlayResY: {height}\n"
        "WrapStyle: 2\n"
        "ScaledBorderAndShadow: yes\n"
        "YCbCr Matrix: TV.709\n"
        "\n"
        "[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
        "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, "
        "MarginR, MarginV, Encoding\n"
        f"Style: {_ass_style(captions, caption_geometry(captions, width, height), width)}\n"
        "\n"
        "[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    ) + "".join(events)


def _ass_style(captions: Captions, geometry: CaptionGeometry, width: int) -> str:
    colour, background = _ass_colour(captions.colour), _ass_colour(captions.background)
    outline = outline_colour(captions)
    # With BorderStyle 4, libass draws one box of BackColour around all lines; Shadow is the padding of that box.
    padding_px = (geometry.padding_x_px + geometry.padding_y_px) / 2
    border = (1, geometry.outline_px, 0.0) if outline else (4, 0.0, padding_px)
    side = round((width - geometry.line_px) / 2)
    values = (
        "Caption",
        " ".join(captions.font_family.replace(",", " ").split()),
        f"{geometry.font_px * _ASS_FONT_SCALE:.1f}",
        *(colour, colour, _ass_colour(outline) if outline else background, background),
        *(0, 0, 0, 0, 100, 100, 0, 0),
        *(f"{value:.3g}" for value in border),
        _ASS_ALIGNMENT[_usual(captions)],
        *(side, side, round(geometry.margin_px + geometry.padding_y_px)),
        1,
    )
    return ",".join(str(value) for value in values)


def _ass_colour(colour: str) -> str:
    """`&HAABBGGRR`, where AA is transparency."""
    red, green, blue = colour[1:3], colour[3:5], colour[5:7]
    clear = 255 - int(colour[7:9] or "ff", 16)
    return f"&H{clear:02x}{blue}{green}{red}".upper()


def _usual(captions: Captions) -> CaptionPlace:
    """Where captions stand in an ASS file that do not say so themselves."""
    return "bottom" if captions.position == "auto" else captions.position


def _ass_text(cue: Cue, usual: CaptionPlace) -> Iterator[str]:
    if cue.place != usual:
        yield f"{{\\an{_ASS_ALIGNMENT[cue.place]}}}"
    starts = [_cs(max(word.start_s, cue.start_s)) for word in cue.words]
    for (separator, word), (start, following) in zip(
        _separated(cue), itertools.pairwise([*starts, _cs(cue.end_s)]), strict=True
    ):
        yield "\\N" if separator == "\n" else separator
        yield f"{{\\k{max(following - start, 0)}}}{_ass_word(word.text)}"


def _ass_word(text: str) -> str:
    # Players disagree about ASS's own escapes.
    return _unmarked(text)


def _separated(cue: Cue) -> Iterator[tuple[str, Word]]:
    """The words, each with the separator before it: nothing, a space or a line break."""
    for row_index, row in enumerate(cue.rows):
        for i, word in enumerate(row):
            if i == 0:
                yield "\n" if row_index else "", word
            else:
                yield " " if needs_space(row[i - 1].text[-1], word.text[0]) else "", word


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _cs(seconds: float) -> int:
    return round(seconds * 100)


def _clock(seconds: float, point: str) -> str:
    whole, ms = divmod(_ms(seconds), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{point}{ms:03d}"


def _ass_clock(seconds: float) -> str:
    whole, cs = divmod(_cs(seconds), 100)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}.{cs:02d}"
