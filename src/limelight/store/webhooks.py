"""Webhooks: where accounts want to be told, and what is on its way there. An event is kept in the transaction of what
it tells of, and stays until it has arrived or is given up: at least once, whatever crashes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from limelight.store.database import Database, now_ms
from limelight.store.models import AttemptRow, DeliveryRow, EndpointRow, VideoRow

SUCCEEDED, FAILED = "avatar_video.success", "avatar_video.fail"
#: Names that a subscription may have, as HeyGen's documents list them; only the first two happen here.
EVENTS = (
    SUCCEEDED,
    FAILED,
    "avatar_video_gif.success",
    "avatar_video_gif.fail",
    "avatar_video_caption.success",
    "avatar_video_caption.fail",
    "video_agent.success",
    "video_agent.fail",
    "video_translate.success",
    "video_translate.fail",
    "photo_avatar_generation.success",
    "photo_avatar_generation.fail",
    "photo_avatar_train.success",
    "photo_avatar_train.fail",
    "photo_avatar_add_motion.success",
    "photo_avatar_add_motion.fail",
    "instant_avatar.success",
    "instant_avatar.fail",
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an account wants to be told."""

    id: str
    account_id: str
    url: str
    #: None for all
    events: tuple[str, ...] | None
    secret: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a delivery."""

    number: int
    at_ms: int
    #: the answer's HTTP status, or None and why there was none
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one place."""

    id: str
    event_id: str
    account_id: str
    event_type: str
    video_id: str
    url: str
    secret: str
    #: what the body says besides signed URLs
    facts: Mapping[str, object]
    state: Literal["waiting", "delivered", "failed"]
    created_ms: int
    next_ms: int | None
    attempts: tuple[Attempt, ...]


class Webhooks:
    """The webhooks of a database. Every function raises StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, account_id: str, url: str, events: Sequence[str] | None, secret: str) -> Endpoint:
        """A new endpoint."""
        row = EndpointRow(
            id=uuid.uuid4().hex,
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
        """Change an endpoint; what is None stays. None where the account has no such endpoint."""
        with self._database.session() as session:
            row = session.get(EndpointRow, endpoint_id)
            if row is None or row.account_id != account_id:
                return None
            row.url = url or row.url
            row.events = list(events) if events is not None else row.events
            return _endpoint(row)

    def remove(self, account_id: str, endpoint_id: str) -> bool:
        """Forget an endpoint; says whether there was one. What is on its way to it still goes there."""
        with self._database.session() as session:
            gone = delete(EndpointRow).where(EndpointRow.id == endpoint_id, EndpointRow.account_id == account_id)
            return session.execute(gone).rowcount == 1  # type: ignore[attr-defined, no-any-return]

    def due(self, at_ms: int, limit: int) -> list[Delivery]:
        """Deliveries to be tried by this time, the longest due first."""
        query = select(DeliveryRow).where(DeliveryRow.next_ms <= at_ms).order_by(DeliveryRow.next_ms).limit(limit)
        with self._database.session() as session:
            return [_delivery(row) for row in session.scalars(query)]

    def next_ms(self) -> int | None:
        """When the next delivery is due."""
        with self._database.session() as session:
            query = select(DeliveryRow.next_ms).where(DeliveryRow.next_ms.is_not(None))
            return session.scalar(query.order_by(DeliveryRow.next_ms).limit(1))

    def tried(self, delivery_id: str, attempt: Attempt, state: str, next_ms: int | None) -> None:
        """Write down how a try went and what comes of it."""
        with self._database.session() as session:
            row = session.get(DeliveryRow, delivery_id)
            if row is None:
                return
            row.attempts.append(
                AttemptRow(number=attempt.number, at_ms=attempt.at_ms, status=attempt.status, error=attempt.error)
            )
            row.state, row.next_ms = state, next_ms

    def log(self, limit: int, account_id: str | None = None, video_id: str | None = None) -> list[Delivery]:
        """The newest deliveries, newest first."""
        query = select(DeliveryRow).order_by(DeliveryRow.created_ms.desc(), DeliveryRow.id).limit(limit)
        if account_id is not None:
            query = query.where(DeliveryRow.account_id == account_id)
        if video_id is not None:
            query = query.where(DeliveryRow.video_id == video_id)
        with self._database.session() as session:
            return [_delivery(row) for row in session.scalars(query)]

    def tidy(self, before_ms: int) -> None:
        """Forget deliveries that ended and were made before this time."""
        with self._database.session() as session:
            session.execute(
                delete(DeliveryRow).where(DeliveryRow.created_ms < before_ms, DeliveryRow.next_ms.is_(None))
            )


def announce(session: Session, video: VideoRow, event_type: str) -> None:
    """Keep the event of a video's end for everybody who wants to hear of it: its own callback URL and endpoints."""
    query = select(EndpointRow).where(EndpointRow.account_id == video.account_id)
    endpoints = [_endpoint(row) for row in session.scalars(query.order_by(EndpointRow.created_ms, EndpointRow.id))]
    places = [(e.url, e.secret) for e in endpoints if e.events is None or event_type in e.events]
    if video.callback_url and video.callback_url not in [url for url, _ in places]:
        # Signed with a secret that the account knows, where it has one.
        places.insert(0, (video.callback_url, endpoints[0].secret if endpoints else ""))
    event_id, now = uuid.uuid4().hex, now_ms()
    for url, secret in places:
        session.add(
            DeliveryRow(
                id=uuid.uuid4().hex,
                event_id=event_id,
                account_id=video.account_id,
                event_type=event_type,
                video_id=video.id,
                url=url,
                secret=secret,
                facts=_facts(video),
                state="waiting",
                created_ms=now,
                next_ms=now,
            )
        )


def _facts(video: VideoRow) -> dict[str, object]:
    return {
        "base_url": video.base_url,
        "callback_id": video.callback_id,
        "folder_id": video.folder_id,
        "title": video.title,
        "duration": video.duration_s,
        "message": video.failure_message,
        "video_key": video.video_key,
        "thumbnail_key": video.thumbnail_key,
        "gif_key": video.gif_key,
        "captioned_key": video.captioned_key,
        "share_token": video.share_token,
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
