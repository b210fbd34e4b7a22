"""MNIST: 70,000 handwritten digits of 28×28 (LeCun, Cortes and Burges), free for research and teaching."""

import numpy as np

from vae_core.datasets.dataset import Dataset, Split
from vae_core.datasets.files import RemoteFile, RemoteFolder
from vae_core.datasets.idx import read_idx

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
    return load_idx_pairs("mnist", FILES, tuple("0123456789"))


def load_idx_pairs(name: str, files: RemoteFolder, class_names: tuple[str, ...]) -> Dataset:
    """A data set in MNIST's four files. Raises ValueError for files that do not belong together."""
    paths = files.paths()
    splits = []
    for part in ("train", "t10k"):
        pixels = read_idx(paths[f"{part}-images-idx3-ubyte.gz"])
        labels = read_idx(paths[f"{part}-labels-idx1-ubyte.gz"])
        if pixels.ndim != 3 or labels.ndim != 1 or len(pixels) != len(labels):
            raise ValueError(f"the {name} files of {part} do not belong together: fetch them again")
        splits.append(Split(pixels[..., np.newaxis], labels.astype(np.int64)))
    return Dataset(name, splits[0], splits[1], class_names)
