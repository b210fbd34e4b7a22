"""``python -m vae_core.training.process.queue_worker RUN_ID``: train one queued run, then start the next.

It is started by ``vae_core.runs.queue.kick``, gives way to everything else on the machine, and
tells how it goes in the run folder only; what it prints goes to the run's ``log.txt``. It leaves
with code 0 unless the training failed (1), was stopped (130), or is that of another process (2).
"""

import contextlib
import os
import sys
import traceback
from collections.abc import Iterator, Sequence

from vae_core.base.processes import worker_threads
from vae_core.datasets import load_for
from vae_core.runs.control import clear, mark_discarded, wanted
from vae_core.runs.folder import RunFolder
from vae_core.runs.order import held_queue, withdraw
from vae_core.runs.process import forget_process, record_process
from vae_core.runs.queue import kick
from vae_core.runs.status import find_run
from vae_core.runs.story import END_EVENTS, story_of

NICENESS = 10
EXIT_FAILED, EXIT_STOPPED, EXIT_BAD_INPUT = 1, 130, 2
# Whoever looks whether the run is live holds its lock for an instant.
LOCK_SECONDS = 5.0


def main(arguments: Sequence[str]) -> int:
    """Train the run whose id is the only argument; the exit code."""
    if len(arguments) != 1:
        print("usage: python -m vae_core.training.process.queue_worker RUN_ID", file=sys.stderr)
        return EXIT_BAD_INPUT
    try:
        run = find_run(arguments[0])
    except ValueError as error:
        print(f"vae_core: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    # One that was started by another worker is that nice already.
    os.nice(max(0, NICENESS - os.nice(0)))
    try:
        with _mine(run):
            return _train(run)
    except ValueError as error:
        print(f"vae_core: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    finally:
        # How this run ended is told already; whoever looks at the queue next starts the next one.
        with contextlib.suppress(ValueError, OSError):
            kick()


@contextlib.contextmanager
def _mine(run: RunFolder) -> Iterator[None]:
    """Hold the run as its process; at the end nothing that was asked of it stays unanswered.

    Raises ValueError if another process trains it.
    """
    with run.locked(LOCK_SECONDS):
        with held_queue():
            record_process(run, os.getpid())
            withdraw(run.id)
        try:
            yield
        finally:
            with held_queue():
                if wanted(run) == "discard" and story_of(run).last not in ("finished", "discarded"):
                    mark_discarded(run)
                clear(run)
                forget_process(run)


def _train(run: RunFolder) -> int:
    """The whole training; every end but a killed process leaves an event that says so."""
    try:
        return _work(run)
    except KeyboardInterrupt:
        return EXIT_STOPPED
    except Exception as error:
        # The boundary of the process: whatever it is, whoever looks at the run must learn of it.
        traceback.print_exc()
        if story_of(run).last not in END_EVENTS:
            with contextlib.suppress(OSError):
                run.append("failed", reason=_one_line(error))
        return EXIT_FAILED


def _work(run: RunFolder) -> int:
    run.append("loading")
    run.spec.training.check_network()
    dataset = load_for(run.spec.training)
    if _is_given_up_before_it_began(run):
        return 0
    # Here, since loading TensorFlow takes seconds and some hundred megabytes.
    from vae_core.training.process.worker import Obeyed, work

    _bound_threads()
    with contextlib.suppress(Obeyed):
        work(run, dataset, on_progress=lambda progress: None)
    return 0


def _is_given_up_before_it_began(run: RunFolder) -> bool:
    """Obey a word that came while the data were read; whether that ended the run."""
    word = wanted(run)
    if word == "discard":
        mark_discarded(run)
    elif word == "pause":
        run.append("paused")
        clear(run)
    return word in ("discard", "pause")


def _bound_threads() -> None:
    """One processor is left to the app; TensorFlow counts those of the machine, which may be more."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(worker_threads())
    tf.config.threading.set_inter_op_parallelism_threads(worker_threads())


def _one_line(error: Exception) -> str:
    """The reason as people read it: our own errors as they are, others with their kind."""
    if isinstance(error, MemoryError):
        return "there is not enough memory: lower batch_size, or take a smaller network or fewer images"
    text = " ".join(str(error).split())
    return text if isinstance(error, ValueError | OSError) and text else f"{type(error).__name__}: {text}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
