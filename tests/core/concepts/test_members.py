"""Which pictures a text names, and what is measured on pictures: known answers."""

import numpy as np
import pytest

from vae_core.concepts.members import balancing_labels, named_rows
from vae_core.concepts.pixel_measures import (
    amounts_of_ink,
    heights,
    slants,
    sleeve_lengths,
    stroke_widths,
)
from vae_core.maps.points import Points

ATTRIBUTES = np.array([[0.0, 1], [0.5, 0], [1, 1], [0.25, 0], [0.75, 1], [0.1, 0]], np.float32)
NAMES = ("cat", "dog: big")


def points(attributes=ATTRIBUTES, names=("hair length", "glasses")):
    rows = np.arange(6)
    codes = np.zeros((6, 2), np.float32)
    known = () if attributes is None else names
    return Points("tiny", "held-out", codes, None, rows % 2, rows, np.ones(6, bool), attributes, known)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("3, 0,3", [0, 3]),
        ("5", [5]),
        ("class:cat", [0, 2, 4]),
        ("class:dog: big", [1, 3, 5]),
        ("attribute:hair length>0.5", [2, 4]),
        ("attribute:hair length >= 5e-1", [1, 2, 4]),
        ("attribute:hair length<0.25", [0, 5]),
        ("attribute:hair length<=0.25", [0, 3, 5]),
        ("attribute:glasses=1", [0, 2, 4]),
        ("attribute:glasses>7", []),
    ],
)
def test_what_a_text_names(text, rows):
    assert named_rows(text, points(), NAMES).tolist() == rows


def test_a_file_names_rows_one_a_line(tmp_path):
    path = tmp_path / "smiling.txt"
    path.write_text(" 4\n\n1\r\n4\n")
    assert named_rows(str(path), points(), NAMES).tolist() == [1, 4]
    for content, problem in (
        ("1\nx\n", "line 2: 'x' is no row"),
        ("-1", "'-1' is no row"),
        ("\n", "holds no rows"),
        ("9", "rows go from 9 to 9; expected 0 to 5"),
        ("1" * 2_000_000, "names no pictures"),
    ):
        path.write_text(content)
        with pytest.raises(ValueError, match=problem):
            named_rows(str(path), points(), NAMES)
    with pytest.raises(ValueError, match="names no pictures"):
        named_rows(str(tmp_path), points(), NAMES)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "names no pictures"),
        ("nowhere.txt", "expected rows .3,17,40., a file"),
        ("3,", "names no pictures"),
        ("6", "rows go from 6 to 6"),
        ("class:owl", "'owl' is no class of tiny: expected one of cat, dog: big"),
        ("attribute:hair length", "compares nothing"),
        ("attribute:hair length><1", "compares nothing"),
        ("attribute:smile>1", "'smile' is no attribute of tiny: expected one of hair length, glasses"),
        ("attribute:glasses>much", "compares with 'much': expected a number"),
        ("attribute:glasses>nan", "expected a number"),
        ("attribute:glasses>1e999", "expected a number"),
        ("attribute:__import__('os')>1", "is no attribute"),
        ("\x00", "names no pictures"),
    ],
)
def test_texts_that_name_nothing(text, problem):
    with pytest.raises(ValueError, match=problem) as caught:
        named_rows(text, points(), NAMES)
    assert "\n" not in str(caught.value)


def test_without_classes_and_attributes():
    with pytest.raises(ValueError, match="as there are no classes"):
        named_rows("class:cat", points(), ())
    with pytest.raises(ValueError, match="nothing is known here"):
        named_rows("attribute:smile>1", points(None), NAMES)


def test_labels_to_balance_over():
    assert balancing_labels("glasses", points()).tolist() == [1, 0, 1, 0, 1, 0]
    # Six different values: thirds.
    assert balancing_labels("hair length", points()).tolist() == [0, 1, 2, 1, 2, 0]
    with pytest.raises(ValueError, match="no attribute"):
        balancing_labels("smile", points())


def drawn(*marks, side=28):
    """Pictures (n, side, side, 1) that are 1 in each of these slices."""
    images = np.zeros((len(marks), side, side, 1), np.float32)
    for image, (rows, columns) in zip(images, marks, strict=True):
        image[rows, columns] = 1
    return images


def test_widths_of_strokes_and_amounts_of_ink():
    images = drawn((slice(2, 26), slice(13, 15)), (slice(2, 26), slice(11, 17)), (slice(0, 0), slice(0, 0)))
    assert stroke_widths(images).tolist() == pytest.approx([2, 6, 0], abs=0.7)
    assert amounts_of_ink(images).tolist() == pytest.approx([48 / 784, 144 / 784, 0])


@pytest.mark.parametrize("shear", [-0.5, 0, 0.3, 1])
def test_the_slant_of_a_sheared_stroke_is_its_shear(shear):
    rows, columns = np.mgrid[:28, :28]
    # Rightwards with every row upwards.
    image = np.exp(-((columns - 13.5 - shear * (13.5 - rows)) ** 2) / 2) * (np.abs(rows - 13.5) < 8)
    assert slants(image[np.newaxis, ..., np.newaxis])[0] == pytest.approx(shear, abs=0.01)


def test_blank_pictures_have_no_slant():
    assert np.isnan(slants(np.zeros((1, 28, 28, 1)))).all()
    # All in one row: no height to lean over.
    assert np.isnan(slants(drawn((slice(3, 4), slice(2, 9))))).all()


def test_heights_and_sleeves_of_drawn_garments():
    images = drawn((slice(4, 18), slice(0, 28)), (slice(0, 0), slice(0, 0)), (slice(0, 28), slice(9, 19)))
    assert heights(images).tolist() == pytest.approx([0.5, 0, 1])
    shirt = drawn((slice(4, 24), slice(9, 19)), (slice(4, 24), slice(9, 19)))
    # Sleeves down to a quarter, and all the way.
    shirt[0, 4:9, 2:26] = 1
    shirt[1, 4:24, 2:26] = 1
    assert sleeve_lengths(shirt).tolist() == pytest.approx([0.25, 1])
    one_sided = drawn((slice(4, 24), slice(9, 19)))
    one_sided[0, 4:5, 2:26] = 1
    one_sided[0, 4:24, 2:5] = 1
    assert sleeve_lengths(one_sided)[0] == pytest.approx(0.05)
    assert sleeve_lengths(np.zeros((1, 28, 28, 1)))[0] == 0


@pytest.mark.parametrize("measure", [stroke_widths, amounts_of_ink, slants, heights, sleeve_lengths])
@pytest.mark.parametrize(
    "images", [np.zeros((28, 28)), np.zeros((1, 8, 8, 3)), np.zeros((1, 8, 8, 1), np.uint8)]
)
def test_only_grey_pictures_are_measured(measure, images):
    with pytest.raises(ValueError, match="expected grey pictures"):
        measure(images)
