"""Where one class becomes another, as somebody sees it who looks at decoded pictures."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vae_core.models.folder import Latents
from vae_core.space.neighbours import meeting_place

STEPS = 25
ROUNDS = 3
LEAST_SHARE = 0.25

# Codes (n, latent_dim) to how much each looks like the one class and like the other, (n, 2).
Likeness = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def border_between(
    latents: Latents, first: int, second: int, likeness: Likeness, candidates: int = 60
) -> NDArray[np.float32] | None:
    """A code (latent_dim,) that looks as much like label ``first`` as like ``second``.

    It lies on the line between two codes near where the labels meet, each of which looks like its
    own label; on that line it is where the smaller likeness is largest, found in three rounds of 25
    steps. None where the labels nowhere meet, no code looks like its label, or the way leads through
    something else that looks like neither.
    """
    place = meeting_place(latents, first, second)
    if place is None:
        return None
    ends = []
    for column, label in enumerate((first, second)):
        codes = latents.z_mean[latents.label == label]
        nearest = codes[np.argsort(np.sum(np.square(codes - place), axis=1))[:candidates]]
        seen = likeness(nearest)
        telling = nearest[seen[:, column] > np.maximum(0.5, seen[:, 1 - column])]
        if not len(telling):
            return None
        ends.append(telling[0])
    start, end = ends
    for _ in range(ROUNDS):
        line = start + np.linspace(0, 1, STEPS, dtype=np.float32)[:, np.newaxis] * (end - start)
        shared = likeness(line).min(axis=1)
        best = int(np.argmax(shared))
        start, end = line[max(0, best - 1)], line[min(STEPS - 1, best + 1)]
    return line[best] if shared[best] >= LEAST_SHARE else None
