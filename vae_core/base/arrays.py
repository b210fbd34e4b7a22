"""Checks at the border: arrays that come from outside become float32 of a known shape, or a ValueError."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float32Array = NDArray[np.float32]

# The farthest place that pages go to, and the farthest that a model's own codes may lie.
MAXIMUM_COORDINATE = 1_000.0
# The largest number that a decoder is given: far beyond it decoders overflow.
MAXIMUM_INPUT = 1e6


def as_images(images: ArrayLike, shape: tuple[int, ...]) -> Float32Array:
    """Images as float32 ``(n, height, width, channels)`` in [0, 1].

    ``shape`` is what the model takes, (height, width, channels). A single grey channel may be
    left out. Raises ValueError naming what is wrong: dtype, shape, NaN or range.
    """
    array = _real_numbers(images, "images")
    if shape[-1] == 1 and array.ndim == len(shape) and array.shape[1:] == shape[:-1]:
        array = array[..., np.newaxis]
    if array.ndim != len(shape) + 1 or array.shape[1:] != shape:
        expected = ", ".join(map(str, shape))
        raise ValueError(f"images have shape {array.shape}; this model takes (n, {expected})")
    if array.size:
        low, high = float(array.min()), float(array.max())
        if low < 0 or high > 1:
            raise ValueError(f"images range from {low:g} to {high:g}; expected 0 to 1: divide bytes by 255")
    return array


def as_codes(z: ArrayLike, latent_dim: int) -> Float32Array:
    """Codes as float32 ``(n, latent_dim)``, finite, at most ±1e6. Raises ValueError naming what is wrong."""
    array = _real_numbers(z, "z")
    if array.size and float(np.abs(array).max()) > MAXIMUM_INPUT:
        raise ValueError(f"z holds {float(np.abs(array).max()):.3g}; expected at most ±{MAXIMUM_INPUT:g}")
    if array.ndim != 2 or array.shape[1] != latent_dim:
        raise ValueError(f"z has shape {array.shape}; this model takes (n, {latent_dim})")
    return array


def _real_numbers(values: ArrayLike, name: str) -> Float32Array:
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} is ragged: rows of one length are expected") from None
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} has dtype {array.dtype}; real numbers are expected")
    with np.errstate(over="ignore"):
        array = array.astype(np.float32, copy=False)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinite values; every value must be finite")
    return array


def unit_images(pixels: NDArray[np.uint8]) -> Float32Array:
    """Bytes as float32 in [0, 1]: divided by 255."""
    return pixels.astype(np.float32) / np.float32(255)


def rounded_bytes(images: Float32Array) -> NDArray[np.uint8]:
    """Images in [0, 1] as bytes, ``rint(255 x)`` with ties to even, as the browser's canvas rounds."""
    return np.rint(np.clip(images, 0.0, 1.0) * np.float32(255)).astype(np.uint8)
