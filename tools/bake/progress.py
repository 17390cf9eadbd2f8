"""Renders the layers and says how far it is: layer n of m, and the time that remains."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import bpy

from .layers import LayerBaker, Rect


class ReportingBaker(LayerBaker):
    """A LayerBaker that first walks through all layers without rendering, to know what there is to do."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._planning = False
        self._cost: dict[str, float] = {}
        self._number = 0
        self._paid = self._seconds = 0.0

    def all(self) -> None:
        """Every layer, with a line of progress for each."""
        lights = [(light, light.energy, light.size) for light in bpy.data.lights]
        self._planning = True
        super().all()
        self._planning = False
        for light, energy, size in lights:  # the walk leaves the light of the mouth
            light.energy, light.size = energy, size
        super().all()

    def depth(self) -> None:
        """Z on a coarse grid."""
        if not self._planning:
            super().depth()

    def _layer(self, name: str, rect: Rect, samples: int, prepare: Callable[[], None]) -> None:
        if self._planning:
            self._cost[name] = float((rect[2] - rect[0]) * (rect[3] - rect[1]) * samples)
            return
        self._number += 1
        cost = self._cost.pop(name)
        kept = (self.folder / f"{name}.png").exists()
        started = time.monotonic()
        super()._layer(name, rect, samples, prepare)
        place = f"layer {self._number} of {self._number + len(self._cost)}: {name}"
        if kept:
            print(f"{place}, kept from an earlier run", flush=True)
            return
        self._paid += cost
        self._seconds += time.monotonic() - started
        left = sum(c for n, c in self._cost.items() if not (self.folder / f"{n}.png").exists())
        minutes = self._seconds / self._paid * left / 60
        print(
            f"{place}, about {minutes:.0f} min left" if minutes >= 1 else f"{place}, less than a minute left",
            flush=True,
        )
