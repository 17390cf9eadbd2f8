"""The end of the large speech model, where its time goes: frames and a source in, a spectrum out.

Kokoro's generator, iSTFTNet's (Kaneko et al., 2022) as in StyleTTS 2 (Li et al., 2023): the frames are raised to more
and more moments, the source's harmonics join them, and blocks of convolutions between snakes (Ziyin et al., 2020),
normalised to the style, give them their sound. It takes its weights from the graph and does what the graph does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limelight.speech import onnxfile
from limelight.speech.convolution import Convolver, Floats, Layer, Track, layer, quantised_layer

_PLACE = "/decoder/decoder/generator"
#: What it takes from the graph: frames (1, 512, n); the source's magnitudes and phases (1, 22, 60 n + 1);
FRAMES, SOURCE = "/decoder/decoder/decode.3/Div_4_output_0", f"{_PLACE}/Concat_3_output_0"
#: and what it gives back: log magnitudes and phases (1, 22, 60 n + 1).
SPECTRUM = f"{_PLACE}/conv_post/Conv_output_0"
#: Two stages: what raises the frames, by how much, the block that the source takes, and three whose mean is taken.
_STAGES = (
    ("Mul_output_0", 10, "noise_res.0", ("resblocks.0", "resblocks.1", "resblocks.2")),
    ("Mul_1_output_0", 6, "noise_res.1", ("resblocks.3", "resblocks.4", "resblocks.5")),
)
_BLOCKS = tuple(block for _, _, noise, blocks in _STAGES for block in (noise, *blocks))
_DILATIONS = (1, 3, 5)
#: A block's convolutions, in order.
_STEPS = tuple((i, n) for i in range(len(_DILATIONS)) for n in (1, 2))
#: What each convolution's input is styled with: gains less 1, then offsets (1, 2 · channels).
STYLES = tuple(f"{_PLACE}/{block}/adain{n}.{i}/fc/Gemm_output_0" for block in _BLOCKS for i, n in _STEPS)
_SLOPE, _LAST_SLOPE = 0.1, 0.01

Styles = Mapping[str, Floats]


class Generator:
    """The loaded generator. Threads may share it."""

    def __init__(self, model: bytes, threads: int) -> None:
        """Raises KeyError where the ONNX model has no such part."""
        weights = _Weights(model)
        self._convolver = Convolver(threads)
        self._layers = {name: weights.block(name) for name in _BLOCKS}
        self._noise = [weights.noise("noise_convs.0", 6), weights.noise("noise_convs.1", 1)]
        # The mean of three is made by the weights that take their sum.
        self._raise = [
            weights.raising(name, f"ups.{i}", times, 1 if i == 0 else 1 / 3)
            for i, (name, times, _, _) in enumerate(_STAGES)
        ]
        self._last = layer(weights.float32("Mul_2_output_0", 1 / 3), weights.bias("conv_post"))

    def run(self, frames: Floats, source: Floats, styles: Sequence[Floats]) -> Floats:
        """The spectrum of frames and a source; `styles` are those named by `STYLES`. The same on any threads."""
        named = dict(zip(STYLES, (style.ravel() for style in styles), strict=True))
        x = np.ascontiguousarray(frames[0].T)
        heard = _quantised(np.ascontiguousarray(source[0].T))
        for i, (_, times, noise, blocks) in enumerate(_STAGES):
            raised = self._raised(x, i, times, len(heard))
            start = self._noise_track(heard, i, len(raised))
            # New memory costs as much as what is done in it.
            spaces = np.empty((2, *raised.shape), np.float32)
            track = self._block(noise, start, named, spaces, raised, raised)
            x = start.values
            for block in blocks:
                self._block(block, track, named, spaces, x, None if block == blocks[0] else x)
        out = np.empty((len(x), len(self._last.bias)), np.float32)
        self._convolver.leaky(x, _LAST_SLOPE, self._last, out, before=3)
        return np.ascontiguousarray(out.T)[None]

    def _raised(self, x: Floats, stage: int, times: int, length: int) -> Floats:
        """Each moment becomes `times` moments, each of which hears two; the last stage's first moment is its third."""
        layer = self._raise[stage]
        wide = np.empty((len(x) + 1, len(layer.bias)), np.float32)
        self._convolver.leaky(x, _SLOPE, layer, wide, before=1)
        rows = wide.reshape((len(x) + 1) * times, -1)
        cut = times // 2
        if stage == 0:
            return rows[cut : cut + len(x) * times]
        rows[cut - 1] = rows[cut + 1]
        return rows[cut - 1 : cut - 1 + length]

    def _noise_track(self, heard: Floats, stage: int, length: int) -> Track:
        layer = self._noise[stage]
        if stage == 0:  # six moments a row, of which a convolution hears two rows
            heard = np.pad(heard, ((3, 6 * (length + 1) - len(heard) - 3), (0, 0))).reshape(length + 1, -1)
        return self._convolver.leaky(heard, 1.0, layer, np.empty((length, len(layer.bias)), np.float32), before=0)

    def _block(
        self, block: str, track: Track, styles: Styles, spaces: Floats, out: Floats, base: Floats | None
    ) -> Track:
        """Three times two convolutions of a track, each pair added to what it heard; the sum plus `base`, in `out`.

        `spaces` (2, moments, channels) is overwritten.
        """
        between, own = spaces
        for i, n in _STEPS:
            layer, alpha = self._layers[block][i, n]
            style = styles[f"{_PLACE}/{block}/adain{n}.{i}/fc/Gemm_output_0"]
            if n == 1:
                heard = self._convolver.snaked(track, style, alpha, layer, between)
                continue
            last = (i, n) == _STEPS[-1]
            track = self._convolver.snaked(
                heard, style, alpha, layer, out if last else own, base=track.values, more=base if last else None
            )
        return track


