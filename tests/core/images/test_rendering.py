import base64
import io
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from vae_core.images.rendering import (
    LABEL,
    LETTER,
    contact_sheet,
    gif_bytes,
    png_bytes,
    poster_png,
    save_png,
    sheet_svg,
    there_and_back,
)

SVG = "{http://www.w3.org/2000/svg}"


def test_a_sheet_places_images_row_by_row():
    images = np.arange(3, dtype=np.float32).reshape(3, 1, 1, 1) / 4 * np.ones((3, 2, 2, 1), np.float32)
    sheet = contact_sheet(images, 2)
    assert sheet.shape == (4, 4, 1)
    np.testing.assert_array_equal(sheet[:2, 2:], images[1])
    np.testing.assert_array_equal(sheet[2:, :2], images[2])
    assert not sheet[2:, 2:].any()


@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_are_enlarged_crisply(channels):
    image = np.random.default_rng(0).random((4, 5, channels)).astype(np.float32)
    picture = np.asarray(Image.open(io.BytesIO(png_bytes(image, 3)))).reshape(12, 15, channels)
    np.testing.assert_array_equal(picture[::3, ::3], np.rint(image * 255))
    np.testing.assert_array_equal(picture, np.repeat(np.repeat(picture[::3, ::3], 3, 0), 3, 1))


def test_pictures_that_cannot_be_written_are_refused(tmp_path):
    image = np.zeros((2, 2, 1), np.float32)
    with pytest.raises(ValueError, match="ending"):
        save_png(tmp_path / "x.jpg", image)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot be written"):
        save_png(tmp_path / "file" / "x.png", image)
    with pytest.raises(ValueError, match="too large"):
        png_bytes(image, 10_000)


def opened(content):
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("height", "width", "side"), [(6, 10, 33), (10, 6, 33), (5, 5, 5), (4, 4, 12)])
def test_a_poster_has_the_side_asked_for_and_whole_squares(channels, height, width, side):
    sheet = np.random.default_rng(0).uniform(0.5, 1, (height, width, channels)).astype(np.float32)
    poster = opened(poster_png(sheet, side))
    factor = side // max(height, width)
    left = side - factor * max(height, width)
    assert max(poster.size) == side
    assert poster.size == (width * factor + left, height * factor + left)
    pixels = np.asarray(poster).reshape(*poster.size[::-1], channels)
    top = left // 2
    inner = pixels[top : top + height * factor, top : top + width * factor]
    squares = np.repeat(np.repeat(np.rint(sheet * 255), factor, 0), factor, 1)
    np.testing.assert_array_equal(inner, squares)
    assert pixels.astype(int).sum() == inner.astype(int).sum()


def test_squares_of_a_large_poster_are_whole_up_to_the_rim():
    sheet = np.random.default_rng(0).uniform(0, 1, (70, 420, 1)).astype(np.float32)
    poster = np.asarray(opened(poster_png(sheet, 8000)))
    assert poster.shape == (70 * 19 + 20, 8000)
    squares = np.repeat(np.repeat(np.rint(sheet[..., 0] * 255), 19, 0), 19, 1)
    np.testing.assert_array_equal(poster[10:-10, 10:-10], squares)


@pytest.mark.parametrize("side", [9, 10_001, 0, -5])
def test_impossible_posters_are_refused(side):
    with pytest.raises(ValueError, match=r"side is .*expected 10"):
        poster_png(np.zeros((4, 10, 1), np.float32), side)


def test_pictures_of_two_channels_are_refused():
    for draw in (png_bytes, lambda image: poster_png(image, 20), lambda image: gif_bytes(image[np.newaxis])):
        with pytest.raises(ValueError, match="2 channels"):
            draw(np.zeros((4, 4, 2), np.float32))


def drawing(columns=3, rows=2, **texts):
    sheet = np.random.default_rng(0).random((4 * rows, 5 * columns, 1)).astype(np.float32)
    labels = {
        "column_labels": [f"{i}.25" for i in range(columns)],
        "row_labels": [f"−{i}" for i in range(rows)],
    }
    return sheet, ElementTree.fromstring(sheet_svg(sheet, columns, rows, **{**labels, **texts}))


