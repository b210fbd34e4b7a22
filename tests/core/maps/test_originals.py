"""The pictures behind a model's codes: equal to the test split of the whole data, and never downloaded."""

from dataclasses import replace

import numpy as np
import pytest

from tests.core.datasets.test_datasets import provided_mnist
from tests.core.datasets.test_quickdraw import ROWS, npy, provided
from tests.support.tiny_models import write_tiny
from vae_core import LatentModel, load_model
from vae_core.datasets import faces, load_for, mnist, registry
from vae_core.maps import originals
from vae_core.maps.originals import (
    held_out_images,
    held_out_split,
    originals_are_here,
    problem_with_originals,
)
from vae_core.specs import TrainingSpec


def spec(dataset, **values):
    return TrainingSpec.checked({"dataset": dataset, "network": "dense", **values})


def assert_equal(split, expected):
    np.testing.assert_array_equal(split.pixels, expected.pixels)
    np.testing.assert_array_equal(split.labels, expected.labels)
    if expected.attributes is None:
        assert split.attributes is None
    else:
        np.testing.assert_array_equal(split.attributes, expected.attributes)


@pytest.mark.parametrize(
    "values",
    [
        {"dataset": "digits"},
        {"dataset": "digits", "classes": ("7", "1"), "images_per_class": 20, "images": 30},
        {"dataset": "faces-grey"},
        {"dataset": "faces-grey", "classes": ("with glasses",)},
        {"dataset": "sprites", "classes": ("heart", "square")},
    ],
)
def test_it_is_the_test_split_of_the_whole_data(values):
    wanted = spec(**values)
    assert originals_are_here(wanted)
    assert_equal(held_out_split(wanted), load_for(wanted).test)


def test_only_held_out_faces_are_drawn(monkeypatch):
    drawn = []
    draw = faces.draw
    monkeypatch.setattr(
        faces, "draw", lambda factors, *more: drawn.append(len(factors)) or draw(factors, *more)
    )
    originals._kept_split.cache_clear()
    split = held_out_split(spec("faces"))
    assert drawn == [faces.TEST_IMAGES]
    factors = faces.sample_factors(faces.IMAGES, seed=0)[-faces.TEST_IMAGES :]
    np.testing.assert_array_equal(split.attributes, factors)
    np.testing.assert_array_equal(split.pixels[100:132], draw(factors[100:132]))


def test_mnist_reads_its_test_files_alone(tmp_path, monkeypatch):
    pixels = provided_mnist(tmp_path, monkeypatch)
    wanted = spec("mnist")
    assert_equal(held_out_split(wanted), load_for(wanted).test)
    for path in (tmp_path / "mnist").glob("train*"):
        path.unlink()
    originals._kept_split.cache_clear()
    assert originals_are_here(wanted)
    np.testing.assert_array_equal(held_out_split(wanted).pixels[..., 0], pixels)
    of_two = held_out_split(spec("mnist", classes=("2", "0")))
    np.testing.assert_array_equal(of_two.pixels[..., 0], pixels[[0, 2]])
    assert of_two.labels.tolist() == [1, 0]


def test_files_that_change_are_read_again(tmp_path, monkeypatch):
    for name, test in (("one", 3), ("other", 5)):
        (tmp_path / name).mkdir()
        provided_mnist(tmp_path / name, monkeypatch, test=test, test_labels=test)
        assert len(held_out_split(spec("mnist"))) == test


def test_kept_arrays_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        held_out_split(spec("digits")).pixels[0] = 0


@pytest.mark.parametrize("images_per_class", [None, 50, 80])
def test_drawings_of_chosen_classes(tmp_path, monkeypatch, images_per_class):
    provided(tmp_path, monkeypatch, cat=npy(ROWS), dog=npy(ROWS[:30]), owl=npy(ROWS[::-1]))
    wanted = spec("quickdraw", classes=("owl", "dog"), images_per_class=images_per_class)
    assert originals_are_here(wanted)
    assert_equal(held_out_split(wanted), load_for(wanted).test)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"dataset": "mnist"}, "fetch mnist`"),
        ({"dataset": "fashion-mnist"}, "fetch fashion-mnist`"),
        (
            {"dataset": "quickdraw", "classes": ("hot dog", "cat"), "images_per_class": 70},
            'fetch quickdraw "--classes=hot dog,cat" --images-per-class=70`',
        ),
    ],
)
def test_what_is_not_here_is_not_downloaded(values, words, monkeypatch):
    def no_download(*arguments):
        raise AssertionError("a download was tried")

    monkeypatch.setattr("vae_core.datasets.files.RemoteFolder._download", no_download)
    monkeypatch.setattr("vae_core.datasets.quickdraw.fetch_start", no_download)
    wanted = spec(**values)
    assert not originals_are_here(wanted)
    with pytest.raises(ValueError, match="are not on this machine: run") as caught:
        held_out_split(wanted)
    assert str(caught.value).endswith(words)


