"""The commands that make a concept and move pictures along it: what they write, say and refuse."""

import json
import re

import numpy as np
import pytest
from PIL import Image

from tests.conftest import REPOSITORY
from vae_core.cli import main
from vae_core.concepts import read_concept, ready_concepts
from vae_core.models.catalogue import load_model

FACES = "faces-16d"
SMILE = ("--with", "attribute:smile>0.33", "--without", "attribute:smile<-0.33")
DIGITS = ("mnist-16d", "--with", "class:7", "--without", "class:1")


@pytest.fixture
def run(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as leaving:
            main(["concept", *map(str, arguments)])
        output = capsys.readouterr()
        return leaving.value.code, output.out, output.err

    return call


@pytest.fixture
def smile(tmp_path):
    """The ready-made smile as a file."""
    path = tmp_path / "smile.json"
    path.write_text(ready_concepts(load_model(FACES))[0].to_json())
    return path


def test_a_concept_is_made_of_attributes_without_naming_make(run, tmp_path):
    out = tmp_path / "new" / "smile.json"
    code, said, err = run(FACES, *SMILE, "--out", out)
    assert (code, err) == (0, "")
    model = load_model(FACES)
    made = read_concept(out.read_bytes(), model)
    assert (made.name, made.method) == ("smile", "balanced")
    assert made.with_words == "attribute:smile>0.33"
    shipped = ready_concepts(model)[0]
    assert made.cosine(shipped) > 0.99
    lines = said.splitlines()
    assert lines[0] == f"smile: {made.with_count} pictures with, {made.without_count} without, balanced"
    assert lines[1].startswith("separable with an AUC of 1.000; a cosine of 0.9")
    assert lines[2:] == [str(out)]
    assert [path.name for path in out.parent.iterdir()] == ["smile.json"]


def test_the_same_with_make_options_and_json(run, tmp_path, smile):
    out = tmp_path / "x.json"
    options = ("--name", "Wide smile", "--balance", "glasses", "--beside", smile, "--draws", 20, "--json")
    code, said, _ = run("make", FACES, *SMILE, "--out", out, *options)
    assert code == 0
    assert json.loads(said) == json.loads(out.read_text())
    made = read_concept(out.read_bytes(), load_model(FACES))
    assert made.name == "Wide smile"
    assert made.cosine(ready_concepts(load_model(FACES))[0]) == pytest.approx(0, abs=1e-6)


def test_options_may_come_before_the_model(run, tmp_path):
    out = tmp_path / "x.json"
    code, said, _ = run("--with", "class:7", "--without", "class:1", "--out", out, "mnist-16d")
    assert code == 0
    assert "2" not in said.splitlines()[0].split(":")[0]
    assert read_concept(out.read_bytes(), load_model("mnist-16d")).method == "plain"


def test_rows_and_files_of_rows(run, tmp_path):
    rows = tmp_path / "rows.txt"
    rows.write_text("\n".join(map(str, range(0, 60, 2))))
    out = tmp_path / "x.json"
    code, said, _ = run("mnist-16d", "--with", rows, "--with", "2,61", "--without", "1,3,5", "--out", out)
    assert code == 0
    made = read_concept(out.read_bytes(), load_model("mnist-16d"))
    assert (made.with_count, made.without_count) == (31, 3)
    assert "Too few examples" in said


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("nowhere", *DIGITS[1:], "--out", "x.json"), "is no model"),
        ((*DIGITS, "--out", "x.txt"), "concepts are written as .json"),
        (DIGITS, "Missing option '--out'"),
        ((*DIGITS[:3], "--out", "x.json"), "Missing option '--without'"),
        ((*DIGITS[:3], "--without", "class:7", "--out", "x.json"), "both with and without"),
        ((*DIGITS[:3], "--without", "class:owl", "--out", "x.json"), "--without: 'owl' is no class"),
        ((*DIGITS[:3], "--without", "5", "--out", "x.json"), "1 picture without"),
        ((*DIGITS[:3], "--without", "10000", "--out", "x.json"), "rows go from"),
        ((*DIGITS, "--out", "x.json", "--name", " "), "no name"),
        ((*DIGITS, "--out", "x.json", "--balance", "smile"), "nothing is known here"),
        ((*DIGITS, "--out", "x.json", "--method", "probe", "--balance", "x"), "belongs to --method balanced"),
        ((*DIGITS, "--out", "x.json", "--beside", "nowhere.json"), "nowhere.json is no concept"),
        ((*DIGITS, "--out", "x.json", "--points", "all"), "not encoded yet"),
        ((*DIGITS, "--out", "x.json", "--draws", "9"), "draws"),
    ],
)
def test_bad_input_of_make_is_one_line(run, tmp_path, monkeypatch, arguments, problem):
    monkeypatch.chdir(tmp_path)
    code, said, err = run(*arguments)
    assert (code, said) == (2, "")
    assert err.startswith("vae_core: ")
    assert err.count("\n") == 1
    assert problem in err
    assert list(tmp_path.iterdir()) == []


