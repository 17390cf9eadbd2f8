"""`limelight photo`: an account's talking photos, on the server's own data; a running server takes them up at once."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from limelight.cli.console import ERRORS, plain, print_table, say
from limelight.cli.data import DATA_DIR, DataDir, account_of, opened_store
from limelight.errors import SpecError

if TYPE_CHECKING:
    from limelight.localfiles import LocalFiles
    from limelight.store import Account, Objects, Store

AccountId = Annotated[str | None, typer.Option(help="Whose photos, by the account's id. [default: the owner's]")]
_STATEMENT = "Do you state that you may use the likeness of the person in this photo?"

photo = typer.Typer(help="Add, list and remove talking photos.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(photo, name="photo")


@photo.command()
def add(
    file: Annotated[Path, typer.Argument(help="A portrait: JPEG, PNG, WebP or GIF.", show_default=False)],
    name: Annotated[str | None, typer.Option(help="Its name. [default: the file's]", show_default=False)] = None,
    consent: Annotated[
        bool,
        typer.Option("--i-may-use-this-likeness", help="State that you may; without it, a terminal asks."),
    ] = False,
    account: AccountId = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Make a photo a presenter; it is looked at, and its id is printed."""
    from limelight.render import check_portrait
    from limelight.uploads import check_picture, keep_photo

    if not file.is_file():
        raise SpecError(f"file is invalid: {file} is not a file")
    check_picture(file)
    faces = check_portrait(file)
    if not (consent or (ERRORS.is_terminal and typer.confirm(_STATEMENT, err=True))):
        raise SpecError(
            "consent is missing: say with --i-may-use-this-likeness that you may use the person's likeness."
        )
    with _account(data_dir, account, make=True) as (store, objects, its):
        kept = keep_photo(store, objects, file, "", its, name=name or file.stem, consent=True, faces=faces)
    if kept.note:
        ERRORS.print(kept.note)
    say(kept.id)


@photo.command("list")
def list_(account: AccountId = None, data_dir: DataDir = DATA_DIR) -> None:
    """List the talking photos, oldest first: who stated when that their likeness may be used, how many faces show."""
    with _account(data_dir, account) as (store, _, its):
        found = store.photos.all(its.id)
    table = Table("id", "name", "added", "consent", "faces", box=None, pad_edge=False)
    for one in found:
        consent = f"{plain(one.consent.by)}, {_day(one.consent.at_ms)}" if one.consent else "none stated"
        table.add_row(one.id, plain(one.name), _day(one.created_ms), consent, str(one.faces or ""))
    print_table(table)


@photo.command()
def remove(
    photo_id: Annotated[str, typer.Argument(help="An id of `limelight photo list`.", show_default=False)],
    account: AccountId = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Delete a talking photo and everything made from it but videos."""
    from limelight.uploads import forget_photos

    with _account(data_dir, account) as (store, objects, its):
        if not forget_photos(store, objects, its.id, photo_id=photo_id):
            raise SpecError(f"photo {photo_id} not found; `limelight photo list` shows those there are.")
    say(f"{photo_id} is removed")


def find_photo(photo_id: str, local: LocalFiles, data_dir: Path, folder: Path) -> str | None:
    """The id under which `local` then has the picture of a kept photo, a copy in `folder`; None where there is none."""
    from limelight.store import OWNER

    if local.asset(photo_id):
        return photo_id
    try:
        with _account(data_dir, OWNER) as (store, objects, its):
            asset_id = store.photos.picture(photo_id, its.id)
            asset = store.assets.get(asset_id, its.id) if asset_id else None
            if asset is None:
                return None
            local.add(asset.id, objects.fetch(asset.key, folder / asset.id), "image")
            return asset.id
    except SpecError:  # no server has been here
        return None


@contextmanager
def _account(data_dir: Path, account_id: str | None, *, make: bool = False) -> Iterator[tuple[Store, Objects, Account]]:
    """The server's rows and objects and the account. Raises SpecError where there is none, unless one may be made."""
    from limelight.store import OWNER, Objects

    with opened_store(data_dir, make=make) as store:
        yield store, Objects(data_dir / "objects"), account_of(store, account_id or OWNER)


def _day(ms: int) -> str:
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC).strftime("%Y-%m-%d")
