#!/usr/bin/env bash
# onnxruntime 1.32.0 on the CPU, one thread.
#
# quantize_dynamic turns a Conv and a MatMul with as many sums (1024 x 1152 x 128) into 8 bit, with signed weights, its
# default, and with unsigned ones; all answers agree with the float layer's.
# Guess: both layers are two to four times as fast as in float32; the weights' sign, a shift by 128, matters little.
# Seen: the sign decides, and the other way round for each. The default makes the MatMul fast (unsigned weights take
#   twice as long), but the Conv more than three times slower than it was in float32, ten times slower than the MatMul;
#   with unsigned weights it is a little faster than in float32. A model with both needs a sign for each. Likely cause:
#   a convolution has its weights as the left operand; a MatMulInteger whose left operand is signed is as slow.
#   Signed convolutions were as slow in 1.24.4, 1.28.0 and 1.30.0, and refused in 1.22.1; in 1.24.4 a MatMul was equally
#   fast with both signs.
#
# Output on 2026-11-30, AMD EPYC (family 25, model 17; core seconds as multiples of the float layer's, within a tenth):
#   Conv:   float 1, signed 3.62, unsigned 0.80
#   MatMul: float 1, signed 0.35, unsigned 0.76
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check onnxruntime==1.32.0 onnx==1.20.0 numpy
ORT_DISABLE_TELEMETRY=1 venv/bin/python - <<'PY'
import logging
import sys
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

cpu = Path("/proc/cpuinfo").read_text("utf-8").split() if Path("/proc/cpuinfo").exists() else []
if "avx512_vnni" not in cpu or "amx_int8" in cpu or "avx_vnni_int8" in cpu:
    print("skipped: seen on a processor with avx512_vnni, without amx_int8 and avx_vnni_int8; this is another kind")
    sys.exit()
logging.disable(logging.WARNING)
rng = np.random.default_rng(0)


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def versions(op, shape, weights, **attributes):
    """The layer as it is, and quantised with signed weights (the default) and with unsigned ones."""
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    node = helper.make_node(op, ["x", "w"], ["y"], **attributes)
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([node], op, [value], [out], [numpy_helper.from_array(weights, "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), f"{op}.onnx")
    quantize_dynamic(f"{op}.onnx", f"{op}-signed.onnx")
    quantize_dynamic(f"{op}.onnx", f"{op}-unsigned.onnx", weight_type=QuantType.QUInt8)
    return [session(f"{op}{name}.onnx") for name in ("", "-signed", "-unsigned")]


def core_seconds(one, x):
    start = time.process_time()
    for _ in range(5):
        one.run(None, {"x": x})
    return time.process_time() - start


def compared(sessions, x):
    """Core seconds in multiples of the float layer's: the least of nine turns each, the first ones not counted."""
    turns = np.array([[core_seconds(one, x) for one in sessions] for _ in range(10)])[1:].min(axis=0)
    return turns[1:] / turns[0]


picture = rng.normal(size=(1, 128, 32, 32)).astype(np.float32)
kernel = rng.normal(size=(128, 128, 3, 3)).astype(np.float32)
convolution = versions("Conv", picture.shape, kernel, pads=[1, 1, 1, 1])
# The same number of sums, over the same number of values each.
rows = rng.normal(size=(32 * 32, 128 * 9)).astype(np.float32)
product = versions("MatMul", rows.shape, np.ascontiguousarray(kernel.reshape(128, -1).T))
for sessions, x in ((convolution, picture), (product, rows)):
    right, *quantised = (one.run(None, {"x": x})[0] for one in sessions)
    assert all(np.abs(y - right).std() < 0.03 * right.std() for y in quantised), "the quantised layers are wrong"
conv, matmul = compared(convolution, picture), compared(product, rows)
print(f"Conv:   float 1, signed {conv[0]:.2f}, unsigned {conv[1]:.2f}")
print(f"MatMul: float 1, signed {matmul[0]:.2f}, unsigned {matmul[1]:.2f}")
assert conv[0] > 1.5 and conv[0] > 2 * conv[1], "signed convolutions are not slow now"
assert matmul[0] < 0.6 and matmul[1] > 1.3 * matmul[0], "signed products are not the fast ones now"
PY
