"""What the events of a run add up to: where it stands, its history, how it ended.

``events.jsonl`` grows for as long as a run does and is asked for every second, so only what was
added since the last look is read. Whatever stands in it is checked value by value; a line or a
value that makes no sense is left out.
"""

import contextlib
import json
import math
import os
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vae_core.runs.folder import EVENTS_FILE, SPEC_FILE, RunFolder

# After these no process works on the run; it takes somebody who puts it into the queue again.
END_EVENTS = ("finished", "failed", "stopped", "paused", "discarded")
STATE_EVENTS = (*END_EVENTS, "queued", "loading", "started", "progress", "epoch", "exporting")
LOSS_NAMES = ("loss", "reconstruction_loss", "kl_loss")
MAXIMUM_EPOCH = 10_000_000
MAXIMUM_REASON = 500
# Any date up to 2096; later ones are beyond what some platforms can show.
MAXIMUM_TIME = 4e9
REMEMBERED_RUNS = 2000


@dataclass
class Story:
    """The sum of all events so far; times in seconds, losses in nats per image.

    ``last`` is the last event that says where the run stands. ``history`` has one entry an epoch:
    "epoch", the losses of training, and those of validation as "val_loss" and so on.
    """

    last: str | None = None
    created: float | None = None
    epoch: int = 0
    share: float = 0.0
    seconds: float = 0.0
    seconds_left: float | None = None
    images_per_second: float | None = None
    losses: dict[str, float] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)
    reason: str | None = None
    metrics: dict[str, Any] | None = None

    def add(self, event: dict[str, Any]) -> None:
        """Take in the next event."""
        kind = event["event"]
        if self.created is None:
            self.created = _time(event.get("time"))
        if kind in ("progress", "epoch"):
            self._add_progress(event)
        if kind == "epoch":
            self._add_epoch(event)
        if kind in ("queued", "started"):
            self.reason = None
        if kind == "failed":
            self.reason = _text(event.get("reason", "")) or "unknown"
        if kind == "finished":
            metrics = event.get("metrics")
            self.metrics = _figures(metrics) if isinstance(metrics, dict) else None
            self.share, self.seconds_left = 1.0, 0.0
        if kind in STATE_EVENTS:
            self.last = kind

    def _add_progress(self, event: dict[str, Any]) -> None:
        self.epoch = _epoch(event) or self.epoch
        self.share = min(1.0, _not_negative(event.get("share"), self.share))
        self.seconds = _not_negative(event.get("seconds"), self.seconds)
        self.seconds_left = _number(event.get("seconds_left"))
        self.images_per_second = _number(event.get("images_per_second"))
        self.losses = _losses(event.get("losses")) or self.losses

    def _add_epoch(self, event: dict[str, Any]) -> None:
        epoch = _epoch(event)
        if epoch is None:
            return
        # A run that goes on from a checkpoint tells the epochs after it once more.
        while self.history and self.history[-1]["epoch"] >= epoch:
            self.history.pop()
        validation = {f"val_{name}": value for name, value in _losses(event.get("validation")).items()}
        self.history.append({"epoch": epoch, **_losses(event.get("losses")), **validation})

    def copy(self) -> "Story":
        return replace(self, losses=dict(self.losses), history=list(self.history))


@dataclass
class _Reading:
    """How far one file was read, and the story up to there."""

    inode: int
    offset: int = 0
    story: Story = field(default_factory=Story)


_readings: dict[Path, _Reading] = {}
_lock = threading.Lock()


def story_of(run: RunFolder) -> Story:
    """The story of a run as it is now, a copy of the caller's own; empty where nothing can be read."""
    path = run.path / EVENTS_FILE
    with _lock:
        reading = _readings.pop(path, None)
        try:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                if reading is None or reading.inode != status.st_ino or reading.offset > status.st_size:
                    reading = _Reading(status.st_ino)
                file.seek(reading.offset)
                _take_in(reading, file.read())
        except OSError:
            return Story()
        _readings[path] = reading
        while len(_readings) > REMEMBERED_RUNS:
            del _readings[next(iter(_readings))]
        return reading.story.copy()


def created_of(run: RunFolder) -> float:
    """When a run was made, in seconds since 1970: its first event, or else its spec; 0 if it is gone."""
    created = story_of(run).created
    if created is None:
        with contextlib.suppress(OSError):
            created = _time((run.path / SPEC_FILE).stat().st_mtime)
    return created or 0.0


def _take_in(reading: _Reading, added: bytes) -> None:
    """All whole lines; a line that is being written is left for the next look."""
    whole = added[: added.rfind(b"\n") + 1]
    reading.offset += len(whole)
    for line in whole.splitlines():
        with contextlib.suppress(ValueError, RecursionError):
            event = json.loads(line)
            if isinstance(event, dict) and isinstance(event.get("event"), str):
                reading.story.add(event)


def _number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    with contextlib.suppress(OverflowError):
        return float(value) if math.isfinite(value) else None
    return None


def _time(value: Any) -> float | None:
    """Seconds since 1970 that a date can be made of, or None."""
    number = _number(value)
    return number if number is not None and 0 <= number <= MAXIMUM_TIME else None


def _text(value: Any) -> str:
    """One line that can be encoded: JSON may hold halves of characters, which no page can send."""
    return " ".join(str(value).split())[:MAXIMUM_REASON].encode("utf-8", "replace").decode()


def _figures(values: dict[str, Any]) -> dict[str, Any]:
    """The finite numbers, and the lists of nothing else."""
    found = {}
    for name, value in values.items():
        numbers = value if isinstance(value, list) else [value]
        if all(_number(number) is not None for number in numbers):
            found[_text(name)] = value
    return found


def _not_negative(value: Any, otherwise: float) -> float:
    number = _number(value)
    return otherwise if number is None or number < 0 else number


def _epoch(event: dict[str, Any]) -> int | None:
    epoch = event.get("epoch")
    if isinstance(epoch, bool) or not isinstance(epoch, int):
        return None
    return epoch if 1 <= epoch <= MAXIMUM_EPOCH else None


def _losses(values: Any) -> dict[str, float]:
    """The losses that are finite numbers."""
    if not isinstance(values, dict):
        return {}
    numbers = {name: _number(values.get(name)) for name in LOSS_NAMES}
    return {name: number for name, number in numbers.items() if number is not None}
