"""The command that lays codes out: what it writes, what it says, and how it stops."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import REPOSITORY
from tests.core.datasets.test_datasets import provided_mnist
from tests.support.linear_models import write_linear
from tests.support.tiny_models import write_tiny
from vae_core import load_model
from vae_core.base.home import home
from vae_core.cli import main
from vae_core.maps.encodings import encode_all
from vae_core.maps.points import all_points, held_out_points
from vae_core.maps.projections import ProjectionSpec, project, quality_of
from vae_core.maps.projections.store import kept

PCA = ProjectionSpec(method="pca")


@pytest.fixture
def run(capsys, monkeypatch):
    # The command sets it for its own process only.
    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")

    def call(*arguments):
        with pytest.raises(SystemExit) as leaving:
            main(["project", *map(str, arguments)])
        output = capsys.readouterr()
        return leaving.value.code, output.out, output.err

    return call


def coords_in(path):
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays.files == ["coords"]
        return arrays["coords"]


def test_coordinates_are_written_in_the_order_of_the_codes(run, tmp_path):
    out = tmp_path / "new" / "coords.npz"
    code, said, err = run("mnist-16d", "--method", "axes", "--axes", "3,16", "--out", out)
    assert (code, err) == (0, "")
    np.testing.assert_array_equal(coords_in(out), load_model("mnist-16d").latents.z_mean[:, [2, 15]])
    lines = said.splitlines()
    assert lines[0].startswith("mnist-16d: axes-3-16 of 10,000 codes in ")
    assert lines[1].startswith("trustworthiness 0.")
    assert lines[2:] == [str(out)]
    assert [path.name for path in out.parent.iterdir()] == ["coords.npz"]


def test_it_is_kept_where_the_app_finds_it_with_its_quality(run, tmp_path):
    out = tmp_path / "coords.npz"
    code, said, err = run("digits-2d", "--method", "pca", "--keep", "--out", out, "--json")
    assert (code, err) == (0, "")
    points = held_out_points(load_model("digits-2d"))
    found = kept(points, PCA)
    np.testing.assert_array_equal(found.coords, project(points.z_mean, PCA).coords)
    np.testing.assert_array_equal(found.coords, coords_in(out))
    assert found.quality == quality_of(points.z_mean, found.coords)
    report = json.loads(said)
    assert report.pop("seconds") >= 0
    assert report == {
        "model": "digits-2d",
        "points": "held-out",
        "spec": PCA.model_dump(mode="json"),
        "id": "pca",
        "n": 360,
        "trustworthiness": found.quality.trustworthiness,
        "continuity": found.quality.continuity,
        "k": 12,
        "rows": 360,
        "paths": [str(home() / "notes" / "digits-2d" / "projections" / "held-out-pca.npz"), str(out)],
    }


def test_progress_goes_to_stderr_as_lines_of_json(run, tmp_path):
    out = tmp_path / "coords.npz"
    arguments = ["--method", "tsne", "--perplexity", 5, "--seed", 3, "--threads", 1, "--out", out]
    code, _, err = run("digits-2d", *arguments, "--json-progress")
    assert code == 0
    lines = [json.loads(line) for line in err.splitlines()]
    assert all(set(line) == {"stage", "done", "total"} for line in lines)
    stages = list(dict.fromkeys(line["stage"] for line in lines))
    assert stages == ["loading", "comparing the codes", "arranging", "measuring"]
    assert (lines[0]["done"], lines[-1]["done"]) == (0, lines[-1]["total"])
    codes = load_model("digits-2d").latents.z_mean
    spec = ProjectionSpec(method="tsne", perplexity=5, seed=3)
    np.testing.assert_array_equal(coords_in(out), project(codes, spec).coords)


def test_an_older_file_is_replaced(run, tmp_path):
    out = tmp_path / "coords.NPZ"
    out.write_bytes(b"old")
    assert run("digits-2d", "--method", "pca", "--out", out)[0] == 0
    assert coords_in(out).shape == (360, 2)


def test_all_images_are_laid_out_once_they_are_encoded(run, tmp_path, monkeypatch):
    provided_mnist(tmp_path, monkeypatch)
    model = write_linear("lined")
    code, said, err = run("lined", "--method", "pca", "--points", "all", "--keep")
    assert (code, said) == (2, "")
    assert "not encoded yet: run `python -m vae_core encode lined`" in err
    encode_all(model)
    code, said, err = run("lined", "--method", "pca", "--points", "all", "--keep")
    assert (code, err) == (0, "")
    assert "quality not measured (there are 10 points: " in said
    found = kept(all_points(model), PCA)
    assert (len(found.coords), found.quality) == (10, None)
    report = json.loads(run("lined", "--method", "pca", "--points", "all", "--keep", "--json")[1])
    assert (report["trustworthiness"], report["continuity"]) == (None, None)
    assert "at least 25 are needed" in report["note"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--method"),
        (["--method", "pca"], "give --out FILE.npz, --keep or both"),
        (["--method", "som", "--keep"], "--method"),
        (["--method", "pca", "--out", "coords.txt"], "written as .npz"),
        (["--method", "pca", "--out", "tiny/spec.json/c.npz"], "cannot be written"),
        (["--method", "pca", "--out", "folder.npz"], "is a folder"),
        (["--method", "axes", "--keep"], "axes are missing"),
        (["--method", "axes", "--axes", "1", "--keep"], "axes is '1'"),
        (["--method", "axes", "--axes", "1,1", "--keep"], "dimension 1 twice"),
        (["--method", "axes", "--axes", "1,3", "--keep"], "dimension 3, this model has 1 to 2"),
        (["--method", "pca", "--axes", "1,2", "--keep"], "--axes belongs to --method axes"),
        (["--method", "pca", "--perplexity", "9", "--keep"], "leave it out for pca"),
        (["--method", "tsne", "--perplexity", "1", "--keep"], "perplexity is 1"),
        (["--method", "tsne", "--perplexity", "x", "--keep"], "--perplexity"),
        (["--method", "tsne", "--seed", "-1", "--keep"], "seed is -1"),
        (["--method", "umap", "--neighbours", "0", "--keep"], "neighbours is 0"),
        (["--method", "umap", "--min-distance", "nan", "--keep"], "min_distance is nan"),
        (["--method", "umap", "--neighbours", "200", "--keep"], "neighbours is 200: "),
        (["--method", "tsne", "--keep"], "perplexity is 30"),
        (["--method", "pca", "--points", "some", "--keep"], "--points"),
        (["--method", "pca", "--points", "all", "--keep"], "not encoded yet"),
        (["--method", "pca", "--threads", "0", "--keep"], "--threads"),
    ],
)
def test_mistakes_are_one_line(run, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    write_tiny(tmp_path / "tiny")
    (tmp_path / "folder.npz").mkdir()
    code, out, err = run("./tiny", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.startswith("vae_core: ")
    assert len(err.splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"tiny", "folder.npz"}
    assert not list(home().rglob("*.npz"))


def test_an_unknown_model_is_one_line(run):
    code, _, err = run("nothing", "--method", "pca", "--keep")
    assert code == 2
    assert "'nothing' is no model" in err


@pytest.fixture
def started(tmp_path):
    """A process that lays 10,000 codes out, and the first line it says."""
    arguments = ["mnist-16d", "--method", "tsne", "--threads", "1", "--json-progress", "--keep"]
    process = subprocess.Popen(
        [sys.executable, "-m", "vae_core", "project", *arguments, "--out", str(tmp_path / "coords.npz")],
        cwd=REPOSITORY,
        env=os.environ.copy(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    yield process
    process.kill()
    process.communicate()


def test_a_process_that_is_ended_leaves_nothing(started, tmp_path):
    assert json.loads(started.stderr.readline())["stage"] == "loading"
    started.send_signal(signal.SIGTERM)
    assert started.wait(300) != 0
    assert list(tmp_path.iterdir()) == []
    assert [path for path in home().rglob("*") if path.is_file()] == []


ENDED_WHILE_WRITING = """
import os, signal, sys
import vae_core.base.home
from vae_core.cli import main

whole = os.fsync
def interrupted(descriptor):
    os.kill(os.getpid(), signal.SIGTERM)
    whole(descriptor)

vae_core.base.home.os.fsync = interrupted
main(["project", "digits-2d", "--method", "pca", "--out", sys.argv[1]])
"""


def test_a_process_that_is_ended_while_it_writes_leaves_no_half_of_a_file(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", ENDED_WHILE_WRITING, str(tmp_path / "coords.npz")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130, done.stderr
    assert done.stderr.strip() == "vae_core: stopped"
    assert list(tmp_path.iterdir()) == []
