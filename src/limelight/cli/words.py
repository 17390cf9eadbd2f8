"""`limelight words`: pronunciations of words, on the server's own data; a running server sees changes at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from limelight.cli.console import ERRORS, plain, print_table, say
from limelight.cli.data import DATA_DIR, DataDir, opened_account
from limelight.errors import SpecError, StoreError

if TYPE_CHECKING:
    from limelight.spec import WordEntry

AccountId = Annotated[str | None, typer.Option(help="Whose words, by the account's id.", show_default="the owner's")]

words = typer.Typer(help="Say how words are to be spoken.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(words, name="words")


@words.command()
def add(
    word: Annotated[str, typer.Argument(help="A word or phrase, as scripts write it.", show_default=False)],
    said: Annotated[
        str | None, typer.Option("--say", help="What it is called, in other words.", show_default=False)
    ] = None,
    ipa: Annotated[str | None, typer.Option(help="The same by its sounds, in IPA.", show_default=False)] = None,
    case: Annotated[bool, typer.Option("--case", help="Only as it is written here.")] = False,
    account: AccountId = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Add a word, or put it in the place of an equal one. `limelight say` lets it be heard."""
    from limelight.speech.lexicon import MAX_WORDS, word_entry

    entry = word_entry(word, said, ipa, case_sensitive=case)
    with opened_account(data_dir, account, make=True) as (store, its):
        store.words.put(its.id, (entry,), MAX_WORDS)
    say(f"{plain(entry.word)} is called {plain(_called(entry))}")


@words.command("list")
def list_(account: AccountId = None, data_dir: DataDir = DATA_DIR) -> None:
    """List the words."""
    with opened_account(data_dir, account) as (store, its):
        found = store.words.all(its.id)
    table = Table("word", "is called", "case", box=None, pad_edge=False)
    for entry in found:
        table.add_row(plain(entry.word), plain(_called(entry)), "as written" if entry.case_sensitive else "any")
    print_table(table)


@words.command()
def remove(
    word: Annotated[str, typer.Argument(help="A word of `limelight words list`.", show_default=False)],
    account: AccountId = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Forget a word."""
    from limelight.speech.lexicon import canonical_word

    with opened_account(data_dir, account) as (store, its):
        if not store.words.delete(its.id, canonical_word(word)):
            raise SpecError(f"word {word} not found; `limelight words list` shows those there are.")
    say(f"{plain(word)} is removed")


@words.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV with the header word,say,ipa,case; or a PLS lexicon.", show_default=False)
    ],
    account: AccountId = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Add the words of a file: all of them, or none where one is wrong."""
    from limelight.speech.lexicon import MAX_WORDS, read_words

    try:
        entries = read_words(file.read_bytes())
    except OSError as error:
        raise SpecError(f"file is invalid: {file} cannot be read ({error.strerror})") from error
    with opened_account(data_dir, account, make=True) as (store, its):
        store.words.put(its.id, entries, MAX_WORDS)
    say("1 word is kept" if len(entries) == 1 else f"{len(entries)} words are kept")


@words.command()
def export(account: AccountId = None, data_dir: DataDir = DATA_DIR) -> None:
    """Print the words as CSV, such as `import` reads."""
    from limelight.speech.lexicon import written_csv

    with opened_account(data_dir, account) as (store, its):
        typer.echo(written_csv(store.words.all(its.id)), nl=False)


def owner_words(data_dir: Path) -> tuple[WordEntry, ...]:
    """The owner's words in a data folder, for renders without a server; empty where the folder is no server's."""
    try:
        with opened_account(data_dir, None) as (store, its):
            return store.words.all(its.id)
    except SpecError:
        return ()
    except StoreError as error:
        ERRORS.print(f"[yellow]warning:[/] the word list is not used: {plain(error.message)}", soft_wrap=True)
        return ()


def _called(entry: WordEntry) -> str:
    return entry.say or f"/{entry.ipa}/"
