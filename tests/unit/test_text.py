"""Text on pictures against another layout of the same words: shaped by HarfBuzz and filled by FreeType, here."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import freetype
import numpy as np
import pytest
import typst
import uharfbuzz as hb
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from numpy.typing import NDArray

from limelight.compose.text import TextStyle, block, draw, line_width, overlay
from limelight.errors import LimelightError
from limelight.lettering.contrast import contrast
from limelight.lettering.families import FONTS, check_own_fonts, drawable, families, own_fonts
from limelight.lettering.widths import lines
from limelight.puppet import raster
from limelight.service.settings import Settings
from limelight.spec import TextOverlay

SIZE = 96.0
LATIN, ARABIC, HEBREW = "NotoSans", "NotoSansArabic", "NotoSansHebrew"
DEVANAGARI, THAI = "NotoSansDevanagari", "NotoSansThai"
CHINESE, JAPANESE, KOREAN = "NotoSansCJKsc", "NotoSansCJKjp", "NotoSansCJKkr"
EMOJI, SIGNS, MORE_SIGNS, MATHS = "NotoEmoji", "NotoSansSymbols", "NotoSansSymbols2", "NotoSansMath"
WELCOME, HERE = "مرحبًا بكم في شركتنا", "ยินดีต้อนรับสู่ที่นี่"

#: What is written, and in which font its glyphs are to be found.
SCRIPTS = {
    "Latin": ("Wäre Łódź à ça?", LATIN),
    "decomposed Latin": ("e\u0301 d\u0301 A\u030a", LATIN),
    "Cyrillic": ("Съешь ещё булок", LATIN),
    "Greek": ("Ξεσκεπάζω τὴν", LATIN),
    "Vietnamese": ("Quảng Ngãi được ễ Ấ", LATIN),
    "Arabic": (WELCOME, ARABIC),
    "Arabic with vowels and ligatures": ("مُحَمَّدٌ لا الله", ARABIC),
    "Persian with a non-joiner": ("می\u200cخواهم", ARABIC),
    "Arabic with a joiner": ("ه\u200d", ARABIC),
    "Arabic digits": ("٢٠٢٤", ARABIC),
    "Hebrew": ("שָׁלוֹם", HEBREW),
    "Devanagari with conjuncts": ("क्षत्रिय विद्यार्थी", DEVANAGARI),
    "Devanagari with half forms": ("र्\u200dय क्\u200dष", DEVANAGARI),
    "Thai": (HERE, THAI),
    "Thai with piled marks": ("น้ำ ปู่ ญู กุ้ง", THAI),
    "Chinese": ("欢迎来到公司。", CHINESE),
    "Japanese": ("ようこそ会社ガ", JAPANESE),
    "Japanese forms of shared characters": ("直今骨は", JAPANESE),
    "Korean": ("안녕하세요", KOREAN),
    "Bengali": ("শুভ সকাল ক্ষ্ম জ্ঞান", "NotoSansBengali"),
    "Telugu": ("స్నేహితులారా", "NotoSansTelugu"),
    "Tamil": ("வணக்கம் நண்பர்களே", "NotoSansTamil"),
    "Gujarati": ("મિત્રો", "NotoSansGujarati"),
    "Kannada": ("ಸ್ನೇಹಿತರೇ", "NotoSansKannada"),
    "Malayalam": ("സുഹൃത്തുക്കൾ", "NotoSansMalayalam"),
    "Odia": ("ଶୁଭ ସକାଳ ବନ୍ଧୁ", "NotoSansOriya"),
    "Gurmukhi": ("ਸ਼ੁਭ ਸਵੇਰ ਦੋਸਤੋ", "NotoSansGurmukhi"),
    "Burmese": ("မင်္ဂလာနံနက်ခင်းပါ", "NotoSansMyanmar"),
    "Amharic": ("እንደምን አደራችሁ", "NotoSansEthiopic"),
    "Sinhala": ("ශ්‍රී", "NotoSansSinhala"),
    "Khmer": ("អរុណសួស្តី មិត្តភក្តិ", "NotoSansKhmer"),
    "Lao": ("ສະບາຍດີ ນ້ຳ", "NotoSansLao"),
    "Georgian": ("გამარჯობა", "NotoSansGeorgian"),
    "Armenian": ("Բարև ձեզ", "NotoSansArmenian"),
    "Tibetan": ("བཀྲ་ཤིས་བདེ་ལེགས།", "NotoSerifTibetan"),
    "Javanese": ("ꦱꦸꦒꦼꦁ ꦲꦺꦚ꧀ꦗꦁ", "NotoSansJavanese"),
    "Mongolian": ("ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ", "NotoSansMongolian"),
    "Thaana": ("ދިވެހިރާއްޖެ", "NotoSansThaana"),
    "Syriac": ("ܫܠܡܐ ܥܠܝܟܘܢ", "NotoSansSyriac"),
    "N'Ko": ("ߒߞߏ ߣߌ߫ ߛߐ߲߬", "NotoSansNKo"),
    "Adlam": ("𞤔𞤢𞤥", "NotoSansAdlam"),
    "Cherokee": ("ᎣᏏᏲ", "NotoSansCherokee"),
    "Inuktitut": ("ᐅᓪᓛᒃᑯᑦ", "NotoSansCanadianAboriginal"),
    "Tifinagh": ("ⴰⵣⵓⵍ", "NotoSansTifinagh"),
    "Yi": ("ꆈꌠꁱꂷ", "NotoSansYi"),
    "Ol Chiki": ("ᱡᱚᱦᱟᱨ", "NotoSansOlChiki"),
    "emoji": ("🎉🚀✅", EMOJI),
    "a family, a skin tone and a profession": ("👨‍👩‍👧👋🏽👩🏿‍💻", EMOJI),
    "flags, of a country and of a part of one": ("🇩🇪🏴󠁧󠁢󠁥󠁮󠁧󠁿", EMOJI),
    "keycaps": ("1️⃣#️⃣", EMOJI),
    "older signs as emoji": ("❤️‍🔥☎️", EMOJI),
    "signs": ("⚙⚛", SIGNS),
    "ticks and arrows": ("✓⌘⯈", MORE_SIGNS),
    "mathematics": ("∑∮𝐁𝒮", MATHS),
    "markup": ("#let *a* _b_ $x$ \\n @c <d> [e] `f` =g // - \"h\" 'i' -- ~ {j}", LATIN),
}

Cover = NDArray[np.uint8]
#: A text, its font, and its direction and features where they are not those of its script.
Run = tuple[str, str] | tuple[str, str, str | None, dict[str, bool]]


def font_file(name: str, bold: bool = False) -> str:
    return f"{FONTS / name}-{'Bold' if bold else 'Regular'}.{'otf' if 'CJK' in name else 'ttf'}"


def glyphs(run: Run, bold: bool = False) -> tuple[list[int], list[hb.GlyphPosition], str]:
    """Glyphs from left to right with their places, and their font's file."""
    text, name, direction, features = run if len(run) == 4 else (*run, None, {})
    font = hb.Font(hb.Face(hb.Blob.from_file_path(font_file(name, bold))))
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    if direction or text[0].isnumeric():
        buffer.direction = direction or "ltr"
    hb.shape(font, buffer, features)
    return [info.codepoint for info in buffer.glyph_infos], buffer.glyph_positions, font_file(name, bold)


