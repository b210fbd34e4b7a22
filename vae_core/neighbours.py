"""What lies near a code: the encoded held-out images around it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vae_core.arrays import as_codes
from vae_core.folder import Latents


@dataclass(frozen=True)
class Neighbourhood:
    """``distance`` to the nearest code; ``counts`` of labels among the nearest, most frequent first."""

    distance: float
    counts: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        return sum(count for _, count in self.counts)


def neighbourhood(latents: Latents, z: ArrayLike, size: int = 15) -> Neighbourhood:
    """The ``size`` codes nearest to ``z`` (latent_dim,) in Euclidean distance, by label.

    Raises ValueError for a model without codes, or a z of wrong length.
    """
    codes = latents.z_mean
    if not len(codes):
        raise ValueError("this model has no codes of held-out images")
    point = as_codes(np.asarray(z)[np.newaxis], codes.shape[1])[0]
    squares = np.sum(np.square(codes - point), axis=1)
    nearest = np.argpartition(squares, min(size, len(codes)) - 1)[:size]
    labels, counts = np.unique(latents.label[nearest], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    ranked = tuple((int(labels[i]), int(counts[i])) for i in order)
    return Neighbourhood(float(np.sqrt(squares.min())), ranked)
