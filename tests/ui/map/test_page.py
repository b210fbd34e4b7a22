"""The Map page held against the core: counts, neighbours, marks, jobs to their end, models of few codes."""

import json
import sys

import numpy as np
import pytest

from tests.support import tiny_models
from tests.support.tiny_models import write_constant, write_tiny
from tests.ui.explore.test_page import picked, texts
from tests.ui.frame.test_pages import opened, parameter, warning
from tests.ui.jobs.test_downloads import eventually, told, waiting_for
from tests.ui.map.test_panels import MAP, box, done
from ui.jobs import jobs
from ui.visit.address import PANELS
from vae_core import load_model
from vae_core.base.home import models_folder
from vae_core.maps.columns import CLUSTER, KL
from vae_core.maps.encodings import encode_all
from vae_core.maps.groups import Groups
from vae_core.maps.points import held_out_points
from vae_core.maps.projections import Projection, ProjectionSpec, project
from vae_core.maps.projections.store import keep
from vae_core.models.folder import Latents, pack_latents

HALF = {"stage": "encoding", "done": 50, "total": 100}


def component(app, name, key=""):
    """What the browser gets for the component ``name`` whose key, part of its id, ends with ``key``."""
    found = [
        one.proto
        for one in app.get("bidi_component")
        if one.proto.component_name == f"latent_lab_{name}" and one.proto.id.endswith(key)
    ]
    assert len(found) == 1, [one.id for one in found]
    return json.loads(found[0].json)


def shown_map(app):
    return component(app, "map")["map"]


def selected(app, polygon, mark, hidden=()):
    event = {"mark": mark, "map": shown_map(app)["id"], "polygon": polygon, "hidden": list(hidden)}
    return done(app, selected=event)


def button(app, start):
    """The button whose label begins so; None if there is none."""
    return next((one for one in app.button if one.label.startswith(start)), None)


def pick(app, row, mark):
    return done(app, picked={"mark": mark, "map": shown_map(app)["id"], "row": row})


@pytest.mark.parametrize("model", ["mnist-16d", "faces-16d"])
def test_every_panel_shows_an_open_picture_and_a_selection(model):
    points = held_out_points(load_model(model))
    spec = ProjectionSpec.checked({"method": "pca"})
    app = opened(MAP, model=model, map=spec.id)
    coords = project(points.z_mean, spec).coords
    reach = float(np.median(np.abs(coords)))
    inside = (np.abs(coords) < reach).all(axis=1)
    selected(app, box((-reach, -reach), (reach, reach)), "1")
    assert 0 < inside.sum() < len(points)
    counts = np.bincount(points.label[inside][points.label[inside] >= 0])
    assert f"{inside.sum():,} of {len(points):,} test pictures selected" in texts(app)
    if len(counts):
        assert f"{counts.max():,} · {100 * counts.max() / inside.sum():.0f} %" in texts(app)
    pick(app, 11, "2")
    for panel in PANELS:
        app.segmented_control(key="map.panel").set_value(panel).run()
        assert not app.exception, app.exception
        assert not app.error
        assert not app.warning
        assert app.segmented_control(key="map.panel").value == panel
    assert shown_map(app)["selected"] == 11
    assert shown_map(app)["count"] == len(points)


def test_the_nearest_codes_stand_below_the_picture_and_lead_on():
    points = held_out_points(load_model("sprites-10d"))
    app = pick(opened(MAP, model="sprites-10d"), 5, "1")
    distances = np.linalg.norm(points.z_mean.astype(np.float64) - points.z_mean[5], axis=1)
    distances[5] = np.inf
    nearest = np.argsort(distances, kind="stable")[:12]
    labels = component(app, "sheet", "map.near.codes")["labels"]
    assert [label.rsplit(", ", 1)[1] for label in labels] == [f"{distances[row]:.2f} away" for row in nearest]
    picked(app, "map.near.codes", 2)
    assert f"(test picture {points.index[nearest[2]]:,})" in texts(app)
    assert shown_map(app)["selected"] == nearest[2]


def test_a_picture_of_the_selection_opens_and_the_selection_stays():
    app = opened(MAP, model="digits-2d")
    points = held_out_points(load_model("digits-2d"))
    selected(app, box((-0.4, -0.4), (0.4, 0.4)), "1")
    labels = component(app, "sheet", "map.gallery")["labels"]
    inside = np.flatnonzero((np.abs(points.z_mean) < 0.4).all(axis=1))
    assert len(labels) == min(60, len(inside))
    picked(app, "map.gallery", 3)
    row = shown_map(app)["selected"]
    assert row in inside
    assert f"(test picture {points.index[row]:,})" in labels[3]
    assert f"{len(inside)} of {len(points)} test pictures selected" in texts(app)


