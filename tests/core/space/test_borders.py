"""The place where one class becomes another, on a likeness whose border is known."""

import numpy as np

from vae_core.models.folder import Latents
from vae_core.space.borders import border_between


def two_clouds(gap=0.0):
    """Codes of label 0 left and of label 1 right of x = 0.3, mixed in a strip around it."""
    generator = np.random.default_rng(0)
    codes = generator.uniform(-1, 1, (400, 3)).astype(np.float32)
    labels = (codes[:, 0] + generator.normal(0, 0.2, 400) > 0.3).astype(np.int64)
    codes[labels == 1, 0] += gap
    return Latents(codes, None, labels, np.arange(400))


def likeness(codes):
    right = 0.5 + 0.5 * np.tanh(100 * (codes[:, 0] - 0.3))
    return np.stack([1 - right, right], axis=1)


def test_the_border_is_found_however_sharp_it_is():
    place = border_between(two_clouds(), 0, 1, likeness)
    np.testing.assert_allclose(likeness(place[np.newaxis])[0], [0.5, 0.5], atol=0.05)
    swapped = border_between(two_clouds(), 1, 0, lambda codes: likeness(codes)[:, ::-1])
    assert abs(swapped[0] - 0.3) < 0.002


def test_there_is_none_where_labels_do_not_meet():
    assert border_between(two_clouds(gap=50), 0, 1, likeness) is None
    assert border_between(two_clouds(), 0, 7, likeness) is None


def test_there_is_none_through_something_else_or_without_telling_codes():
    def through_a_third(codes):
        seen = likeness(codes)
        seen[np.abs(codes[:, 0] - 0.3) < 0.1] = 0.1
        return seen

    assert border_between(two_clouds(), 0, 1, through_a_third) is None
    assert border_between(two_clouds(), 0, 1, lambda codes: np.full((len(codes), 2), 0.4)) is None
