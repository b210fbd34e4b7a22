"""Ends of paths: their codes, their names, and the pictures behind them."""

import os

import numpy as np
import pytest

from tests.support.tiny_models import folder_files, write_tiny
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes, unit_images
from vae_core.datasets import load_dataset
from vae_core.images.rendering import png_bytes
from vae_core.images.uploads import MAXIMUM_BYTES
from vae_core.models.folder import Latents, pack_latents
from vae_core.morphs.ends import End, code_end, file_end, pixel_error, prior_end, row_end
from vae_core.space.samples import prior_samples


@pytest.fixture(scope="module")
def digits():
    return load_model("digits-2d")


@pytest.fixture
def tiny(tmp_path):
    return load_model(write_tiny(tmp_path / "tiny").path)


def test_a_row_is_its_code_its_class_and_its_original(digits):
    latents, test = digits.latents, load_dataset("digits").test
    for row in (0, np.int64(7), len(latents.z_mean) - 1):
        end = row_end(digits, row)
        np.testing.assert_array_equal(end.code, latents.z_mean[row])
        np.testing.assert_array_equal(end.original, unit_images(test.pixels[latents.index[row]]))
        assert end.label == f"{digits.spec.class_names[latents.label[row]]} (row {row})"


def test_a_row_whose_original_is_not_here_has_none():
    end = row_end(load_model("mnist-16d"), 3)
    assert end.original is None
    assert end.code.shape == (16,)
    assert end.label.endswith(" (row 3)")


def test_a_row_without_a_class_is_a_row(tmp_path):
    codes = np.eye(2, dtype=np.float32)
    latents = Latents(codes, np.zeros_like(codes), np.full(2, -1), np.arange(2))
    files = {**folder_files(), "latents.npz": pack_latents(latents)}
    model = load_model(write_tiny(tmp_path / "tiny", files=files).path)
    assert row_end(model, 1).label == "row 1"


@pytest.mark.parametrize("row", [-1, 20, 10**30, 1.0, "3", None, True])
def test_a_row_that_is_not_there_is_named(tiny, row):
    with pytest.raises(ValueError, match="tiny has the rows 0 to 19") as error:
        row_end(tiny, row)
    assert repr(row)[:40] in str(error.value)


def test_a_model_without_codes_has_no_rows(tmp_path):
    none = np.zeros((0, 2), np.float32)
    latents = Latents(none, none, np.zeros(0, np.int64), np.zeros(0, np.int64))
    files = {**folder_files(), "latents.npz": pack_latents(latents)}
    model = load_model(write_tiny(tmp_path / "tiny", files=files).path)
    with pytest.raises(ValueError, match="came without codes"):
        row_end(model, 0)


@pytest.mark.parametrize("name", ["mnist-16d", "faces-16d"])
def test_a_picture_of_the_models_own_is_encoded_as_it_is(name, tmp_path):
    model = load_model(name)
    image = model.decode(model.latents.z_mean[:1])[0]
    file = tmp_path / "mine.png"
    file.write_bytes(png_bytes(image))
    end = file_end(model, file)
    assert end.label == "mine.png"
    np.testing.assert_allclose(end.original, unit_images(rounded_bytes(image)), atol=1e-5)
    np.testing.assert_allclose(end.code, model.encode(end.original[np.newaxis]).z_mean[0], atol=1e-5)
    same = file_end(model, file.read_bytes(), "my own")
    assert same.label == "my own"
    np.testing.assert_array_equal(same.code, end.code)
    np.testing.assert_array_equal(file_end(model, str(file)).code, end.code)


def test_a_large_drawing_is_made_ready():
    model = load_model("mnist-16d")
    paper = np.ones((300, 200, 1), np.float32)
    paper[60:240, 95:108] = 0
    end = file_end(model, png_bytes(paper))
    assert end.original.shape == model.input_shape
    # A one, light on black, in the middle.
    assert end.original[14, 12:16].max() > 0.9
    assert end.original[:, :8].max() < 0.05
    assert end.label == "picture"


def test_files_that_are_no_pictures_are_named(tiny, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "cut.png").write_bytes(png_bytes(np.ones((9, 9, 1), np.float32))[:40])
    (tmp_path / "blank.png").write_bytes(png_bytes(np.ones((9, 9, 1), np.float32)))
    (tmp_path / "large.png").write_bytes(bytes(MAXIMUM_BYTES + 1))
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "empty.png").touch()
    os.mkfifo(tmp_path / "pipe.png")
    expected = {
        "text": "PNG, JPEG or WebP",
        "cut": "cut",
        "blank": "there is nothing in this picture",
        "large": "20.0 MB",
        "folder": "is no file",
        "empty": "PNG, JPEG or WebP",
        "pipe": "is no file",
        "absent": "there is no file",
        "n" * 5000: "cannot be read|there is no file",
    }
    for name, words in expected.items():
        path = tmp_path / f"{name}.png"
        with pytest.raises(ValueError, match=words) as error:
            file_end(tiny, path)
        assert str(path) in str(error.value)
        assert "\n" not in str(error.value)


def test_a_sample_of_the_prior_is_that_of_its_seed(tiny):
    end = prior_end(tiny, 5)
    np.testing.assert_array_equal(end.code, prior_samples(2, 1, 5)[0])
    assert (end.label, end.original) == ("prior sample 5", None)
    assert not np.array_equal(prior_end(tiny, 6).code, end.code)


@pytest.mark.parametrize("seed", [-1, 1.5, "1", None, True])
def test_a_seed_is_a_whole_number(tiny, seed):
    with pytest.raises(ValueError, match="seed is"):
        prior_end(tiny, seed)


def test_a_code_is_itself(tiny):
    given = np.array([0.5, -1.5])
    end = code_end(tiny, given, "here")
    given[0] = 9
    np.testing.assert_array_equal(end.code, np.float32([0.5, -1.5]))
    assert (end.code.dtype, end.label) == (np.float32, "here")


@pytest.mark.parametrize(
    ("z", "words"),
    [
        ([1.0], "shape"),
        ([[1.0, 2.0]], "shape"),
        (3.0, "shape"),
        ([1.0, float("nan")], "NaN"),
        ([1.0, 1001.0], "at most ±1000"),
        ([1.0, [2.0, 3.0]], "ragged"),
        (["a", "b"], "real numbers"),
    ],
)
def test_a_code_that_is_none_is_refused(tiny, z, words):
    with pytest.raises(ValueError, match=words):
        code_end(tiny, z, "x")


def test_the_pixel_error_is_the_root_mean_square_in_grey_levels(tiny):
    code = np.zeros(2, np.float32)
    decoded = tiny.decode([code])[0]
    assert pixel_error(tiny, End("same", code, decoded)) == 0
    off = decoded + np.float32([[[0.0], [0.0]], [[0.0], [20 / 255]]])
    # One pixel of four is off by 20: √(400 / 4).
    assert pixel_error(tiny, End("off", code, off)) == pytest.approx(10, rel=1e-5)
    assert pixel_error(tiny, End("none", code)) is None


def test_the_pixel_error_agrees_with_the_figure_of_the_model(digits):
    """Over many rows the squares are about the error that the card tells."""
    errors = [pixel_error(digits, row_end(digits, row)) for row in range(300)]
    mean_square = np.mean(np.square(errors)) / 255**2
    assert mean_square == pytest.approx(digits.metrics["test"]["mse"], rel=0.15)
