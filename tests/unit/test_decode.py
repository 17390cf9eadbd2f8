"""Strangers' pictures, recordings and films: what is shown and heard of them, and how the unusable is refused."""

from __future__ import annotations

import io
import struct
import wave
import zlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray
from PIL import Image, ImageCms

from limelight.compose.yuv import AlphaPlanes
from limelight.errors import MediaError
from limelight.media.decode import VideoReader, read_image, read_sound
from limelight.media.film import SegmentWriter
from limelight.spec import SAMPLE_RATE_HZ

Pixels = NDArray[np.uint8]
Samples = NDArray[np.float32]
Rgb = tuple[int, int, int]

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
MILLISECONDS = Fraction(1, 1000)
HZ, LEVEL = 440, 0.25


def refused(path: Path, read: Callable[[Path], object]) -> str:
    """The message with which a file is refused."""
    with pytest.raises(MediaError) as error:
        read(path)
    assert error.value.code == "media_unusable"
    assert str(path.parent) not in error.value.message
    return error.value.message


def watch(path: Path) -> None:
    with VideoReader(path):
        pass


def written(path: Path, content: bytes | bytearray) -> Path:
    path.write_bytes(content)
    return path


# pictures


def corners(left_top: Rgb, right_top: Rgb, left_bottom: Rgb, right_bottom: Rgb) -> Image.Image:
    """Four colours, 64 × 32."""
    picture = np.zeros((32, 64, 3), np.uint8)
    picture[:16, :32], picture[:16, 32:] = left_top, right_top
    picture[16:, :32], picture[16:, 32:] = left_bottom, right_bottom
    return Image.fromarray(picture)


FOUR = corners(RED, GREEN, BLUE, WHITE)


def seen(picture: Pixels) -> list[tuple[int, ...]]:
    """The colours in the middle of the quarters: left and right above, left and right below."""
    rows, columns = picture.shape[:2]
    assert picture.dtype == np.uint8
    return [
        tuple(map(int, picture[y, x])) for y in (rows // 4, 3 * rows // 4) for x in (columns // 4, 3 * columns // 4)
    ]


def close(colours: Sequence[Sequence[int]], expected: Sequence[Sequence[int]], by: int = 4) -> bool:
    return bool(np.abs(np.array(colours) - np.array(expected)).max() <= by)


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("p.jpg", "RGB", {"quality": 95, "subsampling": 0}),
        ("p.jpg", "RGB", {"quality": 95, "subsampling": 0, "progressive": True}),
        ("p.png", "RGB", {}),
        ("p.png", "P", {}),
        ("p.webp", "RGB", {"lossless": True}),
        ("p.webp", "RGBA", {"lossless": True}),
        ("p.gif", "P", {}),
        ("p.bmp", "RGB", {}),
    ],
)
def test_pictures_in_every_format_keep_their_colours(
    name: str, mode: str, options: dict[str, Any], tmp_path: Path
) -> None:
    FOUR.convert(mode).save(tmp_path / name, **options)
    picture = read_image(tmp_path / name)
    assert picture.shape == (32, 64, 3)
    assert close(seen(picture), (RED, GREEN, BLUE, WHITE))


def test_the_name_of_a_picture_does_not_matter(tmp_path: Path) -> None:
    FOUR.save(tmp_path / "p", "PNG")
    assert close(seen(read_image(tmp_path / "p")), (RED, GREEN, BLUE, WHITE))


@pytest.mark.parametrize("mode", ["L", "1", "LA"])
def test_grey_pictures_are_grey(mode: str, tmp_path: Path) -> None:
    corners((0,) * 3, (255,) * 3, (255,) * 3, (0,) * 3).convert(mode).save(tmp_path / "p.png")
    assert seen(read_image(tmp_path / "p.png")) == [(0,) * 3, (255,) * 3, (255,) * 3, (0,) * 3]


@pytest.mark.parametrize("brightest", [65535, 200])
def test_16_bits_of_grey_are_shown_as_bright_as_they_are(brightest: int, tmp_path: Path) -> None:
    deep = np.linspace(0, brightest, 256).astype(np.uint16)[None].repeat(8, 0)
    Image.fromarray(deep).save(tmp_path / "p.png")
    picture = read_image(tmp_path / "p.png")
    assert np.abs(picture[4, :, 1].astype(int) - deep[4] / 257).max() <= 1
    assert (picture == picture[..., :1]).all()


def test_16_bits_of_colour(tmp_path: Path) -> None:
    rows = np.zeros((4, 4, 3), ">u2")
    rows[...] = (65535, 32896, 0)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    (tmp_path / "p.png").write_bytes(png(4, 4, raw, depth=16, colour=2))
    assert tuple(read_image(tmp_path / "p.png")[2, 2]) == (255, 128, 0)


def test_a_cmyk_jpeg_as_printers_make_them(tmp_path: Path) -> None:
    FOUR.convert("CMYK").save(tmp_path / "p.jpg", quality=95)
    assert close(seen(read_image(tmp_path / "p.jpg")), (RED, GREEN, BLUE, WHITE), 8)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_of_another_space_are_brought_to_srgb(mode: str, tmp_path: Path) -> None:
    """A profile that says that red is blue and the other way round."""
    swapped = ImageCms.ImageCmsProfile(io.BytesIO(_profile_with_red_and_blue_swapped()))
    FOUR.convert(mode).save(tmp_path / "p.png", icc_profile=swapped.tobytes())
    assert close(seen(read_image(tmp_path / "p.png")), (BLUE, GREEN, RED, WHITE))


