"""`/openapi.json`: what FastAPI cannot know of the routes is added here, so that the document is true.

`requests` reads bodies leniently, FastAPI does not; errors have the shapes of `errors`; POSTs take an
`Idempotency-Key`; and each kind of request has an example.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from limelight.api.bodies import DESCRIBED
from limelight.api.errors import is_v3
from limelight.api.middleware.idempotent import HEADER, MAX_KEY_CHARACTERS
from limelight.responses.envelopes import V1Error, V2Error, V3Error

_DESCRIPTION = """HeyGen's REST API, v1, v2 and v3, on your own server: existing clients work by changing the base URL.

Send the key as `X-Api-Key`, or as `Authorization: Bearer`. Unknown fields are ignored, `null` is absent, numbers may be
strings. v1 answers `{"code": 100, "data", "message"}`, v2 `{"error": null, "data"}`, v3 `{"data"}` and in lists
`has_more` and `next_token`; an error never has status 200."""

_TAGS = {
    "videos": "Making videos, how they stand, and their end.",
    "assets": "Pictures, films and recordings that videos use.",
    "catalogue": "Presenters and voices.",
    "account": "Who calls, and what they may still make.",
    "templates": "Videos with holes in them.",
    "photos": "Talking photos and photo avatars.",
    "folders": "Where videos and uploads are sorted into.",
    "webhooks": "Being told when a video has ended.",
    "words": "What words are to be called, and hearing it.",
    "v3 videos": "Making videos by v3: of one presenter or picture, of scenes, in batches, by the agent, of templates.",
    "v3 avatars and voices": "Presenters and photos as groups of looks; voices, and texts that they say.",
    "v3 assets": "Uploads of v3.",
    "v3 background removals": "People cut out of pictures.",
    "v3 webhooks": "Being told by v3.",
    "v3 account": "Who calls, by v3.",
    "v3 unsupported": "What v3 has elsewhere: always 501, or a list that is empty.",
    "pages": "Pages for people. No key is needed.",
    "files": "Films, uploads and previews. No key is needed.",
    "operations": "For who runs the server. No key is needed; not for the public network.",
}

_AUTH = {401: "The key is missing, wrong or revoked.", 429: "Too many requests; `Retry-After` says for how long."}
_BODY = {413: "The body is too large."}
_V3 = {402: "The account's credit is used up.", 501: "It is not available on this server."}
_TWICE = {409: "A request with this `Idempotency-Key` is being worked on."}
_ANY = {
    400: "The request is wrong; the message names the field, the problem and the limit.",
    404: "There is no such thing, or it is another account's.",
    500: "Our fault; the server's log has the details.",
    503: "The database does not answer, or the server is stopping; `Retry-After` says when to ask again.",
    507: "The server's disk is full.",
}
_WAIT = {
    "Retry-After": {"description": "Seconds.", "required": True, "schema": {"type": "string", "pattern": "^[0-9]+$"}}
}

_ID = "4f0e6c1f5b5c4a3f9d0b8a7c6d5e4f30"
_AVATAR, _VOICE = "josh_lite3_20230714", "1bd001e7e50f421d891986aad5158bc8"
_SCENE: dict[str, Any] = {
    "character": {"type": "avatar", "avatar_id": _AVATAR, "avatar_style": "normal"},
    "voice": {"type": "text", "input_text": "Welcome to our product demonstration!", "voice_id": _VOICE},
    "background": {"type": "color", "value": "#1a1a2e"},
}
_TEMPLATE = {
    "name": "Greeting",
    "body": {"video_inputs": [{**_SCENE, "voice": {**_SCENE["voice"], "input_text": "Hello {{first_name}}!"}}]},
    "variables": {"first_name": {"name": "first_name", "type": "text", "properties": {"content": "Maria"}}},
}
#: An example for each body that has none of its own, by the name of its schema.
_EXAMPLES: dict[str, dict[str, Any]] = {
    "GenerateBody": {"title": "A demonstration", "video_inputs": [_SCENE], "dimension": {"width": 1280, "height": 720}},
    "WebmBody": {
        "avatar_pose_id": _AVATAR,
        "avatar_style": "normal",
        "input_text": "Hello! This video has a transparent background.",
        "voice_id": _VOICE,
    },
    "CreateVideoBody": {"avatar_id": _AVATAR, "script": "Hello there.", "title": "A greeting", "resolution": "720p"},
    "NewFolderBody": {"name": "Product films"},
    "FolderNameBody": {"name": "Films of the product"},
    "AgentBody": {
        "prompt": "Our product saves time. It answers letters while you sleep.",
        "config": {"duration_sec": 30, "orientation": "landscape"},
    },
    "Av4Body": {"image_key": f"image/{_ID}/original.jpg", "script": "Hello!", "voice_id": _VOICE},
    "EndpointChangeBody": {"endpoint_id": _ID, "events": ["avatar_video.success"]},
    "GroupBody": {"name": "Maria", "image_key": f"image/{_ID}/original.jpg"},
    "LooksBody": {"group_id": _ID, "image_keys": [f"image/{_ID}/original.jpg"], "name": "Maria, outdoors"},
    "NewEndpointBody": {"url": "https://example.com/hook", "events": ["avatar_video.success", "avatar_video.fail"]},
    "ShareBody": {"video_id": _ID},
    "TemplateBody": _TEMPLATE,
    "TemplateGenerateBody": {"title": "For Maria", "variables": {"first_name": "Maria"}},
    "TrainBody": {"group_id": _ID},
    "SpeechBody": {"text": "Kubernetes costs $5.", "voice_id": _VOICE},
    "CreateVideoV3Body": {"type": "avatar", "avatar_id": _AVATAR, "script": "Hello there.", "resolution": "720p"},
    "VideoBatchBody": {
        "videos": [{"type": "avatar", "avatar_id": _AVATAR, "script": "Hello, Ann."}],
        "title": "Hellos",
    },
    "V3AgentBody": {"prompt": "Our product saves time. It answers letters while you sleep.", "avatar_id": _AVATAR},
    "PhotoAvatarBody": {"type": "photo", "name": "Maria", "file": {"type": "asset_id", "asset_id": _ID}},
    "LookBody": {"name": "Maria, outdoors"},
    "ConsentBody": {"consent_text": "I am Maria, and this picture of me may speak."},
    "BackgroundRemovalBody": {"video": {"type": "asset_id", "asset_id": _ID}, "layers": ["foreground", "mask"]},
    "V3SpeechBody": {"text": "Kubernetes costs $5.", "voice_id": _VOICE},
    "DirectUploadBody": {"filename": "maria.jpg", "content_type": "image/jpeg", "size_bytes": 123_456},
    "UploadBatchBody": {"files": [{"filename": "maria.jpg", "content_type": "image/jpeg", "size_bytes": 123_456}]},
    "CompleteUploadBody": {"checksum_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    "CompleteBatchBody": {"batch_id": _ID},
    "V3EndpointBody": {"url": "https://example.com/hook", "events": ["avatar_video.success"]},
    "EndpointPatchBody": {"events": ["avatar_video.success"]},
    "WordsBody": {"word": "Kubernetes", "say": "koober netties"},
}

#: What files are, by how their paths end; the others may be any.
_MEDIA = {".jpg": "image/jpeg", ".mp4": "video/mp4", ".mp3": "audio/mpeg"}

Operation = dict[str, Any]


def install(app: FastAPI) -> None:
    """Let the application describe itself so."""
    app.description = _DESCRIPTION
    app.openapi_tags = [{"name": name, "description": text} for name, text in _TAGS.items()]
    made_by_fastapi = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Duplicate Operation ID")  # of GET and HEAD, told apart below
                document = made_by_fastapi()
            _add_schemas(document)
            for path, method, operation in _operations(document):
                _complete(path, method, operation)
        return made_by_fastapi()

    app.openapi = openapi  # type: ignore[method-assign]


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _add_schemas(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    bodies: dict[str, type[BaseModel]] = {**DESCRIBED, "V1Error": V1Error, "V2Error": V2Error, "V3Error": V3Error}
    for name, body in bodies.items():
        schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[name] = schema
    for name, example in _EXAMPLES.items():
        if name in schemas:
            schemas[name].setdefault("examples", [example])
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _complete(path: str, method: str, operation: Operation) -> None:
    answers: dict[str, Any] = operation["responses"]
    answers.pop("422", None)  # FastAPI's own, which `errors` never gives
    texts = dict(_ANY)
    if "security" in operation:
        texts |= _AUTH
    if method == "post":
        texts |= _TWICE
        operation.setdefault("parameters", []).append(_idempotency_key())
    if "requestBody" in operation:
        texts |= _BODY
    if method == "head":
        operation["operationId"] += "_head"
    if path.startswith(("/files/", "/previews/")) and method in ("get", "head"):
        content = {_MEDIA.get(path[path.rfind(".") :], "*/*"): {"schema": {"type": "string", "format": "binary"}}}
        answers["200"]["content"] = content
        answers["206"] = {"description": "The range that was asked for.", "content": content}
    if path.startswith("/files/"):
        texts |= {403: "The URL's signature is wrong or has expired.", 416: "This range lies outside the file."}
    if path.startswith("/previews/"):
        texts |= {416: "This range lies outside the file."}
    kind = "V3Error" if is_v3(path) else "V1Error" if path.startswith("/v1/") else "V2Error"
    if kind == "V3Error" and "requestBody" in operation:
        texts |= _V3
    for status, text in sorted(texts.items()):
        answers.setdefault(str(status), _error(text, kind, _WAIT if status in (429, 503) else None))


def _error(text: str, kind: str, headers: dict[str, Any] | None) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind}"}}}
    return {"description": text, "content": content, **({"headers": headers} if headers else {})}


def _idempotency_key() -> dict[str, Any]:
    return {
        "name": HEADER,
        "in": "header",
        "required": False,
        "description": "A second request with the same key gets the first's answer, for 24 hours.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_CHARACTERS, "pattern": "^[!-~]+$"},
    }
