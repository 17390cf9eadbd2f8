"""Webhooks: accounts' endpoints, and deliveries of events to them.

The transaction that ends a video keeps its event, which is sent until it has arrived or is given up: at least once,
whatever crashes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from limelight.names import new_id
from limelight.notices import BATCH_FINISHED
from limelight.store.database import Database, newest_first, now_ms
from limelight.store.models import AttemptRow, BatchRow, DeliveryRow, EndpointRow, VideoRow

#: The name of the fact that says which endpoint a delivery is for; its value is None for a callback URL.
_ENDPOINT = "endpoint_id"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL to which an account's events are sent."""

    id: str
    account_id: str
    url: str
    #: names of events; None for all
    events: tuple[str, ...] | None
    secret: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a delivery."""

    #: counted from 1
    number: int
    at_ms: int
    #: the answer's HTTP status; None where there was no answer, and `error` says why
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one URL; times are milliseconds since 1970, UTC."""

    id: str
    event_id: str
    account_id: str
    event_type: str
    video_id: str
    url: str
    #: the secret that signs the body; empty for the account's own
    secret: str
    #: what the body is made of when it is sent: values, and keys of objects whose URLs are signed then
    facts: Mapping[str, object]
    state: Literal["waiting", "delivered", "failed"]
    created_ms: int
    next_ms: int | None
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Busy:
    """Which deliveries may not be begun now."""

    #: ids of deliveries with an attempt under way
    deliveries: frozenset[str] = frozenset()
    #: ids of accounts at their limit of attempts
    accounts: frozenset[str] = frozenset()
    #: servers at their limit of attempts, as `place` gives them
    places: frozenset[str] = frozenset()


