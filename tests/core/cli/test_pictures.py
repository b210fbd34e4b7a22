"""The command that draws a manifold."""

from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from tests.support.tiny_models import write_tiny
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes
from vae_core.cli import main
from vae_core.space.slices import normal_quantiles


@pytest.fixture
def run(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as leaving:
            main([str(argument) for argument in arguments])
        output = capsys.readouterr()
        return leaving.value.code, output.out, output.err

    return call


def test_a_manifold_is_decoded_cell_by_cell(run, tmp_path):
    out = tmp_path / "m.png"
    code, said, _ = run("manifold", "digits-2d", "--cells", 4, "--side", 230, "--out", out)
    assert (code, said.strip()) == (0, str(out))
    picture = np.asarray(Image.open(out))
    assert picture.shape == (230, 230)
    # 4 × 28 pixels twice enlarged, in a frame of 3.
    sheet = picture[3:-3:2, 3:-3:2]
    levels = normal_quantiles(4)
    for row in range(4):
        for column in range(4):
            z = [[levels[column], levels[3 - row]]]
            cell = sheet[28 * row : 28 * (row + 1), 28 * column : 28 * (column + 1)]
            expected = rounded_bytes(load_model("digits-2d").decode(z)[0, ..., 0])
            np.testing.assert_allclose(cell.astype(int), expected.astype(int), atol=1)


def test_people_count_axes_from_1_and_choose_the_point(run, tmp_path):
    z = np.linspace(-1, 1, 16).round(2)
    out = tmp_path / "m.png"
    arguments = ["--cells", 3, "--side", 84, "--axes", "10,1", "--z", ",".join(map(str, z)), "--out", out]
    assert run("manifold", "mnist-16d", *arguments)[0] == 0
    centre = z.copy()
    centre[[9, 0]] = 0
    expected = rounded_bytes(load_model("mnist-16d").decode([centre])[0, ..., 0])
    found = np.asarray(Image.open(out))[28:56, 28:56]
    np.testing.assert_allclose(found.astype(int), expected.astype(int), atol=1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "PC\N{NO-BREAK SPACE}1 across, PC\N{NO-BREAK SPACE}2 upwards, normal sweep"),
        (["--axes", "3,16"], "z3 across, z16 upwards"),
        (["--sweep", "uniform"], "uniform sweep"),
    ],
)
def test_a_drawing_says_what_it_shows(run, tmp_path, arguments, words):
    out = tmp_path / "m.SVG"
    assert run("manifold", "mnist-16d", "--cells", 5, *arguments, "--out", out)[0] == 0
    texts = [element.text for element in ElementTree.parse(out).iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "Manifold of mnist-16d"
    assert words in texts[1]
    if "uniform" in arguments:
        assert {"−4.00", "−2.00", "0.00", "2.00", "4.00"} <= set(texts)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--out", "m.jpg"], "written as .png or .svg"),
        (["--out", "m.png", "--axes", "1"], "axes is '1'"),
        (["--out", "m.png", "--axes", "1,x"], "axes is '1,x'"),
        (["--out", "m.png", "--axes", "0,1"], "name dimension 0, this model has 1 to 2"),
        (["--out", "m.png", "--axes", "1,3"], "name dimension 3, this model has 1 to 2"),
        (["--out", "m.png", "--axes", "2,2"], "two different"),
        (["--out", "m.png", "--z", "1"], "shape (1, 1)"),
        (["--out", "m.png", "--z", "1,nan"], "finite"),
        (["--out", "m.png", "--side", "3"], "side is 3"),
        (["--out", "m.png", "--cells", "1"], "--cells"),
        (["--out", "m.png", "--sweep", "spiral"], "--sweep"),
        (["--out", "tiny/spec.json/m.svg"], "cannot be written"),
    ],
)
def test_mistakes_are_one_line(run, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    write_tiny(tmp_path / "tiny")
    code, out, err = run("manifold", "./tiny", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
