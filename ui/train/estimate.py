"""How long a training will take, measured on a few of its steps before it starts."""

import weakref
from threading import Lock

import streamlit as st

from ui.words.text import plain
from vae_core.runs.estimates import Estimate, start_estimate
from vae_core.specs import TrainingSpec

MOST_AT_ONCE = 2
_under_way: weakref.WeakSet[Estimate] = weakref.WeakSet()
_counting = Lock()
RUNNING_KEY, DONE_KEY = "train.estimate", "train.estimated"


def show_estimate(spec: TrainingSpec) -> None:
    """A button that measures, then the measurement; another spec asks for another one."""
    running: tuple[str, Estimate] | None = st.session_state.get(RUNNING_KEY)
    done: tuple[str, str] | None = st.session_state.get(DONE_KEY)
    text = spec.to_json()
    if running and running[0] != text:
        _cancel()
        running = None
    if running:
        _poll(spec)
    elif done and done[0] == text:
        st.caption(done[1])
    elif st.button("How long will it take?", key="train.measure", type="tertiary", icon=":material/timer:"):
        try:
            st.session_state[RUNNING_KEY] = (text, _started(spec))
        except (ValueError, OSError) as error:
            st.caption(plain(f"It cannot be measured: {error}"))
            return
        st.rerun()


def _started(spec: TrainingSpec) -> Estimate:
    """A measurement; each loads TensorFlow, so few go on at once. Raises ValueError if they do."""
    with _counting:
        busy = [one for one in _under_way if one.result() is None and one.failure is None]
        if len(busy) >= MOST_AT_ONCE:
            raise ValueError(f"{len(busy)} others are being measured: try again in a moment")
        estimate = start_estimate(spec)
        _under_way.add(estimate)
        return estimate


@st.fragment(run_every=1.0)
def _poll(spec: TrainingSpec) -> None:
    running: tuple[str, Estimate] | None = st.session_state.get(RUNNING_KEY)
    if running is None:
        return
    text, estimate = running
    result, failure = estimate.result(), estimate.failure
    if result is None and failure is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Measuring a few steps, about ten seconds …")
            st.button("Cancel", key="train.measure.cancel", type="tertiary", on_click=_cancel)
        return
    st.session_state.pop(RUNNING_KEY)
    words = in_words(result) if result else plain(f"It cannot be measured: {failure}")
    st.session_state[DONE_KEY] = (text, words)
    st.rerun()


def in_words(result: dict[str, float]) -> str:
    """A measurement as one sentence."""
    return (
        f"About {duration(result['total_seconds'])} here: {duration(result['start_seconds'])} to start, then "
        f"{duration(result['seconds_per_epoch'])} an epoch, at {result['images_per_second']:,.0f} pictures a "
        "second."
    )


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _cancel() -> None:
    running: tuple[str, Estimate] | None = st.session_state.pop(RUNNING_KEY, None)
    if running:
        running[1].cancel()
