#!/usr/bin/env bash
# hibari-tts 0.2.1 (a speech model of 8 MB), onnxruntime 1.32.0.
#
# Guess: `speed` scales the speech evenly, as its document says ("durations are divided by this"): at 0.79 a sentence is two
#   per cent longer than at 0.81.
# Seen: the length moves in steps. The durations are whole steps of 25 ms, most of them two or three, and are rounded again
#   after the division: just below 0.8 two becomes three, and the sentence is a sixth longer; from 1.05 to 1.1 nothing happens. Who needs a pace has to leave speed at 1 and stretch the sound.
#
# Output on 2026-11-29 (length at each speed by the length at 1, and what the speed asks for):
#   0.70: 1.41 (1.43) 0.75: 1.38 (1.33) 0.79: 1.36 (1.27) 0.81: 1.16 (1.23) 0.85: 1.12 (1.18) 0.90: 1.04 (1.11)
#   1.05: 0.98 (0.95) 1.10: 0.98 (0.91) 1.20: 0.90 (0.83) 1.30: 0.87 (0.77)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime==1.32.0 hibari-tts==0.2.1
ORT_DISABLE_TELEMETRY=1 "$folder/venv/bin/python" - <<'PY'
from hibari import Hibari

tts = Hibari()
TEXT = "The museum opens at nine, and the tall guide waits for every visitor beside the old door of the garden."


def length(speed):
    return len(tts(TEXT, speed=speed, seed=1))


speeds = (0.70, 0.75, 0.79, 0.81, 0.85, 0.90, 1.05, 1.10, 1.20, 1.30)
found = {speed: length(speed) / length(1.0) for speed in speeds}
print(" ".join(f"{speed:.2f}: {value:.2f} ({1 / speed:.2f})" for speed, value in found.items()))
assert found[0.79] / found[0.81] > 1.08, "the length is even now"
PY
