"""When the state of a run is written, and how it comes back into the variables of a network."""

import time
from pathlib import Path

import keras
from keras import ops

from vae_core.base.home import replace_file
from vae_core.runs.checkpoint_file import (
    STATE_FILE,
    Arrays,
    Checkpoint,
    RunState,
    pack_checkpoint,
    read_checkpoint,
)

__all__ = ["Arrays", "Checkpoints", "RunState", "assign", "values_of"]

# A checkpoint is due after every epoch and this many seconds, and may take this share of the time.
SECONDS_BETWEEN = 30.0
SHARE_OF_TIME = 0.1


class Checkpoints:
    """Writes and reads the state below ``folder``; ``digest`` names the settings it belongs to.

    ``reads_only`` for those who help another process that writes.
    """

    def __init__(self, folder: Path, digest: str, reads_only: bool = False) -> None:
        self._path, self._digest, self._reads_only = folder / STATE_FILE, digest, reads_only
        self._written, self._cost = time.perf_counter(), 0.0

    def is_due(self, epoch_ended: bool) -> bool:
        """At the end of an epoch, or after 30 s; never so often that writing takes a tenth of the time."""
        since = time.perf_counter() - self._written
        return since * SHARE_OF_TIME >= self._cost and (epoch_ended or since >= SECONDS_BETWEEN)

    def save(self, state: RunState, variables: list[keras.Variable], best: Arrays | None) -> None:
        """Replace the file. Raises OSError, for instance on a full disk; the old file stays then."""
        if self._reads_only:
            return
        started = time.perf_counter()
        content = pack_checkpoint(Checkpoint(self._digest, state, values_of(variables), best))
        replace_file(self._path, content)
        self._written = time.perf_counter()
        self._cost = self._written - started

    def load(self, variables: list[keras.Variable]) -> tuple[RunState, Arrays | None] | None:
        """Put the saved values into ``variables``; the state and the best weights, or None without a file.

        Raises ValueError if the file is damaged or belongs to other settings.
        """
        if not self._path.exists():
            return None
        checkpoint = read_checkpoint(self._path)
        if checkpoint.digest != self._digest:
            raise ValueError(
                f"{self._path.parent.parent / 'spec.json'} was changed since the run began: "
                "put the old one back, or train anew with the new settings"
            )
        assign(variables, checkpoint.now, str(self._path))
        return checkpoint.state, checkpoint.best


def values_of(variables: list[keras.Variable]) -> Arrays:
    return [ops.convert_to_numpy(variable) for variable in variables]


def assign(variables: list[keras.Variable], values: Arrays, source: str) -> None:
    """Set ``variables``; ValueError naming ``source`` if shapes differ."""
    shapes = [tuple(variable.shape) for variable in variables]
    if shapes != [value.shape for value in values]:
        raise ValueError(f"{source} does not hold the weights of this network: train anew")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