def test_a_damaged_profile_leaves_the_colours_as_they_are(tmp_path: Path) -> None:
    FOUR.save(tmp_path / "p.png", icc_profile=b"no profile" * 30)
    assert close(seen(read_image(tmp_path / "p.png")), (RED, GREEN, BLUE, WHITE))


def _profile_with_red_and_blue_swapped() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"____").replace(b"bXYZ", b"rXYZ").replace(b"____", b"bXYZ")
    assert swapped != profile
    return swapped


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, (RED, GREEN, BLUE, WHITE)),
        (2, (GREEN, RED, WHITE, BLUE)),
        (3, (WHITE, BLUE, GREEN, RED)),
        (4, (BLUE, WHITE, RED, GREEN)),
        (5, (RED, BLUE, GREEN, WHITE)),
        (6, (BLUE, RED, WHITE, GREEN)),
        (7, (WHITE, GREEN, BLUE, RED)),
        (8, (GREEN, WHITE, RED, BLUE)),
    ],
)
def test_a_camera_s_picture_is_upright(orientation: int, expected: tuple[object, ...], tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x112] = orientation
    FOUR.save(tmp_path / "p.jpg", quality=95, subsampling=0, exif=exif)
    picture = read_image(tmp_path / "p.jpg")
    assert picture.shape == ((32, 64, 3) if orientation < 5 else (64, 32, 3))
    assert close(seen(picture), expected)  # type: ignore[arg-type]


@pytest.mark.parametrize("exif", [b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01", b"Exif\0\0no TIFF at all", b"Exif\0\0"])
def test_damaged_exif_leaves_the_picture_as_it_is(exif: bytes, tmp_path: Path) -> None:
    FOUR.save(tmp_path / "p.jpg", quality=95, subsampling=0, exif=exif)
    assert close(seen(read_image(tmp_path / "p.jpg")), (RED, GREEN, BLUE, WHITE))


@pytest.mark.parametrize("name", ["p.png", "p.webp"])
def test_what_is_transparent_lies_on_black(name: str, tmp_path: Path) -> None:
    picture = np.dstack([np.asarray(FOUR), np.full((32, 64), 255, np.uint8)])
    picture[:16, 32:, 3], picture[16:, :, 3] = 0, 128
    Image.fromarray(picture).save(tmp_path / name, lossless=True)
    assert close(seen(read_image(tmp_path / name)), (RED, (0, 0, 0), (0, 0, 128), (128, 128, 128)), 2)


def test_a_palette_with_a_transparent_colour_lies_on_black(tmp_path: Path) -> None:
    palette = FOUR.convert("P", palette=Image.Palette.ADAPTIVE, colors=4)
    palette.save(tmp_path / "p.png", transparency=palette.getpixel((40, 4)))
    assert close(seen(read_image(tmp_path / "p.png")), (RED, (0, 0, 0), BLUE, WHITE))


@pytest.mark.parametrize("name", ["p.gif", "p.webp", "p.png"])
def test_an_animation_is_its_first_picture(name: str, tmp_path: Path) -> None:
    other = corners(BLUE, BLUE, BLUE, BLUE)
    FOUR.save(tmp_path / name, save_all=True, append_images=[other, other], duration=100, lossless=True)
    assert close(seen(read_image(tmp_path / name)), (RED, GREEN, BLUE, WHITE))


def png(width: int, height: int, raw: bytes, depth: int = 8, colour: int = 0) -> bytes:
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)),
        (b"IDAT", zlib.compress(raw)),
        (b"IEND", b""),
    ]
    parts = (struct.pack(">I", len(d)) + name + d + struct.pack(">I", zlib.crc32(name + d)) for name, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((50_000, 1), ("50000x1", "16384 pixels a side")),
        ((1, 16_385), ("1x16385", "16384 pixels a side")),
        ((8_100, 8_100), ("8100x8100", "64 million pixels")),
        ((10_000, 10_000), ("64 million pixels",)),
        ((50_000, 50_000), ("64 million pixels",)),
    ],
)
def test_a_picture_that_is_too_large_is_refused_by_its_header(
    size: tuple[int, int], said: tuple[str, ...], tmp_path: Path
) -> None:
    """There are no pixels in the file: whoever decodes it finds it damaged."""
    message = refused(written(tmp_path / "p.png", png(*size, b"")), read_image)
    for part in ("limit", *said):
        assert part in message


def test_a_picture_at_the_limit_is_shown(tmp_path: Path) -> None:
    (tmp_path / "p.png").write_bytes(png(16_384, 1, b"\0" + bytes(16_383) + b"\xff"))
    picture = read_image(tmp_path / "p.png")
    assert picture.shape == (1, 16_384, 3)
    assert picture[0, -1, 0] == 255


