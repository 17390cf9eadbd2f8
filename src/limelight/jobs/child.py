"""Renders in a process of its own: `python -m limelight.jobs.child PARENT`, orders on stdin, JSON lines on stdout.

Such a process also downloads what a user's URL names, and decodes the user's media. `messages` defines the lines; it
carries out one order after another, and keeps what it has loaded. It does not outlive its parent, whose process id is
PARENT: on Linux the kernel kills it, and everywhere it exits when stdin ends. It ignores SIGTERM and SIGINT, which the
parent handles.

The request names the renderer as `module` or `module:object`; it has `render_scene`, `caption_scene`, `join_scenes`,
`check_portrait`, `check_further`, `remove_background`, `say_script` and `forget_files` as `limelight.render` has them.
The setting LIMELIGHT_RENDERER names another one.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Protocol, TextIO, cast

from limelight import logs, memory
from limelight.disk import named
from limelight.errors import JobError, LimelightError, MediaError
from limelight.jobs import messages
from limelight.jobs.failures import Json, failure_json
from limelight.jobs.messages import Order, Request, Told
from limelight.results import Film, Further, Layer, Progress, Report, Seen, Segment
from limelight.spec import TextVoice, VideoSpec

if TYPE_CHECKING:
    from limelight.media.credentials import Credentials

_log = logging.getLogger("limelight.jobs.child")  # __name__ is "__main__" here

_REPORT_EVERY_S = 0.3
#: Added to the process's nice value, so that the server's answers come before frames.
_NICENESS = 5
_LINUX_PR_SET_PDEATHSIG = 1
#: The wait before each retry of a download.
_FETCH_AGAIN_S = (1.0, 3.0)


class Renderer(Protocol):
    """The port to the renderer."""

    def render_scene(
        self, spec: VideoSpec, index: int, folder: Path, files: Mapping[str, Path], report: Report
    ) -> Segment:
        """Render one scene into `folder`, with the user's files by `Source.key`. Raises LimelightError.

        An MP4 grows under its `results.growing_name`. The scene's captions may be drawn on a copy as well; if not,
        `caption_scene` is asked for it. `files` may also map a photo's `rig_key` to a path: the rig is read from there,
        or, where no file is there yet, made and written there for the film's other scenes.
        """

    def caption_scene(self, spec: VideoSpec, index: int, segment: Segment, folder: Path, report: Report) -> Segment:
        """The segment, which has none yet, with a captioned copy in `folder`; itself where it has no captions.

        Raises LimelightError.
        """

    def join_scenes(
        self,
        spec: VideoSpec,
        segments: Sequence[Segment],
        folder: Path,
        report: Report,
        credentials: Credentials | None = None,
    ) -> Film:
        """Join rendered scenes to a film in `folder`. Raises LimelightError."""

    def check_portrait(self, path: Path) -> Seen:
        """What a picture shows. Raises MediaError, and PhotoError where no face in it can speak."""

    def check_further(self, path: Path, more: Sequence[Path]) -> list[Further]:
        """What each further picture of a person gives to the rig of the first. Raises MediaError and PhotoError."""

    def remove_background(self, path: Path, layers: Sequence[Layer], folder: Path) -> dict[Layer, Path]:
        """Write PNGs of layers of a user's picture to `folder`; gives them by layer. Raises MediaError, and PhotoError
        where nobody is seen in it."""

    def say_script(self, voice: TextVoice, sound: Path | None) -> dict[str, object]:
        """How a script is read, as `speech.saying.answer` gives it; speaks it into `sound`, a .npy file, if given.

        Raises LimelightError.
        """

    def forget_files(self) -> None:
        """Let go of what is kept of users' files, of which the next scene has copies of its own."""


