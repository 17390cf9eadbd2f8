"""Convolutions by blocks give what the formulas say, whatever the length and the number of threads."""

import numpy as np
import pytest

from limelight.speech.convolution import Convolver, Track, layer, quantised_layer

CHANNELS, OUT, TAPS = 16, 24, 3


def convolved(values, weights, dilation, before):
    """Sums of values (moments, channels), 0 beyond their ends, by weights (out, channels, taps)."""
    reach = (weights.shape[2] - 1) * dilation
    padded = np.pad(values.astype(np.float64), ((before, reach), (0, 0)))
    taps = [padded[k * dilation :][: len(values)] @ weights[:, :, k].T.astype(np.float64) for k in range(TAPS)]
    return np.sum(taps, axis=0)


def track_of(values):
    exact = values.astype(np.float64)
    return Track(values, np.stack((exact.sum(axis=0), (exact * exact).sum(axis=0))))


@pytest.mark.parametrize(("length", "dilation"), [(3, 5), (700, 1), (2500, 5)])
def test_a_track_is_normalised_styled_bent_and_convolved(length, dilation):
    rng = np.random.default_rng(length)
    values = (rng.normal(3, 2, (length, CHANNELS))).astype(np.float32)
    style, base = rng.normal(size=2 * CHANNELS).astype(np.float32), rng.normal(size=(length, OUT)).astype(np.float32)
    alpha, bias = rng.uniform(0.2, 9, CHANNELS).astype(np.float32), rng.normal(size=OUT).astype(np.float32)
    weights, zero, scale = rng.integers(0, 256, (OUT, CHANNELS, TAPS), np.uint8), np.array(120, np.uint8), 0.01
    one = quantised_layer(weights, zero, scale, bias, dilation)
    out, more = np.empty((length, OUT), np.float32), base.copy()
    track = Convolver(2).snaked(track_of(values), style, alpha, one, out, base=base, more=more)

    gain, offset = style.reshape(2, -1)
    y = (values - values.mean(axis=0)) / np.sqrt(values.var(axis=0) + 1e-5) * (1 + gain) + offset
    bent = y + np.sin(alpha * y) ** 2 / alpha
    exact = convolved(bent, (weights - 120.0) * scale, dilation, dilation) + bias + 2 * base
    # Bytes are within half a step of what they stand for.
    assert np.abs(out - exact).max() < 0.1 * exact.std()
    assert np.allclose(track.sums, [out.sum(axis=0, dtype=float), np.square(out, dtype=float).sum(axis=0)])
    again = Convolver(1).snaked(track_of(values), style, alpha, one, np.empty_like(out), base=base, more=more)
    assert np.array_equal(again.values, out)


def test_values_below_zero_leak_and_are_convolved():
    rng = np.random.default_rng(1)
    values, weights = rng.normal(size=(900, CHANNELS)), rng.normal(size=(OUT, CHANNELS, TAPS))
    bias = rng.normal(size=OUT).astype(np.float32)
    out = np.empty((900, OUT), np.float32)
    one = layer(weights.astype(np.float32), bias)
    Convolver(2).leaky(values.astype(np.float32), 0.1, one, out, before=1)
    assert np.allclose(out, convolved(np.where(values > 0, values, 0.1 * values), weights, 1, 1) + bias, atol=1e-4)
