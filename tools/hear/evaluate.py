"""Judges phoneme recognition on recordings of people: Limelight's recogniser and pocketsphinx's phone loop.

`python tools/hear/evaluate.py SET…`, each a folder of recordings. `NAME.txt` is the transcript of `NAME.wav`; where it
is missing, Whisper writes one (`--language`). pocketsphinx aligns English to its words by a dictionary, which gives
reference phones; a recording that does not fit as a whole is cut at the pauses that Whisper finds. `--exact` takes
files of `speech.py` instead, whose times are known. For other languages, letters stand in for bilabials and loudness
for the opening.
"""

from __future__ import annotations

import argparse
import re
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from judges import whisper
from judges.lips import recogniser
from judges.lips.measure import expected_opening, lips_ahead_s, loudness
from limelight.media.decode import read_sound
from limelight.spec import SAMPLE_RATE_HZ
from limelight.speech import audio, recording
from limelight.speech.types import Phoneme

RATE_HZ = 16_000
FPS = 100.0
NEAR_S = 0.060
#: Pieces of English end at pauses of at least this length; at a comma where they would get longer than the second.
PAUSE_S, LONG_S = 0.25, 6.0
VOWELS = frozenset("iɪᵻuʊyʏeɛɜɝɚøœoɔɤʌɐəɘᵊæaɑɒAIWOQY")
Sound = NDArray[np.float32]


def by_product(sound: Sound) -> list[Phoneme]:
    """What Limelight recognises in 48 kHz sound."""
    return list(recording.phonemes_in(sound))


def by_pocketsphinx(sound: Sound) -> list[Phoneme]:
    """What pocketsphinx recognises in 48 kHz sound, without knowing the words."""
    return recogniser.phones(audio.resample(sound, SAMPLE_RATE_HZ, RATE_HZ))


RECOGNISERS: dict[str, Callable[[Sound], list[Phoneme]]] = {"limelight": by_product, "pocketsphinx": by_pocketsphinx}


@dataclass
class Tally:
    """Sums over a set's recordings."""

    seconds: float = 0.0
    cost_s: float = 0.0
    bilabials: int = 0
    bilabials_found: int = 0
    said_closed: int = 0
    closed: int = 0
    labiodentals: int = 0
    labiodentals_found: int = 0
    frames: int = 0
    frames_alike: int = 0
    silent: int = 0
    silent_alike: int = 0
    letters: int = 0
    ahead_ms: list[float] = field(default_factory=list)
    alike: list[float] = field(default_factory=list)
    starts_ms: list[float] = field(default_factory=list)
    ends_ms: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, name: str, said: Sequence[Phoneme], found: Sequence[Phoneme], seconds: float) -> None:
        """Add a recording with known phones, `said`."""
        self._contacts(name, said, found)
        n = int(seconds * FPS)
        a, b = kinds(said, n), kinds(found, n)
        speech = a > 0
        self.frames += int(speech.sum())
        self.frames_alike += int((a == b)[speech].sum())
        self.silent += int((~speech).sum())
        self.silent_alike += int((b == 0)[~speech].sum())
        opening = [expected_opening(p, n, FPS) for p in (found, said)]
        if opening[0].std() > 0 and opening[1].std() > 0:
            ahead_s, alike = lips_ahead_s(opening[0], opening[1], FPS, 0.2)
            self.ahead_ms.append(1000 * ahead_s)
            self.alike.append(alike)

    def _contacts(self, name: str, said: Sequence[Phoneme], found: Sequence[Phoneme]) -> None:
        closed = [p for p in found if p.symbol in "pbm"]
        wanted = [p for p in said if p.symbol in "pbm"]
        near = [min(closed, key=lambda q: abs(mid(q) - mid(p)), default=None) for p in wanted]
        for p, q in zip(wanted, near, strict=True):
            self.bilabials += 1
            if q and meets(p, q):
                self.bilabials_found += 1
                self.starts_ms.append(1000 * (q.start_s - p.start_s))
                self.ends_ms.append(1000 * (q.end_s - p.end_s))
            else:
                at = [q.symbol for q in found if q.start_s < p.end_s and q.end_s > p.start_s]
                self.missed.append(f"{name} {p.symbol} {p.start_s:.2f} as {''.join(at) or '-'}")
        self.closed += len(closed)
        self.said_closed += sum(any(meets(p, q) for p in wanted) for q in closed)
        teeth = [q for q in found if q.symbol in "fv"]
        for p in (p for p in said if p.symbol in "fv"):
            self.labiodentals += 1
            self.labiodentals_found += any(meets(p, q) for q in teeth)

    def add_unknown(self, text: str, found: Sequence[Phoneme], sound: Sound) -> None:
        """Add a recording in another language: letters stand in for closures, loudness for the opening."""
        n = int(len(sound) / SAMPLE_RATE_HZ * FPS)
        self.letters += bilabial_letters(text)
        self.closed += sum(p.symbol in "pbm" for p in found)
        opening = expected_opening(found, n, FPS)
        if opening.std() > 0:
            ahead_s, alike = lips_ahead_s(opening, loudness(sound, SAMPLE_RATE_HZ, n, FPS), FPS, 0.2)
            self.ahead_ms.append(1000 * ahead_s)
            self.alike.append(alike)

    def __str__(self) -> str:
        def share(good: int, all_: int) -> str:
            return f"{100 * good / all_:.1f} % of {all_}" if all_ else "–"

        def middle(values: list[float]) -> str:
            return f"{np.median(values):+.0f}" if values else "–"

        out = [f"{self.seconds:.0f} s, {self.cost_s / max(self.seconds, 1e-9):.3f} s a second"]
        if self.bilabials:
            silence = share(self.silent_alike, self.silent)
            out += [
                f"p b m {share(self.bilabials_found, self.bilabials)}, right {share(self.said_closed, self.closed)}",
                f"f v {share(self.labiodentals_found, self.labiodentals)}",
                f"closures' starts {middle(self.starts_ms)} ms, ends {middle(self.ends_ms)} ms",
                f"vowel or consonant {share(self.frames_alike, self.frames)}, silence {silence}",
            ]
        elif self.letters:
            out.append(f"p b m found {self.closed}, letters {self.letters}")
        if self.ahead_ms:
            worst = max(self.ahead_ms, key=abs)
            out.append(f"ahead {middle(self.ahead_ms)} ms, worst {worst:+.0f}, r {np.median(self.alike):.2f}")
        return "; ".join(out)


