"""`limelight photo`: an account's talking photos, on the server's own data; a running server sees changes at once."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from limelight.cli.console import ERRORS, plain, print_table, say
from limelight.cli.data import DATA_DIR, DataDir, opened_account
from limelight.cli.mentions import by_option
from limelight.errors import SpecError, about

if TYPE_CHECKING:
    from limelight.cli.localfiles import LocalFiles
    from limelight.results import Further
    from limelight.store import Account, Objects, Store
    from limelight.store.photos import Photo

AccountId = Annotated[str | None, typer.Option(help="Whose photos, by the account's id.", show_default="the owner's")]
_STATEMENT = "Do you state that you may use the likeness of the person in this photo?"

photo = typer.Typer(help="Add, list and remove talking photos.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(photo, name="photo")


@photo.command()
def add(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="A portrait: JPEG, PNG, WebP or GIF. Several after --more are further pictures too.",
            show_default=False,
        ),
    ],
    more: Annotated[
        list[Path] | None,
        typer.Option(
            help="A further picture of the same person, such as one with teeth; up to eight.", show_default=False
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Its name.", show_default="the file's")] = None,
    consent: Annotated[
        bool,
        typer.Option("--i-may-use-this-likeness", help="State that you may; without it, a terminal asks."),
    ] = False,
    account: AccountId = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Make a photo a presenter; it is looked at, and its id is printed."""
    from limelight.render import check_portrait
    from limelight.service.uploads import keep_photo
    from limelight.spec import ROLES

    file, *others = files
    if others and not more:
        raise SpecError(f"file is invalid: {others[0]} is a second one; further pictures of a person follow --more")
    check_files(file, further := [*(more or ()), *others])
    with about(ROLES["portrait"], str(file)):
        seen = check_portrait(file)
    if not (consent or (ERRORS.is_terminal and typer.confirm(_STATEMENT, err=True))):
        raise SpecError(
            "consent is missing: say with --i-may-use-this-likeness that you may use the person's likeness."
        )
    used = report_further(file, further)
    with _account(data_dir, account, make=True) as (store, objects, its):
        keep = partial(keep_photo, store, objects, content_type="", account=its, consent=True)
        front = keep(file, name=name or file.stem, seen=seen, gave=() if used else None)
        for picture, one in used.items():
            keep(picture, name=picture.stem, seen=one.seen, group_id=front.id, gave=one.gave)
    if front.note:
        ERRORS.print(f"{plain(str(file))}: {plain(front.note)}", highlight=False, soft_wrap=True)
    say(front.id)


def check_files(front: Path, further: Sequence[Path]) -> None:
    """Raise SpecError where there are too many pictures of a person, or one is given twice or is not a picture."""
    from limelight.spec import MAX_MORE

    if len(further) > MAX_MORE:
        raise SpecError(f"more is invalid: {len(further)} further pictures are given, the limit is {MAX_MORE}")
    pictures = [front, *further]
    for i, file in enumerate(pictures):
        by_option(str(file), "photo", "more" if i else "file")
        if any(file.samefile(other) for other in pictures[:i]):
            raise SpecError(f"{'more' if i else 'file'} is invalid: {file} is given twice")


def report_further(front: Path, further: Sequence[Path], *, quiet: bool = False) -> dict[Path, Further]:
    """The further pictures of a person that the rig uses, and for what; prints a line for each one unless `quiet`."""
    from limelight.render import check_further

    found = dict(zip(further, check_further(front, further) if further else (), strict=True))
    for file, one in found.items():
        if not quiet:
            ERRORS.print(f"{plain(str(file))} {plain(str(one))}", highlight=False, soft_wrap=True)
    return {file: one for file, one in found.items() if one.gave}


@photo.command("list")
def list_(account: AccountId = None, data_dir: DataDir = DATA_DIR) -> None:
    """List the talking photos, oldest first: who stated when that their likeness may be used, how many faces show.

    Further pictures of a person follow the one that speaks, with what they give to it.
    """
    from limelight.store.photos import person

    with _account(data_dir, account) as (store, _, its):
        found = store.photos.all(its.id)
    table = Table("id", "name", "added", "consent", "faces", "gives", box=None, pad_edge=False)
    groups: dict[str, list[Photo]] = {}
    for one in found:
        groups.setdefault(one.group_id if one.gave is not None else one.id, []).append(one)
    for looks in groups.values():
        for one in person(looks) or looks:
            consent = f"{plain(one.consent.by)}, {_day(one.consent.at_ms)}" if one.consent else "none stated"
            gives = ", ".join(one.gave or ())
            table.add_row(one.id, plain(one.name), _day(one.created_ms), consent, str(one.faces or ""), gives)
    print_table(table)


@photo.command()
def remove(
    photo_id: Annotated[str, typer.Argument(help="An id of `limelight photo list`.", show_default=False)],
    account: AccountId = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Delete a talking photo and everything made from it but videos."""
    from limelight.service.uploads import forget_photos

    with _account(data_dir, account) as (store, objects, its):
        if not forget_photos(store, objects, its.id, photo_id=photo_id):
            raise SpecError(f"photo {photo_id} not found; `limelight photo list` shows those there are.")
    say(f"{photo_id} is removed")


def find_photo(photo_id: str, local: LocalFiles, data_dir: Path, folder: Path) -> tuple[str, ...]:
    """Copy a kept photo's pictures into `folder` and add them to `local`; gives their ids, the first of which speaks.

    Empty where there is no such photo.
    """
    from limelight.store import OWNER

    if local.asset(photo_id):
        return (photo_id,)
    try:
        with _account(data_dir, OWNER) as (store, objects, its):
            found = [store.assets.get(id, its.id) for id in store.photos.pictures(photo_id, its.id)]
            assets = [asset for asset in found if asset is not None]
            for asset in assets:
                local.add(asset.id, objects.fetch(asset.key, folder / asset.id), "image")
            return tuple(asset.id for asset in assets)
    except SpecError:  # there is no data folder of a server
        return ()


@contextmanager
def _account(data_dir: Path, account_id: str | None, *, make: bool = False) -> Iterator[tuple[Store, Objects, Account]]:
    """The store and the account of `opened_account`, and the server's objects."""
    from limelight.store import Objects

    with opened_account(data_dir, account_id, make=make) as (store, its):
        yield store, Objects(data_dir / "objects"), its


def _day(ms: int) -> str:
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC).strftime("%Y-%m-%d")
