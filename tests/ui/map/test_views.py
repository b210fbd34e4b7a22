"""The map's other views: their figures value by value, their words, and every kind of model in AppTest."""

import json
import math
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.support.tiny_models import folder_files, write_constant, write_tiny
from ui.components.charts.codes import (
    HIGHEST_BAR,
    NO_CLASS,
    Shown,
    classes_of,
    correlation_figure,
    histogram_figure,
    is_cut_off,
    quantile_figure,
    small_map_figure,
    space_figure,
)
from ui.components.charts.training import GREY
from ui.frame.colours import class_colour
from ui.map.comparison_view import results_in_words, spread_out
from ui.map.distribution_view import correlation_in_words, values_in_words
from vae_core import load_model
from vae_core.maps.distributions import Summary, histogram
from vae_core.maps.points import held_out_points
from vae_core.maps.projections.linear_maps import OWN_PLANE, MapResult
from vae_core.models.folder import Latents, pack_latents
from vae_core.space.dimensions import dimensions_of


def page(name, view):
    from ui.map.comparison_view import show_comparison
    from ui.map.distribution_view import show_correlation, show_distribution
    from ui.map.space_view import show_space
    from ui.visit.models import model_named
    from vae_core.maps.points import held_out_points

    views = {
        "space": show_space,
        "distribution": show_distribution,
        "correlation": show_correlation,
        "comparison": show_comparison,
    }
    model = model_named(name)
    views[view](model, held_out_points(model))


VIEWS = ("space", "distribution", "correlation", "comparison")


def opened(view, name):
    app = AppTest.from_function(page, args=(name, view), default_timeout=180).run()
    assert not app.exception, app.exception
    return app


