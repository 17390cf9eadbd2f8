"""Subtitle files say the same words at the same times to every reader."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pocketsphinx
import pysubs2
import pytest
import soxr
import webvtt
from av.subtitles.subtitle import AssSubtitle

from limelight.captions.cues import Cue, cues
from limelight.captions.subtitles import ass, caption_geometry, shifted, srt, vtt
from limelight.catalog.voices import DEFAULT_FEMALE, DEFAULT_MALE
from limelight.spec import SAMPLE_RATE_HZ, CaptionPlace, Captions
from limelight.speech.script import read_script
from limelight.speech.types import Speech, Word
from speech_samples import MINUTE, spoken

WORDS = (
    *(Word("Good", 0.2, 0.5), Word("morning,", 0.5, 0.9), Word("and", 0.9, 1.1), Word("welcome", 1.1, 1.5)),
    *(Word("to", 1.5, 1.6), Word("the", 1.6, 1.7), Word("first", 1.7, 2.1), Word("lesson", 2.1, 2.5)),
    *(Word("of", 2.5, 2.6), Word("our", 2.6, 2.8), Word("course.", 2.8, 3.4567), Word("Over", 6.0, 6.3)),
    *(Word("and", 6.3, 6.5), Word("out.", 6.5, 7.0)),
)
CUES = cues(WORDS, end_s=7.3)
#: Every word is in the dictionary of the recogniser. "How long" and its like are avoided: the recogniser takes the [ʊ]
#: before a dark l for a part of it, and hears that word 0.1 s early.
#: What each format would take for markup.
SIGNS = "<b>bold</b> {\\an8}up Dear {first}, A&B &amp; 1<2 c:\\new\\N C:\\News\\help --> x {"
#: As it is shown where braces have no escape.
WIDE_SIGNS = SIGNS.replace("{", "｛").replace("}", "｝")


def cue(*texts: str, start_s: float = 1.0, word_s: float = 0.5) -> Cue:
    words = tuple(Word(text, start_s + i * word_s, start_s + (i + 1) * word_s) for i, text in enumerate(texts))
    return Cue(start_s, words[-1].end_s, (words,))


def text_of(text: str) -> str:
    return text.replace("\u2060", "")


def drawn_by_libass(text: str) -> str:
    """What libass draws of an event's text: blocks in braces that are closed are codes, and so are \\N, \\n and \\h."""
    plain = re.sub(r"(?<!\\)\{[^}]*\}", "", text)
    plain = plain.replace("\\N", "\n").replace("\\n", " ").replace("\\h", " ")
    return text_of(plain.replace("\\{", "{").replace("\\}", "}"))


def ass_of(line: object) -> str:
    assert isinstance(line, AssSubtitle)
    return line.ass.decode()


def demuxed(subtitles: str, suffix: str, folder: Path) -> list[tuple[float, float, str]]:
    """Start, end and text as FFmpeg reads them."""
    path = folder / f"captions.{suffix}"
    path.write_text(subtitles, encoding="utf-8")
    found = []
    with av.open(str(path)) as container:
        for packet in container.demux(container.streams.subtitles[0]):
            if packet.size:
                assert packet.pts is not None and packet.duration is not None
                start = float(packet.pts * packet.time_base)
                end = start + float(packet.duration * packet.time_base)
                text = " ".join(ass_of(line).split(",", 8)[8] for line in packet.decode())
                found.append((start, end, text))
    return found


def same(found: Sequence[tuple[float, float, str]], wanted: Sequence[Cue], precision_s: float) -> None:
    assert [text_of(text) for _, _, text in found] == ["\n".join(cue.lines) for cue in wanted]
    for (start, end, _), expected in zip(found, wanted, strict=True):
        assert start == pytest.approx(expected.start_s, abs=precision_s)
        assert end == pytest.approx(expected.end_s, abs=precision_s)


def test_the_words_make_two_captions_of_which_one_has_two_lines() -> None:
    assert [len(cue.lines) for cue in CUES] == [2, 1]


@pytest.mark.parametrize("suffix", ["srt", "vtt", "ass"])
def test_ffmpeg_reads_what_was_written(suffix: str, tmp_path: Path) -> None:
    text = {"srt": srt(CUES), "vtt": vtt(CUES), "ass": ass(CUES, 320, 180, Captions())}[suffix]
    found = [(a, b, text.replace("\\N", "\n")) for a, b, text in demuxed(text, suffix, tmp_path)]
    plain = [(a, b, re.sub(r"\{[^}]*\}|<[\d:.]+>", "", text)) for a, b, text in found]
    same(plain, CUES, 0.0051 if suffix == "ass" else 0.00051)


