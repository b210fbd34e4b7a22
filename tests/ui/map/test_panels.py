"""The Map page in AppTest: every panel, what is done on the map, its empty states and junk from outside."""

import hashlib
import json
import shutil
import sys

import numpy as np
import pytest

from tests.support.tiny_models import folder_files, write_constant, write_tiny
from tests.ui.explore.test_page import texts
from tests.ui.frame.test_pages import opened, parameter
from tests.ui.jobs.test_downloads import eventually
from ui.jobs import jobs
from ui.map.columns import table_columns
from ui.visit.address import PANELS
from ui.visit.map_memory import memory_of
from vae_core import load_model
from vae_core.base.home import models_folder
from vae_core.maps.encoding_file import encoding_path
from vae_core.maps.encodings import encode_all
from vae_core.maps.groups import Groups
from vae_core.maps.points import all_points, held_out_points
from vae_core.maps.projections import ProjectionSpec, project
from vae_core.maps.projections.store import keep
from vae_core.models.folder import Latents, pack_latents

MAP = "pages/2_Map.py"


@pytest.fixture
def tiny(temporary_home):
    """A model of two dimensions with 20 codes, whose pictures are nowhere."""
    write_tiny(models_folder() / "tiny")
    return load_model("tiny")


def map_of(name, coords=None):
    """What names a map to the browser, and the points on it."""
    points = held_out_points(load_model(name))
    places = np.ascontiguousarray(points.z_mean if coords is None else coords, "<f4")
    content = f"{points.source} {points.digest} ".encode() + places.tobytes()
    return hashlib.sha256(content).hexdigest()[:16], points


def done(app, **events):
    """The map as the browser leaves it after picking or selecting."""
    app.session_state["map"] = {"picked": None, "selected": None, **events}
    app.run()
    assert not app.exception, app.exception
    return app


def box(low, high):
    return [[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]]


def latents_of(codes):
    rows = np.arange(len(codes))
    return pack_latents(Latents(codes, np.zeros_like(codes), rows % 10, rows))


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("model", ["digits-2d", "sprites-10d", "doodles-ae"])
def test_every_panel_opens_for_every_kind_of_model(model, panel):
    app = opened(MAP, model=model, panel=panel)
    assert not app.error
    assert not app.warning
    assert parameter(app, "panel") == panel


def test_a_picked_point_opens_its_picture():
    map_id, points = map_of("digits-2d")
    app = opened(MAP, model="digits-2d", panel="save")
    done(app, picked={"mark": "1", "map": map_id, "row": 7})
    label = points.label[7]
    assert f"{label} (test picture {points.index[7]})" in texts(app)
    assert app.segmented_control(key="map.panel").value == "picture"


@pytest.mark.parametrize("row", [-1, 10**6, True, "3", None, 1.5])
def test_a_pick_that_is_none_changes_nothing(row):
    map_id, _ = map_of("digits-2d")
    app = opened(MAP, model="digits-2d")
    done(app, picked={"mark": "1", "map": map_id, "row": row})
    assert "Click a point" in texts(app)


def test_a_selection_is_what_lies_inside_and_was_not_filtered_out():
    map_id, points = map_of("digits-2d")
    app = opened(MAP, model="digits-2d")
    inside = (np.abs(points.z_mean) < 1).all(axis=1)
    shape = {"map": map_id, "polygon": box((-1, -1), (1, 1))}
    done(app, selected={"mark": "1", "hidden": [], **shape})
    assert f"{inside.sum():,} of {len(points):,} test pictures selected" in texts(app)
    done(app, selected={"mark": "2", "hidden": [3], **shape})
    shown = (inside & (points.label != 3)).sum()
    assert 0 < shown < inside.sum()
    assert f"{shown:,} of {len(points):,} test pictures selected" in texts(app)
    done(app, selected={"mark": "3", "map": map_id, "polygon": None})
    assert "Nothing is selected" in texts(app)


def test_nothing_inside_says_so():
    map_id, _ = map_of("digits-2d")
    app = opened(MAP, model="digits-2d")
    polygon = box((90, 90), (91, 91))
    done(app, selected={"mark": "1", "map": map_id, "polygon": polygon, "hidden": []})
    assert "Nothing is selected" in texts(app)


def test_a_selection_is_kept_as_a_group_and_comes_back():
    map_id, points = map_of("digits-2d")
    app = opened(MAP, model="digits-2d")
    polygon = box((-1, -1), (1, 1))
    done(app, selected={"mark": "1", "map": map_id, "polygon": polygon, "hidden": []})
    app.text_input[0].set_value("the middle").run()
    next(one for one in app.button if one.label == "Keep as a group").click().run()
    assert not app.warning
    visitor = app.session_state["visitor.token"]
    (group,) = Groups(visitor).of("digits-2d")
    assert group.name == "the middle"
    np.testing.assert_array_equal(
        Groups(visitor).rows_in(group, points), np.flatnonzero((np.abs(points.z_mean) < 1).all(axis=1))
    )
    done(app, selected={"mark": "2", "map": map_id, "polygon": None})
    app.segmented_control(key="map.panel").set_value("groups").run()
    next(one for one in app.button if one.key == f"group.show.{group.id}").click().run()
    app.segmented_control(key="map.panel").set_value("selection").run()
    assert f"{group.count:,} of" in texts(app)
    app.segmented_control(key="map.panel").set_value("groups").run()
    next(one for one in app.button if one.key == f"group.{group.id}.remove").click().run()
    assert Groups(visitor).of("digits-2d") == []


