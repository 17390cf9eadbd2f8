"""The error for a thing that an account names and does not have."""

from __future__ import annotations

from limelight.requests.wire import quoted


class NotFound(Exception):
    """The account does not have what the request names; `message` says what that is, and `code` for v3."""

    def __init__(self, message: str, code: str = "not_found") -> None:
        super().__init__(message)
        self.message = message
        self.code = code

    @classmethod
    def of(cls, what: str, id: str, code: str = "not_found") -> NotFound:
        """The error for a `what` of this id."""
        return cls(f"{what} {quoted(id)} not found.", code)
