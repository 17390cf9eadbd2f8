"""Answers about uploads."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class UploadedAsset(BaseModel):
    """One upload."""

    id: str = Field(description="32 hex digits.")
    name: str
    file_type: Literal["image", "video", "audio"]
    url: str = Field(description="Who knows it may read it.")
    image_key: str | None = Field(description="For pictures only.", examples=["image/…/original.jpg"])
    folder_id: str
    meta: None = None
    created_ts: int = Field(description="Unix seconds.")


class AssetUploaded(BaseModel):
    """POST /v1/asset; its `message` is null."""

    code: Literal[100] = 100
    data: UploadedAsset
    msg: None = None
    message: None = None