def laid_out(*runs: Run, bold: bool = False) -> Cover:
    """The other layout: runs from left to right on one line, without the room around them."""
    shaped = [glyphs(run, bold) for run in runs]
    scales = [SIZE / hb.Face(hb.Blob.from_file_path(file)).upem for _, _, file in shaped]
    width = SIZE * 2 + sum(
        scale * place.x_advance for scale, (_, places, _) in zip(scales, shaped, strict=True) for place in places
    )
    picture = np.zeros((int(4 * SIZE), int(width)), np.uint8)
    pen_x, pen_y = SIZE, 2.5 * SIZE
    for scale, (ids, places, file) in zip(scales, shaped, strict=True):
        face = freetype.Face(file)
        face.set_char_size(round(SIZE * 64))
        for glyph, place in zip(ids, places, strict=True):
            x, y = pen_x + place.x_offset * scale, pen_y - place.y_offset * scale
            shift = freetype.Vector(round(x % 1 * 64), round(-y % 1 * 64))
            face.set_transform(freetype.Matrix(0x10000, 0, 0, 0x10000), shift)
            face.load_glyph(glyph, freetype.FT_LOAD_NO_HINTING | freetype.FT_LOAD_NO_BITMAP)
            face.glyph.render(freetype.FT_RENDER_MODE_NORMAL)
            bitmap = face.glyph.bitmap
            ink = np.array(bitmap.buffer, np.uint8).reshape(bitmap.rows, -1)[:, : bitmap.width] if bitmap.rows else None
            if ink is not None:
                top, left = int(np.ceil(y)) - face.glyph.bitmap_top, int(x) + face.glyph.bitmap_left
                under = picture[top : top + ink.shape[0], left : left + ink.shape[1]]
                np.maximum(under, ink, out=under)
            pen_x += place.x_advance * scale
    return picture


