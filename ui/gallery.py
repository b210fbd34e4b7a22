"""The gallery of models: a picture of each space, its figures, a way in."""

from html import escape

import streamlit as st

from ui import routes
from ui.model_picker import describe
from vae_core.model import LatentModel


def show_gallery(models: list[LatentModel]) -> None:
    """A card for each model, in rows that fold on a small screen."""
    cards = "".join(_card(model) for model in models)
    st.html(f'<div class="gallery">{cards}</div>')


def _card(model: LatentModel) -> str:
    name = escape(model.name)
    target = f"{routes.base_path()}/Explore?model={name}"
    return (
        f'<a class="card" href="{target}" target="_self">'
        f'<img src="{routes.plane_url(model)}" alt="The decoded plane of {name}: a grid of small images" '
        'loading="lazy">'
        f"<strong>{name}</strong><span>{escape(describe(model))}</span>"
        f'<span class="figures">{_figures(model)}</span></a>'
    )


def _figures(model: LatentModel) -> str:
    test = model.metrics.get("test", {})
    bound, error = test.get("neg_elbo"), test.get("mse")
    parts = []
    if isinstance(bound, int | float):
        parts.append(
            f'<b title="Lower is better: how many nats a test image costs">−ELBO {bound:.1f} nats</b>'
        )
    if isinstance(error, int | float):
        parts.append(f"pixel error {error:.4f}")
    return ", ".join(parts)
