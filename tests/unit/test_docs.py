"""What the documents say is true of the program, and what the program has is in the documents.

The HTTP API's half of this is in test_api_docs.py.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import inspect
import re
import shlex
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from bench.platforms import PYTHONS, SYSTEMS
from documents import DOCS, README, blocks, code, heading_slugs, page, rows, section, sections, tables
from limelight import client
from limelight.catalog.avatars import RENDERED, avatars, presenters
from limelight.catalog.voices import shipped_voices, voice
from limelight.cli import app
from places import ROOT

#: What a user reads. The change log tells of the past, when options had other names.
DOCUMENTS = [README, *DOCS, *sorted((ROOT / "tools").glob("*/README.md"))]
CLI = page("cli")
DEPENDENCIES = page("dependencies")
LICENCES = page("licences")
SDK = page("sdk")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

#: A whole option: `-o` is not found in `--output`, nor `--more` in `--more-of-it`.
OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")
NUMBERS = re.findall(r"\w+", """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen twenty""")  # fmt: skip


# Links


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "CHANGELOG.md"], ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_the_documents_lead_somewhere(document: Path) -> None:
    """To a file that is there, and to a heading that it has."""
    for target in links(document):
        path, _, heading = target.partition("#")
        file = document.parent / path if path else document
        assert file.exists(), f"{document.name} links {target}"
        assert not heading or heading in heading_slugs(file.read_text("utf-8")), f"{document.name} links {target}"


def links(document: Path) -> list[str]:
    """The targets within this repository."""
    found = re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8"))
    return [target for target in found if not target.startswith(("https://", "http://"))]


def test_every_document_is_found_from_the_readme() -> None:
    reached, left = set[Path](), [README]
    while left:
        document = left.pop().resolve()
        if document not in reached and document.suffix == ".md":
            reached.add(document)
            left += [document.parent / target.partition("#")[0] for target in links(document)]
    assert [path.name for path in DOCS if path.resolve() not in reached] == []
    assert len(DOCS) > 10


def test_pictures_of_the_documents_are_shown_or_named() -> None:
    """A picture that no document has any more is only weight."""
    shown = {(document.parent / target).resolve() for document in DOCUMENTS for target in links(document)}
    folders = {ROOT / span for document in DOCUMENTS for span in code(document.read_text("utf-8"))}
    pictures = [path for path in (ROOT / "docs" / "images").rglob("*") if path.is_file()]
    assert len(pictures) > 10
    assert [path.name for path in pictures if path.resolve() not in shown and path.parent not in folders] == []


# The command line


def commands() -> dict[str, Any]:
    """Every command that is meant for users, by its words: `voices add`. Of a group, what it does by itself."""

    def below(group: Any, path: str) -> Iterator[tuple[str, Any]]:
        for name, command in group.commands.items():
            words = f"{path} {name}".strip()
            if not command.hidden and (not hasattr(command, "commands") or command.invoke_without_command):
                yield words, command
            if hasattr(command, "commands"):
                yield from below(command, words)

    return dict(below(get_command(app), ""))


COMMANDS = commands()


def options_of(command: Any) -> set[str]:
    """All names of all its options."""
    return {name for parameter in command.params if parameter.param_type_name == "option" for name in parameter.opts}


def documented_commands() -> dict[str, set[str]]:
    """The commands of docs/cli.md and their options: each has a row of its own, or a section with a table."""
    found: dict[str, set[str]] = {}

    def add(usage: str, more: str = "") -> None:
        words = usage.removeprefix("limelight ")
        name = next(name for name in sorted(COMMANDS, key=len, reverse=True) if re.match(rf"{name}(?![\w-])", words))
        assert name not in found, f"{name} is described twice"
        found[name] = set(OPTION.findall(f"{usage} {more}"))

    for heading, text in sections(CLI):
        rows = [row for table in tables(text) for row in table[1:]]
        if heading.startswith("`limelight "):
            add(heading.strip("`"), " ".join(span for row in rows for span in code(row[0])))
        else:
            for row in rows:
                for usage in code(row[0]):
                    add(usage)
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_with_its_options_and_no_others(name: str) -> None:
    found = documented_commands()
    assert name in found, f"docs/cli.md lacks `limelight {name}`"
    assert sorted(options_of(COMMANDS[name]) - found[name]) == [], "not documented"
    assert sorted(found[name] - options_of(COMMANDS[name])) == [], "documented, and not there"


def test_the_command_line_s_page_names_no_command_that_is_not_there() -> None:
    assert set(documented_commands()) == set(COMMANDS)
    assert {"render", "voices", "voices add", "keys grant"} <= set(COMMANDS), "the commands are found"
    assert "demo" not in COMMANDS, "what `make demo` runs is not for users"


def shell_lines(document: Path) -> list[str]:
    """Each line of its blocks of shell, those that are continued as one."""
    text = document.read_text("utf-8")
    return [
        line for kind in ("sh", "") for block in blocks(text, kind) for line in block.replace("\\\n", " ").split("\n")
    ]


def calls(document: Path) -> list[list[str]]:
    """The words after `limelight` of each call in a block of shell, up to a comment, a pipe or a bracket."""
    found = []
    for line in shell_lines(document):
        for match in re.finditer(r"(?:^|[\s(])(?:\.venv/bin/)?limelight(?= )", line):
            words = shlex.shlex(line[match.end() :], posix=True, punctuation_chars=True)
            words.whitespace_split = True
            call = []
            for word in words:
                if set(word) <= set("()|<>;&"):
                    break
                call.append(word)
            found.append(call)
    return found


def mentions(document: Path) -> list[str]:
    """What the running text calls: `limelight photo add FILE [--name NAME]`."""
    spans = code(document.read_text("utf-8"))
    return [span.removeprefix(".venv/bin/") for span in spans if re.match(r"(\.venv/bin/)?limelight ", span)]


def resolved(words: list[str]) -> tuple[Any, list[str]]:
    """The command that these words begin with, or a group, and the words that are left."""
    command, left = get_command(app), list(words)
    while left and hasattr(command, "commands") and left[0] in command.commands:
        command = command.commands[left.pop(0)]
    return command, left


def problem_with(call: list[str]) -> str:
    """What the command line's own parser says to a call; empty if nothing. Whether files are there is not asked."""
    command, left = resolved(call)
    if hasattr(command, "commands") and (left or not command.invoke_without_command):
        return f"there is no command {' '.join(call)}"
    context = type(command).context_class(command, info_name="limelight")
    try:
        values, beyond, _ = command.make_parser(context).parse_args(list(left))
    except Exception as error:
        return f"{' '.join(call)}: {error}"
    missing = [p.name for p in command.params if p.required and values.get(p.name) in (None, ())]
    return f"{' '.join(call)}: without {missing}, with {beyond} too many" if missing or beyond else ""


