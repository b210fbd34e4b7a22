"""Explore's controls and tools in AppTest: every tool of several models, and what junk does to them."""

import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.conftest import REPOSITORY
from tests.core.models.test_classifiers import brightness_judge
from tests.support.tiny_models import folder_files, write_constant, write_tiny
from tests.ui.frame.test_pages import opened, parameter, point, released, warning
from ui.explore.first_steps import first_steps
from ui.explore.pad_controls import chosen_axes
from ui.explore.tools.journey import snippet
from ui.visit.address import TOOLS
from ui.visit.state import AXES_KEY
from vae_core import load_model
from vae_core.models.folder import Latents, pack_latents
from vae_core.space.favourites import Favourites
from vae_core.space.manifolds import manifold_coordinates
from vae_core.space.slices import plane_through

EXPLORE = "pages/1_Explore.py"


def texts(app):
    """Everything that stands on the page as text, Markdown's backslashes removed."""
    kinds = (app.markdown, app.caption, app.info, app.warning, app.subheader, app.get("html"))
    parts = []
    for kind in kinds:
        for element in kind:
            parts.append(getattr(element, "value", "") or getattr(element.proto, "body", ""))
    return re.sub(r"\\(.)", r"\1", "\n".join(map(str, parts)))


def acted(app, model, action, release="act"):
    """A button of the stage: the action, and the point where the browser was."""
    return released(app, model=model, action=action, z=point(app, model), release=release)


def picked(app, key, index, pick="p"):
    app.session_state[key] = {"picked": {"index": index, "pick": pick}}
    app.run()
    assert not app.exception, app.exception
    return app


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("model", ["digits-2d", "sprites-10d", "doodles-ae", "faces-16d"])
def test_every_tool_opens_for_every_kind_of_model(model, tool):
    app = opened(EXPLORE, model=model, tool=tool)
    assert not app.error
    assert not app.warning
    assert parameter(app, "model") == model


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_copes_with_a_model_without_codes_and_with_one_dimension(temporary_home, tool):
    empty = Latents(np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32), *[np.zeros(0, np.int64)] * 2)
    files = {**folder_files(), "latents.npz": pack_latents(empty)}
    write_tiny(temporary_home / "models" / "codeless", files=files)
    write_constant(temporary_home / "models" / "line", 1)
    for name in ("codeless", "line"):
        app = opened(EXPLORE, model=name, tool=tool)
        assert not app.error
        released(app, model=name, z=[0.5] * load_model(name).latent_dim)


def test_two_chosen_axes_reach_the_address_and_survive_a_model_switch():
    app = opened(EXPLORE, model="sprites-10d")
    app.selectbox(key="pad.across").select("z3").run()
    axes = app.session_state[AXES_KEY]["sprites-10d"]
    assert axes[0] == 2
    app.selectbox(key="pad.up").select("z7").run()
    assert parameter(app, "axes") == "3,7"
    app.selectbox[0].select("digits-2d").run()
    assert "axes" not in app.query_params
    app.selectbox[0].select("sprites-10d").run()
    assert parameter(app, "axes") == "3,7"
    app.selectbox(key="pad.up").select("main directions").run()
    assert app.session_state[AXES_KEY]["sprites-10d"] is None


def test_asking_for_the_other_axis_exchanges_the_two():
    app = opened(EXPLORE, model="sprites-10d", axes="3,7", z=",".join("0" * 10))
    app.selectbox(key="pad.up").select("z3").run()
    assert app.session_state[AXES_KEY]["sprites-10d"] == (6, 2)
    assert parameter(app, "axes") == "7,3"


@pytest.mark.parametrize("name", ["z99", "z0", "zz", "", "z٣"])
def test_an_axis_that_does_not_exist_is_refused(name):
    model = load_model("sprites-10d")
    with pytest.raises(ValueError, match="this model has 1 to 10"):
        chosen_axes(model, [name, "z2"], 0, (0, 1))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"axes": "1,1"}, "twice"),
        ({"axes": "1,11"}, "dimension 11, this model has 1 to 10"),
        ({"axes": "x"}, "expected two dimensions"),
        ({"show": "codes,ghosts"}, "'ghosts'"),
        ({"seed": "-3"}, "'-3'"),
        ({"tool": "<b>"}, "'<b>'"),
        ({"z": "1,2"}, "2 values, this model takes 10"),
    ],
)
def test_each_unusable_part_of_an_address_is_named_and_the_rest_taken(query, words):
    z = ",".join(["0.5"] * 10)
    app = opened(**{"model": "sprites-10d", "z": z, **query})
    assert words in warning(app)
    assert len(app.warning) == 1
    assert parameter(app, "model") == "sprites-10d"
    if "z" not in query:
        assert point(app, "sprites-10d") == [0.5] * 10


def test_a_link_carries_axes_overlays_seed_and_tool():
    app = opened(
        EXPLORE,
        model="sprites-10d",
        z=",".join(["0.25"] * 10),
        axes="2,5",
        show="grid,codes",
        seed="7",
        tool="samples",
    )
    assert parameter(app, "show") == "codes,grid"
    assert (parameter(app, "seed"), parameter(app, "tool"), parameter(app, "axes")) == ("7", "samples", "2,5")
    assert app.number_input[0].value == 7


