"""The line of an expression in Python: what the browser gets, and what may come back."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from ui.components.expression.view import KINDS, Fault, Word, clean_text, expression_data
from vae_core.concepts.expressions import ExpressionProblem, parse

WORDS = [Word("hair length", '"hair length"', "concept"), Word("cat:", "cat:", "picture")]


def line_script():
    import streamlit as st

    from ui.components.expression.view import expression_view

    sent = expression_view("line", "7 - 1", [], fault=None, examples=["7 - 1 + 4"])
    st.session_state.seen_by_python = (*st.session_state.get("seen_by_python", ()), sent)


@pytest.fixture
def app():
    return AppTest.from_function(line_script, default_timeout=180).run()


def seen_after(app, value):
    """What Python got in the run after the browser sent ``value``."""
    app.session_state["line"] = value
    app.run()
    assert not app.exception, app.exception
    return app.session_state["seen_by_python"][-1]


def sent(app, text, mark):
    return seen_after(app, {"sent": {"text": text, "mark": mark}})


def data_of(text="", fault=None, words=WORDS, examples=()):
    return expression_data(text, words, fault, examples)


def test_a_text_is_returned_once(app):
    assert app.session_state["seen_by_python"] == (None,)
    assert sent(app, "7 - 1 + 4", "a") == "7 - 1 + 4"
    assert sent(app, "7 - 1 + 4", "a") is None
    assert sent(app, "7 - 1 + 4", "b") == "7 - 1 + 4"
    assert sent(app, "", "c") == ""
    assert sent(app, "ä − 😀", "d") == "ä − 😀"


def test_characters_that_control_are_dropped(app):
    assert sent(app, "7\x00 \n-\u2028 1\x1b\ud800\x7f", "a") == "7 - 1"
    assert sent(app, "<script>alert(1)</script>", "b") == "<script>alert(1)</script>"


def test_a_text_has_at_most_2000_characters(app):
    assert sent(app, "7" * 2_000, "a") == "7" * 2_000
    assert sent(app, "7" * 2_001, "b") is None
    assert sent(app, "\n" * 1_000_000, "c") is None


JUNK = [
    None,
    7,
    "text",
    [],
    {},
    {"sent": None},
    {"sent": "7"},
    {"sent": ["7", "a"]},
    {"sent": {"text": "7"}},
    {"sent": {"mark": "a"}},
    {"sent": {"text": "7", "mark": ""}},
    {"sent": {"text": "7", "mark": "x" * 65}},
    {"sent": {"text": "7", "mark": {"a": 1}}},
    *(
        {"sent": {"text": text, "mark": f"m{number}"}}
        for number, text in enumerate((None, 7, True, float("nan"), ["7"], {"a": "7"}))
    ),
]


def test_junk_is_no_text_and_the_next_one_counts(app):
    for number, junk in enumerate(JUNK):
        assert seen_after(app, junk) is None, junk
        if number % 6 == 0:
            assert sent(app, "7", f"good {number}") == "7"


def test_what_the_browser_gets():
    data = data_of("7 - 1", Fault(4, 1, "found 1"), examples=["7 - 1 + 4"])
    assert json.loads(json.dumps(data)) == data
    assert data["words"] == [["hair length", '"hair length"', "concept"], ["cat:", "cat:", "picture"]]
    assert data["fault"] == {"start": 4, "end": 5, "message": "found 1"}
    assert (data["text"], data["examples"], data["longest"]) == ("7 - 1", ["7 - 1 + 4"], 2_000)
    assert data_of("7")["fault"] is None


def test_a_long_text_is_shown_to_2000_characters_and_its_fault_at_their_end():
    data = data_of("7+" * 2_000, Fault(2_000, 1, "too long"))
    assert data["text"] == "7+" * 1_000
    assert data["fault"] == {"start": 2_000, "end": 2_000, "message": "too long"}


def test_a_fault_is_counted_as_the_browser_counts():
    text = "😀\n + \x00?"
    shown = data_of(text, Fault(text.index("?"), 1, "found ?"))
    units = shown["text"].encode("utf-16-le")
    place = slice(2 * shown["fault"]["start"], 2 * shown["fault"]["end"])
    assert units[place].decode("utf-16-le") == "?"


@given(st.text(max_size=60), st.data())
def test_faults_point_at_the_same_characters_in_the_browser(text, draw):
    position = draw.draw(st.integers(0, len(text)))
    length = draw.draw(st.integers(0, len(text) - position))
    data = data_of(text, Fault(position, length, "wrong"))
    units = data["text"].encode("utf-16-le")
    fault = data["fault"]
    assert units[2 * fault["start"] : 2 * fault["end"]].decode("utf-16-le") == clean_text(
        text[position : position + length]
    )


@given(st.text(alphabet=st.characters(), max_size=80))
def test_every_problem_of_the_grammar_can_be_shown(text):
    cleaned = clean_text(text)
    assert not {unicodedata.category(sign) for sign in cleaned} & {"Cc", "Cs"}
    try:
        parse(cleaned)
    except ExpressionProblem as problem:
        fault = data_of(cleaned, Fault(problem.position, problem.length, str(problem)))["fault"]
        assert 0 <= fault["start"] <= fault["end"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"words": [Word(str(n), str(n), "class") for n in range(501)]}, "501 of them; expected at most 500"),
        ({"words": [Word("a", "a", "sign")]}, "kind 'sign'; expected class, picture, concept, group"),
        ({"words": [Word("", "a", "class")]}, "expected texts"),
        ({"words": [Word("a", "\n", "class")]}, "expected texts"),
        ({"text": "7", "fault": Fault(2, 1, "x")}, "at 2 in a text of 1"),
        ({"text": "7", "fault": Fault(-1, 1, "x")}, "at -1 in a text of 1"),
        ({"text": "7", "fault": Fault(0, -1, "x")}, "-1 characters at 0"),
    ],
)
def test_what_does_not_fit_is_named(changes, words):
    with pytest.raises(ValueError, match=words):
        data_of(**changes)


def test_every_kind_of_word_is_taken():
    words = [Word(kind, kind, kind) for kind in KINDS]
    assert [word[2] for word in data_of(words=words)["words"]] == ["class", "picture", "concept", "group"]
