"""The one typed state of a visit: model, point and the choices of its pages, in session and URL.

The URL is read when it differs from what this session last wrote (a deep link, a typed address,
Back or Forward), and written after each page run. A value that does not fit gives a message and
what was there before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from ui.visit.address import (
    PARAMETERS,
    checked_code,
    format_axes,
    format_code,
    format_mix,
    parsed_axes,
    parsed_code,
    parsed_column,
    parsed_frames,
    parsed_mix,
    parsed_overlays,
    parsed_panel,
    parsed_path,
    parsed_projection,
    parsed_seed,
    parsed_shape,
    parsed_source,
    parsed_sum,
    parsed_tool,
    parsed_view,
    relevant,
    shortened,
)
from ui.visit.ends_address import Ends, format_ends, parsed_ends
from ui.visit.history import History, history_in
from ui.visit.models import default_model
from vae_core.models.model import LatentModel
from vae_core.space.slices import Axes, middle_of

MODEL_KEY = "state.model"
AXES_KEY = "state.axes"
ENDS_KEY = "state.ends"
CHOICES_KEY = "state.choices"
MOVES_KEY = "state.moves"
URL_KEY = "state.url"
PICKER_KEY = "picker.model"

# What is chosen for the whole visit rather than for a model, and how an address says it.
PARSERS = {
    "show": parsed_overlays,
    "seed": parsed_seed,
    "tool": parsed_tool,
    "map": parsed_projection,
    "by": parsed_column,
    "points": parsed_source,
    "panel": parsed_panel,
    "path": parsed_path,
    "frames": parsed_frames,
    "shape": parsed_shape,
    "view": parsed_view,
    "mix": parsed_mix,
    "sum": parsed_sum,
}


@dataclass
class State:
    """Where this visitor is.

    ``model``, the point ``z``, the ``axes`` of the pad, the overlays to ``show``, the ``seed`` of
    whatever is drawn at random, the ``tool`` below the pad, and how often Python itself moved.
    """

    model: LatentModel
    z: list[float]
    axes: Axes
    show: tuple[str, ...]
    seed: int
    tool: str
    moves: int
    messages: list[str] = field(default_factory=list)


def read_state(models: list[LatentModel]) -> State:
    """The state at the start of a page run; ``messages`` say what in the URL was not usable."""
    session, messages = st.session_state, []
    url = relevant(st.query_params)
    shown = session.get(URL_KEY)
    news = shown is None or not url.items() <= shown.items()
    if news:
        count_move()
        messages = _adopt(url, models)
    by_name = {model.name: model for model in models}
    model = by_name.get(session.get(MODEL_KEY, ""), default_model(models))
    session[MODEL_KEY] = model.name
    if news:
        # The browser completes an address that only lacks something.
        complete = address(model)
        session[URL_KEY] = complete if url.items() <= complete.items() else url
    return state_of(model, messages)


def state_of(model: LatentModel, messages: list[str] | None = None) -> State:
    """The state of the visit in ``model`` as the session has it now."""
    show, seed, tool = (choice(key) for key in ("show", "seed", "tool"))
    return State(model, point_of(model), axes_of(model), show, seed, tool, moves(), messages or [])


def history_of(model: LatentModel) -> History:
    """The way gone in ``model``; it begins in the middle of its plane."""
    history = _usable_history(model)
    if history.here is None:
        history.visit(start_of(model))
    return history


def _usable_history(model: LatentModel) -> History:
    """The history in ``model``, emptied if another model of the same name made it."""
    history = history_in(model.name)
    if history.here is not None and len(history.here) != model.latent_dim:
        history.points, history.at = [], -1
    return history


def start_of(model: LatentModel) -> list[float]:
    """Where a first visit begins, and where a reset leads: the middle of the model's plane."""
    return checked_code(middle_of(model).tolist(), model.latent_dim)


def point_of(model: LatentModel) -> list[float]:
    """The point last visited in this model."""
    here = history_of(model).here
    assert here is not None
    return here


def axes_of(model: LatentModel) -> Axes:
    """The dimensions that the pad of ``model`` spans."""
    return st.session_state.setdefault(AXES_KEY, {}).get(model.name)


def choose_axes(model: LatentModel, axes: Axes) -> None:
    st.session_state.setdefault(AXES_KEY, {})[model.name] = axes


