"""Keras is loaded once, by the room that may."""

import importlib

import numpy as np
import pytest

from vae_core.datasets import Dataset, Split, load_dataset


@pytest.fixture(scope="session")
def keras():
    importlib.import_module("vae_core.training")
    return importlib.import_module("keras")


@pytest.fixture(scope="session")
def small_digits():
    """300 training and 100 test images of digits."""
    digits = load_dataset("digits")
    cut = lambda split, count: Split(split.pixels[:count], split.labels[:count])  # noqa: E731
    return Dataset("digits", cut(digits.train, 300), cut(digits.test, 100), digits.class_names)


@pytest.fixture(scope="session")
def toy():
    """16×16 images of a bright bar at a random height, in red or blue: something to learn in seconds."""
    rng = np.random.default_rng(0)
    pixels = np.zeros((400, 16, 16, 3), np.uint8)
    labels = rng.integers(0, 2, 400)
    for image, label, top in zip(pixels, labels, rng.integers(0, 13, 400), strict=True):
        image[top : top + 3, :, 2 * label] = 255
    split = lambda rows: Split(pixels[rows], labels[rows].astype(np.int64))  # noqa: E731
    return Dataset("toy", split(slice(0, 320)), split(slice(320, 400)), ("red", "blue"))


@pytest.fixture
def step_by_step(keras):
    """Training without compiling first, which takes far longer than a few steps of a tiny network."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
