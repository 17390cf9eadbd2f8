"""Make the fonts that text is drawn with: `python tools/fonts/build.py FOLDER`, see README.md beside this.

FOLDER holds Debian's Noto fonts (fonts-noto-core, fonts-noto-extra, fonts-noto-cjk) and npm's
@expo-google-fonts/noto-emoji. Written are subsets without hints, the licence with the copyright of each font
(`OFL.txt`), and `coverage.json`: of each family, in the order in which it is asked for a character, its name, its file,
whether it has a bold cut, and the ranges of characters that it has.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import textwrap
from collections.abc import Container, Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

OUT = Path(__file__).resolve().parents[2] / "src/limelight/lettering/fonts"
#: Fonts that are kept whole, regular and bold.
WHOLE = ("NotoSans", "NotoSansArabic", "NotoSansHebrew", "NotoSansDevanagari", "NotoSansThai")
#: Fonts of one script each, by how many people read them, regular and bold; they keep nothing of Latin or of other
#: scripts' signs, which would be asked for them first.
BOTH = (
    *("Bengali", "Telugu", "Tamil", "Gujarati", "Kannada", "Malayalam", "Oriya", "Gurmukhi", "Myanmar", "Ethiopic"),
    *("Sinhala", "Khmer", "Lao", "Georgian", "Armenian"),
)
#: The same without their bold cuts, which have fewer readers than bytes.
REGULAR = (
    *("Javanese", "Sundanese", "Balinese", "Mongolian", "Thaana", "Syriac", "NKo", "Adlam", "Tifinagh", "Yi", "Vai"),
    *("OlChiki", "MeeteiMayek", "Chakma", "HanifiRohingya", "SylotiNagri", "Lepcha", "Limbu", "Saurashtra", "Cham"),
    *(
        "TaiLe",
        "NewTaiLue",
        "TaiTham",
        "TaiViet",
        "KayahLi",
        "Lisu",
        "Buginese",
        "Batak",
        "Rejang",
        "Tagalog",
        "Osmanya",
    ),
    *("Cherokee", "CanadianAboriginal"),
)
#: Tibetan has no sans.
TIBETAN = "NotoSerifTibetan"
OTHERS = {
    *(*range(0x21, 0x7F), *range(0xA1, 0x250), *range(0x2000, 0x200C), *range(0x2010, 0x202F), *range(0x2030, 0x25CC)),
    *(*range(0x25CD, 0x2C00), *range(0x3000, 0x3040)),
}
#: Arrows, signs of mathematics and of currencies, lines, shapes, stars, ticks, and letters of mathematics.
SIGNS: dict[str, list[int]] = {
    "NotoSansSymbols": [*range(0x20A0, 0x2150), *range(0x2190, 0x2400), *range(0x2460, 0x2800), *range(0x2B00, 0x2C00)],
    "NotoSansSymbols2": [*range(0x2190, 0x2400), *range(0x2440, 0x2800), *range(0x2B00, 0x2C00)],
    "NotoSansMath": [*range(0x2190, 0x2400), *range(0x27C0, 0x2800), *range(0x1D400, 0x1D800)],
}
EMOJI = "NotoEmoji"
SMALL = (*(f"NotoSans{script}" for script in (*BOTH, *REGULAR)), TIBETAN)
#: Places of the languages in NotoSansCJK-Regular.ttc.
JAPANESE, KOREAN, CHINESE = 0, 1, 2

PUNCTUATION = [*range(0x2010, 0x2028), *range(0x3000, 0x3040), *range(0xFF00, 0xFFF0)]


def jis_x_0208() -> list[int]:
    """The kanji, kana and signs of the Japanese standard."""
    found = []
    for lead in range(0xA1, 0xF5):
        for trail in range(0xA1, 0xFF):
            try:
                found.append(ord(bytes((lead, trail)).decode("euc_jp")))
            except UnicodeDecodeError:
                continue
    return found


CJK: dict[str, tuple[int, list[int]]] = {
    "NotoSansCJKsc": (CHINESE, [*range(0x4E00, 0xA000), *range(0x3100, 0x3130), *PUNCTUATION]),
    "NotoSansCJKjp": (JAPANESE, [*jis_x_0208(), *range(0x3040, 0x3100), *PUNCTUATION]),
    "NotoSansCJKkr": (KOREAN, [*range(0xAC00, 0xD7A4), *range(0x1100, 0x1200), *range(0x3130, 0x3190), *PUNCTUATION]),
}


def subset(font: TTFont, characters: Iterable[int], path: Path) -> set[int]:
    """Write a subset without hints; gives the characters it has."""
    options = Options()
    options.hinting = False
    options.layout_features = (
        ["*"] if path.suffix == ".ttf" else ["ccmp", "kern", "liga", "locl", "calt", "ljmo", "vjmo", "tjmo"]
    )
    options.name_IDs = [1, 2, 3, 4, 5, 6, 13, 14, 16, 17]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.save(path)
    return set(font.getBestCmap())


def licence(folder: Path) -> str:
    """The SIL Open Font License as Debian's packages carry it, under the copyright lines of the fonts."""
    fonts = [TTFont(source(folder, name)) for name in (*WHOLE, *SMALL, *SIGNS)]
    fonts.append(TTCollection(next(folder.rglob("NotoSansCJK-Regular.ttc"))).fonts[CHINESE])
    fonts.append(TTFont(source(folder, EMOJI)))
    notices = dict.fromkeys(f"{family_of(font).removesuffix(' SC')}: {font['name'].getDebugName(0)}" for font in fonts)
    text = next(folder.rglob("fonts-noto-core/copyright")).read_text("utf-8")
    # Debian's format: a field goes on as long as its lines are indented, and a full stop alone is an empty line.
    field = text.split("License: OFL-1.1\n PREAMBLE", 1)[1].split("\nLicense:", 1)[0]
    lines = ["PREAMBLE", *("" if line == " ." else line.removeprefix(" ") for line in field.splitlines())]
    paragraphs = [" ".join(paragraph.split()) for paragraph in "\n".join(lines).split("\n\n") if paragraph.strip()]
    head = (
        "The fonts in this folder are subsets of these; their copyright:",
        "\n".join(notices),
        "This Font Software is licensed under the SIL Open Font License, Version 1.1, which is also available with a "
        "FAQ at https://openfontlicense.org",
        "-" * 60 + "\nSIL OPEN FONT LICENSE Version 1.1 - 26 February 2007\n" + "-" * 60,
    )
    parts = (*head, *paragraphs)
    filled = (part if "\n" in part else textwrap.fill(part, 80, break_on_hyphens=False) for part in parts)
    return "\n\n".join(filled) + "\n"