def mid(p: Phoneme) -> float:
    """A phoneme's middle, seconds."""
    return (p.start_s + p.end_s) / 2


def meets(p: Phoneme, q: Phoneme) -> bool:
    """Whether two phonemes overlap or their middles are near."""
    return abs(mid(p) - mid(q)) < NEAR_S or min(p.end_s, q.end_s) - max(p.start_s, q.start_s) > 0.015


def kinds(phonemes: Sequence[Phoneme], frames: int) -> NDArray[np.int64]:
    """int64 (frames,): 0 for silence, 1 for a consonant, 2 for a vowel."""
    out = np.zeros(frames, np.int64)
    for p in phonemes:
        out[round(p.start_s * FPS) : round(p.end_s * FPS)] = 2 if p.symbol in VOWELS else 1
    return out


def bilabial_letters(text: str) -> int:
    """The number of letters for p b m, roughly: silent ones count, doubled ones count once."""
    plain = unicodedata.normalize("NFD", text.lower())
    return len(re.findall(r"p+(?!h)|b+|m+|п+|б+|м+", plain))


def aligned(levelled: Sound, text: str) -> Iterator[tuple[Sound, list[Phoneme]]]:
    """English sound at 48 kHz with its phones, as a whole or, where the words do not fit, in pieces cut at pauses."""
    sound = audio.resample(levelled, SAMPLE_RATE_HZ, RATE_HZ)
    if said := recogniser.aligned(sound, text):
        yield levelled, said
        return
    groups: list[list[whisper.HeardWord]] = []
    for word in whisper.heard(sound, RATE_HZ, timed=True):
        if (
            not groups
            or word.start_s - groups[-1][-1].end_s > PAUSE_S
            or (groups[-1][-1].text[-1:] in ".,?!" and word.end_s - groups[-1][0].start_s > LONG_S)
        ):
            groups.append([])
        groups[-1].append(word)
    for words in groups:
        a, b = max(words[0].start_s - PAUSE_S / 2, 0), words[-1].end_s + PAUSE_S / 2
        if said := recogniser.aligned(sound[round(a * RATE_HZ) : round(b * RATE_HZ)], " ".join(w.text for w in words)):
            yield levelled[round(a * SAMPLE_RATE_HZ) : round(b * SAMPLE_RATE_HZ)], said


