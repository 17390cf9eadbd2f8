"""The tables, as SQLAlchemy sees them. Only this folder imports them."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Double, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The tables of one database."""


class AccountRow(Base):
    """One account, to which videos and everything else belong."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    #: free, creator, team, enterprise
    plan: Mapped[str] = mapped_column(String(16))
    #: Seconds of film that may still be made; empty where there is no limit.
    left_s: Mapped[int | None]
    #: Seconds of film that were made and charged.
    used_s: Mapped[int] = mapped_column(default=0)
    #: How many of its videos may be made at once; empty where there is no limit.
    concurrency: Mapped[int | None]
    created_ms: Mapped[int] = mapped_column(BigInteger)


class KeyRow(Base):
    """One API key, known by its hash alone."""

    __tablename__ = "api_keys"
    __table_args__ = (Index("ix_api_keys_account_id", "account_id"),)

    #: SHA-256 of the key, hex.
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    #: Its first characters, by which people tell keys apart.
    start: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(Text)
    #: string, object; empty for the server's style
    error_style: Mapped[str | None] = mapped_column(String(16))
    created_ms: Mapped[int] = mapped_column(BigInteger)
    revoked_ms: Mapped[int | None] = mapped_column(BigInteger)


class VideoRow(Base):
    """One submitted video."""

    __tablename__ = "videos"
    __table_args__ = (
        Index("ix_videos_status", "status"),
        Index("ix_videos_created_ms", "created_ms"),
        Index("ix_videos_account_id", "account_id", "created_ms"),
        Index("ix_videos_share_token", "share_token", unique=True),
        Index("ix_videos_batch_id", "batch_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    #: Not a foreign key, because SQLite cannot add one to a table without copying the table.
    account_id: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16))
    #: The body as it was submitted.
    body: Mapped[object] = mapped_column(JSON)
    #: The VideoSpec that it was read as.
    spec: Mapped[object] = mapped_column(JSON)
    #: What of the request is left out or changed; empty where nothing is.
    warnings: Mapped[object | None] = mapped_column(JSON(none_as_null=True))
    title: Mapped[str | None] = mapped_column(Text)
    test: Mapped[bool] = mapped_column(default=False)
    callback_id: Mapped[str | None] = mapped_column(Text)
    callback_url: Mapped[str | None] = mapped_column(Text)
    folder_id: Mapped[str | None] = mapped_column(Text)
    #: The prompt that it was made of; empty where it was asked for scene by scene.
    prompt: Mapped[str | None] = mapped_column(Text)
    #: The batch that it belongs to; empty where it was asked for alone.
    batch_id: Mapped[str | None] = mapped_column(String(32))
    #: The start of URLs in its webhooks.
    base_url: Mapped[str | None] = mapped_column(Text)
    #: Seconds of film that are held back for it until it ends.
    reserved_s: Mapped[int] = mapped_column(default=0)
    #: The last part of its public page's URL; empty until it is shared.
    share_token: Mapped[str | None] = mapped_column(String(32))
    #: Milliseconds since 1970, UTC.
    created_ms: Mapped[int] = mapped_column(BigInteger)
    #: When it was admitted to the engine; until then it waits for one of its account's places.
    admitted_ms: Mapped[int | None] = mapped_column(BigInteger)
    completed_ms: Mapped[int | None] = mapped_column(BigInteger)
    duration_s: Mapped[float | None] = mapped_column(Double)
    video_key: Mapped[str | None] = mapped_column(Text)
    thumbnail_key: Mapped[str | None] = mapped_column(Text)
    gif_key: Mapped[str | None] = mapped_column(Text)
    captioned_key: Mapped[str | None] = mapped_column(Text)
    #: Keys by format: srt, vtt, ass.
    subtitle_keys: Mapped[object | None] = mapped_column(JSON)
    failure_stage: Mapped[str | None] = mapped_column(String(32))
    failure_code: Mapped[str | None] = mapped_column(String(64))
    failure_message: Mapped[str | None] = mapped_column(Text)
    #: Counted from 0; empty where the failure is not one scene's.
    failure_scene: Mapped[int | None]

    scenes: Mapped[list[SceneRow]] = relationship(
        order_by="SceneRow.index", lazy="selectin", cascade="all, delete-orphan"
    )


class BatchRow(Base):
    """Several videos, or several uploads, that were asked for in one request."""

    __tablename__ = "batches"
    __table_args__ = (Index("ix_batches_account_id", "account_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    #: videos, assets
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str | None] = mapped_column(Text)
    callback_url: Mapped[str | None] = mapped_column(Text)
    #: The start of URLs in its webhook.
    base_url: Mapped[str | None] = mapped_column(Text)
    #: In the request's order: {"id"}, or {"error": {"code", "message", "param"}}.
    items: Mapped[object] = mapped_column(JSON)
    #: When its callback was kept for delivery; empty before.
    told_ms: Mapped[int | None] = mapped_column(BigInteger)
    created_ms: Mapped[int] = mapped_column(BigInteger)


class SceneRow(Base):
    """How far one scene of a video is."""

    __tablename__ = "scenes"

    video_id: Mapped[str] = mapped_column(ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True)
    #: Counted from 0.
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: waiting, rendering, done, failed
    state: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str | None] = mapped_column(String(32))
    frame: Mapped[int] = mapped_column(default=0)
    frames: Mapped[int] = mapped_column(default=0)
    #: How often rendering was begun; more than once only after a crash of the server or of the render's process.
    attempts: Mapped[int] = mapped_column(default=0)
    finished_ms: Mapped[int | None] = mapped_column(BigInteger)


class AssetRow(Base):
    """One uploaded file."""

    __tablename__ = "assets"
    __table_args__ = (Index("ix_assets_created_ms", "created_ms"), Index("ix_assets_account_id", "account_id"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(32))
    folder_id: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    #: image, video, audio
    file_type: Mapped[str] = mapped_column(String(16))
    content_type: Mapped[str] = mapped_column(String(64))
    #: The key of its object.
    key: Mapped[str] = mapped_column(Text)
    #: bytes
    size: Mapped[int] = mapped_column(BigInteger)
    #: Milliseconds since 1970, UTC.
    created_ms: Mapped[int] = mapped_column(BigInteger)


class FolderRow(Base):
    """One folder of an account."""

    __tablename__ = "folders"
    __table_args__ = (Index("ix_folders_account_id", "account_id", "created_ms"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[str | None] = mapped_column(String(32))
    project_type: Mapped[str] = mapped_column(String(32))
    is_trash: Mapped[bool] = mapped_column(default=False)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    updated_ms: Mapped[int] = mapped_column(BigInteger)


class TemplateRow(Base):
    """A request with placeholders in it."""

    __tablename__ = "templates"
    __table_args__ = (Index("ix_templates_account_id", "account_id", "created_ms"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(Text)
    #: The body of POST /v2/video/generate with {{names}} in it.
    body: Mapped[object] = mapped_column(JSON)
    #: By name: {"name", "type", "properties"}.
    variables: Mapped[object] = mapped_column(JSON)
    created_ms: Mapped[int] = mapped_column(BigInteger)
    updated_ms: Mapped[int] = mapped_column(BigInteger)


class PhotoRow(Base):
    """A look of a talking photo; those of one group show the same person."""

    __tablename__ = "photos"
    __table_args__ = (Index("ix_photos_account_id", "account_id", "created_ms"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    group_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(Text)
    asset_id: Mapped[str] = mapped_column(String(32))
    #: When a client asked to train its group; empty where none did. Nothing is trained, but clients ask whether it was.
    trained_ms: Mapped[int | None] = mapped_column(BigInteger)
    #: When an account stated that the likeness may be used, and the account's name; empty where none did.
    consent_ms: Mapped[int | None] = mapped_column(BigInteger)
    consent_by: Mapped[str | None] = mapped_column(Text)
    #: How many faces the picture shows; empty in rows older than this column, and where no face can speak alone.
    faces: Mapped[int | None] = mapped_column(Integer)
    #: Whether the mouth never quite closes; empty in rows older than this column, and where no face can speak alone.
    wide_open: Mapped[bool | None] = mapped_column(Boolean)
    #: Whether the very end of the file is missing; empty as above.
    cut_off: Mapped[bool | None] = mapped_column(Boolean)
    #: Names of the parts that it gives to the one rig of its group's pictures; empty where it has a rig of its own.
    gave: Mapped[object | None] = mapped_column(JSON(none_as_null=True))
    created_ms: Mapped[int] = mapped_column(BigInteger)


class EndpointRow(Base):
    """A URL to which an account's events are sent."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index("ix_webhook_endpoints_account_id", "account_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    url: Mapped[str] = mapped_column(Text)
    #: Names of events; empty for all.
    events: Mapped[object | None] = mapped_column(JSON)
    secret: Mapped[str] = mapped_column(Text)
    created_ms: Mapped[int] = mapped_column(BigInteger)