def ends_of(model: LatentModel) -> Ends:
    """The ends that were chosen for a morph in ``model``; none where another of its name had them."""
    chosen = st.session_state.setdefault(ENDS_KEY, {}).get(model.name, "")
    try:
        return parsed_ends(chosen, model.latent_dim, len(model.latents.z_mean))
    except ValueError:
        return ()


def choose_ends(model: LatentModel, text: str) -> None:
    """Take the ends that ``text`` names. Raises ValueError unless they are ends of ``model``."""
    ends = parsed_ends(text, model.latent_dim, len(model.latents.z_mean))
    st.session_state.setdefault(ENDS_KEY, {})[model.name] = format_ends(ends)


def choice(key: str) -> Any:
    """What the visitor chose for one of the ``PARSERS``, in its type."""
    chosen = st.session_state.setdefault(CHOICES_KEY, {})
    return chosen[key] if key in chosen else PARSERS[key](relevant({"z": ""})[key])


def choose(key: str, value: Any) -> None:
    st.session_state.setdefault(CHOICES_KEY, {})[key] = value


def moves() -> int:
    """How often Python itself, not the visitor's hand, has moved the point."""
    return st.session_state.get(MOVES_KEY, 0)


def count_move() -> None:
    st.session_state[MOVES_KEY] = moves() + 1


def go_to(model: LatentModel, z: Any) -> None:
    """Make ``z`` the current point of ``model`` and tell the browser; ValueError if it is no code."""
    history_of(model).visit(checked_code(list(z), model.latent_dim))
    count_move()


def choose_model(name: str) -> None:
    """Another model, at the point last visited there."""
    st.session_state[MODEL_KEY] = name
    count_move()


def write_url(model: LatentModel) -> None:
    """Put the state into the address bar, as a new entry of the browser's history.

    An address that is right but incomplete (a page was just opened) is left to the browser, which
    completes it in place: a new entry would make Back stop here twice.
    """
    url = address(model)
    if url != st.session_state.get(URL_KEY):
        others = {key: value for key, value in st.query_params.to_dict().items() if key not in PARAMETERS}
        st.query_params.from_dict({**others, **shortened(url)})
        st.session_state[URL_KEY] = url


def address(model: LatentModel) -> dict[str, str]:
    """All parameters of the address that stands for ``model`` at its point."""
    return {
        "model": model.name,
        "z": format_code(point_of(model)),
        "axes": format_axes(axes_of(model)),
        "ends": format_ends(ends_of(model)),
        "show": ",".join(choice("show")),
        "mix": format_mix(choice("mix")),
        **{key: str(choice(key)) for key in PARSERS if key not in ("show", "mix")},
    }


def _adopt(url: Mapping[str, str], models: list[LatentModel]) -> list[str]:
    """Move the session to where ``url`` points; messages for what does not fit."""
    by_name = {model.name: model for model in models}
    name = url.get("model", st.session_state.get(MODEL_KEY, default_model(models).name))
    messages = []
    model = by_name.get(name, default_model(models))
    if name not in by_name:
        messages.append(f"There is no model “{name[:60]}” here; this is {model.name}.")
    st.session_state[MODEL_KEY] = model.name
    if name in by_name:
        messages += _adopt_place(url, model)
    for key, parse in PARSERS.items():
        if key in url:
            try:
                choose(key, parse(url[key]))
            except ValueError as error:
                messages.append(f"The address is not usable as it is: {error}. The rest of it is.")
    return messages


def _adopt_place(url: Mapping[str, str], model: LatentModel) -> list[str]:
    """Point and axes, which only mean something in their model."""
    messages = []
    if "z" in url:
        try:
            _usable_history(model).return_to(parsed_code(url["z"], model.latent_dim))
        except ValueError as error:
            messages.append(
                f"The point in the address is not usable: {error}. You are where you were before."
            )
    if "axes" in url:
        try:
            choose_axes(model, parsed_axes(url["axes"], model.latent_dim))
        except ValueError as error:
            messages.append(f"The axes in the address are not usable: {error}.")
    if "ends" in url:
        try:
            choose_ends(model, url["ends"])
        except ValueError as error:
            messages.append(f"The ends in the address are not usable: {error}. The ends are as before.")
    return messages
