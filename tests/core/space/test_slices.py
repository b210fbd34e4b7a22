import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tiny_models import folder_files, write_tiny
from vae_core import Slice, load_model
from vae_core.models.folder import Latents, pack_latents
from vae_core.models.model import LatentModel
from vae_core.space.dimensions import dimensions_of
from vae_core.space.slices import checked_pair, middle_of, normal_quantiles, plane_of_model, plane_through


def plane(reach=3.0):
    return Slice(np.zeros(2), np.eye(2), np.tile([-reach, reach], (2, 1)))


def test_coordinates_become_codes():
    slanted = Slice([1.0, 0.0, 2.0], [[0.0, 1.0, 0.0], [0.5, 0.0, 0.5]], [[-1, 1], [-1, 1]])
    np.testing.assert_allclose(slanted.codes([[2.0, 4.0]]), [[3.0, 2.0, 4.0]])


@given(st.integers(1, 12), st.floats(0.5, 5))
def test_cells_run_as_a_picture_is_read(cells, reach):
    codes = plane(reach).cell_centres(cells).reshape(cells, cells, 2)
    half = reach / cells
    np.testing.assert_allclose(codes[0, 0], [-reach + half, reach - half], rtol=1e-4)
    np.testing.assert_allclose(codes[-1, -1], [reach - half, -reach + half], rtol=1e-4)
    assert (np.diff(codes[:, :, 0], axis=1) > 0).all()
    assert (np.diff(codes[:, :, 1], axis=0) < 0).all()


@pytest.mark.parametrize(
    ("origin", "axes", "ranges", "words"),
    [
        ([0, 0], [[1, 0, 0]], [[-1, 1]], "do not fit"),
        ([0, 0], [[1, 0]], [[1, 1]], "low < high"),
        ([0, 0], [[1, 0]], [[-1, 1], [-1, 1]], "ranges"),
        ([0, np.nan], [[1, 0]], [[-1, 1]], "NaN"),
    ],
)
def test_impossible_slices_are_refused(origin, axes, ranges, words):
    with pytest.raises(ValueError, match=words):
        Slice(origin, axes, ranges)


def test_only_planes_have_cells():
    with pytest.raises(ValueError, match="two axes"):
        Slice([0.0, 0.0], [[1.0, 0.0]], [[-1, 1]]).cell_centres(3)


def model_with_codes(path, codes, family="vae"):
    rows = len(codes)
    log_var = np.zeros_like(codes) if family == "vae" else None
    latents = Latents(codes, log_var, np.arange(rows) % 3, np.arange(rows, dtype=np.int64))
    files = {**folder_files(family), "latents.npz": pack_latents(latents)}
    return LatentModel(write_tiny(path, family, files))


def test_the_plane_of_a_vae_holds_its_codes_and_the_prior(tmp_path):
    codes = np.random.default_rng(0).standard_normal((1000, 2)).astype(np.float32)
    np.testing.assert_array_equal(
        plane_of_model(model_with_codes(tmp_path / "unit", codes)).ranges, [[-3, 3]] * 2
    )
    wide = plane_of_model(model_with_codes(tmp_path / "wide", 3 * codes)).ranges
    assert wide[0, 1] == -wide[0, 0]
    assert np.mean(np.abs(3 * codes) <= wide[0, 1]) >= 0.985


def test_the_plane_of_an_autoencoder_surrounds_its_codes(tmp_path):
    codes = np.random.default_rng(0).uniform(5, 9, (1000, 2)).astype(np.float32)
    found = plane_of_model(model_with_codes(tmp_path / "plain", codes, "autoencoder"))
    low = found.codes([found.ranges[:, 0]])[0]
    high = found.codes([found.ranges[:, 1]])[0]
    np.testing.assert_allclose(low, 5, atol=0.2)
    np.testing.assert_allclose(high, 9, atol=0.2)


def codes_around(centre, count=2000):
    return np.random.default_rng(0).uniform(-0.5, 0.5, (count, len(centre))) + centre


@pytest.mark.parametrize("family", ["vae", "autoencoder"])
@pytest.mark.parametrize("centre", [[6.0, -4.0], [6.0]])
def test_up_to_two_dimensions_coordinates_are_the_values(family, centre):
    model = ModelOfCodes(codes_around(centre), family)
    found = plane_of_model(model)
    np.testing.assert_array_equal(found.origin, np.zeros(len(centre)))
    np.testing.assert_allclose(found.codes([[6.25, -4.25]])[0], [6.25, -4.25][: len(centre)])
    np.testing.assert_allclose(found.coordinates([centre])[0][: len(centre)], centre)