def test_a_film_of_a_concept_runs_there_and_back(run, smile, tmp_path):
    out = tmp_path / "smile.gif"
    code, said, err = run("apply", smile, "--to", 7, "--strength", "-3..3", "--frames", 5, "--out", out)
    assert (code, err) == (0, "")
    assert said.splitlines()[1] == str(out)
    with Image.open(out) as film:
        assert (film.format, film.size, film.n_frames) == ("GIF", (256, 256), 8)


def test_a_strip_shows_what_the_model_decodes(run, smile, tmp_path):
    out = tmp_path / "smile.png"
    code, said, _ = run("apply", smile, "--to", 7, "--strength=-2..2", "--out", out, "--side", 448, "--json")
    assert code == 0
    report = json.loads(said)
    assert report["strengths"] == pytest.approx(np.linspace(-2, 2, 7))
    assert (report["model"], report["concept"], report["out"]) == (FACES, "smile", str(out))
    # The picture in the middle is the one it started from, which is among the data.
    assert report["distance_to_data"][3] == 0
    model = load_model(FACES)
    codes = ready_concepts(model)[0].apply(
        np.repeat(model.latents.z_mean[[7]], 7, axis=0), np.linspace(-2, 2, 7)
    )
    expected = np.rint(255 * np.concatenate(list(model.decode(codes)), axis=1))
    with Image.open(out) as strip:
        np.testing.assert_allclose(np.asarray(strip.convert("RGB")), expected, atol=1)


def test_a_single_strength_is_one_picture_and_ends_may_be_files(run, smile, tmp_path):
    first, second = tmp_path / "one.png", tmp_path / "two.png"
    assert run("apply", smile, "--to", 7, "--strength", 0, "--out", first)[0] == 0
    code, said, _ = run("apply", smile, "--to", first, "--strength", "1.5", "--out", second)
    assert code == 0
    assert "one.png, smile from 1.5 to 1.5" in said
    with Image.open(second) as picture:
        assert picture.size == (256, 256)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"--to": "2000"}, "rows 0 to 1,999"),
        ({"--to": "nowhere.png"}, "nowhere.png"),
        ({"--strength": "much"}, "--strength is 'much'"),
        ({"--strength": "1..2..3"}, "--strength is"),
        ({"--strength": "nan"}, "--strength is 'nan'"),
        ({"--strength": "0..1e308"}, "at most ±10"),
        ({"--frames": "0"}, "expected 2 to 600"),
        ({"--frames": "100000"}, "expected 2 to 600"),
        ({"--strength": "1", "--frames": "5"}, "single number"),
        ({"--out": "smile.bmp"}, "expected .gif, .webp, .mp4 or .png"),
        ({"--model": "mnist-16d"}, "concept of the model faces-16d"),
        ({"--model": "nowhere"}, "is no model"),
        ({"--side": "0"}, "side is 0"),
        ({"--out": "x.png", "--side": "99999"}, "side is 99999"),
        ({"--fps": "nan"}, "frames_per_second"),
    ],
)
def test_bad_input_of_apply_is_one_line(run, smile, tmp_path, monkeypatch, changes, problem):
    monkeypatch.chdir(tmp_path)
    options = {"--to": "7", "--out": "smile.gif", **changes}
    code, said, err = run("apply", smile, *[f"{name}={value}" for name, value in options.items()])
    assert (code, said) == (2, "")
    assert err.startswith("vae_core: ")
    assert err.count("\n") == 1
    assert problem in err
    assert [path.name for path in tmp_path.iterdir()] == ["smile.json"]


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 70_000])
def test_files_that_are_no_concepts(run, tmp_path, content):
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    for file in (path, tmp_path / "missing.json", tmp_path):
        code, _, err = run("apply", file, "--to", 7, "--out", tmp_path / "x.gif")
        assert code == 2
        assert "no concept" in err
        assert err.count("\n") == 1


def test_without_anything_it_says_what_there_is(run):
    code, _, err = run()
    assert code == 2
    assert "apply" in err
    code, said, _ = run("--help")
    assert code == 0
    assert "make" in said


def test_the_lines_of_python_in_the_readme_work():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    lines = next(
        block for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "find_concept" in block
    )
    names = {}
    exec(compile(lines, "README.md", "exec"), names)
    assert names["images"].shape == (5, 64, 64, 3)
    assert names["glasses"].cosine(ready_concepts(load_model(FACES))[1]) == pytest.approx(1)
