"""The data sets by name: what they are, what they cost, how to load them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np

from vae_core.datasets import digits, faces, fashion_mnist, mnist, quickdraw, shapes, sprites
from vae_core.datasets.dataset import Dataset, Split, of_classes
from vae_core.datasets.files import RemoteFolder
from vae_core.specs import TrainingSpec

Classes = tuple[str, ...] | None


def _no_files(classes: Classes, images: int | None) -> list[Path] | None:
    return []


@dataclass(frozen=True)
class DatasetSource:
    """A data set before it is read. ``fetch`` and ``remote`` are None where no download is needed.

    Whatever takes class names and images of each takes None for the usual ones. ``load_classes`` is
    there where classes can be fetched one by one. ``load_test`` reads the test split alone and never
    downloads (ValueError); ``test_files`` are the files that it reads, ``files`` those of both splits,
    None if one is not on this machine. ``count`` tells about how many images both splits have,
    ``missing_bytes`` what ``fetch`` would download. ``attribute_names`` are those of the data set;
    ``version`` changes with whatever draws the images, "" where files hold them.
    """

    name: str
    title: str
    images: int
    licence: str
    load: Callable[[], Dataset]
    load_test: Callable[[Classes, int | None], Split]
    count: Callable[[Classes, int | None], int]
    remote: RemoteFolder | None = None
    load_classes: Callable[[Classes, int | None], Dataset] | None = None
    fetch: Callable[[Classes, int | None], list[Path]] | None = None
    test_files: Callable[[Classes, int | None], list[Path] | None] = _no_files
    files: Callable[[Classes, int | None], list[Path] | None] = _no_files
    missing_bytes: Callable[[Classes, int | None], int] = lambda classes, images: 0
    download_bytes: int = 0
    is_here: Callable[[], bool] = lambda: True
    attribute_names: tuple[str, ...] = ()
    version: Callable[[], str] = lambda: ""


def _whole(
    name: str, class_names: tuple[str, ...], load_test: Callable[[], Split]
) -> Callable[[Classes, int | None], Split]:
    """``load_test`` of a source that is read whole; a limit on training images leaves the test as it is."""

    def load(classes: Classes, images: int | None) -> Split:
        return of_classes(load_test(), classes, class_names, name) if classes else load_test()

    return load


def _counted(train: int, test: int, of_classes: int) -> Callable[[Classes, int | None], int]:
    """``count`` of a source whose classes are about equally frequent."""

    def count(classes: Classes, images: int | None) -> int:
        chosen = len(classes) if classes else of_classes
        trained = train * chosen / of_classes
        return round(min(trained, images * chosen if images else trained) + test * chosen / of_classes)

    return count


def _drawn_by(*modules: ModuleType) -> Callable[[], str]:
    """``version`` of images that these modules draw: a digest of their sources."""

    @cache
    def version() -> str:
        sources = [Path(str(module.__file__)).read_bytes() for module in modules]
        return hashlib.sha256(b"".join(sources)).hexdigest()

    return version


def _downloaded(
    title: str,
    licence: str,
    module_load: Callable[[], Dataset],
    class_names: tuple[str, ...],
    files: RemoteFolder,
) -> DatasetSource:
    """One of MNIST's format and size."""
    return DatasetSource(
        files.name,
        title,
        70_000,
        licence,
        module_load,
        _whole(files.name, class_names, lambda: mnist.load_test(files)),
        _counted(60_000, 10_000, len(class_names)),
        remote=files,
        fetch=lambda classes, images: list(files.paths().values()),
        test_files=lambda classes, images: mnist.test_files(files),
        files=lambda classes, images: files.local_paths(*(file.name for file in files.files)),
        missing_bytes=lambda classes, images: files.missing_bytes,
        download_bytes=files.bytes,
        is_here=files.is_here,
    )


DATASETS: dict[str, DatasetSource] = {
    source.name: source
    for source in (
        DatasetSource(
            "digits",
            "Small handwritten digits",
            1_797,
            "CC BY 4.0 (UCI)",
            digits.load,
            _whole("digits", digits.CLASSES, digits.load_test),
            _counted(1_437, 360, len(digits.CLASSES)),
            version=_drawn_by(digits),
        ),
        _downloaded(
            "Handwritten digits (MNIST)",
            "free for research and teaching",
            mnist.load,
            mnist.CLASSES,
            mnist.FILES,
        ),
        _downloaded(
            "Clothes (Fashion-MNIST)", "MIT", fashion_mnist.load, fashion_mnist.CLASSES, fashion_mnist.FILES
        ),
        DatasetSource(
            "quickdraw",
            "Doodles (Quick, Draw!)",
            quickdraw.IMAGES_PER_CLASS * len(quickdraw.CLASSES),
            "CC BY 4.0 (Google)",
            quickdraw.load,
            quickdraw.load_test,
            quickdraw.count_of_images,
            load_classes=quickdraw.load,
            fetch=quickdraw.fetch,
            test_files=quickdraw.test_files,
            files=quickdraw.test_files,
            missing_bytes=quickdraw.missing_bytes,
            download_bytes=quickdraw.IMAGES_PER_CLASS * len(quickdraw.CLASSES) * quickdraw.ROW_BYTES,
            is_here=quickdraw.is_here,
        ),
        DatasetSource(
            "faces",
            "Drawn faces in colour",
            faces.IMAGES,
            "drawn here, free",
            faces.load,
            _whole("faces", faces.CLASSES, faces.load_test),
            _counted(faces.IMAGES - faces.TEST_IMAGES, faces.TEST_IMAGES, len(faces.CLASSES)),
            attribute_names=faces.FACTORS,
            version=_drawn_by(faces, shapes),
        ),
        DatasetSource(
            "faces-grey",
            "Drawn faces, small and grey",
            faces.IMAGES,
            "drawn here, free",
            faces.load_grey,
            _whole("faces-grey", faces.CLASSES, faces.load_grey_test),
            _counted(faces.IMAGES - faces.TEST_IMAGES, faces.TEST_IMAGES, len(faces.CLASSES)),
            attribute_names=faces.FACTORS,
            version=_drawn_by(faces, shapes),
        ),
        DatasetSource(
            "sprites",
            "Drawn shapes",
            sprites.IMAGES,
            "drawn here, free",
            sprites.load,
            _whole("sprites", sprites.SHAPES, sprites.load_test),
            _counted(sprites.IMAGES - sprites.TEST_IMAGES, sprites.TEST_IMAGES, len(sprites.SHAPES)),
            attribute_names=sprites.FACTORS,
            version=_drawn_by(sprites, shapes),
        ),
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
