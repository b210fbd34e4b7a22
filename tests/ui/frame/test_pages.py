"""Every page in AppTest: what it shows, its empty and error states, and what the browser may send."""

import re
import shutil

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import REPOSITORY
from tests.support.tiny_models import folder_files, write_tiny
from ui.visit.history import HISTORIES_KEY
from ui.visit.state import MODEL_KEY
from vae_core import load_model
from vae_core.space.slices import plane_of_model

PAGES = sorted(path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / "pages").glob("*.py"))


def opened(page=None, **query):
    app = AppTest.from_file(str(REPOSITORY / "app.py"), default_timeout=180)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    if page:
        app.switch_page(page).run()
    assert not app.exception, app.exception
    return app


def released(app, **point):
    app.session_state["stage"] = {"point": {"release": "1", **point}}
    app.run()
    assert not app.exception, app.exception
    return app


def parameter(app, key):
    """A parameter of the address, which AppTest gives as a list until the script writes it."""
    value = app.query_params[key]
    return value[0] if isinstance(value, list) else value


def warning(app):
    """The first warning as a person reads it, without Markdown's backslashes."""
    return re.sub(r"\\(.)", r"\1", app.warning[0].value)


def point(app, model="digits-2d"):
    history = app.session_state[HISTORIES_KEY].get(model)
    return history and history.here


@pytest.mark.parametrize("page", [None, *PAGES])
def test_every_page_opens_without_a_complaint(page):
    app = opened(page)
    assert len(app.title) == 1
    assert not app.warning
    assert not app.error


def test_explore_offers_every_model():
    app = opened("pages/1_Explore.py")
    assert set(app.selectbox[0].options) >= {
        "digits-2d · Small handwritten digits, 2\N{NO-BREAK SPACE}dimensions"
    }
    assert app.session_state[MODEL_KEY] == "mnist-2d"


def test_picking_a_model_changes_the_address_and_keeps_each_models_point():
    app = released(opened("pages/1_Explore.py", model="digits-2d"), model="digits-2d", z=[1.0, 0.5])
    app.selectbox[0].select("mnist-2d").run()
    assert parameter(app, "model") == "mnist-2d"
    assert parameter(app, "z") == "0,0"
    app.selectbox[0].select("digits-2d").run()
    assert parameter(app, "z") == "1,0.5"


def test_a_released_point_reaches_python_and_the_address():
    app = released(opened("pages/1_Explore.py", model="digits-2d"), model="digits-2d", z=[0.25, -1.5])
    assert point(app) == [0.25, -1.5]
    assert parameter(app, "z") == "0.25,-1.5"


@pytest.mark.parametrize(
    "z",
    [
        None,
        "0,0",
        [],
        [1.0],
        [1.0, 2.0, 3.0],
        [float("nan"), 0],
        [float("inf"), 0],
        [1e30, 0],
        ["1", "2"],
        [True, False],
        [[1], [2]],
        {"0": 1, "1": 2},
        [0.0] * 10_000,
        [10**400, 0],
    ],
)
def test_junk_from_the_component_gives_a_message_and_moves_nothing(z):
    app = released(opened("pages/1_Explore.py", model="digits-2d", z="1,1"), model="digits-2d", z=z)
    assert point(app) == [1.0, 1.0]
    assert "sent a point that is not usable" in warning(app)
    assert released(app, model="digits-2d", z=[0.5, 0.5], release="2")
    assert point(app) == [0.5, 0.5]
    assert not app.warning


@pytest.mark.parametrize(
    "value", [None, 7, "text", [], {}, {"point": 3}, {"point": {"z": [1, 1]}}, {"other": 1}]
)
def test_shapeless_junk_from_the_component_is_ignored(value):
    app = opened("pages/1_Explore.py", model="digits-2d", z="1,1")
    app.session_state["stage"] = value
    app.run()
    assert not app.exception
    assert point(app) == [1.0, 1.0]


