"""Which requests are sent again, and when: exponential backoff with jitter, unless the server says how long to wait."""

from __future__ import annotations

import datetime
import email.utils
import random

import httpx

from limelight.client.errors import Unreachable
from limelight.client.steps import Answer, Flow, Request, Send, Sleep

_FIRST_S, _LONGEST_S = 0.5, 30.0
#: Who is to wait longer than this is told so instead.
_LONGEST_ASKED_S = 120.0
_CONFLICT = 409


def backoff_s(attempt: int) -> float:
    """How long to wait after this attempt, counted from 0: half of the time is by chance, so that clients spread."""
    longest: float = min(_LONGEST_S, _FIRST_S * 2.0**attempt)
    return longest * random.uniform(0.5, 1.0)


def retry_after_s(headers: httpx.Headers) -> float | None:
    """Seconds of Retry-After, which is a number or a date; None where there is none."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        when = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=datetime.UTC)
    return max(0.0, (when - datetime.datetime.now(datetime.UTC)).total_seconds())


def sent(request: Request, retries: int) -> Flow[Answer]:
    """Send a request until there is an answer that a repetition would not better. Raises Unreachable."""
    attempt = 0
    while True:
        wait: float | None = backoff_s(attempt)
        try:
            answer: Answer = yield Send(request)
        except Unreachable:
            if attempt == retries:
                raise
        else:
            wait = wait_before_repeat(answer, attempt)
            if attempt == retries or wait is None:
                return Answer(answer.status, answer.headers, answer.content, attempt + 1)
        yield Sleep(wait or 0.0)
        attempt += 1


def wait_before_repeat(answer: Answer, attempt: int) -> float | None:
    """Seconds to wait before sending the same again; None where that is of no use."""
    # A conflict after a repetition is our own first attempt, which the server is still busy with.
    if not (answer.status in (408, 429) or answer.status >= 500 or (answer.status == _CONFLICT and attempt)):
        return None
    asked = retry_after_s(answer.headers)
    if asked is None:
        return backoff_s(attempt)
    return asked if asked <= _LONGEST_ASKED_S else None
