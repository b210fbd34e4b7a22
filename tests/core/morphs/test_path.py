"""Paths: ends and joints, the four kinds, constant decoded speed, everything that is refused."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.tiny_models import write_constant, write_tiny
from vae_core.models.catalogue import load_model
from vae_core.morphs import PathSpec, path_through
from vae_core.morphs.lines import arc, latent_length, polyline, shared_steps, simplified, straight_line
from vae_core.morphs.measures import step_variation
from vae_core.morphs.speed import DecodedCurve

KINDS = ("lerp", "slerp", "constant", "graph")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A linear model: straight lines have constant decoded speed."""
    path = tmp_path_factory.mktemp("models") / "tiny"
    write_tiny(path)
    return load_model(path)


@pytest.fixture(scope="module")
def bright(tmp_path_factory):
    """A model of 3 dimensions whose four pixels all are the sigmoid of the mean of z."""
    path = tmp_path_factory.mktemp("models") / "bright"
    write_constant(path, 3)
    return load_model(path)


def spec(kind, frames):
    return PathSpec(kind=kind, frames=frames)


def test_a_straight_line_takes_even_steps(tiny):
    path = path_through(tiny, [[0, 0], [2, -4]], spec("lerp", 5))
    assert path.dtype == np.float32
    np.testing.assert_allclose(path, [[0, 0], [0.5, -1], [1, -2], [1.5, -3], [2, -4]], atol=1e-6)


def test_an_arc_turns_evenly_and_its_length_goes_from_one_to_the_other(tiny):
    path = path_through(tiny, [[1, 0], [0, 3]], spec("slerp", 3))
    np.testing.assert_allclose(path[1], 2 * np.sqrt([0.5, 0.5]), atol=1e-6)
    long = path_through(tiny, [[0, 3], [1, 0]], spec("slerp", 31)).astype(np.float64)
    np.testing.assert_allclose(np.diff(np.arctan2(long[:, 1], long[:, 0])), -np.pi / 60, atol=1e-6)
    np.testing.assert_allclose(np.diff(np.linalg.norm(long, axis=1)), -2 / 30, atol=1e-6)


@pytest.mark.parametrize("end", [[0, 0], [2, 4], [-3, -6], [1, 2.0005], [-1, -2.0005]])
def test_where_no_arc_is_determined_it_is_a_straight_line(tiny, end):
    ends = [[1, 2], end]
    np.testing.assert_array_equal(
        path_through(tiny, ends, spec("slerp", 7)), path_through(tiny, ends, spec("lerp", 7))
    )


def test_an_arc_just_wide_enough_is_one():
    start, end = np.array([1.0, 0.0]), np.array([np.cos(0.01), np.sin(0.01)])
    middle = arc(start, end)(np.array([0.5]))[0]
    np.testing.assert_allclose(np.linalg.norm(middle), 1, atol=1e-12)
    chord = np.linalg.norm(straight_line(start, end)(np.array([0.5]))[0])
    assert chord < 1 - 1e-6


def test_pictures_change_at_constant_speed(bright):
    path = path_through(bright, [[-6, -6, -6], [3, 3, 3]], spec("constant", 21))
    # Brightness must rise evenly, and so the mean of z is the logit of even steps of brightness.
    low, high = 1 / (1 + np.exp([6.0, -3.0]))
    brightness = np.linspace(low, high, 21)
    expected = np.log(brightness / (1 - brightness))
    np.testing.assert_allclose(path.mean(axis=1), expected, atol=0.05)
    assert step_variation(bright.decode(path)) <= 0.05
    assert step_variation(bright.decode(path_through(bright, path[[0, -1]], spec("lerp", 21)))) > 0.5


def test_where_speed_is_constant_anyway_steps_are_even(tiny):
    ends = [[-1, 0.5], [1, 1.5]]
    straight = path_through(tiny, ends, spec("lerp", 9))
    np.testing.assert_allclose(path_through(tiny, ends, spec("constant", 9)), straight, atol=1e-5)


def test_where_all_pictures_are_alike_steps_are_even(bright):
    ends = [[1, -1, 0], [-2, 0, 2]]
    straight = path_through(bright, ends, spec("lerp", 9))
    np.testing.assert_allclose(path_through(bright, ends, spec("constant", 9)), straight, atol=1e-6)
    chain = [*ends, [0, 4, -4]]
    np.testing.assert_allclose(
        path_through(bright, chain, spec("constant", 9)),
        path_through(bright, chain, spec("lerp", 9)),
        atol=1e-6,
    )


def test_standing_pictures_are_passed_over():
    def decode(z):
        return np.clip(z, 0, 1)[:, :, np.newaxis, np.newaxis]

    curve = DecodedCurve(straight_line(np.array([-1.0]), np.array([1.0])), decode, 11)
    places = curve.even_shares(11) * 2 - 1
    assert curve.length == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(np.diff(np.clip(places, 0, 1)), 0.1, atol=0.01)
    assert (np.diff(places) > 0).all()


def test_a_sudden_change_is_spread_over_the_frames():
    def decode(z):
        return 1 / (1 + np.exp(-40 * (z - 0.37)))[:, :, np.newaxis, np.newaxis]

    curve = DecodedCurve(straight_line(np.array([0.0]), np.array([1.0])), decode, 30)
    pictures = decode(curve.even_shares(30)[:, np.newaxis])
    assert step_variation(pictures) <= 0.05


def test_long_films_are_even_too(bright):
    path = path_through(bright, [[-6, -6, -6], [3, 3, 3]], spec("constant", 2000))
    assert path.shape == (2000, 3)
    assert step_variation(bright.decode(path)) <= 0.05


