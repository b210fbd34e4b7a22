"""Data sets that are drawn: what their factors do to a picture."""

import numpy as np
import pytest

from vae_core.datasets import faces, load_dataset, sprites


def face(**changes):
    values = {"smile": 0, "eye opening": 0.6, "hair length": 0.3, "tilt": 0, "skin tone": 0.2}
    values |= {"hair tone": 0.6, "glasses": 0, **changes}
    row = np.array([[values[name] for name in faces.FACTORS]], np.float32)
    return faces.draw(row)[0].astype(int)


def changed_box(first, second):
    """Top, bottom, left and right of what differs, as shares of the picture."""
    rows, columns = np.nonzero(np.abs(first - second).sum(axis=-1) > 30)
    return rows.min() / 64, rows.max() / 64, columns.min() / 64, columns.max() / 64


def test_faces_are_the_same_for_everybody():
    first, again = (faces.draw(faces.sample_factors(20, 5)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(faces.sample_factors(20, 5), faces.sample_factors(20, 6))


@pytest.mark.parametrize(
    ("module", "steps"), [(faces, None), (sprites, (3, 32, 32, 6, 40))], ids=["faces", "sprites"]
)
def test_factors_are_independent_and_fill_their_ranges(module, steps):
    factors = module.sample_factors(20_000, seed=1)
    correlations = np.corrcoef(factors.T) - np.eye(factors.shape[1])
    assert np.abs(correlations).max() < 0.03
    for place in range(factors.shape[1]):
        column = factors[:, place]
        if steps:
            assert np.unique(column).tolist() == list(range(steps[place]))
        else:
            low, high = faces.RANGES[place]
            assert column.min() == pytest.approx(low, abs=0.01 * (high - low))
            assert column.max() == pytest.approx(high, abs=0.01 * (high - low))
    if module is faces:
        assert set(np.unique(factors[:, -1])) == {0, 1}


@pytest.mark.parametrize(
    ("factor", "values", "box"),
    [
        ("smile", (-1, 1), (0.6, 0.82, 0.3, 0.7)),
        ("eye opening", (0, 1), (0.38, 0.6, 0.25, 0.75)),
        ("hair length", (0, 1), (0.5, 1.0, 0.1, 0.9)),
        ("glasses", (0, 1), (0.35, 0.62, 0.15, 0.85)),
    ],
)
def test_a_factor_changes_its_part_of_the_face(factor, values, box):
    top, bottom, left, right = changed_box(*(face(**{factor: value}) for value in values))
    assert top >= box[0]
    assert bottom <= box[1]
    assert left >= box[2]
    assert right <= box[3]


def test_the_corners_of_a_smile_rise():
    def mouth_rows(smile, columns):
        picture = face(smile=smile)[38:54, columns]
        skin = face()[36, 24]
        return np.nonzero(np.abs(picture - skin).sum(axis=2).max(axis=1) > 160)[0].mean()

    corner, middle = slice(24, 27), slice(30, 34)
    assert mouth_rows(1, corner) < mouth_rows(1, middle) - 2
    assert mouth_rows(-1, corner) > mouth_rows(-1, middle) + 2
    assert np.abs(face(smile=1) - face(smile=-1)).sum() > 20 * 255


def test_tones_run_from_light_to_dark():
    cheek = [face(**{"skin tone": tone})[40, 18].sum() for tone in (0, 0.5, 1)]
    crown = [face(**{"hair tone": tone})[6, 32].sum() for tone in (0, 0.5, 1)]
    assert cheek == sorted(cheek, reverse=True)
    assert crown == sorted(crown, reverse=True)
    assert cheek[0] - cheek[-1] > 250


def test_faces_are_anti_aliased_and_mirror_symmetric_when_upright():
    picture = face()
    np.testing.assert_allclose(picture, picture[:, ::-1], atol=1)
    assert len(np.unique(picture[..., 0])) > 20


def test_grey_faces_are_small_and_of_the_same_people():
    factors = faces.sample_factors(3, 0)
    grey = faces.draw(factors, faces.GREY_SIDE, grey=True)
    assert grey.shape == (3, 28, 28, 1)
    colour = faces.draw(factors).astype(np.float32) @ faces.LUMA
    assert colour.mean(axis=(1, 2)) == pytest.approx(grey.astype(np.float32).mean(axis=(1, 2, 3)), abs=4)


def test_sprites_are_where_and_how_their_factors_say():
    rows = np.array([[0, 0, 31, 5, 0], [1, 31, 0, 0, 10], [2, 16, 16, 3, 0]], np.float32)
    images = sprites.draw(rows)[..., 0].astype(np.float32) / 255
    y, x = np.mgrid[0:32, 0:32]
    centres = [(np.sum(image * x) / image.sum(), np.sum(image * y) / image.sum()) for image in images]
    assert centres[0] == pytest.approx((7.5, 23.5), abs=0.2)
    assert centres[1] == pytest.approx((23.5, 7.5), abs=0.2)
    assert images[0].sum() > 2 * images[1].sum()
    upright = images[1].any(axis=1).sum() > images[1].any(axis=0).sum()
    assert upright


def test_a_larger_scale_covers_more():
    areas = []
    for scale in range(6):
        rows = np.array([[kind, 16, 16, scale, 7] for kind in range(3)], np.float32)
        areas.append(sprites.draw(rows).astype(float).sum(axis=(1, 2, 3)))
    assert (np.diff(areas, axis=0) > 0).all()


def test_drawn_sets_come_with_their_factors():
    data = load_dataset("sprites")
    assert data.input_shape == (32, 32, 1)
    assert data.attribute_names == sprites.FACTORS
    assert data.train.attributes.shape == (36_000, 5)
    np.testing.assert_array_equal(data.test.labels, data.test.attributes[:, 0])
    np.testing.assert_array_equal(sprites.draw(data.test.attributes[:5]), data.test.pixels[:5])


def test_small_faces_come_with_their_factors():
    data = load_dataset("faces-grey")
    assert data.train.pixels.shape == (18_000, 28, 28, 1)
    assert data.test.attributes.shape == (2_000, 7)
    np.testing.assert_array_equal(data.test.labels, data.test.attributes[:, -1])
    of_glasses = data.of_classes(("with glasses",))
    assert (of_glasses.train.attributes[:, -1] == 1).all()


def test_classes_and_counts_can_be_chosen():
    data = load_dataset("digits", ("7", "1"), 20)
    assert data.class_names == ("7", "1")
    assert np.bincount(data.train.labels).tolist() == [20, 20]
    everything = load_dataset("digits")
    sevens = everything.train.pixels[everything.train.labels == 7][:20]
    np.testing.assert_array_equal(data.train.pixels[data.train.labels == 0], sevens)
    assert set(np.unique(data.test.labels)) == {0, 1}
