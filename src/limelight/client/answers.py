"""Reading the envelopes of v1, v2 and v3, and the errors in them."""

from __future__ import annotations

import json
from typing import Any

from limelight.client.errors import ApiError, UnexpectedAnswer, api_error
from limelight.client.retries import retry_after_s
from limelight.client.steps import Answer

_V1_SUCCESS = 100


def data_of(answer: Answer) -> Any:
    """`data` of a success. Raises ApiError for an error, whatever its status, and UnexpectedAnswer for neither."""
    try:
        body = json.loads(answer.content)
    except ValueError:
        body = None
    if answer.status >= 400:
        raise _error(answer, body if isinstance(body, dict) else {})
    if not isinstance(body, dict):
        raise UnexpectedAnswer(f"the server answers with status {answer.status} and no JSON object: is its URL right?")
    # Some servers send an error with status 200.
    if body.get("error") or body.get("code", _V1_SUCCESS) not in (_V1_SUCCESS, str(_V1_SUCCESS), None):
        raise _error(answer, body)
    return body.get("data")


def _error(answer: Answer, body: dict[str, Any]) -> ApiError:
    error = body.get("error")
    inner = error if isinstance(error, dict) else {"message": error}
    message = inner.get("message") or inner.get("detail") or body.get("message")
    code = inner.get("code") or body.get("code")
    return api_error(
        str(message or f"the server answers with status {answer.status}."),
        status=answer.status,
        code=None if code is None else str(code),
        request_id=answer.headers.get("x-request-id"),
        retry_after_s=retry_after_s(answer.headers),
        param=param if isinstance(param := inner.get("param"), str) else None,
    )
