"""Posterior: one test picture, where its code may lie, and what that leaves open in the picture."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.sheet.view import sheet
from ui.jobs.downloads import offer_originals
from ui.pictures.held_out import class_colours, picture_label, pictures_of, spread_pictures
from ui.visit.state import State
from ui.visit.travel import seed_row, travel
from vae_core.models.model import LatentModel
from vae_core.space.neighbours import nearest_row
from vae_core.space.posterior_draws import posterior_draws, spread_on
from vae_core.space.slices import plane_through

DRAWS = 30
OFFERED = 12


def show_posterior(model: LatentModel, z: list[float]) -> None:
    """The test picture nearest to the point, its reconstruction, draws of its code and what they share."""
    latents = model.latents
    if not len(latents.z_mean):
        st.info("This model came without codes of test pictures, so there is no posterior to show.")
        return
    seed = seed_row(model, "Draw anew")
    rows = np.random.default_rng(seed).choice(len(latents.label), min(OFFERED, len(latents.label)), False)
    images, original = pictures_of(model, rows)
    picked = sheet(
        "posterior.offered",
        images,
        OFFERED,
        labels=[picture_label(model, row) for row in rows],
        colours=class_colours(model, rows),
        caption="Pick a test picture" + ("." if original else " (shown as reconstructions)."),
    )
    row = nearest_row(latents, z)
    st.subheader(f"The test picture nearest to your point: {picture_label(model, row)}", anchor=False)
    _show_spread(model, row, seed)
    if picked is not None:
        travel(model, latents.z_mean[rows[picked]])


def _show_spread(model: LatentModel, row: int, seed: int) -> None:
    latents = model.latents
    (image,), original = pictures_of(model, np.array([row]))
    reconstruction = model.decode(latents.z_mean[[row]])[0]
    pictures, labels = [reconstruction], ["Reconstruction"]
    if original:
        pictures, labels = [image, *pictures], ["Original", *labels]
    draws = _draws(model, row, seed)
    if draws is not None:
        decoded = model.decode(draws)
        of_draws, their_labels = spread_pictures(decoded)
        pictures, labels = [*pictures, *of_draws], [*labels, *their_labels]
    sheet(
        "posterior.summary",
        np.stack(pictures),
        len(pictures),
        labels=labels,
        column_labels=labels,
        largest=224,
        caption="The reconstruction is decoded from the mean of the code; it is not the original.",
    )
    if not original:
        offer_originals(model)
    if draws is None:
        st.info("A plain autoencoder gives each picture one code without spread: there is nothing to draw.")
        return
    chosen = sheet(
        "posterior.draws",
        decoded,
        10,
        labels=[f"Draw {number}" for number in range(1, DRAWS + 1)],
        caption="30 draws from q(z | x): to the model, all of them are this picture. The ring on the pad is "
        "your point; in white, to scale, the draws and one and two standard deviations around their mean.",
    )
    if chosen is not None:
        travel(model, draws[chosen])


def spread_of(state: State) -> dict[str, Any] | None:
    """The posterior nearest to the point in the coordinates of the pad, or None where there is none."""
    model = state.model
    if not len(model.latents.z_mean) or model.latents.z_log_var is None:
        return None
    row = nearest_row(model.latents, state.z)
    plane = plane_through(model, state.z, state.axes)
    draws = _draws(model, row, state.seed)
    assert draws is not None
    return {
        "centre": plane.coordinates(model.latents.z_mean[[row]])[0].tolist(),
        "covariance": spread_on(plane, model.latents.z_log_var[row]).tolist(),
        "draws": plane.coordinates(draws).tolist(),
    }


def _draws(model: LatentModel, row: int, seed: int) -> NDArray[np.float32] | None:
    log_var = model.latents.z_log_var
    if log_var is None:
        return None
    return posterior_draws(model.latents.z_mean[row], log_var[row], DRAWS, seed)