def test_a_group_without_a_name_is_refused_beside_it():
    map_id, _ = map_of("digits-2d")
    app = opened(MAP, model="digits-2d")
    done(app, selected={"mark": "1", "map": map_id, "polygon": box((-1, -1), (1, 1)), "hidden": []})
    next(one for one in app.button if one.label == "Keep as a group").click().run()
    assert "The group was not kept" in app.warning[0].value


@pytest.mark.parametrize(
    "query",
    [
        {"map": "../../etc"},
        {"map": "tsne-1"},
        {"map": "axes-1-999"},
        {"map": "axes-2-2"},
        {"by": "nothing"},
        {"by": "a\nb"},
        {"points": "some"},
        {"panel": "hammer"},
    ],
)
def test_junk_in_the_address_leaves_a_map(query):
    app = opened(MAP, model="sprites-10d", **query)
    assert len(app.title) == 1
    assert "Trustworthiness" in texts(app)


def test_all_pictures_without_an_encoding_are_the_test_pictures(temporary_home):
    app = opened(MAP, model="digits-2d", points="all")
    assert not app.warning
    assert any(one.label.startswith("Map all 1,797") for one in app.button)


def test_a_model_without_codes_says_what_to_do(temporary_home):
    files = {**folder_files(), "latents.npz": latents_of(np.zeros((0, 2), np.float32))}
    write_tiny(models_folder() / "empty", files=files)
    app = opened(MAP, model="empty")
    assert "nothing to map" in texts(app)


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("codes", [np.ones((1, 2)), np.ones((9, 2)), np.eye(2)])
def test_one_point_or_the_same_point_again_is_a_map(temporary_home, codes, panel):
    files = {**folder_files(), "latents.npz": latents_of(codes.astype(np.float32))}
    write_tiny(models_folder() / "few", files=files)
    app = opened(MAP, model="few", panel=panel)
    assert len(app.title) == 1
    assert not app.error


def test_codes_that_are_all_alike_say_that_no_worth_can_be_told(temporary_home):
    write_constant(models_folder() / "many", 4)
    files = folder_files()
    files["latents.npz"] = latents_of(np.ones((40, 2), np.float32))
    write_tiny(models_folder() / "same", files=files)
    app = opened(MAP, model="same", by="cluster")
    assert "too many for 1 different codes" in texts(app)


def test_a_single_dimension_lies_on_a_line(temporary_home):
    write_constant(models_folder() / "line", 1)
    app = opened(MAP, model="line")
    assert not app.warning
    assert "whole space" in texts(app)


def test_data_that_changed_under_their_encoding_are_named(temporary_home):
    model = load_model("digits-2d")
    encode_all(model)
    app = opened(MAP, model="digits-2d", points="all")
    assert f"of {len(all_points(model)):,}" not in texts(app)
    assert any(one.key == "map.points" for one in app.segmented_control)
    path = encoding_path("digits-2d")
    with np.load(path) as arrays:
        parts = {name: arrays[name] for name in arrays.files}
    name = next(name for name, part in parts.items() if part.dtype == np.uint8)
    header = json.loads(bytes(parts[name]))
    header["stamp"]["version"] = "another"
    parts[name] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(path, **parts)
    app = opened(MAP, model="digits-2d", points="all")
    assert "changed since they were encoded" in texts(app)
    assert any(one.label.startswith("Map all") for one in app.button)


def test_a_projection_is_computed_in_the_background_and_then_shown(tiny, temporary_home, monkeypatch):
    """A fake command in place of the slow one: what it would have kept is kept by the test."""
    write_constant(models_folder() / "wide", 5)
    model = load_model("wide")
    points, spec = held_out_points(model), ProjectionSpec.checked({"method": "umap", "neighbours": 5})
    gate = temporary_home / "gate"
    script = f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.02)"
    monkeypatch.setattr(jobs, "COMMAND", (sys.executable, "-c", script))
    app = opened(MAP, model="wide", map=spec.id)
    next(one for one in app.button if one.label == "Compute UMAP").click().run()
    assert "is being computed" in texts(app)
    key = f"project wide held-out {spec.id}"
    assert list(jobs.job_of(key).words[:2]) == ["project", "wide"]
    coords = project(points.z_mean, ProjectionSpec.checked({"method": "pca"}))
    keep(points, type(coords)(spec, coords.coords))
    gate.touch()
    eventually(lambda: not jobs.job_of(key).is_active())
    app.run()
    assert "UMAP keeps neighbours together" in texts(app)
    assert not any(one.label == "Compute UMAP" for one in app.button)


