"""Concepts with their figures: as files, hostile ones too, and as a visitor keeps them."""

import json
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vae_core.base.home import notes_folder
from vae_core.base.notes import new_visitor
from vae_core.concepts import Concept, Concepts, DirectionSpec, make_concept, read_concept, store
from vae_core.concepts.concept import model_named_in
from vae_core.maps.points import Points
from vae_core.models.catalogue import load_model

VISITOR = "0123456789abcdef" * 2
CODES = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)


class Tiny:
    name, latent_dim = "tiny", 3


def points(codes=CODES, label=None, model="tiny"):
    rows = np.arange(len(codes))
    labels = rows % 2 if label is None else label
    return Points(model, "held-out", codes, None, labels, rows, np.ones(len(codes), bool))


def made(name="smile", **options):
    order = np.argsort(CODES[:, 0])
    return make_concept(points(), order[-60:], order[:60], name, **options)


def text_of(**changes):
    return json.dumps({**json.loads(made().to_json()), **changes}).encode()


def test_a_concept_has_its_figures():
    found = made(" a\nsmile ", with_words="the third with the most", without_words="the least")
    assert (found.name, found.model, found.method) == ("a smile", "tiny", "balanced")
    assert (found.with_count, found.without_count) == (60, 60)
    assert found.digest == points().digest
    assert found.auc == 1
    assert 0.9 < found.certainty.low <= found.certainty.middle <= found.certainty.high <= 1
    assert found.notes == ()
    length = np.linalg.norm(found.vector)
    assert (CODES @ (found.vector / length)).std() == pytest.approx(length, rel=1e-4)


def test_a_concept_moves_codes_by_its_direction():
    found = made()
    codes = CODES[:4]
    np.testing.assert_allclose(found.apply(codes, -2), codes - 2 * found.vector, rtol=1e-5, atol=1e-6)
    steps = np.array([0.0, 1, 2, 3])
    moved = found.apply(codes, steps)
    assert moved.dtype == np.float32
    np.testing.assert_array_equal(moved[0], codes[0])
    np.testing.assert_allclose(moved[3], codes[3] + 3 * found.vector, rtol=1e-5, atol=1e-6)
    for strength in (np.nan, 101, [1, 2], "much", None):
        with pytest.raises(ValueError, match="strength is"):
            found.apply(codes, strength)
    with pytest.raises(ValueError, match="shape"):
        found.apply(np.zeros((2, 4)), 1)


def test_cosines_between_concepts():
    found = made()
    assert found.cosine(found) == pytest.approx(1)
    assert found.cosine(made(others=[[0, 1, 1]])) == pytest.approx(1, abs=0.1)
    assert made(others=[[0, 1, 1]]).vector @ [0, 1, 1] == pytest.approx(0, abs=1e-6)
    with pytest.raises(ValueError, match="nothing of the direction is left"):
        made(others=[found.direction])
    with pytest.raises(ValueError, match="is of another"):
        found.cosine(found.model_copy(update={"model": "another"}))


def test_what_speaks_against_a_concept_is_said():
    generator = np.random.default_rng(1)
    rows = generator.permutation(200)
    few = make_concept(points(), rows[:5], rows[5:12], "noise")
    assert any("Too few examples: 5 with and 7 without" in note for note in few.notes)
    assert any("uncertain" in note for note in few.notes)
    noise = make_concept(points(), rows[:80], rows[80:160], "noise")
    assert any("hardly separable" in note and "0.50 is chance" in note for note in noise.notes)
    flat = make_concept(
        points(CODES[:, :2]), np.argsort(CODES[:, 0])[-60:], np.argsort(CODES[:, 0])[:60], "x"
    )
    assert any("two dimensions" in note for note in flat.notes)


