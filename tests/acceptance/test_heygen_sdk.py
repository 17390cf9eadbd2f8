"""A client that this project did not write, as it comes from npm, with HeyGen's hosts in its code.

Its connections are led to a small TLS proxy in front of the server (`to_proxy.cjs`); nothing of it is edited.
"""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from tls_proxy import TlsProxy

from serving import API_KEY, PATIENCE_S, Server

HERE = Path(__file__).parent
PACKAGE = HERE / "node_modules" / "@teamduality" / "heygen-typescript-sdk"

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
    pytest.mark.skipif(
        not PACKAGE.exists(), reason="no SDK: run `npm install --prefix tests/acceptance`, as `make test` does"
    ),
]


@pytest.fixture
def proxy(quick: Server, tmp_path: Path) -> Iterator[TlsProxy]:
    proxy = TlsProxy(quick.url, tmp_path)
    yield proxy
    proxy.close()


def test_it_lists_uploads_generates_polls_and_downloads(quick: Server, proxy: TlsProxy, tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(picture, "PNG")
    film = tmp_path / "film.mp4"
    environment = {
        **os.environ,
        "HEYGEN_API_KEY": API_KEY,
        "NODE_EXTRA_CA_CERTS": str(proxy.ca),
        "PROXY_PORT": str(proxy.port),
        "PICTURE": base64.b64encode(picture.getvalue()).decode(),
        "FILM": str(film),
    }
    node = subprocess.run(
        ["node", "--require", HERE / "to_proxy.cjs", HERE / "heygen_sdk.mjs"],
        env=environment, capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert node.returncode == 0, node.stderr
    seen = json.loads(node.stdout)

    ours = quick.http.get("/v2/avatars").json()["data"]["avatars"]
    assert [avatar["avatar_id"] for avatar in seen["avatars"]] == [avatar["avatar_id"] for avatar in ours]
    assert seen["voices"] and all(
        {"voice_id", "language", "gender", "preview_audio"} <= v.keys() for v in seen["voices"]
    )
    assert seen["quota"]["remaining_quota"] > 0 and "details" in seen["quota"]
    assert {"id", "name", "num_looks", "preview_image_url"} <= seen["groups"][0].keys()
    assert seen["looks"]
    assert seen["asset"]["url"].startswith("https://upload.heygen.com/"), "the host that the client called"

    assert (seen["video"]["status"], seen["video"]["duration"]) == ("completed", 0.4)
    assert seen["video"]["video_url"].startswith("https://api.heygen.com/")
    made = quick.status(seen["video"]["id"])
    assert film.read_bytes() == httpx.get(made["video_url"]).content
    assert "file" in film.read_text(), "with the picture that was uploaded"
    assert httpx.URL(seen["webm"]["video_url"]).path.endswith(".webm")
    assert {seen["video"]["id"], seen["webm"]["id"]} <= set(seen["listed"])

    gone, wrong_key, streaming = seen["errors"]
    assert gone == {"name": "APIError", "message": f"video {seen['webm']['id']} not found.", "status": 404}
    assert wrong_key == {"name": "APIError", "message": "Unauthorized", "status": 401}
    assert (streaming["name"], streaming["status"]) == ("APIError", 404)
    hosts = {heard.partition("/")[0] for heard in proxy.heard}
    assert hosts == {"api.heygen.com", "upload.heygen.com"}, "all of it came by the proxy"
