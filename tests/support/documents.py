"""The documents as their readers see them: sections, tables, code."""

from __future__ import annotations

import re

from places import ROOT

README = ROOT / "README.md"
DOCS = sorted((ROOT / "docs").glob("*.md"))

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)

Row = list[str]


def page(name: str) -> str:
    """The text of docs/NAME.md."""
    return (ROOT / "docs" / f"{name}.md").read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of this language; of none where it is empty."""
    return [body for kind, body in _FENCED.findall(text) if kind == language]


def code(text: str) -> list[str]:
    """What stands in backquotes outside of fenced blocks, on one line."""
    spans = re.findall(r"(?<!`)`([^`]+)`(?!`)", _FENCED.sub("", text))
    return [" ".join(span.replace("\\|", "|").split()) for span in spans]


def sections(text: str) -> list[tuple[str, str]]:
    """Each heading and the text below it, up to the next one."""
    parts = _HEADING.split(_FENCED.sub(lambda match: match[0].replace("\n#", "\n #"), text))[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def section(text: str, heading: str) -> str:
    """The text below a heading, up to the next one of any level."""
    (found,) = [body for name, body in sections(text) if name == heading]
    return found


def whole_section(text: str, heading: str) -> str:
    """The text below a heading with the sections in it."""
    level = re.search(rf"^(#+) +{re.escape(heading)}$", text, re.MULTILINE)
    assert level, heading
    return re.split(rf"^#{{1,{len(level[1])}}} ", text[level.end() :], maxsplit=1, flags=re.MULTILINE)[0]


def cells(row: str) -> Row:
    """The cells of a line of a table; a bar that is written `\\|` parts nothing."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def tables(text: str) -> list[list[Row]]:
    """Every table, its header first, without the line below that."""
    found: list[list[Row]] = []
    lines = [*_FENCED.sub("", text).splitlines(), ""]
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("|"):
            if not before.startswith("|"):
                found.append([])
            if not re.fullmatch(r"[|\s:-]+", line):
                found[-1].append(cells(line))
    return found


def rows(text: str, header: str = "") -> list[Row]:
    """The rows of the tables whose first column has this header; of all where it is empty."""
    return [row for table in tables(text) if not header or table[0][0] == header for row in table[1:]]


def heading_slugs(text: str) -> set[str]:
    """What the headings are linked by, as GitHub makes it."""
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading, _ in sections(text)]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}
