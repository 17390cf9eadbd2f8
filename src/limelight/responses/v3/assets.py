"""Answers about uploads."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from limelight.service.links import URL_LIFETIME_S, Urls
from limelight.store import Account, Asset

_ID = "4f0e6c1f5b5c4a3f9d0b8a7c6d5e4f30"


class V3AssetKept(BaseModel):
    """`data` of POST /v3/assets."""

    asset_id: str = Field(examples=[_ID])
    url: str = Field(description="Who knows it may read it.")
    mime_type: str = Field(examples=["image/png"])
    size_bytes: int = Field(ge=0)


class V3AssetCompleted(V3AssetKept):
    """`data` of POST /v3/assets/{asset_id}/complete."""

    status: Literal["completed"] = "completed"


class V3Asset(BaseModel):
    """One upload."""

    id: str = Field(examples=[_ID])
    name: str
    type: Literal["image", "video", "audio"]
    owner: str = Field(description="The account's name.")
    space_id: str = Field(description="The account's id.")
    folder_id: str | None
    uploaded_at: int = Field(description="Unix seconds.")
    url: str = Field(description="Who knows it may read it.")


class V3FoundAsset(BaseModel):
    """A picture that was found."""

    id: str = Field(examples=[_ID])
    url: str
    type: Literal["image"] = "image"
    name: str
    width: int | None = None
    height: int | None = None
    orientation: str | None = None
    is_transparent: bool | None = None


class V3UploadPlace(BaseModel):
    """Where the bytes of an upload are to be put."""

    asset_id: str = Field(examples=[_ID])
    upload_url: str = Field(description="For one PUT of the bytes; no key is needed there.")
    upload_headers: dict[str, str] = Field(description="To be sent with the PUT.")
    expires_in_seconds: int = URL_LIFETIME_S
    max_bytes: int
    status: Literal["pending_upload"] = "pending_upload"


class V3UploadPlaces(BaseModel):
    """`data` of POST /v3/assets/direct-uploads/batches."""

    batch_id: str = Field(examples=[_ID])
    items: list[V3UploadPlace]


class V3BatchId(BaseModel):
    """`data` of POST /v3/assets/complete/batches."""

    batch_id: str = Field(examples=[_ID])


def v3_asset_kept(urls: Urls, asset: Asset) -> V3AssetKept:
    """An upload that was kept."""
    return V3AssetKept(asset_id=asset.id, url=urls.asset(asset), mime_type=asset.content_type, size_bytes=asset.size)


def v3_asset_completed(urls: Urls, asset: Asset) -> V3AssetCompleted:
    """An upload that was put at a URL."""
    return V3AssetCompleted(**v3_asset_kept(urls, asset).model_dump())


def v3_asset(urls: Urls, asset: Asset, account: Account) -> V3Asset:
    """An upload of this account."""
    return V3Asset(
        id=asset.id,
        name=asset.name,
        type=asset.file_type,
        owner=account.name,
        space_id=account.id,
        folder_id=asset.folder_id,
        uploaded_at=asset.created_ms // 1000,
        url=urls.asset(asset),
    )


def v3_asset_found(urls: Urls, asset: Asset) -> V3FoundAsset:
    """A picture among the account's uploads."""
    return V3FoundAsset(id=asset.id, url=urls.asset(asset), name=asset.name)
