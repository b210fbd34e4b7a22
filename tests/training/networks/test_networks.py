"""Every preset layer by layer, and at every size of image."""

import pytest

from vae_core.specs import NETWORK_NAMES, PRESETS, TrainingSpec

pytestmark = pytest.mark.slow

MNIST = (28, 28, 1)


@pytest.fixture(scope="module")
def networks(keras):
    from vae_core.training import networks

    return networks


def spec(network, **changes):
    values = {"network": network, **changes}
    if "dataset" not in PRESETS[network].defaults:
        values.setdefault("dataset", "digits")
    return TrainingSpec.checked(values)


def described(network):
    """A layer a word: its kind, its size, its activation."""
    words = []
    for layer in network.layers:
        kind = type(layer).__name__
        config = layer.get_config()
        activation = config.get("activation", "")
        activation = "" if activation == "linear" else f" {activation}"
        if kind == "Dense":
            words.append(f"Dense {layer.units}{activation}")
        elif kind in ("Conv2D", "Conv2DTranspose"):
            side, stride = layer.kernel_size[0], layer.strides[0]
            words.append(f"{kind} {layer.filters} k{side} s{stride} {layer.padding}{activation}")
        elif kind == "Dropout":
            words.append(f"Dropout {layer.rate}")
        elif kind == "Activation":
            words.append(config["activation"])
        elif kind == "Reshape":
            words.append("Reshape " + "·".join(map(str, layer.target_shape)))
        elif kind != "InputLayer":
            words.append(kind)
    return words


BLOCK, NORMED = (lambda n: [f"Dense {n}", "relu"]), (lambda n: [f"Dense {n}", "BatchNormalization", "relu"])
HEADS = ["Dense 2", "Dense 2"]
DROP = ["Dropout 0.1"]

TABLES = {
    "dense-256": (
        ["Flatten", "Dense 256 relu", *HEADS],
        ["Dense 256 relu", "Dense 784", "Reshape 28·28·1"],
    ),
    "selu-conv": (
        [
            *("Conv2D 16 k3 s1 same selu", "MaxPooling2D"),
            *("Conv2D 32 k3 s1 same selu", "MaxPooling2D"),
            *("Conv2D 64 k3 s1 same selu", "MaxPooling2D"),
            *("Flatten", "Identity"),
        ],
        [
            "Reshape 3·3·64",
            "Conv2DTranspose 32 k3 s2 valid selu",
            "Conv2DTranspose 16 k3 s2 same selu",
            "Conv2DTranspose 1 k3 s2 same",
        ],
    ),
    "selu-conv-vae": (
        [
            *("Conv2D 16 k3 s1 same selu", "MaxPooling2D"),
            *("Conv2D 32 k3 s1 same selu", "MaxPooling2D"),
            *("Conv2D 64 k3 s1 same selu", "MaxPooling2D"),
            *("Flatten", "Dense 576", "Dense 576"),
        ],
        [
            "Reshape 3·3·64",
            "Conv2DTranspose 32 k3 s2 valid selu",
            "Conv2DTranspose 16 k3 s2 same selu",
            "Conv2DTranspose 1 k3 s2 same",
        ],
    ),
    "chollet-conv": (
        [
            "Conv2D 32 k3 s1 same relu",
            "Conv2D 64 k3 s2 same relu",
            "Conv2D 64 k3 s1 same relu",
            "Conv2D 64 k3 s1 same relu",
            *("Flatten", "Dense 32 relu", *HEADS),
        ],
        [
            *("Dense 12544 relu", "Reshape 14·14·64"),
            "Conv2DTranspose 32 k3 s2 same relu",
            "Conv2D 1 k3 s1 same",
        ],
    ),
    "strided-conv": (
        [
            "Conv2D 32 k3 s2 same relu",
            "Conv2D 64 k3 s2 same relu",
            "Conv2D 64 k3 s2 same relu",
            *("Flatten", "Dense 256 relu", *HEADS),
        ],
        [
            *("Dense 256 relu", "Dense 3136 relu", "Reshape 7·7·64"),
            "Conv2DTranspose 64 k3 s2 same relu",
            "Conv2DTranspose 64 k3 s2 same relu",
            "Conv2DTranspose 1 k3 s1 same",
        ],
    ),
    "shallow-dense": (
        ["Flatten", "Dropout 0.1", "Dense 256 relu", *HEADS],
        ["Dense 256 relu", "Dense 784", "Reshape 28·28·1"],
    ),
    "deep-dense": (
        [
            *("Flatten", *DROP, *BLOCK(512), *DROP, *NORMED(512), *DROP, *BLOCK(256), *DROP),
            *(*NORMED(256), *DROP, *BLOCK(128), *DROP, "Dense 2", "BatchNormalization", "sigmoid", *HEADS),
        ],
        [
            *(*NORMED(128), *DROP, *BLOCK(256), *NORMED(256), *DROP, *BLOCK(512), *NORMED(512)),
            *("Dense 784", "Reshape 28·28·1"),
        ],
    ),
    "linear": (["Flatten", "Dense 2"], ["Dense 784", "Reshape 28·28·1"]),
}

