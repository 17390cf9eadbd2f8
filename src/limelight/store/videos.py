"""Videos: what was submitted, how far it is, how it ended. Every function is one transaction.

The transaction that keeps a video holds its cost back; the one that ends it settles the cost and keeps the webhook
events: neither can be lost or done twice. The functions return values, never rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast, get_args

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.orm import Session

from limelight.errors import StoreError
from limelight.names import new_id
from limelight.notices import FAILED, SUCCEEDED, VideoWarning
from limelight.spec import VideoSpec
from limelight.store.accounts import OWNER, refund, reserve, settle
from limelight.store.database import Database, newest_first, now_ms
from limelight.store.models import AccountRow, SceneRow, VideoRow
from limelight.store.webhooks import announce, announce_batch

Status = Literal["pending", "processing", "completed", "failed"]
SceneProgress = Literal["waiting", "rendering", "done", "failed"]

_UNFINISHED = ("pending", "processing")


@dataclass(frozen=True, slots=True)
class NewVideo:
    """A submission to keep."""

    spec: VideoSpec
    #: The body as it was submitted, JSON.
    body: object
    title: str | None = None
    test: bool = False
    callback_id: str | None = None
    callback_url: str | None = None
    folder_id: str | None = None
    prompt: str | None = None
    batch_id: str | None = None
    account_id: str = OWNER
    #: Seconds of film that are held back for it.
    reserved_s: int = 0
    #: The start of URLs in its webhooks.
    base_url: str | None = None
    warnings: tuple[VideoWarning, ...] = ()


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
    callback_id: str | None
    callback_url: str | None
    folder_id: str | None
    #: what it was made of, where that was a prompt
    prompt: str | None
    account_id: str
    base_url: str | None
    reserved_s: int
    share_token: str | None
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
    warnings: tuple[VideoWarning, ...]


class Videos:
    """The videos of a database. Every function raises StoreError when it cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, new: NewVideo) -> Video:
        """Keep a submission under a new id, `pending`. Once this returns, no crash can lose it.

        Raises InsufficientCredit, and keeps nothing, where its account has too little credit left.
        """
        with self._database.session() as session:
            return keep_video(session, new)

    def get(self, video_id: str, account_id: str | None = None) -> Video | None:
        """The video of this id, or None; with `account_id`, None where it is another account's."""
        with self._database.session() as session:
            row = session.get(VideoRow, video_id)
            return _video(row) if row and account_id in (None, row.account_id) else None

    def shared(self, token: str) -> Video | None:
        """The video whose public page has this token, or None."""
        with self._database.session() as session:
            row = session.scalars(select(VideoRow).where(VideoRow.share_token == token)).first()
            return _video(row) if row else None

    def all(self, *, status: tuple[Status, ...] = (), admitted: bool = False, limit: int | None = None) -> list[Video]:
        """Videos of all accounts, oldest first: of these statuses, if given; with `admitted`, only admitted ones."""
        query = select(VideoRow).order_by(VideoRow.created_ms, VideoRow.id).limit(limit)
        if status:
            query = query.where(VideoRow.status.in_(status))
        if admitted:
            query = query.where(VideoRow.admitted_ms.is_not(None))
        with self._database.session() as session:
            return [_video(row) for row in session.scalars(query)]

    def page(
        self,
        account_id: str,
        limit: int,
        *,
        before: tuple[int, str] | None = None,
        folder_id: str | None = None,
        title: str | None = None,
        prompted: bool = False,
    ) -> list[Video]:
        """An account's videos, newest first, after the one that was created at `before` (created_ms, id).

        `title` matches a part of the title, upper or lower case; `prompted` are those that were made of a prompt.
        """
        query = select(VideoRow).where(VideoRow.account_id == account_id)
        if prompted:
            query = query.where(VideoRow.prompt.is_not(None))
        if folder_id:
            query = query.where(VideoRow.folder_id == folder_id)
        if title:
            query = query.where(func.lower(VideoRow.title).contains(title.lower(), autoescape=True))
        with self._database.session() as session:
            return [_video(row) for row in session.scalars(newest_first(query, VideoRow, before, limit))]

    def statuses(self, video_ids: Sequence[str], account_id: str) -> dict[str, tuple[Status, Failure | None]]:
        """How an account's videos stand, by their ids; without those that it does not have."""
        query = select(VideoRow).where(VideoRow.account_id == account_id, VideoRow.id.in_(video_ids))
        with self._database.session() as session:
            return {row.id: (cast(Status, row.status), _failure(row)) for row in session.scalars(query)}

    def counts(self) -> dict[str, int]:
        """How many videos of all accounts have each status; pending ones that are not admitted count as `waiting`."""
        waiting = and_(VideoRow.status == "pending", VideoRow.admitted_ms.is_(None))
        query = select(VideoRow.status, waiting, func.count()).group_by(VideoRow.status, waiting)
        counts = dict.fromkeys(("waiting", *get_args(Status)), 0)
        with self._database.session() as session:
            for status, waits, count in session.execute(query):
                counts["waiting" if waits else status] += count
        return counts

    def without_rows(self, video_ids: Iterable[str]) -> set[str]:
        """Those of the ids for which there is no video."""
        return self._database.without_rows(VideoRow, video_ids)

    def admit(self) -> list[str]:
        """Admit the waiting videos for which their accounts have a place; gives their ids, oldest first.

        Only one thread may call this at a time.
        """
        waiting = (
            select(VideoRow.id, VideoRow.account_id, AccountRow.concurrency)
            .join(AccountRow, AccountRow.id == VideoRow.account_id)
            .where(VideoRow.status == "pending", VideoRow.admitted_ms.is_(None))
            .order_by(VideoRow.created_ms, VideoRow.id)
        )
        running = (
            select(VideoRow.account_id, func.count())
            .where(VideoRow.status.in_(_UNFINISHED), VideoRow.admitted_ms.is_not(None))
            .group_by(VideoRow.account_id)
        )
        with self._database.session() as session:
            taken = {account_id: count for account_id, count in session.execute(running)}
            admitted = []
            for video_id, account_id, places in session.execute(waiting):
                if places is None or taken.get(account_id, 0) < places:
                    taken[account_id] = taken.get(account_id, 0) + 1
                    admitted.append(video_id)
            if admitted:
                session.execute(update(VideoRow).where(VideoRow.id.in_(admitted)).values(admitted_ms=now_ms()))
            return admitted

    def begin(self, video_id: str) -> Video:
        """Mark a pending video as `processing`: its run has started."""
        with self._database.session() as session:
            row = _row(session, video_id)
            if row.status == "pending":
                row.status = "processing"
            return _video(row)

    def warn(self, video_id: str, warnings: Sequence[VideoWarning]) -> None:
        """Add warnings to a video's; those that it has already are not added."""
        with self._database.session() as session:
            row = _row(session, video_id)
            kept = cast("list[dict[str, Any]] | None", row.warnings) or []
            row.warnings = [*kept, *(new for new in map(asdict, warnings) if new not in kept)]

    def begin_scene(self, video_id: str, index: int) -> int:
        """Mark a scene as `rendering` and count the attempt; gives the number of attempts so far."""
        with self._database.session() as session:
            scene = _scene(session, video_id, index)
            scene.state, scene.stage, scene.frame, scene.frames = "rendering", None, 0, 0
            scene.attempts += 1
            return scene.attempts

    def withdraw_scene(self, video_id: str, index: int) -> None:
        """Mark a scene as `waiting` again and uncount its attempt, which stopped for a reason outside of the scene."""
        with self._database.session() as session:
            scene = _scene(session, video_id, index)
            scene.state, scene.stage, scene.frame, scene.frames = "waiting", None, 0, 0
            scene.attempts -= 1

    def report(self, video_id: str, index: int, stage: str, frame: int, frames: int) -> None:
        """Keep a scene's progress, for the status."""
        with self._database.session() as session:
            scene = _scene(session, video_id, index)
            scene.stage, scene.frame, scene.frames = stage, frame, frames

    def finish_scene(self, video_id: str, index: int) -> None:
        """Mark a scene as `done`: its files are published."""
        with self._database.session() as session:
            scene = _scene(session, video_id, index)
            scene.state, scene.frame = "done", scene.frames
            scene.finished_ms = scene.finished_ms or now_ms()

    def fail_scene(self, video_id: str, index: int) -> None:
        """Mark a scene as `failed`: the video will fail, and its other scenes need not be begun."""
        with self._database.session() as session:
            _scene(session, video_id, index).state = "failed"

    def reserve(self, video_id: str, seconds: int) -> None:
        """Hold back at least this many seconds for a video that is longer than estimated; tests cost nothing.

        Raises InsufficientCredit where its account has too little credit left.
        """
        with self._database.session() as session:
            row = _row(session, video_id)
            more = 0 if row.test or row.status not in _UNFINISHED else max(0, seconds - row.reserved_s)
            reserve(session, row.account_id, more)
            row.reserved_s += more

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
        """Mark a video as `completed`, with its published files, and charge its account. No effect after its end."""
        values = {
            "status": "completed",
            "duration_s": duration_s,
            "video_key": video_key,
            "thumbnail_key": thumbnail_key,
            "gif_key": gif_key,
            "captioned_key": captioned_key,
            "subtitle_keys": dict(subtitle_keys or {}),
        }
        with self._database.session() as session:
            row = _end(session, video_id, values)
            if row is not None:
                settle(session, row.account_id, row.reserved_s, 0 if row.test else math.ceil(duration_s))
                row.reserved_s = 0
                announce(session, row, SUCCEEDED)

    def fail(self, video_id: str, failure: Failure) -> None:
        """Mark a video as `failed`, with the reason, and give back its held credit. No effect after its end."""
        values = {
            "status": "failed",
            "failure_stage": failure.stage,
            "failure_code": failure.code,
            "failure_message": failure.message,
            "failure_scene": failure.scene,
        }
        with self._database.session() as session:
            row = _end(session, video_id, values)
            if row is not None:
                refund(session, row.account_id, row.reserved_s)
                row.reserved_s = 0
                announce(session, row, FAILED)

    def delete(self, video_id: str, account_id: str) -> bool:
        """Delete an account's video and give back its held credit; says whether there was one."""
        with self._database.session() as session:
            gone = session.execute(
                delete(VideoRow)
                .where(VideoRow.id == video_id, VideoRow.account_id == account_id)
                .returning(VideoRow.reserved_s, VideoRow.batch_id)
            ).first()
            if gone is None:
                return False
            reserved_s, batch_id = gone
            refund(session, account_id, reserved_s)
            if batch_id:
                announce_batch(session, batch_id)
            return True

    def share(self, video_id: str) -> str:
        """The token of a video's public page, made if it has none."""
        with self._database.session() as session:
            row = _row(session, video_id)
            row.share_token = row.share_token or new_id()
            return row.share_token


