"""What can be done with a run, as buttons; only for whoever started it, or the operator."""

from collections.abc import Callable

import streamlit as st

from ui.server.ownership import may_change, visitor_owner
from ui.server.public import is_public
from ui.train.run_address import leave_run_page, open_run_page
from ui.words.text import plain
from vae_core.runs.changes import delete, extend, rename, resume, undelete
from vae_core.runs.control import ask
from vae_core.runs.folder import RunFolder
from vae_core.runs.queue import kick
from vae_core.runs.status import RunStatus

UNDO_KEY, JSON_KEY = "train.undo", "train.json"
AT_WORK = ("starting", "loading", "running")
ENDED = ("finished", "failed", "discarded", "paused", "interrupted")
RESUMABLE = ("paused", "interrupted", "failed")


def show_controls(run: RunFolder, status: RunStatus) -> None:
    """The buttons that make sense in this state."""
    mine, state = may_change(status.owner), status.state
    if not mine:
        st.caption("Somebody else started this run: you may look, and take copies of what it makes.")
    with st.container(horizontal=True, key="run_controls"):
        if not is_public():
            _button("Duplicate with changes", ":material/content_copy:", lambda: _duplicate(run))
        if not mine:
            return
        if state in AT_WORK:
            _button("Pause", ":material/pause:", lambda: ask(run, "pause"))
            _button("Stop and keep", ":material/flag:", lambda: ask(run, "finish"))
        if state in (*AT_WORK, "queued", "pausing"):
            _button("Cancel and discard", ":material/close:", lambda: ask(run, "discard"))
        if state in RESUMABLE:
            _button("Resume", ":material/play_arrow:", lambda: _resume(run))
        if state == "finished":
            _extend(run, status)
            _rename(run, status)
        if state in ENDED:
            _button("Delete", ":material/delete:", lambda: _delete(run, status))


def offer_undo() -> None:
    """After a deletion: a way back, until the next one."""
    found = st.session_state.get(UNDO_KEY)
    if not found:
        return
    token, name = found
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(plain(f"{name} was deleted."))
        pressed = st.button("Undo", key="train.undelete", icon=":material/undo:")
        if pressed and _tried(lambda: undelete(token)):
            st.session_state.pop(UNDO_KEY, None)
            st.rerun()


def _button(label: str, icon: str, act: Callable[[], object]) -> None:
    if st.button(label, key=f"run.{label}", icon=icon) and _tried(act):
        st.rerun()


def _tried(act: Callable[[], object]) -> bool:
    """Do it; False, with a line that says why, where it was refused."""
    try:
        act()
    except (ValueError, OSError) as error:
        st.warning(plain(f"That was not possible: {error}"), icon=":material/error:")
        return False
    return True


def _duplicate(run: RunFolder) -> None:
    """Back to the form, with this run's settings as the JSON that goes before all else."""
    st.session_state[JSON_KEY] = run.spec.training.to_json()
    leave_run_page()


def _resume(run: RunFolder) -> None:
    resume(run)
    kick()


def _delete(run: RunFolder, status: RunStatus) -> None:
    st.session_state[UNDO_KEY] = (delete(run), status.name)
    leave_run_page()


def _extend(run: RunFolder, status: RunStatus) -> None:
    with st.popover("Train on", icon=":material/add:"):
        st.caption("Goes on from the end as a new run; this model stays as it is.")
        epochs = int(st.number_input("More epochs", 1, 10_000, max(5, status.epoch // 2), key="run.more"))
        name = st.text_input("Name", f"{status.name}-more"[:64], key="run.more.name", max_chars=64)
        if st.button("Go on", key="run.more.go", type="primary"):
            made: list[RunFolder] = []
            if _tried(lambda: made.append(extend(run, epochs, name.strip(), visitor_owner()))):
                kick()
                open_run_page(made[0].path.name)


def _rename(run: RunFolder, status: RunStatus) -> None:
    with st.popover("Rename", icon=":material/edit:"):
        name = st.text_input("New name", status.name, key="run.rename", max_chars=64)
        if st.button("Rename", key="run.rename.go", type="primary") and _tried(
            lambda: rename(run, name.strip())
        ):
            st.rerun()
