"""The gallery of models: a picture of each space, a way in, its figures."""

from html import escape

import streamlit as st

from ui.frame.model_picker import describe
from ui.server import model_routes
from ui.words.text import plain
from vae_core.models.model import LatentModel


def show_gallery(models: list[LatentModel], current: LatentModel) -> None:
    """A card for each model, the one shown above first, in rows that fold on a small screen."""
    models = sorted(models, key=lambda model: model.name != current.name)
    with st.container(horizontal=True, key="gallery"):
        for number, model in enumerate(models):
            with st.container(key=f"card_{number}"):
                st.html(
                    f'<img src="{model_routes.plane_url(model)}" loading="lazy" '
                    f'alt="The decoded plane of {escape(model.name)}: a grid of small images">'
                )
                st.page_link(
                    "pages/1_Explore.py", label=plain(model.name), query_params={"model": model.name}
                )
                here = "Shown above<br>" if model.name == current.name else ""
                st.html(f'<div class="figures">{here}{escape(describe(model))}<br>{_figures(model)}</div>')


def _figures(model: LatentModel) -> str:
    test = model.metrics["test"]
    bound, error = test.get("neg_elbo"), test.get("mse")
    parts = []
    # Of a Gaussian it is a density, which may well be negative: no number to greet people with.
    if isinstance(bound, int | float) and model.spec.likelihood.kind == "bernoulli":
        parts.append(f"−ELBO {bound:.1f} nats")
    if isinstance(error, int | float):
        parts.append(f"pixel error {error:.4f}")
    return ", ".join(parts)
