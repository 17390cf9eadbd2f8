"""A server's data, for commands that work on it beside a running server or without one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from limelight.errors import SpecError

if TYPE_CHECKING:
    from limelight.store import Account, Store

DataDir = Annotated[Path, typer.Option(help="The server's data folder, where LIMELIGHT_DATABASE_URL is not set.")]
DATA_DIR = Path("limelight-data")


@contextmanager
def opened_store(data_dir: Path, *, make: bool = False) -> Iterator[Store]:
    """The server's store, closed at the end of the with block. Raises SpecError where there is no such server.

    With `make`, makes the data folder and the tables where there are none. Never migrates existing tables, because a
    running server may be of an older version.
    """
    from limelight.service.settings import Settings
    from limelight.store import Store
    from limelight.store.database import standing
    from limelight.store.private import make_private_folder

    settings = Settings.from_environment(data_dir, os.environ)
    if settings.database_url is None:
        if not make and not (data_dir / "limelight.db").exists():
            raise SpecError(f"{data_dir} is no server's data folder; say which with --data-dir.")
        if make:
            make_private_folder(data_dir)
    store = Store(settings.store_url, migrate=make and standing(settings.store_url).now is None)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def opened_account(
    data_dir: Path, account_id: str | None = None, *, make: bool = False
) -> Iterator[tuple[Store, Account]]:
    """As `opened_store`, with an account, by default the owner's. Raises SpecError where it is unknown."""
    from limelight.store import OWNER

    with opened_store(data_dir, make=make) as store:
        yield store, account_of(store, account_id or OWNER)


def account_of(store: Store, account_id: str) -> Account:
    """The account of this id. Raises SpecError where there is none."""
    account = store.accounts.get(account_id)
    if account is None:
        raise SpecError(f"account {account_id} not found; `limelight keys list` shows those there are.")
    return account