def figures(app):
    """The charts as Plotly gets them, in their order."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def texts(app):
    kinds = (app.markdown, app.caption, app.info, app.subheader, app.get("html"))
    parts = [
        str(getattr(element, "value", "") or getattr(element.proto, "body", ""))
        for kind in kinds
        for element in kind
    ]
    return re.sub(r"\\(.)", r"\1", "\n".join(parts))


def write_codes(home, name, codes, labels=None, family="vae", **changes):
    """A model of 2 dimensions with these codes."""
    codes = np.asarray(codes, np.float32)
    labels = np.arange(len(codes)) % 10 if labels is None else np.asarray(labels)
    log_var = np.zeros_like(codes) if family == "vae" else None
    files = folder_files(family)
    files["latents.npz"] = pack_latents(Latents(codes, log_var, labels, np.arange(len(codes))))
    write_tiny(home / "models" / name, family, files, **changes)


# Figures


def test_histograms_stand_on_the_same_axes_with_the_normal_curve():
    shown = [
        Shown("wide", histogram([0.0, 20.0], 4), "#112233"),
        Shown("<b>narrow</b>", histogram([-4.0, 1.0], 5)),
    ]
    figure = histogram_figure(shown)
    wide, first_curve, narrow, second_curve = figure.data
    np.testing.assert_allclose(wide.x, [0, 5, 10, 15])
    np.testing.assert_allclose(wide.y, [0.1, 0, 0, 0.1])
    assert wide.marker.color == "#112233"
    assert (wide.xaxis, narrow.xaxis) == ("x", "x2")
    assert list(figure.layout.xaxis.range) == list(figure.layout.xaxis2.range) == [-4, 20]
    assert list(figure.layout.yaxis.range) == list(figure.layout.yaxis2.range)
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    for curve in (first_curve, second_curve):
        assert max(curve.y) == pytest.approx(0.3989, abs=1e-3)
    assert [curve.showlegend for curve in (first_curve, second_curve)] == [True, False]
    titles = [annotation.text for annotation in figure.layout.annotations]
    assert titles == ["wide", "&lt;b&gt;narrow&lt;/b&gt;"]
    # Half of the values are in the first bin.
    np.testing.assert_allclose(wide.customdata[0], [5, 50])


def test_a_frequent_value_does_not_flatten_the_rest():
    usual, frequent = Shown("a", histogram([0.0, 1.0], 2)), Shown("b", histogram([0.0] * 99 + [1.0], 100))
    assert not is_cut_off([usual])
    assert is_cut_off([usual, frequent])
    top = histogram_figure([frequent]).layout.yaxis.range[1]
    assert top == pytest.approx(1.08 * HIGHEST_BAR)
    assert histogram_figure([usual]).layout.yaxis.range[1] == pytest.approx(1.08)


def test_quantiles_are_drawn_beside_the_diagonal():
    diagonal, points = quantile_figure(np.array([[-1.0, -2.0], [1.0, 5.0]]), "z3").data
    np.testing.assert_array_equal(points.x, [-1, 1])
    np.testing.assert_array_equal(points.y, [-2, 5])
    assert list(diagonal.x) == list(diagonal.y) == [-1.2, 1.2]


def test_correlations_keep_their_sign_and_blanks():
    matrix = np.array([[1.0, -0.5], [-0.5, math.nan]])
    (cells,) = correlation_figure(matrix, ["z1", "z4"]).data
    np.testing.assert_array_equal(cells.z, matrix)
    assert (cells.zmin, cells.zmax) == (-1, 1)
    assert list(cells.x) == list(cells.y) == ["z1", "z4"]
    assert cells.colorscale[1][0] == 0.5
    assert cells.hoverongaps is False


def test_space_has_a_trace_for_each_class_and_equal_scales():
    codes = np.arange(12, dtype=np.float32).reshape(4, 3)
    figure = space_figure(
        codes, np.array([1, 0, -1, 1]), ["z4", "z1", "z2"], ["<i>cat</i>", "dog"], turn=90, zoom=2
    )
    assert [trace.name for trace in figure.data] == ["&lt;i&gt;cat&lt;/i&gt;", "dog", NO_CLASS]
    assert [trace.marker.color for trace in figure.data] == [class_colour(0), class_colour(1), GREY]
    np.testing.assert_array_equal(figure.data[1].x, [0, 9])
    np.testing.assert_array_equal(figure.data[1].z, [2, 11])
    scene = figure.layout.scene
    assert scene.aspectmode == "data"
    assert [axis.title.text for axis in (scene.xaxis, scene.yaxis, scene.zaxis)] == ["z4", "z1", "z2"]
    assert scene.camera.eye.x == pytest.approx(0, abs=1e-9)
    assert scene.camera.eye.y == pytest.approx(1)


def test_small_maps_show_classes_without_a_legend():
    coords = np.array([[0, 1], [2, 3], [4, 5]], np.float32)
    figure = small_map_figure(coords, np.array([2, 0, 2]), ["a", "b", "c"])
    first, second = figure.data
    assert (first.name, second.name) == ("a", "c")
    np.testing.assert_array_equal(second.x, [0, 4])
    assert not any(trace.showlegend for trace in figure.data)


def test_a_class_beyond_the_names_is_called_by_its_number():
    assert classes_of(np.array([3, -1, 0]), ["cat"]) == [
        (0, "cat", class_colour(0)),
        (3, "3", class_colour(3)),
        (-1, NO_CLASS, GREY),
    ]


# Words

NEAR = Summary(-4.0, 4.5, 0.01, 0.99, 0.0, 0.003)
FAR = Summary(-1.76, 22.35, 3.8, 5.6, 1.2, 0.5)


@pytest.mark.parametrize(
    ("is_vae", "kind", "found", "words"),
    [
        (False, "means", FAR, "reach from −1.76 to 22.35 (mean 3.80, standard deviation 5.60); a draw from "
         "N(0, 1) would land where no picture lies."),
        (False, "means", NEAR, "comes near their scale, though nothing pressed them there."),
        (True, "samples", NEAR, "a draw from N(0, 1) lands among them."),
        (True, "samples", FAR, "a draw from N(0, 1) often lands where few pictures lie."),
        (True, "means", NEAR, "each picture's own spread is missing from them."),
    ],
)  # fmt: skip
def test_values_in_words(is_vae, kind, found, words):
    text = values_in_words("some-model", is_vae, kind, found)
    assert text.endswith(words)
    assert "some-model" in text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.95, "is 0.95 (strong): z1 and z5 rise and fall together."),
        (-0.4, "is −0.40 (moderate): z1 and z5 tend to move against each other."),
        (0.2, "is 0.20 (weak): z1 and z5 tend to rise and fall together."),
        (0.05, "No two dimensions are correlated to speak of: at most 0.05, z1 and z5."),
        (math.nan, "Fewer than two dimensions change, so none can be correlated."),
    ],
)
def test_correlation_in_words(value, words):
    matrix = np.array([[1.0, value], [value, 1.0]])
    assert correlation_in_words(matrix, ["z1", "z5"]).endswith(words)


def result(name, neighbour_accuracy, dimensions=2):
    coords = np.column_stack([np.tile([1.0, -1.0], 10), np.zeros(20)]).astype(np.float32)
    accuracies = {"probe_accuracy": 0.5, "neighbour_accuracy": neighbour_accuracy}
    return MapResult(
        name,
        coords,
        np.arange(20) % 10,
        **accuracies,
        uses_labels=name == "LDA",
        seconds=0.1,
        dimensions=dimensions,
        fitted_rows=4,
    )


@pytest.mark.parametrize(
    ("own", "latent_dim", "words"),
    [
        (0.86, 2, "what a flat cut through the pixels lays over one another."),
        (0.50, 2, "no better than a label-free cut."),
        (0.50, 16, "The other 14 dimensions of the code are not in it."),
        (0.20, 2, "spends its plane on more than the classes."),
        (0.20, 16, "whose other dimensions keep classes apart too."),
    ],
)
def test_results_in_words_compare_with_the_best_map_without_labels(own, latent_dim, words):
    results = (result(OWN_PLANE, own), result("PCA", 0.4), result("Kernel PCA", 0.49), result("LDA", 0.9))
    text = results_in_words(results, latent_dim).replace("\N{NO-BREAK SPACE}", " ")
    assert text.endswith(words)
    assert f"{100 * own:.0f} % of new pictures" in text
    assert "40 % with PCA, 49 % with Kernel PCA and 90 % with LDA." in text


def test_maps_that_are_as_good_as_guessing_are_not_praised():
    # Chance is a tenth.
    results = (result(OWN_PLANE, 0.19), result("PCA", 0.1), result("Kernel PCA", 0.11), result("LDA", 0.9))
    assert "what varies most in these pictures is not their class" in results_in_words(results, 2)
    results = (result(OWN_PLANE, 0.21), *results[1:])
    assert "folds apart" in results_in_words(results, 2)


def test_a_line_is_spread_upwards_to_be_seen():
    plane = result("PCA", 0.5)
    assert spread_out(plane) is plane.coords
    spread = spread_out(result("LDA", 0.5, dimensions=1))
    np.testing.assert_array_equal(spread[:, 0], plane.coords[:, 0])
    assert spread[0, 1] != spread[1, 1]
    assert np.abs(spread[:, 1]).max() <= 0.5


# Views


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_copes_with_few_codes_and_none_and_one_dimension(temporary_home, view):
    write_codes(temporary_home, "codeless", np.zeros((0, 2)))
    write_codes(temporary_home, "single", [[0.5, 0.1]])
    write_codes(temporary_home, "collapsed", np.zeros((60, 2)))
    write_constant(temporary_home / "models" / "line", 1)
    for name in ("codeless", "single", "collapsed", "line"):
        app = opened(view, name)
        assert not app.error
        assert app.info or figures(app)


def test_space_shows_a_sample_along_the_dimensions_that_carry_most():
    app = opened("space", "mnist-16d")
    (figure,) = figures(app)
    best = [f"z{dimension.index + 1}" for dimension in dimensions_of(load_model("mnist-16d"))[:3]]
    scene = figure["layout"]["scene"]
    assert [scene[axis]["title"]["text"] for axis in ("xaxis", "yaxis", "zaxis")] == best
    assert [trace["name"] for trace in figure["data"]] == list("0123456789")
    assert "5,000 of 10,000 test pictures, drawn at random" in texts(app)
    assert "N(0, 1)" in texts(app)


def test_space_takes_other_axes_and_says_when_two_are_the_same():
    app = opened("space", "doodles-ae")
    assert "gaps between them" in texts(app)
    key = "map.space.doodles-ae."
    first = app.selectbox(key=f"{key}Across").value
    app.selectbox(key=f"{key}Up").select(first).run()
    assert not figures(app)
    assert "One dimension is on two axes" in texts(app)
    app.selectbox(key=f"{key}Up").select(7).run()
    app.slider(key="map.space.Turn").set_value(90.0).run()
    (figure,) = figures(app)
    assert figure["layout"]["scene"]["zaxis"]["title"]["text"] == "z8"
    assert figure["layout"]["scene"]["camera"]["eye"]["x"] == pytest.approx(0, abs=1e-9)


def test_space_needs_a_third_dimension_and_names_a_model_that_has_one():
    app = opened("space", "mnist-2d")
    assert not figures(app)
    assert "mnist-2d has two dimensions: there is no third to draw." in texts(app)
    assert "for instance mnist-16d" in texts(app)


def test_an_autoencoder_stands_beside_its_variational_twin():
    app = opened("distribution", "doodles-ae")
    assert app.selectbox(key="map.distribution.doodles-ae.beside").value == "doodles-vae"
    pooled, one, quantiles = figures(app)
    assert len(pooled["data"]) == 4
    assert pooled["layout"]["xaxis"]["range"] == pooled["layout"]["xaxis2"]["range"]
    codes = held_out_points(load_model("doodles-ae")).z_mean
    text = texts(app)
    assert f"Codes of doodles-ae reach from −{-codes.min():.2f} to {codes.max():.2f}" in text
    assert "would land where no picture lies" in text
    assert "Codes of doodles-vae" in text
    assert "lands among them" in text
    assert len(one["data"]) == len(quantiles["data"]) == 2


def test_an_autoencoder_alone_has_no_samples():
    app = opened("distribution", "doodles-ae")
    assert len(app.get("button_group")) == 1
    app.selectbox(key="map.distribution.doodles-ae.beside").select("").run()
    assert not app.get("button_group")
    assert "its mean is all there is" in texts(app)
    assert len(figures(app)[0]["data"]) == 2


def test_means_are_narrower_than_samples(temporary_home):
    generator = np.random.default_rng(0)
    # Half of the variance is in the means, half in each picture's own spread.
    codes = generator.normal(0, math.sqrt(0.5), (2_000, 2)).astype(np.float32)
    files = folder_files()
    log_var = np.full_like(codes, math.log(0.5))
    files["latents.npz"] = pack_latents(Latents(codes, log_var, np.arange(2_000) % 10, np.arange(2_000)))
    write_tiny(temporary_home / "models" / "half", files=files)
    app = opened("distribution", "half")
    assert app.selectbox(key="map.distribution.half.beside").value == ""
    assert deviations(app) == pytest.approx([1, 1], abs=0.05)
    app.session_state["map.distribution.kind"] = "means"
    app.run()
    assert deviations(app) == pytest.approx([0.71, 0.71], abs=0.05)
    assert "own spread is missing" in texts(app)


def deviations(app):
    return [float(number) for number in re.findall(r"standard deviation</span><b>([\d.]+)", texts(app))]


def test_another_dimension_can_be_chosen():
    app = opened("distribution", "sprites-10d")
    picker = app.selectbox(key="map.distribution.sprites-10d.dimension")
    assert picker.value == dimensions_of(load_model("sprites-10d"))[0].index
    picker.select(3).run()
    titles = [figure["layout"]["annotations"][0]["text"] for figure in figures(app)]
    assert titles == ["sprites-10d", "z4 of sprites-10d", "Quantiles of z4 against those of N(0, 1)"]


def test_of_many_dimensions_the_most_active_are_correlated():
    app = opened("correlation", "doodles-ae")
    (figure,) = figures(app)
    assert len(figure["data"][0]["x"]) == 64
    assert "The 64 dimensions that carry most, of 576." in texts(app)
    assert "The strongest correlation is" in texts(app)


def test_a_dimension_that_never_changes_is_blank_and_named(temporary_home):
    codes = np.column_stack([np.linspace(-1, 1, 60), np.full(60, 0.25)])
    write_codes(temporary_home, "half-dead", codes, family="autoencoder")
    text = texts(opened("correlation", "half-dead"))
    assert "z2 never changes: left blank." in text
    assert "Fewer than two dimensions change" in text


def test_the_comparison_shows_four_maps_of_pictures_with_their_accuracies():
    app = opened("comparison", "digits-2d")
    assert len(figures(app)) == 4
    text = texts(app).replace("\N{NO-BREAK SPACE}", " ")
    assert len(re.findall(r"linear probe</span><b>\d+ %", text)) == 4
    assert len(re.findall(r"nearest neighbours</span><b>\d+ %", text)) == 4
    assert text.count("**uses the labels**") == 1
    assert "judged on 1" in text
    assert not app.info
    names = {trace["name"] for trace in figures(app)[0]["data"]}
    assert names == set("0123456789")


def test_without_originals_the_comparison_says_what_it_starts_from():
    app = opened("comparison", "fashion-2d")
    assert len(figures(app)) == 4
    assert "not on this machine, so all four maps start from the codes" in texts(app)
    assert "`python -m vae_core fetch fashion-mnist`" in texts(app)


@pytest.mark.parametrize(
    ("count", "labels", "words"),
    [
        (49, None, "at least 50 test pictures with a label; this model has 49"),
        (80, np.zeros(80, int), "the images are all of one class"),
        (80, np.full(80, -1), "this model has 0"),
    ],
)
def test_what_cannot_be_compared_is_said_plainly(temporary_home, count, labels, words):
    codes = np.random.default_rng(0).standard_normal((count, 2))
    write_codes(temporary_home, "few", codes, labels)
    app = opened("comparison", "few")
    assert not figures(app)
    assert words in texts(app)


def sent(app, key, junk):
    """The browser sends ``junk`` for a select box that has no such option."""
    picker = app.selectbox(key=key)
    picker.options.append(junk)
    picker.set_value(junk)
    app.run()
    assert not app.exception, app.exception
    return figures(app)


def test_choices_that_were_never_offered_fall_back():
    app = opened("distribution", "sprites-10d")
    offered = figures(app)
    for key, junk in (("dimension", "<b>"), ("dimension", "999"), ("beside", "../../etc")):
        assert sent(app, f"map.distribution.sprites-10d.{key}", junk) == offered
    app = opened("space", "sprites-10d")
    offered = figures(app)
    for junk in ("z0", ""):
        assert sent(app, "map.space.sprites-10d.Up", junk) == offered


def test_a_slider_beyond_its_ends_falls_back():
    app = opened("space", "sprites-10d")
    offered = figures(app)
    for value in (1e9, math.nan):
        app.slider(key="map.space.Turn").set_value(value).run()
        assert not app.exception, app.exception
        assert figures(app) == offered
    app.slider(key="map.space.Turn").set_value(90.0).run()
    assert figures(app) != offered
