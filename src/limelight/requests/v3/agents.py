"""POST /v3/video-agents: a prompt becomes a video, in a session of one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from limelight.errors import SpecError
from limelight.requests.agent import MAX_PROMPT_CHARACTERS, AgentConfigBody, AgentRequest, agent_request
from limelight.requests.known import Known
from limelight.requests.parts import Id
from limelight.requests.prompt import Background
from limelight.requests.v3.files import FileBody
from limelight.requests.v3.videos import NOT_SUPPORTED
from limelight.requests.wire import Wire, check_text, invalid, read
from limelight.requests.words import RequestWords
from limelight.spec import MAX_SCENES, Source


class V3AgentBody(Wire):
    """The whole body."""

    prompt: Annotated[str, Field(max_length=MAX_PROMPT_CHARACTERS)]
    avatar_id: Id | None = None
    voice_id: Id = ""
    orientation: Literal["landscape", "portrait", "square"] = "landscape"
    #: pictures and films for the background
    files: Annotated[list[FileBody], Field(max_length=MAX_SCENES)] = Field(default_factory=list)
    callback_id: str | None = None
    callback_url: str | None = None
    #: generate; chat is not available
    mode: str = "generate"
    #: these three are not followed
    style_id: str | None = None
    brand_kit_id: str | None = None
    incognito_mode: bool = False
    #: that the likeness of who speaks in a photo may be used
    consent: bool = False
    words: RequestWords = Field(default_factory=list)


def parse_agent_session(body: object, known: Known) -> AgentRequest:
    """The request in a decoded JSON body, of whom this is known. Raises SpecError."""
    check_text(body)
    wire = read(V3AgentBody, body)
    if wire.mode == "chat":
        problem = "'chat' is not available on this server, use 'generate'"
        raise SpecError(f"mode is invalid: {problem}.", code=NOT_SUPPORTED, field="mode")
    return agent_request(
        wire.prompt,
        AgentConfigBody(avatar_id=wire.avatar_id, orientation=wire.orientation),
        [_background(file, f"files[{i}]", known) for i, file in enumerate(wire.files)],
        known,
        path="",
        voice_id=wire.voice_id,
        callback_id=wire.callback_id,
        callback_url=wire.callback_url,
        consent=wire.consent,
        words=wire.words,
    )


def _background(file: FileBody, path: str, known: Known) -> Background:
    """A picture or film; what a URL names is taken for a picture unless it ends as films do."""
    asset = known.asset(file.asset_id) if file.asset_id else None
    ends = (file.url or "").partition("?")[0].lower()
    is_film = asset.file_type == "video" if asset else ends.endswith((".mp4", ".webm", ".mov", ".m4v"))
    source: Source = file.source("video" if is_film else "image", path, known)
    if source.asset_id is None and source.url is None:
        raise invalid(path, "field required")
    return Background("video" if is_film else "image", source.asset_id, source.url)
