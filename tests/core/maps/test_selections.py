"""Points inside a drawn line: the even-odd rule by hand and by exact arithmetic, and what is refused."""

import json
import re
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.maps.selections import checked_polygon, class_counts, rows_inside

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4]]
GRID = [[x, y] for x in range(-6, 7) for y in range(-6, 7)]
CORNERS = st.lists(st.tuples(st.integers(-6, 6), st.integers(-6, 6)), min_size=3, max_size=9)


def crossings(point, polygon):
    """How many edges a ray to the right crosses, exactly; None for a point on the line."""
    x, y = point
    count = 0
    for (x0, y0), (x1, y1) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if y0 == y1:
            if y == y0 and min(x0, x1) <= x <= max(x0, x1):
                return None
            continue
        if min(y0, y1) <= y <= max(y0, y1):
            crossed = x0 + Fraction(y - y0, y1 - y0) * (x1 - x0)
            if x == crossed:
                return None
            count += crossed > x and min(y0, y1) <= y < max(y0, y1)
    return count


def test_a_square_has_what_is_in_it():
    coords = np.array([[2, 2], [5, 2], [-1, 2], [2, 5], [2, -1], [3.9, 0.1]], np.float32)
    rows = rows_inside(coords, SQUARE)
    assert rows.dtype == np.intp
    assert rows.tolist() == [0, 5]
    assert rows_inside(coords, SQUARE[::-1]).tolist() == [0, 5]


def test_a_dent_and_what_is_enclosed_twice_are_outside():
    horseshoe = [[0, 0], [6, 0], [6, 6], [4, 6], [4, 2], [2, 2], [2, 6], [0, 6]]
    assert rows_inside([[1, 5], [3, 5], [5, 5], [3, 1]], horseshoe).tolist() == [0, 2, 3]
    twice = [[0, 0], [6, 0], [6, 6], [0, 6], [0, 0], [2, 2], [4, 2], [4, 4], [2, 4], [2, 2]]
    assert rows_inside([[1, 1], [3, 3]], twice).tolist() == [0]


@given(CORNERS)
def test_it_is_the_even_odd_rule(polygon):
    found = set(rows_inside(GRID, polygon).tolist())
    for row, point in enumerate(GRID):
        count = crossings(point, polygon)
        if count is not None:
            assert (row in found) == (count % 2 == 1), point


@given(CORNERS, CORNERS)
def test_of_two_areas_that_share_an_edge_exactly_one_has_each_point(first, second):
    start, end = first[0], first[-1]
    both = set(rows_inside(GRID, [*first, *second]).tolist())
    # The second closes along end → start, the way that the first goes back.
    one, other = (set(rows_inside(GRID, part).tolist()) for part in (first, [start, end, *second]))
    assert one ^ other == both


def test_points_that_are_not_finite_are_outside():
    coords = np.array([[np.nan, 1], [1, np.inf], [1, 1], [-np.inf, 1]])
    assert rows_inside(coords, SQUARE).tolist() == [2]


def test_nothing_has_nothing_inside():
    assert rows_inside(np.zeros((0, 2)), SQUARE).shape == (0,)
    assert rows_inside([[9, 9]], SQUARE).shape == (0,)
    assert rows_inside([[1, 1]], [[0, 0], [2, 2], [4, 4]]).shape == (0,)
    assert rows_inside([[1, 1]], [[1, 1]] * 3).shape == (0,)


def test_absurdly_flat_and_wide_lines_are_no_trouble():
    flat = [[-1e12, 0], [1e12, 5e-324], [1e12, 1e12], [-1e12, 1e12]]
    with np.errstate(all="raise", under="ignore"):
        assert rows_inside([[0, 1], [0, -1]], flat).tolist() == [0]


