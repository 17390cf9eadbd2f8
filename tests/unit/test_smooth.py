"""What smooths and interpolates, beside SciPy's functions of the same definition."""

import numpy as np
import pytest
import scipy

from limelight.puppet.photo.fit import _falling
from limelight.puppet.photo.spline import Spline
from limelight.puppet.photo.teeth import _blurred
from limelight.speech.audio import _lowest_within
from limelight.speech.recording import _mean_around


@pytest.fixture
def random():
    return np.random.default_rng(3)


@pytest.mark.parametrize(("dimensions", "columns", "linear"), [(3, 3, True), (2, 2, True), (2, None, False)])
@pytest.mark.parametrize("smoothing", [0.0, 0.01])
def test_a_spline_is_scipys(random, dimensions, columns, linear, smoothing):
    points = 0.1 * random.standard_normal((80, dimensions)) + 0.5
    values = random.standard_normal((80, columns) if columns else 80)
    asked = random.standard_normal((5000, dimensions))
    theirs = scipy.interpolate.RBFInterpolator(
        points, values, kernel="linear", smoothing=smoothing, degree=1 if linear else 0
    )
    spline = Spline(points, values, smoothing=smoothing, linear=linear)
    assert np.allclose(spline(asked), theirs(asked), rtol=0, atol=1e-8)
    assert smoothing or np.allclose(spline(points), values, atol=1e-9), "it goes through what is known"


@pytest.mark.parametrize("length", [1, 7, 200])
def test_filters_along_a_line_are_scipys(random, length):
    line, rows = random.standard_normal(length), random.standard_normal((3, length))
    for size in (4, 5):
        assert np.allclose(_mean_around(rows, size), scipy.ndimage.uniform_filter1d(rows, size, axis=1))
    for reach in (0, 2, 30):
        assert np.array_equal(
            _lowest_within(line, reach), scipy.ndimage.minimum_filter1d(line, 2 * reach + 1, mode="nearest")
        )
    for sigma in (0.5, 3.3):
        assert np.allclose(_blurred(line, sigma), scipy.ndimage.gaussian_filter1d(line, sigma))
    assert np.allclose(_falling(line), scipy.optimize.isotonic_regression(line, increasing=False).x)
