"""Digits: 1,797 handwritten digits of 8×8 that come with scikit-learn (UCI, CC BY 4.0), upscaled."""

import numpy as np
from PIL import Image

from vae_core.datasets.dataset import Dataset, Split

CLASSES = tuple("0123456789")
SIDE = 28
# The scans fill their 8×8 cells to the edge; a dark rim lets strokes end softly, as in MNIST.
RIM = 1
SPLIT_SEED = 0


def load() -> Dataset:
    """1,437 training and 360 test images of 28×28, each class divided alike.

    A dark rim is put around the 8×8 scans before they are enlarged bicubically.
    """
    # scikit-learn costs 70 MB; only this data set needs it.
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    small, labels = load_digits(return_X_y=True)
    pixels = np.stack([_enlarged(row.reshape(8, 8) / 16) for row in small])[..., np.newaxis]
    train, test = train_test_split(
        np.arange(len(labels)), test_size=0.2, stratify=labels, random_state=SPLIT_SEED
    )
    labels = labels.astype(np.int64)
    return Dataset(
        "digits",
        Split(pixels[train], labels[train]),
        Split(pixels[test], labels[test]),
        CLASSES,
    )


def load_test() -> Split:
    """The 360 test images."""
    return load().test


def _enlarged(image: np.ndarray) -> np.ndarray:
    rimmed = np.pad(np.rint(255 * image).astype(np.uint8), RIM)
    picture = Image.fromarray(rimmed).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return np.asarray(picture)
