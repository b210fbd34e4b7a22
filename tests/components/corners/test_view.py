"""The sheet between four pictures in Python: what the browser gets, and what may come back."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from ui.components.corners.view import Place, corners_data
from vae_core import load_model

LABELS = ["zero", "one", "two", "three"]


def corners_script():
    import numpy as np
    import streamlit as st

    from ui.components.corners.view import corners_view
    from vae_core import load_model

    corners = np.array([[-1, 1], [1, 1], [-1, -1], [1, -1]], np.float32) * st.session_state.get("wide", 1)
    place = corners_view("sheet", load_model("digits-2d"), corners, list("abcd"), (0.5, 0.5), move=0)
    st.session_state.seen_by_python = (*st.session_state.get("seen_by_python", ()), place)


@pytest.fixture
def app():
    return AppTest.from_function(corners_script, default_timeout=180).run()


def data_of(**changes):
    corners = np.array([[-1, 1], [1, 1], [-1, -1], [1, -1]], np.float32)
    fitting = {"model": load_model("digits-2d"), "corners": corners, "labels": LABELS, "place": (0.5, 0.25)}
    return corners_data(**{**fitting, **changes}, move=3)


def sent(app, place):
    """What Python got in the run after the browser sent ``place``."""
    app.session_state["sheet"] = {"place": place}
    app.run()
    assert not app.exception, app.exception
    return app.session_state["seen_by_python"][-1]


def released(u=0.25, v=0.75, *, keep=False, release="a", **changes):
    return {"sheet": data_of()["sheet"], "u": u, "v": v, "keep": keep, "release": release, **changes}


def test_a_place_is_returned_once(app):
    assert app.session_state["seen_by_python"] == (None,)
    assert sent(app, released()) == Place(0.25, 0.75, keep=False)
    assert sent(app, released()) is None
    assert sent(app, released(keep=True, release="b")) == Place(0.25, 0.75, keep=True)
    assert sent(app, released(0, 1, release="c")) == Place(0.0, 1.0, keep=False)


def test_a_place_of_other_corners_is_ignored(app):
    app.session_state["wide"] = 2
    assert sent(app, released()) is None


JUNK = [
    None,
    7,
    "text",
    [],
    {},
    float("nan"),
    released(release=None),
    released(release=""),
    released(release="x" * 100_000),
    released(release={"a": 1}),
    released(sheet=None, release="none"),
    released(sheet=["x"], release="list"),
    *(released(keep=keep, release=f"keep {keep}") for keep in (None, 0, 1, "true", [True])),
    *(
        released(**{axis: value}, release=f"{axis} {number}")
        for axis in "uv"
        for number, value in enumerate(
            (None, True, "0.5", -0.01, 1.01, 10**400, float("nan"), float("inf"), [0.5], {"0": 1})
        )
    ),
]


def test_junk_is_no_place_and_the_next_place_counts(app):
    for number, junk in enumerate(JUNK):
        assert sent(app, junk) is None, junk
        if number % 5 == 0:
            assert sent(app, released(release=f"good {number}")) == Place(0.25, 0.75, keep=False)
    assert sent(app, released(release="good")) == Place(0.25, 0.75, keep=False)


def test_shapeless_junk_is_ignored(app):
    for value in (None, 7, "text", [], {"other": 1}):
        app.session_state["sheet"] = value
        app.run()
        assert not app.exception, value
        assert app.session_state["seen_by_python"][-1] is None, value


def test_what_the_browser_gets():
    data = data_of()
    assert json.loads(json.dumps(data)) == data
    assert data["corners"] == [[-1, 1], [1, 1], [-1, -1], [1, -1]]
    assert (data["labels"], data["place"], data["move"]) == (LABELS, [0.5, 0.25], 3)
    assert data["source"]["latent_dim"] == 2
    assert data["axes"] is None
    assert data_of(axes=(("smile", 2), ("tilt", 3.0)))["axes"] == [["smile", 2.0], ["tilt", 3.0]]
    assert data["sheet"] == data_of(labels=list("abcd"), place=(0, 1))["sheet"]
    assert data["sheet"] != data_of(corners=np.zeros((4, 2)))["sheet"]
    assert data["sheet"] != data_of(model=load_model("mnist-2d"))["sheet"]


@given(st.lists(st.floats(-1_000, 1_000, width=32), min_size=8, max_size=8))
def test_corners_travel_exactly(values):
    corners = np.array(values, np.float32).reshape(4, 2)
    np.testing.assert_array_equal(data_of(corners=corners)["corners"], corners)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"corners": np.zeros((4, 3))}, "3 dimensions; digits-2d has 2"),
        ({"corners": np.zeros((3, 2))}, "four codes"),
        ({"corners": np.full((4, 2), np.nan)}, "NaN"),
        ({"corners": np.full((4, 2), 1e6)}, "at most"),
        ({"labels": ["a", "b", "c"]}, "3 texts; expected 4"),
        ({"axes": [("smile", 2.0)]}, "expected two names"),
        ({"axes": [("smile", 2.0), ("glasses", 0.0)]}, "strength above 0"),
        ({"axes": [("smile", 2.0), ("glasses", float("nan"))]}, "strength above 0"),
        ({"place": (0.5,)}, "two numbers"),
        ({"place": (0.5, 1.5)}, "from 0 to 1"),
        ({"place": (float("nan"), 0)}, "from 0 to 1"),
    ],
)
def test_what_does_not_fit_is_named(change, words):
    with pytest.raises(ValueError, match=words):
        data_of(**change)
