"""What an account wants words to be called."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from limelight.api import parameters
from limelight.api.auth import CallerDep
from limelight.api.bodies import describes, json_body, small_body
from limelight.api.errors import Problem
from limelight.api.urls import service_of
from limelight.requests.wire import quoted
from limelight.requests.words import WordsBody
from limelight.responses.envelopes import V1
from limelight.responses.words import Words, words_shown
from limelight.speech.lexicon import MAX_FILE_BYTES

_LIST_FILE = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("text/csv", "application/pls+xml")
        },
    }
}

router = APIRouter(tags=["words"])


@router.get("/v1/limelight/words", operation_id="list_words")
def list_words(request: Request, caller: CallerDep) -> V1[Words]:
    """The account's words; those that go by case first, then by the alphabet."""
    words = service_of(request).words.all(caller)
    return V1(data=words_shown(words, len(words)))


@router.post("/v1/limelight/words", operation_id="add_words", openapi_extra=describes(WordsBody))
async def add_words(request: Request, caller: CallerDep) -> V1[Words]:
    """Add a word or several, or put them in the place of equal ones; the answer is what was kept."""
    body = await json_body(request)
    return V1(data=words_shown(*await run_in_threadpool(service_of(request).words.add, body, caller)))


@router.post("/v1/limelight/words/import", operation_id="import_words", openapi_extra=_LIST_FILE)
async def import_words(request: Request, caller: CallerDep) -> V1[Words]:
    """The same with a file: CSV with the header word,say,ipa,case, or a PLS lexicon; all of it is taken or nothing."""
    data = await small_body(request, MAX_FILE_BYTES)
    return V1(data=words_shown(*await run_in_threadpool(service_of(request).words.read, data, caller)))


@router.delete("/v1/limelight/words", operation_id="delete_word")
def delete_word(request: Request, caller: CallerDep, word: parameters.Word = "") -> V1[None]:
    """Forget a word. Videos that were submitted before are made with it."""
    if not word:
        raise Problem(400, "invalid_parameter", "word is invalid: field required.")
    if not service_of(request).words.delete(word, caller):
        raise Problem(404, "not_found", f"word {quoted(word)} not found.")
    return V1(data=None)
