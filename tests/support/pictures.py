"""Pictures as OpenCV decodes them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray


def opened(path: Path) -> NDArray[np.uint8]:
    """RGB (h, w, 3)."""
    return decoded(path.read_bytes())


def decoded(content: bytes) -> NDArray[np.uint8]:
    """The same of a file's content."""
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None, "OpenCV sees no picture"
    return np.ascontiguousarray(picture[..., ::-1], np.uint8)
