"""The model folder, format 1: what training makes and everything else reads.

    spec.json      ModelSpec: what the model is, and the SHA-256 of every other file
    encoder.onnx   input ``images``; outputs ``z_mean`` and, unless an autoencoder, ``z_log_var``
    decoder.onnx   input ``z``; output ``images``, the mean of the likelihood
    player.json, player.bin   the decoder for the browser; absent where the player has no kernel
    latents.npz    z_mean, z_log_var, label, index of at most 10,000 held-out images, float16
    metrics.json   figures and the command that made them
    card.md        data, licence, limits
    model.keras    in trained models: for download, never loaded here

Guarantees: nothing in a folder is executed or unpickled. Sizes, file kinds and hashes are checked
before a file is parsed; ONNX graphs may not point to files outside; arrays load with
``allow_pickle=False``. A folder that fails any check raises ``ModelFolderError`` with its name
and the reason.
"""

import hashlib
import io
import json
import os
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from vae_core.base.arrays import MAXIMUM_COORDINATE
from vae_core.base.home import publish_folder
from vae_core.specs import ModelSpec, one_line

SPEC_FILE = "spec.json"
REQUIRED_FILES = ("encoder.onnx", "decoder.onnx", "latents.npz", "metrics.json", "card.md")
PLAYER_FILES = ("player.json", "player.bin")
KERAS_FILE = "model.keras"
KNOWN_FILES = (*REQUIRED_FILES, *PLAYER_FILES, KERAS_FILE)
# The spread of a code, e^(log variance / 2), is between 3e-7 and 3e6: nothing that trains goes beyond.
MAXIMUM_LOG_VAR = 30.0
MAXIMUM_BYTES = {
    SPEC_FILE: 1 << 20,
    "metrics.json": 1 << 20,
    "player.json": 1 << 20,
    "card.md": 1 << 20,
    "player.bin": 12 << 20,
    "latents.npz": 4 << 20,
    "encoder.onnx": 256 << 20,
    "decoder.onnx": 256 << 20,
    KERAS_FILE: 1 << 30,
}


class ModelFolderError(ValueError):
    """A model folder that cannot be used; the message has its name and the reason."""


class Metrics(BaseModel):
    """What ``metrics.json`` must hold; it may hold more."""

    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    test: dict[str, float | int | list[float | int] | None]
    command: str


@dataclass(frozen=True)
class Latents:
    """Codes of held-out images, in the order of the file.

    ``z_mean`` (n, latent_dim) float32; ``z_log_var`` the same or None for an autoencoder;
    ``label`` (n,) int64, -1 where the data have none; ``index`` (n,) int64 into the test split.
    """

    z_mean: NDArray[np.float32]
    z_log_var: NDArray[np.float32] | None
    label: NDArray[np.int64]
    index: NDArray[np.int64]

    @cached_property
    def squared_norms(self) -> NDArray[np.float32]:
        """|z_mean|² of each row, (n,)."""
        return np.einsum("nd,nd->n", self.z_mean, self.z_mean)


@dataclass(frozen=True)
class ModelFolder:
    """A folder whose spec was read and whose files were checked against it."""

    path: Path
    spec: ModelSpec

    def read(self, name: str) -> bytes:
        """The bytes of one file; ModelFolderError if they are not those the spec promises."""
        return _checked_bytes(self.path, name, self.spec.files[name])

    def has_player(self) -> bool:
        return all(name in self.spec.files for name in PLAYER_FILES)

    def metrics(self) -> dict[str, Any]:
        """Figures of the test split (numbers, lists of numbers or null) and how they were made."""
        found = _json_object(self.path, "metrics.json", self.read("metrics.json"))
        try:
            Metrics.model_validate(found)
        except ValidationError as error:
            raise ModelFolderError(f"{self.path.name}: metrics.json: {one_line(error)}") from None
        return found

    def latents(self) -> Latents:
        return _read_latents(self.path, self.read("latents.npz"), self.spec)


def open_folder(path: Path) -> ModelFolder:
    """Read and check the folder at ``path``: every file is there, of its size limit and its hash.

    Hashes are remembered as long as sizes and modification times stay the same.
    Raises ModelFolderError.
    """
    if not path.is_dir():
        raise ModelFolderError(f"{path.name}: there is no model folder at {path}")
    spec = _read_spec(path)
    missing = [name for name in REQUIRED_FILES if name not in spec.files]
    if missing:
        raise ModelFolderError(f"{path.name}: spec.json lists no {missing[0]}")
    unknown = sorted(set(spec.files) - set(KNOWN_FILES))
    if unknown:
        raise ModelFolderError(f"{path.name}: spec.json lists {unknown[0]}, which format 1 does not have")
    for name, expected in spec.files.items():
        # Only for download, up to 1 GB, and never read here: its presence and size suffice.
        if name == KERAS_FILE:
            _status(path, name)
        elif _hash_of(path, name) != expected:
            raise _altered(path, name)
    return ModelFolder(path, spec)


def write_folder(path: Path, spec_values: dict[str, Any], files: Mapping[str, bytes]) -> ModelFolder:
    """Publish a whole model folder at ``path`` at once, hashes filled in.

    ``spec_values`` are the fields of ModelSpec without ``files``. Raises ValueError if ``path``
    exists, cannot be written, or the values do not make a valid folder.
    """
    for name, content in files.items():
        if name not in KNOWN_FILES:
            raise ValueError(f"{name} is no file of a model folder; expected one of {', '.join(KNOWN_FILES)}")
        if len(content) > MAXIMUM_BYTES[name]:
            raise ValueError(
                f"{name} has {len(content):,} bytes; at most {MAXIMUM_BYTES[name]:,} are allowed"
            )
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    spec = ModelSpec.checked({**spec_values, "files": hashes})
    with publish_folder(path) as part:
        for name, content in files.items():
            (part / name).write_bytes(content)
        (part / SPEC_FILE).write_text(spec.to_json(), encoding="utf-8")
    return open_folder(path)


