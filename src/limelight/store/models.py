"""The tables, as SQLAlchemy sees them. Only `store.py` and the migrations import this."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The tables of one database."""


class VideoRow(Base):
    """One submitted video."""

    __tablename__ = "videos"
    __table_args__ = (Index("ix_videos_status", "status"), Index("ix_videos_created_ms", "created_ms"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    #: The body as it was submitted.
    body: Mapped[object] = mapped_column(JSON)
    #: The VideoSpec that it was read as.
    spec: Mapped[object] = mapped_column(JSON)
    title: Mapped[str | None] = mapped_column(Text)
    test: Mapped[bool] = mapped_column(default=False)
    caption: Mapped[bool] = mapped_column(default=False)
    callback_id: Mapped[str | None] = mapped_column(Text)
    callback_url: Mapped[str | None] = mapped_column(Text)
    folder_id: Mapped[str | None] = mapped_column(Text)
    #: Milliseconds since 1970, UTC.
    created_ms: Mapped[int] = mapped_column(BigInteger)
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
    #: How often rendering was begun; more than once only after a crash.
    attempts: Mapped[int] = mapped_column(default=0)
    finished_ms: Mapped[int | None] = mapped_column(BigInteger)


class AssetRow(Base):
    """One uploaded file."""

    __tablename__ = "assets"
    __table_args__ = (Index("ix_assets_created_ms", "created_ms"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    #: image, video, audio
    file_type: Mapped[str] = mapped_column(String(16))
    content_type: Mapped[str] = mapped_column(String(64))
    #: Where its object is.
    key: Mapped[str] = mapped_column(Text)
    #: bytes
    size: Mapped[int] = mapped_column(BigInteger)
    #: Milliseconds since 1970, UTC.
    created_ms: Mapped[int] = mapped_column(BigInteger)
