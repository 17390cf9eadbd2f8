"""Makes small pictures, recordings and films of every kind that strangers send, for `bench/files.py` and for tests.

`FILES` has a maker by file name; each writes one file. Nothing here is of the product.
"""

from __future__ import annotations

import io
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]
Maker = Callable[[Path], None]

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
FPS, TONE_HZ, TONE_LEVEL = 25, 440, 0.25


# Pictures


def four(width: int = 64, height: int = 32) -> Image.Image:
    """Red, green, blue and white quarters: left and right above, left and right below."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2], picture[: height // 2, width // 2 :] = RED, GREEN
    picture[height // 2 :, : width // 2], picture[height // 2 :, width // 2 :] = BLUE, WHITE
    return Image.fromarray(picture)


def soft(width: int = 320, height: int = 240) -> Image.Image:
    """Something like a photo: smooth patches of all colours."""
    coarse = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def encoded(picture: Image.Image, form: str, **options: Any) -> bytes:
    """The picture as Pillow writes it."""
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(pixels: NDArray[Any], chunks: Sequence[tuple[bytes, bytes]] = ()) -> bytes:
    """A PNG of uint8 or uint16, (h, w) or (h, w, 3), with these chunks before its pixels."""
    height, width = pixels.shape[:2]
    depth, colour = 8 * pixels.dtype.itemsize, 0 if pixels.ndim == 2 else 2
    raw = b"".join(b"\0" + row.astype(pixels.dtype.newbyteorder(">")).tobytes() for row in pixels)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    body = b"".join(chunk(*one) for one in chunks) + chunk(b"IDAT", zlib.compress(raw))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


def gamma(value: float) -> tuple[bytes, bytes]:
    """A chunk `gAMA`."""
    return b"gAMA", struct.pack(">I", round(value * 100_000))


#: Colorants of Display P3 and of Adobe RGB (1998), adapted to D50: X, Y and Z of red, green and blue.
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))


def profile(value: float, colorants: Sequence[Sequence[float]] | None = None) -> bytes:
    """An ICC profile of this gamma: of grey, or of these colorants."""

    def number(values: Sequence[float]) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in values))

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))
    tags = [
        (b"desc", b"desc\0\0\0\0" + struct.pack(">I", 5) + b"made\0" + bytes(78)),
        (b"cprt", b"text\0\0\0\0none\0"),
        (b"wtpt", number((0.9642, 1.0, 0.8249))),
    ]
    if colorants is None:
        tags.append((b"kTRC", curve))
    else:
        tags += [(name, number(xyz)) for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants, strict=True)]
        tags += [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")]
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, data in tags:
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s", start + len(body), b"none", 0x2400000, b"mntr", b"RGB " if colorants else b"GRAY", b"XYZ "
    )
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D) + bytes(48)
    return head + struct.pack(">I", len(tags)) + table + body


def heic(picture: Image.Image) -> bytes:
    """A HEIC of one HEVC frame (ISO/IEC 23008-12), as phones make them."""
    film = _muxed(
        [np.asarray(picture)],
        "mp4",
        "libx265",
        pix_fmt="yuv420p",
        options={"x265-params": "log-level=none:bframes=0:qp=4"},
    )
    at = film.index(b"hvcC") - 4
    configuration = film[at : at + int.from_bytes(film[at : at + 4], "big")]
    at = film.index(b"mdat")
    frame = film[at + 4 : at - 4 + int.from_bytes(film[at - 4 : at], "big")]

    def box(name: bytes, *parts: bytes) -> bytes:
        return struct.pack(">I", 8 + sum(map(len, parts))) + name + b"".join(parts)

    def meta(start: int) -> bytes:
        size = struct.pack(">II", *picture.size)
        return box(
            b"meta", bytes(4),
            box(b"hdlr", bytes(8), b"pict", bytes(13)),
            box(b"pitm", bytes(4), struct.pack(">H", 1)),
            box(b"iloc", bytes(4), b"\x44\0", struct.pack(">HHHHII", 1, 1, 0, 1, start, len(frame))),
            box(b"iinf", bytes(4), struct.pack(">H", 1), box(b"infe", b"\2\0\0\0", b"\0\1\0\0hvc1\0")),
            box(
                b"iprp",
                box(b"ipco", configuration, box(b"ispe", bytes(4), size)),
                box(b"ipma", bytes(4), struct.pack(">IHBBB", 1, 1, 2, 0x81, 2)),
            ),
        )  # fmt: skip

    top = box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    start = len(top) + len(meta(0)) + 8
    return top + meta(start) + box(b"mdat", frame)


# Sound


def tone(seconds: float = 0.5, rate: int = 48_000, channels: int = 1) -> NDArray[np.float32]:
    """(channels, n)"""
    wave = TONE_LEVEL * np.sin(2 * np.pi * TONE_HZ * np.arange(round(seconds * rate)) / rate)
    return np.repeat(wave[None], channels, 0).astype(np.float32)


def sound(
    samples: NDArray[np.float32],
    container: str,
    codec: str,
    rate: int = 48_000,
    options: Mapping[str, str] | None = None,
) -> bytes:
    """A recording of float32 (channels, n)."""
    out = io.BytesIO()
    with av.open(out, "w", format=container, options=dict(options or {})) as file:
        stream = _sound_stream(file, codec, rate, len(samples))
        _write_sound(file, stream, samples, rate)
    return out.getvalue()


def _sound_stream(file: av.container.OutputContainer, codec: str, rate: int, channels: int) -> av.AudioStream:
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    stream = file.add_stream(codec, rate=rate, options={"strict": "experimental"}, layout=layout)
    assert isinstance(stream, av.AudioStream)
    if codec == "wmav2":  # the encoder refuses its own default
        stream.bit_rate = 128_000
    return stream


def _write_sound(
    file: av.container.OutputContainer, stream: av.AudioStream, samples: NDArray[np.float32], rate: int
) -> None:
    whole = av.AudioFrame.from_ndarray(samples, "fltp", stream.layout.name)
    whole.sample_rate = rate
    step = stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(stream.format.name, stream.layout.name, rate)
    queue = av.AudioFifo()
    for part in (*resampler.resample(whole), *resampler.resample(None)):
        part.pts = None
        queue.write(part)
    at = 0
    while block := queue.read(step) or queue.read():
        block.pts, block.time_base = at, Fraction(1, rate)
        at += block.samples
        file.mux(stream.encode(block))
    file.mux(stream.encode(None))


def rf64(name: bytes = b"RF64", samples: NDArray[np.float32] | None = None) -> bytes:
    """A WAV with sizes of 64 bits, as broadcasters' recorders write it (EBU Tech 3306, ITU-R BS.2088)."""
    pcm = np.rint((tone() if samples is None else samples)[0] * 32767).astype("<i2").tobytes()
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 48_000, 96_000, 2, 16)
    size = 4 + 36 + len(form) + 8 + len(pcm)
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, size, len(pcm), len(pcm) // 2, 0)
    return name + b"\xff\xff\xff\xffWAVE" + ds64 + form + b"data\xff\xff\xff\xff" + pcm


