"""`limelight render`: the whole pipeline in this process."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from limelight.cli.console import ERRORS, OUT, captioned_beside, checked_output, plain, subtitles_beside, warn
from limelight.cli.data import DATA_DIR, DataDir
from limelight.cli.mentions import background as read_background
from limelight.cli.mentions import by_option
from limelight.cli.options import Matting, Style
from limelight.cli.photos import check_files, find_photo, report_further
from limelight.cli.specfile import names_file, read_spec
from limelight.cli.words import owner_words
from limelight.errors import AvatarNotFound, SpecError, about

if TYPE_CHECKING:
    from limelight.cli.kept import KeptScenes
    from limelight.cli.localfiles import LocalFiles
    from limelight.requests.parts import GenerateRequest
    from limelight.results import Film, Report
    from limelight.spec import VideoSpec


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(render)
    app.command(hidden=True)(demo)


def render(
    spec: Annotated[
        Path | None,
        typer.Argument(help="A JSON file: exactly the body of POST /v2/video/generate.", show_default=False),
    ] = None,
    script: Annotated[str | None, typer.Option(help="What the presenter says.", show_default=False)] = None,
    audio: Annotated[
        str | None, typer.Option(help="A recording to speak instead: a file or a URL.", show_default=False)
    ] = None,
    avatar: Annotated[str | None, typer.Option(help="An id of `limelight avatars`.", show_default="the first")] = None,
    photo: Annotated[
        str | None,
        typer.Option(
            help="A portrait that speaks instead: a file, or an id of `limelight photo list`.", show_default=False
        ),
    ] = None,
    more: Annotated[
        list[Path] | None,
        typer.Option(
            help="A further picture of the person of a --photo that is a file; up to eight.", show_default=False
        ),
    ] = None,
    matting: Matting = False,
    voice: Annotated[
        str | None, typer.Option(help="An id or name of `limelight voices`.", show_default="the avatar's own")
    ] = None,
    style: Style = None,
    talking_style: Annotated[
        str | None, typer.Option(help="stable or expressive.", show_default="between the two")
    ] = None,
    expression: Annotated[str | None, typer.Option(help="default or happy.", show_default="default")] = None,
    emotion: Annotated[
        str | None,
        typer.Option(
            help="Excited, Friendly, Serious, Soothing or Broadcaster, in the face.", show_default="none of them"
        ),
    ] = None,
    outfit_colour: Annotated[
        str | None,
        typer.Option(help="What the presenter's T-shirt is dyed in, such as '#1c284e'.", show_default="the look's"),
    ] = None,
    logo: Annotated[
        str | None, typer.Option(help="A picture on the presenter's chest: a file or a URL.", show_default=False)
    ] = None,
    background: Annotated[
        str | None,
        typer.Option(help="A colour such as '#1a1a2e', or a picture or film: a file or a URL.", show_default="white"),
    ] = None,
    size: Annotated[
        str | None, typer.Option(help="WIDTHxHEIGHT, both even, 128 to 4096.", show_default="1920x1080")
    ] = None,
    fps: Annotated[int | None, typer.Option(help="Frames per second: 25, 30 or 60.", show_default="25")] = None,
    captions: Annotated[
        bool, typer.Option("--captions", help="Also write subtitle files, and a film with captions drawn on it.")
    ] = False,
    out: Annotated[
        Path, typer.Option("-o", "--output", help="The MP4 to write; a .webm has a transparent background.")
    ] = Path("out.mp4"),
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Render all scenes, also those kept of earlier films, and keep none.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Render a video from a script or a recording, or from a request in a file.

    Scenes that are as in a film of the last days are not rendered again.
    """
    from limelight.catalog.own_voices import look_in
    from limelight.cli.kept import kept_scenes
    from limelight.cli.localfiles import LocalFiles
    from limelight.lettering.families import check_own_fonts
    from limelight.requests.drawn import no_copy_of_webm
    from limelight.spec import Emotion, Expression, TalkingStyle

    checked_output(out, ".mp4", ".webm")
    look_in(data_dir)
    check_own_fonts(os.environ)
    local = LocalFiles()
    further: list[str] = []
    if spec is not None:
        options = (
            script,
            audio,
            avatar,
            photo,
            voice,
            style,
            talking_style,
            expression,
            emotion,
            outfit_colour,
            logo,
            background,
            size,
            fps,
        )
        if any(option is not None for option in options) or captions or matting or more:
            raise SpecError("spec is invalid: give either a file or --script with its options, not both")
        body = read_spec(spec, local.named)
    else:
        scene = _scene(local, script, audio, avatar, voice, style, background)
        if photo is not None:
            scene["character"] = _photo(local, photo, avatar, style, matting, quiet=quiet)
            further = _further(local, Path(photo), more or [], quiet=quiet)
        elif matting:
            raise SpecError("matting is invalid: it is of a photo, give --photo too")
        elif more:
            raise SpecError("more is invalid: it is of a photo, give --photo too")
        scene["character"] |= _outfit(local, outfit_colour, logo)
        scene["character"] |= {
            "talking_style": one_of("talking-style", talking_style, TalkingStyle),
            "expression": one_of("expression", expression, Expression),
        }
        scene["voice"] |= {"emotion": one_of("emotion", emotion, Emotion)}
        body = {
            "video_inputs": [scene],
            "dimension": dimension(size),
            "fps": fps,
            "caption": captions,
        }
    with tempfile.TemporaryDirectory() as folder:
        try:
            request = parsed(body, local, data_dir, Path(folder), further)
        except AvatarNotFound as error:
            if photo is None:
                raise
            problem = f"{photo} is neither a file nor an id of `limelight photo list`"
            raise SpecError(f"photo is invalid: {problem}") from error
        wanted = request.spec.model_copy(update={"container": "webm"} if out.suffix.lower() == ".webm" else {})
        if wanted.container == "webm" and request.spec.captions and request.spec.captions.burn_in:
            warn([no_copy_of_webm("caption")], 1)
        warn(request.warnings, len(wanted.scenes))
        started = time.monotonic()
        with kept_scenes(wanted=not no_cache) as kept:
            written, duration_s = render_to(wanted, out, local, quiet=quiet, kept=kept)
        took = time.monotonic() - started
    scenes = len(wanted.scenes)
    reused = f", {kept.reused} of {scenes} scenes kept from before" if kept and kept.reused else ""
    OUT.print(
        f"[bold]{plain(', '.join(map(str, written)))}[/]  {wanted.width}x{wanted.height}, "
        f"{duration_s:.2f} s, rendered in {took:.1f} s{reused}",
        highlight=False,
        soft_wrap=True,
    )


