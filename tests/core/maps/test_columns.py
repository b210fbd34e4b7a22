"""What points can be coloured by: classes, factors, KL, errors, clusters, dimensions; and their bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.core.datasets.test_datasets import provided_mnist
from tests.core.maps.test_points import points as made_points
from tests.support.linear_models import LOG_VAR, VARIANCE, Linear, write_linear
from vae_core import load_model
from vae_core.maps import columns
from vae_core.maps.columns import (
    Column,
    attribute_columns,
    class_column,
    cluster_column,
    error_column,
    kl_column,
    quantised,
)
from vae_core.maps.encodings import encode_all
from vae_core.maps.originals import held_out_split
from vae_core.maps.points import all_points, held_out_points

NAN = np.float32(np.nan)


def floats(*values):
    return np.array(values, np.float32)


@pytest.fixture
def lined(tmp_path, monkeypatch):
    provided_mnist(tmp_path, monkeypatch)
    return write_linear("lined")


@pytest.mark.parametrize(
    ("name", "values", "categories", "words"),
    [
        ("", floats(1), None, "a column is named ''"),
        ("x" * 81, floats(1), None, "expected 1 to 80 characters"),
        ("x", np.array([1.0]), None, "values of float64 .1,.; expected float32"),
        ("x", floats(1)[np.newaxis], None, "expected float32 .n,."),
        ("x", floats(1, np.inf), None, "'x' holds infinite values"),
        ("x", floats(0, 1), ("a",), "'x' holds 1: expected a category from 0 to 0"),
        ("x", floats(-1), ("a",), "'x' holds -1"),
        ("x", floats(0.5), ("a", "b"), "'x' holds 0.5"),
        ("x", floats(0), tuple(map(str, range(256))), "'x' has 256 categories: at most 255"),
    ],
)
def test_a_column_that_is_none_is_refused(name, values, categories, words):
    with pytest.raises(ValueError, match=words):
        Column(name, values, categories)


def test_a_column_may_have_gaps_or_be_empty():
    assert len(Column("x", floats(0, NAN, 1), ("a", "b"))) == 3
    assert len(Column("x", floats(), None)) == 0
    assert len(Column("x", floats(NAN), ())) == 1


def test_classes_are_categories_by_their_label():
    points = made_points(5, label=np.array([2, 0, -1, 1, 3]))
    column = class_column(points, ("cat", "dog", "tree"))
    assert (column.name, column.categories) == ("class", ("cat", "dog", "tree", "3"))
    np.testing.assert_array_equal(column.values, floats(2, 0, NAN, 1, 3))
    nameless = class_column(made_points(2, label=np.array([-1, -7])), ())
    assert np.isnan(nameless.values).all()


def test_more_classes_than_bytes_end_in_one_that_is_called_other():
    points = made_points(4, label=np.array([0, 253, 254, 344]))
    column = class_column(points, [f"class {number}" for number in range(345)])
    assert len(column.categories) == 255
    assert column.categories[253:] == ("class 253", "other")
    assert column.values.tolist() == [0, 253, 254, 254]
    far = class_column(made_points(1, label=np.array([2**40])), ("a",))
    assert far.categories[-1] == "other"
    assert quantised(far)[0].tolist() == [254]


def test_factors_of_few_steps_are_categories():
    label = np.array([0, 1, 2, 1])
    attributes = np.column_stack(
        [
            label,
            [5, 9, 5, 7],
            [0.25, 0.5, 0.25, 0.5],
            [0, 1, 2, NAN],
            [0, 1, 2, 3],
            [np.inf, 1, 2, 3],
        ]
    ).astype(np.float32)
    names = ("shape", "steps", "share", "gaps", "tilt", "wild")
    points = made_points(4, label=label, attributes=attributes, attribute_names=names)
    found = attribute_columns(points, ("square", "ellipse", "heart"))
    assert [column.name for column in found] == list(names)
    shape, steps, share, gaps, tilt, wild = found
    assert shape.categories == ("square", "ellipse", "heart")
    np.testing.assert_array_equal(shape.values, label)
    assert steps.categories == ("5", "7", "9")
    assert steps.values.tolist() == [0, 2, 0, 1]
    assert share.categories is None
    np.testing.assert_array_equal(share.values, attributes[:, 2])
    assert gaps.categories is None
    assert tilt.categories == ("0", "1", "2", "3")
    np.testing.assert_array_equal(wild.values, floats(NAN, 1, 2, 3))
    assert attribute_columns(points)[0].categories == ("0", "1", "2")
    assert attribute_columns(made_points()) == ()


def test_a_factor_that_takes_many_values_late_is_a_number():
    values = np.zeros((5_000, 1), np.float32)
    values[3_000:, 0] = np.arange(2_000)
    points = made_points(5_000, label=np.full(5_000, -1), attributes=values, attribute_names=("late",))
    assert attribute_columns(points)[0].categories is None


def test_kl_is_that_of_each_point():
    mean, log_var = floats(0, 3)[:, np.newaxis], floats(0, -2)[:, np.newaxis]
    column = kl_column(made_points(2, 1, z_mean=mean, z_log_var=log_var))
    assert (column.name, column.categories) == ("KL", None)
    np.testing.assert_allclose(column.values, [0, 0.5 * (9 + np.exp(-2) + 2 - 1)], rtol=1e-6)
    assert kl_column(made_points(z_log_var=None)) is None
    many = made_points(10_000, 3)
    whole = kl_column(many).values
    np.testing.assert_allclose(whole, 0.5 * np.square(many.z_mean).sum(axis=1), rtol=1e-5)


def errors_by_hand(model, pixels, z_mean):
    squares = np.square(Linear(model.input_shape).decode(z_mean) - pixels / 255)
    nats = squares.reshape(len(pixels), -1).sum(axis=1) / VARIANCE + 784 * np.log(2 * np.pi * VARIANCE)
    return 0.5 * nats


def test_errors_of_held_out_images_are_computed_once(lined, monkeypatch):
    points = held_out_points(lined)
    said = []
    column = error_column(lined, points, lambda *progress: said.append(progress))
    pixels = held_out_split(lined.spec.training).pixels
    np.testing.assert_allclose(column.values, errors_by_hand(lined, pixels, points.z_mean), rtol=1e-4)
    assert said[0] == ("reconstructing", 0, 3)
    assert said[-1] == ("reconstructing", 3, 3)
    monkeypatch.setattr(columns, "reconstruction_errors", lambda *arguments: pytest.fail("computed again"))
    again = error_column(lined, points)
    np.testing.assert_array_equal(again.values, column.values)
    assert not again.values.flags.writeable


def test_errors_of_every_image_are_those_that_were_kept(lined, monkeypatch):
    encoding = encode_all(lined)
    points = all_points(lined)
    monkeypatch.setattr(columns, "reconstruction_errors", lambda *arguments: pytest.fail("computed again"))
    monkeypatch.delenv("VAE_CORE_DATA")
    np.testing.assert_array_equal(error_column(lined, points).values, encoding.reconstruction_error)
    encode_all(write_linear_again(lined))
    assert error_column(lined, points) is None


def write_linear_again(model):
    """Another model of the same name, trained on drawn digits."""
    return write_linear(model.name, "digits", path=model.folder.path.parent / "again" / model.name)


def test_without_originals_there_are_no_errors():
    model = load_model("mnist-2d")
    assert error_column(model, held_out_points(model)) is None


def blobs(sizes, spread=0.01, seed=0):
    """Codes (n, 2) in clouds of these sizes that lie far apart, shuffled, and the cloud of each."""
    generator = np.random.default_rng(seed)
    cloud = generator.permutation(np.repeat(np.arange(len(sizes)), sizes))
    centres = 10 * np.stack([np.arange(len(sizes)), np.arange(len(sizes)) % 2], axis=1)
    return (centres[cloud] + spread * generator.standard_normal((len(cloud), 2))).astype(np.float32), cloud


@pytest.mark.parametrize("limit", [0, 200_000])
def test_clusters_are_the_clouds_that_are_there_largest_first(monkeypatch, limit):
    monkeypatch.setattr(columns, "MINI_BATCH_FROM", limit)
    sizes = (40, 300, 120)
    codes, cloud = blobs(sizes)
    column = cluster_column(made_points(460, z_mean=codes), clusters=3)
    assert column.categories == ("cluster 1", "cluster 2", "cluster 3")
    np.testing.assert_array_equal(column.values, np.array([2, 0, 1])[cloud])


def test_clusters_are_the_same_for_the_same_seed_and_made_once(monkeypatch):
    codes, _ = blobs((50, 60), spread=5)
    first = cluster_column(made_points(110, z_mean=codes), 5, seed=3)
    points = made_points(110, z_mean=codes)
    np.testing.assert_array_equal(cluster_column(points, 5, seed=3).values, first.values)
    monkeypatch.setattr(columns, "_clusters", lambda *arguments: pytest.fail("computed again"))
    np.testing.assert_array_equal(cluster_column(points, 5, seed=3).values, first.values)


def test_what_is_remembered_stays_bounded_and_goes_with_the_points():
    points = made_points(60, z_mean=blobs((60,), spread=5)[0])
    for clusters in range(2, 14):
        cluster_column(points, clusters)
    assert len(columns._memory[points]) == columns.KEPT_PER_POINTS
    before = len(columns._memory)
    del points
    assert len(columns._memory) == before - 1


@pytest.mark.parametrize(
    ("clusters", "words"),
    [
        (1, "clusters is 1: expected 2 to 50"),
        (51, "clusters is 51: expected 2 to 50"),
        (4, "4 clusters are too many for 3 different codes: choose at most 3"),
    ],
)
def test_clusters_that_cannot_be_are_refused(clusters, words):
    codes = np.repeat(floats(0, 1, 2)[:, np.newaxis], 400, axis=0)
    with pytest.raises(ValueError, match=words):
        cluster_column(made_points(1_200, 1, z_mean=codes, z_log_var=None), clusters)


def test_codes_that_differ_late_still_count():
    codes = np.zeros((1_200, 1), np.float32)
    codes[-1] = 1
    column = cluster_column(made_points(1_200, 1, z_mean=codes, z_log_var=None), 2)
    assert column.values.tolist() == [0] * 1_199 + [1]
    with pytest.raises(ValueError, match="0 different codes"):
        cluster_column(made_points(0), 2)


def test_categories_keep_their_bytes():
    values, low, high = quantised(Column("x", floats(0, 2, NAN, 1), ("a", "b", "c")))
    assert values.dtype == np.uint8
    assert values.tolist() == [0, 2, 255, 1]
    assert (low, high) == (0, 2)
    most = Column("x", np.arange(255, dtype=np.float32), tuple(map(str, range(255))))
    assert quantised(most)[0].tolist() == list(range(255))


def test_numbers_go_from_their_lowest_to_their_highest_hundredth():
    numbers = np.arange(101, dtype=np.float32)
    values, low, high = quantised(Column("x", numbers, None))
    assert (low, high) == (1, 99)
    assert values[[0, 1, 50, 99, 100]].tolist() == [0, 0, 127, 254, 254]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (floats(3, 3, NAN), ([127, 127, 255], 3, 3)),
        (floats(NAN, NAN), ([255, 255], 0, 0)),
        (floats(), ([], 0, 0)),
        (floats(*[0] * 999, 8), ([0] * 999 + [254], 0, 8)),
        (floats(-3e38, 3e38), ([0, 254], -2.94e38, 2.94e38)),
    ],
)
def test_numbers_that_hardly_differ_or_are_missing_still_have_bytes(numbers, expected):
    values, low, high = quantised(Column("x", numbers, None))
    assert values.tolist() == expected[0]
    assert (low, high) == pytest.approx(expected[1:])


@given(
    arrays.arrays(
        np.float32,
        st.integers(0, 60),
        elements=st.floats(width=32, allow_infinity=False, allow_subnormal=False),
    )
)
def test_bytes_keep_the_order_of_numbers_and_their_gaps(numbers):
    values, low, high = quantised(Column("x", numbers, None))
    missing = np.isnan(numbers)
    assert ((values == 255) == missing).all()
    assert np.isfinite([low, high]).all()
    assert low <= high
    order = np.argsort(numbers[~missing], kind="stable")
    assert (np.diff(values[~missing][order].astype(int)) >= 0).all()


def test_the_kl_of_a_linear_model_is_known(lined):
    found = kl_column(held_out_points(lined)).values
    z_mean = held_out_points(lined).z_mean
    expected = 0.5 * (np.square(z_mean) + np.exp(LOG_VAR) - 1 - LOG_VAR).sum(axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
