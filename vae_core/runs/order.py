"""Who is next: ``queue.json`` among the runs, a list of run ids, and the lock of whoever changes runs.

Everything that starts, stops, moves or renames runs holds the lock, so two processes that do so at
once lose nothing. A queue file that is damaged counts as empty; its runs can be resumed.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from vae_core.base.home import HOME_VARIABLE, replace_file, runs_folder
from vae_core.runs.folder import RUN_ID_PATTERN

QUEUE_FILE, QUEUE_LOCK_FILE = "queue.json", "queue.lock"
LOCK_SECONDS = 10.0
MAXIMUM_QUEUE_BYTES = 1 << 20


@contextmanager
def held_queue() -> Iterator[None]:
    """Hold the queue and everything that changes runs; not to be nested.

    Raises ValueError of one line if it stays in use for 10 s, and for whatever the disk refuses.
    """
    folder = runs_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / QUEUE_LOCK_FILE).acquire(timeout=LOCK_SECONDS, poll_interval=0.01):
            yield
    except Timeout:
        raise ValueError(f"the runs in {folder} are being changed by another process: try again") from None
    except OSError as error:
        raise ValueError(
            f"runs cannot be changed below {folder.parent} ({error.strerror or error}): free space, allow "
            f"writing there, or set ${HOME_VARIABLE} to another folder"
        ) from None


def is_run_id(text: object) -> bool:
    """Whether ``text`` is spelt as the id of a run: a UUID in small letters."""
    return isinstance(text, str) and re.fullmatch(RUN_ID_PATTERN.strip("^$"), text) is not None


def queue() -> list[str]:
    """The ids of the queued runs, next first; never raises."""
    try:
        with (runs_folder() / QUEUE_FILE).open("rb") as file:
            found = json.loads(file.read(MAXIMUM_QUEUE_BYTES))
    except (OSError, ValueError, RecursionError):
        return []
    return list(dict.fromkeys(one for one in found if is_run_id(one))) if isinstance(found, list) else []


def write_queue(ids: list[str]) -> None:
    """Replace the queue; only for who holds it. Raises OSError."""
    replace_file(runs_folder() / QUEUE_FILE, (json.dumps(ids) + "\n").encode())


def withdraw(run_id: str) -> bool:
    """Take a run out of the queue; only for who holds it. Whether it was there. Raises OSError."""
    ids = queue()
    if run_id not in ids:
        return False
    write_queue([one for one in ids if one != run_id])
    return True
