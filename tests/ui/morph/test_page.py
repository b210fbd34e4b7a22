"""The Morph page: its ends, its ways, what can be taken along, and what it says to bad input."""

import base64

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.support.tiny_models import folder_files, write_tiny
from tests.ui.explore.test_page import texts
from tests.ui.frame.test_pages import opened, parameter, point, warning
from tests.ui.map.test_page import button, component
from ui.visit.ends_address import code_of, end_at, row_of
from ui.visit.state import ENDS_KEY, start_of
from vae_core import load_model
from vae_core.base.home import models_folder
from vae_core.images.rendering import png_bytes
from vae_core.maps.groups import Groups
from vae_core.maps.points import held_out_points
from vae_core.space.favourites import Favourites

MORPH = "pages/3_Morph.py"
OWNER = "a" * 32


def ends_in(app):
    return parameter(app, "ends").split("~")


def films(app):
    return component(app, "morph")["morph"]["films"]


def at_address(**query):
    """The page once another address was opened on it."""
    app = opened(MORPH)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception
    return app


def dialog(model, place, **state):
    """What stands in the dialog for the end at ``place``."""

    def script(model, place):
        from functools import partial

        from ui.morph.ends import replace_end
        from ui.pictures.picker import show_choice
        from vae_core import load_model

        loaded = load_model(model)
        show_choice(loaded, partial(replace_end, loaded, place))

    app = AppTest.from_function(script, args=(model, place), default_timeout=180)
    for key, value in state.items():
        app.session_state[key.replace("_", ".")] = value
    app.run()
    assert not app.exception, app.exception
    return app


def taken(app, model):
    """The ends after something was taken in the dialog."""
    return app.session_state[ENDS_KEY][model].split("~")


def way(app, name):
    app.segmented_control(key="pick.way").set_value(name).run()
    assert not app.exception, app.exception
    return app


def pick(app, key, index=0):
    app.session_state[key] = {
        "picked": {"pick": "1", "sheet": component(app, "sheet", key)["sheet"], "index": index}
    }
    app.run()
    assert not app.exception, app.exception
    return app


def pressed(app, start):
    found = button(app, start)
    assert found is not None, [one.label for one in app.button]
    found.click().run()
    assert not app.exception, app.exception
    return app


def ways_of(app):
    return [film["kind"] for film in films(app)]


def test_it_plays_at_once_between_two_pictures_that_stand_for_their_classes():
    app = opened(MORPH, model="digits-2d")
    assert ways_of(app) == ["constant", "lerp", "slerp", "graph"]
    assert component(app, "morph")["morph"]["chosen"] == "constant"
    assert "0 (row" in texts(app) and "9 (row" in texts(app)
    assert "grey levels" in texts(app)
    assert not app.warning


def test_the_address_says_which_ends_which_way_and_how_many_frames():
    app = opened(MORPH, model="mnist-16d", ends="12~40~s3", path="graph", frames="24")
    assert component(app, "morph")["morph"]["chosen"] == "graph"
    assert {film["frames"] for film in films(app)} == {24}
    assert "row 12" in texts(app) and "row 40" in texts(app) and "prior sample 3" in texts(app)
    assert ends_in(app) == ["12", "40", "s3"]


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ("99999999", "The ends in the address are not usable: end 1"),
        ("1~2~3~4~5~6~7~8~9", "9 places, expected at most 8"),
        (end_at(np.zeros(16)), "has 16 values, this model takes 2"),
        ("<script>alert(1)</script>", "is '<script>alert(1)</sc'"),
    ],
)
def test_an_address_that_is_not_usable_is_named_and_the_page_plays_on(ends, words):
    app = at_address(model="digits-2d", ends=ends)
    assert words in warning(app)
    assert len(films(app)) == 4


@pytest.mark.parametrize("frames", ["0", "1", "100000", "-3", "ten"])
def test_frames_out_of_range_are_named(frames):
    app = at_address(model="digits-2d", frames=frames)
    assert "expected a whole number from 2 to 2,000" in warning(app)
    assert {film["frames"] for film in films(app)} == {60}


