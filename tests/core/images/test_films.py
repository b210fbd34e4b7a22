"""Films, strips and tables of codes: what is read back is what was written."""

import csv
import io
import subprocess
import sys

import av
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from vae_core.base.arrays import rounded_bytes
from vae_core.images import films
from vae_core.images.films import FILM_KINDS, codes_csv, codes_npz, film_bytes, strip_png, strip_rows
from vae_core.images.rendering import there_and_back

LIMIT = "more than 100 million pixels"


def frames_of(count=6, height=5, width=7, channels=1, seed=0):
    return np.random.default_rng(seed).random((count, height, width, channels), np.float32)


def enlarged(frames, factor):
    """Bytes (t, h, w, 3), every pixel a square."""
    pixels = rounded_bytes(frames).repeat(factor, axis=1).repeat(factor, axis=2)
    return np.broadcast_to(pixels, (*pixels.shape[:3], 3))


def pillow_frames(content):
    """Frames (t, h, w, 3) of a GIF or WebP, and how many milliseconds each is shown."""
    shown, times = [], []
    with Image.open(io.BytesIO(content)) as film:
        for frame in ImageSequence.Iterator(film):
            # WebP tells the time of a frame only once it is decoded.
            shown.append(np.asarray(frame.convert("RGB")))
            times.append(film.info["duration"])
    return np.stack(shown), times


def mp4_frames(content):
    """Frames (t, h, w, 3) of an MP4, and the seconds at which each begins."""
    with av.open(io.BytesIO(content)) as container:
        decoded = list(container.decode(video=0))
    return np.stack([frame.to_ndarray(format="rgb24") for frame in decoded]), [
        frame.time for frame in decoded
    ]


def test_a_grey_gif_is_exact():
    frames = frames_of()
    content = film_bytes(frames, "gif", side=40)
    shown, times = pillow_frames(content)
    np.testing.assert_array_equal(shown, enlarged(frames, 5))
    assert times == [30] * 6
    assert Image.open(io.BytesIO(content)).info["loop"] == 0


def test_a_gif_of_few_colours_is_nearly_exact():
    frames = frames_of(channels=3)
    shown, _ = pillow_frames(film_bytes(frames, "gif", side=35))
    difference = np.abs(shown.astype(int) - enlarged(frames, 5))
    assert difference.mean() < 3


@pytest.mark.parametrize("channels", [1, 3])
def test_a_webp_is_exact(channels):
    frames = frames_of(channels=channels)
    content = film_bytes(frames, "webp", side=40, frames_per_second=25)
    shown, times = pillow_frames(content)
    np.testing.assert_array_equal(shown, enlarged(frames, 5))
    assert times == [40] * 6
    assert Image.open(io.BytesIO(content)).info["loop"] == 0


