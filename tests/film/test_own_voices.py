"""Voices of one's own: style files that are read without running anything, added, listed, heard, removed."""

import io
import os
import pickle
import subprocess
import sys
import wave
import zipfile

import httpx
import numpy as np
import pytest

from judges.whisper import transcribe, word_error_rate
from limelight.catalog import own_voices
from limelight.catalog.voices import shipped_voices, voice, voice_named, voices
from limelight.errors import SpecError, SpeechError, StoreError, VoiceNotFound
from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech import measure
from limelight.speech.stylefile import MAX_BYTES, read_style
from limelight.speech.styles import SHAPE, style_of
from serving import Server
from speech_samples import SENTENCES, spoken_by

STYLE = style_of({"bf_lily": 1.0})
#: What PyTorch writes beside the numbers of a contiguous float32 tensor of 510 × 1 × 256 on the CPU.
PICKLE = (
    b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nq\x00((X\x07\x00\x00\x00storageq\x01ctorch\n%s\nq\x02"
    b"X\x01\x00\x00\x000q\x03X\x03\x00\x00\x00cpuq\x04J\x00\xfe\x01\x00tq\x05QK\x00M\xfe\x01K\x01M\x00\x01\x87q\x06"
    b"M\x00\x01M\x00\x01K\x01\x87q\x07\x89ccollections\nOrderedDict\nq\x08)Rq\ttq\nRq\x0b."
)


def torch_file(pickled=PICKLE % b"FloatStorage", numbers=None, **more):
    data = io.BytesIO()
    held = {"data.pkl": pickled, "byteorder": b"little", "data/0": STYLE.tobytes() if numbers is None else numbers}
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in {**held, **more}.items():
            archive.writestr(f"af_nobody/{name.replace('__', '/')}", content)
    return data.getvalue()


def numpy_file(array, **how):
    data = io.BytesIO()
    np.save(data, array, **how)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.bin", STYLE.tobytes()),
        ("a.npy", numpy_file(STYLE)),
        ("a.NPY", numpy_file(STYLE[:, None].astype(np.float64))),
        ("a.npy", numpy_file(np.asfortranarray(STYLE))),
        ("a.pt", torch_file()),
        ("a.pt", torch_file(version=b"3\n")),
    ],
)
def test_a_style_is_read(name, data, tmp_path):
    (tmp_path / name).write_bytes(data)
    style = read_style(tmp_path / name)
    assert style.shape == SHAPE
    assert style.dtype == np.float32
    assert np.array_equal(style, STYLE)


def test_half_precision_is_read(tmp_path):
    half = STYLE.astype(np.float16)
    (tmp_path / "a.pt").write_bytes(torch_file(PICKLE % b"HalfStorage", half.tobytes()))
    assert np.array_equal(read_style(tmp_path / "a.pt"), half.astype(np.float32))