def test_calls_in_the_documents_are_understood_by_the_command_line() -> None:
    """Each line of a block of shell is read by the real parser: command, options, number of arguments."""
    found = [call for document in DOCUMENTS for call in calls(document)]
    assert len(found) > 20 and ["say", "-", "-o", "post.wav"] in found
    assert [problem for call in found if (problem := problem_with(call))] == []


def test_a_wrong_call_would_be_noticed() -> None:
    """The judge of the test above."""
    for wrong in ("rendr --script x", "render --scrip x", "words add", "words add a b", "render --script", "words"):
        assert problem_with(wrong.split()), wrong
    assert not problem_with(["words", "add", "a", "--say", "b"])


def test_commands_and_options_in_the_text_exist() -> None:
    """`limelight keys create --name NAME [--plan free|team]`, `limelight templates list | show ID`."""
    found = [mention for document in DOCUMENTS for mention in mentions(document)]
    assert len(found) > 60
    for mention in found:
        first, *others = mention.removeprefix("limelight ").split(" | ")
        command, left = resolved(first.split())
        group = resolved(first.split()[:1])[0]
        assert command is not get_command(app), f"there is no command `{mention}`"
        assert not hasattr(command, "commands") or not left or left[0][0] in "[-", f"there is no command `{mention}`"
        assert set(OPTION.findall(first)) <= options_of(command), mention
        for other in others:
            name, _, rest = other.partition(" ")
            assert name in group.commands and set(OPTION.findall(rest)) <= options_of(group.commands[name]), mention


