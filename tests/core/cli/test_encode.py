"""The command that encodes every image: its report, its progress, and how it stops."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY
from tests.core.datasets.test_datasets import provided_mnist
from tests.support.linear_models import write_linear
from vae_core.base.home import home
from vae_core.base.stages import Stages
from vae_core.cli import main
from vae_core.maps.encoding_file import encoding_path
from vae_core.maps.points import all_points


@pytest.fixture
def run(capsys):
    before = signal.getsignal(signal.SIGTERM)

    def call(*arguments):
        with pytest.raises(SystemExit) as leaving:
            main([str(argument) for argument in arguments])
        output = capsys.readouterr()
        return leaving.value.code, output.out, output.err

    yield call
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def model(tmp_path, monkeypatch):
    provided_mnist(tmp_path, monkeypatch)
    return write_linear("lined")


def test_all_images_are_encoded_and_found_by_the_app(run, model):
    code, out, err = run("encode", "lined", "--json")
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert report.pop("seconds") >= 0
    path = encoding_path("lined")
    assert report == {
        "model": "lined",
        "images": 10,
        "bytes": path.stat().st_size,
        "pictures_bytes": 128 + 10 * 784,
        "path": str(path),
    }
    assert len(all_points(model)) == 10


def test_a_person_reads_one_line(run, model):
    code, out, err = run("encode", model.folder.path)
    assert (code, err) == (0, "")
    assert out.startswith("10 images encoded in ")
    assert out.rstrip().endswith(str(encoding_path("lined")))
    assert len(out.splitlines()) == 1


def test_another_program_reads_lines_of_json(run, model):
    code, _, err = run("encode", "lined", "--json-progress")
    assert code == 0
    lines = [json.loads(line) for line in err.splitlines()]
    assert all(set(line) == {"stage", "done", "total"} for line in lines)
    assert lines[0] == {"stage": "reading the pictures", "done": 0, "total": 1}
    assert {"stage": "encoding", "done": 10, "total": 10} in lines
    assert lines[-1] == {"stage": "keeping them", "done": 1, "total": 1}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], "'nothing' is no model"),
        (["fashion-2d"], "run `python -m vae_core fetch fashion-mnist`"),
        ([], "Missing argument 'MODEL'"),
        (["lined", "--fast"], "--fast"),
    ],
)
def test_mistakes_are_one_line(run, model, arguments, words):
    code, out, err = run("encode", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.startswith("vae_core: ")
    assert len(err.splitlines()) == 1


def test_few_lines_are_said_of_many_steps(capsys):
    stages = Stages(as_json=True)
    for done in range(100_001):
        stages("counting", done, 100_000)
    stages("counting", 100_000, 100_000)
    stages("the next", 0, 0)
    stages.close()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len(lines) == 202
    assert [line["done"] for line in lines[:3]] == [0, 500, 1_000]
    assert lines[-2:] == [
        {"stage": "counting", "done": 100_000, "total": 100_000},
        {"stage": "the next", "done": 0, "total": 0},
    ]


def test_without_a_terminal_nothing_is_said(capsys):
    stages = Stages(as_json=False)
    stages("counting", 1, 2)
    stages.close()
    assert capsys.readouterr().err == ""


def test_on_a_terminal_one_line_changes_in_place(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    stages = Stages(as_json=False)
    stages("counting", 1, 2)
    stages("counting", 2, 2)
    stages.close()
    assert capsys.readouterr().err == "\r\x1b[Kcounting 50 %\r\x1b[Kcounting 100 %\n"


def test_a_process_that_is_ended_says_so_and_leaves_nothing():
    # Sprites are drawn for seconds: long enough to end it in the middle.
    process = subprocess.Popen(
        [sys.executable, "-m", "vae_core", "encode", "sprites-10d", "--json-progress"],
        cwd=REPOSITORY,
        env=dict(os.environ),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert json.loads(process.stderr.readline())["stage"] == "reading the pictures"
    process.terminate()
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert (out, err.strip()) == ("", "vae_core: stopped")
    left = [path.name for path in home().rglob("*") if path.is_file()]
    assert left == ["encoding.lock"]
