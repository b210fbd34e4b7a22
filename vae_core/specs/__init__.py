"""Specifications: frozen, validated, written as JSON. No Keras here, so every process may read them.

base        what all specs share: one-line errors, JSON, names
likelihood  p(x|z)
presets     the networks by name, and the settings that go with each
training    TrainingSpec, everything a training needs to be repeated
model       ModelSpec, ``spec.json`` of a model folder
"""

from vae_core.specs.base import Name, Spec, is_name, one_line
from vae_core.specs.likelihood import Likelihood
from vae_core.specs.model import ModelSpec, Preprocessing
from vae_core.specs.presets import NETWORK_NAMES, PRESETS, Preset
from vae_core.specs.training import TrainingSpec

__all__ = [
    "NETWORK_NAMES",
    "PRESETS",
    "Likelihood",
    "ModelSpec",
    "Name",
    "Preprocessing",
    "Preset",
    "Spec",
    "TrainingSpec",
    "is_name",
    "one_line",
]