def inked(cover: Cover) -> NDArray[np.bool_]:
    """Where there is ink, without the room around it."""
    ink = cover > 127
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def likeness(one: Cover, other: Cover) -> float:
    """Ink that both have, of all ink, when their boxes lie on each other as well as they can."""
    a, b = inked(one), inked(other)
    height, width = (max(a.shape[i], b.shape[i]) + 4 for i in (0, 1))
    still, best = np.zeros((height, width), bool), 0.0
    still[2 : 2 + a.shape[0], 2 : 2 + a.shape[1]] = a
    for dy in range(min(height - b.shape[0] + 1, 9)):
        for dx in range(min(width - b.shape[1] + 1, 9)):
            moved = np.zeros_like(still)
            moved[dy : dy + b.shape[0], dx : dx + b.shape[1]] = b
            best = max(best, float((still & moved).sum() / (still | moved).sum()))
    return best


def drawn(text: str, *, width: float | None = None, bold: bool = False, **style: object) -> Cover:
    return draw(text, TextStyle(size_px=SIZE, bold=bold, **style), width)[..., 3]  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "font"), SCRIPTS.values(), ids=SCRIPTS.keys())
def test_every_script_is_shaped_and_drawn_as_by_another_library(text: str, font: str) -> None:
    assert 0 not in glyphs((text, font))[0], "the font has all of it"
    assert likeness(drawn(text), laid_out((text, font))) > 0.93


@pytest.mark.parametrize(
    ("text", "font"), [("Größe", LATIN), (WELCOME, ARABIC), ("שלום", HEBREW), ("क्षत्रिय", DEVANAGARI), (HERE, THAI)]
)
def test_bold_is_the_bold_cut(text: str, font: str) -> None:
    assert likeness(drawn(text, bold=True), laid_out((text, font), bold=True)) > 0.93
    assert likeness(drawn(text, bold=True), laid_out((text, font))) < 0.85


def test_bold_chinese_japanese_and_korean_have_thicker_strokes() -> None:
    for text in ("欢迎", "ようこそ", "안녕"):
        plain, bold = drawn(text) > 127, drawn(text, bold=True) > 127
        assert 1.15 < bold.sum() / plain.sum() < 1.8


@pytest.mark.parametrize(
    ("text", "font", "direction", "off"),
    [
        (WELCOME, ARABIC, "ltr", ()),
        (WELCOME, ARABIC, None, ("init", "medi", "fina")),
        ("שלום עולם", HEBREW, "ltr", ()),
        (HERE, THAI, None, ("mark", "mkmk", "ccmp")),
    ],
    ids=["Arabic backwards", "Arabic unjoined", "Hebrew backwards", "Thai without places for marks"],
)
def test_the_comparison_sees_wrong_layouts(text: str, font: str, direction: str | None, off: tuple[str, ...]) -> None:
    wrong = laid_out((text, font, direction, dict.fromkeys(off, False)))
    assert likeness(drawn(text), wrong) < 0.6
    assert likeness(laid_out((text, font)), wrong) < 0.6


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("Wi-Fi في المكتب now", [("Wi-Fi ", LATIN), ("في المكتب", ARABIC), (" now", LATIN)]),
        ("مكتب Wi-Fi جديد", [("جديد", ARABIC), (" Wi-Fi ", LATIN), ("مكتب", ARABIC)]),
        ("عام 2024", [("2024 ", LATIN), ("عام", ARABIC)]),
        ("שלום (2024).", [(".(2024) ", LATIN), ("שלום", HEBREW)]),
        ("Go 日本 ไทย हिन्दी!", [
            ("Go ", LATIN), ("日本", CHINESE), (" ", LATIN), ("ไทย", THAI), (" ", LATIN),
            ("हिन्दी", DEVANAGARI), ("!", LATIN),
        ]),
    ],
    ids=["Arabic in English", "English in Arabic", "Arabic with a number", "Hebrew with signs", "many scripts"],
)  # fmt: skip
def test_mixed_scripts_stand_in_the_order_they_are_read(text: str, runs: list[Run]) -> None:
    assert likeness(drawn(text), laid_out(*runs)) > 0.93


@pytest.mark.parametrize("text", [text for text, _ in SCRIPTS.values()], ids=SCRIPTS.keys())
def test_every_character_adds_ink(text: str) -> None:
    whole = draw(text, TextStyle(size_px=40))
    for i, character in enumerate(text):
        if character not in " \u200c\u200d\ufe0f" and not (
            "\U0001f3fb" <= character <= "\U0001f3ff" or character >= "\U000e0020"
        ):
            without = draw(text[:i] + text[i + 1 :], TextStyle(size_px=40))
            assert not np.array_equal(whole, without), f"{character!r} at {i}"


