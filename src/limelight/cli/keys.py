"""`limelight keys`: accounts and their API keys, on the server's own data; a running server sees changes at once."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from limelight.cli.console import plain, print_table, say
from limelight.cli.data import DATA_DIR, DataDir, account_of, opened_store
from limelight.errors import SpecError
from limelight.names import one_line

if TYPE_CHECKING:
    from limelight.store import Account, Key


class PlanName(StrEnum):
    """The plans of accounts."""

    free = "free"
    creator = "creator"
    team = "team"
    enterprise = "enterprise"


class StyleName(StrEnum):
    """The styles of a key's v2 errors."""

    string = "string"
    object = "object"


keys = typer.Typer(help="Create, list and revoke API keys.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(keys, name="keys")


@keys.command()
def create(
    name: Annotated[str, typer.Option(help="What the key is for; also the name of a new account.")],
    plan: Annotated[PlanName | None, typer.Option(help="Of a new account.", show_default="enterprise")] = None,
    credits: Annotated[int | None, typer.Option(help="Of a new account.", show_default="its plan's", min=0)] = None,
    concurrency: Annotated[
        int | None, typer.Option(help="Videos of a new account made at once.", show_default="its plan's", min=1)
    ] = None,
    account: Annotated[
        str | None, typer.Option(help="Id of the account that the key is for.", show_default="a new one")
    ] = (None),
    error_style: Annotated[
        StyleName | None, typer.Option(help="How v2's errors are written for this key.", show_default="the server's")
    ] = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Create a key, which is shown once, and an account for it unless one is named."""
    from limelight.service.accounts import new_account, new_key

    if account and (plan or credits is not None or concurrency is not None):
        raise SpecError("--plan, --credits and --concurrency are for a new account, not for the one of --account.")
    name = one_line(name)
    with opened_store(data_dir, make=True) as store:
        if account:
            its = account_of(store, account)
        else:
            its = new_account(
                store, name, plan.value if plan else "enterprise", credits=credits, concurrency=concurrency
            )
        key = new_key(store, its.id, name, error_style.value if error_style else None)
    say(f"account {its.id} ({plain(its.name)}, {its.plan}, {_left(its)} left)")
    say(f"key     {key}")
    say("The key is shown this once: only its hash is kept.")


@keys.command("list")
def list_(data_dir: DataDir = DATA_DIR) -> None:
    """List the accounts with their keys."""
    with opened_store(data_dir) as store:
        accounts, listed = store.accounts.all(), store.accounts.keys()
    columns = ("account", "name", "plan", "left", "used", "at once", "key", "key's name", "created", "revoked")
    table = Table(*columns, box=None, pad_edge=False)
    for account in accounts:
        its: list[Key | None] = [key for key in listed if key.account_id == account.id]
        for key in its or [None]:
            table.add_row(*_account_cells(account), *_key_cells(key))
    print_table(table)


@keys.command()
def revoke(
    start: Annotated[str, typer.Argument(help="How the key begins, as `list` shows it, or the whole key.")],
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Let a key be good no more, at once."""
    from limelight.service.accounts import key_hash

    if not start:
        raise SpecError("START is invalid: it is empty.")
    with opened_store(data_dir) as store:
        whole = key_hash(start)
        in_force = [key for key in store.accounts.keys() if key.revoked_ms is None]  # noqa: SIM118 (no dict)
        found = [key for key in in_force if key.hash == whole or key.start.startswith(start)]
        if not found:
            raise SpecError("no key in force begins so; give what `limelight keys list` shows, or the whole key.")
        if len(found) > 1:
            raise SpecError(f"{len(found)} keys begin with {start}; give the whole key.")
        store.accounts.revoke(found[0].hash)
    say(f"revoked {found[0].start}… ({plain(found[0].name)})")


@keys.command()
def grant(
    account: Annotated[str, typer.Argument(help="The account's id.")],
    credits: Annotated[int, typer.Argument(help="Credits to add; one is a minute of film.", min=1)],
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Give an account more credits."""
    from limelight.service.accounts import CREDIT_S

    with opened_store(data_dir) as store:
        if account_of(store, account).left_s is None:
            raise SpecError(f"account {account} has no limit, there is nothing to add to.")
        store.accounts.grant(account, credits * CREDIT_S)
        say(f"account {account} has {_left(account_of(store, account))} left")


def _account_cells(account: Account) -> tuple[str, ...]:
    at_once = "no limit" if account.concurrency is None else str(account.concurrency)
    used = f"{_credits(account.used_s)} credits"
    return account.id, plain(account.name), account.plan, _left(account), used, at_once


def _key_cells(key: Key | None) -> tuple[str, ...]:
    if key is None:
        return "–", "", "", ""
    revoked = _day(key.revoked_ms) if key.revoked_ms else "–"
    return f"{key.start}…", plain(key.name), _day(key.created_ms), revoked


def _left(account: Account) -> str:
    return "no limit" if account.left_s is None else f"{_credits(account.left_s)} credits"


def _credits(seconds: int) -> str:
    from limelight.service.accounts import CREDIT_S

    return f"{seconds / CREDIT_S:.2f}".rstrip("0").rstrip(".")


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