def test_undo_and_redo_walk_the_way_back_and_forth():
    app = opened(EXPLORE, model="digits-2d", z="0,0")
    for number in range(1, 4):
        released(app, model="digits-2d", z=[number / 2, 0.0], release=f"r{number}")
    for expected in ([1.0, 0.0], [0.5, 0.0], [0.0, 0.0], [0.0, 0.0]):
        acted(app, "digits-2d", "undo", f"u{expected}{point(app)}")
        assert point(app) == expected
    acted(app, "digits-2d", "redo", "again")
    assert point(app) == [0.5, 0.0]
    assert parameter(app, "z") == "0.5,0"


def test_an_action_takes_along_a_motion_that_had_not_settled():
    app = opened(EXPLORE, model="digits-2d", z="0,0")
    released(app, model="digits-2d", action="undo", z=[0.5, 0.5], release="a")
    assert point(app) == [0.0, 0.0]
    acted(app, "digits-2d", "redo")
    assert point(app) == [0.5, 0.5]


def test_a_press_before_the_answer_to_the_one_before_is_a_step_more():
    app = opened(EXPLORE, model="digits-2d", z="0,0")
    for number in (1, 2):
        released(app, model="digits-2d", z=[float(number), 0.0], release=f"r{number}")
    known = app.session_state["state.moves"]
    for press, expected in (("a", [1.0, 0.0]), ("b", [0.0, 0.0])):
        released(app, model="digits-2d", action="undo", moves=known, z=[2.0, 0.0], release=press)
        assert point(app) == expected
    acted(app, "digits-2d", "redo", "c")
    acted(app, "digits-2d", "redo", "d")
    assert point(app) == [2.0, 0.0]


def test_surprise_goes_somewhere_and_can_be_undone():
    app = opened(EXPLORE, model="sprites-10d", z=",".join(["0"] * 10))
    acted(app, "sprites-10d", "surprise", "s")
    assert point(app, "sprites-10d") != [0.0] * 10
    acted(app, "sprites-10d", "undo", "t")
    assert point(app, "sprites-10d") == [0.0] * 10


@pytest.mark.parametrize("action", ["explode", 7, ["undo"], {"undo": 1}, True])
def test_actions_that_do_not_exist_are_named(action):
    app = opened(EXPLORE, model="digits-2d", z="1,1")
    acted(app, "digits-2d", action)
    assert point(app) == [1.0, 1.0]
    assert "no action here" in warning(app)


def test_a_flood_of_releases_leaves_the_last_one():
    app = opened(EXPLORE, model="digits-2d", z="1,1")
    for number in range(40):
        released(app, model="digits-2d", z=[number / 40, "junk" if number % 3 else 0.0], release=f"f{number}")
    assert point(app) == [39 / 40, 0.0]


def test_a_pick_in_the_manifold_goes_to_its_coordinates():
    app = opened(EXPLORE, model="digits-2d", tool="manifold", z="0,0")
    picked(app, "manifold.sheet", 15 * 2 + 4)
    model = load_model("digits-2d")
    plane = plane_through(model, [0.0, 0.0])
    across, down = manifold_coordinates(model, plane, None)
    assert point(app) == pytest.approx([across[4], down[2]], rel=1e-3)


@pytest.mark.parametrize(
    ("tool", "key"),
    [
        ("start", "start.pictures"),
        ("traversals", "traversals.sheet"),
        ("samples", "samples.Prior"),
        ("samples", "samples.Where codes lie"),
        ("posterior", "posterior.draws"),
        ("posterior", "posterior.offered"),
    ],
)
def test_a_pick_in_any_sheet_moves_the_point(tool, key):
    app = opened(EXPLORE, model="digits-2d", tool=tool, z="0.123,0.321")
    picked(app, key, 5)
    assert point(app) != [0.123, 0.321]


def test_samples_follow_the_seed():
    app = opened(EXPLORE, model="digits-2d", tool="samples", seed="3", z="0,0")
    picked(app, "samples.Prior", 5)
    first = point(app)
    again = opened(EXPLORE, model="digits-2d", tool="samples", seed="3", z="0,0")
    picked(again, "samples.Prior", 5)
    other = opened(EXPLORE, model="digits-2d", tool="samples", seed="4", z="0,0")
    picked(other, "samples.Prior", 5)
    assert point(again) == first
    assert point(other) != first


def test_the_posterior_shows_originals_where_they_are_and_says_where_not():
    here = opened(EXPLORE, model="digits-2d", tool="posterior")
    assert "shown as reconstructions" not in texts(here)
    gone = opened(EXPLORE, model="mnist-2d", tool="posterior")
    assert any("Get the originals" in button.label for button in gone.button)


def test_an_autoencoder_says_that_it_has_no_posterior():
    app = opened(EXPLORE, model="doodles-ae", tool="posterior")
    assert "one code without spread" in texts(app)


