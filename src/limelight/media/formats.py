"""Recognises files by their content: one table for uploads and for what URLs name.

Nothing is decoded here: the first bytes tell. Whether a container holds a film or only sound is in its depths, so there
the declared Content-Type decides.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import NamedTuple

from limelight.errors import SpecError
from limelight.spec import FileType

#: How many bytes of a file are looked at, behind zeros that old recorders and editors leave in front; and how many of
#: these there may be.
HEAD_BYTES = 65_536
_MOST_ZEROS = 4_000_000


class Kind(NamedTuple):
    """An accepted format."""

    file_type: FileType
    content_type: str
    extension: str


class Format(NamedTuple):
    """A format that is known by the first bytes of its files."""

    pattern: re.Pattern[bytes]
    #: with its article, for people
    name: str
    #: None where it is not accepted
    kind: Kind | None
    #: FFmpeg's demuxer of it; empty for pictures, which Pillow reads
    demuxer: str = ""
    #: what it is where its Content-Type says that it is only sound
    as_audio: Kind | None = None
    #: for what is not accepted: what to do
    advice: str = ""


def _starts(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


def _image(name: str, extension: str, pattern: bytes) -> Format:
    return Format(
        _starts(pattern), name, Kind("image", f"image/{'jpeg' if extension == 'jpg' else extension}", extension)
    )


def _audio(name: str, content_type: str, extension: str, pattern: bytes, demuxer: str) -> Format:
    return Format(_starts(pattern), name, Kind("audio", content_type, extension), demuxer)


def _video(
    name: str, content_type: str, extension: str, pattern: bytes, demuxer: str, sound: tuple[str, str] | None = None
) -> Format:
    as_audio = Kind("audio", *sound) if sound else None
    return Format(_starts(pattern), name, Kind("video", content_type, extension), demuxer, as_audio)


def _refused(name: str, pattern: bytes, advice: str) -> Format:
    return Format(_starts(pattern), name, None, advice=advice)


_AS_PICTURE = "send it as JPEG, PNG or WebP"
_AS_FILM, _AS_RECORDING = "send it as MP4", "send it as MP3, WAV or M4A"
_M4A, _WEBA, _MKA = ("audio/mp4", "m4a"), ("audio/webm", "weba"), ("audio/x-matroska", "mka")
#: One demuxer has all these names.
_MOV = "mov,mp4,m4a,3gp,3g2,mj2"
_TS_PACKET, _M2TS_PACKET = rb"G.{187}", rb".{4}G.{187}"
#: A header of MPEG audio: version, layer, bit rate and rate have values that exist.
_MPEG_AUDIO = rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][%b]" % b"".join(
    b"\\x%02x-\\x%02x" % (high << 4, (high << 4) + 11) for high in range(1, 15)
)

#: The first that matches decides. Matroska's DocType is in its header, which comes first.
FORMATS: tuple[Format, ...] = (
    _image("a JPEG picture", "jpg", rb"\xff\xd8\xff"),
    _image("an animated PNG picture", "apng", rb"\x89PNG\r\n\x1a\n(?:(?!IDAT).){8,4096}?\0\0\0\x08acTL"),
    _image("a PNG picture", "png", rb"\x89PNG\r\n\x1a\n"),
    _image("a WebP picture", "webp", rb"RIFF....WEBP"),
    _image("a GIF picture", "gif", rb"GIF8[79]a"),
    _image("a BMP picture", "bmp", rb"BM.{4}\0\0\0\0.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0"),
    _image("an AVIF picture", "avif", rb"....ftyp(?:avi[fs]|(?:mif1|msf1).{4,64}?avif)"),
    _image("a HEIC picture", "heic", rb"....ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)"),
    _audio("a WAV recording", "audio/wav", "wav", rb"(?:RIFF|RIFX|RF64|BW64)....WAVE", "wav"),
    _audio("a Wave64 recording", "audio/x-w64", "w64", rb"riff\x2e\x91\xcf\x11", "w64"),
    _video("an AVI film", "video/x-msvideo", "avi", rb"RIFF....AVI[ X\x19]", "avi"),
    _audio("an M4A recording", "audio/mp4", "m4a", rb"....ftypM4[ABP]", _MOV),
    _video("a MOV film", "video/quicktime", "mov", rb"....ftypqt", _MOV, _M4A),
    _video("a 3GP film", "video/3gpp", "3gp", rb"....ftyp3g", _MOV, ("audio/3gpp", "3gp")),
    _video("an MP4 film", "video/mp4", "mp4", rb"....ftyp", _MOV, _M4A),
    # QuickTime is older than `ftyp`.
    _video(
        "a MOV film",
        "video/quicktime",
        "mov",
        rb"\0...(?:moov|pnot)|\0\0\0[\x08-\xff](?:wide|free|skip)|....mdat",
        _MOV,
        _M4A,
    ),
    _video(
        "a WebM film", "video/webm", "webm", rb"\x1a\x45\xdf\xa3.{0,64}?\x42\x82.{1,8}?webm", "matroska,webm", _WEBA
    ),
    _video("a Matroska film", "video/x-matroska", "mkv", rb"\x1a\x45\xdf\xa3", "matroska,webm", _MKA),
    _video("an FLV film", "video/x-flv", "flv", rb"FLV\x01", "flv"),
    _video(
        "a Windows Media film",
        "video/x-ms-wmv",
        "wmv",
        # The GUID of a stream of pictures tells it from a recording.
        rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11.*\xc0\xef\x19\xbc\x4d\x5b\xcf\x11\xa8\xfd\x00\x80\x5f\x5c\x44\x2b",
        "asf",
        ("audio/x-ms-wma", "wma"),
    ),
    _audio("a Windows Media recording", "audio/x-ms-wma", "wma", rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    _video("an MPEG transport stream", "video/mp2t", "ts", rb"(?:%b){3}" % _TS_PACKET, "mpegts"),
    _video("an MPEG transport stream", "video/mp2t", "m2ts", rb"(?:%b){3}" % _M2TS_PACKET, "mpegts"),
    _video("an MPEG film", "video/mpeg", "mpg", rb"\0\0\x01\xba", "mpeg"),
    _video("an Ogg film", "video/ogg", "ogv", rb"OggS.{24,250}?(?:\x80theora|OVP80|BBCD)", "ogg"),
    _audio("an Ogg recording", "audio/ogg", "ogg", rb"OggS", "ogg"),
    _audio("a FLAC recording", "audio/flac", "flac", rb"fLaC", "flac"),
    _audio("an AIFF recording", "audio/aiff", "aiff", rb"FORM....AIF[FC]", "aiff"),
    _audio("a CAF recording", "audio/x-caf", "caf", rb"caff\0\x01", "caf"),
    _audio("an AMR recording", "audio/amr", "amr", rb"#!AMR", "amr"),
    _audio("an AU recording", "audio/basic", "au", rb"\.snd\0\0", "au"),
    _audio("an AC-3 recording", "audio/ac3", "ac3", rb"\x0b\x77|\x77\x0b", "ac3,eac3"),
    _audio("an AAC recording", "audio/aac", "aac", rb"\xff[\xf0\xf1\xf8\xf9]", "aac"),
    _audio("an MP3 recording", "audio/mpeg", "mp3", _MPEG_AUDIO, "mp3"),
    # Cut out of a stream, inside of a packet.
    _video("an MPEG transport stream", "video/mp2t", "ts", rb".{1,187}?(?:%b){4}" % _TS_PACKET, "mpegts"),
    # What is not accepted; each has a name, so that whoever sent it sees what went wrong.
    _refused(
        "an HTML page",
        rb"(?i)\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)",
        "name the file itself, not a page that shows it",
    ),
    _refused("an SVG drawing", rb"(?i)\s*(?:<\?xml.*?|<!--.*?)?<(?:!doctype svg|svg)", "export it as PNG"),
    _refused("an XML document", rb"(?i)\s*<\?xml", "the server that it comes from may have answered with an error"),
    _refused("JSON", rb"\s*[{\[]", "the server that it comes from may have answered with an error"),
    _refused("a PDF", rb"%PDF", "export the page as PNG"),
    _refused("a Photoshop file", rb"8BPS", "export it as PNG"),
    _refused("a TIFF file", rb"II\*\0|MM\0\*", _AS_PICTURE),
    _refused("a JPEG XL file", rb"\xff\x0a|\0\0\0\x0cJXL ", _AS_PICTURE),
    _refused("a JPEG 2000 file", rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", _AS_PICTURE),
    _refused("an icon", rb"\0\0[\x01\x02]\0.\0", _AS_PICTURE),
    _refused("a playlist", rb"#EXTM3U|\s*\[playlist\]", "send the film or the recording itself"),
    _refused("an MXF film", rb"\x06\x0e\x2b\x34", _AS_FILM),
    _refused("a DV film", rb"\x1f\x07\0[\x3f\xbf]", _AS_FILM),
    _refused("a raw film", rb"YUV4MPEG2|DKIF|nut/multimedia|\0\0\0?\x01[\x09\x27\x40\x42\x67]|\0\0\x01\xb3", _AS_FILM),
    _refused("a DTS recording", rb"\x7f\xfe\x80\x01|\xfe\x7f\x01\x80", _AS_RECORDING),
    _refused("a WavPack recording", rb"wvpk", _AS_RECORDING),
    _refused("a Monkey's Audio recording", rb"MAC ", _AS_RECORDING),
    _refused("a VOC recording", rb"Creative Voice File", _AS_RECORDING),
    _refused("a DSD recording", rb"DSD |FRM8", _AS_RECORDING),
    _refused("a RealMedia file", rb"\.RMF", "send it as MP4, or as MP3"),
    _refused("a MIDI file", rb"MThd", "it has notes and no sound; send a recording of it"),
    _refused(
        "a Word, PowerPoint, Excel or ZIP file",
        rb"PK\x03\x04|\xd0\xcf\x11\xe0",
        "send what is in it",
    ),
    _refused("a RAR archive", rb"Rar!\x1a", "unpack it first"),
    _refused("a gzip archive", rb"\x1f\x8b", "unpack it first"),
    _refused("an EPS or PostScript file", rb"%!PS|\xc5\xd0\xd3\xc6", "export it as PNG"),
)
#: FFmpeg's demuxers that are used; all of them read one file and no other.
DEMUXERS = ",".join(dict.fromkeys(name for form in FORMATS for name in form.demuxer.split(",") if name))
#: How far behind something else a recording of MPEG audio may begin.
_RUBBISH_BYTES = 4096
_FRAMES = re.compile(_MPEG_AUDIO, re.DOTALL)
_LAYER_III, _LAYER_II = 1, 2
#: Bit rates by whether it is MPEG-1 and by the layer; rates of MPEG-1, and how often they are halved in later versions.
_KBIT_S = {
    (True, _LAYER_III): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (True, _LAYER_II): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (False, _LAYER_III): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, _LAYER_II): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES_HZ = (44_100, 48_000, 32_000)
_HALVINGS = {2: 1, 0: 2}
#: What may stand before a text, and before a recording, without meaning anything.
_BYTE_ORDER_MARK, _PADDING = b"\xef\xbb\xbf", b"\0"
#: The head of an ID3v2 tag; its size is in four groups of 7 bits.
_ID3 = re.compile(rb"ID3[\x02-\x04].{2}([\0-\x7f]{4})", re.DOTALL)
_MP3 = next(form for form in FORMATS if form.demuxer == "mp3")
_HEIC = next(form for form in FORMATS if form.kind and form.kind.extension == "heic")
_ACCEPTED = (
    "JPEG, PNG, WebP, GIF, BMP, AVIF, HEIC, MP4, MOV, WebM, MKV, AVI, WMV, FLV, 3GP, MPEG, MP3, WAV, M4A, AAC, OGG, "
    "FLAC, AIFF, CAF, AMR, AC-3, AU, WMA"
)
#: The module that reads HEIC; an extra.
HEIC_MODULE = "pi_heif"
HEIC_ADVICE = "this installation cannot read it: install the extra limelight[heic], or send it as JPEG, PNG or WebP"


def accepted() -> str:
    """The accepted formats, for people."""
    return _ACCEPTED if can_read_heic() else _ACCEPTED.replace(" HEIC,", "")


def can_read_heic() -> bool:
    """Whether the extra that reads HEIC is installed."""
    return importlib.util.find_spec(HEIC_MODULE) is not None


def recognise(head: bytes) -> Format | None:
    """The format of a file that begins with `head`, of at most HEAD_BYTES; None where it is not known."""
    head = head.removeprefix(_BYTE_ORDER_MARK)
    if tag := _ID3.match(head):
        size = sum(byte << shift for byte, shift in zip(tag[1], (21, 14, 7, 0), strict=True))
        return _first_match(head[10 + size :].lstrip(_PADDING)) or _MP3
    found = _MP3 if head.startswith(b"ID3") else _first_match(head)
    if found is None and head.startswith(_PADDING) and (behind := head.lstrip(_PADDING)):
        found = recognise(behind)
        return found if found and found.demuxer in ("mp3", "aac") else None
    return found


def _first_match(head: bytes) -> Format | None:
    known = next((form for form in FORMATS if form.pattern.match(head)), None)
    return _MP3 if known is None and _has_mpeg_frames(head) else known


def _has_mpeg_frames(head: bytes) -> bool:
    """Whether MPEG audio of layer II or III begins soon behind something else: a frame that two others follow."""
    return any(_follow(head, found.start(), 3) for found in _FRAMES.finditer(head[:_RUBBISH_BYTES]))


def _follow(head: bytes, at: int, count: int) -> bool:
    """Whether so many frames stand behind each other from here on (ISO/IEC 11172-3, 2.4.2.3, and 13818-3)."""
    if count == 0:
        return True
    if not _FRAMES.match(head, at):
        return False
    version, layer, of_rate = head[at + 1] >> 3 & 3, head[at + 1] >> 1 & 3, head[at + 2] >> 4
    kbit_s = _KBIT_S.get((version == 3, layer))
    if kbit_s is None:
        return False
    rate_hz = _RATES_HZ[head[at + 2] >> 2 & 3] >> _HALVINGS.get(version, 0)
    samples = 576 if layer == _LAYER_III and version != 3 else 1152
    padding = head[at + 2] >> 1 & 1
    return _follow(head, at + samples // 8 * 1000 * kbit_s[of_rate - 1] // rate_hz + padding, count - 1)


def format_of(path: Path) -> Format | None:
    """The format of a file; None where it is not known."""
    return recognise(head_of(path))


def head_of(path: Path) -> bytes:
    """What `recognise` is to see of a file: its beginning, without most of the zeros in front of it."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        for _ in range(_MOST_ZEROS // HEAD_BYTES):
            if head.strip(_PADDING):
                break
            head = head[:1] + file.read(HEAD_BYTES - 1)
        return head


def detect_format(head: bytes, content_type: str) -> Kind:
    """The format of an upload that begins with `head`. Raises SpecError where it is not accepted or not as declared."""
    if not head:
        raise _invalid("it is empty")
    found = recognise(head)
    if found is None:
        raise _invalid(f"it is none of {accepted()}")
    if found is _HEIC and not can_read_heic():
        raise _invalid(f"it is {found.name}, and {HEIC_ADVICE}")
    if found.kind is None:
        raise _invalid(f"it is {found.name}; {found.advice}")
    family = content_type.partition("/")[0].strip().lower()
    kind = found.as_audio if found.as_audio and family == "audio" else found.kind
    # Programs call a sound a film and a film a sound, and the content decides; a picture is neither.
    if family in ("image", "video", "audio") and "image" in (family, kind.file_type) and family != kind.file_type:
        declared = content_type.partition(";")[0].strip().lower()
        raise _invalid(f"its Content-Type is {declared}, but it is {kind.content_type}")
    return kind


def _invalid(what: str) -> SpecError:
    return SpecError(f"file is invalid: {what}.", field="file")
