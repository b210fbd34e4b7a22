"""The networks that can be trained here, by name, and the settings that go with each.

A preset is a network and defaults; every default can be changed. ``vae_core.training.networks``
builds the layers. Where a source leaves a setting open, the value is this project's choice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAXIMUM_EPOCHS = 100_000

# Bernoulli losses let a model ignore small features of drawn pictures; a narrow Gaussian does not.
# The large pictures have sixteen times as many numbers: at sixteen times the variance one picture
# weighs as much beside the KL term.
DATASET_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "sprites": {"likelihood": {"kind": "gaussian", "variance": 0.0025}},
    "faces": {"likelihood": {"kind": "gaussian", "variance": 0.04}},
    "faces-grey": {"likelihood": {"kind": "gaussian", "variance": 0.0025}},
}
# Settings that say which images of a data set are used; they make sense for that data set only.
SELECTION = ("classes", "images_per_class", "images")


@dataclass(frozen=True)
class Preset:
    """``takes`` names the settings of the network's shape that it uses: others are refused.

    Of ``filters`` it needs ``least_filters``.
    """

    title: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    takes: frozenset[str] = frozenset()
    least_filters: int = 1


_DENSE = frozenset({"hidden_units", "dropout"})
_CONV = frozenset({"hidden_units", "filters", "dropout"})
# The rate of all the texts, which do not let it decay.
_CONSTANT_RATE = {"learning_rate": 1e-3, "learning_rate_decay": "none"}
_DRAWINGS = {
    "dataset": "quickdraw",
    "classes": ("cat", "dog", "tree"),
    "images_per_class": 10_000,
    "latent_dim": 576,
    "filters": (16, 32, 64),
    "batch_size": 32,
    "epochs": 20,
    **_CONSTANT_RATE,
}
_FAST = {
    "dataset": "mnist",
    "hidden_units": (512, 256),
    "batch_size": 512,
    "epochs": 40,
    "learning_rate": 3e-3,
    "validation_fraction": 0.05,
}

PRESETS: Mapping[str, Preset] = {
    "dense": Preset("Dense layers of any widths", {"hidden_units": (512, 256)}, _DENSE),
    "conv": Preset(
        "Convolutions of stride 2, then dense layers, of any widths",
        {"filters": (16, 32), "hidden_units": (256,)},
        _CONV,
    ),
    "fast": Preset("The best bound in a minute on two cores", _FAST, _DENSE),
    "best": Preset(
        "The best bound known here: dense up to four dimensions of small images, convolutions otherwise",
        {"dataset": "mnist", "epochs": 100, "batch_size": 512, "validation_fraction": 0.02},
        _CONV,
    ),
    "denoising": Preset(
        "As fast, from corrupted pictures to clean ones: no bound of the corrupted picture",
        {**_FAST, "corruption": "gaussian"},
        _DENSE,
    ),
    "linear": Preset(
        "One linear layer each way under squared error: the subspace of PCA",
        {
            "family": "autoencoder",
            # At this variance the Gaussian's loss is the squared error and a constant.
            "likelihood": {"kind": "gaussian", "variance": 0.5},
            "batch_size": 256,
            "epochs": 100,
            "learning_rate": 1e-2,
        },
    ),
    "dense-256": Preset(
        "GANs in Action, chapter 2: one dense layer of 256",
        {
            "dataset": "mnist",
            "hidden_units": (256,),
            "optimizer": "rmsprop",
            "batch_size": 100,
            "epochs": 5,
            **_CONSTANT_RATE,
        },
        _DENSE,
    ),
    "selu-conv": Preset(
        "From vanilla to variational: convolutional autoencoder of drawings, 3×3×64 numbers",
        {**_DRAWINGS, "family": "autoencoder"},
        frozenset({"filters"}),
    ),
    "selu-conv-vae": Preset(
        "From vanilla to variational: the variational one of 576 dimensions",
        _DRAWINGS,
        frozenset({"filters"}),
    ),
    "chollet-conv": Preset(
        "Deep Learning with Python, chapter 8.4: convolutions, one of them strided",
        {
            "dataset": "mnist",
            "filters": (32, 64, 64, 64),
            "hidden_units": (32,),
            # The text weighs a mean over dimensions by 5e-4 beside a mean over pixels.
            "beta": 0.392,
            "optimizer": "rmsprop",
            "batch_size": 16,
            "epochs": 10,
            **_CONSTANT_RATE,
        },
        frozenset({"filters", "hidden_units"}),
        least_filters=2,
    ),
    "strided-conv": Preset(
        "A VAE primer: three convolutions of stride 2 on 10,000 digits",
        {
            "dataset": "mnist",
            "images": 10_000,
            "filters": (32, 64, 64),
            "hidden_units": (256,),
            "batch_size": 128,
            "epochs": 10,
            **_CONSTANT_RATE,
            "validation_fraction": 0.2,
        },
        frozenset({"filters", "hidden_units"}),
    ),
    "shallow-dense": Preset(
        "Deep Learning for Beginners, chapter 9: the shallow one",
        {
            "dataset": "mnist",
            "hidden_units": (256,),
            "dropout": 0.1,
            "batch_size": 128,
            "epochs": 10,
            **_CONSTANT_RATE,
        },
        _DENSE,
    ),
    "deep-dense": Preset(
        "Deep Learning for Beginners, chapter 9: the deep one, with batch norm and dropout",
        {
            "dataset": "mnist",
            "hidden_units": (512, 512, 256, 256, 128),
            "dropout": 0.1,
            "batch_size": 128,
            "epochs": 100,
            **_CONSTANT_RATE,
        },
        _DENSE,
    ),
}

NETWORK_NAMES = tuple(PRESETS)


def completed(given: Mapping[str, Any]) -> dict[str, Any]:
    """``given`` and, for settings it lacks, the defaults of its network and data set."""
    preset = PRESETS.get(str(given.get("network")))
    defaults = dict(preset.defaults) if preset else {}
    dataset = given.get("dataset", defaults.get("dataset"))
    if dataset != defaults.get("dataset"):
        defaults = {name: value for name, value in defaults.items() if name not in SELECTION}
    # A likelihood that belongs to the network (squared error) goes before that of the data.
    defaults = {**DATASET_DEFAULTS.get(str(dataset), {}), **defaults}
    if given.get("minutes") is not None:
        # The budget ends the run, unless somebody asked for both.
        defaults["epochs"] = MAXIMUM_EPOCHS
    return {**defaults, **given}
