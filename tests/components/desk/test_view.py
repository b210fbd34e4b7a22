"""The mixing desk in Python: what the browser gets, and what may come back."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from ui.components.desk.view import Fader, Kept, Released, desk_data
from ui.server import shelf
from vae_core import load_model

CODES = np.array([[-1, 1], [1, 1], [0, 0.5]], np.float32)


def desk_script():
    import numpy as np
    import streamlit as st

    from ui.components.desk.view import Fader, desk_view
    from vae_core import load_model

    codes = np.array([[-1, 1], [1, 1], [0, 0.5]], np.float32) * st.session_state.get("wide", 1)
    faders = [
        Fader("smile", np.array([1, 0], np.float32), 0.0, (-1.0, 2.0)),
        Fader("tilt", np.array([0, 1], np.float32), 0.5, (-4.0, 4.0), "#3a9c94"),
    ]
    event = desk_view("desk", load_model("digits-2d"), codes, list("abc"), faders, move=0)
    st.session_state.seen_by_python = (*st.session_state.get("seen_by_python", ()), event)


@pytest.fixture
def app():
    return AppTest.from_function(desk_script, default_timeout=180).run()


def fader(**changes):
    fitting = {
        "name": "smile",
        "direction": np.array([1, 0], np.float32),
        "value": 0.0,
        "inside": (-1.0, 2.0),
    }
    return Fader(**{**fitting, **changes})


def faders():
    tilt = fader(name="tilt", direction=np.array([0, 1]), value=0.5, inside=(-4, 4), colour="#3a9c94")
    return [fader(), tilt]


def data_of(**changes):
    fitting = {"model": load_model("digits-2d"), "codes": CODES, "labels": list("abc"), "faders": faders()}
    return desk_data(**{**fitting, **changes}, move=3)


def message(strengths=(0.5, -3), mark="a", **changes):
    return {"desk": data_of()["id"], "strengths": list(strengths), "mark": mark, **changes}


def sent(app, **values):
    """What Python got in the run after the browser sent these values."""
    app.session_state["desk"] = {"kept": None, "released": None, **values}
    app.run()
    assert not app.exception, app.exception
    return app.session_state["seen_by_python"][-1]


def test_an_event_is_returned_once(app):
    assert app.session_state["seen_by_python"] == (None,)
    assert sent(app, released=message()) == Released((0.5, -3.0))
    assert sent(app, released=message()) is None
    assert sent(app, released=message((3, 0), "b")) == Released((3.0, 0.0))
    assert sent(app, kept=message(index=2)) == Kept(2, (0.5, -3.0))
    assert sent(app, kept=message(index=2)) is None


def test_of_two_events_in_the_same_moment_none_is_lost(app):
    both = {"released": message(mark="1"), "kept": message(mark="2", index=0)}
    assert sent(app, **both) == Kept(0, (0.5, -3.0))
    assert sent(app, **both) == Released((0.5, -3.0))
    assert sent(app, **both) is None


def test_an_event_of_other_pictures_is_ignored(app):
    app.session_state["wide"] = 2
    assert sent(app, released=message()) is None
    assert sent(app, kept=message(mark="b", index=0)) is None


JUNK = [
    None,
    7,
    "text",
    [],
    {},
    float("nan"),
    *(message(mark=mark) for mark in (None, "", "x" * 100_000, {"a": 1}, 3)),
    *(message(mark=f"desk {desk}", desk=desk) for desk in (None, "", 0, ["x"], {"a": 1})),
    *(
        {**message(mark=f"strengths {number}"), "strengths": strengths}
        for number, strengths in enumerate(
            [
                None,
                1,
                "0,",
                {"0": 1},
                [],
                [0],
                [0, 0, 0],
                [0] * 100_000,
                [0, 3.001],
                [-3.001, 0],
                [0, float("nan")],
                [0, float("inf")],
                [0, 10**400],
                [0, True],
                [0, None],
                [0, "1"],
                [0, [1]],
            ]
        )
    ),
]
INDICES = [None, True, "0", -1, 3, 10**400, 0.5, float("nan"), [0], {"0": 1}]


def test_junk_is_no_event_and_the_next_event_counts(app):
    for number, junk in enumerate(JUNK):
        kept = {**junk, "index": 0} if isinstance(junk, dict) else junk
        assert sent(app, released=junk, kept=kept) is None, junk
        if number % 8 == 0:
            assert sent(app, released=message(mark=f"good {number}")) == Released((0.5, -3.0))
    assert sent(app, kept=message(mark="good", index=0)) == Kept(0, (0.5, -3.0))


def test_no_picture_of_the_desk_is_kept(app):
    for number, index in enumerate(INDICES):
        assert sent(app, kept=message(mark=f"index {number}", index=index)) is None, index
    assert sent(app, kept=message(mark="none")) is None


def test_shapeless_junk_is_ignored(app):
    for value in (None, 7, "text", [], {"other": 1}):
        app.session_state["desk"] = value
        app.run()
        assert not app.exception, value
        assert app.session_state["seen_by_python"][-1] is None, value


def laid(data):
    """The numbers on the shelf."""
    content, _ = shelf._shelf.get(data["content"].rsplit("/", 1)[1])
    return np.frombuffer(content, "<f4").reshape(-1, 2)


def test_what_the_browser_gets():
    data = data_of()
    assert json.loads(json.dumps(data)) == data
    assert (data["labels"], data["move"], data["source"]["latent_dim"]) == (list("abc"), 3, 2)
    assert data["faders"] == [
        {"name": "smile", "value": 0.0, "inside": [-1.0, 2.0], "colour": None},
        {"name": "tilt", "value": 0.5, "inside": [-4.0, 4.0], "colour": "#3a9c94"},
    ]
    np.testing.assert_array_equal(laid(data), [*CODES, [1, 0], [0, 1]])
    assert data["pictures"] == data_of(faders=[fader()])["pictures"] != data_of(codes=CODES + 1)["pictures"]


def test_what_makes_it_another_desk():
    same = data_of()["id"]
    assert data_of(faders=[fader(value=1, inside=(0, 1), colour="#000000"), faders()[1]])["id"] == same
    assert data_of(labels=list("xyz"))["id"] == same
    for change in (
        {"codes": CODES + 1},
        {"faders": [fader()]},
        {"faders": [fader(name="other"), faders()[1]]},
        {"faders": [fader(direction=np.array([2, 0])), faders()[1]]},
        {"model": load_model("mnist-2d")},
    ):
        assert data_of(**change)["id"] != same, change


def test_data_without_an_end_travel_as_json():
    inside = data_of(faders=[fader(inside=(-np.inf, np.inf))])["faders"][0]["inside"]
    assert inside == [-1_000.0, 1_000.0]


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=4, max_size=4))
def test_codes_and_directions_travel_exactly(values):
    codes = np.array(values, np.float32).reshape(2, 2)
    data = data_of(codes=codes[:1], labels=["a"], faders=[fader(direction=codes[1])])
    np.testing.assert_array_equal(laid(data), codes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"codes": np.zeros((3, 3))}, "z has shape"),
        ({"codes": np.full((3, 2), np.nan)}, "NaN"),
        ({"codes": np.zeros((0, 2)), "labels": []}, "0 pictures: expected 1 to 24"),
        ({"codes": np.zeros((25, 2)), "labels": ["a"] * 25}, "25 pictures: expected 1 to 24"),
        ({"labels": ["a", "b"]}, "2 texts; expected 3"),
        ({"faders": []}, "0 faders: expected 1 to 8"),
        ({"faders": [fader()] * 9}, "9 faders: expected 1 to 8"),
        ({"faders": [fader(name="  ")]}, "no name"),
        ({"faders": [fader(direction=np.zeros(3))]}, r"'smile' has a direction of shape \(3,\)"),
        ({"faders": [fader(direction=np.zeros((1, 2)))]}, r"shape \(1, 2\)"),
        ({"faders": [fader(direction=np.array([np.nan, 0]))]}, "direction of fader 'smile': .*NaN"),
        ({"faders": [fader(direction=np.array([1e30, 0]))]}, "at most"),
        ({"faders": [fader(value=3.1)]}, "value 3.1; expected -3 to 3"),
        ({"faders": [fader(value=float("nan"))]}, "expected -3 to 3"),
        ({"faders": [fader(value="1")]}, "expected -3 to 3"),
        ({"faders": [fader(inside=(1, 0))]}, "the smaller one first"),
        ({"faders": [fader(inside=(float("nan"), 1))]}, "two numbers"),
        ({"faders": [fader(inside=(0, 1, 2))]}, "two numbers"),
        ({"faders": [fader(inside=None)]}, "two numbers"),
        ({"faders": [fader(colour="red; background: url(x)")]}, "expected #rrggbb"),
    ],
)
def test_what_does_not_fit_is_named(change, words):
    with pytest.raises(ValueError, match=words) as raised:
        data_of(**change)
    assert "\n" not in str(raised.value)