def amr() -> bytes:
    """Half a second of frames of 4.75 kbit/s."""
    return b"#!AMR\n" + (b"\x04" + bytes(range(12))) * 25


# Films


def _muxed(
    pictures: Sequence[NDArray[Any]],
    container: str,
    codec: str,
    *,
    pix_fmt: str = "yuv420p",
    options: Mapping[str, str] | None = None,
    colours: tuple[int, int, int, int] | None = None,
    turn: tuple[int, int, int, int] | None = None,
    sample_aspect: Fraction | None = None,
    with_sound: str = "",
    b_frames: int | None = None,
    format: str = "rgb24",
    muxing: Mapping[str, str] | None = None,
) -> bytes:
    """A film of these pictures. `colours`: primaries, transfer, matrix, range; `turn`: a to d of a display matrix."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film"
        with av.open(str(path), "w", format=container, options=dict(muxing or {})) as file:
            stream = file.add_stream(codec, rate=FPS, options=dict(options or {}))
            assert isinstance(stream, av.VideoStream)
            height, width = pictures[0].shape[:2] if format == "rgb24" else _size(pictures[0], format)
            stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
            context = stream.codec_context
            if b_frames is not None:
                context.max_b_frames = b_frames
            if sample_aspect:
                context.sample_aspect_ratio = sample_aspect
            if colours:
                context.color_primaries, context.color_trc, context.colorspace, context.color_range = colours
            if turn:
                a, b, c, d = (value << 16 for value in turn)
                stream.set_display_matrix((a, b, 0, c, d, 0, 0, 0, 1 << 30))
            voice = _sound_stream(file, with_sound, 48_000, 1) if with_sound else None
            for i, picture in enumerate(pictures):
                frame = av.VideoFrame.from_ndarray(picture, format) if format == "rgb24" else _deep(picture, format)
                frame.pts, frame.time_base = i, Fraction(1, FPS)
                if colours:
                    frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range = colours
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
            if voice:
                _write_sound(file, voice, tone(len(pictures) / FPS), 48_000)
        return path.read_bytes()


def _size(picture: NDArray[Any], format: str) -> tuple[int, int]:
    assert format.startswith("yuv420p")
    return picture.shape[0] * 2 // 3, picture.shape[1]


def _deep(packed: NDArray[Any], format: str) -> av.VideoFrame:
    """A frame of more than 8 bits, of its three planes one below the other, (3 h / 2, w)."""
    height, width = _size(packed, format)
    frame = av.VideoFrame(width, height, format)
    start = 0
    for plane in frame.planes:
        count = plane.width * plane.height
        rows = np.zeros((plane.height, plane.line_size // 2), "<u2")
        rows[:, : plane.width] = packed.reshape(-1)[start : start + count].reshape(plane.height, plane.width)
        plane.update(rows.tobytes())
        start += count
    return frame


film = _muxed


def counting(frames: int = 24, width: int = 64, height: int = 48) -> list[Pixels]:
    """Grey pictures, each brighter by 8 than the one before: frame i is 10 + 8 i."""
    return [np.full((height, width, 3), 10 + 8 * i, np.uint8) for i in range(frames)]


def count_of(picture: Pixels) -> int:
    """Which of `counting` it is."""
    return round((float(picture.mean()) - 10) / 8)


def combed(frames: int = 10, width: int = 128, height: int = 96) -> list[Pixels]:
    """A white bar that moves to the right, 50 fields a second, the upper field first."""
    pictures = []
    for i in range(frames):
        picture = np.zeros((height, width, 3), np.uint8)
        for field in (0, 1):
            x = 10 + 8 * i + 4 * field
            picture[field::2, x : x + 20] = 255
        pictures.append(picture)
    return pictures


#: x264's settings for groups of eight frames of which the first ones, before the key frame, need the group before.
OPEN_GOP = {"x264-params": "open-gop=1:keyint=8:min-keyint=8:bframes=3:b-adapt=0:scenecut=0"}


def cut_by_edit_list(film_: bytes, first: int) -> bytes:
    """An MP4 whose edit list begins this many frames later."""
    data = bytearray(film_)
    at = data.index(b"elst") + 12
    duration, start = struct.unpack(">Ii", data[at : at + 8])
    ticks = int.from_bytes(data[data.index(b"mdhd") + 16 :][:4], "big")
    data[at : at + 8] = struct.pack(">Ii", duration - 1000 // FPS * first, start + ticks // FPS * first)
    return bytes(data)


def with_box(film_: bytes, entry: bytes, box: bytes) -> bytes:
    """An MP4 with one more box in its sample description, whose entry has this name."""
    data, chain, start, end = bytearray(film_), [], 0, len(film_)
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", entry):
        at = start
        while at < end and data[at + 4 : at + 8] != name:
            at += int.from_bytes(data[at : at + 4], "big")
        chain.append(at)
        start, end = at + (16 if name == b"stsd" else 8), at + int.from_bytes(data[at : at + 4], "big")
    for at in chain:
        data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + len(box)).to_bytes(4, "big")
    data[end:end] = box
    return bytes(data)


def clean_aperture(left: int, right: int, top: int, bottom: int, width: int = 64, height: int = 32) -> bytes:
    """A box `clap` that cuts this much off a picture of this size."""
    wide, high = width - left - right, height - top - bottom
    return struct.pack(">I4s8i", 40, b"clap", wide, 1, high, 1, left - right, 2, top - bottom, 2)


def dolby_vision(number: int, compatible: int) -> bytes:
    """The box that says that a film is Dolby Vision of this profile, and with what it is compatible."""
    fields = bytes([1, 0, number << 1, 6 << 3 | 0b101, compatible << 4])
    return struct.pack(">I4s", 32, b"dvvC" if number > 7 else b"dvcC") + fields + bytes(19)


# High dynamic range

#: A test card: colours by columns, and by rows how bright they are relative to white (203 cd/m²).
CARD_COLOURS = (
    (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (1, 0, 1),
    (1, 1, 1), (0.5, 0.5, 0.5), (0.8, 0.5, 0.4), (0.4, 0.25, 0.18), (0.2, 0.4, 0.7), (0.3, 0.5, 0.2),
)  # fmt: skip
CARD_LEVELS = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.5, 4.0)
CARD_PATCH_PX = 16
_TO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
_LUMA_2020 = np.array([0.2627, 0.6780, 0.0593])


def card() -> Floats:
    """Its light in BT.709's primaries, relative to white, (h, w, 3)."""
    levels, colours = np.array(CARD_LEVELS), np.array(CARD_COLOURS, np.float64)
    patches = levels[:, None, None] * colours[None]
    return patches.repeat(CARD_PATCH_PX, 0).repeat(CARD_PATCH_PX, 1)


