"""ONNX files as bytes: parts of a graph, its weights, and pieces to build one of. Knows nothing of speech.

ModelProto has its graph in field 7; GraphProto nodes in 1, initial values in 5, inputs in 11, outputs in 12 and types
in 13; NodeProto inputs in 1, outputs in 2, its name in 3, its type in 4 and attributes in 5. Protobuf's wire format is
read and written here, so that a film needs no package for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FLOAT, UINT8, INT8, INT32, INT64 = 1, 2, 3, 6, 7
_TYPES = {FLOAT: np.float32, UINT8: np.uint8, INT8: np.int8, INT32: np.int32, INT64: np.int64}
_KINDS = {np.dtype(dtype): kind for kind, dtype in _TYPES.items()}


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a graph, read."""

    name: str
    type: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    #: those that are lists of whole numbers
    lists: Mapping[str, Sequence[int]]
    data: bytes


def with_output(model: bytes, name: str) -> bytes:
    """The ONNX model with one more output: protobuf merges an appended ModelProto{graph{output{name}}} into it."""
    return model + _field(7, _field(12, _field(1, name.encode())))


def part_for(model: bytes, outputs: Sequence[str], given: Collection[str] = ()) -> bytes:
    """The part of an ONNX model that computes some values, inner ones too, as a model with these outputs.

    Values that are `given` become inputs, of float32, and what computes them is left out. ONNX Runtime runs all nodes
    of a graph, whichever output a caller asks for (findings/onnxruntime-early-output.sh).
    """
    graph = list(_graph(model))
    nodes = [(value, *_inputs_and_outputs(value)) for number, _, value in graph if number == 1]
    makers = {name: i for i, (_, _, made) in enumerate(nodes) for name in made}
    needed, values, left = set(), set(), list(outputs)
    while left:
        name = left.pop()
        if name in values:
            continue
        values.add(name)
        if name in makers and name not in given:
            needed.add(makers[name])
            left += nodes[makers[name]][1]
    part = [_field(1, bytes(nodes[i][0])) for i in sorted(needed)]
    part += [_field(5, bytes(v)) for n, _, v in graph if n == 5 and _names(v, 8)[0] in values]
    part += [_field(n, bytes(v)) for n, _, v in graph if n == 2 or (n == 11 and _names(v, 1)[0] in values)]
    part += [_value(11, name, FLOAT) for name in given]
    part += [_field(12, _field(1, name.encode())) for name in outputs]
    return _with_graph(model, part)


def nodes(model: bytes) -> Iterator[Node]:
    """A model's nodes, in order."""
    for number, _, value in _graph(model):
        if number == 1:
            fields = list(_fields(value))
            inputs, outputs, name, kind = ([str(v, "utf-8") for n, _, v in fields if n == one] for one in (1, 2, 3, 4))
            lists = {_names(v, 1)[0]: _numbers(v, 8) for n, _, v in fields if n == 5}
            yield Node("".join(name), "".join(kind), inputs, outputs, lists, bytes(value))


def weights(model: bytes, names: Collection[str]) -> dict[str, Array]:
    """Initial values of a model, by name; read-only, and in the model's memory."""
    tensors = ((_names(v, 8)[0], v) for n, _, v in _graph(model) if n == 5)
    return {name: _array(tensor) for name, tensor in tensors if name in names}


def rebuilt(model: bytes, new_nodes: Sequence[bytes], new_weights: Mapping[str, Array]) -> bytes:
    """The model with other nodes, and with more initial values beside those of its own that these nodes take."""
    taken = {name for node in new_nodes for name in _names(memoryview(node), 1)}
    part = [_field(1, node) for node in new_nodes]
    part += [_field(5, _tensor(name, values)) for name, values in new_weights.items()]
    kept = ((n, v) for n, _, v in _graph(model) if n not in (1, 13) and (n != 5 or _names(v, 8)[0] in taken))
    return _with_graph(model, part + [_field(n, bytes(v)) for n, v in kept])


