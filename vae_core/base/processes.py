"""Commands of the core in processes of their own, each with a log that says how far it is.

Such a process outlives page runs, closed tabs and the app itself; what it has to say stands in its
log, as lines of JSON while it works and as one line ``vae_core: …`` where it failed.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vae_core.base.home import DATA_VARIABLE, HOME_VARIABLE, home, provided_data_folder

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "vae_core")
PATIENCE_SECONDS = 5
NICENESS = 10
# A log grows by some hundred bytes a second: more than this at once, or at its end, is not read.
MAXIMUM_PART_BYTES = 1 << 16
LONGEST_WORD = 400


class Log:
    """What a process wrote by now, read in parts of at most ``maximum_part`` bytes, each once.

    Nothing here raises: a log that is gone or full of nonsense says nothing.
    """

    def __init__(self, path: Path, maximum_part: int = MAXIMUM_PART_BYTES) -> None:
        self.path = path
        self._maximum_part = maximum_part
        self._read_to = 0

    def new_records(self) -> list[dict[str, Any]]:
        """JSON objects of the whole lines after the place where the last reading ended."""
        records = []
        for line in self._new_lines():
            with contextlib.suppress(ValueError, RecursionError):
                told = json.loads(line)
                if isinstance(told, dict):
                    records.append(told)
        return records

    def skip_to_latest(self) -> None:
        """Leave out what is too long ago to be read in one part."""
        self._read_to = max(self._read_to, self._size() - self._maximum_part)

    def last_word(self) -> str | None:
        """The last line ``vae_core: …``, without that and cut after 400 characters; None without one."""
        end = self._part(max(0, self._size() - self._maximum_part))
        said = [line for line in end.decode(errors="replace").splitlines() if line.startswith("vae_core: ")]
        if not said:
            return None
        word = said[-1].removeprefix("vae_core: ")
        return word if len(word) <= LONGEST_WORD else word[: LONGEST_WORD - 1] + "…"

    def _new_lines(self) -> list[bytes]:
        part = self._part(self._read_to)
        end = part.rfind(b"\n") + 1
        if not end and len(part) == self._maximum_part:
            # No line of ours is as long: what it is does not matter.
            end = len(part)
        self._read_to += end
        return part[:end].splitlines()

    def _part(self, start: int) -> bytes:
        """What stands in the file from ``start``; nothing where it cannot be read."""
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                return file.read(self._maximum_part)
        except OSError:
            return b""

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0


def launch(command: Sequence[str], log: Path, *, nice: bool = False) -> subprocess.Popen[bytes]:
    """Run ``command`` in a session of its own; all that it prints goes to the new file ``log``.

    With ``nice`` it gives way to everything else on the machine and leaves a processor free. Raises
    OSError where the log cannot be written or the process cannot be started.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - words of checked values, no shell
            list(command),
            cwd=ROOT,
            env=_environment(nice),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    if nice:
        _make_nice(process.pid)
    return process


def end(process: subprocess.Popen[bytes], patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Ask the process to end, and end it if it has not after so many seconds; returns when it is over."""
    process.terminate()
    try:
        process.wait(patience_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def time_in_words(seconds: float) -> str:
    """Whole seconds, with minutes where there are any."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _environment(nice: bool) -> dict[str, str]:
    """This process's, with folders that mean the same from another working directory."""
    folders = {HOME_VARIABLE: str(home())}
    if provided := provided_data_folder():
        folders[DATA_VARIABLE] = str(provided)
    variables = (*THREAD_VARIABLES, "NUMBA_NUM_THREADS") if nice else ()
    return {**os.environ, **folders, **dict.fromkeys(variables, str(worker_threads()))}


def _make_nice(pid: int) -> None:
    """Lower the priority of a process that has just begun: its threads will inherit it."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
        # Where Linux groups processes by session, only the group's own priority counts between
        # sessions (sched(7), "The autogroup feature").
        Path(f"/proc/{pid}/autogroup").write_text(str(NICENESS))


THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


def worker_threads() -> int:
    """One less than the processors that this process may use, but two where there are two.

    The worker is nice: on two processors it takes what the app leaves.
    """
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(min(2, here), here - 1)
