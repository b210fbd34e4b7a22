"""Where a run stands, as anybody may see it: from its events, its process and the queue."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vae_core.base.home import runs_folder
from vae_core.runs.control import wanted
from vae_core.runs.folder import RunFolder, open_run
from vae_core.runs.order import is_run_id, queue
from vae_core.runs.process import is_live
from vae_core.runs.story import Story, created_of, story_of

State = Literal[
    "queued",
    "starting",
    "loading",
    "running",
    "pausing",
    "finishing",
    "discarding",
    "exporting",
    "paused",
    "interrupted",
    "finished",
    "failed",
    "discarded",
]
LIVE_STATES: tuple[State, ...] = (
    "starting",
    "loading",
    "running",
    "pausing",
    "finishing",
    "discarding",
    "exporting",
)
# They will make their model, or may be resumed to: its name is theirs.
UNFINISHED_STATES: tuple[State, ...] = ("queued", *LIVE_STATES, "paused", "interrupted")

_STATE_OF_END: dict[str, State] = {
    "finished": "finished",
    "failed": "failed",
    "discarded": "discarded",
    "paused": "paused",
    "stopped": "interrupted",
}
_STATE_OF_WORK: dict[str, State] = {"loading": "loading", "exporting": "exporting", "queued": "starting"}


@dataclass(frozen=True)
class RunStatus:
    """A run at one moment; times in seconds, losses in nats per image.

    ``name`` is that of its model; ``place`` in the queue counts from 1, None outside. ``epoch`` is
    the one it is in or ended with (0 before the first) of at most ``epochs``; ``share`` of the work
    is 0 to 1; ``seconds_left`` and ``images_per_second`` are None until they are known.
    ``losses`` are the latest; ``history`` has an entry an epoch: "epoch", "loss",
    "reconstruction_loss", "kl_loss", and the same with "val_" before. ``reason`` says why a run
    failed; ``metrics`` are the figures on the test split of a finished one. ``created`` counts from
    1970, 0 if it is unknown.
    """

    id: str
    name: str
    state: State
    place: int | None
    epoch: int
    epochs: int
    share: float
    seconds: float
    seconds_left: float | None
    images_per_second: float | None
    losses: dict[str, float]
    history: list[dict[str, float]]
    reason: str | None
    metrics: dict[str, Any] | None
    created: float
    owner: str | None


def status_of(run: RunFolder) -> RunStatus:
    """Where ``run`` stands now; never raises, whatever stands in its files."""
    state, place, story = _look(run)
    return RunStatus(
        id=run.id,
        name=run.model_name,
        state=state,
        place=place,
        epoch=story.epoch,
        epochs=run.spec.training.epochs,
        share=story.share,
        seconds=story.seconds,
        seconds_left=story.seconds_left,
        images_per_second=story.images_per_second,
        losses=story.losses,
        history=story.history,
        reason=story.reason,
        metrics=story.metrics,
        created=created_of(run),
        owner=run.spec.owner,
    )


def state_of(run: RunFolder) -> State:
    """The state alone."""
    return _look(run)[0]


def size_of(run: RunFolder) -> int:
    """Bytes of all files in the run folder; those that vanish meanwhile count nothing."""
    total = 0
    for root, _, names in os.walk(run.path):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(root) / name).lstat().st_size
    return total


def all_runs() -> list[RunFolder]:
    """Every run, newest first; damaged folders and what is no run are left out."""
    try:
        paths = [path for path in runs_folder().iterdir() if is_run_id(path.name)]
    except OSError:
        return []
    runs = []
    for path in paths:
        with contextlib.suppress(ValueError, OSError):
            runs.append(open_run(path))
    return sorted(runs, key=lambda run: (created_of(run), run.id), reverse=True)


def find_run(run_id: str) -> RunFolder:
    """The run of that id. Raises ValueError for anything that is not the UUID of a run here."""
    if not is_run_id(run_id):
        raise ValueError(f"run is {run_id!r:.60}: expected the id of a run, a UUID")
    path = runs_folder() / run_id
    if not path.is_dir():
        raise ValueError(f"there is no run {run_id}: it was deleted, or is of another home")
    try:
        return open_run(path)
    except OSError as error:
        raise ValueError(f"run {run_id} cannot be read ({error.strerror})") from None


def _look(run: RunFolder) -> tuple[State, int | None, Story]:
    """Queue, process and events in the order opposite to that in which they change.

    A run is given a process before it leaves the queue, and tells its end before its process is
    gone: a look in this order never takes a run for interrupted that is not.
    """
    ids = queue()
    live = is_live(run)
    story = story_of(run)
    place = ids.index(run.id) + 1 if run.id in ids else None
    state = _state(story.last, place is not None, live, wanted(run))
    return state, place if state == "queued" else None, story


def _state(last: str | None, queued: bool, live: bool, word: str | None) -> State:
    if last in ("finished", "discarded"):
        return _STATE_OF_END[last]
    if queued and not live:
        return "queued"
    if last in _STATE_OF_END:
        return _STATE_OF_END[last]
    if last == "exporting" and live:
        return "exporting"
    # Nobody brings back what was given up, even if its process died before it could say so.
    if word == "discard":
        return "discarding" if live else "discarded"
    if not live:
        return "interrupted"
    if word is not None:
        return "pausing" if word == "pause" else "finishing"
    return "starting" if last is None else _STATE_OF_WORK.get(last, "running")
