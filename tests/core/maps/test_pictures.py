"""The pictures behind points: originals or reconstructions, their statistics, and what is like them."""

import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.core.datasets.test_datasets import provided_mnist
from tests.core.maps.test_points import points as made_points
from tests.support.linear_models import Linear, write_linear
from vae_core import LatentModel, load_model
from vae_core.base.arrays import rounded_bytes, unit_images
from vae_core.base.home import home
from vae_core.datasets import load_dataset
from vae_core.maps.encodings import encode_all
from vae_core.maps.originals import held_out_split
from vae_core.maps.pictures import (
    EXACT_ROWS,
    _statistics,
    has_originals,
    mean_and_deviation,
    nearest_in_codes,
    nearest_in_pixels,
    pictures_of,
    reconstructions_of,
)
from vae_core.maps.points import all_points, held_out_points


@pytest.fixture
def digits():
    return load_model("digits-2d")


@pytest.fixture
def elsewhere():
    """A model whose pictures are not on this machine."""
    return load_model("mnist-2d")


@pytest.fixture
def lined(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    provided_mnist(tmp_path / "data", monkeypatch, train=9, test=4, test_labels=4)
    return write_linear("lined")


def test_held_out_pictures_are_the_originals_of_their_rows(digits):
    points = held_out_points(digits)
    assert has_originals(digits, points)
    pixels, is_original = pictures_of(digits, points, [7, 0, 7, 359])
    assert is_original
    assert pixels.dtype == np.uint8
    expected = held_out_split(digits.spec.training).pixels[digits.latents.index[[7, 0, 7, 359]]]
    np.testing.assert_array_equal(pixels, expected)


def test_pictures_follow_the_index_of_the_codes(digits):
    turned = LatentModel(digits.folder)
    latents = digits.latents
    vars(turned)["latents"] = replace(
        latents,
        z_mean=latents.z_mean[::-1],
        z_log_var=latents.z_log_var[::-1],
        label=latents.label[::-1],
        index=latents.index[::-1],
    )
    points = held_out_points(turned)
    assert has_originals(turned, points)
    np.testing.assert_array_equal(
        pictures_of(turned, points, [0])[0], pictures_of(digits, held_out_points(digits), [359])[0]
    )


def test_pictures_of_every_image_come_from_the_kept_file(lined, monkeypatch):
    encode_all(lined)
    points = all_points(lined)
    data = load_dataset("mnist")
    pixels = np.concatenate([data.train.pixels, data.test.pixels])
    # They stay at hand when the data are gone.
    monkeypatch.delenv("VAE_CORE_DATA")
    assert has_originals(lined, points)
    assert not has_originals(lined, held_out_points(lined))
    found, is_original = pictures_of(lined, points, [12, 0, 9])
    assert is_original
    np.testing.assert_array_equal(found, pixels[[12, 0, 9]])
    assert found.flags.writeable
    assert type(found) is np.ndarray


def test_reconstructions_are_what_the_decoder_makes_of_the_codes(digits):
    points = held_out_points(digits)
    rows = np.arange(300)[::-1]
    found = reconstructions_of(digits, points, rows)
    assert found.dtype == np.uint8
    expected = rounded_bytes(digits.decode(points.z_mean[rows]))
    assert np.abs(found.astype(int) - expected).max() <= 1
    np.testing.assert_array_equal(found, reconstructions_of(digits, points, rows))


def test_without_originals_pictures_are_reconstructions_and_say_so(elsewhere):
    points = held_out_points(elsewhere)
    assert not has_originals(elsewhere, points)
    pixels, is_original = pictures_of(elsewhere, points, [3, 1])
    assert not is_original
    np.testing.assert_array_equal(pixels, reconstructions_of(elsewhere, points, [3, 1]))
    with pytest.raises(ValueError, match="originals of mnist-2d are not on this machine: fetch them first"):
        nearest_in_pixels(elsewhere, points, 0, 3)


def test_kept_pictures_that_are_damaged_are_not_shown(lined):
    key = encode_all(lined).header.pictures
    points = all_points(lined)
    path = home() / "pictures" / key / "pixels.npy"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:-100])
    assert not has_originals(lined, points)
    pixels, is_original = pictures_of(lined, points, [0])
    assert not is_original
    np.testing.assert_array_equal(pixels, reconstructions_of(lined, points, [0]))


