"""Answers about uploads."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from limelight.service.links import Urls
from limelight.store import Asset


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
    asset_id: str = Field(description="`id` under the name that some clients read, as the three below.")
    type: Literal["image", "video", "audio"]
    file_name: str
    created_at: int = Field(description="Unix seconds.")


class AssetUploaded(BaseModel):
    """POST /v1/asset; its `message` is null."""

    code: Literal[100] = 100
    data: UploadedAsset
    msg: None = None
    message: None = None


class Assets(BaseModel):
    """`data` of GET /v1/asset/list, newest first."""

    assets: list[UploadedAsset]
    total: int = Field(ge=0, description="On all pages.")
    token: str | None = Field(description="Names the next page; null on the last.")


class UploadPlace(BaseModel):
    """Where the bytes of an upload may be put."""

    url: str = Field(description="For one PUT of the bytes; no key is needed there. Good for seven days.")
    asset_id: str = Field(description="What the upload will be named by.")
    id: str


class UploadPlaceGiven(BaseModel):
    """POST /v1/asset with a JSON body: v1's envelope with v2's `error` beside it."""

    code: Literal[100] = 100
    data: UploadPlace
    msg: None = None
    message: Literal["Success"] = "Success"
    error: None = None


def uploaded(urls: Urls, asset: Asset) -> UploadedAsset:
    """An upload as answers show it."""
    return UploadedAsset(
        id=asset.id,
        name=asset.name,
        file_type=asset.file_type,
        url=urls.asset(asset),
        image_key=f"image/{asset.id}/{asset.key.rpartition('/')[2]}" if asset.file_type == "image" else None,
        folder_id=asset.folder_id or "",
        created_ts=asset.created_ms // 1000,
        asset_id=asset.id,
        type=asset.file_type,
        file_name=asset.name,
        created_at=asset.created_ms // 1000,
    )
