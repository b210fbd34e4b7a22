"""Films in Python: what is measured, what the browser gets, and what is made of whatever it may send."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.tiny_models import folder_files, write_tiny
from ui import morph_view as module
from ui import routes
from ui.classes import class_colour
from ui.morph_view import Chosen, Film, Kept, facts_of, film_of, morph_data, pace_in_words
from vae_core import load_model
from vae_core.classifiers import classifier_for
from vae_core.model import LatentModel
from vae_core.paths import PathReport, PathSpec, path_through, report_on

KINDS = ("lerp", "slerp", "constant", "graph")


@pytest.fixture(scope="module")
def digits():
    return load_model("digits-2d")


def film_between(model, kind="lerp", frames=12, rows=(3, 40)):
    codes = path_through(model, model.latents.z_mean[list(rows)], PathSpec(kind=kind, frames=frames))
    return film_of(model, kind, kind.title(), codes)


@pytest.fixture(scope="module")
def films(digits):
    return [film_between(digits, kind) for kind in ("lerp", "graph")]


@pytest.fixture
def shelved():
    """The numbers at an address of the shelf."""
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield lambda address: np.frombuffer(client.get(address).content, "<f4")


def test_a_film_says_what_the_core_measures(digits, films):
    film = films[0]
    report = report_on(digits, "lerp", film.codes)
    np.testing.assert_array_equal(film.nearness, report.distance)
    np.testing.assert_array_equal(film.confidence, report.confidence)
    assert (film.kind, film.title, len(film)) == ("lerp", "Lerp", 12)
    assert (film.length, film.variation) == (report.decoded_length, report.step_variation)
    classifier = classifier_for(digits.spec)
    probabilities = classifier.probabilities(digits.decode(film.codes))
    np.testing.assert_array_equal(film.answers, probabilities.argmax(axis=1))
    assert film.answer_names == classifier.facts.class_names


def test_a_film_is_decoded_and_judged_once(digits, monkeypatch):
    calls = []
    decode, opinion = LatentModel.decode, module.opinion_of
    monkeypatch.setattr(LatentModel, "decode", lambda self, z: calls.append("decode") or decode(self, z))
    monkeypatch.setattr(module, "opinion_of", lambda model: calls.append("judge") or opinion(model))
    film_of(digits, "lerp", "Straight", digits.latents.z_mean[[3, 40]])
    assert sorted(calls) == ["decode", "judge"]


def test_without_a_classifier_there_are_no_answers(digits, monkeypatch, shelved):
    monkeypatch.setattr(module, "opinion_of", lambda model: None)
    film = film_between(digits, frames=5)
    assert film.confidence is None and film.answers is None and film.answer_names == ()
    data = morph_data(digits, [film], chosen="lerp")
    assert data["classes"] == data["colours"] == []
    values = shelved(data["films"][0]["content"])
    assert np.isnan(values[-10:-5]).all()
    np.testing.assert_array_equal(values[-5:], -1)
    assert not any("unclear" in text for text, _ in data["films"][0]["facts"])


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (np.zeros((1, 2)), "a film of 1 frames: expected 2 to 2,000"),
        (np.zeros((2_001, 2)), "a film of 2,001 frames"),
        (np.zeros((3, 3)), r"expected|takes \(n, 2\)"),
        (np.full((3, 2), np.nan), "NaN"),
        ("codes", "real numbers"),
    ],
)
def test_codes_that_are_no_film_are_refused_in_one_line(digits, codes, words):
    with pytest.raises(ValueError, match=words) as failure:
        film_of(digits, "lerp", "Straight", codes)
    assert "\n" not in str(failure.value)


def test_a_model_without_codes_is_refused_in_one_line(tmp_path):
    model = LatentModel(write_tiny(tmp_path / "tiny", files=folder_files(rows=0)))
    with pytest.raises(ValueError, match="no codes of held-out images that differ"):
        film_of(model, "lerp", "Straight", [[0, 0], [1, 1]])


def test_codes_and_figures_travel_on_the_shelf(digits, films, shelved):
    data = morph_data(digits, films, chosen="graph")
    for film, shown in zip(films, data["films"], strict=True):
        values = shelved(shown["content"])
        np.testing.assert_array_equal(values[:24].reshape(12, 2), film.codes)
        np.testing.assert_array_equal(values[24:36], film.nearness)
        np.testing.assert_array_equal(values[36:48], film.confidence)
        np.testing.assert_array_equal(values[48:], film.answers)
        assert (shown["kind"], shown["title"], shown["frames"]) == (film.kind, film.title, 12)
    assert data["chosen"] == "graph"
    assert data["colours"] == [class_colour(label) for label in range(10)]


def test_a_film_of_many_dimensions_is_not_in_the_message():
    model = load_model("doodles-vae")
    film = film_between(model, frames=120, rows=(3, 400))
    data = morph_data(model, [film], chosen="lerp")
    assert len(json.dumps(data)) < 4_000


def test_the_same_films_are_the_same_message_and_others_are_not(digits, films):
    first = morph_data(digits, films, chosen="lerp")
    assert morph_data(digits, films, chosen="lerp") == first
    assert morph_data(digits, films, chosen="graph")["id"] == first["id"]
    assert morph_data(digits, films[:1], chosen="lerp")["id"] != first["id"]
    longer = [film_between(digits, frames=13), films[1]]
    assert morph_data(digits, longer, chosen="lerp")["id"] != first["id"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"films": []}, "films are none"),
        ({"chosen": "slerp"}, "chosen is 'slerp': expected one of lerp, graph"),
        ({"chosen": "x" * 1_000}, "expected one of lerp, graph"),
        ({"frames_in_strip": 1}, "frames_in_strip is 1: expected 2 to 40"),
        ({"frames_in_strip": 41}, "frames_in_strip is 41"),
        ({"colours": ["#000000"]}, "colours has 1 values; expected 10"),
        ({"colours": ["red"] * 10}, "expected #rrggbb"),
    ],
)
def test_what_cannot_be_played_is_refused_in_one_line(digits, films, change, words):
    with pytest.raises(ValueError, match=words) as failure:
        morph_data(digits, **{"films": films, "chosen": "lerp", **change})
    assert "\n" not in str(failure.value)


def test_films_that_do_not_fit_are_refused(digits, films):
    film = films[0]
    with pytest.raises(ValueError, match="films are lerp, lerp: expected one or more of different kinds"):
        morph_data(digits, [film, film], chosen="lerp")
    with pytest.raises(ValueError, match=r"nearness has shape \(12,\); expected \(11,\)"):
        morph_data(digits, [replace(film, codes=film.codes[:11])], chosen="lerp")
    with pytest.raises(ValueError, match=r"answers has shape \(3,\); expected \(12,\)"):
        morph_data(digits, [replace(film, answers=film.answers[:3])], chosen="lerp")
    with pytest.raises(ValueError, match=r"takes \(n, 16\)"):
        morph_data(load_model("mnist-16d"), [film], chosen="lerp")


def test_facts_are_few_words_with_their_meaning():
    report = PathReport(
        "lerp",
        np.array([0, 1.26, 0], np.float32),
        np.array([3, 1], np.float32),
        np.array([0.9, 0.6, 0.9], np.float32),
    )
    film = Film("Straight", np.zeros((3, 2), np.float32), report)
    texts = [text for text, _ in facts_of(film)]
    assert texts == ["at most 1.3 × from the data", "1 of 3 unclear", "uneven pace", "length 4"]
    assert all(meaning for _, meaning in facts_of(film))
    clear = Film("Straight", film.codes, replace(report, confidence=np.ones(3, np.float32)))
    assert facts_of(clear)[1][0] == "none of 3 unclear"


@given(st.floats(0, 10))
def test_a_pace_has_words(variation):
    order = ["even pace", "nearly even pace", "uneven pace", "change comes in jumps"]
    assert order.index(pace_in_words(variation)) == sum(variation > most for most in (0.05, 0.25, 0.6))


def morph_script():
    import streamlit as st

    from tests.app.test_morph_view import film_between
    from ui.morph_view import morph_data, morph_view
    from vae_core import load_model

    model = load_model("digits-2d")
    films = [film_between(model, kind) for kind in ("lerp", "graph")]
    st.session_state.films_id = morph_data(model, films, chosen="lerp")["id"]
    event = morph_view("morph", model, films, chosen="lerp")
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
