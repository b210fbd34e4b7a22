"""The map in Python: what the browser gets, and what is made of whatever a browser may send."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.support.map_points import CLASSES, class_column, map_points, number_column
from ui.components.map.view import RAMP, MapPicture, Mark, _extent_of, _points_content, map_data
from ui.frame.colours import PALETTE
from ui.server import routes
from vae_core import load_model
from vae_core.maps.columns import Column


def picture_of(points, **changes):
    given = {
        "model": load_model("digits-2d"),
        "points": points,
        "coords": points.z_mean,
        "axis_names": ("z1", "z2"),
        "column": class_column(points),
        "colours": PALETTE,
        "pictures_url": "/pictures",
        "has_originals": True,
        "class_names": CLASSES,
    }
    return MapPicture(**{**given, **changes})


@pytest.fixture
def shelved():
    """The bytes at an address of the shelf."""
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield lambda address: client.get(address).content


def parts_of(content):
    """Index, x, y and label as they travel."""
    (n,) = np.frombuffer(content[:4], "<u4")
    assert len(content) == 4 + 10 * n
    index = np.frombuffer(content, "<u4", n, 4)
    x = np.frombuffer(content, "<u2", n, 4 + 4 * n)
    y = np.frombuffer(content, "<u2", n, 4 + 6 * n)
    return index, x, y, np.frombuffer(content, "<i2", n, 4 + 8 * n)


def test_points_travel_with_their_place_label_index_and_split(shelved):
    points = map_points(500)
    data = map_data(picture_of(points))
    index, x, y, label = parts_of(shelved(data["points"]))
    np.testing.assert_array_equal(label, points.label)
    np.testing.assert_array_equal(index & 0x7FFFFFFF, points.index)
    np.testing.assert_array_equal(index >> 31 == 0, points.is_test)
    for steps, axis in ((x, 0), (y, 1)):
        low, high = data["extent"][axis]
        assert (low, high) == (points.z_mean[:, axis].min(), points.z_mean[:, axis].max())
        places = low + (high - low) * steps / 65_535
        assert np.abs(places - points.z_mean[:, axis]).max() <= (high - low) / 65_535


def test_seventy_thousand_points_are_ten_bytes_each(shelved):
    data = map_data(picture_of(map_points(70_000)))
    assert len(shelved(data["points"])) == 700_004
    assert len(shelved(data["column"]["values"])) == 70_000


def test_another_colour_leaves_the_points_and_another_place_the_colours():
    points = map_points(200)
    first = map_data(picture_of(points))
    assert first == map_data(picture_of(points))
    coloured = map_data(picture_of(points, column=number_column(points)))
    assert (coloured["points"], coloured["id"]) == (first["points"], first["id"])
    assert coloured["column"]["values"] != first["column"]["values"]
    moved = map_data(picture_of(points, coords=points.z_mean[:, ::-1], axis_names=None))
    assert moved["column"] == first["column"]
    assert moved["points"] != first["points"]
    assert moved["id"] != first["id"]
    assert moved["images"] == first["images"]
    assert moved["axes"] is None


def test_the_same_places_of_other_images_are_another_map():
    points = map_points(200)
    other = replace(points, digest="0" * 64)
    assert map_data(picture_of(points))["id"] != map_data(picture_of(other))["id"]


def test_colours_of_a_number_and_of_categories(shelved):
    points = map_points(300)
    column = map_data(picture_of(points))["column"]
    assert column["categories"] == list(CLASSES)
    assert column["colours"] == list(PALETTE)
    np.testing.assert_array_equal(np.frombuffer(shelved(column["values"]), np.uint8), points.label)
    column = map_data(picture_of(points, column=number_column(points)))["column"]
    assert column["categories"] is None
    assert column["colours"] == list(RAMP)
    values = np.frombuffer(shelved(column["values"]), np.uint8)
    assert (values[::10] == 255).all()
    assert values[1] == 0 and values[-1] == 254
    assert 0 <= column["low"] < 5 and 95 < column["high"] <= 100


def oklab_lightness(colour):
    """Ottosson 2020, "A perceptual color space for image processing"."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lms = (
        np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        )
        @ linear
    )
    return np.array([0.2104542553, 0.7936177850, -0.0040720468]) @ np.cbrt(lms)


def test_the_ramp_has_equal_steps_of_lightness():
    lightness = [oklab_lightness(colour) for colour in RAMP]
    np.testing.assert_allclose(lightness, np.linspace(0.47, 0.78, len(RAMP)), atol=0.004)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_no_point_a_single_one_and_equal_ones_have_an_extent(count, shelved):
    points = map_points(count)
    data = map_data(picture_of(points, coords=np.full((count, 2), 7, np.float32)))
    assert all(low < high for low, high in data["extent"])
    assert len(shelved(data["points"])) == 4 + 10 * count


