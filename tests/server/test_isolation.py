"""Two accounts, and every operation of the API: what belongs to one cannot be read, changed, deleted or named by the
other. A new operation needs a line in CASES: without one `test_every_operation_has_a_case` fails.
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import ColumnElement, create_engine, select

from limelight.api.routes.v3.unsupported import NOT_OFFERED
from limelight.requests import parse_generate
from limelight.service.accounts import new_account, new_key
from limelight.store import Account, Failure, NewVideo, Objects, Store
from limelight.store.models import Base, SceneRow, VideoRow
from serving import Server, body

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
)
#: In every name and title of the account whose things are asked for.
SESAME = "sesame"
JOSH, SARA = "josh_lite3_20230714", "1bd001e7e50f421d891986aad5158bc8"


@dataclass(frozen=True)
class Its:
    """The id of a thing of the other account's: see `Owner`."""

    name: str


@dataclass(frozen=True)
class Case:
    """How an operation is asked for what belongs to somebody else."""

    path: Mapping[str, Its | str] = field(default_factory=dict)
    query: Mapping[str, Its | str] = field(default_factory=dict)
    json: object = None
    content: bytes | None = None
    #: in a form
    file: bytes | None = None
    #: the status that the stranger gets, who has a key too
    stranger: int = 404
    #: the status that the owner gets afterwards for the same request: it would have worked
    owner: int = 200
    #: what the owner is shown and the stranger is not
    shows: str | None = None
    #: who knows this much may read it, on purpose
    public: bool = False


def listing(shows: str | None, **query: Its | str) -> Case:
    """A list: everybody has one, and sees their own things."""
    return Case(query=query, stranger=200, shows=shows)


def scene_with(picture: Its) -> dict[str, Any]:
    return {"video_inputs": [{**body()["video_inputs"][0], "background": {"type": "image", "image_asset_id": picture}}]}


def photo_scene(photo: Its) -> dict[str, Any]:
    character = {"type": "talking_photo", "talking_photo_id": photo}
    return {"video_inputs": [{**body()["video_inputs"][0], "character": character}]}


def v3_image(asset: Its) -> dict[str, Any]:
    image = {"type": "asset_id", "asset_id": asset}
    return {"type": "image", "image": image, "script": "Hi.", "voice_id": SARA}


TEMPLATE = {"name": f"{SESAME} template", "body": body("Open {{what}}."), "variables": {"what": {"type": "text"}}}
VALUES = {"variables": {"what": "up"}}
NOTHING_ASKED = Case(stranger=200)
FILM: dict[str, Its | str] = {"video_id": Its("video"), "name": "film.mp4"}
PICTURE: dict[str, Its | str] = {"asset_id": Its("asset"), "name": "original.png"}

