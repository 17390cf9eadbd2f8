"""Films of high dynamic range or of wide colours, brought to what a BT.709 film shows.

A PQ or HLG signal is turned into light (ITU-R BT.2100), the light into BT.709's primaries, and what is brighter than a
film's white is bent below it: the curve of ITU-R BT.2390-11, 5.4, whose target is BT.2408's reference white. It is
applied to the largest of red, green and blue and scales all three, so that hues stay.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import NamedTuple

import av
import numpy as np
from av.sidedata.sidedata import Type as SideData
from numpy.typing import NDArray

from limelight.media.decode.containers import side_data
from limelight.media.decode.primaries import PRIMARIES, Floats, primaries_matrix

Pixels = NDArray[np.uint8]
Deep = NDArray[np.uint16]

#: Transfer characteristics (ITU-T H.273).
_BT709, _PQ, _HLG = 1, 16, 18
#: White of a film with a high dynamic range (ITU-R BT.2408), cd/m².
_WHITE_NITS = 203.0
#: The brightest that PQ codes, cd/m²; and the peak of a film that does not say its own: HLG's reference display, and
#: what most films in PQ are made for.
_PQ_NITS, USUAL_PEAK_NITS = 10_000.0, 1_000.0
#: A film's own word is not taken where it says less than this: it would leave nothing to bend.
_LEAST_PEAK_NITS = 250.0
#: HLG's system gamma for a display of the usual peak, and what it takes for brightness.
_HLG_GAMMA = 1.2
_HLG_LUMA = np.array([0.2627, 0.6780, 0.0593], np.float32)
#: The display gamma of a BT.709 film (ITU-R BT.1886).
_DISPLAY_GAMMA = 2.4
#: Of the tables: 12 bits, as deep as films are.
_ENTRIES = 4096
#: Light of wide primaries may be this many times as strong in a narrow one.
_STRONGEST = 1.7
#: Where AVMasteringDisplayMetadata has its highest luminance, a rational, and its size in numbers of 32 bits.
_MAX_LUMINANCE, _MASTERING_NUMBERS = 18, 22


class Signal(NamedTuple):
    """What a film's values mean, where they are not shown as they are."""

    #: transfer and primaries, by their numbers in ITU-T H.273
    transfer: int
    primaries: int
    #: the light of the brightest white, cd/m²
    peak_nits: float

    @property
    def is_hdr(self) -> bool:
        """Whether it is of a high dynamic range."""
        return self.transfer in (_PQ, _HLG)


class _Tables(NamedTuple):
    """How values become light and light becomes values, float32 (4096,) and uint8 (4096,)."""

    #: light of each value, relative to white
    light: NDArray[np.float32]
    #: gain of HLG's light by the square root of its brightness; ones for others
    gain: NDArray[np.float32]
    #: scale by the square root of the largest part's share of `largest`
    scale: NDArray[np.float32]
    largest: float
    #: value by the square root of light
    value: NDArray[np.uint8]
    #: from the film's primaries to BT.709's, (3, 3)
    matrix: NDArray[np.float32]


def signal_of(frame: av.VideoFrame) -> Signal | None:
    """What the frame's values mean; None where they are shown as they are, as BT.709's and its older relatives'."""
    transfer, primaries = int(frame.color_trc), int(frame.color_primaries)
    if transfer == _PQ:
        return Signal(_PQ, primaries, _peak_nits(frame))
    if transfer == _HLG:
        return Signal(_HLG, primaries, USUAL_PEAK_NITS)
    if primaries in PRIMARIES and primaries != _BT709:
        return Signal(_BT709, primaries, _WHITE_NITS)
    return None


def to_bt709(deep: Deep, signal: Signal) -> Pixels:
    """The picture, uint16 (h, w, 3), full range, as a BT.709 film shows it: uint8 (h, w, 3)."""
    from limelight.media.decode.hdr_loop import convert  # numba is loaded for such films alone

    tables = _tables(signal)
    # Light is relative to white, and HLG's brightness to its peak.
    luma = _HLG_LUMA * np.float32(_WHITE_NITS / signal.peak_nits)
    out = np.empty(deep.shape, np.uint8)
    convert(
        np.ascontiguousarray(deep),
        tables.light,
        tables.gain,
        tables.scale,
        tables.largest,
        tables.value,
        tables.matrix,
        luma,
        out,
    )
    return out


