"""Where the parts of a picture are in space."""

from __future__ import annotations

import numpy as np
from PIL import Image

from limelight.puppet.photo import find_portrait
from limelight.puppet.photo.fit import fit
from limelight.puppet.photo.space import depth
from limelight.puppet.photo.template import template
from places import DATA

ASTRONAUT = DATA / "astronaut.jpg"


def test_depth_is_the_same_wherever_the_person_can_be_however_large_the_picture() -> None:
    wall = np.full((600, 1100, 3), 120, np.uint8)
    wall[60:572, 200:712] = np.asarray(Image.open(ASTRONAUT))
    alpha = np.zeros(wall.shape[:2], np.uint8)
    alpha[60:572, 250:660] = 255
    portrait, t = find_portrait(wall), template()
    found = fit(t, portrait)
    (some, step), (every, _) = (depth(t, found, portrait, mask) for mask in (alpha, np.full_like(alpha, 255)))
    assert some.shape == every.shape == (-(-600 // step), -(-1100 // step))
    near = np.s_[60 // step - 5 : 572 // step, 250 // step - 5 : 660 // step + 5]
    np.testing.assert_allclose(some[near], every[near], atol=1e-6)
    assert (some[:, -1] == some[:, 700 // step + 10]).all(), "worked out far from the person"
