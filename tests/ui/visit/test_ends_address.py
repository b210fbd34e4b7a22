"""The ends of a morph in an address: what comes back is what was put in, and nothing else comes in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.visit.ends_address import (
    MAXIMUM_TEXT,
    MOST_ENDS,
    check_end,
    code_of,
    end_at,
    format_ends,
    parsed_ends,
    row_of,
    seed_of,
)

coordinates = st.floats(-1000, 1000, allow_nan=False, width=32)


@given(st.lists(coordinates, min_size=1, max_size=40))
def test_a_code_comes_back_to_three_digits(values):
    code = code_of(end_at(values), len(values))
    np.testing.assert_allclose(code, values, rtol=6e-4, atol=1e-7)
    assert code_of(end_at(code), len(values)).tolist() == code.tolist()


def test_ends_come_back_as_they_were():
    ends = ("0", "41", "s7", end_at([0.5, -2.0]))
    assert parsed_ends(format_ends(ends), 2, 42) == ends
    assert parsed_ends("", 2, 42) == ()
    assert [row_of(end) for end in ends] == [0, 41, None, None]
    assert [seed_of(end) for end in ends] == [None, None, 7, None]


def test_a_code_far_outside_is_brought_to_the_border():
    assert code_of(end_at([1e5, -1e5]), 2).tolist() == [1000, -1000]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("42", "end 1 is row 42, this model has test pictures 0 to 41"),
        ("1~2~", "end 3 is ''"),
        ("~".join("1" * (MOST_ENDS + 1)), "9 places, expected at most 8"),
        ("s99999999999", "expected a row"),
        ("s2147483648", "seed 2147483648"),
        ("z", "0 values, this model takes 2"),
        ("zAAA", "1 values, this model takes 2"),
        ("z!!!", "not readable"),
        ("zAHwAfA", "no numbers within"),
        ("z" + "A" * MAXIMUM_TEXT, "characters"),
        ("-1", "expected a row"),
        ("²", "expected a row"),
        ("<script>", "expected a row"),
    ],
)
def test_what_is_no_end_is_named(text, words):
    with pytest.raises(ValueError, match=words):
        parsed_ends(text, 2, 42)


@given(st.text(max_size=80), st.integers(1, 6), st.integers(0, 100))
def test_any_text_is_ends_or_a_value_error(text, latent_dim, rows):
    try:
        ends = parsed_ends(text, latent_dim, rows)
    except ValueError as error:
        assert "\n" not in str(error)
        return
    assert len(ends) <= MOST_ENDS
    for end in ends:
        check_end(end, latent_dim, rows)
