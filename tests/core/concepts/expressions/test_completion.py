"""What is offered while an expression is typed."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.concepts.expressions import ExpressionProblem, evaluate, parse, vocabulary_of
from vae_core.maps.points import Points

COUNT = 30


def _vocabulary(names, concepts, groups, dataset="quickdraw"):
    index = np.arange(COUNT)
    codes = np.stack([index, -index], axis=1).astype(np.float32)
    spec = SimpleNamespace(class_names=names, training=SimpleNamespace(dataset=dataset))
    model = SimpleNamespace(name="tiny", latent_dim=2, spec=spec)
    points = Points("tiny", "held-out", codes, None, index % len(names), index, np.ones(COUNT, np.bool_))
    directions, members = {name: [1, 0] for name in concepts}, {name: [0, 1] for name in groups}
    return vocabulary_of(model, points, directions, members)


DRAWN = _vocabulary(("cat", "hot dog"), ("smile", "small", "hair length", "dog"), ("my cats", "dog"))
DIGITS = _vocabulary(tuple("0123456789"), ("thickness",), (), "mnist")


def offered(text, known=DRAWN, cursor=None):
    return known.completions(text, len(text) if cursor is None else cursor)


def inserted(text, completion):
    return text[: completion.start] + completion.insert + text[completion.end :]


@pytest.mark.parametrize(
    ("text", "results"),
    [
        ("sm", ["smile", "small"]),
        ("cat:1 + SM", ["cat:1 + smile", "cat:1 + small"]),
        ("cat:1 + 1.5*smi", ["cat:1 + 1.5*smile"]),
        ("-(hai", ['-("hair length"']),
        ('cat:1 - "ha', ['cat:1 - "hair length"']),
        ('"', ["cat", '"my cats"', '"hot dog":', "smile", '"hot dog"', "group:dog"]),
        ("hair l", ['"hair length"']),
        ("2*hair ", ['2*"hair length"']),
        ("smlie", ["smile", "small"]),
        ("length", ['"hair length"']),
        ("my", ['"my cats"']),
        ("c", ["cat", "cat:", '"my cats"']),
        ("cat", ["cat:", '"my cats"']),
        ("dog", ["group:dog", "concept:dog", '"hot dog"', '"hot dog":']),
        ("concept:", ["concept:smile", "concept:small", 'concept:"hair length"', "concept:dog"]),
        ("concept:d", ["concept:dog"]),
        ("group:m", ['group:"my cats"']),
        ("cat:", [f"cat:{number}" for number in range(12)]),
        ("doodle:2", [f"doodle:{number}" for number in range(20, 30)]),
        ('"hot dog":1', [f'"hot dog":{number}' for number in range(10, 15)]),
        ("cat:15", []),
        ("cat:0", []),
        ("cat:x", []),
        ("zzz:", []),
        ("qqqq", []),
        ("smile ", ["smile + ", "smile - ", "smile *", "smile /"]),
        ("(smile)", ["(smile) + ", "(smile) - ", "(smile)*", "(smile)/"]),
        ("(smile ", ["(smile )", "(smile + ", "(smile - ", "(smile *", "(smile /"]),
        ("smile 3", []),
    ],
)
def test_what_comes_first(text, results):
    found = [inserted(text, completion) for completion in offered(text)]
    assert found[: len(results)] == results
    if text != '"':
        assert found == results


def test_a_digit_is_a_class_or_the_beginning_of_a_picture():
    assert [inserted("7", one) for one in offered("7", DIGITS)] == ["7:"]
    assert [one.insert for one in offered("2*", DIGITS)[:4]] == ["thickness", "0", "digit:", "1"]
    first = offered("", DIGITS)
    assert len(first) == 12
    assert {one.kind for one in first} == {"class", "picture", "concept"}
    assert first[0].kind == "class"


def test_something_to_start_from_comes_first_and_then_something_to_add():
    assert offered("")[0].kind == "class"
    assert offered("cat:1 + ")[0].kind == "concept"


def test_the_word_round_the_cursor_is_replaced_and_the_rest_stays():
    text = "cat:1 + smal - dog:2"
    completion = offered(text, cursor=text.index("al"))[0]
    assert (completion.start, completion.end) == (8, 12)
    assert inserted(text, completion) == "cat:1 + smile - dog:2"
    text = '1.5*"hair len" + cat'
    assert inserted(text, offered(text, cursor=8)[0]) == '1.5*"hair length" + cat'
    assert offered("sm", cursor=-5) == offered("sm", cursor=0)
    assert offered("sm", cursor=99) == offered("sm", cursor=2)


def test_a_class_called_like_a_picture_is_offered_once():
    known = _vocabulary(("doodle", "cat"), (), ())
    assert [one.insert for one in offered("dood", known)] == ["doodle", "doodle:"]


def test_what_has_no_pictures_is_not_offered():
    known = _vocabulary(tuple(f"class{number}" for number in range(40)), (), ())
    assert offered("class29", known)[0].insert == "class29:"
    assert not {one.insert for one in offered("class35", known)} & {"class35", "class35:"}


def test_a_text_that_is_too_long_gets_none():
    assert offered("a" * 2001) == []
    assert offered("cat:" + "9" * 1900) == []


PIECES = [
    "cat",
    "hot",
    "hair ",
    "smile",
    ":",
    '"',
    "\\",
    "1",
    "12",
    " ",
    "+",
    "-",
    "*",
    "(",
    ")",
    "concept",
    "“",
    "\x00",
]


@given(st.text(max_size=20) | st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.integers(0, 60))
def test_for_any_text_there_are_at_most_twelve_that_lie_in_it(text, cursor):
    found = DRAWN.completions(text, cursor)
    assert len(found) <= 12
    assert len({(one.insert, one.start, one.end) for one in found}) == len(found)
    for one in found:
        assert 0 <= one.start <= min(cursor, len(text)) <= one.end <= len(text)
        assert one.insert != text[one.start : one.end]


def test_every_name_that_is_offered_means_something():
    for known in (DRAWN, DIGITS):
        for text in ("", "cat:0 + ", "concept:", "class:", "group:"):
            for one in known.completions(text, len(text)):
                typed = inserted(text, one).removeprefix("cat:0 + ")
                typed += "0" if typed.endswith(":") else ""
                try:
                    evaluate(parse(typed), known)
                except ExpressionProblem as problem:
                    raise AssertionError(typed) from problem
