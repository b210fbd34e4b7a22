"""The command that travels between pictures."""

import json
import signal
from typing import get_args

import numpy as np
import pytest
from PIL import Image, ImageSequence

from tests.support.tiny_models import write_tiny
from vae_core import load_model, morph
from vae_core.base.arrays import rounded_bytes
from vae_core.cli import main
from vae_core.cli.morph import KINDS
from vae_core.images.rendering import png_bytes
from vae_core.morphs import PathKind, report_on
from vae_core.morphs.ends import pixel_error


@pytest.fixture
def run(capsys):
    def call(*arguments):
        before = signal.getsignal(signal.SIGTERM)
        try:
            with pytest.raises(SystemExit) as leaving:
                main([str(argument) for argument in arguments])
        finally:
            signal.signal(signal.SIGTERM, before)
        output = capsys.readouterr()
        return leaving.value.code, output.out, output.err

    return call


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return load_model(write_tiny(tmp_path / "tiny").path)


@pytest.mark.parametrize("kind", KINDS)
def test_a_film_goes_from_end_to_end(run, tmp_path, kind):
    out = tmp_path / "new" / "film.gif"
    arguments = ["--from", 12, "--to", 41, "--path", kind, "--frames", 10, "--out", out]
    code, said, _ = run("morph", "doodles-32d", *arguments)
    assert code == 0
    lines = said.splitlines()
    assert lines == [f"doodles-32d: 10 frames, {kind}, from cat (row 12) to tree (row 41)", str(out)]
    with Image.open(out) as film:
        assert film.info["duration"] == 30
        shown = np.stack([np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(film)])
    expected = rounded_bytes(morph(load_model("doodles-32d"), [12, 41], kind, 10).images)[..., 0]
    np.testing.assert_array_equal(shown, expected.repeat(10, axis=1).repeat(10, axis=2))


def test_the_kinds_are_those_of_paths():
    assert get_args(PathKind) == KINDS


def test_ends_are_files_too_and_there_may_be_places_between(run, tiny, tmp_path):
    (tmp_path / "7").write_bytes(png_bytes(np.float32([[[1], [0]], [[0], [1]]]), 30))
    arguments = ["--from", 0, "--via", 1, "--via", "./7", "--to", 2, "--path", "lerp"]
    code, said, _ = run("morph", "./tiny", *arguments, "--frames", 8, "--out", "codes.npz")
    assert code == 0
    assert "from 0 (row 0) to 1 (row 1) to 7 to 2 (row 2)" in said
    with np.load("codes.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["codes"], morph(tiny, [0, 1, "7", 2], "lerp", frames=8).codes)


@pytest.mark.parametrize("ending", ["webp", "mp4", "png", "csv"])
def test_every_ending_is_written(run, tiny, tmp_path, ending):
    out = tmp_path / f"a.{ending}"
    options = ["--fps", 50, "--side", 100, "--bounce"]
    assert run("morph", "./tiny", "--from", 0, "--to", 1, "--frames", 5, *options, "--out", out)[0] == 0
    film = morph(tiny, [0, 1], frames=5)
    expected = film.to_bytes(f".{ending}", side=100, frames_per_second=50, bounce=True)
    assert out.read_bytes() == expected
    if ending == "webp":
        with Image.open(out) as picture:
            assert (picture.n_frames, picture.size) == (8, (100, 100))
            picture.load()
            assert picture.info["duration"] == 20


def test_the_report_is_json(run, tmp_path):
    out = tmp_path / "a.gif"
    arguments = ["--from", 0, "--to", 3, "--path", "graph", "--frames", 12, "--json", "--out", out]
    code, said, _ = run("morph", "digits-2d", *arguments)
    assert code == 0
    film = morph(load_model("digits-2d"), [0, 3], "graph", 12)
    report = report_on(film.model, "graph", film.codes)
    assert json.loads(said) == {
        "model": "digits-2d",
        "path": "graph",
        "frames": 12,
        "ends": [{"label": end.label, "pixel_error": pixel_error(film.model, end)} for end in film.ends],
        "decoded_length": report.decoded_length,
        "step_variation": report.step_variation,
        "farthest": report.farthest,
        "unclear": report.unclear,
        "out": str(out),
        "bytes": out.stat().st_size,
    }
    assert film.ends[0].original is not None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"--from": "20"}, "row is 20: tiny has the rows 0 to 19"),
        ({"--from": "-1"}, "row is -1: tiny has the rows 0 to 19"),
        ({"--to": "9" * 400}, "cannot be read"),
        ({"--to": "absent.png"}, "there is no file absent.png"),
        ({"--to": "tiny"}, "tiny is no file"),
        ({"--to": "tiny/spec.json"}, "spec.json: "),
        ({"--to": "0"}, "both ends are the same place"),
        ({"--via": "1"}, "places 2 and 3 are the same"),
        ({"--path": "bezier"}, "--path"),
        ({"--frames": "0"}, "frames is 0"),
        ({"--frames": "1"}, "frames is 1"),
        ({"--frames": "100000"}, "frames is 100000"),
        ({"--frames": "many"}, "--frames"),
        ({"--out": "film.avi"}, "written as .gif, .webp, .mp4, .png, .csv, .npz"),
        ({"--out": "film"}, "the ending ''"),
        ({"--out": "tiny/spec.json/film.gif"}, "cannot be written"),
        ({"--fps": "0"}, "frames_per_second is 0.0"),
        ({"--fps": "nan"}, "frames_per_second is nan"),
        ({"--fps": "60"}, "expected 1 to 50 for gif"),
        ({"--side": "0"}, "side is 0"),
        ({"--side": "5000", "--frames": "20"}, "more than 100 million pixels"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(run, tiny, tmp_path, changes, words):
    options = {"--from": "0", "--to": "1", "--frames": "5", "--out": "film.gif", **changes}
    code, out, err = run("morph", "./tiny", *[part for option in options.items() for part in option])
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_more_than_eight_places_are_refused(run, tiny, tmp_path):
    between = [part for row in range(1, 8) for part in ("--via", row)]
    code, _, err = run("morph", "./tiny", "--from", 0, *between, "--to", 9, "--out", "film.gif")
    assert code == 2
    assert "2 to 8 places, not 9" in err


@pytest.mark.parametrize("missing", ["--from", "--to", "--out"])
def test_both_ends_and_a_place_to_write_are_needed(run, tiny, missing):
    options = {"--from": "0", "--to": "1", "--out": "film.gif"}
    del options[missing]
    code, _, err = run("morph", "./tiny", *[part for option in options.items() for part in option])
    assert code == 2
    assert missing in err
