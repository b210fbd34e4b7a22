"""Opinions on pictures: the classifiers that ship, and what a foreign file may not do."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from onnx import helper

from tests.support.tiny_models import graph, reload_graph
from vae_core import list_models, load_model
from vae_core.base.home import classifiers_folder
from vae_core.datasets import DATASETS, digits, faces, sprites
from vae_core.models.catalogue import list_damaged_models
from vae_core.models.classifiers import MAXIMUM_BYTES, METADATA_KEY, classifier_for, doubt, read_classifier
from vae_core.models.sessions import CHUNK_ROWS

NAMES = ("digits", "faces", "fashion-mnist", "mnist", "quickdraw", "sprites")
# What each was measured to reach, less a little for another machine's rounding in a new training.
LOWEST = dict(zip(NAMES, (0.98, 0.99, 0.9, 0.985, 0.9, 0.99), strict=True))
FACTS = {
    "dataset": "digits",
    "class_names": ["dark", "bright"],
    "input_shape": [2, 2, 1],
    "accuracy": 0.5,
    "test_images": 4,
    "command": "by hand",
}


def shipped(name):
    return read_classifier((classifiers_folder() / f"{name}.onnx").read_bytes())


def brightness_judge(facts=FACTS, **changes):
    """An ONNX file whose logits are 0 and the sum of the four pixels."""
    content = graph(
        "judge",
        [
            helper.make_node("Flatten", ["images"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        ],
        [("images", [2, 2, 1])],
        [("logits", [2])],
        {"weights": np.array([[0, 1]] * 4, np.float32)},
    )
    return with_metadata(content, json.dumps({**facts, **changes}))


def with_metadata(content, text):
    model = reload_graph(content)
    helper.set_model_props(model, {METADATA_KEY: text})
    return model.SerializeToString()


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("vae_core.base.home.pretrained_folder", lambda: tmp_path)
    (tmp_path / "classifiers").mkdir()
    return tmp_path / "classifiers"


@pytest.mark.parametrize("name", NAMES)
def test_what_ships_is_small_and_says_what_it_is(name):
    assert (classifiers_folder() / f"{name}.onnx").stat().st_size <= MAXIMUM_BYTES
    classifier = shipped(name)
    assert classifier.facts.dataset == name
    assert name in DATASETS
    assert LOWEST[name] <= classifier.facts.accuracy <= 1
    assert classifier.facts.test_images >= 360
    assert classifier.facts.command == f"python -m vae_core.training.shipped.classifiers {name}"


def test_every_file_is_named_above_and_in_the_card():
    assert {path.stem for path in classifiers_folder().glob("*.onnx")} == set(NAMES)
    card = (classifiers_folder() / "README.md").read_text(encoding="utf-8")
    for name in NAMES:
        classifier = shipped(name)
        row = (
            f"`{name}` | {', '.join(classifier.facts.class_names)} | {100 * classifier.facts.accuracy:.2f} %"
        )
        assert f"{row} of {classifier.facts.test_images:,} |" in card


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_probabilities_for_any_pictures(name):
    classifier = shipped(name)
    images = np.random.default_rng(0).random((CHUNK_ROWS + 1, *classifier.facts.input_shape))
    images[0], images[1] = 0, 1
    rows = classifier.probabilities(images)
    assert rows.dtype == np.float32
    assert rows.shape == (CHUNK_ROWS + 1, len(classifier.facts.class_names))
    assert rows.min() >= 0
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-5)
    # A row depends on its picture only, whichever chunk it falls into.
    np.testing.assert_allclose(classifier.probabilities(images[-1:]), rows[-1:], atol=1e-5)


@pytest.mark.parametrize(
    ("name", "classes"), [("digits", digits.CLASSES), ("sprites", sprites.SHAPES), ("faces", faces.CLASSES)]
)
def test_the_recorded_accuracy_is_that_of_the_test_split(name, classes):
    test, classifier = DATASETS[name].load_test(None, None), shipped(name)
    assert classifier.facts.class_names == classes
    assert classifier.facts.test_images == len(test)
    right = classifier.probabilities(test.images).argmax(axis=1) == test.labels
    assert right.mean() == pytest.approx(classifier.facts.accuracy, abs=0.005)


def test_digits_decoded_amid_their_class_are_taken_for_it():
    model = load_model("mnist-2d")
    classifier = classifier_for(model.spec)
    codes, labels = model.latents.z_mean, model.latents.label
    chosen, wanted = [], []
    for label in range(10):
        own = codes[labels == label]
        distance = np.linalg.norm(own - np.median(own, axis=0), axis=1)
        chosen.append(own[np.argsort(distance)[:50]])
        wanted += [classifier.facts.class_names.index(model.spec.class_names[label])] * 50
    rows = classifier.probabilities(model.decode(np.concatenate(chosen)))
    assert (rows.argmax(axis=1) == wanted).mean() >= 0.85
    everywhere = classifier.probabilities(model.decode(codes[:1000])).argmax(axis=1)
    assert (everywhere == labels[:1000]).mean() >= 0.78


def test_every_shipped_model_has_a_classifier_and_the_folder_of_them_is_no_model():
    models = list_models()
    assert {model.spec.dataset for model in models} == set(NAMES)
    for model in models:
        assert classifier_for(model.spec).facts.input_shape == model.input_shape
    assert "classifiers" not in {model.name for model in [*models, *list_damaged_models()]}
    with pytest.raises(ValueError, match="'classifiers' is no model"):
        load_model("classifiers")


def test_a_model_of_ones_own_may_be_called_classifiers(temporary_home):
    (temporary_home / "models" / "classifiers").mkdir(parents=True)
    assert [model.name for model in list_damaged_models()] == ["classifiers"]


def test_only_a_classifier_that_knows_the_model_s_pictures_and_classes_is_given():
    spec = load_model("digits-2d").spec
    same = classifier_for(spec)
    assert classifier_for(spec) is same
    assert classifier_for(spec.model_copy(update={"class_names": ("7", "1")})) is same
    for changes in (
        {"dataset": "my-photos"},
        {"dataset": "readme.md"},
        {"class_names": ("1", "owl")},
        {"input_shape": (28, 28, 3)},
    ):
        assert classifier_for(spec.model_copy(update=changes)) is None


def test_probabilities_of_known_logits():
    classifier = read_classifier(brightness_judge())
    images = np.array([0, 0.25, 1])[:, np.newaxis, np.newaxis, np.newaxis] * np.ones((2, 2, 1))
    bright = 1 / (1 + np.exp(-4 * np.array([0, 0.25, 1])))
    expected = np.stack([1 - bright, bright], axis=1)
    np.testing.assert_allclose(classifier.probabilities(images), expected, rtol=1e-5)
    assert classifier.probabilities(np.zeros((0, 2, 2, 1))).shape == (0, 2)
    assert classifier.facts.class_names == ("dark", "bright")


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.zeros((1, 3, 3, 1)), "shape"),
        (np.full((1, 2, 2, 1), np.nan), "NaN"),
        (np.full((1, 2, 2, 1), 255), "divide bytes"),
        ("words", "dtype"),
    ],
)
def test_unusable_pictures_are_refused(images, words):
    with pytest.raises(ValueError, match=words):
        read_classifier(brightness_judge()).probabilities(images)


def hostile(kind):
    model = reload_graph(brightness_judge())
    if kind == "operator":
        model.graph.node[0].op_type = "RandomNormalLike"
    elif kind == "subgraph":
        model.graph.node[0].attribute.append(helper.make_attribute("body", model.graph))
    elif kind == "input":
        return with_metadata(brightness_judge(), json.dumps({**FACTS, "input_shape": [3, 2, 1]}))
    elif kind == "output":
        model.graph.node[1].output[0] = model.graph.output[0].name = "opinion"
    elif kind == "size":
        model.doc_string = "x" * MAXIMUM_BYTES
    elif kind == "silent":
        del model.metadata_props[:]
    return model.SerializeToString()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("operator", "operator 'RandomNormalLike'"),
        ("subgraph", "subgraph"),
        ("input", "does not take 'images'"),
        ("output", "does not give 'logits'"),
        ("size", "at most 500,000"),
        ("silent", "no metadata 'classifier'"),
    ],
)
def test_a_hostile_file_is_refused_by_name(own_folder, kind, words):
    (own_folder / "digits.onnx").write_bytes(hostile(kind))
    with pytest.raises(ValueError, match=rf"digits\.onnx .*{words}"):
        classifier_for(load_model_spec())


def test_a_classifier_of_other_pictures_under_this_name_is_refused(own_folder):
    (own_folder / "digits.onnx").write_bytes(brightness_judge(dataset="mnist"))
    with pytest.raises(ValueError, match=r"digits\.onnx is of 'mnist', expected 'digits'"):
        classifier_for(load_model_spec())


def load_model_spec():
    """The spec of a model that the judge fits."""
    changes = {"dataset": "digits", "class_names": ("bright",), "input_shape": (2, 2, 1)}
    return load_model("digits-2d").spec.model_copy(update=changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"accuracy": 1.5},
        {"accuracy": None},
        {"class_names": ["alone"]},
        {"class_names": "words"},
        {"test_images": 0},
        {"dataset": "../../etc"},
        {"input_shape": [0, 2, 1]},
        {"more": 1},
    ],
)
def test_metadata_that_cannot_be_are_refused(changes):
    with pytest.raises(ValueError, match=next(iter(changes))) as refusal:
        read_classifier(brightness_judge(**changes))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "[" * 100_000])
def test_metadata_that_are_no_json_object_are_refused(text):
    with pytest.raises(ValueError, match="specification"):
        read_classifier(with_metadata(brightness_judge(), text))


def test_a_file_that_changed_is_read_again(own_folder):
    spec = load_model_spec()
    assert classifier_for(spec) is None
    for accuracy in (0.5, 0.25):
        (own_folder / "digits.onnx").write_bytes(brightness_judge(accuracy=accuracy))
        assert classifier_for(spec).facts.accuracy == accuracy


def test_a_graph_that_answers_in_another_shape_or_with_nan_is_refused():
    more = read_classifier(brightness_judge(class_names=["a", "b", "c"]))
    with pytest.raises(ValueError, match=r"answers in shape \(1, 2\)"):
        more.probabilities(np.zeros((1, 2, 2, 1)))
    model = reload_graph(brightness_judge())
    model.graph.node[1].output[0] = "sums"
    model.graph.node.append(helper.make_node("Div", ["sums", "sums"], ["logits"]))
    with pytest.raises(ValueError, match="NaN"):
        read_classifier(model.SerializeToString()).probabilities(np.zeros((1, 2, 2, 1)))


def test_doubt_of_known_rows():
    rows = [[1, 0, 0, 0], [0.25] * 4, [0.5, 0.5, 0, 0]]
    np.testing.assert_allclose(doubt(rows), [0, 1, 0.5], atol=1e-6)
    assert doubt(np.zeros((0, 3))).shape == (0,)


@given(arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(2, 9)), elements=st.floats(0, 1)))
def test_doubt_is_a_share_whatever_the_order_of_classes(weights):
    rows = (weights + 1e-9) / (weights + 1e-9).sum(axis=1, keepdims=True)
    values = doubt(rows)
    assert values.shape == (len(rows),)
    assert ((values >= 0) & (values <= 1)).all()
    np.testing.assert_allclose(doubt(rows[:, ::-1]), values, atol=1e-6)


@pytest.mark.parametrize("wrong", [[0.5, 0.5], [[1.0]], [[0.5, 0.6]], [[-0.5, 1.5]], [[np.nan, 1]]])
def test_what_are_no_probabilities_have_no_doubt(wrong):
    with pytest.raises(ValueError, match="probabilities"):
        doubt(wrong)