def test_points_on_a_line_keep_their_place(shelved):
    points = map_points(50)
    coords = np.stack([np.linspace(-3, 3, 50), np.zeros(50)], axis=1).astype(np.float32)
    data = map_data(picture_of(points, coords=coords))
    low, high = data["extent"][1]
    assert low < 0 < high
    _, x, y, _ = parts_of(shelved(data["points"]))
    assert (np.diff(x.astype(int)) > 0).all()
    np.testing.assert_allclose(low + (high - low) * y / 65_535, 0, atol=1e-4)


def test_marks_backdrop_and_highlight_travel(shelved):
    points = map_points(20)
    marks = [Mark(1, 2, "here", "here"), Mark(0, 0, "walk", "path")]
    picture = picture_of(
        points, marks=marks, backdrop=("/plane.png", ((-3, 3), (-2, 2))), highlighted=np.array([3, 5])
    )
    data = map_data(picture, height=600)
    assert data["marks"] == [[1.0, 2.0, "here", "here"], [0.0, 0.0, "walk", "path"]]
    assert data["backdrop"] == {"url": "/plane.png", "ranges": [[-3.0, 3.0], [-2.0, 2.0]]}
    assert np.flatnonzero(np.frombuffer(shelved(data["highlighted"]), np.uint8)).tolist() == [3, 5]
    assert data["height"] == 600
    assert map_data(picture_of(points))["highlighted"] is None


TWENTY = map_points(20)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"coords": np.zeros((19, 2), np.float32)}, r"expected \(20, 2\)"),
        ({"coords": np.zeros((20, 3), np.float32)}, r"expected \(20, 2\)"),
        ({"coords": np.full((20, 2), np.nan, np.float32)}, "NaN"),
        ({"coords": np.full((20, 2), np.inf, np.float32)}, "infinite"),
        ({"column": Column("Short", np.zeros(3, np.float32), None)}, "'Short' has 3 values; expected 20"),
        ({"colours": ("red",)}, "expected #rrggbb"),
        ({"colours": ()}, "at least one colour"),
        ({"selected": 20}, "selected is 20; expected a row from 0 to 19"),
        ({"selected": -1}, "selected is -1"),
        ({"highlighted": np.array([0, 20])}, "from 0 to 19"),
        ({"highlighted": np.array([0.5])}, "whole numbers"),
        ({"highlighted": np.zeros((2, 2), int)}, "whole numbers"),
        ({"marks": [Mark(0, 0, "a", "there")]}, "'there'; expected 'here', 'new' or 'path'"),
        ({"marks": [Mark(0, float("nan"), "a", "here")]}, "finite numbers"),
        ({"marks": [Mark(0, 0, "a", "path")] * 1_001}, "1,001 marks"),
        ({"backdrop": ("/a.png", ((1, 1), (0, 1)))}, "low < high"),
        ({"backdrop": ("/a.png", ((0, float("inf")), (0, 1)))}, "low < high"),
    ],
)
def test_what_no_map_can_show_is_refused_in_one_line(change, words):
    with pytest.raises(ValueError, match=words) as failure:
        map_data(picture_of(TWENTY, **change))
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize("height", [100, 1_601])
def test_a_height_has_bounds(height):
    with pytest.raises(ValueError, match=f"height is {height}"):
        map_data(picture_of(TWENTY), height=height)


def map_script():
    import streamlit as st

    from tests.components.map.test_view import picture_of
    from tests.support.map_points import map_points
    from ui.components.map.view import map_data, map_view

    picture = picture_of(map_points(20))
    st.session_state.map_id = map_data(picture)["id"]
    event = map_view("map", picture)
    st.session_state.seen_by_python = (*st.session_state.get("seen_by_python", ()), event)


@pytest.fixture(scope="module")
def app():
    """One app for all: whatever is sent to it, the next thing sent must count."""
    return AppTest.from_function(map_script, default_timeout=180).run()


@pytest.fixture
def mark(request):
    """A text of its own for what a test sends, as the browser makes one for all that it sends."""
    return hashlib.sha256(request.node.name.encode()).hexdigest()


def sent(app, **values):
    """What Python got in the run after the browser sent ``values``, each with the map it belongs to."""
    map_id = app.session_state["map_id"]
    app.session_state["map"] = {
        name: {"map": map_id, **value} if isinstance(value, dict) else value for name, value in values.items()
    }
    app.run()
    assert not app.exception, app.exception
    return app.session_state["seen_by_python"][-1]


TRIANGLE = [[0, 0], [1, 0], [0, 1.5]]


def test_a_pick_is_returned_once(app):
    assert app.session_state["seen_by_python"][-1] is None
    assert sent(app, picked={"row": 7, "mark": "a"}).row == 7
    assert sent(app, picked={"row": 7, "mark": "a"}) is None
    assert sent(app, picked={"row": 7, "mark": "b"}).row == 7
    assert sent(app, picked={"row": 0, "mark": "c"}).row == 0


