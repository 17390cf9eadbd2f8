"""`limelight webhooks`: where accounts are told, and how that went. Reads the store, beside a running server too."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from limelight.cli.console import plain, say
from limelight.errors import StoreError

if TYPE_CHECKING:
    from limelight.store import Store
    from limelight.store.webhooks import Attempt, Delivery

DataDir = Annotated[Path, typer.Option(help="The server's data folder.")]
_DATA_DIR = Path("limelight-data")

webhooks = typer.Typer(help="Where accounts are told that a video has ended, and how that went.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(webhooks, name="webhooks")


@webhooks.command()
def log(
    video: Annotated[str | None, typer.Option(help="Only what tells of this video.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 50,
    data_dir: DataDir = _DATA_DIR,
) -> None:
    """Show what was sent, the newest first: event, URL, every attempt, and when the next one is."""
    with _store(data_dir) as store:
        deliveries = store.webhooks.log(limit, video_id=video)
    for delivery in deliveries:
        say(f"{_time(delivery.created_ms)}  [bold]{delivery.event_type}[/]  video {delivery.video_id}")
        say(f"  event {delivery.event_id}  account {delivery.account_id}")
        say(f"  {plain(delivery.url)}  {_state(delivery)}")
        for attempt in delivery.attempts:
            say(f"    {attempt.number}  {_time(attempt.at_ms)}  {plain(_result(attempt))}")
    if not deliveries:
        say("Nothing was sent yet.")


@webhooks.command("list")
def listed(data_dir: DataDir = _DATA_DIR) -> None:
    """List the endpoints of every account: id, account, URL, events."""
    with _store(data_dir) as store:
        for account in store.accounts.all():
            for endpoint in store.webhooks.endpoints(account.id):
                events = "all" if endpoint.events is None else ", ".join(endpoint.events)
                say(f"{endpoint.id}  {plain(account.name)}  {plain(endpoint.url)}  {events}")


@contextmanager
def _store(data_dir: Path) -> Iterator[Store]:
    """The rows of a server. Raises StoreError where no server has kept any there."""
    from limelight.api.settings import Settings
    from limelight.store import Store

    settings = Settings.from_environment(data_dir, os.environ)
    if settings.database_url is None and not (data_dir / "limelight.db").exists():
        raise StoreError(f"there is no server's data in {data_dir}; name its folder with --data-dir.")
    store = Store(settings.store_url)
    try:
        yield store
    finally:
        store.close()


def _state(delivery: Delivery) -> str:
    match delivery.state:
        case "waiting":
            return f"[yellow]waiting[/], next try {_time(delivery.next_ms)}" if delivery.next_ms else "waiting"
        case "delivered":
            return "[green]delivered[/]"
        case "failed":
            return "[red]given up[/]"


def _result(attempt: Attempt) -> str:
    return f"answered {attempt.status}" if attempt.status is not None else attempt.error or ""


def _time(milliseconds: int) -> str:
    """UTC, to a second."""
    when = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC)
    return when.strftime("%Y-%m-%d %H:%M:%SZ")