def test_the_plane_of_an_autoencoder_of_one_dimension_runs_left_to_right():
    found = plane_of_model(ModelOfCodes(codes_around([6.0]), "autoencoder"))
    np.testing.assert_allclose(found.ranges, [[5.5, 6.5], [-1, 1]], atol=0.1)


def test_chosen_axes_of_two_dimensions_have_the_ranges_of_the_plane():
    for family in ("vae", "autoencoder"):
        model = ModelOfCodes(codes_around([6.0, -4.0]), family)
        exchanged = plane_through(model, [6.0, -4.0], (1, 0))
        np.testing.assert_array_equal(exchanged.ranges, plane_of_model(model).ranges[::-1])
        np.testing.assert_allclose(exchanged.codes([[-4.0, 6.0]])[0], [6.0, -4.0])


def test_a_visit_begins_in_the_middle_of_the_codes():
    flat = ModelOfCodes(codes_around([6.0, -4.0]), "autoencoder")
    np.testing.assert_allclose(middle_of(flat), [6, -4], atol=0.05)
    np.testing.assert_array_equal(middle_of(flat), np.median(flat.latents.z_mean, axis=0))
    prior = ModelOfCodes(codes_around([6.0, -4.0]), "vae")
    np.testing.assert_array_equal(middle_of(prior), [0, 0])
    deep = ModelOfCodes(codes_around([6.0, -4.0, 1.0]), "autoencoder")
    np.testing.assert_array_equal(middle_of(deep), plane_of_model(deep).origin)
    empty = ModelOfCodes(np.zeros((0, 2)), "autoencoder")
    np.testing.assert_array_equal(middle_of(empty), [0, 0])


def test_a_model_without_codes_has_a_plane(tmp_path):
    found = plane_of_model(model_with_codes(tmp_path / "empty", np.zeros((0, 2), np.float32)))
    np.testing.assert_array_equal(found.ranges, [[-3, 3]] * 2)


class ModelOfCodes:
    """As much of a model as its plane needs."""

    def __init__(self, codes, family="vae"):
        labels = np.zeros(len(codes), np.int64)
        self.latents = Latents(codes.astype(np.float32), None, labels, labels)
        self.latent_dim = codes.shape[1]
        self.spec = type("Spec", (), {"family": family})


def test_the_plane_of_many_dimensions_lies_along_the_two_main_directions():
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    codes = rng.standard_normal((5000, 6)) * [0.1, 7, 0.1, 0.1, 4, 0.1] @ turn + 2
    for family in ("vae", "autoencoder"):
        found = plane_of_model(ModelOfCodes(codes, family))
        distances = np.linalg.norm(codes - codes.mean(axis=0), axis=1)
        np.testing.assert_allclose(found.origin, codes[distances.argmin()], atol=1e-4)
        np.testing.assert_allclose(np.abs(found.axes @ turn.T), np.eye(6)[[1, 4]], atol=0.03)
        np.testing.assert_allclose(found.ranges, [[-18, 18], [-10.3, 10.3]], rtol=0.08)
        assert (found.axes[np.arange(2), np.abs(found.axes).argmax(axis=1)] > 0).all()


def test_ranges_reach_the_browser_as_short_numbers():
    odd = Slice(np.zeros(2, np.float32), np.eye(2, dtype=np.float32), np.array([[-5.3, 5.3]] * 2, np.float32))
    assert odd.to_json()["ranges"] == [[-5.3, 5.3]] * 2


def test_a_plane_of_many_dimensions_reaches_as_far_as_the_prior():
    narrow = 0.2 * np.random.default_rng(0).standard_normal((100, 4))
    np.testing.assert_array_equal(plane_of_model(ModelOfCodes(narrow)).ranges, [[-3, 3]] * 2)


def test_two_dimensions_chosen_are_a_plane_through_the_code():
    model = load_model("mnist-16d")
    z = model.latents.z_mean[3]
    found = plane_through(model, z, (9, 4))
    np.testing.assert_allclose(found.coordinates([z]), [[z[9], z[4]]])
    np.testing.assert_allclose(found.codes([[z[9], z[4]]])[0], z)
    moved = found.codes([[1.5, -0.5]])[0]
    assert (moved[9], moved[4]) == (1.5, -0.5)
    np.testing.assert_array_equal(np.delete(moved, [9, 4]), np.delete(z, [9, 4]))
    ranges = {dimension.index: (dimension.low, dimension.high) for dimension in dimensions_of(model)}
    np.testing.assert_allclose(found.ranges, [ranges[9], ranges[4]])