#: By operation. What follows a # tells several cases of one operation apart.
CASES: dict[str, Case] = {
    # videos
    "POST /v2/video/generate": Case(json=scene_with(Its("asset")), stranger=400),
    "POST /v2/video/generate # by URL": Case(
        json={"video_inputs": [{**body()["video_inputs"][0], "background": {
            "type": "image", "url": Its("literal_url")}}]}, stranger=400,
    ),
    "POST /v1/video.webm": Case(
        json={"avatar_pose_id": JOSH, "avatar_style": "normal", "input_audio": Its("sound_url")}, stranger=400
    ),
    "POST /v2/videos": Case(
        json={"avatar_id": JOSH, "script": "Hi.", "background": {"type": "image", "asset_id": Its("asset")}},
        stranger=400,
    ),
    "POST /v2/videos # a recording": Case(
        json={"avatar_id": JOSH, "audio_asset_id": Its("sound")}, stranger=400
    ),
    "GET /v1/video_status.get": Case(query={"video_id": Its("video")}, shows="video"),
    "GET /v2/videos/{video_id}": Case(path={"video_id": Its("video")}, shows="video"),
    "DELETE /v2/videos/{video_id}": Case(path={"video_id": Its("video")}),
    "DELETE /v1/video.delete": Case(query={"video_id": Its("video")}),
    "DELETE /v1/video.delete # one that waits": Case(query={"video_id": Its("waiting")}),
    "POST /v1/video/share": Case(json={"video_id": Its("video")}, shows="share_token"),
    "GET /v1/video.list": listing("video"),
    "GET /v1/video.list # of a folder": listing("video", folder_id=Its("folder"), title=SESAME),
    "GET /v2/videos": listing("video"),
    "GET /v2/videos # of a folder": listing("video", folder_id=Its("folder")),
    "GET /share/{token}": Case(path={"token": Its("share_token")}, stranger=200, public=True),
    # assets
    "POST /v1/asset": Case(query={"folder_id": Its("folder")}, content=PNG, stranger=200),
    "GET /v1/asset/list": listing("asset"),
    "GET /v1/asset/list # of a folder": listing("asset", folder_id=Its("folder")),
    "POST /v1/asset/{asset_id}/delete": Case(path={"asset_id": Its("asset")}),
    # a signature is needed, whoever asks
    "PUT /files/upload/{account_id}/{asset_id}": Case(
        path={"account_id": Its("account"), "asset_id": Its("asset")}, content=PNG, stranger=403, owner=403
    ),
    "GET /files/{video_id}/{name}": Case(path=FILM, stranger=403, owner=403),
    "HEAD /files/{video_id}/{name}": Case(path=FILM, stranger=403, owner=403),
    "GET /files/{video_id}/preview.mp4": Case(path={"video_id": Its("waiting")}, stranger=403, owner=403),
    "HEAD /files/{video_id}/preview.mp4": Case(path={"video_id": Its("waiting")}, stranger=403, owner=403),
    "GET /files/asset/{asset_id}/{name}": Case(path=PICTURE, stranger=200, public=True),
    "HEAD /files/asset/{asset_id}/{name}": Case(path=PICTURE, stranger=200, public=True),
    # folders
    "GET /v1/folders": listing("folder"),
    "GET /v1/folders # below a folder": listing("subfolder", parent_id=Its("folder"), name_filter=SESAME),
    "POST /v1/folders/create": Case(json={"name": "Mine", "parent_id": Its("folder")}, stranger=400),
    "POST /v1/folders/{folder_id}": Case(path={"folder_id": Its("folder")}, json={"name": "Mine"}, shows="folder"),
    "POST /v1/folders/{folder_id}/trash": Case(path={"folder_id": Its("folder")}, shows="folder"),
    "POST /v1/folders/{folder_id}/restore": Case(path={"folder_id": Its("folder")}, shows="folder"),
    # catalogue: presenters and voices are everybody's, photos are not
    "GET /v2/avatars": listing("photo"),
    "GET /v1/avatar.list": NOTHING_ASKED,
    "GET /v2/avatar/{avatar_id}/details": Case(path={"avatar_id": Its("photo")}, shows="photo"),
    "GET /v2/avatar_group.list": listing("group"),
    "GET /v2/avatar_group.list # with the public ones": listing("group", include_public="true"),
    "GET /v2/avatar_group/{group_id}/avatars": Case(path={"group_id": Its("group")}, shows="look"),
    "GET /v2/voices": NOTHING_ASKED,
    "GET /v1/voice.list": NOTHING_ASKED,
    "GET /v2/voices/locales": NOTHING_ASKED,
    "GET /v2/video_translate/target_languages": NOTHING_ASKED,
    **{
        f"{method} /previews/avatars/{{avatar_id}}.{kind}": Case(path={"avatar_id": Its("photo")}, owner=404)
        for method in ("GET", "HEAD")
        for kind in ("jpg", "mp4")
    },
    "GET /previews/voices/{voice_id}.mp3": Case(path={"voice_id": Its("photo")}, owner=404),
    "HEAD /previews/voices/{voice_id}.mp3": Case(path={"voice_id": Its("photo")}, owner=404),
    # accounts
    "GET /v2/user/remaining_quota": listing("left"),
    "GET /v1/video_generate.quota": listing("left"),
    "GET /v1/user/me": listing("email"),
    "GET /v1/brand_voice/list": NOTHING_ASKED,
    "GET /v2/brand_voice/list": NOTHING_ASKED,
    # webhooks
    "POST /v1/webhook/endpoint.add": Case(
        json={"url": "https://example.org/mine", "endpoint_id": Its("endpoint")}, stranger=201, owner=201
    ),
    "PATCH /v1/webhook/endpoint.update": Case(
        json={"endpoint_id": Its("endpoint"), "url": "https://example.org/mine", "events": []}, shows="endpoint"
    ),
    "DELETE /v1/webhook/endpoint.delete": Case(query={"endpoint_id": Its("endpoint")}),
    "GET /v1/webhook/endpoint.list": listing("endpoint"),
    "GET /v1/webhook/webhook.list": NOTHING_ASKED,
    "GET /v1/webhook/secret": NOTHING_ASKED,
    # words
    "GET /v1/limelight/words": listing("word"),
    "POST /v1/limelight/words": Case(json={"word": "mine", "say": "my own"}, stranger=200),
    "POST /v1/limelight/words/import": Case(content=b"word,say\nmine,my own\n", stranger=200),
    "POST /v1/limelight/speech": Case(json={"text": "Hi.", "voice_id": SARA}, stranger=200),
    **{
        f"{method} /files/speech/{{speech_id}}/{{name}}": Case(
            path={"speech_id": Its("video"), "name": "speech.mp3"}, stranger=403, owner=403
        )
        for method in ("GET", "HEAD")
    },
    "DELETE /v1/limelight/words": Case(query={"word": Its("word")}),
    # templates
    "GET /v2/templates": listing("template"),
    "POST /v2/templates": Case(
        json={**TEMPLATE, "name": "Mine", "body": scene_with(Its("asset")), "variables": {}}, stranger=400
    ),
    "GET /v2/template/{template_id}": Case(path={"template_id": Its("template")}, shows="template"),
    "GET /v2/templates/{template_id}": Case(path={"template_id": Its("template")}, shows="template"),
    "GET /v3/template/{template_id}": Case(path={"template_id": Its("template")}, shows="template"),
    "PUT /v2/template/{template_id}": Case(path={"template_id": Its("template")}, json={**TEMPLATE, "name": "Mine"}),
    "PATCH /v2/template/{template_id}": Case(path={"template_id": Its("template")}, json={"name": "Mine"}),
    "DELETE /v2/template/{template_id}": Case(path={"template_id": Its("template")}),
    "POST /v2/template/{template_id}/generate": Case(path={"template_id": Its("template")}, json=VALUES),
    "POST /v2/templates/{template_id}/generate": Case(path={"template_id": Its("template")}, json=VALUES),
    "GET /previews/template.jpg": NOTHING_ASKED,
    "HEAD /previews/template.jpg": NOTHING_ASKED,
    # the script planner
    "POST /v1/video_agent/generate": Case(
        json={"prompt": "Open up.", "files": [{"asset_id": Its("asset")}]}, stranger=400
    ),
    # photos
    "POST /v1/talking_photo": Case(content=PNG, stranger=200),
    "GET /v1/talking_photo.list": listing("photo"),
    "DELETE /v2/talking_photo/{talking_photo_id}": Case(path={"talking_photo_id": Its("photo")}),
    "POST /v2/photo_avatar/avatar_group/create": Case(
        json={"name": "Mine", "image_key": Its("image_key")}, stranger=400
    ),
    "POST /v2/photo_avatar/avatar_group/add": Case(
        json={"name": "Mine", "group_id": Its("group"), "image_keys": [Its("image_key")]}, stranger=400
    ),
    "GET /v2/photo_avatar/{photo_avatar_id}": Case(path={"photo_avatar_id": Its("look")}, shows="group"),
    "DELETE /v2/photo_avatar/{photo_avatar_id}": Case(path={"photo_avatar_id": Its("look")}),
    "DELETE /v2/photo_avatar_group/{group_id}": Case(path={"group_id": Its("group")}),
    "POST /v2/photo_avatar/train": Case(json={"group_id": Its("group")}),
    "GET /v2/photo_avatar/train/status/{group_id}": Case(path={"group_id": Its("group")}),
    **{
        f"POST /v2/photo_avatar/{name}": Case(
            json={"id": Its("look"), "group_id": Its("group"), "image_key": Its("image_key")}, stranger=400, owner=400
        )
        for name in ("photo/generate", "look/generate", "add_motion", "add_sound_effect", "upscale")
    },
    "GET /v2/photo_avatar/generation/{generation_id}": Case(path={"generation_id": Its("look")}, owner=404),
    "POST /v2/video/av4/generate": Case(
        json={"image_key": Its("image_key"), "script": "Hi.", "voice_id": SARA}, stranger=400
    ),
    "POST /v2/video/generate # a talking photo": Case(json=photo_scene(Its("photo")), stranger=400),
    "POST /v2/video/generate # a group of photos": Case(json=photo_scene(Its("group")), stranger=400),
    "POST /v2/video/generate # an upload as a photo": Case(json=photo_scene(Its("asset")), stranger=400),
    "POST /v2/videos # an upload as a photo": Case(
        json={"image_asset_id": Its("asset"), "script": "Hi.", "voice_id": SARA}, stranger=400
    ),
    "POST /v2/videos # a talking photo": Case(
        json={"avatar_id": Its("photo"), "script": "Hi.", "voice_id": SARA}, stranger=400
    ),
    # v3
    "POST /v3/videos": Case(
        json={"avatar_id": JOSH, "script": "Hi.", "background": {"type": "image", "asset_id": Its("asset")}},
        stranger=400,
    ),
    "POST /v3/videos # a talking photo": Case(
        json={"avatar_id": Its("photo"), "script": "Hi.", "voice_id": SARA}, stranger=404
    ),
    "POST /v3/videos # a group of photos": Case(
        json={"avatar_id": Its("group"), "script": "Hi.", "voice_id": SARA}, stranger=404
    ),
    "POST /v3/videos # an upload": Case(json=v3_image(Its("asset")), stranger=400),
    "POST /v3/videos # an upload's URL": Case(
        json={"type": "image", "image": {"type": "url", "url": Its("literal_url")}, "script": "Hi.", "voice_id": SARA},
        stranger=400,
    ),
    "POST /v3/videos # scenes": Case(
        json={"type": "studio", "scenes": [{"type": "image", "source": {"asset_id": Its("asset")}, "duration": 1}]},
        stranger=400,
    ),
    "GET /v3/videos": listing("video"),
    "GET /v3/videos # of a folder": listing("video", folder_id=Its("folder")),
    "GET /v3/videos/{video_id}": Case(path={"video_id": Its("video")}, shows="video"),
    "DELETE /v3/videos/{video_id}": Case(path={"video_id": Its("video")}),
    "POST /v3/videos/batches": Case(json={"videos": [v3_image(Its("asset"))]}, stranger=202, owner=202),
    "GET /v3/videos/batches/{batch_id}": Case(path={"batch_id": Its("batch")}, shows="batched"),
    "GET /v3/videos/statuses": listing(None, video_ids=Its("video")),
    "GET /v3/videos/statuses # of a batch": listing("batched", batch_ids=Its("batch")),
    "POST /v3/video-agents": Case(
        json={"prompt": "Open up.", "files": [{"type": "asset_id", "asset_id": Its("asset")}]}, stranger=400
    ),
    "POST /v3/video-agents # by a photo": Case(json={"prompt": "Open up.", "avatar_id": Its("photo")}, stranger=404),
    "GET /v3/video-agents": listing("session"),
    "GET /v3/video-agents/{session_id}": Case(path={"session_id": Its("session")}, shows="session"),
    "GET /v3/video-agents/{session_id}/videos": Case(path={"session_id": Its("session")}, shows="session"),
    "GET /v3/templates": listing("template"),
    "GET /v3/templates/{template_id}": Case(path={"template_id": Its("template")}, shows="template"),
    "POST /v3/templates/{template_id}": Case(path={"template_id": Its("template")}, json=VALUES),
    "GET /v3/avatars": listing("group", limit="100"),
    "GET /v3/avatars # private": listing("group", ownership="private"),
    "POST /v3/avatars": Case(
        json={"type": "photo", "name": "Mine", "file": {"type": "asset_id", "asset_id": Its("asset")}}, stranger=400
    ),
    "POST /v3/avatars # into a group": Case(
        json={"type": "photo", "name": "Mine", "file": {"type": "base64", "data": base64.b64encode(PNG).decode()},
              "avatar_group_id": Its("group")},
    ),
    "GET /v3/avatars/looks": listing("look", limit="100"),
    "GET /v3/avatars/looks # of a group": listing("look", group_id=Its("group")),
    "GET /v3/avatars/looks/{look_id}": Case(path={"look_id": Its("look")}, shows="look"),
    "PATCH /v3/avatars/looks/{look_id}": Case(path={"look_id": Its("look")}, json={"name": "Mine"}),
    "DELETE /v3/avatars/looks/{look_id}": Case(path={"look_id": Its("look")}),
    "GET /v3/avatars/{group_id}": Case(path={"group_id": Its("group")}, shows="group"),
    "GET /v3/avatars/{group_id}/looks": Case(path={"group_id": Its("group")}, shows="look"),
    "DELETE /v3/avatars/{group_id}": Case(path={"group_id": Its("group")}),
    "POST /v3/avatars/{group_id}/consent": Case(path={"group_id": Its("group")}, json={"consent_text": "I may."}),
    "GET /v3/voices": NOTHING_ASKED,
    "GET /v3/voices/{voice_id}": Case(path={"voice_id": Its("photo")}, owner=404),
    "DELETE /v3/voices/{voice_id}": Case(path={"voice_id": Its("photo")}, owner=404),
    "POST /v3/voices/speech": Case(json={"text": "Hi.", "voice_id": SARA}, stranger=200),
    "POST /v3/background-removals": Case(json={"video": {"type": "asset_id", "asset_id": Its("asset")}}, stranger=400),
    "POST /v3/background-removals # an upload's URL": Case(
        json={"video": {"type": "url", "url": Its("literal_url")}}, stranger=400
    ),
    "POST /v3/background-removals # of the same request_id": Case(
        json={"video": {"type": "base64", "data": base64.b64encode(PNG).decode()}, "request_id": SESAME}, stranger=200,
        shows="removal",
    ),
    "GET /v3/background-removals": listing("removal"),
    "GET /v3/background-removals/{job_id}": Case(path={"job_id": Its("removal")}, shows="removal"),
    "DELETE /v3/background-removals/{job_id}": Case(path={"job_id": Its("removal")}),
    **{
        f"{method} /files/removals/{{account_id}}/{{job_id}}/{{name}}": Case(
            path={"account_id": Its("account"), "job_id": Its("removal"), "name": "mask.png"}, stranger=403, owner=403
        )
        for method in ("GET", "HEAD")
    },
    "POST /v3/assets": Case(file=PNG, stranger=200),
    "GET /v3/assets": listing("asset", limit="100"),
    "GET /v3/assets # of a folder": listing("asset", folder_id=Its("folder")),
    "GET /v3/assets # by its owner's name": listing("asset", username=f"{SESAME} & Co", limit="100"),
    "GET /v3/assets/search": listing("asset", query=SESAME, scope="personal"),
    "GET /v3/assets/statuses": listing(None, asset_ids=Its("asset")),
    "GET /v3/assets/statuses # of a batch": listing("upload", batch_ids=Its("upload_batch")),
    "GET /v3/assets/{asset_id}": Case(path={"asset_id": Its("asset")}, shows="asset"),
    "DELETE /v3/assets/{asset_id}": Case(path={"asset_id": Its("asset")}),
    "POST /v3/assets/{asset_id}/complete": Case(path={"asset_id": Its("asset")}, shows="asset"),
    "POST /v3/assets/direct-uploads": Case(
        json={"filename": "a.png", "content_type": "image/png", "size_bytes": 9, "asset_id": Its("asset")}, stranger=200
    ),
    "POST /v3/assets/direct-uploads/batches": Case(
        json={"files": [{"filename": "a.png", "content_type": "image/png", "size_bytes": 9}]}, stranger=200
    ),
    "POST /v3/assets/complete/batches": Case(json={"batch_id": Its("upload_batch")}, owner=202),
    "GET /v3/assets/batches/{upload_batch_id}": Case(path={"upload_batch_id": Its("upload_batch")}, shows="upload"),
    "GET /v3/webhooks/endpoints": listing("endpoint"),
    "POST /v3/webhooks/endpoints": Case(json={"url": "https://example.org/mine"}, stranger=200),
    "PATCH /v3/webhooks/endpoints/{endpoint_id}": Case(
        path={"endpoint_id": Its("endpoint")}, json={"url": "https://example.org/mine"}, shows="endpoint"
    ),
    "DELETE /v3/webhooks/endpoints/{endpoint_id}": Case(path={"endpoint_id": Its("endpoint")}),
    "POST /v3/webhooks/endpoints/{endpoint_id}/rotate-secret": Case(
        path={"endpoint_id": Its("endpoint")}, shows="endpoint"
    ),
    "GET /v3/webhooks/event-types": NOTHING_ASKED,
    "GET /v3/webhooks/events": listing("told"),
    "GET /v3/webhooks/events # of a video": listing("told", entity_id=Its("told")),
    "GET /v3/users/me": listing("email"),
    "GET /v3/users/me # what is left": listing("credits"),
    "GET /v3/brand-glossaries": listing("glossary"),
    "GET /v3/brand-kits": NOTHING_ASKED,
    "GET /v3/video-agents/styles": NOTHING_ASKED,
    "GET /v3/video-translations/languages": NOTHING_ASKED,
    **{
        operation: Case(path=dict.fromkeys(re.findall(r"{(\w+)}", operation), Its("session")), stranger=501, owner=501)
        for operations in NOT_OFFERED.values()
        for operation in operations
    },
    # operations: for everybody who reaches the server, and nobody's things are named
    "GET /healthz": NOTHING_ASKED,
    "GET /readyz": NOTHING_ASKED,
    "GET /metrics": NOTHING_ASKED,
}  # fmt: skip


