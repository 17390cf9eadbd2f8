"""Augmentation: rooms, microphones, codecs, noise, music and other voices; and sounds that are no speech.

All of it is applied to the speech of `speech.py`, so that the recogniser trains on sound like people's recordings.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from limelight.speech.recogniser import HOP, RATE_HZ

Sound = NDArray[np.float32]
#: Of either width.
Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.int64]


def resampled(sound: Sound, labels: Labels, factor: float) -> tuple[Sound, Labels]:
    """Sound and labels played faster by `factor`, which makes the speaker's head smaller or larger."""
    n = int(len(sound) / factor)
    new = np.interp(np.arange(n) * factor, np.arange(len(sound)), sound).astype(np.float32)
    hops = n // HOP
    return new, labels[np.minimum(((np.arange(hops) + 0.5) * factor).astype(int), len(labels) - 1)]


def islands(rng: np.random.Generator, sound: Sound, labels: Labels) -> tuple[Sound, Labels]:
    """The sound with long gaps of silence, as of someone who speaks word by word: a vowel alone is like a note."""
    speaks, at = np.zeros(len(labels), bool), int(rng.integers(0, 50))
    while at < len(labels):
        length = int(rng.integers(15, 90))
        speaks[at : at + length] = True
        at += length + int(rng.integers(20, 90))
    soft = np.convolve(np.repeat(speaks, HOP).astype(np.float32), np.hanning(402)[1:-1] / 200.5, "same")
    out = sound.copy()
    out[: len(soft)] *= soft[: len(sound)]
    out[len(soft) :] = 0
    return out, np.where(speaks, labels, 0)


def coloured_noise(rng: np.random.Generator, n: int) -> Sound:
    """White, pink, brown or band-limited noise that comes and goes, or hum."""
    kind = rng.integers(5)
    white = rng.normal(0, 1, n)
    if kind == 0:
        out = white
    elif kind == 1:
        out = lfilter([0.05, -0.096, 0.051, -0.0044], [1, -2.495, 2.017, -0.522], white)  # pink, after Kellet
    elif kind == 2:
        out = lfilter([1], [1, -0.98], white)
    elif kind == 3:
        low = rng.uniform(50, 3000)
        out = sosfilt(butter(2, [low, min(low * rng.uniform(1.3, 5), 7900)], "band", fs=RATE_HZ, output="sos"), white)
    else:
        t, f = np.arange(n) / RATE_HZ, rng.choice([50, 60, 100, 120]) * rng.uniform(0.99, 1.01)
        out = (
            sum(np.sin(2 * np.pi * f * k * t + rng.uniform(0, 6)) * rng.random() / k for k in range(1, 12))
            + 0.1 * white
        )
    if rng.random() < 0.4:
        slow = np.interp(np.arange(n), np.linspace(0, n, 12), rng.uniform(0, 1, 12) ** 2)
        out = out * slow
    return np.asarray(out / (np.sqrt(np.mean(np.square(out))) + 1e-9), np.float32)


def music(rng: np.random.Generator, n: int) -> Sound:
    """Chords, a melody and beats."""
    t, out = np.arange(n) / RATE_HZ, np.zeros(n)
    beat = int(RATE_HZ * rng.uniform(0.18, 0.7))
    root = rng.uniform(55, 220)
    decay, partials = rng.uniform(0.0, 6.0), int(rng.integers(1, 14))
    roll = rng.uniform(0.6, 2.0)
    vibrato = rng.uniform(0, 0.006) * (rng.random() < 0.5)
    for first in range(0, n, beat):
        inside = slice(first, min(first + beat * int(rng.integers(1, 3)), n))
        local = t[inside] - t[first]
        notes = rng.choice([0, 2, 3, 4, 5, 7, 9, 12, 14, 16, 19, 24], int(rng.integers(1, 5)))
        for note in notes:
            f = root * 2 ** (note / 12)
            for k in range(1, partials + 1):
                if f * k < 7500:
                    phase = 2 * np.pi * f * k * local + vibrato * f * k / 5.5 * np.sin(2 * np.pi * 5.5 * local)
                    out[inside] += np.sin(phase + rng.uniform(0, 6)) / k**roll * np.exp(-decay * local)
        if rng.random() < 0.5:
            hit = np.exp(-rng.uniform(15, 90) * local)
            drum = (
                np.sin(2 * np.pi * rng.uniform(50, 120) * local) if rng.random() < 0.5 else rng.normal(0, 1, len(local))
            )
            out[inside] += 2 * rng.random() * hit * drum
    return np.asarray(out / (np.sqrt(np.mean(np.square(out))) + 1e-9), np.float32)


