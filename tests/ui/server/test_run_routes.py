"""The routes of a run's snapshots, called without a server; what the time machine sends to the browser."""

import io
import os

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.support.snapshot_runs import run_with_snapshots, snapshot
from ui.components.timeline.view import MOST_CLASSES, timeline_data
from ui.server import routes
from ui.server.run_routes import versions_of
from vae_core.runs.snapshots import Snapshots


@pytest.fixture
def client():
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client


@pytest.fixture
def run(tmp_path):
    return run_with_snapshots(tmp_path, [0, 1, 2])


def address(run, epoch, name):
    return f"/lab/runs/{run.path.name}/{epoch}/{name}?v={versions_of(run, [epoch])[0]}"


def picture(answer):
    assert answer.status_code == 200, answer.text
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def test_the_grid_stands_row_by_row(client, run):
    grid = np.arange(6 * 4 * 4, dtype=np.uint8).reshape(6, 4, 4, 1)
    Snapshots(run).write(type(snapshot(1))(**{**vars(snapshot(1)), "grid": grid}))
    pixels = picture(client.get(address(run, 1, "grid.png")))
    assert pixels.shape == (8, 12)
    np.testing.assert_array_equal(pixels[4:, 8:], grid[5, ..., 0])
    np.testing.assert_array_equal(pixels[:4, 4:8], grid[1, ..., 0])


def test_originals_stand_above_their_reconstructions(client, run):
    answer = client.get(address(run, 2, "reconstructions.png"))
    pixels = picture(answer)
    assert pixels.shape == (8, 16)
    assert (pixels[:4] == 200).all()
    assert (pixels[4:] == 25).all()
    assert answer.headers["x-pictures"] == "4"


def test_codes_are_what_the_player_reads(client, run):
    content = client.get(address(run, 2, "codes.bin")).content
    rows, dimensions = np.frombuffer(content, "<u4", 2)
    assert (rows, dimensions) == (30, 3)
    codes = np.frombuffer(content, "<f2", rows * dimensions, 8).reshape(rows, dimensions)
    np.testing.assert_array_equal(codes, snapshot(2).codes)
    labels = np.frombuffer(content, "<i2", rows, 8 + 2 * rows * dimensions)
    np.testing.assert_array_equal(labels, np.arange(30) % 2)
    assert len(content) == 8 + 2 * 90 + 2 * 30


def test_an_epoch_written_again_has_another_address(client, run):
    before = address(run, 1, "grid.png")
    Snapshots(run).write(snapshot(1))
    path = Snapshots(run).folder / "00001.npz"
    os.utime(path, ns=(1, 10**18))
    assert address(run, 1, "grid.png") != before
    assert client.get(before).status_code == 404
    assert client.get(address(run, 1, "grid.png")).status_code == 200


def test_an_epoch_that_is_not_there_has_no_version(run):
    first, missing, last = versions_of(run, [0, 9, 2])
    assert missing == ""
    assert first != last


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("{run}/9/grid.png?v={version}", 404),
        ("{run}/1/grid.png", 404),
        ("{run}/1/grid.png?v=0000000000", 404),
        ("{run}/x/grid.png?v={version}", 400),
        ("{run}/-1/codes.bin?v={version}", 400),
        ("{run}/01/codes.bin?v={version}", 400),
        ("{run}/१/codes.bin?v={version}", 400),
        ("{run}/1e3/reconstructions.png?v={version}", 400),
        ("{run}/" + "9" * 400 + "/grid.png?v={version}", 400),
        ("{run}/first/grid.png?v={version}", 400),
        ("00000000-0000-4000-8000-000000000000/1/grid.png?v={version}", 404),
        ("..%2Fruns%2F{run}/1/grid.png?v={version}", 404),
        ("{run}%2F./1/grid.png?v={version}", 404),
        ("..%2F..%2Fetc/1/grid.png?v={version}", 404),
        ("x%00y/1/grid.png?v={version}", 404),
        ("{run}/1/spec.json", 404),
        ("{run}/1/..%2Fspec.json", 404),
    ],
)
def test_wrong_addresses_get_one_plain_line(client, run, path, status):
    version = versions_of(run, [1])[0]
    answer = client.get("/lab/runs/" + path.format(run=run.path.name, version=version))
    assert answer.status_code == status
    assert "Traceback" not in answer.text
    assert answer.text.count("\n") == 0
    assert len(answer.text) < 200


@pytest.mark.parametrize("name", ["grid.png", "reconstructions.png", "codes.bin"])
@pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04" + bytes(60)])
def test_a_damaged_snapshot_is_named(client, run, name, content):
    (Snapshots(run).folder / "00001.npz").write_bytes(content)
    answer = client.get(address(run, 1, name))
    assert answer.status_code == 400
    assert "00001.npz" in answer.text
    assert client.get(address(run, 2, name)).status_code == 200


def test_the_browser_gets_addresses_and_no_pictures(run):
    data = timeline_data(run, [0, 1, 2], ["a", "", "c"], ["cat", "<b>dog</b>"], 4)
    assert data["root"] == f"/lab/runs/{run.path.name}"
    assert (data["epochs"], data["versions"]) == ([0, 2], ["a", "c"])
    assert data["classes"] == ["cat", "<b>dog</b>"]
    assert (data["more"], data["reach"]) == (0, 4)
    many = timeline_data(run, [], [], [str(number) for number in range(345)])
    assert (len(many["classes"]), many["more"]) == (MOST_CLASSES, 345 - MOST_CLASSES)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"versions": ["a"]}, "expected 2, one per epoch"),
        ({"epochs": [2, 1]}, "ascend"),
        ({"epochs": [1, 1]}, "ascend"),
        ({"epochs": [-1, 1]}, "ascend"),
        ({"epochs": range(10_001), "versions": ["a"] * 10_001}, "10,001"),
        ({"versions": ["a", "../x"]}, "hexadecimal"),
        ({"pad": 0.0}, "pad is 0"),
        ({"pad": float("nan")}, "pad is nan"),
    ],
)
def test_the_time_machine_names_what_does_not_fit(run, change, words):
    fitting = {"epochs": [1, 2], "versions": ["a", "b"], "class_names": [], "pad": None}
    with pytest.raises(ValueError, match=words):
        timeline_data(run, **{**fitting, **change})