class _Weights:
    """The generator's weights by their names in the graph."""

    def __init__(self, model: bytes) -> None:
        within = _dotted("")
        self._inputs = {
            n.name: n.inputs for n in onnxfile.nodes(model) if n.name.replace("/", ".").find(within) in (0, 1)
        }
        self._values = onnxfile.weights(model, {name for names in self._inputs.values() for name in names})

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._values[name]

    def float32(self, name: str, gain: float) -> Floats:
        return np.asarray(self[f"{_PLACE}/{name}"] * np.float32(gain))

    def bias(self, layer: str) -> Floats:
        return self[f"{_dotted(layer)}.bias"].copy()

    def block(self, block: str) -> Mapping[tuple[int, int], tuple[Layer, Floats]]:
        """A block's convolutions, each with the alpha of the snake before it."""
        return {
            (i, n): (
                quantised_layer(*self._quantised(f"{block}/convs{n}.{i}"), _DILATIONS[i] if n == 1 else 1),
                self[f"{_dotted(block)}.alpha{n}.{i}"].ravel().copy(),
            )
            for i, n in _STEPS
        }

    def noise(self, name: str, times: int) -> Layer:
        """A convolution of the source, which hears two rows of `times` moments, or one of one."""
        weights, zero, scale, bias = self._quantised(name)
        exact = (weights.astype(np.float32) - zero.astype(np.float32)) * np.float32(scale)
        out, channels, size = exact.shape
        rows = exact.transpose(0, 2, 1).reshape(out, size // times, times * channels)
        return layer(rows.transpose(0, 2, 1), bias)

    def raising(self, name: str, bias: str, times: int, gain: float) -> Layer:
        """A transposed convolution (channels, out, 2 · times) as one that hears the moment before and this one."""
        weights = self.float32(name, gain)
        channels, out, _ = weights.shape
        now, before = (weights[:, :, half].transpose(2, 1, 0) for half in (slice(times), slice(times, 2 * times)))
        both = np.stack([part.reshape(times * out, channels) for part in (before, now)], axis=2)
        return layer(both, np.tile(self.bias(bias), times))

    def _quantised(self, name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8], float, Floats]:
        _, weights, _, zero = self._inputs[f"{_PLACE}/{name}/Conv_quant"]
        scale = self[self._inputs[f"{_dotted(name)}.bias_scale_node"][1]]
        return self[weights], self[zero], float(scale.item()), self.bias(name)


def _dotted(name: str) -> str:
    return f"{_PLACE}/{name}"[1:].replace("/", ".")


def _quantised(values: Floats) -> Floats:
    """Rounded to 256 steps between the least and the greatest, as the graph does to the source."""
    least, greatest = min(np.float32(0), values.min()), max(np.float32(0), values.max())
    step = np.float32((greatest - least) / np.float32(255))
    zero = np.rint(-least / step)
    return np.asarray((np.clip(np.rint(values / step) + zero, 0, 255) - zero) * step, np.float32)