def test_a_data_set_that_is_unknown_is_not_here():
    assert not originals_are_here(spec("nobody"))
    with pytest.raises(ValueError, match="'nobody' is no data set"):
        held_out_split(spec("nobody"))
    assert originals.fetch_bytes(spec("nobody")) == 0


def test_a_class_that_is_unknown_is_named():
    with pytest.raises(ValueError, match="'ten' is no class of digits"):
        held_out_split(spec("digits", classes=("ten",)))


def test_damaged_files_are_named(tmp_path, monkeypatch):
    provided(tmp_path, monkeypatch, cat=npy(ROWS)[:-5])
    with pytest.raises(ValueError, match="does not hold them"):
        held_out_split(spec("quickdraw", classes=("cat",)))


@pytest.mark.parametrize("name", ["digits-2d", "sprites-10d"])
def test_originals_encode_to_their_codes(name):
    model = load_model(name)
    rows = np.array([5, 0, 200])
    images = held_out_images(model, rows)
    assert images.dtype == np.float32
    assert images.shape == (3, *model.input_shape)
    np.testing.assert_allclose(model.encode(images).z_mean, model.latents.z_mean[rows], atol=0.01, rtol=0.01)


def test_no_rows_give_no_images():
    assert held_out_images(load_model("digits-2d"), []).shape == (0, 28, 28, 1)


@pytest.mark.parametrize("rows", [[-1], [360], [0.5], [[1]], ["1"], 3])
def test_rows_outside_are_refused(rows):
    with pytest.raises(ValueError, match="rows "):
        held_out_images(load_model("digits-2d"), rows)


def with_latents(**changes):
    """A shipped model with other codes."""
    model = LatentModel(load_model("digits-2d").folder)
    vars(model)["latents"] = replace(model.latents, **changes)
    return model


DRAWN = {"dataset": "quickdraw", "network": "dense", "classes": ("cat", "dog", "owl")}


def kept(name):
    return getattr(load_model("digits-2d").latents, name)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (lambda: {"index": kept("index") + 1}, "360 test pictures, and one code is of number 360"),
        (lambda: {"index": kept("index") - 1}, "360 test pictures"),
        (lambda: {"label": np.roll(kept("label"), 1)}, "other labels"),
        (lambda: {"z_mean": np.roll(kept("z_mean"), 1, axis=0)}, "other pictures"),
    ],
)
def test_a_model_of_other_data_is_refused(changes, words):
    model = with_latents(**changes())
    with pytest.raises(
        ValueError, match=f"is not what digits-2d was trained on .{words}.*fetch digits"
    ) as said:
        held_out_images(model, [0])
    assert problem_with_originals(model) == str(said.value)


def test_pictures_that_belong_or_are_not_here_are_no_problem():
    assert problem_with_originals(load_model("digits-2d")) is None
    assert problem_with_originals(load_model("mnist-2d")) is None


def test_damaged_files_are_a_problem_in_one_line(tmp_path, monkeypatch):
    provided(tmp_path, monkeypatch, **{name: npy(ROWS)[:-5] for name in ("cat", "dog", "owl")})
    model = write_tiny(tmp_path / "tiny", dataset="quickdraw", training={**DRAWN, "latent_dim": 2})
    assert "does not hold them" in problem_with_originals(LatentModel(model))


def test_pictures_of_other_data_are_compared_once(monkeypatch):
    model = with_latents(label=np.roll(kept("label"), 1))
    compared = []
    difference = originals._difference
    monkeypatch.setattr(originals, "_difference", lambda *parts: compared.append(1) or difference(*parts))
    for _ in range(3):
        assert "other labels" in problem_with_originals(model)
    assert len(compared) == 1


def test_a_model_of_another_picture_size_is_refused(tmp_path):
    with pytest.raises(ValueError, match="pictures of 28×28×1, not 2×2×1"):
        held_out_images(LatentModel(write_tiny(tmp_path / "tiny")), [0])


def test_the_size_of_a_download_is_that_of_what_is_missing(tmp_path, monkeypatch):
    assert originals.fetch_bytes(spec("mnist")) == mnist.FILES.bytes
    assert originals.fetch_bytes(spec("digits")) == 0
    provided_mnist(tmp_path, monkeypatch)
    assert originals.fetch_bytes(spec("mnist")) == 0
    provided(tmp_path, monkeypatch, cat=npy(ROWS), dog=npy(ROWS[:30]))
    doodles = spec("quickdraw", classes=("cat", "dog", "owl"), images_per_class=100)
    assert originals.fetch_bytes(doodles) == 2 * 100 * 784


def test_drawings_of_which_fewer_were_at_hand_cannot_be_fetched():
    assert not originals.fetch_would_help(load_model("doodles-32d"))
    assert originals.fetch_would_help(load_model("mnist-2d"))


def test_every_source_reads_its_test_split_alone():
    for source in registry.DATASETS.values():
        assert callable(source.load_test)
        here = source.test_files(None, None)
        assert (here is None) == (not source.is_here())
    assert originals.fetch_words(spec("mnist")) == ["fetch", "mnist"]
