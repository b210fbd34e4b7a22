"""Which process works on a run, and whether it still does.

``process`` in the run folder names it by its number and the time it was created, so that another
process which was given the same number later is not taken for it.
"""

import contextlib
import json

import psutil

from vae_core.base.home import replace_file
from vae_core.runs.folder import PROCESS_FILE, RunFolder
from vae_core.runs.story import END_EVENTS, story_of

SAME_TIME_SECONDS = 0.05
MAXIMUM_FILE_BYTES = 1000


def record_process(run: RunFolder, pid: int) -> None:
    """Write down that the process ``pid`` works on the run. Raises OSError, ValueError if it has ended."""
    try:
        created = psutil.Process(pid).create_time()
    except psutil.Error:
        raise ValueError(f"process {pid}, started for run {run.id}, ended at once: try again") from None
    replace_file(run.path / PROCESS_FILE, json.dumps({"pid": pid, "created": created}).encode())


def forget_process(run: RunFolder) -> None:
    """Nobody works on it any more; nothing happens if nobody did."""
    with contextlib.suppress(OSError):
        (run.path / PROCESS_FILE).unlink()


def has_process(run: RunFolder) -> bool:
    """Whether the process that was started for the run is alive."""
    recorded = _recorded(run)
    if recorded is None:
        return False
    pid, created = recorded
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        # The time of creation is read from the wall clock, which may have been set since; the
        # run's id on the command line says the same without a clock.
        return abs(process.create_time() - created) <= SAME_TIME_SECONDS or run.id in process.cmdline()
    except (psutil.Error, ValueError, OverflowError):
        return False


def is_live(run: RunFolder) -> bool:
    """Whether a process works on the run: one that was started for it, or one that holds its lock."""
    if has_process(run):
        return True
    return story_of(run).last not in END_EVENTS and run.is_live()


def _recorded(run: RunFolder) -> tuple[int, float] | None:
    """The number and time of creation in the file; None where there is no file or no sense in it."""
    try:
        with (run.path / PROCESS_FILE).open("rb") as file:
            found = json.loads(file.read(MAXIMUM_FILE_BYTES))
        pid, created = found["pid"], float(found["created"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return (pid, created) if isinstance(pid, int) and not isinstance(pid, bool) and pid > 0 else None
