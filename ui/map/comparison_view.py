"""The model's own plane beside PCA, kernel PCA and LDA of the same pictures."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.charts.codes import classes_of, small_map_figure
from ui.components.charts.training import CONFIG
from ui.words.text import plain
from vae_core.base.arrays import unit_images
from vae_core.maps.originals import fetch_command
from vae_core.maps.pictures import has_originals, pictures_of
from vae_core.maps.points import Points
from vae_core.maps.projections.linear_maps import (
    FEWEST_ROWS,
    KEPT_COMPONENTS,
    MOST_ROWS,
    OWN_PLANE,
    MapResult,
    compare,
    is_narrowed,
    stratified_order,
)
from vae_core.models.model import LatentModel

# Of a map with one dimension, how far points are spread upwards to be seen, in its standard deviations.
JITTER = 0.5
# Accuracies that differ by less say little on a thousand pictures.
SAME = 0.05
# So little above always naming the most frequent class, a map says nothing of classes.
BLIND = 0.1


def show_comparison(model: LatentModel, points: Points) -> None:
    """Four small maps of the same held-out pictures, each with two accuracies."""
    labelled = int((points.is_test & (points.label >= 0)).sum())
    if labelled < FEWEST_ROWS:
        st.info(
            f"A comparison by class takes at least {FEWEST_ROWS} test pictures with a label; "
            f"this model has {labelled}.",
            icon=":material/info:",
        )
        return
    try:
        from_pictures = has_originals(model, points)
        results = _compared(model.name, points.digest, from_pictures, model, points)
    except ValueError as error:
        st.info(plain(f"There is nothing to compare: {error}."), icon=":material/info:")
        return
    if from_pictures:
        st.markdown(plain(results_in_words(results, model.latent_dim)))
    else:
        st.info(
            f"The originals of {plain(model.name)} are not on this machine, so all four maps start from the "
            "codes, and PCA shows the model's own plane once more. To compare with the pictures themselves, "
            f"get them with {fetch_command(model.spec.training)}.",
            icon=":material/info:",
        )
    _legend(results[0].labels, model.spec.class_names)
    for pair in (results[:2], results[2:]):
        for column, result in zip(st.columns(2, gap="medium"), pair, strict=True):
            with column:
                _show_map(model, result)
    st.caption(plain(" ".join(_how_it_was_done(model, from_pictures, results[0]))))


def results_in_words(results: tuple[MapResult, ...], latent_dim: int) -> str:
    """What the nearest neighbours make of the maps, and how to read it."""
    own, *others = results
    named = [f"{_percent(one.neighbour_accuracy)} with {one.name}" for one in others]
    start = (
        f"Named by their 15 nearest neighbours, {_percent(own.neighbour_accuracy)} of new pictures are right "
        f"on {_own_name(latent_dim)}, {', '.join(named[:-1])} and {named[-1]}."
    )
    best = max(one.neighbour_accuracy for one in others if not one.uses_labels)
    chance = _chance(own.labels)
    if max(own.neighbour_accuracy, best) < chance + BLIND:
        return (
            f"{start} Always naming the most frequent class is right in {_percent(chance)}: what varies most "
            "in these pictures is not their class, and only a map that is told the labels can look for it."
        )
    if own.neighbour_accuracy > best + SAME:
        return f"{start} The network folds apart what a flat cut through the pixels lays over one another."
    if own.neighbour_accuracy < best - SAME:
        reason = (
            "It sees only a part of this space, whose other dimensions keep classes apart too."
            if latent_dim > 2
            else "This model spends its plane on more than the classes."
        )
        return f"{start} {reason}"
    reason = f" The other {latent_dim - 2} dimensions of the code are not in it." if latent_dim > 2 else ""
    return f"{start} The plane tells classes apart no better than a label-free cut.{reason}"


def _own_name(latent_dim: int) -> str:
    return "the model's own plane" if latent_dim <= 2 else "the main plane of its codes"


@st.cache_data(
    max_entries=16, show_spinner="Fitting PCA, kernel PCA and LDA takes a few seconds", show_time=True
)
def _compared(
    model_name: str, digest: str, from_pictures: bool, _model: LatentModel, _points: Points
) -> tuple[MapResult, ...]:
    """The comparison on test pictures, kept by what its numbers come from; ValueError as ``compare``."""
    rows = np.flatnonzero(_points.is_test & (_points.label >= 0))
    rows = rows[stratified_order(_points.label[rows], seed=0)][:MOST_ROWS]
    codes = _points.z_mean[rows]
    inputs: NDArray[np.generic] = codes
    if from_pictures:
        inputs = unit_images(pictures_of(_model, _points, rows)[0]).reshape(len(rows), -1)
    return compare(inputs, _points.label[rows], codes)


def _legend(labels: NDArray[np.int64], class_names: Sequence[str]) -> None:
    chips = "".join(
        f'<span class="chip small" style="--chip:{colour}">{escape(name)}</span>'
        for _, name, colour in classes_of(labels, class_names)
    )
    st.html(f'<div class="surroundings">{chips}</div>')


def _show_map(model: LatentModel, result: MapResult) -> None:
    st.markdown(f"**{result.name}** · {_kind_of(result, model.latent_dim)}")
    st.plotly_chart(
        small_map_figure(spread_out(result), result.labels, model.spec.class_names),
        key=f"map.comparison.{result.name}",
        config=CONFIG,
        alt=f"{result.name}: {len(result.labels):,} test pictures in the colours of their classes",
    )
    cells = "".join(
        f"<div><span>{label}</span><b>{_percent(value)}</b></div>"
        for label, value in (
            ("linear probe", result.probe_accuracy),
            ("nearest neighbours", result.neighbour_accuracy),
        )
    )
    st.html(f'<div class="figures-row">{cells}</div>')


def spread_out(result: MapResult) -> NDArray[np.float32]:
    """Coordinates (m, 2) to draw; of a map with one dimension, with random heights that mean nothing."""
    if result.dimensions == 2:
        return result.coords
    heights = np.random.default_rng(0).uniform(-JITTER, JITTER, len(result.coords))
    across = result.coords[:, 0]
    return np.column_stack([across, heights * (float(across.std()) or 1.0)]).astype(np.float32)


def _kind_of(result: MapResult, latent_dim: int) -> str:
    kind = "**uses the labels**" if result.uses_labels else "label-free"
    if result.name == OWN_PLANE and latent_dim > 2:
        kind += f", main plane of {latent_dim} dimensions"
    return kind + (", one dimension: heights mean nothing" if result.dimensions == 1 else "")


def _how_it_was_done(model: LatentModel, from_pictures: bool, result: MapResult) -> list[str]:
    held_out = len(result.labels)
    sentences = [
        f"The maps were fitted on {result.fitted_rows:,} test pictures and judged on {held_out:,} others; "
        f"always naming the most frequent class is right in {_percent(_chance(result.labels))}.",
        "The network learned from its whole training set, which is an advantage.",
    ]
    if from_pictures and is_narrowed(int(np.prod(model.input_shape))):
        sentences.append(
            f"Pictures this large were first reduced to their {KEPT_COMPONENTS} main directions."
        )
    return sentences


def _chance(labels: NDArray[np.int64]) -> float:
    """The share of the most frequent class."""
    return float(np.unique(labels, return_counts=True)[1].max() / len(labels))


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"
