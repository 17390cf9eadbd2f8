"""Judges the lip sync and acting of a finished film, as an independent tracker sees it: the table of goals.

    python bench/lipsync.py                        renders the demo sentences and judges them
    python bench/lipsync.py --text "Hello." --avatar ID --voice ID --size 640x720
    python bench/lipsync.py --expression happy     acted as a request asks for it, also --talking-style, --emotion
    python bench/lipsync.py --minutes 10           repeats the text to this length, for the drift
    python bench/lipsync.py --audio SPEECH.mp3     a recording instead of a text; --words "What is said in it."
    python bench/lipsync.py --film FILM.mp4        any film with one face
    python bench/lipsync.py --film FILM.mp4 --controls OTHER.mp4     and films that are wrong, made of it

A film's phonemes are read from FILM.phonemes.json beside it, which --keep writes for a rendered one: a list of
[symbol, start, end, stress], in seconds. Where there is no such file they are recognised from the film's sound. Those
of a recording may be given with --phonemes, in its own time: such a list, or what `pocketsphinx -phone_align yes align`
writes. Of English with --words they are aligned.
Exits with 1 where a goal is missed, or a control is not caught. Needs the tracker's environment, see
judges/lips/requirements.txt.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judges.lips import TrackerMissing, judge, track
from judges.lips.controls import controls
from judges.lips.recogniser import ARPABET
from limelight.acting.prosody import prosody_of
from limelight.catalog.avatars import avatar, default_avatar
from limelight.compose.figures import Files
from limelight.errors import LimelightError
from limelight.media.decode import read_sound
from limelight.render import join_scenes, render_scene, speech_of
from limelight.requests.parts import acting_of
from limelight.spec import (
    SAMPLE_RATE_HZ,
    AudioVoice,
    Avatar,
    ColourBackground,
    Scene,
    Source,
    TextVoice,
    VideoSpec,
    samples_per_frame,
)
from limelight.speech.recording import transcribe
from limelight.speech.types import Phoneme, Speech

DEMO = (
    "Hello, and welcome back. Today we will look at how a simple map can help people make better choices. "
    "Five of my favourite examples show why. The quarterly report shows that revenue grew by twelve percent, driven "
    "mostly by new customers in Europe and Asia. However, our costs also went up, so we must be careful about how we "
    "plan the next three months. Thank you for watching, and please let us know what you think!"
)
#: Width and height of rendered films.
SIZE = (480, 540)
#: A scene's script is not longer than this many repetitions of the text.
_PER_SCENE = 8
_MARKS = {True: "ok  ", False: "MISS", None: "  – "}


@dataclass(frozen=True)
class Sound:
    """What is heard in a film."""

    samples: NDArray[np.float32]
    phonemes: tuple[Phoneme, ...]
    #: whether the phonemes are those that were spoken, or recognised
    known: bool


def heard_in(film: Path, phonemes: Path | None = None) -> Sound:
    """A film's sound, with its phonemes from a file where there is one."""
    samples = judge.sound_of(film)
    path = phonemes or film.with_suffix(".phonemes.json")
    if phonemes or path.is_file():
        return Sound(samples, read_phonemes(path), True)
    return Sound(samples, judge.recognised(samples), False)