def test_the_speed_of_a_webp_is_exact_over_the_film():
    _, times = pillow_frames(film_bytes(frames_of(30), "webp", side=7, frames_per_second=30))
    assert sum(times) == 1000


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("height", "width", "side"), [(8, 8, 80), (5, 7, 63), (1, 1, 33)])
def test_an_mp4_keeps_its_squares_and_is_of_even_sides(channels, height, width, side):
    # Pixels change from frame to frame as a morph does, not as noise.
    ways = np.linspace(0, 1, 12, dtype=np.float32)[:, np.newaxis, np.newaxis, np.newaxis]
    first, last = frames_of(2, height, width, channels)
    frames = (1 - ways) * first + ways * last
    factor = side // max(height, width)
    shown, times = mp4_frames(film_bytes(frames, "mp4", side=side, frames_per_second=60))
    expected = enlarged(frames, factor)
    high, wide = expected.shape[1:3]
    assert shown.shape[:3] == (12, high + high % 2, wide + wide % 2)
    np.testing.assert_allclose(times, np.arange(12) / 60, atol=1e-4)
    # The middle of a square is hardly touched by its neighbours' colours.
    middle = slice(factor // 2, None, factor)
    difference = np.abs(shown[:, :high, :wide][:, middle, middle].astype(int) - expected[:, middle, middle])
    assert difference.mean() < (3 if channels == 1 else 6)
    if high % 2 and high > 10:
        assert shown[:, -1].mean() < 40


def test_an_mp4_of_one_pixel_is_a_film_too():
    shown, _ = mp4_frames(film_bytes(frames_of(3, 1, 1), "mp4", side=1))
    assert shown.shape == (3, 2, 2, 3)


def test_an_mp4_is_what_browsers_play():
    content = film_bytes(frames_of(), "mp4", side=70)
    # The index stands before the pictures: a player begins before it has everything.
    assert 0 < content.find(b"moov") < content.find(b"mdat")
    with av.open(io.BytesIO(content)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        # BT.709 (1), limited range (1): the colours mean the same everywhere.
        assert (stream.codec_context.colorspace, stream.codec_context.color_range) == (1, 1)
        assert stream.average_rate == 30


def test_an_mp4_leaves_nothing_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    film_bytes(frames_of(), "mp4")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", FILM_KINDS)
def test_a_film_may_run_there_and_back(kind):
    frames = np.linspace(0, 1, 5, dtype=np.float32)[:, np.newaxis, np.newaxis, np.newaxis] * np.ones(
        (1, 16, 16, 1), np.float32
    )
    read = mp4_frames if kind == "mp4" else pillow_frames
    shown, _ = read(film_bytes(frames, kind, side=16, bounce=True))
    np.testing.assert_allclose(
        shown.astype(int), enlarged(there_and_back(frames), 1), atol=3 if kind == "mp4" else 0
    )


@pytest.mark.parametrize("kind", FILM_KINDS)
def test_one_frame_is_a_film(kind):
    read = mp4_frames if kind == "mp4" else lambda content: (pillow_still(content), None)
    shown, _ = read(film_bytes(np.full((1, 16, 16, 1), 0.4, np.float32), kind, side=16))
    np.testing.assert_allclose(shown.astype(int), 102, atol=2 if kind == "mp4" else 0)
    assert len(shown) == 1


def pillow_still(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))[np.newaxis]


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_frames_that_are_alike_last_as_long(kind):
    frames = frames_of(3)[[0, 0, 0, 1, 2, 2]]
    _, times = pillow_frames(film_bytes(frames, kind, frames_per_second=10))
    assert sum(times) == 600


@pytest.mark.parametrize(
    ("shape", "side", "factor"), [((28, 28), 280, 10), ((28, 20), 83, 2), ((64, 64), 40, 1), ((1, 1), 7, 7)]
)
def test_pixels_are_enlarged_by_the_largest_whole_factor(shape, side, factor):
    content = film_bytes(np.zeros((1, *shape, 1), np.float32), "gif", side=side)
    assert Image.open(io.BytesIO(content)).size == (factor * shape[1], factor * shape[0])


@given(st.sampled_from(["gif", "webp"]), st.integers(1, 5), st.integers(1, 6), st.integers(1, 6))
@settings(deadline=None, max_examples=25)
def test_films_of_any_small_size_are_exact_in_grey(kind, count, height, width):
    frames = frames_of(count + 1, height, width)
    assume(len(np.unique(rounded_bytes(frames).reshape(count + 1, -1), axis=0)) == count + 1)
    shown, _ = pillow_frames(film_bytes(frames, kind, side=2 * max(height, width)))
    np.testing.assert_array_equal(shown, enlarged(frames, 2))


@pytest.mark.parametrize(
    ("frames", "kind", "options", "words"),
    [
        (frames_of(0), "gif", {}, "there are no frames"),
        (frames_of(), "avi", {}, "'avi' is no kind of film: expected one of gif, webp, mp4"),
        (frames_of(channels=4), "gif", {}, r"shape \(6, 5, 7, 4\); expected"),
        (frames_of()[0], "gif", {}, r"shape \(5, 7, 1\); expected"),
        (np.zeros((2, 0, 3, 1)), "mp4", {}, r"shape \(2, 0, 3, 1\); expected"),
        (2 * frames_of() + 1, "gif", {}, "0 to 1"),
        (np.full((2, 3, 3, 1), np.nan), "webp", {}, "NaN"),
        (frames_of(), "gif", {"side": 0}, "side is 0"),
        (frames_of(), "mp4", {"side": 10_001}, "side is 10001"),
        (frames_of(), "gif", {"side": 2.5}, "side is 2.5"),
        (frames_of(), "gif", {"side": True}, "side is True"),
        (frames_of(14), "gif", {"side": 5_000}, LIMIT),
        (frames_of(14), "webp", {"side": 5_000}, LIMIT),
        (frames_of(14), "mp4", {"side": 5_000}, LIMIT),
        (frames_of(6), "gif", {"side": 5_000, "bounce": True}, LIMIT),
        (frames_of(), "gif", {"frames_per_second": 0.5}, "expected 1 to 50 for gif"),
        (frames_of(), "gif", {"frames_per_second": 51}, "expected 1 to 50 for gif"),
        (frames_of(), "webp", {"frames_per_second": 60}, "expected 1 to 50 for webp"),
        (frames_of(), "mp4", {"frames_per_second": 61}, "expected 1 to 60 for mp4"),
        (frames_of(), "mp4", {"frames_per_second": float("nan")}, "nan"),
        (frames_of(), "mp4", {"frames_per_second": float("inf")}, "inf"),
        (frames_of(), "mp4", {"frames_per_second": "fast"}, "'fast'"),
        (frames_of(), "mp4", {"frames_per_second": True}, "True"),
    ],
)
def test_films_that_cannot_be_are_named_in_one_line(frames, kind, options, words, monkeypatch):
    monkeypatch.setattr(films, "_webp", None)
    monkeypatch.setattr(films, "_mp4", None)
    with pytest.raises(ValueError, match=words) as error:
        film_bytes(frames, kind, **options)
    assert "\n" not in str(error.value)


def test_pyav_and_pyarrow_are_loaded_where_they_are_used_only():
    names = "('av', 'pyarrow', 'scipy')"
    script = f"import sys, vae_core.images.films; print([n for n in {names} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Strips


def test_a_strip_shows_frames_evenly_with_both_ends():
    frames = np.linspace(0, 1, 19, dtype=np.float32)[:, np.newaxis, np.newaxis, np.newaxis] * np.ones(
        (1, 4, 4, 1), np.float32
    )
    picture = np.asarray(Image.open(io.BytesIO(strip_png(frames, 10, 85))))
    # 10 × 4 pixels twice enlarged, in a frame of 2 and 3.
    assert picture.shape == (13, 85)
    expected = enlarged(frames[::2], 2)[..., 0].transpose(1, 0, 2).reshape(8, 80)
    np.testing.assert_array_equal(picture[2:10, 2:82], expected)


def test_a_strip_is_of_poster_size_and_in_colour():
    picture = Image.open(io.BytesIO(strip_png(frames_of(12, 8, 8, 3))))
    assert (picture.size, picture.mode) == ((8000, 800), "RGB")


@given(st.integers(1, 300), st.integers(2, 100))
def test_chosen_frames_are_different_and_even(frames, count):
    rows = strip_rows(frames, count)
    assert (rows[0], rows[-1], len(rows)) == (0, frames - 1, min(frames, count))
    if len(rows) > 1:
        steps = np.diff(rows)
        assert steps.min() >= 1
        assert steps.max() - steps.min() <= 1


@pytest.mark.parametrize(
    ("images", "options", "words"),
    [
        (frames_of(0), {}, "no frames"),
        (frames_of(), {"count": 1}, "a strip is of 2 to 100"),
        (frames_of(), {"count": 101}, "a strip is of 2 to 100"),
        (frames_of(), {"count": 2.5}, "whole number"),
        (frames_of(), {"side": 20}, "side is 20"),
        (frames_of(), {"side": 10_001}, "side is 10001"),
    ],
)
def test_strips_that_cannot_be_are_refused(images, options, words):
    with pytest.raises(ValueError, match=words):
        strip_png(images, **options)


# Codes

CODES = np.random.default_rng(1).standard_normal((5, 3)).astype(np.float32)
DISTANCE, CONFIDENCE = np.linspace(0.1, 2, 5).astype(np.float32), np.full(5, 1 / 3, np.float32)


def test_codes_come_back_from_csv_as_they_were():
    rows = list(csv.reader(io.StringIO(codes_csv(CODES, DISTANCE, CONFIDENCE).decode())))
    assert rows[0] == ["frame", "z1", "z2", "z3", "distance", "confidence"]
    values = np.array(rows[1:], np.float64)
    assert values[:, 0].tolist() == [0, 1, 2, 3, 4]
    expected = np.column_stack([CODES, DISTANCE, CONFIDENCE])
    np.testing.assert_array_equal(values[:, 1:].astype(np.float32), expected)
    assert codes_csv(CODES).splitlines()[0] == b'"frame","z1","z2","z3"'


def test_codes_come_back_from_npz_as_they_were():
    with np.load(io.BytesIO(codes_npz(CODES, confidence=CONFIDENCE)), allow_pickle=False) as arrays:
        assert sorted(arrays) == ["codes", "confidence"]
        np.testing.assert_array_equal(arrays["codes"], CODES)
        np.testing.assert_array_equal(arrays["confidence"], CONFIDENCE)


@pytest.mark.parametrize("pack", [codes_csv, codes_npz])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((CODES[0],), "shape"),
        ((1.0,), "shape"),
        ((np.full((2, 2), np.nan),), "NaN"),
        ((CODES, DISTANCE[:4]), r"distance has shape \(4,\); expected \(5,\)"),
        ((CODES, None, CONFIDENCE[:, np.newaxis]), "confidence has shape"),
    ],
)
def test_codes_of_other_shapes_are_refused(pack, arguments, words):
    with pytest.raises(ValueError, match=words):
        pack(*arguments)
