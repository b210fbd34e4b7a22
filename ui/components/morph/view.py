"""Films as a Streamlit component: paths between images that play, side by side on the same ends.

The browser decodes every frame by itself: nothing is sent while a film plays. No film is worked out when
the page runs: codes and figures are promised on the shelf (``ui.server.shelf``), and the browser asks for one
after the other, first for the codes of the film that it is to show.
"""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import streamlit as st

from ui.components.component import is_fresh, loader, sent_value
from ui.frame.colours import colours_of
from ui.server import model_routes, modules, shelf
from vae_core.base.arrays import as_codes
from vae_core.models.model import LatentModel
from vae_core.models.opinions import opinion_of
from vae_core.morphs.measured import Way, difference_between, facts_of
from vae_core.morphs.measures import CLEAR
from vae_core.morphs.path import PathKind

EVENTS = ("chosen", "kept")
PICTURES = (2, 40)

_morph = st.components.v2.component(
    "latent_lab_morph",
    html=modules.text("morph/morph.html"),
    css=modules.styles("morph/morph.css", "kit/tracks.css"),
    js=loader("morph/morph.js"),
)


@dataclass(frozen=True)
class Chosen:
    """The film of another kind of path was chosen."""

    kind: PathKind


@dataclass(frozen=True)
class Kept:
    """What "Go there" was pressed at: ``frame``, counted from 0, of the film ``kind``."""

    kind: PathKind
    frame: int


MorphEvent: TypeAlias = Chosen | Kept


def morph_view(
    key: str,
    model: LatentModel,
    ways: Sequence[Way],
    *,
    chosen: str,
    frames_in_strip: int = 10,
    colours: Sequence[str] | None = None,
) -> MorphEvent | None:
    """Play the film of kind ``chosen`` above the strips of all ``ways``; what was just done, else None.

    Each event is returned once; of both in the same moment, the other in the next run. Raises ValueError
    as ``morph_data``.
    """
    data = morph_data(model, ways, chosen=chosen, frames_in_strip=frames_in_strip, colours=colours)
    # The choice was made before what is returned now: the browser, which knows better, must not follow it.
    heard = {name: st.session_state.get(_heard(key, name)) for name in EVENTS}
    _morph(
        key=key,
        # One value: Streamlit looks through every top-level one for tables.
        data={"modules": modules.modules_url(), "morph": data, "heard": heard},
        default=dict.fromkeys(EVENTS),
        on_chosen_change=lambda: None,
        on_kept_change=lambda: None,
    )
    return _sent_event(key, data["id"], ways)


def morph_data(
    model: LatentModel,
    ways: Sequence[Way],
    *,
    chosen: str,
    frames_in_strip: int = 10,
    colours: Sequence[str] | None = None,
) -> dict[str, Any]:
    """What the browser gets, the same for the same ways.

    ``frames_in_strip`` pictures, 2 to 40, stand in a strip, both ends among them. ``colours`` has one
    ``#rrggbb`` for each name that the model's classifier knows; None for those of the app's classes.

    Raises ValueError for no ways, a kind twice or a ``chosen`` one that is none of them, ways that do not
    begin at the same code or at one of another model, and what is said above.
    """
    kinds = [way.kind for way in ways]
    if not ways or len(set(kinds)) < len(kinds):
        raise ValueError(f"films are {', '.join(kinds) or 'none'}: expected one or more of different kinds")
    if chosen not in kinds:
        raise ValueError(f"chosen is {chosen[:20]!r}: expected one of {', '.join(kinds)}")
    if not PICTURES[0] <= frames_in_strip <= PICTURES[1]:
        raise ValueError(f"frames_in_strip is {frames_in_strip}: expected {PICTURES[0]} to {PICTURES[1]}")
    starts = as_codes([way.start for way in ways], model.latent_dim)
    if (starts != starts[0]).any():
        raise ValueError("films begin at different codes: expected the same ends for all of them")
    classifier = opinion_of(model)
    names = () if classifier is None else classifier.facts.class_names
    shown = {
        "name": model.name,
        "source": model_routes.component_source(model),
        "pictures": int(frames_in_strip),
        "classes": list(names),
        "colours": _checked_colours(colours, names, model.spec.class_names),
        "clear": CLEAR,
        "start": b64encode(np.ascontiguousarray(starts[0], "<f4").tobytes()).decode(),
        "films": [_way_data(way) for way in ways],
        "difference": shelf.promise(
            " ".join(["difference", *(way.key for way in ways)]),
            partial(_difference, list(ways)),
            "text/plain",
        ),
    }
    digest = hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()
    return {"id": digest[:16], "chosen": chosen, **shown}


def _way_data(way: Way) -> dict[str, Any]:
    return {
        "kind": way.kind,
        "title": way.title,
        "frames": way.frames,
        "codes": shelf.promise(f"codes {way.key}", partial(_codes, way)),
        "figures": shelf.promise(f"figures {way.key}", partial(_figures, way), "application/json"),
    }


def _codes(way: Way) -> bytes:
    """Little-endian float32, row by row."""
    return np.ascontiguousarray(way.codes(), "<f4").tobytes()


def _figures(way: Way) -> bytes:
    """What is measured on each frame, and in few words on all; null without a classifier."""
    film = way.film()
    figures = {
        "nearness": np.round(film.nearness, 4).tolist(),
        "confidence": None if film.confidence is None else np.round(film.confidence, 4).tolist(),
        "answers": None if film.answers is None else film.answers.tolist(),
        "facts": facts_of(film),
    }
    return json.dumps(figures).encode()


def _difference(ways: Sequence[Way]) -> bytes:
    return difference_between(ways).encode()


def _checked_colours(
    colours: Sequence[str] | None, names: Sequence[str], class_names: Sequence[str]
) -> list[str]:
    if colours is None:
        return colours_of(names, class_names)
    if len(colours) != len(names):
        raise ValueError(f"colours has {len(colours)} values; expected {len(names)}, one per class")
    for colour in colours:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
            raise ValueError(f"colours holds {colour[:20]!r}; expected #rrggbb")
    return list(colours)


def _sent_event(key: str, films_id: str, ways: Sequence[Way]) -> MorphEvent | None:
    """What the browser sent, once each, if it is of these films; whatever else came is ignored."""
    for name in EVENTS:
        value = _fresh(key, name, films_id)
        kind = None if value is None else value.get("kind")
        way = next((way for way in ways if isinstance(kind, str) and way.kind == kind), None)
        if value is None or way is None:
            continue
        if name == "chosen":
            return Chosen(way.kind)
        frame = value.get("frame")
        if isinstance(frame, int) and not isinstance(frame, bool) and 0 <= frame < way.frames:
            return Kept(way.kind, frame)
    return None


def _heard(key: str, name: str) -> str:
    """Where the mark of the last event ``name`` that was looked at is kept."""
    return f"morph_view.{key}.{name}"


def _fresh(key: str, name: str, films_id: str) -> Mapping[str, Any] | None:
    value = sent_value(key, name)
    if not isinstance(value, Mapping) or not is_fresh(key, name, value.get("mark")):
        return None
    st.session_state[_heard(key, name)] = value["mark"]
    # What was done may arrive after the films have changed.
    return value if value.get("films") == films_id else None
