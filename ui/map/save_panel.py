"""Take the points away as a table, or bring figures of one's own to colour them by."""

from collections.abc import Callable

import pyarrow
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ui.map.columns import bring_columns, imported_columns, table_columns
from ui.visit.map_memory import Memory
from ui.words.text import plain
from vae_core.base.csv_text import csv_bytes
from vae_core.maps.metadata_table import read_metadata
from vae_core.maps.points import Points
from vae_core.maps.projections import Projection
from vae_core.maps.tables import parquet_bytes, points_table
from vae_core.models.model import LatentModel

UPLOAD_KEY, SEEN_KEY = "map.metadata", "map.metadata_seen"


def show_saving(model: LatentModel, points: Points, memory: Memory, projection: Projection) -> None:
    """Exports on the left, the import on the right."""
    left, right = st.columns(2, gap="large")
    with left:
        _show_exports(model, points, memory, projection)
    with right:
        _show_import(points)


def _show_exports(model: LatentModel, points: Points, memory: Memory, projection: Projection) -> None:
    st.subheader("Take it with you", anchor=False)
    st.caption(
        "One row a point: its split and number there, class, code, place on this map, errors and whatever "
        "colours it. The picture of the map itself is under *Save* on the map."
    )
    rows = None
    if len(memory.selected) and st.toggle(
        f"Only the {len(memory.selected):,} selected points", key="map.only"
    ):
        rows = memory.selected

    names = (f"{projection.spec.id} x", f"{projection.spec.id} y")

    def table() -> pyarrow.Table:
        columns = table_columns(model, points)
        return points_table(
            points, model.spec.class_names, projection.coords, names, columns=columns, rows=rows
        )

    def file_of(bytes_of: Callable[[pyarrow.Table], bytes]) -> Callable[[], bytes]:
        return lambda: bytes_of(table())

    with st.container(horizontal=True):
        for label, bytes_of, ending, mime in (
            ("CSV", csv_bytes, "csv", "text/csv"),
            ("Parquet", parquet_bytes, "parquet", "application/vnd.apache.parquet"),
        ):
            st.download_button(
                label,
                file_of(bytes_of),
                f"{model.name}-map.{ending}",
                mime,
                icon=":material/download:",
                on_click="ignore",
            )


def _show_import(points: Points) -> None:
    st.subheader("Colour by figures of your own", anchor=False)
    st.caption(
        "A CSV with one line a point, in the order of the table that you take away, or with its column "
        "`row`. Each further column becomes something to colour by, here and until you leave."
    )
    file = st.file_uploader(
        "CSV of figures", type=["csv", "tsv", "txt"], key=UPLOAD_KEY, label_visibility="collapsed"
    )
    if file is not None:
        _take(file, points)
    for column in imported_columns(points):
        st.caption(plain(f"{column.name}: {column.note or 'ready under Colour by'}"))


def _take(file: UploadedFile, points: Points) -> None:
    """Read a file that has just come, not again in every run; a message where it is not usable."""
    # What a file says is of the points that were shown when it came, and of no others.
    if st.session_state.get(SEEN_KEY) == file.file_id:
        return
    try:
        columns = read_metadata(file.getvalue(), points)
    except ValueError as error:
        st.warning(plain(f"{file.name[:60]} is not usable: {error}."), icon=":material/error:")
    else:
        st.session_state[SEEN_KEY] = file.file_id
        bring_columns(points, columns)
        # What colours the map stands above.
        st.rerun()
