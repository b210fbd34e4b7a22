"""Charts: the right values in the right panels, words on collapse, and histories of any kind."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ui.components.charts.training import (
    BAR,
    GREY,
    MOST_POINTS,
    can_be_log,
    collapse_in_words,
    kl_figure,
    loss_figure,
    sparkline_svg,
)
from ui.frame.colours import class_colour


def history(*losses, shift=10.0):
    return [
        {
            "epoch": epoch,
            "loss": loss,
            "reconstruction_loss": loss - 1,
            "kl_loss": 1.0,
            "val_loss": loss + shift,
            "val_reconstruction_loss": loss + shift - 2,
            "val_kl_loss": 2.0,
        }
        for epoch, loss in enumerate(losses, start=1)
    ]


def curves(figure):
    """(panel's x axis, name) to (epochs, values) of what is drawn."""
    return {
        (trace.xaxis, trace.name): (list(trace.x), list(trace.y))
        for trace in figure.data
        if list(trace.x) != [None]
    }


def notes(figure):
    return [annotation.text for annotation in figure.layout.annotations]


def test_three_panels_hold_training_and_validation():
    figure = loss_figure([("mine", history(30.0, 20.0))])
    assert curves(figure) == {
        ("x", "training"): ([1, 2], [30, 20]),
        ("x", "validation"): ([1, 2], [40, 30]),
        ("x2", "training"): ([1, 2], [29, 19]),
        ("x2", "validation"): ([1, 2], [38, 28]),
        ("x3", "training"): ([1, 2], [1, 1]),
        ("x3", "validation"): ([1, 2], [2, 2]),
    }
    assert notes(figure) == ["Total", "Reconstruction", "KL"]
    assert {trace.line.dash for trace in figure.data if trace.name == "validation"} == {"dash"}
    assert [trace.name for trace in figure.data if trace.showlegend] == ["training", "validation"]
    assert figure.layout.yaxis.title.text == "nats"
    assert figure.layout.yaxis.type is None


def test_stacked_panels_stand_below_each_other():
    figure = loss_figure([("mine", history(30.0, 20.0))], stacked=True)
    tops = [figure.layout[axis].domain[1] for axis in ("yaxis", "yaxis2", "yaxis3")]
    assert tops == sorted(tops, reverse=True)
    assert len(set(tops)) == 3


def test_runs_are_compared_in_a_colour_each():
    figure = loss_figure([("one", history(30.0)), ("<b>two</b>", history(20.0))])
    drawn = curves(figure)
    assert drawn["x", "one"] == ([1], [30])
    assert drawn["x3", "&lt;b&gt;two&lt;/b&gt;, validation"] == ([1], [2])
    colours = {trace.name.partition(",")[0]: trace.line.color for trace in figure.data if trace.xaxis == "x2"}
    assert colours == {"one": class_colour(0), "&lt;b&gt;two&lt;/b&gt;": class_colour(1)}
    in_legend = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert in_legend == ["one", "&lt;b&gt;two&lt;/b&gt;", "validation"]


def test_a_log_scale_is_for_losses_above_nought():
    positive, density = [("a", history(30.0, 20.0))], [("a", history(30.0, -20.0, shift=0.0))]
    assert can_be_log(positive)
    assert not can_be_log(density)
    assert not can_be_log(positive + density)
    assert not can_be_log([])
    assert not can_be_log([("a", [])])
    logarithmic = loss_figure(positive, log=True).layout
    assert logarithmic.yaxis3.type == "log"
    # Of 20 to 40 nats.
    assert list(logarithmic.yaxis.tickvals) == [20, 24, 28, 34, 40]
    refused = loss_figure(density, log=True)
    assert refused.layout.yaxis.type is None
    assert curves(refused)["x", "training"] == ([1, 2], [30, -20])
    assert any("no log scale" in note for note in notes(refused))


def test_a_kl_of_nought_is_a_gap_on_a_log_scale():
    rows = history(30.0, 20.0)
    rows[0]["kl_loss"] = 0.0
    assert can_be_log([("a", rows)])
    assert curves(loss_figure([("a", rows)], log=True))["x3", "training"] == ([1, 2], [None, 1])
    assert curves(loss_figure([("a", rows)]))["x3", "training"] == ([1, 2], [0, 1])


def test_what_is_no_number_is_a_gap_and_a_repeated_epoch_counts_once():
    rows = [
        {"epoch": 1, "loss": math.nan},
        {"epoch": 2, "loss": "12"},
        {"epoch": 3, "loss": 7.0},
        {"epoch": 3, "loss": 5.0},
        {"epoch": 4, "loss": math.inf},
        {"epoch": None, "loss": 1.0},
        {"epoch": 1.5, "loss": 1.0},
        {"loss": 1.0},
        "junk",
    ]
    assert curves(loss_figure([("a", rows)])) == {("x", "training"): ([1, 2, 3, 4], [None, None, 5, None])}


@pytest.mark.parametrize("histories", [[], [("a", [])], [("a", [{"epoch": 1}])]])
def test_without_values_it_says_when_they_come(histories):
    figure = loss_figure(histories, log=True)
    assert not figure.data
    assert notes(figure) == ["The curves come after the first epoch"]


def test_a_long_run_is_thinned_and_keeps_its_ends():
    figure = loss_figure([("a", history(*range(5_000, 0, -1)))])
    epochs, values = curves(figure)["x", "training"]
    assert len(epochs) == MOST_POINTS
    assert (epochs[0], values[0], epochs[-1], values[-1]) == (1, 5_000, 5_000, 1)


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.none())
KEYS = st.sampled_from(["epoch", "loss", "kl_loss", "val_loss", "reconstruction_loss"])


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=5), st.lists(st.dictionaries(KEYS, ANYTHING), max_size=3)), max_size=3
    )
)
def test_any_history_makes_a_figure_of_finite_values(histories):
    for log in (False, True):
        figure = loss_figure(histories, log=log)
        for _, values in curves(figure).values():
            assert all(value is None or math.isfinite(value) for value in values)


