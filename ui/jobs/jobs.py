"""Background jobs: commands of the core that take too long for a page run.

A job is one process of ``python -m vae_core …`` for all visitors; it goes on when they leave. Those
that compute take turns, one at a time on this server, and give way to everything else; the others
start at once. Pages start a job under a key that says what it makes, and show it under that key.
"""

import contextlib
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import Literal
from uuid import uuid4

import streamlit as st

from ui.jobs.progress import JobProgress, Told
from ui.server.ownership import is_operator, visitor_owner
from ui.words.text import plain
from vae_core.base.home import HOME_VARIABLE, home
from vae_core.base.processes import COMMAND, PATIENCE_SECONDS, Log, end, launch

Kind = Literal["computing", "light"]
MOST_WAITING = 20
# That are remembered, and that stay on the disk.
MOST_ENDED, MOST_LOGS = 50, 100
LONGEST_KEY = 200
WATCHED_KEY = "jobs.watched"


@dataclass(eq=False)
class Job:
    """``python -m vae_core`` with ``words``: it waits, runs or has ended."""

    key: str
    words: tuple[str, ...]
    kind: Kind
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    # Who asked for it, as `visitor_owner` names them.
    askers: set[str] = field(default_factory=set)
    # Why it never will run.
    refusal: str | None = None
    _told: Told = field(init=False)

    def __post_init__(self) -> None:
        self._told = Told(Log(self.log))

    def is_waiting(self) -> bool:
        return self.process is None and self.refusal is None

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def is_active(self) -> bool:
        """Whether it waits or runs."""
        return self.is_waiting() or self.is_running()

    def progress(self) -> JobProgress:
        """What the log tells by now. Only what was added to it since the last call is read."""
        before = _number_before(self)
        if before is not None:
            return JobProgress(f"waits for its turn ({before} before it)", 0, 0, 0.0, None)
        return self._told.progress(self.started)

    def failure(self) -> str | None:
        """Why it failed, one line; None while it waits or runs, and where it succeeded."""
        if self.process is None or self.refusal is not None:
            return self.refusal
        code = self.process.poll()
        if code in (None, 0):
            return None
        ending = f"it ended without a word (exit code {code}); what it wrote is in {self.log}"
        return self._told.log.last_word() or ending


# In the order of starting; those that wait are next in this order.
_jobs: dict[str, Job] = {}
# Cancelled, but not over yet.
_ending: list[Job] = []
_lock = Lock()


