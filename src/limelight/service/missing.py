"""What an account asks for and does not have."""

from __future__ import annotations

from limelight.requests.wire import quoted


class NotFound(Exception):
    """The account has no such thing; `message` says which."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @classmethod
    def of(cls, what: str, id: str) -> NotFound:
        """There is no thing of this id."""
        return cls(f"{what} {quoted(id)} not found.")