def test_dimensions_stand_by_their_kl_and_collapsed_ones_are_grey():
    (bar,) = kl_figure(np.float32([0.5, 0.0, 2.0, 0.009])).data
    assert list(bar.x) == ["z3", "z1", "z4", "z2"]
    np.testing.assert_allclose(bar.y, [2, 0.5, 0.009, 0], rtol=1e-6)
    assert list(bar.marker.color) == [BAR, BAR, GREY, GREY]


def test_an_autoencoder_has_no_bars():
    figure = kl_figure([])
    assert not figure.data
    assert notes(figure) == ["A plain autoencoder has no KL"]


@pytest.mark.parametrize("function", [kl_figure, collapse_in_words])
@pytest.mark.parametrize(
    ("kl", "words"),
    [([[1.0]], "shape"), ([math.nan], "NaN"), ([math.inf], "infinite"), (["x"], "numbers"), (3.0, "shape")],
)
def test_a_kl_that_is_none_is_named(function, kl, words):
    with pytest.raises(ValueError, match=words):
        function(kl)


@pytest.mark.parametrize(
    ("kl", "words"),
    [
        ([1, 1, 1], "All 3 dimensions carry information."),
        ([1], "The only dimension carries information."),
        ([1, 0.0099], "1 of 2 dimensions carries information; 1 has collapsed: z2."),
        (
            [0, 1, 0.01, 0, 0],
            "2 of 5 dimensions carry information; 3 have collapsed: z1, z4 and z5.",
        ),
        (
            [1, *[0] * 10],
            "1 of 11 dimensions carries information; 10 have collapsed: "
            "z2, z3, z4, z5, z6, z7, z8, z9 and 2 more.",
        ),
        (
            [0, 0],
            "All dimensions have collapsed: the decoder ignores the code. Lower β, or warm the KL term up.",
        ),
        (
            [0],
            "The only dimension has collapsed: the decoder ignores the code. "
            "Lower β, or warm the KL term up.",
        ),
        ([], "A plain autoencoder has no KL term: no dimension is pressed to collapse."),
    ],
)
def test_collapse_in_words(kl, words):
    assert collapse_in_words(kl) == words


def points_of(svg):
    return [tuple(map(float, pair.split(","))) for pair in re.search('points="([^"]*)"', svg)[1].split()]


def test_a_sparkline_falls_with_its_values():
    svg = sparkline_svg([30, math.nan, 20, 10], width=106, height=26)
    assert points_of(svg) == [(3, 3), (53, 13), (103, 23)]
    assert 'aria-label="from 30 to 10"' in svg
    assert "currentColor" in svg


@pytest.mark.parametrize("values", [[], [math.nan], [math.inf, -math.inf]])
def test_a_sparkline_without_values_is_empty(values):
    svg = sparkline_svg(values)
    assert svg.startswith("<svg ")
    assert "polyline" not in svg
    assert svg.endswith("</svg>")


@given(st.lists(st.floats() | st.integers(), max_size=300))
def test_a_sparkline_stays_inside_its_box(values):
    svg = sparkline_svg(values)
    if "polyline" in svg:
        assert all(0 <= x <= 120 and 0 <= y <= 28 for x, y in points_of(svg))
