"""POST /v1/limelight/speech: hearing or seeing what would be said, without a film."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from limelight.client import Client, ClientError
from limelight.service.accounts import new_account, new_key
from limelight.store import Store
from serving import Server
from studio import Studio

SARA = "1bd001e7e50f421d891986aad5158bc8"
PATH = "/v1/limelight/speech"


def said(http: httpx.Client, text: str, **fields: object) -> dict[str, Any]:
    answer = http.post(PATH, json={"text": text, "voice_id": SARA, **fields})
    assert answer.status_code == 200, answer.text
    assert {**answer.json(), "data": None} == {"code": 100, "data": None, "msg": None, "message": "Success"}
    data: dict[str, Any] = answer.json()["data"]
    return data


def log_of(folder: Path, text: str) -> list[str]:
    return [line for line in (folder / "log").read_text().splitlines() if line.startswith(f"say {text} pid")]


def test_a_text_is_spoken_by_the_real_voice(tmp_path: Path) -> None:
    """With a word as the request wants it, at its time in a file that plays."""
    with Server(tmp_path / "data") as server:
        words = [{"word": "Kubernetes", "say": "dad"}]
        data = said(server.http, "It costs $5, Kubernetes, Привет.", words=words)
        seen = said(server.http, "It costs $5, Kubernetes, Привет.", words=words, phonemes_only=True)
        sound = httpx.get(data["audio_url"])
    assert [(word["text"], word["said"]) for word in data["words"]][:3] == [
        ("It", "It"), ("costs", "costs"), ("$5,", "five dollars ,")
    ]  # fmt: skip
    dad = data["words"][3]
    assert (dad["text"], dad["phonemes"], dad["source"]) == ("Kubernetes,", "dˈæd,", "user")
    assert 0 < dad["start"] < dad["end"] <= data["duration"]
    (warning,) = data["warnings"]
    assert (warning["code"], warning["scene"], warning["field"]) == ("word_left_out", 1, "text")
    assert sound.headers["content-type"] == "audio/mpeg"
    with av.open(io.BytesIO(sound.content), "r") as file:
        assert file.duration is not None and abs(file.duration / av.time_base - data["duration"]) < 0.1
    assert (seen["audio_url"], seen["duration"], seen["words"][3]["start"]) == (None, None, None)
    assert (seen["phonemes"], seen["ipa"]) == (data["phonemes"], data["ipa"])


def test_it_is_made_in_a_process_of_its_own_and_once(server: Server, folder: Path) -> None:
    first = said(server.http, "Only once.")
    again = said(server.http, "Only once.")
    (line,) = log_of(folder, "Only once.")
    assert f"pid {server.process.pid}" not in line
    assert first["audio_url"].partition("?")[0] == again["audio_url"].partition("?")[0]
    said(server.http, "Only once.", speed=1.5)
    assert len(log_of(folder, "Only once.")) == 2
    assert "warnings" not in first


def test_the_sound_s_url_is_signed(server: Server) -> None:
    url = said(server.http, "A secret.")["audio_url"]
    assert httpx.get(url).status_code == 200
    assert httpx.head(url).status_code == 200
    assert httpx.get(url, headers={"Range": "bytes=0-9"}).status_code == 206
    assert httpx.get(url.partition("?")[0]).status_code == 403
    assert httpx.get(url.replace("speech.mp3", "answer.json")).status_code == 403


def test_accounts_do_not_share_what_was_said(server: Server, folder: Path) -> None:
    store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")
    account = new_account(store, "Another", "enterprise")
    headers = {"X-Api-Key": new_key(store, account.id, "a key")}
    store.close()
    with httpx.Client(base_url=server.url, headers=headers, timeout=60) as other:
        urls = {said(http, "For one alone.")["audio_url"].partition("?")[0] for http in (server.http, other)}
    assert len(urls) == 2


def test_the_account_s_words_are_used(server: Server) -> None:
    server.http.post("/v1/limelight/words", json={"word": "nginx", "say": "engine x"})
    plain = said(server.http, "nginx")["audio_url"].partition("?")[0]
    server.http.delete("/v1/limelight/words", params={"word": "nginx"})
    assert said(server.http, "nginx")["audio_url"].partition("?")[0] != plain


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": None}, "text is invalid: field required."),
        ({"text": ""}, "script is empty."),
        ({"text": "a" * 5001}, "script is too long: 5001 characters, the limit is 5000."),
        ({"voice_id": "nobody"}, "voice nobody not found."),
        ({"voice_id": ""}, "voice_id is invalid: field required."),
        ({"speed": 3}, "speed is invalid: 3 is above the limit of 2."),
        ({"words": [{"word": "!", "say": "x"}]}, "words[0].word is invalid: a letter or a digit is needed."),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused(server: Server, fields: dict[str, Any], message: str) -> None:
    answer = server.http.post(PATH, json={"text": "Hello.", "voice_id": SARA, **fields})
    assert answer.status_code == 400 and answer.json()["message"] == message


def test_a_voice_that_fails_is_named(server: Server) -> None:
    answer = server.http.post(PATH, json={"text": "It fails.", "voice_id": SARA})
    assert answer.status_code == 500 and "the voice is hoarse" in answer.json()["message"]


def test_the_client_speaks_too(server: Server, tmp_path: Path) -> None:
    with Client(server.url, server.http.headers["X-Api-Key"]) as client:
        speech = client.speech("Hello, dear Привет.", SARA, speed=1.2, words=[{"word": "dear", "say": "deer"}])
        assert [word.text for word in speech.words] == ["Hello,", "dear", "Привет."]
        assert (speech.duration, speech.words[0].end, speech.warnings[0].code) == (0.5, 0.1, "word_left_out")
        assert client.download(speech.audio_url or "", tmp_path / "a.mp3").stat().st_size
        assert client.speech("Hello.", SARA, phonemes_only=True).audio_url is None
        with pytest.raises(ClientError, match="script is empty"):
            client.speech("", SARA)


def test_the_client_waits_as_long_as_speaking_takes(server: Server) -> None:
    """And not as long as for other answers: no process is begun in so short a time."""
    with Client(server.url, server.http.headers["X-Api-Key"], timeout=0.05, retries=0) as client:
        assert client.speech("Patience.", SARA).duration == 0.5


def test_what_was_said_long_ago_is_deleted(studio: Studio, tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).write_text(name)
        studio.objects.publish(f"speech/{name}/speech.mp3", tmp_path / name)
    (old,) = (path for path in tmp_path.rglob("speech.mp3") if path.parent.name == "old")
    os.utime(old, (time.time() - 15.1 * 24 * 3600,) * 2)
    studio.leftovers.tidy()
    assert [key for key, _ in studio.objects.list("speech")] == ["speech/new/speech.mp3"]
