"""Laying codes out: exact planes, and codes that cannot be laid out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.decomposition import PCA

from vae_core.maps.projections import Projection, ProjectionSpec, project
from vae_core.maps.projections.planes import principal_directions

PCA_SPEC = ProjectionSpec(method="pca")
TSNE_SPEC = ProjectionSpec(method="tsne")


def clouds(n=150, d=5, seed=0, apart=12.0):
    """Codes (n, d) in three clouds, far from each other, and the cloud (n,) of each."""
    generator = np.random.default_rng(seed)
    which = np.arange(n) % 3
    centres = apart * np.eye(3, d)
    return (centres[which] + generator.standard_normal((n, d))).astype(np.float32), which


def test_axes_are_the_values_of_two_dimensions():
    codes, _ = clouds()
    found = project(codes, ProjectionSpec(method="axes", axes=(3, 1)))
    np.testing.assert_array_equal(found.coords, codes[:, [3, 1]])
    assert found.coords.dtype == np.float32
    # The plane goes through the mean of the others.
    np.testing.assert_allclose(
        found.plane.origin, [codes[:, 0].mean(), 0, codes[:, 2].mean(), 0, codes[:, 4].mean()], rtol=1e-5
    )
    np.testing.assert_allclose(found.plane.coordinates(codes), found.coords)


def test_the_main_directions_are_those_of_scikit_learn():
    codes, _ = clouds(d=7)
    codes = codes @ np.random.default_rng(1).standard_normal((7, 7)).astype(np.float32)
    found = project(codes, PCA_SPEC)
    rival = PCA(2).fit(codes.astype(np.float64))
    expected = rival.transform(codes.astype(np.float64))
    signs = np.sign((found.plane.axes * rival.components_).sum(axis=1))
    np.testing.assert_allclose(found.coords, expected * signs, atol=1e-4)
    largest = np.abs(found.plane.axes).argmax(axis=1)
    assert (found.plane.axes[[0, 1], largest] > 0).all()
    assert found.coords[:, 0].var() > found.coords[:, 1].var()


def test_main_directions_known_by_hand():
    # Spread 2 along (3, 4, 0) / 5, spread 1 along (0, 0, 1), nothing across.
    steps = np.array([[2, 0], [-2, 0], [0, 1], [0, -1]])
    codes = (steps @ [[0.6, 0.8, 0], [0, 0, 1]] + [10, 20, 30]).astype(np.float32)
    found = project(codes, PCA_SPEC)
    np.testing.assert_allclose(found.plane.axes, [[0.6, 0.8, 0], [0, 0, 1]], atol=1e-6)
    np.testing.assert_allclose(found.coords, steps, atol=1e-5)
    np.testing.assert_allclose(found.plane.ranges, [[-2, 2], [-1, 1]], atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(
    arrays(
        np.float32, st.tuples(st.integers(1, 30), st.integers(1, 6)), elements=st.floats(-1e3, 1e3, width=32)
    )
)
def test_planes_hold_any_codes(codes):
    specs = [ProjectionSpec(method="axes", axes=(0, 1))]
    if len(codes) > 1 and (codes != codes[0]).any():
        specs.append(PCA_SPEC)
    for spec in specs:
        found = project(codes, spec)
        low, high = found.plane.ranges.T
        assert (low < high).all()
        assert ((found.coords >= low) & (found.coords <= high)).all()
        # What the map shows of a code is what is nearest to it on the plane.
        np.testing.assert_allclose(
            found.plane.coordinates(found.plane.codes(found.coords)), found.coords, atol=0.01
        )


def test_one_dimension_lies_on_a_line():
    codes = np.array([[3], [-1], [2.5]], np.float32)
    for spec in (ProjectionSpec(method="axes", axes=(0, 1)), PCA_SPEC):
        found = project(codes, spec)
        assert not found.coords[:, 1].any()
        np.testing.assert_allclose(np.ptp(found.coords[:, 0]), 4)
    np.testing.assert_array_equal(
        project(codes, ProjectionSpec(method="axes", axes=(0, 1))).coords[:, 0], codes[:, 0]
    )


@pytest.mark.parametrize(
    ("codes", "text", "words"),
    [
        (np.zeros((0, 3)), "pca", "there are no codes"),
        (np.zeros((0, 3)), "tsne-30", "there are no codes"),
        (np.zeros((1, 3)), "pca", "too few codes, 1: pca needs at least 2"),
        (np.zeros((5, 3)), "pca", "all 5 codes are the same"),
        (np.full((50, 3), 7.0), "tsne-10", "all 50 codes are the same"),
        (np.full((50, 3), 7.0), "umap-10-0.1", "all 50 codes are the same"),
        (clouds(6, 3)[0], "tsne-2", "too few codes, 6: tsne needs at least 7"),
        (clouds(3, 3)[0], "umap-2-0.1", "too few codes, 3: umap needs at least 4"),
        (clouds(60, 3)[0], "tsne-30", "perplexity is 30: 60 codes allow at most 19"),
        (clouds(90, 3)[0], "tsne-30", "perplexity is 30: 90 codes allow at most 29"),
        (clouds(15, 3)[0], "umap-15-0.1", "neighbours is 15: 15 codes allow at most 14"),
        (np.array([[0.0, np.nan, 1]]), "axes-1-2", "finite"),
        (np.array([[0.0, np.inf, 1]]), "pca", "finite"),
        (np.full((3, 3), 1e7), "pca", "holds 1e.07"),
        (np.full((3, 3), "a"), "pca", "dtype"),
        (np.zeros(3), "pca", "codes have shape"),
        (np.zeros((3, 0)), "pca", "codes have shape"),
        (np.zeros((3, 3, 3)), "pca", "codes have shape"),
    ],
)
def test_codes_that_cannot_be_laid_out_are_refused_in_one_line(codes, text, words):
    with pytest.raises(ValueError, match=words) as caught:
        project(codes, ProjectionSpec.parsed(text, 3))
    assert "\n" not in str(caught.value)


def test_axes_that_codes_do_not_have_are_refused():
    with pytest.raises(ValueError, match="dimension 4, this model has 1 to 3"):
        project(np.zeros((5, 3)), ProjectionSpec(method="axes", axes=(0, 3)))


def test_a_place_is_shown_of_a_single_code():
    found = project([[1, 2, 3]], ProjectionSpec(method="axes", axes=(2, 0)))
    np.testing.assert_array_equal(found.coords, [[3, 1]])


def test_directions_beyond_the_dimensions_are_0():
    mean, directions = principal_directions(np.array([[1], [3]], np.float32), 2)
    assert mean == [2]
    np.testing.assert_allclose(directions, [[1], [0]])


@pytest.mark.parametrize(
    ("coords", "words"),
    [
        (np.zeros((3, 3), np.float32), "expected float32"),
        (np.zeros((3, 2)), "expected float32"),
        (np.full((3, 2), np.nan, np.float32), "NaN or values beyond"),
        (np.full((3, 2), 1e10, np.float32), "NaN or values beyond"),
    ],
)
def test_places_that_are_none_are_refused(coords, words):
    with pytest.raises(ValueError, match=words):
        Projection(TSNE_SPEC, coords)


def test_planes_belong_to_linear_projections():
    linear = project(clouds()[0], PCA_SPEC)
    with pytest.raises(ValueError, match="has no plane"):
        Projection(TSNE_SPEC, linear.coords, linear.plane)
    with pytest.raises(ValueError, match="needs a plane"):
        Projection(PCA_SPEC, linear.coords)
