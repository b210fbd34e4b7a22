import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_core import Slice
from vae_core.space.density import density_on
from vae_core.space.slices import normal_quantiles

RNG = np.random.default_rng(0)
PLANE = Slice(np.zeros(2), np.eye(2), [[-4, 4], [-2, 2]])


def test_the_density_of_a_gaussian_is_a_slightly_wider_gaussian():
    levels = normal_quantiles(200, 0.0025, 0.9975)
    codes = np.stack(np.meshgrid(levels, 0.4 * levels), axis=-1).reshape(-1, 2)
    found = density_on(PLANE, codes, cells=80)
    assert (found.shape, found.dtype, found.max()) == ((80, 80), np.float32, 1)
    x, y = np.linspace(-3.95, 3.95, 80), np.linspace(1.975, -1.975, 80)
    # Smoothing adds the bandwidth's square, n^(-2/6), to the variances.
    wider = 1 + len(codes) ** (-1 / 3)
    expected = np.exp(-(x**2) / (2 * wider) - (y[:, np.newaxis] ** 2) / (2 * 0.16 * wider))
    np.testing.assert_allclose(found, expected / expected.max(), atol=0.03)


def test_row_0_is_at_the_top():
    found = density_on(PLANE, np.tile([2.0, 1.0], (10, 1)), cells=16)
    row, column = np.unravel_index(found.argmax(), found.shape)
    # Where 2 of -4..4 and 1 of -2..2 are: three quarters to the right, one quarter from the top.
    assert column in (11, 12)
    assert row in (3, 4)


def test_codes_outside_do_not_pile_up_on_the_edge():
    inside = RNG.uniform(-1, 1, (500, 2))
    far = np.array([[50.0, 0.0], [-1e5, 1.0], [0.0, 30.0]]).repeat(1000, axis=0)
    alone, together = density_on(PLANE, inside), density_on(PLANE, np.concatenate([inside, far]))
    np.testing.assert_array_equal(together, alone)


def test_an_even_cloud_beyond_the_plane_stays_even_to_the_edge():
    codes = RNG.uniform([-8, -4], [8, 4], (200_000, 2))
    found = density_on(PLANE, codes, cells=24)
    assert found.min() > 0.85


def test_codes_are_projected_on_the_plane():
    slanted = Slice(np.ones(3), [[0, 0, 2], [1, 0, 0]], [[-2, 2], [-2, 2]])
    codes = np.array([[1.0, 500.0, 3.0]] * 5)
    found = density_on(slanted, codes, cells=8)
    assert np.unravel_index(found.argmax(), found.shape)[1] in (5, 6)


def test_a_single_dimension_is_as_dense_above_as_below():
    line = Slice(np.zeros(1), [[1.0], [0.0]], [[-3, 3], [-1, 1]])
    found = density_on(line, RNG.standard_normal((300, 1)), cells=32)
    np.testing.assert_allclose(found, np.tile(found[:1], (32, 1)))
    assert found[0].argmax() == pytest.approx(16, abs=4)


@pytest.mark.parametrize("codes", [np.zeros((0, 2)), np.full((3, 2), 9.0)])
def test_without_codes_inside_there_is_no_density(codes):
    np.testing.assert_array_equal(density_on(PLANE, codes, cells=8), np.zeros((8, 8)))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.integers(2, 20))
def test_any_codes_give_a_picture(values, cells):
    codes = np.array(values[: len(values) // 2 * 2]).reshape(-1, 2)
    found = density_on(PLANE, codes, cells)
    assert found.shape == (cells, cells)
    assert found.min() >= 0
    assert found.max() in (0, 1)


def test_impossible_requests_are_refused():
    for cells in (1, 513):
        with pytest.raises(ValueError, match="cells is"):
            density_on(PLANE, np.zeros((1, 2)), cells)
    with pytest.raises(ValueError, match="two axes"):
        density_on(Slice([0.0], [[1.0]], [[-1, 1]]), np.zeros((1, 1)))
    with pytest.raises(ValueError, match="shape"):
        density_on(PLANE, np.zeros((1, 3)))
