"""HeyGen's own nodes for n8n, as they come from npm, do every operation that their editor shows.

`n8n.mjs` stands in for n8n; what the nodes and their credentials do is theirs. They call `https://api.heygen.com`.
"""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
import wave
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from tls_proxy import TlsProxy

from films import frames, sound
from limelight.spec import AudioVoice, ColourBackground, TalkingPhoto, TextVoice, VideoSpec
from limelight.store import Store
from serving import API_KEY, Server, eventually
from web import Web

HERE = Path(__file__).parent
PACKAGE = HERE / "node_modules" / "@heygenofficial" / "n8n-nodes-heygen-official"

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
    pytest.mark.skipif(
        not PACKAGE.exists(), reason="no nodes: run `npm install --prefix tests/acceptance`, as `make test` does"
    ),
]

JOSH, SARA = "josh_lite3_20230714", "1bd001e7e50f421d891986aad5158bc8"
TEMPLATE: dict[str, Any] = {
    "name": "Welcome",
    "variables": {"name": {"type": "text"}, "who": {"type": "voice", "properties": {"voice_id": SARA}}},
    "body": {
        "video_inputs": [
            {
                "character": {"type": "avatar", "avatar_id": JOSH},
                "voice": {"type": "text", "input_text": "Hello {{name}}.", "voice_id": "{{who}}"},
            }
        ]
    },
}

#: What the editor shows and a test below does; resource, operation.
OFFERED = {
    ("asset", "uploadAssets"),
    ("avatar", "createAvatar"),
    ("list", "generateSpeech"),
    ("list", "listAvatars"),
    ("list", "listAvatarsGroups"),
    ("list", "listVoices"),
    ("oauth", "registerOAuthClient"),
    ("video", "createAvatarVideo"),
    ("video", "createTemplateVideo"),
    ("video", "createVideo"),
    ("video", "deleteVideo"),
    ("video", "getVideoStatus"),
    ("video", "listVideos"),
    ("videoAgent", "createVideoAgentSession"),
    ("videoAgent", "listVideoAgentSessions"),
    ("videoAgent", "listVideoAgentStyles"),
}
#: What it shows for things that only HeyGen makes, filled in as far as its nodes demand it.
NOT_OFFERED: dict[tuple[str, str], dict[str, Any]] = {
    ("list", "designVoice"): {"voiceDesignPrompt": "a warm, calm woman"},
    ("video", "translateVideo"): {"videoUrl": "https://example.com/a.mp4", "outputLanguage": "Spanish"},
    ("avatar", "createAvatar"): {"avatarName": "Ann", "avatarPrompt": "a friendly engineer"},
    ("lipsync", "createLipsync"): {"lsVideoUrl": "https://example.com/a.mp4", "lsAudioUrl": "https://example.com/a.mp3"},
    ("lipsync", "deleteLipsync"): {"lsLipsyncId": "0" * 32},
    ("lipsync", "getLipsync"): {"lsLipsyncId": "0" * 32},
    ("lipsync", "listLipsyncs"): {},
    ("lipsync", "updateLipsync"): {"lsLipsyncId": "0" * 32, "lsTitle": "Another title"},
}  # fmt: skip


