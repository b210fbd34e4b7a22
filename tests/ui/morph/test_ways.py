"""The Morph page and its ways: none is worked out by a run of the page, and what there is not is named."""

import numpy as np
import pytest

from tests.ui.frame.test_pages import opened, point, warning
from tests.ui.map.test_page import component
from tests.ui.morph.test_page import MORPH, films, pressed
from vae_core import load_model
from vae_core.morphs import path_through


@pytest.fixture
def paths(monkeypatch):
    """The kinds of the paths that were worked out; those in ``paths.none`` there are not."""

    class Paths(list):
        none = ()

    worked_out = Paths()

    def spied(model, ends, spec):
        worked_out.append(spec.kind)
        if spec.kind in worked_out.none:
            raise ValueError("no way leads [there](x)")
        return path_through(model, ends, spec)

    monkeypatch.setattr("ui.morph.films.path_through", spied)
    return worked_out


def go_there(app, kind, frame):
    films_id = component(app, "morph")["morph"]["id"]
    event = {"mark": "1", "films": films_id, "kind": kind, "frame": frame}
    app.session_state["morph"] = {"kept": event}
    app.run()
    assert not app.exception, app.exception
    return app


def test_a_run_of_the_page_works_out_no_way(paths):
    app = opened(MORPH, model="digits-2d", ends="101~102")
    app = pressed(app, "Reverse")
    app = pressed(app, "Surprise me")
    assert len(films(app)) == 4
    assert paths == []


def test_go_there_works_out_the_one_way_that_it_takes(paths):
    app = go_there(opened(MORPH, model="digits-2d", ends="103~104"), "slerp", 59)
    assert app.title[0].value == "Explore"
    assert paths == ["slerp"]
    np.testing.assert_allclose(point(app), load_model("digits-2d").latents.z_mean[104], rtol=1e-3)


def test_there_is_no_going_to_a_way_that_there_is_not(paths):
    paths.none = ("graph",)
    app = go_there(opened(MORPH, model="digits-2d", ends="105~106"), "graph", 3)
    assert app.title[0].value == "Morph"
    assert warning(app) == "No way leads [there](x)."


def test_the_map_draws_the_ways_that_there_are(paths):
    paths.none = ("graph", "slerp")
    app = pressed(opened(MORPH, model="digits-2d", ends="107~108"), "Draw these ways")
    assert app.title[0].value == "Map"
    assert paths == ["constant", "lerp", "slerp", "graph"]
    assert component(app, "map")["map"]["marks"]
