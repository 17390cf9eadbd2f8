"""POST /v1/video/share."""

from __future__ import annotations

from limelight.requests.parts import Id
from limelight.requests.wire import Wire, check_text, read


class ShareBody(Wire):
    """The whole body."""

    video_id: Id


def parse_share(body: object) -> str:
    """The id of the video that is to have a public page. Raises SpecError."""
    check_text(body)
    return read(ShareBody, body).video_id
