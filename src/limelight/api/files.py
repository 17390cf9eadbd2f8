"""Files over HTTP: films and what belongs to them under signed URLs, uploads and previews; GET, HEAD and Range.

No key is needed and one that is sent is ignored: a film's permission is the signature, for seven days from each status
call, an upload's is its id.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import AsyncIterator, Callable

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from limelight.api.errors import RETRY_AFTER_S, Problem, avatar_not_found
from limelight.api.urls import service_of
from limelight.errors import AvatarNotFound, VoiceNotFound
from limelight.jobs.engine import Interrupted
from limelight.jobs.live import LivePreview
from limelight.service.files import StoredFile

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_PREVIEWS_KEPT_S = 24 * 3600

#: A film in the making has no parts that could be asked for, and no copy of it is worth to be kept.
_LIVE = {"Accept-Ranges": "none", "Cache-Control": "no-store"}
#: How often is looked whether it has grown, and how many look at once.
_LOOK_EVERY_S = 0.3
_readers = anyio.CapacityLimiter(4)
#: One preview is made at a time, and who waits for it holds no thread.
_previews = anyio.CapacityLimiter(1)

router = APIRouter(tags=["files"])


@router.api_route("/files/{video_id}/preview.mp4", methods=["GET", "HEAD"], operation_id="get_preview")
def get_preview(request: Request, video_id: str, expires: str = "", signature: str = "") -> Response:
    """What is there of a film in the making, and then what is added to it, until its end. Ranges are not known."""
    problem = service_of(request).links.problem(f"/files/{video_id}/preview.mp4", expires, signature)
    if problem:
        raise Problem(403, "forbidden", problem)
    preview = service_of(request).files.preview(video_id)
    if preview is None:
        raise Problem(404, "not_found", "this video is not being made; its status tells whether it is finished.")
    if request.method == "HEAD":
        preview.close()
        head = Response(None, 200, _LIVE, "video/mp4")
        del head.headers["content-length"]
        return head
    return _Live(preview)


class _Live(StreamingResponse):
    """A film in the making, closed when it ends, or when its viewer has gone."""

    def __init__(self, preview: LivePreview) -> None:
        super().__init__(_growing(preview), 200, _LIVE, "video/mp4")
        self._preview = preview

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._preview.close, limiter=_readers)


async def _growing(preview: LivePreview) -> AsyncIterator[bytes]:
    """Its bytes; who waits for more holds no thread."""
    while (piece := await anyio.to_thread.run_sync(preview.read, limiter=_readers)) is not None:
        if piece:
            yield piece
        else:
            await anyio.sleep(_LOOK_EVERY_S)


@router.api_route("/files/{video_id}/{name}", methods=["GET", "HEAD"], operation_id="get_file")
def get_file(request: Request, video_id: str, name: str, expires: str = "", signature: str = "") -> Response:
    """A film or thumbnail, under the URL that a status gave."""
    problem = service_of(request).links.problem(f"/files/{video_id}/{name}", expires, signature)
    if problem:
        raise Problem(403, "forbidden", problem)
    return file_response(request, service_of(request).files.film(video_id, name))


@router.api_route("/files/asset/{asset_id}/{name}", methods=["GET", "HEAD"], operation_id="get_asset_file")
def get_asset_file(request: Request, asset_id: str, name: str) -> Response:
    """An upload, under the URL that the answer to it gave."""
    return file_response(request, service_of(request).files.upload(asset_id, name))


@router.api_route("/previews/avatars/{avatar_id}.jpg", methods=["GET", "HEAD"], operation_id="get_avatar_picture")
def get_avatar_picture(request: Request, avatar_id: str) -> Response:
    """The presenter's portrait."""
    try:
        picture = service_of(request).previews.avatar_picture(avatar_id)
    except AvatarNotFound as error:
        raise avatar_not_found(error) from error
    return Response(picture, media_type="image/jpeg", headers=_kept())


@router.api_route("/previews/avatars/{avatar_id}.mp4", methods=["GET", "HEAD"], operation_id="get_avatar_clip")
async def get_avatar_clip(request: Request, avatar_id: str) -> Response:
    """A short film of the presenter; the first request waits until it is rendered."""
    service = service_of(request)
    return await _preview(request, lambda: service.previews.avatar_clip(avatar_id))


@router.api_route("/previews/voices/{voice_id}.mp3", methods=["GET", "HEAD"], operation_id="get_voice_sample")
async def get_voice_sample(request: Request, voice_id: str) -> Response:
    """A sample of the voice; the first request waits until it is spoken."""
    service = service_of(request)
    return await _preview(request, lambda: service.previews.voice_sample(voice_id))


async def _preview(request: Request, make: Callable[[], str]) -> Response:
    try:
        key = await anyio.to_thread.run_sync(make, limiter=_previews)
    except AvatarNotFound as error:
        raise avatar_not_found(error) from error
    except VoiceNotFound as error:
        raise Problem(404, error.code, error.message) from error
    except Interrupted as stop:
        wait = {"Retry-After": str(RETRY_AFTER_S)}
        raise Problem(503, "unavailable", "the server is stopping.", headers=wait) from stop
    response = await anyio.to_thread.run_sync(lambda: file_response(request, service_of(request).files.published(key)))
    response.headers.update(_kept())
    return response


def _kept() -> dict[str, str]:
    return {"Cache-Control": f"public, max-age={_PREVIEWS_KEPT_S}"}


def file_response(request: Request, file: StoredFile | None) -> Response:
    """The file or the range of it that is asked for. Raises Problem 404 and 416."""
    if file is None:
        raise Problem(404, "not_found", "this file is not there.")
    wanted = _range(request, file)
    start, end = wanted or (0, file.size)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(end - start),
        "ETag": f'"{file.etag}"',
        "Last-Modified": email.utils.formatdate(file.modified_s, usegmt=True),
    }
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    status = 206 if wanted else 200
    if request.method == "HEAD":
        return Response(None, status, headers, file.content_type)
    content = service_of(request).files.stream(file, start, end)
    return StreamingResponse(content, status, headers, file.content_type)


def _range(request: Request, file: StoredFile) -> tuple[int, int] | None:
    """Start and end, exclusive, of the one range that is asked for; None where the whole is to be sent (RFC 9110, 14).

    Raises Problem 416 where the range lies outside.
    """
    match = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if request.method != "GET" or not match or not any(match.groups()):
        return None
    if request.headers.get("if-range", f'"{file.etag}"') != f'"{file.etag}"':
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, file.size - int(last)), file.size
    else:
        start, end = int(first), min(file.size, int(last) + 1) if last else file.size
        if last and int(last) < int(first):
            return None
    if start >= end:
        headers = {"Content-Range": f"bytes */{file.size}"}
        raise Problem(416, "invalid_parameter", "this range lies outside the file.", headers=headers)
    return start, end
