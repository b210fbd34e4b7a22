"""A training from its run folder to its model folder, in the process that it is given.

It writes events and checkpoints on the way, stops at SIGTERM or Ctrl-C after a checkpoint, and may
be resumed from the folder after any end but the last.
"""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import psutil
import tensorflow as tf

from vae_core.datasets import Dataset
from vae_core.folder import ModelFolder
from vae_core.run_folder import RunFolder
from vae_core.training.checkpoints import Checkpoints
from vae_core.training.export import export_model
from vae_core.training.progress import Progress
from vae_core.training.runs import TrainingRun, train

SECONDS_BETWEEN_EVENTS = 0.5

OnProgress = Callable[[Progress], None]


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
    event and a checkpoint behind.
    """
    checkpoints = Checkpoints(folder.checkpoint_folder, folder.spec_digest())
    folder.append("started", process=psutil.Process().pid)
    with _stopping() as stop, _recording(folder, tensorboard, on_progress) as record:
        try:
            run = train(
                folder.spec.training,
                dataset,
                record,
                checkpoints=checkpoints,
                strategy=strategy,
                seconds_before=seconds_of_this_process(),
                should_stop=stop.is_set,
            )
            folder.append("exporting", ended=run.ended)
            out = Path(folder.spec.out)
            model = export_model(run, dataset, out.name, out, keep_keras=folder.spec.keep_keras)
        except KeyboardInterrupt:
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
    """Since it was started by the system, imports and all."""
    return time.time() - psutil.Process().create_time()


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