#: What changes or ends a thing that other cases need.
ENDS = re.compile(r"^(DELETE|PUT|PATCH)|/(delete|trash|restore|rotate-secret|train|consent)\b|folders/{folder_id}")


class Owner:
    """An account with things of every kind. Its videos wait for ever, so that nothing changes by itself."""

    def __init__(self, server: Server, store: Store, film: Path, http: httpx.Client, account: Account) -> None:
        self.account = account
        self.http = http
        self.its: dict[str, str] = {
            "account": self.account.id,
            "email": self.account.email,
            "glossary": hashlib.sha256(f"words {self.account.id}".encode()).hexdigest()[:32],
        }
        self._make_files()
        self._make_things(store)
        self._make_videos(store, Objects(server.data_dir / "objects"), film)
        endpoint = store.webhooks.add(self.account.id, f"https://example.org/{SESAME}", None, f"{SESAME} secret")
        self.its["endpoint"] = endpoint.id
        self._make_of_v3(store)
        left = self.http.get("/v2/user/remaining_quota").json()["data"]["remaining_quota"]
        self.its |= {"left": str(left), "credits": str(left / 60)}

    def _make_files(self) -> None:
        folder = self._post("/v1/folders/create", {"name": f"{SESAME} folder"})
        self.its["folder"] = folder["id"]
        below = self._post("/v1/folders/create", {"name": f"{SESAME} below", "parent_id": folder["id"]})
        self.its["subfolder"] = below["id"]
        query = {"name": f"{SESAME}.png", "folder_id": folder["id"]}
        picture = self._sent("/v1/asset", PNG, **query)
        self.its |= {"asset": picture["id"], "image_key": picture["image_key"]}
        self.its["literal_url"] = f"https://files.heygen.ai/asset/{picture['id']}"
        sound = self._sent("/v1/asset", b"ID3" + bytes(64))
        self.its |= {"sound": sound["id"], "sound_url": f"https://files.heygen.ai/asset/{sound['id']}"}

    def _make_things(self, store: Store) -> None:
        self.its["template"] = self._post("/v2/templates", TEMPLATE)["template_id"]
        self._post("/v1/limelight/words", {"word": "seedling", "say": f"{SESAME} sea"})
        self.its["word"] = "seedling"
        # Nobody looks at these pictures: that would take a process each.
        portrait, picture = (store.assets.get(id) for id in (self._sent("/v1/asset", PNG)["id"], self.its["asset"]))
        assert portrait and picture
        self.its["photo"] = store.photos.create(f"{SESAME} photo", portrait, id=portrait.id).id
        look = store.photos.create(f"{SESAME} look", picture)
        self.its |= {"group": look.group_id, "look": look.id}

    def _make_videos(self, store: Store, objects: Objects, film: Path) -> None:
        new = NewVideo(
            parse_generate(body("Open.")).spec,
            {},
            title=f"{SESAME} film",
            callback_id=f"{SESAME} callback",
            folder_id=self.its["folder"],
            account_id=self.account.id,
        )
        self.its["waiting"] = store.videos.create(new).id
        self.its["video"] = id = store.videos.create(new).id
        keys = f"videos/{id}/film.mp4", f"videos/{id}/thumbnail.jpg"
        for key in keys:
            objects.publish(key, film)
        store.videos.finish(id, video_key=keys[0], thumbnail_key=keys[1], duration_s=1.0)
        self.its["share_token"] = store.videos.share(id)

    def _make_of_v3(self, store: Store) -> None:
        speaker = {"type": "avatar", "avatar_id": JOSH, "script": f"Open, {SESAME}."}
        batch = self._post("/v3/videos/batches", {"title": SESAME, "videos": [speaker]}, 202)
        self.its |= {"batch": batch["batch_id"], "batched": batch["items"][0]["video_id"]}
        file = {"filename": f"{SESAME}.png", "content_type": "image/png", "size_bytes": len(PNG)}
        places = self._post("/v3/assets/direct-uploads/batches", {"files": [file]})
        self.its |= {"upload_batch": places["batch_id"], "upload": places["items"][0]["asset_id"]}
        self.its["session"] = self._post("/v3/video-agents", {"prompt": f"Open, {SESAME}."})["session_id"]
        # An event, of a video that ended after there was an endpoint.
        new = NewVideo(parse_generate(body("Open.")).spec, {}, title=SESAME, account_id=self.account.id)
        self.its["told"] = store.videos.create(new).id
        store.videos.fail(self.its["told"], Failure("speech", "speech_failed", SESAME))

    def cut_out(self) -> None:
        """A picture without its background, which takes a process."""
        picture = {"type": "asset_id", "asset_id": self.its["asset"]}
        asked = {"video": picture, "title": f"{SESAME} cut out", "request_id": SESAME}
        self.its["removal"] = self._post("/v3/background-removals", asked)["id"]

    def _post(self, path: str, json: object, status: int = 200) -> dict[str, Any]:
        answer = self.http.post(path, json=json)
        assert answer.status_code == status, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    def _sent(self, path: str, content: bytes, **query: str) -> dict[str, Any]:
        answer = self.http.post(path, content=content, params=query)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data