def test_public_servers_compute_nothing_for_visitors(tiny, temporary_home, monkeypatch):
    monkeypatch.setenv("LATENT_LAB_PUBLIC", "1")
    write_constant(models_folder() / "wide", 5)
    app = opened(MAP, model="wide", map="tsne-9")
    assert "python -m vae_core project wide" in texts(app)
    assert not any(one.label.startswith(("Compute", "Map all")) for one in app.button)


def test_a_metadata_file_becomes_colours_and_a_wrong_one_a_sentence(tiny):
    app = opened(MAP, model="tiny", panel="save")
    lines = ["weight,=cmd()"] + [f"{number},=1+{number % 3}" for number in range(20)]
    app.file_uploader(key="map.metadata").set_value(("mine.csv", "\n".join(lines).encode(), "text/csv")).run()
    assert not app.exception
    assert not app.warning
    assert "weight" in app.selectbox(key="map.by").options[-1] or any(
        "weight" in option for option in app.selectbox(key="map.by").options
    )
    short = "\n".join(lines[:5]).encode()
    app.file_uploader(key="map.metadata").set_value(("short.csv", short, "text/csv")).run()
    assert "short\\.csv is not usable" in app.warning[0].value
    assert "20" in app.warning[0].value
    wrong = "\n".join(lines).replace("weight", "Größe").encode("latin-1")
    app.file_uploader(key="map.metadata").set_value(("wrong.csv", wrong, "text/csv")).run()
    assert "UTF" in app.warning[0].value


def test_a_sample_is_placed_and_taken_off(tiny):
    app = opened(MAP, model="tiny", panel="place")
    app.segmented_control(key="map.place.way").set_value("A sample").run()
    next(one for one in app.button if one.label.startswith("Draw a sample")).click().run()
    memory = next(iter(app.session_state["map.memory"].values()))
    assert [one.label for one in memory.placed] == ["sample 1"]
    next(one for one in app.button if one.label.startswith("Take all")).click().run()
    assert next(iter(app.session_state["map.memory"].values())).placed == []


def test_a_path_leads_from_the_point_to_the_open_picture():
    map_id, _ = map_of("digits-2d")
    app = opened(MAP, model="digits-2d")
    done(app, picked={"mark": "1", "map": map_id, "row": 3})
    app.segmented_control(key="map.panel").set_value("place").run()
    app.segmented_control(key="map.place.way").set_value("A path").run()
    next(one for one in app.button if one.label.startswith("Draw it")).click().run()
    memory = next(iter(app.session_state["map.memory"].values()))
    np.testing.assert_allclose(
        memory.paths["Straight"][-1], held_out_points(load_model("digits-2d")).z_mean[3]
    )


def test_a_model_that_left_while_its_map_was_open(temporary_home):
    write_tiny(models_folder() / "gone")
    app = opened(MAP, model="gone")
    shutil.rmtree(models_folder() / "gone")
    app.run()
    assert not app.exception
    assert parameter(app, "model") != "gone"


def test_memory_is_bounded(tiny, monkeypatch):
    monkeypatch.setattr("ui.visit.map_memory.MOST_PLACED", 3)
    memory = memory_of(held_out_points(tiny))
    for number in range(5):
        memory.place(f"sample {number}", np.zeros(2, np.float32))
    assert [one.label for one in memory.placed] == ["sample 2", "sample 3", "sample 4"]


@pytest.mark.parametrize("choice", ["tsne-30", "umap-15-0.1", "pca", "axes-10-3"])
def test_a_space_of_two_dimensions_is_shown_as_it_is_whatever_another_model_had(choice):
    app = opened(MAP, model="digits-2d", map=choice)
    assert not app.warning
    assert "whole space" in texts(app)
    assert parameter(app, "map") == choice


@pytest.mark.parametrize("codes", [np.ones((1, 3)), np.ones((9, 3))])
def test_codes_that_pca_cannot_lay_out_are_shown_by_two_dimensions(temporary_home, codes):
    write_constant(models_folder() / "wide", 3)
    path = models_folder() / "wide"
    spec = json.loads((path / "spec.json").read_text())
    content = latents_of(codes.astype(np.float32))
    (path / "latents.npz").write_bytes(content)
    spec["files"]["latents.npz"] = hashlib.sha256(content).hexdigest()
    (path / "spec.json").write_text(json.dumps(spec))
    app = opened(MAP, model="wide")
    assert "two dimensions as they are" in texts(app)
    for chosen in ("tsne-9", "umap-15-0.1"):
        app = opened(MAP, model="wide", map=chosen)
        assert "cannot be computed" in app.warning[0].value


def test_a_perplexity_that_the_data_do_not_allow_is_named(temporary_home):
    write_constant(models_folder() / "wide", 5)
    app = opened(MAP, model="wide", map="tsne-30")
    assert "perplexity is 30: 30 codes allow at most 9" in texts(app)
    assert not any(one.label.startswith("Compute") for one in app.button)


def test_a_table_leaves_out_what_cannot_be_made(temporary_home):
    write_constant(models_folder() / "wide", 5)
    app = opened(MAP, model="wide", panel="save", by="cluster")
    assert not app.exception
    assert [one.name for one in table_columns(load_model("wide"), held_out_points(load_model("wide")))] == [
        "KL"
    ]