def test_a_drawing_holds_the_sheet_and_every_label_at_its_cell():
    sheet, root = drawing(title="Manifold", subtitle="of numbers")
    (image,) = root.iter(f"{SVG}image")
    content = base64.b64decode(image.get("href").removeprefix("data:image/png;base64,"))
    np.testing.assert_array_equal(np.asarray(opened(content)), np.rint(sheet[..., 0] * 255))
    assert "pixelated" in image.get("style")
    x, y, width, height = (float(image.get(name)) for name in ("x", "y", "width", "height"))
    assert width / height == pytest.approx(15 / 8, rel=1e-3)
    texts = {text.text: (float(text.get("x")), float(text.get("y"))) for text in root.iter(f"{SVG}text")}
    assert set(texts) == {"Manifold", "of numbers", "0.25", "1.25", "2.25", "−0", "−1"}
    for i in range(3):
        assert texts[f"{i}.25"][0] == pytest.approx(x + width * (i + 0.5) / 3, abs=0.2)
        assert texts[f"{i}.25"][1] > y + height
    for i in range(2):
        assert texts[f"−{i}"][0] < x
        assert y + height * i / 2 < texts[f"−{i}"][1] < y + height * (i + 1) / 2
    _, _, total_width, total_height = map(float, root.get("viewBox").split())
    assert x + width < total_width
    assert max(place[1] for place in texts.values()) < total_height


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 20))
def test_labels_never_overlap_nor_leave_the_drawing(columns, rows, length):
    _, root = drawing(columns, rows, column_labels=["8" * length] * columns, row_labels=["8" * length] * rows)
    texts = list(root.iter(f"{SVG}text"))
    half = LETTER * LABEL * min(length, 12) / 2
    across = sorted(float(text.get("x")) for text in texts if text.get("text-anchor") == "middle")
    down = sorted(float(text.get("y")) for text in texts if text.get("text-anchor") == "end")
    assert across
    assert down
    assert (np.diff(across) >= 2 * half).all()
    assert (np.diff(down) >= LABEL).all()
    _, _, width, _ = map(float, root.get("viewBox").split())
    assert across[0] - half >= 0
    assert across[-1] + half <= width
    assert all(float(text.get("x")) >= 2 * half for text in texts if text.get("text-anchor") == "end")


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_becomes_text_and_nothing_else(title, label):
    _, root = drawing(1, 1, title=title, subtitle=title, column_labels=[label], row_labels=[label])
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg",
        "title",
        "rect",
        "image",
        "text",
    }


def test_markup_in_a_title_is_shown_as_it_is():
    hostile = "</text><script>alert(1)</script>&amp;"
    _, root = drawing(title=hostile)
    assert hostile in [text.text for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("columns", "rows", "labels", "words"),
    [(4, 2, 4, "does not divide"), (0, 2, 0, "does not divide"), (3, 2, 2, "one for each of 3 columns")],
)
def test_impossible_drawings_are_refused(columns, rows, labels, words):
    with pytest.raises(ValueError, match=words):
        sheet_svg(np.zeros((8, 15, 1), np.float32), columns, rows, ["x"] * labels, ["y"] * rows)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_film_loops_for_ever_and_keeps_its_frames(channels):
    levels = np.array([0.0, 0.2, 0.8, 1.0], np.float32)
    frames = np.ones((4, 3, 5, channels), np.float32) * levels[:, np.newaxis, np.newaxis, np.newaxis]
    frames[:, 0, 0] = [[0.4] * channels]
    film = opened(gif_bytes(frames, scale=2, milliseconds=80))
    assert (film.n_frames, film.size, film.info["loop"], film.info["duration"]) == (4, (10, 6), 0, 80)
    shown = np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(film)])
    expected = np.rint(np.repeat(np.repeat(frames, 2, 1), 2, 2) * 255)
    np.testing.assert_allclose(shown, np.broadcast_to(expected, shown.shape), atol=2)


@pytest.mark.parametrize(
    ("count", "settings", "words"),
    [
        (0, {}, "no frames"),
        (2, {"scale": 5000}, "too large"),
        (2, {"scale": 0}, "too large"),
        (2, {"milliseconds": 5}, "5 milliseconds"),
    ],
)
def test_impossible_films_are_refused(count, settings, words):
    with pytest.raises(ValueError, match=words):
        gif_bytes(np.zeros((count, 2, 2, 1), np.float32), **settings)


@pytest.mark.parametrize(
    ("count", "order"), [(1, [0]), (2, [0, 1]), (3, [0, 1, 2, 1]), (4, [0, 1, 2, 3, 2, 1])]
)
def test_a_film_runs_there_and_back_without_repeating_its_ends(count, order):
    frames = np.arange(count, dtype=np.float32)[:, np.newaxis]
    np.testing.assert_array_equal(there_and_back(frames)[:, 0], order)