def test_options_that_are_named_alone_exist() -> None:
    """`--more smile.jpg`: of the command line, or of a program of bench or tools."""
    known = {option for command in commands_of_all() for option in options_of(command)}
    known |= {"--help", "-h", "--version"} | {
        option for file in programs() for option in OPTION.findall(" ".join(strings(file)))
    }
    found = [
        span for document in DOCUMENTS for span in code(document.read_text("utf-8")) if re.match(r"--?[a-z]", span)
    ]
    assert len(found) > 40
    assert [span for span in found if not set(OPTION.findall(span)) <= known] == []


def commands_of_all() -> list[Any]:
    """The hidden one too."""
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    return [*COMMANDS.values(), group.commands["demo"]]


# Programs beside it


def programs() -> list[Path]:
    return [file for folder in ("bench", "tools") for file in sorted((ROOT / folder).rglob("*.py"))]


def strings(file: Path) -> list[str]:
    """Every text in a program that is no part of a longer expression: options among them."""
    return [
        n.value
        for n in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(n, ast.Constant) and isinstance(n.value, str)
    ]


def python_calls(document: Path) -> list[str]:
    """`python bench/film.py --keep`, in blocks and in the text."""
    text = document.read_text("utf-8")
    spans = [*shell_lines(document), *code(text)]
    return [match[1].partition("  ")[0] for span in spans if (match := re.match(r"python (?!.*<<)(.+)", span))]


def test_programs_that_the_documents_run_are_there_and_take_these_options() -> None:
    found = [(document.name, call) for document in DOCUMENTS for call in python_calls(document)]
    assert len(found) > 15
    for where, call in found:
        program, *arguments = call.removeprefix("-m ").split()
        if call.startswith("-m "):
            parts = ROOT.joinpath(*(["src"] if program.startswith("limelight.") else []), *program.split("."))
            files = sorted(parts.glob("*.py")) or [parts.with_suffix(".py")]
        else:
            files = [ROOT / program]
        assert files and all(file.exists() for file in files), f"{where}: python {call}"
        options = {text for file in files for text in strings(file)}
        assert set(OPTION.findall(" ".join(arguments))) <= options, f"{where}: python {call}"


def test_extras_that_the_documents_install_exist() -> None:
    text = "\n".join(document.read_text("utf-8") for document in DOCUMENTS)
    named = [extra for some in re.findall(r"(?:limelight|\.)\[([a-z,]+)\]", text) for extra in some.split(",")]
    assert len(named) >= 3
    assert set(named) <= set(PROJECT["project"]["optional-dependencies"])


def test_make_offers_what_the_readme_says() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = re.findall(r"`?make ([a-z]+)", README.read_text("utf-8") + "\n".join(re.findall("echo .*", makefile)))
    assert {"demo", "serve", "check", "test", "bench"} <= set(named)
    assert set(named) <= targets


def test_names_of_python_in_the_text_exist() -> None:
    """`limelight.puppet.photo.rig`: a module, or what one has. A file of the data folder is `limelight.db`."""
    found = {match[1] for document in DOCUMENTS for span in code(document.read_text("utf-8"))
             if (match := re.match(r"(limelight(?:\.\w+)+)", span)) and match[1] != "limelight.db"}  # fmt: skip
    assert len(found) >= 4
    for name in found:
        module, _, last = name.rpartition(".")
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            assert hasattr(importlib.import_module(module), last), name


