"""Latent spaces of small variational autoencoders, on NumPy arrays.

    from vae_core import load_model, list_models, load_dataset
    model = load_model("mnist-2d")
    model.encode(images) -> Posterior          model.decode(z) -> images

    from vae_core import morph
    morph(model, [12, 40], "graph").save("from-12-to-40.gif")

    from vae_core import find_concept
    find_concept(model, "class:7", "class:1").apply(z, 2)

Images are float32 in [0, 1], ``(n, height, width, channels)``; codes are float32,
``(n, latent_dim)``; losses are in nats per image. Training lives in ``vae_core.training``, the
only room that imports Keras.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vae_core.datasets import load_dataset
from vae_core.families.posterior import Posterior
from vae_core.models.catalogue import list_models, load_model
from vae_core.models.model import LatentModel
from vae_core.space.slices import Slice

if TYPE_CHECKING:
    from vae_core.concepts.named import find_concept
    from vae_core.morphs.morph import morph

__all__ = [
    "LatentModel",
    "Posterior",
    "Slice",
    "find_concept",
    "list_models",
    "load_dataset",
    "load_model",
    "morph",
]
# These bring SciPy, which takes a second and few need: they are imported at their first use.
LAZY = {"find_concept": "vae_core.concepts.named", "morph": "vae_core.morphs.morph"}


def __getattr__(name: str) -> Any:
    """What is in ``LAZY``, at its first use."""
    if name in LAZY:
        return getattr(import_module(LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
