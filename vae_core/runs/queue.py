"""The queue of trainings: one at a time, each in a process of its own that outlives the app."""

import contextlib
import itertools
import os
import subprocess
import sys
from pathlib import Path

from vae_core.base.home import models_folder, pretrained_folder, replace_file
from vae_core.base.processes import THREAD_VARIABLES, worker_threads
from vae_core.datasets.registry import dataset_source
from vae_core.runs.control import clear
from vae_core.runs.folder import LOG_FILE, PROCESS_FILE, RunFolder, RunSpec, create_run
from vae_core.runs.order import held_queue, queue, write_queue
from vae_core.runs.process import is_live, record_process
from vae_core.runs.status import UNFINISHED_STATES, all_runs, find_run, state_of
from vae_core.runs.story import story_of
from vae_core.specs import TrainingSpec, is_name

LIMIT_PER_OWNER, LIMIT_IN_ALL = 8, 50
MAXIMUM_NAME_LENGTH = 64
REPOSITORY = Path(__file__).resolve().parents[2]

# Workers started by this process, kept until they have ended so that none stays behind as a zombie.
_children: list[subprocess.Popen[bytes]] = []


def submit(
    training: TrainingSpec,
    name: str,
    owner: str | None = None,
    *,
    base: bool = False,
    submission: str | None = None,
) -> RunFolder:
    """Queue a training that makes the model ``name``; ``kick`` starts it when it is its turn.

    ``owner`` has 64 hexadecimal digits. With ``base``, ``name`` is a wish: the model gets the first
    of name, name-2, name-3, … that is free. ``submission`` (1 to 64 characters) stands for one wish
    of the owner's: who submits it again, as by a double click, gets the run that it made before.
    Raises ValueError of one line: a network, data set or name that cannot be, a name that is taken,
    too many queued runs, a disk that is full.
    """
    training.check_network()
    dataset_source(training.dataset)
    check_model_name(name)
    values = {"training": training, "owner": owner, "submission": submission}
    spec = RunSpec.checked(values | {"out": str(models_folder() / name)})
    with held_queue():
        before = _run_of(submission, owner)
        if before:
            return before
        if base:
            spec = spec.model_copy(update={"out": str(models_folder() / _first_free_name(name))})
        else:
            check_free_name(name)
        check_limits(owner)
        run = create_run(spec)
        enqueue(run)
    return run


def queued() -> list[str]:
    """The ids of the queued runs, next first."""
    return queue()


def kick() -> None:
    """Start the first queued run unless some training is going on; returns at once.

    Cheap enough to be called every second, by any process. Raises ValueError if the disk refuses.
    """
    _children[:] = [child for child in _children if child.poll() is None]
    if not queue():
        return
    with held_queue():
        if any(is_live(run) for run in all_runs()):
            return
        ids = queue()
        while ids:
            first, *ids = ids
            started = _start(first)
            # After the start: whoever dies here leaves a run that is queued and live, not one lost.
            write_queue(ids)
            if started:
                return


def worker_command(run_id: str) -> list[str]:
    """What trains one run."""
    return [sys.executable, "-m", "vae_core.training.process.queue_worker", run_id]


def enqueue(run: RunFolder) -> None:
    """Put a run at the end of the queue; only for who holds it. Raises OSError."""
    clear(run)
    run.append("queued")
    write_queue([*queue(), run.id])


def check_model_name(name: str) -> None:
    """Raise ValueError unless ``name`` may name a model."""
    if not isinstance(name, str) or not is_name(name):
        raise ValueError(
            f"name is {name!r:.80}: expected small letters, digits, '.', '-' and '_', at most 64, "
            "the first a letter or digit"
        )


def check_free_name(name: str, but: RunFolder | None = None) -> None:
    """Raise ValueError if a model, or a run (``but`` that one) that may still make one, has the name.

    Only for who holds the queue. Failed and discarded runs hold no name.
    """
    if _is_model(name):
        raise ValueError(f"there is a model {name} already: choose another name")
    for run in all_runs():
        same = run.model_name == name and (but is None or run.id != but.id)
        if same and _holds_its_name(run):
            raise ValueError(f"a training of {name} is not finished yet: choose another name, or discard it")


def check_limits(owner: str | None) -> None:
    """Raise ValueError if no more runs may be queued, in all or by ``owner``.

    Only for who holds the queue.
    """
    ids = queue()
    if len(ids) >= LIMIT_IN_ALL:
        raise ValueError(f"{len(ids)} trainings are queued, the most there can be: try again later")
    if owner is None:
        return
    own = 0
    for run_id in ids:
        with contextlib.suppress(ValueError):
            own += find_run(run_id).spec.owner == owner
    if own >= LIMIT_PER_OWNER:
        raise ValueError(f"{own} of your trainings are queued, the most there can be: wait, or discard some")


def _is_model(name: str) -> bool:
    return any(os.path.lexists(folder / name) for folder in (models_folder(), pretrained_folder()))


def _holds_its_name(run: RunFolder) -> bool:
    """Whether the run may still make a model among those of the home."""
    return Path(run.spec.out).parent == models_folder() and state_of(run) in UNFINISHED_STATES


def _first_free_name(wish: str) -> str:
    """The wish or, with a number from 2 behind it, the first that is free; only for who holds the queue."""
    held = {run.model_name for run in all_runs() if _holds_its_name(run)}
    for number in itertools.count(1):
        suffix = f"-{number}" if number > 1 else ""
        name = wish[: MAXIMUM_NAME_LENGTH - len(suffix)] + suffix
        if name not in held and not _is_model(name):
            return name
    raise AssertionError("counting has no end")


def _run_of(submission: str | None, owner: str | None) -> RunFolder | None:
    """The owner's run that came from this submission, if there is one."""
    if submission is None:
        return None
    found = (run for run in all_runs() if (run.spec.submission, run.spec.owner) == (submission, owner))
    return next(found, None)


def _start(run_id: str) -> bool:
    """Start the worker of a queued run; False if there is nothing to start.

    Raises OSError on a full disk, ValueError if the worker ended at once.
    """
    try:
        run = find_run(run_id)
    except ValueError:
        return False
    if story_of(run).last in ("finished", "discarded"):
        return False
    # A full disk is found out before a process is started, not after.
    replace_file(run.path / PROCESS_FILE, b"{}")
    try:
        child = _spawn(run)
    except OSError as error:
        run.append("failed", reason=f"its process could not be started ({error.strerror or error})")
        return False
    try:
        record_process(run, child.pid)
    except (OSError, ValueError):
        # Nobody may work on a run without saying so: the next look would start a second process.
        child.kill()
        child.wait()
        raise
    _children.append(child)
    return True


def _spawn(run: RunFolder) -> subprocess.Popen[bytes]:
    """The worker in a session of its own, so that what ends the app does not end the training."""
    threads = str(worker_threads())
    with (run.path / LOG_FILE).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own module, and an id that was checked
            worker_command(run.id),
            cwd=REPOSITORY,
            env={**os.environ, **dict.fromkeys(THREAD_VARIABLES, threads)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
