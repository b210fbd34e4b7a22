"""Each kernel of the player against its definition, and against the Keras layer that it stands for, in
Chromium."""

import importlib
import itertools
import json
import math

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from ui.server import modules as scripts

DECODE = """
async ({ modules, layout, halves, codes }) => {
  const { Decoder } = await import(`${modules}/engine/decoder.js`);
  const { float16ToFloat32 } = await import(`${modules}/engine/float16.js`);
  const decoder = new Decoder(layout, float16ToFloat32(Uint16Array.from(halves)));
  return codes.map((z) => Array.from(decoder.decode(z)));
}
"""

# As DECODE, for many decoders of one layer each.
DECODE_EACH = """
async ({ modules, cases }) => {
  const { Decoder } = await import(`${modules}/engine/decoder.js`);
  return cases.map(({ layout, values, codes }) => {
    const decoder = new Decoder(layout, Float32Array.from(values));
    return codes.map((z) => Array.from(decoder.decode(z)));
  });
}
"""


def decoder_of(kind, shape, output, kernel, bias, geometry=None):
    """The layout and the weights of a decoder whose code is a picture of ``shape``, seen by one layer."""
    weights = {"kernel": {"offset": 0, "shape": list(kernel.shape)}}
    weights["bias"] = {"offset": kernel.size, "shape": list(bias.shape)}
    picture = {"type": "reshape", "activation": "linear", "output": list(shape)}
    layer = {"type": kind, "activation": "linear", "output": list(output), "weights": weights}
    layout = {"format": 1, "input": [math.prod(shape)], "output": list(output)}
    layout["layers"] = [picture, layer | (geometry or {})]
    return layout, np.concatenate([kernel.ravel(), bias])


def some(rng, *shape):
    """Numbers, half of which are 0 as after a relu; float32 holds them exactly."""
    return np.float32(np.maximum(rng.standard_normal(shape), 0))


def compare(page, server, cases):
    """``cases``: name to (layout, weights, codes, expected outputs)."""
    page.goto(f"{server.url}/_stcore/health")
    sent = [
        {"layout": layout, "values": values.tolist(), "codes": [code.ravel().tolist() for code in codes]}
        for layout, values, codes, _ in cases.values()
    ]
    modules = f"{server.url}/lab/player/{scripts.version()}"
    answers = page.evaluate(DECODE_EACH, {"modules": modules, "cases": sent})
    for (name, (_, _, _, expected)), answer in zip(cases.items(), answers, strict=True):
        flat = np.reshape(expected, (len(expected), -1))
        np.testing.assert_allclose(answer, flat, rtol=2e-6, atol=2e-5, err_msg=name)


