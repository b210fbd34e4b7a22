"""Every preset becomes a folder that ONNX Runtime and the player can run, at sizes no stride divides."""

import json

import numpy as np
import pytest

from vae_core.datasets import Dataset, Split
from vae_core.models.model import LatentModel
from vae_core.specs import NETWORK_NAMES, Likelihood, TrainingSpec

pytestmark = pytest.mark.slow


def noise(height, width, channels):
    pixels = np.random.default_rng(0).integers(0, 256, (40, height, width, channels), dtype=np.uint8)
    labels = np.zeros(40, np.int64)
    return Dataset("noise", Split(pixels[:24], labels[:24]), Split(pixels[24:], labels[24:]), ("any",))


@pytest.fixture
def untrained(keras):
    """A run that ended before its first step, with batch norm statistics that are not the first ones."""

    def make(spec, data):
        from vae_core.training.loop.runs import TrainingRun
        from vae_core.training.networks import build_decoder, build_encoder

        keras.utils.set_random_seed(1)
        encoder, decoder = (build(spec, data.input_shape) for build in (build_encoder, build_decoder))
        for layer in (*encoder.layers, *decoder.layers):
            if type(layer).__name__ == "BatchNormalization":
                gamma, beta, mean, variance = layer.get_weights()
                layer.set_weights([gamma * 1.3, beta + 0.2, mean + 0.1, variance * 0.7])
        return TrainingRun(spec, encoder, decoder, spec.likelihood, data.train.pixels)

    return make


@pytest.mark.parametrize("network", NETWORK_NAMES)
def test_a_preset_travels(keras, untrained, tmp_path, network):
    from vae_core.training.export.model_folder import export_model

    shape = (17, 22, 3)
    data = noise(*shape)
    spec = TrainingSpec.checked({"dataset": "noise", "network": network, "latent_dim": 5})
    run = untrained(spec, data)
    model = LatentModel(export_model(run, data, network, tmp_path / network, keep_keras=False))
    assert model.folder.has_player()
    layers = json.loads((model.folder.path / "player.json").read_text())
    assert layers["output"] == list(shape)
    codes = np.random.default_rng(2).standard_normal((9, 5)).astype(np.float32)
    outputs = run.decoder(codes, training=False)
    if spec.likelihood == Likelihood():
        outputs = keras.ops.sigmoid(outputs)
    expected = np.clip(keras.ops.convert_to_numpy(outputs), 0, 1)
    np.testing.assert_allclose(model.decode(codes), expected, atol=0.01)
    encoded = run.encoder(data.test.images, training=False)
    mean = encoded if spec.family == "autoencoder" else encoded[0]
    posterior = model.encode(data.test.images)
    np.testing.assert_allclose(posterior.z_mean, keras.ops.convert_to_numpy(mean), atol=0.02)
    assert (posterior.z_log_var is None) == (spec.family == "autoencoder")