@pytest.mark.parametrize(
    "event",
    [
        {"picked": {"mark": "x", "map": "0" * 16, "row": 3}},
        {"picked": {"mark": "x", "row": 3}},
        {"selected": {"mark": "x", "map": "0" * 16, "polygon": box((-1, -1), (1, 1)), "hidden": []}},
        {"selected": {"mark": "x", "map": None, "polygon": [["<b>", 1]] * 3, "hidden": "all"}},
        {"picked": [1, 2], "selected": "<script>"},
    ],
)
def test_what_is_not_of_this_map_changes_nothing(event):
    app = done(opened(MAP, model="digits-2d"), **event)
    assert shown_map(app)["selected"] is None
    assert shown_map(app)["highlighted"] is None
    assert "Click a point" in texts(app)


def test_picture_and_selection_stay_when_the_projection_changes_and_go_with_the_model():
    app = pick(opened(MAP, model="sprites-10d", map="pca"), 8, "1")
    selected(app, box((-1, -1), (1, 1)), "2")
    before = shown_map(app)
    app.run()
    highlighted = shown_map(app)["highlighted"]
    assert highlighted
    app.selectbox(key="map.method").select("axes").run()
    after = shown_map(app)
    assert after["id"] != before["id"]
    assert (after["selected"], after["highlighted"]) == (8, highlighted)
    app.selectbox(key="picker.model").select("digits-2d").run()
    assert not app.exception
    assert (shown_map(app)["selected"], shown_map(app)["highlighted"]) == (None, None)


def test_the_point_of_the_visit_and_samples_are_marked_where_the_projection_puts_them():
    model = load_model("sprites-10d")
    points = held_out_points(model)
    app = opened(MAP, model="sprites-10d", map="axes-2-5", panel="place", z="0.5,1,0,0,-1.5,0,0,0,0,0")
    ((x, y, label, kind),) = shown_map(app)["marks"]
    assert (label, kind) == ("your point", "here")
    assert (x, y) == pytest.approx((1, -1.5), abs=1e-6)
    app.segmented_control(key="map.place.way").set_value("A sample").run()
    for number in (1, 2):
        button(app, "Draw a sample").click().run()
        assert not app.exception, app.exception
        assert [one[2:] for one in shown_map(app)["marks"][1:]][-1] == [f"sample {number}", "new"]
    placed = next(iter(app.session_state["map.memory"].values())).placed
    assert shown_map(app)["marks"][1][:2] == pytest.approx(placed[0].code[[1, 4]].tolist(), abs=1e-6)
    assert len(points) == shown_map(app)["count"]


@pytest.mark.parametrize(
    ("by", "categories"), [("class", 10), (KL, None), (CLUSTER, 10), ("<b>nothing</b>", 10)]
)
def test_the_column_of_the_address_colours_the_map(by, categories):
    app = opened(MAP, model="digits-2d", by=by)
    column = shown_map(app)["column"]
    assert (column["categories"] and len(column["categories"])) == categories
    assert not app.warning


@pytest.mark.parametrize("clusters", [10**9, -3, 1, 51])
def test_numbers_of_clusters_that_no_control_offers_are_a_sentence(clusters):
    app = opened(MAP, model="digits-2d", by=CLUSTER)
    app.number_input(key="map.clusters").set_value(clusters).run()
    assert not app.exception, app.exception
    assert shown_map(app)["count"] == 360


@pytest.mark.parametrize(
    ("map_id", "key"),
    [("tsne-30", "map.perplexity"), ("umap-15-0.1", "map.neighbours"), ("umap-15-0.1", "map.distance")],
)
@pytest.mark.parametrize("value", [10**6, -1])
def test_settings_that_no_control_offers_never_become_a_projection(map_id, key, value):
    app = opened(MAP, model="faces-16d", map=map_id)
    app.slider(key=key).set_value(type(app.slider(key=key).value)(value)).run()
    assert not app.exception, app.exception
    assert ProjectionSpec.parsed(parameter(app, "map"), 16).method == map_id.split("-")[0]


