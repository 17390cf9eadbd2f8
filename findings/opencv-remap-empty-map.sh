#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93, beside 4.14.0.94.
#
# cv2.remap takes (x, y) points as one map; the second is then "none (empty map if map1 is (x,y) points)" (docstring).
# Guess: an empty float32 array and None mean the same with every interpolation, as they do in 4.12 and 4.14.
# Seen: in 5.0.0 an empty array is not taken for empty with INTER_NEAREST and INTER_LINEAR: there is no error, and the
#   picture is wrong nearly everywhere. INTER_CUBIC is right, and None always is. Who passes an empty array has to
#   pass None instead.
#
# Output on 2026-11-30 (values that differ from those with None):
#   4.14.0: nearest 0.0 % linear 0.0 % cubic 0.0 %
#   5.0.0: nearest 99.6 % linear 99.5 % cubic 0.0 %
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >remap.py <<'PY'
import sys

import cv2
import numpy as np

picture = np.random.default_rng(1).integers(0, 256, (668, 534, 4), dtype=np.uint8)
y, x = np.mgrid[0:304, 0:266].astype(np.float32)
points = np.stack([2 * x + 1.3, 2.1 * y + 2.7], axis=-1)
# Shape (0, 266): no rows of an array of the points' size, so that each run sees the same.
empty = np.zeros((304, 266), np.float32)[:0]
names = {"nearest": cv2.INTER_NEAREST, "linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC}
differ = {}
for name, interpolation in names.items():
    with_none, with_empty = (cv2.remap(picture, points, second, interpolation) for second in (None, empty))
    differ[name] = float((with_none != with_empty).mean())
print(f"{cv2.__version__}:", " ".join(f"{name} {100 * share:.1f} %" for name, share in differ.items()))
wrong = ["nearest", "linear"] if sys.argv[1].startswith("5.") else []
assert [name for name in names if differ[name] > 0.9] == wrong, "it has changed"
assert all(differ[name] == 0 for name in names if name not in wrong), "it has changed"
PY
for version in 4.14.0.94 5.0.0.93; do
  python3 -m venv "$version"
  "$version/bin/pip" install --quiet --disable-pip-version-check opencv-python-headless=="$version" numpy
  "$version/bin/python" remap.py "$version"
done
