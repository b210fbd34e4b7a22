"""Samples: codes drawn from the prior, from a box and from where codes lie, side by side."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.sheet.view import sheet
from ui.visit.travel import seed_row, travel
from vae_core.models.model import LatentModel
from vae_core.space.dimensions import dimensions_of
from vae_core.space.samples import Mixture, fit_mixture, prior_samples, uniform_samples

SIDE = 5


def show_samples(model: LatentModel) -> None:
    """Three sheets of as many samples, from the same seed."""
    seed = seed_row(model, "Draw anew")
    count, dim = SIDE * SIDE, model.latent_dim
    is_vae = model.spec.family == "vae"
    ways: list[tuple[str, str, Callable[[], NDArray[np.float32]]]] = [
        (
            "Prior",
            "Codes from N(0, I), what a VAE's training asks codes to look like."
            + ("" if is_vae else " This plain autoencoder was never asked: expect shapeless strokes."),
            lambda: prior_samples(dim, count, seed),
        ),
        (
            "Box",
            "Each number anywhere in the range of the codes, alike. In many dimensions a box is nearly all "
            "corners, where no picture was encoded.",
            lambda: uniform_samples(dimensions_of(model), dim, count, seed),
        ),
    ]
    if len(model.latents.z_mean) > 1:
        ways.append(
            (
                "Where codes lie",
                "From a mixture of Gaussians fitted on the codes of test pictures: it knows the clusters and "
                "the gaps, which the prior does not.",
                lambda: _mixture(model).sample(count, seed),
            )
        )
    for (name, explained, draw), column in zip(ways, st.columns(len(ways), gap="medium"), strict=True):
        with column:
            st.subheader(name, anchor=False)
            codes = draw()
            picked = sheet(
                f"samples.{name}",
                model.decode(codes),
                SIDE,
                labels=[f"{name} sample {number}" for number in range(1, count + 1)],
                caption=explained,
            )
        if picked is not None:
            travel(model, codes[picked])


@lru_cache(maxsize=16)
def _mixture(model: LatentModel) -> Mixture:
    return fit_mixture(model.latents.z_mean)
