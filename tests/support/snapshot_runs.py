"""Runs with snapshots whose pictures say their epoch: what a training leaves behind, without training."""

import numpy as np

from vae_core.runs.folder import RunFolder, RunSpec, create_run
from vae_core.runs.snapshots import FirstSnapshot, Snapshot, Snapshots
from vae_core.specs import TrainingSpec

SHAPE = (4, 4, 1)
GRID, COLUMNS, ORIGINALS, CODES, DIMENSIONS = 6, 3, 4, 30, 3


def run_with_snapshots(tmp_path, epochs, dimensions=DIMENSIONS) -> RunFolder:
    """A run that has a snapshot of each of ``epochs``."""
    training = TrainingSpec(dataset="digits", network="fast")
    run = create_run(RunSpec(training=training, out=str(tmp_path / "out")))
    labels = (np.arange(CODES) % 2).astype(np.int16)
    originals = np.full((ORIGINALS, *SHAPE), 200, np.uint8)
    Snapshots(run).write_first(FirstSnapshot(originals, labels, COLUMNS))
    for epoch in epochs:
        Snapshots(run).write(snapshot(epoch, dimensions))
    return run


def snapshot(epoch: int, dimensions: int = DIMENSIONS) -> Snapshot:
    """Grid pixels are 10 × the epoch, reconstructions 10 × the epoch + 5; codes move to the right with it.

    All codes stand in one place, at epoch / 8 of the first dimension and 0 of the others, but two that
    make the first two dimensions those of the highest variance.
    """
    codes = np.zeros((CODES, dimensions), np.float16)
    codes[:, 0] = epoch / 8
    codes[0, 0], codes[1, min(1, dimensions - 1)] = -3, 2
    return Snapshot(
        grid=np.full((GRID, *SHAPE), 10 * epoch, np.uint8),
        reconstructions=np.full((ORIGINALS, *SHAPE), 10 * epoch + 5, np.uint8),
        codes=codes,
        kl=np.zeros(dimensions, np.float32),
        epoch=epoch,
    )
