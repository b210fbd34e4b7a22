"""Directions of concepts: known answers, what balancing does, and how certain a direction is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_core.concepts import (
    Certainty,
    DirectionSpec,
    bootstrap_directions,
    certainty,
    direction_of,
    distances_along,
    separability,
    support,
)
from vae_core.concepts.bootstrap import MOST_PROBE_DRAWS
from vae_core.models.catalogue import load_model

PLAIN, PROBE = DirectionSpec(method="plain"), DirectionSpec(method="probe")


def sides(count, first):
    """The first rows are with the concept, the others without."""
    is_with = np.arange(count) < first
    return is_with, ~is_with


def cosine(one, two):
    return float(one @ two / np.linalg.norm(one) / np.linalg.norm(two))


def gaussian(count=600, d=5, shift=1.0, seed=0):
    """Codes of which those with the concept lie ``shift`` farther along the first axis."""
    generator = np.random.default_rng(seed)
    codes = generator.normal(size=(count, d))
    is_with = generator.random(count) < 0.5
    codes[:, 0] += shift * is_with
    return codes, is_with, ~is_with


def test_a_step_is_one_standard_deviation_of_all_codes():
    codes = np.array([[1.0, 0], [3, 0], [-1, 0], [-3, 0], [0, 7]])
    is_with = np.array([True, True, False, False, False])
    is_without = np.array([False, False, True, True, False])
    found = direction_of(codes, is_with, is_without, None, PLAIN)
    # Along the first axis the codes are 1, 3, -1, -3 and 0, of variance 4.
    np.testing.assert_allclose(found, [2, 0], atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["balanced", "plain"]))
@settings(max_examples=25, deadline=None)
def test_the_projections_of_all_codes_have_the_spread_of_a_step(seed, method):
    generator = np.random.default_rng(seed)
    codes = generator.normal(size=(60, 4)) * [1, 5, 0.2, 2] + generator.normal(size=4)
    is_with, is_without = sides(60, 25)
    labels = generator.integers(0, 3, 60)
    found = direction_of(codes, is_with, is_without, labels, DirectionSpec(method=method))
    length = np.linalg.norm(found)
    assert (codes.astype(np.float32) @ (found / length)).std() == pytest.approx(length, rel=1e-4)
    # The other way round it is the same way back.
    back = direction_of(codes, is_without, is_with, labels, DirectionSpec(method=method))
    np.testing.assert_allclose(back, -found, atol=1e-6)


def test_balancing_takes_out_what_classes_differ_in():
    # The concept moves codes along y; class 1 lies far along x and mostly has the concept.
    codes = np.array([[0.0, 0], [0, 0], [0, 0], [0, 1], [9, 0], [9, 1], [9, 1], [9, 1]])
    is_with = codes[:, 1] == 1
    labels = (codes[:, 0] > 0).astype(np.int64)
    plain = direction_of(codes, is_with, ~is_with, labels, PLAIN)
    balanced = direction_of(codes, is_with, ~is_with, labels)
    assert abs(plain[0]) > 4 * abs(plain[1])
    np.testing.assert_allclose(balanced, [0, 0.5], atol=1e-12)


def test_classes_weigh_as_in_a_regression_with_classes():
    generator = np.random.default_rng(3)
    labels = generator.integers(0, 4, 200)
    is_with = generator.random(200) < 0.2 + 0.15 * labels
    codes = generator.normal(size=(200, 3)) + labels[:, np.newaxis] + np.outer(is_with, [2.0, 1, 0])
    design = np.column_stack([is_with, labels[:, np.newaxis] == np.arange(4)]).astype(float)
    expected = np.linalg.lstsq(design, codes)[0][0]
    assert cosine(direction_of(codes, is_with, ~is_with, labels), expected) == pytest.approx(1, abs=1e-6)


def test_classes_with_one_side_only_do_not_count():
    codes, is_with, is_without = gaussian(90)
    labels = np.repeat([4, 9, -1], 30)
    is_without[30:60] = False
    codes[30:60] += 100
    balanced = direction_of(codes, is_with, is_without, labels)
    assert cosine(balanced, [1, 0, 0, 0, 0]) > 0.8


def test_labels_do_not_matter_where_nothing_is_balanced():
    codes, is_with, is_without = gaussian(90)
    labels = np.arange(90) % 3
    for spec in (PLAIN, PROBE):
        np.testing.assert_array_equal(
            direction_of(codes, is_with, is_without, labels, spec),
            direction_of(codes, is_with, is_without, None, spec),
        )
    np.testing.assert_allclose(
        direction_of(codes, is_with, is_without), direction_of(codes, is_with, is_without, None, PLAIN)
    )


def test_the_probe_is_the_normal_of_the_cut_not_the_difference_of_means():
    # Both axes differ between the sides, but the second one only along with the first.
    generator = np.random.default_rng(1)
    first = generator.normal(size=2_000)
    codes = np.stack([first, first + 0.3 * generator.normal(size=2_000)], axis=1)
    is_with = first > 0
    assert cosine(direction_of(codes, is_with, ~is_with, None, PLAIN), [1, 1]) > 0.99
    assert cosine(direction_of(codes, is_with, ~is_with, None, PROBE), [1, 0]) > 0.95


def test_a_direction_is_made_orthogonal_to_others():
    codes, is_with, is_without = gaussian(d=4)
    codes[:, 1] += is_with
    others = np.array([[0.0, 2, 0, 0], [0, 2, 0, 1e-9], [0, 1, 1, 0]])
    found = direction_of(codes, is_with, is_without, None, PLAIN, others)
    np.testing.assert_allclose(others @ found, 0, atol=1e-8)
    assert cosine(found, [1, 0, 0, 0]) > 0.95
    draws = bootstrap_directions(codes, is_with, is_without, None, PLAIN, others, draws=10)
    np.testing.assert_allclose(draws @ others.T, 0, atol=1e-8)
    none = direction_of(codes, is_with, is_without, None, PLAIN, [])
    np.testing.assert_array_equal(none, direction_of(codes, is_with, is_without, None, PLAIN))


def bad_cases():
    codes, (is_with, is_without) = np.random.default_rng(0).normal(size=(10, 3)), sides(10, 4)
    none, one, both = np.zeros(10, bool), np.arange(10) == 9, np.ones(10, bool)
    labels = np.where(is_with, 1, 2)
    equal = np.ones((10, 3))
    return [
        ((codes, none, is_without), {}, "there are no pictures with the concept"),
        ((codes, is_with, one), {}, "there is 1 picture without the concept: choose at least 2"),
        ((codes, is_with, both), {}, "4 pictures are both with and without"),
        ((codes, is_with, is_without | (np.arange(10) == 0)), {}, "1 picture is both"),
        ((codes, is_with, is_without, labels), {}, "no class has pictures both .*: use the plain difference"),
        ((codes, is_with, is_without, labels[:9]), {}, r"labels have .*expected whole numbers \(10,\)"),
        ((codes, is_with, is_without, labels / 2), {}, "labels have dtype float64"),
        ((equal, is_with, is_without), {}, "the direction is zero: the two sides have the same mean"),
        ((codes, is_with[:9], is_without), {}, r"is_with has dtype bool and shape \(9,\)"),
        ((codes, is_with.astype(int), is_without), {}, "is_with has dtype int64"),
        ((codes[:, 0], is_with, is_without), {}, r"codes have shape \(10,\)"),
        ((np.full((10, 3), np.nan), is_with, is_without), {}, "NaN"),
        ((codes, is_with, is_without), {"others": np.eye(3)}, "nothing of the direction is left"),
        ((codes, is_with, is_without), {"others": np.zeros((1, 3))}, "direction of zero"),
        ((codes, is_with, is_without), {"others": np.ones((1, 4))}, r"other concepts have shape \(1, 4\)"),
        ((codes, is_with, is_without), {"others": np.ones((51, 3))}, "at most 50"),
        ((codes, is_with, is_without), {"others": [[np.inf, 0, 0]]}, "NaN or infinite"),
    ]


@pytest.mark.parametrize(("arguments", "options", "problem"), bad_cases())
def test_what_makes_no_direction_is_said_in_a_line(arguments, options, problem):
    with pytest.raises(ValueError, match=problem) as caught:
        direction_of(*arguments, **options)
    assert "\n" not in str(caught.value)


def test_a_spec_is_checked():
    with pytest.raises(ValueError, match="method is 'magic'"):
        DirectionSpec.checked({"method": "magic"})


# The bootstrap.


@pytest.mark.parametrize("draws", [9, 2_001])
def test_the_number_of_draws_is_checked(draws):
    with pytest.raises(ValueError, match=f"draws is {draws}: expected 10 to 2000"):
        bootstrap_directions(*gaussian(), draws=draws)


def test_draws_follow_from_the_seed_and_spread_about_the_direction():
    codes, is_with, is_without = gaussian(400)
    labels = np.arange(400) % 3
    found = direction_of(codes, is_with, is_without, labels)
    draws = bootstrap_directions(codes, is_with, is_without, labels, draws=300, seed=5)
    np.testing.assert_array_equal(
        draws, bootstrap_directions(codes, is_with, is_without, labels, draws=300, seed=5)
    )
    assert not np.array_equal(draws, bootstrap_directions(codes, is_with, is_without, labels, draws=300))
    assert cosine(draws.mean(axis=0), found) > 0.995
    # Across the direction each mean difference has the variance 1/n⁺ + 1/n⁻, here of codes of variance 1.
    difference = codes[is_with].mean(axis=0) - codes[is_without].mean(axis=0)
    tangents = draws[:, 1:] / draws[:, :1]
    expected = np.sqrt(1 / is_with.sum() + 1 / is_without.sum()) / difference[0]
    np.testing.assert_allclose(tangents.std(axis=0), expected, rtol=0.25)


def test_members_are_drawn_within_their_side_and_class():
    # Members of a cell are alike, so that whichever are drawn, the direction stays the same.
    codes = np.repeat([[0.0, 0], [1, 0], [9, 0], [9, 5]], [3, 2, 4, 2], axis=0)
    is_with = np.isin(np.arange(11), [3, 4, 9, 10])
    labels = (codes[:, 0] > 5).astype(np.int64)
    draws = bootstrap_directions(codes, is_with, ~is_with, labels, draws=20)
    np.testing.assert_allclose(draws, np.tile(direction_of(codes, is_with, ~is_with, labels), (20, 1)))


def test_the_probe_is_drawn_less_often():
    codes, is_with, is_without = gaussian(100, shift=2)
    draws = bootstrap_directions(codes, is_with, is_without, None, PROBE, draws=100)
    assert draws.shape == (MOST_PROBE_DRAWS, 5)
    assert cosine(draws.mean(axis=0), direction_of(codes, is_with, is_without, None, PROBE)) > 0.97


def test_draws_that_agree_are_certain_and_noise_is_about_nought():
    direction = np.array([2.0, 0, 0])
    assert certainty(direction, np.tile(direction, (10, 1))) == Certainty(1, 1, 1)
    noise = np.random.default_rng(0).normal(size=(200, 3))
    found = certainty(direction, noise)
    assert found.low < -0.4 < found.middle < 0.8 < found.high
    line = certainty([1.0], [[1.0]] * 9 + [[2.0]])
    assert line == Certainty(1, 1, 1)


@pytest.mark.parametrize(
    ("direction", "draws", "problem"),
    [
        ([0.0, 0], np.ones((10, 2)), "zero or not finite"),
        ([1.0, np.nan], np.ones((10, 2)), "zero or not finite"),
        ([1.0, 0], np.full((10, 2), np.nan), "zero or not finite"),
        ([1.0, 0], np.ones((9, 2)), "at least 10 rows"),
        ([1.0, 0], np.ones((10, 3)), "expected"),
    ],
)
def test_what_has_no_certainty(direction, draws, problem):
    with pytest.raises(ValueError, match=problem):
        certainty(direction, draws)


@pytest.mark.parametrize(("shift", "d"), [(1.5, 3), (0.5, 8), (0.2, 8)])
def test_the_interval_covers_the_direction_of_other_pictures_as_often_as_it_says(shift, d):
    """Of strong and weak concepts: in nine of ten cases the cosine with that of as many others is inside."""
    trials, inside = 300, 0
    for trial in range(trials):
        one, other = (gaussian(160, d, shift, seed=2 * trial + half) for half in (0, 1))
        found = direction_of(*one, None, PLAIN)
        interval = certainty(found, bootstrap_directions(*one, None, PLAIN, draws=100, seed=trial))
        inside += interval.low <= cosine(found, direction_of(*other, None, PLAIN)) <= interval.high
    # Of 300 cases a share of 0.9 has the standard deviation 0.017; the interval is itself an estimate.
    assert 0.83 <= inside / trials <= 0.97


def test_the_interval_covers_the_other_half_of_real_codes():
    """Digits that are curved against straight ones, balanced over nothing but their halves."""
    latents = load_model("mnist-16d").latents
    codes, labels = latents.z_mean, latents.label
    members = np.isin(labels, [3, 5])
    codes, is_with = codes[members], labels[members] == 3
    generator = np.random.default_rng(0)
    trials, inside = 150, 0
    for trial in range(trials):
        order = generator.permutation(len(codes))[:300]
        halves = [(codes[rows], is_with[rows], ~is_with[rows]) for rows in (order[:150], order[150:])]
        found, other = (direction_of(*half, None, PLAIN) for half in halves)
        interval = certainty(found, bootstrap_directions(*halves[0], None, PLAIN, draws=100, seed=trial))
        inside += interval.low <= cosine(found, other) <= interval.high
    assert 0.82 <= inside / trials <= 0.98


# How separable the sides are, and how far the data go.


def test_separability_is_chance_for_noise_and_one_for_a_gap():
    codes, is_with, is_without = gaussian(800, shift=0)
    assert separability(codes, is_with, is_without) == pytest.approx(0.5, abs=0.07)
    codes[:, 0] += 20 * is_with
    assert separability(codes, is_with, is_without) == 1
    assert separability(*gaussian(4_000, shift=1), seed=2) == pytest.approx(0.76, abs=0.03)  # Φ(1 / √2)


def test_separability_of_few_uses_fewer_folds():
    codes, is_with, is_without = gaussian(100, shift=9)
    is_with[np.flatnonzero(is_with)[2:]] = False
    assert separability(codes, is_with, is_without) == 1
    with pytest.raises(ValueError, match="folds is 1"):
        separability(codes, is_with, is_without, folds=1)
    with pytest.raises(ValueError, match="no pictures with"):
        separability(codes, is_with & False, is_without)


def test_support_counts_images_beside_each_step():
    codes = np.array([[-4.0, 9], [-2, 1], [0, 5], [0.9, -3], [2.2, 0], [7, 0]])
    found = support(codes, [0, 100], [2, 0], [-1, 0, 1])
    # In steps of length 2 the codes are at -2, -1, 0, 0.45, 1.1 and 3.5.
    np.testing.assert_array_equal(found.counts, [1, 2, 1])
    assert found.outside == (1, 1)
    assert (found.low, found.high) == pytest.approx((-2, 3.5), abs=0.1)
    assert support(codes, [0, 0], [2, 0], [0]).counts.tolist() == [2]


def test_steps_far_along_a_concept_are_far_from_the_data():
    model = load_model("mnist-16d")
    start, direction = model.latents.z_mean[5], np.eye(16)[0]
    found = distances_along(model, start, direction, [-20, 0, 20])
    assert found[1] == 0
    assert min(found[0], found[2]) > 3


@pytest.mark.parametrize(
    ("start", "direction", "steps", "problem"),
    [
        ([0, 0], [0, 0], [0], "direction is zero"),
        ([0, 0, 0], [1, 0], [0], "shape"),
        ([0, 0], [1, np.nan], [0], "NaN"),
        ([0, 0], [1, 0], [], "steps have"),
        ([0, 0], [1, 0], [1, 1], "ascending"),
        ([0, 0], [1, 0], [0, np.inf], "steps have"),
        ([0, 0], [1, 0], np.arange(1_002), "1 to 1,001"),
    ],
)
def test_bad_steps(start, direction, steps, problem):
    with pytest.raises(ValueError, match=problem):
        support(np.zeros((3, 2)), start, direction, steps)
