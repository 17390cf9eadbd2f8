"""Train the listener on the speech of `speech.py`, made worse in every way that recordings are; write it as ONNX.

`python tools/hear/train.py DATA listener.onnx --minutes 40` in an environment with torch (docs/hearing.md). Every
chunk is heard through another room, microphone and codec each time, and beside noise, music or other voices.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, sosfilt
from torch import nn

from limelight.speech import listener
from limelight.speech.listener import CLASS, DIPHTHONGS, FIRST_VOWEL, HOP, MELS, RATE_HZ, SYMBOLS, log_mel

Sound = NDArray[np.float32]
Labels = NDArray[np.int64]

#: Sounds of a chunk that the network is trained on.
CHUNK_S = 4.0
BATCH = 8
PEAK_RATE = 1.5e-3
#: A mouth that stays shut while someone speaks is worse than one that moves to music.
SILENCE_WEIGHT = 0.5
#: By what a file's name begins with: how much its labels of stops come after the sound has fallen to half and risen to
#: half, in decibels, and how often it is drawn for its length.
LATE_S = {"kokoro": 0.007, "flite": 0.0, "msu": 0.013}
DRAWN = {"kokoro": 2.0, "flite": 2.0, "msu": 0.5}
#: The class of symbols that are not known.
IGNORE = -1


class Net(nn.Module):
    """Convolutions over time, (batch, hops, MELS) to log probabilities (batch, hops, classes); sees ±0.6 s.

    Blocks after ConvNeXt (Liu et al. 2022) in one dimension.
    """

    def __init__(
        self, width: int = 104, kernel: int = 7, dilations: tuple[int, ...] = (1, 1, 2, 1, 3, 1, 4, 1)
    ) -> None:
        super().__init__()
        self.first = nn.Conv1d(MELS, width, 5, padding=2)
        self.blocks = nn.ModuleList(Block(width, kernel, d) for d in dilations)
        self.last = nn.Linear(width, len(SYMBOLS))

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        """Log probabilities."""
        x = self.first(mel.transpose(1, 2)).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        return torch.log_softmax(self.last(x), -1)


class Block(nn.Module):
    """A depthwise convolution and two layers for each frame, added to what came in."""

    def __init__(self, width: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.around = nn.Conv1d(width, width, kernel, padding=kernel // 2 * dilation, dilation=dilation, groups=width)
        self.norm = nn.LayerNorm(width)
        self.wide, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.drop = nn.Dropout(0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """As (batch, hops, width)."""
        y = self.norm(self.around(x.transpose(1, 2)).transpose(1, 2))
        return x + self.drop(self.narrow(torch.relu(self.wide(y))))


# Data


def labels_of(starts: NDArray[np.float64], ends: NDArray[np.float64], symbols: list[str], hops: int) -> Labels:
    """The class at the middle of each hop."""
    out = np.zeros(hops, np.int64)

    def put(start_s: float, end_s: float, symbol: str) -> None:
        a, b = (round(t / listener.HOP_S) for t in (start_s, end_s))
        out[max(a, 0) : max(b, 0)] = CLASS.get(symbol, IGNORE)

    for start_s, end_s, symbol in zip(starts, ends, symbols, strict=True):
        if two := DIPHTHONGS.get(symbol):
            seam_s = start_s + FIRST_VOWEL * (end_s - start_s)
            put(start_s, seam_s, two[0])
            put(seam_s, end_s, two[1])
        else:
            put(start_s, end_s, symbol)
    return out


def load(folder: Path) -> list[tuple[Sound, Labels, float]]:
    """Every file's sound, labels and weight."""
    out = []
    for path in sorted(folder.glob("*.npz")):
        kind = re.split("[-_]", path.name)[0]
        if kind not in LATE_S:
            continue
        data = np.load(path)
        sound = data["samples"].astype(np.float32) / 32768
        labels = labels_of(
            data["starts"] - LATE_S[kind], data["ends"] - LATE_S[kind], list(data["symbols"]), len(sound) // HOP
        )
        out.append((sound, labels, DRAWN[kind] * len(sound)))
    return out


# What happens to recordings


def resampled(sound: Sound, labels: Labels, factor: float) -> tuple[Sound, Labels]:
    """Played faster by `factor`: a smaller or larger head."""
    n = int(len(sound) / factor)
    new = np.interp(np.arange(n) * factor, np.arange(len(sound)), sound).astype(np.float32)
    hops = n // HOP
    return new, labels[np.minimum(((np.arange(hops) + 0.5) * factor).astype(int), len(labels) - 1)]


