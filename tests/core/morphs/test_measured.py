"""Films in Python: what is measured on them, when, and in which words."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tiny_models import folder_files, write_tiny
from ui.morph.films import existing, way_of, ways_between
from vae_core import load_model
from vae_core.models.classifiers import classifier_for
from vae_core.models.model import LatentModel
from vae_core.morphs import PathReport, PathSpec, path_through, report_on, words_on_difference
from vae_core.morphs import measured as module
from vae_core.morphs.ends import End, row_end
from vae_core.morphs.measured import Film, difference_between, facts_of, film_of, pace_in_words


@pytest.fixture(scope="module")
def digits():
    return load_model("digits-2d")


@pytest.fixture(scope="module")
def ends(digits):
    return [row_end(digits, row) for row in (3, 40)]


def codes_between(model, kind="lerp", frames=12, rows=(3, 40)):
    return path_through(model, model.latents.z_mean[list(rows)], PathSpec(kind=kind, frames=frames))


def fails():
    raise ValueError("no way leads there")


def test_a_film_says_what_the_core_measures(digits):
    film = film_of(digits, "lerp", codes_between(digits))
    report = report_on(digits, "lerp", film.codes)
    np.testing.assert_array_equal(film.nearness, report.distance)
    np.testing.assert_array_equal(film.confidence, report.confidence)
    assert (film.report.kind, len(film)) == ("lerp", 12)
    assert (film.length, film.variation) == (report.decoded_length, report.step_variation)
    classifier = classifier_for(digits.spec)
    probabilities = classifier.probabilities(digits.decode(film.codes))
    np.testing.assert_array_equal(film.answers, probabilities.argmax(axis=1))
    assert film.answer_names == classifier.facts.class_names


def test_a_film_is_decoded_and_judged_once(digits, monkeypatch):
    calls = []
    decode, opinion = LatentModel.decode, module.opinion_of
    monkeypatch.setattr(LatentModel, "decode", lambda self, z: calls.append("decode") or decode(self, z))
    monkeypatch.setattr(module, "opinion_of", lambda model: calls.append("judge") or opinion(model))
    film_of(digits, "lerp", digits.latents.z_mean[[3, 40]])
    assert sorted(calls) == ["decode", "judge"]


def test_without_a_classifier_there_are_no_answers(digits, monkeypatch):
    monkeypatch.setattr(module, "opinion_of", lambda model: None)
    film = film_of(digits, "lerp", codes_between(digits, frames=5))
    assert film.confidence is None and film.answers is None and film.answer_names == ()


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (np.zeros((1, 2)), "a film of 1 frames: expected 2 to 2,000"),
        (np.zeros((2_001, 2)), "a film of 2,001 frames"),
        (np.zeros((3, 3)), r"expected|takes \(n, 2\)"),
        (np.full((3, 2), np.nan), "NaN"),
        ("codes", "real numbers"),
    ],
)
def test_codes_that_are_no_film_are_refused_in_one_line(digits, codes, words):
    with pytest.raises(ValueError, match=words) as failure:
        film_of(digits, "lerp", codes)
    assert "\n" not in str(failure.value)


def test_a_model_without_codes_is_refused_in_one_line(tmp_path):
    model = LatentModel(write_tiny(tmp_path / "tiny", files=folder_files(rows=0)))
    with pytest.raises(ValueError, match="no codes of held-out images that differ"):
        film_of(model, "lerp", [[0, 0], [1, 1]])


def test_ways_are_found_without_decoding_anything(digits, ends, monkeypatch):
    monkeypatch.setattr(LatentModel, "decode", lambda self, z: pytest.fail("decoded"))
    ways, problems = ways_between(digits, ends, 12)
    assert [way.kind for way in ways] == ["constant", "lerp", "slerp", "graph"]
    assert problems == []
    for way in ways:
        np.testing.assert_array_equal(way.start, ends[0].code)


@pytest.mark.parametrize("kind", ["constant", "lerp", "slerp", "graph"])
def test_a_way_is_the_path_of_the_core_and_begins_where_it_says(digits, ends, kind):
    way = way_of(digits, kind, 12, np.stack([end.code for end in ends]))
    codes = way.codes()
    np.testing.assert_array_equal(codes, codes_between(digits, kind))
    np.testing.assert_array_equal(codes[0], way.start)
    np.testing.assert_array_equal(way.film().codes, codes)
    assert way.film() is way.film()


def test_what_is_wrong_with_all_ways_is_said_once(digits, ends):
    assert ways_between(digits, [ends[0], ends[0]], 12) == (
        [],
        ["both ends are the same place: choose another"],
    )
    three = [ends[0], ends[1], ends[1]]
    assert ways_between(digits, three, 12) == ([], ["places 2 and 3 are the same: choose another"])


def test_models_with_few_codes_are_named_before_anything_is_worked_out(tmp_path):
    def found(rows):
        name = f"tiny-{rows}"
        files = folder_files(rows=rows)
        model = LatentModel(write_tiny(tmp_path / name, files=files))
        places = [End("a", np.float32([0, 0]), None), End("b", np.float32([1, 1]), None)]
        ways, problems = ways_between(model, places, 12)
        return [way.kind for way in ways], problems

    kinds, (problem,) = found(0)
    assert kinds == [] and "no codes of held-out images that differ" in problem
    kinds, (problem,) = found(6)
    assert kinds == ["constant", "lerp", "slerp"] and "takes at least 20" in problem


def test_ways_that_there_are_not_are_left_out(digits, ends):
    ways, _ = ways_between(digits, ends, 12)
    broken = replace(ways[0], codes=fails, film=fails)
    assert list(existing([broken, *ways[1:]])) == [way.title for way in ways[1:]]
    words = words_on_difference([way.film().report for way in ways[1:]])
    assert difference_between([broken, *ways[1:]]) == words
    assert difference_between([broken, ways[1]]) == ""


def test_facts_are_few_words_with_their_meaning():
    report = PathReport(
        "lerp",
        np.array([0, 1.26, 0], np.float32),
        np.array([3, 1], np.float32),
        np.array([0.9, 0.6, 0.9], np.float32),
    )
    film = Film(np.zeros((3, 2), np.float32), report)
    texts = [text for text, _ in facts_of(film)]
    assert texts == ["at most 1.3 × from the data", "1 of 3 unclear", "uneven pace", "length 4"]
    assert all(meaning for _, meaning in facts_of(film))
    clear = Film(film.codes, replace(report, confidence=np.ones(3, np.float32)))
    assert facts_of(clear)[1][0] == "none of 3 unclear"


@given(st.floats(0, 10))
def test_a_pace_has_words(variation):
    order = ["even pace", "nearly even pace", "uneven pace", "change comes in jumps"]
    assert order.index(pace_in_words(variation)) == sum(variation > most for most in (0.05, 0.25, 0.6))
