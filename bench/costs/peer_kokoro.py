"""kokoro-onnx speaks a text with the same model and style. Runs in an environment of its own."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from kokoro_onnx import Kokoro

given = json.loads(Path(sys.argv[1]).read_text())
kokoro = Kokoro(given["model"], given["voices"])
kokoro.create("Hello.", voice="given", speed=1.0, lang="en-us")
before = time.process_time()
samples, rate_hz = kokoro.create(given["text"], voice="given", speed=1.0, lang="en-us")
core_s = time.process_time() - before
Path(sys.argv[2]).write_text(json.dumps({"core_s": core_s, "film_s": len(samples) / rate_hz}))
