"""Films as a component: what the browser gets, what it may fetch, and what is made of whatever it sends."""

import json
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from ui.components.morph.view import Chosen, Kept, morph_data
from ui.frame.colours import class_colour
from ui.morph.films import way_of
from ui.server import routes
from vae_core import load_model
from vae_core.morphs import words_on_difference
from vae_core.morphs.measured import facts_of

KINDS = ("lerp", "slerp", "constant", "graph")


@pytest.fixture(scope="module")
def digits():
    return load_model("digits-2d")


def way_between(model, kind="lerp", frames=12, rows=(3, 40)):
    return way_of(model, kind, frames, model.latents.z_mean[list(rows)].astype(np.float32))


@pytest.fixture(scope="module")
def ways(digits):
    return [way_between(digits, kind) for kind in ("lerp", "graph")]


@pytest.fixture
def fetched():
    """The answer at an address of the shelf."""
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client.get


def test_nothing_is_worked_out_before_the_browser_asks(digits, fetched):
    called = []
    way = way_between(digits, rows=(5, 41))
    codes, film = way.codes, way.film
    spied = replace(
        way, codes=lambda: called.append("codes") or codes(), film=lambda: called.append("film") or film()
    )
    data = morph_data(digits, [spied], chosen="lerp")
    assert called == []
    assert fetched(data["films"][0]["codes"]).status_code == 200
    assert called == ["codes"]
    for _ in range(2):
        assert fetched(data["films"][0]["figures"]).status_code == 200
    assert called == ["codes", "film"]


def test_codes_and_figures_travel_on_the_shelf(digits, ways, fetched):
    data = morph_data(digits, ways, chosen="graph")
    for way, shown in zip(ways, data["films"], strict=True):
        film = way.film()
        codes = np.frombuffer(fetched(shown["codes"]).content, "<f4")
        np.testing.assert_array_equal(codes.reshape(12, 2), film.codes)
        figures = fetched(shown["figures"]).json()
        np.testing.assert_allclose(figures["nearness"], film.nearness, atol=1e-4)
        np.testing.assert_allclose(figures["confidence"], film.confidence, atol=1e-4)
        np.testing.assert_array_equal(figures["answers"], film.answers)
        assert figures["facts"] == [list(fact) for fact in facts_of(film)]
        assert (shown["kind"], shown["title"], shown["frames"]) == (way.kind, way.title, 12)
        np.testing.assert_array_equal(np.frombuffer(b64decode(data["start"]), "<f4"), codes[:2])
    assert data["chosen"] == "graph"
    assert data["colours"] == [class_colour(label) for label in range(10)]
    words = words_on_difference([way.film().report for way in ways])
    assert fetched(data["difference"]).text == words


def test_without_a_classifier_there_are_no_answers(digits, monkeypatch, fetched):
    for module in ("vae_core.morphs.measured", "ui.morph.films", "ui.components.morph.view"):
        monkeypatch.setattr(f"{module}.opinion_of", lambda model: None)
    data = morph_data(digits, [way_between(digits, frames=5)], chosen="lerp")
    assert data["classes"] == data["colours"] == []
    figures = fetched(data["films"][0]["figures"]).json()
    assert figures["confidence"] is None and figures["answers"] is None
    assert not any("unclear" in text for text, _ in figures["facts"])


def test_what_a_film_depends_on_is_in_its_address(digits, monkeypatch):
    def addresses(model=digits, **change):
        data = morph_data(model, [way_between(model, **change)], chosen=change.get("kind", "lerp"))
        return data["films"][0]["codes"], data["films"][0]["figures"], data["difference"]

    usual = addresses()
    assert addresses() == usual
    others = [addresses(kind="slerp"), addresses(frames=13), addresses(rows=(40, 3))]
    others += [addresses(load_model("mnist-2d"))]
    monkeypatch.setattr("ui.morph.films.opinion_of", lambda model: None)
    others += [addresses()]
    every = [address for one in (usual, *others) for address in one]
    assert len(set(every)) == len(every) == 18


def test_a_way_that_there_is_not_is_said_where_it_is_asked_for(digits, ways, fetched):
    def fails():
        raise ValueError("no way leads there")

    broken = replace(ways[0], key="broken", codes=fails, film=fails)
    data = morph_data(digits, [broken, ways[1]], chosen="lerp")
    for what in ("codes", "figures"):
        answer = fetched(data["films"][0][what])
        assert (answer.status_code, answer.text) == (422, "no way leads there")
    # One alone has nothing to differ from.
    assert fetched(data["difference"]).text == ""


def test_a_film_of_many_dimensions_is_not_in_the_message():
    model = load_model("doodles-vae")
    ways = [way_between(model, kind, frames=2_000, rows=(3, 400)) for kind in KINDS]
    assert len(json.dumps(morph_data(model, ways, chosen="lerp"))) < 7_000