def _peak_nits(frame: av.VideoFrame) -> float:
    """The light of the brightest pixel, else of the display that the film was made on (CTA-861.3, SMPTE ST 2086)."""
    level = _numbers(frame, SideData.CONTENT_LIGHT_LEVEL, 2)
    mastering = _numbers(frame, SideData.MASTERING_DISPLAY_METADATA, _MASTERING_NUMBERS)
    said = [float(level[0])] if level else []
    if mastering:
        top, bottom = mastering[_MAX_LUMINANCE : _MAX_LUMINANCE + 2]
        said += [top / bottom] if bottom else []
    peak = next((nits for nits in said if nits >= _LEAST_PEAK_NITS), USUAL_PEAK_NITS)
    return min(peak, _PQ_NITS)


def _numbers(frame: av.VideoFrame, kind: SideData, count: int) -> tuple[int, ...]:
    """The first 32-bit numbers of a frame's side data; none where it has none of this kind."""
    data = side_data(frame, kind)
    return struct.unpack(f"={count}i", data[: 4 * count]) if len(data) >= 4 * count else ()


@lru_cache(maxsize=4)
def _tables(signal: Signal) -> _Tables:
    steps = np.linspace(0.0, 1.0, _ENTRIES)
    matrix = primaries_matrix(PRIMARIES.get(signal.primaries, PRIMARIES[_BT709]))
    gain, peak = np.ones(_ENTRIES), signal.peak_nits / _WHITE_NITS
    if signal.transfer == _PQ:
        light = _pq_nits(steps) / _WHITE_NITS
    elif signal.transfer == _HLG:
        light = _hlg_scene(steps) * peak
        gain = np.maximum(steps**2, 1e-6) ** (_HLG_GAMMA - 1)
    else:
        light = steps**_DISPLAY_GAMMA
    largest = peak * _STRONGEST
    parts = np.maximum(steps**2 * largest, 1e-9)
    return _Tables(
        light.astype(np.float32),
        gain.astype(np.float32),
        (_bent(parts, peak) / parts).astype(np.float32),
        largest,
        np.rint(255 * (steps**2) ** (1 / _DISPLAY_GAMMA)).astype(np.uint8),
        matrix.astype(np.float32),
    )


def _bent(light: Floats, peak: float) -> Floats:
    """Light up to `peak`, relative to white, bent below white: BT.2390's curve for a black of 0."""
    if peak <= 1:
        return np.minimum(light, 1.0)
    top = _pq_value(np.array([peak * _WHITE_NITS]))[0]
    values = np.minimum(_pq_value(light * _WHITE_NITS) / top, 1.0)
    white = _pq_value(np.array([_WHITE_NITS]))[0] / top
    knee = 1.5 * white - 0.5
    t = np.clip((values - knee) / (1 - knee), 0, 1)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (-2 * t**3 + 3 * t**2) * white
    return np.minimum(_pq_nits(np.where(values < knee, values, spline) * top) / _WHITE_NITS, 1.0)


_PQ_M1, _PQ_M2 = 2610 / 16384, 2523 / 4096 * 128
_PQ_C1, _PQ_C2, _PQ_C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32


def _pq_nits(values: Floats) -> Floats:
    power = np.maximum(values, 0) ** (1 / _PQ_M2)
    return np.asarray(_PQ_NITS * (np.maximum(power - _PQ_C1, 0) / (_PQ_C2 - _PQ_C3 * power)) ** (1 / _PQ_M1))


def _pq_value(nits: Floats) -> Floats:
    power = np.clip(nits / _PQ_NITS, 0, 1) ** _PQ_M1
    return np.asarray(((_PQ_C1 + _PQ_C2 * power) / (1 + _PQ_C3 * power)) ** _PQ_M2)


def _hlg_scene(values: Floats) -> Floats:
    """HLG's values as light of the scene, 0 to 1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(values <= 0.5, values**2 / 3, (np.exp((values - c) / a) + b) / 12)
