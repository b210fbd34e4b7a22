"""What a data set is once it is read: a training and a test split of labelled images."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_core.arrays import unit_images


@dataclass(frozen=True)
class Split:
    """``pixels`` (n, height, width, channels) uint8 as stored; ``labels`` (n,) int64, -1 for none."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 4:
            raise ValueError(
                f"pixels are {self.pixels.dtype} {self.pixels.shape}; expected uint8 (n, h, w, channels)"
            )
        if self.labels.shape != (len(self.pixels),):
            raise ValueError(f"{len(self.pixels)} images but labels of shape {self.labels.shape}")

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def images(self) -> NDArray[np.float32]:
        """The images as float32 in [0, 1]; converted at every access, 4 bytes a value."""
        return unit_images(self.pixels)


@dataclass(frozen=True)
class Dataset:
    """A named data set; the test split is never trained on. ``class_names[label]`` names a label."""

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        height, width, channels = self.train.pixels.shape[1:]
        return height, width, channels
