import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tiny_models import folder_files, write_tiny
from vae_core import Slice
from vae_core.folder import Latents, pack_latents
from vae_core.model import LatentModel
from vae_core.neighbours import code_spacing, loneliest, meeting_place, neighbourhood
from vae_core.slices import plane_of_model


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


def test_the_neighbourhood_counts_the_nearest_by_class():
    codes = np.array([[0, 0], [0.1, 0], [0.2, 0], [5, 5], [5.1, 5]], np.float32)
    latents = Latents(codes, None, np.array([1, 1, 2, 7, 7]), np.arange(5))
    near = neighbourhood(latents, [0.0, 0.0], size=3)
    assert near.counts == ((1, 2), (2, 1))
    assert near.size == 3
    assert near.distance == 0
    far = neighbourhood(latents, [5.0, 8.0], size=2)
    assert far.counts == ((7, 2),)
    assert far.distance == pytest.approx(3)
    assert neighbourhood(latents, [0.0, 0.0], size=100).size == 5
    with pytest.raises(ValueError, match="no codes"):
        neighbourhood(Latents(np.zeros((0, 2), np.float32), None, np.zeros(0), np.zeros(0)), [0.0, 0.0])


def test_two_classes_meet_where_they_are_mixed():
    left = np.column_stack([np.linspace(-3, 0, 31), np.zeros(31)])
    right = np.column_stack([np.linspace(0.05, 3, 31), np.zeros(31)])
    codes = np.concatenate([left, right]).astype(np.float32)
    latents = Latents(codes, None, np.repeat([4, 9], 31), np.arange(62))
    place = meeting_place(latents, 4, 9)
    assert abs(place[0]) < 0.2
    assert meeting_place(latents, 4, 7) is None


def test_the_loneliest_place_is_farthest_from_all_codes():
    latents = Latents(np.array([[0, 0], [1, 0]], np.float32), None, np.zeros(2, int), np.arange(2))
    places = np.array([[0, 1], [-3, 0], [3, 0]], np.float32)
    np.testing.assert_array_equal(loneliest(latents, places), [-3, 0])


def test_codes_know_how_far_they_usually_lie_apart():
    grid = np.stack(np.meshgrid(np.arange(10), np.arange(10)), axis=-1).reshape(-1, 2).astype(np.float32)
    assert code_spacing(Latents(0.3 * grid, None, np.zeros(100, int), np.arange(100))) == pytest.approx(0.3)
    assert code_spacing(Latents(grid[:1], None, np.zeros(1, int), np.arange(1))) == 0
    wide = np.random.default_rng(0).standard_normal((3000, 16)).astype(np.float32)
    latents = Latents(wide, None, np.zeros(3000, int), np.arange(3000))
    fresh = np.random.default_rng(1).standard_normal((50, 16)).astype(np.float32)
    assert all(neighbourhood(latents, z).distance < 2 * code_spacing(latents) for z in fresh)