def source(folder: Path, name: str, weight: str = "Regular") -> Path:
    """A font's file; the emoji's has its weight as a number too."""
    return next(path for path in folder.rglob("*.ttf") if re.fullmatch(rf"{name}[-_](\d+)?{weight}\.ttf", path.name))


def family_of(font: TTFont) -> str:
    """The family's name, as Typst reads it."""
    return str(font["name"].getDebugName(1))


def main() -> None:
    """Build all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    (OUT / "OFL.txt").write_text(licence(folder), "utf-8")
    families: list[dict[str, object]] = []

    def written(
        name: str, characters: Iterable[int] | None = None, *, without: Container[int] = (), bold: bool
    ) -> None:
        for weight in ("Regular", "Bold") if bold else ("Regular",):
            font = TTFont(source(folder, name, weight))
            wanted = [c for c in characters or font.getBestCmap() if c not in without]
            had = subset(font, wanted, OUT / f"{name}-{weight}.ttf")
        families.append(
            {"family": family_of(font), "file": f"{name}-Regular.ttf", "bold": bold, "characters": ranges(had)}
        )

    for name in WHOLE:
        written(name, bold=True)
    for name in SMALL:
        written(name, without=OTHERS, bold=name.removeprefix("NotoSans") in BOTH)
    for name, (index, characters) in CJK.items():
        font = TTCollection(next(folder.rglob("NotoSansCJK-Regular.ttc"))).fonts[index]
        had = subset(font, characters, OUT / f"{name}-Regular.otf")
        families.append(
            {"family": family_of(font), "file": f"{name}-Regular.otf", "bold": False, "characters": ranges(had)}
        )
    for name, characters in SIGNS.items():
        written(name, characters, bold=False)
    written(EMOJI, bold=False)
    (OUT / "coverage.json").write_text(json.dumps(families, separators=(",", ":")))
    sizes = {path.name: path.stat().st_size for path in sorted(OUT.iterdir())}
    small = sum(size for name, size in sizes.items() if not name.startswith((*(f"{name}-" for name in WHOLE), *CJK)))
    print(f"{sum(sizes.values()) / 1e6:.2f} MB in {OUT}, {small / 1e6:.2f} MB without the large ones")


def ranges(characters: set[int]) -> list[list[int]]:
    """First and last of each run of characters."""
    found: list[list[int]] = []
    for character in sorted(characters):
        if found and found[-1][1] == character - 1:
            found[-1][1] = character
        else:
            found.append([character, character])
    return found


if __name__ == "__main__":
    main()