class NodeFailure(Exception):
    """What n8n shows in red: a headline of its own, and below it what the server said."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['message']}: {error.get('description')}")
        self.message: str = error["message"]
        self.description: str | None = error.get("description")
        self.status: str | None = error.get("httpCode")


class N8n:
    """One Node process with HeyGen's nodes in it, whose HeyGen is a server of ours."""

    def __init__(self, server: Server, folder: Path, api_key: str = API_KEY) -> None:
        self._server = server
        self.proxy = TlsProxy(server.url, folder)
        environment = {
            **os.environ, "HEYGEN_API_KEY": api_key, "NODE_EXTRA_CA_CERTS": str(self.proxy.ca),
            "PROXY_PORT": str(self.proxy.port),
        }  # fmt: skip
        self._node = subprocess.Popen(
            ["node", "--require", HERE / "to_proxy.cjs", HERE / "n8n.mjs"],
            env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def wish(self, wish: str, **fields: object) -> Any:
        assert self._node.stdin and self._node.stdout
        print(json.dumps({"wish": wish, **fields}), file=self._node.stdin, flush=True)
        said = json.loads(self._node.stdout.readline())
        if "error" in said:
            raise NodeFailure(said["error"])
        return said["result"]

    def execute(
        self, resource: str, operation: str, item: dict[str, Any] | None = None, auth: str = "apiKey", **fields: object
    ) -> dict[str, Any]:
        """The JSON that the next node of a workflow gets for an item."""
        assert (resource, operation) in OFFERED | NOT_OFFERED.keys()
        chosen = {"authentication": auth, "resource": resource, "operation": operation, **fields}
        (made,) = self.wish("execute", parameters=chosen, items=[item or {"json": {}}])
        assert made["pairedItem"] == {"item": 0}
        result: dict[str, Any] = made["json"]
        return result

    def ended(self, video_id: str) -> dict[str, Any]:
        """What a loop of Get Video and Wait gives in the end; the waiting is ours."""
        self._server.ended(video_id)
        video: dict[str, Any] = self.execute("video", "getVideoStatus", videoId=video_id)["data"]
        return video

    def forget(self, video_id: str) -> None:
        """Delete a video that need not be rendered."""
        self.execute("video", "deleteVideo", videoId=video_id)

    def close(self) -> None:
        assert self._node.stdin and self._node.stdout
        self._node.stdin.close()
        self._node.wait(30)
        self._node.stdout.close()
        self.proxy.close()


@pytest.fixture(scope="module")
def n8n(quick: Server, folder: Path) -> Iterator[N8n]:
    with closing(N8n(quick, folder)) as n8n:
        yield n8n


@pytest.fixture(scope="module")
def asset(n8n: N8n) -> dict[str, Any]:
    """A picture that an earlier node of the workflow made, uploaded."""
    content = base64.b64encode(picture()).decode()
    item = {"json": {}, "binary": {"data": {"data": content, "mimeType": "image/png", "fileName": "me.png"}}}
    data: dict[str, Any] = n8n.execute("asset", "uploadAssets", item, binaryData=True, binaryPropertyName="data")[
        "data"
    ]
    return data


def picture() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((64, 64, 3), 99, np.uint8)).save(out, "PNG")
    return out.getvalue()


def recording() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(8000))
    return out.getvalue()


def scene(script: str = "Hello.", avatar_id: str = JOSH, **fields: object) -> dict[str, Any]:
    """The one scene of Create Avatar Video, as it is filled in."""
    values = {"characterType": "avatar", "avatarId": avatar_id, "voiceType": "text", "inputText": script, **fields}
    return {"videoInputValues": [{"voiceId": SARA, **values}]}


@contextmanager
def refused(status: int) -> Iterator[list[str]]:
    """A node that fails with this status; gives what n8n shows below its own headline."""
    said: list[str] = []
    with pytest.raises(NodeFailure) as failure:
        yield said
    assert failure.value.status == str(status), failure.value
    assert failure.value.message != failure.value.description
    said.append(failure.value.description or "")


def spec_of(server: Server, video_id: str) -> VideoSpec:
    with closing(Store(f"sqlite:///{server.data_dir / 'limelight.db'}")) as store:
        video = store.videos.get(video_id)
    assert video is not None
    return video.spec


# The credential


def test_the_credential_is_tested(n8n: N8n, quick: Server, tmp_path: Path) -> None:
    assert {"username", "email", "first_name", "last_name"} <= n8n.wish("test")["data"].keys()
    with closing(N8n(quick, tmp_path, "wrong")) as stranger:
        with pytest.raises(NodeFailure, match="status code 401"):
            stranger.wish("test")
        with refused(401) as said:
            stranger.execute("video", "listVideos")
        assert said == ["Invalid API key"]


def test_a_token_of_oauth_is_a_key_too(n8n: N8n) -> None:
    assert n8n.execute("video", "listVideos", auth="oAuth2")["data"] is not None


# Videos


