"""POST /v3/video-agents: a prompt becomes a video, in a session of one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from limelight.errors import SpecError
from limelight.requests.agent import MAX_PROMPT_CHARACTERS, AgentConfigBody, AgentRequest, agent_request
from limelight.requests.known import Known
from limelight.requests.parts import Id
from limelight.requests.prompt import Background
from limelight.requests.v3.files import FileBody, is_film
from limelight.requests.v3.videos import NOT_SUPPORTED
from limelight.requests.wire import Wire, check_text, read
from limelight.requests.words import RequestWords
from limelight.spec import MAX_SCENES


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
    kind: Literal["image", "video"] = "video" if is_film(file.asset_id, file.url, known) else "image"
    source = file.source(kind, path, known)
    return Background(kind, source.asset_id, source.url)
