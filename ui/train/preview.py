"""A few pictures of a data set: its own where they are here, else what a shipped model draws."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ui.components.sheet.view import sheet
from ui.train.choices import start_of
from vae_core.base.arrays import unit_images
from vae_core.maps.originals import held_out_split, originals_are_here
from vae_core.models.catalogue import list_models
from vae_core.specs import TrainingSpec

SHOWN = 14
COLUMNS = 7


def show_preview(dataset: str) -> None:
    """Fourteen pictures, and what they are."""
    spec = TrainingSpec.checked(start_of(dataset))
    found = _originals(dataset, spec) if originals_are_here(spec) else None
    caption = "Some of the pictures."
    if found is None:
        found = _drawn_by_a_model(dataset)
        caption = "Drawn by a model that ships: the pictures themselves are not on this machine yet."
    if found is not None:
        labels = [f"Picture {number}" for number in range(1, len(found) + 1)]
        sheet("train.preview", found, COLUMNS, labels=labels, caption=caption, largest=64)


def _originals(dataset: str, spec: TrainingSpec) -> NDArray[np.float32] | None:
    try:
        return unit_images(held_out_split(spec).pixels[:SHOWN])
    except ValueError:
        return None


@lru_cache(maxsize=8)
def _drawn_by_a_model(dataset: str) -> NDArray[np.float32] | None:
    for model in list_models():
        if model.spec.dataset == dataset and len(model.latents.z_mean) >= SHOWN:
            return model.decode(model.latents.z_mean[:SHOWN])
    return None
