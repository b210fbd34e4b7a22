"""How the values of the codes are distributed, beside N(0, 1) and beside another model's."""

from functools import lru_cache
from html import escape
from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.charts.codes import (
    Shown,
    correlation_figure,
    histogram_figure,
    is_cut_off,
    quantile_figure,
)
from ui.components.charts.training import BAR, CONFIG
from ui.frame.colours import class_colour
from ui.visit.models import all_models, model_named
from ui.words.text import plain
from vae_core.maps.distributions import (
    Histogram,
    Summary,
    codes_to_show,
    correlation,
    histogram,
    normal_quantile_pairs,
    roomy,
    strongest_correlation,
    summary,
)
from vae_core.maps.points import Points, held_out_points
from vae_core.models.model import LatentModel
from vae_core.space.axis_words import shown_number
from vae_core.space.dimensions import Dimension, dimensions_of

Kind = Literal["samples", "means"]
KINDS: tuple[Kind, ...] = ("samples", "means")

BINS = 128
MOST_CORRELATED = 64
BESIDE_COLOUR = class_colour(1)
# The same network trained without and with a KL term.
TWINS = {"doodles-ae": "doodles-vae", "doodles-vae": "doodles-ae"}
EMPTY = "This model came without codes of test pictures, so there is nothing to count."


def show_distribution(model: LatentModel, points: Points) -> None:
    """All values of the codes pooled, beside another model's, and those of one dimension."""
    if not len(points):
        st.info(EMPTY)
        return
    left, right = st.columns(2)
    with left:
        beside = _beside(model)
    with right:
        kind = _kind("map.distribution.kind", [model] if beside is None else [model, beside[0]])
    _show_pooled([(model, points)] if beside is None else [(model, points), beside], kind)
    _show_dimension(model, points, kind)


def show_correlation(model: LatentModel, points: Points) -> None:
    """How far the dimensions vary together, as a table of colours with a sentence on it."""
    if len(points) < 2 or model.latent_dim < 2:
        st.info("A correlation takes two dimensions and two codes; this model has fewer.")
        return
    kind = _kind("map.correlation.kind", [model])
    ranked = [dimension.index for dimension in dimensions_of(model)]
    shown = sorted(ranked[:MOST_CORRELATED])
    matrix = _correlation(points, kind, tuple(shown))
    names = [f"z{index + 1}" for index in shown]
    st.markdown(plain(correlation_in_words(matrix, names)))
    st.plotly_chart(
        correlation_figure(matrix, names),
        key="map.correlation",
        config=CONFIG,
        alt=f"Correlations of {len(names)} dimensions of {model.name}",
    )
    notes = []
    if len(ranked) > len(shown):
        notes.append(f"The {len(shown)} dimensions that carry most, of {len(ranked)}.")
    constant = [name for name, value in zip(names, np.diag(matrix), strict=True) if np.isnan(value)]
    if constant:
        notes.append(f"{_listed(constant)} never {'change' if len(constant) > 1 else 'changes'}: left blank.")
    notes.append(
        "The prior of a VAE asks for none; uncorrelated does not yet mean independent."
        if points.z_log_var is not None
        else "Nothing asks a plain autoencoder to keep its dimensions apart."
    )
    st.caption(plain(" ".join(notes)))


def correlation_in_words(matrix: NDArray[np.float64], names: list[str]) -> str:
    """The strongest correlation of ``matrix`` (d, d) and what it means."""
    found = strongest_correlation(matrix)
    if found is None:
        return "Fewer than two dimensions change, so none can be correlated."
    first, second, value = found
    pair = f"{names[first]} and {names[second]}"
    if abs(value) < 0.1:
        return f"No two dimensions are correlated to speak of: at most {shown_number(value)}, {pair}."
    strength = "weak" if abs(value) < 0.3 else "moderate" if abs(value) < 0.6 else "strong"
    how = "rise and fall together" if value > 0 else "move against each other"
    return (
        f"The strongest correlation is {shown_number(value)} ({strength}): {pair} "
        f"{'tend to ' if abs(value) < 0.6 else ''}{how}."
    )


def values_in_words(name: str, is_vae: bool, kind: Kind, found: Summary) -> str:
    """What pooled values say about sampling from the model called ``name``."""
    reach = f"from {shown_number(found.minimum)} to {shown_number(found.maximum)}"
    spread = f"mean {shown_number(found.mean)}, standard deviation {shown_number(found.deviation)}"
    if is_vae and kind == "means":
        return f"The means of {name} reach {reach}; each picture's own spread is missing from them."
    if not found.is_close_to_normal:
        end = "would land where no picture lies" if not is_vae else "often lands where few pictures lie"
        return f"Codes of {name} reach {reach} ({spread}); a draw from N(0, 1) {end}."
    end = "lands among them" if is_vae else "comes near their scale, though nothing pressed them there"
    return f"Codes of {name} reach {reach} ({spread}); a draw from N(0, 1) {end}."


def _beside(model: LatentModel) -> tuple[LatentModel, Points] | None:
    """Another model to draw beside this one, with its held-out codes."""
    names = [other.name for other in all_models()[0] if other.name != model.name and len(other.latents.label)]
    twin = TWINS.get(model.name)
    options = ["", *names]
    chosen = st.selectbox(
        "Beside",
        options,
        options.index(twin) if twin in names else 0,
        format_func=lambda name: name or "no other model",
        key=f"map.distribution.{model.name}.beside",
    )
    other = model_named(chosen) if chosen in names else None
    return (other, held_out_points(other)) if other else None


