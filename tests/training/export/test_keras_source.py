"""The script builds the network that was trained, with Keras alone."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from vae_core.specs import TrainingSpec

pytestmark = pytest.mark.slow

GREY, COLOUR, ODD = (28, 28, 1), (64, 64, 3), (45, 30, 3)
LEARNED = {"kind": "gaussian", "variance": 0.05, "learned": True}
NETWORKS = {
    "dense": ({"network": "dense"}, GREY),
    "best-2": ({"network": "best"}, GREY),
    "best-16": ({"network": "best", "latent_dim": 16, "likelihood": LEARNED, "free_bits": 0.1}, COLOUR),
    "chollet-conv": ({"network": "chollet-conv"}, GREY),
    "selu-conv": ({"network": "selu-conv"}, GREY),
    "deep-dense": ({"network": "deep-dense", "capacity": 5.0, "weight_decay": 0.01}, GREY),
    "cropped": ({"network": "conv", "likelihood": {"kind": "gaussian", "variance": 0.01}}, ODD),
    "linear": ({"network": "linear"}, GREY),
}
RUN_ALL = """
import json, runpy, sys
import tensorflow
found = {}
for path in sys.argv[1:]:
    # One is compiled as it stands; to compile the others for their one step takes most of a minute.
    tensorflow.config.run_functions_eagerly(bool(found))
    names = runpy.run_path(path, run_name="__main__")
    model = names["model"]
    found[path] = {
        part: {
            "parameters": network.count_params(),
            "shapes": [list(layer.output.shape) for layer in network.layers],
            "weights": [list(weight.shape) for weight in network.weights],
            "kinds": [type(layer).__name__ for layer in network.layers],
            "activations": [getattr(getattr(layer, "activation", None), "__name__", None)
                            for layer in network.layers],
            "initialisers": [type(getattr(layer, "kernel_initializer", None)).__name__
                             for layer in network.layers],
            "rates": [getattr(layer, "rate", None) for layer in network.layers],
        }
        for part, network in (("encoder", model.encoder), ("decoder", model.decoder))
    }
    found[path]["steps"] = int(model.optimizer.iterations.numpy())
found["foreign"] = sorted(name for name in sys.modules if name.split(".")[0] in ("vae_core", "ui"))
open("found.json", "w").write(json.dumps(found))
"""


def described(network):
    return {
        "parameters": network.count_params(),
        "shapes": [list(layer.output.shape) for layer in network.layers],
        "weights": [list(weight.shape) for weight in network.weights],
        "kinds": [type(layer).__name__ for layer in network.layers],
        "activations": [
            getattr(getattr(layer, "activation", None), "__name__", None) for layer in network.layers
        ],
        "initialisers": [
            type(getattr(layer, "kernel_initializer", None)).__name__ for layer in network.layers
        ],
        "rates": [getattr(layer, "rate", None) for layer in network.layers],
    }


def built(settings, shape):
    from vae_core.training.networks import build_decoder, build_encoder

    spec = TrainingSpec.checked({"dataset": "mnist", **settings})
    return spec, build_encoder(spec, shape), build_decoder(spec, shape)


def source(settings, shape):
    from vae_core.training.export.keras_source import keras_source

    spec, encoder, decoder = built(settings, shape)
    return keras_source(encoder, decoder, spec)


def run_alone(folder, script, *arguments):
    """A fresh interpreter that finds nothing of this project."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env={**environment, "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def found(keras, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scripts")
    for name, (settings, shape) in NETWORKS.items():
        (folder / f"{name}.py").write_text(source(settings, shape), encoding="utf-8")
    printed = run_alone(folder, RUN_ALL, *(f"{name}.py" for name in NETWORKS))
    assert printed.count('Model: "encoder"') == len(NETWORKS)
    return json.loads((folder / "found.json").read_text())


@pytest.mark.parametrize("name", NETWORKS)
def test_the_script_builds_the_same_network(keras, found, name):
    _, encoder, decoder = built(*NETWORKS[name])
    for part, network in (("encoder", encoder), ("decoder", decoder)):
        assert found[f"{name}.py"][part] == described(network)
    assert found[f"{name}.py"]["steps"] == 1


def test_the_script_needs_keras_alone(found):
    assert found["foreign"] == []


def test_lines_are_short_and_every_preset_has_a_script(keras):
    from vae_core.specs import NETWORK_NAMES

    for network in NETWORK_NAMES:
        if network != "denoising":
            lines = source({"network": network, "dataset": "mnist"}, GREY).splitlines()
            assert max(map(len, lines)) <= 110, network


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "1.0 * ops.sum(kl)"),
        ({"beta": 4.0, "free_bits": 0.5}, "4.0 * ops.sum(ops.maximum(kl, 0.5))"),
        ({"capacity": 25.0}, "1.0 * ops.abs(ops.sum(kl) - 25.0)"),
        ({"optimizer": "rmsprop", "weight_decay": 0.1}, "RMSprop(0.002, weight_decay=0.1)"),
        ({"corruption": "masking"}, "- The input was spoiled (masking), the target was not."),
        ({"learning_rate_decay": "plateau"}, "- The learning rate was halved when validation stalled."),
    ],
)
def test_the_script_says_what_the_training_did(keras, changes, words):
    assert words in source({"network": "dense", **changes}, GREY)


