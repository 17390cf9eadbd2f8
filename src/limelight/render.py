"""The pipeline in one place: spec → speech → acting → picture → film, scene by scene.

`render_scene` is one resumable step: it needs nothing but the spec and the user's files, and writes one segment, with
a captioned copy where that is wanted. `caption_scene` makes the copy of a segment that was kept without it, and
`join_scenes` joins the segments to a film. The command line calls them in order in one process; `jobs` runs each as a
durable step in a process of its own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from limelight import memory
from limelight.acting.act import act
from limelight.acting.manner import manner_of
from limelight.acting.performance import INDEX, Performance
from limelight.captions import draw, subtitles
from limelight.captions.burn import burn, captioned_copy
from limelight.captions.cues import Cue
from limelight.catalog.voices import voice
from limelight.compose.background import frames_needed, open_background
from limelight.compose.figures import Files, open_figure, photo_rig, read_further
from limelight.compose.figures import forget_files as forget_files
from limelight.compose.scene import ScenePicture
from limelight.compose.yuv import Planes
from limelight.errors import MediaError, PhotoError, SpecError, about
from limelight.media import film, sound, stills
from limelight.media.credentials import Credentials, sign
from limelight.media.decode import read_image, read_sound, sound_of_film
from limelight.puppet.photo import Gave, cut_out, find_portrait
from limelight.puppet.photo.portrait import Portrait
from limelight.results import Film, Further, Layer, Progress, Report, Seen, Segment, growing_name
from limelight.spec import (
    ROLES,
    AudioVoice,
    FilmVoice,
    SilentVoice,
    TextVoice,
    VideoSpec,
    Voice,
    samples_per_frame,
    scene_seed,
)
from limelight.speech.recording import transcribe
from limelight.speech.saying import answer, saying
from limelight.speech.script import read_script
from limelight.speech.speak import speak
from limelight.speech.types import Speech, Word

#: A blink's weight up to which the eyes look open.
_EYES_OPEN = 0.15
#: The frame of the thumbnail: before the first word, so the face is at rest with open eyes.
_THUMBNAIL_FRAME = 2


def render_scene(spec: VideoSpec, index: int, folder: Path, files: Files, report: Report) -> Segment:
    """Render scene `index`, counted from 0, into `folder`, which exists, with the user's files that the scene names.

    Raises LimelightError with the stage that failed.
    """
    scene, scenes = spec.scenes[index], len(spec.scenes)
    speech, performance = _acted(spec, index, files, report)
    frames = len(performance)
    video = (folder / growing_name(index)).with_suffix(f".{spec.container}")
    segment = Segment(video, video.with_suffix(".npy"), video.with_suffix(".json"), frames)
    sound.write(speech.samples, frames * samples_per_frame(spec.fps), _volume_of(scene.voice), segment.sound)
    words = speech.words
    del speech  # its sound is on disk
    memory.give_back()  # a voice needs much for a moment
    report(Progress("picture", index, scenes, 0, frames))
    segment = _write_picture(
        spec, index, files, performance, words, segment, lambda i: report(Progress("picture", index, scenes, i, frames))
    )
    memory.give_back()
    return segment


def _acted(spec: VideoSpec, index: int, files: Files, report: Report) -> tuple[Speech, Performance]:
    """What is said in a scene, and how it is acted; a scene has as many frames as its performance."""
    scene, scenes = spec.scenes[index], len(spec.scenes)
    report(Progress("speech", index, scenes))
    speech = speech_of(scene.voice, files)
    report(Progress("acting", index, scenes))
    frames = max(1, -(-len(speech.samples) // samples_per_frame(spec.fps)))
    all_of_film = frames_needed(scene.background, files, spec.fps)
    # A film ends with its picture: its sound is padded to whole blocks of its codec.
    frames = all_of_film if isinstance(scene.voice, FilmVoice) else max(frames, all_of_film)
    return speech, act(speech, scene_seed(spec, index), frames, spec.fps, manner_of(scene.acting))


def still_of_scene(spec: VideoSpec, index: int, at_s: float | None, files: Files, out: Path, report: Report) -> float:
    """Write one frame of scene `index` of an MP4, counted from 0, to `out` as a PNG; gives its time in the scene, s.

    It is as the film has it before coding, without captions. `at_s` None is the middle of the scene, or the nearest
    moment to it at which the eyes are open. Raises SpecError for a time that the scene does not have, and as
    `render_scene`.
    """
    scene, (_, performance) = spec.scenes[index], _acted(spec, index, files, report)
    frames = len(performance)
    at_frames = _telling_frame(performance) if at_s is None else at_s * spec.fps + 1e-6
    if not 0 <= at_frames < frames:
        problem = f"{at_s:g} s is not within the scene, which lasts {frames / spec.fps:.2f} s"
        raise SpecError(f"at is invalid: {problem}")
    i = math.floor(at_frames)
    report(Progress("picture", index, len(spec.scenes), 0, 1))
    size = spec.width, spec.height
    figure = open_figure(scene.character, files, size)
    with open_background(scene.background, files, *size, spec.fps, frames) as background:
        picture = ScenePicture(spec, scene, figure, background)
        for frame in sorted({0, i}):  # what stands still is drawn with the first
            planes = picture.frame(performance, frame)
    assert isinstance(planes, Planes)
    stills.png(planes.rgb(), out)
    return i / spec.fps


def _telling_frame(performance: Performance) -> int:
    """The frame nearest to the middle in which the eyes are open; the middle one where there is none."""
    closed = performance.weights[:, [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]].max(axis=1)
    middle = len(performance) // 2
    away = np.abs(np.arange(len(performance)) - middle) + np.where(closed > _EYES_OPEN, len(performance), 0)
    return int(np.argmin(away))


def caption_scene(spec: VideoSpec, index: int, segment: Segment, folder: Path, report: Report) -> Segment:
    """The segment with a captioned copy of its video in `folder`; itself where it has one or there is nothing to draw.

    Raises MediaError where the video cannot be read or the copy cannot be written.
    """
    cues = _drawn_cues(spec, segment)
    if segment.captioned or spec.captions is None or not cues:
        return segment
    report(Progress("captions", index, len(spec.scenes)))
    out = _captioned_in(folder, index)
    burn(segment.video, cues, spec.captions, out)
    memory.give_back()
    return replace(segment, captioned=out)


def join_scenes(
    spec: VideoSpec,
    segments: Sequence[Segment],
    folder: Path,
    report: Report,
    credentials: Credentials | None = None,
) -> Film:
    """Join rendered scenes to a film in `folder`, with its thumbnail, preview GIF, captioned copy and subtitle files.

    `credentials`, if given, sign an MP4. Raises MediaError where a segment cannot be read, the joined film has another
    number of frames than its segments, thumbnail or GIF cannot be made, or the film cannot be signed.
    """
    report(Progress("film", len(spec.scenes) - 1, len(spec.scenes)))
    video, thumbnail, gif = (folder / name for name in (f"film.{spec.container}", "thumbnail.jpg", "preview.gif"))
    frames = _join(spec, [s.video for s in segments], segments, video, credentials)
    stills.thumbnail(video, min(_THUMBNAIL_FRAME, frames - 1), thumbnail)
    stills.gif(video, spec.fps, gif)
    done = Film(video, thumbnail, gif, frames, round(frames / spec.fps, 3))
    if any(s.captioned for s in segments):
        captioned = folder / f"captioned.{spec.container}"
        _join(spec, [s.captioned or s.video for s in segments], segments, captioned, credentials)
        done = replace(done, captioned=captioned)
    return replace(done, subtitles=_write_subtitles(spec, segments, folder))


def check_portrait(path: Path) -> Seen:
    """What a user's picture shows. Raises MediaError, and PhotoError where no face in it can speak."""
    notes: list[str] = []
    seen = _seen_in(find_portrait(read_image(path, alpha=True, note=notes.append)))
    return replace(seen, cut_off=bool(notes))


