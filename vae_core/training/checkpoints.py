"""The state of a run in one file, ``checkpoint/state.npz``, replaced as a whole.

It holds numbers only: arrays, and a JSON object as bytes. Nothing in it is executed or unpickled.
"""

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from vae_core.home import replace_file

STATE_FILE = "state.npz"
# A checkpoint is due after every epoch and this many seconds, and may take this share of the time.
SECONDS_BETWEEN = 30.0
SHARE_OF_TIME = 0.1

Arrays = list[NDArray[Any]]


class RunState(BaseModel):
    """Where a run stands, in plain numbers.

    ``epoch`` and ``calls_done`` say which call of steps is next; ``sums`` the losses of this
    epoch's calls; ``seconds`` the time spent; ``ended`` why the run is over, or None.
    """

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    epoch: int = Field(default=1, ge=1)
    calls_done: int = Field(default=0, ge=0)
    steps_done: int = Field(default=0, ge=0)
    seconds: float = Field(default=0.0, ge=0)
    sums: list[float] = Field(default=[0.0, 0.0, 0.0], min_length=3, max_length=3)
    history: list[dict[str, float]] = []
    rate_factor: float = 1.0
    best_loss: float | None = None
    epochs_since_best: int = Field(default=0, ge=0)
    first_loss: float | None = None
    ended: str | None = None


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
        header = {"digest": self._digest, "state": state.model_dump(), "has_best": best is not None}
        arrays: dict[str, Any] = {"header": np.frombuffer(json.dumps(header).encode(), np.uint8)}
        arrays |= {f"now{place}": value for place, value in enumerate(values_of(variables))}
        arrays |= {f"best{place}": value for place, value in enumerate(best or [])}
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        replace_file(self._path, buffer.getvalue())
        self._written = time.perf_counter()
        self._cost = self._written - started

    def load(self, variables: list[keras.Variable]) -> tuple[RunState, Arrays | None] | None:
        """Put the saved values into ``variables``; the state and the best weights, or None without a file.

        Raises ValueError if the file is damaged or belongs to other settings.
        """
        if not self._path.exists():
            return None
        try:
            with np.load(self._path, allow_pickle=False) as arrays:
                header = json.loads(arrays["header"].tobytes())
                state = RunState.model_validate(header["state"])
                now = _numbered(arrays, "now")
                best = _numbered(arrays, "best") if header["has_best"] else None
                digest = header["digest"]
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{self._path} is damaged ({type(error).__name__}): train anew") from None
        if digest != self._digest:
            raise ValueError(
                f"{self._path.parent.parent / 'spec.json'} was changed since the run began: "
                "put the old one back, or train anew with the new settings"
            )
        assign(variables, now, str(self._path))
        return state, best


def values_of(variables: list[keras.Variable]) -> Arrays:
    return [ops.convert_to_numpy(variable) for variable in variables]


def assign(variables: list[keras.Variable], values: Arrays, source: str) -> None:
    """Set ``variables``; ValueError naming ``source`` if shapes differ."""
    shapes = [tuple(variable.shape) for variable in variables]
    if shapes != [value.shape for value in values]:
        raise ValueError(f"{source} does not hold the weights of this network: train anew")
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _numbered(arrays: Any, prefix: str) -> Arrays:
    names = [name for name in arrays.files if name.startswith(prefix)]
    return [arrays[f"{prefix}{place}"] for place in range(len(names))]