def hdr(transfer: int, depth: int = 10, full: bool = False, x265: str = "") -> bytes:
    """The card as HEVC in MP4: PQ (16) or HLG (18) of BT.2020, for a display of 1000 cd/m²."""
    nits = np.clip(card() @ _TO_2020.T * 203, 0, 1000)
    values = _pq(nits) if transfer == 16 else _hlg(nits)
    red, _, blue = np.moveaxis(values, -1, 0)
    luma = values @ _LUMA_2020
    chroma = [(blue - luma) / (2 * (1 - _LUMA_2020[2])), (red - luma) / (2 * (1 - _LUMA_2020[0]))]
    unit, top = 1 << (depth - 8), (1 << depth) - 1
    planes = [luma * top if full else (219 * luma + 16) * unit]
    for plane in chroma:
        small = plane.reshape(plane.shape[0] // 2, 2, plane.shape[1] // 2, 2).mean((1, 3))
        planes.append(small * top + 128 * unit if full else (224 * small + 128) * unit)
    width = planes[0].shape[1]
    packed = np.concatenate([np.clip(np.rint(p), 0, top).reshape(-1, width) for p in planes]).astype("<u2")
    return _muxed(
        [packed, packed],
        "mp4",
        "libx265",
        pix_fmt=f"yuv420p{depth}le",
        format=f"yuv420p{depth}le",
        options={"x265-params": f"log-level=none:bframes=0:qp=4:{x265}", "preset": "ultrafast"},
        colours=(9, transfer, 9, 2 if full else 1),
    )


def _pq(nits: Floats) -> Floats:
    power = (nits / 10_000) ** (2610 / 16384)
    top = 3424 / 4096 + 2413 / 128 * power
    return np.asarray((top / (1 + 2392 / 128 * power)) ** (2523 / 32))


def _hlg(nits: Floats) -> Floats:
    bright = np.maximum(nits @ _LUMA_2020 / 1000, 1e-9)
    scene = np.clip(nits / 1000 * (bright ** (1 / 1.2 - 1))[..., None], 0, 1)
    high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), high)


