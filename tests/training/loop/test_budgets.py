"""What ends a run, and what it may cost."""

import time

import numpy as np
import pytest

from vae_core.datasets import load_dataset
from vae_core.specs import TrainingSpec

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(keras):
    from vae_core.training.loop import runs

    return runs


def spec(**changes):
    values = {"dataset": "toy", "network": "dense", "hidden_units": (32,), "batch_size": 40, "epochs": 40}
    return TrainingSpec.checked({**values, **changes})


def test_early_stopping_ends_with_the_best_weights(keras, runs, toy):
    from vae_core.training.loop.steps import TrainingStep

    run = runs.train(spec(early_stopping=3, epochs=400, learning_rate=0.02, learning_rate_decay="none"), toy)
    losses = [entry["val_loss"] for entry in run.history]
    assert run.ended == "early_stopping"
    assert len(losses) < 400
    assert int(np.argmin(losses)) == len(losses) - 4
    step = TrainingStep(run.spec, run.encoder, run.decoder, False)
    import tensorflow as tf

    kept = step.evaluate(tf.constant(run.validation_pixels))[0]
    assert kept == pytest.approx(min(losses), rel=1e-3)


def test_a_run_ends_where_the_code_says_enough(runs, toy):
    run = runs.train(spec(stop_at_kl=1.5, epochs=400), toy)
    kl = [entry["val_kl_loss"] for entry in run.history]
    assert run.ended == "stop_at_kl"
    assert kl[-1] >= 1.5 > max(kl[:-1], default=0)


def test_a_budget_of_minutes_ends_the_run_and_the_decay_with_it(runs, toy):
    seen = []
    run = runs.train(spec(minutes=0.1, epochs=100_000), toy, seen.append)
    assert run.ended == "minutes"
    # It ends where another epoch as long as the last, which the machine may have held up, would not fit.
    last_epoch = seen[-1].seconds - (seen[-2].seconds if len(seen) > 1 else 0)
    assert seen[-1].seconds + last_epoch >= 0.8 * 6
    assert 0.8 - last_epoch / 6 <= seen[-1].share <= 1
    assert len(run.history) < 100_000
    if len(run.history) > 1:
        assert run.history[-1]["val_loss"] < run.history[0]["val_loss"]


def test_what_was_spent_before_counts(runs, step_by_step, toy):
    run = runs.train(spec(minutes=1, epochs=100_000), toy, seconds_before=59.9)
    assert run.ended == "minutes"
    assert len(run.history) == 1


def test_time_that_runs_out_between_epochs_leaves_no_empty_epoch(runs, step_by_step, toy):
    run = runs.train(
        spec(minutes=0.1, epochs=100_000), toy, lambda progress: progress.validation and time.sleep(2.5)
    )
    assert run.ended == "minutes"
    assert all(entry["loss"] > 0 for entry in run.history)


def test_calls_are_short_where_steps_are_dear(keras, toy):
    from vae_core.training.loop.assembly import build_step

    conv, dense = (
        build_step(spec(network=network), toy.input_shape, toy.train.pixels) for network in ("conv", "dense")
    )
    assert [conv.steps_per_call(batch, 784) for batch in (64, 512, 10_000)] == [50, 7, 1]
    assert conv.steps_per_call(64, 64 * 64 * 3) == 3
    assert [dense.steps_per_call(batch, 784) for batch in (512, 60_000)] == [49, 1]


def test_weight_decay_leaves_a_learned_variance_alone(runs, toy):
    likelihood = {"kind": "gaussian", "variance": 0.05, "learned": True}
    plain, decayed = (
        runs.train(spec(likelihood=likelihood, epochs=60, learning_rate=1e-2, weight_decay=decay), toy)
        for decay in (0.0, 0.3)
    )
    assert decayed.likelihood.variance < 2 * plain.likelihood.variance + 0.02


def test_more_devices_than_images_are_refused(keras, toy):
    from vae_core.training.loop import assembly, trainer

    step = assembly.build_step(spec(), toy.input_shape, toy.train.pixels)
    step._replicas = 400
    with pytest.raises(ValueError, match="320 training images are too few for 400 devices"):
        trainer.Trainer(spec(), step, toy.train.pixels, toy.test.pixels)


def test_epochs_end_a_run_with_time_left(runs, step_by_step, toy):
    assert runs.train(spec(minutes=10, epochs=2), toy).ended == "epochs"


