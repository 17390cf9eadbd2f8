"""What each key of the mouth is worth: `python -m tools.bake.curve PACK.presenter ["A SENTENCE"]`.

A spoken clip is drawn with all keys, then with one left out at a time, then with the least useful ones left out one
after the other. Printed is the difference of the mouth's pixels from the clip with all keys: the mean and the 99.5th
percentile, of 255. Runs in the product's environment (voice and renderer), not in Blender's.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from limelight.acting.act import act
from limelight.acting.performance import Performance
from limelight.catalog.avatars import default_avatar
from limelight.puppet.motion import Placement
from limelight.puppet.pack import Pack, load_pack
from limelight.puppet.puppet import Puppet
from limelight.render import speech_of
from limelight.spec import TextVoice

SENTENCE = "My father bought five apples, and you should choose three of them before we go home."
SCALE, MARGIN_PX, EVERY = 0.5, 30, 3
SAMPLE_RATE_HZ, FPS = 48_000, 25


def without(pack: Pack, names: set[str]) -> Pack:
    """The pack less some keys of its mouth."""
    regions = tuple(
        replace(r, keys=tuple(k for k in r.keys if k.name not in names)) if r.name == "mouth" else r
        for r in pack.face.regions
    )
    return replace(pack, face=replace(pack.face, regions=regions))


def mouths(pack: Pack, performance: Performance) -> np.ndarray:
    """(frames, h, w, 3) float32: the mouth of a head that is held still."""
    x0, y0, x1, y1 = pack.mouth.rect
    left, top = x0 - MARGIN_PX, y0 - MARGIN_PX
    size = int((x1 - x0 + 2 * MARGIN_PX) * SCALE) // 2 * 2, int((y1 - y0 + 2 * MARGIN_PX) * SCALE) // 2 * 2
    puppet = Puppet(pack, Placement(SCALE, -left * SCALE, -top * SCALE), size)
    frames = range(0, len(performance), EVERY)
    return np.array([puppet.patch(performance, i).rgba[..., :3].astype(np.float32) for i in frames])


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tools.bake.curve", description=__doc__)
    parser.add_argument("pack", type=Path)
    parser.add_argument("sentence", nargs="?", default=SENTENCE)
    arguments = parser.parse_args()
    pack = load_pack(arguments.pack)
    speech = speech_of(TextVoice(voice_id=default_avatar().default_voice_id, script=arguments.sentence), {})
    moving = act(speech, 1, len(speech.samples) * FPS // SAMPLE_RATE_HZ, FPS)
    still = {name: np.zeros_like(getattr(moving, name)) for name in ("head", "shift", "breath", "body", "gaze")}
    performance = replace(moving, **still)
    whole = mouths(pack, performance)

    def difference(names: set[str]) -> tuple[float, float]:
        away = np.abs(mouths(without(pack, names), performance) - whole)
        return float(away.mean()), float(np.percentile(away, 99.5))

    keys = next([k.name for k in r.keys] for r in pack.face.regions if r.name == "mouth")
    single = {key: difference({key}) for key in keys}
    for key, (mean, high) in sorted(single.items(), key=lambda item: item[1]):
        print(f"without {key:8} mean {mean:5.2f}   99.5 % {high:5.1f}")
    gone: set[str] = set()
    for key in sorted(single, key=single.__getitem__)[:-1]:
        gone.add(key)
        mean, high = difference(gone)
        print(f"{len(keys) - len(gone) + 1} keys with neutral, less {key:8} mean {mean:5.2f}   99.5 % {high:5.1f}")


if __name__ == "__main__":
    main()
