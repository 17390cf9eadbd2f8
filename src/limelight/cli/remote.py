"""`limelight submit`, `status`, `wait`, `download`, `list` and `cancel`: videos on a server.

Exit codes: 0 done, 1 the server cannot be reached or refuses, 2 the request is wrong, 3 the video failed, 4 the video
did not finish in time.
"""

from __future__ import annotations

import datetime
import json
import mimetypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from limelight.cli.console import ERRORS, captioned_beside, checked_output, plain, say, subtitles_beside, warn
from limelight.cli.render import dimension
from limelight.cli.specfile import Use, names_file, read_spec
from limelight.errors import SpecError

if TYPE_CHECKING:
    from limelight.client import Asset, Client, VideoStatus

_REFUSED, _WRONG, _FAILED, _LATE = 1, 2, 3, 4
#: Formats of subtitles; a server's other words name no file here.
_SUBTITLES = ("srt", "vtt", "ass")

Server = Annotated[
    str | None,
    typer.Option("--server", help="The server's URL.", show_default="http://127.0.0.1:8080", envvar="LIMELIGHT_URL"),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key", help="An API key; HEYGEN_API_KEY is read too.", show_default=False, envvar="LIMELIGHT_API_KEY"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="The answer as JSON.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="A video's id.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (submit, status, wait, download, cancel):
        app.command()(command)
    app.command("list")(list_videos)


def submit(
    spec: Annotated[
        Path | None,
        typer.Argument(help="A JSON file: exactly the body of POST /v2/video/generate.", show_default=False),
    ] = None,
    script: Annotated[str | None, typer.Option(help="What the presenter says.", show_default=False)] = None,
    avatar: Annotated[str | None, typer.Option(help="An avatar's id.", show_default="the server's first")] = None,
    photo: Annotated[
        str | None,
        typer.Option(help="A portrait that speaks instead: a file, uploaded, or a photo's id.", show_default=False),
    ] = None,
    matting: Annotated[
        bool, typer.Option("--matting", help="The photo's person alone, before the background.")
    ] = False,
    consent: Annotated[
        bool,
        typer.Option("--i-may-use-this-likeness", help="State it of the photos that speak; a server may require it."),
    ] = False,
    voice: Annotated[str | None, typer.Option(help="A voice's id.", show_default="the avatar's own")] = None,
    style: Annotated[
        str | None,
        typer.Option(
            help="normal, closeUp or circle; square or circle of a photo.", show_default="normal; square of a photo"
        ),
    ] = None,
    background: Annotated[
        str | None,
        typer.Option(
            help="A colour such as '#1a1a2e', or a picture or film: a file, uploaded, or a URL.", show_default="white"
        ),
    ] = None,
    size: Annotated[str | None, typer.Option(help="WIDTHxHEIGHT.", show_default="1920x1080")] = None,
    title: Annotated[str | None, typer.Option(help="The video's title.", show_default=False)] = None,
    captions: Annotated[bool, typer.Option("--captions", help="Also make subtitles.")] = False,
    test: Annotated[bool, typer.Option("--test", help="With a watermark, at no cost.")] = False,
    server: Server = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Begin a video on a server and print its id."""
    options = (script, avatar, photo, voice, style, background, size, title)
    if spec is not None and (any(x is not None for x in options) or captions or test or matting):
        raise SpecError("spec is invalid: give either a file or --script with its options, not both")
    if spec is None and script is None:
        raise SpecError("script is invalid: give --script TEXT or a JSON file")
    _check_photo(photo, avatar, matting)
    with _client(server, key) as client:
        uploads = _Uploads(client, consent=consent)
        if spec is not None:
            body = read_spec(spec, uploads.named)
        else:
            scene = _scene(client, script or "", avatar, voice, style, _background(uploads, background or "#ffffff"))
            if photo is not None:
                scene["character"] = _photo(uploads, photo, style, matting)
            body = {
                "video_inputs": [scene],
                "dimension": dimension(size),
                **({"title": title} if title else {}),
                **({"caption": True} if captions else {}),
                **({"test": True} if test else {}),
            }
        if consent and isinstance(body, dict):
            body = {"consent": True, **body}
        video = client.begin_video(body)

    def show() -> None:
        warn(video.warnings)
        say(plain(video.video_id))

    _answer(video.model_dump(mode="json"), as_json, show)


def status(video_id: Id, server: Server = None, key: Key = None, as_json: Json = False) -> None:
    """Show how a video stands."""
    with _client(server, key) as client:
        now = client.get_video_status(video_id)
    _answer(_shown(now), as_json, lambda: _print_status(now))


def wait(
    video_id: Id,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Then download the film to this file.", show_default=False)
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait.", min=0)] = 1200,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
    server: Server = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Wait until a video is finished; a terminal shows its progress, stage and scene.

    With -o, the film is downloaded, and beside it what it has of captions, as `download` does it.
    """
    from limelight.client import VideoFailed

    if output:
        checked_output(output)
    with _client(server, key) as client:
        try:
            with _bar(quiet) as on_progress:
                ended = client.wait_for_video(video_id, on_progress, timeout)
        except VideoFailed as error:
            if as_json:
                _answer(_shown(error.status), as_json, lambda: None)
            raise
        files = _downloaded(client, ended, output) if output else []

    def show() -> None:
        warn(ended.warnings, ended.scenes)
        for line in _outputs(files).get("files", [ended.video_url]):
            say(plain(str(line)))

    _answer({**_shown(ended), **_outputs(files)}, as_json, show)


def download(
    video_id: Id,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file to write.", show_default="ID.mp4 or ID.webm")
    ] = None,
    server: Server = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Download a finished video; and beside it its captioned film and its subtitles, where it has them."""
    if output:
        checked_output(output)
    with _client(server, key) as client:
        now = client.get_video_status(video_id)
        suffix = Path(urlsplit(now.video_url or "").path).suffix or ".mp4"
        files = _downloaded(client, now, output or Path(f"{video_id}{suffix}"))

    def show() -> None:
        for file in files:
            say(plain(str(file)))

    _answer({"video_id": video_id, **_outputs(files)}, as_json, show)


def _downloaded(client: Client, video: VideoStatus, out: Path) -> list[Path]:
    """The files of a video, downloaded: the film to `out`, and what it has of captions beside it."""
    files = [client.download(video, out)]
    # The URLs of an older answer may have expired, those that the film was just downloaded by may not.
    now = client.get_video_status(video.id)
    subtitles = now.subtitle_urls or ({"ass": now.caption_url} if now.caption_url else {})
    wanted = [(now.video_url_caption, captioned_beside(out))]
    wanted += [(url, subtitles_beside(out, kind)) for kind, url in subtitles.items() if kind in _SUBTITLES]
    return files + [client.download(url, file) for url, file in wanted if url]


def _outputs(files: list[Path]) -> dict[str, Any]:
    """`output`, the film, and all `files`, where there are any."""
    return {"output": str(files[0]), "files": [str(file) for file in files]} if files else {}


def list_videos(
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1, max=100)] = 20,
    token: Annotated[str | None, typer.Option(help="Where the page before ended.", show_default=False)] = None,
    server: Server = None,
    key: Key = None,
    as_json: Json = False,
) -> None:
    """List the videos on a server."""
    with _client(server, key) as client:
        page = client.list_videos(limit=limit, token=token)

    def show() -> None:
        # Not a table of rich, which would shorten ids on a narrow terminal.
        for video in page.videos:
            title = plain(video.video_title or "")
            say(f"{plain(video.video_id)}  {video.status:<10}  {_when(video.created_at):<16}  {title}".rstrip())
        if page.token:
            say(f"more: --token {plain(page.token)}")

    _answer(page.model_dump(mode="json"), as_json, show)


def cancel(video_id: Id, server: Server = None, key: Key = None, as_json: Json = False) -> None:
    """Stop a video that is not finished, and forget it; a finished one is left alone."""
    with _client(server, key) as client:
        now = client.get_video_status(video_id)
        if now.status in ("completed", "failed"):
            ERRORS.print(f"video {plain(video_id)} is {now.status} already.", soft_wrap=True)
            raise typer.Exit(_REFUSED)
        client.delete_video(video_id)
    _answer({"video_id": video_id, "cancelled": True}, as_json, lambda: say(f"{plain(video_id)} is cancelled."))


@contextmanager
def _client(server: str | None, key: str | None) -> Iterator[Client]:
    """A client; turns its errors into one line on standard error and an exit code."""
    from limelight.client import Client, ClientError, InvalidRequest, NotConfigured, VideoFailed, VideoTimeout

    codes: tuple[tuple[type[ClientError], int], ...] = (
        (InvalidRequest, _WRONG),
        (NotConfigured, _WRONG),
        (VideoFailed, _FAILED),
        (VideoTimeout, _LATE),
    )
    try:
        with Client(server, key) as client:
            yield client
    except (ClientError, OSError) as error:
        kind = "failed" if isinstance(error, VideoFailed) else "error"
        text = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        ERRORS.print(f"[bold red]{kind}:[/] {plain(text)}", highlight=False, soft_wrap=True)
        code = next((code for kinds, code in codes if isinstance(error, kinds)), _REFUSED)
        raise typer.Exit(code) from error


def _scene(
    client: Client,
    script: str,
    avatar: str | None,
    voice: str | None,
    style: str | None,
    background: dict[str, str],
) -> dict[str, Any]:
    """The one scene that the options describe."""
    presenter = client.get_avatar(avatar)
    return {
        "character": {"type": "avatar", "avatar_id": presenter.id, "avatar_style": style or "normal"},
        "voice": {"type": "text", "input_text": script, "voice_id": voice or presenter.default_voice()},
        "background": background,
    }


class _Uploads:
    """Files of this computer on a server, each uploaded once."""

    def __init__(self, client: Client, *, consent: bool) -> None:
        self._client = client
        self._consent = consent
        self._ids: dict[tuple[Path, Use], str] = {}

    def named(self, file: Path, use: Use) -> str:
        """The id of a file's upload. A photo stays on the server as a talking photo, under the file's name."""
        place = file.resolve(), use
        if place not in self._ids:
            self._ids[place] = self._photo(file) if use == "photo" else self.asset(file).id
        return self._ids[place]

    def asset(self, file: Path) -> Asset:
        """A file's upload, as it is."""
        return self._client.upload_asset(file)

    def _photo(self, file: Path) -> str:
        kept = self._client.upload_talking_photo(file, consent=self._consent, name=file.stem)
        if kept.note:
            ERRORS.print(f"{plain(str(file))}: {plain(kept.note)}", highlight=False, soft_wrap=True)
        return kept.talking_photo_id


def _check_photo(photo: str | None, avatar: str | None, matting: bool) -> None:
    """Raise SpecError where the options of a photo do not go together, or its file is not there."""
    if photo is None:
        if matting:
            raise SpecError("matting is invalid: it is of a photo, give --photo too")
        return
    if avatar is not None:
        raise SpecError("photo is invalid: --avatar is given too, only one of them may be")
    if names_file(photo) and not Path(photo).is_file():
        raise SpecError(f"photo is invalid: {photo} is not a file")


def _photo(uploads: _Uploads, value: str, style: str | None, matting: bool) -> dict[str, Any]:
    """A request's `character` for a photo: a file, which is uploaded, or the id of one that is there."""
    return {
        "type": "talking_photo",
        "talking_photo_id": uploads.named(Path(value), "photo") if Path(value).is_file() else value,
        "talking_photo_style": style or "square",
        "matting": matting,
    }


def _background(uploads: _Uploads, value: str) -> dict[str, str]:
    """A request's `background`: a colour, a URL whose name says picture or film, or a file, which is uploaded."""
    if "://" in value:
        film = (mimetypes.guess_type(value.partition("?")[0])[0] or "").startswith("video/")
        return {"type": "video" if film else "image", "url": value}
    if not Path(value).suffix:
        return {"type": "color", "value": value}
    if not Path(value).is_file():
        raise SpecError(f"background is invalid: {value} is not a file")
    asset = uploads.asset(Path(value))
    kind = "video" if asset.file_type == "video" else "image"
    return {"type": kind, f"{kind}_asset_id": asset.id}


def _answer(data: dict[str, Any], as_json: bool, show: Callable[[], None]) -> None:
    if as_json:
        typer.echo(json.dumps(data))
    else:
        show()


def _shown(now: VideoStatus) -> dict[str, Any]:
    return now.model_dump(mode="json")


def _print_status(now: VideoStatus) -> None:
    rows = {
        "status": now.status,
        "progress": f"{now.progress:.0%}" if now.progress is not None else None,
        "at work on": _stage(now) if now.status != "failed" else None,
        "failure": now.failure_message,
        "duration": f"{now.duration:.2f} s" if now.duration is not None else None,
        "film": now.video_url,
        "thumbnail": now.thumbnail_url,
    }
    for name, value in rows.items():
        if value:
            say(f"{name:<10}  {plain(value)}")
    warn(now.warnings, now.scenes)


def _stage(now: VideoStatus) -> str:
    """Scene and stage, as `limelight render` shows them."""
    scene = f"scene {now.scene}/{now.scenes} · " if now.scene and (now.scenes or 0) > 1 else ""
    return f"{scene}{now.stage}" if now.stage else ""


@contextmanager
def _bar(quiet: bool) -> Iterator[Callable[[VideoStatus, float], None]]:
    """A progress bar, on a terminal; yields the function that `wait_for_video` calls with each status."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=ERRORS, transient=True, disable=quiet or not ERRORS.is_terminal) as progress:
        task = progress.add_task("waiting", total=None)

        def report(now: VideoStatus, _: float) -> None:
            total = 1.0 if now.progress is not None else None
            progress.update(task, description=_stage(now) or now.status, completed=now.progress or 0.0, total=total)

        yield report


def _when(seconds: int | None) -> str:
    """A time (seconds since 1970) in this computer's time zone."""
    return datetime.datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M") if seconds else ""
