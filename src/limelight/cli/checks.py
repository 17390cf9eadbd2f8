"""The checks of `limelight doctor`: whether this machine and this data folder can make films. Changes nothing."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from limelight.errors import LimelightError

if TYPE_CHECKING:
    from limelight.service.settings import Settings

_GB = 1_000_000_000
#: Free space for films, segments and attempts: below the first a check fails, below the second it warns.
_LEAST_DISK_BYTES, _LITTLE_DISK_BYTES = _GB // 2, 5 * _GB
#: Free memory for one render besides the server, in the same way.
_LEAST_MEMORY_BYTES, _LITTLE_MEMORY_BYTES = _GB, 2 * _GB

_REINSTALL = "install Limelight again: pip install --force-reinstall limelight"
_REINSTALL_AV = "install PyAV's wheel again: pip install --force-reinstall av"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `advice` says what to do, and is empty where nothing is to be done."""

    subject: str
    state: Literal["ok", "warn", "fail"]
    text: str
    advice: str = ""


def examine(data_dir: Path, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Run all checks; an unexpected exception in one becomes a finding too."""
    yield _python()
    settings = _settings(data_dir, environment)
    if isinstance(settings, Finding):
        yield settings
    else:
        yield from _run("data folder", lambda: _data_folder(settings.data_dir))
        yield from _run("database", lambda: [_database(settings)])
    yield from _run("memory", lambda: [_memory()])
    yield from _run("voice", lambda: _voice(data_dir))
    yield from _run("hearing", lambda: [_hearing()])
    yield from _run("presenters", _presenters)
    yield from _run("fonts", lambda: _fonts(environment))
    yield from _run("codecs", _codecs)
    yield from _run("extras", lambda: [_credentials()])


def _run(subject: str, check: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return check()
    except LimelightError as error:
        return [Finding(subject, "fail", error.message, _REINSTALL)]
    except Exception as error:
        return [Finding(subject, "fail", f"{type(error).__name__}: {error}", _REINSTALL)]


def _python() -> Finding:
    version = platform.python_version()
    if sys.version_info < (3, 11):  # noqa: UP036 (pip can be told to ignore what we require)
        return Finding("Python", "fail", version, "use Python 3.11 or newer")
    return Finding("Python", "ok", version)


def _settings(data_dir: Path, environment: Mapping[str, str]) -> Settings | Finding:
    from limelight.service.settings import Settings

    try:
        return Settings.from_environment(data_dir, environment)
    except LimelightError as error:
        return Finding("settings", "fail", error.message, "docs/operations.md lists the settings")


def _data_folder(folder: Path) -> list[Finding]:
    """Whether the data folder, or the nearest parent that exists, can be written to and has room."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    name = f"{folder}" if there == folder else f"{folder} (not there yet)"
    try:
        with tempfile.TemporaryFile(dir=there) as probe:
            probe.write(b"probe")
        writable = Finding("data folder", "ok", f"{name} can be written to")
    except OSError as error:
        advice = f"make {there} writable for this user, or choose another with --data-dir"
        writable = Finding("data folder", "fail", f"{name} cannot be written to ({error.strerror})", advice)
    free = shutil.disk_usage(there).free
    room = _amount("disk", free, (_LEAST_DISK_BYTES, _LITTLE_DISK_BYTES), "make room on this disk")
    return [writable, *_privacy(folder), room]


def _privacy(folder: Path) -> list[Finding]:
    """A warning where others can read the folder; the next start makes it private where it can."""
    from limelight.store.private import is_private

    if not folder.exists() or is_private(folder):
        return []
    return [Finding("data folder", "warn", f"{folder} can be read by others", f"chmod go= {folder}")]


def _database(settings: Settings) -> Finding:
    from limelight.store.database import standing

    if settings.database_url is None and not (settings.data_dir / "limelight.db").exists():
        return Finding("database", "ok", "none yet; the first start makes it")
    try:
        now, latest, is_newer = standing(settings.store_url)
    except LimelightError as error:
        advice = "see that the server of LIMELIGHT_DATABASE_URL runs and lets this machine in"
        if settings.database_url is None:
            advice = f"restore {settings.data_dir / 'limelight.db'} from a backup"
        return Finding("database", "fail", error.message, advice)
    if now == latest:
        return Finding("database", "ok", f"up to date (migration {now})")
    text = f"at migration {now or 'none'}, this version has {latest}"
    if is_newer:
        return Finding("database", "fail", f"of a newer version: {text}", "update Limelight, or restore a backup")
    return Finding("database", "warn", text, "the next start migrates it")


def _memory() -> Finding:
    """The memory that is free for renders; all of the machine's where the system does not say."""
    file = Path("/proc/meminfo")
    if file.exists():
        lines = dict(line.split(":", 1) for line in file.read_text().splitlines() if ":" in line)
        free = int(lines["MemAvailable"].split()[0]) * 1024
    elif hasattr(os, "sysconf"):
        free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    else:  # Windows
        return Finding("memory", "ok", "this system does not say how much; a render takes about 1 GB")
    return _amount("memory", free, (_LEAST_MEMORY_BYTES, _LITTLE_MEMORY_BYTES), "a render takes about 1 GB")


def _amount(subject: str, free: int, limits: tuple[int, int], advice: str) -> Finding:
    text = f"{free / _GB:.1f} GB free"
    least, little = limits
    if free < least:
        return Finding(subject, "fail", text, advice)
    return Finding(subject, "warn", text, advice) if free < little else Finding(subject, "ok", text)


def _voice(data_dir: Path) -> list[Finding]:
    """Whether the models load, and whether the voices that users added are intact."""
    from limelight.catalog.own_voices import damaged, look_in, own_voices
    from limelight.catalog.voices import shipped_voices
    from limelight.speech.hibari import Hibari
    from limelight.speech.kokoro import Kokoro
    from limelight.speech.styles import style_names

    Kokoro(), Hibari()  # the constructors check the weights' SHA-256
    look_in(data_dir)
    known = f"{len(shipped_voices())} voices of {len(style_names())} styles, {len(own_voices())} of your own"
    findings = [Finding("voice", "ok", f"the models load and are the known ones; {known}")]
    for name in damaged():
        advice = f"limelight voices remove {name.partition('.')[0]}, and add it again"
        findings.append(Finding("voice", "warn", f"{name} is no voice file, or a damaged one", advice))
    return findings


def _hearing() -> Finding:
    from limelight.speech.recogniser import load

    load()
    return Finding("hearing", "ok", "recordings can be spoken")


def _presenters() -> list[Finding]:
    """Whether all presenters load; a warning for each of the user's own that does not."""
    from limelight.catalog.avatars import OWN_PACKS, own_packs, presenters
    from limelight.puppet.pack import load_pack

    entries = presenters()
    own = set(own_packs())
    for entry in entries:
        if entry.pack not in own:
            load_pack(entry.pack)
    if not entries:
        return [Finding("presenters", "fail", "there are none", _REINSTALL)]
    findings = [Finding("presenters", "ok", f"{len(entries)}: {', '.join(entry.name for entry in entries)}")]
    for path in own:
        try:
            load_pack(path)
        except LimelightError as error:
            findings.append(Finding("presenters", "warn", error.message, f"bake it again, or see {OWN_PACKS}"))
    return findings


def _fonts(environment: Mapping[str, str]) -> list[Finding]:
    """Whether text is drawn, and what the owner's own fonts are."""
    from limelight.compose.text import TextStyle, draw
    from limelight.lettering.families import FONTS, OWN_FONTS, check_own_fonts

    picture = draw("Ag", TextStyle())
    if not picture[..., 3].any():
        return [Finding("fonts", "fail", "text is drawn as nothing", _REINSTALL)]
    files = sum(1 for file in FONTS.iterdir() if file.suffix in (".ttf", ".otf"))
    findings = [Finding("fonts", "ok", f"text is drawn; {files} files")]
    try:
        own = check_own_fonts(environment)
    except LimelightError as error:
        return [*findings, Finding("fonts", "fail", error.message, f"correct {OWN_FONTS}, or leave it out")]
    if own.families:
        names = ", ".join(family.name for family in own.families)
        findings.append(Finding("fonts", "ok", f"your own: {names}"))
    for file in own.unread:
        findings.append(Finding("fonts", "warn", f"{file} cannot be read as a font", "take it out of the folder"))
    return findings


def _codecs() -> list[Finding]:
    """Whether each codec encodes something."""
    checks: tuple[tuple[str, str, Callable[[], int]], ...] = (
        ("libx264", "MP4", lambda: _encode_picture("libx264", "yuv420p")),
        ("libvpx-vp9", "transparent WebM", lambda: _encode_picture("libvpx-vp9", "yuva420p")),
        ("aac", "MP4", lambda: _encode_sound("aac", "fltp")),
        ("flac", "films in the making", lambda: _encode_sound("flac", "s16")),
        ("libopus", "WebM", lambda: _encode_sound("libopus", "flt")),
        ("libmp3lame", "samples of voices", lambda: _encode_sound("libmp3lame", "fltp")),
    )
    found = []
    for name, use, encode in checks:
        try:
            works, text = encode() > 0, "encodes"
        except Exception as error:
            works, text = False, f"{type(error).__name__}: {error}"
        text += f" ({use})"
        found.append(Finding(f"codec {name}", "ok" if works else "fail", text, "" if works else _REINSTALL_AV))
    return found


def _encode_picture(codec: str, pixel_format: str) -> int:
    """The size of an encoded picture, bytes; 0 where its alpha is lost."""
    import av
    from av.video.codeccontext import VideoCodecContext

    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, VideoCodecContext)
    context.width = context.height = 64
    context.pix_fmt, context.time_base = pixel_format, Fraction(1, 25)
    frame = av.VideoFrame(64, 64, pixel_format)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    packets = [*context.encode(frame), *context.encode(None)]
    if pixel_format == "yuva420p" and not any(packet.has_sidedata("matroska_block_additional") for packet in packets):
        return 0
    return sum(packet.size for packet in packets)


def _encode_sound(codec: str, sample_format: str) -> int:
    """The size of ten encoded frames of silence, bytes."""
    import av
    import numpy as np
    from av.audio.codeccontext import AudioCodecContext

    rate = 48_000
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate, context.layout, context.format = rate, "mono", sample_format
    context.time_base = Fraction(1, rate)
    context.open()
    size, packets = context.frame_size or 960, []
    for index in range(10):
        silence = np.zeros((1, size), np.int16 if sample_format == "s16" else np.float32)
        frame = av.AudioFrame.from_ndarray(silence, format=sample_format, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, index * size, Fraction(1, rate)
        packets += context.encode(frame)
    packets += context.encode(None)
    return sum(packet.size for packet in packets)


def _credentials() -> Finding:
    if importlib.util.find_spec("c2pa") is None:
        text = "c2pa-python is not installed; films cannot be signed"
        return Finding("content credentials", "ok", text, "pip install 'limelight[credentials]' if they are to be")
    return Finding("content credentials", "ok", "c2pa-python is installed; films can be signed")
