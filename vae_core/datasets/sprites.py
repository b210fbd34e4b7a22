"""Sprites: drawn white shapes of 32×32 whose factors are independent and known.

After dSprites (Matthey et al. 2017): shape, x and y of 32 steps, 6 scales, 40 rotations, drawn anew
and anti-aliased by this project, which gives them away freely.
"""

import numpy as np
from numpy.typing import NDArray

from vae_core.datasets import shapes
from vae_core.datasets.dataset import Dataset, Split

SIDE = 32
IMAGES, TEST_IMAGES = 40_000, 4_000
SHAPES = ("square", "ellipse", "heart")
POSITIONS, SCALES, ROTATIONS = 32, 6, 40
FACTORS = ("shape", "x", "y", "scale", "rotation")
# In pictures of half-width 1: how far centres go, and the smallest and largest half-size.
REACH, SMALLEST, LARGEST = 0.5, 0.22, 0.4


def load() -> Dataset:
    """36,000 training and 4,000 test images, always the same ones."""
    train, test = (_drawn(factors) for factors in _factors())
    return Dataset("sprites", train, test, SHAPES, FACTORS)


def load_test() -> Split:
    """The 4,000 test images; no others are drawn."""
    return _drawn(_factors()[1])


def sample_factors(count: int, seed: int) -> NDArray[np.float32]:
    """(count, 5) whole numbers from 0, in the order of FACTORS, each drawn evenly and on its own."""
    steps = (len(SHAPES), POSITIONS, POSITIONS, SCALES, ROTATIONS)
    generator = np.random.default_rng(seed)
    return np.stack([generator.integers(0, n, count) for n in steps], axis=1).astype(np.float32)


def draw(factors: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Images (n, 32, 32, 1) of factors (n, 5)."""
    return shapes.drawn_in_chunks(factors, _draw)


def _factors() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Factors of the training and of the test images."""
    factors = sample_factors(IMAGES, seed=0)
    return factors[:-TEST_IMAGES], factors[-TEST_IMAGES:]


def _drawn(factors: NDArray[np.float32]) -> Split:
    return Split(draw(factors), factors[:, 0].astype(np.int64), factors)


def _draw(factors: NDArray[np.float32]) -> NDArray[np.uint8]:
    kind, column, row, scale, rotation = (part[:, np.newaxis, np.newaxis] for part in factors.T)
    x, y = shapes.pixel_centres(SIDE)
    x = x - REACH * (2 * column / (POSITIONS - 1) - 1)
    y = y - REACH * (2 * row / (POSITIONS - 1) - 1)
    x, y = shapes.rotated(x, y, 2 * np.pi * rotation / ROTATIONS)
    size = SMALLEST + (LARGEST - SMALLEST) * scale / (SCALES - 1)
    square = shapes.box(x, y, 0.8 * size, 0.8 * size)
    ellipse = shapes.ellipse(x, y, size, size / 2)
    heart = 1.5 * size * shapes.heart(x / (1.5 * size), y / (1.5 * size))
    distance = np.choose(kind.astype(np.int64), [square, ellipse, heart])
    return np.rint(255 * shapes.coverage(distance, SIDE)).astype(np.uint8)[..., np.newaxis]