class DeliveryRow(Base):
    """One event on its way to one URL; kept for some time after it has arrived or is given up."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_next_ms", "next_ms"),
        Index("ix_webhook_deliveries_account_id", "account_id", "created_ms"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    #: The same for every URL to which one event is sent.
    event_id: Mapped[str] = mapped_column(String(32))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    event_type: Mapped[str] = mapped_column(String(64))
    video_id: Mapped[str] = mapped_column(String(32))
    url: Mapped[str] = mapped_column(Text)
    #: The secret that signs the body; empty for the account's own.
    secret: Mapped[str] = mapped_column(Text)
    #: What the body is made of when it is sent: values, and keys of objects whose URLs are signed then.
    facts: Mapped[object] = mapped_column(JSON)
    #: waiting, delivered, failed
    state: Mapped[str] = mapped_column(String(16))
    created_ms: Mapped[int] = mapped_column(BigInteger)
    #: When the next attempt is; empty once it has ended.
    next_ms: Mapped[int | None] = mapped_column(BigInteger)

    attempts: Mapped[list[AttemptRow]] = relationship(
        order_by="AttemptRow.number", lazy="selectin", cascade="all, delete-orphan"
    )


class AttemptRow(Base):
    """One attempt to deliver an event."""

    __tablename__ = "webhook_attempts"

    delivery_id: Mapped[str] = mapped_column(ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), primary_key=True)
    #: Counted from 1.
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    #: The answer's HTTP status, or why there was none.
    status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(Text)


class IdempotencyRow(Base):
    """A request with an idempotency key: a retry gets its answer instead of being carried out again."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_created_ms", "created_ms"),)

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    #: SHA-256 of method, path, query and body, hex; empty until the request is answered.
    fingerprint: Mapped[str] = mapped_column(String(64))
    #: The answer's HTTP status, and below its body; empty until the request is answered.
    status: Mapped[int | None]
    answer: Mapped[str | None] = mapped_column(Text)
    created_ms: Mapped[int] = mapped_column(BigInteger)


class WordRow(Base):
    """An account's pronunciation of a word: another text to say instead, or IPA."""

    __tablename__ = "words"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    #: Whether it matches only in the case in which it is written.
    case_sensitive: Mapped[bool] = mapped_column(primary_key=True)
    #: The word as it is compared: as written where the case matters, else casefolded.
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    word: Mapped[str] = mapped_column(Text)
    say: Mapped[str | None] = mapped_column(Text)
    ipa: Mapped[str | None] = mapped_column(Text)
    created_ms: Mapped[int] = mapped_column(BigInteger)
