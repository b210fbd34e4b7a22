"""The data sets by name: what they are, what they cost, how to load them."""

from collections.abc import Callable
from dataclasses import dataclass

from vae_core.datasets import digits, mnist
from vae_core.datasets.dataset import Dataset
from vae_core.datasets.files import RemoteFolder


@dataclass(frozen=True)
class DatasetSource:
    """A data set before it is read. ``remote`` is None where no download is needed."""

    name: str
    title: str
    images: int
    licence: str
    load: Callable[[], Dataset]
    remote: RemoteFolder | None = None

    @property
    def download_bytes(self) -> int:
        return self.remote.bytes if self.remote else 0

    def is_here(self) -> bool:
        """Whether ``load`` needs no download."""
        return self.remote is None or self.remote.is_here()


DATASETS: dict[str, DatasetSource] = {
    source.name: source
    for source in (
        DatasetSource("digits", "Small handwritten digits", 1_797, "CC BY 4.0 (UCI)", digits.load),
        DatasetSource(
            "mnist",
            "Handwritten digits (MNIST)",
            70_000,
            "free for research and teaching",
            mnist.load,
            mnist.FILES,
        ),
    )
}


def dataset_source(name: str) -> DatasetSource:
    """The source of that name; ValueError with the known names otherwise."""
    if name not in DATASETS:
        raise ValueError(f"{name!r} is no data set: expected one of {', '.join(DATASETS)}")
    return DATASETS[name]


def load_dataset(name: str) -> Dataset:
    """Read a data set, downloading it first where it is nowhere on this machine.

    Looks in ``$VAE_CORE_DATA``, then in the home's ``data`` folder, then at the official address.
    Raises ValueError for an unknown name, a failed download or a damaged file.
    """
    return dataset_source(name).load()
