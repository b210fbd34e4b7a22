"""What lies near a code: counts, distances, places worth seeing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.models.folder import Latents
from vae_core.space.neighbours import (
    code_spacing,
    loneliest,
    meeting_place,
    nearest_row,
    neighbourhood,
    somewhere_between,
)


def test_the_neighbourhood_counts_the_nearest_by_class():
    codes = np.array([[0, 0], [0.1, 0], [0.2, 0], [5, 5], [5.1, 5]], np.float32)
    latents = Latents(codes, None, np.array([1, 1, 2, 7, 7]), np.arange(5))
    near = neighbourhood(latents, [0.0, 0.0], size=3)
    assert near.counts == ((1, 2), (2, 1))
    assert near.size == 3
    assert near.distance == 0
    far = neighbourhood(latents, [5.0, 8.0], size=2)
    assert far.counts == ((7, 2),)
    assert far.distance == pytest.approx(3)
    assert neighbourhood(latents, [0.0, 0.0], size=100).size == 5
    with pytest.raises(ValueError, match="no codes"):
        neighbourhood(Latents(np.zeros((0, 2), np.float32), None, np.zeros(0), np.zeros(0)), [0.0, 0.0])


def test_two_classes_meet_where_they_are_mixed():
    left = np.column_stack([np.linspace(-3, 0, 31), np.zeros(31)])
    right = np.column_stack([np.linspace(0.05, 3, 31), np.zeros(31)])
    codes = np.concatenate([left, right]).astype(np.float32)
    latents = Latents(codes, None, np.repeat([4, 9], 31), np.arange(62))
    place = meeting_place(latents, 4, 9)
    assert abs(place[0]) < 0.2
    assert meeting_place(latents, 4, 7) is None


def test_the_loneliest_place_is_farthest_from_all_codes():
    latents = Latents(np.array([[0, 0], [1, 0]], np.float32), None, np.zeros(2, int), np.arange(2))
    places = np.array([[0, 1], [-3, 0], [3, 0]], np.float32)
    np.testing.assert_array_equal(loneliest(latents, places), [-3, 0])


def test_codes_know_how_far_they_usually_lie_apart():
    grid = np.stack(np.meshgrid(np.arange(10), np.arange(10)), axis=-1).reshape(-1, 2).astype(np.float32)
    assert code_spacing(Latents(0.3 * grid, None, np.zeros(100, int), np.arange(100))) == pytest.approx(0.3)
    assert code_spacing(Latents(grid[:1], None, np.zeros(1, int), np.arange(1))) == 0
    wide = np.random.default_rng(0).standard_normal((3000, 16)).astype(np.float32)
    latents = Latents(wide, None, np.zeros(3000, int), np.arange(3000))
    fresh = np.random.default_rng(1).standard_normal((50, 16)).astype(np.float32)
    assert all(neighbourhood(latents, z).distance < 2 * code_spacing(latents) for z in fresh)


def test_the_nearest_row_is_the_code_itself_and_else_the_closest():
    codes = np.array([[0, 0], [2, 0], [0, 3]], np.float32)
    latents = Latents(codes, None, np.array([0, 1, 2]), np.arange(3))
    assert nearest_row(latents, [2, 0]) == 1
    assert nearest_row(latents, [0.4, 2]) == 2
    with pytest.raises(ValueError, match="no codes"):
        nearest_row(Latents(codes[:0], None, np.zeros(0, int), np.zeros(0, int)), [0, 0])


@given(st.integers(0, 2**32 - 1))
def test_a_surprise_lies_between_codes_of_two_labels(seed):
    codes = np.array([[0, 0], [0.5, 0], [8, 8]], np.float32)
    latents = Latents(codes, None, np.array([0, 0, 1]), np.arange(3))
    place = somewhere_between(latents, seed)
    # Both ends of every such way are (8, 8) and one near 0: in the middle part neither is close.
    assert 0.3 * 7.5 <= place[0] <= 0.7 * 8 + 0.5
    np.testing.assert_array_equal(place, somewhere_between(latents, seed))


def test_a_surprise_needs_two_codes():
    one = Latents(np.zeros((1, 2), np.float32), None, np.zeros(1, int), np.zeros(1, int))
    with pytest.raises(ValueError, match="two are needed"):
        somewhere_between(one, 0)