def main() -> None:
    """Carry out orders until stdin ends."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with(int(sys.argv[1]))
    out = _take_stdout()
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    orders: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_read_orders, args=(orders,), name="stdin", daemon=True).start()
    while True:
        order = Order.model_validate_json(orders.get())
        with logs.about(**{"video_id": order.video_id} if order.video_id else {}):
            _carry_out(order, lambda told: _write(out, told))


def _read_orders(orders: SimpleQueue[bytes]) -> None:
    """Queue the lines of stdin, at whose end the process exits, whatever it does."""
    with open(0, "rb", closefd=False) as lines:
        for line in lines:
            orders.put(line)
    os._exit(1)


def _carry_out(order: Order, tell: Callable[[Told], None]) -> None:
    tell(Told(order=order.number))
    ended = _ended(order, _reporter(lambda progress: tell(Told(order=order.number, progress=progress))))
    memory.give_back(after_error=ended.failure is not None)
    tell(ended.model_copy(update={"memory_bytes": memory.resident_bytes()}))


def _ended(order: Order, report: Report) -> Told:
    """How an order ended. After an unforeseen error nobody knows what state the process is in."""
    try:
        logs.configure(logs.style_of(os.environ))
        answer = messages.answer_json(answer_request(order.request, report))
        return Told(order=order.number, result=answer, again=True)
    except Exception as error:
        told = named(error)
        if isinstance(told, LimelightError):
            return Told(order=order.number, failure=failure_json(told), again=True)
        _log.exception("the renderer stopped unexpectedly")
        unforeseen = JobError(f"the renderer stopped unexpectedly ({type(error).__name__}).")
        return Told(order=order.number, failure=failure_json(unforeseen))


def answer_request(request: Request, report: Report) -> object:
    """Carry out a request; its docstring in `messages` names the answer's type. Raises LimelightError."""
    match request:
        case messages.FetchMedia():
            _fetch(request.url, request.file)
            return _checked(request)
        case messages.CheckMedia():
            return _checked(request)
    renderer = load_renderer(request.renderer)
    try:
        match request:
            case messages.CheckFurther():
                return messages.CheckedFurther(further=tuple(renderer.check_further(request.file, request.more)))
            case messages.RemoveBackground():
                return messages.Parted(files=renderer.remove_background(request.file, request.layers, request.folder))
            case messages.SayScript():
                return _said(renderer, request)
            case messages.RenderScene():
                return renderer.render_scene(request.spec, request.index, request.folder, request.files, report)
            case messages.SampleScene():
                segment = renderer.render_scene(request.spec, 0, request.folder, {}, report)
                return messages.Sampled(file=_as_mp3(segment.sound, "sample.mp3"))
            case messages.CaptionScene():
                return renderer.caption_scene(request.spec, request.index, request.segment, request.folder, report)
            case messages.JoinScenes():
                credentials = credentials_of(os.environ)
                return renderer.join_scenes(request.spec, request.segments, request.folder, report, credentials)
    finally:
        if request.opens_files:
            renderer.forget_files()


def credentials_of(environment: Mapping[str, str]) -> Credentials | None:
    """The credentials that sign films, None where none are set. Raises LimelightError where they cannot be used."""
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


def _checked(request: messages.FetchMedia | messages.CheckMedia) -> messages.Checked:
    """Check that a file can be used as the request's kind. Raises MediaError and PhotoError."""
    from limelight.media.decode import CUT_OFF, check

    if request.kind == "portrait":
        seen = load_renderer(request.renderer).check_portrait(request.file)
        return messages.Checked(seen=seen, notes=(CUT_OFF,) if seen.cut_off else ())
    return messages.Checked(notes=check(request.kind, request.file))


def _said(renderer: Renderer, request: messages.SayScript) -> messages.Said:
    """How a script is read; with an MP3 of it where the request wants it aloud."""
    sound = request.folder / "sound.npy" if request.aloud else None
    answer = renderer.say_script(request.voice, sound)
    return messages.Said(answer=answer, file=_as_mp3(sound, "speech.mp3") if sound else None)


def _as_mp3(sound: Path, name: str) -> Path:
    """Write an MP3 of a sound (.npy) beside it under this name; gives its path."""
    from limelight.media.sound import write_mp3

    return write_mp3(sound, sound.with_name(name))


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


def _reporter(tell: Callable[[Json], None]) -> Report:
    """A report function that tells progress, at most once per _REPORT_EVERY_S unless the stage changes."""
    last_at, last_stage = 0.0, ""

    def report(progress: Progress) -> None:
        nonlocal last_at, last_stage
        now = time.monotonic()
        if progress.stage == last_stage and now - last_at < _REPORT_EVERY_S:
            return
        last_at, last_stage = now, progress.stage
        tell(messages.answer_json(progress))

    return report


def _write(out: TextIO, told: Told) -> None:
    out.write(told.model_dump_json(exclude_defaults=True) + "\n")
    out.flush()


def _take_stdout() -> TextIO:
    """A stream to stdout's pipe, for answers alone: from now on, what libraries print to stdout goes to stderr."""
    pipe = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(pipe, "w", encoding="utf-8")


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        import ctypes

        # Where the C library has no prctl, the end of stdin alone tells that the server is gone.
        with suppress(OSError, AttributeError):
            prctl: Callable[[int, int], int] = ctypes.CDLL(None, use_errno=True).prctl
            prctl(_LINUX_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


if __name__ == "__main__":
    main()