def test_a_setting_and_exchanged_axes_reach_the_address():
    app = opened(MAP, model="faces-16d", map="tsne-30")
    app.slider(key="map.perplexity").set_value(12).run()
    assert parameter(app, "map") == "tsne-12"
    app.selectbox(key="map.method").select("axes").run()
    chosen = parameter(app, "map")
    assert chosen.startswith("axes-")
    across = app.selectbox(key="map.across")
    across.set_value(app.selectbox(key="map.up").value).run()
    assert not app.exception, app.exception
    assert parameter(app, "map") == "axes-" + "-".join(reversed(chosen.split("-")[1:]))


@pytest.fixture
def few(temporary_home, monkeypatch):
    """Writes a model of five dimensions with these codes, its name ``few``."""

    def write(codes):
        rows = np.arange(len(codes))
        latents = Latents(codes, np.zeros_like(codes), rows % 10, rows)
        monkeypatch.setattr(tiny_models, "pack_latents", lambda _: pack_latents(latents))
        write_constant(models_folder() / "few", 5)

    return write


@pytest.mark.parametrize("map_id", ["pca", "tsne-30", "umap-15-0.1"])
@pytest.mark.parametrize(("count", "same"), [(1, False), (2, False), (8, False), (8, True)])
def test_a_few_codes_of_many_dimensions_are_a_map(few, count, same, map_id):
    codes = np.random.default_rng(0).standard_normal((count, 5)).astype(np.float32)
    few(np.ones_like(codes) if same else codes)
    app = opened(MAP, model="few", map=map_id)
    assert not app.error
    assert shown_map(app)["count"] == count


def test_a_group_is_renamed_and_bad_names_are_refused_beside_it():
    app = opened(MAP, model="digits-2d")
    selected(app, box((-1, -1), (1, 1)), "1")
    app.text_input[0].set_value("  first\tname ").run()
    button(app, "Keep as a group").click().run()
    groups = Groups(app.session_state["visitor.token"])
    (group,) = groups.of("digits-2d")
    assert group.name == "first name"
    app.segmented_control(key="map.panel").set_value("groups").run()
    field = f"group.{group.id}.name"
    app.text_input(key=field).set_value("a *second* one").run()
    app.button(key=f"group.{group.id}.rename").click().run()
    assert not app.exception, app.exception
    assert groups.of("digits-2d")[0].name == "a *second* one"
    assert "a *second* one" in texts(app)
    app.text_input(key=field).set_value("   ").run()
    app.button(key=f"group.{group.id}.rename").click().run()
    assert "has no name" in warning(app)
    assert groups.of("digits-2d")[0].name == "a *second* one"


NO_GROUPS = (b"", b"{}", b"\xff\xfe", b"[" * 5_000, b'{"format": "latent-lab-group-1", "model": "mnist-2d"}')


def test_a_file_that_is_no_group_is_a_sentence():
    app = opened(MAP, model="digits-2d", panel="groups")
    for content in NO_GROUPS:
        app.file_uploader(key="group.file").set_value(("[x](y).json", content, "application/json")).run()
        button(app, "Add it").click().run()
        assert not app.exception, app.exception
        assert warning(app).startswith("[x](y).json is not usable")
        assert "No groups yet" in texts(app)


