from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.support.tiny_models import OFFSET, SHAPE, WEIGHTS, true_posterior, write_tiny
from vae_core import list_models, load_model
from vae_core.models.model import CHUNK_ROWS, LatentModel


@pytest.fixture
def model(tmp_path):
    return LatentModel(write_tiny(tmp_path / "tiny"))


@pytest.mark.parametrize("rows", [0, 1, CHUNK_ROWS, CHUNK_ROWS + 1, 1000])
def test_any_number_of_rows_decodes_to_the_known_answer(model, rows):
    z = np.random.default_rng(0).standard_normal((rows, 2))
    expected = np.clip(z @ WEIGHTS + OFFSET, 0, 1).reshape(rows, *SHAPE)
    images = model.decode(z)
    assert images.dtype == np.float32
    np.testing.assert_allclose(images, expected, atol=1e-6)


def test_encoding_gives_the_known_posterior(model):
    images = np.random.default_rng(1).uniform(0.3, 0.7, (130, *SHAPE))
    gain, covariance = true_posterior()
    posterior = model.encode(images)
    np.testing.assert_allclose(posterior.z_mean, (images.reshape(130, 4) - OFFSET) @ gain, atol=1e-5)
    expected = np.tile(np.log(np.diag(covariance)), (130, 1))
    np.testing.assert_allclose(posterior.z_log_var, expected, atol=1e-6)


def test_samples_have_the_posterior_spread(model):
    posterior = model.encode(np.full((20_000, *SHAPE), 0.5))
    draws = posterior.sample(3)
    np.testing.assert_array_equal(draws, posterior.sample(3))
    np.testing.assert_allclose(draws.std(axis=0), np.exp(0.5 * posterior.z_log_var[0]), rtol=0.03)
    np.testing.assert_allclose(draws.mean(axis=0), posterior.z_mean[0], atol=0.02)


def test_an_autoencoder_has_no_spread(tmp_path):
    model = LatentModel(write_tiny(tmp_path / "plain", family="autoencoder"))
    posterior = model.encode(np.full((3, *SHAPE), 0.5))
    assert posterior.z_log_var is None
    np.testing.assert_array_equal(posterior.sample(0), posterior.z_mean)


def test_images_stay_in_range_far_outside_the_data(model):
    images = model.decode([[1e6, -1e6]])
    assert images.min() >= 0
    assert images.max() <= 1


def test_many_threads_get_the_answers_of_one(model):
    codes = np.random.default_rng(2).standard_normal((64, 200, 2))
    alone = [model.decode(z) for z in codes]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(model.decode, codes))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("wrong", [np.zeros((1, 3)), np.full((1, 2), np.nan), "words", [[1e38, 0]]])
def test_unusable_codes_are_refused(model, wrong):
    with pytest.raises(ValueError, match="z "):
        model.decode(wrong)


def test_models_are_found_by_name_and_by_path(temporary_home, tmp_path):
    write_tiny(temporary_home / "models" / "mine")
    elsewhere = write_tiny(tmp_path / "elsewhere")
    assert load_model("mine").name == "mine"
    assert load_model(elsewhere.path).name == "elsewhere"
    assert load_model(str(elsewhere.path)).latent_dim == 2
    names = [model.name for model in list_models()]
    assert "mine" in names
    assert "elsewhere" not in names


@pytest.mark.parametrize("name", ["no-such-model", "../../nowhere", "", "a\0b"])
def test_unknown_models_are_refused_with_the_known_names(name):
    with pytest.raises(ValueError, match=r"is no model.*mnist-2d"):
        load_model(name)


def test_shipped_models_keep_their_promises():
    shipped = {model.name: model for model in list_models()}
    assert {"digits-2d", "mnist-2d"} <= set(shipped)
    assert shipped["mnist-2d"].metrics["test"]["neg_elbo"] <= 140
    for model in shipped.values():
        files = {file.name: file.stat().st_size for file in model.folder.path.iterdir()}
        assert sum(files.values()) <= 12e6
        assert files["player.bin"] <= 3e6
        assert files["latents.npz"] <= 4e6
        assert (model.folder.path / "card.md").read_text().startswith(f"# {model.name}")
        assert "vae_core train" in model.metrics["command"]


def test_shipped_models_reconstruct_a_digit_better_than_chance():
    model = load_model("digits-2d")
    from vae_core import load_dataset

    images = load_dataset("digits").test.images
    reconstructed = model.decode(model.encode(images).z_mean)
    mean_image_error = np.mean((images - images.mean(axis=0)) ** 2)
    assert np.mean((images - reconstructed) ** 2) < 0.75 * mean_image_error
