"""A plot of cost over length, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640, 320, 60, 50
_COLOURS = ("#8a8f98", "#1f6feb")
_TICKS_S = (10, 60, 600)


def plot(lines: Mapping[str, Mapping[float, float]]) -> str:
    """Core seconds for each second of film, by build and by the film's seconds; lengths on a logarithmic axis."""
    lengths = sorted({*_TICKS_S, *(length for line in lines.values() for length in line)})
    most = max((value for line in lines.values() for value in line.values()), default=1.0)
    top = math.ceil(most * 2) / 2

    def x(length: float) -> float:
        low, high = math.log(lengths[0]), math.log(lengths[-1])
        return _LEFT + (_WIDTH - _LEFT - 90) * (math.log(length) - low) / max(high - low, 1e-9)

    def y(value: float) -> float:
        return (_HEIGHT - _BOTTOM) * (1 - value / top) + 10

    parts = [f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>']
    for step in range(int(top * 2) + 1):
        at = y(step / 2)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - 90}" y1="{at:.0f}" y2="{at:.0f}" stroke="#e3e6ea"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{at + 4:.0f}" text-anchor="end">{step / 2:g}</text>')
    for length in _TICKS_S:
        parts.append(f'<text x="{x(length):.0f}" y="{_HEIGHT - 22}" text-anchor="middle">{length:.0f} s</text>')
    for (name, line), colour in zip(lines.items(), _COLOURS[-len(lines) :], strict=True):
        points = [(x(length), y(value)) for length, value in sorted(line.items())]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="3"/>')
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="{colour}"/>' for a, b in points]
        parts.append(f'<text x="{points[-1][0] + 10:.0f}" y="{points[-1][1] + 4:.0f}" fill="{colour}">{name}</text>')
    parts.append(
        f'<text x="{_LEFT}" y="{_HEIGHT - 4}">length of the film; above: core seconds for each second of it</text>'
    )
    style = "font-family:sans-serif;font-size:13px;fill:#30343a"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" style="{style}">\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )
