"""Numbers and axes as people read and write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.space.axis_words import axis_names, parsed_numbers, parsed_pair, shown_number


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.005, "1.00"), (-0.004, "0.00"), (-0.0, "0.00"), (-1.5, "−1.50"), (12.345678, "12.35")],
)
def test_a_number_has_two_decimals_and_a_real_minus_sign(value, text):
    assert shown_number(value) == text


def test_axes_have_the_names_of_their_dimensions_or_of_principal_components():
    assert axis_names((2, 0), 16) == ["z3", "z1"]
    assert axis_names(None, 1) == ["z1", "(one dimension)"]
    assert axis_names(None, 2) == ["z1", "z2"]
    assert axis_names(None, 3) == ["PC\N{NO-BREAK SPACE}1", "PC\N{NO-BREAK SPACE}2"]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9))
def test_numbers_with_commas_between_are_read_back(values):
    assert parsed_numbers(" , ".join(map(repr, values)), "z") == values


@given(st.text(max_size=40))
def test_any_text_is_finite_numbers_or_one_line(text):
    try:
        numbers = parsed_numbers(text, "z")
    except ValueError as error:
        assert str(error).startswith("z holds ")
        assert "\n" not in str(error)
        return
    assert all(math.isfinite(number) for number in numbers)


def test_what_is_no_number_is_named():
    for text, words in [("1,x", "z holds 'x'"), ("1,,2", "z holds ''"), ("nan", "expected finite numbers")]:
        with pytest.raises(ValueError, match=words):
            parsed_numbers(text, "z")


def test_a_pair_is_two_different_dimensions_counted_from_1():
    assert parsed_pair("3, 1", 4) == (2, 0)
    for text in ("1", "1,2,3", "a,b", "-1,2", "١,٢", "", "9" * 5000):
        with pytest.raises(ValueError, match="expected two dimensions such as 1,2"):
            parsed_pair(text, 4)
    for text, words in [("1,5", "dimension 5, this model has 1 to 4"), ("2,2", "dimension 2 twice")]:
        with pytest.raises(ValueError, match=words):
            parsed_pair(text, 4)