def test_a_late_release_for_another_model_moves_nothing():
    app = released(opened("pages/1_Explore.py", model="digits-2d"), model="mnist-2d", z=[2.0, 2.0])
    assert point(app) == [0.0, 0.0]
    assert point(app, "mnist-2d") is None


@pytest.mark.parametrize(
    ("z", "words"),
    [
        ("nan,0", "finite"),
        ("1", "1 values"),
        ("1,2,3", "3 values"),
        (",".join(["0"] * 10_000), "characters"),
        ("a,b", "'a'"),
        ("", "''"),
        ("1e9,0", "1e+09"),
        ("0x1,2", "'0x1'"),
    ],
)
def test_unusable_points_in_the_address_are_named(z, words):
    app = opened(model="digits-2d", z=z)
    assert words in warning(app)
    assert point(app) == [0.0, 0.0]
    assert parameter(app, "z") == "0,0"


def test_an_unknown_model_in_the_address_is_named_and_corrected():
    app = opened(model="x" * 500, z="1,1")
    assert "There is no model" in warning(app)
    assert len(warning(app)) < 200
    assert parameter(app, "model") == "mnist-2d"
    assert point(app, "mnist-2d") == [0.0, 0.0]


def test_other_parameters_of_the_address_stay():
    app = released(opened(model="digits-2d", lesson="7"), model="digits-2d", z=[1.0, 1.0])
    assert parameter(app, "lesson") == "7"


def test_a_damaged_model_is_named_and_the_rest_shown(temporary_home):
    (write_tiny(temporary_home / "models" / "torn").path / "card.md").unlink()
    app = opened("pages/1_Explore.py")
    assert "torn: card.md is missing" in warning(app)
    assert len(app.selectbox[0].options) >= 2


@pytest.mark.parametrize("page", [None, *PAGES])
def test_without_models_every_page_says_what_to_do(page, tmp_path, monkeypatch):
    monkeypatch.setattr("vae_core.models.catalogue.pretrained_folder", lambda: tmp_path / "nothing")
    app = opened(page)
    assert "python -m vae_core" in app.info[0].value
    assert not app.selectbox


@pytest.mark.parametrize("latent_dim", [1, 16])
def test_models_of_other_dimensions_can_be_explored(temporary_home, latent_dim):
    from tests.support.tiny_models import write_constant

    write_constant(temporary_home / "models" / "other", latent_dim)
    app = opened("pages/1_Explore.py", model="other")
    middle = plane_of_model(load_model("other")).origin.tolist()
    assert point(app, "other") == pytest.approx(middle, rel=1e-3)
    assert len(middle) == latent_dim
    released(app, model="other", z=[0.5] * latent_dim)
    assert point(app, "other") == [0.5] * latent_dim


def test_a_model_that_disappears_between_two_runs_leads_to_the_default(temporary_home):
    folder = write_tiny(temporary_home / "models" / "brief")
    app = opened("pages/1_Explore.py", model="brief")
    assert app.session_state[MODEL_KEY] == "brief"
    shutil.rmtree(folder.path)
    app.run()
    assert not app.exception
    assert app.session_state[MODEL_KEY] == "mnist-2d"


def test_foreign_text_in_a_message_is_no_markup():
    app = opened(model="![x](https://evil.example/u.png) [Log in](//evil.example) $x$ `y`")
    raw = app.warning[0].value
    assert "![x](https://evil.example/u.png) [Log in]" in warning(app)[:120]
    assert not re.search(r"(?<!\\)[\[\]()`$!*_]", raw)


@pytest.mark.parametrize(
    "metrics", [b"not json", b'{"test": [1]}', b'{"test": {"neg_elbo": "x"}, "command": ""}', b"{}"]
)
def test_unusable_figures_make_a_damaged_model_not_a_damaged_page(temporary_home, metrics):
    write_tiny(temporary_home / "models" / "odd", files={**folder_files(), "metrics.json": metrics})
    app = opened()
    assert "odd: metrics.json" in warning(app)
    assert app.session_state[MODEL_KEY] == "mnist-2d"
