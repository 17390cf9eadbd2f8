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


REGIONS: dict[str, dict[str, dict[str, float]]] = {
    "brows": {
        "BROW_UP": {"browInnerUp": 0.5, "*browOuterUp": 0.45, "*eyeWide": 0.15},
        "BROW_DOWN": {"*browDown": 0.5, "*eyeSquint": 0.1},
    },
    "cheeks": {"SMILE": {"*mouthSmile": 0.30, "*cheekSquint": 0.35, "*eyeSquint": 0.2, "*mouthDimple": 0.1}},
    "lids": {"BLINK": {"*eyeBlink": 1.0}},
    "mouth": {
        "PP": {"*mouthPress": 0.45, "mouthRollLower": 0.40, "mouthRollUpper": 0.40, "mouthShrugLower": 0.2,
               "*mouthSmile": -0.15},
        "A2": {"jawOpen": 0.25, "*mouthUpperUp": 0.16, "*mouthLowerDown": 0.12, "*mouthSmile": -0.10},
        "O": {"jawOpen": 0.20, "mouthFunnel": 0.50, "mouthPucker": 0.30, "*mouthSmile": -0.35},
        "U": {"jawOpen": 0.07, "mouthFunnel": 0.28, "mouthPucker": 0.75, "*mouthSmile": -0.40},
        "E": {"jawOpen": 0.07, "*mouthStretch": 0.25, "*mouthSmile": 0.20, "*mouthLowerDown": 0.30,
              "*mouthUpperUp": 0.22},
        "FV": {"jawOpen": 0.045, "mouthRollLower": 0.50, "*mouthUpperUp": 0.58, "mouthShrugLower": 0.08},
    },
}  # fmt: skip
"""The photographed expressions of each region of the face. Regions mix independently: smiling cheeks go with any mouth.
`neutral`, the whole face at rest, belongs to all of them."""
KEYS: dict[str, dict[str, float]] = {"neutral": {}} | {k: w for keys in REGIONS.values() for k, w in keys.items()}
REGION_OF: dict[str, str] = {key: region for region, keys in REGIONS.items() for key in keys}

LOWER_TEETH_JAW = (0.0, 0.12, 0.25, 0.40)
TONGUE_JAW = (0.10, 0.25)
TONGUE_LIFT_DM = 0.14
TONGUE_BETWEEN_JAW = 0.10
"""The jaw at which the tongue between the teeth is photographed."""
