"""The concepts that this visitor kept: rename, take away, bring one from a file."""

from html import escape

import streamlit as st

from ui.concepts.known import KnownConcept
from ui.frame.kept import show_changes, show_import
from ui.server.visitor import visitor
from vae_core.concepts import Concepts, KeptConcept
from vae_core.models.model import LatentModel


def show_mine(model: LatentModel, known: list[KnownConcept]) -> None:
    """A line for each of the visitor's own concepts, and a way to bring one in."""
    concepts = Concepts(visitor())
    st.subheader("Yours", anchor=False)
    mine = [one.kept for one in known if one.kept is not None]
    if not mine:
        st.caption("None yet. Those that you keep can be renamed here, and saved to a file for other people.")
    for kept in mine:
        _show_one(concepts, kept)
    show_import("concept", "concept", lambda content: concepts.import_(content, model))


def _show_one(concepts: Concepts, kept: KeptConcept) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(
            f'<span class="chip" style="--chip:currentColor">{escape(kept.name)}'
            f"<small>{kept.concept.with_count:,} with, {kept.concept.without_count:,} without</small></span>",
            width="content",
        )
        show_changes(
            f"concept.{kept.id}",
            kept.name,
            file_name=f"{kept.model}-concept.json",
            rename=lambda name: concepts.rename(kept, name),
            export=lambda: concepts.export(kept),
            remove=lambda: concepts.remove(kept),
        )