@pytest.mark.parametrize("suffix", ["srt", "ass"])
def test_pysubs2_reads_what_was_written(suffix: str) -> None:
    text = {"srt": srt(CUES), "ass": ass(CUES, 320, 180, Captions())}[suffix]
    events = pysubs2.SSAFile.from_string(text).events
    precision_s = 0.0051 if suffix == "ass" else 0.00051
    same([(e.start / 1000, e.end / 1000, e.plaintext) for e in events], CUES, precision_s)


def test_webvtt_reads_what_was_written() -> None:
    captions = webvtt.from_buffer(io.StringIO(vtt(CUES))).captions
    same([(c.start_in_seconds, c.end_in_seconds, c.text) for c in captions], CUES, 1.0)
    assert (captions[0].start, captions[0].end) == ("00:00:00.200", "00:00:03.857")


def seconds(clock: str) -> float:
    hours, minutes, rest = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def word_times(text: str) -> list[tuple[str, float]]:
    """Every word of a WebVTT with the time at which it is said: the caption's for its first, its own for the others."""
    found = []
    for caption in webvtt.from_buffer(io.StringIO(text)).captions:
        parts = re.split(r"<([\d:.]+)>", caption.raw_text)
        times = [caption.start, *parts[1::2]]
        found += [(word.strip(), seconds(time)) for word, time in zip(parts[::2], times, strict=True)]
    return found


def test_every_word_of_a_webvtt_has_its_time() -> None:
    found = word_times(vtt(CUES))
    assert [text for text, _ in found] == [word.text for word in WORDS]
    assert [at for _, at in found] == pytest.approx([word.start_s for word in WORDS], abs=0.0005)


def test_every_word_of_an_ass_file_has_its_time() -> None:
    for event, expected in zip(pysubs2.SSAFile.from_string(ass(CUES, 320, 180, Captions())), CUES, strict=True):
        at, found = event.start / 1000, []
        for length in re.findall(r"\{\\k(\d+)\}", event.text):
            found.append(at)
            at += int(length) / 100
        assert found == pytest.approx([word.start_s for word in expected.words], abs=0.0101)
        assert at == pytest.approx(event.end / 1000, abs=0.0101)


def test_times_of_a_webvtt_stay_inside_their_caption() -> None:
    words = (Word("a", 1.0, 1.0), Word("b", 1.0, 1.2), Word("c", 1.2, 9.0), Word("d", 9.0, 9.5))
    text = vtt([Cue(1.0, 8.0, (words,))])
    assert text == "WEBVTT\n\n00:00:01.000 --> 00:00:08.000\na b <00:00:01.200>c d\n"


def test_signs_that_look_like_markup_stay_text(tmp_path: Path) -> None:
    wanted = [cue(*SIGNS.split(), word_s=0.2)]
    captions = webvtt.from_buffer(io.StringIO(vtt(wanted))).captions
    assert captions[0].raw_text.count("-->") == 0
    tags_removed = re.sub(r"<[^>]*>", "", captions[0].raw_text)
    assert text_of(tags_removed).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == SIGNS

    assert drawn_by_libass(demuxed(srt(wanted), "srt", tmp_path)[0][2]) == WIDE_SIGNS
    assert drawn_by_libass(demuxed(vtt(wanted), "vtt", tmp_path)[0][2]) == SIGNS
    assert text_of(pysubs2.SSAFile.from_string(srt(wanted)).events[0].plaintext) == WIDE_SIGNS

    event = pysubs2.SSAFile.from_string(ass(wanted, 320, 180, Captions())).events[0]
    assert text_of(event.plaintext) == WIDE_SIGNS
    assert drawn_by_libass(event.text) == WIDE_SIGNS


#: Lines of captions that look like a caption's times or number.
LOOKALIKES = (
    ("00:00:01,000 --> 00:00:02,000",),
    ("It says", "00:00:01.000 --> 00:00:02.000"),
    ("from 0:00:01.5", "to 0:00:02.75 or 10:01,5"),
    ("00:00:01,000-->00:00:02,000", "-->"),
    ("a --> b",),
    ("7",),
    ("In the year", "2026"),
)


