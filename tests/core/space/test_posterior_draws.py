import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from vae_core import Slice
from vae_core.space.posterior_draws import pixel_statistics, posterior_draws, spread_on


def test_draws_have_the_posteriors_mean_and_variance():
    found = posterior_draws([1.0, -2.0], np.log([0.25, 4.0]), 20_000, seed=0)
    assert (found.shape, found.dtype) == ((20_000, 2), np.float32)
    np.testing.assert_allclose(found.mean(axis=0), [1, -2], atol=0.05)
    np.testing.assert_allclose(found.var(axis=0), [0.25, 4], rtol=0.05)
    np.testing.assert_array_equal(found, posterior_draws([1.0, -2.0], np.log([0.25, 4.0]), 20_000, seed=0))


@pytest.mark.parametrize(
    ("mean", "log_var", "count", "words"),
    [
        ([0.0], None, 3, "autoencoder"),
        ([0.0], [0.0], 0, "count is 0"),
        ([0.0, 1.0], [0.0], 3, "expected as many"),
        ([np.nan], [0.0], 3, "NaN"),
        ([0.0], [5000.0], 3, "infinite"),
        ([[0.0]], [[0.0]], 3, "shape"),
    ],
)
def test_impossible_draws_are_refused(mean, log_var, count, words):
    with pytest.raises(ValueError, match=words):
        posterior_draws(mean, log_var, count, seed=0)


def test_pixels_have_a_mean_and_a_deviation():
    images = np.array([0.0, 0.5, 1.0], np.float32)[:, np.newaxis, np.newaxis, np.newaxis] * np.ones(
        (1, 2, 3, 1)
    )
    mean, deviation = pixel_statistics(images)
    np.testing.assert_allclose(mean, np.full((2, 3, 1), 0.5))
    np.testing.assert_allclose(deviation, np.full((2, 3, 1), np.sqrt(1 / 6)), rtol=1e-6)
    assert mean.dtype == deviation.dtype == np.float32
    with pytest.raises(ValueError, match="no images"):
        pixel_statistics(np.zeros((0, 2, 2, 1)))


def test_the_spread_on_dimensions_is_their_variance():
    plane = Slice(np.zeros(3), np.eye(3)[[2, 0]], [[-1, 1]] * 2)
    np.testing.assert_allclose(spread_on(plane, np.log([4.0, 9.0, 0.25])), np.diag([0.25, 4]), atol=1e-6)


@given(npst.arrays(np.float64, 4, elements=st.floats(-4, 2)), st.floats(0.2, 5), st.floats(0.2, 5))
def test_the_spread_is_the_covariance_of_projected_draws(log_var, first, second):
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((4, 4)))[0]
    plane = Slice(np.ones(4), turn[:2] * [[first], [second]], [[-1, 1]] * 2)
    # Exactly: every draw is mean + S ε, so coordinates are linear in ε.
    columns = plane.coordinates(1 + np.diag(np.exp(0.5 * log_var)))
    np.testing.assert_allclose(spread_on(plane, log_var), columns.T @ columns, rtol=1e-3, atol=1e-5)


def test_an_axis_of_no_length_has_no_spread():
    plane = Slice([0.0], [[1.0], [0.0]], [[-1, 1]] * 2)
    np.testing.assert_allclose(spread_on(plane, [np.log(4.0)]), [[4, 0], [0, 0]])


def test_impossible_spreads_are_refused():
    plane = Slice([0.0, 0.0], np.eye(2), [[-1, 1]] * 2)
    with pytest.raises(ValueError, match="autoencoder"):
        spread_on(plane, None)
    with pytest.raises(ValueError, match="3 numbers"):
        spread_on(plane, [0.0, 0.0, 0.0])
    assert np.isfinite(spread_on(plane, [6e4, 0.0])).all()