@pytest.mark.parametrize(
    ("polygon", "words"),
    [
        ([], "expected real numbers (n, 2)"),
        (SQUARE[:2], "has 2 corners: draw round an area, with at least 3"),
        ([[0, 0], [1, 0], [1, float("nan")]], "not finite or beyond"),
        ([[0, 0], [1, 0], [1, float("inf")]], "not finite or beyond"),
        ([[0, 0], [1, 0], [1, 1e13]], "not finite or beyond"),
        ([[0, 0]] * 1_001, "has 1,001 corners: draw a simpler line, at most 1,000"),
        ([[0, 0, 0]] * 3, "shape (3, 3): expected real numbers (n, 2)"),
        ([1, 2, 3], "expected real numbers (n, 2)"),
        ([[0, 0], [1], [1, 1]], "rows of different length"),
        ([["0", "0"]] * 3, "expected real numbers"),
        ([[0j, 0]] * 3, "expected real numbers"),
    ],
)
def test_a_polygon_that_is_none_is_one_line(polygon, words):
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        rows_inside([[0, 0]], polygon)
    assert "\n" not in str(caught.value)


def test_coords_of_another_shape_are_one_line():
    with pytest.raises(ValueError, match=re.escape("coords has dtype float64 and shape (2, 3)")):
        rows_inside(np.zeros((2, 3)), SQUARE)


def test_a_lasso_round_many_points_is_quick():
    generator = np.random.default_rng(0)
    coords = generator.normal(size=(70_000, 2)).astype(np.float32)
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    circle = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    start = time.process_time()
    rows = rows_inside(coords, circle)
    assert time.process_time() - start < 0.1
    radius = np.linalg.norm(coords, axis=1)
    # The regular polygon lies between its inner and its outer circle.
    assert set(np.flatnonzero(radius < 1.999)) <= set(rows.tolist()) <= set(np.flatnonzero(radius < 2))


def test_a_polygon_from_the_browser():
    found = checked_polygon(json.loads("[[0, 0], [4.5, 0], [4, -4]]"))
    assert found.dtype == np.float64
    assert found.tolist() == [[0, 0], [4.5, 0], [4, -4]]


@pytest.mark.parametrize(
    "value",
    [
        None,
        "lasso",
        {"0": [0, 0]},
        [],
        [[0, 0], [1, 1]],
        [[0, 0]] * 1_001,
        [[0, 0], [1, 1], [2]],
        [[0, 0], [1, 1], [2, 2, 2]],
        [[0, 0], [1, 1], None],
        [[0, 0], [1, 1], ["2", 2]],
        [[0, 0], [1, 1], [True, 2]],
        [[0, 0], [1, 1], [[2], 2]],
        [[0, 0], [1, 1], [float("nan"), 2]],
        [[0, 0], [1, 1], [float("-inf"), 2]],
        [[0, 0], [1, 1], [10**400, 2]],
        [[0, 0], [1, 1], [1e300, 2]],
    ],
)
def test_anything_else_from_the_browser_is_one_line(value):
    with pytest.raises(ValueError, match="polygon") as caught:
        checked_polygon(value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 140


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(JSON | st.lists(st.lists(st.integers() | st.floats(), min_size=2, max_size=2), max_size=6))
def test_any_json_is_a_polygon_or_refused(value):
    try:
        found = checked_polygon(value)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert found.shape == (len(value), 2)
        assert rows_inside(found, found).size <= len(found)


def test_classes_are_counted_the_most_frequent_first():
    names = ("cat", "hot dog")
    assert class_counts(np.array([1, 0, 1, -1, 7, 0, 1]), names) == (
        ("hot dog", 1, 3),
        ("cat", 0, 2),
        ("no class", -1, 1),
        ("7", 7, 1),
    )
    assert class_counts([], names) == ()


@given(st.lists(st.integers(-1, 5), max_size=50))
def test_every_label_is_counted_once(labels):
    found = class_counts(np.array(labels, np.int64), "abc")
    assert {label: count for _, label, count in found} == {one: labels.count(one) for one in labels}
    assert [count for *_, count in found] == sorted((count for *_, count in found), reverse=True)


@pytest.mark.parametrize("labels", [[-2], [0.5], [[0]], ["a"]])
def test_labels_that_are_none_are_refused(labels):
    with pytest.raises(ValueError, match="expected whole numbers"):
        class_counts(labels, ())