# All of them

#: The eight ways in which a picture may lie, by the numbers that EXIF gives them: a, b, c, d of a display matrix.
ORIENTATIONS = {
    1: (1, 0, 0, 1), 2: (-1, 0, 0, 1), 3: (-1, 0, 0, -1), 4: (1, 0, 0, -1),
    5: (0, 1, 1, 0), 6: (0, 1, -1, 0), 7: (0, -1, -1, 0), 8: (0, -1, 1, 0),
}  # fmt: skip


#: Name, container, codec, rate in Hz and channels.
_SOUNDS = """
    u8.wav wav pcm_u8 8000 1
    s16.wav wav pcm_s16le 44100 2
    s24.wav wav pcm_s24le 96000 1
    f32.wav wav pcm_f32le 48000 2
    mulaw.wav wav pcm_mulaw 8000 1
    surround.wav wav pcm_s16le 48000 6
    s16.w64 w64 pcm_s16le 48000 1
    s16.aiff aiff pcm_s16be 44100 1
    s16.au au pcm_s16be 44100 1
    s16.caf caf pcm_s16le 44100 1
    flac.flac flac flac 44100 2
    alac.m4a ipod alac 44100 2
    aac-44.m4a ipod aac 44100 2
    aac-48.m4a ipod aac 48000 1
    aac.mp4 mp4 aac 48000 1
    aac.mov mov aac 44100 1
    aac.aac adts aac 48000 1
    aac.mka matroska aac 48000 1
    aac.ts mpegts aac 48000 1
    aac.flv flv aac 44100 1
    mp3-44.mp3 mp3 libmp3lame 44100 2
    mp3-8.mp3 mp3 libmp3lame 8000 1
    mp3.mka matroska libmp3lame 44100 1
    mp2.mp2 mp2 mp2 48000 1
    opus.ogg ogg libopus 48000 1
    opus.webm webm libopus 48000 2
    opus.mp4 mp4 libopus 48000 1
    vorbis.ogg ogg vorbis 44100 2
    flac.ogg ogg flac 48000 1
    ac3.ac3 ac3 ac3 48000 6
    eac3.eac3 eac3 eac3 48000 2
    wma.wma asf wmav2 44100 2
    mp2.mpg mpeg mp2 48000 1
"""
#: Name, container, codec, and the codec of the sound.
_FILMS = """
    h264.mp4 mp4 libx264 aac
    h264.mov mov libx264 aac
    h264.mkv matroska libx264 libopus
    h264.avi avi libx264 libmp3lame
    h264.flv flv libx264 aac
    h264.ts mpegts libx264 aac
    h264.3gp 3gp libx264 aac
    hevc.mp4 mp4 libx265 aac
    vp8.webm webm libvpx libopus
    vp9.webm webm libvpx-vp9 libopus
    av1.mp4 mp4 libsvtav1 aac
    mpeg4.avi avi mpeg4 libmp3lame
    mpeg2.mpg mpeg mpeg2video mp2
    mpeg2.ts mpegts mpeg2video mp2
    mpeg1.mpg mpeg mpeg1video mp2
    wmv2.wmv asf wmv2 wmav2
    flv1.flv flv flv libmp3lame
"""


