"""The model's plane beside PCA, kernel PCA and LDA: data whose answer is known for each."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_core.maps.projections.linear_maps import (
    KEPT_COMPONENTS,
    MOST_COLUMNS,
    MOST_ROWS,
    OWN_PLANE,
    compare,
    is_narrowed,
    stratified_order,
)

NAMES = [OWN_PLANE, "PCA", "Kernel PCA", "LDA"]


def rings(rows=600, seed=0):
    """Two classes on circles of radius 1 and 4, and the radius and angle as their codes."""
    generator = np.random.default_rng(seed)
    labels = np.arange(rows) % 2
    angle = generator.uniform(0, 2 * math.pi, rows)
    radius = np.where(labels == 0, 1.0, 4.0) + generator.normal(0, 0.1, rows)
    inputs = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return inputs, labels, np.column_stack([radius, angle])


def hidden_blobs(rows=600, seed=0):
    """Three classes apart in two faint columns, below five loud ones that say nothing."""
    generator = np.random.default_rng(seed)
    labels = np.arange(rows) % 3
    centres = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    faint = centres[labels] + generator.normal(0, 0.08, (rows, 2))
    return np.column_stack([generator.normal(0, 5, (rows, 5)), faint]), labels, faint


def by_name(results):
    assert [result.name for result in results] == NAMES
    return {result.name: result for result in results}


def test_a_ring_is_told_apart_by_neighbours_and_not_by_lines():
    found = by_name(compare(*rings()))
    assert found["PCA"].neighbour_accuracy > 0.95
    assert found["PCA"].probe_accuracy < 0.75
    # The radius is a code of its own.
    assert found[OWN_PLANE].probe_accuracy > 0.99
    # One coordinate of two classes, in which the rings lie over one another.
    lda = found["LDA"]
    assert lda.dimensions == 1
    np.testing.assert_array_equal(lda.coords[:, 1], 0)
    assert lda.neighbour_accuracy < 0.9


def test_only_labels_find_what_is_faint():
    found = by_name(compare(*hidden_blobs()))
    assert [result.uses_labels for result in found.values()] == [False, False, False, True]
    assert found["LDA"].probe_accuracy > 0.99
    assert found["LDA"].neighbour_accuracy > 0.99
    assert found[OWN_PLANE].neighbour_accuracy > 0.99
    # Chance is a third.
    assert found["PCA"].neighbour_accuracy < 0.5
    assert found["PCA"].probe_accuracy < 0.5


def test_pca_of_flat_data_is_that_data_turned():
    inputs, labels, _ = rings()
    flat = inputs @ np.array([[0.6, 0.8, 0.0], [0.0, 0.0, 2.0]])
    found = by_name(compare(flat, labels, inputs))
    own, pca = found[OWN_PLANE].coords.astype(float), found["PCA"].coords.astype(float)
    distances = [np.linalg.norm(places[:, np.newaxis] - places, axis=2) for places in (own * [1.0, 2.0], pca)]
    np.testing.assert_allclose(*distances, atol=1e-4)


def test_wide_codes_are_shown_along_their_two_main_directions():
    inputs, labels, faint = hidden_blobs()
    wide = np.column_stack([0.001 * inputs[:, :3], 10 * faint])
    found = by_name(compare(inputs, labels, wide))
    assert found[OWN_PLANE].coords.shape == (198, 2)
    assert found[OWN_PLANE].neighbour_accuracy > 0.99


def test_a_third_is_held_out_in_the_proportions_of_the_classes():
    inputs, labels, codes = rings(900)
    labels = np.where(np.arange(900) < 90, 7, labels)
    results = compare(inputs, labels, codes)
    for result in results:
        np.testing.assert_array_equal(result.labels, results[0].labels)
        assert result.coords.shape == (len(result.labels), 2)
        assert result.coords.dtype == np.float32
        assert 0 <= result.probe_accuracy <= 1
        assert 0 <= result.neighbour_accuracy <= 1
        assert 0 <= result.seconds < 60
    values, counts = np.unique(results[0].labels, return_counts=True)
    assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == {0: 135, 1: 135, 7: 30}


def test_at_most_three_thousand_rows_are_used():
    results = compare(*rings(MOST_ROWS + 1_500))
    assert len(results[0].labels) == MOST_ROWS // 3


def test_the_same_seed_gives_the_same_maps():
    first, again, other = (compare(*hidden_blobs(300), seed=seed) for seed in (3, 3, 4))
    for one, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.coords, same.coords)
        assert (one.probe_accuracy, one.neighbour_accuracy) == (same.probe_accuracy, same.neighbour_accuracy)
    assert not np.array_equal(first[0].coords, other[0].coords)


def test_rows_without_a_label_are_left_out():
    inputs, labels, codes = rings(300)
    inputs[::3], labels[::3] = 1e5, -1
    found = by_name(compare(inputs, labels, codes))
    assert len(found["PCA"].labels) == 66
    assert np.abs(found["PCA"].coords).max() < 10


def test_a_class_too_small_to_hold_one_out_is_left_out():
    inputs, labels, codes = rings(120)
    labels[:2], labels[2:5] = 5, 6
    for result in compare(inputs, labels, codes):
        assert set(result.labels.tolist()) == {0, 1, 6}


def test_inputs_and_codes_of_one_column_make_lines():
    _, labels, codes = rings(150)
    for result in compare(codes[:, :1], labels, codes[:, :1])[:2]:
        assert result.dimensions == 1
        np.testing.assert_array_equal(result.coords[:, 1], 0)
        assert result.neighbour_accuracy > 0.99


def test_a_collapsed_plane_is_as_good_as_guessing():
    inputs, labels, _ = rings(180)
    own = compare(inputs, labels, np.zeros((180, 2)))[0]
    assert own.probe_accuracy == pytest.approx(1 / 2, abs=0.01)
    assert own.neighbour_accuracy == pytest.approx(1 / 2, abs=0.01)


def test_wide_inputs_are_narrowed_first():
    inputs, labels, codes = rings()
    generator = np.random.default_rng(0)
    wide = inputs @ generator.normal(0, 1, (2, MOST_COLUMNS + 1))
    assert is_narrowed(wide.shape[1])
    assert not is_narrowed(MOST_COLUMNS)
    assert KEPT_COMPONENTS < MOST_COLUMNS
    found = by_name(compare(wide, labels, codes))
    assert found["PCA"].neighbour_accuracy > 0.9


GOOD = rings(60)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labels": np.zeros(60, int)}, "one class"),
        ({"labels": np.full(60, -1)}, "no labels"),
        ({"labels": np.where(np.arange(60) < 49, 0, -1)}, "49 images.*at least 50"),
        ({"labels": np.arange(60)}, "there are 0 images of classes that have at least 3"),
        ({"labels": np.zeros(59, int)}, "60 inputs, 59 labels and 60 codes"),
        ({"labels": np.zeros(60)}, "dtype float64"),
        ({"labels": np.zeros((60, 1), int)}, "shape"),
        ({"inputs": np.full((60, 2), np.nan)}, "inputs hold NaN"),
        ({"inputs": np.full((60, 2), 1e300)}, "inputs hold NaN or infinite"),
        ({"inputs": np.full((60, 2), 1e7)}, "inputs hold 1e.07; expected at most"),
        ({"inputs": np.ones((60, 2))}, "all the same"),
        ({"inputs": np.eye(2)[GOOD[1]]}, "all alike"),
        ({"inputs": np.ones(60)}, "inputs have shape"),
        ({"inputs": np.ones((60, 0))}, "inputs have shape"),
        ({"inputs": [["a"]] * 60}, "no plain numbers"),
        ({"codes": np.full((60, 2), np.inf)}, "codes hold NaN"),
        ({"codes": np.ones((61, 2))}, "61 codes"),
        ({"inputs": np.ones((0, 2)), "labels": np.zeros(0, int), "codes": np.ones((0, 2))}, "0 images"),
    ],
)
def test_what_cannot_be_compared_is_named_in_one_line(changes, words):
    values = dict(zip(("inputs", "labels", "codes"), GOOD, strict=True)) | changes
    with pytest.raises(ValueError, match=words) as caught:
        compare(**values)
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=80), st.integers(0, 9), st.integers(1, 80))
def test_every_beginning_of_the_order_has_the_classes_in_proportion(labels, seed, count):
    labels = np.array(labels)
    order = stratified_order(labels, seed)
    assert sorted(order.tolist()) == list(range(len(labels)))
    share = min(count, len(labels)) / len(labels)
    taken = labels[order[:count]]
    classes = len(np.unique(labels))
    for label in np.unique(labels):
        assert abs((taken == label).sum() - share * (labels == label).sum()) <= classes
