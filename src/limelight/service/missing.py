"""The error for a thing that an account names and does not have."""

from __future__ import annotations

from limelight.requests.wire import quoted


class NotFound(Exception):
    """The account does not have what the request names; `message` says what that is."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @classmethod
    def of(cls, what: str, id: str) -> NotFound:
        """The error for a `what` of this id."""
        return cls(f"{what} {quoted(id)} not found.")
