"""The file of a checkpoint, ``checkpoint/state.npz``, read and written without Keras.

It holds numbers only: arrays, and a JSON object as bytes. Nothing in it is executed or unpickled.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

STATE_FILE = "state.npz"

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


@dataclass(frozen=True)
class Checkpoint:
    """What one file holds: ``digest`` names the settings that it belongs to, ``now`` are the values
    of all variables, ``best`` those of the weights of the best epoch, if that is kept."""

    digest: str
    state: RunState
    now: Arrays
    best: Arrays | None


def pack_checkpoint(checkpoint: Checkpoint) -> bytes:
    """The content of the file."""
    best = checkpoint.best
    header = {
        "digest": checkpoint.digest,
        "state": checkpoint.state.model_dump(),
        "has_best": best is not None,
    }
    arrays: dict[str, Any] = {"header": np.frombuffer(json.dumps(header).encode(), np.uint8)}
    arrays |= {f"now{place}": value for place, value in enumerate(checkpoint.now)}
    arrays |= {f"best{place}": value for place, value in enumerate(best or [])}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def read_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint in the file. Raises ValueError if there is none or it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            header = json.loads(arrays["header"].tobytes())
            state = RunState.model_validate(header["state"])
            now = _numbered(arrays, "now")
            best = _numbered(arrays, "best") if header["has_best"] else None
            return Checkpoint(header["digest"], state, now, best)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged ({type(error).__name__}): train anew") from None


def _numbered(arrays: Any, prefix: str) -> Arrays:
    names = [name for name in arrays.files if name.startswith(prefix)]
    return [arrays[f"{prefix}{place}"] for place in range(len(names))]
