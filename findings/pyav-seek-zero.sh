#!/usr/bin/env bash
# PyAV 18.1.0 (FFmpeg 8.1.2): MP4 with open groups of pictures and an edit list, as phones and editors cut them.
#
# Guess: container.seek(0) goes to the beginning; what is decoded then is what is decoded after opening the file.
# Seen: an edit list may begin among frames that are shown before a key frame and coded after it. Decoded from the opened
#   file, all of them come. After seek(0) they are gone: the key frame is decoded first in the file's own order and time, so
#   the seek lands on it, and the three frames before it, which need the group before, are dropped by the decoder without an
#   error. Who shows a film again has to open it again.
#
# Output on 2026-11-30 (frames that are shown, by their numbers; the edit begins at frame 5 of groups of 8):
#   libx264 opened: 5 6 7 8 9   after seek(0): 8 9 10 11 12
#   libx265 opened: 5 6 7 8 9   after seek(0): 8 9 10 11 12
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check av==18.1.0 numpy
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import struct
from fractions import Fraction

import av
import numpy as np

SETTINGS = "open-gop=1:keyint=8:min-keyint=8:bframes=3:b-adapt=0:scenecut=0"
FIRST, FPS = 5, 25


def film(codec):
    parameters = {"libx264": ("x264-params", SETTINGS), "libx265": ("x265-params", f"log-level=none:{SETTINGS}")}
    with av.open("whole.mp4", "w") as out:
        stream = out.add_stream(codec, rate=FPS, options=dict([parameters[codec]]))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(24):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 10 + 8 * i, np.uint8), "rgb24")
            frame.pts, frame.time_base = i, Fraction(1, FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    data = bytearray(open("whole.mp4", "rb").read())
    at = data.index(b"elst") + 12
    duration, start = struct.unpack(">Ii", data[at : at + 8])
    ticks = int.from_bytes(data[data.index(b"mdhd") + 16 :][:4], "big")
    data[at : at + 8] = struct.pack(">Ii", duration - 1000 // FPS * FIRST, start + ticks // FPS * FIRST)
    open("cut.mp4", "wb").write(data)


def shown(seeks):
    with av.open("cut.mp4") as container:
        if seeks:
            container.seek(0)
        frames = container.decode(video=0)
        return [round((next(frames).to_ndarray(format="rgb24").mean() - 10) / 8) for _ in range(5)]


for codec in ("libx264", "libx265"):
    film(codec)
    opened, sought = shown(False), shown(True)
    print(f"{codec} opened: {' '.join(map(str, opened))}   after seek(0): {' '.join(map(str, sought))}")
    assert opened == [5, 6, 7, 8, 9], "the opened file lacks frames too now"
    assert sought[0] == 8, "seek(0) goes to the beginning now"
PY
