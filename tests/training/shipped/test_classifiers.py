"""A classifier trained here reads back, and its augmentation keeps pictures what they are."""

import numpy as np
import pytest

from vae_core.datasets import load_dataset
from vae_core.models.classifiers import read_classifier

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def classifiers(keras):
    from vae_core.training.shipped import classifiers

    return classifiers


def test_two_epochs_of_digits_read_back(classifiers, tmp_path, monkeypatch):
    recipe = classifiers.RECIPES["digits"]._replace(filters=(8, 16, 32), epochs=2)
    monkeypatch.setitem(classifiers.RECIPES, "digits", recipe)
    path = classifiers.build("digits", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["digits.onnx"]
    classifier, digits = read_classifier(path.read_bytes()), load_dataset("digits")
    assert (classifier.facts.dataset, classifier.facts.class_names) == ("digits", digits.class_names)
    assert classifier.facts.command == "python -m vae_core.training.shipped.classifiers digits"
    assert classifier.facts.test_images == 360
    rows = classifier.probabilities(digits.test.images)
    assert classifier.facts.accuracy == pytest.approx((rows.argmax(axis=1) == digits.test.labels).mean())
    assert classifier.facts.accuracy > 0.5
    again = read_classifier(classifiers.build("digits", tmp_path).read_bytes())
    np.testing.assert_array_equal(again.probabilities(digits.test.images), rows)


def test_the_graph_equals_keras(classifiers, keras, toy):
    network = classifiers.trained(toy, classifiers.Recipe((8,), epochs=2, batch_size=32))
    classifier = read_classifier(classifiers.exported(network, toy, "by hand"))
    expected = np.asarray(keras.ops.softmax(network.predict(toy.test.images, verbose=0)))
    np.testing.assert_allclose(classifier.probabilities(toy.test.images), expected, atol=5e-3)
    assert classifier.facts.class_names == ("red", "blue")


def test_augmentation_moves_a_dot_by_at_most_its_limit_and_never_brightens(classifiers):
    images = np.zeros((500, 28, 28, 1), np.float32)
    images[:, 14, 10] = 1
    made = classifiers.augmented(images, np.random.default_rng(0))
    assert made.dtype == np.float32
    assert made.shape == images.shape
    assert made.min() >= 0
    assert made.max() <= 1
    brightest = made.reshape(500, -1).argmax(axis=1)
    offsets = np.stack([brightest // 28 - 14, brightest % 28 - 10], axis=1)
    for axis in (0, 1):
        np.testing.assert_array_equal(np.unique(offsets[:, axis]), np.arange(-2, 3))
    # A blur keeps the sum of a dot far from the rim; only paling lowers it.
    totals = made.sum(axis=(1, 2, 3))
    assert totals.min() > classifiers.PALEST - 1e-3
    assert totals.max() < 1 + 1e-3


def test_batches_hold_every_image_once_and_repeat_exactly(classifiers, toy):
    labels = np.arange(len(toy.train))
    numbered = type(toy.train)(toy.train.pixels, labels)
    batches = classifiers.Batches(numbered, 50)
    assert len(batches) == 7
    first = [batches[index] for index in range(7)]
    np.testing.assert_array_equal(np.sort(np.concatenate([rows for _, rows in first])), labels)
    np.testing.assert_array_equal(batches[3][0], first[3][0])
    batches.on_epoch_end()
    assert not np.array_equal(batches[3][1], first[3][1])
