"""Data sets, one file per source; ``registry`` names them."""

from vae_core.datasets.dataset import Dataset, Split
from vae_core.datasets.registry import DATASETS, DatasetSource, load_dataset, load_for

__all__ = ["DATASETS", "Dataset", "DatasetSource", "Split", "load_dataset", "load_for"]
