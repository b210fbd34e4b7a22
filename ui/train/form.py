"""Choosing what to train: pictures, network, budget; an estimate; the button."""

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui.server.ownership import visitor_owner
from ui.train.choices import (
    DATA_WORDS,
    NETWORK_WORDS,
    datasets,
    default_dataset,
    networks,
    problems_with,
    start_of,
)
from ui.train.controls import JSON_KEY
from ui.train.estimate import show_estimate
from ui.train.expert import Places, expert_settings, show_problems, without_marks
from ui.train.preview import show_preview
from ui.train.run_address import open_run_page
from ui.words.text import plain
from vae_core.datasets import DATASETS
from vae_core.models.catalogue import list_models
from vae_core.runs.queue import kick, submit
from vae_core.specs import TrainingSpec, is_name
from vae_core.specs.presets import PRESETS, completed

DATASET_KEY, NETWORK_KEY, DIM_KEY, TIME_KEY = (
    *("train.dataset", "train.network"),
    *("train.latent_dim", "train.time"),
)
NAME_KEY, SUBMISSION_KEY = "train.name", "train.submission"
DIMENSIONS = (1, 2, 8, 16, 32)
MINUTES = (1.0, 3.0, 10.0, 30.0)
MAXIMUM_JSON = 100_000
DOUBLE_CLICK_SECONDS = 5.0


def show_form() -> None:
    """All of it; a press on Train leads to the run's own address."""
    given = _simple_choices()
    with st.expander("Every setting", icon=":material/tune:"):
        changed, places = expert_settings(given)
        given = without_marks({**given, **changed})
        given = _pasted_or(given, places)
    problems = problems_with(given)
    show_problems(problems, places)
    name = _name_field(given)
    if problems or name is None:
        st.button("Train", type="primary", disabled=True, key="train.go", icon=":material/play_arrow:")
        return
    spec = TrainingSpec.checked(given)
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Train", type="primary", key="train.go", icon=":material/play_arrow:")
        show_estimate(spec)
    if pressed:
        _submit(spec, name)
    elif SUBMISSION_KEY in st.session_state:
        submission, when, _ = st.session_state[SUBMISSION_KEY]
        st.session_state[SUBMISSION_KEY] = submission, when, True


def _simple_choices() -> dict[str, Any]:
    """Pictures, network, dimensions and budget, each with its words."""
    st.session_state.setdefault(DATASET_KEY, default_dataset())
    left, right = st.columns([3, 2], gap="large")
    with left:
        dataset = st.pills(
            "Pictures", datasets(), key=DATASET_KEY, format_func=_title, required=True, wrap=True
        )
        dataset = dataset if dataset in DATASETS else default_dataset()
        st.caption(DATA_WORDS.get(dataset, "") + _download_words(dataset))
    with right:
        show_preview(dataset)
    start = start_of(dataset)
    network = st.selectbox(
        "Network",
        networks(),
        index=networks().index(start["network"]),
        key=f"{NETWORK_KEY}.{dataset}",
        format_func=lambda name: f"{name}: {NETWORK_WORDS.get(name) or PRESETS[name].title}",
    )
    given: dict[str, Any] = {"dataset": dataset, "network": network}
    if network == start["network"]:
        given = start
    usual = completed(given)
    dimensions = int(usual.get("latent_dim", 2))
    choices = sorted({*DIMENSIONS, dimensions})
    left, right = st.columns(2, gap="large")
    with left:
        chosen = st.segmented_control(
            "Dimensions of the code",
            choices,
            default=dimensions,
            required=True,
            key=f"{DIM_KEY}.{dataset}.{network}",
            help="Two make a map that is seen whole; more draw sharper pictures.",
        )
    with right:
        minutes = _budget(given, f"{TIME_KEY}.{dataset}.{network}")
    if chosen in choices and chosen != dimensions:
        given = {**given, "latent_dim": chosen}
    return {**given, **minutes}


def _budget(given: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Minutes, or the epochs that are usual for these pictures."""
    usual = completed(given)
    own = usual.get("minutes")
    by_epochs = f"{usual.get('epochs', 30)} epochs"
    choices = [by_epochs, *(f"{minutes:g} min" for minutes in MINUTES)]
    default = f"{own:g} min" if own and f"{own:g} min" in choices else by_epochs
    if own:
        choices = choices[1:]
    chosen = st.segmented_control("How long", choices, default=default, required=True, key=key)
    if not isinstance(chosen, str) or chosen == by_epochs or chosen not in choices:
        return {}
    return {"minutes": float(chosen.removesuffix(" min"))}


def _title(name: str) -> str:
    return DATASETS[name].title if name in DATASETS else str(name)


def _download_words(dataset: str) -> str:
    source = DATASETS[dataset]
    if source.is_here() or not source.download_bytes:
        return ""
    return f" They are fetched first, {max(1, round(source.download_bytes / 1e6)):,} MB."


def _pasted_or(given: dict[str, Any], places: Places) -> dict[str, Any]:
    """Settings pasted as JSON instead of all above, or those above to take out."""
    st.markdown("**As JSON**")
    text = st.text_area(
        "Paste settings here to use them instead of all above",
        key=JSON_KEY,
        max_chars=MAXIMUM_JSON,
        placeholder=json.dumps(given, ensure_ascii=False),
    )
    place = st.empty()
    if not (text or "").strip():
        with st.popover("Take these settings out", icon=":material/content_copy:"):
            st.code(json.dumps(given, indent=2), language="json", height=260)
        return given
    try:
        found = json.loads(text)
        if not isinstance(found, dict):
            raise ValueError
    except (ValueError, RecursionError):
        place.warning("This is not a JSON object of settings: paste one, or empty the field.")
        return given
    for name in list(places):
        places.pop(name)
    return found


def _name_field(given: Mapping[str, Any]) -> str | None:
    """The name typed, or a fresh one; None, with a message, for one that cannot be."""
    taken = {model.name for model in list_models()}
    dataset, dim = given.get("dataset", "model"), completed(given).get("latent_dim", 2)
    base = f"my-{dataset}-{dim}d"
    fresh = next(name for name in [base, *(f"{base}-{n}" for n in range(2, 10_000))] if name not in taken)
    typed = st.text_input("Name of the model", key=NAME_KEY, placeholder=fresh, max_chars=64, width=320)
    name = (typed or "").strip() or fresh
    if not is_name(name):
        st.warning(
            plain(f"The name is {name!r}: use small letters, digits, dots, dashes and underscores."),
            icon=":material/error:",
        )
        return None
    if name in taken:
        st.warning(plain(f"There is a model {name!r} already: choose another name."), icon=":material/error:")
        return None
    return name


def _submission() -> str:
    """An id for this press; the second of a double click is the first one again.

    That is a press before the form was shown anew, however slow the machine is, or within five seconds.
    """
    now = time.monotonic()
    pressed, when, shown_anew = st.session_state.get(SUBMISSION_KEY, (None, 0.0, True))
    if pressed is None or (shown_anew and now - when > DOUBLE_CLICK_SECONDS):
        pressed = secrets.token_hex(16)
        st.session_state[SUBMISSION_KEY] = (pressed, now, False)
    return str(pressed)


def _submit(spec: TrainingSpec, name: str) -> None:
    try:
        wished = not (st.session_state.get(NAME_KEY) or "").strip()
        run = submit(spec, name, visitor_owner(), base=wished, submission=_submission())
        kick()
    except ValueError as error:
        st.warning(plain(f"This cannot be trained: {error}"), icon=":material/error:")
        return
    open_run_page(run.path.name)
