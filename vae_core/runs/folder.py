"""The run folder: what a training leaves behind while it runs, and what it can be resumed from.

    spec.json      RunSpec: what is trained, and where the model goes
    events.jsonl   one JSON object a line, only ever appended to; the last line may be cut short
    checkpoint/    the state of the run (``vae_core.training.loop.checkpoints``)
    lock           held by the process that trains
    process        which process was started for it (``vae_core.runs.process``)
    control        what somebody asks of that process (``vae_core.runs.control``)
    log.txt        what that process printed
    network.py     plain Keras that builds the same network
    snapshots/     pictures and codes at the end of epochs (``vae_core.runs.snapshots``)

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

from vae_core.base.home import replace_file, runs_folder
from vae_core.specs import Spec, TrainingSpec

try:
    import fcntl
except ImportError:  # There is none on Windows.
    fcntl = None  # type: ignore[assignment]

SPEC_FILE, EVENTS_FILE, LOCK_FILE, CHECKPOINT_FOLDER = "spec.json", "events.jsonl", "lock", "checkpoint"
PROCESS_FILE, CONTROL_FILE, LOG_FILE, NETWORK_FILE = "process", "control", "log.txt", "network.py"
SNAPSHOTS_FOLDER = "snapshots"
MAXIMUM_SPEC_BYTES = 1 << 20
# Whoever asks whether a run is live holds its lock for an instant, which is no other training.
PATIENCE_SECONDS = 1.0
RUN_ID_PATTERN = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class RunSpec(Spec):
    """What a run does: train ``training`` and write the model folder ``out`` (an absolute path).

    ``out`` is absolute so that a run can be resumed from anywhere. ``owner`` is the SHA-256 of the
    token of the visitor who started it, ``parent`` the id of the run that it was extended from,
    ``submission`` a word of the caller's for the one wish that the run came from.
    """

    format: Literal[1] = 1
    training: TrainingSpec
    out: str = Field(min_length=1, max_length=4096)
    keep_keras: bool = True
    owner: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    parent: str | None = Field(default=None, pattern=RUN_ID_PATTERN)
    submission: str | None = Field(default=None, min_length=1, max_length=64)

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
    def id(self) -> str:
        """The name of the folder, a UUID unless somebody moved it."""
        return self.path.name

    @property
    def model_name(self) -> str:
        return Path(self.spec.out).name

    @property
    def checkpoint_folder(self) -> Path:
        return self.path / CHECKPOINT_FOLDER

    def check_exists(self) -> None:
        """Raise ValueError if the folder is gone."""
        if not self.path.is_dir():
            raise ValueError(f"there is no run {self.id}: it was deleted already")

    def spec_digest(self) -> str:
        """SHA-256 of the settings, kept in every checkpoint: a changed spec belongs to another run."""
        return hashlib.sha256(self.spec.training.to_json().encode()).hexdigest()

    @contextlib.contextmanager
    def locked(self, seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
        """Hold the run; ValueError if another process trains it and goes on so for ``seconds``."""
        lock = FileLock(self.path / LOCK_FILE)
        try:
            lock.acquire(timeout=seconds, poll_interval=0.02)
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
        # Making the lock would make the folder too, if it is gone.
        if not (self.path / LOCK_FILE).exists():
            return False
        try:
            return _is_held(self.path / LOCK_FILE) if fcntl else self._is_refused()
        except OSError:
            # The folder is gone, or on a disk that cannot be locked: nobody trains there.
            return False

    def _is_refused(self) -> bool:
        """Whether the lock cannot be had; two who ask at once may take each other for a training."""
        try:
            with self.locked(seconds=0):
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


def _is_held(lock: Path) -> bool:
    """Whether somebody holds the lock file for himself. Raises OSError.

    A shared lock is asked for, so that those who only look do not see each other.
    """
    with lock.open("rb") as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return True
    return False


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
