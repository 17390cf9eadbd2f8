"""What words are to be called: read from files and requests, kept for accounts, followed by the voice, never shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from limelight.catalog.voices import DEFAULT_FEMALE
from limelight.cli import app, render
from limelight.client import Client
from limelight.errors import SpecError
from limelight.requests import parse_generate
from limelight.requests.known import Known
from limelight.requests.speech import parse_speech
from limelight.requests.words import parse_words
from limelight.service.accounts import new_account, new_key
from limelight.spec import Captions, TextVoice, VideoSpec, WordEntry
from limelight.speech.lexicon import MAX_FILE_BYTES, read_words, with_words, word_entry, written_csv
from limelight.speech.saying import saying
from limelight.speech.script import read_script
from limelight.store import OWNER, Store
from scenes import Rendered, text_scene
from serving import Server, body

SARA, JOSH = "1bd001e7e50f421d891986aad5158bc8", "josh_lite3_20230714"
KUBERNETES = WordEntry(word="Kubernetes", say="koober netties")
SCRIPT = "We love Kubernetes here."


def lexicon(*lexemes: str, head: str = "", attributes: str = 'alphabet="ipa"') -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>{head}
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" xml:lang="en-US" {attributes}>
{"".join(f"<lexeme>{lexeme}</lexeme>" for lexeme in lexemes)}</lexicon>""".encode()


# Files


def test_csv_as_people_and_spreadsheets_write_it() -> None:
    wanted = (
        KUBERNETES,
        WordEntry(word="nginx", ipa="ˈɛndʒɪnˌɛks"),
        WordEntry(word="SQL, the language", say="sequel", case_sensitive=True),
    )
    plain = 'word,say,ipa,case\nKubernetes,koober netties,,\nnginx,,ˈɛndʒɪnˌɛks,no\n\n"SQL, the language",sequel,,yes\n'
    semicolons = (
        "\ufeff"
        + 'IPA;Word;Say;Case\r\n;Kubernetes;koober netties;\r\nˈɛndʒɪnˌɛks;nginx;;\r\n;"SQL, the language";sequel;X'
    )
    assert read_words(plain.encode()) == wanted
    assert read_words(semicolons.encode()) == wanted
    assert read_words(written_csv(wanted).encode()) == wanted


