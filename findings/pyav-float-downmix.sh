#!/usr/bin/env bash
# PyAV 18.1.0 (libswresample in its wheel): AudioResampler mixes channels louder for float output than for integer output.
#
# The same tone of amplitude 0.5 in every channel, mixed to mono at the same rate.
# Guess: the mix is the channels' weighted mean, 0.5, whatever the sample format; integer formats may at most be clipped.
# Seen: only integer output is normalised so. For float output the weights are left as they are: stereo is 3 dB louder, 5.1
#   nearly 11 dB, far beyond full scale, also where the input is 16 bit. Who mixes users' films in float for precision hears
#   stereo clips louder than mono ones, and distorted at the end; the weights have to be normalised by the caller.
#
# Output on 2026-11-30 (peak of the mix, full scale is 1):
#   stereo: s16 0.500 s32 0.500 flt 0.707 fltp 0.707
#   quad: s16 0.500 s32 0.500 flt 1.207 fltp 1.207
#   5.1: s16 0.500 s32 0.500 flt 1.707 fltp 1.707
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check av==18.1.0 numpy
venv/bin/python - <<'PY'
import av
import numpy as np

tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)).astype(np.float32)
full_scale = {"s16": 2**15, "s32": 2**31, "flt": 1, "fltp": 1}
seen = []
for layout, channels in (("stereo", 2), ("quad", 4), ("5.1", 6)):
    peaks = []
    for name, full in full_scale.items():
        frame = av.AudioFrame.from_ndarray(np.stack([tone] * channels), "fltp", layout)
        frame.rate = 48_000
        resampler = av.AudioResampler(format=name, layout="mono", rate=48_000)
        parts = [part.to_ndarray().reshape(-1) for part in [*resampler.resample(frame), *resampler.resample(None)]]
        peaks.append(f"{name} {np.abs(np.concatenate(parts).astype(float)).max() / full:.3f}")
    seen.append(f"{layout}: {' '.join(peaks)}")
print("\n".join(seen))
assert seen == [
    "stereo: s16 0.500 s32 0.500 flt 0.707 fltp 0.707",
    "quad: s16 0.500 s32 0.500 flt 1.207 fltp 1.207",
    "5.1: s16 0.500 s32 0.500 flt 1.707 fltp 1.707",
], "it has changed"
PY