def _kind(key: str, models: list[LatentModel]) -> Kind:
    """Means or samples, as chosen; autoencoders have means only."""
    if all(model.spec.family == "autoencoder" for model in models):
        st.caption(
            "A plain autoencoder gives each picture one code without spread: its mean is all there is."
        )
        return "means"
    chosen = st.segmented_control(
        "Codes",
        KINDS,
        default=KINDS[0],
        required=True,
        key=key,
        format_func=str.capitalize,
    )
    st.caption(
        "Samples are codes as the decoder sees them, one draw z = mean + sd · ε for each picture. The means "
        "alone are narrower than N(0, 1) even where a VAE is at its best."
    )
    return "means" if chosen == "means" else "samples"


def _show_pooled(models: list[tuple[LatentModel, Points]], kind: Kind) -> None:
    """One histogram of all values for each model, on the same axes, with figures and a sentence."""
    figures = [_summary(points, kind) for _, points in models]
    limits = roomy((min(one.minimum for one in figures), max(one.maximum for one in figures)))
    colours = (BAR, BESIDE_COLOUR)
    shown = [
        Shown(model.name, _histogram(points, kind, limits), colour)
        for (model, points), colour in zip(models, colours, strict=False)
    ]
    st.subheader("All values of the codes", anchor=False)
    for (model, points), found in zip(models, figures, strict=True):
        is_vae = points.z_log_var is not None
        st.markdown(plain(values_in_words(model.name, is_vae, kind, found)))
    st.plotly_chart(
        histogram_figure(shown),
        key="map.distribution.pooled",
        config=CONFIG,
        alt="Density of all code values of " + " and of ".join(model.name for model, _ in models),
    )
    if is_cut_off(shown):
        st.caption("Bars above a density of 1.6, four times that of N(0, 1) at 0, are cut off.")
    for (model, _), found in zip(models, figures, strict=True):
        _figures_row(found, model.name if len(models) > 1 else None)


def _show_dimension(model: LatentModel, points: Points, kind: Kind) -> None:
    """Histogram and quantiles of one dimension, with its figures."""
    ranked = dimensions_of(model)
    by_index = {dimension.index: dimension for dimension in ranked}
    st.subheader("One dimension", anchor=False)
    chosen = st.selectbox(
        "Dimension",
        list(by_index),
        format_func=lambda index: _dimension_name(by_index[index]) if index in by_index else str(index),
        key=f"map.distribution.{model.name}.dimension",
        label_visibility="collapsed",
    )
    # A browser may send what is no option.
    chosen = chosen if chosen in by_index else ranked[0].index
    name = f"z{chosen + 1}"
    values = _codes(points, kind)[:, chosen]
    left, right = st.columns(2)
    with left:
        shown = [Shown(f"{name} of {model.name}", histogram(values, BINS // 2))]
        st.plotly_chart(
            histogram_figure(shown), key="map.distribution.one", config=CONFIG, alt=f"Density of {name}"
        )
    with right:
        st.plotly_chart(
            quantile_figure(normal_quantile_pairs(values), name),
            key="map.distribution.quantiles",
            config=CONFIG,
            alt=f"Quantiles of {name} against those of N(0, 1)",
        )
    _figures_row(summary(values))
    st.caption("Where points lie on the dashed line, the dimension is distributed as N(0, 1).")


def _dimension_name(dimension: Dimension) -> str:
    weight = f"± {np.sqrt(dimension.variance):.2g}" if dimension.kl is None else f"{dimension.kl:.2f} nats"
    return f"z{dimension.index + 1} · {weight}"


def _figures_row(found: Summary, name: str | None = None) -> None:
    shown = [
        ("minimum", shown_number(found.minimum)),
        ("maximum", shown_number(found.maximum)),
        ("mean", shown_number(found.mean)),
        ("standard deviation", shown_number(found.deviation)),
        ("skewness", "–" if found.skewness is None else shown_number(found.skewness)),
        ("beyond ±3", f"{100 * found.share_outside_3:.2f} %"),
    ]
    cells = "".join(f"<div><span>{label}</span><b>{value}</b></div>" for label, value in shown)
    heading = f"<strong>{escape(name)}</strong>" if name else ""
    st.html(f'{heading}<div class="figures-row">{cells}</div>')


def _listed(names: list[str]) -> str:
    if len(names) > 6:
        return f"{', '.join(names[:6])} and {len(names) - 6} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


@lru_cache(maxsize=4)
def _codes(points: Points, kind: Kind) -> NDArray[np.float32]:
    return codes_to_show(points, samples=kind == "samples")


@lru_cache(maxsize=8)
def _summary(points: Points, kind: Kind) -> Summary:
    return summary(_codes(points, kind))


@lru_cache(maxsize=8)
def _histogram(points: Points, kind: Kind, limits: tuple[float, float]) -> Histogram:
    return histogram(_codes(points, kind), BINS, limits)


@lru_cache(maxsize=4)
def _correlation(points: Points, kind: Kind, dimensions: tuple[int, ...]) -> NDArray[np.float64]:
    return correlation(_codes(points, kind)[:, list(dimensions)])