def test_an_avatar_video_from_its_creation_to_its_deletion(n8n: N8n, quick: Server) -> None:
    made = n8n.execute(
        "video", "createAvatarVideo", videoInput=scene(speed=1.2, backgroundType="color", backgroundColor="#204060"),
        dimension={"dimensionValues": {"width": 1080, "height": 1920}}, caption=True,
        additionalFields={"title": "From n8n", "callbackId": "run-1"},
    )["data"]  # fmt: skip
    assert made["status"] in ("waiting", "pending")
    video = n8n.ended(made["video_id"])
    assert (video["id"], video["status"], video["title"]) == (made["video_id"], "completed", "From n8n")
    assert video["video_url"].startswith("https://api.heygen.com/"), "the host that the node called"
    assert video["subtitle_url"] and video["thumbnail_url"]
    path = httpx.URL(video["video_url"]).raw_path.decode()
    assert quick.http.get(path).text.startswith("scene 1")

    spec = spec_of(quick, video["id"])
    assert (spec.width, spec.height, bool(spec.captions)) == (1080, 1920, True)
    voice, background = spec.scenes[0].voice, spec.scenes[0].background
    assert isinstance(voice, TextVoice) and (voice.script, voice.speed) == ("Hello.", 1.2)
    assert isinstance(background, ColourBackground) and background.colour.lower() == "#204060"

    page = n8n.execute("video", "listVideos", videosTitleFilter="n8n", listPageLimit=5)
    assert [one["id"] for one in page["data"]] == [video["id"]]
    assert (page["has_more"], page["next_token"]) == (False, None)
    assert n8n.execute("video", "deleteVideo", videoId=video["id"])["data"] == {"id": video["id"], "deleted": True}
    with refused(404) as said:
        n8n.execute("video", "getVideoStatus", videoId=video["id"])
    assert said == [f"video {video['id']} not found."]


def test_what_fails_says_why(n8n: N8n) -> None:
    video_id = n8n.execute("video", "createAvatarVideo", videoInput=scene("This fails."))["data"]["video_id"]
    video = n8n.ended(video_id)
    assert (video["status"], video["video_url"]) == ("failed", None)
    assert video["failure_message"] == "scene 1 of 1, speech: the voice is hoarse."
    with refused(404) as said:
        n8n.execute("video", "createAvatarVideo", videoInput=scene(avatar_id="nobody"))
    assert said == ["avatar nobody not found or no longer available."]
    (item,) = n8n.wish(
        "execute", continueOnFail=True,
        parameters={"authentication": "apiKey", "resource": "video", "operation": "getVideoStatus", "videoId": "none"},
    )  # fmt: skip
    assert item["json"]["error"], "a workflow that goes on has the headline"


@pytest.mark.parametrize(
    "fields",
    [
        {"videosVisualSource": "imageUrl", "videosImageUrl": "{web}/me.png", "videosScript": "Hello."},
        {
            "videosVisualSource": "imageAssetId", "videosImageAssetId": "{asset}", "videosVideoType": "image",
            "videosVoiceMode": "audio", "videosAudioUrl": "{web}/said.wav",
        },
    ],
    ids=["url", "asset"],
)  # fmt: skip
def test_a_picture_speaks(n8n: N8n, quick: Server, pages: Web, asset: dict[str, Any], fields: dict[str, Any]) -> None:
    pages.files |= {"/me.png": picture(), "/said.wav": recording()}
    filled: dict[str, Any] = {
        name: text.format(web=pages.url, asset=asset["asset_id"]) for name, text in fields.items()
    }
    made = n8n.execute("video", "createVideo", videosCaption=True, videosVoiceId=SARA, **filled)["data"]
    video = n8n.ended(made["video_id"])
    assert video["status"] == "completed", video
    spec = spec_of(quick, video["id"])
    assert isinstance(spec.scenes[0].character, TalkingPhoto) and spec.captions
    assert isinstance(spec.scenes[0].voice, AudioVoice if "videosAudioUrl" in fields else TextVoice)


def test_a_video_of_plain_fields_and_of_json(n8n: N8n, quick: Server) -> None:
    plain: dict[str, Any] = {"videosVisualSource": "avatarId", "videosAvatarId": JOSH, "videosScript": "Hello."}
    body = {"type": "avatar", "avatar_id": JOSH, "script": "Hello.", "aspect_ratio": "1:1", "resolution": "720p"}
    sizes = []
    as_json: dict[str, Any] = {"videosUseJsonBody": True, "videosJsonBody": json.dumps(body)}
    for fields in (plain, as_json):
        video_id = n8n.execute("video", "createVideo", **fields)["data"]["video_id"]
        spec = spec_of(quick, video_id)
        sizes.append((spec.width, spec.height))
        n8n.forget(video_id)
    assert sizes == [(1280, 720), (720, 720)]


