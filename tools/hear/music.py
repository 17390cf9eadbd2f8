"""Music as negative examples for the recogniser: random tunes of General MIDI instruments, mono 16 kHz, `music-N.npz`.

`python tools/hear/music.py DATA FluidR3_GM.sf2` with `pip install --no-deps tinysoundfont` and the instruments of
Debian's `fluid-soundfont-gm` (MIT). Tunes are random: chords, bass, melody and drums of one tempo and scale.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tinysoundfont
from numpy.typing import NDArray

RATE_HZ = 16_000
SECONDS = 12.0
SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 3, 5, 7, 10), (0, 2, 4, 7, 9))
DRUMS = 9

#: (time in beats, how long, channel, key, velocity)
Note = tuple[float, float, int, int, int]


def tune(rng: np.random.Generator, beats: int) -> Iterator[Note]:
    """Parts for some of four channels and the drums."""
    scale, root = SCALES[rng.integers(len(SCALES))], int(rng.integers(36, 48))

    def degree(i: int) -> int:
        return root + 12 * (i // len(scale)) + scale[i % len(scale)]

    loud = rng.integers(50, 127, 5)
    parts = rng.random(5) < (0.7, 0.7, 0.8, 0.3, 0.6)
    parts[rng.integers(3)] = True
    at = int(rng.integers(7))
    for bar in range(0, beats, 4):
        at = int(rng.choice([0, 3, 4, 5, at]))
        if parts[0]:
            step = float(rng.choice([0.5, 1, 2, 4]))
            for t in np.arange(0, 4, step):
                for k in (0, 2, 4):
                    yield bar + t, step, 0, degree(at + k + 7), int(loud[0])
        if parts[1]:
            for t in range(4):
                yield bar + t, 0.9, 1, degree(at), int(loud[1])
        for channel in (2, 3):
            t, i = 0.0, int(rng.integers(10, 24))
            while parts[channel] and t < 4:
                length = float(rng.choice([0.25, 0.5, 0.5, 1, 2]))
                i = int(np.clip(i + rng.integers(-3, 4), 7, 28))
                if rng.random() < 0.85:
                    yield bar + t, length * float(rng.uniform(0.5, 1)), channel, degree(i), int(loud[channel])
                t += length
        if parts[4]:
            for t in np.arange(0, 4, 0.5):
                yield bar + t, 0.1, DRUMS, int(rng.choice([42, 44, 46])), int(loud[4] * 0.7)
                if rng.random() < (0.9 if t % 2 == 0 else 0.2):
                    yield bar + t, 0.1, DRUMS, int(rng.choice([36, 35, 41, 45])), int(loud[4])
                if t % 2 == 1:
                    yield bar + t, 0.1, DRUMS, int(rng.choice([38, 39, 40])), int(loud[4])


def played(rng: np.random.Generator, synth: tinysoundfont.Synth, font: int) -> NDArray[np.float32]:
    """One tune by random instruments, of RMS about 1."""
    for channel in range(4):
        # Effects and gunshots are left out; choirs are not.
        synth.program_select(channel, font, 0, int(rng.integers(0, 112)))
    synth.program_select(DRUMS, font, 128, 0, True)
    beat_s = 60 / rng.uniform(60, 170)
    notes = list(tune(rng, int(SECONDS / beat_s) + 4))
    events = sorted(
        [(t * beat_s, 1, c, k, v) for t, _, c, k, v in notes]
        + [((t + d) * beat_s, 0, c, k, 0) for t, d, c, k, _ in notes]
    )
    parts, now = [], 0
    for at_s, on, channel, key, velocity in events:
        until = min(round(at_s * RATE_HZ), round(SECONDS * RATE_HZ))
        if until > now:
            parts.append(np.frombuffer(synth.generate(until - now), np.float32).reshape(-1, 2).mean(1).copy())
            now = until
        if on:
            synth.noteon(channel, key, velocity)
        else:
            synth.noteoff(channel, key)
    synth.sounds_off()
    sound = np.concatenate(parts)
    return np.asarray(sound / (np.sqrt(np.mean(sound**2)) + 1e-9), np.float32)


def main() -> None:
    """Write tunes to a folder."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("font", type=Path)
    arguments.add_argument("--tunes", type=int, default=150)
    args = arguments.parse_args()
    rng = np.random.default_rng(0)
    synth = tinysoundfont.Synth(samplerate=RATE_HZ)
    font = synth.sfload(str(args.font))
    for n in range(args.tunes):
        sound = played(rng, synth, font)
        np.savez(args.folder / f"music-{n:03d}.npz", samples=(sound * 4000).clip(-32768, 32767).astype(np.int16))


if __name__ == "__main__":
    main()
