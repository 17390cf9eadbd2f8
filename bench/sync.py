"""Lip sync of a finished film, as an independent tracker sees it: the table of goals.

    python bench/sync.py                        renders the demo sentences and measures them
    python bench/sync.py --text "Hello." --avatar ID --voice ID --size 640x720
    python bench/sync.py --film FILM.mp4        an own film; without its phonemes only what needs none
    python bench/sync.py --minutes 10           repeats the text to this length, for the drift

Needs the tracker's environment, see tests/landmarks/requirements.txt.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from landmarks import Track, TrackerMissing, measure, track
from limelight.acting.prosody import listen
from limelight.catalog.avatars import avatars, default_avatar
from limelight.errors import LimelightError
from limelight.render import join_scenes, render_scene, speech_of
from limelight.spec import (
    SAMPLE_RATE_HZ,
    Avatar,
    ColourBackground,
    Scene,
    TextVoice,
    VideoSpec,
    samples_per_frame,
)
from limelight.speech.types import Phoneme, Speech

DEMO = (
    "Hello, and welcome back. Today we will look at how a simple map can help people make better choices. "
    "Five of my favourite examples show why. The quarterly report shows that revenue grew by twelve percent, driven "
    "mostly by new customers in Europe and Asia. However, our costs also went up, so we must be careful about how we "
    "plan the next three months. Thank you for watching, and please let us know what you think!"
)
#: A scene's script is not longer than this many repetitions of the text.
_PER_SCENE = 8


def phonemes_of(spec: VideoSpec) -> tuple[Phoneme, ...]:
    """What is heard when in the film of a spec: the speech that was rendered, each scene padded to whole frames."""
    parts = []
    for scene in spec.scenes:
        speech = speech_of(scene.voice, {})
        heard = Speech(speech.samples, listen(speech).phonemes)
        frame = samples_per_frame(spec.fps)
        frames = max(1, -(-len(speech.samples) // frame))
        parts += [heard, Speech(np.zeros(frames * frame - len(speech.samples), np.float32))]
    return Speech.join(parts).phonemes


def sound_of(film: Path) -> NDArray[np.float32]:
    """Mono, 48 kHz, from the film's own decoded sound track."""
    with av.open(str(film)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=SAMPLE_RATE_HZ)
        blocks = [f.to_ndarray()[0] for frame in container.decode(audio=0) for f in resampler.resample(frame)]
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def report(seen: Track, sound: NDArray[np.float32], phonemes: tuple[Phoneme, ...]) -> list[tuple[str, str, str, bool]]:
    """Rows of what, measured, goal, met."""
    n, fps = len(seen), seen.fps
    lips = measure.aperture(seen)
    minutes = n / fps / 60
    faces = measure.faces_in_every_frame(seen)
    loudness = measure.loudness(sound, SAMPLE_RATE_HZ, n, fps)
    heard_ms = 1000 * measure.lips_ahead_s(lips, loudness, fps)[0]
    loud_drift_ms = 1000 * measure.drift_s(lips, loudness, fps, 40.0)
    rows = [
        ("a face in every frame", str(faces), "100 %", faces.good == faces.all),
        ("lips ahead of the sound's loudness", f"{heard_ms:+.0f} ms", "within 80 ms", abs(heard_ms) <= 80),
        ("drift against the loudness", f"{loud_drift_ms:+.0f} ms", "within 40 ms", abs(loud_drift_ms) <= 40),
    ]
    if phonemes:
        expected = measure.expected_opening(phonemes, n, fps)
        lead, likeness = measure.lips_ahead_s(lips, expected, fps)
        drift = measure.drift_s(lips, expected, fps)
        closures, unclosed = measure.closures(seen, phonemes)
        teeth, untouched = measure.labiodentals(seen, phonemes)
        opening, _ = measure.order_of_opening(seen, phonemes)
        width, _ = measure.order_of_width(seen, phonemes)
        below = measure.bilabials_under_open_vowels(seen, phonemes)
        still = measure.silence(seen, phonemes)
        level = measure.open_level(seen, phonemes)
        repeated = measure.repeated_frames(seen, phonemes)
        rows += [
            (
                "lips ahead of the phonemes",
                f"{1000 * lead:+.0f} ms (r {likeness:.2f})",
                "within 40 ms",
                abs(lead) <= 0.04,
            ),
            ("drift over the film", f"{1000 * drift:+.0f} ms", "within 40 ms", abs(drift) <= 0.04),
            ("p b m closed", f"{closures} {_names(unclosed)}", "98 %", closures.part >= 0.98),
            ("f v at the teeth", f"{teeth} {_names(untouched)}", "95 %", teeth.part >= 0.95),
            ("order of opening", str(opening), "95 %", opening.part >= 0.95),
            ("p b m under open vowels", str(below), "95 %", below.part >= 0.95),
            ("rounded narrower than spread", str(width), "95 %", width.part >= 0.95),
            (
                "lips in silence",
                f"{still.aperture:.3f} ± {still.restless:.3f} (open vowels {level:.3f})",
                "under 0.06, still",
                still.aperture < 0.06 and still.restless < 0.025,
            ),
            ("repeated frames in speech", str(repeated), "0", repeated == 0),
        ]
    blinks = measure.blinks(seen)
    lengths = [length for _, length in blinks]
    rate = len(blinks) / minutes
    spread = f"{1000 * min(lengths):.0f} to {1000 * max(lengths):.0f} ms" if lengths else "none"
    few = minutes < 0.75  # too short to tell a rate
    rows += [
        ("blinks a minute", f"{rate:.1f}, {spread}", "10 to 25", few or 10 <= rate <= 25),
        (
            "farthest jump of the head",
            f"{measure.largest_jump(seen):.3f} eye distances",
            "0.06",
            measure.largest_jump(seen) < 0.06,
        ),
    ]
    return rows


