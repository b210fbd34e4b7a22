"""The folder that training makes draws what Keras draws."""

import json
import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import REPOSITORY
from vae_core import load_model
from vae_core.metrics.evaluation import evaluate
from vae_core.models.folder import open_folder
from vae_core.models.model import LatentModel
from vae_core.specs import Likelihood, TrainingSpec

pytestmark = pytest.mark.slow


def trained(keras, data, **changes):
    from vae_core.training.loop.runs import train

    values = {"dataset": "toy", "network": "conv", "hidden_units": (32,), "epochs": 10, "batch_size": 32}
    return train(TrainingSpec.checked({**values, **changes}), data)


def exported(run, data, path, **options):
    from vae_core.training.export.model_folder import export_model

    return export_model(run, data, path.name, path, **options)


@pytest.fixture(scope="module")
def run(keras, toy):
    return trained(keras, toy)


@pytest.fixture(scope="module")
def folder(run, toy, tmp_path_factory):
    return exported(run, toy, tmp_path_factory.mktemp("models") / "bars")


def test_the_folder_is_whole_and_loads(folder):
    names = {file.name for file in folder.path.iterdir()}
    assert names == {
        *("spec.json", "encoder.onnx", "decoder.onnx", "player.json", "player.bin"),
        *("latents.npz", "metrics.json", "card.md", "model.keras"),
    }
    assert open_folder(folder.path).spec.training.network == "conv"
    assert "vae_core train --dataset toy --network conv" in (folder.path / "card.md").read_text()


def test_the_graphs_equal_keras(run, folder, toy):
    model = LatentModel(folder)
    images = toy.test.images
    mean, log_var = run.encoder.predict(images, verbose=0)
    posterior = model.encode(images)
    np.testing.assert_allclose(posterior.z_mean, mean, atol=2e-2)
    np.testing.assert_allclose(posterior.z_log_var, log_var, atol=3e-2)
    logits = run.decoder.predict(posterior.z_mean, verbose=0)
    assert np.abs(model.decode(posterior.z_mean) - 1 / (1 + np.exp(-logits))).max() < 0.01


def test_rounding_to_float16_moves_the_bound_by_next_to_nothing(run, folder):
    from vae_core.training.export.model_folder import FLOAT16_BOUND_SHIFT, _bound_shift

    assert _bound_shift(run, LatentModel(folder)) < FLOAT16_BOUND_SHIFT


def test_weights_that_float16_cannot_hold_are_kept_in_single_precision(keras, step_by_step, toy, tmp_path):
    run = trained(keras, toy, epochs=1)
    for layer in (run.decoder.layers[0], run.decoder.layers[1]):
        kernel, bias = layer.get_weights()
        factor = 1e6 if layer is run.decoder.layers[0] else 1e-6
        layer.set_weights([kernel * factor, bias * (factor if factor > 1 else 1)])
    folder = exported(run, toy, tmp_path / "steep")
    assert not folder.has_player()
    codes = np.random.default_rng(0).standard_normal((20, 2)).astype(np.float32)
    expected = np.asarray(keras.ops.sigmoid(run.decoder(codes)))
    np.testing.assert_allclose(LatentModel(folder).decode(codes), expected, atol=1e-4)


def test_the_figures_in_the_folder_are_those_of_evaluate(folder, toy):
    stored = folder.metrics()
    measured = evaluate(LatentModel(folder), toy)
    assert stored["test"]["neg_elbo"] == pytest.approx(measured["neg_elbo"], rel=1e-5)
    assert len(stored["history"]) == 10
    assert stored["command"].startswith("python -m vae_core train")


def test_the_codes_in_the_folder_are_those_of_the_test_split(folder, toy):
    latents = folder.latents()
    posterior = LatentModel(folder).encode(toy.test.images)
    np.testing.assert_allclose(latents.z_mean, posterior.z_mean, atol=5e-3)
    np.testing.assert_array_equal(latents.label, toy.test.labels)
    np.testing.assert_array_equal(latents.index, np.arange(80))


def test_a_gaussian_autoencoder_exports(keras, step_by_step, toy, tmp_path):
    likelihood = Likelihood(kind="gaussian", variance=0.01)
    run = trained(keras, toy, family="autoencoder", network="dense", likelihood=likelihood, latent_dim=3)
    folder = exported(run, toy, tmp_path / "plain", keep_keras=False)
    model = LatentModel(folder)
    assert model.encode(toy.test.images).z_log_var is None
    assert folder.latents().z_log_var is None
    assert folder.metrics()["test"]["neg_elbo"] is None
    assert not (folder.path / "model.keras").exists()
    expected = np.clip(run.decoder.predict(np.ones((1, 3)), verbose=0), 0, 1)
    np.testing.assert_allclose(model.decode(np.ones((1, 3))), expected, atol=5e-3)


def test_a_decoder_without_a_kernel_ships_without_a_player(keras):
    from vae_core.training.export.player import NoKernelError, player_files

    layers = keras.layers
    z = keras.Input((4,))
    for unknown, words in (
        ([layers.Dense(4, activation="gelu")], "gelu"),
        ([layers.Dense(4), layers.LayerNormalization()], "LayerNormalization"),
        ([layers.Dense(3600, activation="relu"), layers.Dense(3600)], "bytes"),
        ([layers.Reshape((2, 2, 1)), layers.UpSampling2D(interpolation="bilinear")], "bilinear"),
        ([layers.Reshape((2, 2, 1)), layers.Conv2D(1, 2, dilation_rate=2, padding="same")], "dilated"),
        ([layers.Reshape((2, 2, 1)), layers.DepthwiseConv2D(1)], "DepthwiseConv2D"),
    ):
        with pytest.raises(NoKernelError, match=words):
            player_files(keras.Sequential([z, *unknown]))


def command_line(*arguments):
    command = [sys.executable, "-m", "vae_core", *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_training_from_the_command_line_makes_a_model(temporary_home):
    out = temporary_home / "models" / "mine"
    options = ["--dataset", "digits", "--network", "dense", "--hidden-units", "32"]
    options += ["--epochs", "2", "--seed", "3", "--json", "--out", str(out)]
    done = command_line("train", *options)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["name"] == "mine"
    assert report["metrics"]["images"] == 360
    assert len(report["history"]) == 2
    assert "epoch 2/2" in done.stderr
    assert "images/s" in done.stderr
    assert load_model("mine").spec.training.seed == 3
    again = command_line("train", *options)
    assert again.returncode == 2
    assert "exists already" in again.stderr


def test_the_shipped_recipes_are_what_shipped():
    from vae_core.base.home import pretrained_folder
    from vae_core.training.shipped.models import RECIPES

    folders = {path.name for path in pretrained_folder().iterdir() if path.is_dir()}
    assert folders - {"classifiers", "projections", "concepts"} == set(RECIPES)
    for name, spec in RECIPES.items():
        assert load_model(name).spec.training == spec
        assert load_model(name).metrics["command"] == spec.command(name)


def test_a_shipped_model_is_rebuilt_whole(keras, tmp_path, monkeypatch):
    from vae_core.training.shipped import models as shipped

    quick = shipped.RECIPES["digits-2d"].model_copy(update={"epochs": 1, "hidden_units": (8,)})
    monkeypatch.setitem(shipped.RECIPES, "digits-2d", quick)
    for _ in range(2):
        path = shipped.build("digits-2d", tmp_path / "out")
        assert LatentModel(open_folder(path)).spec.training == quick
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["digits-2d"]