def test_one_class_against_another_is_the_plain_difference():
    labels = (CODES[:, 0] > 0).astype(np.int64)
    sides = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    found = make_concept(points(label=labels), *sides, "cat to dog")
    assert found.method == "plain"
    assert any("plain difference" in note for note in found.notes)
    # Who asks for plain is told nothing new; who names labels to balance over gets what was asked for.
    assert made(spec=DirectionSpec(method="plain")).notes == ()
    with pytest.raises(ValueError, match="nothing can be balanced"):
        make_concept(points(label=labels), *sides, "cat to dog", labels=labels)
    balanced = make_concept(points(label=labels), *sides, "cat to dog", labels=np.arange(200) % 3)
    assert balanced.method == "balanced"


@pytest.mark.parametrize(
    ("rows", "name", "problem"),
    [
        (([], [1, 2]), "x", "no pictures with"),
        (([1], [2, 3]), "x", "1 picture with"),
        (([1, 1], [2, 3]), "x", "1 picture with"),
        (([1, 2], [2, 3]), "x", "1 picture is both"),
        (([1, 200], [2, 3]), "x", "rows go from 1 to 200"),
        (([0.5, 1], [2, 3]), "x", "rows have dtype"),
        (([0, 1], [2, 3]), " \n", "the concept has no name|no name"),
        (([0, 1], [2, 3]), "x" * 61, "61 characters"),
        (([0, 1], [2, 3]), None, "the name is None"),
    ],
)
def test_what_makes_no_concept(rows, name, problem):
    with pytest.raises(ValueError, match=problem):
        make_concept(points(), *rows, name)


# As a file.


def test_a_concept_comes_back_from_its_file():
    found = made()
    content = found.to_json().encode()
    assert read_concept(content, Tiny) == found
    assert json.loads(content)["format"] == "latent-lab-concept-1"
    assert model_named_in(content) == "tiny"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no concept that was saved here"),
        (b"\xff\xfe", "no concept"),
        (b"[]", "no concept"),
        (b"[" * 60_000, "no concept"),
        (b" " * 270_000, "270,000 bytes"),
        (text_of(format="latent-lab-group-1"), "no concept"),
        (text_of(surplus=1), "no concept"),
        (text_of(model="../tiny"), "no concept"),
        (text_of(model="other"), "of the model other: open that model"),
        (text_of(direction=[1.0, 2.0], fan=[]), "2 numbers: a code of tiny has 3"),
        (text_of(direction=[1.0, 2.0]), "a draw has 3 numbers, the direction 2"),
        (text_of(direction=[1.0, float("nan"), 0.0]), "no concept.*direction.1"),
        (text_of(direction=[1.0, float("inf"), 0.0]), "no concept"),
        (text_of(direction=[1e308, 0.0, 0.0]), "no concept.*direction.0"),
        (text_of(direction=[1001.0, 0.0, 0.0]), "no concept"),
        (text_of(direction=[0.0, 0.0, 0.0]), "no concept.*leads nowhere"),
        (text_of(direction=[]), "no concept"),
        (text_of(direction=["<b>", 0, 0]), "no concept"),
        (text_of(name=""), "no concept"),
        (text_of(name="x" * 61), "no concept"),
        (text_of(name=["x"]), "no concept"),
        (text_of(digest="0"), "no concept"),
        (text_of(auc=1.5), "no concept"),
        (text_of(with_count=-1), "no concept"),
        (text_of(certainty={"low": -2, "middle": 0, "high": 1}), "no concept"),
        (text_of(method="eval"), "no concept"),
        (text_of(notes=["x"] * 11), "no concept"),
        (text_of(with_words="x" * 121), "no concept"),
    ],
)
def test_files_that_are_no_concept_of_the_model(content, problem):
    with pytest.raises(ValueError, match=problem) as caught:
        read_concept(content, Tiny)
    assert "\n" not in str(caught.value)