@given(st.integers(0, 30), st.floats(-4, 4))
def test_the_main_directions_pass_through_any_code(row, step):
    model = ModelOfCodes(np.random.default_rng(1).standard_normal((31, 5)))
    z = model.latents.z_mean[row] + np.float32(step)
    usual, found = plane_of_model(model), plane_through(model, z)
    np.testing.assert_array_equal(found.axes, usual.axes)
    np.testing.assert_array_equal(found.ranges, usual.ranges)
    np.testing.assert_allclose(found.codes(found.coordinates([z]))[0], z, atol=1e-5)
    # Only at right angles: coordinates of codes stay what they were.
    np.testing.assert_allclose(found.coordinates([z]), usual.coordinates([z]), atol=1e-5)


def test_a_plane_of_two_dimensions_holds_every_code_already(tmp_path):
    model = LatentModel(write_tiny(tmp_path / "tiny"))
    assert plane_through(model, [0.3, 0.4]) is plane_of_model(model)
    across_second = plane_through(model, [0.3, 0.4], (1, 0))
    np.testing.assert_allclose(across_second.codes([[2.0, 1.0]]), [[1.0, 2.0]])


@pytest.mark.parametrize(
    ("z", "axes", "words"),
    [
        ([0.0, 0.0], (0, 2), "name dimension 3, this model has 1 to 2"),
        ([0.0, 0.0], (-1, 0), "name dimension 0, this model has 1 to 2"),
        ([0.0, 0.0], (1, 1), "name dimension 2 twice, expected two different ones"),
        ([0.0, 0.0], (0,), "numbers of two"),
        ([0.0, 0.0], (0.0, 1), "numbers of two"),
        ([0.0, 0.0], (False, True), "numbers of two"),
        ([0.0], None, "shape"),
        ([0.0, 0.0, 0.0], (0, 1), "shape"),
        ([0.0, np.nan], None, "NaN"),
    ],
)
def test_impossible_planes_are_refused(tmp_path, z, axes, words):
    model = LatentModel(write_tiny(tmp_path / "tiny"))
    with pytest.raises(ValueError, match=words):
        plane_through(model, z, axes)


@given(st.integers(-3, 8), st.integers(-3, 8), st.integers(1, 6))
def test_a_pair_of_dimensions_is_two_that_are_there(first, second, latent_dim):
    if first != second and min(first, second) >= 0 and max(first, second) < latent_dim:
        assert checked_pair((np.int64(first), second), latent_dim) == (first, second)
        return
    with pytest.raises(ValueError, match="axes name dimension"):
        checked_pair((first, second), latent_dim)


def test_a_grid_runs_as_a_picture_is_read():
    codes = plane().grid([-1, 0, 2], [5, -5])
    np.testing.assert_array_equal(codes, [[-1, 5], [0, 5], [2, 5], [-1, -5], [0, -5], [2, -5]])
    with pytest.raises(ValueError, match="two axes"):
        Slice([0.0, 0.0], [[1.0, 0.0]], [[-1, 1]]).grid([0], [0])
    with pytest.raises(ValueError, match="NaN"):
        plane().grid([np.nan], [0])


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3))
def test_coordinates_are_those_of_the_nearest_point(x, y, off):
    slanted = Slice([1.0, -2.0, 0.5], [[0.0, 2.0, 0.0], [0.5, 0.0, 0.5]], [[-1, 1], [-1, 1]])
    beside = slanted.codes([[x, y]]) + np.array([off, 0, -off])
    np.testing.assert_allclose(slanted.coordinates(beside), [[x, y]], atol=1e-5)


def test_an_axis_of_no_length_has_the_coordinate_0():
    line = Slice([1.0], [[1.0], [0.0]], [[-1, 1], [-1, 1]])
    np.testing.assert_array_equal(line.coordinates([[3.0]]), [[2.0, 0.0]])


def test_normal_quantiles_have_equal_mass_between_them():
    found = normal_quantiles(15)
    mass = [0.5 * (1 + math.erf(value / math.sqrt(2))) for value in found]
    np.testing.assert_allclose(mass, np.linspace(0.05, 0.95, 15), atol=1e-12)
    assert found[7] == pytest.approx(0, abs=1e-12)
    assert normal_quantiles(1).shape == (1,)
    for count, low, high in [
        (0, 0.05, 0.95),
        (3, 0.0, 0.9),
        (3, 0.1, 1.0),
        (3, 0.9, 0.1),
        (3, math.nan, 0.9),
    ]:
        with pytest.raises(ValueError, match="quantiles"):
            normal_quantiles(count, low, high)
