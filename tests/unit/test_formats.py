"""What files are, told by their content: as uploads, and for errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.files import examine
from bench.media_files import amr, counting, encoded, film, four, rf64, sound, tone, without_ftyp
from limelight.errors import SpecError
from limelight.media import formats
from limelight.media.formats import HEAD_BYTES, detect_format, head_of, recognise

NO_XING = {"write_xing": "0"}
RUBBISH = bytes(np.random.default_rng(5).integers(0, 255, 900, np.uint8))


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        pytest.param(rf64(b"RF64"), "audio/wav", id="RF64"),
        pytest.param(rf64(b"BW64"), "audio/wav", id="BW64"),
        pytest.param(sound(tone(), "w64", "pcm_s16le"), "audio/x-w64", id="W64"),
        pytest.param(bytes(3000) + sound(tone(), "mp3", "libmp3lame", options=NO_XING), "audio/mpeg", id="zeros"),
        pytest.param(bytes(40) + sound(tone(), "mp3", "libmp3lame"), "audio/mpeg", id="zeros and a tag"),
        pytest.param(bytes(70_000) + sound(tone(), "mp3", "libmp3lame"), "audio/mpeg", id="many zeros"),
        pytest.param(
            RUBBISH + sound(tone(), "mp3", "libmp3lame", options=NO_XING), "audio/mpeg", id="rubbish in front"
        ),
        pytest.param(
            RUBBISH + sound(tone(1.0, 22_050), "mp3", "libmp3lame", 22_050), "audio/mpeg", id="rubbish, 22 kHz"
        ),
        pytest.param(RUBBISH + sound(tone(), "mp2", "mp2"), "audio/mpeg", id="rubbish, MP2"),
        pytest.param(film(counting(6), "mpegts", "mpeg2video")[100:], "video/mp2t", id="MPEG-TS from inside a packet"),
        pytest.param(sound(tone(), "mp2", "mp2"), "audio/mpeg", id="MP2"),
        pytest.param(amr(), "audio/amr", id="AMR"),
        pytest.param(sound(tone(), "caf", "pcm_s16le"), "audio/x-caf", id="CAF"),
        pytest.param(sound(tone(), "asf", "wmav2"), "audio/x-ms-wma", id="WMA"),
        pytest.param(sound(tone(), "au", "pcm_s16be"), "audio/basic", id="AU"),
        pytest.param(sound(tone(), "ac3", "ac3"), "audio/ac3", id="AC-3"),
        pytest.param(sound(tone(), "eac3", "eac3"), "audio/ac3", id="E-AC-3"),
        pytest.param(film(counting(3), "avi", "mpeg4"), "video/x-msvideo", id="AVI"),
        pytest.param(film(counting(3), "asf", "wmv2"), "video/x-ms-wmv", id="WMV"),
        pytest.param(film(counting(3), "mpegts", "mpeg2video"), "video/mp2t", id="MPEG-TS"),
        pytest.param(
            film(counting(3), "mpegts", "mpeg2video", muxing={"mpegts_m2ts_mode": "1"}), "video/mp2t", id="M2TS"
        ),
        pytest.param(film(counting(3), "mpeg", "mpeg2video"), "video/mpeg", id="MPEG-PS"),
        pytest.param(film(counting(3), "flv", "flv"), "video/x-flv", id="FLV"),
        pytest.param(film(counting(3), "matroska", "mpeg4"), "video/x-matroska", id="MKV"),
        pytest.param(film(counting(3), "webm", "libvpx"), "video/webm", id="WebM"),
        pytest.param(without_ftyp(film(counting(3), "mov", "mpeg4")), "video/quicktime", id="MOV without ftyp"),
        pytest.param(encoded(four(), "BMP"), "image/bmp", id="BMP"),
        pytest.param(encoded(four(), "AVIF"), "image/avif", id="AVIF"),
        pytest.param(encoded(four(), "PNG", save_all=True, append_images=[four(32, 64)]), "image/apng", id="APNG"),
        pytest.param(encoded(four(), "PNG"), "image/png", id="PNG"),
        pytest.param(b"ID3\4\0\0\0\0\0\x0a" + bytes(10) + b"fLaC" + bytes(60), "audio/flac", id="FLAC behind a tag"),
    ],
)
def test_what_strangers_send_is_known(content: bytes, content_type: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert detect_format(head_of(path), "").content_type == content_type


@pytest.mark.parametrize("sent", ["video/mp4", "video/ogg", "application/octet-stream", "", "audio/x-m4a"])
@pytest.mark.parametrize(("container", "codec"), [("ipod", "aac"), ("ogg", "libopus"), ("asf", "wmav2")])
def test_what_a_program_calls_a_sound_does_not_matter(container: str, codec: str, sent: str) -> None:
    kind = detect_format(sound(tone(), container, codec)[:HEAD_BYTES], sent)
    assert kind.file_type == "audio"


@pytest.mark.parametrize("sent", ["audio/mp2t", "audio/x-flv", "video/mp4"])
@pytest.mark.parametrize(("container", "codec"), [("mpegts", "mpeg2video"), ("flv", "flv")])
def test_what_a_program_calls_a_film_does_not_matter(container: str, codec: str, sent: str) -> None:
    assert detect_format(film(counting(6), container, codec)[:HEAD_BYTES], sent).file_type == "video"


@pytest.mark.parametrize("sent", ["video/mp4", "audio/mpeg"])
def test_a_picture_is_neither_film_nor_sound(sent: str) -> None:
    with pytest.raises(SpecError, match=f"its Content-Type is {sent}, but it is image/jpeg"):
        detect_format(encoded(four(), "JPEG"), f"{sent}; a=b")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7\n", "file is invalid: it is a PDF; export the page as PNG."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "file is invalid: it is an SVG drawing; export it as PNG."),
        (b"II*\0" + bytes(60), "file is invalid: it is a TIFF file; send it as JPEG, PNG or WebP."),
        (b"#EXTM3U\n", "file is invalid: it is a playlist; send the film or the recording itself."),
        (b"PK\x03\x04", "file is invalid: it is a Word, PowerPoint, Excel or ZIP file; send what is in it."),
        (b"hello, world", "file is invalid: it is none of JPEG, PNG, WebP, "),
        (b"\xff\xfe<\0h\0t\0m\0l\0", "file is invalid: it is none of "),
        (bytes(5000), "file is invalid: it is none of "),
        (RUBBISH * 5, "file is invalid: it is none of "),
        (
            b"\n<!-- saved -->\n<html>",
            "file is invalid: it is an HTML page; name the file itself, not a page that shows it.",
        ),
        (b"\x7f\xfe\x80\x01" + bytes(9), "file is invalid: it is a DTS recording; send it as MP3, WAV or M4A."),
        (b"YUV4MPEG2 W64 H48", "file is invalid: it is a raw film; send it as MP4."),
    ],
)
def test_what_is_not_taken_is_named_with_what_to_do(content: bytes, said: str) -> None:
    with pytest.raises(SpecError) as error:
        detect_format(content, "")
    assert error.value.message.startswith(said) and error.value.field == "file"


def test_a_heic_picture_is_taken_where_it_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    head = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(60)
    assert detect_format(head, "image/heic").content_type == "image/heic"
    monkeypatch.setattr(formats, "HEIC_MODULE", "not_installed")
    with pytest.raises(SpecError, match=r"it is a HEIC picture, and this installation .* limelight\[heic\], or send"):
        detect_format(head, "image/heic")
    with pytest.raises(SpecError) as error:
        detect_format(b"hello", "")
    assert "AVIF" in error.value.message and "HEIC" not in error.value.message


@pytest.mark.parametrize("content", [b"\0\0\0\x1cftypavif", b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif"])
def test_avif_is_no_heic(content: bytes) -> None:
    found = recognise(content + bytes(60))
    assert found and found.name == "an AVIF picture"


def test_what_the_first_bytes_do_not_tell_is_tried_as_a_recording_too(tmp_path: Path) -> None:
    """`bench/files.py` shows what each field takes, not what an upload's first bytes allow."""
    (tmp_path / "a").write_bytes(b"\1" * 700 + sound(tone(), "adts", "aac"))
    found = examine(tmp_path / "a")
    assert recognise((tmp_path / "a").read_bytes()) is None
    assert (found.used, found.refused, round(found.length_s or 0, 1)) == ("audio", "", 0.5)
    assert "is none of" in found.upload and found.frames
