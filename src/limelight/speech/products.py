"""Convolutions of bytes as products of matrices, which ONNX Runtime computes several times faster, to the same numbers.

Its ConvInteger (1.32) unfolds and packs the sound for each convolution, with the weights as the left factor, and
multiplies unsigned by unsigned bytes, for which processors have no instruction: 80 thousand million products a second
on one core of a Zen 4. With the sound as the left factor and signed weights VNNI has one, and it makes 200. Whole
numbers are exact in any order, so the graph's results do not change by a bit.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from limelight import networks
from limelight.speech import onnxfile
from limelight.speech.onnxfile import FLOAT, INT8, INT32, UINT8, Array, Node

#: Fewer channels than this are no work.
_FEWEST_CHANNELS = 64
_END = np.iinfo(np.int64).max


def of_floats() -> networks.Session:
    """y = a b of float32, on the caller's thread."""
    return networks.session(
        onnxfile.small_model([onnxfile.node("MatMul", ("a", "b"), "y")], {"a": FLOAT, "b": FLOAT}, ("y", FLOAT)), 1
    )


@cache
def weights_are_signed() -> bool:
    """Whether signed weights give exact products here.

    x86 processors before VNNI add pairs of products of unsigned by signed bytes in 16 bits, which overflow.
    """
    ones = {"a": np.full((1, 64), 255, np.uint8), "b": np.full((64, 16), 127, np.int8)}
    zeros = {"a_zero": np.array(0, np.uint8), "b_zero": np.array(0, np.int8)}
    (products,) = _of_bytes(INT8).run(None, ones | zeros)
    return bool((np.asarray(products) == 64 * 255 * 127).all())


def of_bytes() -> networks.Session:
    """y = (a − a_zero) (b − b_zero) of uint8 a and of b as `factor` makes it, on the caller's thread; int32."""
    return _of_bytes(INT8 if weights_are_signed() else UINT8)


def _of_bytes(kind: int) -> networks.Session:
    inputs = {"a": UINT8, "b": kind, "a_zero": UINT8, "b_zero": kind}
    return networks.session(
        onnxfile.small_model([onnxfile.node("MatMulInteger", tuple(inputs), "y")], inputs, ("y", INT32)), 1
    )


def factor(weights: NDArray[np.uint8], zero: Array) -> tuple[Array, Array]:
    """A convolution's weights (out, channels, taps) and their zero point as a product's right factor (taps · channels,
    out) and its zero point: signed where that is exact."""
    out, channels, taps = weights.shape
    matrix = np.ascontiguousarray(weights.transpose(2, 1, 0)).reshape(taps * channels, out)
    return (_signed(matrix), _signed(zero)) if weights_are_signed() else (matrix, zero)


def _signed(values: Array) -> Array:
    return np.asarray(values ^ np.uint8(128)).view(np.int8)


def with_products(model: bytes) -> bytes:
    """The ONNX model with each ConvInteger over many channels and one axis, of step 1, as a MatMulInteger."""
    graph = list(onnxfile.nodes(model))
    theirs = onnxfile.weights(model, {name for node in graph if node.type == "ConvInteger" for name in node.inputs})
    nodes: list[bytes] = []
    weights: dict[str, Array] = {}
    for node in graph:
        if (
            node.type != "ConvInteger"
            or node.lists["strides"] != [1]
            or theirs[node.inputs[1]].shape[1] < _FEWEST_CHANNELS
        ):
            nodes.append(node.data)
            continue
        matrix, zero = factor(theirs[node.inputs[1]], theirs[node.inputs[3]])
        weights |= {f"{node.name}:weights": matrix, f"{node.name}:zero": zero}
        nodes += _product(node, theirs[node.inputs[1]].shape[2], weights)
    return onnxfile.rebuilt(model, nodes, weights)


def _product(node: Node, taps: int, weights: dict[str, Array]) -> list[bytes]:
    """The nodes that stand for a convolution: moments as rows, the rows that it sums side by side, their product."""
    sound, _, sound_zero, _ = node.inputs
    name, rows = node.name, f"{node.name}:rows"
    out = [onnxfile.node("Transpose", (sound,), rows, perm=(0, 2, 1))]
    if taps > 1:
        before, after = node.lists["pads"]
        dilation = node.lists["dilations"][0]
        weights |= {f"{name}:pads": np.array((0, before, 0, 0, after, 0)), "rows:axis": np.array((1,))}
        out.append(onnxfile.node("Pad", (rows, f"{name}:pads", sound_zero), f"{name}:padded"))
        for tap in range(taps):
            first, past = tap * dilation, (tap - taps + 1) * dilation or _END
            weights |= {f"rows:{one}": np.array((one,)) for one in (first, past)}
            part = (f"{name}:padded", f"rows:{first}", f"rows:{past}", "rows:axis")
            out.append(onnxfile.node("Slice", part, f"{name}:{tap}"))
        rows = f"{name}:unfolded"
        out.append(onnxfile.node("Concat", [f"{name}:{tap}" for tap in range(taps)], rows, axis=2))
    factors = (rows, f"{name}:weights", sound_zero, f"{name}:zero")
    out.append(onnxfile.node("MatMulInteger", factors, f"{name}:products"))
    return [*out, onnxfile.node("Transpose", (f"{name}:products",), node.outputs[0], perm=(0, 2, 1))]