def client(server: Server, key: str) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers={"X-Api-Key": key}, timeout=60)


@pytest.fixture(scope="module")
def new_owner(server: Server, store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Owner]]:
    film = tmp_path_factory.mktemp("film") / "film"
    film.write_text(SESAME)
    with ExitStack() as closing:

        def make() -> Owner:
            # Its credit is a number that appears nowhere by chance.
            account = new_account(
                store, f"{SESAME} & Co", "enterprise", email=f"{SESAME}@example.org", concurrency=0, credits=987_654
            )
            http = closing.enter_context(client(server, new_key(store, account.id, f"{SESAME} key")))
            return Owner(server, store, film, http, account)

        yield make


@pytest.fixture(scope="module")
def owner(new_owner: Callable[[], Owner]) -> Owner:
    """One whose things are only looked at."""
    return new_owner()


@pytest.fixture(scope="module")
def busy(new_owner: Callable[[], Owner]) -> Owner:
    """One whose things are used."""
    return new_owner()


@pytest.fixture(scope="module")
def stranger(server: Server, store: Store) -> Iterator[httpx.Client]:
    account = new_account(store, "A stranger", "enterprise", concurrency=0)
    with client(server, new_key(store, account.id, "a key")) as http:
        yield http


def told(value: Any, its: Mapping[str, str], used: set[str]) -> Any:
    """A part of a case with the owner's ids in their places; `used` gets those that are."""
    if isinstance(value, Its):
        used.add(its[value.name])
        return its[value.name]
    if isinstance(value, Mapping):
        return {key: told(part, its, used) for key, part in value.items()}
    if isinstance(value, list):
        return [told(part, its, used) for part in value]
    return value


