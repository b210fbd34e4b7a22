"""The Concepts page: the desk, the plane, the line, making one; and what it says to bad input."""

import json
import re

import numpy as np
import pytest

from tests.support.tiny_models import folder_files, write_tiny
from tests.ui.explore.test_page import texts
from tests.ui.frame.test_pages import opened, parameter, point, warning
from tests.ui.map.test_page import component
from tests.ui.morph.test_page import pressed
from ui.visit.address import VIEWS
from vae_core import load_model
from vae_core.base.home import models_folder, pretrained_folder
from vae_core.concepts import Concepts, ready_concepts
from vae_core.maps.groups import Groups
from vae_core.maps.points import held_out_points

CONCEPTS = "pages/4_Concepts.py"
OWNER = "b" * 32
READY = ("doodles-32d", "faces-16d", "fashion-16d", "mnist-16d", "sprites-10d")


@pytest.fixture
def owner(monkeypatch):
    for module in ("known", "making", "mine", "sides", "arithmetic", "trays"):
        monkeypatch.setattr(f"ui.concepts.{module}.visitor", lambda: OWNER)
    return OWNER


def at(**query):
    """The page once this address was opened on it."""
    app = opened(CONCEPTS)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception
    return app


def desk(app):
    return component(app, "desk", "desk")["desk"]


def sent(app, key, **events):
    app.session_state[key] = events
    app.run()
    assert not app.exception, app.exception
    return app


@pytest.mark.parametrize("model", READY)
@pytest.mark.parametrize("view", VIEWS)
def test_every_part_opens_without_a_complaint(model, view):
    app = opened(CONCEPTS, model=model, view=view)
    assert len(app.title) == 1
    assert not app.error


def test_the_first_concept_is_on_the_desk_at_nought():
    app = opened(CONCEPTS, model="faces-16d")
    first = ready_concepts(load_model("faces-16d"))[0].name
    assert [(fader["name"], fader["value"]) for fader in desk(app)["faders"]] == [(first, 0)]


def test_the_address_says_which_concepts_and_how_strong_they_are():
    app = at(model="faces-16d", mix="smile:1.5~long%20hair:-1")
    assert [(fader["name"], fader["value"]) for fader in desk(app)["faders"]] == [
        ("smile", 1.5),
        ("long hair", -1),
    ]
    assert parameter(app, "mix") == "smile:1.5~long%20hair:-1"


@pytest.mark.parametrize(
    ("mix", "words"),
    [
        ("smile", "mix holds"),
        ("smile:nan", "finite"),
        ("smile:1e308", "within ±3"),
        ("smile:4", "within ±3"),
        ("smile:1~smile:2", "every concept once"),
        ("~".join(f"c{number}:0" for number in range(9)), "9 concepts, expected at most 8"),
        (":1", "names of 1 to 100"),
    ],
)
def test_a_mix_that_is_not_usable_is_named(mix, words):
    app = at(model="faces-16d", mix=mix)
    assert words in warning(app)
    assert len(desk(app)["faders"]) == 1


def test_a_concept_that_is_not_here_is_said():
    app = at(model="mnist-16d", mix="smile:1~slant:2")
    assert "Not here: smile." in texts(app)
    assert [fader["name"] for fader in desk(app)["faders"]] == ["slant"]


def test_sliders_that_were_let_go_are_in_the_address_and_a_place_leads_to_explore():
    model = load_model("faces-16d")
    app = opened(CONCEPTS, model="faces-16d", mix="smile:0~glasses:0")
    shown = desk(app)
    mark = {"mark": "1", "desk": shown["id"]}
    app = sent(app, "desk", released={**mark, "strengths": [1.25, -0.5]})
    assert parameter(app, "mix") == "smile:1.25~glasses:-0.5"
    start = np.array(point(app, "faces-16d"))
    app = sent(app, "desk", kept={**mark, "mark": "2", "index": 0, "strengths": [2, 0]})
    assert app.title[0].value == "Explore"
    smile = next(one for one in ready_concepts(model) if one.name == "smile")
    np.testing.assert_allclose(point(app, "faces-16d"), start + 2 * smile.vector, rtol=2e-3, atol=2e-3)


def test_a_gallery_is_changed_all_at_once():
    app = opened(CONCEPTS, model="faces-16d")
    app.toggle(key="concepts.gallery").set_value(True).run()
    assert len(desk(app)["labels"]) == 12


def test_two_dimensions_say_why_and_offer_more():
    app = opened(CONCEPTS, model="mnist-2d")
    assert "Concepts hardly work in mnist-2d" in texts(app)
    assert "no concepts yet" in texts(app)
    app = pressed(app, "Make one")
    assert parameter(app, "view") == "make"


def test_a_line_is_evaluated_and_stands_in_the_address():
    app = at(model="mnist-16d", view="sum", sum="7 - 1 + 4")
    steps = component(app, "sheet", "sum.steps")
    assert steps["columnLabels"] == ["+ 7", "− 1", "+ 4"]
    data = component(app, "expression", "sum")["expression"]
    assert data["text"] == "7 - 1 + 4" and data["fault"] is None
    app = sent(app, "sum", sent={"mark": "1", "text": "7:12 + 2*slant"})
    assert parameter(app, "sum") == "7:12 + 2*slant"
    assert component(app, "sheet", "sum.steps")["columnLabels"] == ["+ 7:12", "+ 2*slant"]


