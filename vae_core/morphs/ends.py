"""Where a path begins, passes and ends: a code, its name, and the picture that it came from."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import MAXIMUM_COORDINATE, as_codes, unit_images
from vae_core.images.fitting import fit_picture, suggested_settings
from vae_core.images.likeness import likeness_of
from vae_core.images.uploads import MAXIMUM_BYTES, read_picture
from vae_core.maps.pictures import has_originals, pictures_of
from vae_core.maps.points import held_out_points
from vae_core.maps.selections import class_name
from vae_core.models.model import LatentModel
from vae_core.space.samples import prior_samples


@dataclass(frozen=True, eq=False)
class End:
    """``code`` (d,), what it is called, and the picture (h, w, c) in [0, 1] that was encoded, if any.

    ``original`` is as the model saw it: of a file that is the picture made ready.
    """

    label: str
    code: NDArray[np.float32]
    original: NDArray[np.float32] | None = None


def row_end(model: LatentModel, row: int | np.integer) -> End:
    """The held-out image in this row, from 0, of ``latents.npz``; its original where it is on this machine.

    Raises ValueError for a row that is not there.
    """
    points = held_out_points(model)
    if not len(points):
        raise ValueError(f"{model.name} came without codes of held-out images: give a picture file instead")
    is_whole = isinstance(row, int | np.integer) and not isinstance(row, bool)
    if not is_whole or not 0 <= row < len(points):
        raise ValueError(f"row is {row!r:.40}: {model.name} has the rows 0 to {len(points) - 1:,}")
    number, original = int(row), None
    if has_originals(model, points):
        original = unit_images(pictures_of(model, points, [number])[0][0])
    label = int(points.label[number])
    name = f"row {number}" if label < 0 else f"{class_name(label, model.spec.class_names)} (row {number})"
    return End(name, points.z_mean[number].copy(), original)


def file_end(model: LatentModel, path_or_bytes: str | Path | bytes, label: str | None = None) -> End:
    """The picture in a PNG, JPEG or WebP file, made ready for ``model`` by ``suggested_settings``.

    It is called by the name of its file where there is no ``label``. Raises ValueError of one line,
    the file named, where it cannot be read, is no picture, or there is nothing in it.
    """
    if isinstance(path_or_bytes, bytes):
        return _picture_end(model, path_or_bytes, "picture" if label is None else label)
    path = Path(path_or_bytes)
    content = _content(path)
    try:
        return _picture_end(model, content, path.name if label is None else label)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def prior_end(model: LatentModel, seed: int) -> End:
    """A code from N(0, I), the same for the same seed.

    That is the prior of a VAE; a plain autoencoder's codes may lie elsewhere. Raises ValueError for a
    seed below 0.
    """
    is_whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not is_whole or seed < 0:
        raise ValueError(f"seed is {seed!r:.40}: expected a whole number from 0")
    return End(f"prior sample {seed}", prior_samples(model.latent_dim, 1, int(seed))[0])


def code_end(model: LatentModel, z: ArrayLike, label: str) -> End:
    """The code ``z`` (d,). Raises ValueError for NaN, another length, or a value beyond ±1,000."""
    row: Any = [z]
    code = as_codes(row, model.latent_dim)[0]
    if (farthest := float(np.abs(code).max())) > MAXIMUM_COORDINATE:
        raise ValueError(f"z holds {farthest:.3g}; a path takes at most ±{MAXIMUM_COORDINATE:g}")
    return End(label, code.copy())


def pixel_error(model: LatentModel, end: End) -> float | None:
    """By how much the decoded code differs from the original: the root mean square, in grey levels.

    0 is the same picture, 255 black for white; over all pixels and channels. None without an original.
    """
    if end.original is None:
        return None
    difference = model.decode(end.code[np.newaxis])[0] - end.original
    return float(255 * np.sqrt(np.mean(np.square(difference, dtype=np.float64))))


def _picture_end(model: LatentModel, content: bytes, label: str) -> End:
    picture, likeness = read_picture(content), likeness_of(model)
    settings = suggested_settings(picture, model.input_shape, likeness)
    image = fit_picture(picture, model.input_shape, likeness, settings)
    return replace(code_end(model, model.encode(image[np.newaxis]).z_mean[0], label), original=image)


def _content(path: Path) -> bytes:
    """The bytes of a plain file; of one that is too large as many as show it."""
    try:
        if not path.exists():
            raise ValueError(f"there is no file {path}: expected a row of latents.npz or a picture file")
        if not path.is_file():
            raise ValueError(f"{path} is no file: expected a PNG, JPEG or WebP picture")
        with path.open("rb") as file:
            return file.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror}): choose another picture") from None
