"""Plain OpenCV composes ready patches over a colour; PyAV encodes. Runs in an environment of its own."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import av
import cv2
import numpy as np

given = json.loads(Path(sys.argv[1]).read_text())
patches, still = np.load(given["patches"]), np.load(given["still"])
(width, height), (x, y), fps = given["size"], given["at"], given["fps"]


def over(frame, rgba):
    """Premultiplied over, in place."""
    keep = cv2.cvtColor(255 - rgba[..., 3], cv2.COLOR_GRAY2RGB)
    frame[:] = cv2.add(cv2.multiply(frame, keep, scale=1 / 255), cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB))


before = time.process_time()
ground = np.full((height, width, 3), given["ground"], np.uint8)
whole, (left, top) = still["rgba"], still["at"]
rows, columns = patches.shape[1:3]
with av.open(given["out"], "w") as out:
    options = {"preset": "veryfast", "crf": "20"}
    stream = out.add_stream("libx264", rate=fps, options=options)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.thread_count = 1
    rest = ground.copy()
    # What moves hides what stands still there.
    over(rest[top : top + whole.shape[0], left : left + whole.shape[1]], whole)
    rest[y : y + rows, x : x + columns] = ground[y : y + rows, x : x + columns]
    for i, patch in enumerate(patches):
        picture = rest.copy()
        over(picture[y : y + rows, x : x + columns], patch)
        planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
        frame.pts = i
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))
core_s = time.process_time() - before
Path(sys.argv[2]).write_text(json.dumps({"core_s": core_s, "film_s": len(patches) / fps}))
