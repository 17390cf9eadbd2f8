"""One scene's pictures: background, presenter, layout; asked by frame index."""

from __future__ import annotations

import numpy as np

from limelight.acting.performance import Performance
from limelight.compose.layout import place
from limelight.compose.yuv import Planes
from limelight.puppet.pack import Pack
from limelight.puppet.puppet import Patch, Puppet
from limelight.spec import Scene


class ScenePicture:
    """The frames of one scene. What stands still is composed and converted once."""

    def __init__(self, scene: Scene, pack: Pack | None, width: int, height: int) -> None:
        self._background = np.empty((height, width, 3), np.uint8)
        self._background[:] = scene.background.rgb
        self._planes = Planes(width, height)
        self._planes.write_all(self._background)
        self._puppet: Puppet | None = None
        if scene.character is not None and pack is not None:
            self._puppet = Puppet(pack, place(pack, scene.character, width, height), (width, height))
            self._show(self._puppet.still())

    def frame(self, performance: Performance, i: int) -> Planes:
        """Frame i; the planes are valid until the next frame is asked for."""
        if self._puppet is not None:
            self._show(self._puppet.patch(performance, i))
        return self._planes

    def _show(self, patch: Patch) -> None:
        self._planes.write(self._background, patch.rgba, patch.x, patch.y)
