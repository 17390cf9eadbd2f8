"""Times as answers have them."""

from __future__ import annotations

import datetime


def iso(milliseconds: int) -> str:
    """ISO 8601 of milliseconds since 1970."""
    when = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
