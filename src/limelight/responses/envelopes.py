"""What is around every answer's data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field

Data = TypeVar("Data")


class V1(BaseModel, Generic[Data]):
    """v1's envelope of a success."""

    code: Literal[100] = 100
    data: Data
    msg: None = None
    message: Literal["Success"] = "Success"


class V2(BaseModel, Generic[Data]):
    """v2's envelope of a success."""

    error: None = None
    data: Data


class V3(BaseModel, Generic[Data]):
    """v3's envelope of a success."""

    data: Data


class V3Page(BaseModel, Generic[Data]):
    """One page of a list of v3."""

    data: Sequence[Data]
    has_more: bool = Field(description="Whether there is another page.")
    next_token: str | None = Field(description="Names it; null on the last.")


class V1Error(BaseModel):
    """v1's error."""

    code: int = Field(description="A number of HeyGen's documents, or the HTTP status times 100.", examples=[40001])
    message: str = Field(examples=["video_id is invalid: field required."])
    data: None = None


class V2Error(BaseModel):
    """v2's error; `error` is an object of code and message where a key or the server asks for that style."""

    data: None = None
    error: str | dict[str, Any] = Field(examples=["voice x not found."])
    code: str = Field(examples=["voice_not_found"])
    message: str = Field(examples=["voice x not found."])


class V3Problem(BaseModel):
    """What went wrong, in v3."""

    code: str = Field(examples=["invalid_parameter"])
    message: str = Field(examples=["script is invalid: it is empty."])
    param: str | None = Field(default=None, description="The field; null where it is no single one.")
    doc_url: str | None = None


class V3Error(BaseModel):
    """v3's error."""

    error: V3Problem
