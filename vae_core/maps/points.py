"""What a map shows, one row an image: the held-out images of a model, or every image of its data."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.datasets import DATASETS
from vae_core.maps.encoding_file import KEPT_ENCODINGS, Encoding, digest_of, read_encoding
from vae_core.maps.originals import held_out_split, originals_are_here, problem_with_originals
from vae_core.models.model import LatentModel

HELD_OUT, ALL = "held-out", "all"
KEPT_MODELS = 16


@dataclass(frozen=True, eq=False)
class Points:
    """Encoded images of ``model_name``; nobody changes the arrays.

    ``source`` is "held-out", the rows of ``latents.npz``, or "all", both splits of the data, training
    images first. ``z_mean`` (n, d); ``z_log_var`` the same, or None for an autoencoder. ``label`` (n,)
    is -1 where there is none; ``index`` (n,) is the number of the image in its split, and ``is_test``
    (n,) says in which. ``attributes`` (n, k), or None where nothing is known, has a column for each of
    ``attribute_names``. ``digest``, 64 hexadecimal digits, identifies the codes and their order; it is
    computed where it is left out.
    """

    model_name: str
    source: str
    z_mean: NDArray[np.float32]
    z_log_var: NDArray[np.float32] | None
    label: NDArray[np.int64]
    index: NDArray[np.int64]
    is_test: NDArray[np.bool_]
    attributes: NDArray[np.float32] | None = None
    attribute_names: tuple[str, ...] = ()
    digest: str = ""

    def __post_init__(self) -> None:
        if self.source not in (HELD_OUT, ALL):
            raise ValueError(f"source is {self.source!r}: expected {HELD_OUT!r} or {ALL!r}")
        rows = len(self.z_mean)
        names = len(self.attribute_names)
        shapes = {
            "z_mean": (rows, self.z_mean.shape[-1]),
            "z_log_var": self.z_mean.shape,
            "attributes": (rows, names),
            **dict.fromkeys(("label", "index", "is_test"), (rows,)),
        }
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array is not None and array.shape != shape:
                raise ValueError(f"{name} of {rows} points has shape {array.shape}; expected {shape}")
        if not self.digest:
            object.__setattr__(self, "digest", digest_of(self.z_mean))

    def __len__(self) -> int:
        return len(self.z_mean)

    def checked_rows(self, rows: ArrayLike) -> NDArray[np.int64]:
        """``rows`` (k,) as whole numbers. Raises ValueError for another shape or dtype, or a row outside."""
        array = np.asarray(rows)
        if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
            raise ValueError(
                f"rows have dtype {array.dtype} and shape {array.shape}; expected whole numbers (k,)"
            )
        if array.size and (array.min() < 0 or array.max() >= len(self)):
            raise ValueError(f"rows go from {array.min()} to {array.max()}; expected 0 to {len(self) - 1}")
        return array.astype(np.int64)


def held_out_points(model: LatentModel) -> Points:
    """The held-out images whose codes came with ``model``, in their order; none where none came.

    Attributes are there where the originals are, if the data have some. Raises ModelFolderError, a
    ValueError, where the codes cannot be read.
    """
    spec = model.spec.training
    has_attributes = spec.dataset in DATASETS and bool(DATASETS[spec.dataset].attribute_names)
    return _held_out_points(
        model, has_attributes and originals_are_here(spec) and problem_with_originals(model) is None
    )


def all_points(model: LatentModel) -> Points | None:
    """Every image of the data of ``model``; None where ``encode_all`` has not been run.

    Raises ValueError where what it kept is of another model or of other data, or damaged.
    """
    encoding = read_encoding(model)
    return None if encoding is None else _all_points(model.name, encoding)


@lru_cache(maxsize=KEPT_MODELS)
def _held_out_points(model: LatentModel, has_attributes: bool) -> Points:
    latents = model.latents
    attributes = None
    if has_attributes:
        known = held_out_split(model.spec.training).attributes
        attributes = None if known is None else known[latents.index]
    names = () if attributes is None else DATASETS[model.spec.training.dataset].attribute_names
    is_test = np.ones(len(latents.z_mean), np.bool_)
    return Points(
        model.name,
        HELD_OUT,
        latents.z_mean,
        latents.z_log_var,
        latents.label,
        latents.index,
        is_test,
        attributes,
        names,
    )


@lru_cache(maxsize=KEPT_ENCODINGS)
def _all_points(model_name: str, encoding: Encoding) -> Points:
    return Points(
        model_name,
        ALL,
        encoding.z_mean,
        encoding.z_log_var,
        encoding.label,
        encoding.index,
        encoding.is_test,
        encoding.attributes,
        encoding.header.attribute_names,
    )
