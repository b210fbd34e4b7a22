"""A training from its run folder to its model folder, in the process that it is given.

It writes events, snapshots and checkpoints on the way, stops at SIGTERM or Ctrl-C after a
checkpoint, does what is asked of the run (``vae_core.runs.control``), and may be resumed from the
folder after any end but the last.
"""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any, NoReturn

import psutil
import tensorflow as tf

from vae_core.datasets import Dataset
from vae_core.models.folder import ModelFolder
from vae_core.runs.cluster import is_cluster
from vae_core.runs.control import clear, mark_discarded, wanted
from vae_core.runs.folder import RunFolder
from vae_core.runs.order import held_queue
from vae_core.training.export.model_folder import export_model
from vae_core.training.loop.checkpoints import Checkpoints
from vae_core.training.loop.progress import Progress
from vae_core.training.loop.runs import TrainingRun, train
from vae_core.training.loop.trainer import Ask
from vae_core.training.process.recorder import Recorder

SECONDS_BETWEEN_EVENTS = 0.5
SECONDS_BETWEEN_LOOKS = 0.25

OnProgress = Callable[[Progress], None]


class Obeyed(SystemExit):
    """Somebody asked to pause or to discard the run, and that was done: the process ends with code 0."""


def work(
    folder: RunFolder,
    dataset: Dataset,
    on_progress: OnProgress,
    strategy: tf.distribute.Strategy | None = None,
    tensorboard: Path | None = None,
) -> tuple[TrainingRun, ModelFolder]:
    """Train the run of ``folder`` from where it stands and write its model.

    The budget in minutes counts from the start of this process. Raises ValueError as ``train``
    does, OSError if nothing can be written, KeyboardInterrupt if it was stopped; each leaves an
    event and a checkpoint behind. Raises Obeyed after a pause (a checkpoint stays) or a discard
    (checkpoint and snapshots are gone). Asked to finish, it ends the training early and exports.
    """
    checkpoints = Checkpoints(folder.checkpoint_folder, folder.spec_digest())
    folder.append("started", process=psutil.Process().pid)
    # Machines that share a training must all end at the same step: there, nobody is asked.
    alone = not is_cluster()
    with _stopping() as stop, _recording(folder, tensorboard, on_progress) as record:
        wishes = _Wishes(folder, stop, looks=alone)
        try:
            run = train(
                folder.spec.training,
                dataset,
                record,
                checkpoints=checkpoints,
                strategy=strategy,
                seconds_before=seconds_of_this_process(),
                asked=wishes,
                observer=Recorder(folder, dataset) if alone else None,
            )
            _begin_export(folder, run.ended, looks=alone)
            out = Path(folder.spec.out)
            model = export_model(run, dataset, out.name, out, keep_keras=folder.spec.keep_keras)
        except KeyboardInterrupt:
            if wishes.word in ("pause", "discard"):
                _obey(folder, wishes.word)
            folder.append("stopped")
            raise
        except (ValueError, OSError, tf.errors.OpError) as error:
            # On a full disk the event cannot be written either; the error itself matters more.
            with contextlib.suppress(OSError):
                folder.append("failed", reason=str(error))
            if isinstance(error, tf.errors.OpError):
                raise OSError(f"TensorFlow could not go on: {error.message}") from None
            raise
    folder.append("finished", out=folder.spec.out, ended=run.ended, metrics=model.metrics()["test"])
    return run, model


def seconds_of_this_process() -> float:
    """Since it was started by the system, imports and all; 0 if the clock was set back meanwhile."""
    return max(0.0, time.time() - psutil.Process().create_time())


class _Wishes:
    """What is asked of the run: by a signal, or by a word in its folder, which is read now and then."""

    def __init__(self, folder: RunFolder, stop: Event, looks: bool) -> None:
        self._folder, self._stop, self._looks = folder, stop, looks
        self._looked = float("-inf")
        self.word: str | None = None

    def __call__(self) -> Ask | None:
        now = time.perf_counter()
        if self._looks and now - self._looked >= SECONDS_BETWEEN_LOOKS:
            self.word, self._looked = wanted(self._folder), now
        if self._stop.is_set() or self.word in ("pause", "discard"):
            return "stop"
        return "finish" if self.word == "finish" else None


def _begin_export(folder: RunFolder, ended: str, looks: bool) -> None:
    """Say that the model is being written. Raises Obeyed if the run was asked to be discarded before."""
    # Whoever asks holds the queue too: no word falls between the look and the event.
    with held_queue():
        if looks and wanted(folder) == "discard":
            _obey(folder, "discard")
        folder.append("exporting", ended=ended)
        clear(folder)


def _obey(folder: RunFolder, word: str) -> NoReturn:
    """End a run that stands still: it was asked to pause, or to be discarded."""
    if word == "discard":
        mark_discarded(folder)
    else:
        folder.append("paused")
        clear(folder)
    raise Obeyed(0)


@contextlib.contextmanager
def _stopping() -> Iterator[Event]:
    """An event that is set by the first SIGTERM or Ctrl-C; a second one ends the process at once."""
    stop = Event()
    usual: dict[int, Any] = {}

    def ask(number: int, frame: Any) -> None:
        stop.set()
        signal.signal(number, usual[number])

    for asked in (signal.SIGTERM, signal.SIGINT):
        usual[asked] = signal.signal(asked, ask)
    try:
        yield stop
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _recording(folder: RunFolder, tensorboard: Path | None, on_progress: OnProgress) -> Iterator[OnProgress]:
    """Tell everybody: the events file (at most twice a second), TensorBoard (each epoch), the caller."""
    writer = tf.summary.create_file_writer(str(tensorboard)) if tensorboard else None
    last = 0.0

    def record(progress: Progress) -> None:
        nonlocal last
        now = time.perf_counter()
        if progress.validation or now - last >= SECONDS_BETWEEN_EVENTS:
            last = now
            folder.append("epoch" if progress.validation else "progress", **_values(progress))
        if writer and progress.validation:
            with writer.as_default(step=progress.epoch):
                for name, value in progress.losses.items():
                    tf.summary.scalar(f"training/{name}", value)
                for name, value in progress.validation.items():
                    tf.summary.scalar(f"validation/{name}", value)
            writer.flush()
        on_progress(progress)

    try:
        yield record
    finally:
        if writer:
            writer.close()


def _values(progress: Progress) -> dict[str, Any]:
    return {
        "epoch": progress.epoch,
        "epochs": progress.epochs,
        "share": round(progress.share, 4),
        "seconds": round(progress.seconds, 2),
        "seconds_left": round(progress.seconds_left, 1),
        "images_per_second": round(progress.images_per_second, 1),
        "losses": progress.losses,
        "validation": progress.validation,
    }
