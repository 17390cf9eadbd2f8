"""A render in a process of its own: `python -m limelight.jobs.child`, one request on stdin, JSON lines on stdout.

What a user's URL names is fetched, and the user's media are decoded, in such a process too.

Lines are `{"progress"}` while it works, then one `{"result"}` or `{"failure"}`. The process does not outlive its
parent: on Linux the kernel kills it, elsewhere it goes when stdin ends. Signals to stop are the parent's to answer.

The renderer is named in the request as `module` or `module:object`; it has `render_scene`, `caption_scene`,
`join_scenes`, `check_portrait`, `check_further`, `say_script` and `Segment` as `limelight.render` has them. The setting
LIMELIGHT_RENDERER puts another in its place.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO, cast

from limelight import logs
from limelight.disk import named
from limelight.errors import JobError, LimelightError, MediaError
from limelight.jobs.failures import Json, failure_json
from limelight.spec import SAMPLE_RATE_HZ, TextVoice, VideoSpec

if TYPE_CHECKING:
    from limelight import render
    from limelight.media.credentials import Credentials
    from limelight.portraits import Further, Seen
    from limelight.render import Film, Progress, Report

_log = logging.getLogger("limelight.jobs.child")  # and not __main__, which it is

_REPORT_EVERY_S = 0.3
#: The server's answers come before frames.
_NICENESS = 5
_LINUX_PR_SET_PDEATHSIG = 1
#: Waits before a download is tried again.
_FETCH_AGAIN_S = (1.0, 3.0)


class Renderer(Protocol):
    """The port to what renders."""

    #: Made of the files of picture, sound and words, the number of frames, and the captioned picture's file if any.
    Segment: Callable[[Path, Path, Path, int, Path | None], render.Segment]

    def render_scene(
        self, spec: VideoSpec, index: int, folder: Path, files: Mapping[str, Path], report: Report
    ) -> render.Segment:
        """Render one scene into `folder`, with the user's files by `Source.key`. Raises LimelightError.

        There may be a file for a photo's `rig_key` too, or a place to leave one for the film's other scenes.
        """

    def caption_scene(
        self, spec: VideoSpec, index: int, segment: render.Segment, folder: Path, report: Report
    ) -> render.Segment:
        """The segment with captions drawn on it, where it has any. Raises LimelightError."""

    def join_scenes(
        self,
        spec: VideoSpec,
        segments: Sequence[render.Segment],
        folder: Path,
        report: Report,
        credentials: Credentials | None = None,
    ) -> Film:
        """Join rendered scenes to a film in `folder`. Raises LimelightError."""

    def check_portrait(self, path: Path) -> Seen:
        """What a picture shows, where a face of it can speak. Raises MediaError and PhotoError."""

    def check_further(self, path: Path, more: Sequence[Path]) -> list[Further]:
        """What each further picture of a person gives to the rig of the first. Raises MediaError and PhotoError."""

    def say_script(self, voice: TextVoice, sound: Path | None) -> dict[str, object]:
        """What is said of a script, as `saying.answer` has it; where `sound` is named it is spoken into it, a .npy.

        Raises LimelightError.
        """


def main() -> None:
    """Answer the one request."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = _take_stdout()
    request = cast(Json, json.loads(sys.stdin.buffer.readline()))
    _die_with(cast(int, request["parent"]))
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    with logs.about(**{"video_id": owner} if (owner := str(request.get("owner") or "")) else {}):
        _write(out, _answer(request, out))


def _answer(request: Json, out: TextIO) -> Json:
    """`{"result"}` or `{"failure"}`."""
    try:
        logs.configure(logs.style_of(os.environ))
        return {"result": answer_request(request, _reporter(out))}
    except Exception as error:
        told = named(error)
        if isinstance(told, LimelightError):
            return {"failure": failure_json(told)}
        _log.exception("the renderer stopped unexpectedly")
        return {"failure": failure_json(JobError(f"the renderer stopped unexpectedly ({type(error).__name__})."))}


def answer_request(request: Json, report: Report) -> Json:
    """Do what is asked: `do` is fetch, check, further, say, scene, caption, join or sample. Raises LimelightError."""
    if request["do"] in ("fetch", "check"):
        return _checked(request)
    renderer = load_renderer(str(request["renderer"]))
    if request["do"] == "further":
        more = [Path(file) for file in cast(list[str], request["more"])]
        return {"further": [asdict(one) for one in renderer.check_further(Path(str(request["file"])), more)]}
    if request["do"] == "say":
        return _said(renderer, request)
    spec = VideoSpec.model_validate(request["spec"])
    folder, index = Path(str(request["folder"])), cast(int, request["index"])
    segments = [_segment(renderer, value) for value in cast(list[Json], request["segments"])]
    if request["do"] == "join":
        return _film_json(renderer.join_scenes(spec, segments, folder, report, credentials_of(os.environ)))
    if request["do"] == "caption":
        return _segment_json(renderer.caption_scene(spec, index, segments[0], folder, report))
    files = {key: Path(file) for key, file in cast(dict[str, str], request["files"]).items()}
    segment = renderer.render_scene(spec, index, folder, files, report)
    if request["do"] == "sample":
        return {"file": str(_encode_mp3(segment.sound, folder / "sample.mp3"))}
    return _segment_json(segment)