def convolved(picture, kernel, bias, strides, padding):
    """TensorFlow's convolution: https://www.tensorflow.org/api_docs/python/tf/nn (notes on padding)."""
    for axis, (size, stride) in enumerate(zip(kernel.shape[:2], strides, strict=True)):
        side = picture.shape[axis]
        lacking = max((math.ceil(side / stride) - 1) * stride + size - side, 0) if padding == "same" else 0
        around = [(0, 0)] * 3
        around[axis] = (lacking // 2, lacking - lacking // 2)
        picture = np.pad(picture, around)
    seen = sliding_window_view(picture, kernel.shape[:2], axis=(0, 1))[:: strides[0], :: strides[1]]
    return np.einsum("yxcij,ijcf->yxf", seen.astype(float), kernel) + bias


def transposed(picture, kernel, bias, strides, padding):
    """The adjoint of ``convolved``: every pixel lays a kernel, and "same" cuts off what is too much."""
    sizes = kernel.shape[:2]
    height, width, _ = picture.shape
    (down, across), (tall, wide) = strides, sizes
    everything = np.zeros(
        ((height - 1) * down + max(tall, down), (width - 1) * across + max(wide, across), bias.size)
    )
    for y, x in np.ndindex(height, width):
        laid = np.einsum("c,ijcf->ijf", picture[y, x].astype(float), kernel)
        everything[y * down : y * down + tall, x * across : x * across + wide] += laid
    if padding == "same":
        top, left = (max(size - stride, 0) // 2 for size, stride in zip(sizes, strides, strict=True))
        everything = everything[top : top + height * down, left : left + width * across]
    return everything + bias


def geometries():
    """Picture, kernel and strides: each side of its own, kernels larger than the picture among them."""
    shapes = [(1, 1), (2, 5), (7, 4)]
    kernels = [(1, 1), (2, 3), (3, 3), (4, 4), (5, 2), (9, 6)]
    strides = [(1, 1), (2, 2), (1, 2), (3, 2)]
    return itertools.product(shapes, kernels, strides, ("same", "valid"))


@pytest.mark.parametrize("kind", ["conv2d", "conv2d_transpose"])
def test_convolutions_at_every_border(visitor, server, kind):
    rng = np.random.default_rng(3)
    apply = convolved if kind == "conv2d" else transposed
    # Around the eight inputs that one pass takes; one filter and several.
    depths = itertools.cycle(itertools.product((1, 3, 8, 9, 17), (1, 2, 5)))
    cases = {}
    for sides, size, strides, padding in geometries():
        if kind == "conv2d" and padding == "valid" and any(np.greater(size, sides)):
            continue
        channels, filters = next(depths)
        kernel, bias = some(rng, *size, channels, filters) - np.float32(0.5), some(rng, filters)
        pictures = [some(rng, *sides, channels) for _ in range(2)]
        # The first comes again: nothing may be left of the second.
        codes = [pictures[0], pictures[1], pictures[0]]
        expected = [apply(code, kernel, bias, strides, padding) for code in codes]
        geometry = {"strides": strides, "padding": padding}
        made = decoder_of(kind, codes[0].shape, expected[0].shape, kernel, bias, geometry)
        cases[f"{sides} {size} {strides} {padding} {channels} to {filters}"] = (*made, codes, expected)
    compare(visitor, server, cases)


def test_a_convolution_and_its_transpose_are_adjoint(visitor, server):
    """⟨conv(a), b⟩ = ⟨a, transposed(b)⟩ for one kernel without a bias."""
    rng = np.random.default_rng(4)
    modules = f"{server.url}/lab/player/{scripts.version()}"
    visitor.goto(f"{server.url}/_stcore/health")
    for size, stride in itertools.product((1, 3, 4), (1, 2)):
        large, small, geometry = (6, 8, 3), (6 // stride, 8 // stride, 5), {"padding": "same"}
        geometry["strides"] = (stride, stride)
        kernel = rng.standard_normal((size, size, 3, 5)).astype(np.float32)
        a, b = some(rng, *large), some(rng, *small)
        there = decoder_of("conv2d", large, small, kernel, np.zeros(5, np.float32), geometry)
        turned = np.ascontiguousarray(kernel.transpose(0, 1, 3, 2))
        back = decoder_of("conv2d_transpose", small, large, turned, np.zeros(3, np.float32), geometry)
        cases = [
            {"layout": layout, "values": values.tolist(), "codes": [code.ravel().tolist()]}
            for (layout, values), code in ((there, a), (back, b))
        ]
        (of_a,), (of_b,) = visitor.evaluate(DECODE_EACH, {"modules": modules, "cases": cases})
        assert np.dot(of_a, b.ravel()) == pytest.approx(np.dot(of_b, a.ravel()), rel=1e-5)


def test_dense_layers_of_every_width(visitor, server):
    rng = np.random.default_rng(5)
    cases = {}
    for inputs, units in itertools.product((1, 2, 7, 8, 9, 16, 33), (1, 4, 11)):
        kernel, bias = rng.standard_normal((inputs, units)).astype(np.float32), some(rng, units)
        codes = [np.ones(inputs, np.float32), some(rng, inputs), np.zeros(inputs, np.float32)]
        expected = [code.astype(float) @ kernel + bias for code in codes]
        cases[f"{inputs} to {units}"] = (
            *decoder_of("dense", (inputs,), (units,), kernel, bias),
            codes,
            expected,
        )
    compare(visitor, server, cases)


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
        "kernel larger than the picture": lambda: grown(
            keras,
            layers.Conv2D(1, (9, 12), padding="same", activation="relu"),
            layers.Conv2DTranspose(11, (11, 9), strides=(1, 2), padding="same", activation="relu"),
            layers.Conv2D(1, 7, strides=(2, 3), padding="same"),
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


@pytest.mark.slow
def test_every_kernel_equals_its_keras_layer(visitor, server, keras):
    from vae_core.training.export.folding import folded
    from vae_core.training.export.player import player_files

    visitor.goto(f"{server.url}/_stcore/health")
    codes = np.random.default_rng(2).standard_normal((5, 6)).astype(np.float32)
    for name, build in decoders(keras).items():
        decoder = folded(shaken(build()), "sigmoid")
        files = player_files(decoder)
        got = visitor.evaluate(
            DECODE,
            {
                "modules": f"{server.url}/lab/player/{scripts.version()}",
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
          const { float16ToFloat32 } = await import(`${modules}/engine/float16.js`);
          return Array.from(new Uint32Array(float16ToFloat32(Uint16Array.from(halves)).buffer));
        }""",
        {"modules": f"{server.url}/lab/player/{scripts.version()}", "halves": halves.tolist()},
    )
    expected = halves.view(np.float16).astype(np.float32)
    singles = np.array(got, np.uint32).view(np.float32)
    np.testing.assert_array_equal(singles, expected)