def test_a_name_is_only_text():
    found = read_concept(text_of(name="../../a\x00<script>alert(1)</script>\n", notes=["a\x1b[31m  b"]), Tiny)
    assert found.name == "../../a <script>alert(1)</script>"
    assert found.notes == ("a [31m b",)


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_refused_in_one_line(content):
    with pytest.raises(ValueError) as caught:
        read_concept(content, Tiny)
    assert "\n" not in str(caught.value)


# As a visitor keeps them.


@pytest.fixture
def kept():
    return Concepts(VISITOR)


def list_file(model="tiny"):
    return notes_folder(model) / "concepts" / VISITOR / "concepts.json"


def test_what_was_kept_comes_back_newest_first(kept):
    first, second = kept.keep(made()), kept.keep(made("frown"))
    assert [one.name for one in kept.of("tiny")] == ["frown", "smile"]
    assert kept.of("tiny") == [second, first]
    assert first.concept == made()
    assert kept.of("other") == kept.of("../tiny") == Concepts(new_visitor()).of("tiny") == []


def test_renaming_and_removing(kept):
    first, second = kept.keep(made()), kept.keep(made("frown"))
    renamed = kept.rename(first, " wide\tsmile ")
    assert (renamed.name, renamed.id) == ("wide smile", first.id)
    assert kept.of("tiny") == [second, renamed]
    with pytest.raises(ValueError, match="no name"):
        kept.rename(renamed, " ")
    kept.remove(renamed)
    kept.remove(renamed)
    assert kept.of("tiny") == [second]
    with pytest.raises(ValueError, match="is gone: reload"):
        kept.rename(renamed, "x")
    Concepts(new_visitor()).remove(second)
    assert kept.of("tiny") == [second]


def test_an_exported_concept_can_be_brought_in_elsewhere(kept):
    one = kept.keep(made())
    elsewhere = Concepts(new_visitor())
    brought = elsewhere.import_(kept.export(one), Tiny)
    assert brought.concept == one.concept
    assert elsewhere.of("tiny") == [brought]
    with pytest.raises(ValueError, match="open that model"):
        elsewhere.import_(kept.export(one), load_model("mnist-16d"))
    assert len(elsewhere.of("tiny")) == 1


def test_there_is_a_most(kept, monkeypatch):
    monkeypatch.setattr(store, "MAXIMUM_CONCEPTS", 2)
    for _ in range(2):
        kept.keep(made())
    with pytest.raises(ValueError, match="2 concepts of tiny are kept"):
        kept.keep(made())
    assert len(kept.of("tiny")) == 2


def test_two_at_once_lose_nothing(kept):
    concept = made()
    threads = [threading.Thread(target=lambda: Concepts(VISITOR).keep(concept)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.id for one in kept.of("tiny")}) == 8


@pytest.mark.parametrize("content", [b"?", b"[]x", b'[{"id": 1}]', b"\x00" * 100])
def test_a_damaged_list_is_moved_aside(kept, content):
    kept.keep(made())
    list_file().write_bytes(content)
    assert kept.of("tiny") == []
    kept.keep(made("again"))
    assert [one.name for one in kept.of("tiny")] == ["again"]
    assert list_file().with_name("concepts.json.damaged-1").read_bytes() == content


def test_a_concept_of_another_model_in_the_list_is_damage(kept):
    kept.keep(made())
    values = json.loads(list_file().read_bytes())
    values[0]["concept"]["model"] = "other"
    list_file().write_text(json.dumps(values))
    assert kept.of("tiny") == []


@given(st.recursive(st.none() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3)))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_the_list_nothing_raises(kept, value):
    list_file().parent.mkdir(parents=True, exist_ok=True)
    list_file().write_text(json.dumps(value))
    assert kept.of("tiny") == []


@pytest.mark.parametrize("visitor", ["", "../x", "A" * 32, None])
def test_a_visitor_is_checked(visitor):
    with pytest.raises(ValueError, match="visitor is"):
        Concepts(visitor)


def test_the_exported_concept_is_plain_json(kept):
    values = json.loads(kept.export(kept.keep(made())))
    assert Concept.checked(values) == made()