def node(kind: str, inputs: Sequence[str], output: str, *, axis: int | None = None, perm: Sequence[int] = ()) -> bytes:
    """A new node of one output, with an attribute `axis` or `perm` where given."""
    out = b"".join(_field(1, name.encode()) for name in inputs)
    out += _field(2, output.encode()) + _field(3, output.encode()) + _field(4, kind.encode())
    if axis is not None:
        out += _field(5, _field(1, b"axis") + _number(3, axis) + _number(20, 2))
    if perm:
        out += _field(5, _field(1, b"perm") + b"".join(_number(8, one) for one in perm) + _number(20, 7))
    return out


def small_model(graph_nodes: Sequence[bytes], inputs: Mapping[str, int], output: tuple[str, int]) -> bytes:
    """A model of a few nodes, whose inputs and output have these types and any shape."""
    graph = b"".join(_field(1, one) for one in graph_nodes) + _field(2, b"graph")
    graph += b"".join(_value(11, name, kind) for name, kind in inputs.items()) + _value(12, *output)
    return _number(1, 9) + _field(7, graph) + _field(8, _number(2, 20))


def _graph(model: bytes) -> Iterator[tuple[int, int, Any]]:
    return _fields(next(v for n, _, v in _fields(model) if n == 7))


def _with_graph(model: bytes, parts: Sequence[bytes]) -> bytes:
    head = b"".join(_field(n, bytes(v)) if w == 2 else _number(n, v) for n, w, v in _fields(model) if n != 7)
    return head + _field(7, b"".join(parts))


def _array(tensor: memoryview) -> Array:
    """A TensorProto: dims in field 1, type in 2; data in 9, or few float32 in 4, or few whole numbers in 5 or 7."""
    kind = _numbers(tensor, 2)[0]
    data = [value for number, _, value in _fields(tensor) if number in (4, 9)]
    if data:
        return np.frombuffer(data[0], _TYPES[kind]).reshape(_numbers(tensor, 1))
    return np.array(_numbers(tensor, 5) + _numbers(tensor, 7), _TYPES[kind]).reshape(_numbers(tensor, 1))


def _tensor(name: str, values: Array) -> bytes:
    dims = b"".join(_number(1, size) for size in values.shape)
    return dims + _number(2, _KINDS[values.dtype]) + _field(8, name.encode()) + _field(9, values.tobytes())


def _fields(data: bytes | memoryview) -> Iterator[tuple[int, int, Any]]:
    """Number, wire type and value of each field of a protobuf message."""
    view, at = memoryview(data), 0
    end = len(view)
    while at < end:
        key, at = _varint(view, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(view, at)
            yield number, wire, value
        else:
            size, at = _varint(view, at) if wire == 2 else ((8, at) if wire == 1 else (4, at))
            yield number, wire, view[at : at + size]
            at += size


def _inputs_and_outputs(node: memoryview) -> tuple[list[str], list[str]]:
    fields = list(_fields(node))
    return [str(v, "utf-8") for n, _, v in fields if n == 1], [str(v, "utf-8") for n, _, v in fields if n == 2]


def _names(message: memoryview, number: int) -> list[str]:
    return [str(value, "utf-8") for n, wire, value in _fields(message) if n == number and wire == 2]


def _numbers(message: memoryview, number: int) -> list[int]:
    """Whole numbers of a field, whether each stands alone or all are packed."""
    out: list[int] = []
    for n, wire, value in _fields(message):
        if n == number and wire == 0:
            out.append(value)
        elif n == number:
            at = 0
            while at < len(value):
                one, at = _varint(value, at)
                out.append(one)
    return [one - (1 << 64) if one >> 63 else one for one in out]


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = view[at]
    if value < 128:
        return value, at + 1
    value, shift = 0, 0
    while True:
        byte = view[at]
        value, at, shift = value | (byte & 127) << shift, at + 1, shift + 7
        if byte < 128:
            return value, at


def _number(number: int, value: int) -> bytes:
    return _as_varint(number << 3) + _as_varint(value)


def _field(number: int, payload: bytes) -> bytes:
    """A length-delimited protobuf field."""
    return _as_varint(number << 3 | 2) + _as_varint(len(payload)) + payload


def _as_varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _value(number: int, name: str, kind: int) -> bytes:
    """A ValueInfoProto: a tensor of any shape."""
    return _field(number, _field(1, name.encode()) + _field(2, _field(1, _number(1, kind))))
