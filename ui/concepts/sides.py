"""The pictures with and without: by class, by attribute, by group, or chosen by hand."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.concepts.trays import trays
from ui.frame.kept import say_no_groups
from ui.server.visitor import visitor
from ui.words.text import plain
from vae_core.maps.columns import Column, attribute_columns
from vae_core.maps.groups import Groups
from vae_core.maps.points import Points
from vae_core.models.model import LatentModel

Rows = NDArray[np.intp]
WAYS = {"class": "By class", "attribute": "By attribute", "group": "By group", "hand": "By hand"}
EVERYTHING_ELSE = "everything else"


@dataclass(frozen=True, eq=False)
class Sides:
    """Rows (k,) of pictures with and without, what they are in words, and a name for the concept."""

    with_rows: Rows
    without_rows: Rows
    with_words: str
    without_words: str
    name: str


def choose_sides(model: LatentModel, points: Points) -> Sides:
    """The controls; what they stand for now, perhaps nothing at all on a side."""
    attributes = attribute_columns(points, model.spec.class_names)
    labelled = len(np.unique(points.label[points.label >= 0])) > 1
    ways = [way for way in WAYS if (way != "class" or labelled) and (way != "attribute" or attributes)]
    way = st.segmented_control(
        "Examples",
        ways,
        default=ways[0],
        required=True,
        key=f"concepts.way.{model.name}",
        format_func=lambda one: WAYS.get(one, ""),
        label_visibility="collapsed",
    )
    if way == "class" and labelled:
        return _by_class(model, points)
    if way == "attribute" and attributes:
        return _by_attribute(attributes)
    return _by_group(model, points) if way == "group" else _by_hand(model, points)


def _by_class(model: LatentModel, points: Points) -> Sides:
    names = [name for label, name in enumerate(model.spec.class_names) if (points.label == label).any()]
    left, right = st.columns(2, gap="medium")
    with left:
        with_names = st.multiselect("With", names, names[-1:], key=f"concepts.with.{model.name}")
    with right:
        rest = [name for name in names if name not in with_names]
        without_names = st.multiselect("Without", rest, rest[:1], key=f"concepts.without.{model.name}")

    def rows(chosen: list[str]) -> Rows:
        labels = [model.spec.class_names.index(name) for name in chosen if name in names]
        return np.flatnonzero(np.isin(points.label, labels))

    with_words, without_words = ", ".join(with_names), ", ".join(without_names)
    name = f"{without_words} to {with_words}" if with_words and without_words else ""
    return Sides(rows(with_names), rows(without_names), with_words, without_words, name)


def _by_attribute(attributes: tuple[Column, ...]) -> Sides:
    by_name = {column.name: column for column in attributes}
    name = st.selectbox("Attribute", list(by_name), key="concepts.attribute")
    column = by_name.get(str(name), attributes[0])
    values = column.values
    if column.categories is None:
        low, high = np.nanquantile(values, [1 / 3, 2 / 3])
        st.caption(
            plain(
                f"The third of the pictures with the most {column.name} ({high:.2f} and more) against the "
                f"third with the least ({low:.2f} and less)."
            )
        )
        upper, lower = np.flatnonzero(values >= high), np.flatnonzero((values <= low) & (values < high))
        return Sides(upper, lower, f"most {column.name}", f"least {column.name}", column.name)
    left, right = st.columns(2, gap="medium")
    categories = list(column.categories)
    with left:
        one = st.selectbox("With", categories, len(categories) - 1, key=f"concepts.category.{column.name}")
    with right:
        rest = [category for category in categories if category != one]
        other = st.selectbox("Without", rest, key=f"concepts.other.{column.name}")
    upper, lower = (
        np.flatnonzero(values == categories.index(side)) if side in categories else np.zeros(0, int)
        for side in (one, other)
    )
    return Sides(upper, lower, str(one), str(other), str(one))


def _by_group(model: LatentModel, points: Points) -> Sides:
    groups = Groups(visitor())
    kept = {group.id: group for group in groups.of(model.name)}
    nothing = np.zeros(0, int)
    if not kept:
        say_no_groups()
        return Sides(nothing, nothing, "", "", "")

    def called(one: str) -> str:
        return kept[one].name if one in kept else EVERYTHING_ELSE

    left, right = st.columns(2, gap="medium")
    with left:
        one = st.selectbox("With", list(kept), format_func=called, key=f"concepts.group.{model.name}")
    with right:
        rest = [EVERYTHING_ELSE, *(key for key in kept if key != one)]
        other = st.selectbox("Without", rest, format_func=called, key=f"concepts.against.{model.name}")
    try:
        with_rows = groups.rows_in(kept[str(one)], points)
        if other in kept:
            without_rows = groups.rows_in(kept[str(other)], points)
        else:
            without_rows = np.setdiff1d(np.arange(len(points)), with_rows)
    except (ValueError, KeyError) as error:
        st.warning(plain(f"{error}."), icon=":material/error:")
        return Sides(nothing, nothing, "", "", "")
    return Sides(with_rows, without_rows, called(str(one)), called(str(other)), called(str(one)))


def _by_hand(model: LatentModel, points: Points) -> Sides:
    with_rows, without_rows = trays(model, points)
    return Sides(with_rows, without_rows, "chosen by hand", "chosen by hand", "")
