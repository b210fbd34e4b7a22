"""The run folder: what a training leaves behind while it runs, and what it can be resumed from.

    spec.json      RunSpec: what is trained, and where the model goes
    events.jsonl   one JSON object a line, only ever appended to; the last line may be cut short
    checkpoint/    the state of the run (``vae_core.training.checkpoints``)
    lock           held by the process that trains

Any process may read it; Keras is not needed. Guarantees: one process trains at a time, and the
lock of a process that was killed is free.
"""

import contextlib
import hashlib
import json
import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout
from pydantic import Field, field_validator

from vae_core.home import replace_file, runs_folder
from vae_core.specs import Spec, TrainingSpec

SPEC_FILE, EVENTS_FILE, LOCK_FILE, CHECKPOINT_FOLDER = "spec.json", "events.jsonl", "lock", "checkpoint"
MAXIMUM_SPEC_BYTES = 1 << 20


class RunSpec(Spec):
    """What a run does: train ``training`` and write the model folder ``out`` (an absolute path).

    ``out`` is absolute so that a run can be resumed from anywhere.
    """

    format: Literal[1] = 1
    training: TrainingSpec
    out: str = Field(min_length=1, max_length=4096)
    keep_keras: bool = True

    @field_validator("out")
    @classmethod
    def _is_absolute(cls, out: str) -> str:
        if not Path(out).is_absolute():
            raise ValueError("expected an absolute path")
        return out


@dataclass(frozen=True)
class RunFolder:
    """A run folder on disk; ``spec`` as it was read."""

    path: Path
    spec: RunSpec

    @property
    def checkpoint_folder(self) -> Path:
        return self.path / CHECKPOINT_FOLDER

    def spec_digest(self) -> str:
        """SHA-256 of the settings, kept in every checkpoint: a changed spec belongs to another run."""
        return hashlib.sha256(self.spec.training.to_json().encode()).hexdigest()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run; ValueError if another process trains it."""
        lock = FileLock(self.path / LOCK_FILE)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise ValueError(
                f"{self.path} is being trained by another process: wait for it, or stop it first"
            ) from None
        try:
            yield
        finally:
            lock.release()

    def is_live(self) -> bool:
        """Whether a process trains it now."""
        try:
            with self.locked():
                return False
        except ValueError:
            return True

    def append(self, event: str, **values: Any) -> None:
        """Add one event, with the time in seconds since 1970."""
        line = json.dumps({"event": event, "time": round(time.time(), 3), **values}) + "\n"
        path = self.path / EVENTS_FILE
        with path.open("ab+") as file:
            # A killed process may have left half a line.
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    line = "\n" + line
            file.write(line.encode())

    def events(self) -> list[dict[str, Any]]:
        """All whole events, oldest first; lines that are none are left out."""
        path = self.path / EVENTS_FILE
        found = []
        for line in path.read_bytes().splitlines() if path.exists() else []:
            with contextlib.suppress(ValueError, RecursionError):
                event = json.loads(line)
                if isinstance(event, dict) and isinstance(event.get("event"), str):
                    found.append(event)
        return found

    def is_finished(self) -> bool:
        """Whether its model was written."""
        return any(event["event"] == "finished" for event in self.events())


def create_run(spec: RunSpec) -> RunFolder:
    """A fresh folder below the home's ``runs``, named by a UUID. Raises ValueError if it cannot be made."""
    path = runs_folder() / str(uuid.uuid4())
    try:
        path.mkdir(parents=True)
        replace_file(path / SPEC_FILE, spec.to_json().encode())
    except OSError as error:
        raise ValueError(
            f"{path} cannot be made ({error.strerror}): free space, or set VAE_CORE_HOME"
        ) from None
    return RunFolder(path, spec)


def open_run(path: Path) -> RunFolder:
    """The run folder at ``path``. Raises ValueError if there is none, or its spec is not one."""
    file = path / SPEC_FILE
    if not file.is_file():
        raise ValueError(f"{path} is no run folder: it has no {SPEC_FILE}")
    if file.stat().st_size > MAXIMUM_SPEC_BYTES:
        raise ValueError(f"{file} is larger than {MAXIMUM_SPEC_BYTES:,} bytes")
    try:
        return RunFolder(path, RunSpec.from_json(file.read_bytes()))
    except ValueError as error:
        raise ValueError(f"{file} was changed or is damaged: {error}") from None
