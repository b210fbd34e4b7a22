"""Getting the pictures behind a model's codes, in place: one download of a data set for all visitors.

The download is a process of its own (``python -m vae_core fetch``), so it outlives page runs and
takes nothing from other visitors. It writes progress and its last word to a log in the home.
"""

import contextlib
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import streamlit as st

from ui.server.public import is_public
from ui.words.text import plain
from vae_core.base.home import DATA_VARIABLE, HOME_VARIABLE, home
from vae_core.base.processes import (
    COMMAND,
    MAXIMUM_PART_BYTES,
    PATIENCE_SECONDS,
    Log,
    end,
    launch,
    time_in_words,
)
from vae_core.maps.originals import (
    fetch_bytes,
    fetch_command,
    fetch_words,
    fetch_would_help,
    originals_are_here,
    problem_with_originals,
)
from vae_core.models.model import LatentModel
from vae_core.specs import TrainingSpec


@dataclass(frozen=True)
class Progress:
    """How far a download is: ``received`` of ``total`` bytes after so many ``seconds``."""

    received: int
    total: int
    seconds: float

    @property
    def share(self) -> float:
        """0 … 1 of the bytes."""
        return self.received / self.total if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before the first bytes."""
        return self.seconds * (1 - self.share) / self.share if self.share else None

    def text(self) -> str:
        """Megabytes and the time left."""
        text = f"{self.received / 1e6:.1f} of {self.total / 1e6:.1f} MB"
        left = self.seconds_left
        if left is None:
            return f"{text}, connecting"
        return f"{text}, about {time_in_words(left)} left"


@dataclass
class Download:
    """A running or ended download of ``total`` bytes."""

    process: subprocess.Popen[bytes]
    log: Path
    total: int
    started: float = field(default_factory=time.monotonic)
    _of_file: dict[str, int] = field(default_factory=dict)
    _reading: Lock = field(default_factory=Lock)
    _lines: Log = field(init=False)

    def __post_init__(self) -> None:
        self._lines = Log(self.log, MAXIMUM_PART_BYTES)

    def is_running(self) -> bool:
        return self.process.poll() is None

    def progress(self) -> Progress:
        """What the log tells by now. Only what was added to it since the last call is read."""
        with self._reading:
            for told in self._lines.new_records():
                with contextlib.suppress(ValueError, TypeError, KeyError, OverflowError):
                    self._of_file[str(told["file"])] = int(told["bytes"])
            received = min(sum(self._of_file.values()), self.total)
        return Progress(received, self.total, time.monotonic() - self.started)

    def failure(self) -> str | None:
        """The line that the command ended with; None while it runs and where it succeeded."""
        if self.process.poll() in (None, 0):
            return None
        return self._lines.last_word() or f"the download ended; see {self.log}"


_downloads: dict[str, Download] = {}
_lock = Lock()


def download_of(dataset: str) -> Download | None:
    """The download of a data set that runs or failed, whoever started it."""
    with _lock:
        return _downloads.get(dataset)


def start(spec: TrainingSpec) -> Download:
    """Download the data of ``spec``, unless that is going on. Raises ValueError if it cannot start."""
    with _lock:
        running = _downloads.get(spec.dataset)
        if running and running.is_running():
            return running
        log, total = home() / "downloads" / f"{spec.dataset}.log", fetch_bytes(spec)
        try:
            process = launch([*COMMAND, *fetch_words(spec), "--json-progress"], log)
        except OSError as error:
            raise ValueError(
                f"the download cannot write to {log} ({error.strerror}): free space, or set ${HOME_VARIABLE}"
            ) from None
        _downloads[spec.dataset] = Download(process, log, total)
        return _downloads[spec.dataset]


def cancel(dataset: str) -> None:
    """End the download, which takes its unfinished file away, and forget it."""
    with _lock:
        found = _downloads.pop(dataset, None)
    if found is not None:
        end(found.process, PATIENCE_SECONDS)


def offer_originals(model: LatentModel) -> None:
    """For a model whose originals are not on this machine: a button to get them, then how far it is.

    Shows nothing where they are here, and one line where what is here belongs to other data. With
    ``LATENT_LAB_PUBLIC=1`` visitors cannot start downloads.
    """
    spec = model.spec.training
    if originals_are_here(spec):
        if problem := problem_with_originals(model):
            st.caption(plain(f"These are not the originals: {problem}."))
        return
    if not fetch_would_help(model):
        st.caption(
            plain(
                f"The pictures behind {model.name} are not on this machine and cannot be fetched: put the "
                f"files it was trained on into ${DATA_VARIABLE}."
            )
        )
    elif is_public():
        st.caption(
            f"The pictures behind {plain(model.name)} are not on this machine. Whoever runs this server "
            f"can get them with {fetch_command(spec)}."
        )
    elif (found := download_of(spec.dataset)) and found.is_running():
        _show_progress(spec)
    else:
        _offer(spec, found)


def _offer(spec: TrainingSpec, ended: Download | None) -> None:
    failure = ended.failure() if ended else None
    if failure:
        st.error(plain(failure), icon=":material/cloud_off:")
    size = f"{max(1, round(fetch_bytes(spec) / 1e6)):,} MB"
    if st.button(f"Get the originals, {size}", key=f"get.{spec.dataset}", icon=":material/download:"):
        try:
            start(spec)
        except ValueError as error:
            st.error(plain(str(error)), icon=":material/error:")
        else:
            st.rerun()


@st.fragment(run_every=0.5)
def _show_progress(spec: TrainingSpec) -> None:
    """How far the download is; once it has ended, the whole page runs again."""
    found = download_of(spec.dataset)
    if found is None or not found.is_running():
        st.rerun()
    progress = found.progress()
    st.progress(progress.share, text=progress.text())
    st.button("Cancel", key=f"cancel.{spec.dataset}", on_click=cancel, args=(spec.dataset,))
