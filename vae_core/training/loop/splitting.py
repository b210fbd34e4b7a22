"""Which images are trained on, which are held out, and whether there is anything to learn."""

import numpy as np
from numpy.typing import NDArray

SMALLEST_SIDE, LARGEST_SIDE = 16, 128


def check_images(pixels: NDArray[np.uint8]) -> None:
    """Raise ValueError unless ``pixels`` (n, height, width, channels) can be trained on."""
    count, height, width, channels = pixels.shape
    if count < 2:
        raise ValueError(f"{count} image cannot be divided into training and validation images: give more")
    for name, side in (("height", height), ("width", width)):
        if not SMALLEST_SIDE <= side <= LARGEST_SIDE:
            raise ValueError(
                f"images have a {name} of {side}: expected {SMALLEST_SIDE} to {LARGEST_SIDE} pixels"
            )
    if channels not in (1, 3):
        raise ValueError(f"images have {channels} channels: expected 1 (grey) or 3 (colour)")
    if np.array_equal(pixels.min(axis=0), pixels.max(axis=0)):
        raise ValueError(f"all {count:,} images are the same: there is nothing to learn")


def split_validation(
    pixels: NDArray[np.uint8], fraction: float, generator: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Training and validation images, divided at random. Raises ValueError if either would be empty."""
    held_out = max(1, round(fraction * len(pixels)))
    if len(pixels) - held_out < 1:
        raise ValueError(f"{len(pixels)} images cannot be divided into training and validation images")
    order = generator.permutation(len(pixels))
    return pixels[order[held_out:]], pixels[order[:held_out]]
