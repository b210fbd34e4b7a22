"""Small trainings on real digits, and what a run promises."""

import numpy as np
import pytest

from vae_core.datasets import Dataset, Split
from vae_core.specs import NETWORK_NAMES, TrainingSpec

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(keras):
    from vae_core.training.loop import runs

    return runs


def spec(**changes):
    values = {"dataset": "digits", "network": "dense", "epochs": 3, "batch_size": 50}
    if changes.get("network", "dense") == "dense":
        values["hidden_units"] = (64,)
    return TrainingSpec.checked({**values, **changes})


LEARNERS = [name for name in NETWORK_NAMES if name not in ("linear", "best")]
# The family changes the code layer and the loss, whatever the layers before and after.
AUTOENCODERS = ["dense", "selu-conv"]


@pytest.mark.parametrize(
    ("network", "family"),
    [*((name, "vae") for name in LEARNERS), *((name, "autoencoder") for name in AUTOENCODERS)],
)
def test_the_loss_falls_far_below_what_ignoring_the_picture_costs(runs, toy, network, family):
    rate = 1e-3 if network == "chollet-conv" else 3e-3
    settings = {"latent_dim": 4, "batch_size": 32, "learning_rate": rate, "beta": 1, "dropout": 0}
    # Batch norm needs some hundred steps for its statistics.
    epochs = 100 if network == "deep-dense" else 30
    run = runs.train(spec(network=network, family=family, epochs=epochs, **settings), toy)
    mean_image = toy.train.images.mean(axis=0)
    entropy = -(mean_image * np.log(mean_image + 1e-9) + (1 - mean_image) * np.log(1 - mean_image + 1e-9))
    best = min(entry["val_loss"] for entry in run.history)
    assert best < 0.7 * entropy.sum()
    last = run.history[-1]
    if family == "autoencoder":
        assert last["kl_loss"] == 0
    else:
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
    from vae_core.training.loop.steps import plan_epoch

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
    assert seen[-1].share == 1
    assert seen[-1].seconds_left == pytest.approx(0)
    assert all(progress.images_per_second > 0 for progress in seen)


def test_a_diverging_run_is_stopped_and_explained(runs, toy):
    with pytest.raises(ValueError, match=r"diverged in epoch \d+.*learning_rate"):
        runs.train(spec(learning_rate=1.0, network="conv", hidden_units=(512, 512), epochs=200), toy)


def noise(count=20, height=16, width=16, channels=1):
    pixels = np.random.default_rng(0).integers(0, 256, (count, height, width, channels), dtype=np.uint8)
    split = Split(pixels, np.zeros(count, np.int64))
    return Dataset("noise", split, split, ("any",))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (noise(count=1), "1 image cannot be divided"),
        (noise(height=15), "height of 15: expected 16 to 128"),
        (noise(width=129), "width of 129"),
        (noise(channels=2), "2 channels"),
    ],
)
def test_images_that_cannot_be_trained_on_are_named(runs, data, words):
    with pytest.raises(ValueError, match=words):
        runs.train(spec(), data)


def test_images_that_are_all_the_same_are_refused(runs):
    split = Split(np.full((20, 16, 16, 1), 7, np.uint8), np.zeros(20, np.int64))
    with pytest.raises(ValueError, match="all 20 images are the same"):
        runs.train(spec(), Dataset("flat", split, split, ()))


def test_a_batch_larger_than_the_data_is_the_data(runs, small_digits):
    run = runs.train(spec(batch_size=60_000, epochs=1), small_digits)
    assert np.isfinite(run.history[0]["loss"])
