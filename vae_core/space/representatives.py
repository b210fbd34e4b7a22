"""A few held-out images that stand for all of them: one for each class, or such as are far apart."""

import numpy as np
from numpy.typing import NDArray

from vae_core.models.model import LatentModel

LOOKED_AT = 1_000


def representative_rows(model: LatentModel, count: int) -> NDArray[np.intp]:
    """Rows of ``count`` different held-out images, fewer where there are fewer; the same every time.

    Where there are classes enough they are the images whose codes are nearest to the means of classes
    that are spread over their order, the first and the last among them. Else each image is the one
    that is farthest from those before it, beginning with the one nearest to the mean (farthest-first
    traversal; Gonzalez 1985).
    """
    codes, labels = model.latents.z_mean, model.latents.label
    classes = np.unique(labels[labels >= 0])
    if len(classes) >= count:
        chosen = classes[np.linspace(0, len(classes) - 1, count).round().astype(int)]
        return np.array([_most_typical(codes, np.flatnonzero(labels == label)) for label in chosen])
    return _far_apart(codes, count)


def _most_typical(codes: NDArray[np.float32], rows: NDArray[np.intp]) -> int:
    """Of ``rows`` the one whose code is nearest to their mean."""
    offsets = codes[rows] - codes[rows].mean(axis=0)
    return int(rows[np.einsum("nd,nd->n", offsets, offsets).argmin()])


def _far_apart(codes: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    looked_at = np.unique(np.linspace(0, max(len(codes) - 1, 0), min(LOOKED_AT, len(codes))).astype(int))
    if not len(looked_at):
        return looked_at
    chosen = [_most_typical(codes, looked_at)]
    distances = np.full(len(looked_at), np.inf)
    for _ in range(count - 1):
        distances = np.minimum(distances, np.linalg.norm(codes[looked_at] - codes[chosen[-1]], axis=1))
        if distances.max() == 0:
            break
        chosen.append(int(looked_at[distances.argmax()]))
    return np.array(chosen)