def credentials_of(environment: Mapping[str, str]) -> Credentials | None:
    """What films are signed with. Raises LimelightError where it is set and cannot be used."""
    from limelight.media.credentials import Credentials

    return Credentials.from_environment(environment)


def load_renderer(name: str) -> Renderer:
    """The renderer of this name. Raises JobError."""
    module, _, attribute = name.partition(":")
    try:
        found: object = importlib.import_module(module)
        return cast(Renderer, getattr(found, attribute) if attribute else found)
    except (ImportError, AttributeError) as error:
        raise JobError(f"renderer {name} cannot be loaded: {error}.") from error


def _segment(renderer: Renderer, value: Json) -> render.Segment:
    video, sound, words = (Path(str(value[name])) for name in ("video", "sound", "words"))
    captioned = Path(str(value["captioned"])) if value["captioned"] else None
    return renderer.Segment(video, sound, words, cast(int, value["frames"]), captioned)


def _segment_json(segment: render.Segment) -> Json:
    files = {"video": segment.video, "sound": segment.sound, "words": segment.words}
    captioned = str(segment.captioned) if segment.captioned else None
    return {**{name: str(file) for name, file in files.items()}, "frames": segment.frames, "captioned": captioned}


def _film_json(film: Film) -> Json:
    return {
        "video": str(film.video),
        "thumbnail": str(film.thumbnail),
        "gif": str(film.gif),
        "captioned": str(film.captioned) if film.captioned else None,
        "subtitles": {kind: str(file) for kind, file in film.subtitles.items()},
        "duration_s": film.duration_s,
    }


def _checked(request: Json) -> Json:
    """The file that a URL names, or that is there, which can be used as what it is to be.

    Raises MediaError and PhotoError.
    """
    from limelight.media.decode import check

    file = Path(str(request["file"]))
    if request["do"] == "fetch":
        _fetch(str(request["url"]), file)
    if request["kind"] == "portrait":
        return {"file": str(file), "seen": asdict(load_renderer(str(request["renderer"])).check_portrait(file))}
    check(str(request["kind"]), file)
    return {"file": str(file)}


def _said(renderer: Renderer, request: Json) -> Json:
    """What is said of a script; spoken, where it is to be, in an MP3."""
    folder = Path(str(request["folder"]))
    sound = folder / "sound.npy" if request["aloud"] else None
    answer = renderer.say_script(TextVoice.model_validate(request["voice"]), sound)
    file = str(_encode_mp3(sound, folder / "speech.mp3")) if sound else None
    return {"answer": answer, "file": file}


def _fetch(url: str, file: Path) -> None:
    from limelight.network.connect import Allowed
    from limelight.network.fetch import fetch

    allowed = Allowed.parse(os.environ.get("LIMELIGHT_FETCH_ALLOW"))
    for wait_s in (*_FETCH_AGAIN_S, None):
        try:
            fetch(url, file, allowed)
            return
        except MediaError as error:
            if wait_s is None or error.code != "fetch_failed":
                raise
            time.sleep(wait_s)


def _encode_mp3(sound: Path, file: Path) -> Path:
    import av
    import numpy as np

    samples = np.load(sound, allow_pickle=False)
    with av.open(file, "w") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE_HZ, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file


def _reporter(out: TextIO) -> Report:
    """Writes progress, at most every so often unless the stage changes."""
    last_at, last_stage = 0.0, ""

    def report(progress: Progress) -> None:
        nonlocal last_at, last_stage
        now = time.monotonic()
        if progress.stage == last_stage and now - last_at < _REPORT_EVERY_S:
            return
        last_at, last_stage = now, progress.stage
        _write(out, {"progress": {"stage": progress.stage, "frame": progress.frame, "frames": progress.frames}})

    return report


def _write(out: TextIO, line: Json) -> None:
    out.write(json.dumps(line) + "\n")
    out.flush()


def _take_stdout() -> TextIO:
    """Keep the pipe for answers; what libraries print goes to stderr."""
    pipe = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(pipe, "w", encoding="utf-8")


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        import ctypes

        prctl: Callable[[int, int], int] = ctypes.CDLL(None, use_errno=True).prctl
        prctl(_LINUX_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    threading.Thread(target=_exit_at_end_of_stdin, daemon=True).start()


def _exit_at_end_of_stdin() -> None:
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
