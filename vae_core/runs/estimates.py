"""How long a training would take, measured by a process of its own while the app goes on."""

import contextlib
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from pathlib import Path

from vae_core.specs import TrainingSpec

COMMAND = (sys.executable, "-m", "vae_core.training.process.estimate")
REPOSITORY = Path(__file__).resolve().parents[2]
LONGEST_SECONDS = 180.0
MAXIMUM_REPORT_BYTES = 10_000
FIGURES = ("seconds_per_epoch", "start_seconds", "total_seconds", "images_per_second", "epochs")


class Estimate:
    """One that was started: ask ``result`` now and then.

    Its process ends with it: when it is cancelled or forgotten, or after three minutes.
    """

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self._process, self._folder = process, folder
        self._result: dict[str, float] | None = None
        self._failure: str | None = None
        self._until = time.monotonic() + LONGEST_SECONDS
        self._end = weakref.finalize(self, _end, process, folder)

    @property
    def failure(self) -> str | None:
        """Why there will be no result, in one line; None while there is hope."""
        self._look()
        return self._failure

    def result(self) -> dict[str, float] | None:
        """seconds_per_epoch, start_seconds, total_seconds, images_per_second and epochs; None until then.

        ``total_seconds`` counts from the start of the process and leaves the export out; it is at most
        the budget of minutes, into which ``epochs`` fit. All are finite and not negative.
        """
        self._look()
        return self._result

    def cancel(self) -> None:
        """End it; without a result so far, there will be none."""
        if self._end.alive and self._result is None:
            self._failure = "the estimate was cancelled"
        self._end()

    def _look(self) -> None:
        if not self._end.alive:
            return
        code = self._process.poll()
        if code is None:
            if time.monotonic() >= self._until:
                self._failure = f"the estimate took longer than {LONGEST_SECONDS:g} seconds"
                self._end()
            return
        self._result = _figures(_tail(self._folder / "stdout")) if code == 0 else None
        if self._result is None:
            said = _tail(self._folder / "stderr").splitlines()
            self._failure = said[-1][:300] if said and code == 2 else f"the estimate failed (code {code})"
        self._end()


def start_estimate(spec: TrainingSpec) -> Estimate:
    """Measure a few steps of ``spec`` in a process with low priority; returns at once.

    Raises ValueError for a network that cannot be built as the spec asks, or if nothing can be
    written or started.
    """
    spec.check_network()
    try:
        folder = Path(tempfile.mkdtemp(prefix="latent-lab-estimate-"))
        try:
            (folder / "spec.json").write_text(spec.to_json(), encoding="utf-8")
            return Estimate(_started(folder), folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except OSError as error:
        raise ValueError(f"the estimate cannot be started ({error.strerror}): free space or memory") from None


def _started(folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        return subprocess.Popen(  # noqa: S603 - the command is a constant, the file our own
            [*COMMAND, str(folder / "spec.json")],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    if process.poll() is None:
        # It leads a group of its own: what it may have started ends with it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _tail(path: Path) -> str:
    """The end of a file, as far as a report may reach; "" if it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - MAXIMUM_REPORT_BYTES))
            return file.read(MAXIMUM_REPORT_BYTES).decode(errors="replace").strip()
    except OSError:
        return ""


def _figures(text: str) -> dict[str, float] | None:
    """The report in the last line, or None if it is none."""
    try:
        found = json.loads(text.splitlines()[-1])
        figures = {name: float(found[name]) for name in FIGURES}
    except (ValueError, IndexError, KeyError, TypeError, RecursionError, OverflowError):
        return None
    if not all(math.isfinite(value) and value >= 0 for value in figures.values()):
        return None
    return {**figures, "epochs": int(figures["epochs"])}
