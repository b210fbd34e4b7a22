"""The file ``notes/<model>/encoding.npz`` of the home: every image of a model's data, encoded once.

    header                 EncodingHeader as JSON: which model, and which data
    z_mean, z_log_var      (n, d), float16, or float32 where that would not hold them
    label, index, is_test  (n,) each
    reconstruction_error   (n,) float32, nats
    attributes             (n, k) float32, in data sets that have some

Guarantees: nothing in it is executed or unpickled; sizes are checked before it is parsed, and shapes
and values before anybody sees them.
"""

import hashlib
import io
import json
import os
import zipfile
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vae_core.base.arrays import MAXIMUM_INPUT
from vae_core.base.home import notes_folder, replace_file
from vae_core.datasets.registry import DATASETS
from vae_core.models.folder import MAXIMUM_LOG_VAR
from vae_core.models.model import LatentModel
from vae_core.specs import Name, Spec, TrainingSpec
from vae_core.specs.model import Sha256

ENCODING_FILE = "encoding.npz"
MAXIMUM_IMAGES = 200_000
MAXIMUM_CODE_BYTES = 128 << 20
# Codes in float32, and all that stands beside them.
MAXIMUM_FILE_BYTES = 2 * MAXIMUM_CODE_BYTES + (32 << 20)
MAXIMUM_HEADER_BYTES = 1 << 20
# Beyond it float16 has steps of 1, and soon no number at all.
LARGEST_HALF = 1_000.0
# Each holds up to twice the bytes of its file.
KEPT_ENCODINGS = 2
PICTURES_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}-[0-9a-f]{16}-[0-9a-f]{16}$"


class DataStamp(Spec):
    """What a data set was read from: name, size and time of change of each file, and who drew it."""

    files: tuple[tuple[str, int, int], ...]
    version: str


class EncodingHeader(Spec):
    """What an encoding is of: the SHA-256 of the model's two graphs, the data, the folder of pictures."""

    format: Literal[1] = 1
    model: Name
    encoder: Sha256
    decoder: Sha256
    stamp: DataStamp
    pictures: Annotated[str, Field(pattern=PICTURES_PATTERN)]
    attribute_names: tuple[Annotated[str, Field(max_length=80)], ...] = Field(default=(), max_length=100)


@dataclass(frozen=True, eq=False)
class Encoding:
    """Every image of a data set as a model sees it, training rows first, each split in its order.

    Codes (n, d) float32, ``z_log_var`` None for an autoencoder; ``label``, ``index`` (n,) int64 and
    ``is_test`` (n,) bool; ``reconstruction_error`` (n,) float32 in nats an image; ``attributes``
    (n, k) float32 or None. Arrays that were read are read-only.
    """

    header: EncodingHeader
    z_mean: NDArray[np.float32]
    z_log_var: NDArray[np.float32] | None
    label: NDArray[np.int64]
    index: NDArray[np.int64]
    is_test: NDArray[np.bool_]
    reconstruction_error: NDArray[np.float32]
    attributes: NDArray[np.float32] | None

    def __len__(self) -> int:
        return len(self.z_mean)

    @cached_property
    def digest(self) -> str:
        """``digest_of`` its codes."""
        return digest_of(self.z_mean)


def digest_of(z_mean: NDArray[np.float32]) -> str:
    """SHA-256 of the shape, two 32-bit numbers, and the codes (n, d), float32, both little-endian."""
    shape = np.array(z_mean.shape, "<u4").tobytes()
    return hashlib.sha256(shape + z_mean.astype("<f4", copy=False).tobytes()).hexdigest()


def encoding_path(model_name: str) -> Path:
    return notes_folder(model_name) / ENCODING_FILE


def data_stamp(spec: TrainingSpec) -> DataStamp | None:
    """What both splits of the data would be read from now; None where they are not on this machine."""
    source = DATASETS.get(spec.dataset)
    paths = source.files(spec.classes, spec.images_per_class) if source else None
    if source is None or paths is None:
        return None
    try:
        states = [path.stat() for path in paths]
    except OSError:
        return None
    files = tuple(
        (path.name, state.st_size, state.st_mtime_ns) for path, state in zip(paths, states, strict=True)
    )
    return DataStamp(files=files, version=source.version())


def write_encoding(encoding: Encoding) -> None:
    """Write it where ``read_encoding`` finds it. Raises OSError."""
    header = encoding.header.to_json().encode()
    arrays: dict[str, Any] = {
        "header": np.frombuffer(header, np.uint8),
        "z_mean": _halved(encoding.z_mean),
        "label": encoding.label.astype(np.int32),
        "index": encoding.index.astype(np.int32),
        "is_test": encoding.is_test,
        "reconstruction_error": encoding.reconstruction_error,
    }
    if encoding.z_log_var is not None:
        arrays["z_log_var"] = _halved(encoding.z_log_var)
    if encoding.attributes is not None:
        arrays["attributes"] = encoding.attributes
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    replace_file(encoding_path(encoding.header.model), buffer.getvalue())