def phonemes_of(spec: VideoSpec) -> tuple[Phoneme, ...]:
    """What is heard when in the film of a spec: the speech that was rendered, each scene padded to whole frames."""
    parts = []
    for scene in spec.scenes:
        speech = speech_of(scene.voice, {})
        heard = Speech(speech.samples, prosody_of(speech).phonemes)
        frame = samples_per_frame(spec.fps)
        frames = max(1, -(-len(speech.samples) // frame))
        parts += [heard, Speech(np.zeros(frames * frame - len(speech.samples), np.float32))]
    return Speech.join(parts).phonemes


def render(spec: VideoSpec, out: Path, files: Files = MappingProxyType({})) -> None:
    """The film of a spec; beside it the phonemes that were spoken, if all were."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        segments = [render_scene(spec, i, folder, files, lambda _: None) for i in range(len(spec.scenes))]
        out.write_bytes(join_scenes(spec, segments, folder, lambda _: None).video.read_bytes())
    if all(isinstance(s.voice, TextVoice) for s in spec.scenes):
        _write_phonemes(phonemes_of(spec), out)


def render_recording(spec: VideoSpec, recording: Path, phonemes: Path | None, words: str, out: Path) -> None:
    """The film of a recording; beside it its phonemes, if they or its words are given.

    They are moved by the silence that is put before it.
    """
    source = Source(asset_id="recording")
    scene = spec.scenes[0].model_copy(update={"voice": AudioVoice(source=source)})
    render(spec.model_copy(update={"scenes": (scene,)}), out, {source.key: recording})
    out.with_suffix(".phonemes.json").unlink(missing_ok=True)
    if phonemes or words:
        samples = read_sound(recording)
        said = read_phonemes(phonemes) if phonemes else judge.aligned(samples, words)
        before = int(np.flatnonzero(transcribe(samples).samples)[0]) - int(np.flatnonzero(samples)[0])
        shift_s = before / SAMPLE_RATE_HZ
        known = [replace(p, start_s=p.start_s + shift_s, end_s=p.end_s + shift_s) for p in said]
        _write_phonemes(known, out)


def read_phonemes(path: Path) -> tuple[Phoneme, ...]:
    """A list as `render` writes it, or an alignment by pocketsphinx."""
    written = json.loads(path.read_text())
    if isinstance(written, list):
        return tuple(Phoneme(*row) for row in written)
    return tuple(
        Phoneme(ARPABET[phone["t"]], phone["b"], phone["b"] + phone["d"])
        for word in written["w"]
        for phone in word["w"]
        if phone["t"] in ARPABET
    )


def _write_phonemes(phonemes: Sequence[Phoneme], film: Path) -> None:
    rows = [[p.symbol, round(p.start_s, 4), round(p.end_s, 4), p.stress] for p in phonemes]
    film.with_suffix(".phonemes.json").write_text(json.dumps(rows, ensure_ascii=False))


def judged(film: Path, phonemes: Path | None = None) -> tuple[list[judge.Row], Sound]:
    """A film's rows, and what is heard in it."""
    sound = heard_in(film, phonemes)
    return judge.judge(track(film), sound.samples, sound.phonemes, known=sound.known), sound


def judge_controls(film: Path, sound: Sound, other: Sound) -> list[tuple[str, list[judge.Row]]]:
    """Every control's name and rows."""
    with tempfile.TemporaryDirectory() as folder:
        made = controls(film, track(film), sound.samples, sound.phonemes, (other.samples, other.phonemes), Path(folder))
        known = sound.known and other.known
        return [(c.name, judge.judge(track(c.film), judge.sound_of(c.film), c.phonemes, known=known)) for c in made]


def _spec(args: argparse.Namespace) -> VideoSpec:
    entry = avatar(args.avatar) if args.avatar else default_avatar()
    width, height = (int(x) for x in args.size.split("x"))
    # About 15 characters are spoken in a second.
    times = max(1, round(args.minutes * 60 * 15 / len(args.text))) if args.minutes else 1
    scripts = [" ".join([args.text] * min(_PER_SCENE, times - done)) for done in range(0, times, _PER_SCENE)]
    scenes = tuple(
        Scene(
            character=Avatar(avatar_id=entry.avatar_id),
            voice=TextVoice(voice_id=args.voice or entry.default_voice_id, script=script),
            acting=acting_of(args.talking_style, args.expression, args.emotion),
            background=ColourBackground(colour="#e8ecf2"),
        )
        for script in scripts
    )
    return VideoSpec(scenes=scenes, width=width, height=height)


def _print(rows: Sequence[judge.Row]) -> None:
    for row in rows:
        goal = f"goal {row.goal}" if row.goal else ""
        print(f"{_MARKS[row.met]}  {row.what:30}{row.measured:40}{goal}".rstrip())


def written(rows: Sequence[judge.Row], sound: Sound) -> dict[str, Any]:
    """For programs: every number, and what was missed."""
    return {
        **_numbers(rows),
        "phonemes_known": sound.known,
        "seconds": round(len(sound.samples) / SAMPLE_RATE_HZ, 2),
    }


def _numbers(rows: Sequence[judge.Row]) -> dict[str, Any]:
    numbers = {name: round(float(value), 4) for row in rows for name, value in row.numbers.items()}
    return {**numbers, "missed": [row.what for row in rows if row.met is False]}


def main() -> int:
    """Judge, print the table; 1 where a goal is missed or a control is not caught."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--film", type=Path, help="judge this film instead of rendering one")
    parser.add_argument("--phonemes", type=Path, help="the film's, if not in FILM.phonemes.json; or the recording's")
    parser.add_argument("--controls", type=Path, metavar="OTHER", help="a film with another sound: judge controls too")
    parser.add_argument("--json", type=Path, help="write what was measured here")
    parser.add_argument("--audio", type=Path, help="a recording to speak instead of a text")
    parser.add_argument("--words", default="", help="what is said in the recording, in English")
    parser.add_argument("--text", default=DEMO)
    parser.add_argument("--avatar", default="")
    parser.add_argument("--voice", default="")
    parser.add_argument("--talking-style")
    parser.add_argument("--expression")
    parser.add_argument("--emotion")
    parser.add_argument("--size", default="{}x{}".format(*SIZE))
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--keep", type=Path, help="keep the rendered film here, and its phonemes beside it")
    args = parser.parse_args()
    caught: list[tuple[str, list[judge.Row]]] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            film = args.film or args.keep or Path(folder) / "film.mp4"
            if args.audio:
                render_recording(_spec(args), args.audio, args.phonemes, args.words, film)
            elif args.film is None:
                render(_spec(args), film)
            rows, sound = judged(film, None if args.audio else args.phonemes)
            if args.controls:
                caught = judge_controls(film, sound, heard_in(args.controls))
    except (LimelightError, TrackerMissing, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print("phonemes: " + ("as spoken" if sound.known else "recognised from the sound; rows marked – are indicative"))
    _print(rows)
    for name, wrong in caught:
        missed = [f"{row.what} ({row.measured.strip()})" for row in wrong if row.met is False]
        print(f"\n{name}: " + ("caught by" if missed else "NOT CAUGHT"))
        print("\n".join(f"  {m}" for m in missed))
    if args.json:
        numbers = written(rows, sound)
        if caught:
            numbers["controls"] = {name: _numbers(wrong) for name, wrong in caught}
        args.json.write_text(json.dumps(numbers, indent=2, ensure_ascii=False) + "\n")
    passed = all(row.met is not False for row in rows)
    return 0 if passed and all(any(row.met is False for row in wrong) for _, wrong in caught) else 1


if __name__ == "__main__":
    raise SystemExit(main())