def _names(missed: list[Phoneme]) -> str:
    return "missed " + ", ".join(f"{p.symbol} at {p.start_s:.2f} s" for p in missed[:8]) if missed else ""


def _spec(args: argparse.Namespace) -> VideoSpec:
    entry = next((a for a in avatars() if a.avatar_id == args.avatar), default_avatar())
    width, height = (int(x) for x in args.size.split("x"))
    # About 15 characters are spoken in a second.
    times = max(1, round(args.minutes * 60 * 15 / len(args.text))) if args.minutes else 1
    scripts = [" ".join([args.text] * min(_PER_SCENE, times - done)) for done in range(0, times, _PER_SCENE)]
    scenes = tuple(
        Scene(
            character=Avatar(avatar_id=entry.avatar_id),
            voice=TextVoice(voice_id=args.voice or entry.default_voice_id, script=script),
            background=ColourBackground(colour="#e8ecf2"),
        )
        for script in scripts
    )
    return VideoSpec(scenes=scenes, width=width, height=height)


def main() -> int:
    """Measure, print the table; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--film", type=Path, help="measure this film instead of rendering one")
    parser.add_argument("--text", default=DEMO)
    parser.add_argument("--avatar", default="")
    parser.add_argument("--voice", default="")
    parser.add_argument("--size", default="640x720")
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--keep", type=Path, help="keep the rendered film here")
    args = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            phonemes: tuple[Phoneme, ...] = ()
            film = args.film
            if film is None:
                spec = _spec(args)
                segments = [render_scene(spec, i, Path(folder), {}, lambda _: None) for i in range(len(spec.scenes))]
                film = join_scenes(spec, segments, Path(folder), lambda _: None).video
                phonemes = phonemes_of(spec)
                if args.keep:
                    args.keep.write_bytes(film.read_bytes())
            rows = report(track(film), sound_of(film), phonemes)
    except (LimelightError, TrackerMissing) as error:
        print(error, file=sys.stderr)
        return 2
    for what, measured, goal, met in rows:
        print(f"{'ok  ' if met else 'MISS'}  {what:36}{measured:48}goal {goal}")
    return 0 if all(met for *_, met in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
