"""The presenters that are judged on their pictures."""

from __future__ import annotations

from limelight.catalog.avatars import RENDERED, presenters

#: Everybody who is made of photographs, and two of the rendered cast, whose packs are as they were.
JUDGED = [one for one in presenters() if RENDERED not in one.tags or one.name in ("Clara", "Daniel")]
