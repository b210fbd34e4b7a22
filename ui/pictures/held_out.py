"""What tools share: held-out pictures, the seed, going to a picture that was picked."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.frame.colours import label_colours
from vae_core.maps.originals import held_out_images, originals_are_here, problem_with_originals
from vae_core.models.model import LatentModel
from vae_core.space.posterior_draws import pixel_statistics


def pictures_of(model: LatentModel, rows: NDArray[np.intp]) -> tuple[NDArray[np.float32], bool]:
    """Pictures (n, h, w, c) of these held-out rows, and whether they are originals.

    Where the originals are not on this machine, or belong to other data, they are reconstructions.
    """
    if originals_are_here(model.spec.training) and problem_with_originals(model) is None:
        return held_out_images(model, rows), True
    return model.decode(model.latents.z_mean[rows]), False


def picture_label(model: LatentModel, row: int) -> str:
    """A held-out picture in words: its class and its number in the test split."""
    label = int(model.latents.label[row])
    names = model.spec.class_names
    what = names[label] if 0 <= label < len(names) else "picture"
    return f"{what} (test picture {int(model.latents.index[row]):,})"


def class_colours(model: LatentModel, rows: Sequence[int] | NDArray[np.intp]) -> list[str | None]:
    """The class colour of each held-out row, None where the row has no class."""
    return label_colours(model.latents.label[np.asarray(rows, int)])


def class_pills(model: LatentModel, labels: NDArray[np.int64], key: str) -> int | None:
    """The classes that occur among ``labels`` to pick one from; the label of that one."""
    names = model.spec.class_names
    present = [label for label in range(len(names)) if (labels == label).any()]
    if not present:
        return None
    chosen = st.pills(
        "Class",
        present,
        key=key,
        format_func=lambda label: names[label] if 0 <= label < len(names) else "",
        label_visibility="collapsed",
    )
    return chosen if chosen in present else None


def spread_pictures(decoded: NDArray[np.float32]) -> tuple[list[NDArray[np.float32]], list[str]]:
    """Mean and standard deviation of each pixel of decoded draws (n, h, w, c), and what they are called."""
    mean, deviation = pixel_statistics(decoded)
    stretched, scale = stretched_deviation(deviation)
    return [mean, stretched], [f"Mean of {len(decoded)} draws", f"Standard deviation, {scale}"]


def stretched_deviation(deviation: NDArray[np.float32]) -> tuple[NDArray[np.float32], str]:
    """A standard deviation (h, w, c) as a picture up to white, and what white stands for."""
    largest = float(deviation.max())
    return deviation / largest if largest > 0 else deviation, f"white is {largest:.2f}"