def test_words_that_look_like_times_or_numbers_are_read_as_words(tmp_path: Path) -> None:
    """The last caption of a file is read by other rules than one before another."""
    for last in LOOKALIKES:
        rows = [*LOOKALIKES, last]
        wanted = [
            Cue(i * 3 + 1, i * 3 + 3, tuple((Word(row, i * 3 + 1, i * 3 + 3),) for row in caption))
            for i, caption in enumerate(rows)
        ]
        texts = ["\n".join(caption) for caption in rows]
        assert [text_of(e.plaintext) for e in pysubs2.SSAFile.from_string(srt(wanted)).events] == texts
        # FFmpeg converts ASS and SRT to WebVTT without escapes, in which an arrow ends the caption.
        assert [srt(wanted).count("-->"), ass(wanted, 320, 180, Captions()).count("-->")] == [len(wanted), 0]
        for suffix, text in (("srt", srt(wanted)), ("vtt", vtt(wanted)), ("ass", ass(wanted, 320, 180, Captions()))):
            assert [text_of(drawn_by_libass(line)) for _, _, line in demuxed(text, suffix, tmp_path)] == texts
        captions = webvtt.from_buffer(io.StringIO(vtt(wanted))).captions
        assert [text_of(c.text).replace("&gt;", ">") for c in captions] == texts


def test_no_code_of_ass_begins_in_a_webvtt() -> None:
    """Some versions of FFmpeg lose it when they make SubRip of the file."""
    text = vtt([cue("{\\b1}", "a{\\an8}b", "{x}")])
    assert "{\\" not in text
    (caption,) = webvtt.from_buffer(io.StringIO(text)).captions
    assert text_of(re.sub(r"<[^>]*>", "", caption.raw_text)) == "{\\b1} a{\\an8}b {x}"


def test_emoji_and_letters_stay_joined_in_every_file(tmp_path: Path) -> None:
    script = "A 👨\u200d👩\u200d👧 and a 🏳\ufe0f\u200d🌈, a 👩🏽\u200d⚕\ufe0f with ❤\ufe0f\u200d🔥, in می\u200cخواهم."
    words = [word for sentence in read_script(script).sentences for word in sentence.text.split()]
    wanted = [cue(*words, word_s=0.2)]
    shown = [
        drawn_by_libass(demuxed(srt(wanted), "srt", tmp_path)[0][2]),
        drawn_by_libass(demuxed(vtt(wanted), "vtt", tmp_path)[0][2]),
        drawn_by_libass(pysubs2.SSAFile.from_string(ass(wanted, 320, 180, Captions())).events[0].text),
        webvtt.from_buffer(io.StringIO(vtt(wanted))).captions[0].text,
    ]
    assert shown == [script] * 4


@pytest.mark.parametrize(("place", "line", "code"), [("bottom", None, None), ("middle", "45%", 5), ("top", "0", 8)])
def test_files_say_where_captions_stand(place: CaptionPlace, line: str | None, code: int | None) -> None:
    cues = [CUES[0], replace(CUES[1], place=place)]
    text = vtt(cues)
    assert [re.findall(r"line:(\S+)", row) for row in text.splitlines() if "-->" in row] == [[], [line] if line else []]
    same(
        [(c.start_in_seconds, c.end_in_seconds, c.text) for c in webvtt.from_buffer(io.StringIO(text)).captions],
        cues,
        1,
    )
    said = [re.findall(r"\{\\an(\d)\}", e.text) for e in pysubs2.SSAFile.from_string(ass(cues, 320, 180, Captions()))]
    assert said == [[], [str(code)] if code else []]


def test_an_ass_file_says_the_place_that_was_asked_for_once() -> None:
    cues = [replace(cue, place="top") for cue in CUES]
    assert "\\an" not in ass(cues, 320, 180, Captions(position="top"))


def test_captions_of_a_later_scene_are_shifted_with_their_words() -> None:
    later = shifted(CUES, 3600 + 62 / 30)
    assert [cue.lines for cue in later] == [cue.lines for cue in CUES]
    assert srt(later).startswith("1\n01:00:02,267 --> 01:00:05,923\n")
    assert "<01:00:02.567>morning," in vtt(later)
    assert "Dialogue: 0,1:00:02.27,1:00:05.92," in ass(later, 320, 180, Captions())


def test_nothing_said_is_a_valid_file() -> None:
    assert srt([]) == ""
    assert webvtt.from_buffer(io.StringIO(vtt([]))).captions == []
    assert pysubs2.SSAFile.from_string(ass([], 320, 180, Captions())).events == []


