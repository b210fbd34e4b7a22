"""Two trays, with and without, into which pictures are put by clicking on them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.sheet.view import sheet
from ui.pictures.others import others_button, others_seed
from ui.server.visitor import visitor
from ui.words.points import point_label
from ui.words.text import plain
from vae_core.base.arrays import unit_images
from vae_core.maps.groups import Groups
from vae_core.maps.pictures import pictures_of
from vae_core.maps.points import Points
from vae_core.models.model import LatentModel

TRAYS_KEY, SIDE_KEY, OFFERED_KEY = "concepts.trays", "concepts.side", "concepts.offered"
SIDES = ("With", "Without")
OFFERED, COLUMNS = 32, 16
MOST = 200


@dataclass
class Tray:
    """Rows of the pictures in the two trays, in the order in which they came."""

    rows: dict[str, list[int]] = field(default_factory=lambda: {side: [] for side in SIDES})

    def put(self, side: str, row: int) -> None:
        """Into one tray, and out of the other."""
        for name in SIDES:
            self.rows[name] = [one for one in self.rows[name] if one != row]
        self.rows[side] = [*self.rows[side], row][-MOST:]

    def take_out(self, side: str, place: int) -> None:
        del self.rows[side][place]


def trays(model: LatentModel, points: Points) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pictures to click on and the two trays; the rows that are in them."""
    kept: dict[str, Tray] = st.session_state.setdefault(TRAYS_KEY, {})
    tray = kept.setdefault(f"{model.name} {points.digest}", Tray())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        side = st.segmented_control(
            "A click puts it into", SIDES, default=SIDES[0], required=True, key=SIDE_KEY
        )
        others_button(OFFERED_KEY)
    rows = np.random.default_rng(others_seed(OFFERED_KEY)).choice(
        len(points), min(OFFERED, len(points)), replace=False
    )
    _pictures(
        model,
        points,
        OFFERED_KEY,
        rows,
        f"Click the pictures for “{side}”.",
        lambda place: tray.put(side if side in SIDES else SIDES[0], int(rows[place])),
    )
    for column, name in zip(st.columns(2, gap="medium"), SIDES, strict=True):
        with column:
            st.markdown(f"**{name}**")
            inside = np.array(tray.rows[name], int)
            if len(inside):
                _pictures(
                    model,
                    points,
                    f"concepts.tray.{name}",
                    inside,
                    "A click takes a picture out.",
                    partial(tray.take_out, name),
                )
            else:
                shows = "show it" if name == SIDES[0] else "do not show it"
                st.caption(
                    f"Empty: choose “{name}” above, then click pictures that {shows}. 20 are better than 2."
                )
    one, other = (np.array(tray.rows[name], int) for name in SIDES)
    _offer_keeping(points, {"with, by hand": one, "without, by hand": other})
    return one, other


def _offer_keeping(points: Points, sides: dict[str, NDArray[np.intp]]) -> None:
    """Keep what is in the trays beyond the visit, as groups like those of the Map."""
    filled = {name: rows for name, rows in sides.items() if len(rows)}
    if not filled or not st.button("Keep the trays as groups", icon=":material/bookmark_add:"):
        return
    try:
        for name, rows in filled.items():
            Groups(visitor()).keep(points, rows, name)
    except ValueError as error:
        st.warning(plain(f"They could not be kept: {error}."), icon=":material/error:")
    else:
        st.toast("Kept: under *By group* here, and under *Groups* on the Map", icon=":material/bookmark:")


def _pictures(
    model: LatentModel,
    points: Points,
    key: str,
    rows: NDArray[np.intp],
    caption: str,
    on_pick: Callable[[int], None],
) -> None:
    sheet(
        key,
        unit_images(pictures_of(model, points, rows)[0]),
        min(COLUMNS, len(rows)),
        labels=[point_label(model, points, int(row)) for row in rows],
        caption=caption,
        largest=72,
        on_pick=on_pick,
    )
