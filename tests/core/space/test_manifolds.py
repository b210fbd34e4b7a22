import numpy as np
import pytest

from tests.core.space.test_dimensions import ModelOfCodes
from vae_core.space.manifolds import distribution_of, manifold_coordinates
from vae_core.space.slices import normal_quantiles, plane_of_model, plane_through

RNG = np.random.default_rng(0)


def coordinates(model, axes=None, **settings):
    plane = plane_through(model, model.latents.z_mean[0], axes) if axes else plane_of_model(model)
    return plane, *manifold_coordinates(model, plane, axes, **settings)


@pytest.mark.parametrize(("dimensions", "axes"), [(1, None), (2, None), (2, (1, 0)), (5, (3, 1))])
def test_dimensions_of_a_vae_are_swept_by_the_priors_quantiles(dimensions, axes):
    model = ModelOfCodes(RNG.standard_normal((50, dimensions)))
    _, across, down = coordinates(model, axes)
    np.testing.assert_allclose(across, normal_quantiles(15))
    np.testing.assert_allclose(down, normal_quantiles(15)[::-1])


@pytest.mark.parametrize("family", ["vae", "autoencoder"])
def test_main_directions_are_swept_by_the_codes_own_quantiles(family):
    model = ModelOfCodes(RNG.standard_normal((500, 4)) * [5, 1, 1, 2], family)
    plane, across, down = coordinates(model, cells=10)
    own = plane.coordinates(model.latents.z_mean)
    for values, levels in ((own[:, 0], across), (own[:, 1], down[::-1])):
        shares = [(values <= level).mean() for level in levels]
        np.testing.assert_allclose(shares, np.linspace(0.05, 0.95, 10), atol=0.005)


def test_dimensions_of_an_autoencoder_are_swept_by_their_values():
    model = ModelOfCodes(RNG.uniform(10, 20, (5000, 2)), "autoencoder")
    _, across, down = coordinates(model, (0, 1), cells=3)
    np.testing.assert_allclose(across, [10.5, 15, 19.5], atol=0.3)
    np.testing.assert_allclose(down, [19.5, 15, 10.5], atol=0.3)


def test_the_uniform_sweep_has_equal_steps():
    _, across, down = coordinates(ModelOfCodes(np.ones((3, 4))), cells=5, sweep="uniform")
    np.testing.assert_array_equal(across, [-4, -2, 0, 2, 4])
    np.testing.assert_array_equal(down, [4, 2, 0, -2, -4])
    plane, across, down = coordinates(
        ModelOfCodes(RNG.uniform(1, 2, (9, 3)), "autoencoder"), cells=4, sweep="uniform"
    )
    np.testing.assert_allclose(across, np.linspace(*plane.ranges[0], 4))
    np.testing.assert_allclose(down, np.linspace(*plane.ranges[1], 4)[::-1])


@pytest.mark.parametrize("family", ["vae", "autoencoder"])
@pytest.mark.parametrize("codes", [np.zeros((0, 4)), np.ones((6, 4))])
def test_where_codes_tell_nothing_the_ranges_are_swept(family, codes):
    plane, across, down = coordinates(ModelOfCodes(codes, family), cells=7)
    np.testing.assert_allclose(across, np.linspace(*plane.ranges[0], 7))
    np.testing.assert_allclose(down, np.linspace(*plane.ranges[1], 7)[::-1])


@pytest.mark.parametrize("family", ["vae", "autoencoder"])
@pytest.mark.parametrize("sweep", ["normal", "uniform"])
@pytest.mark.parametrize(
    ("codes", "axes"),
    [
        (RNG.standard_normal((80, 1)), None),
        (RNG.standard_normal((80, 2)) + 5, None),
        (RNG.standard_normal((80, 2)) + 5, (1, 0)),
        (RNG.standard_normal((80, 4)) + 5, (3, 0)),
        (RNG.standard_normal((80, 4)) + 5, None),
        (np.ones((6, 4)), None),
        (np.zeros((0, 2)), None),
    ],
)
def test_what_is_said_of_the_distances_is_what_they_are(family, sweep, codes, axes):
    model = ModelOfCodes(codes, family)
    plane = plane_through(model, np.zeros(model.latent_dim), axes)
    across, _ = manifold_coordinates(model, plane, axes, 9, sweep)
    own = plane.coordinates(codes)[:, 0] if len(codes) else np.zeros(1)
    expected = {
        "prior": normal_quantiles(9),
        "codes": np.quantile(own, np.linspace(0.05, 0.95, 9)),
        "steps": np.linspace(across[0], across[-1], 9),
    }
    said = distribution_of(model, plane, axes, sweep)
    np.testing.assert_allclose(across, expected[said], atol=1e-5)
    assert said == "steps" or sweep == "normal"


@pytest.mark.parametrize("cells", [1, 41, 15.0, True, None])
def test_impossible_cells_are_refused(cells):
    with pytest.raises(ValueError, match="cells is"):
        coordinates(ModelOfCodes(np.ones((3, 2))), cells=cells)


@pytest.mark.parametrize("sweep", ["zigzag", None, "uniform "])
def test_unknown_sweeps_are_refused(sweep):
    with pytest.raises(ValueError, match="expected normal or uniform"):
        coordinates(ModelOfCodes(np.ones((3, 2))), sweep=sweep)
