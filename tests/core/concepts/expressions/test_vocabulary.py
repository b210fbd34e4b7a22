"""What names mean: pictures, classes, groups and concepts, and what is said where they mean nothing."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from vae_core.concepts.expressions import ExpressionProblem, evaluate, parse, vocabulary_of
from vae_core.maps.points import Points

CODES = np.array([[0, 0], [2, 0], [4, 2], [0, 4], [6, 6], [8, 0]], np.float32)
LABELS = np.array([0, 1, 0, 2, 0, -1])
NAMES = ("cat", "hot dog", "T-shirt", "nothing")


def model(names=NAMES, dataset="quickdraw", dimensions=2):
    training = SimpleNamespace(dataset=dataset)
    spec = SimpleNamespace(class_names=names, training=training)
    return SimpleNamespace(name="tiny", latent_dim=dimensions, spec=spec)


def points(codes=CODES, labels=LABELS):
    index = np.arange(len(codes))
    return Points("tiny", "held-out", codes, None, labels, index, np.ones(len(codes), np.bool_))


def vocabulary(concepts=None, groups=None, **settings):
    concepts = {"smile": [1, 0], "hair length": [0, 1], "hot dog": [1, 1]} if concepts is None else concepts
    groups = {"mine": [1, 2], "empty": np.array([], np.int64)} if groups is None else groups
    return vocabulary_of(model(**settings), points(), concepts, groups)


def result(text, known=None):
    return evaluate(parse(text), known or vocabulary()).result.tolist()


def problem(text, known=None):
    with pytest.raises(ExpressionProblem) as caught:
        evaluate(parse(text), known or vocabulary())
    assert str(caught.value).isprintable()
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat:0", [0, 0]),
        ("cat:2", [6, 6]),
        ("CAT:2", [6, 6]),
        ("picture:5", [8, 0]),
        ("row:3", [0, 4]),
        ("doodle:1", [2, 0]),
        ("Doodle:1", [2, 0]),
        ('"hot dog":0', [2, 0]),
        ('"t-shirt"', [0, 4]),
        ("cat", [10 / 3, 8 / 3]),
        ('class:"hot dog"', [2, 0]),
        ("mine", [3, 1]),
        ('group:"Mine"', [3, 1]),
        ("cat:0 + smile", [1, 0]),
        ('cat:0 + concept:"hot dog"', [1, 1]),
        ('cat:0 + "hair  LENGTH"', [0, 1]),
    ],
)
def test_names_and_pictures(text, expected):
    np.testing.assert_allclose(result(text), expected, rtol=1e-6)


def test_a_class_has_its_name_before_the_word_of_the_data_but_not_before_picture():
    known = vocabulary(names=("doodle", "picture"), concepts={}, groups={})
    assert result("doodle:1", known) == [4, 2]
    assert result("picture:1", known) == [2, 0]


def test_every_data_set_has_a_word_for_a_picture_and_others_have_the_common_ones():
    for dataset, word in (("mnist", "digit"), ("faces-grey", "face"), ("sprites", "sprite")):
        assert result(f"{word}:4", vocabulary(dataset=dataset)) == [6, 6]
    assert result("picture:4", vocabulary(dataset="own")) == [6, 6]
    assert "there is no class 'digit'" in str(problem("digit:4", vocabulary(dataset="own")))


def test_models_without_classes_have_pictures():
    known = vocabulary(names=(), concepts={}, groups={})
    assert result("row:4", known) == [6, 6]
    assert result("row:4", vocabulary(names=None, concepts={}, groups={})) == [6, 6]
    assert "nothing has a name here" in str(problem("cat", known))


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("row:0 + smlie", "smlie", "there is no 'smlie': did you mean smile"),
        ("row:0 + hairlength", "hairlength", 'did you mean "hair length"?'),
        ("hair", "hair", 'did you mean "hair length"?'),
        ("t-shirt", "t", 'did you mean "T-shirt"?'),
        ("row:0 - zzz", "zzz", 'expected one of cat, "hot dog", "T-shirt", nothing, mine, empty, smile'),
        ("2*concept:cat", "concept:cat", "there is no concept 'cat': expected one of smile"),
        ("group:smile", "group:smile", "there is no group 'smile'"),
        (
            '"hot dog" - row:1',
            '"hot dog"',
            'is a class and a concept: write class:"hot dog" or concept:"hot dog"',
        ),
        ("doodle + cat", "doodle", "needs the number of a picture: expected doodle:5"),
        ("row:0 + cat:3", "3", "there is no picture 3 of 'cat': expected 0 to 2"),
        ("picture:6", "6", "there is no picture 6 of 'picture': expected 0 to 5"),
        ("nothing:0", "0", "there are none"),
        ("row:0 + nothing", "nothing", "the class 'nothing' has no pictures here"),
        ("empty", "empty", "the group 'empty' has no pictures here"),
        ("dag:3", "dag", "there is no class 'dag' to take a picture of"),
        ("cta:3", "cta", "did you mean cat:3?"),
        ("hot:3", "hot", 'did you mean "hot dog":3?'),
        ("smile:2", "smile", "there is no class 'smile'"),
    ],
)
def test_an_unknown_name_is_pointed_at(text, at, message):
    found = problem(text)
    assert message in str(found)
    assert text[found.position : found.position + found.length] == at


def test_names_that_differ_in_case_alone_must_be_written_exactly():
    known = vocabulary(concepts={"Smile": [1, 0], "smile": [0, 1]}, groups={})
    assert result("row:0 + smile", known) == [0, 1]
    assert result("row:0 + Smile", known) == [1, 0]
    assert "2 concept names but for upper and lower case: write concept:Smile" in str(problem("SMILE", known))


def test_many_names_are_not_all_listed():
    known = vocabulary(concepts={f"idea {number}": [1, 0] for number in range(300)}, groups={})
    assert str(problem("xyz", known)).endswith("…")
    assert len(str(problem("xyz", known))) < 200


@pytest.mark.parametrize(
    ("concepts", "groups", "message"),
    [
        ({"a": [1, 2, 3]}, {}, r"'a' has dtype int64 and shape \(3,\): expected real numbers \(2,\)"),
        ({"a": [[1, 2]]}, {}, "expected real numbers"),
        ({"a": [[1], [1, 2]]}, {}, "'a' is ragged"),
        ({"a": ["x", "y"]}, {}, "expected real numbers"),
        ({"a": [np.nan, 1]}, {}, "holds NaN or infinite values"),
        ({"a": [1, np.inf]}, {}, "holds NaN or infinite values"),
        ({"a": [1, -1e308]}, {}, "goes beyond ±1,000"),
        ({" ": [1, 2]}, {}, "expected 1 to 200 printable characters"),
        ({"a\nb": [1, 2]}, {}, "expected 1 to 200 printable characters"),
        ({"a" * 201: [1, 2]}, {}, "expected 1 to 200 printable characters"),
        ({}, {"": [1]}, "expected 1 to 200 printable characters"),
        ({}, {"a": [6]}, "expected 0 to 5"),
        ({}, {"a": [0.5]}, "expected whole numbers"),
    ],
)
def test_a_vocabulary_of_bad_things_is_refused(concepts, groups, message):
    with pytest.raises(ValueError, match=message):
        vocabulary_of(model(), points(), concepts, groups)


def test_points_of_another_model_are_refused():
    with pytest.raises(ValueError, match="the points have 2 dimensions: tiny has 3"):
        vocabulary_of(model(dimensions=3), points(), {}, {})


def test_a_model_without_codes_has_no_pictures():
    empty = replace(
        points(),
        z_mean=np.empty((0, 2), np.float32),
        label=np.empty(0, np.int64),
        index=np.empty(0, np.int64),
        is_test=np.empty(0, np.bool_),
    )
    known = vocabulary_of(model(), empty, {"smile": [1, 0]}, {})
    assert result("smile", known) == [1, 0]
    assert "there are none" in str(problem("picture:0", known))
    assert "has no pictures here" in str(problem("cat", known))


def test_a_name_with_a_script_is_a_name():
    known = vocabulary(concepts={'<script>alert("1")</script>/..': [1, 1]}, groups={})
    assert result(r'row:0 + "<script>alert(\"1\")</script>/.."', known) == [1, 1]
