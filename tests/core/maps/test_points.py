"""What a map shows: held-out images, or every image; their order, digest and rows."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.datasets.test_datasets import provided_mnist
from tests.support.linear_models import write_linear
from vae_core import LatentModel, load_model
from vae_core.datasets import sprites
from vae_core.maps.encoding_file import digest_of
from vae_core.maps.encodings import encode_all
from vae_core.maps.points import Points, all_points, held_out_points


def points(n=4, d=2, **changes):
    """Points that are all different."""
    values = {
        "model_name": "tiny",
        "source": "held-out",
        "z_mean": np.arange(n * d, dtype=np.float32).reshape(n, d),
        "z_log_var": np.zeros((n, d), np.float32),
        "label": np.arange(n) % 10,
        "index": np.arange(n),
        "is_test": np.ones(n, np.bool_),
    }
    return Points(**{**values, **changes})


def test_held_out_points_are_the_codes_that_came_with_the_model():
    model = load_model("digits-2d")
    found, latents = held_out_points(model), model.latents
    assert (found.model_name, found.source, len(found)) == ("digits-2d", "held-out", 360)
    for name in ("z_mean", "z_log_var", "label", "index"):
        np.testing.assert_array_equal(getattr(found, name), getattr(latents, name))
    assert found.is_test.all()
    assert found.is_test.dtype == np.bool_
    assert (found.attributes, found.attribute_names) == (None, ())
    assert held_out_points(model) is found


def test_the_digest_is_that_of_shape_and_codes():
    codes = np.array([[1.5, -2], [0.25, 3], [0, 0]], np.float32)
    content = bytes([3, 0, 0, 0, 2, 0, 0, 0]) + codes.astype("<f4").tobytes()
    assert digest_of(codes) == hashlib.sha256(content).hexdigest()
    assert points(z_mean=codes, n=3, z_log_var=None).digest == digest_of(codes)
    model = load_model("digits-2d")
    assert held_out_points(model).digest == digest_of(model.latents.z_mean)


@given(st.integers(2, 6), st.integers(1, 4))
def test_another_order_or_shape_of_the_same_codes_has_another_digest(n, d):
    codes = np.arange(n * d, dtype=np.float32).reshape(n, d)
    assert len({digest_of(codes), digest_of(codes[::-1]), digest_of(codes.reshape(1, -1)[:, :, None])}) == 3


def test_what_the_pictures_were_drawn_with_is_known_where_they_are():
    model = load_model("sprites-10d")
    found = held_out_points(model)
    assert found.attribute_names == sprites.FACTORS
    factors = sprites.sample_factors(sprites.IMAGES, seed=0)[-sprites.TEST_IMAGES :]
    np.testing.assert_array_equal(found.attributes, factors[model.latents.index])


def test_nothing_is_known_of_pictures_that_are_others():
    model = LatentModel(load_model("sprites-10d").folder)
    vars(model)["latents"] = replace(model.latents, label=np.roll(model.latents.label, 1))
    found = held_out_points(model)
    assert (found.attributes, found.attribute_names) == (None, ())
    assert len(found) == len(model.latents.z_mean)


def test_a_model_without_codes_has_no_points(tmp_path, monkeypatch):
    provided_mnist(tmp_path, monkeypatch)
    found = held_out_points(write_linear("empty", rows=0))
    assert len(found) == 0
    assert found.z_mean.shape == (0, 2)
    assert found.is_test.shape == (0,)
    assert found.checked_rows([]).shape == (0,)


def test_all_points_are_both_splits_once_they_are_encoded(tmp_path, monkeypatch):
    provided_mnist(tmp_path, monkeypatch)
    model = write_linear("lined")
    assert all_points(model) is None
    encode_all(model)
    found = all_points(model)
    assert (found.model_name, found.source, len(found)) == ("lined", "all", 10)
    assert found.is_test.tolist() == [False] * 7 + [True] * 3
    assert found.index.tolist() == [*range(7), *range(3)]
    assert found.label.tolist() == [*range(7), *range(3)]
    held_out = held_out_points(model)
    np.testing.assert_array_equal(found.z_mean[7:], held_out.z_mean)
    np.testing.assert_array_equal(found.z_log_var[7:], held_out.z_log_var)
    assert found.digest == digest_of(found.z_mean) != held_out.digest
    assert all_points(model) is found


def test_an_autoencoder_has_no_variances(tmp_path, monkeypatch):
    provided_mnist(tmp_path, monkeypatch)
    model = write_linear("plain", family="autoencoder")
    assert held_out_points(model).z_log_var is None
    encode_all(model)
    assert all_points(model).z_log_var is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": "train"}, "source is 'train'"),
        ({"z_mean": np.zeros(4, np.float32)}, "z_mean of 4 points has shape"),
        ({"z_mean": np.zeros((4, 2, 1), np.float32)}, "z_mean of 4 points has shape"),
        ({"z_log_var": np.zeros((4, 3), np.float32)}, "z_log_var of 4 points has shape .4, 3."),
        ({"label": np.zeros(3, int)}, "label of 4 points has shape .3,."),
        ({"index": np.zeros((4, 1), int)}, "index of 4 points"),
        ({"is_test": np.ones(5, bool)}, "is_test of 4 points"),
        (
            {"attributes": np.zeros((4, 1), np.float32)},
            "attributes of 4 points has shape .4, 1.; expected .4, 0.",
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        points(**changes)


@pytest.mark.parametrize("rows", [[-1], [4], [0.5], [[1]], ["1"], 3, [True], [None], [2**70]])
def test_rows_that_are_none_are_refused_in_one_line(rows):
    with pytest.raises(ValueError, match=r"^rows .*expected") as said:
        points().checked_rows(rows)
    assert "\n" not in str(said.value)


def test_rows_keep_their_order_and_may_repeat():
    assert points().checked_rows(np.array([3, 0, 3], np.uint8)).tolist() == [3, 0, 3]