def infinite():
    style = STYLE.copy()
    style[3, 4] = np.inf
    return style


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("a.bin", STYLE.tobytes()[:-4], "it has 522,236 bytes; a style has 510 × 256 .* numbers, 522,240 bytes"),
        ("a.bin", b"", "it has 0 bytes"),
        ("a.bin", bytes(522_240), "its numbers' standard deviation is 0;"),
        (
            "a.bin",
            (STYLE * np.float32(1e-30)).tobytes(),
            "its numbers' standard deviation is .*, and from 0.08 to 0.5 are",
        ),
        ("a.bin", np.random.default_rng(1).normal(0, 0.2, SHAPE).astype("<f4").tobytes(), "its rows differ"),
        ("a.bin", np.full(SHAPE, 0.1, np.float32).tobytes(), "its numbers' standard deviation is"),
        ("a.bin", bytes(MAX_BYTES + 1), "it has 8,000,001 bytes, the limit is 8,000,000"),
        ("a.bin", infinite().tobytes(), "not all of its numbers are finite"),
        ("a.wav", STYLE.tobytes(), "it is none of .bin, .npy, .pt"),
        ("a.npy", b"nothing", "it is no .npy file"),
        ("a.npy", numpy_file(STYLE[:500]), r"its shape is \(500, 256\)"),
        ("a.npy", numpy_file(STYLE.astype(np.int32)), "its numbers are int32"),
        ("a.npy", numpy_file(STYLE.astype(object), allow_pickle=True), "its numbers are object"),
        ("a.npy", numpy_file(STYLE)[:-8], "it is no .npy file"),
        ("a.pt", b"nothing", "it is no .pt file"),
        ("a.pt", pickle.dumps(STYLE.tolist()), "it is no .pt file"),
        ("a.pt", torch_file(**{"data/1": b"more"}), "it is no .pt file with one tensor"),
        ("a.pt", torch_file(numbers=STYLE.tobytes()[:-4]), "its tensor has another size"),
        ("a.pt", torch_file(byteorder=b"big"), "its numbers are not little-endian"),
        ("a.pt", torch_file(PICKLE % b"LongStorage"), "it does not hold one plain tensor"),
        ("a.pt", torch_file(pickle.dumps({"style": [1.0]}, 2)), "it does not hold one plain tensor"),
        (
            "a.pt",
            torch_file((PICKLE % b"FloatStorage").replace(b"M\xfe\x01", b"M\xff\x01")),
            "it does not hold one plain tensor",
        ),
        (
            "a.pt",
            torch_file((PICKLE % b"FloatStorage").replace(b"OrderedDict", b"Counter")),
            "it does not hold one plain tensor",
        ),
    ],
)
def test_anything_else_is_refused_by_name(name, data, problem, tmp_path):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SpecError, match=rf"^file is invalid: {name}: {problem}"):
        read_style(tmp_path / name)


def test_a_pickle_is_never_run(tmp_path):
    """Its opcodes are read: one that would call a function of ours does not."""

    class Calls:
        def __reduce__(self):
            return (pytest.fail, ("it was run",))

    (tmp_path / "a.pt").write_bytes(torch_file(pickle.dumps(Calls(), 2)))
    with pytest.raises(SpecError, match="it does not hold one plain tensor"):
        read_style(tmp_path / "a.pt")


def test_a_file_that_claims_more_than_it_may_hold_is_refused(tmp_path):
    (tmp_path / "a.pt").write_bytes(torch_file(more=bytes(MAX_BYTES + 1)))
    with pytest.raises(SpecError, match="8,000,000"):
        read_style(tmp_path / "a.pt")


def test_what_is_no_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "missing.bin"):
        with pytest.raises(SpecError, match="it is not a file"):
            read_style(path)


def shorten(patch):
    """Fewer sentences are said, which take half a minute otherwise."""
    patch.setattr(measure, "OPENINGS", (measure.OPENINGS[0][:3],))
    patch.setattr(measure, "CONTINUATIONS", measure.CONTINUATIONS[:1])
    patch.setattr(measure, "BEGINNINGS", measure.BEGINNINGS[:6])


@pytest.fixture(scope="module")
def added(tmp_path_factory):
    """A data folder with one voice of a file."""
    folder = tmp_path_factory.mktemp("own")
    file = folder / "lily.bin"
    file.write_bytes(STYLE.tobytes())
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch)
        own = own_voices.add(
            folder / "data", file, " Lily ", "Female", "en-GB", "Apache-2.0", "", (), lambda *n: seen.append(n)
        )
    assert seen[0] == (1, seen[-1][1]) and seen[-1][0] == seen[-1][1] == len(seen)
    return folder, own


@pytest.fixture
def known(added, monkeypatch):
    """The same, in a process that looks there."""
    folder, own = added
    monkeypatch.setenv(own_voices.FOLDER, "")
    own_voices.look_in(folder / "data")
    return own


def test_an_added_voice_is_listed_last_and_found(known):
    assert voices()[:-1] == shipped_voices()
    entry = voices()[-1]
    assert entry == voice(known.voice_id) == voice_named("Lily")
    assert (entry.name, entry.gender, entry.locale, entry.tags) == ("Lily", "female", "en-GB", ("own",))
    assert entry.speaker.is_british
    assert known.licence == "Apache-2.0"