def read_encoding(model: LatentModel) -> Encoding | None:
    """The encoding of ``model``, None where there is none; kept as long as the file stays the same.

    Raises ValueError where it is of another model of that name, of data that have changed since, or
    damaged. Data that are no longer on this machine are no hindrance.
    """
    path = encoding_path(model.name)
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror}): allow it, or remove the file") from None
    encoding = _kept(path, state.st_size, state.st_mtime_ns, model.latent_dim, model.spec.family == "vae")
    header, files = encoding.header, model.spec.files
    if (header.model, header.encoder, header.decoder) != (
        model.name,
        files["encoder.onnx"],
        files["decoder.onnx"],
    ):
        raise ValueError(
            f"all images were encoded by another model than this {model.name}: encode them again"
        )
    now = data_stamp(model.spec.training)
    if now is not None and now != header.stamp:
        dataset = model.spec.training.dataset
        raise ValueError(f"the pictures of {dataset} changed since they were encoded: encode them again")
    return encoding


def header_of(path: Path) -> EncodingHeader | None:
    """The header of an encoding, None where the file has none that can be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("header.npy").file_size > MAXIMUM_HEADER_BYTES:
                return None
        with np.load(path, allow_pickle=False) as arrays:
            return _header(arrays)
    except Exception:
        # A hostile archive can raise anything.
        return None


def _halved(codes: NDArray[np.float32]) -> NDArray[np.floating]:
    fits = not codes.size or float(np.abs(codes).max()) <= LARGEST_HALF
    return codes.astype(np.float16) if fits else codes


@lru_cache(maxsize=KEPT_ENCODINGS)
def _kept(path: Path, size: int, modified: int, latent_dim: int, is_vae: bool) -> Encoding:
    """The encoding in a file of that size and time. Raises ValueError."""
    try:
        encoding = _read(path, size)
        problem = _problem(encoding, latent_dim, is_vae)
    except Exception as error:
        # A hostile archive can raise anything, a MemoryError for an absurd shape included.
        problem = type(error).__name__
    if problem:
        raise ValueError(f"{path} is damaged ({problem}): encode all images again")
    for array in vars(encoding).values():
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return encoding


def _read(path: Path, size: int) -> Encoding:
    if size > MAXIMUM_FILE_BYTES:
        raise ValueError(f"{size:,} bytes")
    with path.open("rb") as file:
        # What is looked at is what was checked, whatever happens to the name meanwhile.
        if os.fstat(file.fileno()).st_size != size:
            raise ValueError("changed while it was read")
        with zipfile.ZipFile(file) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAXIMUM_FILE_BYTES:
                raise ValueError("unpacks to too much")
        file.seek(0)
        with np.load(file, allow_pickle=False) as arrays:
            return Encoding(
                _header(arrays),
                _array(arrays, "z_mean", np.float32),
                _array(arrays, "z_log_var", np.float32) if "z_log_var" in arrays else None,
                _array(arrays, "label", np.int64),
                _array(arrays, "index", np.int64),
                _array(arrays, "is_test", np.bool_),
                _array(arrays, "reconstruction_error", np.float32),
                _array(arrays, "attributes", np.float32) if "attributes" in arrays else None,
            )


def _array(arrays: Any, name: str, dtype: type[np.generic]) -> NDArray[Any]:
    """One array in memory of its own. Raises TypeError where ``dtype`` would not hold its values."""
    return arrays[name].astype(dtype, casting="safe")


def _header(arrays: Any) -> EncodingHeader:
    content = arrays["header"].tobytes()
    if len(content) > MAXIMUM_HEADER_BYTES or not isinstance(json.loads(content), dict):
        raise ValueError("no header")
    return EncodingHeader.from_json(content)


def _problem(encoding: Encoding, latent_dim: int, is_vae: bool) -> str | None:
    """What is wrong with arrays that were read, in a few words; None if nothing is."""
    rows, names = encoding.z_mean.shape[0], encoding.header.attribute_names
    shapes = {
        "z_mean": (rows, latent_dim),
        "z_log_var": (rows, latent_dim) if is_vae else None,
        "attributes": (rows, len(names)) if names else None,
        **dict.fromkeys(("label", "index", "is_test", "reconstruction_error"), (rows,)),
    }
    for name, shape in shapes.items():
        array = getattr(encoding, name)
        if (None if array is None else array.shape) != shape:
            return f"{name} has a wrong shape"
        if array is not None and not np.isfinite(array).all():
            return f"{name} holds NaN or infinite values"
    if rows > MAXIMUM_IMAGES:
        return f"{rows:,} rows"
    if rows and (encoding.index.min() < 0 or encoding.index.max() >= MAXIMUM_IMAGES):
        return "index out of range"
    if rows and np.abs(encoding.z_mean).max() > MAXIMUM_INPUT:
        return "codes out of range"
    if encoding.z_log_var is not None and rows and np.abs(encoding.z_log_var).max() > MAXIMUM_LOG_VAR:
        return "variances out of range"
    return None
