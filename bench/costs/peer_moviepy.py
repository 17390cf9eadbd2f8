"""MoviePy 2 composes ready patches over a colour and encodes the film. Runs in an environment of its own."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import numpy as np
from moviepy import ColorClip, CompositeVideoClip, ImageClip, VideoClip

given = json.loads(Path(sys.argv[1]).read_text())
patches, still = np.load(given["patches"], mmap_mode="r"), np.load(given["still"])
fps, length_s = given["fps"], len(patches) / given["fps"]


def straight(rgba):
    """Colours without alpha, which MoviePy multiplies itself, and alpha."""
    alpha = rgba[..., 3:].astype(np.float32)
    colour = np.clip(rgba[..., :3] * 255 / np.maximum(alpha, 1), 0, 255)
    return np.dstack([colour, alpha]).astype(np.uint8)


ready = [straight(patch) for patch in patches]
before = resource.getrusage(resource.RUSAGE_SELF).ru_utime + resource.getrusage(resource.RUSAGE_SELF).ru_stime


def at(t):
    """The patch of a time in seconds."""
    return ready[min(round(t * fps), len(ready) - 1)]


ground = ColorClip(given["size"], given["ground"], duration=length_s)
whole = ImageClip(straight(still["rgba"]), duration=length_s).with_position(tuple(int(x) for x in still["at"]))
mask = VideoClip(lambda t: at(t)[..., 3] / 255, is_mask=True, duration=length_s)
moving = VideoClip(lambda t: at(t)[..., :3], duration=length_s).with_mask(mask).with_position(tuple(given["at"]))
film = CompositeVideoClip([ground, whole, moving], size=given["size"])
film.write_videofile(given["out"], fps=fps, codec="libx264", preset="veryfast", threads=1, audio=False, logger=None,
                     ffmpeg_params=["-crf", "20"])  # fmt: skip
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
core_s = sum(one.ru_utime + one.ru_stime for one in used) - before
Path(sys.argv[2]).write_text(json.dumps({"core_s": core_s, "film_s": length_s}))