def pack_latents(latents: Latents) -> bytes:
    """``latents.npz`` in float16; the caller has chosen at most 10,000 rows and 4 MB."""
    arrays: dict[str, Any] = {
        "z_mean": latents.z_mean.astype(np.float16),
        "label": latents.label.astype(np.int16),
        "index": latents.index.astype(np.int32),
    }
    if latents.z_log_var is not None:
        arrays["z_log_var"] = latents.z_log_var.astype(np.float16)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _read_spec(path: Path) -> ModelSpec:
    content = _bounded_bytes(path, SPEC_FILE)
    try:
        declared = json.loads(content)
    except (ValueError, RecursionError):
        raise ModelFolderError(f"{path.name}: spec.json is not JSON") from None
    if not isinstance(declared, dict) or declared.get("format") != 1:
        found = declared.get("format") if isinstance(declared, dict) else None
        raise ModelFolderError(f"{path.name}: spec.json has format {found!r}; this version reads format 1")
    try:
        return ModelSpec.from_json(content)
    except ValueError as error:
        raise ModelFolderError(f"{path.name}: spec.json: {error}") from None


def _read_latents(path: Path, content: bytes, spec: ModelSpec) -> Latents:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > 64 << 20:
                raise ModelFolderError(f"{path.name}: latents.npz unpacks to more than 64 MB")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            z_mean = arrays["z_mean"].astype(np.float32)
            z_log_var = arrays["z_log_var"].astype(np.float32) if "z_log_var" in arrays else None
            label, index = arrays["label"].astype(np.int64), arrays["index"].astype(np.int64)
    except ModelFolderError:
        raise
    except Exception as error:
        # A hostile archive can raise anything, a MemoryError for an absurd shape included.
        raise ModelFolderError(f"{path.name}: latents.npz cannot be read ({type(error).__name__})") from None
    if z_mean.ndim != 2:
        raise ModelFolderError(f"{path.name}: latents.npz has arrays of wrong shape")
    rows = len(z_mean)
    fits = z_mean.shape == (rows, spec.latent_dim) and label.shape == index.shape == (rows,)
    if not fits or (z_log_var is not None and z_log_var.shape != z_mean.shape) or rows > 10_000:
        raise ModelFolderError(f"{path.name}: latents.npz has arrays of wrong shape")
    if (spec.family == "vae") != (z_log_var is not None):
        raise ModelFolderError(f"{path.name}: latents.npz and the family {spec.family!r} do not fit")
    if not np.isfinite(z_mean).all() or not (z_log_var is None or np.isfinite(z_log_var).all()):
        raise ModelFolderError(f"{path.name}: latents.npz holds NaN or infinite codes")
    _check_reach(path, "code", z_mean, MAXIMUM_COORDINATE)
    if z_log_var is not None:
        _check_reach(path, "log variance", z_log_var, MAXIMUM_LOG_VAR)
    return Latents(z_mean, z_log_var, label, index)


def _check_reach(path: Path, what: str, values: NDArray[np.float32], most: float) -> None:
    """Raise ModelFolderError for a value beyond ±``most``, which no page could show or go to."""
    beyond = values[np.abs(values) > most]
    if beyond.size:
        raise ModelFolderError(
            f"{path.name}: latents.npz holds the {what} {beyond[0]:.3g}; expected at most ±{most:g}"
        )


def _json_object(path: Path, name: str, content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        raise ModelFolderError(f"{path.name}: {name} is not JSON") from None
    if not isinstance(value, dict):
        raise ModelFolderError(f"{path.name}: {name} is not a JSON object")
    return value


def _status(path: Path, name: str) -> os.stat_result:
    """The status of one plain file of allowed size; a folder may change while it is looked at."""
    try:
        status = (path / name).lstat()
    except FileNotFoundError:
        raise ModelFolderError(f"{path.name}: {name} is missing") from None
    except OSError as error:
        raise ModelFolderError(f"{path.name}: {name} cannot be read ({error.strerror})") from None
    if not stat.S_ISREG(status.st_mode):
        raise ModelFolderError(f"{path.name}: {name} is missing (what stands there is no plain file)")
    if status.st_size > MAXIMUM_BYTES[name]:
        raise ModelFolderError(f"{path.name}: {name} is larger than {MAXIMUM_BYTES[name]:,} bytes")
    return status


def _bounded_bytes(path: Path, name: str) -> bytes:
    _status(path, name)
    try:
        return (path / name).read_bytes()
    except OSError as error:
        raise ModelFolderError(f"{path.name}: {name} cannot be read ({error.strerror})") from None


def _checked_bytes(path: Path, name: str, expected: str) -> bytes:
    content = _bounded_bytes(path, name)
    if hashlib.sha256(content).hexdigest() != expected:
        raise _altered(path, name)
    return content


def _altered(path: Path, name: str) -> ModelFolderError:
    return ModelFolderError(
        f"{path.name}: {name} is not the file that spec.json describes (altered or cut short)"
    )


def _hash_of(path: Path, name: str) -> str:
    status = _status(path, name)
    return _remembered_hash(path, name, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4096)
def _remembered_hash(path: Path, name: str, size: int, modified: int) -> str:
    try:
        with (path / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFolderError(f"{path.name}: {name} cannot be read ({error.strerror})") from None
