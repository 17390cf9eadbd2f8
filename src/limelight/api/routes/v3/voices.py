"""Voices of v3, and texts that they say."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BeforeValidator
from starlette.concurrency import run_in_threadpool

from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body
from limelight.api.errors import Problem
from limelight.api.paging import part
from limelight.api.parameters import Token, V3Limit, Word
from limelight.api.routes.speech import say
from limelight.api.urls import service_of, urls_of
from limelight.catalog.voices import VoiceEntry, voice, voices
from limelight.errors import VoiceNotFound
from limelight.requests.v3.speech import V3SpeechBody
from limelight.responses.envelopes import V3, V3Error, V3Page
from limelight.responses.v3.catalog import V3ListedVoice, V3Voice, is_own, v3_voice, v3_voice_listed
from limelight.responses.v3.speech import V3Speech, v3_speech

router = APIRouter(tags=["v3 avatars and voices"])

#: The engine of spoken texts: every voice here is one of its.
_ENGINE = "starfish"


def _lower(value: object) -> object:
    text = str(value).strip().lower()
    return None if text in ("", "null", "undefined") else text


@router.get("/v3/voices", operation_id="v3_list_voices")
def list_voices(
    request: Request,
    caller: CallerDep,
    type: Annotated[
        Literal["public", "private"] | None,
        BeforeValidator(_lower),
        Query(description="Those that come with the server, or those that its owner added; both if absent."),
    ] = None,
    engine: Annotated[Word, Query(description="`starfish` is every voice, another name none.")] = "",
    language: Annotated[Word, Query(description="Its English name, or a locale.", examples=["English"])] = "",
    gender: Annotated[Literal["male", "female"] | None, BeforeValidator(_lower)] = None,
    limit: V3Limit = 20,
    token: Token = "",
) -> V3Page[V3ListedVoice]:
    """Voices."""

    def wanted(entry: VoiceEntry) -> bool:
        names = (entry.language.lower(), entry.locale.lower(), entry.locale.partition("-")[0].lower())
        return (
            type in (None, "private" if is_own(entry) else "public")
            and gender in (None, entry.gender)
            and engine.lower() in ("", _ENGINE)
            and (not language or language.lower() in names)
        )

    page, more = part([entry for entry in voices() if wanted(entry)], limit, token, lambda voice: voice.voice_id)
    urls = urls_of(request)
    return V3Page(data=[v3_voice_listed(urls, entry) for entry in page], has_more=bool(more), next_token=more)


@router.post("/v3/voices/speech", operation_id="v3_speech", openapi_extra=describes(V3SpeechBody))
async def speech(request: Request, caller: CallerDep) -> V3[V3Speech]:
    """Say a text: the URL of the sound, and when its words are heard. It costs no credit. The answer waits until it is
    spoken, about half as long as it lasts; an equal request is answered at once."""
    previews = service_of(request).previews
    asked = await run_in_threadpool(previews.parse_v3_speech, await json_body(request), caller)
    key, said = await say(request, asked, caller)
    assert key
    return V3(data=v3_speech(said, urls_of(request).signed(key), key.split("/")[1], asked.warnings))


@router.get("/v3/voices/{voice_id}", operation_id="v3_get_voice")
def get_voice(request: Request, caller: CallerDep, voice_id: str) -> V3[V3Voice]:
    """One voice."""
    return V3(data=v3_voice(urls_of(request), voice(voice_id)))


@router.delete(
    "/v3/voices/{voice_id}",
    operation_id="v3_delete_voice",
    responses={403: {"model": V3Error, "description": "It is the server's."}},
)
def delete_voice(caller: CallerDep, voice_id: str) -> None:
    """Always an error: voices are the server's, and its owner removes those that were added."""
    try:
        voice(voice_id)
    except VoiceNotFound as error:
        raise Problem(404, error.code, error.message, param="voice_id") from error
    raise Problem(403, "forbidden", "this voice is the server's; its owner removes own ones with `limelight voice`.")