def test_a_plateau_halves_the_rate(keras, toy, monkeypatch):
    from vae_core.training.loop import assembly, trainer

    settings = spec(learning_rate_decay="plateau", epochs=12, learning_rate=1e-9)
    step = assembly.build_step(settings, toy.input_shape, toy.train.pixels)
    factors = []
    values_at = trainer.StepValues.at
    monkeypatch.setattr(
        trainer.StepValues,
        "at",
        lambda spec, shares, factor=1.0: factors.append(factor) or values_at(spec, shares, factor),
    )
    monkeypatch.setattr(step, "evaluate", lambda pixels: np.array([700.0, 600.0, 100.0], np.float32))
    trainer.Trainer(settings, step, toy.train.pixels, toy.test.pixels).run(lambda progress: None)
    assert factors[:6] == [1.0] * 6
    assert factors[6:11] == [0.5] * 5
    assert factors[11:] == [0.25]


def test_a_capacity_is_reached(runs, toy):
    run = runs.train(spec(capacity=2.0, beta=50, epochs=150, learning_rate=5e-3), toy)
    assert run.history[-1]["kl_loss"] == pytest.approx(2.0, abs=0.3)


def test_free_bits_are_used(runs, toy):
    collapsed = runs.train(spec(beta=200, epochs=60), toy).history[-1]["kl_loss"]
    free = runs.train(spec(beta=200, epochs=60, free_bits=1.0), toy).history[-1]["kl_loss"]
    assert collapsed < 0.3
    assert free == pytest.approx(2.0, abs=0.6)


def test_a_learned_variance_is_that_of_the_residuals(runs, toy):
    likelihood = {"kind": "gaussian", "variance": 0.2, "learned": True}
    run = runs.train(spec(likelihood=likelihood, epochs=200, learning_rate=1e-2), toy)
    assert run.spec.likelihood.variance == 0.2
    images = toy.train.images
    mean, log_var = run.encoder.predict(images, verbose=0)
    noise = np.random.default_rng(0).standard_normal(mean.shape)
    decoded = run.decoder.predict(mean + np.exp(log_var / 2) * noise, verbose=0)
    residual = np.mean(np.square(images - decoded))
    assert run.likelihood.variance == pytest.approx(residual, rel=0.3)
    assert run.likelihood.variance < 0.1


def test_linear_finds_the_subspace_of_pca(runs):
    from scipy.linalg import subspace_angles
    from sklearn.decomposition import PCA

    from vae_core.training.loop.splitting import split_validation

    digits = load_dataset("digits")
    settings = {"dataset": "digits", "network": "linear", "latent_dim": 3, "epochs": 400, "batch_size": 64}
    run = runs.train(TrainingSpec.checked(settings), digits)
    trained_on, _ = split_validation(digits.train.pixels, 0.1, np.random.default_rng(0))
    pca = PCA(3).fit(trained_on.reshape(len(trained_on), -1) / 255)
    directions = run.decoder.layers[0].get_weights()[0]
    angles = np.degrees(subspace_angles(directions.T, pca.components_.T))
    assert angles.max() < 1


def test_bfloat16_trains_and_is_exported_as_float32(runs, toy):
    run = runs.train(spec(network="conv", precision="bfloat16", epochs=30, learning_rate=5e-3), toy)
    assert run.history[-1]["val_loss"] < 0.5 * run.history[0]["val_loss"]
    assert all(layer.compute_dtype == "float32" for layer in (*run.encoder.layers, *run.decoder.layers))
    mean, _ = run.encoder.predict(toy.test.images, verbose=0)
    assert mean.dtype == np.float32


def test_amx_is_asked_of_the_processor(keras, tmp_path):
    from vae_core.training.loop.assembly import has_bfloat16_hardware

    (tmp_path / "with").write_text("flags : avx512f amx_bf16 amx_tile")
    (tmp_path / "without").write_text("flags : avx512f avx512_bf16")
    assert has_bfloat16_hardware(tmp_path / "with")
    assert not has_bfloat16_hardware(tmp_path / "without")
    assert not has_bfloat16_hardware(tmp_path / "nowhere")


def test_precision_is_measured_where_the_hardware_has_both(keras, toy, monkeypatch):
    from vae_core.training.loop import assembly

    monkeypatch.setattr(assembly, "has_bfloat16_hardware", lambda: True)
    for winner in ("float32", "bfloat16"):
        times = {"float32": 2.0, "bfloat16": 3.0 if winner == "float32" else 1.0}
        monkeypatch.setattr(
            assembly, "_seconds", lambda spec, shape, precision, training, times=times: times[precision]
        )
        step = assembly.build_step(spec(network="conv"), toy.input_shape, toy.train.pixels)
        used = {layer.compute_dtype for layer in step.decoder.layers}
        assert used == {winner}


def test_the_trial_of_a_precision_takes_steps(keras, toy):
    from vae_core.training.loop.assembly import _seconds

    assert _seconds(spec(network="conv"), toy.input_shape, "bfloat16", toy.train.pixels) > 0
