"""Every other setting of a training, folded away, each with a sentence and its own message."""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.words.text import plain
from vae_core.specs import TrainingSpec
from vae_core.specs.descriptions import DESCRIPTIONS
from vae_core.specs.presets import MAXIMUM_EPOCHS, completed

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Objective": (
        *("family", "beta", "kl_schedule", "kl_warmup", "kl_cycles"),
        *("free_bits", "capacity", "corruption", "corruption_amount"),
    ),
    "Network": ("hidden_units", "filters", "dropout", "output_bias", "precision", "seed"),
    "Optimiser": ("optimizer", "learning_rate", "learning_rate_decay", "weight_decay", "batch_size"),
    "Budget and data": (
        *("epochs", "minutes", "early_stopping", "stop_at_kl"),
        *("classes", "images_per_class", "images", "validation_fraction"),
    ),
}
LISTS = ("hidden_units", "filters", "classes")
USUAL = "as usual"

# The empty place below each control, for what is wrong with it.
Places = dict[str, DeltaGenerator]


def expert_settings(given: Mapping[str, Any]) -> tuple[dict[str, Any], Places]:
    """Controls for all settings in groups; those that were changed, and places for messages.

    ``given`` are the settings so far, which say what is usual.
    """
    usual = completed(given)
    changed: dict[str, Any] = {}
    places: Places = {}
    for title, names in GROUPS.items():
        st.markdown(f"**{title}**")
        for column, name in zip(st.columns(3) * len(names), names, strict=False):
            with column:
                value = _control(name, usual.get(name, TrainingSpec.model_fields[name].get_default()))
                places[name] = st.empty()
            if value is not None:
                changed[name] = value
    return changed, places


def show_problems(problems: Mapping[str, str], places: Places) -> None:
    """Each message beside its control; what belongs to none at the end."""
    for name, message in problems.items():
        place = places.get(name)
        (place or st).warning(plain(message), icon=":material/error:")


def _control(name: str, usual: Any) -> Any:
    """One control; None where it was left as usual, else what was typed, to be checked by the spec."""
    label, key = name.replace("_", " "), f"train.expert.{name}"
    choices = _choices(name)
    if choices:
        picked = st.selectbox(
            label,
            [USUAL, *choices],
            key=key,
            format_func=lambda choice: f"{usual} ({USUAL})" if choice == USUAL else choice,
            help=DESCRIPTIONS[name],
        )
        return None if picked == USUAL else picked
    text = st.text_input(label, key=key, placeholder=_shown(usual), help=DESCRIPTIONS[name], max_chars=400)
    text = (text or "").strip()
    if not text:
        return None
    if text == "none":
        return "none" if name in LISTS else NONE
    return [part.strip() for part in text.split(",")] if name in LISTS else text


# A setting that was taken away; ``None`` stands for "as usual".
NONE = "\N{EMPTY SET}"


def without_marks(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with real Nones for those that were taken away."""
    return {name: None if value == NONE else value for name, value in settings.items()}


def _choices(name: str) -> tuple[str, ...]:
    annotation = TrainingSpec.model_fields[name].annotation
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if value == MAXIMUM_EPOCHS:
        return "as many as fit"
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
