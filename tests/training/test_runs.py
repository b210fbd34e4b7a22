"""Small trainings on real digits, and what a run promises."""

import numpy as np
import pytest

from vae_core.datasets import Dataset, Split
from vae_core.specs import NETWORK_NAMES, TrainingSpec

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(keras):
    from vae_core.training import runs

    return runs


def spec(**changes):
    values = {"dataset": "digits", "network": "dense", "hidden_units": (64,), "epochs": 3, "batch_size": 50}
    return TrainingSpec.checked({**values, **changes})


def test_every_network_name_can_be_built(keras):
    from vae_core.training.networks import NETWORKS

    assert tuple(NETWORKS) == NETWORK_NAMES


@pytest.mark.parametrize("network", NETWORK_NAMES)
@pytest.mark.parametrize("family", ["vae", "autoencoder"])
def test_the_loss_falls_below_what_ignoring_the_picture_costs(runs, toy, network, family):
    run = runs.train(
        spec(network=network, family=family, epochs=40, hidden_units=(64,), learning_rate=5e-3), toy
    )
    mean_image = toy.train.images.mean(axis=0)
    entropy = -(mean_image * np.log(mean_image + 1e-9) + (1 - mean_image) * np.log(1 - mean_image + 1e-9))
    assert run.history[-1]["val_loss"] < 0.7 * entropy.sum()
    assert run.history[-1]["val_loss"] < run.history[0]["val_loss"]
    if family == "autoencoder":
        assert run.history[-1]["kl_loss"] == 0
    else:
        last = run.history[-1]
        assert last["kl_loss"] > 0.5
        assert last["loss"] == pytest.approx(last["reconstruction_loss"] + last["kl_loss"], rel=1e-5)


def test_the_same_seed_gives_the_same_run_and_another_does_not(runs, small_digits):
    first, again, other = (runs.train(spec(seed=seed), small_digits).history for seed in (1, 1, 2))
    for one, two in zip(first, again, strict=True):
        assert one == pytest.approx(two, rel=1e-3)
    assert first[-1]["loss"] != pytest.approx(other[-1]["loss"], rel=1e-5)


def test_validation_images_take_no_part_in_training(runs):
    pixels = np.arange(100, dtype=np.uint8)[:, None, None, None]
    training, validation = runs.split_validation(pixels, 0.1, np.random.default_rng(0))
    assert len(validation) == 10
    assert sorted([*training.ravel(), *validation.ravel()]) == list(range(100))


def test_an_epoch_visits_images_at_most_once_in_calls_of_equal_length(keras):
    from vae_core.training.steps import plan_epoch

    calls = plan_epoch(1437, 10, np.random.default_rng(0))
    assert len({call.shape for call in calls}) == 1
    visited = np.concatenate([call.ravel() for call in calls])
    assert len(np.unique(visited)) == len(visited)
    assert len(visited) >= 1437 - 10 - len(calls) * 10
    assert visited.max() < 1437


def test_progress_says_how_far_it_is(runs, small_digits):
    seen = []
    run = runs.train(spec(), small_digits, seen.append)
    ends = [progress for progress in seen if progress.validation]
    assert [progress.epoch for progress in ends] == [1, 2, 3]
    assert len(run.history) == 3
    assert seen[-1].images_done == seen[-1].images_total
    assert seen[-1].seconds_left == pytest.approx(0)
    assert all(progress.images_per_second > 0 for progress in seen)


def test_the_learning_rate_decays_to_nothing(keras, small_digits):
    from vae_core.training.networks import build_decoder, build_encoder
    from vae_core.training.steps import TrainingStep

    settings = spec(learning_rate=0.01)
    encoder = build_encoder(settings, small_digits.input_shape)
    decoder = build_decoder(settings, small_digits.input_shape)
    schedule = TrainingStep(settings, encoder, decoder, 100, False).optimizer._learning_rate
    assert float(schedule(0)) == pytest.approx(0.01)
    assert float(schedule(50)) == pytest.approx(0.005)
    assert float(schedule(100)) == pytest.approx(0, abs=1e-8)


def test_a_diverging_run_is_stopped_and_explained(runs, toy):
    with pytest.raises(ValueError, match=r"diverged in epoch \d+.*learning_rate"):
        runs.train(spec(learning_rate=1.0, network="conv", hidden_units=(512, 512), epochs=200), toy)


def test_a_network_that_does_not_fit_the_images_says_so(runs):
    odd = Split(np.zeros((20, 30, 30, 1), np.uint8), np.zeros(20, np.int64))
    with pytest.raises(ValueError, match="30×30 is not divisible by 4"):
        runs.train(spec(network="conv"), Dataset("odd", odd, odd, ()))


def test_one_image_is_too_few(runs):
    one = Split(np.zeros((1, 8, 8, 1), np.uint8), np.zeros(1, np.int64))
    with pytest.raises(ValueError, match="cannot be divided"):
        runs.train(spec(), Dataset("one", one, one, ()))


def test_a_batch_larger_than_the_data_is_the_data(runs, small_digits):
    run = runs.train(spec(batch_size=60_000, epochs=1), small_digits)
    assert np.isfinite(run.history[0]["loss"])
