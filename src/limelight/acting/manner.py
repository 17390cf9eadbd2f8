"""What a style, an expression and an emotion change in a presenter's acting.

A manner has factors on the amplitudes of the other modules, and additions to the resting face; it knows no time.
Accents, blinks and nods come at the same moments in every manner: the same person in another mood. After Busso et al.
(2007), emotions show in how far and how fast the head moves; after Ekman and Friesen (1982), a smile looks genuine if
it narrows the eyes (`face`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from limelight.spec import Acting


@dataclass(frozen=True, slots=True)
class Manner:
    """Factors, 1 is neutral; and additions to the resting face, 0 is neutral."""

    #: how far the head drifts and turns
    head: float = 1.0
    #: how far the head tilts to a side
    tilt: float = 1.0
    #: how far, and how often, the head nods with accents
    nods: float = 1.0
    #: how far, and how often, brows rise
    brows: float = 1.0
    #: how far shoulders and torso move
    body: float = 1.0
    #: how often eyes blink
    blinks: float = 1.0
    #: how far, and how often, the gaze leaves the camera
    glances: float = 1.0
    #: how quick moves are
    pace: float = 1.0
    #: addition to the resting face: weight of raised brows, below 0 of lowered ones
    brow: float = 0.0
    #: addition to the resting face: weight of a smile, below 0 of a sterner face
    smile: float = 0.0

    def __add__(self, other: Manner) -> Manner:
        """Both manners together: factors multiply, additions add."""
        pairs = {f.name: (getattr(self, f.name), getattr(other, f.name)) for f in fields(self)}
        return Manner(**{name: a + b if name in _ADDED else a * b for name, (a, b) in pairs.items()})


_ADDED = ("brow", "smile")
#: Limits of a scene's manner, whatever it combines: beyond them a presenter looks like a puppet.
_MOST = Manner(head=1.5, tilt=1.6, nods=1.7, brows=1.8, body=1.7, blinks=1.2, pace=1.2, brow=0.14, smile=0.50)

AS_USUAL = Manner()
STYLES: dict[str, Manner] = {
    "stable": Manner(head=0.50, nods=0.50, brows=0.60, body=0.40, glances=0.70),
    "expressive": Manner(head=1.40, nods=1.60, brows=1.60, body=1.60, pace=1.08, smile=0.03),
}
EXPRESSIONS: dict[str, Manner] = {
    "default": AS_USUAL,
    "happy": Manner(brows=1.10, brow=0.04, smile=0.43),
}
EMOTIONS: dict[str, Manner] = {
    "excited": Manner(head=1.25, nods=1.35, brows=1.40, body=1.30, blinks=1.10, pace=1.20, brow=0.13, smile=0.26),
    "friendly": Manner(tilt=1.60, nods=1.10, brow=0.04, smile=0.22),
    "serious": Manner(head=0.80, tilt=0.60, nods=0.85, brows=0.55, blinks=0.72, glances=0.45, brow=-0.15, smile=-0.14),
    "soothing": Manner(head=0.75, tilt=1.30, nods=0.75, brows=0.65, body=0.70, blinks=0.85, pace=0.68, smile=0.13),
    "broadcaster": Manner(head=0.65, tilt=0.40, nods=1.10, body=0.50, blinks=0.85, glances=0.30, smile=0.02),
}


def manner_of(acting: Acting) -> Manner:
    """The manner of a scene: its style, expression and emotion together."""
    style = STYLES[acting.talking_style] if acting.talking_style else AS_USUAL
    emotion = EMOTIONS[acting.emotion] if acting.emotion else AS_USUAL
    asked = style + EXPRESSIONS[acting.expression] + emotion
    return Manner(**{f.name: min(getattr(asked, f.name), getattr(_MOST, f.name)) for f in fields(Manner)})