@pytest.mark.parametrize(
    ("text", "boxed"),
    [
        ("Hi 𒀀𒀁 there", "Hi ▯▯ there"),
        ("x\ue000\U000323b0", "x▯▯"),
        ("e\u0301\U00011366", "é▯"),
        ("😀\U0001fad9\U0001faff", "😀\U0001fad9▯"),
        ("a\U00012005\u0301b", "a▯b"),
        ("ab\ufff9\u0f3e", "ab▯"),
        ("✨\u200d\U00012005", "✨\u200d▯"),
    ],
    ids=[
        "cuneiform",
        "private and new characters",
        "a mark",
        "an emoji that is not there yet",
        "a missing letter with its mark",
        "a mark of another script",
        "what cannot join an emoji",
    ],
)
def test_a_box_stands_for_what_no_font_has(text: str, boxed: str) -> None:
    assert np.array_equal(drawn(text), drawn(boxed))
    assert drawable(text).missing and not drawable(boxed).missing
    assert drawn("▯").any()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\U000e0041b\ufffe\x07c", "abc"),
        ("a\tb", "a b"),
        ("a\u2028b", "a\nb"),
        ("Go\ufe0f!", "Go!"),
        ("a\u034fb", "ab"),
    ],
)
def test_what_is_never_seen_leaves_no_box(text: str, left: str) -> None:
    assert np.array_equal(drawn(text), drawn(left))
    assert not drawable(text).missing


def test_emoji_are_one_sign_however_they_are_written() -> None:
    one = line_width("🎉", TextStyle(size_px=SIZE))
    for text in ("👨\u200d👩\u200d👧\u200d👦", "👋🏽", "🇩🇪", "1\ufe0f\u20e3", "❤\ufe0f\u200d🔥", "☺\ufe0f"):
        assert line_width(text, TextStyle(size_px=SIZE)) == pytest.approx(one, rel=0.02), text


def test_a_sign_is_of_the_text_until_it_is_asked_to_be_an_emoji() -> None:
    assert likeness(drawn("✓"), laid_out(("✓", MORE_SIGNS))) > 0.93
    assert likeness(drawn("©"), laid_out(("©", LATIN))) > 0.93
    assert likeness(drawn("✔\ufe0f"), laid_out(("✔\ufe0f", EMOJI))) > 0.93


@pytest.mark.parametrize("text", ["", " \n ", "\ufe0f", "\u200d"])
def test_nothing_to_draw_is_nothing(text: str) -> None:
    assert not drawn(text).any()
    assert not overlay(TextOverlay(text=text), 320, 180).rgba.any()


def test_the_list_of_characters_is_what_the_fonts_have() -> None:
    shipped: dict[str, dict[str, set[int]]] = {}
    for font in typst.Fonts(False, False, [str(FONTS)]).fonts():
        assert font.path
        shipped.setdefault(font.family, {})[font.path] = set(hb.Face(hb.Blob.from_file_path(font.path)).unicodes)
    listed = {family.name: family for family in families()}
    assert listed.keys() == shipped.keys()
    for name, files in shipped.items():
        told = {c for a, b in zip(listed[name].firsts, listed[name].lasts, strict=True) for c in range(a, b + 1)}
        assert all(had == told for had in files.values()), name
        told_files = {str(cut[0]) for cut in (listed[name].regular, listed[name].bold) if cut}
        assert told_files == set(files), name


def test_the_fonts_carry_their_licence() -> None:
    text = (FONTS / "OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in text and "PERMISSION & CONDITIONS" in text
    for family in families():
        assert f"\n{'Noto Sans CJK' if 'CJK' in family.name else family.name}: " in text, family.name


# lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("We plan our work together", "We plan our\nwork\ntogether"),
        ("วันนี้เราจะพบลูกค้าที่บริษัท", "วันนี้เราจะพบ\nลูกค้าที่\nบริษัท"),
        ("今日は3社と話します。明日も。", "今日は3社\nと話しま\nす。明日\nも。"),
        ("နေကောင်းလားမိတ်ဆွေ", "နေကောင်း\nလားမိတ်ဆွေ"),
        ("ສະບາຍດີຕ້ອນຮັບທ່ານ", "ສະບາຍດີ\nຕ້ອນຮັບທ່ານ"),
        ("ប្រជាជនកម្ពុជា", "ប្រជាជន\nកម្ពុជា"),
        ("བོད་ཀྱི་སྐད་ཡིག", "བོད་ཀྱི་\nསྐད་ཡིག"),
        ("안녕하세요 여러분께 감사합니다", "안녕하세요\n여러분께\n감사합니다"),
        ("韓國語學校에서 배웁니다", "韓國語學校에서\n배웁니다"),
        ("extra-large", "extra-\nlarge"),
        ("مرحبًا بكم في شركتنا", "مرحبًا بكم في\nشركتنا"),
    ],
    ids=[
        *("English", "Thai between its words", "Japanese, no line beginning with a full stop", "Burmese between words"),
        *("Lao between words", "Khmer between words", "Tibetan after a syllable", "Korean between words"),
        *("Korean with hanja", "hyphen", "Arabic"),
    ],
)
def test_lines_break_where_their_language_allows(text: str, lines: str) -> None:
    widest = max(line_width(line, TextStyle(size_px=SIZE)) for line in lines.splitlines())
    box = int(widest) + 2
    assert likeness(drawn(text, width=box, align="left"), drawn(lines, align="left")) > 0.97


