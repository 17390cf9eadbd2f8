"""Runs every file of a folder through probe, decode and a small render, and compares it with ffmpeg.

    python bench/files.py FOLDER            every file in it
    python bench/files.py FOLDER --make     files of every kind, made first (bench/media_files.py)
    python bench/files.py FOLDER --json OUT

`ffprobe` and `ffmpeg` are Debian's (apt install ffmpeg); without them their columns are empty. Lengths are in seconds;
a colour is the mean of the first picture, red, green and blue. ffmpeg is told to tone-map films of high dynamic range.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from shutil import which

import numpy as np

from limelight.errors import LimelightError
from limelight.media.decode import open_film, read_image, read_sound
from limelight.media.formats import HEAD_BYTES, detect_format, recognise
from limelight.render import render_scene
from limelight.spec import (
    SAMPLE_RATE_HZ,
    AudioVoice,
    ImageBackground,
    Scene,
    SilentVoice,
    Source,
    VideoBackground,
    VideoSpec,
)

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.media_files import FILES

Colour = tuple[int, int, int]

_TONE_MAP = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,zscale=t=bt709:m=bt709:r=tv,"
)
#: What is not more than rounding: a frame of a film, a block of a codec; levels of a mean colour.
_NEAR_S, _NEAR_LEVELS = 0.05, 4


@dataclass(slots=True)
class Result:
    """What came of one file."""

    name: str
    #: its content type as an upload, or why it is refused
    upload: str
    #: how it was used: image, video or audio; empty where it could not be
    used: str = ""
    #: why it cannot be used
    refused: str = ""
    notes: tuple[str, ...] = ()
    length_s: float | None = None
    ffprobe_s: float | None = None
    colour: Colour | None = None
    ffmpeg: Colour | None = None
    #: frames of the small render
    frames: int = 0

    @property
    def verdict(self) -> str:
        """In one word."""
        if self.refused:
            return "refused"
        if self.length_s and self.ffprobe_s and abs(self.length_s - self.ffprobe_s) > _NEAR_S:
            return "length"
        if self.colour and self.ffmpeg and np.abs(np.subtract(self.colour, self.ffmpeg)).max() > _NEAR_LEVELS:
            return "colour"
        return "taken"


def main() -> None:
    """Print the table; exit with 1 where a file that was taken could not be rendered."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--make", action="store_true", help="make files of every kind there first")
    parser.add_argument("--json", type=Path, help="write the results to this file too")
    asked = parser.parse_args()
    if asked.make:
        asked.folder.mkdir(parents=True, exist_ok=True)
        for name, make in FILES.items():
            make(asked.folder / name)
    results = [examine(path) for path in sorted(asked.folder.iterdir()) if path.is_file()]
    print("\n".join(_table(results)))
    if asked.json:
        asked.json.write_text(json.dumps([asdict(one) for one in results], indent=1))
    sys.exit(any(one.used and not one.frames for one in results))


def examine(path: Path) -> Result:
    """One file, used as the first of film, picture and recording that it can be."""
    head = path.read_bytes()[:HEAD_BYTES]
    try:
        result = Result(path.name, detect_format(head, "").content_type)
    except LimelightError as error:
        result = Result(path.name, error.message)
    known = recognise(head)
    attempts = {
        "image": [("video", _film), ("image", _picture)],
        "video": [("video", _film), ("audio", _recording)],
        "audio": [("audio", _recording)],
    }
    # What the first bytes do not tell, a decoder may.
    everything = [("video", _film), ("image", _picture), ("audio", _recording)]
    for used, attempt in attempts[known.kind.file_type] if known and known.kind else everything:
        try:
            attempt(path, result)
        except LimelightError as error:
            result.refused = result.refused or error.message
            continue
        result.used, result.refused = used, ""
        result.frames = _rendered(path, used)
        break
    return result


def _film(path: Path, result: Result) -> None:
    with open_film(path) as film:
        result.length_s = film.duration_s
        result.colour = _mean(film.picture(film.width, film.height))
    result.ffprobe_s = _probed(path, "v:0")
    result.ffmpeg = _colour_by_ffmpeg(path)


