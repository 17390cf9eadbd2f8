"""What pages for people show."""

from __future__ import annotations

from html import escape

from limelight.service.links import Urls
from limelight.store import Video


def player(urls: Urls, video: Video) -> str:
    """A video that was shared, as HTML: a player, or why there is none."""
    if video.status == "failed":
        return "<p>This video could not be made.</p>"
    if video.video_key is None or video.thumbnail_key is None:
        return "<p>This video is still being made.</p>"
    track = ""
    if subtitles := video.subtitle_keys.get("vtt"):
        track = f'<track kind="captions" label="Captions" src="{escape(urls.signed(subtitles))}">'
    film, poster = (escape(urls.signed(key)) for key in (video.video_key, video.thumbnail_key))
    return f'<video controls playsinline preload="metadata" poster="{poster}" src="{film}">{track}</video>'
