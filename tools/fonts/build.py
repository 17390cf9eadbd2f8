"""Make the fonts that text is drawn with: `python tools/fonts/build.py FOLDER`, see README.md beside this.

FOLDER holds Debian's Noto fonts (fonts-noto-core, fonts-noto-cjk). Written are subsets without hints, the licence with
the copyright of each font (`OFL.txt`), and `coverage.json`: the ranges of characters that some font has.
"""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

OUT = Path(__file__).resolve().parents[2] / "src/limelight/compose/fonts"
#: Scripts that are kept whole, regular and bold.
WHOLE = ("NotoSans", "NotoSansArabic", "NotoSansHebrew", "NotoSansDevanagari", "NotoSansThai")
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
    fonts = [TTFont(next(folder.rglob(f"{family}-Regular.ttf"))) for family in WHOLE]
    fonts.append(TTCollection(next(folder.rglob("NotoSansCJK-Regular.ttc"))).fonts[CHINESE])
    notices = dict.fromkeys(
        f"{font['name'].getDebugName(1).removesuffix(' SC')}: {font['name'].getDebugName(0)}" for font in fonts
    )
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


def main() -> None:
    """Build all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    OUT.mkdir(exist_ok=True)
    (OUT / "OFL.txt").write_text(licence(folder), "utf-8")
    covered: set[int] = set()
    for family in WHOLE:
        for weight in ("Regular", "Bold"):
            name = f"{family}-{weight}.ttf"
            font = TTFont(next(folder.rglob(name)))
            covered |= subset(font, font.getBestCmap(), OUT / name)
    for name, (index, characters) in CJK.items():
        collection = TTCollection(next(folder.rglob("NotoSansCJK-Regular.ttc")))
        covered |= subset(collection.fonts[index], characters, OUT / f"{name}-Regular.otf")
    (OUT / "coverage.json").write_text(json.dumps(ranges(covered)))
    total = sum(path.stat().st_size for path in OUT.iterdir())
    print(f"{total / 1e6:.1f} MB in {OUT}, {len(covered)} characters")


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