SETTINGS = {
    "dense-256": ("mnist", "vae", "bernoulli", 1, "rmsprop", 1e-3, 100, 5, 2),
    "selu-conv": ("quickdraw", "autoencoder", "bernoulli", 1, "adam", 1e-3, 32, 20, 576),
    "selu-conv-vae": ("quickdraw", "vae", "bernoulli", 1, "adam", 1e-3, 32, 20, 576),
    "chollet-conv": ("mnist", "vae", "bernoulli", 0.392, "rmsprop", 1e-3, 16, 10, 2),
    "strided-conv": ("mnist", "vae", "bernoulli", 1, "adam", 1e-3, 128, 10, 2),
    "shallow-dense": ("mnist", "vae", "bernoulli", 1, "adam", 1e-3, 128, 10, 2),
    "deep-dense": ("mnist", "vae", "bernoulli", 1, "adam", 1e-3, 128, 100, 2),
}


def test_every_network_name_can_be_built(networks):
    assert tuple(networks.NETWORKS) == NETWORK_NAMES


@pytest.mark.parametrize("network", TABLES)
def test_a_preset_has_the_layers_of_its_text(networks, network):
    encoder, decoder = TABLES[network]
    assert described(networks.build_encoder(spec(network), MNIST)) == encoder
    assert described(networks.build_decoder(spec(network), MNIST)) == decoder


@pytest.mark.parametrize("network", SETTINGS)
def test_a_preset_has_the_settings_of_its_text(network):
    found = spec(network)
    assert SETTINGS[network] == (
        *(found.dataset, found.family, found.likelihood.kind, found.beta),
        *(found.optimizer, found.learning_rate, found.batch_size, found.epochs, found.latent_dim),
    )
    assert found.learning_rate_decay == "none"


def test_the_texts_choose_their_data():
    doodles, primer = spec("selu-conv"), spec("strided-conv")
    assert doodles.classes == ("cat", "dog", "tree")
    assert (primer.images, primer.validation_fraction) == (10_000, 0.2)
    assert spec("strided-conv", dataset="fashion-mnist").images is None


@pytest.mark.parametrize("network", NETWORK_NAMES)
@pytest.mark.parametrize("shape", [(16, 16, 1), (17, 30, 3), (28, 28, 1), (45, 19, 1), (64, 64, 3)])
@pytest.mark.parametrize("latent_dim", [1, 2, 576])
def test_any_image_fits(networks, network, shape, latent_dim):
    settings = spec(network, latent_dim=latent_dim)
    assert networks.build_encoder(settings, shape).output_shape[-1 if settings.family != "vae" else 0] in (
        latent_dim,
        (None, latent_dim),
    )
    assert networks.build_decoder(settings, shape).output_shape == (None, *shape)


def test_the_largest_image_fits(networks):
    for network in ("best", "chollet-conv", "selu-conv", "deep-dense"):
        assert networks.build_decoder(spec(network), (128, 128, 3)).output_shape == (None, 128, 128, 3)


def test_widths_and_filters_can_be_changed(networks):
    changed = spec("strided-conv", filters=(8, 16), hidden_units=(20, 10), latent_dim=5)
    words = described(networks.build_encoder(changed, MNIST))
    assert words[:2] == ["Conv2D 8 k3 s2 same relu", "Conv2D 16 k3 s2 same relu"]
    assert words[3:] == ["Dense 20 relu", "Dense 10 relu", "Dense 5", "Dense 5"]


@pytest.mark.parametrize(
    ("network", "setting", "words"),
    [
        ("linear", {"hidden_units": (8,)}, "hidden_units is no setting of network linear"),
        ("dense-256", {"filters": (8,)}, "filters is no setting of network dense-256"),
        ("selu-conv", {"dropout": 0.2}, "dropout is no setting of network selu-conv"),
        ("chollet-conv", {"filters": (8,)}, "needs 2 or more"),
    ],
)
def test_a_setting_that_a_network_does_not_have_is_refused(networks, network, setting, words):
    with pytest.raises(ValueError, match=words):
        spec(network, **setting).check_network()


def test_best_is_dense_for_maps_of_small_images_and_convolutional_otherwise(networks):
    assert "Dense 1024 relu" in described(networks.build_encoder(spec("best"), MNIST))
    for settings, shape in ((spec("best", latent_dim=16), MNIST), (spec("best"), (64, 64, 3))):
        assert "Conv2D 32 k4 s2 same relu" in described(networks.build_encoder(settings, shape))


def test_an_autoencoder_of_another_width_gets_a_dense_head(networks):
    words = described(networks.build_encoder(spec("selu-conv", latent_dim=10), MNIST))
    assert words[-1] == "Dense 10"
    assert described(networks.build_decoder(spec("selu-conv", latent_dim=10), MNIST))[0] == "Dense 576"


@pytest.mark.parametrize("likelihood", [{"kind": "bernoulli"}, {"kind": "gaussian", "variance": 0.01}])
@pytest.mark.parametrize("network", ["dense", "conv", "chollet-conv"])
def test_an_untrained_decoder_can_draw_the_mean_colour(keras, toy, network, likelihood):
    from vae_core.training.loop.assembly import build_step

    settings = spec(network, dataset="toy", output_bias="mean", likelihood=likelihood)
    step = build_step(settings, toy.input_shape, toy.train.pixels)
    outputs = step.decoder(keras.ops.zeros((1, 2)))
    drawn = keras.ops.sigmoid(outputs) if likelihood["kind"] == "bernoulli" else outputs
    colour = keras.ops.convert_to_numpy(drawn).mean(axis=(0, 1, 2))
    assert colour == pytest.approx(toy.train.images.mean(axis=(0, 1, 2)), abs=2e-3)