def test_a_chain_shows_every_place_once_and_shares_frames_by_length(tiny):
    places = np.array([[0, 0], [3, 0], [3, 1], [1, 1]], np.float32)
    path = path_through(tiny, places, spec("lerp", 13))
    joints = [int(np.flatnonzero((path == place).all(axis=1))[0]) for place in places]
    assert joints == [0, 6, 8, 12]
    assert len(np.unique(path, axis=0)) == 13
    np.testing.assert_allclose(np.linalg.norm(np.diff(path, axis=0), axis=1), 0.5, atol=1e-6)


def test_legs_share_frames_by_how_much_the_pictures_change(bright):
    # The first leg is three times as long in latent space, but at its end everything is white.
    path = path_through(bright, [[0, 0, 0], [40, 40, 40], [0, 0, 0]], spec("constant", 21))
    assert (path[10] == 40).all()
    path = path_through(bright, [[-40, -40, -40], [-10, -10, -10], [0, 0, 0]], spec("constant", 21))
    assert (path[1] == -10).all()


@pytest.mark.parametrize("kind", KINDS)
def test_as_many_frames_as_places_are_these(tiny, kind):
    places = np.array([[0, 0], [3, 0.1], [-3, 1], [0, 0]], np.float32)
    np.testing.assert_array_equal(path_through(tiny, places, spec(kind, 4)), places)


coordinates = st.lists(st.floats(-4, 4, width=32), min_size=2, max_size=2)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(coordinates, min_size=2, max_size=8), st.sampled_from(KINDS), st.integers(0, 40))
def test_every_path_holds_its_places_and_is_the_same_backwards(tiny, places, kind, more):
    ends = np.array(places, np.float32)
    ends = ends[np.concatenate([[True], (ends[1:] != ends[:-1]).any(axis=1)])]
    if len(ends) < 2:
        return
    frames = len(ends) + more
    path = path_through(tiny, ends, spec(kind, frames))
    assert path.shape == (frames, 2)
    assert np.isfinite(path).all()
    np.testing.assert_array_equal(path[[0, -1]], ends[[0, -1]])
    position = 0
    for place in ends:
        found = np.flatnonzero((path[position:] == place).all(axis=1))
        assert len(found)
        position += int(found[0])
    if ends.tolist() != ends[::-1].tolist():
        np.testing.assert_array_equal(path_through(tiny, ends[::-1], spec(kind, frames)), path[::-1])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=1, max_size=7), st.integers(0, 200))
def test_steps_are_shared_so_that_the_longest_is_short(lengths, more):
    legs = np.array(lengths)
    steps = len(legs) + more
    shares = shared_steps(legs, steps)
    assert shares.sum() == steps
    assert (shares >= 1).all()
    # No leg could give a step away without making a longer one than there is.
    longest = (legs / shares).max()
    for leg in np.flatnonzero(shares > 1):
        assert legs[leg] / (shares[leg] - 1) >= longest * (1 - 1e-9) or legs.max() == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(coordinates, min_size=2, max_size=30), st.floats(0, 3))
def test_simplified_lines_stay_near_every_point(points, slack):
    line = np.array(points, np.float64)
    kept = simplified(line, slack)
    np.testing.assert_array_equal(kept[[0, -1]], line[[0, -1]])
    for point in line:
        way, start = np.diff(kept, axis=0), kept[:-1]
        squares = (way**2).sum(axis=1)
        along = np.clip(((point - start) * way).sum(axis=1) / np.where(squares > 0, squares, 1), 0, 1)
        assert np.linalg.norm(start + along[:, np.newaxis] * way - point, axis=1).min() <= slack + 1e-9


def test_polylines_go_through_their_points_in_even_steps():
    corner = polyline(np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 1.0]]))
    np.testing.assert_allclose(
        corner(np.linspace(0, 1, 5)), [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1]], atol=1e-12
    )
    assert latent_length(corner) == pytest.approx(4)


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ([[1, 2]], "2 to 8 places, not 1"),
        ([[i, i] for i in range(9)], "2 to 8 places, not 9"),
        (np.zeros((0, 2)), "not 0"),
        ([[1, 2], [1, 2]], "both ends are the same place: choose another"),
        ([[0, 0], [1, 2], [1, 2], [3, 3]], "places 2 and 3 are the same: choose another"),
        ([[0, 0], [1001, 0]], "at most ±1000"),
        ([[0, 0], [np.nan, 0]], "NaN"),
        ([[0, 0], [np.inf, 0]], "infinite"),
        ([[0, 0, 0], [1, 1, 1]], r"shape \(2, 3\)"),
        ([0, 1], "shape"),
        ([[0, 1], [1]], "ragged"),
        (["ab", "cd"], "dtype"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_unusable_ends_are_refused_in_one_line(tiny, ends, words, kind):
    with pytest.raises(ValueError, match=words) as refusal:
        path_through(tiny, ends, spec(kind, 10))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"frames": 0}, "frames is 0"),
        ({"frames": 1}, "frames is 1"),
        ({"frames": 100_000}, "frames is 100000"),
        ({"frames": 2.5}, "frames is 2.5"),
        ({"frames": float("nan")}, "frames is nan"),
        ({"frames": True}, "frames is True"),
        ({"kind": "teleport"}, "kind is 'teleport'"),
        ({"speed": 3}, "speed"),
    ],
)
def test_unusable_specs_are_refused_in_one_line(values, words):
    with pytest.raises(ValueError, match=words) as refusal:
        PathSpec.checked(values)
    assert "\n" not in str(refusal.value)


def test_fewer_frames_than_places_are_refused(tiny):
    with pytest.raises(ValueError, match="a path through 3 places takes at least 3"):
        path_through(tiny, [[0, 0], [1, 0], [1, 1]], spec("lerp", 2))
