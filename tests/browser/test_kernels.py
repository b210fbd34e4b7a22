"""Each kernel of the player against the Keras layer that it stands for, in Chromium."""

import importlib
import json

import numpy as np
import pytest

from ui import player

pytestmark = pytest.mark.slow

DECODE = """
async ({ modules, layout, halves, codes }) => {
  const { Decoder } = await import(`${modules}/decoder.js`);
  const { float16ToFloat32 } = await import(`${modules}/float16.js`);
  const decoder = new Decoder(layout, float16ToFloat32(Uint16Array.from(halves)));
  return codes.map((z) => Array.from(decoder.decode(z)));
}
"""


@pytest.fixture
def keras():
    importlib.import_module("vae_core.training")  # sets the backend before Keras loads
    import keras

    keras.utils.set_random_seed(5)
    return keras


def grown(keras, *tested, neck=(4, 5, 3)):
    """A decoder from 6 numbers through a small picture and the layers under test."""
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(int(np.prod(neck))), layers.Reshape(neck), *tested]
    )


def shaken(decoder):
    """Weights, biases and batch norm statistics that are not their defaults."""
    rng = np.random.default_rng(1)
    for layer in decoder.layers:
        values = [0.4 * rng.standard_normal(value.shape) for value in layer.get_weights()]
        if type(layer).__name__ == "BatchNormalization":
            values[-1] = np.abs(values[-1]) + 0.3
        layer.set_weights(values)
    return decoder


def decoders(keras):
    layers = keras.layers
    cases = {
        f"conv {size} stride {stride} {padding}": lambda size=size, stride=stride, padding=padding: grown(
            keras, layers.Conv2D(4, size, strides=stride, padding=padding, activation="relu")
        )
        for size in (1, 2, 3, 4)
        for stride in (1, 2, 3)
        for padding in ("same", "valid")
    }
    cases |= {
        f"transposed {size} stride {stride} {padding}": lambda size=size, stride=stride, padding=padding: (
            grown(keras, layers.Conv2DTranspose(4, size, strides=stride, padding=padding))
        )
        for size in (1, 2, 3, 4, 5)
        for stride in (1, 2, 3)
        for padding in ("same", "valid")
    }
    cases |= {
        f"activation {name}": lambda name=name: grown(keras, layers.Activation(name))
        for name in ("linear", "relu", "selu", "leaky_relu", "tanh", "sigmoid")
    }
    cases |= {
        "oblong kernel": lambda: grown(
            keras, layers.Conv2D(2, (3, 2), strides=(2, 1), padding="same", use_bias=False)
        ),
        "upsampling": lambda: grown(keras, layers.UpSampling2D((2, 3)), layers.Conv2D(1, 3, padding="same")),
        "cropping": lambda: grown(
            keras, layers.UpSampling2D((2, 2)), layers.Cropping2D(((1, 2), (0, 3))), layers.Conv2D(2, 2)
        ),
        "cropping at the end": lambda: grown(keras, layers.Cropping2D(((0, 1), (2, 0)))),
        "leaky layer": lambda: grown(keras, layers.LeakyReLU(negative_slope=0.07)),
        "relu layer": lambda: grown(keras, layers.ReLU()),
        "folded batch norm": lambda: grown(
            keras,
            layers.Conv2D(3, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2DTranspose(2, 3, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(scale=False),
            layers.Dropout(0.5),
        ),
        "batch norm after an activation": lambda: grown(
            keras,
            layers.Conv2D(3, 3, padding="same", activation="selu"),
            layers.BatchNormalization(center=False),
        ),
        "dense only": lambda: keras.Sequential(
            [
                keras.Input((6,)),
                layers.Dense(9, activation="tanh"),
                layers.BatchNormalization(),
                layers.Dense(12),
                layers.BatchNormalization(),
                layers.Flatten(),
                layers.Reshape((2, 2, 3)),
            ]
        ),
    }
    return cases


def test_every_kernel_equals_its_keras_layer(visitor, server, keras):
    from vae_core.training.folding import folded
    from vae_core.training.player_export import player_files

    visitor.goto(f"{server.url}/_stcore/health")
    codes = np.random.default_rng(2).standard_normal((5, 6)).astype(np.float32)
    for name, build in decoders(keras).items():
        decoder = folded(shaken(build()), "sigmoid")
        files = player_files(decoder)
        got = visitor.evaluate(
            DECODE,
            {
                "modules": f"{server.url}/lab/player/{player.version()}",
                "layout": json.loads(files["player.json"]),
                "halves": np.frombuffer(files["player.bin"], "<u2").tolist(),
                "codes": codes.tolist(),
            },
        )
        expected = np.asarray(decoder(codes, training=False)).reshape(5, -1)
        np.testing.assert_allclose(got, expected, atol=2e-6, err_msg=name)


def test_half_precision_is_read_exactly(visitor, server):
    visitor.goto(f"{server.url}/_stcore/health")
    halves = np.arange(65_536, dtype=np.uint16)
    got = visitor.evaluate(
        """async ({ modules, halves }) => {
          const { float16ToFloat32 } = await import(`${modules}/float16.js`);
          return Array.from(new Uint32Array(float16ToFloat32(Uint16Array.from(halves)).buffer));
        }""",
        {"modules": f"{server.url}/lab/player/{player.version()}", "halves": halves.tolist()},
    )
    expected = halves.view(np.float16).astype(np.float32)
    singles = np.array(got, np.uint32).view(np.float32)
    np.testing.assert_array_equal(singles, expected)
