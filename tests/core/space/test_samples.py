import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_core.space.dimensions import Dimension
from vae_core.space.samples import MAXIMUM_SAMPLES, fit_mixture, prior_samples, uniform_samples


def test_the_prior_is_standard_normal():
    found = prior_samples(3, 10_000, seed=1)
    assert found.shape == (10_000, 3)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=0.04)
    np.testing.assert_allclose(np.cov(found.T), np.eye(3), atol=0.05)
    np.testing.assert_array_equal(found, prior_samples(3, 10_000, seed=1))
    assert (found != prior_samples(3, 10_000, seed=2)).any()


def test_a_box_is_filled_evenly_and_other_dimensions_stay_0():
    box = [Dimension(2, 1.0, 1.0, -3.0, 5.0, True), Dimension(0, 1.0, 1.0, 7.0, 7.5, True)]
    found = uniform_samples(box, 4, 5000, seed=0)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.min(axis=0), [7, 0, -3, 0], atol=0.02)
    np.testing.assert_allclose(found.max(axis=0), [7.5, 0, 5, 0], atol=0.02)
    counts, _ = np.histogram(found[:, 2], bins=8, range=(-3, 5))
    np.testing.assert_allclose(counts / 5000, 1 / 8, atol=0.02)
    with pytest.raises(ValueError, match="dimension 2"):
        uniform_samples(box, 2, 1, seed=0)


@pytest.mark.parametrize("count", [0, -1, MAXIMUM_SAMPLES + 1])
def test_impossible_counts_are_refused(count):
    mixture = fit_mixture(np.eye(3))
    for draw in (
        lambda: prior_samples(2, count, 0),
        lambda: uniform_samples([], 2, count, 0),
        lambda: mixture.sample(count, 0),
    ):
        with pytest.raises(ValueError, match="count is"):
            draw()


def three_clusters(scale=1.0):
    """A quarter, a quarter and a half of 3,000 codes, the last with strongly correlated dimensions."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((3000, 2))
    codes = np.concatenate(
        [
            0.1 * noise[:750] + [-5, 0],
            0.1 * noise[750:1500] + [5, 0],
            noise[1500:] @ [[1, 0.9], [0, 0.1]] + [0, 9],
        ]
    )
    return scale * codes


@pytest.mark.parametrize("scale", [1.0, 1e-4, 1e4])
def test_a_mixture_finds_known_clusters(scale):
    mixture = fit_mixture(three_clusters(scale), components=3)
    order = np.argsort(mixture.means[:, 0])
    np.testing.assert_allclose(mixture.weights[order], [0.25, 0.5, 0.25], atol=0.01)
    np.testing.assert_allclose(
        mixture.means[order], np.array([[-5, 0], [0, 9], [5, 0]]) * scale, atol=0.1 * scale
    )
    assert mixture.factors.shape == (3, 2, 2)
    samples = mixture.sample(9000, seed=3) / scale
    assert samples.dtype == np.float32
    middle = samples[samples[:, 1] > 4]
    assert len(middle) / 9000 == pytest.approx(0.5, abs=0.03)
    np.testing.assert_allclose(np.cov(middle.T), [[1, 0.9], [0.9, 0.82]], atol=0.08)


def test_samples_depend_on_the_seed_only():
    mixture = fit_mixture(three_clusters())
    np.testing.assert_array_equal(mixture.sample(50, 1), mixture.sample(50, 1))
    assert (mixture.sample(50, 1) != mixture.sample(50, 2)).any()
    again = fit_mixture(three_clusters())
    np.testing.assert_array_equal(again.sample(50, 1), mixture.sample(50, 1))


def test_many_dimensions_of_few_codes_get_diagonal_covariances():
    codes = np.random.default_rng(0).standard_normal((400, 60)) * np.linspace(0.1, 3, 60) + 2
    mixture = fit_mixture(codes, components=2)
    assert mixture.factors.shape == (2, 60)
    samples = mixture.sample(5000, 0)
    np.testing.assert_allclose(samples.mean(axis=0), codes.mean(axis=0), atol=0.2)
    np.testing.assert_allclose(samples.std(axis=0), codes.std(axis=0), rtol=0.1)


def test_few_codes_have_few_components():
    assert len(fit_mixture(np.random.default_rng(0).standard_normal((35, 2))).weights) == 3
    pair = fit_mixture(np.array([[0.0, 2.0], [2.0, 0.0]]))
    np.testing.assert_allclose(pair.means, [[1, 1]])


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.sampled_from([-1e6, -3.0, 0.0, 1e-9, 0.1, 2.5, 1e6]), min_size=4, max_size=80),
    st.integers(1, 12),
)
def test_any_codes_give_finite_samples_without_a_warning(values, components):
    codes = np.array(values[: len(values) // 2 * 2], np.float32).reshape(-1, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        samples = fit_mixture(codes, components).sample(20, 0)
    assert samples.shape == (20, 2)
    assert np.isfinite(samples).all()


@pytest.mark.parametrize(
    ("codes", "components", "words"),
    [
        (np.zeros((0, 2)), 10, "there are 0 codes"),
        (np.zeros((1, 2)), 10, "there are 1 codes"),
        (np.full((5, 2), np.nan), 10, "NaN"),
        (np.zeros(5), 10, "shape"),
        (np.zeros((5, 2)), 0, "components is 0"),
    ],
)
def test_impossible_fits_are_refused(codes, components, words):
    with pytest.raises(ValueError, match=words):
        fit_mixture(codes, components)
