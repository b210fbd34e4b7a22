"""Latent spaces of small variational autoencoders, on NumPy arrays.

    from vae_core import load_model, list_models, load_dataset
    model = load_model("mnist-2d")
    model.encode(images) -> Posterior          model.decode(z) -> images

    from vae_core import morph
    morph(model, [12, 40], "graph").save("from-12-to-40.gif")

Images are float32 in [0, 1], ``(n, height, width, channels)``; codes are float32,
``(n, latent_dim)``; losses are in nats per image. Training lives in ``vae_core.training``, the
only room that imports Keras.
"""

from typing import TYPE_CHECKING, Any

from vae_core.datasets import load_dataset
from vae_core.model import LatentModel, list_models, load_model
from vae_core.posterior import Posterior
from vae_core.slices import Slice

if TYPE_CHECKING:
    from vae_core.morphs import morph

__all__ = ["LatentModel", "Posterior", "Slice", "list_models", "load_dataset", "load_model", "morph"]


def __getattr__(name: str) -> Any:
    """``morph`` at its first use: it brings SciPy, which takes a second and few need."""
    if name == "morph":
        from vae_core.morphs import morph

        return morph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