def _picture(path: Path, result: Result) -> None:
    notes: list[str] = []
    result.colour = _mean(read_image(path, note=notes.append))
    result.notes = tuple(notes)
    result.ffmpeg = _colour_by_ffmpeg(path)


def _recording(path: Path, result: Result) -> None:
    result.length_s = len(read_sound(path)) / SAMPLE_RATE_HZ
    result.ffprobe_s = _probed(path, "a:0")


def _rendered(path: Path, used: str) -> int:
    """Frames of a small scene with the file in it; 0 where it fails."""
    source = Source(asset_id="file")
    background = {"image": ImageBackground, "video": VideoBackground}.get(used)
    scene = Scene(
        character=None,
        voice=AudioVoice(source=source) if used == "audio" else SilentVoice(duration_s=0.2),
        **({"background": background(source=source)} if background else {}),
    )
    spec = VideoSpec(scenes=(scene,), width=128, height=128)
    with tempfile.TemporaryDirectory() as folder:
        try:
            return render_scene(spec, 0, Path(folder), {source.key: path}, lambda progress: None).frames
        except LimelightError as error:
            print(f"{path.name}: {error.message}", file=sys.stderr)
            return 0


def _mean(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Colour:
    red, green, blue = (round(float(value)) for value in picture.reshape(-1, 3).mean(0))
    return red, green, blue


def _probed(path: Path, stream: str) -> float | None:
    said = _asked(
        "ffprobe",
        "-select_streams",
        stream,
        "-show_entries",
        "stream=duration:format=duration",
        "-of",
        "json",
        str(path),
    )
    if not said:
        return None
    found = json.loads(said)
    durations = [*(one.get("duration") for one in found.get("streams", [])), found.get("format", {}).get("duration")]
    return next((float(one) for one in durations if one), None)


def _colour_by_ffmpeg(path: Path) -> Colour | None:
    transfer = _asked(
        "ffprobe", "-select_streams", "v:0", "-show_entries", "stream=color_transfer", "-of", "csv=p=0", str(path)
    )
    is_hdr = transfer is not None and transfer.strip().strip(b",") in (b"smpte2084", b"arib-std-b67")
    filters = f"{_TONE_MAP if is_hdr else ''}format=rgb24"
    raw = _asked("ffmpeg", "-i", str(path), "-frames:v", "1", "-vf", filters, "-f", "rawvideo", "-")
    if not raw:
        return None
    return _mean(np.frombuffer(raw[: len(raw) // 3 * 3], np.uint8))


def _asked(program: str, *arguments: str) -> bytes | None:
    """What a program prints; None where it is not there or fails."""
    if which(program) is None:
        return None
    done = subprocess.run([program, "-v", "error", *arguments], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _levels(value: Colour | None) -> str:
    return "" if value is None else "{:3d} {:3d} {:3d}".format(*value)


def _table(results: list[Result]) -> Iterator[str]:
    yield f"{'file':27} {'upload':18} {'is':8} {'length':>7} {'ffprobe':>7}  {'colour':11}  {'ffmpeg':11}  frames"
    for one in results:
        upload = one.upload if "/" in one.upload.split()[0] else "no"
        said = one.refused or "; ".join(one.notes)
        yield (
            f"{one.name:27} {upload:18} {one.verdict:8} {_number(one.length_s):>7} {_number(one.ffprobe_s):>7}  "
            f"{_levels(one.colour):11}  {_levels(one.ffmpeg):11}  {one.frames or '':>6}  {said}"
        ).rstrip()
    counts = {
        verdict: sum(one.verdict == verdict for one in results) for verdict in ("taken", "length", "colour", "refused")
    }
    yield (
        f"{len(results)} files: {counts['taken']} as ffmpeg has them, {counts['length']} of another length, "
        f"{counts['colour']} of another colour, {counts['refused']} refused"
    )


if __name__ == "__main__":
    main()
