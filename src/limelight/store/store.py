"""Rows: what was submitted and uploaded, how far it is, how it ended.

Every function is one transaction, committed when it returns.

SQLite (WAL, every commit synced) by default, the same on a Postgres URL. Values come out, never rows.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, create_engine, event, func, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from limelight.errors import StoreError
from limelight.spec import VideoSpec
from limelight.store.models import AssetRow, SceneRow, VideoRow

Status = Literal["pending", "processing", "completed", "failed"]
SceneProgress = Literal["waiting", "rendering", "done", "failed"]
FileType = Literal["image", "video", "audio"]

_BUSY_TIMEOUT_MS = 30_000


@dataclass(frozen=True, slots=True)
class NewVideo:
    """What is kept of a submission."""

    spec: VideoSpec
    #: The body as submitted, JSON.
    body: object
    title: str | None = None
    test: bool = False
    caption: bool = False
    callback_id: str | None = None
    callback_url: str | None = None
    folder_id: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a video failed, in words for its user."""

    stage: str
    code: str
    message: str
    #: counted from 0, None where no single scene is to blame
    scene: int | None = None


@dataclass(frozen=True, slots=True)
class SceneState:
    """How far one scene is."""

    index: int
    state: SceneProgress
    stage: str | None
    frame: int
    frames: int
    attempts: int
    finished_ms: int | None


@dataclass(frozen=True, slots=True)
class Video:
    """One submitted video as it stands; times are milliseconds since 1970, UTC."""

    id: str
    status: Status
    spec: VideoSpec
    body: object
    title: str | None
    test: bool
    caption: bool
    callback_id: str | None
    callback_url: str | None
    folder_id: str | None
    created_ms: int
    completed_ms: int | None
    duration_s: float | None
    video_key: str | None
    thumbnail_key: str | None
    gif_key: str | None
    captioned_key: str | None
    #: keys by format: srt, vtt, ass
    subtitle_keys: Mapping[str, str]
    failure: Failure | None
    scenes: tuple[SceneState, ...]


@dataclass(frozen=True, slots=True)
class Asset:
    """One uploaded file."""

    id: str
    name: str
    file_type: FileType
    content_type: str
    #: where its object is
    key: str
    #: bytes
    size: int
    #: milliseconds since 1970, UTC
    created_ms: int


