"""Trains the recogniser on the speech of `speech.py`, degraded as recordings are, and writes it as ONNX.

`python tools/hear/train.py DATA recogniser.onnx --hours 4 --minutes 30` in an environment with torch (docs/hearing.md).
First Whisper's encoder computes the features of hours of speech, in `DATA/encoded`; then the layers after it train on
them. Each window has another room, microphone and codec, and noise, music or other voices in it.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn

from augment import Bank, Labels, Sound, augment, islands, levelled, not_speech, resampled, through_a_microphone
from encoder import WIDTH, Encoder, whisper_encoder
from judges.whisper import model_folder
from limelight.speech import recogniser
from limelight.speech.recogniser import CLASS, DIPHTHONGS, FIRST_VOWEL, HOP, MELS, SYMBOLS, WINDOW, log_mel

#: Hops of a training example, and examples of a batch.
STRETCH, BATCH = 400, 8
PEAK_RATE = 2e-3
#: Weight of silence in the loss: a mouth that stays shut while someone speaks is worse than one that moves to music.
SILENCE_WEIGHT = 0.5
#: By the beginning of a file's name: how much its labels of stops are later than the sound's fall and rise to half, in
#: decibels; and the file's weight for its length.
LATE_S = {"kokoro": 0.007, "flite": 0.0, "msu": 0.013}
DRAWN = {"kokoro": 2.0, "flite": 2.0, "msu": 0.5}
#: The class of unknown symbols.
IGNORE = -1


class Head(nn.Module):
    """Convolutions over time: (batch, hops, MELS) and the encoder's frames to log probabilities (…, hops, classes).

    The spectrogram gives the times, the encoder the phonemes. Blocks after ConvNeXt (Liu et al. 2022) in one dimension.
    """

    def __init__(self, width: int = 128, kernel: int = 7, dilations: tuple[int, ...] = (1, 1, 2, 1, 3)) -> None:
        super().__init__()
        self.norm, self.deep = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, width)
        self.first = nn.Conv1d(MELS, width, 5, padding=2)
        self.drop = nn.Dropout(0.15)
        self.blocks = nn.ModuleList(Block(width, kernel, d) for d in dilations)
        self.last = nn.Linear(width, len(SYMBOLS))

    def forward(self, mel: torch.Tensor, encoded: torch.Tensor) -> torch.Tensor:
        """Log probabilities."""
        what = self.deep(self.drop(self.norm(encoded)))
        between = torch.cat([(what[:, :-1] + what[:, 1:]) / 2, what[:, -1:]], 1)
        x = torch.stack([what, between], 2).flatten(1, 2)[:, : mel.shape[1]]
        x = x + self.drop(self.first(mel.transpose(1, 2)).transpose(1, 2))
        for block in self.blocks:
            x = block(x)
        return torch.log_softmax(self.last(x), -1)


class Block(nn.Module):
    """A depthwise convolution and two layers for each frame, with a residual connection."""

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


class Net(nn.Module):
    """The encoder and the head: (batch, hops, MELS) to log probabilities."""

    def __init__(self, encoder: Encoder, head: Head) -> None:
        super().__init__()
        self.encoder, self.head = encoder, head

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        """Log probabilities."""
        return self.head(mel, self.encoder(mel))


# Speech


def labels_of(starts: NDArray[np.float64], ends: NDArray[np.float64], symbols: list[str], hops: int) -> Labels:
    """int64 (hops,): the class at the middle of each hop."""
    out = np.zeros(hops, np.int64)

    def put(start_s: float, end_s: float, symbol: str) -> None:
        a, b = (round(t / recogniser.HOP_S) for t in (start_s, end_s))
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


def windows(
    data: list[tuple[Sound, Labels, float]], bank: Bank, rng: np.random.Generator
) -> Iterator[tuple[Sound, Labels]]:
    """Endless augmented windows of `WINDOW` hops with their labels."""
    n = WINDOW * HOP
    weights = np.array([weight for _, _, weight in data])
    weights /= weights.sum()

    def piece(length: int) -> tuple[Sound, Labels]:
        sound, labels, _ = data[rng.choice(len(data), p=weights)]
        first = int(rng.integers(0, max(len(sound) - length, 1))) // HOP * HOP
        return sound[first : first + length], labels[first // HOP : (first + length) // HOP]

    while True:
        if rng.random() < 0.08:
            sound = through_a_microphone(rng, not_speech(rng, bank, n))
            yield np.clip(sound, -1, 1), np.zeros(WINDOW, np.int64)
            continue
        factor = float(np.exp(rng.normal(0, 0.12)).clip(0.75, 1.35))
        sound, labels = resampled(*piece(int(n * factor) + 2 * HOP), factor)
        sound, labels = np.pad(sound, (0, n))[:n], np.pad(labels, (0, WINDOW))[:WINDOW]
        if rng.random() < 0.15:
            sound, labels = islands(rng, sound, labels)
        elif rng.random() < 0.1:  # speech stops, and another sound follows
            cut = int(rng.integers(0, n)) // HOP * HOP
            if rng.random() < 0.5:
                sound[cut:], labels[cut // HOP :] = not_speech(rng, bank, n - cut) if n > cut else 0, 0
            else:
                sound[:cut], labels[: cut // HOP] = not_speech(rng, bank, cut) if cut > 2000 else 0, 0
        yield levelled(rng, augment(rng, bank, sound, np.resize(piece(n)[0], n))), labels


def encode(encoder: Encoder, folder: Path, hours: float, seed: int) -> None:
    """Write spectrograms, the encoder's features and labels of some hours of speech to `folder/encoded`."""
    out = folder / "encoded"
    out.mkdir(exist_ok=True)
    count = round(hours * 3600 / (WINDOW * recogniser.HOP_S))
    rng = np.random.default_rng(seed)
    source = windows(load(folder), Bank(rng, folder), rng)
    create = np.lib.format.open_memmap
    mels = create(out / f"{seed}-mel.npy", "w+", np.float16, (count, WINDOW, MELS))
    encoded = create(out / f"{seed}-encoded.npy", "w+", np.float16, (count, WINDOW // 2, WIDTH))
    labels = create(out / f"{seed}-labels.npy", "w+", np.int8, (count, WINDOW))
    for i in range(count):
        sound, labels[i] = next(source)
        mel = log_mel(sound)
        mels[i] = mel
        with torch.no_grad():
            encoded[i] = encoder(torch.from_numpy(mel[None]))[0].numpy()
        if i % 100 == 99:
            print(f"{(i + 1) * WINDOW * recogniser.HOP_S / 60:.0f} min encoded", flush=True)


# Training


def batches(folder: Path, rng: np.random.Generator) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Endless batches of spectrograms, the encoder's features and labels; some bands of the spectrograms are masked."""
    seeds = sorted(path.name.split("-")[0] for path in (folder / "encoded").glob("*-labels.npy"))
    kinds = [
        [np.load(folder / "encoded" / f"{seed}-{kind}.npy", mmap_mode="r") for seed in seeds]
        for kind in ("mel", "encoded", "labels")
    ]
    windows = [(k, i) for k, labels in enumerate(kinds[2]) for i in range(len(labels))]
    while True:
        batch = []
        for _ in range(BATCH):
            k, i = windows[rng.integers(len(windows))]
            a = 2 * int(rng.integers(0, (WINDOW - STRETCH) // 2 + 1))
            mel = kinds[0][k][i, a : a + STRETCH].astype(np.float32)
            for _ in range(2):
                if rng.random() < 0.5:
                    band = int(rng.integers(0, MELS - 10))
                    mel[:, band : band + int(rng.integers(1, 12))] = mel.mean()
            batch.append(
                (
                    mel,
                    kinds[1][k][i, a // 2 : (a + STRETCH) // 2].astype(np.float32),
                    kinds[2][k][i, a : a + STRETCH].astype(np.int64),
                )
            )
        mel, encoded, labels = (torch.from_numpy(np.stack(part)) for part in zip(*batch, strict=True))
        yield mel, encoded, labels


def train(head: Head, folder: Path, minutes: float) -> None:
    """Train the head with AdamW for this many minutes, one cosine cycle of the learning rate."""
    torch.manual_seed(0)
    source = batches(folder, np.random.default_rng(0))
    optimiser = torch.optim.AdamW(head.parameters(), lr=PEAK_RATE, weight_decay=0.02)
    weights = torch.ones(len(SYMBOLS))
    weights[0] = SILENCE_WEIGHT
    started, shown = time.monotonic(), list[float]()
    while (spent := (time.monotonic() - started) / (60 * minutes)) < 1:
        rate = PEAK_RATE * min(1.0, len(shown) / 100) * (0.5 + 0.5 * np.cos(np.pi * spent)) + 1e-5
        for group in optimiser.param_groups:
            group["lr"] = rate
        mel, encoded, wanted = next(source)
        scores = head(mel, encoded).flatten(0, 1)
        loss = nn.functional.nll_loss(scores, wanted.flatten(), weights, ignore_index=IGNORE)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(head.parameters(), 1.0)
        optimiser.step()
        shown.append(loss.item())
        if len(shown) % 200 == 0:
            print(f"step {len(shown)}, {spent:.0%}, loss {np.mean(shown[-200:]):.3f}", flush=True)
    head.eval()


def export(net: Net, out: Path) -> None:
    """Write the network as ONNX, `mel` (1, hops, MELS) to `scores` (1, hops, classes), with large weights as int8.

    Only the weights are int8: computation stays float32, with the same result everywhere.
    """
    net.eval()
    torch.onnx.export(
        net, (torch.zeros(1, 200, MELS),), str(out), dynamo=False, opset_version=17,
        input_names=["mel"], output_names=["scores"], dynamic_axes={"mel": {1: "hops"}, "scores": {1: "hops"}},
    )  # fmt: skip
    model = onnx.load(str(out))
    graph = model.graph
    for tensor in [t for t in graph.initializer if np.prod(t.dims) > 50_000]:
        weights = numpy_helper.to_array(tensor)
        # Each output, a column of a MatMul or an entry of a Conv's first axis, gets a scale of its own.
        axis = weights.ndim - 1 if weights.ndim == 2 else 0
        others = tuple(i for i in range(weights.ndim) if i != axis)
        scale = np.abs(weights).max(others).astype(np.float32) / 127
        shape = [-1 if i == axis else 1 for i in range(weights.ndim)]
        small = np.round(weights / scale.reshape(shape)).astype(np.int8)
        graph.initializer.remove(tensor)
        graph.initializer.extend(
            [
                numpy_helper.from_array(small, tensor.name + ".int8"),
                numpy_helper.from_array(scale, tensor.name + ".scale"),
            ]
        )
        graph.node.insert(
            0,
            onnx.helper.make_node(
                "DequantizeLinear", [tensor.name + ".int8", tensor.name + ".scale"], [tensor.name], axis=axis
            ),
        )
    onnx.checker.check_model(model)
    onnx.save(model, str(out))


def main() -> None:
    """Encode, train and export."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("out", type=Path)
    arguments.add_argument("--hours", type=float, default=4, help="to encode; 0: take what was encoded before")
    arguments.add_argument("--seed", type=int, default=0, help="of what is encoded; each seed adds to the others")
    arguments.add_argument("--minutes", type=float, default=30, help="to train")
    arguments.add_argument("--threads", type=int, default=1)
    args = arguments.parse_args()
    torch.set_num_threads(args.threads)
    encoder = whisper_encoder(model_folder() / "model.bin")
    if args.hours:
        encode(encoder, args.data, args.hours, args.seed)
    if args.minutes:
        head = Head()
        train(head, args.data, args.minutes)
        net = Net(encoder, head)
        print(
            f"{sum(p.numel() for p in head.parameters())} weights of {sum(p.numel() for p in net.parameters())} trained"
        )
        export(net, args.out)


if __name__ == "__main__":
    main()
