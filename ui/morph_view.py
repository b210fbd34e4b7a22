"""Films as a Streamlit component: paths between images that play, side by side on the same ends.

The browser decodes every frame by itself: nothing is sent while a film plays. Codes and figures are on
the shelf (``ui.shelf``), one address a film, so that what goes with every run of a page stays small.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike, NDArray

from ui import player, routes, shelf
from ui.classes import colours_of
from ui.component import is_fresh, loader, sent_value
from ui.opinions import opinion_of
from vae_core.arrays import as_codes
from vae_core.model import LatentModel
from vae_core.paths.measures import CLEAR, PathReport, distance_to_data, step_lengths
from vae_core.paths.path import FEWEST_FRAMES, MOST_FRAMES, PathKind

EVENTS = ("chosen", "kept")
PICTURES = (2, 40)
# Up to these standard deviations by mean of the steps a pace is called so.
PACES = ((0.05, "even pace"), (0.25, "nearly even pace"), (0.6, "uneven pace"))

_morph = st.components.v2.component(
    "latent_lab_morph",
    html=player.text("morph.html"),
    css=player.styles("morph.css", "tracks.css"),
    js=loader("morph.js"),
)


@dataclass(frozen=True, eq=False)
class Film:
    """One path, ready to play.

    ``codes`` (frames, d); ``report`` is measured on them. ``answers`` (frames,) is the class that a
    classifier takes each frame for, an index into ``answer_names``; None and () without a classifier.
    """

    title: str
    codes: NDArray[np.float32]
    report: PathReport
    answers: NDArray[np.int64] | None = None
    answer_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def kind(self) -> PathKind:
        return self.report.kind

    @property
    def nearness(self) -> NDArray[np.float32]:
        """The distance (frames,) to the nearest held-out code, in usual distances between codes."""
        return self.report.distance

    @property
    def confidence(self) -> NDArray[np.float32] | None:
        """The probability (frames,) of each of the ``answers``."""
        return self.report.confidence

    @property
    def length(self) -> float:
        """How much the pictures change in all."""
        return self.report.decoded_length

    @property
    def variation(self) -> float:
        """The standard deviation of the steps from picture to picture by their mean."""
        return self.report.step_variation


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


def film_of(model: LatentModel, kind: PathKind, title: str, codes: ArrayLike) -> Film:
    """The film of a path of ``codes`` (frames, d), decoded once for all that is measured on it.

    Raises ValueError for codes of another shape, fewer than 2 or more than 2,000 of them or with NaN, and
    for a model whose held-out codes do not differ.
    """
    checked = as_codes(codes, model.latent_dim)
    if not FEWEST_FRAMES <= len(checked) <= MOST_FRAMES:
        raise ValueError(
            f"a film of {len(checked):,} frames: expected {FEWEST_FRAMES} to {MOST_FRAMES:,} of them"
        )
    images = model.decode(checked)
    classifier = opinion_of(model)
    probabilities = None if classifier is None else classifier.probabilities(images)
    report = PathReport(
        kind,
        distance_to_data(model, checked),
        step_lengths(images),
        None if probabilities is None else probabilities.max(axis=1),
    )
    if classifier is None or probabilities is None:
        return Film(title, checked, report)
    return Film(title, checked, report, probabilities.argmax(axis=1), classifier.facts.class_names)


def morph_view(
    key: str,
    model: LatentModel,
    films: Sequence[Film],
    *,
    chosen: str,
    frames_in_strip: int = 10,
    colours: Sequence[str] | None = None,
) -> MorphEvent | None:
    """Play the film of kind ``chosen`` above the strips of all ``films``; what was just done, else None.

    Each event is returned once; of both in the same moment, the other in the next run. Raises ValueError
    as ``morph_data``.
    """
    data = morph_data(model, films, chosen=chosen, frames_in_strip=frames_in_strip, colours=colours)
    # The choice was made before what is returned now: the browser, which knows better, must not follow it.
    heard = {name: st.session_state.get(_heard(key, name)) for name in EVENTS}
    _morph(
        key=key,
        # One value: Streamlit looks through every top-level one for tables.
        data={"modules": routes.modules_url(), "morph": data, "heard": heard},
        default=dict.fromkeys(EVENTS),
        on_chosen_change=lambda: None,
        on_kept_change=lambda: None,
    )
    return _sent_event(key, data["id"], films)


def morph_data(
    model: LatentModel,
    films: Sequence[Film],
    *,
    chosen: str,
    frames_in_strip: int = 10,
    colours: Sequence[str] | None = None,
) -> dict[str, Any]:
    """What the browser gets, the same for the same films.

    ``frames_in_strip`` pictures, 2 to 40, stand in a strip, both ends among them. ``colours`` has one
    ``#rrggbb`` for each name that the films' classifier knows; None for those of the app's classes.

    Raises ValueError for no films, a kind twice or a ``chosen`` one that is none of them, codes that do
    not fit the model, figures that do not fit the codes, and what is said above.
    """
    kinds = [film.kind for film in films]
    if not films or len(set(kinds)) < len(kinds):
        raise ValueError(f"films are {', '.join(kinds) or 'none'}: expected one or more of different kinds")
    if chosen not in kinds:
        raise ValueError(f"chosen is {chosen[:20]!r}: expected one of {', '.join(kinds)}")
    if not PICTURES[0] <= frames_in_strip <= PICTURES[1]:
        raise ValueError(f"frames_in_strip is {frames_in_strip}: expected {PICTURES[0]} to {PICTURES[1]}")
    names = next((film.answer_names for film in films if film.answer_names), ())
    shown = {
        "name": model.name,
        "source": routes.component_source(model),
        "pictures": int(frames_in_strip),
        "classes": list(names),
        "colours": _checked_colours(colours, names, model.spec.class_names),
        "clear": CLEAR,
        "films": [_film_data(film, model.latent_dim) for film in films],
    }
    digest = hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()
    return {"id": digest[:16], "chosen": chosen, **shown}


def facts_of(film: Film) -> list[tuple[str, str]]:
    """What there is to say of a film beside others, in a few words each, and what these mean."""
    report = film.report
    facts = [
        (
            f"at most {report.farthest:.1f} × from the data",
            "How far the frame farthest from the data is from the nearest test picture's code; 1 × is how "
            "far such codes usually are from each other",
        )
    ]
    if report.unclear is not None:
        facts.append(
            (
                f"{report.unclear or 'none'} of {len(film):,} unclear",
                f"Frames to which a classifier gives no class a probability of {CLEAR:.0%} or more",
            )
        )
    facts.append(
        (
            pace_in_words(film.variation),
            f"Steps from frame to frame differ by {film.variation:.0%} of their mean (standard deviation)",
        )
    )
    facts.append(
        (
            f"length {film.length:.3g}",
            "How much the pictures change in all: the sum of distances between successive frames, over all "
            "pixels",
        )
    )
    return facts


def pace_in_words(variation: float) -> str:
    """How even steps are whose standard deviation by mean is ``variation``."""
    return next((words for most, words in PACES if variation <= most), "change comes in jumps")


def _film_data(film: Film, latent_dim: int) -> dict[str, Any]:
    return {
        "kind": film.kind,
        "title": film.title,
        "frames": len(film),
        "content": shelf.put(_content(film, latent_dim)),
        "facts": [list(fact) for fact in facts_of(film)],
    }


def _content(film: Film, latent_dim: int) -> bytes:
    """Little-endian float32: codes row by row, then nearness, confidence (NaN: none) and answers (-1)."""
    frames = len(film)
    codes = as_codes(film.codes, latent_dim)
    if not FEWEST_FRAMES <= frames <= MOST_FRAMES:
        raise ValueError(f"a film of {frames:,} frames: expected {FEWEST_FRAMES} to {MOST_FRAMES:,} of them")
    no_opinion = film.confidence is None or film.answers is None
    figures: dict[str, Any] = {
        "nearness": film.nearness,
        "confidence": np.full(frames, np.nan) if no_opinion else film.confidence,
        "answers": np.full(frames, -1) if no_opinion else film.answers,
    }
    for name, values in figures.items():
        if np.shape(values) != (frames,):
            raise ValueError(f"{name} has shape {np.shape(values)}; expected ({frames},), one per frame")
    parts = [codes, *figures.values()]
    return b"".join(np.ascontiguousarray(part, "<f4").tobytes() for part in parts)


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


def _sent_event(key: str, films_id: str, films: Sequence[Film]) -> MorphEvent | None:
    """What the browser sent, once each, if it is of these films; whatever else came is ignored."""
    for name in EVENTS:
        value = _fresh(key, name, films_id)
        kind = None if value is None else value.get("kind")
        film = next((film for film in films if isinstance(kind, str) and film.kind == kind), None)
        if value is None or film is None:
            continue
        if name == "chosen":
            return Chosen(film.kind)
        frame = value.get("frame")
        if isinstance(frame, int) and not isinstance(frame, bool) and 0 <= frame < len(film):
            return Kept(film.kind, frame)
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
