#!/usr/bin/env bash
# onnxruntime 1.32.0, on hibari-tts 0.2.1's speech model (7.9 MB).
#
# Guess: a run that asks for one early output (the pitch, for which half of the graph is needed) runs only the nodes
#   that this output needs; so a model can be asked for durations cheaply before its sound is made.
# Seen: it runs every node, the decoder too, and takes as long as a run for all outputs. Which outputs are asked for changes
#   what is handed back, not what is computed; a cheap early answer needs a graph that was cut before it is loaded.
#
# Output on 2026-11-29:
#   all outputs: 643 nodes ran; f0 alone: 643 nodes ran; what f0 needs: 969 of 1731 nodes in the file
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime==1.32.0 onnx==1.20.0 numpy
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps hibari-tts==0.2.1
cd "$folder"
ORT_DISABLE_TELEMETRY=1 "$folder/venv/bin/python" - <<'PY'
import importlib.util
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

path = Path(importlib.util.find_spec("hibari").submodule_search_locations[0]) / "assets" / "hibari.onnx"
graph = onnx.load(path).graph
made_by = {name: node for node in graph.node for name in node.output}
needed, left = set(), ["f0"]
while left:
    node = made_by.get(left.pop())
    if node is not None and id(node) not in needed:
        needed.add(id(node))
        left += node.input


def ran(outputs):
    options = onnxruntime.SessionOptions()
    options.enable_profiling = True
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    ids = np.array([[0, 50, 83, 54, 156, 57, 135, 4, 0]], np.int64)
    session.run(outputs, {"ids": ids, "speed": np.array([1.0], np.float32)})
    events = json.loads(Path(session.end_profiling()).read_text())
    return sum(event["name"].endswith("_kernel_time") for event in events)


every, alone = ran(None), ran(["f0"])
print(f"all outputs: {every} nodes ran; f0 alone: {alone} nodes ran;", end=" ")
print(f"what f0 needs: {len(needed)} of {len(graph.node)} nodes in the file")
assert alone == every, "only what is asked for is run now"
assert len(needed) < 0.6 * len(graph.node)
PY
