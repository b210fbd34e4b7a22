"""What a visitor kept under names, groups and concepts: rename, save to a file, remove, bring one back."""

from collections.abc import Callable

import streamlit as st

from ui.words.text import plain


def show_changes(
    key: str,
    name: str,
    *,
    file_name: str,
    rename: Callable[[str], object],
    export: Callable[[], bytes],
    remove: Callable[[], object],
) -> None:
    """A fold-out of what can be done with one kept thing; ``key`` is its own on the page.

    ``rename``, ``export`` and ``remove`` may raise ValueError, which is shown.
    """
    with st.popover("", icon=":material/more_horiz:", type="tertiary", help="Rename, save, remove"):
        new = st.text_input("Name", name, max_chars=60, key=f"{key}.name")
        try:
            if st.button("Rename", key=f"{key}.rename") and new != name:
                rename(new)
                st.rerun()
            st.download_button(
                "Save to a file", export, file_name, "application/json", key=f"{key}.save", on_click="ignore"
            )
            if st.button("Remove", key=f"{key}.remove", icon=":material/delete:"):
                remove()
                st.rerun()
        except ValueError as error:
            st.warning(plain(f"{error}."), icon=":material/error:")


def show_import(key: str, what: str, take: Callable[[bytes], object]) -> None:
    """A fold-out that brings ``what`` from a file; ``take`` may raise ValueError, which is shown."""
    with st.popover(f"Bring a {what} from a file", icon=":material/upload:", type="tertiary"):
        file = st.file_uploader(f"A {what} that was saved here", type=["json"], key=f"{key}.file")
        if file is not None and st.button("Add it", key=f"{key}.add"):
            try:
                take(file.getvalue())
            except ValueError as error:
                st.warning(plain(f"{file.name[:60]} is not usable: {error}."), icon=":material/error:")
            else:
                st.rerun()


def say_no_groups() -> None:
    """What stands where a group is asked for and none was kept: how to make one, with the way there."""
    st.info("No groups yet: on the Map, draw round some points and keep them under a name.")
    st.page_link("pages/2_Map.py", label="To the Map", icon=":material/scatter_plot:")
