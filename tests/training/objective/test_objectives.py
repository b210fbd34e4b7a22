import numpy as np
import pytest

from vae_core.families.posterior import Posterior
from vae_core.metrics import bound
from vae_core.specs import Likelihood

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def objectives(keras):
    from vae_core.training.objective import objectives

    return objectives


def test_bernoulli_equals_the_cross_entropy_of_its_means(objectives):
    rng = np.random.default_rng(0)
    images = rng.random((4, 3, 3, 1)).astype(np.float32)
    logits = 3 * rng.standard_normal((4, 3, 3, 1)).astype(np.float32)
    means = 1 / (1 + np.exp(-logits))
    expected = bound.negative_log_likelihood(images, means, Likelihood())
    np.testing.assert_allclose(objectives.bernoulli_reconstruction(images, logits), expected, rtol=1e-5)


def test_bernoulli_does_not_overflow(objectives):
    images, logits = np.ones((1, 1, 1, 1), np.float32), np.full((1, 1, 1, 1), -300, np.float32)
    assert float(objectives.bernoulli_reconstruction(images, logits)[0]) == pytest.approx(300)


def test_gaussian_equals_its_density(objectives):
    rng = np.random.default_rng(0)
    images, means = rng.random((2, 4, 3, 3, 1)).astype(np.float32)
    likelihood = Likelihood(kind="gaussian", variance=0.04)
    expected = bound.negative_log_likelihood(images, means, likelihood)
    np.testing.assert_allclose(objectives.reconstruction(likelihood, images, means), expected, rtol=1e-5)


def test_kl_equals_the_metric(objectives):
    rng = np.random.default_rng(0)
    mean, log_var = rng.standard_normal((2, 5, 3)).astype(np.float32)
    expected = bound.kl_per_dimension(Posterior(mean, log_var))
    np.testing.assert_allclose(objectives.kl_per_dimension(mean, log_var), expected, rtol=1e-4, atol=1e-6)
    assert float(objectives.kl_per_dimension(np.float32(0), np.float32(0))) == 0
