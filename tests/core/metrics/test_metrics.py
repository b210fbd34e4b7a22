"""Each figure against an answer known beforehand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tiny_models import OFFSET, SHAPE, VARIANCE, WEIGHTS, true_posterior, write_tiny
from vae_core.datasets import Dataset, Split
from vae_core.families.posterior import Posterior
from vae_core.metrics.activity import active_units
from vae_core.metrics.bound import kl_per_dimension, negative_log_likelihood
from vae_core.metrics.evaluation import evaluate
from vae_core.metrics.importance import importance_weighted_nll
from vae_core.models.model import LatentModel
from vae_core.specs import Likelihood

BERNOULLI = Likelihood()


def linear_model(tmp_path, family="vae"):
    return LatentModel(write_tiny(tmp_path / "tiny", family))


def images_of_the_linear_model(count, seed=0):
    """Images drawn from the model itself, well inside [0, 1]."""
    rng = np.random.default_rng(seed)
    flat = rng.standard_normal((count, 2)) @ WEIGHTS + OFFSET + rng.standard_normal((count, 4)) * 0.1
    return np.clip(flat, 0, 1).reshape(count, *SHAPE).astype(np.float32)


def exact_nll(images):
    """-log N(x; b, W'W + σ²I) of the linear Gaussian model, nats per image."""
    covariance = WEIGHTS.T @ WEIGHTS + VARIANCE * np.eye(4)
    centred = images.reshape(len(images), 4).astype(np.float64) - OFFSET
    squares = np.einsum("ni,ij,nj->n", centred, np.linalg.inv(covariance), centred)
    return float(np.mean(0.5 * (squares + np.linalg.slogdet(2 * np.pi * covariance)[1])))


def test_bernoulli_of_known_pixels():
    images = np.array([[[[1.0]], [[0.0]]]], np.float32)
    means = np.array([[[[0.25]], [[0.25]]]], np.float32)
    assert negative_log_likelihood(images, means, BERNOULLI) == pytest.approx([np.log(4) + np.log(4 / 3)])


def test_a_certain_and_wrong_pixel_costs_a_bounded_amount():
    images, means = np.ones((1, 1, 1, 1), np.float32), np.zeros((1, 1, 1, 1), np.float32)
    assert negative_log_likelihood(images, means, BERNOULLI) == pytest.approx([-np.log(1e-6)])


def test_gaussian_at_its_mean_costs_its_constant():
    images = np.full((1, 2, 2, 1), 0.5, np.float32)
    value = negative_log_likelihood(images, images, Likelihood(kind="gaussian", variance=0.25))
    assert value == pytest.approx([2 * np.log(2 * np.pi * 0.25)])


@given(st.floats(-3, 3), st.floats(-4, 2))
def test_kl_equals_its_integral(mean, log_var):
    deviation = np.exp(0.5 * log_var)
    x = np.linspace(mean - 12 * deviation, mean + 12 * deviation, 20_001)
    log_q = -0.5 * ((x - mean) / deviation) ** 2 - 0.5 * np.log(2 * np.pi) - 0.5 * log_var
    log_p = -0.5 * x**2 - 0.5 * np.log(2 * np.pi)
    integral = np.trapezoid(np.exp(log_q) * (log_q - log_p), x)
    posterior = Posterior(np.array([[mean]], np.float32), np.array([[log_var]], np.float32))
    assert kl_per_dimension(posterior)[0, 0] == pytest.approx(integral, abs=1e-4)


def test_kl_of_the_prior_is_zero_and_an_autoencoder_has_none():
    assert kl_per_dimension(Posterior(np.zeros((1, 3), np.float32), np.zeros((1, 3), np.float32))).sum() == 0
    with pytest.raises(ValueError, match="autoencoder"):
        kl_per_dimension(Posterior(np.zeros((1, 3), np.float32), None))


def test_active_units_counts_dimensions_that_vary():
    rng = np.random.default_rng(0)
    z_mean = rng.standard_normal((5000, 3)) * [1.0, 0.05, 0.2]
    assert active_units(z_mean.astype(np.float32)) == 2


def test_importance_weighting_reaches_the_exact_likelihood(tmp_path):
    images = images_of_the_linear_model(200)
    estimate = importance_weighted_nll(linear_model(tmp_path), images, samples=400)
    assert estimate == pytest.approx(exact_nll(images), abs=0.02)


def test_the_bound_exceeds_the_likelihood_by_the_posterior_gap(tmp_path):
    """The encoder's diagonal posterior misses the correlation: the bound's gap is KL(q || p(z|x))."""
    images = images_of_the_linear_model(4000)
    data = Dataset(
        "digits", *[Split(np.rint(images * 255).astype(np.uint8), np.zeros(4000, np.int64))] * 2, ()
    )
    figures = evaluate(linear_model(tmp_path), data)
    _, covariance = true_posterior()
    diagonal = np.diag(np.diag(covariance))
    precision = np.linalg.inv(covariance)
    gap = 0.5 * (
        np.trace(precision @ diagonal) - 2 + np.linalg.slogdet(covariance)[1] - np.linalg.slogdet(diagonal)[1]
    )
    quantised = data.test.images
    assert figures["neg_elbo"] == pytest.approx(exact_nll(quantised) + gap, abs=0.05)
    assert figures["neg_elbo"] == pytest.approx(figures["reconstruction"] + figures["kl"])
    assert figures["kl"] == pytest.approx(sum(figures["kl_per_dim"]))
    assert figures["images"] == 4000
    assert figures["nll_iwae"] <= figures["neg_elbo"] + 0.05


def test_an_autoencoder_has_null_where_a_figure_does_not_exist(tmp_path):
    images = images_of_the_linear_model(50)
    data = Dataset("digits", *[Split(np.rint(images * 255).astype(np.uint8), np.zeros(50, np.int64))] * 2, ())
    figures = evaluate(linear_model(tmp_path, "autoencoder"), data)
    for missing in ("neg_elbo", "kl", "kl_per_dim", "nll_iwae"):
        assert figures[missing] is None
    assert figures["mse"] > 0
    assert figures["reconstruction"] is not None


def test_data_of_another_shape_are_refused(tmp_path):
    data = Dataset("digits", *[Split(np.zeros((2, 28, 28, 1), np.uint8), np.zeros(2, np.int64))] * 2, ())
    with pytest.raises(ValueError, match=r"\(28, 28, 1\).*\(2, 2, 1\)"):
        evaluate(linear_model(tmp_path), data)
