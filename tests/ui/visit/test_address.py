"""Addresses: what they may hold, and that reading gives back what was written."""

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.visit import ends_address
from ui.visit.address import (
    DEFAULTS,
    FRAMES,
    MAXIMUM_EXPRESSION,
    MAXIMUM_SEED,
    OVERLAYS,
    PATHS,
    checked_axes,
    checked_code,
    format_axes,
    format_code,
    parsed_axes,
    parsed_code,
    parsed_column,
    parsed_overlays,
    parsed_panel,
    parsed_projection,
    parsed_seed,
    parsed_source,
    parsed_tool,
    relevant,
    shortened,
)
from vae_core.concepts.expressions.tokens import LONGEST_TEXT
from vae_core.morphs import path
from vae_core.morphs.path import FEWEST_FRAMES, MOST_FRAMES, PathKind

coordinates = st.floats(-1000, 1000, allow_nan=False, width=32)


@given(st.lists(coordinates, min_size=1, max_size=40))
def test_a_code_is_exactly_what_its_address_says(values):
    code = checked_code(values, len(values))
    assert parsed_code(format_code(code), len(code)) == code
    assert code == pytest.approx(values, rel=5.1e-4, abs=1e-30)
    assert not any(math.copysign(1, value) < 0 for value in code if value == 0)


@given(st.text(max_size=60), st.integers(1, 20))
def test_any_text_is_a_code_or_a_value_error(text, latent_dim):
    try:
        code = parsed_code(text, latent_dim)
    except ValueError as error:
        assert "\n" not in str(error)
        return
    assert len(code) == latent_dim
    assert all(math.isfinite(value) for value in code)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nan,0", "finite"),
        ("inf,0", "finite"),
        ("1", "1 values"),
        ("1,2,3", "3 values"),
        (",".join(["0"] * 10_000), "characters"),
        (",".join(["0"] * 5_000), "5,000 values"),
        ("a,b", "'a'"),
        ("1e9,0", "1e+09"),
    ],
)
def test_codes_that_do_not_fit_are_named(text, words):
    with pytest.raises(ValueError, match=words.replace("+", r"\+")):
        parsed_code(text, 2)


@given(st.integers(3, 600), st.data())
def test_axes_travel(latent_dim, data):
    first = data.draw(st.integers(0, latent_dim - 1))
    second = data.draw(st.integers(0, latent_dim - 1).filter(lambda other: other != first))
    assert parsed_axes(format_axes((first, second)), latent_dim) == (first, second)


def test_the_two_axes_of_a_plane_are_its_main_directions():
    assert parsed_axes("1,2", 2) is None
    assert parsed_axes("2,1", 2) == (1, 0)
    assert parsed_axes("main", 16) is None
    assert format_axes(None) == "main"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,1", "dimension 1 twice"),
        ("0,1", "dimension 0, this model has 1 to 16"),
        ("1,17", "dimension 17"),
        ("1", "expected two dimensions"),
        ("1,2,3", "expected two dimensions"),
        ("-1,2", "expected two dimensions"),
        ("a,b", "expected two dimensions"),
        ("١,٢", "expected two dimensions"),
        ("9" * 5000, "expected two dimensions"),
        ("", "expected two dimensions"),
    ],
)
def test_axes_that_do_not_exist_or_are_equal_are_named(text, words):
    with pytest.raises(ValueError, match=words):
        parsed_axes(text, 16)


def test_axes_of_a_single_dimension_do_not_exist():
    with pytest.raises(ValueError, match="dimension 2"):
        checked_axes((0, 1), 1)


@given(st.sets(st.sampled_from(OVERLAYS)))
def test_overlays_travel_in_one_order(names):
    chosen = parsed_overlays(",".join(names))
    assert set(chosen) == names
    assert parsed_overlays(",".join(chosen)) == chosen


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parsed_overlays, "codes,clouds"),
        (parsed_overlays, "<script>"),
        (parsed_seed, "-1"),
        (parsed_seed, "1.5"),
        (parsed_seed, str(MAXIMUM_SEED + 1)),
        (parsed_seed, "٣"),
        (parsed_seed, ""),
        (parsed_tool, "hammer"),
        (parsed_tool, ""),
        (parsed_panel, "hammer"),
        (parsed_source, "some"),
        (parsed_projection, "../../etc"),
        (parsed_projection, "a" * 61),
        (parsed_column, ""),
        (parsed_column, "a\nb"),
        (parsed_column, "a" * 101),
    ],
)
def test_other_junk_is_refused_in_one_line(parse, text):
    with pytest.raises(ValueError, match="expected") as caught:
        parse(text)
    assert "\n" not in str(caught.value)


def test_an_address_with_a_point_is_complete_and_written_short():
    full = relevant({"model": "m", "z": "1,2", "lesson": "7"})
    assert full == {"model": "m", "z": "1,2", **DEFAULTS}
    assert shortened(full) == {"model": "m", "z": "1,2"}
    assert relevant({"model": "m"}) == {"model": "m"}


def test_its_bounds_are_those_of_the_core():
    """The address knows them by itself: the core's would bring SciPy to every start."""
    assert get_args(PathKind) == PATHS
    assert (FEWEST_FRAMES, MOST_FRAMES) == FRAMES
    assert ends_address.MOST_ENDS == path.MOST_ENDS
    assert MAXIMUM_EXPRESSION == LONGEST_TEXT