def test_a_selection_is_returned_once_and_cleared_once(app):
    event = sent(app, selected={"polygon": TRIANGLE, "hidden": [2, -1], "mark": "a"})
    np.testing.assert_array_equal(event.polygon, TRIANGLE)
    assert event.hidden == (2, -1)
    assert sent(app, selected={"polygon": TRIANGLE, "hidden": [], "mark": "a"}) is None
    assert type(sent(app, selected={"polygon": None, "mark": "b"})).__name__ == "Cleared"
    assert sent(app, selected={"polygon": None, "mark": "b"}) is None


def test_a_pick_beside_a_selection_comes_with_the_next_run(app):
    both = {
        "selected": {"polygon": TRIANGLE, "hidden": [], "mark": "both"},
        "picked": {"row": 3, "mark": "both"},
    }
    assert hasattr(sent(app, **both), "polygon")
    assert sent(app, **both).row == 3
    assert sent(app, **both) is None


def test_the_browser_learns_what_went_into_the_picture_that_it_gets(app):
    def heard():
        return json.loads(app.get("bidi_component")[0].proto.json)["heard"]

    # What comes with a run is returned after the picture of that run was made.
    sent(app, picked={"row": 3, "mark": "first"})
    assert heard()["picked"] != "first"
    sent(app, picked={"row": 4, "mark": "second"})
    assert heard()["picked"] == "first"
    sent(app, picked={"row": "junk", "mark": "third"})
    sent(app, selected={"polygon": None, "mark": "fourth"})
    assert heard()["picked"] == "third"


JUNK_PICKS = [
    None,
    7,
    "text",
    [],
    {},
    {"row": 4},
    {"row": 4, "mark": None},
    {"row": 4, "mark": ""},
    {"row": 4, "mark": "x" * 100_000},
    {"row": 4, "mark": {"a": 1}},
    {"row": 4, "mark": "late", "map": "another"},
    {"row": 4, "mark": "late", "map": None},
    *(
        {"row": row, "mark": "junk"}
        for row in (None, True, False, -1, 20, 10**30, 1.0, float("nan"), "1", [1], {"0": 1}, [0] * 10_000)
    ),
]


@pytest.mark.parametrize("picked", JUNK_PICKS)
def test_junk_is_no_pick_and_the_next_pick_counts(app, mark, picked):
    assert sent(app, picked=picked) is None
    assert sent(app, picked={"row": 5, "mark": mark}).row == 5


JUNK_SELECTIONS = [
    {"hidden": [], "mark": "junk"},
    *(
        {"polygon": polygon, "hidden": [], "mark": "junk"}
        for polygon in (
            7,
            "text",
            [],
            [[0, 0], [1, 1]],
            [[0, 0], [1, 1], [2]],
            [[0, 0], [1, 1], [2, None]],
            [[0, 0], [1, 1], [2, "3"]],
            [[0, 0], [1, 1], [2, float("nan")]],
            [[0, 0], [1, 1], [2, float("inf")]],
            [[0, 0], [1, 1], [2, 10**400]],
            [[[0, 0], [1, 1], [2, 2]]],
            [[0, 0, 0]] * 3,
            {"0": [0, 0], "1": [1, 1], "2": [1, 2]},
            [[0, 1]] * 5_000,
        )
    ),
    *(
        {"polygon": TRIANGLE, "hidden": hidden, "mark": "junk"}
        for hidden in (None, 0, "0", {}, [3], [-2], [True], [0.0], ["0"], [None], [0, 1, 2, -1, 0])
    ),
]


@pytest.mark.parametrize("selected", JUNK_SELECTIONS)
def test_junk_is_no_selection_and_the_next_one_counts(app, mark, selected):
    assert sent(app, selected=selected) is None
    assert len(sent(app, selected={"polygon": TRIANGLE, "hidden": [], "mark": mark}).polygon) == 3


@pytest.mark.parametrize("value", [None, 7, "text", [], {"other": 1}])
def test_shapeless_junk_is_ignored(app, value):
    app.session_state["map"] = value
    app.run()
    assert not app.exception, app.exception
    assert app.session_state["seen_by_python"][-1] is None


@given(st.integers(1, 40), st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_every_place_comes_back_within_a_step_of_the_extent(count, middle, size):
    points = map_points(count)
    coords = (np.float32(middle) + np.float32(size) * points.z_mean).astype(np.float32)
    extent = _extent_of(coords)
    _, x, y, _ = parts_of(_points_content(points, coords, extent))
    for steps, values, (low, high) in zip((x, y), coords.T, extent, strict=True):
        assert np.abs(low + (high - low) * steps / 65_535 - values).max() <= (high - low) / 65_535
