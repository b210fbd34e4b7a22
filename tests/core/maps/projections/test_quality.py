"""Trustworthiness and continuity: by hand, against scikit-learn, and where they mean nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.manifold import trustworthiness

from vae_core.maps.projections import Quality, quality_of


def points(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)


@pytest.mark.parametrize("k", [1, 5, 12, 40])
def test_all_rows_give_the_figures_of_scikit_learn(k):
    codes = points(300, 6)
    coords = codes[:, :2] + 0.3 * points(300, 2, 1)
    found = quality_of(codes, coords, k)
    # In float64, as ours: ties by rounding would be broken at random.
    exact_codes, exact_coords = codes.astype(np.float64), coords.astype(np.float64)
    assert found.trustworthiness == pytest.approx(trustworthiness(exact_codes, exact_coords, n_neighbors=k))
    assert found.continuity == pytest.approx(trustworthiness(exact_coords, exact_codes, n_neighbors=k))
    assert (found.k, found.rows) == (k, 300)


def test_a_map_that_keeps_all_distances_is_perfect():
    codes = points(100, 2)
    turned = codes @ np.array([[0, 3], [-3, 0]], np.float32) + 7
    assert quality_of(codes, turned) == Quality(1, 1, 12, 100)


def test_by_hand_two_codes_exchanged():
    # The places of the first and the last are exchanged. The nearest on the map of the first is then the
    # fourth, which is third by code, and that of the last the second, third too; all others keep theirs:
    # Σ (r - 1) = 2 + 2. By code and map exchanged it is the same. The scale is 2 / (5 · 1 · (10 - 3 - 1)).
    codes = np.array([[0], [1.1], [2], [2.9], [4]], np.float32)
    coords = np.column_stack([codes[[4, 1, 2, 3, 0], 0], np.zeros(5, np.float32)])
    found = quality_of(codes, coords, 1)
    assert found.trustworthiness == pytest.approx(1 - 2 / 30 * 4)
    assert found.continuity == pytest.approx(1 - 2 / 30 * 4)


def test_torn_and_folded_maps_differ_in_what_they_lose():
    line = np.linspace(0, 1, 200, dtype=np.float32)[:, np.newaxis]
    line += 1e-4 * points(200, 1)
    torn = np.column_stack([np.where(line[:, 0] < 0.5, line[:, 0], line[:, 0] + 10), 0 * line[:, 0]])
    folded = np.column_stack([np.abs(line[:, 0] - 0.5), 0 * line[:, 0]])
    assert quality_of(line, torn).trustworthiness > quality_of(line, torn).continuity
    assert quality_of(line, folded).continuity > quality_of(line, folded).trustworthiness


def test_a_sample_of_rows_tells_nearly_the_same():
    codes = points(2_500, 8)
    coords = codes[:, :2]
    all_rows, some = quality_of(codes, coords, rows=2_500), quality_of(codes, coords, rows=500)
    assert (all_rows.rows, some.rows) == (2_500, 500)
    assert some.trustworthiness == pytest.approx(all_rows.trustworthiness, abs=0.02)
    assert some.continuity == pytest.approx(all_rows.continuity, abs=0.02)
    assert quality_of(codes, coords, rows=500) == some


def test_chunks_change_nothing(monkeypatch):
    codes, coords = points(200, 4), points(200, 2, 1)
    whole = quality_of(codes, coords)
    monkeypatch.setattr("vae_core.maps.projections.quality.CHUNK_BYTES", 8 * 200 * 7)
    found = quality_of(codes, coords)
    assert found.trustworthiness == pytest.approx(whole.trustworthiness)
    assert found.continuity == pytest.approx(whole.continuity)


@settings(max_examples=40, deadline=None)
@given(st.integers(25, 80), st.integers(1, 12), st.integers(0, 99), st.integers(1, 3))
def test_both_lie_between_0_and_1_even_where_many_coincide(n, k, seed, values):
    generator = np.random.default_rng(seed)
    codes = generator.integers(0, values + 1, (n, 3)).astype(np.float32)
    coords = generator.integers(0, values + 1, (n, 2)).astype(np.float32)
    codes[0], codes[1], coords[0], coords[1] = 0, 1, 0, 1
    found = quality_of(codes, coords, k)
    assert 0 <= found.trustworthiness <= 1
    assert 0 <= found.continuity <= 1


def test_the_worst_map_has_nothing_to_be_trusted():
    # Neighbours on the map are those that are farthest by code: two interleaved halves.
    codes = np.arange(60, dtype=np.float32)[:, np.newaxis]
    coords = np.column_stack([(np.arange(60) * 29) % 60, np.zeros(60)]).astype(np.float32)
    assert quality_of(codes, coords, 2).trustworthiness < 0.5


@pytest.mark.parametrize(
    ("codes", "coords", "k", "rows", "words"),
    [
        (points(24, 3), points(24, 2), 12, 1, "24 points: to compare 12 neighbours at least 25 are needed"),
        (points(0, 3), points(0, 2), 12, 1, "0 points"),
        (points(30, 3), points(29, 2), 12, 1, r"codes have shape \(30, 3\) and places \(29, 2\)"),
        (points(30, 3), points(30, 3), 12, 1, "expected"),
        (points(30, 3), points(30, 2), 0, 1, "k is 0"),
        (points(30, 3), points(30, 2), 5, 0, "rows is 0"),
        (np.ones((30, 3), np.float32), points(30, 2), 5, 9, "all 30 codes are the same"),
        (points(30, 3), np.ones((30, 2), np.float32), 5, 9, "all 30 places are the same"),
        (np.full((30, 3), np.nan, np.float32), points(30, 2), 5, 9, "codes hold NaN"),
        (points(30, 3), np.full((30, 2), np.inf, np.float32), 5, 9, "places hold NaN"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(codes, coords, k, rows, words):
    with pytest.raises(ValueError, match=words) as caught:
        quality_of(codes, coords, k, rows)
    assert "\n" not in str(caught.value)