def islands(rng: np.random.Generator, sound: Sound, labels: Labels) -> tuple[Sound, Labels]:
    """Silence but for some stretches, as of someone who speaks word by word: alone, a vowel is like a note."""
    kept, at = np.zeros(len(labels), bool), int(rng.integers(0, 50))
    while at < len(labels):
        length = int(rng.integers(15, 90))
        kept[at : at + length] = True
        at += length + int(rng.integers(20, 90))
    soft = np.convolve(np.repeat(kept, HOP).astype(np.float32), np.hanning(402)[1:-1] / 200.5, "same")
    out = sound.copy()
    out[: len(soft)] *= soft[: len(sound)]
    out[len(soft) :] = 0
    return out, np.where(kept, labels, 0)


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
    return (out / (np.sqrt(np.mean(np.square(out))) + 1e-9)).astype(np.float32)


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
    return (out / (np.sqrt(np.mean(np.square(out))) + 1e-9)).astype(np.float32)


class Bank:
    """Noises and music to mix in, made once: they take longer to make than all else."""

    def __init__(self, rng: np.random.Generator, folder: Path, count: int = 120, seconds: float = 9.0) -> None:
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
    return (0.1 * out / (np.sqrt(np.mean(np.square(out))) + 1e-9) * 10 ** (rng.uniform(-40, 6) / 20)).astype(np.float32)


def in_a_room(rng: np.random.Generator, sound: Sound) -> Sound:
    """Early reflections and a tail that decays, the direct sound where it was."""
    n = int(RATE_HZ * rng.uniform(0.08, 0.6))
    tail = rng.normal(0, 1, n) * np.exp(-np.linspace(0, rng.uniform(5, 9), n))
    tail[: int(RATE_HZ * 0.002)] = 0
    tail *= 10 ** (rng.uniform(-18, 2) / 20) / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    return np.asarray(fftconvolve(sound, tail)[: len(sound)], np.float32)


def through_a_microphone(rng: np.random.Generator, sound: Sound) -> Sound:
    """Another tilt, a resonance, less band; without delay that would matter (minimum phase, low order)."""
    if rng.random() < 0.6:
        a = rng.uniform(-0.5, 0.5)
        sound = lfilter([1, -a], [1], sound) / (1 + abs(a))
    if rng.random() < 0.5:
        f, gain_db, q = np.exp(rng.uniform(np.log(150), np.log(6000))), rng.uniform(-10, 10), rng.uniform(0.5, 2)
        sound = lfilter(*peak(f, gain_db, q), sound)
    if rng.random() < 0.3:
        sound = sosfilt(butter(2, rng.uniform(80, 350), "high", fs=RATE_HZ, output="sos"), sound)
    if rng.random() < 0.35:
        sound = sosfilt(butter(4, rng.choice([3400, 3800, 5000, 6500]), "low", fs=RATE_HZ, output="sos"), sound)
    return np.asarray(sound, np.float32)


