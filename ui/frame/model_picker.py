"""The model picker, the same on every page."""

from collections.abc import Sequence

import streamlit as st

from ui.visit.state import PICKER_KEY, State, choose_model
from vae_core.datasets import DATASETS
from vae_core.models.model import LatentModel


def describe(model: LatentModel) -> str:
    """A model in a few plain words."""
    source = DATASETS.get(model.spec.dataset)
    what = source.title if source else model.spec.dataset
    dimensions = "1 dimension" if model.latent_dim == 1 else f"{model.latent_dim}\N{NO-BREAK SPACE}dimensions"
    return f"{what}, {dimensions}"


def model_picker(state: State, models: Sequence[LatentModel]) -> None:
    """A select box that changes the model of the visit."""
    by_name = {model.name: model for model in models}
    st.session_state[PICKER_KEY] = state.model.name
    st.selectbox(
        "Model",
        list(by_name),
        key=PICKER_KEY,
        format_func=lambda name: f"{name} · {describe(by_name[name])}" if name in by_name else name,
        on_change=_picked,
        label_visibility="collapsed",
    )


def _picked() -> None:
    choose_model(str(st.session_state[PICKER_KEY]))