def check_further(path: Path, more: Sequence[Path]) -> list[Further]:
    """What each further picture of a person gives to the rig of the first, which is at `path`.

    Raises MediaError and PhotoError where the first cannot be used; a further one that cannot is only left out.
    """
    made = photo_rig([path, *more])
    return [
        Further(gave.parts, gave.left_out and gave.left_out.removesuffix("."), _alone(file))
        for file, gave in zip(more, made.gave, strict=True)
    ]


def remove_background(path: Path, layers: Sequence[Layer], folder: Path) -> dict[Layer, Path]:
    """Write PNGs of layers of a user's picture to `folder`, each in the picture's size; gives them by layer.

    `foreground` is whom its largest face belongs to, `mask` their alpha, in grey. Raises MediaError, and PhotoError
    where the picture has no face.
    """
    person = cut_out(read_image(path, alpha=True))
    drawn: dict[Layer, Any] = {"foreground": person, "mask": person[..., 3]}
    files: dict[Layer, Path] = {layer: folder / f"{layer}.png" for layer in layers}
    for layer, file in files.items():
        stills.png(drawn[layer], file)
    return files


def say_script(what: TextVoice, spoken: Path | None) -> dict[str, Any]:
    """How a script is read, as `speech.saying.answer` gives it.

    If `spoken` is given, the script is spoken into it: .npy, float32 (samples,), mono, 48 kHz. Raises SpeechError and
    ScriptInvalid.
    """
    script = read_script(what.script, limit=max(len(what.script), 1))
    said = saying(script, what.words, british=voice(what.voice_id).speaker.is_british)
    speech = speech_of(what, {}) if spoken else None
    if spoken and speech:
        sound.write(speech.samples, len(speech.samples), 1.0, spoken)
    return answer(said, speech)


