"""What is said of paths, in figures and in words, and sheets between four corners."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tiny_models import folder_files, write_tiny
from vae_core.models.catalogue import load_model
from vae_core.models.folder import Latents, pack_latents
from vae_core.morphs import (
    PathReport,
    PathSpec,
    bilinear_sheet,
    path_through,
    report_on,
    sheet_slice,
    words_on_difference,
)
from vae_core.morphs.measures import (
    confidence,
    decoded_length,
    distance_to_data,
    step_lengths,
    step_variation,
)

GRID = 0.25 * np.stack(np.meshgrid(np.arange(8), np.arange(8)), axis=-1).reshape(-1, 2)


def model_over(codes, path):
    rows = len(codes)
    latents = Latents(
        np.asarray(codes, np.float32),
        np.zeros((rows, 2), np.float32),
        np.zeros(rows, np.int64),
        np.arange(rows, dtype=np.int64),
    )
    write_tiny(path, files={**folder_files(), "latents.npz": pack_latents(latents)})
    return load_model(path)


def test_distances_count_in_usual_distances_between_codes(tmp_path):
    model = model_over(GRID, tmp_path / "grid")
    places = [[0, 0], [0.125, 0], [-0.5, 0], [0, -1.5], [0.125, 0.125]]
    expected = [0, 0.5, 2, 6, np.sqrt(0.5)]
    np.testing.assert_allclose(distance_to_data(model, places), expected, atol=1e-5)
    assert distance_to_data(model, np.zeros((0, 2))).shape == (0,)


def test_distances_are_exact_far_from_the_origin(tmp_path):
    model = model_over([[900, 900], [900.5, 900]], tmp_path / "far")
    np.testing.assert_allclose(distance_to_data(model, [[900.25, 900.0]]), [0.5], rtol=1e-5)


@pytest.mark.parametrize("codes", [np.zeros((0, 2)), [[1, 1]], [[1, 1], [1, 1]]])
def test_without_different_codes_distances_have_no_unit(tmp_path, codes):
    with pytest.raises(ValueError, match="distances have no unit"):
        distance_to_data(model_over(codes, tmp_path / "alike"), [[0, 0]])


def test_places_that_are_none_have_no_distance(tmp_path):
    model = model_over(GRID, tmp_path / "grid")
    for wrong, words in (([[0, 0, 0]], "shape"), ([[np.nan, 0]], "NaN"), ("words", "dtype")):
        with pytest.raises(ValueError, match=words):
            distance_to_data(model, wrong)


def test_steps_of_known_pictures():
    images = np.zeros((4, 2, 2, 1), np.float32)
    images[1], images[2] = 0.5, 0.5
    images[3, 0, 0] = 0.5
    steps = [1, 0, np.sqrt(0.75)]
    np.testing.assert_allclose(step_lengths(images), steps, atol=1e-6)
    assert decoded_length(images) == pytest.approx(sum(steps))
    assert step_variation(images) == pytest.approx(np.std(steps) / np.mean(steps))
    assert step_variation(images[1:3]) == 0
    for wrong in (images[:1], images[:0], np.zeros(3), 0.5):
        with pytest.raises(ValueError, match="two or more"):
            step_lengths(wrong)


def test_confidence_is_the_probability_of_the_likeliest_class():
    model = load_model("digits-2d")
    images = model.decode(model.latents.z_mean[:50])
    sure = confidence(model, images)
    assert sure.shape == (50,)
    assert ((sure >= 0.1) & (sure <= 1)).all()
    assert sure.mean() > 0.6


def test_without_a_classifier_there_is_no_confidence(tmp_path):
    model = model_over(GRID, tmp_path / "grid")
    assert confidence(model, model.decode([[0, 0]])) is None
    report = report_on(model, "lerp", [[0, 0], [0, 1], [0, 2]])
    assert report.confidence is None
    assert report.unclear is None
    assert report.farthest == pytest.approx(1)
    assert report.step_variation == pytest.approx(0, abs=1e-5)
    assert report.decoded_length == pytest.approx(2 * report.steps[0], rel=1e-5)


def report(kind, distance=0.5, steps=(1.0,) * 9, unclear=0):
    """A path of 10 frames; ``unclear`` None means that there is no classifier."""
    sure = None if unclear is None else np.where(np.arange(10) < unclear, 0.4, 0.99).astype(np.float32)
    return PathReport(kind, np.full(10, distance, np.float32), np.array(steps, np.float32), sure)


def test_words_name_the_unclear_pictures_and_why():
    words = words_on_difference([report("lerp", distance=2.5, unclear=4), report("graph", unclear=1)])
    assert words == (
        "Pictures not clearly of one class: 1 of 10 on the way along the data, 4 of 10 on the straight "
        "line, which leads up to 2.5 times as far from any encoded image as these usually lie apart."
    )
    assert "none of 10 on the arc" in words_on_difference([report("slerp"), report("lerp", unclear=2)])
    assert "which leads" not in words_on_difference([report("slerp"), report("lerp", unclear=2)])


def test_words_tell_distance_without_unclear_pictures():
    words = words_on_difference([report("slerp", distance=3), report("graph", distance=0.25)])
    assert words.startswith("The arc leads up to 3.0 times as far")
    assert words.endswith("the way along the data only 0.2 times, yet the pictures are about as clear.")
    unjudged = words_on_difference(
        [report("slerp", distance=3, unclear=None), report("graph", distance=0.25, unclear=None)]
    )
    assert "clear" not in unjudged


def test_words_say_so_when_there_is_no_difference():
    words = words_on_difference([report("lerp"), report("graph")])
    assert words == "Both stay among the encoded images, and the pictures are about as clear."
    far = words_on_difference([report("lerp", 2), report("slerp", 2.2), report("graph", 2, unclear=None)])
    assert far == "All of them lead about equally far from the encoded images."


def test_words_tell_detours_and_uneven_change():
    detour = words_on_difference([report("lerp"), report("graph", steps=(2.0,) * 9)])
    assert detour.endswith(
        "The way along the data is a detour: its pictures change 2.0 times as much as those on the "
        "straight line."
    )
    uneven = words_on_difference([report("lerp", steps=(0.5,) * 8 + (5.0,)), report("constant")])
    assert uneven == (
        "Both run along the same straight line; only their pace differs. On the straight line change comes "
        "unevenly, its largest step 5.0 times the mean; on the straight line at even pace it is 1.0 times."
    )
    still = words_on_difference([report("lerp", steps=(0.0,) * 9), report("slerp")])
    assert "detour" not in still


@pytest.mark.parametrize(
    "kinds", [(), ("lerp",), ("lerp", "lerp"), ("lerp", "slerp", "graph", "constant", "lerp")]
)
def test_words_need_two_different_kinds(kinds):
    with pytest.raises(ValueError, match="two to four of different kinds"):
        words_on_difference([report(kind) for kind in kinds])


def test_words_on_real_paths_are_one_or_two_sentences():
    model = load_model("digits-2d")
    ends = model.latents.z_mean[[0, 5]]
    reports = [
        report_on(model, kind, path_through(model, ends, PathSpec(kind=kind, frames=12)))
        for kind in ("lerp", "slerp", "constant", "graph")
    ]
    words = words_on_difference(reports)
    assert words[0].isupper()
    assert words.endswith(".")
    assert "\n" not in words
    assert 20 < len(words) < 400


CORNERS = np.array([[0, 0, 1], [2, 0, 1], [0, 4, 1], [6, 8, -1]], np.float32)


def test_a_sheet_has_its_corners_and_blends_between():
    sheet = bilinear_sheet(CORNERS, 3)
    assert sheet.shape == (3, 3, 3)
    assert sheet.dtype == np.float32
    np.testing.assert_array_equal(sheet[[0, 0, -1, -1], [0, -1, 0, -1]], CORNERS)
    np.testing.assert_allclose(sheet[0, 1], [1, 0, 1])
    np.testing.assert_allclose(sheet[1, 0], [0, 2, 1])
    np.testing.assert_allclose(sheet[1, 1], CORNERS.mean(axis=0))
    np.testing.assert_array_equal(bilinear_sheet(CORNERS, 2).reshape(4, 3), CORNERS)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_place_on_a_sheet_is_a_blend_of_blends(u, v):
    top, bottom = (1 - u) * CORNERS[0] + u * CORNERS[1], (1 - u) * CORNERS[2] + u * CORNERS[3]
    code = sheet_slice(CORNERS).codes([[u, v]])
    np.testing.assert_allclose(code, [(1 - v) * top + v * bottom], atol=1e-5)


def test_a_sheet_keeps_its_own_corners_and_gives_plain_numbers():
    corners = CORNERS.copy()
    sheet = sheet_slice(corners)
    corners[:] = 0
    assert sheet.to_json() == {"corners": CORNERS.tolist()}
    assert sheet.codes(np.zeros((0, 2))).shape == (0, 3)


@pytest.mark.parametrize(
    ("corners", "words"),
    [
        (CORNERS[:3], r"\(3, 3\); a sheet takes four codes"),
        (np.zeros((4, 0)), "four codes"),
        (np.zeros(4), "four codes"),
        ([[0, 1], [1], [2], [3]], "ragged"),
        ([[0, np.nan]] * 4, "NaN"),
        ([[0, 2000]] * 4, "at most ±1000"),
        ([["a", "b"]] * 4, "dtype"),
    ],
)
def test_unusable_corners_are_refused(corners, words):
    for make in (sheet_slice, lambda wrong: bilinear_sheet(wrong, 3)):
        with pytest.raises(ValueError, match=words) as refusal:
            make(corners)
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("n", [0, 1, 41, -3, 2.5, "3", True, None])
def test_unusable_sizes_are_refused(n):
    with pytest.raises(ValueError, match="expected a whole number from 2 to 40"):
        bilinear_sheet(CORNERS, n)


@pytest.mark.parametrize("places", [[[0, 1.5]], [[-0.1, 0]], [[np.nan, 0]], [[0, 0, 0]], [0, 0]])
def test_places_beside_the_sheet_are_refused(places):
    with pytest.raises(ValueError, match=r"sheet|NaN|shape"):
        sheet_slice(CORNERS).codes(places)