def test_the_opinion_is_labelled_with_its_accuracy():
    app = opened(EXPLORE, model="mnist-2d", show="opinion", z="0,0")
    assert re.search(r"Opinion of a small classifier, not a fact.*9\d\.\d % of 10,000", texts(app))


def test_a_model_of_unknown_pictures_offers_no_opinion(temporary_home):
    write_tiny(temporary_home / "models" / "tiny")
    app = opened(EXPLORE, model="tiny", show="opinion,codes", z="0,0")
    assert "Opinion of a small classifier" not in texts(app)


@pytest.mark.parametrize("content", [b"", b"no graph", brightness_judge(dataset="digits")[:-30]])
def test_a_damaged_classifier_is_said_and_takes_nothing_down(temporary_home, tmp_path, monkeypatch, content):
    monkeypatch.setattr("vae_core.models.classifiers.classifiers_folder", lambda: tmp_path)
    (tmp_path / "digits.onnx").write_bytes(content)
    write_tiny(temporary_home / "models" / "tiny", class_names=("bright", "dark"))
    app = opened(EXPLORE, model="tiny", show="opinion,codes", z="0,0")
    (said,) = app.warning
    assert "digits" in said.value
    assert "Opinion of a small classifier" not in texts(app)
    assert opened("app.py", model="tiny").title


def test_a_classifier_that_answers_junk_is_said_and_takes_nothing_down(temporary_home, tmp_path, monkeypatch):
    monkeypatch.setattr("vae_core.models.classifiers.classifiers_folder", lambda: tmp_path)
    judge = brightness_judge(class_names=["4", "9", "bright"])
    (tmp_path / "digits.onnx").write_bytes(judge)
    write_tiny(temporary_home / "models" / "tiny", class_names=("4", "9"))
    app = opened(EXPLORE, model="tiny", show="opinion", z="0,0")
    assert "answers in shape" in warning(app)
    assert first_steps(load_model("tiny"))


def test_favourites_are_kept_shown_and_removed(monkeypatch):
    monkeypatch.setattr("ui.explore.favourites.visitor", lambda: "a" * 32)
    app = opened(EXPLORE, model="digits-2d", tool="journey", z="0.5,-0.5")
    acted(app, "digits-2d", "keep", "k")
    (kept,) = Favourites("a" * 32).all()
    assert (kept.model, kept.z) == ("digits-2d", (0.5, -0.5))
    app.run()
    released(app, model="digits-2d", z=[1.0, 1.0], release="m")
    app.button(key=f"go_{kept.id}").click().run()
    assert point(app) == [0.5, -0.5]
    app.button(key=f"remove_{kept.id}").click().run()
    assert Favourites("a" * 32).all() == []


def test_a_favourite_of_a_deleted_model_stays_and_says_so(temporary_home, monkeypatch):
    monkeypatch.setattr("ui.explore.favourites.visitor", lambda: "b" * 32)
    folder = write_tiny(temporary_home / "models" / "brief")
    app = opened(EXPLORE, model="brief", tool="journey", z="0.5,0.5")
    acted(app, "brief", "keep", "k")
    shutil.rmtree(folder.path)
    (kept,) = Favourites("b" * 32).all()
    app.run()
    assert not app.exception
    assert "its model is no longer here" in texts(app)
    assert app.button(key=f"go_{kept.id}").disabled
    write_constant(temporary_home / "models" / "brief", 3)
    app.run()
    assert "its model has changed" in texts(app)


def test_favourites_that_cannot_be_kept_say_why(monkeypatch):
    def refuse(*arguments):
        raise ValueError("favourites cannot be written below /x (full): free space")

    monkeypatch.setattr("vae_core.space.favourites.Favourites.keep", refuse)
    app = opened(EXPLORE, model="digits-2d", z="0,0")
    acted(app, "digits-2d", "keep", "k")
    assert "free space" in warning(app)


@pytest.mark.parametrize("text", ["1", "a,b", "1,2,3", "nan,1", "", "1;2", "9e9,1", "[" * 50])
def test_a_pasted_code_in_the_wrong_format_is_named(text):
    app = opened(EXPLORE, model="digits-2d", tool="journey", z="1,1")
    app.text_input(key="journey.paste").set_value(text)
    next(button for button in app.button if button.label == "Go there").click().run()
    assert "This is no code of digits-2d" in warning(app)
    assert point(app) == [1.0, 1.0]


def test_a_pasted_code_is_gone_to():
    app = opened(EXPLORE, model="digits-2d", tool="journey", z="1,1")
    app.text_input(key="journey.paste").set_value(" [0.25, -0.75] ")
    next(button for button in app.button if button.label == "Go there").click().run()
    assert point(app) == [0.25, -0.75]


def test_the_python_snippet_draws_the_same_picture(tmp_path):
    z = [0.1234, -1.5]
    script = snippet("digits-2d", z)
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n{script}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    drawn = np.asarray(Image.open(tmp_path / "digits-2d.png"))[::10, ::10]
    expected = np.rint(load_model("digits-2d").decode([z])[0, ..., 0] * 255)
    np.testing.assert_array_equal(drawn, expected)