class Bank:
    """Noises and music to mix in, made once, because they take longer than all else."""

    def __init__(self, rng: np.random.Generator, folder: Path, count: int = 90, seconds: float = 22.0) -> None:
        n = round(seconds * RATE_HZ)
        self.noises = [coloured_noise(rng, n) for _ in range(count)]
        self.music = [music(rng, n) for _ in range(count // 2)]
        self.music += [np.load(path)["samples"].astype(np.float32) / 4000 for path in folder.glob("music-*.npz")]

    @staticmethod
    def _any(rng: np.random.Generator, sounds: list[Sound], n: int) -> Sound:
        sound = sounds[rng.integers(len(sounds))]
        first = int(rng.integers(0, len(sound) - n))
        return sound[first : first + n]

    def noise(self, rng: np.random.Generator, n: int) -> Sound:
        """Some noise of RMS about 1, (n,)."""
        return self._any(rng, self.noises, n)

    def tune(self, rng: np.random.Generator, n: int) -> Sound:
        """Some music of RMS about 1, (n,)."""
        return self._any(rng, self.music, n)


def not_speech(rng: np.random.Generator, bank: Bank, n: int) -> Sound:
    """A sound that nobody should mime to: noise, music, tones, clicks, claps, breath, near silence."""
    kind = rng.choice([0, 1, 1, 2, 3, 4, 5])
    out: Floats
    if kind == 0:
        out = bank.noise(rng, n)
    elif kind == 1:
        out = bank.tune(rng, n)
    elif kind == 2:  # tones that glide or whistle
        f = np.interp(np.arange(n), np.linspace(0, n, 8), rng.uniform(80, 3000) * 2 ** rng.uniform(-0.5, 0.5, 8))
        out = np.sin(2 * np.pi * np.cumsum(f) / RATE_HZ) * (rng.random() if rng.random() < 0.5 else 1)
    elif kind == 3:  # clicks, knocks, claps
        out = np.zeros(n)
        for at in rng.integers(0, n, int(rng.integers(3, 60))):
            m = min(int(RATE_HZ * rng.uniform(0.003, 0.12)), n - at)
            out[at : at + m] += rng.normal(0, rng.random(), m) * np.exp(-np.linspace(0, rng.uniform(3, 9), m))
    elif kind == 4:  # breaths
        out = 0.05 * np.asarray(bank.noise(rng, n), np.float64)
        for at in rng.integers(0, n, int(rng.integers(1, 5))):
            m = min(int(RATE_HZ * rng.uniform(0.2, 0.9)), n - at)
            low = rng.uniform(200, 1500)
            band = butter(1, [low, low * rng.uniform(2, 4)], "band", fs=RATE_HZ, output="sos")
            out[at : at + m] += sosfilt(band, rng.normal(0, 1, m)) * np.hanning(m)
    else:
        out = 0.001 * np.asarray(bank.noise(rng, n), np.float64)
    level = 10 ** (rng.uniform(-40, 6) / 20)
    return np.asarray(0.1 * out / (np.sqrt(np.mean(np.square(out))) + 1e-9) * level, np.float32)


def in_a_room(rng: np.random.Generator, sound: Sound) -> Sound:
    """Early reflections and a tail that decays, the direct sound where it was."""
    n = int(RATE_HZ * rng.uniform(0.08, 0.6))
    tail = rng.normal(0, 1, n) * np.exp(-np.linspace(0, rng.uniform(5, 9), n))
    tail[: int(RATE_HZ * 0.002)] = 0
    tail *= 10 ** (rng.uniform(-18, 2) / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    return np.asarray(fftconvolve(sound, tail)[: len(sound)], np.float32)


def through_a_microphone(rng: np.random.Generator, sound: Sound) -> Sound:
    """Another spectral tilt, a resonance, a narrower band; with negligible delay (minimum phase, low order)."""
    out: Floats = sound
    if rng.random() < 0.6:
        a = rng.uniform(-0.5, 0.5)
        out = lfilter([1, -a], [1], out) / (1 + abs(a))
    if rng.random() < 0.5:
        f, gain_db, q = np.exp(rng.uniform(np.log(150), np.log(6000))), rng.uniform(-10, 10), rng.uniform(0.5, 2)
        out = lfilter(*peak(f, gain_db, q), out)
    if rng.random() < 0.3:
        out = sosfilt(butter(2, rng.uniform(80, 350), "high", fs=RATE_HZ, output="sos"), out)
    if rng.random() < 0.35:
        out = sosfilt(butter(4, rng.choice([3400, 3800, 5000, 6500]), "low", fs=RATE_HZ, output="sos"), out)
    return np.asarray(out, np.float32)


def peak(f_hz: float, gain_db: float, q: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A peaking equaliser, after the Audio EQ Cookbook (Bristow-Johnson)."""
    a, w = 10 ** (gain_db / 40), 2 * np.pi * f_hz / RATE_HZ
    alpha = np.sin(w) / (2 * q)
    b = np.array([1 + alpha * a, -2 * np.cos(w), 1 - alpha * a])
    d = np.array([1 + alpha / a, -2 * np.cos(w), 1 - alpha / a])
    return b / d[0], d / d[0]


def augment(rng: np.random.Generator, bank: Bank, sound: Sound, other: Sound) -> Sound:
    """A clean recording, degraded as people's recordings are; `other` is another voice."""
    level = np.sqrt(np.mean(np.square(sound))) + 1e-9
    if rng.random() < 0.5:
        sound = in_a_room(rng, sound)
    if rng.random() < 0.25:
        sound = sound + bank.tune(rng, len(sound)) * level * 10 ** (-rng.uniform(6, 25) / 20)
    if rng.random() < 0.15:
        sound = sound + other * (
            level / (np.sqrt(np.mean(np.square(other))) + 1e-9) * 10 ** (-rng.uniform(12, 25) / 20)
        )
    sound = through_a_microphone(rng, np.asarray(sound, np.float32))
    if rng.random() < 0.85:
        sound = sound + bank.noise(rng, len(sound)) * level * 10 ** (-rng.uniform(8, 50) / 20)
    if rng.random() < 0.15:
        limit = np.abs(sound).max() * rng.uniform(0.2, 0.8) + 1e-9
        sound = np.clip(sound, -limit, limit)
    if rng.random() < 0.2:  # lossy codecs leave out quiet bands
        sound = gated(sound)
    return np.asarray(sound, np.float32)


def gated(sound: Sound) -> Sound:
    """The sound without bins far below the loudest of their frame, as at low bit rates."""
    n, hop = 512, 256
    padded = np.pad(sound, (n, n))
    frames = np.lib.stride_tricks.sliding_window_view(padded, n)[::hop] * np.sqrt(np.hanning(n + 1)[:-1])
    spectrum = np.fft.rfft(frames, axis=1)
    magnitude = np.abs(spectrum)
    spectrum[magnitude < 0.01 * magnitude.max(1, keepdims=True)] = 0
    back = np.fft.irfft(spectrum, n, axis=1) * np.sqrt(np.hanning(n + 1)[:-1])
    out = np.zeros(len(padded) + n)
    for i, frame in enumerate(back):
        out[i * hop : i * hop + n] += frame
    return np.asarray(out[n : n + len(sound)], np.float32)


def levelled(rng: np.random.Generator, sound: Sound) -> Sound:
    """The sound at about the loudness of `recording.transcribe`: at −16 LUFS loud speech is near −19 dB RMS."""
    power = np.sort(np.square(sound[: len(sound) // 400 * 400].reshape(-1, 400)).mean(1))[::-1]
    loud = np.sqrt(power[: max(len(power) // 3, 1)].mean()) + 1e-6
    gain = min(10 ** ((-17 + rng.normal(0, 3)) / 20) / loud, 1000)
    return np.asarray(np.clip(sound * gain, -1, 1), np.float32)