class Webhooks:
    """The webhooks of a database. Every function raises StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, account_id: str, url: str, events: Sequence[str] | None, secret: str) -> Endpoint:
        """A new endpoint."""
        row = EndpointRow(
            id=new_id(),
            account_id=account_id,
            url=url,
            events=list(events) if events is not None else None,
            secret=secret,
            created_ms=now_ms(),
        )
        with self._database.session() as session:
            session.add(row)
            session.flush()
            return _endpoint(row)

    def endpoints(self, account_id: str) -> list[Endpoint]:
        """An account's endpoints, oldest first."""
        query = select(EndpointRow).where(EndpointRow.account_id == account_id)
        with self._database.session() as session:
            return [_endpoint(row) for row in session.scalars(query.order_by(EndpointRow.created_ms, EndpointRow.id))]

    def update(
        self, account_id: str, endpoint_id: str, url: str | None, events: Sequence[str] | None
    ) -> Endpoint | None:
        """Change an endpoint; a None changes nothing, empty events mean all. None where the account has no such one.

        Waiting deliveries to the endpoint go to its new URL.
        """
        with self._database.session() as session:
            row = session.get(EndpointRow, endpoint_id, with_for_update=True)
            if row is None or row.account_id != account_id:
                return None
            row.url = url or row.url
            row.events = (list(events) or None) if events is not None else row.events
            self._redirect(session, account_id, endpoint_id, url=row.url)
            return _endpoint(row)

    def remove(self, account_id: str, endpoint_id: str) -> bool:
        """Delete an endpoint, and give up its waiting deliveries; says whether there was one."""
        with self._database.session() as session:
            gone = delete(EndpointRow).where(EndpointRow.id == endpoint_id, EndpointRow.account_id == account_id)
            if session.execute(gone).rowcount == 0:  # type: ignore[attr-defined]
                return False
            self._redirect(session, account_id, endpoint_id, state="failed", next_ms=None)
            return True

    def _redirect(self, session: Session, account_id: str, endpoint_id: str, **values: object) -> None:
        """Change the waiting deliveries to an endpoint."""
        waiting = select(DeliveryRow.id, DeliveryRow.facts).where(
            DeliveryRow.account_id == account_id, DeliveryRow.state == "waiting"
        )
        rows = session.execute(waiting)
        ids = [id for id, facts in rows if cast("dict[str, object]", facts).get(_ENDPOINT) == endpoint_id]
        change = update(DeliveryRow).where(DeliveryRow.id.in_(ids), DeliveryRow.state == "waiting")
        session.execute(change.values(**values), execution_options={"synchronize_session": False})

    def due(self, at_ms: int, limit: int, but: Busy) -> list[Delivery]:
        """At most `limit` deliveries that are due at this time, the longest due first, without those in `but`."""
        query = select(DeliveryRow).where(DeliveryRow.next_ms <= at_ms, *_elsewhere(but))
        with self._database.session() as session:
            rows = session.scalars(query.order_by(DeliveryRow.next_ms, DeliveryRow.id).limit(limit))
            return [_delivery(row) for row in rows]

    def next_ms(self, after_ms: int) -> int | None:
        """When the next delivery is due after this time; None where there is none."""
        with self._database.session() as session:
            return session.scalar(select(func.min(DeliveryRow.next_ms)).where(DeliveryRow.next_ms > after_ms))

    def record_attempt(self, delivery_id: str, attempt: Attempt, state: str, next_ms: int | None) -> None:
        """Keep how an attempt went; and the delivery's new state, unless its endpoint was deleted meanwhile."""
        ended = update(DeliveryRow).where(DeliveryRow.id == delivery_id, DeliveryRow.state == "waiting")
        with self._database.session() as session:
            session.execute(ended.values(state=state, next_ms=next_ms))
            row = session.get(DeliveryRow, delivery_id)
            if row is not None:
                row.attempts.append(
                    AttemptRow(number=attempt.number, at_ms=attempt.at_ms, status=attempt.status, error=attempt.error)
                )

    def log(self, limit: int, account_id: str | None = None, video_id: str | None = None) -> list[Delivery]:
        """The newest deliveries, newest first."""
        query = select(DeliveryRow).order_by(DeliveryRow.created_ms.desc(), DeliveryRow.id).limit(limit)
        if account_id is not None:
            query = query.where(DeliveryRow.account_id == account_id)
        if video_id is not None:
            query = query.where(DeliveryRow.video_id == video_id)
        with self._database.session() as session:
            return [_delivery(row) for row in session.scalars(query)]

    def events(
        self, account_id: str, limit: int, *, before: tuple[int, str] | None, event_type: str, video_id: str
    ) -> list[Delivery]:
        """An account's events, newest first, after the one that was kept at `before` (created_ms, delivery's id): one
        delivery of each, filtered by type and video where these are not empty."""
        first = select(func.min(DeliveryRow.id)).where(DeliveryRow.account_id == account_id)
        query = select(DeliveryRow).where(DeliveryRow.id.in_(first.group_by(DeliveryRow.event_id)))
        if event_type:
            query = query.where(DeliveryRow.event_type == event_type)
        if video_id:
            query = query.where(DeliveryRow.video_id == video_id)
        with self._database.session() as session:
            return [_delivery(row) for row in session.scalars(newest_first(query, DeliveryRow, before, limit))]

    def rotate(self, account_id: str, endpoint_id: str, secret: str) -> Endpoint | None:
        """Give an endpoint another secret, with which its waiting deliveries are signed too. None where the account has
        no such one."""
        with self._database.session() as session:
            row = session.get(EndpointRow, endpoint_id, with_for_update=True)
            if row is None or row.account_id != account_id:
                return None
            waiting = (DeliveryRow.account_id == account_id) & (DeliveryRow.state == "waiting")
            # Those to callback URLs that are signed with it, too.
            signed = update(DeliveryRow).where(waiting, DeliveryRow.secret == row.secret)
            session.execute(signed.values(secret=secret), execution_options={"synchronize_session": False})
            row.secret = secret
            return _endpoint(row)

    def counts(self) -> dict[str, int]:
        """How many deliveries are kept, by state."""
        query = select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)
        counts = dict.fromkeys(("waiting", "delivered", "failed"), 0)
        with self._database.session() as session:
            counts.update({state: count for state, count in session.execute(query)})
        return counts

    def tidy(self, before_ms: int) -> None:
        """Delete deliveries that have ended and were created before this time."""
        with self._database.session() as session:
            session.execute(
                delete(DeliveryRow).where(DeliveryRow.created_ms < before_ms, DeliveryRow.next_ms.is_(None))
            )


def announce(session: Session, video: VideoRow, event_type: str) -> None:
    """Keep the event of a video's end: a delivery to its callback URL, and one to each endpoint that wants it."""
    if video.batch_id:
        announce_batch(session, video.batch_id)
    _keep(session, video.account_id, video.callback_url, event_type, video.id, _facts(video))


