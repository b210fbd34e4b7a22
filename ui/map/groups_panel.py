"""The groups that this visitor kept of a model: show them on the map, rename, take away, bring back."""

from html import escape

import numpy as np
import streamlit as st

from ui.frame.kept import show_changes, show_import
from ui.server.visitor import visitor
from ui.visit.address import shortened
from ui.visit.map_memory import Memory
from ui.visit.state import address
from ui.words.text import plain
from vae_core.maps.groups import Group, Groups
from vae_core.maps.points import Points
from vae_core.models.model import LatentModel


def show_groups(model: LatentModel, points: Points, memory: Memory) -> None:
    """A line for each group, and a way to bring one from a file."""
    groups = Groups(visitor())
    kept = groups.of(model.name)
    if not kept:
        st.caption(
            "No groups yet: select some points with Box or Lasso and keep them under a name. "
            "A group can be shown again here, renamed, saved to a file, and become a concept or the end of a "
            "morph."
        )
    for group in kept:
        _show_group(groups, group, points, memory)
    if kept:
        with st.container(horizontal=True, key="map_group_ways"):
            st.page_link(
                "pages/4_Concepts.py",
                label="Make a concept of groups",
                icon=":material/add_circle:",
                query_params=shortened({**address(model), "view": "make"}),
            )
    show_import("group", "group", lambda content: groups.import_(content, model))


def _show_group(groups: Groups, group: Group, points: Points, memory: Memory) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"map_group_{group.id}"):
        st.html(
            f'<span class="chip" style="--chip:currentColor">{escape(group.name)}'
            f"<small>{group.count:,} pictures</small></span>",
            width="content",
        )
        if st.button("Show", key=f"group.show.{group.id}", icon=":material/visibility:"):
            _select(groups, group, points, memory)
        show_changes(
            f"group.{group.id}",
            group.name,
            file_name=f"{group.model}-group.json",
            rename=lambda name: groups.rename(group, name),
            export=lambda: groups.export(group),
            remove=lambda: groups.remove(group),
        )


def _select(groups: Groups, group: Group, points: Points, memory: Memory) -> None:
    try:
        rows = groups.rows_in(group, points)
    except ValueError as error:
        st.warning(plain(f"{error}."), icon=":material/error:")
        return
    if not len(rows):
        st.warning("None of its pictures is on this map.", icon=":material/info:")
        return
    memory.selected = np.sort(rows)
    st.rerun()