@pytest.mark.parametrize(
    "text",
    ["7 +", "(7", "7 / 0", "7 * 1e308", "7 + " * 400 + "7", "nobody", "thickness*slant", "__import__('os')"],
)
def test_a_line_that_means_nothing_says_where(text):
    app = at(model="mnist-16d", view="sum", sum=text)
    fault = component(app, "expression", "sum")["expression"]["fault"]
    assert 0 <= fault["start"] <= fault["end"] <= len(text) and fault["message"]
    assert "\n" not in fault["message"]


def test_a_line_with_control_characters_or_too_long_is_refused():
    app = at(model="mnist-16d", view="sum", sum="7\x00")
    assert "printable characters" in warning(app)
    app = at(model="mnist-16d", view="sum", sum="7" * 2_001)
    assert "printable characters" in warning(app)


def test_a_concept_of_two_classes_is_made_kept_and_put_on_the_desk(owner):
    app = opened(CONCEPTS, model="doodles-32d", view="make")
    app.multiselect(key="concepts.with.doodles-32d").set_value(["dog"]).run()
    app.multiselect(key="concepts.without.doodles-32d").set_value(["cat"]).run()
    app = pressed(app, "Make the concept")
    assert "Separable, AUC" in texts(app)
    app = pressed(app, "Keep it")
    kept = Concepts(OWNER).of("doodles-32d")
    assert [one.name for one in kept] == ["cat to dog"]
    assert parameter(app, "mix").startswith("cat%20to%20dog")
    assert "view" not in app.query_params


@pytest.mark.parametrize(
    ("with_names", "without_names", "name", "words"),
    [([], ["cat"], "x", "There is no such concept"), (["dog"], [], "x", "There is no such concept")],
)
def test_empty_sides_are_named(owner, with_names, without_names, name, words):
    app = opened(CONCEPTS, model="doodles-32d", view="make")
    app.multiselect(key="concepts.with.doodles-32d").set_value(with_names).run()
    app.multiselect(key="concepts.without.doodles-32d").set_value(without_names).run()
    app = pressed(app, "Make the concept")
    assert words in warning(app)


def test_groups_are_sides_and_overlap_is_named(owner):
    points = held_out_points(load_model("mnist-16d"))
    groups = Groups(OWNER)
    groups.keep(points, np.arange(40), "first")
    groups.keep(points, np.arange(30, 80), "second")
    app = opened(CONCEPTS, model="mnist-16d", view="make")
    app.segmented_control(key="concepts.way.mnist-16d").set_value("group").run()
    assert "50 pictures with, 9,950 without" in texts(app)
    chosen = app.selectbox(key="concepts.group.mnist-16d").value
    other = next(group.id for group in groups.of("mnist-16d") if group.id != chosen)
    app.selectbox(key="concepts.against.mnist-16d").set_value(other).run()
    app = pressed(app, "Make the concept")
    assert "10 pictures are both with and without" in warning(app)


def test_pictures_are_put_into_trays_by_hand(owner):
    app = opened(CONCEPTS, model="mnist-16d", view="make")
    app.segmented_control(key="concepts.way.mnist-16d").set_value("hand").run()
    for number, side in enumerate(("With", "Without", "With")):
        app.segmented_control(key="concepts.side").set_value(side).run()
        sheet = component(app, "sheet", "concepts.offered")
        event = {"pick": f"p{number}", "sheet": sheet["sheet"], "index": number}
        app = sent(app, "concepts.offered", picked=event)
    assert "2 pictures with, 1 without" in texts(app)
    app = pressed(app, "Keep the trays")
    assert [(group.name, group.count) for group in Groups(OWNER).of("mnist-16d")] == [
        ("without, by hand", 1),
        ("with, by hand", 2),
    ]
    app = pressed(app, "Make the concept")
    assert "There is no such concept" in warning(app)


def test_a_kept_concept_is_renamed_and_removed(owner):
    concept = ready_concepts(load_model("faces-16d"))[0]
    Concepts(OWNER).keep(concept.model_copy(update={"name": "mine <script>"}))
    app = opened(CONCEPTS, model="faces-16d", view="make")
    assert "mine &lt;script&gt;" in texts(app)
    kept = Concepts(OWNER).of("faces-16d")[0]
    app.text_input(key=f"concept.{kept.id}.name").set_value("joy").run()
    app.button(key=f"concept.{kept.id}.rename").click().run()
    assert [one.name for one in Concepts(OWNER).of("faces-16d")] == ["joy"]
    app.button(key=f"concept.{kept.id}.remove").click().run()
    assert Concepts(OWNER).of("faces-16d") == []


def test_two_concepts_of_one_name_get_a_number(owner):
    concept = ready_concepts(load_model("faces-16d"))[0]
    Concepts(OWNER).keep(concept)
    app = opened(CONCEPTS, model="faces-16d")
    options = app.get("button_group")[1].proto.options
    assert [option.content for option in options].count(f"{concept.name} 2") == 1


def test_few_examples_are_said_to_be_few(temporary_home):
    write_tiny(models_folder() / "tiny", files=folder_files(rows=8))
    app = pressed(opened(CONCEPTS, model="tiny", view="make"), "Make the concept")
    notes = [re.sub(r"\\(.)", r"\1", one.value) for one in app.warning]
    assert any("Too few examples" in note or "There is no such concept" in note for note in notes)


def test_the_shipped_files_are_json_of_their_models():
    for path in (pretrained_folder() / "concepts").glob("*.json"):
        assert json.loads(path.read_text())["model"] == path.stem
