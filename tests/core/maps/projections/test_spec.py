"""Which projection: what a spec takes, its id, and what hostile addresses do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.maps.projections import ProjectionSpec
from vae_core.maps.projections.spec import MAXIMUM_SEED

seeds = st.just(0) | st.integers(0, MAXIMUM_SEED)
specs = st.one_of(
    st.just(ProjectionSpec(method="pca")),
    st.lists(st.integers(0, 575), min_size=2, max_size=2, unique=True).map(
        lambda axes: ProjectionSpec(method="axes", axes=axes)
    ),
    st.builds(ProjectionSpec, method=st.just("tsne"), perplexity=st.integers(2, 500), seed=seeds),
    st.builds(
        ProjectionSpec,
        method=st.just("umap"),
        neighbours=st.integers(2, 200),
        min_distance=st.integers(0, 99).map(lambda hundredths: hundredths / 100),
        seed=seeds,
    ),
)


@given(specs)
def test_specs_survive_json_and_their_ids(spec):
    assert ProjectionSpec.from_json(spec.to_json()) == spec
    assert ProjectionSpec.parsed(spec.id, 576) == spec
    assert spec.id.isascii()
    assert not set(spec.id) - set("abcdefghijklmnopqrstuvwxyz0123456789.-")


@given(specs, specs)
def test_specs_that_differ_have_ids_that_differ(one, other):
    assert (one == other) == (one.id == other.id)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"method": "pca"}, "pca"),
        ({"method": "axes", "axes": [9, 0]}, "axes-10-1"),
        ({"method": "tsne"}, "tsne-30"),
        ({"method": "tsne", "perplexity": 5, "seed": 12}, "tsne-5-seed12"),
        ({"method": "umap"}, "umap-15-0.1"),
        ({"method": "umap", "min_distance": 0}, "umap-15-0"),
        ({"method": "umap", "min_distance": -0.0}, "umap-15-0"),
        ({"method": "umap", "min_distance": 0.1 + 0.2}, "umap-15-0.3"),
        ({"method": "umap", "neighbours": 200, "min_distance": 0.99, "seed": 1}, "umap-200-0.99-seed1"),
    ],
)
def test_ids_are_short_and_count_dimensions_from_1(values, expected):
    assert ProjectionSpec.checked(values).id == expected


def test_only_linear_methods_are_instant():
    assert [
        ProjectionSpec.parsed(text, 2).is_instant for text in ("pca", "axes-2-1", "tsne-30", "umap-15-0.1")
    ] == [True, True, False, False]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "method: Field required"),
        ({"method": "som"}, "method is 'som'"),
        ({"method": "axes"}, "axes are missing"),
        ({"method": "axes", "axes": (1, 1)}, "names? dimension 2 twice"),
        ({"method": "axes", "axes": (0, 576)}, "axes.1 is 576"),
        ({"method": "axes", "axes": (-1, 0)}, "axes.0 is -1"),
        ({"method": "axes", "axes": (0, 1, 2)}, "axes is"),
        ({"method": "axes", "axes": (0, 1.0)}, "axes.1 is 1.0"),
        ({"method": "axes", "axes": (True, 0)}, "axes.0 is True"),
        ({"method": "tsne", "perplexity": 1}, "perplexity is 1"),
        ({"method": "tsne", "perplexity": 501}, "perplexity is 501"),
        ({"method": "tsne", "perplexity": 30.5}, "perplexity is 30.5"),
        ({"method": "tsne", "perplexity": float("nan")}, "perplexity is nan"),
        ({"method": "tsne", "seed": -1}, "seed is -1"),
        ({"method": "tsne", "seed": 2**31}, "seed is 2147483648"),
        ({"method": "tsne", "neighbours": 20}, "neighbours is a setting of umap: leave it out for tsne"),
        ({"method": "pca", "perplexity": 20}, "perplexity is a setting of tsne: leave it out for pca"),
        ({"method": "pca", "axes": (0, 1)}, "axes is a setting of axes: leave it out for pca"),
        ({"method": "pca", "seed": 1}, "seed is a setting of tsne and umap: leave it out for pca"),
        ({"method": "umap", "neighbours": 1}, "neighbours is 1"),
        ({"method": "umap", "neighbours": 201}, "neighbours is 201"),
        ({"method": "umap", "min_distance": 1}, "min_distance is 1"),
        ({"method": "umap", "min_distance": -0.1}, "min_distance is -0.1"),
        ({"method": "umap", "min_distance": 0.125}, "at most two decimals"),
        ({"method": "umap", "min_distance": float("inf")}, "min_distance is inf"),
        ({"method": "pca", "colour": "red"}, "colour: Extra inputs"),
    ],
)
def test_values_that_are_none_are_refused_in_one_line(values, words):
    with pytest.raises(ValueError, match=words) as caught:
        ProjectionSpec.checked(values)
    assert "\n" not in str(caught.value)


HOSTILE = [
    *("", "PCA", "pca ", "pca\n", "axes", "axes-1", "axes-1-1", "axes-0-1", "axes-01-2", "axes-1-2-3"),
    *("axes-1-17", "axes-١-٢", "axes-1-9999999999999999999999", "tsne", "tsne-030", "tsne-1", "tsne-501"),
    *("tsne-30-seed0", "tsne-30-seed", "tsne-30-seed-1", "tsne-30-seed9999999999", "tsne-30.0", "tsne--30"),
    *("umap-15", "umap-15-0.10", "umap-15-.1", "umap-15-1", "umap-15-0.125", "umap-15-1e-1", "umap-15-nan"),
    *("../pca", "pca/../..", "pca\0", "<b>pca</b>", "x" * 1_000_000),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_that_are_no_id_are_refused_in_one_short_line(text):
    with pytest.raises(ValueError, match=r"is|name") as caught:
        ProjectionSpec.parsed(text, 16)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("value", [None, 3, b"pca", ["pca"], {"method": "pca"}])
def test_what_is_no_text_is_refused(value):
    with pytest.raises(ValueError, match="projection is"):
        ProjectionSpec.parsed(value, 16)


@given(st.text(max_size=30) | st.from_regex(r"(axes|tsne|umap)-[0-9.-]{0,12}(-seed\d*)?", fullmatch=True))
def test_any_text_is_an_id_of_its_own_or_refused(text):
    try:
        spec = ProjectionSpec.parsed(text, 16)
    except ValueError:
        return
    assert spec.id == text


def test_axes_must_be_dimensions_of_the_code():
    assert ProjectionSpec.parsed("axes-16-1", 16).axes == (15, 0)
    with pytest.raises(ValueError, match="dimension 17, this model has 1 to 16"):
        ProjectionSpec.parsed("axes-1-17", 16)
    # A single dimension is laid out on a line.
    assert ProjectionSpec.parsed("axes-1-2", 1).axes == (0, 1)
    with pytest.raises(ValueError, match="dimension 2, this model has 1 to 1"):
        ProjectionSpec.parsed("axes-2-1", 1)
