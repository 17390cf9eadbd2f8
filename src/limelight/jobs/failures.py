"""Errors as JSON: what a render's process answers, and what an engine records."""

from __future__ import annotations

from typing import TypeGuard

from limelight.errors import JobError, LimelightError

Json = dict[str, object]


def failure_json(error: LimelightError) -> Json:
    """`{"kind", "message", "code"}` of an error."""
    return {"kind": type(error).__name__, "message": error.message, "code": error.code}


def failure_from(value: object) -> LimelightError:
    """The error from which `failure_json` made `value`; a JobError where its kind is unknown."""
    if not is_json(value):
        return JobError("the renderer gave an answer that cannot be read.")
    kind = _kinds().get(str(value.get("kind")), JobError)
    return kind(str(value.get("message")), code=str(value.get("code")))


def is_json(value: object) -> TypeGuard[Json]:
    """Whether this is a JSON object."""
    return isinstance(value, dict)


def _kinds() -> dict[str, type[LimelightError]]:
    kinds: dict[str, type[LimelightError]] = {}
    waiting: list[type[LimelightError]] = [LimelightError]
    while waiting:
        kind = waiting.pop()
        kinds[kind.__name__] = kind
        waiting += kind.__subclasses__()
    return kinds
