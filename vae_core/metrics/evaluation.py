"""One report of a model on a test split: the figures that ``evaluate`` prints and folders keep."""

from typing import Any

import numpy as np

from vae_core.base.arrays import unit_images
from vae_core.datasets import Dataset
from vae_core.metrics.activity import active_units
from vae_core.metrics.bound import kl_per_dimension, negative_log_likelihood
from vae_core.metrics.importance import importance_weighted_nll
from vae_core.models.model import LatentModel

IWAE_SAMPLES = 100
IWAE_IMAGES = 1_000
CHUNK = 1_000


def evaluate(model: LatentModel, dataset: Dataset, seed: int = 0) -> dict[str, Any]:
    """Figures on the whole test split, in nats per image, from one posterior sample each.

    ``neg_elbo`` = ``reconstruction`` + ``kl`` (sum of ``kl_per_dim``); ``active_units``; ``mse``
    per pixel of the reconstruction from z_mean; ``images``; ``nll_iwae`` with k = 100 on the first
    1,000 images. An autoencoder has None for ``neg_elbo``, ``kl``, ``kl_per_dim`` and ``nll_iwae``.
    Raises ValueError when the data are not of the model's shape.
    """
    split = dataset.test
    if dataset.input_shape != model.input_shape:
        raise ValueError(
            f"data set {dataset.name!r} has images of shape {dataset.input_shape}; "
            f"model {model.name!r} takes {model.input_shape}"
        )
    count = len(split)
    reconstruction, squared_error = 0.0, 0.0
    kl = np.zeros(model.latent_dim)
    means = np.empty((count, model.latent_dim), np.float32)
    for start in range(0, count, CHUNK):
        images = unit_images(split.pixels[start : start + CHUNK])
        posterior = model.encode(images)
        means[start : start + CHUNK] = posterior.z_mean
        decoded = model.decode(posterior.sample(seed + start))
        reconstruction += float(np.sum(negative_log_likelihood(images, decoded, model.spec.likelihood)))
        central = model.decode(posterior.z_mean)
        squared_error += float(np.sum(np.square(images - central, dtype=np.float64)))
        if posterior.z_log_var is not None:
            kl += kl_per_dimension(posterior).sum(axis=0)
    is_vae = model.spec.family == "vae"
    first = unit_images(split.pixels[:IWAE_IMAGES])
    return {
        "neg_elbo": (reconstruction + float(kl.sum())) / count if is_vae else None,
        "reconstruction": reconstruction / count,
        "kl": float(kl.sum()) / count if is_vae else None,
        "kl_per_dim": (kl / count).tolist() if is_vae else None,
        "active_units": active_units(means),
        "mse": squared_error / (count * np.prod(model.input_shape)),
        "images": count,
        "nll_iwae": importance_weighted_nll(model, first, IWAE_SAMPLES, seed) if is_vae else None,
    }
