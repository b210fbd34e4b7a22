"""What a run leaves behind for people to look at: its network as a script, and snapshots of its epochs.

The pictures looked at are of the test split, which no step ever sees: the same ones after every
epoch, and after a resumption.
"""

import contextlib
import time
from collections.abc import Callable

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from scipy.special import expit

from vae_core.base.arrays import rounded_bytes, unit_images
from vae_core.base.home import replace_file
from vae_core.datasets import Dataset
from vae_core.families.posterior import Posterior
from vae_core.metrics.bound import kl_per_dimension
from vae_core.runs.folder import NETWORK_FILE, RunFolder
from vae_core.runs.snapshots import (
    MAXIMUM_CODES,
    MAXIMUM_COORDINATES,
    MAXIMUM_ORIGINALS,
    FirstSnapshot,
    Snapshot,
    Snapshots,
)
from vae_core.space.slices import Slice
from vae_core.specs import TrainingSpec
from vae_core.training.export.keras_source import keras_source
from vae_core.training.loop.checkpoints import RunState
from vae_core.training.loop.steps import TrainingStep

# Snapshots may take this share of the time; epochs that are too short for that are left out.
SHARE_OF_TIME = 0.1
CELLS, REACH = 12, 3.0
DRAWS, DRAWS_COLUMNS, DRAWS_SEED = 48, 8, 0
PICTURES_SEED = 0
BATCH = 250
LARGEST_FLOAT16 = float(np.finfo(np.float16).max)


class Recorder:
    """Observes a run and writes into its folder; an event "snapshot" for each one.

    What cannot be written, as on a full disk, does not end the run: it is noted once, as an event
    "unrecorded" with the reason.
    """

    def __init__(self, run: RunFolder, dataset: Dataset) -> None:
        self._run, self._spec, self._snapshots = run, run.spec.training, Snapshots(run)
        rows = np.random.default_rng(PICTURES_SEED).permutation(len(dataset.test))[:MAXIMUM_CODES]
        self._pixels, labels = dataset.test.pixels[rows], dataset.test.labels[rows]
        self._shown = spread_over_classes(labels, MAXIMUM_ORIGINALS)
        columns = CELLS if self._spec.latent_dim <= 2 else DRAWS_COLUMNS
        self._first = FirstSnapshot(self._pixels[self._shown], labels.astype(np.int16), columns)
        self._written, self._cost = time.perf_counter(), 0.0
        self._failed = False

    def begins(self, step: TrainingStep, state: RunState) -> None:
        """Write the network and the shared part; a snapshot too where the run stands and has none."""
        source = keras_source(step.encoder, step.decoder, self._spec)
        done = state.epoch - 1

        def prepare() -> None:
            replace_file(self._run.path / NETWORK_FILE, source.encode())
            self._snapshots.forget_after(done)
            self._snapshots.write_first(self._first)

        self._attempt(prepare)
        if not state.calls_done and done not in self._snapshots.epochs():
            # The first use of an operation is slow, which says nothing of the cost of the next.
            draw(self._spec, step.encoder, step.decoder, self._pixels[:BATCH], self._shown[:0], done)
            self._record(step, done)

    def epoch_ended(self, step: TrainingStep, state: RunState) -> None:
        """Write a snapshot if that takes little beside the time since the last one; always of the last."""
        since = time.perf_counter() - self._written
        if state.ended is not None or since * SHARE_OF_TIME >= self._cost:
            self._record(step, state.epoch - 1)

    def _record(self, step: TrainingStep, epoch: int) -> None:
        started = time.perf_counter()
        snapshot = draw(self._spec, step.encoder, step.decoder, self._pixels, self._shown, epoch)

        def write() -> None:
            self._snapshots.write(snapshot)
            self._run.append("snapshot", epoch=epoch)

        self._attempt(write)
        self._written = time.perf_counter()
        self._cost = self._written - started

    def _attempt(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            if not self._failed:
                self._failed = True
                with contextlib.suppress(OSError):
                    self._run.append("unrecorded", reason=f"snapshots: {error.strerror or error}")


def draw(
    spec: TrainingSpec,
    encoder: keras.Model,
    decoder: keras.Model,
    pixels: NDArray[np.uint8],
    shown: NDArray[np.int64],
    epoch: int,
) -> Snapshot:
    """What the networks make of ``pixels`` (k, height, width, channels); rows ``shown`` are redrawn.

    The grid: up to two dimensions 12 × 12 cells of [-3, 3]², of one dimension all rows alike; more:
    48 draws from N(0, I), the same ones always; an autoencoder has no prior: the codes of the first
    48 pictures. Numbers beyond float16 are cut off; NaN becomes 0.
    """
    posterior = _encoded(spec, encoder, pixels)
    codes = _grid_codes(spec, posterior.z_mean)
    drawn = _decoded(spec, decoder, np.concatenate([codes, posterior.z_mean[shown]]))
    means = np.nan_to_num(posterior.z_mean[:, :MAXIMUM_COORDINATES])
    kl = np.empty(0) if posterior.z_log_var is None else kl_per_dimension(posterior).mean(axis=0)
    return Snapshot(
        grid=drawn[: len(codes)],
        reconstructions=drawn[len(codes) :],
        codes=np.clip(means, -LARGEST_FLOAT16, LARGEST_FLOAT16).astype(np.float16),
        kl=np.nan_to_num(kl.astype(np.float32)),
        epoch=epoch,
    )


def spread_over_classes(labels: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Rows of ``count`` pictures, or of all: the first of each class by its number, then the second …"""
    rank = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        rank[rows] = np.arange(len(rows))
    return np.lexsort((labels, rank))[:count]


def _grid_codes(spec: TrainingSpec, z_mean: NDArray[np.float32]) -> NDArray[np.float32]:
    dimensions = spec.latent_dim
    if dimensions <= 2:
        axes = np.eye(2, dimensions, dtype=np.float32)
        ranges = np.tile([-REACH, REACH], (2, 1)).astype(np.float32)
        return Slice(np.zeros(dimensions, np.float32), axes, ranges).cell_centres(CELLS)
    if spec.family == "autoencoder":
        return z_mean[:DRAWS]
    generator = np.random.default_rng(DRAWS_SEED)
    return generator.standard_normal((DRAWS, dimensions), dtype=np.float32)


def _encoded(spec: TrainingSpec, encoder: keras.Model, pixels: NDArray[np.uint8]) -> Posterior:
    found = []
    for start in range(0, len(pixels), BATCH):
        outputs = encoder(unit_images(pixels[start : start + BATCH]), training=False)
        found.append([_numbers(part) for part in (outputs if spec.family == "vae" else [outputs])])
    parts = [np.concatenate(part) for part in zip(*found, strict=True)]
    return Posterior(parts[0], parts[1] if spec.family == "vae" else None)


def _decoded(spec: TrainingSpec, decoder: keras.Model, codes: NDArray[np.float32]) -> NDArray[np.uint8]:
    outputs = np.nan_to_num(_numbers(decoder(codes, training=False)))
    return rounded_bytes(expit(outputs) if spec.likelihood.kind == "bernoulli" else outputs)


def _numbers(values: keras.KerasTensor) -> NDArray[np.float32]:
    """As float32, whatever the network computes in."""
    return ops.convert_to_numpy(ops.cast(values, "float32"))