def parsed(
    body: object, local: LocalFiles, data_dir: Path, folder: Path, further: Sequence[str] = ()
) -> GenerateRequest:
    """The request in a body, with the photos and words of the data folder's owner; photos are copied to `folder`.

    `further` are the ids of further pictures of a photo's person. Raises SpecError.
    """
    from limelight.requests.generate import parse_generate
    from limelight.requests.known import Known

    return parse_generate(
        body,
        Known(
            asset=local.asset,
            photo=lambda photo_id: (*find_photo(photo_id, local, data_dir, folder), *further),
            words=owner_words(data_dir),
        ),
    )


def one_of(option: str, value: str | None, words: object) -> str | None:
    """An option's value. Raises SpecError for an unknown one, which a request may have but a person has mistyped."""
    known = get_args(words)
    if value is not None and value.lower() not in known:
        raise SpecError(f"{option} is invalid: '{value}' is not one of {', '.join(known)}")
    return value


def render_to(
    spec: VideoSpec,
    out: Path,
    local: LocalFiles | None = None,
    *,
    quiet: bool = False,
    kept: KeptScenes | None = None,
) -> tuple[list[Path], float]:
    """Render into `out` and files beside it; gives their paths and the film's seconds. Raises LimelightError."""
    from limelight.cli.localfiles import LocalFiles

    with tempfile.TemporaryDirectory(prefix=".limelight-", dir=out.parent) as folder, progress_bar(quiet) as report:
        film = _render(spec, local or LocalFiles(), Path(folder), report, kept)
        written = {film.video: out} | {file: subtitles_beside(out, kind) for kind, file in film.subtitles.items()}
        if film.captioned:
            written[film.captioned] = captioned_beside(out)
        for made, place in written.items():
            os.replace(made, place)
    return list(written.values()), film.duration_s


def _render(spec: VideoSpec, local: LocalFiles, folder: Path, report: Report, kept: KeptScenes | None) -> Film:
    """Run the whole pipeline in this process."""
    from limelight.cli.localfiles import named_scene
    from limelight.media.credentials import Credentials
    from limelight.render import caption_scene, join_scenes, render_scene

    credentials = Credentials.from_environment(os.environ)
    files = local.gather(spec, folder)
    segments = []
    for i in range(len(spec.scenes)):
        with named_scene(i, len(spec.scenes), local):
            make = partial(render_scene, spec, i, folder, files, report)
            own = {source.key: files[source.key] for _, source in spec.scenes[i].sources()}
            segment = kept.made(spec, i, own, folder, make) if kept else make()
            segments.append(caption_scene(spec, i, segment, folder, report))
    return join_scenes(spec, segments, folder, report, credentials)


