"""One run: where it stands, its curves, the space as it forms, and what to do with it."""

import contextlib
from functools import lru_cache
from html import escape
from typing import Any

import streamlit as st

from ui.components.charts.training import CONFIG, can_be_log, collapse_in_words, kl_figure, loss_figure
from ui.components.timeline.view import timeline
from ui.server.run_routes import versions_of
from ui.train.choices import class_names_of
from ui.train.controls import show_controls
from ui.train.estimate import duration
from ui.train.results import show_recipe, show_results
from ui.train.run_address import leave_run_page
from ui.words.text import plain
from vae_core.runs.folder import RunFolder
from vae_core.runs.queue import kick
from vae_core.runs.snapshots import Snapshots
from vae_core.runs.status import LIVE_STATES, RunStatus, all_runs, find_run, status_of
from vae_core.specs.presets import MAXIMUM_EPOCHS

ACTIVE = ("queued", *LIVE_STATES)
# Quick until there is a curve; then each look of each viewer costs the server 7 ms.
FIRST_POLL_SECONDS, POLL_SECONDS, DRAW_SECONDS = 1.0, 2.0, 4.0
MOST_COMPARED = 20
STATE_WORDS = {
    "queued": "waits for its turn",
    "starting": "starts: Keras and TensorFlow load",
    "loading": "reads the pictures",
    "running": "trains",
    "pausing": "pauses after this step",
    "finishing": "ends and keeps what it learned",
    "exporting": "writes the model",
    "discarding": "is being given up",
    "paused": "paused",
    "interrupted": "was interrupted: Resume goes on from the last checkpoint",
    "finished": "finished",
    "failed": "failed",
    "discarded": "discarded",
}


def show_run(run_id: str) -> None:
    """The page of one run; an address that names none says so."""
    try:
        run = find_run(run_id)
    except ValueError:
        st.title("Train", anchor=False)
        st.warning("There is no run at this address: it was deleted, or the address is not complete.")
        st.button("To all runs", on_click=leave_run_page, icon=":material/arrow_back:")
        return
    status = status_of(run)
    active = status.state in ACTIVE
    st.button("All runs", on_click=leave_run_page, icon=":material/arrow_back:", type="tertiary")
    st.title(plain(status.name), anchor=False)
    seconds = POLL_SECONDS if status.history else FIRST_POLL_SECONDS
    poll = st.fragment(_progress, run_every=seconds if active else None)
    poll(run, status.state, bool(status.history))
    # Rooms of their own, so that what comes and goes in them does not mount the time machine anew.
    with st.container():
        show_controls(run, status)
    with st.container():
        show_results(run, status)
    st.fragment(_pictures, run_every=DRAW_SECONDS if active else None)(run)
    show_recipe(run, status)


def _progress(run: RunFolder, seen: str, has_curve: bool) -> None:
    """State, bar and figures; a new state, or the first point of the curve, runs the whole page again."""
    status = status_of(run)
    if status.state in ACTIVE:
        # A full disk: the run itself says so too.
        with contextlib.suppress(ValueError, OSError):
            kick()
    if status.state != seen or bool(status.history) != has_curve:
        st.rerun()
    words = STATE_WORDS.get(status.state, status.state)
    if status.state == "queued" and status.place:
        words += f" (number {status.place} in the queue)"
    st.html(f'<p class="run-state" data-state="{escape(status.state)}">{escape(words)}</p>')
    if status.state == "failed" and status.reason:
        st.warning(plain(status.reason), icon=":material/error:")
    if status.epoch:
        st.progress(min(1.0, max(0.0, status.share)), text=progress_words(status))


def progress_words(status: RunStatus) -> str:
    """Epoch, losses, speed and the time left."""
    epochs = "" if status.epochs >= MAXIMUM_EPOCHS else f" of {status.epochs}"
    parts = [f"epoch {status.epoch}{epochs}"]
    if "loss" in status.losses:
        parts.append(f"loss {status.losses['loss']:,.1f} nats")
    if status.images_per_second:
        parts.append(f"{status.images_per_second:,.0f} pictures a second")
    parts.append(f"{duration(status.seconds)} so far")
    if status.state == "running" and status.seconds_left:
        parts.append(f"about {duration(status.seconds_left)} left")
    return " · ".join(parts)


def _pictures(run: RunFolder) -> None:
    """The time machine, the curves and what each dimension carries."""
    status = status_of(run)
    snapshots = Snapshots(run)
    epochs = snapshots.epochs()
    versions = versions_of(run, epochs)
    timeline("run.timeline", run, epochs, versions, class_names_of(run))
    if not status.history:
        return
    shown = [status, *_compared(run)]
    log = can_be_log([(one.name, one.history) for one in shown]) and st.toggle(
        "Logarithmic scale", key="run.log"
    )
    # A run that was deleted meanwhile: the next look says so.
    with contextlib.suppress(ValueError):
        curves = _curves(tuple((one.id, one.name, len(one.history)) for one in shown), log)
        st.plotly_chart(curves, key="run.losses", config=CONFIG)
    kl = _kl_chart(run.id, epochs[-1], versions[-1]) if epochs else None
    if kl:
        words, figure = kl
        st.caption(plain(words))
        st.plotly_chart(figure, key="run.kl", config=CONFIG)


@lru_cache(maxsize=32)
def _curves(runs: tuple[tuple[str, str, int], ...], log: bool) -> Any:
    """The curves of runs (id, name, epochs), drawn once for all who look at them."""
    histories = [(name, status_of(find_run(run_id)).history[:epochs]) for run_id, name, epochs in runs]
    return loss_figure(histories, log)


@lru_cache(maxsize=32)
def _kl_chart(run_id: str, epoch: int, version: str) -> tuple[str, Any] | None:
    """What the dimensions carry after ``epoch``, in words and as bars; None for an autoencoder."""
    try:
        kl = Snapshots(find_run(run_id)).read(epoch).kl.astype(float).tolist()
    except ValueError:
        return None
    return (collapse_in_words(kl), kl_figure(kl)) if kl else None


def _compared(run: RunFolder) -> list[RunStatus]:
    """Earlier runs that somebody chose to see beside this one."""
    others = {other.id: other for other in all_runs()[: MOST_COMPARED + 1] if other.id != run.id}
    if not others:
        return []
    chosen = st.multiselect(
        "Compare with",
        list(others),
        key="run.compare",
        max_selections=4,
        format_func=lambda run_id: others[run_id].model_name if run_id in others else "",
        placeholder=f"earlier runs, the newest {MOST_COMPARED}",
    )
    return [found for run_id in chosen if run_id in others and (found := status_of(others[run_id])).history]
