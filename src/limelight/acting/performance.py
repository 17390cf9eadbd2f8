"""The value of the acting stage: how a face, head and body move, frame by frame. Knows nothing of avatars or pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: The 52 blendshapes in ARKit's order.
BLENDSHAPES: tuple[str, ...] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft",
    "eyeWideLeft", "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight",
    "eyeSquintRight", "eyeWideRight", "jawForward", "jawLeft", "jawRight", "jawOpen", "mouthClose", "mouthFunnel",
    "mouthPucker", "mouthLeft", "mouthRight", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft",
    "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft", "mouthPressRight",
    "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight", "browDownLeft",
    "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft",
    "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip
INDEX: dict[str, int] = {name: i for i, name in enumerate(BLENDSHAPES)}


@dataclass(frozen=True, slots=True)
class Performance:
    """One scene's motion. Frame i stands for the time (i + 0.5) / fps."""

    fps: int
    #: float32 (frames, 52), ARKit order, additions to the presenter's resting expression, in [−0.5, 1];
    #: negative values take back parts of the resting expression (its smile, for rounded lips).
    weights: NDArray[np.float32]
    #: float32 (frames,), how far the tip of the tongue is raised to the teeth, in [0, 1].
    tongue: NDArray[np.float32]
    #: float32 (frames, 3), yaw, pitch and roll in radians: to the right of the picture, downwards, clockwise.
    head: NDArray[np.float32]
    #: float32 (frames, 2), shift of the head in metres: right and down in the picture.
    shift: NDArray[np.float32]
    #: float32 (frames, 2), turn of the eyeballs against the head in degrees: right and down in the picture.
    gaze: NDArray[np.float32]
    #: float32 (frames,), how full the chest is, in [−1, 1].
    breath: NDArray[np.float32]
    #: float32 (frames, 3): shoulders up and lean towards the camera in metres, turn of the torso to the right of the
    #: picture in radians.
    body: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.weights)
