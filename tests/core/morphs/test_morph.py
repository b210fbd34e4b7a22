"""Travelling between pictures from Python, and the files that remain of it."""

import io
import re
import subprocess
import sys

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from tests.conftest import REPOSITORY
from tests.support.tiny_models import folder_files, write_constant, write_tiny
from vae_core import load_model, morph
from vae_core.base.arrays import rounded_bytes
from vae_core.images.rendering import png_bytes
from vae_core.models.folder import Latents, pack_latents
from vae_core.morphs import PathSpec, path_through
from vae_core.morphs.ends import End, prior_end
from vae_core.morphs.morph import ENDINGS, checked_ending


@pytest.fixture
def tiny(tmp_path):
    return load_model(write_tiny(tmp_path / "tiny").path)


@pytest.fixture(scope="module")
def doodles():
    return load_model("doodles-32d")


def enlarged(images, factor):
    return rounded_bytes(images).repeat(factor, axis=1).repeat(factor, axis=2)[..., 0]


def test_a_morph_is_the_path_through_its_ends(doodles):
    film = morph(doodles, [12, 41], "graph", frames=24)
    ends = doodles.latents.z_mean[[12, 41]]
    np.testing.assert_array_equal(film.codes, path_through(doodles, ends, PathSpec(kind="graph", frames=24)))
    np.testing.assert_array_equal(film.images, doodles.decode(film.codes))
    np.testing.assert_array_equal(film.images[[0, -1]], doodles.decode(ends))
    assert [end.label for end in film.ends] == ["cat (row 12)", "tree (row 41)"]
    assert film.spec == PathSpec(kind="graph", frames=24)


def test_pictures_are_decoded_once(tiny, monkeypatch):
    film = morph(tiny, [0, 1], frames=4)
    decoded = film.images
    monkeypatch.setattr(tiny, "decode", None)
    assert film.images is decoded
    assert film.to_bytes(".gif")


def test_ends_are_rows_files_codes_and_ends(tiny, tmp_path):
    picture = np.array([[1, 0], [0, 0]], np.float32)[..., np.newaxis]
    file = tmp_path / "corner.png"
    file.write_bytes(png_bytes(picture, 40))
    ends = [np.int64(3), file, [0.5, -0.5], np.ones(2), prior_end(tiny, 1)]
    film = morph(tiny, ends, "lerp", frames=9)
    labels = ["3 (row 3)", "corner.png", "code 3", "code 4", "prior sample 1"]
    assert [end.label for end in film.ends] == labels
    for end in film.ends:
        assert (film.codes == end.code).all(axis=1).any()
    np.testing.assert_array_equal(film.ends[2].code, np.float32([0.5, -0.5]))
    assert film.ends[1].original is not None
    by_name = morph(tiny, [0, str(file)], "lerp", frames=2)
    np.testing.assert_array_equal(by_name.codes[1], film.ends[1].code)
    with pytest.raises(ValueError, match="row is True"):
        morph(tiny, [0, True])


def test_an_array_of_codes_is_a_row_of_ends(tiny):
    film = morph(tiny, np.float32([[0, 0], [1, 1], [2, 0]]), "lerp", frames=5)
    np.testing.assert_array_equal(film.codes[[0, -1]], [[0, 0], [2, 0]])


@pytest.mark.parametrize("ending", [".gif", ".webp"])
def test_a_film_is_read_back_frame_by_frame(doodles, tmp_path, ending):
    film = morph(doodles, [12, 41], frames=12)
    file = tmp_path / f"film{ending}"
    film.save(file, side=60, frames_per_second=20)
    with Image.open(file) as opened:
        shown = np.stack([np.asarray(one.convert("L")) for one in ImageSequence.Iterator(opened)])
    np.testing.assert_array_equal(shown, enlarged(film.images, 2))


def test_an_mp4_is_read_back_frame_by_frame(doodles, tmp_path):
    film = morph(doodles, [12, 41], frames=12)
    film.save(tmp_path / "film.MP4")
    with av.open(tmp_path / "film.MP4") as container:
        shown = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
        assert container.streams.video[0].average_rate == 30
    expected = enlarged(film.images, 10)[..., np.newaxis]
    assert shown.shape == (12, 280, 280, 3)
    differences = np.abs(shown.astype(int) - expected).mean(axis=(1, 2, 3))
    assert differences.max() < 2


def test_there_and_back(tiny, tmp_path):
    film = morph(tiny, [0, 1], "lerp", frames=4)
    with Image.open(io.BytesIO(film.to_bytes(".webp", side=2, bounce=True))) as opened:
        shown = np.stack([np.asarray(one.convert("L")) for one in ImageSequence.Iterator(opened)])
    np.testing.assert_array_equal(shown, rounded_bytes(film.images)[[0, 1, 2, 3, 2, 1], ..., 0])


