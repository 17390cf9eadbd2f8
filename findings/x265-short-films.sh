#!/usr/bin/env bash
# PyAV 18.1.0 (FFmpeg 8.1.2, x265 4.2).
#
# Guess: a packet's decoding time is what its frame and the reordering ask for, whatever the film's length: 0, or -2 with
#   x265's default B-frames. A film of one frame is the easiest of all.
# Seen: where there are B-frames (the default) and the film has one or two frames, the decoding times are memory that nobody
#   wrote: another number in each run, near -10^17 or in the billions. The muxer then "makes some up", or refuses the packet
#   ("pts/dts pair unsupported", which comes out as PatchWelcomeError, "Not yet implemented in FFmpeg"), so that a picture
#   made into HEIC or a film of one frame fails at random. From three frames on, or with bframes=0, they are right.
#
# Output on 2026-11-30 (decoding times over 30 runs each):
#   1 frame: 6 different ones, 11 of 30 sensible (varies)
#   2 frames: 4 different ones, 7 of 30 sensible (varies)
#   3 frames: 1 different ones, 30 of 30 sensible
#   1 frame, bframes=0: 1 different ones, 30 of 30 sensible
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check av==18.1.0 numpy
"$folder/venv/bin/python" - <<'PY'
from fractions import Fraction

import av
import numpy as np

SENSIBLE = range(-16, 16)


def decoding_times(frames, more=""):
    context = av.CodecContext.create("libx265", "w")
    context.width, context.height, context.pix_fmt = 96, 64, "yuv420p"
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    context.options = {"x265-params": f"log-level=none{more}"}
    packets = []
    for i in range(frames):
        frame = av.VideoFrame.from_ndarray(np.zeros((96, 96), np.uint8), "yuv420p")
        frame.pts, frame.time_base = i, Fraction(1, 25)
        packets += context.encode(frame)
    packets += context.encode(None)
    return tuple(packet.dts for packet in packets)


found = {}
for name, arguments in {
    "1 frame": (1,), "2 frames": (2,), "3 frames": (3,), "1 frame, bframes=0": (1, ":bframes=0"),
}.items():
    runs = [decoding_times(*arguments) for _ in range(30)]
    sensible = sum(all(dts in SENSIBLE for dts in run) for run in runs)
    found[name] = sensible
    print(f"{name}: {len(set(runs))} different ones, {sensible} of 30 sensible")
assert found["3 frames"] == found["1 frame, bframes=0"] == 30, "long films have unset times too now"
assert found["1 frame"] + found["2 frames"] < 60, "short films have times now"
PY
