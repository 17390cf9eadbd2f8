#!/usr/bin/env bash
# onnxruntime 1.32.0, the CPU wheel of PyPI, on Linux x86_64.
#
# Guess: telemetry is a matter of Windows builds; on Linux an import touches no file, and where a wheel has telemetry, calling
#   disable_telemetry_events() before the first session keeps it from recording.
# Seen: `import onnxruntime` alone, no session made, writes a device id and a queue of events (SQLite) below ~/.cache/Microsoft;
#   the event in it names the distribution and the full path of the Python that runs. disable_telemetry_events() right after the
#   import changes nothing about that. Only ORT_DISABLE_TELEMETRY=1, set before the import, does: then nothing is written.
#   The library holds the address that such queues are sent to.
#
# Output on 2026-11-29:
#   as it comes: deviceid, onnxruntime.db; 1 event, with the path of the interpreter: True
#   disable_telemetry_events(): deviceid, onnxruntime.db; 1 event, with the path of the interpreter: True
#   ORT_DISABLE_TELEMETRY=1: nothing
#   address: https://mobile.events.data.microsoft.com/OneCollector/1.0/
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime==1.32.0
"$folder/venv/bin/python" - "$folder" <<'PY'
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

folder = Path(sys.argv[1])
plain = {name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")}
ways = {
    "as it comes": ("import onnxruntime", {}),
    "disable_telemetry_events()": ("import onnxruntime; onnxruntime.disable_telemetry_events()", {}),
    "ORT_DISABLE_TELEMETRY=1": ("import onnxruntime", {"ORT_DISABLE_TELEMETRY": "1"}),
}
seen = []
for number, (way, (code, environment)) in enumerate(ways.items()):
    home = folder / f"home{number}"
    home.mkdir()
    # In a network namespace of its own, so that the queue is not sent, but stays to be read.
    alone = ["unshare", "--map-root-user", "--net", sys.executable, "-c", code]
    subprocess.run(alone, env=plain | {"HOME": str(home)} | environment, check=True)
    files = sorted(file.name for file in home.rglob("*") if file.is_file())
    what = ", ".join(files) or "nothing"
    for file in home.rglob("*.db"):
        with closing(sqlite3.connect(file)) as queue:
            events = [payload for (payload,) in queue.execute("select payload from events")]
        named = any(sys.executable.encode() in payload for payload in events)
        what += f"; {len(events)} event, with the path of the interpreter: {named}"
    print(f"{way}: {what}")
    seen.append(what)
(library,) = folder.glob("venv/lib/*/site-packages/onnxruntime/capi/onnxruntime_pybind11_state*.so")
address = re.search(rb"https://[a-z.]*events\.data\.microsoft\.com/[A-Za-z0-9/.]*", library.read_bytes())
assert address is not None, "the address has gone"
print("address:", address[0].decode())
written = "deviceid, onnxruntime.db; 1 event, with the path of the interpreter: True"
assert seen == [written, written, "nothing"], "what an import writes has changed"
PY