def test_a_group_whose_pictures_are_gone_is_a_sentence():
    app = opened(MAP, model="digits-2d")
    selected(app, box((-1, -1), (1, 1)), "1")
    app.text_input[0].set_value("kept").run()
    button(app, "Keep as a group").click().run()
    groups = Groups(app.session_state["visitor.token"])
    (group,) = groups.of("digits-2d")
    groups._path(group).write_bytes(b"PK junk")
    app.segmented_control(key="map.panel").set_value("groups").run()
    app.button(key=f"group.show.{group.id}").click().run()
    assert not app.exception, app.exception
    assert "damaged or gone" in warning(app)


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Puts a script in place of ``python -m vae_core``; at the end no job is left."""

    def use(script):
        path = tmp_path / "fake.py"
        path.write_text(f"import sys\n{script}")
        monkeypatch.setattr(jobs, "COMMAND", (sys.executable, str(path)))

    yield use
    for key in reversed(list(jobs._jobs)):
        jobs.cancel(key)


def started(app, start, key):
    """The job behind the button that begins so, once it has told how far it is."""
    button(app, start).click().run()
    assert not app.exception, app.exception
    job = jobs.job_of(key)
    eventually(lambda: job.progress().total)
    app.run()
    assert app.get("progress")[0].proto.value == 50
    return job


def test_all_pictures_are_encoded_in_the_background_and_then_mapped(command, tmp_path):
    command(told(HALF) + waiting_for(tmp_path / "gate"))
    app = opened(MAP, model="digits-2d")
    job = started(app, "Map all 1,797 pictures", "encode digits-2d")
    assert job.words == ("encode", "digits-2d")
    assert shown_map(app)["count"] == 360
    assert button(app, "Map all") is None
    encode_all(load_model("digits-2d"))
    (tmp_path / "gate").touch()
    eventually(lambda: not job.is_active())
    app.run()
    assert not app.exception, app.exception
    assert shown_map(app)["count"] == 1_797
    assert parameter(app, "points") == "all"
    app.segmented_control(key="map.points").set_value("held-out").run()
    assert shown_map(app)["count"] == 360


def test_a_cancelled_encoding_leaves_the_button_and_no_process(command, tmp_path):
    command(told(HALF) + waiting_for(tmp_path / "never"))
    app = opened(MAP, model="digits-2d")
    job = started(app, "Map all", "encode digits-2d")
    button(app, "Cancel").click().run()
    assert not app.exception, app.exception
    assert not job.is_active()
    assert button(app, "Map all") is not None
    assert shown_map(app)["count"] == 360


def test_a_projection_that_fails_says_why_and_can_be_tried_again(command, tmp_path):
    gate = tmp_path / "gate"
    command(told(HALF) + waiting_for(gate) + "sys.exit('vae_core: [no](space): free some')")
    app = opened(MAP, model="faces-16d", map="tsne-7")
    key = "project faces-16d held-out tsne-7"
    job = started(app, "Compute t-SNE", key)
    assert job.words == (
        *("project", "faces-16d", "--points", "held-out", "--method", "tsne", "--keep"),
        *("--perplexity", "7", "--seed", "0"),
    )
    assert "is being computed; meanwhile this is PCA" in texts(app)
    gate.touch()
    eventually(lambda: not job.is_active())
    app.run()
    assert app.error[0].value == r"\[no\]\(space\)\: free some"
    assert button(app, "Compute t-SNE") is not None
    points = held_out_points(load_model("faces-16d"))
    pca = project(points.z_mean, ProjectionSpec.checked({"method": "pca"}))
    keep(points, Projection(ProjectionSpec.checked({"method": "tsne", "perplexity": 7}), 3 * pca.coords))
    before = shown_map(app)
    app.run()
    assert shown_map(app)["id"] != before["id"]
    assert shown_map(app)["axes"] is None
    assert before["axes"] == ["PC\N{NO-BREAK SPACE}1", "PC\N{NO-BREAK SPACE}2"]
    assert button(app, "Compute t-SNE") is None


def test_figures_of_ones_own_colour_the_points_they_name(temporary_home):
    write_tiny(models_folder() / "tiny")
    app = opened(MAP, model="tiny", panel="save")
    table = b"row,my weight\n3,0.5\n7,2.5\n"
    app.file_uploader(key="map.metadata").set_value(("mine.csv", table, "text/csv")).run()
    assert not app.warning
    app.run()
    app.selectbox(key="map.by").select("my weight").run()
    column = shown_map(app)["column"]
    assert (column["name"], column["categories"]) == ("my weight", None)
    assert parameter(app, "by") == "my weight"


NO_TABLES = (
    (b"", ""),
    (b"a\n" + b"1\n" * 19, "19"),
    (b"a\n" + b"1\n" * 21, "21"),
    ("größe\n".encode("latin-1") + b"1\n" * 20, "UTF"),
    (b"row,a\n99,1\n", "99"),
    (b"row,a\n3,1\n3,2\n", "3"),
    (b"\0" * 500, ""),
)


def test_a_table_that_does_not_fit_is_a_sentence(temporary_home):
    write_tiny(models_folder() / "tiny")
    app = opened(MAP, model="tiny", panel="save")
    before = app.selectbox(key="map.by").options
    for content, words in NO_TABLES:
        app.file_uploader(key="map.metadata").set_value(("mine.csv", content, "text/csv")).run()
        assert not app.exception, app.exception
        assert warning(app).startswith("mine.csv is not usable")
        assert words in warning(app), content
    app.run()
    assert app.selectbox(key="map.by").options == before