def test_identical_ends_are_named_once_and_can_be_replaced():
    app = opened(MORPH, model="digits-2d", ends="5~5")
    assert warning(app) == "Both ends are the same place: choose another."
    assert len(app.warning) == 1 and not app.get("download_button")
    app = pressed(app, "Surprise me")
    assert not app.warning and len(films(app)) == 4


def test_stops_are_added_up_to_eight_and_left_out_again():
    app = opened(MORPH, model="mnist-16d", ends="12~40")
    for count in range(3, 9):
        app = pressed(app, "Add a stop")
        assert len(ends_in(app)) == count
    assert button(app, "Add a stop").disabled
    before = ends_in(app)
    app.button(key="morph.remove.1").click().run()
    assert ends_in(app) == [before[0], *before[2:]]
    app = pressed(app, "Reverse")
    assert ends_in(app) == [before[0], *before[2:]][::-1]


def test_surprise_takes_pictures_of_different_classes():
    model = load_model("mnist-16d")
    app = pressed(opened(MORPH, model="mnist-16d", ends="12~40~41"), "Surprise me")
    rows = [row_of(end) for end in ends_in(app)]
    assert len({int(model.latents.label[row]) for row in rows}) == 3


def test_a_test_picture_is_picked_by_its_row():
    app = dialog("digits-2d", 1, state_ends={"digits-2d": "12~40"})
    app.number_input(key="pick.row.digits-2d").set_value(77).run()
    assert taken(pick(app, "pick.pictures"), "digits-2d") == ["12", "77"]


def test_pictures_of_one_class_are_shown_and_others_of_it():
    model = load_model("digits-2d")
    app = dialog("digits-2d", 0)
    app.pills(key="pick.class.digits-2d").set_value(4).run()
    shown = component(app, "sheet", "pick.pictures")["labels"]
    assert len(shown) == 24 and all(label.startswith("4 (") for label in shown)
    app = pressed(app, "Show others")
    assert component(app, "sheet", "pick.pictures")["labels"] != shown
    row = row_of(taken(pick(app, "pick.pictures", 3), "digits-2d")[0])
    assert model.latents.label[row] == 4


def test_the_current_point_becomes_an_end_and_is_known_by_that():
    app = way(dialog("digits-2d", 0, state_ends={"digits-2d": "12~40"}), "My point")
    app = pressed(app, "Take it")
    model = load_model("digits-2d")
    end = taken(app, "digits-2d")[0]
    np.testing.assert_allclose(code_of(end, 2), start_of(model), atol=1e-3)
    assert app.session_state["ends.known"][f"digits-2d {end}"].label == "your point in Explore"


def test_another_sample_becomes_an_end():
    app = pressed(way(dialog("digits-2d", 1), "A sample"), "Another")
    assert taken(pressed(app, "Take it"), "digits-2d")[1] == "s1"


def test_without_favourites_and_groups_it_says_where_to_make_some(monkeypatch):
    links = []
    # The dialog stands alone here, without the pages that it links to.
    monkeypatch.setattr("streamlit.page_link", lambda page, **_: links.append(page))
    app = dialog("digits-2d", 0)
    assert "draw round some points" in way(app, "Groups").info[0].value
    assert links == ["pages/2_Map.py"]
    assert "No favourites" in way(app, "Favourites").info[0].value


def test_the_middle_and_a_member_of_a_group_become_ends(monkeypatch):
    monkeypatch.setattr("ui.pictures.picker.visitor", lambda: OWNER)
    points = held_out_points(load_model("digits-2d"))
    Groups(OWNER).keep(points, [1, 2, 3], "my three")
    app = way(dialog("digits-2d", 0), "Groups")
    assert taken(pick(app, "pick.members", 2), "digits-2d")[0] == "3"
    end = taken(pressed(app, "The middle"), "digits-2d")[0]
    np.testing.assert_allclose(code_of(end, 2), points.z_mean[[1, 2, 3]].mean(axis=0), rtol=1e-3)
    assert app.session_state["ends.known"][f"digits-2d {end}"].label == "the middle of my three"