def test_files_of_the_repository_in_the_text_exist() -> None:
    """`tools/cast/people.toml`, `src/limelight/catalog/packs/*.presenter`."""
    folders = "src|tests|tools|bench|findings|docs"
    found = {span for document in DOCUMENTS for span in code(document.read_text("utf-8"))
             if re.fullmatch(rf"(?:{folders})/[\w./*-]+", span)}  # fmt: skip
    assert len(found) > 30
    # What lies in other packages' sources, where recordings to judge by are from.
    elsewhere = {"tests/data/wav"}
    assert [name for name in sorted(found - elsewhere) if not list(ROOT.glob(name))] == []


# Where it installs


def test_systems_and_pythons_are_promised_alike() -> None:
    """By the README, the classifiers, and the script that finds out whether all dependencies have wheels."""
    promised = {system.name: f"{system.promised[0]} to {system.promised[-1]}" for system in SYSTEMS if system.promised}
    assert {row[0]: row[1] for row in rows(README.read_text("utf-8"), "system")} == promised
    assert len(promised) == 5
    assert PROJECT["project"]["requires-python"] == f">={PYTHONS[0]}"
    assert set(PYTHONS) == {python for system in SYSTEMS for python in system.promised}
    listed = [row[0] for row in rows(page("installing"), "system")]
    assert listed == [system.name for system in SYSTEMS]


# The client


def test_every_error_of_the_client_is_in_its_table_and_no_other() -> None:
    table = section(SDK, "Errors and repetition")
    named = {span for span in code(table) if re.fullmatch(r"(?:[A-Z][a-z]+)+", span)}
    assert named == {name for name in client.__all__ if issubclass_of(getattr(client, name), Exception)}


def issubclass_of(thing: object, kind: type) -> bool:
    return inspect.isclass(thing) and issubclass(thing, kind)


def test_every_method_of_the_client_is_shown() -> None:
    shown = set(re.findall(r"client\.(\w+)\(", "\n".join(blocks(SDK, "python"))))
    shown |= {match[1] for span in code(SDK) if (match := re.match(r"(\w+)\(", span))}
    methods = {name for name, _ in inspect.getmembers(client.Client, inspect.isfunction) if not name.startswith("_")}
    assert "speech" in methods
    assert sorted(methods - shown) == []
    assert set(re.findall(r"client\.(\w+)\(", SDK)) <= methods


# Dependencies


def names_in(cell: str) -> list[str]:
    """The packages of a cell: `av (PyAV)`, `alembic, sqlalchemy`, `model-1…4`."""
    found: list[str] = []
    for name in re.sub(r"\([^)]*\)", "", cell).split(","):
        several = re.fullmatch(r"(.*?)(\d)…(\d)", name.strip())
        if several:
            found += [f"{several[1]}{i}" for i in range(int(several[2]), int(several[3]) + 1)]
        else:
            found.append(name.strip())
    return found


def required(requirements: list[str]) -> list[str]:
    return [re.match(r"[A-Za-z0-9._-]+", requirement)[0] for requirement in requirements]  # type: ignore[index]


def test_every_dependency_has_its_reason_and_no_other_thing_has() -> None:
    found = rows(DEPENDENCIES, "package")
    assert sorted(name for row in found for name in names_in(row[0])) == sorted(
        required(PROJECT["project"]["dependencies"])
    )
    assert all(len(row) == 3 and len(row[2]) > 3 for row in found)


@pytest.mark.parametrize("extra", PROJECT["project"]["optional-dependencies"])
def test_every_optional_dependency_has_its_reason_and_no_other_thing_has(extra: str) -> None:
    found = [row for row in rows(DEPENDENCIES, "extra") if row[0] == f"`{extra}`"]
    assert sorted(name for row in found for name in names_in(row[1])) == sorted(
        set(required(PROJECT["project"]["optional-dependencies"][extra]))
    )
    assert all(len(row) == 4 and len(row[3]) > 3 for row in found)


