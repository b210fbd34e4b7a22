"""Trains the classifiers that ship: ``python -m vae_core.training.shipped.classifiers [NAME ...]``.

They judge decoded pictures, which are blurred, pale averages: training pictures are shifted by a
few pixels, softened and paled at random. One seed, no validation part; the test split is only
measured, with the graph that ships. Without names all are made.
"""

from pathlib import Path
from typing import NamedTuple

import click
import keras
import numpy as np
import onnx
from keras import layers
from numpy.typing import NDArray
from onnx import helper
from scipy.ndimage import gaussian_filter

from vae_core.base.arrays import unit_images
from vae_core.base.home import classifiers_folder, replace_file
from vae_core.datasets import Dataset, Split, load_dataset
from vae_core.models.classifiers import METADATA_KEY, Classifier, ClassifierFacts, read_classifier
from vae_core.training.export.onnx import encoder_onnx
from vae_core.training.loop.devices import choose_threads

SEED = 0
LEARNING_RATE = 2e-3
# Augmentation: pixels either way, pixels of standard deviation, smallest factor of brightness.
MAXIMUM_SHIFT = 2
BLUR = 1.2
PALEST = 0.6


class Recipe(NamedTuple):
    """``filters``: one width for each halving of the picture; ``batch_size`` images an update."""

    filters: tuple[int, ...]
    epochs: int
    batch_size: int = 128


RECIPES: dict[str, Recipe] = {
    "digits": Recipe((24, 48, 96), epochs=40, batch_size=64),
    "mnist": Recipe((24, 48, 96), epochs=10),
    "fashion-mnist": Recipe((24, 48, 96), epochs=8),
    "quickdraw": Recipe((24, 48, 96), epochs=20),
    "sprites": Recipe((16, 32, 64), epochs=6),
    "faces": Recipe((8, 16, 32, 48), epochs=3),
}


def build(name: str, root: Path) -> Path:
    """Train the recipe ``name`` and write ``<name>.onnx`` below ``root``, in the place of an older one."""
    dataset = load_dataset(name)
    network = trained(dataset, RECIPES[name])
    path = root / f"{name}.onnx"
    replace_file(path, exported(network, dataset, f"python -m vae_core.training.shipped.classifiers {name}"))
    return path


def trained(dataset: Dataset, recipe: Recipe) -> keras.Model:
    """Images -> logits, fitted to the training split; deterministic on one machine."""
    keras.utils.set_random_seed(SEED)
    network = network_of(dataset.input_shape, len(dataset.class_names), recipe.filters)
    batches = Batches(dataset.train, recipe.batch_size)
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, recipe.epochs * len(batches))
    network.compile(
        keras.optimizers.AdamW(rate, weight_decay=1e-2),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    network.fit(batches, epochs=recipe.epochs, verbose=2)
    return network


def network_of(input_shape: tuple[int, int, int], classes: int, filters: tuple[int, ...]) -> keras.Model:
    """Two convolutions of 3×3 at each scale, the first of stride 2; then a linear layer."""
    network = keras.Sequential([keras.Input(input_shape, name="images")])
    for width in filters:
        for strides in (2, 1):
            network.add(layers.Conv2D(width, 3, strides, padding="same", use_bias=False))
            network.add(layers.BatchNormalization(momentum=0.9))
            network.add(layers.ReLU())
    network.add(layers.Flatten())
    network.add(layers.Dropout(0.3))
    network.add(layers.Dense(classes))
    return network


class Batches(keras.utils.PyDataset):
    """The training images in an order of each epoch's own, augmented; a batch depends on its place only."""

    def __init__(self, split: Split, batch_size: int) -> None:
        super().__init__()
        self._split, self._batch_size, self._epoch = split, batch_size, 0
        self._order = self._shuffled()

    def __len__(self) -> int:
        return -(-len(self._split) // self._batch_size)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        generator = np.random.default_rng((SEED, self._epoch, index))
        return augmented(unit_images(self._split.pixels[rows]), generator), self._split.labels[rows]

    def on_epoch_end(self) -> None:
        self._epoch += 1
        self._order = self._shuffled()

    def _shuffled(self) -> NDArray[np.int64]:
        return np.random.default_rng((SEED, self._epoch)).permutation(len(self._split))


def augmented(images: NDArray[np.float32], generator: np.random.Generator) -> NDArray[np.float32]:
    """Float images (n, h, w, c) in [0, 1], each shifted, softened and paled by a random amount.

    Shifts are whole pixels, the rim repeated; softening blends the picture with a Gaussian blur of it.
    """
    count = len(images)
    down, across = generator.integers(0, 2 * MAXIMUM_SHIFT + 1, (2, count))
    softness, brightness = generator.random((2, count, 1, 1, 1), dtype=np.float32)
    shifted = _shifted(images, down, across)
    soft = gaussian_filter(shifted, (0, BLUR, BLUR, 0), mode="nearest")
    return (shifted + softness * (soft - shifted)) * (PALEST + (1 - PALEST) * brightness)


def _shifted(
    images: NDArray[np.float32], down: NDArray[np.int64], across: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Windows of the size of the images into the same with a rim; offsets (n,) from 0."""
    rim = (MAXIMUM_SHIFT, MAXIMUM_SHIFT)
    wide = np.pad(images, ((0, 0), rim, rim, (0, 0)), mode="edge")
    rows = down[:, np.newaxis] + np.arange(images.shape[1])
    columns = across[:, np.newaxis] + np.arange(images.shape[2])
    which = np.arange(len(images))[:, np.newaxis, np.newaxis]
    return wide[which, rows[:, :, np.newaxis], columns[:, np.newaxis, :]]


def exported(network: keras.Model, dataset: Dataset, command: str) -> bytes:
    """The ONNX file: ``images`` -> ``logits``, weights as float16; facts and accuracy as metadata."""
    model = onnx.load_model_from_string(encoder_onnx(network))
    # An encoder's only output bears the name z_mean.
    model.graph.node.append(helper.make_node("Identity", ["z_mean"], ["logits"]))
    model.graph.output[0].name = "logits"
    facts = ClassifierFacts(
        dataset=dataset.name,
        class_names=dataset.class_names,
        input_shape=dataset.input_shape,
        accuracy=0.0,
        test_images=len(dataset.test),
        command=command,
    )
    draft = read_classifier(_with_facts(model, facts))
    return _with_facts(model, facts.model_copy(update={"accuracy": accuracy_on(draft, dataset.test)}))


def accuracy_on(classifier: Classifier, split: Split) -> float:
    """Share in [0, 1] of the images whose likeliest class is theirs."""
    right = classifier.probabilities(split.images).argmax(axis=1) == split.labels
    return float(right.mean())


def _with_facts(model: onnx.ModelProto, facts: ClassifierFacts) -> bytes:
    helper.set_model_props(model, {METADATA_KEY: facts.model_dump_json()})
    onnx.checker.check_model(model)
    return model.SerializeToString()


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(RECIPES)))
def main(names: tuple[str, ...]) -> None:
    """Train the shipped classifiers NAMES, or all of them."""
    choose_threads()
    for name in names or RECIPES:
        click.echo(build(name, classifiers_folder()))


if __name__ == "__main__":
    main()
