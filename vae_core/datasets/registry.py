"""The data sets by name: what they are, what they cost, how to load them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vae_core.datasets import digits, faces, fashion_mnist, mnist, quickdraw, sprites
from vae_core.datasets.dataset import Dataset
from vae_core.datasets.files import RemoteFolder
from vae_core.specs import TrainingSpec


@dataclass(frozen=True)
class DatasetSource:
    """A data set before it is read. ``fetch`` and ``remote`` are None where no download is needed.

    ``load_classes`` is there where classes can be fetched one by one; it and ``fetch`` take class
    names and images of each, None for the usual ones.
    """

    name: str
    title: str
    images: int
    licence: str
    load: Callable[[], Dataset]
    remote: RemoteFolder | None = None
    load_classes: Callable[[tuple[str, ...] | None, int | None], Dataset] | None = None
    fetch: Callable[[tuple[str, ...] | None, int | None], list[Path]] | None = None
    download_bytes: int = 0
    is_here: Callable[[], bool] = lambda: True


def _downloaded(
    name: str, title: str, licence: str, module_load: Callable[[], Dataset], files: RemoteFolder
) -> DatasetSource:
    """One of MNIST's format and size."""
    return DatasetSource(
        name,
        title,
        70_000,
        licence,
        module_load,
        remote=files,
        fetch=lambda classes, images: list(files.paths().values()),
        download_bytes=files.bytes,
        is_here=files.is_here,
    )


DATASETS: dict[str, DatasetSource] = {
    source.name: source
    for source in (
        DatasetSource("digits", "Small handwritten digits", 1_797, "CC BY 4.0 (UCI)", digits.load),
        _downloaded(
            "mnist", "Handwritten digits (MNIST)", "free for research and teaching", mnist.load, mnist.FILES
        ),
        _downloaded(
            "fashion-mnist", "Clothes (Fashion-MNIST)", "MIT", fashion_mnist.load, fashion_mnist.FILES
        ),
        DatasetSource(
            "quickdraw",
            "Doodles (Quick, Draw!)",
            quickdraw.IMAGES_PER_CLASS * len(quickdraw.CLASSES),
            "CC BY 4.0 (Google)",
            quickdraw.load,
            load_classes=quickdraw.load,
            fetch=quickdraw.fetch,
            download_bytes=quickdraw.IMAGES_PER_CLASS * len(quickdraw.CLASSES) * quickdraw.ROW_BYTES,
            is_here=quickdraw.is_here,
        ),
        DatasetSource("faces", "Drawn faces in colour", faces.IMAGES, "drawn here, free", faces.load),
        DatasetSource(
            "faces-grey", "Drawn faces, small and grey", faces.IMAGES, "drawn here, free", faces.load_grey
        ),
        DatasetSource("sprites", "Drawn shapes", sprites.IMAGES, "drawn here, free", sprites.load),
    )
}


def dataset_source(name: str) -> DatasetSource:
    """The source of that name; ValueError with the known names otherwise."""
    if name not in DATASETS:
        raise ValueError(f"{name!r} is no data set: expected one of {', '.join(DATASETS)}")
    return DATASETS[name]


def load_dataset(
    name: str, classes: tuple[str, ...] | None = None, images_per_class: int | None = None
) -> Dataset:
    """Read a data set, downloading it first where it is nowhere on this machine.

    Looks in ``$VAE_CORE_DATA``, then in the home's ``data`` folder, then at the official address.
    ``classes`` keeps these only, in that order; ``images_per_class`` at most so many training
    images of each (of Quick, Draw!, drawings to fetch). Raises ValueError for an unknown name or
    class, a class without images, a failed download or a damaged file.
    """
    source = dataset_source(name)
    if source.load_classes:
        return source.load_classes(classes, images_per_class)
    dataset = source.load()
    if classes:
        dataset = dataset.of_classes(classes)
    return dataset.at_most(images_per_class) if images_per_class else dataset


def load_for(spec: TrainingSpec) -> Dataset:
    """The data that ``spec`` trains on, its limit of training images applied; raises as load_dataset."""
    dataset = load_dataset(spec.dataset, spec.classes, spec.images_per_class)
    if spec.images is None or spec.images >= len(dataset.train):
        return dataset
    rows = np.arange(spec.images)
    return replace(dataset, train=dataset.train.taken(rows))