def start(key: str, words: Sequence[str], *, kind: Kind = "computing", asker: str | None = None) -> Job:
    """The job ``key``, started now, or put in the queue where another one computes.

    ``words`` are a command of ``python -m vae_core``, made of checked values; ``--json-progress`` is
    added. If the job waits or runs already, whoever started it, that one is given, and ``asker`` is one
    more who may cancel it. Raises ValueError for a full queue and where the process cannot be started.
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"the key of a job is {key!r:.60}: expected 1 to {LONGEST_KEY} characters")
    asked = set() if asker is None else {asker}
    with _lock:
        found = _jobs.get(key)
        if found and found.is_active():
            found.askers |= asked
            return found
        waiting = sum(job.is_waiting() for job in _jobs.values())
        if kind == "computing" and waiting >= MOST_WAITING:
            raise ValueError(f"{waiting} computations wait already, the most there can be: try again later")
        job = Job(key, tuple(words), kind, _new_log(key), askers=asked)
        _jobs.pop(key, None)
        _forget_old()
        _jobs[key] = job
        if kind == "computing":
            _start_next()
        else:
            _run(job)
        if job.refusal:
            del _jobs[key]
            raise ValueError(job.refusal)
    return job


def job_of(key: str) -> Job | None:
    """The job of that key which waits, runs or has ended; None after it was cancelled."""
    with _lock:
        return _jobs.get(key)


def cancel(key: str) -> None:
    """End the job or take it out of the queue, and forget it; nothing happens if there is none."""
    with _lock:
        job = _jobs.pop(key, None)
        if job is None:
            return
        if job.process is None:
            job.refusal = job.refusal or "it was cancelled"
            return
        _ending.append(job)
    end(job.process, PATIENCE_SECONDS)
    with _lock:
        _ending.remove(job)
        _start_next()


def withdraw(key: str, asker: str) -> None:
    """``asker`` does not want the job any more: it is cancelled if nobody else asked for it."""
    with _lock:
        job = _jobs.get(key)
        others = job.askers - {asker} if job else set()
        if job and others:
            job.askers = others
    if not others:
        cancel(key)


def show_job(key: str, *, done: Callable[[], object] | None = None) -> None:
    """How far the job is; once it has ended, the whole page runs again.

    Who asked for it may cancel it, which ends it for all unless others asked too, and so may the operator.

    ``done`` is called before that if it succeeded, in every visit that watched it. Of a job that
    failed it shows why, until it is started again; where there is no job, nothing.
    """
    job = job_of(key)
    if job is None:
        return
    if job.is_active():
        _watched().add(key)
        _show_progress(key, done)
    elif key in _watched():
        _leave(key, done)
    elif failure := job.failure():
        st.error(plain(failure), icon=":material/error:")


@st.fragment(run_every=0.5)
def _show_progress(key: str, done: Callable[[], object] | None) -> None:
    job = job_of(key)
    if job is None or not job.is_active():
        _leave(key, done)
        return
    progress = job.progress()
    st.progress(progress.share, text=plain(progress.text()))
    visitor = visitor_owner()
    if visitor in job.askers:
        st.button("Cancel", key=f"jobs.cancel.{key}", on_click=withdraw, args=(key, visitor))
    elif is_operator():
        st.button("Cancel", key=f"jobs.cancel.{key}", on_click=cancel, args=(key,))


def _leave(key: str, done: Callable[[], object] | None) -> None:
    """Watch no longer, and run the whole page again."""
    job = job_of(key)
    if key in _watched() and job is not None and job.failure() is None and done is not None:
        done()
    _watched().discard(key)
    st.rerun()


def _watched() -> set[str]:
    """Keys of the jobs that this visit watches."""
    watched: set[str] = st.session_state.setdefault(WATCHED_KEY, set())
    return watched


def _number_before(job: Job) -> int | None:
    """How many jobs run or wait before one that waits; None if it does not wait."""
    with _lock:
        if not job.is_waiting():
            return None
        waiting = [one for one in _jobs.values() if one.is_waiting()]
        ahead = waiting.index(job) if job in waiting else 0
        return ahead + len(_computing())


def _computing() -> list[Job]:
    return [job for job in (*_jobs.values(), *_ending) if job.kind == "computing" and job.is_running()]


def _start_next() -> None:
    """Start the first job that waits, unless one computes; only for who holds the lock."""
    for job in list(_jobs.values()):
        if _computing():
            return
        if job.is_waiting():
            _run(job)
            if job.process:
                Thread(target=_wait_for, args=(job.process,), daemon=True).start()


def _wait_for(process: subprocess.Popen[bytes]) -> None:
    """It is the next one's turn as soon as this one is over, whether or not anybody looks."""
    process.wait()
    with _lock:
        _start_next()


def _run(job: Job) -> None:
    """Start the process of a job, or note why that cannot be; only for who holds the lock."""
    try:
        words = [*COMMAND, *job.words, "--json-progress"]
        job.started = time.monotonic()
        job.process = launch(words, job.log, nice=job.kind == "computing")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        job.refusal = f"{job.log} cannot be written ({reason}): free space, or set ${HOME_VARIABLE}"


def _new_log(key: str) -> Path:
    """A file of its own for every start: one that is ending may still write to the last."""
    words = re.sub(r"[^a-z0-9.]+", "-", key.lower()).strip("-.")[:60]
    return home() / "jobs" / f"{words}-{uuid4().hex[:8]}.log"


def _forget_old() -> None:
    """Drop the oldest of many ended jobs, and of many logs; only for who holds the lock."""
    ended = [job for job in _jobs.values() if not job.is_active()]
    for job in ended[:-MOST_ENDED]:
        del _jobs[job.key]
    with contextlib.suppress(OSError):
        logs = sorted((home() / "jobs").glob("*.log"), key=lambda log: log.stat().st_mtime)
        for log in logs[:-MOST_LOGS]:
            log.unlink(missing_ok=True)
