"""The command line's help: its defaults are shown, and the short words that everybody tries are known."""

import re

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from limelight import __version__
from limelight.cli import app


def commands(command=None, words=()):
    """Each command by its words, groups too, those that are not for users left out."""
    command = command or get_command(app)
    yield words, command
    for name, below in getattr(command, "commands", {}).items():
        if not below.hidden:
            yield from commands(below, (*words, name))


COMMANDS = list(commands())


def help_of(words, option="--help"):
    result = CliRunner().invoke(app, [*words, option], env={"COLUMNS": "400", "TERM": "dumb"})
    assert result.exit_code == 0, result.output
    return result.output


def row_of(text, option):
    """The line of an option in a help."""
    (line,) = [line for line in text.splitlines() if re.match(rf"│[ *]+(\S+ +)?{re.escape(option)} ", line)]
    return line


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[" ".join(words) for words, _ in COMMANDS])
def test_defaults_are_shown(words, command):
    text = help_of(words)
    for option in command.params:
        if option.param_type_name != "option" or option.is_flag:
            continue
        assert "[" not in (option.help or ""), "Rich takes it for markup, and drops it"
        if isinstance(option.show_default, str):
            assert f"[default: ({option.show_default})]" in row_of(text, max(option.opts, key=len))
        elif option.default not in (None, "") and not callable(option.default):
            assert f"[default: {option.default}]" in row_of(text, max(option.opts, key=len))
        else:
            assert option.required or option.show_default is False or option.default == "", (
                f"{option.opts}: say what is so where it is not given, or that nothing is"
            )


def test_known_defaults_are_there():
    """So that the test above cannot pass for having found nothing."""
    render = help_of(("render",))
    for option, default in (
        ("--avatar", "(the first)"), ("--size", "(1920x1080)"), ("--fps", "(25)"), ("--output", "out.mp4"),
        ("--voice", "(the avatar's own)"), ("--background", "(white)"), ("--data-dir", "limelight-data"),
    ):  # fmt: skip
        assert f"[default: {default}]" in row_of(render, option)
    assert "[default: (http://127.0.0.1:8080)]" in row_of(help_of(("wait",)), "--server")
    assert len(COMMANDS) > 30


@pytest.mark.parametrize("words", [(), ("render",), ("voices", "add")])
def test_the_short_word_for_help(words):
    assert help_of(words, "-h") == help_of(words)


def test_the_version():
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"limelight {__version__}\n")


def test_no_command_is_no_success():
    assert CliRunner().invoke(app, []).exit_code == 2
    assert CliRunner().invoke(app, ["rendr"]).exit_code == 2
