"""Pictures made ready for a model: drawings with known answers, photographs by properties, bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from vae_core import load_model
from vae_core.images.fitting import fit_picture, suggested_settings
from vae_core.images.ink import content_box, grey_of, ink_of, ring_of, stroke_width, thickened
from vae_core.images.likeness import (
    FitSettings,
    Likeness,
    likeness_of,
    likeness_of_images,
    mass_centre,
    settings_for,
)
from vae_core.images.uploads import Picture
from vae_core.models.classifiers import classifier_for

FRAME = (28, 28, 1)
# Digits as in MNIST, boxes in the middle, shapes anywhere, and whatever is no drawing.
DIGITS = Likeness(is_drawn=True, by_mass=True, extent=20 / 28)
BOXES = Likeness(is_drawn=True, extent=20 / 28)
PHOTOGRAPHS = Likeness(is_drawn=False)
CONTENT = FitSettings()
PAPER, PEN = 0.9, 0.2
# Resampling rounds the corners of a box.
CORNERS = 0.15


def picture_of(grey):
    return Picture(np.repeat(np.asarray(grey, np.float32)[..., np.newaxis], 3, axis=-1))


def page(top, bottom, left, right, height=300, width=240, ground=PAPER, mark=PEN):
    """A page with one filled box on it."""
    grey = np.full((height, width), ground, np.float32)
    grey[top:bottom, left:right] = mark
    return grey


def fitted(grey, shape=FRAME, likeness=BOXES, **changes):
    return fit_picture(picture_of(grey), shape, likeness, CONTENT.model_copy(update=changes))


def assert_is_ready(image, shape=FRAME):
    assert image.shape == shape
    assert image.dtype == np.float32
    assert np.isfinite(image).all()
    assert image.min() >= 0
    assert image.max() <= 1


def in_the_middle(height, width, frame=28):
    """The frame with a white box of that size in its middle."""
    expected = np.zeros((frame, frame, 1), np.float32)
    top, left = (frame - height) // 2, (frame - width) // 2
    expected[top : top + height, left : left + width] = 1
    return expected


@pytest.mark.parametrize("likeness", [BOXES, DIGITS])
@pytest.mark.parametrize(("ground", "mark"), [(PAPER, PEN), (0.1, 0.8), (1, 0), (0, 1), (0.4, 0.55)])
@pytest.mark.parametrize("place", [(20, 30), (150, 100)])
def test_a_box_anywhere_on_a_page_becomes_a_white_box_in_the_middle(likeness, ground, mark, place):
    top, left = place
    image = fitted(page(top, top + 100, left, left + 60, ground=ground, mark=mark), likeness=likeness)
    assert_is_ready(image)
    # 20 of 28 pixels high, 12 wide. By mass its middle is pixel 14's centre, half a pixel further.
    if likeness.by_mass:
        rows, columns = mass_centre(image[..., 0])
        np.testing.assert_allclose([rows, columns], 14.5, atol=0.05)
    else:
        np.testing.assert_allclose(image, in_the_middle(20, 12), atol=CORNERS)
    np.testing.assert_allclose(image.sum(), 240, rtol=0.03)


def test_light_from_one_side_is_taken_away():
    down, across = np.mgrid[0:1:300j, 0:1:240j]
    light = (0.95 - 0.3 * down - 0.2 * across).astype(np.float32)
    page_ = np.where(page(100, 200, 90, 150) == PEN, light * 0.3, light)
    np.testing.assert_allclose(fitted(page_), in_the_middle(20, 12), atol=CORNERS)


def test_noise_and_dust_do_not_count():
    grey = page(100, 200, 90, 150) + np.random.default_rng(0).normal(0, 0.02, (300, 240))
    grey[10:12, 10:12] = PEN
    image = fitted(np.clip(grey, 0, 1))
    np.testing.assert_allclose(image, in_the_middle(20, 12), atol=CORNERS)


def test_a_drawing_that_runs_off_the_page_does_not_change_what_the_ground_is():
    image = fitted(page(150, 300, 90, 150))
    np.testing.assert_allclose(image, in_the_middle(20, 8), atol=CORNERS)


def test_a_larger_frame_and_one_that_is_no_square():
    assert_is_ready(fitted(page(50, 150, 50, 150), (64, 64, 1)), (64, 64, 1))
    image = fitted(page(100, 200, 90, 190), (20, 40, 1), Likeness(is_drawn=True, extent=0.5))
    expected = np.zeros((20, 40, 1))
    expected[5:15, 15:25] = 1
    np.testing.assert_allclose(image, expected, atol=CORNERS)


@pytest.mark.parametrize(("scale", "height"), [(0.5, 10), (1.4, 28)])
def test_scale_is_relative_to_the_models_own(scale, height):
    image = fitted(page(100, 200, 90, 150), scale=scale)
    rows = np.flatnonzero((image[..., 0] > 0.5).any(axis=1))
    assert len(rows) == height


@pytest.mark.parametrize(("shift_x", "shift_y"), [(0.25, 0), (0, -0.25), (0.5, 0.5)])
def test_shifts_are_shares_of_the_frame(shift_x, shift_y):
    still = fitted(page(100, 200, 90, 150))
    moved = fitted(page(100, 200, 90, 150), shift_x=shift_x, shift_y=shift_y)
    right, down = round(28 * shift_x), round(28 * shift_y)
    expected = np.zeros_like(still)
    expected[max(0, down) : 28 + min(0, down), right:] = still[
        max(0, -down) : 28 - max(0, down), : 28 - right
    ]
    np.testing.assert_allclose(moved, expected, atol=1e-4)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turns_are_clockwise(turn):
    grey = np.full((200, 200), PAPER, np.float32)
    grey[50:150, 50:70] = grey[130:150, 50:110] = PEN
    expected = np.rot90(fitted(grey)[..., 0], -turn // 90)
    np.testing.assert_allclose(fitted(grey, turn=turn)[..., 0], expected, atol=1e-3)


def test_inversion_can_be_forced():
    grey = page(100, 200, 90, 150)
    np.testing.assert_array_equal(fitted(grey, invert="auto"), fitted(grey, invert="yes"))
    with pytest.raises(ValueError, match="nothing in this picture"):
        fitted(grey, invert="no")
    light = page(100, 200, 90, 150, ground=0.1, mark=0.9)
    np.testing.assert_array_equal(fitted(light, invert="auto"), fitted(light, invert="no"))


def test_without_contrast_the_ground_stays():
    image = fitted(page(100, 200, 90, 150), contrast=False)
    np.testing.assert_allclose(image[0], 1 - PAPER, atol=1e-3)
    np.testing.assert_allclose(image[14, 14], 1 - PEN, atol=1e-3)


def test_the_whole_picture_and_a_square_from_its_middle():
    whole = fitted(page(20, 40, 100, 140, 300, 240), crop="whole")
    assert np.flatnonzero((whole[..., 0] > 0.5).any(axis=1)).tolist() == [2, 3]
    square = fitted(page(130, 170, 0, 280, 300, 280, ground=0.0, mark=1.0), crop="square")
    assert np.flatnonzero((square[..., 0] > 0.5).any(axis=1)).tolist() == [12, 13, 14, 15]
    assert (square[14] > 0.9).all()


def test_thin_lines_become_as_wide_as_the_models_and_the_whole_no_longer():
    grey = np.full((400, 400), PAPER, np.float32)
    grey[100:300, 100:103] = grey[100:103, 100:300] = grey[100:300, 297:300] = PEN
    strokes = Likeness(is_drawn=True, extent=20 / 28, stroke=3 / 28)
    thick, thin = (fitted(grey, likeness=strokes, thicken=thicken) for thicken in (True, False))
    assert thick.sum() > 2 * thin.sum()
    seen = thick[..., 0] > 0.5
    assert content_box(seen) == (4, 24, 4, 24)
    assert seen[:, 4:10].sum(axis=1)[8:20].tolist() == [3] * 12
    np.testing.assert_array_equal(thin, fitted(grey, likeness=BOXES, thicken=True))


def test_lines_that_are_wide_enough_stay():
    strokes = Likeness(is_drawn=True, extent=20 / 28, stroke=3 / 28)
    grey = page(100, 200, 90, 150)
    np.testing.assert_array_equal(
        fitted(grey, likeness=strokes, thicken=True), fitted(grey, likeness=strokes)
    )


@pytest.mark.parametrize("name", ["mnist-16d", "doodles-32d", "fashion-16d", "digits-2d", "sprites-10d"])
def test_a_picture_of_the_models_own_size_and_ground_comes_back_as_it_was(name):
    model = load_model(name)
    likeness = likeness_of(model)
    for image in model.decode(model.latents.z_mean[:3]):
        picture = picture_of(image[..., 0])
        chosen = suggested_settings(picture, model.input_shape, likeness)
        np.testing.assert_allclose(
            fit_picture(picture, model.input_shape, likeness, chosen), image, atol=1e-5
        )
        negative = picture_of(1 - image[..., 0])
        assert suggested_settings(negative, model.input_shape, likeness) == settings_for(likeness)


def test_what_a_model_shows_is_known_again_on_paper():
    """Written large with a thin pen, photographed in bad light: the same digit to the model."""
    model = load_model("mnist-16d")
    classifier = classifier_for(model.spec)
    likeness = likeness_of(model)
    codes = model.latents.z_mean[:25]
    images = model.decode(codes)
    noise = np.random.default_rng(0)
    light = np.linspace(0.95, 0.6, 392, dtype=np.float32)[:, np.newaxis]
    read = []
    for image in images:
        strokes = np.kron(image[..., 0], np.ones((14, 14), np.float32)) > 0.5
        photograph = light * np.where(strokes, 0.3, 1.0) + noise.normal(0, 0.02, (392, 392))
        picture = picture_of(np.clip(photograph, 0, 1))
        read.append(fit_picture(picture, model.input_shape, likeness, settings_for(likeness)))
    before = classifier.probabilities(images).argmax(axis=1)
    after = classifier.probabilities(np.stack(read)).argmax(axis=1)
    assert (before == after).mean() >= 0.95
    moved = np.linalg.norm(model.encode(np.stack(read)).z_mean - codes, axis=1).mean()
    apart = np.linalg.norm(codes[1:] - codes[:-1], axis=1).mean()
    assert moved < apart / 2


# Photographs


def colours(height=90, width=120):
    rows, columns = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    return np.stack([rows, columns, 0.2 + 0 * rows], axis=-1).astype(np.float32)


SQUARE = settings_for(PHOTOGRAPHS)


def test_of_a_photograph_a_square_from_the_middle_is_scaled():
    image = fit_picture(Picture(colours()), (30, 30, 3), PHOTOGRAPHS, SQUARE)
    assert_is_ready(image, (30, 30, 3))
    middle = colours()[:, 15:105].reshape(30, 3, 30, 3, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(image, middle, atol=0.03)


def test_a_photograph_for_a_grey_model_is_its_luma():
    grey = fit_picture(Picture(colours()), (30, 30, 1), PHOTOGRAPHS, SQUARE)
    colour = fit_picture(Picture(colours()), (30, 30, 3), PHOTOGRAPHS, SQUARE)
    np.testing.assert_allclose(grey[..., 0], grey_of(colour), atol=1e-3)


def test_around_a_smaller_photograph_stands_the_colour_of_its_edge():
    picture = np.full((60, 60, 3), (0.2, 0.5, 0.7), np.float32)
    picture[20:40, 20:40] = 1
    image = fit_picture(Picture(picture), (30, 30, 3), PHOTOGRAPHS, SQUARE.model_copy(update={"scale": 0.5}))
    np.testing.assert_allclose(image[0], np.broadcast_to((0.2, 0.5, 0.7), (30, 3)), atol=1e-3)
    np.testing.assert_allclose(image[15, 15], 1, atol=0.05)


def test_a_shifted_photograph_shows_what_was_beside_it():
    image = fit_picture(
        Picture(colours()), (30, 30, 3), PHOTOGRAPHS, SQUARE.model_copy(update={"shift_x": 0.1})
    )
    assert image[15, 0, 1] < colours()[45, 15, 1] - 0.05


def test_what_stands_out_of_a_photograph_is_framed():
    picture = np.full((200, 300, 3), 0.9, np.float32)
    picture[40:120, 200:260] = (0.7, 0.1, 0.1)
    image = fit_picture(
        Picture(picture), (40, 40, 3), PHOTOGRAPHS, SQUARE.model_copy(update={"crop": "content"})
    )
    red = image[..., 1] < 0.5
    assert content_box(red) == (0, 40, 5, 35)


def test_contrast_and_inversion_of_photographs():
    pale = Picture(0.4 + 0.2 * colours())
    strong = fit_picture(pale, (30, 30, 3), PHOTOGRAPHS, SQUARE.model_copy(update={"contrast": True}))
    assert np.ptp(strong) > 0.9
    plain = fit_picture(pale, (30, 30, 3), PHOTOGRAPHS, SQUARE)
    inverted = fit_picture(pale, (30, 30, 3), PHOTOGRAPHS, SQUARE.model_copy(update={"invert": "yes"}))
    np.testing.assert_allclose(inverted, 1 - plain, atol=1e-5)


# What is refused


@pytest.mark.parametrize("likeness", [BOXES, DIGITS, PHOTOGRAPHS])
@pytest.mark.parametrize("shade", [0, 0.5, 1])
@pytest.mark.parametrize("shape", [(1, 1), (300, 200)])
def test_a_picture_of_one_colour_has_nothing_in_it(likeness, shade, shape):
    with pytest.raises(ValueError, match="there is nothing in this picture: expected"):
        fit_picture(picture_of(np.full(shape, shade)), FRAME, likeness, settings_for(likeness))


def test_noisy_paper_has_nothing_in_it():
    grey = 0.8 + np.random.default_rng(1).normal(0, 0.02, (400, 300))
    with pytest.raises(ValueError, match="nothing"):
        fitted(grey)


def test_colours_of_one_luma_have_something_in_them_for_a_colour_model_only():
    picture = np.zeros((40, 40, 3), np.float32)
    picture[:, :20, 0] = 0.5
    picture[:, 20:, 1] = 0.5 * 0.299 / 0.587
    assert_is_ready(fit_picture(Picture(picture), (8, 8, 3), PHOTOGRAPHS, SQUARE), (8, 8, 3))
    with pytest.raises(ValueError, match="nothing"):
        fit_picture(Picture(picture), (8, 8, 1), PHOTOGRAPHS, SQUARE)


@pytest.mark.parametrize("shape", [(28, 28, 2), (28, 28, 4), (0, 28, 1)])
def test_a_frame_that_no_picture_fits_is_named(shape):
    with pytest.raises(ValueError, match="a frame of shape"):
        fit_picture(picture_of(page(1, 2, 1, 2)), shape, BOXES, CONTENT)


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (np.zeros((5, 5)), "a picture of shape"),
        (np.zeros((5, 5, 4)), "a picture of shape"),
        (np.zeros((0, 5, 3)), "a picture of shape"),
        (np.full((5, 5, 3), 2.0), "0 to 1"),
        (np.full((5, 5, 3), np.nan), "NaN"),
        (np.full((5, 5, 3), "x"), "dtype"),
    ],
)
def test_a_picture_that_is_none_is_named(pixels, words):
    with pytest.raises(ValueError, match=words):
        fit_picture(Picture(pixels), FRAME, BOXES, CONTENT)


@pytest.mark.parametrize(
    "change",
    [
        {"scale": 0.2},
        {"scale": 1.6},
        {"scale": float("nan")},
        {"scale": "large"},
        {"shift_x": 0.6},
        {"shift_y": float("inf")},
        {"turn": 45},
        {"turn": "left"},
        {"invert": "maybe"},
        {"crop": None},
        {"contrast": "very"},
        {"colour": "red"},
    ],
)
def test_settings_that_are_none_are_named_in_one_line(change):
    with pytest.raises(ValueError, match=next(iter(change))) as error:
        FitSettings.checked(change)
    assert "\n" not in str(error.value)


# Any picture, any settings

ANY_SETTINGS = st.builds(
    FitSettings,
    invert=st.sampled_from(["auto", "yes", "no"]),
    crop=st.sampled_from(["content", "square", "whole"]),
    scale=st.floats(0.3, 1.5),
    shift_x=st.floats(-0.5, 0.5),
    shift_y=st.floats(-0.5, 0.5),
    turn=st.sampled_from([0, 90, 180, 270]),
    contrast=st.booleans(),
    thicken=st.booleans(),
)
ANY_LIKENESS = st.builds(
    Likeness,
    is_drawn=st.booleans(),
    is_steady=st.booleans(),
    by_mass=st.booleans(),
    extent=st.floats(0.03, 1),
    stroke=st.floats(0, 0.2),
)
PIXELS = npst.arrays(
    np.float32,
    st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3)),
    elements=st.sampled_from([0, 0, 0, 0.1, 0.5, 0.9, 1]),
)
SHAPES = st.tuples(st.integers(1, 32), st.integers(1, 32), st.sampled_from([1, 3]))


@given(PIXELS, SHAPES, ANY_LIKENESS, ANY_SETTINGS)
@settings(deadline=None, max_examples=120)
def test_whatever_the_picture_and_the_settings_the_image_is_ready_or_there_is_nothing(
    pixels, shape, likeness, chosen
):
    try:
        image = fit_picture(Picture(pixels), shape, likeness, chosen)
    except ValueError as error:
        assert "nothing in this picture" in str(error)
    else:
        assert_is_ready(image, shape)


@given(st.integers(1, 2000), st.integers(1, 2000), ANY_LIKENESS, ANY_SETTINGS)
@settings(deadline=None, max_examples=30)
def test_a_single_dot_is_enough_however_long_the_picture(height, width, likeness, chosen):
    height, width = (min(side, 60_000 // max(height, width)) + 5 for side in (height, width))
    grey = np.zeros((height, width), np.float32)
    grey[height // 2, width // 2] = 1
    try:
        assert_is_ready(fit_picture(picture_of(grey), FRAME, likeness, chosen))
    except ValueError as error:
        assert "nothing in this picture" in str(error)


# Likeness


def test_the_likeness_of_known_pictures():
    images = np.zeros((40, 28, 28, 1), np.float32)
    for number, image in enumerate(images):
        image[4:24, 10 + number % 2 : 14 + number % 2] = 1
    found = likeness_of_images(images)
    assert found == Likeness(
        is_drawn=True, is_steady=True, by_mass=False, extent=20 / 28, stroke=found.stroke
    )
    assert 28 * found.stroke == pytest.approx(4 * 5 / 6, rel=0.2)


def test_things_that_stand_anywhere_are_shown_whole():
    images = np.zeros((64, 32, 32, 1), np.float32)
    for number, image in enumerate(images):
        down, across = 3 * (number // 8), 3 * (number % 8)
        image[down : down + 8, across : across + 8] = 1
    found = likeness_of_images(images)
    assert not found.is_steady
    assert settings_for(found) == FitSettings(crop="whole")


@pytest.mark.parametrize(
    "images",
    [np.full((4, 8, 8, 1), 0.6), np.random.default_rng(0).random((4, 8, 8, 3)), np.zeros((4, 8, 8, 3))],
)
def test_bright_or_coloured_pictures_are_no_drawings(images):
    assert settings_for(likeness_of_images(images)) == FitSettings(invert="no", crop="square", contrast=False)


def test_black_pictures_are_drawings_of_nothing():
    assert likeness_of_images(np.zeros((3, 8, 8, 1))) == Likeness(is_drawn=True)


@pytest.mark.parametrize("images", [np.zeros((0, 8, 8, 1)), np.full((1, 8, 8, 1), 7.0)])
def test_a_likeness_needs_images(images):
    with pytest.raises(ValueError, match="images"):
        likeness_of_images(images)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mnist-16d", FitSettings(thicken=True)),
        ("mnist-2d", FitSettings(thicken=True)),
        ("doodles-32d", FitSettings(thicken=True)),
        ("fashion-16d", FitSettings()),
        ("sprites-10d", FitSettings(crop="whole")),
        ("faces-16d", FitSettings(invert="no", crop="square", contrast=False)),
    ],
)
def test_the_models_that_ship_are_known_without_their_data(name, expected):
    assert settings_for(likeness_of(load_model(name))) == expected


def test_mnist_is_recognised_as_its_makers_made_it():
    found = likeness_of(load_model("mnist-16d"))
    assert found.by_mass
    assert found.extent == pytest.approx(20 / 28, abs=0.02)


# Ink


@pytest.mark.parametrize("width", [2, 4, 10, 20])
def test_the_width_of_a_long_stroke(width):
    marks = np.zeros((60, 600), bool)
    marks[20 : 20 + width, 20:580] = True
    assert stroke_width(marks) == pytest.approx(width, rel=0.05)


def test_no_marks_have_no_width_and_no_box():
    none = np.zeros((4, 4), bool)
    assert stroke_width(none) == 0
    with pytest.raises(ValueError, match="no marks"):
        content_box(none)


def test_ink_that_is_thickened_grows_on_all_sides():
    ink = ink_of(page(50, 60, 50, 60, 120, 120))
    assert ink.darker
    assert content_box(thickened(ink, 3) > 0.5) == (47, 63, 47, 63)
    assert content_box(thickened(ink, 0.5) > 0.4) == (49, 61, 49, 61)


def test_the_ring_of_a_picture():
    values = np.arange(30).reshape(5, 6)
    assert sorted(ring_of(values)) == sorted(set(range(30)) - {7, 8, 9, 10, 13, 14, 15, 16, 19, 20, 21, 22})
    assert ring_of(np.zeros((1, 3, 3))).shape == (3, 3)
    assert ring_of(np.zeros((200, 100))).size == 200 * 100 - 192 * 92
