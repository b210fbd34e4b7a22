"""Every image of a model's data set, encoded once and kept: for a map of all instead of the held-out few."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from vae_core.base.arrays import MAXIMUM_INPUT, unit_images
from vae_core.base.home import HOME_VARIABLE, home
from vae_core.datasets import DATASETS, Dataset, load_dataset
from vae_core.families.posterior import Posterior
from vae_core.maps.encoding_file import (
    MAXIMUM_CODE_BYTES,
    MAXIMUM_IMAGES,
    DataStamp,
    Encoding,
    EncodingHeader,
    data_stamp,
    encoding_path,
    header_of,
    write_encoding,
)
from vae_core.maps.originals import fetch_command, problem_with_originals
from vae_core.maps.picture_store import forget_unused_pictures, keep_pictures
from vae_core.metrics.bound import negative_log_likelihood
from vae_core.models.folder import MAXIMUM_LOG_VAR
from vae_core.models.model import LatentModel
from vae_core.specs import TrainingSpec

LOCK_FILE = "encoding.lock"
LOCK_SECONDS = 2
MAXIMUM_PIXEL_BYTES = 1 << 30
# Fits into the processor's cache with all that is made of it.
CHUNK = 256

Progress = Callable[[str, int, int], None]


def can_encode(model: LatentModel) -> str | None:
    """Why ``encode_all`` would be refused, in one line; None where it can be done."""
    spec = model.spec.training
    if spec.dataset not in DATASETS:
        return (
            f"{spec.dataset} is no data set that is known here: all images of {model.name} cannot be encoded"
        )
    if data_stamp(spec) is None:
        return f"the pictures of {spec.dataset} are not all on this machine: run {fetch_command(spec)}"
    return problem_with_originals(model) or _problem_of_size(model, count_of_images(spec))


def count_of_images(spec: TrainingSpec) -> int:
    """About how many images ``encode_all`` would encode; 0 for an unknown data set.

    Exact unless classes are chosen from data whose classes are not equally frequent.
    """
    source = DATASETS.get(spec.dataset)
    return source.count(spec.classes, spec.images_per_class) if source else 0


def encode_all(model: LatentModel, on_progress: Progress | None = None) -> Encoding:
    """Encode both splits of the data of ``model``, and keep codes and pictures in the home.

    A limit of training images (``images`` of the spec) does not apply. ``on_progress`` is told a stage
    in a few words, how much of it is done, and of how much. Raises ValueError of one line: as
    ``can_encode``, where another process does the same, for codes that are not finite or absurdly
    large, for data that change meanwhile, and for whatever the disk refuses.
    """
    report = on_progress or (lambda stage, done, total: None)
    if reason := can_encode(model):
        raise ValueError(reason)
    with _held(model):
        spec = model.spec.training
        stamp = _stamp(spec)
        report("reading the pictures", 0, 1)
        dataset = load_dataset(spec.dataset, spec.classes, spec.images_per_class)
        count = len(dataset.train) + len(dataset.test)
        if problem := _problem_of_size(model, count):
            raise ValueError(problem)
        report("reading the pictures", 1, 1)
        z_mean, z_log_var, errors = _encoded(model, dataset, report)
        report("keeping them", 0, 1)
        if _stamp(spec) != stamp:
            raise ValueError(f"the pictures of {spec.dataset} changed while they were encoded: try again")
        key = keep_pictures(spec, stamp, [dataset.train.pixels, dataset.test.pixels])
        encoding = _encoding(model, dataset, stamp, key, (z_mean, z_log_var, errors))
        write_encoding(encoding)
        report("keeping them", 1, 1)
    return encoding


def forget_encoding(model: LatentModel) -> None:
    """Remove the encoding of ``model``, and its pictures unless another encoding needs them.

    Nothing happens where there is none. Raises ValueError as ``encode_all``.
    """
    path = encoding_path(model.name)
    if not path.exists():
        return
    with _held(model):
        header = header_of(path)
        path.unlink(missing_ok=True)
    if header:
        forget_unused_pictures(header.pictures)


def reconstruction_errors(
    model: LatentModel, images: NDArray[np.float32], z_mean: NDArray[np.float32]
) -> NDArray[np.float32]:
    """-log p(x|z) at z = z_mean of images (n, h, w, c) in [0, 1], (n,) in nats (``metrics.bound``)."""
    means = model.decode(z_mean)
    return negative_log_likelihood(images, means, model.spec.likelihood).astype(np.float32)


def _problem_of_size(model: LatentModel, count: int) -> str | None:
    """Why so many images are too many."""
    dataset = model.spec.training.dataset
    if count > MAXIMUM_IMAGES:
        return f"{dataset} has {count:,} images: at most {MAXIMUM_IMAGES:,} can be encoded"
    pixel_bytes = count * int(np.prod(model.input_shape))
    if pixel_bytes > MAXIMUM_PIXEL_BYTES:
        return f"{dataset} has {pixel_bytes:,} bytes of pixels: at most {MAXIMUM_PIXEL_BYTES:,} can be kept"
    # Mean and log variance in float16.
    code_bytes = count * model.latent_dim * 4
    if code_bytes > MAXIMUM_CODE_BYTES:
        return (
            f"{count:,} codes of {model.latent_dim} dimensions take {code_bytes:,} bytes: at most "
            f"{MAXIMUM_CODE_BYTES:,} can be kept"
        )
    return None


@contextmanager
def _held(model: LatentModel) -> Iterator[None]:
    """Hold the encoding of ``model``; what the disk refuses becomes one line."""
    folder = encoding_path(model.name).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / LOCK_FILE, timeout=LOCK_SECONDS):
            yield
    except Timeout:
        raise ValueError(
            f"all images of {model.name} are being encoded by another process: wait until it is done"
        ) from None
    except OSError as error:
        raise ValueError(
            f"the encoding of {model.name} cannot be kept below {home()} ({error.strerror or error}): free "
            f"space, allow writing there, or set ${HOME_VARIABLE} to another folder"
        ) from None


def _stamp(spec: TrainingSpec) -> DataStamp:
    stamp = data_stamp(spec)
    if stamp is None:
        raise ValueError(f"the pictures of {spec.dataset} are no longer on this machine: try again")
    return stamp


def _encoded(
    model: LatentModel, dataset: Dataset, report: Progress
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None, NDArray[np.float32]]:
    """Means and log variances (n, d), and reconstruction errors (n,), of both splits."""
    count = len(dataset.train) + len(dataset.test)
    z_mean = np.empty((count, model.latent_dim), np.float32)
    z_log_var = None if model.spec.family == "autoencoder" else np.empty_like(z_mean)
    errors = np.empty(count, np.float32)
    first = 0
    for split in (dataset.train, dataset.test):
        for start in range(0, len(split), CHUNK):
            report("encoding", first, count)
            images = unit_images(split.pixels[start : start + CHUNK])
            rows = slice(first, first + len(images))
            posterior = _checked(model, model.encode(images))
            z_mean[rows] = posterior.z_mean
            if z_log_var is not None:
                z_log_var[rows] = posterior.z_log_var
            errors[rows] = reconstruction_errors(model, images, posterior.z_mean.astype(np.float32))
            first = rows.stop
    report("encoding", count, count)
    return z_mean, z_log_var, errors


def _checked(model: LatentModel, posterior: Posterior) -> Posterior:
    """Raise ValueError for codes that could not be read back."""
    log_var = posterior.z_log_var
    for what, values, most in (
        ("code", posterior.z_mean, MAXIMUM_INPUT),
        ("log variance", log_var, MAXIMUM_LOG_VAR),
    ):
        if values is not None and np.abs(values).max() > most:
            largest = float(np.abs(values).max())
            raise ValueError(
                f"{model.name} gives an image the {what} {largest:.3g}; expected at most {most:g}"
            )
    return posterior


def _encoding(
    model: LatentModel,
    dataset: Dataset,
    stamp: DataStamp,
    pictures: str,
    codes: tuple[NDArray[np.float32], NDArray[np.float32] | None, NDArray[np.float32]],
) -> Encoding:
    train, test = dataset.train, dataset.test
    attributes = None
    if train.attributes is not None and test.attributes is not None:
        attributes = np.concatenate([train.attributes, test.attributes])
    header = EncodingHeader(
        model=model.name,
        encoder=model.spec.files["encoder.onnx"],
        decoder=model.spec.files["decoder.onnx"],
        stamp=stamp,
        pictures=pictures,
        attribute_names=() if attributes is None else dataset.attribute_names,
    )
    z_mean, z_log_var, errors = codes
    return Encoding(
        header,
        z_mean,
        z_log_var,
        np.concatenate([train.labels, test.labels]),
        np.concatenate([np.arange(len(train)), np.arange(len(test))]),
        np.arange(len(train) + len(test)) >= len(train),
        errors,
        attributes,
    )