def test_a_strip_is_of_ten_frames_and_8000_pixels(doodles, tmp_path):
    film = morph(doodles, [12, 41], frames=19)
    film.save(tmp_path / "strip.png")
    picture = np.asarray(Image.open(tmp_path / "strip.png"))
    assert picture.shape[1] == 8000
    # 280 pixels 28 times enlarged, in a frame of 80: the middle of each square.
    small = picture[94:-80:28, 94:-80:28]
    expected = rounded_bytes(film.images[::2])[..., 0].transpose(1, 0, 2).reshape(28, 280)
    np.testing.assert_array_equal(small, expected)
    assert Image.open(io.BytesIO(film.to_bytes(".png", side=560))).size == (560, 56)


def test_codes_come_with_what_is_known_of_them(doodles, tmp_path):
    film = morph(doodles, [12, 41], frames=5)
    film.save(tmp_path / "codes.npz")
    film.save(tmp_path / "codes.csv")
    with np.load(tmp_path / "codes.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["codes"], film.codes)
        np.testing.assert_array_equal(arrays["distance"], film.distance)
        np.testing.assert_array_equal(arrays["confidence"], film.confidence)
    table = np.genfromtxt(tmp_path / "codes.csv", delimiter=",", names=True)
    np.testing.assert_array_equal(np.float32(table["z32"]), film.codes[:, 31])
    np.testing.assert_array_equal(np.float32(table["confidence"]), film.confidence)


def test_what_is_not_known_is_left_out(tmp_path):
    codes = np.zeros((3, 2), np.float32)
    latents = Latents(codes, codes, np.zeros(3, np.int64), np.arange(3))
    files = {**folder_files(), "latents.npz": pack_latents(latents)}
    model = load_model(write_tiny(tmp_path / "tiny", files=files).path)
    film = morph(model, [[0, 0], [1, 1]], "lerp", frames=2)
    assert (film.distance, film.confidence) == (None, None)
    assert film.to_bytes(".csv").splitlines()[0] == b'"frame","z1","z2"'


def test_a_model_of_many_dimensions_travels_too(tmp_path):
    model = load_model(write_constant(tmp_path / "constant", 20).path)
    film = morph(model, [0, 1], "constant", frames=7)
    assert film.codes.shape == (7, 20)


@pytest.mark.parametrize(
    ("ends", "options", "words"),
    [
        ([0, 0], {}, "both ends are the same place"),
        ([0, 1, 1, 2], {}, "places 2 and 3 are the same"),
        ([0], {}, "2 to 8 places, not 1"),
        ([], {}, "2 to 8 places, not 0"),
        (range(9), {}, "2 to 8 places, not 9"),
        ("12", {}, "expected a list of 2 to 8 ends"),
        ([0, 20], {}, "rows 0 to 19"),
        ([0, "absent.png"], {}, "there is no file absent.png"),
        ([0, [1.0, 2.0, 3.0]], {}, "shape"),
        ([0, None], {}, "dtype"),
        ([0, 1.5], {}, "shape"),
        ([0, End("of another model", np.zeros(3, np.float32))], {}, "shape"),
        ([0, 1], {"path": "bezier"}, "kind is 'bezier'"),
        ([0, 1], {"frames": 0}, "frames is 0"),
        ([0, 1], {"frames": 100_000}, "frames is 100000"),
        ([0, 1, 2], {"frames": 2}, "takes at least 3"),
    ],
)
def test_mistakes_are_one_line(tiny, ends, options, words):
    with pytest.raises(ValueError, match=words) as error:
        morph(tiny, ends, **options)
    assert "\n" not in str(error.value)


def test_a_file_of_another_ending_is_refused_before_anything_is_decoded(tiny, tmp_path, monkeypatch):
    film = morph(tiny, [0, 1], "lerp", frames=2)
    monkeypatch.setattr(tiny, "decode", None)
    for name in ("film.avi", "film", "film.gif.zip", ".gif"):
        with pytest.raises(ValueError, match=re.escape(", ".join(ENDINGS))):
            film.save(tmp_path / name)
    with pytest.raises(ValueError, match="no ending of a morph"):
        film.to_bytes("avi")
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_a_place_that_cannot_be_written_is_named_and_left_clean(tiny, tmp_path):
    (tmp_path / "folder.gif").mkdir()
    (tmp_path / "file").touch()
    film = morph(tiny, [0, 1], "lerp", frames=2)
    for place in ("folder.gif", "file/film.gif"):
        with pytest.raises(ValueError, match="cannot be written"):
            film.save(tmp_path / place)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.gif", "tiny"]


def test_endings_may_be_in_capitals():
    assert [checked_ending(f"a{ending.upper()}") for ending in ENDINGS] == list(ENDINGS)


def test_the_three_lines_of_the_readme_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    lines = next(
        block for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "morph(" in block
    )
    assert len(lines.strip().replace("\n\n", "\n").splitlines()) == 3
    exec(compile(lines, "README.md", "exec"), {})
    with Image.open("cat-to-tree.gif") as film:
        assert film.size == (280, 280)
        assert film.n_frames > 50


def test_the_core_is_imported_without_what_morphs_take():
    script = "import sys, vae_core, vae_core.cli; print([n for n in ('av', 'scipy') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