def peak(f_hz: float, gain_db: float, q: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A peaking equaliser, after the Audio EQ Cookbook (Bristow-Johnson)."""
    a, w = 10 ** (gain_db / 40), 2 * np.pi * f_hz / RATE_HZ
    alpha = np.sin(w) / (2 * q)
    b = np.array([1 + alpha * a, -2 * np.cos(w), 1 - alpha * a])
    d = np.array([1 + alpha / a, -2 * np.cos(w), 1 - alpha / a])
    return b / d[0], d / d[0]


def worse(rng: np.random.Generator, bank: Bank, sound: Sound, other: Sound) -> Sound:
    """A clean recording as people make them."""
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
    if rng.random() < 0.2:  # what lossy codecs leave out: quiet bands
        sound = gated(sound)
    return np.asarray(sound, np.float32)


def gated(sound: Sound) -> Sound:
    """Bins far below the loudest of their frame are lost, as at low bit rates."""
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
    """At about the loudness that `hear` gives recordings: speech at −16 LUFS is near −19 dB RMS where it is loud."""
    power = np.sort(np.square(sound[: len(sound) // 400 * 400].reshape(-1, 400)).mean(1))[::-1]
    loud = np.sqrt(power[: max(len(power) // 3, 1)].mean()) + 1e-6
    gain = min(10 ** ((-17 + rng.normal(0, 3)) / 20) / loud, 1000)
    return np.asarray(np.clip(sound * gain, -1, 1), np.float32)


def chunks(
    data: list[tuple[Sound, Labels, float]], bank: Bank, rng: np.random.Generator
) -> Iterator[tuple[Sound, Labels]]:
    """Endless chunks, made worse, with their labels."""
    n = round(CHUNK_S * RATE_HZ)
    weights = np.array([weight for _, _, weight in data])
    weights /= weights.sum()

    def piece(length: int) -> tuple[Sound, Labels]:
        sound, labels, _ = data[rng.choice(len(data), p=weights)]
        first = int(rng.integers(0, max(len(sound) - length, 1))) // HOP * HOP
        return sound[first : first + length], labels[first // HOP : (first + length) // HOP]

    while True:
        if rng.random() < 0.08:
            sound = through_a_microphone(rng, not_speech(rng, bank, n))
            yield np.clip(sound, -1, 1), np.zeros(n // HOP, np.int64)
            continue
        factor = float(np.exp(rng.normal(0, 0.12)).clip(0.75, 1.35))
        sound, labels = resampled(*piece(int(n * factor) + 2 * HOP), factor)
        sound, labels = sound[:n], labels[: n // HOP].copy()
        if rng.random() < 0.15:
            sound, labels = islands(rng, sound, labels)
        elif rng.random() < 0.1:  # somebody stops, and something else is heard
            cut = int(rng.integers(0, n)) // HOP * HOP
            sound = sound.copy()
            if rng.random() < 0.5:
                sound[cut:], labels[cut // HOP :] = not_speech(rng, bank, n - cut) if n > cut else 0, 0
            else:
                sound[:cut], labels[: cut // HOP] = not_speech(rng, bank, cut) if cut > 2000 else 0, 0
        yield levelled(rng, worse(rng, bank, sound, piece(n)[0])), labels


def batches(
    data: list[tuple[Sound, Labels, float]], bank: Bank, rng: np.random.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Endless batches of spectrograms and labels."""
    source = chunks(data, bank, rng)
    while True:
        mels, labels = zip(*((log_mel(s), y) for s, y in (next(source) for _ in range(BATCH))), strict=True)
        yield torch.from_numpy(np.stack(mels)), torch.from_numpy(np.stack(labels))


def train(net: Net, folder: Path, minutes: float, threads: int, out: Path) -> None:
    """Adam with one cycle over the time that is given; the data folder is read anew where it grows."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    data, bank = load(folder), Bank(rng, folder)
    source = batches(data, bank, rng)
    optimiser = torch.optim.AdamW(net.parameters(), lr=PEAK_RATE, weight_decay=0.01)
    weights = torch.ones(len(SYMBOLS))
    weights[0] = SILENCE_WEIGHT
    started, step, shown, saved = time.monotonic(), 0, [], time.monotonic()
    while (spent := (time.monotonic() - started) / (60 * minutes)) < 1:
        rate = PEAK_RATE * min(1.0, step / 100) * (0.5 + 0.5 * np.cos(np.pi * spent)) + 1e-5
        for group in optimiser.param_groups:
            group["lr"] = rate
        mel, wanted = next(source)
        loss = nn.functional.nll_loss(net(mel).flatten(0, 1), wanted.flatten(), weights, ignore_index=IGNORE)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        shown.append(loss.item())
        step += 1
        if step % 100 == 0:
            print(f"step {step}, {spent:.0%}, loss {np.mean(shown[-100:]):.3f}", flush=True)
        if time.monotonic() - saved > 300:
            torch.save(net.state_dict(), out.with_suffix(".pt"))
            saved = time.monotonic()
            fresh = load(folder)
            if len(fresh) > len(data):
                data = fresh
                source = batches(data, bank, rng)
                print(f"{sum(len(s) for s, _, _ in data) / RATE_HZ / 60:.0f} min of speech", flush=True)


def export(net: Net, out: Path) -> None:
    """The network as ONNX: `mel` (1, hops, MELS) to `scores` (1, hops, classes)."""
    net.eval()
    torch.onnx.export(
        net, (torch.zeros(1, 200, MELS),), str(out), dynamo=False, opset_version=17,
        input_names=["mel"], output_names=["scores"], dynamic_axes={"mel": {1: "hops"}, "scores": {1: "hops"}},
    )  # fmt: skip


def main() -> None:
    """Train and export."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--minutes", type=float, default=40)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--resume", type=Path)
    args = arguments.parse_args()
    net = Net()
    if args.resume:
        net.load_state_dict(torch.load(args.resume))
    print(f"{sum(p.numel() for p in net.parameters())} weights")
    if args.minutes:
        train(net, args.data, args.minutes, args.threads, args.out)
        torch.save(net.state_dict(), args.out.with_suffix(".pt"))
    export(net, args.out)


if __name__ == "__main__":
    main()
