"""Makes the networks in `src/limelight/puppet/photo/models` of MediaPipe's: TFLite files in, ONNX files out.

    pip install 'limelight[photo]'
    python tools/photo/networks.py mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl

The wheel is that of PyPI (`pip download --no-deps mediapipe==0.10.21`). Weights stay as they are, float16 where they
were. Each network is then asked by both runtimes about the same pictures, and the largest differences are printed.
Knows the operators of these five files, and refuses others.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from onnx import TensorProto, helper, numpy_helper

OUT = Path(__file__).resolve().parents[2] / "src/limelight/puppet/photo/models"
NETWORKS = (
    "face_detection/face_detection_full_range_sparse", "face_detection/face_detection_short_range",
    "face_landmark/face_landmark", "iris_landmark/iris_landmark", "selfie_segmentation/selfie_segmentation",
)  # fmt: skip
OPSET, IR = 17, 9
#: TFLite has pictures as (1, h, w, c), ONNX as (1, c, h, w).
TO_ONNX, TO_TFLITE = (0, 3, 1, 2), (0, 2, 3, 1)
_OPERATORS = {number: name for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)}
_DTYPES = {schema.TensorType.FLOAT32: "<f4", schema.TensorType.FLOAT16: "<f2", schema.TensorType.INT32: "<i4"}
_PLAIN = {"ADD": "Add", "MUL": "Mul", "RELU": "Relu", "LOGISTIC": "Sigmoid", "HARD_SWISH": "HardSwish"}
_ACTIVATIONS = {schema.ActivationFunctionType.RELU: "Relu"}


class Converter:
    """One TFLite file, on its way to an ONNX model. All values of rank 4 are (1, c, h, w) there."""

    def __init__(self, data: bytes) -> None:
        self.model = schema.ModelT.InitFromPackedBuf(data, 0)
        (self.graph,) = self.model.subgraphs
        self.nodes: list[Any] = []
        self.initial: dict[str, Any] = {}
        self._machine: Any = None
        self.values = self._constants(data)

    def _constants(self, data: bytes) -> dict[int, np.ndarray]:
        """Tensors that are the same for every picture: weights, made dense and float32 where they are not."""
        found = {}
        for i, tensor in enumerate(self.graph.tensors):
            buffer = self.model.buffers[tensor.buffer].data
            if buffer is not None and tensor.sparsity is None:
                found[i] = np.array(buffer).view(_DTYPES[tensor.type]).reshape(self.shape(i))
        for op in self.graph.operators:
            source, output = op.inputs[0], op.outputs[0]
            if self.name(op) == "DENSIFY":
                found[output] = self._dense(data, output)
            elif self.name(op) == "DEQUANTIZE" and source in found:
                found[output] = found[source].astype(np.float32)
        return found

    def _dense(self, data: bytes, tensor: int) -> np.ndarray:
        """What sparse weights are, which TFLite keeps in many ways: its own interpreter says."""
        if self._machine is None:
            plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
            self._machine = Interpreter(
                model_content=data, experimental_preserve_all_tensors=True, experimental_op_resolver_type=plain
            )
            self._machine.allocate_tensors()
            self._machine.invoke()
        return np.array(self._machine.get_tensor(tensor))

    def name(self, op: Any) -> str:
        """An operator's name, as TFLite's schema has it; of one that is not TFLite's, its own."""
        code = self.model.operatorCodes[op.opcodeIndex]
        builtin = max(code.builtinCode, code.deprecatedBuiltinCode)
        return code.customCode.decode() if builtin == schema.BuiltinOperator.CUSTOM else _OPERATORS[builtin]

    def shape(self, tensor: int) -> list[int]:
        """As TFLite has it."""
        return [int(n) for n in self.graph.tensors[tensor].shape]

    def constant(self, value: np.ndarray, name: str) -> str:
        """The name of a value that does not change; kept as float16 where that loses nothing."""
        half = value.astype(np.float16) if value.dtype == np.float32 and value.size > 1 else None
        if half is not None and np.array_equal(half.astype(np.float32), value):
            self.initial[f"{name}/half"] = numpy_helper.from_array(np.ascontiguousarray(half), f"{name}/half")
            self.add("Cast", [f"{name}/half"], name, to=TensorProto.FLOAT)
        else:
            self.initial[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """A node; its output's name."""
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def value(self, tensor: int) -> str:
        """The name of a tensor; of a constant one, turned for a graph of (1, c, h, w)."""
        name = f"t{tensor}"
        if tensor in self.values and name not in self.initial and f"{name}/half" not in self.initial:
            array = self.values[tensor]
            if array.ndim == 4:
                array = array.transpose(TO_ONNX)
            elif array.ndim == 3:  # (1, 1, c): the slopes of PRelu
                array = array.transpose(2, 0, 1)
            elif array.ndim == 1 and array.size > 1:
                array = array.reshape(-1, 1, 1)
            self.constant(array, name)
        return name

    def convert(self) -> onnx.ModelProto:
        """The model. Raises ValueError where the file has an operator that is not known here."""
        for op in self.graph.operators:
            if op.outputs[0] not in self.values:
                self._operator(op)
        (picture,) = self.graph.inputs
        first = helper.make_node("Transpose", ["picture"], [f"t{picture}"], perm=TO_ONNX)
        outputs = []
        for i, tensor in enumerate(self.graph.outputs):
            turned = len(self.shape(tensor)) == 4
            extra: dict[str, Any] = {"perm": TO_TFLITE} if turned else {}
            self.add("Transpose" if turned else "Identity", [f"t{tensor}"], f"output{i}", **extra)
            outputs.append(helper.make_tensor_value_info(f"output{i}", TensorProto.FLOAT, self.shape(tensor)))
        inputs = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, self.shape(picture))]
        graph = helper.make_graph([first, *self.nodes], "network", inputs, outputs, list(self.initial.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _operator(self, op: Any) -> None:
        name, options = self.name(op), op.builtinOptions
        inputs, output = [int(i) for i in op.inputs], int(op.outputs[0])
        first, out = self.value(inputs[0]), f"t{output}"
        active = getattr(options, "fusedActivationFunction", 0)
        if active:
            out += "/before"
        if name in _PLAIN:
            self.add(_PLAIN[name], [self.value(i) for i in inputs], out)
        elif name == "PRELU":
            self.add("PRelu", [first, self.value(inputs[1])], out)
        elif name in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            self._convolution(name, options, inputs, output, out)
        elif name == "Convolution2DTransposeBias":
            self._transposed_convolution(bytes(op.customOptions), inputs, output, out)
        elif name in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
            kernel, strides = [options.filterHeight, options.filterWidth], [options.strideH, options.strideW]
            pads = self._pads(options.padding, inputs[0], output, kernel, strides, [1, 1])
            kind = "MaxPool" if name == "MAX_POOL_2D" else "AveragePool"
            self.add(kind, [first], out, kernel_shape=kernel, strides=strides, pads=pads)
        elif name == "PAD":
            pads = self.values[inputs[1]][list(TO_ONNX)]
            self.add("Pad", [first, self.constant(pads.T.ravel().astype(np.int64), f"{out}/pads")], out)
        elif name == "RESIZE_BILINEAR":
            mode = (
                "align_corners" if options.alignCorners else "half_pixel" if options.halfPixelCenters else "asymmetric"
            )
            size = self.constant(np.array([1, *np.array(self.shape(output))[[3, 1, 2]]], np.int64), f"{out}/size")
            self.add("Resize", [first, "", "", size], out, mode="linear", coordinate_transformation_mode=mode)
        elif name == "DEPTH_TO_SPACE":
            self.add("DepthToSpace", [first], out, blocksize=options.blockSize, mode="DCR")
        elif name == "RESHAPE":
            source = self.add("Transpose", [first], f"{out}/turned", perm=TO_TFLITE)
            if len(self.shape(inputs[0])) != 4 or len(self.shape(output)) == 4:
                raise ValueError(f"a reshape from {self.shape(inputs[0])} to {self.shape(output)}")
            self.add("Reshape", [source, self.constant(np.array(self.shape(output), np.int64), f"{out}/shape")], out)
        elif name == "CONCATENATION":
            if len(self.shape(output)) == 4:
                raise ValueError("a concatenation of pictures")
            self.add("Concat", [self.value(i) for i in inputs], out, axis=options.axis)
        else:
            raise ValueError(f"an operator that is not known here: {name}")
        if active:
            self.add(_ACTIVATIONS[active], [out], f"t{output}")

    def _pads(
        self, padding: int, source: int, output: int, kernel: list[int], strides: list[int], dilations: list[int]
    ):
        if padding == schema.Padding.VALID:
            return [0, 0, 0, 0]
        pairs = []
        for axis, (k, s, d) in enumerate(zip(kernel, strides, dilations, strict=True), 1):
            missing = max((self.shape(output)[axis] - 1) * s + (k - 1) * d + 1 - self.shape(source)[axis], 0)
            pairs.append((missing // 2, missing - missing // 2))
        return [pair[0] for pair in pairs] + [pair[1] for pair in pairs]

    def _convolution(self, name: str, options: Any, inputs: list[int], output: int, out: str) -> None:
        source, weights, bias = inputs
        array = self.values[weights]  # (out, h, w, in), or (1, h, w, channels) of a depthwise one
        deep = name == "DEPTHWISE_CONV_2D"
        if deep and options.depthMultiplier != 1:
            raise ValueError("a depthwise convolution that makes more channels")
        array = array.transpose((3, 0, 1, 2) if deep else TO_ONNX)
        kernel = [int(n) for n in array.shape[2:]]
        strides, dilations = [options.strideH, options.strideW], [options.dilationHFactor, options.dilationWFactor]
        self.add(
            "Conv",
            [
                self.value(source),
                self.constant(array, f"{out}/weights"),
                self.constant(self.values[bias], f"{out}/bias"),
            ],
            out,
            kernel_shape=kernel,
            strides=strides,
            dilations=dilations,
            group=array.shape[0] if deep else 1,
            pads=self._pads(options.padding, source, output, kernel, strides, dilations),
        )

    def _transposed_convolution(self, options: bytes, inputs: list[int], output: int, out: str) -> None:
        """MediaPipe's own operator; its options are TfLiteTransposeConvParams: padding, stride in x and in y."""
        source, weights, bias = inputs
        _, across, down = np.frombuffer(options, "<i4")[:3].tolist()
        array = self.values[weights].transpose(3, 0, 1, 2)  # (out, h, w, in) to (in, out, h, w)
        if array.shape[2:] != (down, across):
            raise ValueError("a transposed convolution whose kernels overlap")
        self.add(
            "ConvTranspose",
            [
                self.value(source),
                self.constant(array, f"{out}/weights"),
                self.constant(self.values[bias], f"{out}/bias"),
            ],
            out,
            kernel_shape=[down, across],
            strides=[down, across],
        )


def largest_difference(tflite: bytes, model: bytes, pictures: int = 20) -> list[tuple[float, float]]:
    """Of each output: how far the two runtimes are apart at most, and the largest magnitude, on smooth noise."""
    machine = Interpreter(model_content=tflite)
    machine.allocate_tensors()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    _, height, width, _ = machine.get_input_details()[0]["shape"]
    random = np.random.default_rng(1)
    found = []
    for _ in range(pictures):
        coarse = random.uniform(0, 1, (height // 8, width // 8, 3)).repeat(8, axis=0).repeat(8, axis=1)
        picture = np.asarray(coarse + random.normal(0, 0.05, coarse.shape), np.float32)[None]
        machine.set_tensor(machine.get_input_details()[0]["index"], picture)
        machine.invoke()
        theirs = [machine.get_tensor(one["index"]) for one in machine.get_output_details()]
        ours = session.run(None, {"picture": picture})
        found.append([(np.abs(a - b).max(), np.abs(a).max()) for a, b in zip(theirs, ours, strict=True)])
    return [(float(apart), float(largest)) for apart, largest in np.max(found, axis=0)]


def main() -> None:
    """Convert the networks of the wheel named on the command line."""
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        files = {name: wheel.read(f"mediapipe/modules/{name}.tflite") for name in NETWORKS}
    for name, data in files.items():
        model = Converter(data).convert().SerializeToString()
        (OUT / f"{Path(name).name}.onnx").write_bytes(model)
        apart = ", ".join(f"{d:.1e} of {most:.3g}" for d, most in largest_difference(data, model))
        print(f"{Path(name).name}: {len(data)} bytes of TFLite, {len(model)} of ONNX; outputs differ by up to {apart}")


if __name__ == "__main__":
    main()
