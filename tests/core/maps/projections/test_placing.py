"""Further codes on a map: exact on planes, among their neighbours elsewhere; and codes for places."""

import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vae_core.maps.projections import Projection, ProjectionSpec, placing, project
from vae_core.maps.projections.placing import code_at, nearest_point, place

TSNE = ProjectionSpec(method="tsne")
AXES = ProjectionSpec(method="axes", axes=(2, 0))
PCA = ProjectionSpec(method="pca")


def normal(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)


def mapped(codes, coords):
    return Projection(TSNE, np.asarray(coords, np.float32))


@pytest.mark.parametrize("spec", [AXES, PCA], ids=lambda spec: spec.id)
def test_on_a_plane_places_are_exact(spec):
    codes, fresh = normal(200, 5), normal(30, 5, 1)
    found = project(codes, spec)
    # The plane of both lots of codes, were it fixed, shows them at the same places.
    np.testing.assert_allclose(place(codes, found, codes), found.coords, atol=1e-5)
    expected = (fresh - found.plane.origin) @ found.plane.axes.T
    np.testing.assert_allclose(place(codes, found, fresh), expected, atol=1e-5)


@settings(max_examples=40, deadline=None)
@example(7, 1, 7, 13)
@given(st.integers(1, 60), st.integers(1, 8), st.integers(1, 20), st.integers(0, 99))
def test_a_code_of_the_map_keeps_its_place(n, d, k, seed):
    codes, coords = normal(n, d, seed), 50 * normal(n, 2, seed + 100)
    np.testing.assert_allclose(place(codes, mapped(codes, coords), codes, k), coords, atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 8), st.integers(1, 20), st.integers(0, 99))
def test_a_new_code_stands_among_its_neighbours(n, d, k, seed):
    codes, coords, fresh = normal(n, d, seed), 50 * normal(n, 2, seed + 100), normal(7, d, seed + 200)
    found = place(codes, mapped(codes, coords), fresh, k)
    for code, spot in zip(fresh, found, strict=True):
        near = coords[np.argsort(np.linalg.norm(codes - code, axis=1))[:k]]
        assert (spot >= near.min(axis=0) - 1e-3).all()
        assert (spot <= near.max(axis=0) + 1e-3).all()


def test_neighbours_elsewhere_do_not_drag_it_into_the_void():
    # Ten neighbours at the left of the map, five equally near ones far to the right.
    directions = normal(15, 4)
    codes = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    coords = np.concatenate([0.5 * normal(10, 2, 1), [100, 0] + 0.5 * normal(5, 2, 2)])
    ((x, y),) = place(codes, mapped(codes, coords), np.zeros((1, 4)))
    assert abs(x) < 2
    assert abs(y) < 2
    # The nearest counts most: one that nearly coincides wins against all others.
    ((x, _),) = place(codes, mapped(codes, coords), 0.97 * codes[12:13])
    assert abs(x - 100) < 2


def test_equal_codes_share_their_places():
    codes = np.zeros((20, 3), np.float32)
    coords = normal(20, 2)
    ((x, y),) = place(codes, mapped(codes, coords), np.zeros((1, 3)), k=20)
    assert np.abs([x, y]).max() < 1.5
    everywhere_one = np.tile(np.float32([[3, 4]]), (20, 1))
    np.testing.assert_allclose(
        place(normal(20, 3), mapped(codes, everywhere_one), normal(2, 3, 1)), [[3, 4]] * 2
    )


def test_codes_far_from_0_are_told_apart():
    codes, coords = normal(500, 6) + 5e4, normal(500, 2)
    np.testing.assert_allclose(place(codes, mapped(codes, coords), codes[::50]), coords[::50], atol=1e-3)


def test_chunks_change_nothing(monkeypatch):
    codes, coords, fresh = normal(300, 4), normal(300, 2, 1), normal(50, 4, 2)
    whole = place(codes, mapped(codes, coords), fresh)
    monkeypatch.setattr(placing, "CHUNK_BYTES", 4 * 300 * 7)
    np.testing.assert_allclose(place(codes, mapped(codes, coords), fresh), whole, atol=1e-5)


