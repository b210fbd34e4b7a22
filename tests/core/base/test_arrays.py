import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from vae_core.base.arrays import as_codes, as_images, rounded_bytes


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.full((1, 2, 2, 1), np.nan), "NaN"),
        (np.full((1, 2, 2, 1), 1.5), "0 to 1"),
        (np.full((1, 2, 2, 1), -0.1), "0 to 1"),
        (np.zeros((1, 3, 2, 1)), r"shape \(1, 3, 2, 1\)"),
        (np.zeros((2, 2)), "shape"),
        (np.zeros((1, 2, 2, 1), complex), "dtype complex128"),
        (np.array([["a"]]), "dtype"),
        ([[1, 2], [3]], "ragged"),
        (None, "dtype object"),
    ],
)
def test_unusable_images_are_refused_by_name(images, words):
    with pytest.raises(ValueError, match=words):
        as_images(images, (2, 2, 1))


@pytest.mark.parametrize(
    ("z", "words"),
    [
        (np.zeros(2), r"shape \(2,\)"),
        (np.zeros((1, 3)), r"\(n, 2\)"),
        ([[0, np.inf]], "infinite"),
        ([[0, 1e300]], "infinite"),
    ],
)
def test_unusable_codes_are_refused_by_name(z, words):
    with pytest.raises(ValueError, match=words):
        as_codes(z, 2)


def test_a_grey_channel_may_be_left_out():
    assert as_images(np.zeros((5, 2, 3)), (2, 3, 1)).shape == (5, 2, 3, 1)


@given(npst.arrays(np.float32, (1, 3, 3, 1), elements=st.floats(0, 1, width=32)))
def test_bytes_are_the_nearest(image):
    assert np.abs(rounded_bytes(image).astype(float) - 255.0 * image).max() <= 0.5 + 1e-4
