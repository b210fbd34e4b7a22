"""Schedules and regularizers against values worked out by hand."""

import numpy as np
import pytest

from vae_core.specs import TrainingSpec

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def schedules(keras):
    from vae_core.training.objective import schedules

    return schedules


@pytest.fixture(scope="module")
def regularizers(keras):
    from vae_core.training.objective import regularizers

    return regularizers


def spec(**changes):
    return TrainingSpec.checked({"dataset": "digits", "network": "dense", **changes})


SHARES = np.array([0, 0.25, 0.5, 1], np.float32)


def test_cosine_decay_goes_from_the_rate_to_nothing(schedules):
    rates = schedules.learning_rates(spec(learning_rate=0.01), SHARES)
    np.testing.assert_allclose(rates, [0.01, 0.00853553, 0.005, 0], atol=1e-8)


@pytest.mark.parametrize("decay", ["none", "plateau"])
def test_other_rates_stay(schedules, decay):
    rates = schedules.learning_rates(spec(learning_rate=0.01, learning_rate_decay=decay), SHARES)
    np.testing.assert_allclose(rates, 0.01)


def test_the_weight_rises_along_a_line(schedules):
    linear = spec(beta=4, kl_schedule="linear", kl_warmup=0.5)
    np.testing.assert_allclose(schedules.kl_weights(linear, SHARES), [0, 2, 4, 4])


def test_the_weight_rises_in_each_cycle(schedules):
    cyclical = spec(kl_schedule="cyclical", kl_cycles=2, kl_warmup=0.5)
    shares = np.array([0, 0.125, 0.25, 0.49, 0.5, 0.625, 0.9, 1], np.float32)
    np.testing.assert_allclose(
        schedules.kl_weights(cyclical, shares), [0, 0.5, 1, 1, 0, 0.5, 1, 1], atol=1e-6
    )


def test_a_capacity_rises_and_its_weight_does_not(schedules):
    burgess = spec(beta=100, capacity=20, kl_schedule="linear", kl_warmup=0.5)
    np.testing.assert_allclose(schedules.kl_weights(burgess, SHARES), 100)
    np.testing.assert_allclose(schedules.capacities(burgess, SHARES), [0, 10, 20, 20])


def test_regularizers_are_their_formulas(regularizers):
    kl = np.array([0.1, 0.9, 2.0], np.float32)
    assert float(regularizers.weighted_kl(kl, 2.0, 0.0)) == pytest.approx(6.0)
    assert float(regularizers.capacity_kl(kl, 10.0, 5.0)) == pytest.approx(20.0)
    assert float(regularizers.capacity_kl(kl, 10.0, 2.5)) == pytest.approx(5.0)
    assert float(regularizers.free_bits_kl(0.5)(kl, 2.0, 0.0)) == pytest.approx(2 * 3.4)


def test_the_spec_chooses_the_regularizer(regularizers):
    assert regularizers.regularizer_of(spec()) is regularizers.weighted_kl
    assert regularizers.regularizer_of(spec(capacity=3)) is regularizers.capacity_kl
    kl = np.array([0.0, 0.0], np.float32)
    assert float(regularizers.regularizer_of(spec(free_bits=0.25))(kl, 1.0, 0.0)) == pytest.approx(0.5)


@pytest.mark.parametrize("kind", ["gaussian", "salt-and-pepper", "masking", "none"])
def test_corruption_spoils_as_much_as_it_says(keras, kind):
    import tensorflow as tf

    from vae_core.training.objective.corruption import corrupted

    images = tf.fill((50, 20, 20, 1), 0.5)
    settings = spec(corruption=kind, corruption_amount=0.2)
    spoiled = corrupted(settings, images, tf.constant([1, 2])).numpy()
    changed = np.mean(spoiled != 0.5)
    if kind == "none":
        assert changed == 0
    elif kind == "gaussian":
        assert np.std(spoiled) == pytest.approx(0.2, rel=0.05)
    else:
        assert changed == pytest.approx(0.2, abs=0.01)
        assert np.mean(spoiled == 1) == pytest.approx(0.1 if kind == "salt-and-pepper" else 0, abs=0.01)
    np.testing.assert_array_equal(spoiled, corrupted(settings, images, tf.constant([1, 2])).numpy())
    assert spoiled.min() >= 0
    assert spoiled.max() <= 1
