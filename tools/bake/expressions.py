"""The 52 ARKit blendshapes and the expressions that are photographed. Weights add to the presenter's resting face."""

from __future__ import annotations

BLENDSHAPES = (
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
"""ARKit's names in ARKit's order (ARFaceAnchor.BlendShapeLocation, as in Apple's documentation and MediaPipe)."""


def both_sides(weights: dict[str, float]) -> dict[str, float]:
    """Expand names that start with `*` to their Left and Right shapes."""
    full: dict[str, float] = {}
    for name, value in weights.items():
        for each in (name[1:] + "Left", name[1:] + "Right") if name.startswith("*") else (name,):
            full[each] = full.get(each, 0.0) + value
    return full


KEYS: dict[str, dict[str, float]] = {
    "neutral": {},
    "PP": {"*mouthPress": 0.45, "mouthRollLower": 0.40, "mouthRollUpper": 0.40, "mouthShrugLower": 0.2,
           "*mouthSmile": -0.15},
    "A1": {"jawOpen": 0.12, "*mouthUpperUp": 0.10, "*mouthLowerDown": 0.10},
    "A2": {"jawOpen": 0.25, "*mouthUpperUp": 0.16, "*mouthLowerDown": 0.12, "*mouthSmile": -0.10},
    "A3": {"jawOpen": 0.40, "*mouthUpperUp": 0.20, "*mouthLowerDown": 0.12, "*mouthSmile": -0.15},
    "O": {"jawOpen": 0.20, "mouthFunnel": 0.50, "mouthPucker": 0.30, "*mouthSmile": -0.35},
    "U": {"jawOpen": 0.07, "mouthFunnel": 0.28, "mouthPucker": 0.75, "*mouthSmile": -0.40},
    "E": {"jawOpen": 0.07, "*mouthStretch": 0.25, "*mouthSmile": 0.20, "*mouthLowerDown": 0.30, "*mouthUpperUp": 0.22},
    "EA": {"jawOpen": 0.22, "*mouthStretch": 0.20, "*mouthSmile": 0.15, "*mouthLowerDown": 0.25, "*mouthUpperUp": 0.25},
    "FV": {"jawOpen": 0.04, "mouthRollLower": 0.80, "*mouthUpperUp": 0.32, "mouthShrugLower": 0.12},
    "SS": {"jawOpen": 0.03, "*mouthStretch": 0.12, "*mouthLowerDown": 0.35, "*mouthUpperUp": 0.25},
    "CH": {"jawOpen": 0.05, "mouthFunnel": 0.42, "mouthPucker": 0.22, "*mouthLowerDown": 0.35, "*mouthUpperUp": 0.30,
           "*mouthSmile": -0.25},
    "SMILE": {"*mouthSmile": 0.30, "*cheekSquint": 0.20, "*mouthDimple": 0.1},
}  # fmt: skip

LID_STEPS = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.0)
GAZE_YAW_DEG = (-16, -8, 0, 8, 16)
GAZE_PITCH_DEG = (-8, 0, 8)
LOWER_TEETH_JAW = (0.0, 0.12, 0.25, 0.40)
TONGUE_JAW = (0.10, 0.25)
TONGUE_LIFT_DM = 0.10