def ask(http: httpx.Client, operation: str, case: Case, its: Mapping[str, str]) -> tuple[httpx.Response, set[str]]:
    """The answer to a case, and the owner's ids that were in the question."""
    used: set[str] = set()
    method, _, path = operation.partition(" # ")[0].partition(" ")
    for name, value in told(case.path, its, used).items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    assert "{" not in path, f"{operation}: a part of the path is not given"
    json = told(case.json, its, used)
    query = told(case.query, its, used)
    sent: dict[str, Any] = {"json": json} if json is not None else {}
    if case.content is not None:
        sent = {"content": case.content}
    if case.file is not None:
        sent = {"files": {"file": ("picture.png", case.file, "image/png")}}
    return http.request(method, path, params=query, **sent), used


def belongings(server: Server, owner: Owner) -> dict[str, Any]:
    """Every row and every file of an account."""
    engine = create_engine(f"sqlite:///{server.data_dir / 'limelight.db'}")
    rows: dict[str, Any] = {}
    mine: ColumnElement[bool]
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name == SceneRow.__tablename__:
                mine = table.c.video_id.in_(select(VideoRow.id).where(VideoRow.account_id == owner.account.id))
            elif "account_id" in table.c:
                mine = table.c.account_id == owner.account.id
            elif table.name == "accounts":
                mine = table.c.id == owner.account.id
            else:
                continue
            # A delivery is tried again in time, whoever asks for what meanwhile.
            shown = (table.c.id,) if table.name == "webhook_deliveries" else (table,)
            rows[table.name] = sorted(repr(row) for row in connection.execute(select(*shown).where(mine)))
    engine.dispose()
    objects = server.data_dir / "objects"
    ids = set(owner.its.values())
    files = [path for path in objects.rglob("*") if path.is_file() and ids & set(path.relative_to(objects).parts)]
    return {**rows, "files": sorted((str(path), path.read_bytes()) for path in files)}