def test_no_extra_is_documented_that_is_not_there() -> None:
    assert {row[0].strip("`") for row in rows(DEPENDENCIES, "extra")} == set(
        PROJECT["project"]["optional-dependencies"]
    )


FAMILIES = ("LGPL", "GPL", "MPL", "Apache", "BSD", "MIT")


def families(text: str) -> set[str]:
    """Which kinds of licence a text names; LGPL is no GPL."""
    words = re.findall(r"[A-Za-z]+", text.replace("Mozilla Public License", "MPL"))
    return {family for family in FAMILIES if any(re.fullmatch(rf"{family}[v\d]*", word) for word in words)}


def test_licences_of_dependencies_are_those_that_their_packages_state() -> None:
    """As far as they are installed here, which all that the product needs are."""
    stated = [(names_in(row[0]), row[1]) for row in rows(DEPENDENCIES, "package")]
    stated += [(names_in(row[1]), row[2]) for row in rows(DEPENDENCIES, "extra")]
    looked_at = set[str]()
    for names, cell in stated:
        licences = cell.split(", ")
        assert len(licences) in (1, len(names)), f"{names}: one licence for all, or one for each"
        for i, name in enumerate(names):
            try:
                told = metadata(name)
            except PackageNotFoundError:
                continue
            expression, licence, classifiers = (
                " ".join(told.get_all(field) or []) for field in ("License-Expression", "License", "Classifier")
            )
            text = f"{expression} {licence[:60]} {classifiers}"
            wanted = families(licences[i % len(licences)])
            assert wanted and wanted <= families(text), f"{name} is documented as {licences[i % len(licences)]}: {text}"
            looked_at.add(name)
    assert looked_at >= set(required(PROJECT["project"]["dependencies"]))


# Licences


def shipped() -> list[PurePosixPath]:
    """What of a wheel is no program, from the repository's root; empty files and texts of licences apart."""
    found = []
    for package in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        for file in sorted((ROOT / package).rglob("*")):
            is_program = file.suffix in (".py", ".pyc") or "__pycache__" in file.parts
            if file.is_file() and file.stat().st_size and not is_program and not is_licence(file.name):
                found.append(PurePosixPath(file.relative_to(ROOT)))
    return found


def is_licence(name: str) -> bool:
    return re.fullmatch(r"(?:.+\.)?(?:LICENSE|NOTICE|OFL)(?:\.txt)?", name) is not None


ASSETS = [(row, [span for span in code(row[0]) if "/" in span]) for row in rows(section(LICENCES, "Assets"), "asset")]


def test_every_asset_in_the_wheel_is_accounted_for() -> None:
    """A file that no line names is one whose licence nobody has looked at."""
    named = [pattern for _, patterns in ASSETS for pattern in patterns]
    files = shipped()
    assert len(files) > 40
    assert [str(file) for file in files if not any(matches(file, pattern) for pattern in named)] == []


def matches(file: PurePosixPath, pattern: str) -> bool:
    """Part by part: a star goes over no slash."""
    return len(file.parts) == len(PurePosixPath(pattern).parts) and file.match(pattern)


def test_every_asset_that_is_licensed_is_there() -> None:
    assert len(ASSETS) > 10
    for row, patterns in ASSETS:
        assert families(row[1]) or "public domain" in row[1] or "SIL" in row[1], f"{row[0]} has no licence"
        for pattern in patterns:
            assert list(ROOT.glob(pattern)), f"{pattern} is not there"


def test_licences_that_are_said_to_lie_beside_an_asset_do() -> None:
    told = [(row, patterns) for row, patterns in ASSETS if re.search(r"licences? (lies?|lie) beside", row[2])]
    assert len(told) >= 4
    for row, patterns in told:
        for pattern in patterns:
            assert any(is_licence(file.name) for file in (ROOT / pattern).parent.iterdir()), row[0]


