"""The concepts that this visitor kept: rename, take away, bring one from a file."""

from html import escape

import streamlit as st

from ui.concepts.known import KnownConcept
from ui.frame import plain
from ui.visitor import visitor
from vae_core.concepts import Concepts, KeptConcept
from vae_core.model import LatentModel

UPLOAD_KEY = "concepts.file"


def show_mine(model: LatentModel, known: list[KnownConcept]) -> None:
    """A line for each of the visitor's own concepts, and a way to bring one in."""
    concepts = Concepts(visitor())
    st.subheader("Yours", anchor=False)
    mine = [one.kept for one in known if one.kept is not None]
    if not mine:
        st.caption("None yet. Those that you keep can be renamed here, and saved to a file for other people.")
    for kept in mine:
        _show_one(concepts, kept)
    with st.popover("Bring a concept from a file", icon=":material/upload:", type="tertiary"):
        _show_import(concepts, model)


def _show_one(concepts: Concepts, kept: KeptConcept) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(
            f'<span class="chip" style="--chip:currentColor">{escape(kept.name)}'
            f"<small>{kept.concept.with_count:,} with, {kept.concept.without_count:,} without</small></span>",
            width="content",
        )
        with st.popover("", icon=":material/more_horiz:", type="tertiary", help="Rename, save, remove"):
            _show_changes(concepts, kept)


def _show_changes(concepts: Concepts, kept: KeptConcept) -> None:
    name = st.text_input("Name", kept.name, max_chars=60, key=f"concept.name.{kept.id}")
    try:
        if st.button("Rename", key=f"concept.rename.{kept.id}") and name != kept.name:
            concepts.rename(kept, name)
            st.rerun()
        st.download_button(
            "Save to a file",
            lambda: concepts.export(kept),
            f"{kept.model}-concept.json",
            "application/json",
            key=f"concept.save.{kept.id}",
        )
        if st.button("Remove", key=f"concept.remove.{kept.id}", icon=":material/delete:"):
            concepts.remove(kept)
            st.rerun()
    except ValueError as error:
        st.warning(plain(f"{error}."), icon=":material/error:")


def _show_import(concepts: Concepts, model: LatentModel) -> None:
    file = st.file_uploader("A concept that was saved here", type=["json"], key=UPLOAD_KEY)
    if file is not None and st.button("Add it", key="concept.add"):
        try:
            concepts.import_(file.getvalue(), model)
        except ValueError as error:
            st.warning(plain(f"{file.name[:60]} is not usable: {error}."), icon=":material/error:")
        else:
            st.rerun()
