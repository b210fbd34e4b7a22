"""Centring of drawings, against the convention of MNIST and by properties."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from vae_core.images.drawings import centred

IMAGES = npst.arrays(
    np.float32,
    st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(1)),
    elements=st.sampled_from([0, 0, 0, 0.25, 0.5, 1]),
)


def centre_of_mass(image):
    mass = image.sum(-1).astype(np.float64)
    rows, columns = np.indices(mass.shape)
    return np.array([(rows * mass).sum(), (columns * mass).sum()]) / mass.sum()


@pytest.mark.parametrize("corner", [(0, 0), (27, 27), (3, 20)])
def test_a_dot_goes_to_the_middle_pixel(corner):
    image = np.zeros((28, 28, 1), np.float32)
    image[corner] = 0.5
    expected = np.zeros_like(image)
    expected[14, 14] = 0.5
    np.testing.assert_array_equal(centred(image), expected)


def test_what_leaves_the_picture_does_not_come_back_at_the_other_side():
    image = np.zeros((1, 9, 1), np.float32)
    image[0, 0] = 0.25
    image[0, 5:] = 1
    expected = np.zeros_like(image)
    expected[0, 3:7] = 1
    np.testing.assert_array_equal(centred(image), expected)


@given(IMAGES)
def test_shape_stays_and_no_pixel_is_invented(image):
    result = centred(image)
    assert result.shape == image.shape
    assert result.dtype == np.float32
    assert result.sum() <= image.sum() + 1e-4
    kept, before = np.sort(result[result > 0]), np.sort(image[image > 0])
    assert len(kept) <= len(before)
    if not image.any():
        np.testing.assert_array_equal(result, image)


@given(IMAGES)
def test_where_no_mass_is_lost_the_centre_is_in_the_middle_and_stays(image):
    result = centred(image)
    assume(image.any() and np.count_nonzero(result) == np.count_nonzero(image))
    middle = np.array(image.shape[:2]) // 2
    assert np.abs(centre_of_mass(result) - middle).max() <= 0.5 + 1e-6
    again = centred(result)
    if np.count_nonzero(again) == np.count_nonzero(result):
        assert np.abs(centre_of_mass(again) - centre_of_mass(result)).max() <= 1 + 1e-6


@pytest.mark.parametrize("image", [np.zeros((28, 28)), np.full((2, 2, 1), 2.0), np.full((2, 2, 1), np.nan)])
def test_what_is_no_image_is_named(image):
    with pytest.raises(ValueError, match="image"):
        centred(image)