def transcript(path: Path, sound: Sound, language: str, cache: Path | None) -> str:
    """A recording's transcript, from `NAME.txt` or by Whisper."""
    written = path.with_suffix(".txt")
    if written.exists():
        return written.read_text("utf-8")
    cached = cache / f"{path.stem}.txt" if cache else None
    if cached and cached.exists():
        return cached.read_text("utf-8")
    segments, _ = whisper._model().transcribe(
        audio.resample(sound, SAMPLE_RATE_HZ, RATE_HZ), language=language, beam_size=2, temperature=0.0,
        condition_on_previous_text=False,
    )  # fmt: skip
    text = " ".join(s.text.strip() for s in segments)
    if cached:
        cached.parent.mkdir(parents=True, exist_ok=True)
        cached.write_text(text, "utf-8")
    return text


def exact(folder: Path, names: Sequence[str], count: int) -> None:
    """Judge on files of `speech.py`, whose times are known, and print."""
    tallies = {name: Tally() for name in names}
    for path in sorted(folder.glob("*.npz"))[:count]:
        data = np.load(path)
        sound = audio.resample(data["samples"].astype(np.float32) / 32768, RATE_HZ, SAMPLE_RATE_HZ)
        said = [Phoneme(str(s), a, b) for s, a, b in zip(data["symbols"], data["starts"], data["ends"], strict=True)]
        measure(tallies, path.stem, said, recording._at_film_loudness(sound))
    for name, tally in tallies.items():
        print(f"  {name}: {tally}")


def measure(tallies: dict[str, Tally], name: str, said: Sequence[Phoneme], levelled: Sound) -> None:
    """Add a recording with known phones, `said`, to every recogniser's tally."""
    for recogniser_name, tally in tallies.items():
        started = time.perf_counter()
        found = RECOGNISERS[recogniser_name](levelled)
        tally.cost_s += time.perf_counter() - started
        tally.seconds += len(levelled) / SAMPLE_RATE_HZ
        tally.add(name, said, found, len(levelled) / SAMPLE_RATE_HZ)


def main() -> None:
    """Judge every folder and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("sets", type=Path, nargs="+")
    arguments.add_argument("--language", default="en")
    arguments.add_argument("--only", choices=RECOGNISERS, action="append")
    arguments.add_argument("--most", type=int, default=10_000, help="recordings of each set")
    arguments.add_argument("--cache", type=Path, help="folder for what Whisper writes")
    arguments.add_argument("--exact", action="store_true", help="the sets are files of speech.py")
    arguments.add_argument("--missed", action="store_true", help="list the closures that are not found")
    args = arguments.parse_args()
    for folder in args.sets:
        print(folder.name)
        if args.exact:
            exact(folder, args.only or list(RECOGNISERS), args.most)
            continue
        tallies = {name: Tally() for name in args.only or RECOGNISERS}
        files = sorted(f for f in folder.rglob("*") if f.suffix in (".wav", ".flac", ".mp3", ".ogg", ".aiff"))
        for path in files[:: max(len(files) // args.most, 1)]:
            sound = read_sound(path)
            if len(sound) < 0.8 * SAMPLE_RATE_HZ:
                continue
            text = transcript(path, sound, args.language, args.cache / folder.name if args.cache else None)
            if args.language == "en":
                for piece, said in aligned(recording._at_film_loudness(sound), text):
                    measure(tallies, path.stem, said, piece)
                continue
            for name, tally in tallies.items():
                started = time.perf_counter()
                found = RECOGNISERS[name](recording._at_film_loudness(sound))
                tally.cost_s += time.perf_counter() - started
                tally.seconds += len(sound) / SAMPLE_RATE_HZ
                tally.add_unknown(text, found, sound)
        for name, tally in tallies.items():
            print(f"  {name}: {tally}")
            if args.missed:
                print("    " + "\n    ".join(tally.missed))


if __name__ == "__main__":
    main()
