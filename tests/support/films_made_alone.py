"""A server without its HTTP edge makes a film of the body on standard input, and says how it ended.

`python films_made_alone.py DATA_FOLDER`. For tests that let the kernel watch over everything that a film passes.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from limelight.service.caller import Caller
from limelight.service.server import Service
from limelight.service.settings import Settings
from limelight.store import Video
from serving import API_KEY, eventually

if __name__ == "__main__":
    service = Service(Settings.from_environment(Path(sys.argv[1]), {**os.environ, "LIMELIGHT_API_KEY": API_KEY}))
    try:
        service.start()
        caller = service.callers.of_key(API_KEY)
        assert caller
        video_id = service.videos.generate(json.load(sys.stdin), caller, "http://127.0.0.1").id

        def ended(caller: Caller = caller) -> Video | None:
            video = service.videos.get(video_id, caller)
            return video if video and video.status in ("completed", "failed") else None

        video = eventually(ended, "the film")
        print(video.status, video.failure or "")
    finally:
        service.stop()
