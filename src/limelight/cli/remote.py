"""`limelight submit`, `status`, `wait`, `download`, `list` and `cancel`: videos on a server.

Exit codes: 0 done, 1 the server cannot be reached or refuses, 2 the request is wrong, 3 the video failed, 4 the video
did not finish in time.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from limelight.cli.console import ERRORS, captioned_beside, checked_output, plain, say, subtitles_beside, warn
from limelight.cli.mentions import Mention, Use, by_option, content_type
from limelight.cli.mentions import background as read_background
from limelight.cli.options import Matting, Style
from limelight.cli.render import dimension
from limelight.cli.specfile import names_file, read_spec
from limelight.errors import SpecError

if TYPE_CHECKING:
    from limelight.client import Client, NewVideo, VideoStatus
    from limelight.client.statuses import VideoWarning

_REFUSED, _WRONG, _FAILED, _LATE = 1, 2, 3, 4
#: An upload in a server's message.
_ASSET = re.compile(r"\basset ([0-9a-f]{32})\b")
#: Formats of films, by the extension of their files.
_FILMS = {".mp4": "an MP4", ".webm": "a WebM"}
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
    matting: Matting = False,
    consent: Annotated[
        bool,
        typer.Option("--i-may-use-this-likeness", help="State it of the photos that speak; a server may require it."),
    ] = False,
    voice: Annotated[str | None, typer.Option(help="A voice's id.", show_default="the avatar's own")] = None,
    style: Style = None,
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
    with _client(server, key) as client, _uploads(client, consent=consent) as uploads:
        if spec is not None:
            body = read_spec(spec, uploads.named)
        else:
            ground = read_background(background or "#ffffff", uploads.named)
            scene = _scene(client, script or "", avatar, voice, style, ground)
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
        video = uploads.begin(body)

    def show() -> None:
        warn(one.model_copy(update={"message": uploads.told(one.message)}) for one in video.warnings)
        say(plain(video.video_id))

    _answer(video.model_dump(mode="json"), as_json, show)


def status(video_id: Id, server: Server = None, key: Key = None, as_json: Json = False) -> None:
    """Show how a video stands."""
    with _client(server, key) as client:
        now = client.get_video_status(video_id)
        told = now.model_copy(
            update={
                "warnings": tuple(_told(client, now.warnings)),
                "failure_message": now.failure_message and _with_names(client, now.failure_message),
            }
        )
    _answer(_shown(now), as_json, lambda: _print_status(told))


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
        checked_output(output, *_FILMS)
    with _client(server, key) as client:
        try:
            with _bar(quiet) as on_progress:
                ended = client.wait_for_video(video_id, on_progress, timeout)
        except VideoFailed as error:
            if as_json:
                _answer(_shown(error.status), as_json, lambda: None)
            raise
        files = _downloaded(client, ended, output) if output else []
        warnings = [] if as_json else _told(client, ended.warnings)

    def show() -> None:
        warn(warnings, ended.scenes)
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
    """The files of a video, downloaded: the film to `out`, and what it has of captions beside it.

    Raises SpecError where the film is of another format than its name would say.
    """
    suffix = Path(urlsplit(video.video_url or "").path).suffix.lower()
    if suffix in _FILMS and out.suffix.lower() != suffix:
        raise SpecError(f"output is invalid: {out} does not end in {suffix}, and the video is {_FILMS[suffix]}")
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
        with Client(server, key) as client, _uploads_named(client):
            yield client
    except (ClientError, OSError) as error:
        kind = "failed" if isinstance(error, VideoFailed) else "error"
        text = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        ERRORS.print(f"[bold red]{kind}:[/] {plain(text)}", highlight=False, soft_wrap=True)
        code = next((code for kinds, code in codes if isinstance(error, kinds)), _REFUSED)
        raise typer.Exit(code) from error


@contextmanager
def _uploads_named(client: Client) -> Iterator[None]:
    """Say what uploads are called in the reason why a video failed."""
    from limelight.client import VideoFailed

    try:
        yield
    except VideoFailed as error:
        error.reword(_with_names(client, error.message))
        raise


def _with_names(client: Client, message: str) -> str:
    """A message with what the uploads that it names by their ids are called, where the server says it."""
    from limelight.client import ClientError

    for asset_id in dict.fromkeys(_ASSET.findall(message)):
        with suppress(ClientError):  # HeyGen has no such endpoint, and an upload may be gone
            name = client.get_asset(asset_id).name
            if name and name != asset_id:
                message = message.replace(f"asset {asset_id}", f"{name} (asset {asset_id})")
    return message


def _told(client: Client, warnings: Iterable[VideoWarning]) -> list[VideoWarning]:
    return [one.model_copy(update={"message": _with_names(client, one.message)}) for one in warnings]


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


@contextmanager
def _uploads(client: Client, *, consent: bool) -> Iterator[_Uploads]:
    """Uploads for one video, which are deleted where it is not begun; errors name files by their paths."""
    from limelight.client import ClientError

    uploads = _Uploads(client, consent=consent)
    try:
        yield uploads
    except BaseException as error:
        uploads.forget(error)
        if isinstance(error, ClientError):
            error.reword(uploads.told(error.message))
        raise


class _Uploads:
    """Files of this computer on a server, each uploaded once for each of its uses."""

    def __init__(self, client: Client, *, consent: bool) -> None:
        self._client = client
        self._consent = consent
        self._ids: dict[tuple[Path, Use], str] = {}
        self._named: list[tuple[Mention, str]] = []
        self._asked = False

    def named(self, mention: Mention) -> str:
        """The id of a file's upload. A photo stays on the server as a talking photo, under the file's name."""
        place = mention.path.resolve(), mention.use
        if place not in self._ids:
            self._ids[place] = self._sent(mention)
        self._named.append((mention, self._ids[place]))
        return self._ids[place]

    def begin(self, body: Any) -> NewVideo:
        """Begin the video of a body that names uploads."""
        self._asked = True
        return self._client.begin_video(body)

    def told(self, message: str) -> str:
        """A server's message with files' paths for the ids of their uploads, and with the fields that name them."""
        for mention, id in self._named:
            message = _renamed(message, id, str(mention.path))
            if mention.id_field:
                message = message.replace(mention.id_field, mention.field)
        return message

    def forget(self, error: BaseException) -> None:
        """Delete what was uploaded, unless the video may have begun in spite of this error."""
        from limelight.client import ApiError, ClientError, ServerError, Unreachable

        refused = isinstance(error, ApiError) and not isinstance(error, ServerError)
        if self._asked and not refused:
            return
        kept = [(path, use, id) for (path, use), id in self._ids.items()]
        try:
            while kept and not isinstance(error, Unreachable):
                _, use, id = kept[-1]
                (self._client.delete_talking_photo if use == "photo" else self._client.delete_asset)(id)
                kept.pop()
        except ClientError:  # the error above is the one to report
            pass
        for path, _, id in kept:
            ERRORS.print(
                f"[yellow]warning:[/] {plain(f'{path} stays on the server as {id}')}", highlight=False, soft_wrap=True
            )

    def _sent(self, mention: Mention) -> str:
        from limelight.client import InvalidRequest

        try:
            if mention.use == "photo":
                return self._photo(mention.path, content_type(mention))
            sent = self._client.upload_asset(mention.path, content_type(mention), name=mention.path.name)
            return sent.id
        except InvalidRequest as error:
            what = error.message.removeprefix("file is invalid: ")
            error.reword(mention.problem(what).message)
            raise

    def _photo(self, file: Path, content_type: str | None) -> str:
        kept = self._client.upload_talking_photo(file, content_type, consent=self._consent, name=file.stem)
        if kept.note:
            ERRORS.print(f"{plain(str(file))}: {plain(kept.note)}", highlight=False, soft_wrap=True)
        return kept.talking_photo_id


def _renamed(message: str, asset_id: str, name: str) -> str:
    """A message with a name in place of an upload's id, which may be quoted."""
    return re.sub(rf"(?:asset )?(['\"]?){re.escape(asset_id)}\1", lambda _: name, message)


def _check_photo(photo: str | None, avatar: str | None, matting: bool) -> None:
    """Raise SpecError where the options of a photo do not go together, or its file is none or no picture."""
    if photo is None:
        if matting:
            raise SpecError("matting is invalid: it is of a photo, give --photo too")
        return
    if avatar is not None:
        raise SpecError("photo is invalid: --avatar is given too, only one of them may be")
    if names_file(photo):
        by_option(photo, "photo", "photo")


def _photo(uploads: _Uploads, value: str, style: str | None, matting: bool) -> dict[str, Any]:
    """A request's `character` for a photo: a file, which is uploaded, or the id of one that is there."""
    photo_id = value
    if names_file(value):
        photo_id = uploads.named(Mention(Path(value), "photo", "photo", "video_inputs[0].character.talking_photo_id"))
    return {
        "type": "talking_photo",
        "talking_photo_id": photo_id,
        "talking_photo_style": style or "square",
        "matting": matting,
    }


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
