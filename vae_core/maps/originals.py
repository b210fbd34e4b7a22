"""The pictures that a model's codes were made from: the test split of its data set, never downloaded.

``Latents.index`` of a model points into this split. The training images stay unread (and undrawn),
and a split that was read is kept as long as its files do not change.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import unit_images
from vae_core.base.home import DATA_VARIABLE
from vae_core.datasets import quickdraw
from vae_core.datasets.dataset import Split
from vae_core.datasets.registry import DATASETS, Classes, dataset_source
from vae_core.models.folder import Latents
from vae_core.models.model import LatentModel
from vae_core.specs import TrainingSpec

# At most 25 MB each (faces in colour), and few sets are looked at in turn.
KEPT_SPLITS = 4
COMPARED_CODES = 8
# Codes are kept in float16 and differ a little between processors; those of other pictures differ by far.
CODE_TOLERANCE = 0.02
Stamp = tuple[Path, int, int]


def originals_are_here(spec: TrainingSpec) -> bool:
    """Whether the test split of ``spec`` can be had without a download; False for an unknown data set."""
    return spec.dataset in DATASETS and _stamps(spec) is not None


def held_out_split(spec: TrainingSpec) -> Split:
    """The test split of ``load_for(spec)``: same images, same order, same labels; arrays are read-only.

    Raises ValueError where the data are not on this machine (it says what to run), for an unknown
    data set or class, and for a damaged file.
    """
    return _kept_split(spec.dataset, spec.classes, spec.images_per_class, _stamps_here(spec))


def held_out_images(model: LatentModel, rows: ArrayLike) -> NDArray[np.float32]:
    """Originals (n, height, width, channels) in [0, 1] of these rows (n,) of ``model.latents``.

    Raises ValueError as ``held_out_split``, for a row outside, and where the data set on this
    machine is not the one that the model was trained on (other shape, size, labels or codes).
    """
    spec, index = model.spec.training, model.latents.index
    if problem := _mismatch(model, _stamps_here(spec)):
        raise ValueError(problem)
    chosen = _checked_rows(rows, len(index))
    return unit_images(held_out_split(spec).pixels[index[chosen]])


def problem_with_originals(model: LatentModel) -> str | None:
    """Why the pictures on this machine are not those behind ``model``, in one line.

    None where they are, and where there are none here.
    """
    spec = model.spec.training
    if not originals_are_here(spec):
        return None
    try:
        held_out_split(spec)
        return _mismatch(model, _stamps_here(spec))
    except ValueError as error:
        return str(error)


def fetch_words(spec: TrainingSpec) -> list[str]:
    """Arguments of ``python -m vae_core`` that download the data of ``spec``."""
    words = ["fetch", spec.dataset]
    if spec.dataset == quickdraw.NAME:
        classes = ",".join(spec.classes or quickdraw.CLASSES)
        count = spec.images_per_class or quickdraw.IMAGES_PER_CLASS
        words += [f"--classes={classes}", f"--images-per-class={count}"]
    return words


def fetch_command(spec: TrainingSpec) -> str:
    """The command that downloads the data of ``spec``, to be shown."""
    words = [f'"{word}"' if " " in word else word for word in fetch_words(spec)]
    return f"`python -m vae_core {' '.join(words)}`"


def fetch_bytes(spec: TrainingSpec) -> int:
    """How many bytes ``fetch_command`` would download now; 0 for an unknown data set."""
    if spec.dataset not in DATASETS:
        return 0
    count = spec.images_per_class
    if spec.dataset == quickdraw.NAME:
        count = count or quickdraw.IMAGES_PER_CLASS
    return DATASETS[spec.dataset].missing_bytes(spec.classes, count)


def fetch_would_help(model: LatentModel) -> bool:
    """Whether what can be downloaded is what the model was trained on, as far as labels tell.

    Drawings differ where fewer of a class were at hand than the settings asked for: then the
    official files have another test split.
    """
    spec = model.spec.training
    if spec.dataset != quickdraw.NAME:
        return spec.dataset in DATASETS
    return quickdraw.is_whole_test(model.latents.label, spec.classes, spec.images_per_class)


def _stamps(spec: TrainingSpec) -> tuple[Stamp, ...] | None:
    """Path, size and time of change of the files of the test split; None if one is missing."""
    paths = DATASETS[spec.dataset].test_files(spec.classes, spec.images_per_class)
    if paths is None:
        return None
    return tuple((path, path.stat().st_size, path.stat().st_mtime_ns) for path in paths)


def _stamps_here(spec: TrainingSpec) -> tuple[Stamp, ...]:
    """``_stamps``; ValueError says what to run where a file is missing."""
    dataset_source(spec.dataset)
    stamps = _stamps(spec)
    if stamps is None:
        raise ValueError(f"the pictures of {spec.dataset} are not on this machine: run {fetch_command(spec)}")
    return stamps


@lru_cache(maxsize=KEPT_SPLITS)
def _kept_split(name: str, classes: Classes, images_per_class: int | None, files: tuple[Stamp, ...]) -> Split:
    """The split, read again once ``files`` have changed."""
    split = DATASETS[name].load_test(classes, images_per_class)
    for array in (split.pixels, split.labels, split.attributes):
        if array is not None:
            array.setflags(write=False)
    return split


@lru_cache(maxsize=64)
def _mismatch(model: LatentModel, files: tuple[Stamp, ...]) -> str | None:
    """One line that says so if the codes of ``model`` were not made from the split in ``files``."""
    spec, latents = model.spec.training, model.latents
    split = _kept_split(spec.dataset, spec.classes, spec.images_per_class, files)
    difference = _difference(model, latents, split)
    if difference is None:
        return None
    return (
        f"{spec.dataset} on this machine is not what {model.name} was trained on ({difference}): "
        f"run {fetch_command(spec)}, or put the files it was trained on into ${DATA_VARIABLE}"
    )


def _difference(model: LatentModel, latents: Latents, split: Split) -> str | None:
    """What shows that the codes are of other pictures than those of ``split``; None if nothing does."""
    shape, index = split.pixels.shape[1:], latents.index
    if shape != model.input_shape:
        return f"pictures of {'×'.join(map(str, shape))}, not {'×'.join(map(str, model.input_shape))}"
    if not len(index):
        return None
    if index.min() < 0 or index.max() >= len(split):
        return f"{len(split):,} test pictures, and one code is of number {index.max():,}"
    if not np.array_equal(split.labels[index], latents.label):
        return "other labels"
    # Labels of two parts of one data set may agree: a few codes computed anew tell them apart.
    rows = np.linspace(0, len(index) - 1, min(len(index), COMPARED_CODES)).astype(np.int64)
    codes = model.encode(unit_images(split.pixels[index[rows]])).z_mean
    agree = np.allclose(codes, latents.z_mean[rows], rtol=CODE_TOLERANCE, atol=CODE_TOLERANCE)
    return None if agree else "other pictures"


def _checked_rows(rows: ArrayLike, count: int) -> NDArray[np.int64]:
    array = np.asarray(rows)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(
            f"rows have dtype {array.dtype} and shape {array.shape}; expected whole numbers (n,)"
        )
    if array.size and (array.min() < 0 or array.max() >= count):
        raise ValueError(f"rows go from {array.min()} to {array.max()}; expected 0 to {count - 1}")
    return array.astype(np.int64)