@pytest.mark.parametrize(
    "text",
    [
        *("Donaudampfschifffahrt", "WWWWWWWW", "מאאאאאאאאאאאא", "กรุงเทพมหานคร", "क्षत्रियक्षत्रियक्षत्रिय"),
        *("동해물과백두산이마르고", "សាធារណរដ្ឋប្រជាមានិត", "བསྒྲུབས་བསྒྲིགས་བསྒྲུབས", "👩🏿\u200d💻👋🏽🎉🚀✅"),
    ],
)
@pytest.mark.parametrize("before", ["", "A "])
def test_a_word_that_is_wider_than_the_box_breaks_and_loses_nothing(text: str, before: str) -> None:
    width = 3.5 * SIZE
    assert line_width(text, TextStyle(size_px=SIZE)) > width
    broken = block(before + text, TextStyle(size_px=SIZE), width)
    assert broken.x >= -2
    assert broken.x + broken.picture.shape[1] <= width + 4
    ink, whole_ink = (float(cover.sum()) for cover in (broken.picture[..., 3], drawn(before + text)))
    assert ink == pytest.approx(whole_ink, rel=0.03)
    assert broken.height >= 2 * 1.2 * SIZE - 2


@pytest.mark.parametrize(
    "text",
    [
        "We will look at how a wonderful company can plan its work. " * 3, "extra-large words, well-known (2026) " * 3,
        "مرحبًا بكم في شركتنا اليوم " * 4, "शुभ प्रभात विद्यार्थी " * 4, "안녕하세요 여러분 환영합니다 " * 4,
        "日本語の文章はどこでも改行できます。" * 3, "Donaudampfschifffahrt " * 3, "🎉👋🏽 Party " * 8, "one\n\nthree",
    ],
    ids=["English", "hyphens", "Arabic", "Hindi", "Korean", "Japanese", "wide words", "emoji", "short lines"],
)  # fmt: skip
def test_lines_are_counted_as_they_are_drawn(text: str) -> None:
    for bold in (False, True):
        drawn_as = block(text, TextStyle(size_px=24, bold=bold), 200.0)
        counted = lines(drawable(text).text, "Noto Sans", bold=bold, box=200 / 24)
        assert counted.number == round(drawn_as.height / (24 * 1.2))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\n\n"])
def test_line_breaks_of_the_text_are_kept(ending: str) -> None:
    rows = np.flatnonzero((drawn(f"H{ending}H") > 127).any(1))
    first, second = rows[0], rows[np.flatnonzero(np.diff(rows) > 1)[0] + 1]
    assert second - first == pytest.approx(1.2 * SIZE * ending.replace("\r\n", "\n").count(ending[-1]), abs=1)


def test_the_width_of_a_line_is_the_sum_of_its_letters_advances() -> None:
    for text, font in ((WELCOME, ARABIC), ("Wäre Łódź", LATIN), (HERE, THAI)):
        advance = sum(place.x_advance for place in glyphs((text, font))[1]) * SIZE / 1000
        assert line_width(text, TextStyle(size_px=SIZE)) == pytest.approx(advance, abs=0.5)


def test_lines_of_full_stops_are_centred_like_others() -> None:
    cover = drawn("HHHH\nHH.")
    middles = [np.flatnonzero((half > 127).any(0)) for half in np.array_split(cover, 2)]
    stop = line_width(".", TextStyle(size_px=SIZE))
    h_end = middles[1][-1] + 1 - stop
    assert (middles[1][0] + h_end + stop) / 2 == pytest.approx((middles[0][0] + middles[0][-1]) / 2, abs=0.06 * SIZE)


# overlays

WIDTH, HEIGHT = 640, 360


def shown(text: str = "H", size: float = 48, frame: tuple[int, int] = (WIDTH, HEIGHT), **fields: object) -> Cover:
    """A frame's ink."""
    fields = {"colour": "#ffffff"} | fields
    patch = overlay(TextOverlay(text=text, font_size=size, **fields), *frame)  # type: ignore[arg-type]
    picture = np.zeros((frame[1], frame[0], 4), np.uint8)
    height, width = patch.rgba.shape[:2]
    assert not any(n % 2 for n in (patch.x, patch.y, height, width)), "planes of half the size need even places"
    raster.over(picture[patch.y : patch.y + height, patch.x : patch.x + width], patch.rgba)
    return picture[..., 3]


