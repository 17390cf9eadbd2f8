"""Convolutions over time, computed by blocks of moments on all threads; what they do to a sound is the caller's matter.

ONNX Runtime runs what lies between two convolutions of a quantised graph as twenty operators over a whole sentence.
Here a block goes through all of it while it is in the cache: compiled loops (`convolution_loops`) normalise, bend,
quantise and unfold it, and a product (`products`) sums it with the weights. Each block is quantised by itself, in finer
steps than a whole sentence would be. The same numbers come out on any number of threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limelight.speech import convolution_loops as loops
from limelight.speech import products

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_EPSILON = 1e-5
#: A silent block's steps are not 0.
_LEAST_RANGE = 1e-12
#: Most moments in a block: larger ones leave the cache, smaller ones are more work. Quantisation depends on it.
_ROWS = 1024


@dataclass(frozen=True, slots=True)
class Layer:
    """Weights of one convolution, (taps · channels, out), float32 or bytes; bias (out,); the moments between taps."""

    weights: NDArray[Any]
    bias: Floats
    taps: int
    dilation: int = 1
    #: What stands for 0 among bytes, and how much one step is.
    zero: NDArray[Any] | None = None
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Track:
    """Values (moments, channels), and their sums and sums of squares (2, channels)."""

    values: Floats
    sums: Doubles


def layer(weights: Floats, bias: Floats) -> Layer:
    """A layer of float32 weights (out, channels, taps)."""
    out, channels, taps = weights.shape
    return Layer(np.ascontiguousarray(weights.transpose(2, 1, 0)).reshape(taps * channels, out), bias, taps)


def quantised_layer(
    weights: NDArray[np.uint8], zero: NDArray[np.uint8], scale: float, bias: Floats, dilation: int
) -> Layer:
    """A layer of uint8 weights (out, channels, taps) in steps of `scale` from `zero`."""
    factor, factor_zero = products.factor(weights, zero)
    return Layer(factor, bias, weights.shape[2], dilation, factor_zero, scale)


class Convolver:
    """Runs layers on some threads. Threads may share it."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, "convolution")
        self._own = threading.local()
        self._floats, self._bytes = products.of_floats(), products.of_bytes()

    def snaked(
        self,
        track: Track,
        style: Floats,
        alpha: Floats,
        layer: Layer,
        out: Floats,
        *,
        base: Floats | None = None,
        more: Floats | None = None,
    ) -> Track:
        """The track normalised, styled and bent by a snake, then convolved; with what is to be added to it, in `out`.

        `style` is float32 (2 · channels,): gains less 1, then offsets. `alpha` (channels,) is the snake's. The
        convolution begins and ends in zeros and keeps the length. `base` and `more` (moments, channels) may be `out`.
        """
        gain, offset = _affine(track, style)
        channels = track.values.shape[1]
        reach = (layer.taps - 1) * layer.dilation

        def block(first: int, rows: int) -> Doubles:
            bent = self._space("bent", (rows + reach, channels), np.float32)
            steps = self._space("steps", bent.shape, np.uint8)
            columns = self._space("columns", (rows, layer.taps, channels), np.uint8)
            least, greatest = loops.snake(track.values, first - reach // 2, gain, offset, alpha, bent)
            step = np.float32(max(float(greatest) - float(least), _LEAST_RANGE) / 255)
            zero = round(float(-least / step))
            loops.quantised(bent, np.float32(1) / step, zero, steps)
            loops.unfolded(steps.view(np.uint64), layer.dilation, columns.view(np.uint64))
            factors = {"a": columns.reshape(rows, -1), "b": layer.weights}
            zeros = {"a_zero": np.array(zero, np.uint8), "b_zero": layer.zero}
            (sums,) = self._bytes.run(None, factors | zeros)
            here = slice(first, first + rows)
            scale = step * np.float32(layer.scale)
            return loops.summed(sums, scale, layer.bias, _part(base, here), _part(more, here), out[here])

        return Track(out, self._sums(block, len(out), _ROWS))

    def leaky(self, values: Floats, slope: float, layer: Layer, out: Floats, *, before: int) -> Track:
        """Values, those below 0 times `slope`, convolved, in `out` (moments, out): the first sums what begins `before`
        moments before the first."""
        reach = (layer.taps - 1) * layer.dilation
        most = max(16, _ROWS * 128 // layer.weights.shape[1])

        def block(first: int, rows: int) -> Doubles:
            bent = self._space("bent", (rows + reach, values.shape[1]), np.float32)
            columns = self._space("float columns", (rows, layer.taps, values.shape[1]), np.float32)
            loops.leaky(values, first - before, np.float32(slope), bent)
            loops.unfolded(bent, layer.dilation, columns)
            (sums,) = self._floats.run(None, {"a": columns.reshape(rows, -1), "b": layer.weights})
            return loops.summed(sums, np.float32(layer.scale), layer.bias, None, None, out[first : first + rows])

        return Track(out, self._sums(block, len(out), most))

    def _sums(self, block: Callable[[int, int], Doubles], rows: int, most: int) -> Doubles:
        """Calls `block` with the first row and the number of rows of each; what it gives is added up in order."""
        # As many for one thread as for another, and the same on any number.
        edges = np.linspace(0, rows, 2 * -(-rows // (2 * most)) + 1).astype(int)
        return np.asarray(np.sum(list(self._pool.map(block, edges[:-1].tolist(), np.diff(edges).tolist())), axis=0))

    def _space(self, name: str, shape: tuple[int, ...], kind: type[np.generic]) -> NDArray[Any]:
        """This thread's memory for one purpose, of any values: new memory costs as much as what is done in it."""
        size, spaces = int(np.prod(shape)), self._own.__dict__
        if name not in spaces or len(spaces[name]) < size:
            spaces[name] = np.empty(size, kind)
        return np.asarray(spaces[name][:size]).reshape(shape)


def _affine(track: Track, style: Floats) -> tuple[Floats, Floats]:
    """What normalising each channel and styling it multiplies it by, and what they add, float32 (channels,) each."""
    mean, square = track.sums / len(track.values)
    gain, offset = style.astype(np.float64).reshape(2, -1)
    gain = (1 + gain) / np.sqrt(np.maximum(square - mean * mean, 0) + _EPSILON)
    return gain.astype(np.float32), (offset - mean * gain).astype(np.float32)


def _part(values: Floats | None, here: slice) -> Floats | None:
    return None if values is None else values[here]