@pytest.mark.parametrize("operation", CASES)
def test_a_stranger_gets_nothing(
    server: Server, owner: Owner, busy: Owner, new_owner: Callable[[], Owner], stranger: httpx.Client, operation: str
) -> None:
    case = CASES[operation]
    if ENDS.search(operation) and case.owner != 501:
        owner = new_owner()  # Its own request, at the end, may leave nothing for the next test.
    elif not operation.startswith(("GET", "HEAD")):
        owner = busy
    if "removal" in operation and "removal" not in owner.its:
        owner.cut_out()
    before = belongings(server, owner)
    answer, used = ask(stranger, operation, case, owner.its)
    assert answer.status_code == case.stranger, answer.text
    assert belongings(server, owner) == before
    if not case.public:
        # What the stranger sent may be quoted; a URL or key that was sent has an id in it.
        told_before = " ".join(used)
        said = f"{answer.headers} {answer.text if is_text(answer) else answer.content!r}"
        for name, secret in owner.its.items():
            assert secret in told_before or secret not in said, f"{name} is named: {said}"
        assert SESAME not in said.lower()
    theirs, _ = ask(owner.http, operation, case, owner.its)
    assert theirs.status_code == case.owner, f"the owner's own request: {theirs.text}"
    if case.shows:
        assert owner.its[case.shows] in theirs.text


