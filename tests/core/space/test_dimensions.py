import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.tiny_models import folder_files, write_tiny
from vae_core import load_model
from vae_core.families.posterior import Posterior
from vae_core.metrics.bound import kl_per_dimension
from vae_core.models.folder import Latents, pack_latents
from vae_core.models.model import LatentModel
from vae_core.space.dimensions import dimensions_of
from vae_core.space.traversals import traversal_codes


class ModelOfCodes:
    """As much of a model as its dimensions need."""

    def __init__(self, codes, family="vae", log_var=None, **figures):
        codes = np.asarray(codes, np.float32)
        if family == "vae" and log_var is None:
            log_var = np.zeros_like(codes)
        labels = np.zeros(len(codes), np.int64)
        self.latents = Latents(codes, log_var, labels, labels)
        self.latent_dim = codes.shape[1]
        self.spec = type("Spec", (), {"family": family})
        self.metrics = {"test": figures}


NORMAL = np.random.default_rng(0).standard_normal((4000, 3)).astype(np.float32)


def test_the_shipped_figures_rank_the_dimensions():
    model = load_model("mnist-16d")
    found = dimensions_of(model)
    shipped = model.metrics["test"]["kl_per_dim"]
    assert [dimension.index for dimension in found] == list(np.argsort(shipped)[::-1])
    assert [dimension.kl for dimension in found] == sorted(shipped, reverse=True)
    assert sum(dimension.active for dimension in found) == model.metrics["test"]["active_units"]
    assert all(isinstance(dimension.index, int) for dimension in found)
    assert dimensions_of(model) is found


def test_a_dimension_knows_its_variance_and_range():
    model = ModelOfCodes(NORMAL * [2, 1, 0.05] + [10, 0, 0], kl_per_dim=[1, 3, 0.5])
    second, first, third = dimensions_of(model)
    assert (first.index, second.index, third.index) == (0, 1, 2)
    assert first.variance == pytest.approx(4, rel=0.1)
    # The 99.5 % quantile of N(0, 1) is 2.576.
    assert first.high == pytest.approx(10 + 2 * 2.576, abs=0.4)
    assert first.low == -3
    assert (second.low, second.high) == (-3, 3)
    assert (third.low, third.high, third.active) == (-3, 3, False)


@pytest.mark.parametrize(
    "shipped", [None, [1.0], [1.0, 2.0, -1.0], [1.0, 2.0, 10**400], 5.0, [1.0, 2.0, 3.0, 4.0]]
)
def test_without_usable_figures_the_codes_give_the_divergence(shipped):
    log_var = np.full_like(NORMAL, -1.0)
    model = ModelOfCodes(NORMAL * [1, 3, 2], log_var=log_var, kl_per_dim=shipped)
    expected = kl_per_dimension(Posterior(model.latents.z_mean, log_var)).mean(axis=0)
    assert [dimension.index for dimension in dimensions_of(model)] == [1, 2, 0]
    assert [dimension.kl for dimension in dimensions_of(model)] == pytest.approx(expected[[1, 2, 0]])


def test_an_autoencoder_is_ranked_by_variance_and_has_no_divergence():
    model = ModelOfCodes(NORMAL * [1, 3, 0.001] + 7, "autoencoder", kl_per_dim=[3, 2, 1])
    found = dimensions_of(model)
    assert [dimension.index for dimension in found] == [1, 0, 2]
    assert all(dimension.kl is None for dimension in found)
    assert (found[0].low, found[0].high) == pytest.approx((7 - 3 * 2.576, 7 + 3 * 2.576), abs=0.5)
    assert found[2].high - found[2].low >= 0.0999
    assert not found[2].active


@pytest.mark.parametrize(("family", "reach"), [("vae", 3), ("autoencoder", 1)])
def test_a_model_without_codes_has_dimensions(tmp_path, family, reach):
    codes = np.zeros((0, 2), np.float32)
    log_var = codes if family == "vae" else None
    files = folder_files(family)
    files["latents.npz"] = pack_latents(Latents(codes, log_var, np.zeros(0, int), np.zeros(0, int)))
    for dimension in dimensions_of(LatentModel(write_tiny(tmp_path / "empty", family, files))):
        assert (dimension.low, dimension.high, dimension.variance) == (-reach, reach, 0)
        assert dimension.kl == (0 if family == "vae" else None)
        assert dimension.active


def test_damaged_figures_are_named(tmp_path):
    files = {**folder_files(), "metrics.json": b'{"test": 1}'}
    with pytest.raises(ValueError, match=r"broken: metrics\.json"):
        dimensions_of(LatentModel(write_tiny(tmp_path / "broken", files=files)))


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["vae", "autoencoder"]),
    st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=3),
    st.floats(-6e4, 6e4),
)
def test_ranges_are_finite_and_never_empty(family, column, log_var):
    codes = np.array(column, np.float32)[:, np.newaxis]
    model = ModelOfCodes(codes, family, np.full_like(codes, log_var) if family == "vae" else None)
    (found,) = dimensions_of(model)
    assert np.isfinite([found.low, found.high, found.variance, found.kl or 0]).all()
    assert np.float32(found.low) < np.float32(found.high)
    json.dumps([found.low, found.high, found.kl, found.variance], allow_nan=False)


def test_a_traversal_runs_one_dimension_a_row():
    z = np.array([0.5, -1.0, 2.0])
    dimensions = dimensions_of(ModelOfCodes(NORMAL, kl_per_dim=[1, 3, 2]))[:2]
    codes = traversal_codes(z, dimensions, steps=5)
    assert codes.shape == (2, 5, 3)
    assert codes.dtype == np.float32
    for row, index in zip(codes, [1, 2], strict=True):
        others = np.delete(np.arange(3), index)
        np.testing.assert_array_equal(row[:, others], np.tile(z[others], (5, 1)))
        np.testing.assert_allclose(np.diff(row[:, index]), 1.5, rtol=0.2)
        assert row[0, index] <= -3
        assert row[-1, index] >= 3
    assert traversal_codes(z, []).shape == (0, 11, 3)


@pytest.mark.parametrize(
    ("z", "steps", "words"), [([0.0] * 3, 1, "steps is 1"), ([0.0], 5, "dimension"), ([np.nan] * 3, 5, "NaN")]
)
def test_impossible_traversals_are_refused(z, steps, words):
    dimensions = dimensions_of(ModelOfCodes(NORMAL, kl_per_dim=[1, 2, 3]))
    with pytest.raises(ValueError, match=words):
        traversal_codes(z, dimensions, steps)
