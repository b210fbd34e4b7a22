"""Drawings made ready for a model."""

import numpy as np
from numpy.typing import ArrayLike

from vae_core.base.arrays import Float32Array, as_images


def centred(image: ArrayLike) -> Float32Array:
    """``image`` (height, width, channels) in [0, 1], shifted so that its centre of mass is in the middle.

    The shift is of whole pixels; what leaves the picture is lost and 0 comes in; a blank image stays as
    it is. The digits of MNIST were put into their 28×28 pixels in this way ("by computing the center of
    mass of the pixels, and translating the image so as to position this point at the center of the 28x28
    field": LeCun, Cortes and Burges, The MNIST database); the middle is the pixel (height // 2,
    width // 2), where theirs is. Raises ValueError naming what is wrong with ``image``.
    """
    pixels = np.asarray(image)
    if pixels.ndim != 3:
        raise ValueError(f"image has shape {pixels.shape}; expected (height, width, channels)")
    pixels = as_images(pixels[np.newaxis], pixels.shape)[0]
    mass = pixels.sum(axis=-1, dtype=np.float64)
    if not mass.sum():
        return pixels
    height, width = mass.shape
    down = _shift(mass.sum(axis=1))
    right = _shift(mass.sum(axis=0))
    framed = np.pad(pixels, ((height, height), (width, width), (0, 0)))
    return framed[height - down : 2 * height - down, width - right : 2 * width - right]


def _shift(profile: np.ndarray) -> int:
    """Whole pixels from the centre of mass of ``profile`` to its middle."""
    places = np.arange(len(profile))
    return round(len(profile) // 2 - float(places @ profile / profile.sum()))