def is_text(answer: httpx.Response) -> bool:
    return answer.headers.get("content-type", "").startswith(("application/json", "text/"))


def test_every_operation_has_a_case(server: Server) -> None:
    document = server.http.get("/openapi.json").json()
    operations = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert operations == {operation.partition(" # ")[0] for operation in CASES}


def test_every_kind_of_row_is_there_to_be_taken(server: Server, owner: Owner) -> None:
    """Of each table with accounts' rows the owner has some: a new kind of thing needs its place in `Owner`."""
    # Deliveries and requests that were sent with a key are not asked for by id.
    empty = {name for name, rows in belongings(server, owner).items() if not rows}
    assert empty <= {"webhook_deliveries", "idempotency_keys"}


@pytest.mark.parametrize(
    "operation",
    [
        "POST /v2/video/av4/generate",
        "POST /v2/video/generate # a talking photo",
        "POST /v2/video/generate # an upload as a photo",
    ],
)
def test_what_is_somebody_else_s_is_answered_as_what_is_not_there(
    owner: Owner, stranger: httpx.Client, operation: str
) -> None:
    case = CASES[operation]
    nowhere = {name: id.replace(id[-32:], "f" * 32) for name, id in owner.its.items()}

    def words(its: Mapping[str, str]) -> str:
        answer, _ = ask(stranger, operation, case, its)
        return re.sub("[0-9a-f]{32}", "ID", answer.text)

    nowhere["image_key"] = f"image/{'f' * 32}/original.png"
    assert words(owner.its) == words(nowhere)


def test_an_idempotency_key_is_one_account_s(server: Server, owner: Owner, stranger: httpx.Client) -> None:
    headers, sent = {"Idempotency-Key": f"{SESAME}-{time.time_ns()}"}, body("Open up.")
    mine = owner.http.post("/v2/video/generate", json=sent, headers=headers).json()["data"]["video_id"]
    other = stranger.post("/v2/video/generate", json=sent, headers=headers).json()["data"]["video_id"]
    again = owner.http.post("/v2/video/generate", json=sent, headers=headers).json()["data"]["video_id"]
    assert mine == again
    assert other != mine


def test_without_a_key_nothing_is_answered(server: Server, owner: Owner) -> None:
    """Of all that is an account's. What needs no key is public, or signed."""
    prefixes = ("/files/", "/previews/", "/healthz", "/readyz", "/metrics")
    open_to_all = {name for name, case in CASES.items() if case.public or name.split()[1].startswith(prefixes)}
    before = belongings(server, owner)
    with httpx.Client(base_url=server.url, timeout=60) as http:
        for operation in CASES.keys() - open_to_all:
            answer, _ = ask(http, operation, CASES[operation], owner.its)
            assert answer.status_code == 401, operation
    assert belongings(server, owner) == before
