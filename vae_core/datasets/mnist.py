"""MNIST: 70,000 handwritten digits of 28×28 (LeCun, Cortes and Burges), free for research and teaching."""

from pathlib import Path

import numpy as np

from vae_core.datasets.dataset import Dataset, Split
from vae_core.datasets.files import RemoteFile, RemoteFolder
from vae_core.datasets.idx import read_idx

CLASSES = tuple("0123456789")
TRAIN, TEST = "train", "t10k"
FILES = RemoteFolder(
    name="mnist",
    base_url="https://storage.googleapis.com/cvdf-datasets/mnist",
    files=(
        RemoteFile(
            "train-images-idx3-ubyte.gz",
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        RemoteFile(
            "train-labels-idx1-ubyte.gz",
            28_881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        RemoteFile(
            "t10k-images-idx3-ubyte.gz",
            1_648_877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        RemoteFile(
            "t10k-labels-idx1-ubyte.gz",
            4_542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    ),
)


def load() -> Dataset:
    """60,000 training and 10,000 test images."""
    return load_idx_pairs("mnist", FILES, CLASSES)


def load_idx_pairs(name: str, files: RemoteFolder, class_names: tuple[str, ...]) -> Dataset:
    """A data set in MNIST's four files. Raises ValueError for files that do not belong together."""
    paths = files.paths()
    train, test = (_read_pair(part, paths[_images(part)], paths[_labels(part)]) for part in (TRAIN, TEST))
    return Dataset(name, train, test, class_names)


def test_files(files: RemoteFolder) -> list[Path] | None:
    """Images and labels of the test split where both are on this machine, else None."""
    return files.local_paths(_images(TEST), _labels(TEST))


def load_test(files: RemoteFolder) -> Split:
    """The test split alone, from files on this machine. Raises ValueError as ``load_idx_pairs``."""
    paths = test_files(files)
    if paths is None:
        raise ValueError(f"the test images of {files.name} are not on this machine: fetch {files.name}")
    return _read_pair(TEST, *paths)


def _images(part: str) -> str:
    return f"{part}-images-idx3-ubyte.gz"


def _labels(part: str) -> str:
    return f"{part}-labels-idx1-ubyte.gz"


def _read_pair(part: str, images: Path, labels: Path) -> Split:
    pixels, numbers = read_idx(images), read_idx(labels)
    if pixels.ndim != 3 or numbers.ndim != 1 or len(pixels) != len(numbers):
        raise ValueError(f"the {images.parent.name} files of {part} do not belong together: fetch them again")
    return Split(pixels[..., np.newaxis], numbers.astype(np.int64))
