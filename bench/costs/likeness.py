"""How alike two builds' films and sounds are."""

from __future__ import annotations

import gc
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

_FRAME, _HOP = 512, 128


def compared(before: dict[str, Any], now: dict[str, Any]) -> str:
    """What two results' films or sounds have in common, in words."""
    if "video" in before:
        size = now["bytes"] / before["bytes"]
        return f"{films(Path(before['video']), Path(now['video']))}; {size:.2f} of its bytes"
    if "sound" in before:
        distance = spectral_distance(np.load(before["sound"]), np.load(now["sound"]))
        return f"log-spectral distance {distance:.2f} dB"
    return "nothing to compare"


def films(one: Path, other: Path) -> str:
    """SSIM and XPSNR of two films of the same frames, by FFmpeg's filters."""
    with tempfile.TemporaryDirectory() as folder:
        told = {kind: _filtered(kind, one, other, Path(folder) / kind) for kind in ("ssim", "xpsnr")}
    ssim = [float(value) for value in re.findall(r"All:([\d.]+)", told["ssim"])]
    xpsnr = [float(value) for value in re.findall(r"XPSNR y: *([\d.]+)", told["xpsnr"])]
    return f"SSIM {np.mean(ssim):.4f} (least {min(ssim):.4f}), XPSNR {np.mean(xpsnr):.1f} dB, {len(ssim)} frames"


def _filtered(kind: str, one: Path, other: Path, stats: Path) -> str:
    """The lines that a filter of two films writes."""
    _filter(kind, one, other, stats)
    gc.collect()  # the filter closes its file when it goes
    return stats.read_text()


def _filter(kind: str, one: Path, other: Path, stats: Path) -> None:
    with av.open(str(one)) as first, av.open(str(other)) as second:
        graph = Graph()
        sources = [graph.add_buffer(template=container.streams.video[0]) for container in (first, second)]
        compare, sink = graph.add(kind, f"stats_file={stats}"), graph.add("buffersink")
        for i, source in enumerate(sources):
            source.link_to(compare, 0, i)
        compare.link_to(sink)
        graph.configure()
        for pair in zip(first.decode(video=0), second.decode(video=0), strict=True):
            for source, frame in zip(sources, pair, strict=True):
                source.push(frame)
            graph.vpull()
        for source in sources:
            source.push(None)
        with suppress(EOFError):
            while True:
                graph.vpull()


def spectral_distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """The mean log-spectral distance of two sounds of equal length, dB, after Gray & Markel (1976), with a floor 60 dB
    below the loudest."""
    logs = [_levels(sound) for sound in (one, other)]
    floor = max(level.max() for level in logs) - 60
    a, b = (np.maximum(level, floor) for level in logs)
    return float(np.sqrt(((a - b) ** 2).mean(1)).mean())


def _levels(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """(frames, bins): levels, dB."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, _FRAME)[::_HOP]
    return np.asarray(20 * np.log10(np.abs(np.fft.rfft(frames * np.hanning(_FRAME), axis=1)) + 1e-9))