def test_recordings_and_pictures_of_the_tests_are_licensed() -> None:
    files = [file for file in (ROOT / "tests" / "data").rglob("*") if file.suffix in (".jpg", ".png", ".flac", ".wav")]
    assert len(files) >= 5
    assert [file.name for file in files if f"tests/data/{file.name}" not in code(LICENCES)] == []


def test_filmed_presenters_are_licensed_as_such_and_rendered_ones_are_not() -> None:
    """They have different makers and licences; who is in neither list would be shipped without one."""
    (row,) = [row for row, _ in ASSETS if row[0].startswith("filmed presenters")]
    named = re.search(r"\(([^)]+)\)", row[0])
    filmed = [one.name for one in presenters() if RENDERED not in one.tags]
    assert named and sorted(named[1].split(", ")) == sorted(filmed) and filmed


def test_swagger_ui_is_what_its_licence_is_told_of() -> None:
    """Unmodified files, so that the hashes say of which version they are."""
    folder = ROOT / "src" / "limelight" / "api" / "swagger"
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"`{name}`: `{hashlib.sha256((folder / name).read_bytes()).hexdigest()}`" in LICENCES, name
    version = re.search(r'PACKAGE_VERSION:"([^"]+)"', (folder / "swagger-ui-bundle.js").read_text("utf-8"))
    assert version and f"Swagger UI {version[1]}, `src/limelight/api/swagger/" in LICENCES
    assert {path.name for path in folder.iterdir()} >= {"LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt"}


# Presenters and voices


def test_every_voice_is_in_the_documents_and_no_other() -> None:
    text = page("voices")
    (table,) = [table for table in tables(text) if table[0][:2] == ["name", "id"]]
    told = {row[1].strip("`"): [row[0], *row[2:5], row[5].removesuffix(", fast")] for row in table[1:]}
    assert told == {
        entry.voice_id: [entry.name, entry.locale, entry.gender, entry.age, entry.character]
        for entry in shipped_voices()
    }
    fast = {row[0] for row in table[1:] if row[5].endswith(", fast")}
    assert fast == {entry.name for entry in shipped_voices() if "fast" in entry.tags} != set()


def test_every_presenter_is_in_the_documents_and_no_other() -> None:
    """With the voice that speaks where none is asked for, and what a filmed one can wear."""
    text = page("cast")
    told = [row for row in rows(text, "name") if row[1].startswith("`")]
    shipped_ones = {one.avatar_id: one for one in presenters()}
    assert {row[1].strip("`") for row in told} == set(shipped_ones)
    for row in told:
        one = shipped_ones[row[1].strip("`")]
        assert [row[0], row[2].split(",")[0], row[3]] == [one.name, one.gender, voice(one.default_voice_id).name]
        if RENDERED in one.tags:
            assert sorted(row[4].split(", ")) == sorted(set(one.tags) - {RENDERED}), row
        else:
            looks = [look for look in avatars() if look.pack == one.pack]
            colours = [re.sub(rf"^{one.name}\W*(in)?\W*", "", look.look) for look in looks]
            assert row[4].lower().split(", ") == [colour.strip("() ").lower() for colour in colours]


def test_the_numbers_that_the_readme_boasts_of_are_true() -> None:
    """So many presenters, voices, scenes and sizes: changed with the program, forgotten in the text."""
    readme = " ".join(README.read_text("utf-8").lower().split())
    filmed = sum(RENDERED not in one.tags for one in presenters())
    accents = Counter(one.accent for one in shipped_voices())
    voices = " ".join(page("voices").lower().split())
    for text, claim, number in (
        (readme, "(\\w+) presenters made of photographs", filmed),
        (readme, "(\\w+) rendered ones", len(presenters()) - filmed),
        (readme, "(\\w+) american and british voices", len(shipped_voices())),
        (voices, "(\\w+) english voices", len(shipped_voices())),
        (voices, "(\\w+) american and", accents["American"]),
        (voices, "and (\\w+) british", accents["British"]),
    ):
        told = re.search(claim, text)
        assert told and NUMBERS.index(told[1]) == number, claim