def test_a_favourite_becomes_an_end(monkeypatch):
    monkeypatch.setattr("ui.pictures.picker.visitor", lambda: OWNER)
    png = png_bytes(np.zeros((2, 2, 1), np.float32))
    Favourites(OWNER).keep("digits-2d", [1.5, -0.5], png)
    Favourites(OWNER).keep("mnist-2d", [0, 0], png)
    app = way(dialog("digits-2d", 1), "Favourites")
    assert len(component(app, "sheet", "pick.favourites")["labels"]) == 1
    np.testing.assert_allclose(code_of(taken(pick(app, "pick.favourites"), "digits-2d")[1], 2), [1.5, -0.5])


def test_a_drawing_becomes_an_end_beside_its_original():
    app = way(dialog("digits-2d", 0), "Draw")
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 12:15] = 255
    text = base64.b64encode(pixels.tobytes()).decode()
    app.session_state["pick.drawing"] = {"drawing": {"stroke": "1", "shape": [28, 28], "pixels": text}}
    app.run()
    app = pressed(app, "Take it")
    known = app.session_state["ends.known"][f"digits-2d {taken(app, 'digits-2d')[0]}"]
    assert known.label == "your drawing"
    assert known.original.sum() == pytest.approx(60)


def test_a_blank_drawing_is_no_end():
    app = way(dialog("digits-2d", 0), "Draw")
    text = base64.b64encode(bytes(784)).decode()
    app.session_state["pick.drawing"] = {"drawing": {"stroke": "1", "shape": [28, 28], "pixels": text}}
    app.run()
    assert button(app, "Take it") is None


def test_four_corners_are_a_sheet_whose_place_leads_to_explore():
    app = opened(MORPH, model="digits-2d", shape="corners", ends="12~40")
    data = component(app, "corners", "corners")
    assert len(ends_in(app)) == 2
    assert "Bottom right" in texts(app)
    assert not app.warning and len(app.get("download_button")) == 1
    assert data


def test_go_there_leads_to_a_code_of_the_way():
    app = opened(MORPH, model="digits-2d", ends="12~40")
    films_id = component(app, "morph")["morph"]["id"]
    event = {"mark": "1", "films": films_id, "kind": "lerp", "frame": 59}
    app.session_state["morph"] = {"kept": event}
    app.run()
    assert app.title[0].value == "Explore"
    np.testing.assert_allclose(point(app), load_model("digits-2d").latents.z_mean[40], rtol=1e-3)


def test_the_ways_are_drawn_on_the_map():
    app = pressed(opened(MORPH, model="digits-2d", ends="12~40"), "Draw these ways")
    assert app.title[0].value == "Map"
    marks = component(app, "map")["map"]["marks"]
    assert marks


def test_a_model_with_few_codes_has_no_way_along_them(temporary_home):
    write_tiny(models_folder() / "tiny", files=folder_files(rows=6))
    app = opened(MORPH, model="tiny")
    assert "takes at least 20: choose another kind of path" in warning(app)
    assert ways_of(app) == ["constant", "lerp", "slerp"]


def test_a_film_with_too_many_pixels_is_not_offered():
    app = opened(MORPH, model="digits-2d", ends="12~40", frames="2000")
    assert "take fewer frames or a smaller side" in warning(app)
    films_offered = [one.proto.disabled for one in app.get("download_button")][:3]
    assert films_offered == [True] * 3
    app.segmented_control(key="morph.side").set_value(140).run()
    assert not app.warning


def test_a_strip_has_as_many_pictures_as_are_asked_for():
    app = opened(MORPH, model="digits-2d", ends="12~40")
    app.number_input(key="morph.strip").set_value(6).run()
    assert component(app, "morph")["morph"]["pictures"] == 6


def test_every_format_can_be_taken_along():
    app = opened(MORPH, model="digits-2d", ends="12~40")
    labels = [one.label for one in app.get("download_button")]
    assert labels == ["GIF", "Animated WebP", "MP4", "Strip, poster size", "Codes, CSV", "Codes, NPZ"]
