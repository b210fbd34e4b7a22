"""Put something new on the map: the current point, a sample, a drawing, an upload, a path."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.drawing.view import drawing
from ui.components.sheet.view import sheet
from ui.pictures.upload import upload_picture
from ui.visit.map_memory import Memory
from ui.visit.state import point_of
from ui.words.text import plain
from vae_core.images.drawings import centred
from vae_core.images.films import strip_rows
from vae_core.maps.points import Points
from vae_core.models.model import LatentModel
from vae_core.morphs import PathSpec, path_through

WAYS = ("My point", "A sample", "A drawing", "An upload", "A path")
PATHS = {"lerp": "Straight", "graph": "Staying on the data"}
STOPS, FRAMES = 25, 10


def show_placing(model: LatentModel, points: Points, memory: Memory, approximate: bool) -> None:
    """Ways to put a code on the map, and what lies there."""
    st.caption(
        "It goes where the projection puts its code. "
        + (
            "This map has no formula for new pictures, so it lands among its nearest neighbours: approximate."
            if approximate
            else "Here that is exact."
        )
    )
    ways = WAYS if model.input_shape[2] == 1 else tuple(way for way in WAYS if way != "A drawing")
    way = st.segmented_control(
        "What", ways, default=ways[0], required=True, label_visibility="collapsed", key="map.place.way"
    )
    if way == "A sample":
        if st.button("Draw a sample from the prior", icon=":material/casino:"):
            count = sum(one.label.startswith("sample") for one in memory.placed)
            _place(
                memory,
                f"sample {count + 1}",
                np.random.default_rng().standard_normal(model.latent_dim, np.float32),
            )
    elif way == "A drawing" and way in ways:
        image = drawing("map.drawing", model.input_shape)
        if image is not None:
            _place(memory, "my drawing", model.encode(centred(image)[np.newaxis]).z_mean[0])
    elif way == "An upload":
        image = upload_picture(model, "map.upload")
        if image is not None and st.button("Put it on the map", icon=":material/add_location:"):
            _place(memory, "my picture", model.encode(image[np.newaxis]).z_mean[0])
    elif way == "A path":
        _show_path(model, points, memory)
    elif st.button("Put my point of Explore on the map", icon=":material/my_location:"):
        _place(memory, "my point", np.array(point_of(model), np.float32))
    _show_placed(model, memory)


def _show_path(model: LatentModel, points: Points, memory: Memory) -> None:
    """A way from the point of the visit to the open picture, drawn on the map and as a strip."""
    if memory.opened is None:
        st.caption("A path leads from your point to the open picture: click a point on the map first.")
        return
    kind = st.segmented_control(
        "Path",
        list(PATHS),
        default="lerp",
        required=True,
        format_func=lambda kind: PATHS.get(kind, ""),
        label_visibility="collapsed",
        key="map.path.kind",
    )
    if st.button("Draw it from my point to the open picture", icon=":material/route:"):
        ends = np.stack([np.array(point_of(model), np.float32), points.z_mean[memory.opened]])
        try:
            path = path_through(model, ends, PathSpec.checked({"kind": kind, "frames": STOPS}))
        except ValueError as error:
            st.warning(plain(f"There is no path: {error}."), icon=":material/error:")
        else:
            memory.paths = {PATHS[str(kind)]: path}
            st.rerun()
    for name, path in memory.paths.items():
        frames = path[strip_rows(len(path), FRAMES)]
        labels = [f"{number} of {FRAMES}" for number in range(1, FRAMES + 1)]
        sheet(
            f"map.path.{name}",
            model.decode(frames),
            FRAMES,
            labels=labels,
            caption=f"{name}: decoded on the way.",
        )


def _place(memory: Memory, label: str, code: NDArray[np.float32]) -> None:
    memory.place(label, code)
    st.rerun()


def _show_placed(model: LatentModel, memory: Memory) -> None:
    if not memory.placed and not memory.paths:
        return
    if memory.placed:
        _show_pictures(model, memory)
    if st.button("Take all of it off the map", icon=":material/delete:"):
        memory.placed, memory.paths = [], {}
        st.rerun()


def _show_pictures(model: LatentModel, memory: Memory) -> None:
    labels = [one.label for one in memory.placed]
    sheet(
        "map.placed",
        model.decode(np.stack([one.code for one in memory.placed])),
        min(10, len(labels)),
        labels=labels,
        caption="On the map as diamonds; here what the model makes of each.",
    )