def test_a_pronunciation_lexicon() -> None:
    data = lexicon(
        "<grapheme>Kubernetes</grapheme><grapheme>K8s</grapheme><alias>koober netties</alias>",
        "<grapheme>nginx</grapheme><alias>no</alias><phoneme prefer='true'>ˈɛndʒɪnˌɛks</phoneme>",
        "<grapheme>Qt</grapheme><phoneme alphabet='x-sampa'>kjut</phoneme><alias>cute</alias><example>a</example>",
    )
    wanted = (
        KUBERNETES,
        WordEntry(word="K8s", say="koober netties"),
        WordEntry(word="nginx", ipa="ˈɛndʒɪnˌɛks"),
        WordEntry(word="Qt", say="cute"),
    )
    assert read_words(data) == wanted
    assert read_words(data.replace(b"UTF-8", b"UTF-16").decode().encode("utf-16")) == wanted


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "file is invalid: its first line must be a header with word"),
        (b"Kubernetes,koober netties\n", "file is invalid: its first line"),
        (b"word,say\n", "file is invalid: it has no words"),
        (b"word,say\nok,okay\n!,bang\n", "line 3: word is invalid: a letter or a digit"),
        (b"word,say,ipa\nok,okay,\nx,,b\xe2\x98\x83\n", "line 3: ipa is invalid: it has '☃'"),
        (b"word,say,case\nok,okay,perhaps\n", "line 2: case is invalid: 'perhaps' is neither yes nor no"),
        ("word,say\n" + "a" * 101 + ",b\n", "line 2: word is invalid: it has 101 characters, the limit is 100"),
        (b"\x89PNG\r\n\x1a\n\xff", "file is invalid: it is neither CSV in UTF-8 nor a PLS lexicon"),
        (b"word,say\n" + b"x" * 200_000 + b",y\n", "file is invalid: line 2 is no CSV"),
        (b'word,say\nfoo,"bar\nbaz,qux\n', "file is invalid: line 2 is no CSV (a quote is not closed on its line)"),
        (b'word,say\n\nfoo,"bar', "file is invalid: line 3 is no CSV ("),
        (b'word,say\na,b\nfoo,"bar\nbaz,qux\n"x,y\n', "file is invalid: line 3 is no CSV (a quote is not closed"),
        (b'word,say\nfoo,"bar\nbaz,"\n', "file is invalid: line 2 is no CSV (a quote is not closed"),
        (b"word,say\nNATO,the north, the atlantic\n", "line 2 is invalid: it has 3 values, the header names 2"),
        (b"word,say\nok,**okay**\n", "line 2: say is invalid: '**okay**' has tags or Markdown's marks"),
        (b"w" * (MAX_FILE_BYTES + 1), "file is invalid: it has 1048577 bytes, the limit is 1048576"),
        ("word,say\n" + "".join(f"w{i},x\n" for i in range(1001)), "file is invalid: it has more words than"),
        (b"<html><body/></html>", "file is invalid: it is no PLS lexicon: it begins with 'html'"),
        (b"<lexicon", "file is invalid: line 1 is no XML"),
        (b"<?xml version='1.0' encoding='x-none'?><lexicon/>", "file is invalid: "),
        (
            lexicon("<grapheme>x</grapheme>" * 1001 + "<alias>y</alias>"),
            "file is invalid: it has more words than the limit of 1000",
        ),
        (lexicon("<alias>x</alias>"), "lexeme 1: grapheme is invalid: field required"),
        (lexicon("<grapheme>x</grapheme>"), "lexeme 1: phoneme is invalid: field required"),
        (
            lexicon("<grapheme>x</grapheme><phoneme>Eks</phoneme>", attributes='alphabet="x-sampa"'),
            "lexeme 1: phoneme is invalid: a phoneme of the alphabet x-sampa is not read, only ipa is",
        ),
        (lexicon("<grapheme>x</grapheme><phoneme>b☃</phoneme>"), "lexeme 1: ipa is invalid: it has '☃'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_named_with_its_place(data: bytes | str, said: str) -> None:
    with pytest.raises(SpecError) as refused:
        read_words(data if isinstance(data, bytes) else data.encode())
    assert refused.value.message.startswith(said)


def test_no_entity_is_expanded_and_no_file_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret")
    heads = (
        f'<!DOCTYPE lexicon [<!ENTITY x SYSTEM "{(tmp_path / "secret").as_uri()}">]>',
        '<!DOCTYPE lexicon [<!ENTITY a "lol"><!ENTITY x "&a;&a;&a;&a;">]>',
        '<!DOCTYPE lexicon SYSTEM "http://127.0.0.1:9/x.dtd">',
    )
    for head in heads:
        with pytest.raises(SpecError, match="file is invalid: it has a document type, which is not taken"):
            read_words(lexicon("<grapheme>x</grapheme><alias>&x;</alias>", head=head))
    with pytest.raises(SpecError, match="is no XML"):
        read_words(lexicon("<grapheme>x</grapheme><alias>&x;</alias>"))


# Entries


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"say": "x"}, "word is invalid: field required."),
        ({"word": "…", "say": "x"}, "word is invalid: a letter or a digit is needed."),
        ({"word": "x"}, "say is invalid: exactly one of say and ipa is needed, neither is given."),
        ({"word": "x", "say": "y", "ipa": "b"},
         "say is invalid: exactly one of say and ipa is needed, both are given."),
        *(({"word": "x", "say": marked},
           f"say is invalid: '{marked}' has tags or Markdown's marks, which are not read here; write words.")
          for marked in ("*big* y", "y <break time='1s'/> z", "<b>y", "AT&amp;T", "<break time='x'/> y")),
        ({"word": "x", "say": "?!"}, "say is invalid: '?!' cannot be said in English."),
        ({"word": "x", "say": "Привет"}, "say is invalid: 'Привет' cannot be said in English."),
        ({"word": "x", "ipa": "☃"}, "ipa is invalid: it has '☃', which is no sound that is known; write it in IPA."),
        ({"word": "x", "ipa": "."}, "ipa is invalid: '.' has no sound."),
        ({"word": "x" * 101, "say": "x"}, "word is invalid: it has 101 characters, the limit is 100."),
        ({"word": "x", "say": "x" * 201}, "say is invalid: it has 201 characters, the limit is 200."),
        ({"word": "x", "ipa": "b" * 201}, "ipa is invalid: it has 201 characters, the limit is 200."),
        ({"word": "x", "say": "y", "case_sensitive": "maybe"},
         "case_sensitive is invalid: 'maybe' is neither true nor false."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_entry_is_named(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError) as alone:
        parse_words(fields)
    assert alone.value.message == said
    with pytest.raises(SpecError) as listed:
        parse_generate(body(words=[{"word": "ok", "say": "okay"}, fields]))
    assert listed.value.message == f"words[1].{said}"


def test_a_request_has_a_limit_of_words() -> None:
    words = [{"word": f"w{i}", "say": "x"} for i in range(101)]
    parse_generate(body(words=words[:100]))
    with pytest.raises(SpecError, match=r"words is invalid: it has 101 entries, the limit is 100\."):
        parse_generate(body(words=words))


def test_words_with_apostrophes_and_signs_are_found() -> None:
    words = (word_entry("O’Brien", "oh bryan"), word_entry("AT&T", "bell"))
    spec = VideoSpec(scenes=(text_scene("Mr. O’Brien of AT&amp;T and O'Brien."),))
    (voice,) = [scene.voice for scene in with_words(spec, words).scenes]
    assert isinstance(voice, TextVoice) and voice.words == words
    said = saying(read_script(voice.script), voice.words)
    assert [word.normalised for word in said.words if word.text.startswith(("O", "AT"))] == [
        "oh bryan",
        "bell",
        "oh bryan .",
    ]


def test_what_is_called_in_words_may_have_signs() -> None:
    for say in ("5 < 6", "a * b", "snake_case", "AT & T", "it’s “so” …", "C#", "No. 5."):
        assert word_entry("x", say).say == say


# What wins


def phonemes(script: str, request: list[dict[str, Any]], account: tuple[WordEntry, ...]) -> str:
    """What is said of a request's script."""
    (scene,) = parse_generate(body(script, words=request), Known(words=account)).spec.scenes
    assert isinstance(scene.voice, TextVoice)
    return saying(read_script(scene.voice.script), scene.voice.words).phonemes


def test_ssml_wins_over_the_request_s_words_and_these_over_the_account_s() -> None:
    account = (WordEntry(word="data", ipa="bab"), WordEntry(word="disc", ipa="kak"))
    request = [{"word": "DATA", "ipa": "dɪd"}, {"word": "lens", "ipa": "lɪl"}]
    tagged = '<phoneme alphabet="ipa" ph="mɪm">data</phoneme>'
    assert phonemes(f"{tagged} data disc lens", request, account) == "mɪm dɪd kɑk lɪl"


def test_a_later_entry_takes_the_place_of_an_equal_one_and_what_goes_by_case_wins() -> None:
    account = (WordEntry(word="data", ipa="bab"),)
    twice = [{"word": "data", "ipa": "dɪd"}, {"word": "Data", "ipa": "kak"}]
    assert phonemes("data", twice, account) == "kɑk"
    by_case: list[dict[str, Any]] = [{"word": "us", "ipa": "dɪd"}, {"word": "US", "ipa": "kak", "case_sensitive": True}]
    assert phonemes("US us", by_case, account) == phonemes("US us", by_case[::-1], account) == "kɑk dɪd"
    (entry,) = parse_speech({"text": "data", "voice_id": SARA, "words": twice}, Known(words=account)).voice.words
    assert entry.ipa == "kak"
    assert [entry.say for entry in read_words(b"word,say\na,b\nA,c\n")] == ["c"]


def test_each_scene_has_the_words_that_it_uses() -> None:
    spec = parse_generate(body("Nothing.", SCRIPT), Known(words=(KUBERNETES, WordEntry(word="nginx", say="x")))).spec
    assert [scene.voice.words for scene in spec.scenes if isinstance(scene.voice, TextVoice)] == [(), (KUBERNETES,)]


# What is seen


def test_the_voice_follows_and_captions_show_what_is_written(rendered: Callable[[VideoSpec], Rendered]) -> None:
    scene = text_scene(SCRIPT).model_copy(update={"character": None})
    spec = VideoSpec(scenes=(scene,), width=320, height=240, captions=Captions(burn_in=False))
    plain, other = rendered(spec), rendered(with_words(spec, (WordEntry(word="Kubernetes", say="three little words"),)))
    assert plain.film.frames != other.film.frames, "it lasts as long as something else that is said"
    for kind in ("srt", "vtt"):
        shown = other.film.subtitles[kind].read_text("utf-8")
        assert "Kubernetes" in shown and "little" not in shown


# Kept


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    name = "database_url"
    url = request.getfixturevalue(name) if request.param == "postgres" else f"sqlite:///{tmp_path / 'rows.db'}"
    store = Store(url)
    yield store
    store.close()


def test_a_word_is_kept_once_whatever_its_case_unless_its_case_matters(store: Store) -> None:
    us = WordEntry(word="US", say="the states", case_sensitive=True)
    store.words.put(OWNER, (KUBERNETES, us, WordEntry(word="us", say="uss")), 10)
    again = WordEntry(word="KUBERNETES", ipa="kub")
    store.words.put(OWNER, (again,), 10)
    assert store.words.all(OWNER) == (us, again, WordEntry(word="us", say="uss"))
    assert store.words.delete(OWNER, "kubernetes") and not store.words.delete(OWNER, "kubernetes")
    assert store.words.delete(OWNER, "us"), "what goes by case is another word"
    assert store.words.all(OWNER) == (us,)
    assert store.words.delete(OWNER, "US") and store.words.all(OWNER) == ()


def test_beyond_the_limit_nothing_is_kept(store: Store) -> None:
    store.words.put(OWNER, (KUBERNETES,), 2)
    more = (WordEntry(word="a", say="b"), WordEntry(word="c", say="d"))
    with pytest.raises(SpecError, match=r"words is invalid: there would be 3, the limit of an account is 2\."):
        store.words.put(OWNER, more, 2)
    assert store.words.all(OWNER) == (KUBERNETES,)
    store.words.delete(OWNER, "Kubernetes")


# Over HTTP


WORDS = "/v1/limelight/words"


def test_words_are_added_listed_imported_and_deleted(server: Server) -> None:
    http = server.http
    row = {"word": "Kubernetes", "say": "koober netties", "ipa": None, "case_sensitive": False}
    added = http.post(WORDS, json={"word": "Kubernetes", "say": "koober netties"})
    assert added.json() == {"code": 100, "data": {"words": [row], "total": 1}, "msg": None, "message": "Success"}
    many = http.post(WORDS, json={"words": [{"word": "a", "say": "c"}, {"word": "a", "say": "b"}]}).json()
    assert [word["say"] for word in many["data"]["words"]] == ["b"], "only what was kept"
    many = http.post(WORDS, json={"words": [{"word": "a", "say": "b"}, {"word": "kubernetes", "say": "cue"}]}).json()
    assert many["data"]["total"] == 2, "the same word took the first one's place"
    imported = http.post(f"{WORDS}/import", content=lexicon("<grapheme>nginx</grapheme><phoneme>ɛks</phoneme>"))
    assert [word["word"] for word in imported.json()["data"]["words"]] == ["nginx"]
    assert [word["word"] for word in http.get(WORDS).json()["data"]["words"]] == ["a", "kubernetes", "nginx"]
    for word in ("a", "KUBERNETES", "nginx"):
        assert http.delete(WORDS, params={"word": word}).json()["data"] is None
    assert http.get(WORDS).json()["data"] == {"words": [], "total": 0}


def test_errors_over_http_have_v1_s_envelope(server: Server) -> None:
    answers = {
        400: server.http.post(f"{WORDS}/import", content=b"word,say\n!,x\n"),
        404: server.http.delete(WORDS, params={"word": "nowhere"}),
        413: server.http.post(f"{WORDS}/import", content=b"x" * (MAX_FILE_BYTES + 1)),
    }
    for status, answer in answers.items():
        assert answer.status_code == status and set(answer.json()) >= {"code", "message", "data"}, answer.text
    assert answers[400].json()["message"] == "line 2: word is invalid: a letter or a digit is needed."
    assert server.http.delete(WORDS).status_code == 400


def test_every_request_that_says_a_script_has_words_of_its_own_and_the_account_s(server: Server) -> None:
    store = Store(f"sqlite:///{server.data_dir / 'limelight.db'}")
    http = server.http
    account = new_account(store, "With words", "enterprise", concurrency=0)
    headers = {"X-Api-Key": new_key(store, account.id, "a key")}
    kept = {"word": "Kubernetes", "say": "kept"}
    assert http.post(WORDS, json=kept, headers=headers).status_code == 200
    image = http.post("/v1/talking_photo", content=png(), headers=headers).json()["data"]["talking_photo_id"]
    key = f"image/{image}/original.png"
    wish = [{"word": "love", "say": "asked"}, {"word": "unused", "say": "x"}]
    template = {"name": "T", "body": {**body("{{what}}"), "words": wish}, "variables": {"what": {"type": "text"}}}
    made = http.post("/v2/templates", json=template, headers=headers).json()["data"]["template_id"]
    plain = {"voice_id": SARA, "words": wish}
    requests: dict[str, dict[str, Any]] = {
        "/v2/video/generate": body(SCRIPT, words=wish),
        "/v1/video.webm": {"avatar_pose_id": JOSH, "avatar_style": "normal", "input_text": SCRIPT, **plain},
        "/v2/videos": {"avatar_id": JOSH, "script": SCRIPT, **plain},
        "/v2/video/av4/generate": {"image_key": key, "script": SCRIPT, **plain},
        f"/v2/template/{made}/generate": {"variables": {"what": SCRIPT}},
        f"/v2/templates/{made}/generate": {"variables": {"what": SCRIPT}, "words": wish},
        "/v1/video_agent/generate": {"prompt": SCRIPT, "words": wish},
    }
    for path, request in requests.items():
        answer = http.post(path, json=request, headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        video = store.videos.get(answer.json()["data"]["video_id"])
        assert video is not None
        (voice,) = [scene.voice for scene in video.spec.scenes if isinstance(scene.voice, TextVoice)]
        assert [(word.word, word.say) for word in voice.words] == [("love", "asked"), ("Kubernetes", "kept")], path
    store.close()


def png() -> bytes:
    return bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
        "53de0000000c49444154789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
    )


def test_the_client_has_methods_for_them(server: Server) -> None:
    with Client(server.url, server.http.headers["X-Api-Key"]) as client:
        assert [word.say for word in client.add_words([{"word": "Kubernetes", "say": "cue"}])] == ["cue"]
        assert [word.ipa for word in client.import_words(b"word,ipa\nnginx,b\xc9\xaab\n")] == ["bɪb"]
        assert [word.word for word in client.list_words()] == ["Kubernetes", "nginx"]
        client.delete_word("Kubernetes")
        client.delete_word("nginx")
        assert client.list_words() == []


# On the command line


def test_the_owner_s_words_are_kept_listed_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def limelight(*arguments: str) -> str:
        return CliRunner().invoke(app, arguments, catch_exceptions=False).stdout

    assert limelight("words", "add", "Kubernetes", "--say", "dad") == "Kubernetes is called dad\n"
    (tmp_path / "list.csv").write_text("word,ipa,case\nnginx,bɪb,yes\n")
    assert limelight("words", "import", "list.csv") == "1 word is kept\n"
    assert limelight("words", "export") == "word,say,ipa,case\nnginx,,bɪb,yes\nKubernetes,dad,,\n"
    assert [line.split() for line in limelight("words", "list").splitlines()[1:]] == [
        ["nginx", "/bɪb/", "as", "written"], ["Kubernetes", "dad", "any"]
    ]  # fmt: skip
    assert limelight("say", "kubernetes nginx NGINX", "--phonemes").startswith("dˈæd bɪb ")
    assert "bɪb" not in limelight("say", "NGINX", "--phonemes")
    (tmp_path / "lines").write_text(json.dumps("Kubernetes") + "\n")
    assert json.loads(limelight("say", "--phonemes", "--lines", "lines"))["phonemes"] == "dˈæd"
    assert limelight("words", "remove", "kubernetes") == "kubernetes is removed\n"
    for wrong, said in ((("remove", "Kubernetes"), "not found"), (("add", "x"), "exactly one of say and ipa")):
        with pytest.raises(SpecError, match=said):
            limelight("words", *wrong)


def test_a_list_is_whole_on_a_narrow_terminal(tmp_path: Path) -> None:
    word, called = "Llanfairpwllgwyngyllgogerychwyrn", "a-village-with-a-name-that-is-long"

    def limelight(*arguments: str) -> str:
        command = [sys.executable, "-m", "limelight.cli", "words", *arguments]
        environment = {**os.environ, "COLUMNS": "40"}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout

    limelight("add", word, "--say", called)
    assert [line.split() for line in limelight("list").splitlines()[1:]] == [[word, called, "any"]]


def test_say_reads_standard_input() -> None:
    said = CliRunner().invoke(app, ("say", "-", "--phonemes"), input="Kubernetes – naïve".encode())
    written = CliRunner().invoke(app, ("say", "Kubernetes – naïve", "--phonemes"))
    assert (said.exit_code, said.stdout) == (0, written.stdout)


def test_say_refuses_before_it_speaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limelight.speech.speak.speak", lambda *_, **__: pytest.fail("it speaks"))
    missing, lines = str(tmp_path / "missing" / "x.wav"), tmp_path / "lines"
    lines.write_text('"Hello."\n')
    for arguments, problem in (
        (("Hello.", "-o", missing), "is not a file in an existing folder"),
        (("--phonemes", "--lines", str(lines), "-o", str(tmp_path / "x.wav")), "without a text, --output and --words"),
        (("--phonemes", "--lines", str(lines), "--words"), "without a text, --output and --words"),
    ):
        with pytest.raises(SpecError, match=problem):
            CliRunner().invoke(app, ("say", *arguments), catch_exceptions=False)


def test_render_uses_the_owner_s_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as the spec, from which on it is as anywhere else."""
    store = Store(f"sqlite:///{tmp_path / 'limelight.db'}")
    store.words.put(OWNER, (KUBERNETES,), 10)
    store.close()
    seen: list[VideoSpec] = []

    def note(spec: VideoSpec, out: Path, *_: object, **__: object) -> tuple[list[Path], float]:
        seen.append(spec)
        return [out], 1.0

    monkeypatch.setattr(render, "render_to", note)
    render.render(script=SCRIPT, voice=DEFAULT_FEMALE.voice_id, out=tmp_path / "a.mp4", data_dir=tmp_path)
    (voice,) = [scene.voice for scene in seen[0].scenes]
    assert isinstance(voice, TextVoice) and voice.words == (KUBERNETES,)
