"""`limelight webhooks`: endpoints and deliveries. Reads the store, also beside a running server."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from limelight.cli.console import plain, say
from limelight.cli.data import DATA_DIR, DataDir, opened_store

if TYPE_CHECKING:
    from limelight.store.webhooks import Attempt, Delivery

webhooks = typer.Typer(help="Where accounts are told that a video has ended, and how that went.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(webhooks, name="webhooks")


@webhooks.command()
def log(
    video: Annotated[str | None, typer.Option(help="Only what tells of this video.", show_default="of all")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 50,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Show what was sent, the newest first: event, URL, every attempt, and when the next one is."""
    with opened_store(data_dir) as store:
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
def listed(data_dir: DataDir = DATA_DIR) -> None:
    """List the endpoints of every account: id, account, URL, events."""
    with opened_store(data_dir) as store:
        for account in store.accounts.all():
            for endpoint in store.webhooks.endpoints(account.id):
                events = "all" if endpoint.events is None else ", ".join(endpoint.events)
                say(f"{endpoint.id}  {plain(account.name)}  {plain(endpoint.url)}  {events}")


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
    """A time in UTC, to the second."""
    when = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC)
    return when.strftime("%Y-%m-%d %H:%M:%SZ")