def test_the_ass_style_says_what_was_asked() -> None:
    captions = Captions(
        font_family="Noto Serif", font_size=40, colour="#ffcc00", background="#11223380", position="top"
    )
    file = pysubs2.SSAFile.from_string(ass(CUES, 1280, 720, captions))
    style = file.styles["Caption"]
    assert (file.info["PlayResX"], file.info["PlayResY"]) == ("1280", "720")
    assert style.fontname == "Noto Serif"
    assert style.fontsize == pytest.approx(40 * 1.362, abs=0.1)
    assert (style.primarycolor.r, style.primarycolor.g, style.primarycolor.b, style.primarycolor.a) == (255, 204, 0, 0)
    assert style.secondarycolor == style.primarycolor  # karaoke is not seen
    assert (style.backcolor.r, style.backcolor.g, style.backcolor.b, style.backcolor.a) == (17, 34, 51, 127)
    assert style.alignment == pysubs2.Alignment.TOP_CENTER
    for captions, alignment in ((Captions(position="bottom"), 2), (Captions(position="middle"), 5)):
        text = ass(CUES, 1280, 720, captions)
        assert pysubs2.SSAFile.from_string(text).styles["Caption"].alignment == alignment


@pytest.mark.parametrize(("colour", "edge"), [("#ffffff", 0), ("#ffe000", 0), ("#202020", 255)])
def test_ass_words_without_a_box_have_an_edge(colour: str, edge: int) -> None:
    captions = Captions(colour=colour, background="#ff000000", font_size=50)
    style = pysubs2.SSAFile.from_string(ass(CUES, 1280, 720, captions)).styles["Caption"]
    assert style.borderstyle == 1 and style.outline == pytest.approx(3)
    assert (style.outlinecolor.r, style.outlinecolor.b, style.outlinecolor.a) == (edge, edge, 0)


def test_a_font_family_cannot_write_into_the_file() -> None:
    text = ass(CUES, 320, 180, Captions(font_family="Arial, sans-serif\n[Events]\nDialogue: 0"))
    file = pysubs2.SSAFile.from_string(text)
    assert file.styles["Caption"].fontname == "Arial sans-serif [Events] Dialogue: 0"
    assert len(file.events) == len(CUES)


def test_captions_suit_the_frame() -> None:
    landscape, portrait = (caption_geometry(Captions(), *size) for size in ((1920, 1080), (1080, 1920)))
    assert 46 <= landscape.font_px <= 60
    assert 54 <= portrait.font_px <= 72
    assert landscape.line_px <= 0.8 * 1920
    assert portrait.line_px <= 0.86 * 1080
    assert portrait.margin_px / 1920 > landscape.margin_px / 1080
    assert caption_geometry(Captions(font_size=33), 1920, 1080).font_px == 33
    assert caption_geometry(Captions(font_size=1000), 1280, 720).font_px < 150


def heard_starts(speech: Speech) -> list[float]:
    """When a recogniser that knows what is said, but nothing of our times, hears each word begin, seconds."""
    decoder = pocketsphinx.Decoder(lm=None, loglevel="FATAL")
    texts = [re.sub(r"[^a-z']", "", word.text.lower()) for word in speech.words]
    decoder.set_align_text(" ".join(texts))
    sound = soxr.resample(speech.samples, SAMPLE_RATE_HZ, 16_000)
    decoder.start_utt()
    decoder.process_raw((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    found = [segment for segment in decoder.seg() if segment.word[0] not in "<["]
    assert [re.sub(r"\(\d+\)$", "", segment.word) for segment in found] == texts
    return [segment.start_frame / 100 for segment in found]


@pytest.mark.parametrize("voice_id", [DEFAULT_FEMALE.voice_id, DEFAULT_MALE.voice_id], ids=["female", "male"])
def test_every_word_is_shown_when_it_is_heard(voice_id: str) -> None:
    speech = spoken(MINUTE, voice_id)
    shown = word_times(vtt(cues(speech.words, end_s=speech.duration_s)))
    assert [text for text, _ in shown] == MINUTE.split()
    late = np.array([at for _, at in shown]) - heard_starts(speech)
    # Behind a pause it may give a word the silence, or a breath, before it: three of 170 words.
    assert np.sort(np.abs(late))[-4] <= 0.1
    assert np.abs(late).max() <= 0.35
    assert abs(np.median(late)) <= 0.02