def _scene(
    local: LocalFiles,
    script: str | None,
    audio: str | None,
    avatar: str | None,
    voice: str | None,
    style: str | None,
    background: str | None,
) -> dict[str, Any]:
    """The request's one scene, from the options."""
    from limelight.catalog.avatars import avatar as find_avatar
    from limelight.catalog.avatars import default_avatar
    from limelight.catalog.voices import voice_named

    if (script is None) == (audio is None):
        raise SpecError("script is invalid: give --script TEXT, --audio FILE or a JSON file")
    entry = find_avatar(avatar) if avatar is not None else default_avatar()
    if audio is not None:
        said: dict[str, str | None] = {"type": "audio", **local.source(audio, "audio", "audio")}
    else:
        said = {"type": "text", "input_text": script, "voice_id": entry.default_voice_id}
        if voice is not None:
            said["voice_id"] = voice_named(voice).voice_id
    return {
        "character": {
            "type": "avatar",
            "avatar_id": avatar or entry.avatar_id,
            "avatar_style": style or "normal",
        },
        "voice": said,
        "background": read_background(background or "#ffffff", local.named),
    }


def _photo(
    local: LocalFiles, value: str, avatar: str | None, style: str | None, matting: bool, *, quiet: bool
) -> dict[str, Any]:
    """A request's `character` for a photo: a file, which is checked, or the id of a kept photo."""
    from limelight.render import check_portrait
    from limelight.spec import ROLES

    if avatar is not None:
        raise SpecError("photo is invalid: --avatar is given too, only one of them may be")
    is_file = Path(value).is_file()
    if not is_file and names_file(value):
        raise SpecError(f"photo is invalid: {value} is not a file")
    photo_id = value
    if is_file:
        photo_id = local.named(by_option(value, "photo", "photo"))
        with about(ROLES["portrait"], value):
            note = check_portrait(Path(value)).note
        if note and not quiet:
            ERRORS.print(f"{plain(value)}: {plain(note)}", highlight=False, soft_wrap=True)
    return {
        "type": "talking_photo",
        "talking_photo_id": photo_id,
        "talking_photo_style": style or "square",
        "matting": matting,
    }


def _outfit(local: LocalFiles, colour: str | None, logo: str | None) -> dict[str, str | None]:
    """The fields of a request's `character` that say what it wears, from the options. Raises SpecError."""
    for option, given in (("outfit-colour", colour), ("logo", logo)):
        if given == "":
            raise SpecError(f"{option} is invalid: it is empty")
    if logo is None:
        return {"outfit_colour": colour}
    source = local.source(logo, "image", "logo")
    return {"outfit_colour": colour, "logo_url": source.get("url"), "logo_asset_id": source.get("image_asset_id")}


def _further(local: LocalFiles, photo: Path, more: list[Path], *, quiet: bool) -> list[str]:
    """The ids of the further pictures of a photo's person of which the rig uses something."""
    if not more:
        return []
    if not photo.is_file():
        raise SpecError(f"more is invalid: it goes with a photo that is a file, {photo} is none")
    check_files(photo, more)
    return [
        local.source(str(file), "image", "more")["image_asset_id"] for file in report_further(photo, more, quiet=quiet)
    ]


def dimension(size: str | None) -> dict[str, int]:
    """A request's `dimension` from WIDTHxHEIGHT, 1920 × 1080 where there is none. Raises SpecError."""
    if size is None:
        return {"width": 1920, "height": 1080}
    width, cross, height = size.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise SpecError(f"dimension is invalid: '{size}' is not WIDTHxHEIGHT such as 1920x1080")
    return {"width": int(width), "height": int(height)}


@contextmanager
def progress_bar(quiet: bool) -> Iterator[Any]:
    """A progress bar with stages and frames; yields the pipeline's report function."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=ERRORS, transient=True, disable=quiet or not ERRORS.is_terminal) as progress:
        task = progress.add_task("starting", total=None)

        def report(now: Any) -> None:
            scene = f"scene {now.scene + 1}/{now.scenes} · " if now.scenes > 1 else ""
            progress.update(task, description=f"{scene}{now.stage}", completed=now.frame, total=now.frames or None)

        yield report


def demo(out: Annotated[Path, typer.Option("-o", "--output")] = Path("demo.mp4")) -> None:
    """Render the demo film and print where it is."""
    started = time.monotonic()
    render(script=DEMO_SCRIPT, background="#e8ecf2", out=out, no_cache=True)
    OUT.print(
        f"{out.resolve()} is ready after {time.monotonic() - started:.1f} s in all.", highlight=False, soft_wrap=True
    )


DEMO_SCRIPT = (
    "Hello, and welcome to Limelight. "
    "Send a script, an avatar and a voice, and get back a finished video, made on your own computer."
)