class Store:
    """The database of videos. Opening it brings its tables up to date.

    Every function raises StoreError when the database cannot be used.
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(make_url(url))
        self._migrate()

    def create(self, new: NewVideo) -> Video:
        """Keep a submission under a new id, `pending`. When this returns, a crash cannot lose it."""
        row = VideoRow(
            id=uuid.uuid4().hex,
            status="pending",
            body=new.body,
            spec=new.spec.model_dump(mode="json"),
            title=new.title,
            test=new.test,
            caption=new.caption,
            callback_id=new.callback_id,
            callback_url=new.callback_url,
            folder_id=new.folder_id,
            created_ms=_now_ms(),
            scenes=[
                SceneRow(index=i, state="waiting", frame=0, frames=0, attempts=0) for i in range(len(new.spec.scenes))
            ],
        )
        with self._session() as session:
            session.add(row)
            session.flush()
            return _video(row)

    def get(self, video_id: str) -> Video | None:
        """The video, or None where there is none of this id."""
        with self._session() as session:
            row = session.get(VideoRow, video_id)
            return _video(row) if row else None

    def videos(self, *, status: tuple[Status, ...] = (), limit: int | None = None) -> list[Video]:
        """Videos of these statuses (all, if none is given), oldest first."""
        query = select(VideoRow).order_by(VideoRow.created_ms, VideoRow.id).limit(limit)
        if status:
            query = query.where(VideoRow.status.in_(status))
        with self._session() as session:
            return [_video(row) for row in session.scalars(query)]

    def finished_seconds(self) -> int:
        """Length of all finished videos that were not tests, whole seconds, each rounded up."""
        query = select(VideoRow.duration_s).where(VideoRow.status == "completed", VideoRow.test.is_(False))
        with self._session() as session:
            return sum(math.ceil(seconds or 0) for seconds in session.scalars(query))

    def begin(self, video_id: str) -> Video:
        """Its run has started: `processing`, unless it has ended already."""
        with self._session() as session:
            row = _row(session, video_id)
            if row.status == "pending":
                row.status = "processing"
            return _video(row)

    def begin_scene(self, video_id: str, index: int) -> int:
        """A scene is begun, perhaps again; gives how often it has been begun by now."""
        with self._session() as session:
            scene = _scene(session, video_id, index)
            scene.state, scene.stage, scene.frame, scene.frames = "rendering", None, 0, 0
            scene.attempts += 1
            return scene.attempts

    def withdraw_scene(self, video_id: str, index: int) -> None:
        """A scene was stopped on purpose and will be begun again: that attempt does not count."""
        with self._session() as session:
            scene = _scene(session, video_id, index)
            scene.state, scene.stage, scene.frame, scene.frames = "waiting", None, 0, 0
            scene.attempts -= 1

    def report(self, video_id: str, index: int, stage: str, frame: int, frames: int) -> None:
        """How far a scene is, for the status."""
        with self._session() as session:
            scene = _scene(session, video_id, index)
            scene.stage, scene.frame, scene.frames = stage, frame, frames

    def finish_scene(self, video_id: str, index: int) -> None:
        """A scene is rendered and its files are published."""
        with self._session() as session:
            scene = _scene(session, video_id, index)
            scene.state, scene.frame = "done", scene.frames
            scene.finished_ms = scene.finished_ms or _now_ms()

    def fail_scene(self, video_id: str, index: int) -> None:
        """A scene cannot be rendered: the video will fail, and its other scenes need not be begun."""
        with self._session() as session:
            _scene(session, video_id, index).state = "failed"

    def finish(
        self,
        video_id: str,
        *,
        video_key: str,
        thumbnail_key: str,
        duration_s: float,
        gif_key: str | None = None,
        captioned_key: str | None = None,
        subtitle_keys: Mapping[str, str] | None = None,
    ) -> None:
        """`completed`, with its published files; no effect on a video that has ended."""
        with self._session() as session:
            row = _row(session, video_id)
            if row.status in ("completed", "failed"):
                return
            row.status, row.completed_ms, row.duration_s = "completed", _now_ms(), duration_s
            row.video_key, row.thumbnail_key = video_key, thumbnail_key
            row.gif_key, row.captioned_key, row.subtitle_keys = gif_key, captioned_key, dict(subtitle_keys or {})

    def fail(self, video_id: str, failure: Failure) -> None:
        """`failed`, with the reason; no effect on a video that has ended."""
        with self._session() as session:
            row = _row(session, video_id)
            if row.status in ("completed", "failed"):
                return
            row.status, row.completed_ms = "failed", _now_ms()
            row.failure_stage, row.failure_code = failure.stage, failure.code
            row.failure_message, row.failure_scene = failure.message, failure.scene

    def add_asset(self, asset: Asset) -> None:
        """Keep an upload whose object is published."""
        with self._session() as session:
            values = {name: getattr(asset, name) for name in Asset.__slots__}
            session.add(AssetRow(**values))

    def asset(self, asset_id: str) -> Asset | None:
        """The upload, or None where there is none of this id."""
        with self._session() as session:
            row = session.get(AssetRow, asset_id)
            return Asset(**{name: getattr(row, name) for name in Asset.__slots__}) if row else None

    def ping(self) -> None:
        """Raise StoreError unless the database answers."""
        with self._session() as session:
            session.execute(select(func.count()).select_from(VideoRow))

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _migrate(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
        try:
            with self._engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except SQLAlchemyError as error:
            raise StoreError("the database could not be opened or brought up to date.") from error

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with Session(self._engine, expire_on_commit=False) as session, session.begin():
                yield session
        except SQLAlchemyError as error:
            raise StoreError("the database could not be used.") from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000})

    @event.listens_for(engine, "connect")
    def _configure(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _row(session: Session, video_id: str) -> VideoRow:
    row = session.get(VideoRow, video_id, with_for_update=True)
    if row is None:
        raise StoreError(f"video {video_id} not found.", code="not_found")
    return row


def _scene(session: Session, video_id: str, index: int) -> SceneRow:
    scene = session.get(SceneRow, (video_id, index), with_for_update=True)
    if scene is None:
        raise StoreError(f"scene {index + 1} of video {video_id} not found.", code="not_found")
    return scene


def _video(row: VideoRow) -> Video:
    failure = None
    if row.status == "failed":
        failure = Failure(row.failure_stage or "", row.failure_code or "", row.failure_message or "", row.failure_scene)
    return Video(
        id=row.id,
        status=cast(Status, row.status),
        spec=VideoSpec.model_validate(row.spec),
        body=row.body,
        title=row.title,
        test=row.test,
        caption=row.caption,
        callback_id=row.callback_id,
        callback_url=row.callback_url,
        folder_id=row.folder_id,
        created_ms=row.created_ms,
        completed_ms=row.completed_ms,
        duration_s=row.duration_s,
        video_key=row.video_key,
        thumbnail_key=row.thumbnail_key,
        gif_key=row.gif_key,
        captioned_key=row.captioned_key,
        subtitle_keys=cast("dict[str, str] | None", row.subtitle_keys) or {},
        failure=failure,
        scenes=tuple(
            SceneState(
                index=scene.index,
                state=cast(SceneProgress, scene.state),
                stage=scene.stage,
                frame=scene.frame,
                frames=scene.frames,
                attempts=scene.attempts,
                finished_ms=scene.finished_ms,
            )
            for scene in row.scenes
        ),
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
