"""Figures of codes: moments, histograms, quantiles and correlations with known answers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vae_core.maps.distributions import (
    MOST_VALUES,
    codes_to_show,
    correlation,
    histogram,
    normal_density,
    normal_quantile_pairs,
    roomy,
    strongest_correlation,
    summary,
)
from vae_core.maps.points import Points

NORMAL = np.random.default_rng(0).standard_normal((20_000, 2)).astype(np.float32)
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
VALUES = hnp.arrays(np.float32, st.integers(1, 40), elements=FLOATS)


def points_of(z_mean, z_log_var=None):
    count = len(z_mean)
    return Points(
        model_name="tiny",
        source="held-out",
        z_mean=np.asarray(z_mean, np.float32),
        z_log_var=None if z_log_var is None else np.asarray(z_log_var, np.float32),
        label=np.zeros(count, np.int64),
        index=np.arange(count),
        is_test=np.ones(count, bool),
        attributes=None,
        attribute_names=(),
        digest="0" * 64,
    )


def test_the_figures_of_four_values():
    found = summary([[0.0, 0.0], [0.0, 4.0]])
    # Deviations from the mean of 1 are -1, -1, -1 and 3.
    assert (found.minimum, found.maximum, found.mean) == (0, 4, 1)
    assert found.deviation == pytest.approx(math.sqrt(3))
    assert found.skewness == pytest.approx(6 / 3**1.5)
    assert found.share_outside_3 == 0.25


def test_values_that_are_all_alike_have_no_skewness():
    found = summary(np.full(7, 0.1, np.float32))
    assert found.deviation == 0
    assert found.skewness is None
    assert found.minimum == found.mean == found.maximum == pytest.approx(0.1)


def test_draws_from_the_prior_are_close_to_it_and_an_autoencoders_codes_are_not():
    found = summary(NORMAL)
    assert found.is_close_to_normal
    assert found.share_outside_3 == pytest.approx(0.0027, abs=0.001)
    assert found.skewness == pytest.approx(0, abs=0.05)
    assert not summary(5 * NORMAL + 4).is_close_to_normal
    assert not summary(NORMAL + 0.3).is_close_to_normal
    assert not summary(0.7 * NORMAL).is_close_to_normal


@given(VALUES)
def test_figures_are_finite_and_in_order(values):
    found = summary(values)
    assert found.minimum <= found.mean <= found.maximum or found.mean == pytest.approx(found.minimum)
    assert 0 <= found.deviation <= found.maximum - found.minimum
    assert 0 <= found.share_outside_3 <= 1
    assert found.skewness is None or math.isfinite(found.skewness)


def test_a_histogram_counts_each_value_once():
    found = histogram([0.0, 0.1, 0.6, 1.0], bins=2)
    np.testing.assert_allclose(found.edges, [0, 0.5, 1])
    # Two of four values in a bin half a unit wide.
    np.testing.assert_allclose(found.density, [1, 1])


def test_values_beyond_the_limits_count_in_the_whole():
    found = histogram([0.0, 0.5, 3.0, 9.0], bins=4, limits=(0.0, 1.0))
    assert (found.density * np.diff(found.edges)).sum() == pytest.approx(0.5)
    empty = histogram([5.0], bins=3, limits=(0.0, 1.0))
    np.testing.assert_array_equal(empty.density, 0)


def test_the_histogram_of_normal_draws_follows_the_curve():
    found = histogram(NORMAL, bins=24, limits=(-3, 3))
    middles = (found.edges[1:] + found.edges[:-1]) / 2
    np.testing.assert_allclose(found.density, normal_density(middles), atol=0.02)
    assert normal_density(0) == pytest.approx(0.39894228)
    assert normal_density([1.0])[0] == pytest.approx(0.24197072)


@given(VALUES, st.integers(1, 60))
def test_the_area_of_a_whole_histogram_is_one(values, bins):
    found = histogram(values, bins)
    assert found.edges[0] <= values.min()
    assert found.edges[-1] >= values.max()
    assert (found.density * np.diff(found.edges)).sum() == pytest.approx(1)


def test_limits_have_room_around_a_single_value():
    assert roomy((0.2, 0.2)) == (-0.3, 0.7)
    assert roomy((1000.0, 1000.0)) == (500.0, 1500.0)
    assert roomy((-1.0, 2.0)) == (-1.0, 2.0)


@pytest.mark.parametrize(
    ("bins", "limits", "words"),
    [
        (0, None, "bins is 0"),
        (1_001, None, "bins is 1001"),
        (5, (1.0, 1.0), "the lower first"),
        (5, (2.0, 1.0), "the lower first"),
        (5, (0.0, math.inf), "finite"),
        (5, (math.nan, 1.0), "finite"),
    ],
)
def test_impossible_histograms_are_refused(bins, limits, words):
    with pytest.raises(ValueError, match=words):
        histogram([1.0, 2.0], bins, limits)


def test_quantiles_are_the_sorted_values_where_there_are_as_many():
    values = [3.0, -1.0, 2.0, 0.0]
    pairs = normal_quantile_pairs(values, 4)
    np.testing.assert_allclose(pairs[:, 1], sorted(values))
    # The quantiles of N(0, 1) at 1/8, 3/8, 5/8 and 7/8.
    np.testing.assert_allclose(pairs[:, 0], [-1.15034938, -0.31863936, 0.31863936, 1.15034938])
    assert normal_quantile_pairs(values, 100).shape == (4, 2)


def test_normal_draws_lie_on_the_diagonal_and_scaled_ones_on_their_line():
    pairs = normal_quantile_pairs(2 * NORMAL[:, 0] + 1, 51)
    np.testing.assert_allclose(pairs[:, 1], 2 * pairs[:, 0] + 1, atol=0.15)
    assert (np.diff(pairs, axis=0) > 0).all()


@pytest.mark.parametrize("count", [0, 1, 10_001])
def test_too_few_and_too_many_quantiles_are_refused(count):
    with pytest.raises(ValueError, match=f"count is {count}"):
        normal_quantile_pairs([1.0, 2.0], count)


def test_correlations_with_known_answers():
    across = np.array([1.0, -1.0, 1.0, -1.0])
    up = np.array([1.0, 1.0, -1.0, -1.0])
    matrix = correlation(np.stack([across, up, 3 * across, -across + 7, across + up], axis=1))
    half = math.sqrt(0.5)
    expected = [
        [1, 0, 1, -1, half],
        [0, 1, 0, 0, half],
        [1, 0, 1, -1, half],
        [-1, 0, -1, 1, -half],
        [half, half, half, -half, 1],
    ]
    np.testing.assert_allclose(matrix, expected, atol=1e-12)


def test_constant_dimensions_have_no_correlation():
    codes = np.column_stack([NORMAL[:50], np.full(50, 0.1, np.float32)])
    matrix = correlation(codes)
    assert np.isnan(matrix[2]).all()
    assert np.isnan(matrix[:, 2]).all()
    assert np.isfinite(matrix[:2, :2]).all()
    assert np.isnan(correlation(np.ones((4, 3)))).all()
    np.testing.assert_array_equal(correlation([[1.0], [2.0]]), [[1.0]])


@settings(deadline=None)
@given(hnp.arrays(np.float32, st.tuples(st.integers(2, 12), st.integers(1, 5)), elements=FLOATS))
def test_correlations_are_symmetric_and_within_one(codes):
    matrix = correlation(codes)
    assert matrix.shape == (codes.shape[1],) * 2
    there = matrix[np.isfinite(matrix)]
    assert (np.abs(there) <= 1).all()
    np.testing.assert_allclose(matrix, matrix.T)
    np.testing.assert_array_equal(np.isnan(np.diag(matrix)), np.ptp(codes.astype(float), axis=0) == 0)


def test_the_strongest_correlation_may_be_negative_and_passes_over_blanks():
    blank = math.nan
    matrix = np.array([[1, 0.2, -0.7, blank], [0.2, 1, 0.5, blank], [-0.7, 0.5, 1, blank], [blank] * 4])
    assert strongest_correlation(matrix) == (0, 2, -0.7)
    assert strongest_correlation(np.eye(2)) == (0, 1, 0)
    assert strongest_correlation(np.array([[1.0]])) is None
    assert strongest_correlation(np.array([[1, blank], [blank, blank]])) is None
    assert strongest_correlation(np.zeros((0, 0))) is None


@pytest.mark.parametrize("function", [summary, histogram, normal_quantile_pairs, correlation])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "no values"),
        ([[0.0, math.nan]], "NaN"),
        ([[0.0, math.inf]], "infinite"),
        ([[0.0, 1e300]], "infinite"),
        ([["a", "b"]], "real numbers"),
        ([[1.0], [1.0, 2.0]], "real numbers"),
    ],
)
def test_values_that_are_none_are_named_in_one_line(function, values, words):
    with pytest.raises(ValueError, match=words) as caught:
        function(values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("codes", "words"), [([[1.0, 2.0]], "at least 2"), ([1.0, 2.0], "expected")])
def test_codes_that_cannot_be_correlated_are_refused(codes, words):
    with pytest.raises(ValueError, match=words):
        correlation(codes)


def test_samples_are_as_wide_as_the_posterior_says():
    mean = np.tile([2.0, -1.0], (20_000, 1))
    points = points_of(mean, np.tile(np.log([0.25, 4.0]), (20_000, 1)))
    np.testing.assert_array_equal(codes_to_show(points, samples=False), points.z_mean)
    drawn = codes_to_show(points, samples=True)
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(drawn.mean(axis=0), [2, -1], atol=0.06)
    np.testing.assert_allclose(drawn.std(axis=0), [0.5, 2], rtol=0.03)
    np.testing.assert_array_equal(drawn, codes_to_show(points, samples=True))
    assert not np.array_equal(drawn, codes_to_show(points, samples=True, seed=1))


def test_an_autoencoder_has_means_only():
    points = points_of(NORMAL[:10])
    np.testing.assert_array_equal(codes_to_show(points, samples=True), NORMAL[:10])


def test_of_very_many_values_some_rows_are_drawn_in_their_order():
    width = MOST_VALUES // 50
    mean = np.repeat(np.arange(80, dtype=np.float32)[:, np.newaxis], width, axis=1)
    drawn = codes_to_show(points_of(mean), samples=False)
    assert drawn.shape == (50, width)
    assert (np.diff(drawn[:, 0]) > 0).all()
    again = codes_to_show(points_of(mean), samples=False)
    np.testing.assert_array_equal(drawn[:, 0], again[:, 0])