def announce_batch(session: Session, batch_id: str) -> None:
    """Keep the event of a batch's end, once: when all of its videos have ended.

    The batch's row is locked, so that of two videos that end at the same time one sees the other's end.
    """
    batch = session.get(BatchRow, batch_id, with_for_update=True)
    if batch is None or batch.kind != "videos" or batch.told_ms is not None:
        return
    session.flush()
    query = select(VideoRow.id, VideoRow.status).where(VideoRow.batch_id == batch_id)
    statuses = {id: status for id, status in session.execute(query)}
    if any(status in ("pending", "processing") for status in statuses.values()):
        return
    ids = [item.get("id", "") for item in cast("list[dict[str, str]]", batch.items)]
    counts = Counter(statuses.get(id, "failed") for id in ids)
    batch.told_ms = now_ms()
    told = {"batch_id": batch_id, "title": batch.title, "total_items": len(ids), "counts_by_status": dict(counts)}
    facts = {"base_url": batch.base_url, "batch": told}
    _keep(session, batch.account_id, batch.callback_url, BATCH_FINISHED, batch_id, facts)


def _keep(
    session: Session,
    account_id: str,
    callback: str | None,
    event_type: str,
    subject_id: str,
    facts: Mapping[str, object],
) -> None:
    """Keep an event of this video or batch: a delivery to its callback URL, and one to each endpoint that wants it."""
    query = select(EndpointRow).where(EndpointRow.account_id == account_id)
    endpoints = [_endpoint(row) for row in session.scalars(query.order_by(EndpointRow.created_ms, EndpointRow.id))]
    told = [e for e in endpoints if e.events is None or event_type in e.events]
    # An endpoint with the callback's URL gets no second delivery. The callback's own does not depend on the endpoint,
    # so that it goes on if the endpoint is changed or deleted.
    same = [e.secret for e in endpoints if e.url == callback]
    places: list[tuple[str | None, str, str]] = [(e.id, e.url, e.secret) for e in told if e.url != callback]
    if callback:
        # Signed with the secret of an endpoint, preferably of the same URL, because the account knows it; without an
        # endpoint, with the account's own.
        places.insert(0, (None, callback, (*same, *(e.secret for e in endpoints), "")[0]))
    event_id, now = new_id(), now_ms()
    for endpoint_id, url, secret in places:
        session.add(
            DeliveryRow(
                id=new_id(),
                event_id=event_id,
                account_id=account_id,
                event_type=event_type,
                video_id=subject_id,
                url=url,
                secret=secret,
                facts={**facts, _ENDPOINT: endpoint_id},
                state="waiting",
                created_ms=now,
                next_ms=now,
            )
        )


def place(url: str) -> str:
    """Scheme, host and port of a URL as text, lower case: stands for one server, which may be slow."""
    scheme, _, rest = url.lower().partition("://")
    return f"{scheme}://{re.split('[/?#]', rest, maxsplit=1)[0]}"


def _elsewhere(but: Busy) -> Iterator[ColumnElement[bool]]:
    """The conditions that leave out the deliveries in `but`."""
    url = func.lower(DeliveryRow.url)
    yield DeliveryRow.id.not_in(but.deliveries)
    yield DeliveryRow.account_id.not_in(but.accounts)
    for full in but.places:
        inside = (url.startswith(full + mark, autoescape=True) for mark in "/?#")
        yield ~or_(url == full, *inside)


def _facts(video: VideoRow) -> dict[str, object]:
    return {
        "base_url": video.base_url,
        "callback_id": video.callback_id,
        "folder_id": video.folder_id,
        "title": video.title,
        "duration": video.duration_s,
        "code": video.failure_code,
        "message": video.failure_message,
        "video_key": video.video_key,
        "thumbnail_key": video.thumbnail_key,
        "gif_key": video.gif_key,
        "captioned_key": video.captioned_key,
        "share_token": video.share_token,
        "warnings": video.warnings,
    }


def _endpoint(row: EndpointRow) -> Endpoint:
    events = cast("list[str] | None", row.events)
    return Endpoint(
        row.id, row.account_id, row.url, None if events is None else tuple(events), row.secret, row.created_ms
    )


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id,
        event_id=row.event_id,
        account_id=row.account_id,
        event_type=row.event_type,
        video_id=row.video_id,
        url=row.url,
        secret=row.secret,
        facts=cast("dict[str, object]", row.facts),
        state=cast('Literal["waiting", "delivered", "failed"]', row.state),
        created_ms=row.created_ms,
        next_ms=row.next_ms,
        attempts=tuple(Attempt(a.number, a.at_ms, a.status, a.error) for a in row.attempts),
    )