def test_a_film_decodes(server: Server, tmp_path: Path) -> None:
    with closing(N8n(server, tmp_path)) as n8n:
        made = n8n.execute("video", "createAvatarVideo", videoInput=scene("Hi.", backgroundType="color"))["data"]
        video = n8n.ended(made["video_id"])
    assert video["status"] == "completed", video
    film = tmp_path / "film.mp4"
    film.write_bytes(server.http.get(httpx.URL(video["video_url"]).raw_path.decode()).content)
    pictures = frames(film)
    assert pictures[0].shape == (720, 1280, 3)
    assert abs(len(pictures) / 25 - video["duration"]) <= 0.04
    assert np.abs(pictures[0][5, 5].astype(int) - (0xF6, 0xF6, 0xFC)).max() <= 3, "the node's own background"
    assert np.ptp(pictures[0][400, 300:980].astype(int), axis=0).max() > 60, "somebody is in front of it"
    assert np.abs(sound(film)).max() > 0.05


# Lists, voices, avatars


@pytest.mark.parametrize(
    ("operation", "limit", "id"),
    [("listAvatars", 7, "id"), ("listAvatarsGroups", 5, "id"), ("listVoices", 9, "voice_id")],
)
def test_pages_of_a_list(n8n: N8n, operation: str, limit: int, id: str) -> None:
    found: list[str] = []
    token = ""
    for _ in range(50):
        page = n8n.execute("list", operation, listPageLimit=limit, listPaginationToken=token)
        assert 1 <= len(page["data"]) <= limit
        found += [one[id] for one in page["data"]]
        assert page["has_more"] is (page["next_token"] is not None)
        if not page["has_more"]:
            break
        token = page["next_token"]
    assert len(found) == len(set(found)) > limit
    whole = n8n.execute("list", operation, listPageLimit=100)
    assert [one[id] for one in whole["data"]] == found[: len(whole["data"])]


def test_lists_are_narrowed(n8n: N8n) -> None:
    group = n8n.execute("list", "listAvatarsGroups", avatarGroupsOwnership="public")["data"][0]
    looks = n8n.execute("list", "listAvatars", avatarLooksGroupId=group["id"], avatarLooksOwnership="public")["data"]
    assert len(looks) == group["looks_count"] and {look["group_id"] for look in looks} == {group["id"]}
    assert n8n.execute("list", "listAvatars", avatarLooksAvatarType="digital_twin")["data"] == []
    voices = n8n.execute("list", "listVoices", voiceLanguage="English", voiceGender="male")["data"]
    assert voices and {voice["gender"] for voice in voices} == {"male"}
    assert SARA not in [voice["voice_id"] for voice in voices]


def test_a_voice_speaks(n8n: N8n, quick: Server) -> None:
    said = n8n.execute("list", "generateSpeech", ttsText="Hello there.", ttsVoiceId=SARA)["data"]
    assert said["duration"] > 0
    answer = quick.http.get(httpx.URL(said["audio_url"]).raw_path.decode())
    assert answer.headers["content-type"] == "audio/mpeg" and answer.content


def test_a_photo_becomes_an_avatar_that_speaks(n8n: N8n, quick: Server, asset: dict[str, Any]) -> None:
    body = {"type": "photo", "name": "Me", "file": {"type": "asset_id", "asset_id": asset["asset_id"]}}
    made = n8n.execute("avatar", "createAvatar", avatarUseJsonBody=True, avatarJsonBody=json.dumps(body))["data"]
    look, group = made["avatar_item"], made["avatar_group"]
    assert (look["name"], look["avatar_type"], look["group_id"]) == ("Me", "photo_avatar", group["id"])
    private = n8n.execute("list", "listAvatars", avatarLooksOwnership="private", avatarLooksAvatarType="photo_avatar")
    assert look["id"] in [one["id"] for one in private["data"]]
    filled = scene(characterType="talking_photo", talkingPhotoId=look["id"])
    video_id = n8n.execute("video", "createAvatarVideo", videoInput=filled)["data"]["video_id"]
    assert isinstance(spec_of(quick, video_id).scenes[0].character, TalkingPhoto)
    n8n.forget(video_id)


# Files


def test_a_file_is_uploaded_by_what_it_is(n8n: N8n, quick: Server, pages: Web, asset: dict[str, Any]) -> None:
    assert (asset["mime_type"], asset["size_bytes"]) == ("image/png", len(picture()))
    assert quick.http.get(httpx.URL(asset["url"]).raw_path.decode()).content == picture()
    pages.files["/said.wav"] = recording()
    other = n8n.execute("asset", "uploadAssets", binaryData=False, fileUrl=f"{pages.url}/said.wav")["data"]
    assert other["mime_type"] in ("audio/wav", "audio/x-wav") and other["asset_id"] != asset["asset_id"]
    pages.files["/page.html"] = b"<html>"
    with refused(400):
        n8n.execute("asset", "uploadAssets", binaryData=False, fileUrl=f"{pages.url}/page.html")


