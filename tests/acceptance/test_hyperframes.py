"""HeyGen's scripts for voices, as its package hyperframes has them: v3, from a command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tls_proxy import TlsProxy

from serving import API_KEY, PATIENCE_S, Server

HERE = Path(__file__).parent
SCRIPTS = HERE / "node_modules/.packed/package/dist/skills/media-use/audio/scripts"
SARA = "1bd001e7e50f421d891986aad5158bc8"

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
    pytest.mark.skipif(not SCRIPTS.exists(), reason="no scripts: run `make test`, which unpacks them"),
]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(quick: Server, tmp_path: Path) -> Iterator[Run]:
    """A script with its arguments, in an empty folder."""
    with closing(TlsProxy(quick.url, tmp_path)) as proxy:
        environment = {
            **os.environ, "HEYGEN_API_KEY": API_KEY, "NODE_EXTRA_CA_CERTS": str(proxy.ca), "PROXY_PORT": str(proxy.port)
        }  # fmt: skip

        def run(script: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                ["node", "--require", HERE / "to_proxy.cjs", SCRIPTS / script, *arguments],
                env=environment | settings, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S,
            )  # fmt: skip

        yield run


def test_it_lists_voices_and_speaks(run: Run, quick: Server, tmp_path: Path) -> None:
    listed = run("heygen-tts.mjs", "--list")
    voices = [line.split("\t") for line in listed.stdout.splitlines()]
    ours = quick.http.get("/v2/voices").json()["data"]["voices"]
    assert {(id, name, language) for id, name, language in voices} == {
        (voice["voice_id"], voice["name"], voice["language"]) for voice in ours
    }
    said = run("heygen-tts.mjs", "Hello there.", "-o", "said.mp3", "--words", "said.json", "--voice", SARA)
    assert said.returncode == 0, said.stderr
    assert (tmp_path / "said.mp3").stat().st_size > 1000
    assert [word["text"] for word in json.loads((tmp_path / "said.json").read_text())] == ["Hello", "there."]


def test_it_shows_refusals_in_the_servers_words(run: Run, tmp_path: Path) -> None:
    (tmp_path / "me.mp3").write_bytes(b"ID3" + bytes(64))
    assert json.loads(run("heygen-voice.mjs", "list").stdout) == []
    for arguments, words in (
        (("heygen-voice.mjs", "clone", "me.mp3", "--name", "Me"), "not available"),
        (("heygen-voice.mjs", "delete", "0" * 32), "voice"),
        (("heygen-tts.mjs", "Hello.", "-o", "said.mp3", "--voice", "nobody"), "voice nobody not found."),
    ):
        refused = run(*arguments)
        assert refused.returncode == 1 and words in refused.stderr, refused
        assert "{" not in refused.stderr, "the message alone"


def test_its_setting_for_another_host_is_enough(run: Run, quick: Server) -> None:
    """HEYGEN_API_BASE, which HeyGen's command line has too; over plain HTTP it has to be allowed."""
    told = {"HEYGEN_API_BASE": quick.url}
    assert "HEYGEN_ALLOW_HTTP" in run("heygen-voice.mjs", "list", **told).stderr
    listed = run("heygen-tts.mjs", "--list", **told, HEYGEN_ALLOW_HTTP="1")
    assert SARA in listed.stdout