def speech_of(what: Voice, files: Files) -> Speech:
    """The sound and the words of a scene's voice. Raises SpeechError, ScriptInvalid, and MediaError for a recording."""
    if isinstance(what, SilentVoice):
        return Speech.silence(what.duration_s)
    if isinstance(what, AudioVoice):
        with about(ROLES["audio"], what.source.shown):
            samples = [read_sound(files[what.source.key])]
        return transcribe(samples.pop())  # which lets go of it
    if isinstance(what, FilmVoice):
        with about(ROLES["video"], what.source.shown):
            return Speech(sound_of_film(files[what.source.key]))
    return speak(what.script, voice(what.voice_id).speaker, what.speed, what.pitch, words=what.words)


def _volume_of(what: Voice) -> float:
    return 0.0 if isinstance(what, SilentVoice) else what.volume


def _write_picture(
    spec: VideoSpec,
    index: int,
    files: Files,
    performance: Performance,
    words: Sequence[Word],
    segment: Segment,
    done: Callable[[int], None],
) -> Segment:
    """Write the scene's picture, with its sound for who watches it grow; and its captioned copy beside it."""
    scene, frames = spec.scenes[index], len(performance)
    size = spec.width, spec.height
    figure = open_figure(scene.character, files, size)
    with ExitStack() as open_:
        open_.enter_context(_on_one_thread())
        background = None
        if spec.container != "webm":
            background = open_.enter_context(open_background(scene.background, files, *size, spec.fps, frames))
        picture = ScenePicture(spec, scene, figure, background)
        _write_words(words, draw.Taken(picture.speaker, picture.texts, picture.face), segment.words)
        take = None
        if spec.captions and (cues := _drawn_cues(spec, segment)):
            segment = replace(segment, captioned=(out := _captioned_in(segment.video.parent, index)))
            take = open_.enter_context(captioned_copy(out, cues, spec.captions, *size, spec.fps))
        writer = open_.enter_context(
            film.SegmentWriter(segment.video, *size, spec.fps, spec.container, segment.sound, take)
        )
        for i in range(frames):
            writer.write(*picture.frame(performance, i).all())
            done(i + 1)
    return segment


def _write_words(words: Sequence[Word], taken: draw.Taken, path: Path) -> None:
    said = [[w.text, w.start_s, w.end_s] for w in words]
    path.write_text(json.dumps({"words": said, **asdict(taken)}))


@contextmanager
def _on_one_thread() -> Iterator[None]:
    """Let OpenCV work on one thread: a frame's parts are small, and the other cores have the encoder."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def _join(
    spec: VideoSpec, videos: list[Path], segments: Sequence[Segment], out: Path, credentials: Credentials | None
) -> int:
    frames = film.join(videos, [s.sound for s in segments], spec.fps, out, container=spec.container, title=spec.title)
    if frames != sum(s.frames for s in segments):
        raise MediaError(f"the film has {frames} frames instead of {sum(s.frames for s in segments)}.")
    if credentials is not None and spec.container == "mp4":
        sign(out, spec.title, credentials)
    return frames


def _captioned_in(folder: Path, index: int) -> Path:
    return folder / f"scene-{index:03d}-captioned.mp4"


def _drawn_cues(spec: VideoSpec, segment: Segment) -> list[Cue]:
    """The captions that are drawn on a scene: none on a WebM."""
    wanted = spec.captions is not None and spec.captions.burn_in and spec.container == "mp4"
    return _cues(spec, segment) if wanted else []


def _cues(spec: VideoSpec, segment: Segment) -> list[Cue]:
    if spec.captions is None:
        return []
    told = json.loads(segment.words.read_text())
    if isinstance(told, list):  # of a film that an earlier version began
        told = {"words": told, "speaker": None, "texts": []}
    words = [Word(*word) for word in told["words"]]
    taken = draw.Taken(told["speaker"], told["texts"], told.get("face"))
    return draw.lay_out(words, spec.captions, spec.width, spec.height, segment.frames / spec.fps, taken)


def _write_subtitles(spec: VideoSpec, segments: Sequence[Segment], folder: Path) -> dict[str, Path]:
    """Write SRT, WebVTT and ASS of the whole film; gives the files by format.

    Writes none where captions are not wanted or nothing is said.
    """
    cues: list[Cue] = []
    before = 0
    for segment in segments:
        cues += subtitles.shifted(_cues(spec, segment), before / spec.fps)
        before += segment.frames
    if spec.captions is None or not cues:
        return {}
    texts = {
        "srt": subtitles.srt(cues),
        "vtt": subtitles.vtt(cues),
        "ass": subtitles.ass(cues, spec.width, spec.height, spec.captions),
    }
    files = {kind: folder / f"film.{kind}" for kind in texts}
    for kind, text in texts.items():
        files[kind].write_text(text, "utf-8")
    return files


def _seen_in(portrait: Portrait) -> Seen:
    return Seen(portrait.faces, portrait.wide_open)


def _alone(file: Path) -> Seen | None:
    """What a further picture shows; None where it cannot speak alone."""
    picture = read_further(file)
    try:
        return None if isinstance(picture, Gave) else _seen_in(find_portrait(picture))
    except PhotoError:
        return None
