"""What expressions mean: sums, running sums, and what is said of the result, on models that ship."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core import load_model
from vae_core.concepts.expressions import ExpressionProblem, evaluate, nearest, parse, vocabulary_of
from vae_core.maps.points import held_out_points

GENERATOR = np.random.default_rng(8)
SMILE, GLASSES = GENERATOR.normal(size=(2, 16))


def _vocabulary(name, concepts=None, groups=None):
    model = load_model(name)
    return vocabulary_of(model, held_out_points(model), concepts or {}, groups or {})


@pytest.fixture(scope="module")
def mnist():
    return _vocabulary("mnist-16d", {"thickness": SMILE})


@pytest.fixture(scope="module")
def doodles():
    return _vocabulary("doodles-32d", {"doggish": np.ones(32)}, {"my cats": [3, 1], "nobody": []})


@pytest.fixture(scope="module")
def faces():
    return _vocabulary("faces-16d", {"smile": SMILE, "glasses": GLASSES, "hair length": SMILE + 1})


def value(text, vocabulary):
    return evaluate(parse(text), vocabulary)


def class_mean(vocabulary, label):
    points = vocabulary.points
    return points.z_mean[points.label == label].mean(axis=0, dtype=np.float64)


def close(code, expected):
    np.testing.assert_allclose(code, expected, rtol=1e-5, atol=1e-5)


def test_digits_are_classes_where_a_term_is_expected(mnist):
    evaluation = value("7 - 1 + 4", mnist)
    means = [class_mean(mnist, label) for label in (7, 1, 4)]
    assert [(step.text, step.sign, step.factor, step.kind) for step in evaluation.steps] == [
        ("7", 1, 1.0, "class"),
        ("1", -1, 1.0, "class"),
        ("4", 1, 1.0, "class"),
    ]
    for step, mean in zip(evaluation.steps, means, strict=True):
        close(step.code, mean)
        close(step.shown, mean)
    close(evaluation.steps[0].partial, means[0])
    close(evaluation.steps[1].partial, means[0] - means[1])
    close(evaluation.steps[2].partial, means[0] - means[1] + means[2])
    close(evaluation.result, evaluation.steps[2].partial)
    assert evaluation.result.dtype == np.float32
    assert evaluation.notes == ()
    assert evaluation.weight == 1


def test_a_cat_minus_a_cat_is_a_difference(doodles):
    evaluation = value("cat:12 - cat:40", doodles)
    cats = np.flatnonzero(doodles.points.label == 0)
    assert [step.row for step in evaluation.steps] == [cats[12], cats[40]]
    assert evaluation.rows == (cats[12], cats[40])
    codes = doodles.points.z_mean
    close(evaluation.result, codes[cats[12]] - codes[cats[40]])
    assert evaluation.weight == 0
    assert not evaluation.start.any()
    assert "the result is a difference" in evaluation.notes[0]
    pictures = load_model("doodles-32d").decode(evaluation.result[np.newaxis])
    assert np.isfinite(pictures).all()
    assert value("cat:12 - cat:40 + dog:3", doodles).notes == ()


def test_a_concept_moves_a_picture_by_standard_deviations(faces):
    evaluation = value("face:5 + 1.5*smile", faces)
    close(evaluation.result, faces.points.z_mean[5] + 1.5 * SMILE)
    picture, concept = evaluation.steps
    assert (picture.row, picture.kind, picture.weight) == (5, "picture", 1)
    assert (concept.row, concept.kind, concept.weight) == (None, "concept", 0)
    assert (concept.name, concept.text, concept.factor) == ("smile", "1.5*smile", 1.5)
    close(concept.code, SMILE)
    close(concept.shown, faces.points.z_mean.mean(axis=0) + SMILE)
    for same in ("smile*1.5 + face:5", "face:5 - -3*smile/2", "face:5 + (1 + 0.5)*smile", "row:5+smile*3/2"):
        close(value(same, faces).result, evaluation.result)


def test_directions_alone_start_from_the_middle_of_all_codes(faces):
    evaluation = value("2*smile - glasses", faces)
    middle = faces.points.z_mean.mean(axis=0, dtype=np.float64)
    close(evaluation.start, middle)
    close(evaluation.steps[0].partial, middle + 2 * SMILE)
    close(evaluation.result, middle + 2 * SMILE - GLASSES)
    assert evaluation.notes == ("No picture is in it: the directions start from the middle of all codes.",)
    close(value("smile + face:5", faces).steps[0].partial, SMILE)


def test_a_group_is_its_mean(doodles):
    evaluation = value('group:"my cats"', doodles)
    close(evaluation.result, doodles.points.z_mean[[1, 3]].mean(axis=0))
    assert (evaluation.steps[0].kind, evaluation.steps[0].row) == ("group", None)


@pytest.mark.parametrize(
    ("text", "factors"),
    [
        ("2*3", {3: 2}),
        ("3*2", {2: 3}),
        ("2*3*4", {4: 6}),
        ("7*0.5", {7: 0.5}),
        ("0.5*7", {7: 0.5}),
        ("7/2", {7: 0.5}),
        ("1/2*7", {7: 0.5}),
        ("7*1/2", {1: 3.5}),
        ("-2*7", {7: -2}),
        ("(7 + 1)/2", {7: 0.5, 1: 0.5}),
        ("(7 - 1)*2", {7: 2, 1: -2}),
        ("2*(7 - 1)", {7: 2, 1: -2}),
        ("(1 + 1)*(7 - 1)", {7: 2, 1: -2}),
        ("(0.5 + 1)*7", {7: 1.5}),
        ("7 - (1 - 4)", {7: 1, 1: -1, 4: 1}),
        ("-(7 - 2*(1 - 4*0.25))", {7: -1, 1: 2, 4: -0.5}),
        ("2*(3*(4))", {4: 6}),
        ("class:3*2 + digit:0*0", {3: 2}),
    ],
)
def test_which_number_is_a_class(mnist, text, factors):
    expected = sum(factor * class_mean(mnist, label) for label, factor in factors.items())
    evaluation = value(text, mnist)
    close(evaluation.result, expected)
    close(evaluation.weight, sum(factors.values()))


def test_a_product_that_could_be_read_otherwise_says_how_it_was(mnist):
    assert value("2*3 - 1", mnist).notes == ("In 2*3 only 3 is read as a class.",)
    assert value("(7 - 1)*2 + 4", mnist).notes == ("In (7 - 1)*2 only 7 - 1 is read as classes.",)
    assert value("0.5*7 + 4/2", mnist).notes == ()


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("face:1 + face:2", "add up to 2, not 1: the result lies beyond"),
        ("face:1/4", "add up to 0.25, not 1: the result lies nearer to 0"),
        ("-face:1", "add up to −1, not 1: the result lies on the other side of 0"),
        ("face:1 - face:2 + smile", "add up to 0: the result is a difference"),
    ],
)
def test_weights_that_are_not_one_are_said(faces, text, note):
    assert note in value(text, faces).notes[-1]


def test_thirds_add_up_to_one(faces):
    assert value("face:1/3 + face:2/3 + face:3/3", faces).notes == ()
    assert value("(face:1 + face:2 + face:3)/3", faces).notes == ()


def test_steps_say_what_was_written_and_where(mnist):
    text = "7 - 2*(1 + 4)/3 + -thickness"
    first, second, third = value(text, mnist).steps
    assert (second.text, second.name, second.kind, second.sign) == ("0.6667*(1 + 4)", "1 + 4", "sum", -1)
    assert second.weight == 2
    assert (third.text, third.sign, third.factor) == ("thickness", -1, 1.0)
    assert [text[step.position :][: step.length] for step in (first, second, third)] == [
        "7",
        "2*(1 + 4)/3",
        "thickness",
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from([-1, 1]), st.integers(0, 99), st.integers(0, 9)), min_size=1, max_size=10
    ),
    st.integers(1, 9),
)
def test_it_is_linear(faces, terms, scale):
    text = "0*face:0" + "".join(
        f" {'+' if sign > 0 else '-'} {hundredths / 100}*face:{row}" for sign, hundredths, row in terms
    )
    codes = faces.points.z_mean.astype(np.float64)
    expected = sum(sign * hundredths / 100 * codes[row] for sign, hundredths, row in terms)
    once, scaled = value(text, faces), value(f"{scale}*({text})", faces)
    np.testing.assert_allclose(once.result, expected, atol=1e-4)
    np.testing.assert_allclose(scaled.result, scale * expected, atol=1e-3)
    np.testing.assert_allclose(value(f"{text} - smile", faces).result, expected - SMILE, atol=1e-4)
    whole = once.start + sum(step.sign * step.factor * step.code for step in once.steps)
    np.testing.assert_allclose(once.result, whole, atol=1e-4)


def test_the_nearest_pictures_are_others_than_those_of_the_expression(faces):
    evaluation = value("face:5 + 0.01*smile + 0*face:9", faces)
    rows, distances = nearest(faces.points, evaluation, 6)
    assert len(rows) == len(distances) == 6
    assert not {5, 9} & set(rows.tolist())
    assert (np.diff(distances) >= 0).all()
    expected = np.linalg.norm(faces.points.z_mean[rows] - evaluation.result, axis=1)
    np.testing.assert_allclose(distances, expected, rtol=1e-4)
    with_own, _ = nearest(faces.points, evaluation, 6, leave_out_own=False)
    assert with_own[0] == 5
    assert len(nearest(faces.points, evaluation, 10**6)[0]) == len(faces.points) - 2
    with pytest.raises(ValueError, match="count is 0"):
        nearest(faces.points, evaluation, 0)


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("smile*glasses", "glasses", "'smile' and 'glasses' are two directions"),
        ("face:5*2*face:6", "face:6", "'face:5' and 'face:6' are two places"),
        ("face:5*smile", "smile", "are a place and a direction"),
        ("face:5*smlie", "smlie", "did you mean smile?"),
        ("smile + face:5/smile", "smile", "one can divide by numbers only"),
        ("face:5/0", "0", "this divides by 0"),
        ("face:5/(1 - 1)", "1 - 1", "this divides by 0"),
        ("face:5*(1/0.0)", "0.0", "this divides by 0"),
        ("face:5/0.0001", "0.0001", "as large as 10,000"),
        ("1000*1000*smile", "1000", "as large as 1e+06"),
        ("(1000 + 1)*smile", "1", "as large as 1,001"),
        ("face:1 + 1000*face:5", "1000*face:5", "here a coordinate gets as large as"),
        ("900*(800*(700*smile))", "800", "as large as 720,000"),
        ("2*3", "2*3", "'2*3' is the number 6"),
        ("face:5 + 2", "2", "found the number 2 where it multiplies nothing: expected a picture"),
        ("5", "5", "as in face:5"),
    ],
)
def test_what_means_nothing_is_pointed_at(faces, text, at, message):
    with pytest.raises(ExpressionProblem) as caught:
        value(text, faces)
    problem = caught.value
    assert message in str(problem)
    assert text[problem.position : problem.position + problem.length] == at
    assert problem.position == text.rindex(at)


def test_a_number_that_is_no_class_names_the_classes(mnist):
    with pytest.raises(ExpressionProblem, match="expected one of the classes 0, 1, 2, 3") as caught:
        value("7 - 12", mnist)
    assert (caught.value.position, caught.value.length) == (4, 2)
    with pytest.raises(ExpressionProblem, match=r"'10\*2\.5' is the number 25"):
        value("10*2.5", mnist)


PIECES = [
    " + ",
    " - ",
    "*",
    "/",
    "(",
    ")",
    "-",
    "7",
    "1",
    "0.5",
    "0",
    "1000",
    "7:3",
    "digit:99999",
    "thickness",
    "x",
]


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map("".join))
def test_any_expression_has_a_meaning_or_a_problem_in_one_line(mnist, text):
    try:
        evaluation = value(text, mnist)
    except ExpressionProblem as problem:
        assert 0 <= problem.position <= problem.position + problem.length <= len(text)
        assert str(problem).isprintable()
    else:
        assert np.isfinite(evaluation.result).all()
        assert np.abs(evaluation.result).max() <= 1000
        assert all(step.factor >= 0 and step.sign in (-1, 1) for step in evaluation.steps)
        assert all(note.isprintable() for note in evaluation.notes)


def test_two_hundred_terms_and_fifty_brackets_are_evaluated(mnist):
    evaluation = value("-".join(["7"] * 200), mnist)
    assert len(evaluation.steps) == 200
    assert evaluation.weight == -198
    deep = "0.5*(1 + " * 49 + "7" + ")" * 49
    close(value(deep, mnist).weight, 1.0)
    assert len(value("*".join(["1"] * 200), mnist).steps) == 1