def test_an_added_voice_is_heard(known):
    speech = spoken_by(voice(known.voice_id), SENTENCES)
    assert word_error_rate(SENTENCES, transcribe(speech.samples, SAMPLE_RATE_HZ)) < 0.12


def test_a_process_that_looks_nowhere_knows_none(added, monkeypatch):
    monkeypatch.delenv(own_voices.FOLDER, raising=False)
    assert voices() == shipped_voices()
    with pytest.raises(VoiceNotFound):
        voice(added[1].voice_id)


@pytest.mark.parametrize("how", ["empty", "cut", "manifest", "style", "text"])
def test_a_damaged_voice_is_left_out_said_and_removed(how, known, caplog):
    """It disturbs no list, no other voice is lost, and its file can be removed by its id."""
    damaged_id = "0123456789abcdef0123456789abcdef"
    damaged = known.file.with_name(f"{damaged_id}.voice")
    data = bytearray(known.file.read_bytes())
    with zipfile.ZipFile(known.file) as archive:
        places = {info.filename: info.header_offset + 100 for info in archive.infolist()}
    if how in ("manifest", "style"):
        data[places[f"{how}.npy"] : places[f"{how}.npy"] + 8] = b"damaged!"
    damaged.write_bytes({"empty": b"", "cut": data[:1000], "text": b"no voice"}.get(how, bytes(data)))
    assert [entry.voice_id for entry in voices()[len(shipped_voices()) :]] == [known.voice_id]
    assert f"{damaged.name} is left out" in caplog.text
    assert own_voices.damaged() == [damaged.name]
    assert own_voices.remove(damaged_id)
    assert own_voices.damaged() == []


def test_other_files_of_the_folder_are_no_voices(known):
    """Not even a look is taken: names that are no ids, folders, pipes."""
    folder = known.file.parent
    (folder / "a[red].voice").write_bytes(known.file.read_bytes())
    (folder / ("1" * 32 + ".voice")).mkdir()
    os.mkfifo(folder / ("2" * 32 + ".voice"))
    assert voices()[:-1] == shipped_voices()
    assert own_voices.damaged() == []


def test_a_name_that_is_taken_is_refused(tmp_path):
    (tmp_path / "a.bin").write_bytes(STYLE.tobytes())
    with pytest.raises(SpecError, match="name is invalid: there is a voice that is called SARA"):
        own_voices.add(tmp_path, tmp_path / "a.bin", "SARA", "female", "en", "CC0", "", {"sara"})


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path):
    (tmp_path / "a.bin").write_bytes(STYLE.tobytes())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "voices").write_text("in the way")
    with pytest.raises(StoreError, match="voices"):
        own_voices.add(tmp_path / "data", tmp_path / "a.bin", "A", "female", "en", "CC0", "")


def test_what_a_killed_process_left_is_cleared_away(added, tmp_path, monkeypatch):
    shorten(monkeypatch)
    (tmp_path / "a.bin").write_bytes(STYLE.tobytes())
    left, fresh = (tmp_path / "voices" / name for name in (".adding-old", ".adding-new"))
    for folder in (left, fresh):
        folder.mkdir(parents=True)
    os.utime(left, (1, 1))
    own_voices.add(tmp_path, tmp_path / "a.bin", "A", "female", "en", "CC0", "")
    assert not left.exists() and fresh.exists()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"language": "fr"}, "language is invalid: fr is not one of en-US, en-GB"),
        ({"gender": "other"}, "gender is invalid"),
        ({"name": " "}, "name is invalid"),
        ({"name": "n" * 101}, "name is invalid: .*100"),
        ({"licence": ""}, "licence is invalid"),
        ({"licence": "l" * 201}, "licence is invalid: .*200"),
        ({"character": "c" * 201}, "character is invalid: .*200"),
        ({"name": "a\x1b[31m"}, "name is invalid: .*control characters"),
        ({"character": "a\u202eb"}, "character is invalid: .*control characters"),
    ],
)
def test_a_wrong_field_is_named_before_anything_is_measured(change, problem, tmp_path):
    file = tmp_path / "a.bin"
    file.write_bytes(STYLE.tobytes())
    fields = {"name": "A", "gender": "male", "language": "en", "licence": "CC0", "character": ""} | change
    with pytest.raises(SpecError, match=problem):
        own_voices.add(tmp_path / "data", file, **fields)
    assert not list(tmp_path.glob("data/voices/*"))