def keep_video(session: Session, new: NewVideo) -> Video:
    """Keep a submission; see `Videos.create`. Raises InsufficientCredit before anything is changed."""
    reserve(session, new.account_id, new.reserved_s)
    row = VideoRow(
        id=new_id(),
        account_id=new.account_id,
        status="pending",
        body=new.body,
        spec=new.spec.model_dump(mode="json"),
        title=new.title,
        test=new.test,
        callback_id=new.callback_id,
        callback_url=new.callback_url,
        folder_id=new.folder_id,
        prompt=new.prompt,
        batch_id=new.batch_id,
        base_url=new.base_url,
        reserved_s=new.reserved_s,
        warnings=[asdict(warning) for warning in new.warnings] or None,
        created_ms=now_ms(),
        scenes=[SceneRow(index=i, state="waiting", frame=0, frames=0, attempts=0) for i in range(len(new.spec.scenes))],
    )
    session.add(row)
    session.flush()
    return _video(row)


def _end(session: Session, video_id: str, values: Mapping[str, object]) -> VideoRow | None:
    """End a video with these values; gives its row, or None where it had ended before. Raises StoreError for an unknown
    id."""
    ended = update(VideoRow).where(VideoRow.id == video_id, VideoRow.status.in_(_UNFINISHED))
    if session.execute(ended.values(**values, completed_ms=now_ms())).rowcount == 0:  # type: ignore[attr-defined]
        _row(session, video_id)
        return None
    return _row(session, video_id)


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


def _failure(row: VideoRow) -> Failure | None:
    if row.status != "failed":
        return None
    return Failure(row.failure_stage or "", row.failure_code or "", row.failure_message or "", row.failure_scene)


def _video(row: VideoRow) -> Video:
    return Video(
        id=row.id,
        status=cast(Status, row.status),
        spec=VideoSpec.model_validate(row.spec),
        body=row.body,
        title=row.title,
        test=row.test,
        callback_id=row.callback_id,
        callback_url=row.callback_url,
        folder_id=row.folder_id,
        prompt=row.prompt,
        account_id=row.account_id,
        base_url=row.base_url,
        reserved_s=row.reserved_s,
        share_token=row.share_token,
        created_ms=row.created_ms,
        completed_ms=row.completed_ms,
        duration_s=row.duration_s,
        video_key=row.video_key,
        thumbnail_key=row.thumbnail_key,
        gif_key=row.gif_key,
        captioned_key=row.captioned_key,
        subtitle_keys=cast("dict[str, str] | None", row.subtitle_keys) or {},
        failure=_failure(row),
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
        warnings=tuple(VideoWarning(**warning) for warning in cast("list[dict[str, Any]] | None", row.warnings) or ()),
    )