def test_points_of_other_codes_than_those_that_were_kept_have_no_originals(lined, tmp_path):
    encode_all(lined)
    before = all_points(lined)
    os.utime(tmp_path / "data" / "mnist" / "train-labels-idx1-ubyte.gz", ns=(0, 0))
    assert not has_originals(lined, before)
    encode_all(lined)
    # Read anew, and of the same codes: the same pictures in the same order.
    assert all_points(lined).z_mean is not before.z_mean
    assert has_originals(lined, before)
    assert not has_originals(lined, replace(before, z_mean=before.z_mean[::-1].copy(), digest=""))


@pytest.mark.parametrize("rows", [[-1], [360], [0.5], [[1]], ["1"], 3, [True]])
@pytest.mark.parametrize("ask", [pictures_of, reconstructions_of, mean_and_deviation])
def test_rows_that_are_none_are_refused(digits, ask, rows):
    with pytest.raises(ValueError, match=r"^rows "):
        ask(digits, held_out_points(digits), rows)


def test_no_rows_give_no_pictures(digits):
    points = held_out_points(digits)
    assert pictures_of(digits, points, [])[0].shape == (0, 28, 28, 1)
    assert reconstructions_of(digits, points, []).shape == (0, 28, 28, 1)
    with pytest.raises(ValueError, match="there are no rows: expected at least one"):
        mean_and_deviation(digits, points, [])


def test_mean_and_deviation_are_those_of_all_pixels(digits):
    points = held_out_points(digits)
    rows = np.random.default_rng(0).permutation(360)[:300]
    found = mean_and_deviation(digits, points, rows)
    images = pictures_of(digits, points, rows)[0] / 255
    assert (found.count, found.are_originals) == (300, True)
    assert found.mean.dtype == found.deviation.dtype == np.float32
    np.testing.assert_allclose(found.mean, images.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(found.deviation, images.std(axis=0), rtol=1e-6, atol=1e-9)
    one = mean_and_deviation(digits, points, [5])
    np.testing.assert_array_equal(one.mean, unit_images(pictures_of(digits, points, [5])[0])[0])
    assert not one.deviation.any()


def test_statistics_are_exact_over_many_rows():
    pixels = np.zeros((4, 1, 3, 1), np.uint8)
    pixels[1, 0, 1], pixels[2, 0, 1], pixels[:, 0, 2] = 255, 254, 255
    places = np.tile([0, 1, 2, 3], 5 * EXACT_ROWS + 3)
    mean, deviation = _statistics(pixels, places)
    np.testing.assert_allclose(mean.ravel(), [0, 509 / 4 / 255, 1], rtol=1e-7)
    exact = np.std([0, 255, 254, 0]) / 255
    np.testing.assert_allclose(deviation.ravel(), [0, exact, 0], rtol=1e-7)


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.just(2), st.just(2), st.just(1))))
def test_statistics_agree_with_numpy(pixels):
    mean, deviation = _statistics(pixels, np.arange(len(pixels)))
    np.testing.assert_allclose(mean, pixels.mean(axis=0) / 255, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(deviation, pixels.std(axis=0) / 255, rtol=1e-6, atol=1e-7)


def test_statistics_of_many_reconstructions_are_of_a_sample_always_the_same(elsewhere):
    points = held_out_points(elsewhere)
    found = mean_and_deviation(elsewhere, points, np.arange(2_500))
    again = mean_and_deviation(elsewhere, points, np.arange(2_500))
    assert (found.count, found.are_originals) == (2_000, False)
    np.testing.assert_array_equal(found.mean, again.mean)
    few = mean_and_deviation(elsewhere, points, np.arange(30))
    assert few.count == 30
    images = reconstructions_of(elsewhere, points, np.arange(30)) / 255
    np.testing.assert_allclose(few.mean, images.mean(axis=0), rtol=1e-6)


def exact_order(pixels, picture):
    """Squared distances in whole numbers, and rows nearest first, of equals the first row first."""
    differences = pixels.astype(np.int64) - picture.astype(np.int64)
    squares = np.square(differences).reshape(len(pixels), -1).sum(axis=1)
    return squares, np.argsort(squares, kind="stable")


def test_the_nearest_in_pixels_are_found_exactly(digits):
    points = held_out_points(digits)
    pixels, _ = pictures_of(digits, points, np.arange(360))
    for row in (0, 17, 359):
        squares, order = exact_order(pixels, pixels[row])
        order = order[order != row][:20]
        rows, distances = nearest_in_pixels(digits, points, row, 20)
        assert rows.tolist() == order.tolist()
        np.testing.assert_allclose(distances, np.sqrt(squares[order]) / 255, rtol=1e-9)


def test_an_image_finds_itself_and_then_what_is_like_it(lined):
    encode_all(lined)
    points = all_points(lined)
    pixels, _ = pictures_of(lined, points, np.arange(13))
    rows, distances = nearest_in_pixels(lined, points, unit_images(pixels[4]), 3)
    assert rows[0] == 4
    assert distances[0] == pytest.approx(0, abs=1e-5)
    _, order = exact_order(pixels, pixels[4])
    assert rows.tolist() == order[:3].tolist()
    grey = nearest_in_pixels(lined, points, np.full((28, 28), 0.5), 13)
    assert sorted(grey[0].tolist()) == list(range(13))
    assert (np.diff(grey[1]) >= 0).all()


def test_pictures_that_are_the_same_are_all_as_near(tmp_path, monkeypatch):
    provided_mnist(tmp_path, monkeypatch, train=3, test=3)
    model = write_linear("lined")
    split = held_out_split(model.spec.training)
    monkeypatch.setattr(
        "vae_core.maps.pictures.held_out_split",
        lambda spec: replace(split, pixels=np.repeat(split.pixels[:1], len(split), axis=0)),
    )
    rows, distances = nearest_in_pixels(model, held_out_points(model), 1, 5)
    assert rows.tolist() == [0, 2]
    assert distances.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("row_or_image", "count", "words"),
    [
        (0, 0, "count is 0: expected at least 1"),
        (360, 3, "rows go from 360 to 360; expected 0 to 359"),
        (-1, 3, "rows go from -1"),
        (0.5, 3, "whole numbers"),
        ("1", 3, "whole numbers"),
        (np.zeros((28, 27, 1)), 3, "this model takes"),
        (np.full((28, 28, 1), 2.0), 3, "range from 2 to 2"),
        (np.full((28, 28, 1), np.nan), 3, "NaN"),
    ],
)
def test_neighbours_of_what_is_no_picture_are_refused(digits, row_or_image, count, words):
    with pytest.raises(ValueError, match=words):
        nearest_in_pixels(digits, held_out_points(digits), row_or_image, count)