def _rows(table: str) -> list[list[str]]:
    return [line.split() for line in table.strip().splitlines()]


def _bytes(make: Callable[[], bytes]) -> Maker:
    def write(path: Path) -> None:
        path.write_bytes(make())

    return write


def _all() -> Iterator[tuple[str, Callable[[], bytes]]]:
    yield from _pictures()
    yield from _sounds()
    yield from _films()
    yield from {
        "refused.html": lambda: b"<!DOCTYPE html><html><body>Log in</body></html>",
        "refused.svg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        "refused.pdf": lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "refused.json": lambda: b'{"error": "expired"}',
        "refused.zip": lambda: b"PK\x03\x04" + bytes(60),
        "refused.txt": lambda: b"I am no picture.",
        "refused.m3u8": lambda: b"#EXTM3U\n#EXTINF:4,\na.ts\n",
        "empty.mp4": lambda: b"",
    }.items()


def _pictures() -> Iterator[tuple[str, Callable[[], bytes]]]:
    grey = np.linspace(0, 255, 64).round().astype(np.uint8)[None].repeat(32, 0)
    colours = np.stack([grey, grey // 2, 255 - grey], -1)
    photo = partial(encoded, soft(), "JPEG")
    yield "baseline.jpg", photo
    yield "progressive.jpg", partial(photo, progressive=True)
    yield "grey.jpg", partial(encoded, soft().convert("L"), "JPEG")
    yield "cmyk.jpg", partial(encoded, soft().convert("CMYK"), "JPEG")
    yield "no-end.jpg", lambda: photo()[:-2]
    yield "short.jpg", lambda: photo()[: round(0.99 * len(photo()))]
    yield "half.jpg", lambda: photo()[: len(photo()) // 2]
    for number in ORIENTATIONS:
        exif = Image.Exif()
        exif[0x0112] = number
        yield f"exif-{number}.jpg", partial(encoded, four(), "JPEG", exif=exif, quality=95, subsampling=0)
    yield "rgb.png", partial(encoded, soft(), "PNG")
    yield "rgba.png", partial(encoded, four().convert("RGBA"), "PNG")
    yield "palette.png", partial(encoded, four().quantize(8), "PNG")
    yield "bits.png", partial(encoded, four().convert("1"), "PNG")
    yield "deep-grey.png", partial(png, grey.astype(np.uint16) * 257)
    yield "deep.png", partial(png, colours.astype(np.uint16) * 257)
    for value in (1.0, 0.55556, 0.45455):
        yield f"gamma-{value:g}.png", partial(png, colours, [gamma(value)])
        yield f"grey-gamma-{value:g}.png", partial(png, grey, [gamma(value)])
    yield "cicp-p3.png", partial(png, colours, [(b"cICP", bytes([12, 13, 0, 1]))])
    yield "display-p3.png", partial(encoded, soft(), "PNG", icc_profile=profile(2.2, DISPLAY_P3))
    yield "adobe-rgb.jpg", partial(encoded, soft(), "JPEG", icc_profile=profile(2.19921875, ADOBE_RGB))
    yield "display-p3.webp", partial(encoded, soft(), "WEBP", icc_profile=profile(2.2, DISPLAY_P3))
    yield "grey-linear.png", partial(encoded, Image.fromarray(grey), "PNG", icc_profile=profile(1.0))
    yield "grey-1.8.jpg", partial(encoded, soft().convert("L"), "JPEG", icc_profile=profile(1.8))
    yield "lossy.webp", partial(encoded, soft(), "WEBP")
    yield "lossless.webp", partial(encoded, soft(), "WEBP", lossless=True)
    yield "still.gif", partial(encoded, four(), "GIF")
    yield "24.bmp", partial(encoded, four(), "BMP")
    yield "palette.bmp", partial(encoded, four().quantize(8), "BMP")
    yield "still.avif", partial(encoded, soft(), "AVIF")
    yield "display-p3.avif", partial(encoded, soft(), "AVIF", icc_profile=profile(2.2, DISPLAY_P3))
    yield "still.heic", partial(heic, soft())
    more = {"save_all": True, "append_images": [four().rotate(180)], "duration": 200, "loop": 0}
    for extension, form in (("gif", "GIF"), ("png", "PNG"), ("webp", "WEBP"), ("avif", "AVIF")):
        yield f"animated.{extension}", partial(encoded, four(), form, **more)


def _sounds() -> Iterator[tuple[str, Callable[[], bytes]]]:
    for name, container, codec, rate, channels in _rows(_SOUNDS):
        samples = tone(1.0, int(rate), int(channels))
        yield f"sound-{name}", partial(sound, samples, container, codec, int(rate))
    yield "sound-no-xing.mp3", partial(sound, tone(1.0), "mp3", "libmp3lame", options={"write_xing": "0"})
    yield "sound-zeros.mp3", lambda: bytes(3000) + sound(tone(1.0), "mp3", "libmp3lame", options={"write_xing": "0"})
    yield "sound-rf64.wav", partial(rf64, b"RF64", tone(1.0))
    yield "sound-bw64.wav", partial(rf64, b"BW64", tone(1.0))
    yield "sound-amr.amr", amr
    yield (
        "sound-antiphase.wav",
        partial(sound, tone(1.0, channels=2) * np.array([[1], [-1]], np.float32), "wav", "pcm_s16le"),
    )


def _films() -> Iterator[tuple[str, Callable[[], bytes]]]:
    still = [np.asarray(soft(96, 64))] * 10
    for name, container, codec, voice in _rows(_FILMS):
        yield f"film-{name}", partial(_muxed, still, container, codec, with_sound=voice)
    yield "film-mjpeg.mov", partial(_muxed, still, "mov", "mjpeg", pix_fmt="yuvj420p")
    yield "film-m2ts.m2ts", partial(_muxed, still, "mpegts", "libx264", muxing={"mpegts_m2ts_mode": "1"})
    yield "film-no-ftyp.mov", lambda: without_ftyp(_muxed(still, "mov", "libx264"))
    yield (
        "film-fragmented.mp4",
        partial(_muxed, still, "mp4", "libx264", muxing={"movflags": "frag_keyframe+delay_moov"}),
    )
    quarters = [np.asarray(four())] * 4
    for number, turn in ORIENTATIONS.items():
        yield f"film-turned-{number}.mp4", partial(_muxed, quarters, "mp4", "libx264", turn=turn)
    yield "film-wide-pixels.mp4", partial(_muxed, quarters, "mp4", "libx264", sample_aspect=Fraction(2))
    yield "film-clap.mp4", lambda: with_box(_muxed(quarters, "mp4", "libx264"), b"avc1", clean_aperture(32, 0, 0, 16))
    interlaced = {"flags": "+ildct+ilme", "x264-params": "tff=1"}
    yield "film-interlaced.mp4", partial(_muxed, combed(), "mp4", "libx264", options=interlaced)
    yield "film-interlaced.mpg", partial(_muxed, combed(), "mpeg", "mpeg2video", options={"flags": "+ildct+ilme"})
    yield (
        "film-b-frames.avi",
        partial(_muxed, counting(), "avi", "libx264", options={"bf": "2", "x264-params": "b-adapt=0"}),
    )
    yield "film-packed.avi", partial(_muxed, counting(), "avi", "mpeg4", b_frames=2)
    yield "film-open-gop.mp4", lambda: cut_by_edit_list(_muxed(counting(), "mp4", "libx264", options=OPEN_GOP), 5)
    for transfer, name in ((16, "pq"), (18, "hlg")):
        for depth in (10, 12):
            for full in (False, True):
                yield f"film-{name}-{depth}{'-full' if full else ''}.mp4", partial(hdr, transfer, depth, full)
    yield "film-dolby-8.4.mp4", lambda: with_box(hdr(18), b"hev1", dolby_vision(8, 4))
    yield "film-dolby-8.1.mp4", lambda: with_box(hdr(16), b"hev1", dolby_vision(8, 1))
    yield "film-dolby-5.mp4", lambda: with_box(hdr(16), b"hev1", dolby_vision(5, 0))


def without_ftyp(film_: bytes) -> bytes:
    """A MOV as QuickTime wrote it before it had `ftyp`; places of frames stay as they were."""
    size = int.from_bytes(film_[:4], "big")
    return struct.pack(">I4s", size, b"free") + bytes(size - 8) + film_[size:]


FILES: dict[str, Maker] = {name: _bytes(make) for name, make in _all()}
