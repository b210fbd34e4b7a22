"""The one typed state of a visit: model and point, in the session and in the URL.

The URL is read when it differs from what this session last wrote (a deep link, a typed address,
Back or Forward), and written after each page run. All of it may come from an attacker: a value that
does not fit gives a message and the default.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from ui.models import default_model
from vae_core.model import LatentModel
from vae_core.slices import plane_of_model

MODEL_KEY = "state.model"
POINTS_KEY = "state.points"
MOVES_KEY = "state.moves"
URL_KEY = "state.url"
RELEASE_KEY = "state.release"
PICKER_KEY = "picker.model"
MAXIMUM_CODE_TEXT = 16_384
MAXIMUM_COORDINATE = 1_000.0


@dataclass
class State:
    """Where this visitor is: ``model``, the point ``z``, and how often Python itself moved the point."""

    model: LatentModel
    z: list[float]
    moves: int
    messages: list[str] = field(default_factory=list)


def read_state(models: list[LatentModel]) -> State:
    """The state at the start of a page run; ``messages`` say what in the URL was not usable."""
    session, messages = st.session_state, []
    url = _relevant(st.query_params)
    shown = session.get(URL_KEY)
    news = shown is None or not url.items() <= shown.items()
    if news:
        _count_move()
        messages = _adopt(url, models)
    by_name = {model.name: model for model in models}
    model = by_name.get(session.get(MODEL_KEY, ""), default_model(models))
    session[MODEL_KEY] = model.name
    if news:
        # The browser completes an address that only lacks something.
        complete = address(model)
        session[URL_KEY] = complete if url.items() <= complete.items() else url
    return State(model, point_of(model), moves(), messages)


def point_of(model: LatentModel) -> list[float]:
    """The point last visited in this model, the middle of its plane at first."""
    points = st.session_state.setdefault(POINTS_KEY, {})
    point = points.get(model.name)
    if point is None or len(point) != model.latent_dim:
        point = points[model.name] = plane_of_model(model).origin.tolist()
    return list(point)


def moves() -> int:
    """How often Python itself, not the visitor's hand, has moved the point."""
    return st.session_state.get(MOVES_KEY, 0)


def _count_move() -> None:
    st.session_state[MOVES_KEY] = moves() + 1


def choose_model(name: str) -> None:
    """Another model, at the point last visited there."""
    st.session_state[MODEL_KEY] = name
    _count_move()


def adopt_release(value: Any, model: LatentModel) -> str | None:
    """Take the point that a component released, once; a message if it is not usable.

    ``value`` is whatever the browser sent.
    """
    if not isinstance(value, Mapping) or value.get("release") == st.session_state.get(RELEASE_KEY):
        return None
    st.session_state[RELEASE_KEY] = value.get("release")
    if value.get("model") != model.name:
        return None
    try:
        st.session_state.setdefault(POINTS_KEY, {})[model.name] = checked_code(
            value.get("z"), model.latent_dim
        )
    except ValueError as error:
        _count_move()
        return f"The pad sent a point that is not usable ({error}); you are where you were before."
    return None


def write_url(model: LatentModel) -> None:
    """Put the state into the address bar, as a new entry of the browser's history.

    An address that is right but incomplete (a page was just opened) is left to the browser, which
    completes it in place: a new entry would make Back stop here twice.
    """
    url = address(model)
    if url != st.session_state.get(URL_KEY):
        st.query_params.from_dict({**st.query_params.to_dict(), **url})
        st.session_state[URL_KEY] = url


def address(model: LatentModel, z: list[float] | None = None) -> dict[str, str]:
    """The parameters of the address that stands for this model at ``z``, by default at its point."""
    return {"model": model.name, "z": ",".join(f"{value:.4g}" for value in z or point_of(model))}


def checked_code(values: Any, latent_dim: int) -> list[float]:
    """``values`` as ``latent_dim`` finite numbers of at most ±1,000; ValueError says what is wrong."""
    if not isinstance(values, list | tuple):
        raise ValueError("z must be a list of numbers")
    if len(values) != latent_dim:
        raise ValueError(f"z has {len(values):,} values, this model takes {latent_dim}")
    numbers = []
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
            raise ValueError(f"z holds {json.dumps(value, default=str)[:20]}, expected finite numbers")
        if abs(value) > MAXIMUM_COORDINATE:
            raise ValueError(f"z holds {value:.3g}, expected at most ±{MAXIMUM_COORDINATE:g}")
        numbers.append(float(np.float32(value)))
    return numbers


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def parsed_code(text: str, latent_dim: int) -> list[float]:
    """The numbers of a ``z=`` in an address; ValueError says what is wrong."""
    if len(text) > MAXIMUM_CODE_TEXT:
        raise ValueError(f"z has {len(text):,} characters, expected at most {MAXIMUM_CODE_TEXT:,}")
    numbers = []
    for part in text.split(","):
        try:
            numbers.append(float(part))
        except ValueError:
            raise ValueError(f"z holds {part[:20]!r}, expected numbers with commas between") from None
    return checked_code(numbers, latent_dim)


def _relevant(params: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(params[key]) for key in ("model", "z") if key in params}


def _adopt(url: dict[str, str], models: list[LatentModel]) -> list[str]:
    """Move the session to where ``url`` points; messages for what does not fit."""
    messages = []
    by_name = {model.name: model for model in models}
    name = url.get("model", st.session_state.get(MODEL_KEY, default_model(models).name))
    model = by_name.get(name, default_model(models))
    if name not in by_name:
        messages.append(f"There is no model “{name[:60]}” here; this is {model.name}.")
    st.session_state[MODEL_KEY] = model.name
    if "z" in url and name in by_name:
        try:
            points = st.session_state.setdefault(POINTS_KEY, {})
            points[model.name] = parsed_code(url["z"], model.latent_dim)
        except ValueError as error:
            messages.append(
                f"The point in the address is not usable: {error}. You are where you were before."
            )
    return messages