def test_a_style_that_does_not_speak_is_refused(tmp_path, monkeypatch):
    """Nothing is kept of it."""
    shorten(monkeypatch)
    monkeypatch.setattr(measure, "USUAL_S", 100.0)  # so that it is much too fast
    (tmp_path / "a.bin").write_bytes(STYLE.tobytes())
    with pytest.raises(SpeechError, match=r"does not speak: it is far from the pace of speech"):
        own_voices.add(tmp_path / "data", tmp_path / "a.bin", "A", "male", "en", "CC0", "")
    assert not list((tmp_path / "data" / "voices").iterdir())


def test_a_running_server_takes_a_voice_up_and_lets_it_go(added, tmp_path):
    """For every account, with a sample, in films and in speech; gone once its file is."""
    _, own = added
    with Server(tmp_path / "data") as server:
        listed = server.http.get("/v2/voices").json()["data"]["voices"]
        assert len(listed) == len(shipped_voices())
        body = {"text": "Hello there.", "voice_id": own.voice_id}
        assert server.http.post("/v1/limelight/speech", json=body).status_code == 400
        folder = tmp_path / "data" / "voices"
        folder.mkdir()
        (folder / own.file.name).write_bytes(own.file.read_bytes())
        listed = server.http.get("/v2/voices").json()["data"]["voices"]
        found = {one["voice_id"]: one for one in listed}[own.voice_id]
        assert (found["name"], found["locale"], found["accent"], found["tags"]) == ("Lily", "en-GB", "British", ["own"])
        assert found["age"] is None
        said = server.http.post("/v1/limelight/speech", json=body, timeout=120)
        assert said.status_code == 200, said.text
        assert httpx.get(found["preview_audio"], timeout=120).content[:3] in (b"ID3", b"\xff\xfb\x94", b"\xff\xfb\x54")
        (folder / own.file.name).unlink()
        assert server.http.post("/v1/limelight/speech", json=body).status_code == 400


def limelight(*arguments, folder):
    return subprocess.run(
        [sys.executable, "-m", "limelight.cli", "voices", *arguments],
        cwd=folder, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def test_the_command_line_lists_previews_and_removes(added, tmp_path):
    _, own = added
    folder = tmp_path / "limelight-data" / "voices"
    folder.mkdir(parents=True)
    (folder / own.file.name).write_bytes(own.file.read_bytes())
    assert own.voice_id in limelight(folder=tmp_path).stdout
    heard = limelight("preview", "Ava", "-o", "ava.wav", folder=tmp_path)
    assert heard.returncode == 0, heard.stderr
    with wave.open(str(tmp_path / "ava.wav")) as file:
        assert 2 < file.getnframes() / file.getframerate() < 6
    assert limelight("remove", own.voice_id, folder=tmp_path).stdout == f"{own.voice_id} is removed\n"
    assert own.voice_id not in limelight(folder=tmp_path).stdout
    for voice_id, said in ((own.voice_id, "not found"), (shipped_voices()[0].voice_id, "stays")):
        again = limelight("remove", voice_id, folder=tmp_path)
        assert again.returncode == 2
        assert said in again.stderr


def test_the_command_line_says_what_is_wrong_with_a_file(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"short")
    options = ("--name", "A", "--language", "en-US", "--gender", "female", "--licence", "CC0")
    refused = limelight("add", "a.bin", *options, folder=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith("spec: file is invalid: a.bin: it has 5 bytes")
    assert len(refused.stderr.splitlines()) == 1