# Templates: the nodes use v2 for them


def test_a_template_is_chosen_and_filled_in(n8n: N8n, quick: Server) -> None:
    template_id = quick.http.post("/v2/templates", json=TEMPLATE).json()["data"]["template_id"]
    chosen = {"resource": "video", "operation": "createTemplateVideo", "authentication": "apiKey"}
    offered = n8n.wish("options", method="getTemplatesList", parameters=chosen)
    assert {option["value"]: option["name"] for option in offered}[template_id].startswith("Welcome")
    variables = [
        {"key": "name", "type": "text", "textContent": "Ann"},
        {"key": "who", "type": "voice", "voiceId": SARA},
    ]
    made = n8n.execute(
        "video", "createTemplateVideo", templateIDString=template_id, templateVariables={"variable": variables}
    )["data"]
    voice = spec_of(quick, made["video_id"]).scenes[0].voice
    assert isinstance(voice, TextVoice) and voice.script == "Hello Ann."
    n8n.forget(made["video_id"])


# The agent


def test_a_session_of_the_agent(n8n: N8n) -> None:
    made = n8n.execute(
        "videoAgent", "createVideoAgentSession", vaPrompt='Say: "Welcome to our shop."', vaDurationSec=10,
        vaOrientation="portrait", vaAvatarId=JOSH,
    )["data"]  # fmt: skip
    assert n8n.execute("video", "getVideoStatus", videoId=made["video_id"])["data"]["id"] == made["video_id"]
    sessions = n8n.execute("videoAgent", "listVideoAgentSessions")["data"]
    assert made["session_id"] in [session["session_id"] for session in sessions]
    assert isinstance(n8n.execute("videoAgent", "listVideoAgentStyles", videoAgentStylesTag="cinematic")["data"], list)


# The trigger


def test_the_trigger_is_told(n8n: N8n, quick: Server) -> None:
    url = n8n.wish("listen", parameters={"events": ["avatar_video.success"]})
    made = quick.http.post("/v3/webhooks/endpoints", json={"url": url}).json()["data"]
    assert made["secret"] and made["status"] == "enabled"
    bad = n8n.execute("video", "createAvatarVideo", videoInput=scene("This fails."))["data"]["video_id"]
    good = n8n.execute("video", "createAvatarVideo", videoInput=scene("Told."))["data"]["video_id"]

    def told() -> dict[str, dict[str, Any]]:
        """What the runs of the workflow begin with, by video."""
        runs = n8n.wish("received")
        assert not [items for items in runs if isinstance(items, dict)], "the trigger takes each"
        return {run["json"]["payload"]["event_data"]["video_id"]: run["json"] for items in runs for run in items}

    runs = eventually(lambda: found if good in (found := told()) else None, "the run")
    assert {run["message"] for run in runs.values()} == {"Avatar video created successfully."}
    assert bad not in runs, "its event is not one of those listened for"
    assert quick.http.delete(f"/v3/webhooks/endpoints/{made['endpoint_id']}").status_code == 200


def test_the_triggers_events_can_be_subscribed_to(n8n: N8n, quick: Server) -> None:
    types = {one["event_type"] for one in quick.http.get("/v3/webhooks/event-types").json()["data"]}
    assert {"avatar_video.success", "avatar_video.fail"} <= types & set(n8n.wish("events"))


# What is not here


@pytest.mark.parametrize(("resource", "operation"), NOT_OFFERED)
def test_what_only_heygen_makes_is_refused_in_words(n8n: N8n, resource: str, operation: str) -> None:
    with pytest.raises(NodeFailure) as failure:
        n8n.execute(resource, operation, **NOT_OFFERED[resource, operation])
    assert failure.value.status in ("400", "404", "501")
    assert failure.value.description and failure.value.description != failure.value.message


def test_clients_of_oauth_are_not_registered_here(n8n: N8n) -> None:
    """The node shows that request's error as it is."""
    with pytest.raises(NodeFailure, match="status code 404"):
        n8n.execute("oauth", "registerOAuthClient")


def test_every_operation_is_here(n8n: N8n) -> None:
    assert {tuple(one) for one in n8n.wish("operations")} == OFFERED | NOT_OFFERED.keys()