def bounds(cover: Cover) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the ink."""
    rows, columns = np.flatnonzero((cover > 127).any(1)), np.flatnonzero((cover > 127).any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize("size", [12, 48, 200])
def test_the_font_size_is_in_pixels_of_the_film(size: float) -> None:
    _, top, _, bottom = bounds(shown(size=size))
    assert bottom - top == pytest.approx(0.714 * size, abs=1), "the height of capitals in Noto Sans"


def test_weight_makes_strokes_thicker() -> None:
    stroke = [np.diff(bounds(shown("l", 100, weight=weight))[::2])[0] for weight in ("normal", "bold")]
    assert stroke[1] > 1.4 * stroke[0]


def test_the_colour_is_the_one_asked_for() -> None:
    rgba = overlay(TextOverlay(text="HHH", font_size=80, colour="#3060c0"), WIDTH, HEIGHT).rgba
    assert (rgba[rgba[..., 3] == 255][:, :3] == (0x30, 0x60, 0xC0)).all()
    assert (rgba[..., :3] <= rgba[..., 3:]).all(), "premultiplied"


@pytest.mark.parametrize("position", [(0.0, 0.0), (0.25, 0.5), (0.05, 0.05)])
def test_the_box_begins_at_the_position(position: tuple[float, float]) -> None:
    left, top, _, _ = bounds(shown(position=position))
    # An H begins 0.098 em after its place, and its top is 0.274 em below that of its line.
    assert left == pytest.approx(position[0] * WIDTH + 0.098 * 48, abs=2)
    assert top == pytest.approx(position[1] * HEIGHT + 0.274 * 48, abs=2)


@pytest.mark.parametrize(("align", "share"), [("left", 0.0), ("center", 0.5), ("right", 1.0)])
@pytest.mark.parametrize("text", ["HH", "שלום"])
def test_alignment_is_in_the_box_whatever_the_direction(align: str, share: float, text: str) -> None:
    left, _, right, _ = bounds(shown(text, position=(0.2, 0.1), width=0.6, align=align))
    free = 0.6 * WIDTH - (right - left)
    assert left - 0.2 * WIDTH == pytest.approx(share * free, abs=0.13 * 48)


@pytest.mark.parametrize("line_height", [1.0, 1.2, 2.5])
def test_lines_are_as_far_apart_as_asked(line_height: float) -> None:
    both, one = bounds(shown("H\nH", line_height=line_height)), bounds(shown("H", line_height=line_height))
    assert both[3] - one[3] == pytest.approx(line_height * 48, abs=1)
    assert both[1] == one[1]


def test_lines_wrap_at_the_box_s_width() -> None:
    text = "all our plans for the whole of this year in one place"
    narrow, wide = bounds(shown(text, 24, width=0.3)), bounds(shown(text, 24, width=0.9))
    assert narrow[2] - narrow[0] <= 0.3 * WIDTH < wide[2] - wide[0] <= 0.9 * WIDTH
    assert narrow[3] - narrow[1] > 2 * (wide[3] - wide[1])


def test_a_family_that_is_not_there_is_replaced() -> None:
    assert np.array_equal(shown("Hamburg שלום", font_family="Comic Sans"), shown("Hamburg שלום"))


@pytest.mark.parametrize(("dx", "dy"), [(-80, 0), (0, -80), (200, 0), (0, 280), (-80, 280)])
def test_text_off_the_edge_is_cut_there(dx: int, dy: int) -> None:
    """The same words in a frame four times as large, where all of them are seen."""
    large = (3 * WIDTH, 3 * HEIGHT)
    spot = WIDTH + 60 + dx, HEIGHT + 30 + dy
    whole = shown("Hamburg", 100, large, position=(spot[0] / large[0], spot[1] / large[1]), width=0.3)
    cut = shown("Hamburg", 100, position=((60 + dx) / WIDTH, (30 + dy) / HEIGHT), width=0.9)
    assert np.array_equal(cut, whole[HEIGHT : 2 * HEIGHT, WIDTH : 2 * WIDTH])
    assert 0 < (cut > 127).sum() < (whole > 127).sum()


@pytest.mark.parametrize("position", [(1.5, 0.1), (-3.0, 0.1), (0.1, 7.0), (0.1, -9.0)])
def test_text_outside_of_the_frame_is_not_seen(position: tuple[float, float]) -> None:
    assert not shown("Hamburg", 60, position=position).any()


LONG = {
    "words": ("All our plans for this year. " * 40)[:1000],
    "one word": "W" * 1000,
    "Arabic": (WELCOME * 60)[:1000],
    "Thai": (HERE * 60)[:1000],
    "Chinese": "".join(chr(0x4E00 + 7 * i) for i in range(1000)),
}


@pytest.mark.parametrize("size", [4, 1000])
@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_long_texts_of_the_smallest_and_the_largest_size_are_drawn(text: str, size: float) -> None:
    assert len(text) == 1000
    ink = shown(text, size, (1920, 1440)) > 60
    assert ink.any()
    if size == 4:
        assert not ink[720:].any(), "all of it is in the frame"


def test_sizes_grow_evenly() -> None:
    widths = [bounds(shown("Hamburg", size))[2] - bounds(shown("Hamburg", size))[0] for size in (10, 20, 40, 80)]
    assert all(b / a == pytest.approx(2, rel=0.06) for a, b in pairwise(widths))


@pytest.mark.parametrize("weight", ["normal", "bold"])
@pytest.mark.parametrize(
    "text", ["日a" * 500, "日 " * 500, "ไ\n" * 500, "#日" * 500], ids=["letters", "spaces", "lines", "signs"]
)
def test_a_thousand_changes_of_script_are_drawn(text: str, weight: str) -> None:
    assert shown(text, 8, weight=weight).any()


# colours


def behind(*colours: tuple[int, int, int]) -> NDArray[np.uint8]:
    """A frame of columns in these colours, each 16 pixels wide, again and again."""
    columns = np.array(colours, np.uint8)[np.arange(WIDTH) // 16 % len(colours)]
    return np.broadcast_to(columns, (HEIGHT, WIDTH, 3)).copy()


def laid_on(frame: NDArray[np.uint8], *, moves: bool = False, **fields: object) -> NDArray[np.uint8]:
    """A frame with a text on it that names no colour."""
    text = TextOverlay(text="HHHHHHHH", font_size=60, **fields)  # type: ignore[arg-type]
    patch = overlay(text, WIDTH, HEIGHT, [frame], moves=moves)
    picture = np.dstack([frame, np.full(frame.shape[:2], 255, np.uint8)])
    raster.over(picture[patch.y : patch.y + patch.rgba.shape[0], patch.x : patch.x + patch.rgba.shape[1]], patch.rgba)
    return picture[..., :3]


@pytest.mark.parametrize(
    ("colour", "ink"),
    [
        ((255, 255, 255), 0), ((18, 32, 58), 255), ((0, 0, 0), 255), ((128, 128, 128), 0), ((255, 224, 0), 0),
        ((0, 0, 255), 255), ((46, 125, 50), 255), ((215, 38, 43), 255), ((255, 120, 120), 0),
    ],
    ids=["white", "navy", "black", "grey", "yellow", "blue", "green", "red", "pink"],
)  # fmt: skip
def test_text_without_a_colour_is_read_on_one_colour_and_has_no_edge(colour: tuple[int, int, int], ink: int) -> None:
    frame = behind(colour)
    shown = laid_on(frame)
    changed = shown[(shown != frame).any(-1)]
    solid = changed[(changed == ink).all(-1)]
    assert len(solid) > 500
    assert contrast(f"#{ink:02x}{ink:02x}{ink:02x}", np.array(colour, np.uint8)) >= 4.5
    between = np.sort([colour, (ink, ink, ink)], 0)
    assert ((changed >= between[0]) & (changed <= between[1])).all(), "nothing of a third colour"


@pytest.mark.parametrize(
    ("colours", "moves"),
    [(((255, 255, 255), (0, 0, 0)), False), (((240, 240, 240), (30, 30, 90), (120, 120, 120)), False),
     (((30, 30, 30),), True), (((230, 230, 230),), True)],
    ids=["stripes", "a picture", "a dark film", "a bright film"],
)  # fmt: skip
def test_where_no_colour_is_read_alone_there_is_an_edge(colours: tuple[tuple[int, int, int], ...], moves: bool) -> None:
    frame = behind(*colours)
    shown = laid_on(frame, moves=moves)
    text = overlay(TextOverlay(text="HHHHHHHH", font_size=60), WIDTH, HEIGHT, [frame], moves=moves)
    ink = int(np.median(text.rgba[text.rgba[..., 3] == 255][:, 0]))
    letters = (shown == ink).all(-1)
    opposite = np.abs(shown.astype(int) - (255 - ink)).max(-1) < 60
    near = cv2.dilate(letters.astype(np.uint8), np.ones((11, 11), np.uint8)) > 0
    changed = (shown != frame).any(-1)
    if set(colours) != {(0, 0, 0), (255, 255, 255)}:
        assert (opposite & near & changed).sum() > 300, "an edge in the other colour goes along the letters"
    assert (changed & ~letters).sum() > 1000


def test_what_is_behind_the_words_alone_decides() -> None:
    frame = behind((255, 255, 255))
    frame[HEIGHT // 2 :] = 0
    assert laid_on(frame)[: HEIGHT // 2].min() == 0
    assert laid_on(frame, position=(0.05, 0.6))[HEIGHT // 2 :].max() == 255


def test_every_moment_of_what_is_behind_counts() -> None:
    text = TextOverlay(text="HHHHHHHH", font_size=60)
    bright, dark = behind((255, 255, 255)), behind((0, 0, 0))
    for frames, expected in (([bright, bright, dark, bright], 0), ([bright, dark, dark, dark], 255)):
        shown = overlay(text, WIDTH, HEIGHT, frames, moves=True).rgba
        ink = int(np.median(shown[shown[..., 3] == 255][:, 0]))
        assert ink == expected, "as most of it needs, not as it begins"


def test_a_colour_that_is_named_is_taken_whatever_is_behind() -> None:
    shown = laid_on(behind((255, 255, 255)), colour="#fefefe")
    assert shown.min() == 254


# the owner's own fonts


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes a font with these characters, each a block, in a folder of own fonts."""

    def made(family: str, characters: str, *, weight: int = 400) -> Path:
        names = dict.fromkeys(map(ord, characters), "block")
        font = FontBuilder(1000)
        font.setupGlyphOrder([".notdef", "block"])
        font.setupCharacterMap(names)
        pen = TTGlyphPen(None)
        for i, point in enumerate([(50, 0), (50, 700), (weight, 700), (weight, 0)]):
            (pen.lineTo if i else pen.moveTo)(point)
        pen.closePath()
        font.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "block": pen.glyph()})
        font.setupHorizontalMetrics({".notdef": (500, 0), "block": (950, 50)})
        font.setupHorizontalHeader(ascent=800, descent=-200)
        style = "Bold" if weight > 500 else "Regular"
        font.setupNameTable({"familyName": family, "styleName": style, "fullName": family, "psName": f"own-{weight}"})
        font.setupOS2(usWeightClass=weight)
        font.setupPost()
        file = tmp_path / f"{family}-{weight}.ttf"
        font.save(file)
        monkeypatch.setenv("LIMELIGHT_FONTS", str(tmp_path))
        own_fonts.cache_clear()
        return file

    return made