@given(
    arrays.arrays(np.float32, (12, 3), elements=st.floats(-9, 9, width=16)),
    st.integers(0, 11),
    st.integers(1, 20),
    st.booleans(),
)
def test_the_nearest_codes_come_in_order(codes, row, count, leaves_out):
    points = made_points(12, 3, z_mean=codes, z_log_var=None)
    rows, distances = nearest_in_codes(points, codes[row], count, row if leaves_out else None)
    exact = np.linalg.norm(codes.astype(np.float64) - codes[row], axis=1)
    expected = [place for place in np.argsort(exact, kind="stable") if not (leaves_out and place == row)]
    assert len(rows) == min(count, len(expected))
    np.testing.assert_allclose(distances, exact[expected][: len(rows)], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(exact[rows], distances, rtol=1e-5, atol=1e-6)
    assert len(set(rows.tolist())) == len(rows)
    assert not leaves_out or row not in rows


@pytest.mark.parametrize(
    ("z", "count", "leave_out", "words"),
    [
        ([0, 0, 0], 1, None, "this model takes .n, 2."),
        ([0, np.nan], 1, None, "NaN"),
        ([0, 0], 0, None, "count is 0"),
        ([0, 0], 1, 4, "rows go from 4 to 4; expected 0 to 3"),
        (["a", "b"], 1, None, "real numbers"),
    ],
)
def test_neighbours_of_what_is_no_code_are_refused(z, count, leave_out, words):
    with pytest.raises(ValueError, match=words):
        nearest_in_codes(made_points(), z, count, leave_out)


def test_where_there_is_nothing_there_are_no_neighbours(lined):
    assert nearest_in_codes(made_points(1), [0, 0], 5, leave_out=0)[0].tolist() == []
    assert nearest_in_codes(made_points(0), [0, 0], 5)[0].tolist() == []
    empty = write_linear("empty", rows=0, linear=Linear((28, 28, 1)))
    rows, distances = nearest_in_pixels(empty, held_out_points(empty), np.zeros((28, 28, 1)), 5)
    assert (len(rows), len(distances)) == (0, 0)