def test_neighbours_on_the_map_are_neighbours_by_code():
    # A map that is known: the first two of six dimensions, the others nearly flat.
    codes = normal(2_000, 6) * np.float32([1, 1, 0.01, 0.01, 0.01, 0.01])
    fresh = normal(100, 6, 1) * np.float32([1, 1, 0.01, 0.01, 0.01, 0.01])
    found = place(codes, mapped(codes, codes[:, :2]), fresh)
    assert np.median(np.linalg.norm(found - fresh[:, :2], axis=1)) < 0.08


def test_one_code_is_placed_at_once():
    codes, coords = normal(70_000, 16), normal(70_000, 2, 1)
    found = mapped(codes, coords)
    seconds = []
    for seed in range(5):
        started = time.process_time()
        place(codes, found, normal(1, 16, seed))
        seconds.append(time.process_time() - started)
    # 6 ms on two calm cores.
    assert min(seconds) < 0.1


def test_nothing_is_placed_where_nothing_is_asked():
    codes = normal(20, 3)
    for found in (mapped(codes, normal(20, 2)), project(codes, PCA)):
        assert place(codes, found, np.zeros((0, 3))).shape == (0, 2)


@pytest.mark.parametrize(
    ("codes", "fresh", "k", "words"),
    [
        (normal(19, 3), normal(1, 3), 15, "19 codes for a map of 20 points"),
        (normal(0, 3), normal(1, 3), 15, "0 codes for a map of 20 points"),
        (normal(20, 3), normal(1, 3), 0, "k = 0"),
        (normal(20, 3), normal(1, 4), 15, r"z has shape \(1, 4\)"),
        (normal(20, 3), np.array([[np.nan, 0, 0]]), 15, "finite"),
        (normal(20, 3), np.array([[1e9, 0, 0]]), 15, "holds 1e.09"),
    ],
)
def test_codes_that_cannot_be_placed_are_refused(codes, fresh, k, words):
    with pytest.raises(ValueError, match=words) as caught:
        place(codes, mapped(codes, normal(20, 2)), fresh, k)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("spec", [AXES, PCA], ids=lambda spec: spec.id)
def test_a_place_on_a_plane_has_an_exact_code(spec):
    codes = normal(200, 5)
    found = project(codes, spec)
    at = [1.5, -0.25]
    through = normal(1, 5, 3)[0]
    for code in (code_at(codes, found, at), code_at(codes, found, at, through)):
        np.testing.assert_allclose(place(codes, found, code[np.newaxis])[0], at, atol=1e-5)
    # From the mean of the codes, or from the given code, only along the plane.
    for start, code in (
        (codes.mean(axis=0), code_at(codes, found, at)),
        (through, code_at(codes, found, at, through)),
    ):
        rest = code - start
        rest -= (rest @ found.plane.axes.T) @ found.plane.axes
        np.testing.assert_allclose(rest, 0, atol=1e-5)


def test_a_place_on_another_map_has_the_code_of_the_nearest_point():
    codes, coords = normal(50, 4), normal(50, 2, 1)
    found = mapped(codes, coords)
    np.testing.assert_array_equal(code_at(codes, found, coords[17] + 1e-4), codes[17])
    assert nearest_point(coords, coords[3]) == 3
    assert nearest_point(coords, (1e8, 1e8)) == int(np.argmax(coords.sum(axis=1)))


@pytest.mark.parametrize(
    "at", [(np.nan, 0), (np.inf, 0), (1e10, 0), (1, 2, 3), 7, "12", ("a", "b"), [[1, 2]], (1 + 2j, 0), None]
)
def test_places_that_are_none_are_refused(at):
    codes = normal(20, 3)
    for found in (mapped(codes, normal(20, 2)), project(codes, PCA)):
        with pytest.raises(ValueError, match="place is") as caught:
            code_at(codes, found, at)
        assert "\n" not in str(caught.value)


def test_a_map_of_other_codes_or_without_points_is_refused():
    with pytest.raises(ValueError, match="19 codes for a map of 20"):
        code_at(normal(19, 3), mapped(None, normal(20, 2)), (0, 0))
    with pytest.raises(ValueError, match="no points"):
        code_at(normal(0, 3), mapped(None, normal(0, 2)), (0, 0))
    with pytest.raises(ValueError, match=r"z has shape \(1, 2\)"):
        code_at(normal(20, 3), project(normal(20, 3), PCA), (0, 0), through=(0, 0))