def test_an_own_font_is_asked_for_by_its_name(own: Callable[..., Path]) -> None:
    before = drawn("AB")
    own("My Face", "ABC")
    asked = drawn("AB", font_family="my face")
    assert (asked > 127).sum() > 1.4 * (before > 127).sum(), "two blocks"
    assert np.array_equal(drawn("AB"), before), "who does not ask for it sees nothing of it"
    assert np.array_equal(drawn("AB", font_family="Nowhere, 'My Face', serif"), asked)


def test_an_own_font_draws_what_no_other_has(own: Callable[..., Path]) -> None:
    boxed = drawn("\U00012000")
    assert drawable("\U00012000").missing
    own("Cuneiform", "\U00012000")
    assert not drawable("\U00012000").missing
    assert (drawn("\U00012000") > 127).sum() > 2 * (boxed > 127).sum()


def test_an_own_font_takes_the_place_of_a_shipped_one_of_its_name(own: Callable[..., Path]) -> None:
    own("Noto Sans Georgian", "ა")
    block_of = drawn("ა") > 127
    assert block_of.mean() > 0.2 and inked(drawn("ა")).all()
    assert drawable("ბ").missing, "and it alone is asked"


def test_an_own_family_has_its_bold_cut(own: Callable[..., Path]) -> None:
    own("Own", "A")
    own("Own", "A", weight=700)
    plain, bold = (inked(drawn("A", font_family="Own", bold=is_bold)).shape[1] for is_bold in (False, True))
    assert bold - plain == pytest.approx(0.3 * SIZE, abs=2)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder / "nowhere", "there is no such folder"),
        (lambda folder: folder / "font.ttf", "it is a file"),
        (lambda folder: folder, "has no font (.ttf, .otf, .ttc, .otc) that can be read"),
    ],
    ids=["missing", "a file", "no font"],
)
def test_a_folder_that_is_none_is_an_error_at_the_start(
    make: Callable[[Path], Path], said: str, tmp_path: Path
) -> None:
    (tmp_path / "font.ttf").write_bytes(b"no font")
    with pytest.raises(LimelightError, match="LIMELIGHT_FONTS is invalid: ") as error:
        Settings.from_environment(tmp_path, {"LIMELIGHT_FONTS": str(make(tmp_path))})
    assert said in error.value.message


def test_a_file_that_is_no_font_is_told_and_left_out(own: Callable[..., Path], tmp_path: Path) -> None:
    own("Own", "A")
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    own_fonts.cache_clear()
    found = check_own_fonts({"LIMELIGHT_FONTS": str(tmp_path)})
    assert [family.name for family in found.families] == ["Own"]
    assert [file.name for file in found.unread] == ["broken.ttf"]