@pytest.mark.parametrize("likelihood", [{"kind": "bernoulli"}, {"kind": "gaussian", "variance": 0.02}])
def test_the_loss_is_that_of_the_training(keras, likelihood):
    """With the same weights and no noise, both losses are the same number."""
    import tensorflow as tf

    from vae_core.training.loop.steps import TrainingStep

    settings = {"network": "dense", "hidden_units": (8,), "likelihood": likelihood, "beta": 3.0}
    spec, encoder, decoder = built(settings, (16, 16, 1))
    # A posterior of next to no variance: z is its mean.
    head = encoder.get_layer("z_log_var")
    head.set_weights([np.zeros((8, 2)), np.full(2, -30.0)])
    names = {"__name__": "script"}
    exec(source(settings, (16, 16, 1)), names)
    model = names["VariationalAutoencoder"]()
    model.encoder.set_weights(encoder.get_weights())
    model.decoder.set_weights(decoder.get_weights())
    images = np.random.default_rng(0).random((20, 16, 16, 1)).astype(np.float32)
    expected = TrainingStep(spec, encoder, decoder, False).evaluate(tf.constant(images))[0]
    loss = float(model.compute_loss(x=images, y_pred=model(images)))
    assert loss == pytest.approx(float(expected), rel=1e-5)


def test_an_encoder_that_is_no_chain_is_refused(keras):
    from vae_core.training.export.keras_source import keras_source

    spec, _, decoder = built({"network": "dense"}, GREY)
    images = keras.Input(GREY)
    headless = keras.Model(images, keras.layers.Flatten()(images))
    with pytest.raises(ValueError, match="no chain"):
        keras_source(headless, decoder, spec)


def test_stock_keras_draws_what_the_exported_decoder_draws(step_by_step, toy, tmp_path, monkeypatch):
    """In single precision, where export rounds nothing."""
    from vae_core.models.model import LatentModel
    from vae_core.training.export import model_folder as export
    from vae_core.training.loop.runs import train

    monkeypatch.setattr(export, "FLOAT16_BOUND_SHIFT", -1.0)
    settings = {"dataset": "toy", "network": "conv", "hidden_units": (16,), "epochs": 2, "batch_size": 32}
    run = train(TrainingSpec.checked(settings), toy)
    model = LatentModel(export.export_model(run, toy, "bars", tmp_path / "bars"))
    images = toy.test.images[:5]
    np.save(tmp_path / "images.npy", images)
    script = """
import keras, numpy, sys
outputs = keras.saving.load_model(sys.argv[1]).predict(numpy.load("images.npy"), verbose=0)
assert not [name for name in sys.modules if name.startswith("vae_core")]
numpy.savez("outputs.npz", **outputs)
"""
    run_alone(tmp_path, script, str(tmp_path / "bars" / "model.keras"))
    outputs = np.load(tmp_path / "outputs.npz")
    np.testing.assert_allclose(outputs["z_mean"], model.encode(images).z_mean, atol=1e-4)
    np.testing.assert_allclose(outputs["reconstruction"], model.decode(outputs["z_mean"]), atol=1e-4)
