"""Latent spaces of small variational autoencoders, on NumPy arrays.

    from vae_core import load_model, list_models, load_dataset
    model = load_model("mnist-2d")
    model.encode(images) -> Posterior          model.decode(z) -> images

Images are float32 in [0, 1], ``(n, height, width, channels)``; codes are float32,
``(n, latent_dim)``; losses are in nats per image. Training lives in ``vae_core.training``, the
only room that imports Keras.
"""

from vae_core.datasets import load_dataset
from vae_core.model import LatentModel, list_models, load_model
from vae_core.posterior import Posterior
from vae_core.slices import Slice

__all__ = ["LatentModel", "Posterior", "Slice", "list_models", "load_dataset", "load_model"]