HTML = b"\n<!DOCTYPE html><html><body>Not found</body></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
GARBAGE = np.random.default_rng(7).integers(0, 256, 5000, np.uint8).tobytes()
NOT_MEDIA = [
    (b"", "empty"),
    (HTML, "HTML page"),
    (SVG, "SVG"),
    (b'{"error": "expired"}', "JSON"),
    (GARBAGE, "format is not known"),
    (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
    (b"%PDF-1.7\n", "it is a PDF"),
]


@pytest.mark.parametrize(("content", "said"), NOT_MEDIA)
def test_what_is_no_picture_is_said(content: bytes, said: str, tmp_path: Path) -> None:
    message = refused(written(tmp_path / "p.jpg", content), read_image)
    assert said in message and ("as an image: " in message or ", not a picture" in message or "HEIC" in message)


@pytest.mark.parametrize("name", ["p.jpg", "p.png", "p.webp", "p.bmp"])
def test_a_picture_that_is_cut_off_is_said(name: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    assert "damaged or cut off" in refused(written(tmp_path / "p", content[: len(content) // 2]), read_image)


def plain_below(mode: str) -> Image.Image:
    """Something to see, and nothing in the lower third: grey, black or transparent."""
    picture = np.zeros((240, 320, 3), np.uint8) + (128 if mode == "grey" else 0)
    picture[:150] = np.random.default_rng(1).integers(0, 256, (10, 320, 3), np.uint8).repeat(15, 0)
    if mode != "transparent":
        return Image.fromarray(picture.astype(np.uint8))
    return Image.fromarray(np.dstack([picture, (picture.max(-1) > 0) * 255]).astype(np.uint8))


@pytest.mark.parametrize(
    ("form", "mode"), [("JPEG", "grey"), ("JPEG", "black"), ("PNG", "black"), ("PNG", "transparent")]
)
@pytest.mark.parametrize("more", [{}, {"progressive": True}])
@pytest.mark.parametrize("kept", [0.99, 0.995, None])
def test_a_picture_whose_very_end_is_missing_is_shown_and_noted(
    form: str, mode: str, more: dict[str, Any], kept: float | None, tmp_path: Path
) -> None:
    """A JPEG without its end mark, or a hundredth of any: also where the end looks like what decoders fill in."""
    whole = io.BytesIO()
    plain_below(mode).save(whole, form, **({} if form == "PNG" else more))
    content = whole.getvalue()
    cut = content[:-2] if kept is None else content[: round(kept * len(content))]
    notes: list[str] = []
    shown = read_image(written(tmp_path / "p", cut), note=notes.append).astype(int)
    assert notes == ["the image is cut off at its end; what is there of it is shown"] or (
        form == "PNG" and kept is None
    )
    expected = read_image(written(tmp_path / "whole", content)).astype(int)
    assert np.abs(shown - expected)[:140].mean() < 2


@pytest.mark.parametrize("mode", ["grey", "black"])
def test_a_picture_half_of_which_is_missing_is_refused_whatever_its_end_looks_like(mode: str, tmp_path: Path) -> None:
    for form in ("JPEG", "PNG"):
        whole = io.BytesIO()
        plain_below(mode).save(whole, form)
        cut = written(tmp_path / "p", whole.getvalue()[: len(whole.getvalue()) // 2])
        assert "damaged or cut off" in refused(cut, read_image)


# sound


def tone(
    path: Path,
    codec: str,
    rate: int,
    layout: str = "stereo",
    seconds: float = 0.5,
    channels: Sequence[int] | None = None,
    **options: str,
) -> Path:
    """A file with a tone in all channels, or in some."""
    with av.open(str(path), "w", options=options) as out:
        stream = out.add_stream(codec, rate=rate, options={"strict": "experimental"}, layout=layout)
        assert isinstance(stream, av.AudioStream)
        count = len(stream.layout.channels)
        samples = np.zeros((count, round(rate * seconds)), np.float32)
        wave = LEVEL * np.sin(2 * np.pi * HZ * np.arange(samples.shape[1]) / rate)
        samples[range(count) if channels is None else list(channels)] = wave
        whole = av.AudioFrame.from_ndarray(samples, "fltp", layout)
        whole.sample_rate = rate
        queue = av.AudioFifo()
        resampler = av.AudioResampler(stream.format.name, layout, rate)
        for frame in [*resampler.resample(whole), *resampler.resample(None)]:
            frame.pts = None
            queue.write(frame)
        at, step = 0, stream.codec_context.frame_size or 1024
        while block := queue.read(step) or queue.read():
            block.pts, block.time_base = at, Fraction(1, rate)
            at += block.samples
            out.mux(stream.encode(block))
        out.mux(stream.encode(None))
    return path


def pitch_hz(samples: Samples) -> float:
    middle = samples[len(samples) // 4 : 3 * len(samples) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 17))
    return float(np.argmax(spectrum)) * SAMPLE_RATE_HZ / (1 << 17)


def level(samples: Samples) -> float:
    """The amplitude of a tone."""
    middle = samples[len(samples) // 4 : 3 * len(samples) // 4]
    return float(np.sqrt(2 * np.mean(middle.astype(np.float64) ** 2)))


@pytest.mark.parametrize(
    ("name", "codec", "rate", "layout"),
    [
        ("t.mp3", "libmp3lame", 44_100, "stereo"),
        ("t.mp3", "libmp3lame", 8_000, "mono"),
        ("t.wav", "pcm_u8", 8_000, "mono"),
        ("t.wav", "pcm_s16le", 22_050, "stereo"),
        ("t.wav", "pcm_s24le", 192_000, "mono"),
        ("t.wav", "pcm_f32le", 96_000, "stereo"),
        ("t.wav", "pcm_mulaw", 8_000, "mono"),
        ("t.aiff", "pcm_s16be", 44_100, "mono"),
        ("t.m4a", "aac", 44_100, "stereo"),
        ("t.aac", "aac", 48_000, "mono"),
        ("t.ogg", "vorbis", 44_100, "stereo"),
        ("t.opus", "libopus", 48_000, "mono"),
        ("t.flac", "flac", 192_000, "stereo"),
        ("t.webm", "libopus", 48_000, "stereo"),
        ("t.mp4", "aac", 48_000, "5.1"),
        ("t.mka", "ac3", 48_000, "5.1"),
    ],
)
def test_recordings_in_every_format_are_heard_as_they_are(
    name: str, codec: str, rate: int, layout: str, tmp_path: Path
) -> None:
    samples = read_sound(tone(tmp_path / name, codec, rate, layout))
    assert samples.dtype == np.float32 and samples.ndim == 1
    assert pitch_hz(samples) == pytest.approx(HZ, abs=0.5)
    # Two frames of the coder, which containers without a length keep.
    assert len(samples) / SAMPLE_RATE_HZ == pytest.approx(0.5, abs=2 * 1024 / rate if name != "t.aac" else 0.045)
    assert LEVEL * 0.93 < level(samples) < LEVEL * 3.6
    if layout == "mono":
        assert level(samples) == pytest.approx(LEVEL, rel=0.07)


@pytest.mark.parametrize("channel", [0, 1, 2, 4, 5])
def test_every_channel_is_in_the_mix(channel: int, tmp_path: Path) -> None:
    samples = read_sound(tone(tmp_path / "t.wav", "pcm_s16le", 48_000, "5.1", channels=[channel]))
    assert pitch_hz(samples) == pytest.approx(HZ, abs=0.5)
    assert level(samples) >= LEVEL / 2


def test_left_and_right_count_the_same(tmp_path: Path) -> None:
    left, right = (
        read_sound(tone(tmp_path / f"{c}.wav", "pcm_s16le", 48_000, channels=[c])).astype(np.float64) for c in (0, 1)
    )
    both = read_sound(tone(tmp_path / "both.wav", "pcm_s16le", 48_000))
    assert level(right) == pytest.approx(level(left), rel=1e-3)  # type: ignore[arg-type]
    assert np.abs(left + right - both).max() < 1e-3


@pytest.mark.parametrize(
    ("name", "codecs"), [("f.mp4", ("libx264", "aac")), ("f.webm", ("libvpx", "libopus")), ("f.mov", ("mjpeg", "aac"))]
)
def test_a_film_s_sound_is_heard(name: str, codecs: tuple[str, str], tmp_path: Path) -> None:
    sound = tone(tmp_path / "t.wav", "pcm_s16le", 48_000, "mono")
    with av.open(str(tmp_path / name), "w") as out, av.open(str(sound)) as recording:
        picture = out.add_stream(codecs[0], rate=25)
        assert isinstance(picture, av.VideoStream)
        picture.width, picture.height = 64, 64
        picture.pix_fmt = "yuvj420p" if codecs[0] == "mjpeg" else "yuv420p"
        voice = out.add_stream(codecs[1], rate=48_000, layout="mono")
        assert isinstance(voice, av.AudioStream)
        for _ in range(12):
            out.mux(picture.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")))
        for frame in recording.decode(audio=0):
            out.mux(voice.encode(frame))
        out.mux([*picture.encode(None), *voice.encode(None)])
    samples = read_sound(tmp_path / name)
    assert pitch_hz(samples) == pytest.approx(HZ, abs=0.5)
    assert len(samples) / SAMPLE_RATE_HZ == pytest.approx(0.5, abs=0.05)


def test_a_recording_put_together_of_others_is_heard_whole(tmp_path: Path) -> None:
    """One part has two channels and 44.1 kHz, the other one channel and 22.05 kHz."""
    parts = (
        tone(tmp_path / "a.mp3", "libmp3lame", 44_100, "stereo"),
        tone(tmp_path / "b.mp3", "libmp3lame", 22_050, "mono"),
    )
    samples = read_sound(written(tmp_path / "both.mp3", b"".join(p.read_bytes() for p in parts)))
    assert len(samples) / SAMPLE_RATE_HZ == pytest.approx(1.0, abs=0.15)
    for half in (samples[: len(samples) // 2], samples[len(samples) // 2 :]):
        assert pitch_hz(half) == pytest.approx(HZ, abs=3)


@pytest.mark.parametrize("channels", [3, 7, 16])
def test_channels_that_nobody_named_are_heard(channels: int, tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "t.wav"), "wb") as out:
        out.setparams((channels, 2, 48_000, 0, "NONE", ""))
        t = np.arange(24_000) / 48_000
        out.writeframes((np.repeat(0.25 * np.sin(2 * np.pi * HZ * t), channels) * 32767).astype("<i2").tobytes())
    assert pitch_hz(read_sound(tmp_path / "t.wav")) == pytest.approx(HZ, abs=0.5)


def silent_wav(path: Path, rate: int, seconds: float) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 1, rate, 0, "NONE", ""))
        out.writeframes(b"\x80" * round(rate * seconds))
    return path


def test_a_recording_without_samples_is_said(tmp_path: Path) -> None:
    assert "empty" in refused(silent_wav(tmp_path / "t.wav", 48_000, 0), read_sound)


def test_two_hours_are_refused(tmp_path: Path) -> None:
    message = refused(silent_wav(tmp_path / "t.wav", 1000, 7200), read_sound)
    assert "7200 seconds" in message and "limit is 600" in message


@pytest.mark.parametrize(("declared_s", "limit_s", "said"), [(7200, 600.0, "7200 seconds"), (1, 2.0, "limit of 2 sec")])
def test_a_length_that_is_a_lie_does_not_lead_past_the_limit(
    declared_s: int, limit_s: float, said: str, tmp_path: Path
) -> None:
    """Four seconds that call themselves two hours, or one second."""
    content = bytearray(tone(tmp_path / "t.flac", "flac", 8_000, "mono", 4).read_bytes())
    info = content.index(b"fLaC") + 8
    content[info + 14 : info + 18] = struct.pack(">I", declared_s * 8_000)
    assert said in refused(written(tmp_path / "lie.flac", content), lambda path: read_sound(path, limit_s))


@pytest.mark.parametrize("rate", [1, 2_000_000_000])
def test_a_rate_that_no_recorder_has_is_refused(rate: int, tmp_path: Path) -> None:
    content = bytearray(silent_wav(tmp_path / "t.wav", 48_000, 0.01).read_bytes())
    content[24:28] = struct.pack("<I", rate)
    message = refused(written(tmp_path / "t.wav", content), read_sound)
    assert f"{rate} samples a second" in message and "limits are 1000 to 768000" in message


def test_a_film_without_sound_is_said(tmp_path: Path) -> None:
    assert "no sound" in refused(counting(tmp_path / "f.mp4", 3), read_sound)


@pytest.mark.parametrize(("content", "said"), NOT_MEDIA)
@pytest.mark.parametrize("read", [read_sound, watch])
def test_what_is_neither_film_nor_sound_is_said(
    read: Callable[[Path], object], content: bytes, said: str, tmp_path: Path
) -> None:
    message = refused(written(tmp_path / "f.mp4", content), read)
    as_what, wanted = ("sound", "recording") if read is read_sound else ("video", "film")
    assert said in message and (f"read as {as_what}: " in message or f", not a {wanted}" in message)


def test_a_format_that_nobody_knows_is_said(tmp_path: Path) -> None:
    content = bytearray(silent_wav(tmp_path / "t.wav", 48_000, 0.1).read_bytes())
    content[20:22] = b"\x34\x12"
    assert "not known" in refused(written(tmp_path / "t.wav", content), read_sound)
    film = counting(tmp_path / "f.mp4", 3).read_bytes()
    assert "not known" in refused(written(tmp_path / "f.mp4", film.replace(b"avc1", b"qqqq")), watch)


@pytest.mark.parametrize(("name", "codec"), [("t.mp3", "libmp3lame"), ("t.flac", "flac"), ("t.wav", "pcm_s16le")])
def test_of_a_recording_that_is_cut_off_the_rest_is_heard(name: str, codec: str, tmp_path: Path) -> None:
    content = tone(tmp_path / name, codec, 44_100, "mono", 2).read_bytes()
    samples = read_sound(written(tmp_path / f"cut-{name}", content[: len(content) // 2]))
    assert 0.5 < len(samples) / SAMPLE_RATE_HZ < 1.5
    assert pitch_hz(samples) == pytest.approx(HZ, abs=0.5)


def test_noise_in_the_middle_of_a_recording_is_left_out(tmp_path: Path) -> None:
    content = bytearray(tone(tmp_path / "t.mp3", "libmp3lame", 44_100, "mono", 2).read_bytes())
    half = len(content) // 2
    content[half : half + 1000] = GARBAGE[:1000]
    samples = read_sound(written(tmp_path / "t.mp3", content))
    assert len(samples) / SAMPLE_RATE_HZ == pytest.approx(2, abs=0.3)
    assert pitch_hz(samples[: SAMPLE_RATE_HZ // 2]) == pytest.approx(HZ, abs=0.5)
    assert pitch_hz(samples[-SAMPLE_RATE_HZ // 2 :]) == pytest.approx(HZ, abs=0.5)


def test_a_recording_whose_index_is_cut_off_is_said(tmp_path: Path) -> None:
    content = tone(tmp_path / "t.m4a", "aac", 44_100).read_bytes()
    assert "cut off" in refused(written(tmp_path / "t.m4a", content[: len(content) // 2]), read_sound)


HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:0.5,\n{}\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    ("name", "content", "target"),
    [
        ("l.m3u8", HLS, "t.aac"),
        ("l.ffconcat", "ffconcat version 1.0\nfile {}\n", "t.wav"),
        ("l.mp4", "ffconcat version 1.0\nfile {}\n", "t.wav"),
    ],
)
@pytest.mark.parametrize("read", [read_sound, watch])
def test_lists_of_other_files_are_not_opened(
    read: Callable[[Path], object], name: str, content: str, target: str, tmp_path: Path
) -> None:
    tone(tmp_path / target, {"t.aac": "aac", "t.wav": "pcm_s16le"}[target], 48_000, "mono")
    (tmp_path / name).write_text(content.format(target))
    with av.open(str(tmp_path / name)) as followed:
        assert followed.streams.audio, "FFmpeg by itself would follow it"
    said = refused(tmp_path / name, read)
    assert "cannot be read" in said or "it is a playlist, not a" in said


# films


def counting(
    path: Path,
    count: int,
    rate: int = 25,
    codec: str = "libx264",
    times_ms: Sequence[int] | None = None,
    size: tuple[int, int] = (64, 48),
    container: dict[str, str] | None = None,
    aspect: Fraction | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """A film whose frame n is grey of the level 20 + 20 n."""
    with av.open(str(path), "w", options=container or {}) as out:
        options = {"crf": "4"} | (options or {}) if codec == "libx264" else options
        stream = out.add_stream(codec, rate=rate, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if times_ms:
            stream.codec_context.time_base = MILLISECONDS
        for n in range(count):
            frame = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), 20 + 20 * n, np.uint8), "rgb24")
            if times_ms:
                frame.pts, frame.time_base = times_ms[n], MILLISECONDS
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def number(picture: Pixels) -> int:
    """Of the counting film's frame."""
    n = (float(picture.mean()) - 20) / 20
    assert abs(n - round(n)) < 0.2, n
    return round(n)


def shown(path: Path, times_s: Sequence[float]) -> list[int]:
    """The numbers of the frames shown at these times."""
    with VideoReader(path) as reader:
        numbers = []
        for time_s in times_s:
            reader.advance(time_s)
            numbers.append(number(reader.picture(reader.width, reader.height)))
    return numbers


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("f.mp4", "libx264", {"bf": "0"}),
        ("f.mp4", "libx264", {"bf": "3"}),
        ("f.mp4", "libx264", {"bf": "3", "g": "4"}),
        ("f.mov", "libx264", {}),
        ("f.mov", "mjpeg", {}),
        ("f.mkv", "libx264", {"bf": "2"}),
        ("f.webm", "libvpx", {}),
        ("f.webm", "libvpx-vp9", {}),
        ("f.avi", "mpeg4", {}),
    ],
)
@pytest.mark.parametrize("rate", [24, 30, 60])
def test_films_in_every_format_show_each_frame_in_its_time(
    name: str, codec: str, options: dict[str, str], rate: int, tmp_path: Path
) -> None:
    path = counting(tmp_path / name, 10, rate, codec, options=options)
    assert shown(path, [(n + 0.5) / rate for n in range(10)]) == list(range(10))
    with VideoReader(path) as reader:
        assert reader.duration_s == pytest.approx(10 / rate, abs=0.002)
        assert (reader.width, reader.height) == (64, 48)


@pytest.mark.parametrize("name", ["f.mkv", "f.mp4", "f.webm"])
def test_frames_of_varying_length_are_shown_by_their_time(name: str, tmp_path: Path) -> None:
    codec = "libvpx" if name == "f.webm" else "libx264"
    path = counting(tmp_path / name, 6, codec=codec, times_ms=[0, 10, 50, 300, 310, 900])
    assert shown(path, [i / 25 for i in range(25)]) == [0, 1, *[2] * 6, *[4] * 15, 5, 5]


@pytest.mark.parametrize("name", ["f.mkv", "f.mp4"])
def test_a_film_whose_clock_starts_late_begins_at_once(name: str, tmp_path: Path) -> None:
    path = counting(tmp_path / name, 5, times_ms=[5000 + 40 * n for n in range(5)])
    assert shown(path, [0, 0.04, 0.16]) == [0, 1, 4]
    with VideoReader(path) as reader:
        assert reader.duration_s == pytest.approx(0.2, abs=0.002)


def test_what_an_edit_list_cuts_off_is_not_shown(tmp_path: Path) -> None:
    """Phones trim films this way: the frames before the cut stay in the file because others need them."""
    path = counting(
        tmp_path / "f.mp4",
        8,
        times_ms=[40 * n - 200 for n in range(8)],
        container={"avoid_negative_ts": "disabled"},
        options={"bf": "0"},
    )
    assert shown(path, [0, 0.04, 0.08]) == [5, 6, 7]
    with VideoReader(path) as reader:
        assert reader.duration_s == pytest.approx(0.12, abs=0.002)


def test_a_film_can_be_shown_again(tmp_path: Path) -> None:
    with VideoReader(counting(tmp_path / "f.mp4", 5, options={"bf": "2"})) as reader:
        for _ in range(3):
            reader.rewind()
            assert number(reader.picture(8, 8)) == 0
            assert reader.advance(1.0)
            assert number(reader.picture(8, 8)) == 4
            assert not reader.advance(2.0)


def test_a_film_is_drawn_at_the_size_asked_for(tmp_path: Path) -> None:
    with VideoReader(counting(tmp_path / "f.mp4", 1)) as reader:
        for size in ((1, 1), (17, 31), (64, 48), (333, 100), (10, 400)):
            picture = reader.picture(*size)
            assert picture.shape == (size[1], size[0], 3)
            assert np.abs(picture.astype(int) - 20).max() <= 3


def still_film(
    path: Path, picture: Image.Image, space: Colorspace | None = None, full: bool = False, declared: bool = True
) -> Path:
    """One frame, in the colours named."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = *picture.size, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.asarray(picture), "rgb24")
        if space is not None:
            span = ColorRange.JPEG if full else ColorRange.MPEG
            frame = frame.reformat(format="yuv420p", dst_colorspace=space, dst_color_range=span)
            if declared:
                stream.codec_context.colorspace = space
                stream.codec_context.color_range = span
        out.mux([*stream.encode(frame), *stream.encode(None)])
    return path


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("space", [Colorspace.ITU709, Colorspace.SMPTE170M, Colorspace.ITU601])
def test_colours_are_read_as_the_film_declares_them(space: Colorspace, full: bool, tmp_path: Path) -> None:
    orange = Image.new("RGB", (64, 64), (200, 60, 20))
    with VideoReader(still_film(tmp_path / "f.mp4", orange, space, full)) as reader:
        assert np.abs(reader.picture(64, 64).astype(int) - (200, 60, 20)).max() <= 3


@pytest.mark.parametrize(("rows", "space"), [(64, Colorspace.ITU601), (720, Colorspace.ITU709)])
def test_colours_that_are_not_declared_are_guessed_by_the_size(rows: int, space: Colorspace, tmp_path: Path) -> None:
    orange = Image.new("RGB", (64, rows), (200, 60, 20))
    with VideoReader(still_film(tmp_path / "f.mp4", orange, space, declared=False)) as reader:
        assert np.abs(reader.picture(32, 32).astype(int) - (200, 60, 20)).max() <= 3


@pytest.mark.parametrize("name", ["f.mp4", "f.mkv"])
@pytest.mark.parametrize(("aspect", "width"), [(Fraction(2), 128), (Fraction(1, 2), 32), (Fraction(60_000), 64)])
def test_pixels_that_are_not_square_are_shown_in_shape(aspect: Fraction, width: int, name: str, tmp_path: Path) -> None:
    """Except where no camera has such pixels."""
    with VideoReader(counting(tmp_path / name, 1, aspect=aspect)) as reader:
        assert (reader.width, reader.height) == (width, 48)


@pytest.mark.parametrize("width", [130, 148, 180])
def test_a_transparent_film_is_whole_at_every_width(width: int, tmp_path: Path) -> None:
    planes = AlphaPlanes(width, 128)
    planes.write(np.full((128, width, 4), (0, 0, 255, 255), np.uint8), 0, 0)
    with SegmentWriter(tmp_path / "blue.webm", width, 128, 25, "webm") as writer:
        writer.write(*planes.all())
    with VideoReader(tmp_path / "blue.webm") as reader:
        assert np.abs(reader.picture(width, 128).astype(int) - (0, 0, 255)).max() <= 3


def test_a_transparent_film_lies_on_black(tmp_path: Path) -> None:
    planes = AlphaPlanes(128, 128)
    with SegmentWriter(tmp_path / "f.webm", 128, 128, 25, "webm") as writer:
        for n in range(3):
            planes.write(np.full((64, 64, 4), (60 * n, 60 * n, 60 * n, 120), np.uint8), 32, 32)
            writer.write(*planes.all())
    with VideoReader(tmp_path / "f.webm") as reader:
        for n in range(3):
            assert reader.advance(n / 25) == (n > 0)
            picture = reader.picture(128, 128)
            assert picture[:28].max() <= 6
            assert np.abs(picture[40:88, 40:88].astype(int) - min(60 * n, 120)).max() <= 8


def test_the_cover_of_a_song_is_not_a_film(tmp_path: Path) -> None:
    cover = io.BytesIO()
    FOUR.save(cover, "PNG")
    frame = b"\0image/png\0\x03\0" + cover.getvalue()
    tag = b"APIC" + struct.pack(">I", len(frame)) + b"\0\0" + frame
    size = bytes(len(tag) >> shift & 0x7F for shift in (21, 14, 7, 0))
    song = tone(tmp_path / "t.mp3", "libmp3lame", 44_100, write_id3v2="0", id3v2_version="0").read_bytes()
    path = written(tmp_path / "song.mp3", b"ID3\x03\0\0" + size + tag + song)
    with av.open(str(path)) as opened:
        assert len(opened.streams.video) == 1
    assert "recording, not a film" in refused(path, watch)
    assert pitch_hz(read_sound(path)) == pytest.approx(HZ, abs=0.5)


def test_sound_alone_is_not_a_film(tmp_path: Path) -> None:
    assert "recording, not a film" in refused(tone(tmp_path / "t.m4a", "aac", 44_100), watch)


def test_a_film_without_its_index_is_said(tmp_path: Path) -> None:
    film = counting(tmp_path / "f.mp4", 10).read_bytes()
    assert "cut off" in refused(written(tmp_path / "cut.mp4", film[: film.index(b"moov") - 4]), watch)
    assert refused(written(tmp_path / "cut.mp4", film[: film.index(b"moov") + 200]), watch)


def test_of_a_film_that_is_cut_off_the_rest_is_shown(tmp_path: Path) -> None:
    film = counting(tmp_path / "f.mov", 10, codec="mjpeg", container={"movflags": "faststart"}).read_bytes()
    body = film.index(b"mdat")
    cut = written(tmp_path / "cut.mov", film[: body + (len(film) - body) * 6 // 10])
    numbers = shown(cut, [n / 25 for n in range(10)])
    last = numbers[-1]
    assert 2 <= last <= 8
    assert numbers == [min(n, last) for n in range(10)]
    nothing = written(tmp_path / "nothing.mov", film[: body + 8])
    assert "no frames" in refused(nothing, watch)


def test_a_film_that_is_too_long_is_refused(tmp_path: Path) -> None:
    message = refused(counting(tmp_path / "f.mkv", 2, times_ms=[0, 7_200_000]), watch)
    assert "7200 seconds" in message and "limit is 600" in message


def test_a_film_whose_frames_are_too_large_is_refused(tmp_path: Path) -> None:
    """By what its header says: the frames themselves are small."""
    film = counting(tmp_path / "f.webm", 2, codec="libvpx", size=(304, 272)).read_bytes()
    wide, high = b"\xb0\x82\x01\x30", b"\xba\x82\x01\x10"
    assert film.count(wide) == film.count(high) == 1
    film = film.replace(wide, b"\xb0\x82\x17\x70").replace(high, b"\xba\x82\x17\x70")
    message = refused(written(tmp_path / "large.webm", film), watch)
    assert "limit is 33 million pixels" in message


def test_a_film_of_too_many_streams_is_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "f.mkv"), "w") as out:
        streams = [out.add_stream("pcm_s16le", rate=8_000, layout="mono") for _ in range(33)]
        for stream in streams:
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 80), np.int16), "s16", "mono")
            frame.sample_rate, frame.pts = 8_000, 0
            out.mux(stream.encode(frame))
    for read in (read_sound, watch):
        assert "33 streams, the limit is 32" in refused(tmp_path / "f.mkv", read)


# tags


#: The same word as programs of three countries write it.
TAGS = {"latin-1": "Größe", "shift-jis": "大きさの題", "gbk": "尺寸标题"}


def tagged(path: Path, name: str, encoding: str) -> Path:
    """The same packets in a file with tags of an encoding that is not UTF-8, of the file and of its streams."""
    out_path = path.with_name(f"{encoding}-{name}")
    tag = TAGS[encoding]
    with av.open(str(path)) as whole, av.open(str(out_path), "w", metadata_encoding=encoding) as out:
        out.metadata.update({"title": tag, "artist": tag})
        stream = whole.streams.best("video") or whole.streams.best("audio")
        assert isinstance(stream, av.VideoStream | av.AudioStream)
        copy = out.add_stream_from_template(stream)
        copy.metadata.update({"handler_name": tag, "title": tag})
        for packet in whole.demux(stream):
            if packet.size:
                packet.stream, packet.dts = copy, packet.pts
                out.mux(packet)
    assert tag.encode(encoding) in out_path.read_bytes()
    return out_path


@pytest.mark.parametrize("encoding", TAGS)
@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("t.wav", "pcm_s16le"),
        ("t.aiff", "pcm_s16be"),
        ("t.flac", "flac"),
        ("t.mp3", "libmp3lame"),
        ("t.m4a", "aac"),
        ("t.ogg", "libopus"),
        ("t.mka", "pcm_s16le"),
    ],
)
def test_a_recording_whose_tags_are_not_utf_8_is_heard(name: str, codec: str, encoding: str, tmp_path: Path) -> None:
    path = tagged(tone(tmp_path / name, codec, 48_000, "mono"), name, encoding)
    assert pitch_hz(read_sound(path)) == pytest.approx(HZ, abs=0.5)


@pytest.mark.parametrize("encoding", TAGS)
@pytest.mark.parametrize(
    ("name", "codec"),
    [("f.mp4", "libx264"), ("f.mov", "libx264"), ("f.avi", "mpeg4"), ("f.mkv", "libx264"), ("f.webm", "libvpx")],
)
def test_a_film_whose_tags_are_not_utf_8_is_shown(name: str, codec: str, encoding: str, tmp_path: Path) -> None:
    path = tagged(counting(tmp_path / name, 3, 25, codec, options={"bf": "0"}), name, encoding)
    assert shown(path, [(n + 0.5) / 25 for n in range(3)]) == [0, 1, 2]


def test_a_recording_with_old_tags_behind_it_is_heard(tmp_path: Path) -> None:
    path = tone(tmp_path / "t.mp3", "libmp3lame", 48_000, "mono", write_xing="0", id3v2_version="0")
    title = "Größe".encode("latin-1").ljust(30, b"\0")
    path.write_bytes(path.read_bytes() + b"TAG" + title + bytes(94) + b"\xff")
    assert pitch_hz(read_sound(path)) == pytest.approx(HZ, abs=0.5)


@pytest.mark.parametrize("encoding", TAGS)
def test_a_picture_whose_tags_are_not_utf_8_is_shown(encoding: str, tmp_path: Path) -> None:
    tag = TAGS[encoding].encode(encoding)
    exif = Image.Exif()
    exif[0x010E] = tag
    picture = Image.new("RGB", (8, 8), RED)
    picture.save(tmp_path / "p.jpg", comment=tag, exif=exif, xmp=b"<x:xmpmeta>" + tag + b"</x:xmpmeta>")
    assert close(seen(read_image(tmp_path / "p.jpg")), [RED] * 4)
    text = b"Title\0\0\0\0\0" + tag
    chunk = struct.pack(">I", len(text)) + b"iTXt" + text + struct.pack(">I", zlib.crc32(b"iTXt" + text))
    picture.save(tmp_path / "p.png")
    whole = (tmp_path / "p.png").read_bytes()
    (tmp_path / "p.png").write_bytes(whole[:33] + chunk + whole[33:])
    assert close(seen(read_image(tmp_path / "p.png")), [RED] * 4)