def test_the_same_films_are_the_same_message_and_others_are_not(digits, ways):
    first = morph_data(digits, ways, chosen="lerp")
    assert morph_data(digits, ways, chosen="lerp") == first
    assert morph_data(digits, ways, chosen="graph")["id"] == first["id"]
    assert morph_data(digits, ways[:1], chosen="lerp")["id"] != first["id"]
    longer = [way_between(digits, frames=13), ways[1]]
    assert morph_data(digits, longer, chosen="lerp")["id"] != first["id"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ways": []}, "films are none"),
        ({"chosen": "slerp"}, "chosen is 'slerp': expected one of lerp, graph"),
        ({"chosen": "x" * 1_000}, "expected one of lerp, graph"),
        ({"frames_in_strip": 1}, "frames_in_strip is 1: expected 2 to 40"),
        ({"frames_in_strip": 41}, "frames_in_strip is 41"),
        ({"colours": ["#000000"]}, "colours has 1 values; expected 10"),
        ({"colours": ["red"] * 10}, "expected #rrggbb"),
    ],
)
def test_what_cannot_be_played_is_refused_in_one_line(digits, ways, change, words):
    with pytest.raises(ValueError, match=words) as failure:
        morph_data(digits, **{"ways": ways, "chosen": "lerp", **change})
    assert "\n" not in str(failure.value)


def test_films_that_do_not_fit_are_refused(digits, ways):
    way = ways[0]
    with pytest.raises(ValueError, match="films are lerp, lerp: expected one or more of different kinds"):
        morph_data(digits, [way, way], chosen="lerp")
    with pytest.raises(ValueError, match="films begin at different codes"):
        morph_data(digits, [way, way_between(digits, "graph", rows=(4, 40))], chosen="lerp")
    with pytest.raises(ValueError, match=r"takes \(n, 16\)"):
        morph_data(load_model("mnist-16d"), [way], chosen="lerp")


def morph_script():
    import streamlit as st

    from tests.components.morph.test_view import way_between
    from ui.components.morph.view import morph_data, morph_view
    from vae_core import load_model

    model = load_model("digits-2d")
    ways = [way_between(model, kind) for kind in ("lerp", "graph")]
    st.session_state.films_id = morph_data(model, ways, chosen="lerp")["id"]
    event = morph_view("morph", model, ways, chosen="lerp")
    st.session_state.seen_by_python = (*st.session_state.get("seen_by_python", ()), event)


@pytest.fixture(scope="module")
def app():
    """One app for all: whatever is sent to it, the next thing sent must count."""
    return AppTest.from_function(morph_script, default_timeout=180).run()


def sent(app, **values):
    """What Python got in the run after the browser sent ``values``, each with the films it belongs to."""
    films_id = app.session_state["films_id"]
    app.session_state["morph"] = {
        name: {"films": films_id, **value} if isinstance(value, dict) else value
        for name, value in values.items()
    }
    app.run()
    assert not app.exception, app.exception
    return app.session_state["seen_by_python"][-1]


def test_what_was_done_is_returned_once(app):
    assert app.session_state["seen_by_python"][-1] is None
    assert sent(app, chosen={"kind": "graph", "mark": "a"}) == Chosen("graph")
    assert sent(app, chosen={"kind": "graph", "mark": "a"}) is None
    assert sent(app, kept={"kind": "lerp", "frame": 11, "mark": "a"}) == Kept("lerp", 11)
    assert sent(app, kept={"kind": "lerp", "frame": 11, "mark": "a"}) is None
    assert sent(app, kept={"kind": "lerp", "frame": 0, "mark": "b"}) == Kept("lerp", 0)


def test_both_at_once_come_one_after_the_other(app):
    both = {
        "chosen": {"kind": "graph", "mark": "both"},
        "kept": {"kind": "graph", "frame": 3, "mark": "both"},
    }
    assert sent(app, **both) == Chosen("graph")
    assert sent(app, **both) == Kept("graph", 3)
    assert sent(app, **both) is None


def test_the_browser_learns_what_python_had_heard(app):
    def heard():
        return json.loads(app.get("bidi_component")[0].proto.json)["heard"]

    sent(app, chosen={"kind": "graph", "mark": "first"})
    assert heard()["chosen"] != "first"
    sent(app, chosen={"kind": "lerp", "mark": "second"})
    assert heard()["chosen"] == "first"


JUNK = [
    None,
    7,
    "text",
    [],
    {},
    {"kind": "lerp", "frame": 1},
    *({"kind": "lerp", "frame": 1, "mark": mark} for mark in (None, "", "x" * 100_000, {"a": 1}, 3)),
    *({"kind": "lerp", "frame": 1, "mark": "late", "films": other} for other in ("another", None, [])),
    *({"kind": kind, "frame": 1, "mark": "junk"} for kind in (None, True, 0, "slerp", "", ["lerp"], {})),
]
JUNK_FRAMES = [None, True, False, -1, 12, 10**30, 1.0, float("nan"), float("inf"), "1", [1], {"0": 1}]


@pytest.mark.parametrize("value", JUNK)
def test_junk_is_nothing_done_and_the_next_counts(app, value, request):
    assert sent(app, chosen=value, kept=value) is None
    assert sent(app, chosen={"kind": "lerp", "mark": request.node.name[-60:]}) == Chosen("lerp")


@pytest.mark.parametrize("frame", JUNK_FRAMES)
def test_a_frame_that_is_none_is_not_kept(app, frame):
    assert sent(app, kept={"kind": "lerp", "frame": frame, "mark": f"frame {frame!r}"[:60]}) is None
    assert sent(app, kept={"kind": "lerp", "frame": 5, "mark": f"then {frame!r}"[:60]}) == Kept("lerp", 5)


@pytest.mark.parametrize("value", [None, 7, "text", [], {"other": 1}])
def test_shapeless_junk_is_ignored(app, value):
    app.session_state["morph"] = value
    app.run()
    assert not app.exception, app.exception
    assert app.session_state["seen_by_python"][-1] is None
