"""The sheet and the canvas in AppTest: what Python makes of whatever a browser may send."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from ui.components.component import loader
from ui.components.drawing.view import drawn_image
from ui.components.sheet.view import sheet_data


def sheet_script():
    import numpy as np
    import streamlit as st

    from ui.components.sheet.view import sheet

    picked = sheet("sheet", np.zeros((6, 4, 4, 1)), 3, labels=[str(i) for i in range(6)])
    st.session_state.seen_by_python = (*st.session_state.get("seen_by_python", ()), picked)


def drawing_script():
    import streamlit as st

    from ui.components.drawing.view import drawing

    image = drawing("paper", (4, 5, 1))
    st.session_state.seen_by_python = (*st.session_state.get("seen_by_python", ()), image)


def sent(app, key, value):
    """What Python got in the run after the browser sent ``value``."""
    app.session_state[key] = value
    app.run()
    assert not app.exception, app.exception
    return app.session_state["seen_by_python"][-1]


@pytest.fixture
def sheet_app():
    return AppTest.from_function(sheet_script, default_timeout=180).run()


@pytest.fixture
def drawing_app():
    return AppTest.from_function(drawing_script, default_timeout=180).run()


def test_a_pick_is_returned_once(sheet_app):
    assert sheet_app.session_state["seen_by_python"] == (None,)
    assert sent(sheet_app, "sheet", {"picked": {"index": 4, "pick": "a"}}) == 4
    assert sent(sheet_app, "sheet", {"picked": {"index": 4, "pick": "a"}}) is None
    assert sent(sheet_app, "sheet", {"picked": {"index": 4, "pick": "b"}}) == 4
    assert sent(sheet_app, "sheet", {"picked": {"index": 0, "pick": "c"}}) == 0


JUNK = [
    None,
    7,
    "text",
    [],
    {},
    float("nan"),
    {"index": 4},
    {"index": 4, "pick": None},
    {"index": 4, "pick": ""},
    {"index": 4, "pick": "x" * 100_000},
    {"index": 4, "pick": {"a": 1}},
    *(
        {"index": index, "pick": "junk"}
        for index in (None, True, False, -1, 6, 10**30, 1.0, float("nan"), "1", [1], {"0": 1}, [0] * 10_000)
    ),
    {"index": 4, "pick": "late", "sheet": "of other pictures"},
]


@pytest.mark.parametrize("picked", JUNK)
def test_junk_is_no_pick_and_the_next_pick_counts(sheet_app, picked):
    assert sent(sheet_app, "sheet", {"picked": picked}) is None
    assert sent(sheet_app, "sheet", {"picked": {"index": 5, "pick": "good"}}) == 5


@pytest.mark.parametrize("value", [None, 7, "text", [], {"other": 1}])
@pytest.mark.parametrize("key", ["sheet", "paper"])
def test_shapeless_junk_is_ignored(sheet_app, drawing_app, key, value):
    app = sheet_app if key == "sheet" else drawing_app
    assert sent(app, key, value) is None
    assert not app.warning


def test_what_a_sheet_sends_is_the_same_for_the_same_pictures_and_holds_them():
    images = np.random.default_rng(0).random((5, 4, 6, 3), dtype=np.float32)
    labels = list("abcde")
    first, again = sheet_data(images, 2, labels), sheet_data(images.copy(), 2, labels)
    assert first == again
    assert first["sheet"] != sheet_data(images[::-1], 2, labels)["sheet"]
    assert first["sheet"] != sheet_data(images, 2, labels[::-1])["sheet"]
    assert first["shape"] == [4, 6]
    assert first["picture"].startswith("data:image/png;base64,")
    assert base64.b64decode(first["picture"].partition(",")[2])[:4] == b"\x89PNG"
    named = sheet_data(images, 2, labels, row_labels=["a", ("b", "1.5 nats"), "c"])
    assert named["rowLabels"] == [["a", ""], ["b", "1.5 nats"], ["c", ""]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"images": np.zeros((4, 4, 4))}, "shape"),
        ({"images": np.zeros((4, 4, 4, 2))}, "1 or 3"),
        ({"images": np.zeros((0, 4, 4, 1)), "labels": []}, "0 images"),
        ({"images": np.zeros((1_025, 1, 1, 1))}, "1,025"),
        ({"images": np.full((4, 4, 4, 1), 255.0)}, "255"),
        ({"images": np.full((4, 4, 4, 1), np.nan)}, "NaN"),
        ({"columns": 0}, "columns is 0"),
        ({"labels": ["a"]}, "expected 4, one per image"),
        ({"row_labels": ["a"]}, "expected 2, one per row"),
        ({"column_labels": ["a"]}, "expected 2, one per column"),
        ({"colours": ["#ffffff"]}, "expected 4, one per image"),
        ({"colours": ["red;}*{display:none", None, None, None]}, "#rrggbb"),
    ],
)
def test_a_sheet_names_what_does_not_fit(change, words):
    fitting = {"images": np.zeros((4, 4, 4, 1)), "columns": 2, "labels": list("abcd")}
    with pytest.raises(ValueError, match=words):
        sheet_data(**{**fitting, **change})


def paper(pixels, shape=(4, 5), stroke="a"):
    content = pixels if isinstance(pixels, str) else base64.b64encode(bytes(pixels)).decode()
    return {"drawing": {"pixels": content, "shape": list(shape), "stroke": stroke}}


def test_a_drawing_is_returned_once_with_its_pixels(drawing_app):
    image = sent(drawing_app, "paper", paper(range(0, 200, 10)))
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, np.arange(0, 200, 10).reshape(4, 5, 1) / 255, rtol=1e-6)
    assert sent(drawing_app, "paper", paper(range(0, 200, 10))) is None
    assert sent(drawing_app, "paper", paper([255] * 20, stroke="b")).min() == 1
    assert not drawing_app.warning


def test_a_blank_canvas_is_no_drawing(drawing_app):
    assert sent(drawing_app, "paper", paper([0] * 20)) is None
    assert not drawing_app.warning


@pytest.mark.parametrize(
    ("drawing", "words"),
    [
        ("text", "type str"),
        (7, "type int"),
        ([1] * 10_000, "type list"),
        ({}, "stroke"),
        ({**paper([1] * 20)["drawing"], "stroke": 5}, "stroke"),
        (paper([1] * 20, shape=(5, 4))["drawing"], "[5, 4]"),
        (paper([1] * 20, shape=[10**400, 4])["drawing"], "shape"),
        (paper([1] * 20, shape=[0] * 10_000)["drawing"], "type list"),
        (paper([1] * 20, shape=[[[0]], {"x": 1}])["drawing"], "shape"),
        (paper([1] * 19)["drawing"], "19 pixels"),
        (paper([1] * 22)["drawing"], "characters"),
        (paper("A" * 1_000_000)["drawing"], "1,000,000"),
        (paper("!" * 28)["drawing"], "base64"),
        (paper("é" * 28)["drawing"], "base64"),
        ({**paper([1] * 20)["drawing"], "pixels": [1] * 20}, "base64"),
        ({**paper([1] * 20)["drawing"], "pixels": float("nan")}, "nan"),
        (paper("[x](//evil.example) ![x](//e)")["drawing"], "characters"),
    ],
)
def test_junk_on_the_canvas_gives_one_clear_line(drawing_app, drawing, words):
    assert sent(drawing_app, "paper", {"drawing": drawing}) is None
    assert len(drawing_app.warning) == 1
    text = drawing_app.warning[0].value.replace("\\", "")
    assert text.startswith("The canvas sent a drawing that is not usable (")
    assert words in text
    assert "\n" not in text
    assert len(text) < 200
    assert sent(drawing_app, "paper", paper([9] * 20, stroke="good")) is not None
    assert not drawing_app.warning


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(
    value=JSON
    | st.fixed_dictionaries({"pixels": JSON, "shape": JSON | st.just([1, 3]), "stroke": JSON | st.text()})
)
def test_whatever_is_sent_is_an_image_or_a_short_reason(value):
    try:
        image = drawn_image(value, (1, 3, 1))
    except ValueError as error:
        assert 0 < len(str(error)) < 200
    else:
        assert image.shape == (1, 3, 1)


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 3), (0, 28, 1), (28, 129, 1)])
def test_a_canvas_of_another_shape_is_refused(shape):
    from ui.components.drawing.view import drawing

    with pytest.raises(ValueError, match="expected"):
        drawing("paper", shape)


def test_only_modules_of_the_player_are_loaded():
    assert '"/sheet/sheet.js"' in loader("sheet/sheet.js")
    with pytest.raises(ValueError, match="no module"):
        loader('x"; alert(1); "')
