"""Where a picture can come from, in a dialog: whatever is picked there is passed on as an end.

``ui.visit.ends_address`` says what an end is.
"""

from collections.abc import Callable

import numpy as np
import streamlit as st

from ui.components.drawing.view import drawing
from ui.components.sheet.view import sheet
from ui.frame.colours import label_colours
from ui.frame.kept import say_no_groups
from ui.pictures.held_out import class_pills, picture_label
from ui.pictures.others import others_button, others_seed
from ui.pictures.upload import upload_picture
from ui.server.visitor import visitor
from ui.visit.ends import remembered
from ui.visit.state import point_of
from ui.words.points import point_label
from ui.words.text import plain
from vae_core.base.arrays import Float32Array, unit_images
from vae_core.images.drawings import centred
from vae_core.maps.encodings import can_encode
from vae_core.maps.groups import Groups
from vae_core.maps.pictures import pictures_of
from vae_core.maps.points import Points, all_points, held_out_points
from vae_core.models.model import LatentModel
from vae_core.morphs.ends import prior_end
from vae_core.space.favourites import Favourite, Favourites

# What is done with the end that was picked.
Take = Callable[[str], None]

SHOWN, COLUMNS = 24, 8
DRAWN_KEY, DONE_KEY = "pick.drawn", "pick.done"
PICK, SAMPLE = "pick.others", "pick.sample"


def choose_picture(model: LatentModel, title: str, take: Take) -> None:
    """Open the dialog under ``title``; what is picked goes to ``take``, which may raise ValueError."""
    st.session_state.pop(DONE_KEY, None)
    st.dialog(title, width="large")(show_choice)(model, take)


def show_choice(model: LatentModel, take: Take) -> None:
    """Where a picture can come from, and what is there; asks for a run once one was taken."""
    # A click on a picture has been carried out by its callback: what is left is to close.
    if st.session_state.pop(DONE_KEY, False):
        st.rerun()
    ways = _ways(model)
    way = st.segmented_control(
        "From where",
        list(ways),
        default=next(iter(ways)),
        required=True,
        key="pick.way",
        label_visibility="collapsed",
    )
    ways.get(way or "", next(iter(ways.values())))(model, take)


def _ways(model: LatentModel) -> dict[str, Callable[[LatentModel, Take], None]]:
    ways: dict[str, Callable[[LatentModel, Take], None]] = {}
    if len(model.latents.z_mean):
        ways["Pictures"] = _from_pictures
        ways["Groups"] = _from_groups
    ways |= {"Favourites": _from_favourites, "My point": _from_point, "A sample": _from_prior}
    if model.input_shape[2] == 1:
        ways["Draw"] = _from_drawing
    return {**ways, "Upload": _from_upload}


def _pass_on(take: Take, end: str) -> None:
    """Pass ``end`` on; the dialog closes in the run that follows."""
    try:
        take(end)
    except ValueError as error:
        st.warning(plain(f"It is not usable: {error}."), icon=":material/error:")
        return
    st.session_state[DONE_KEY] = True


def _pass_on_now(take: Take, end: str) -> None:
    _pass_on(take, end)
    if st.session_state.pop(DONE_KEY, False):
        st.rerun()


def _from_pictures(model: LatentModel, take: Take) -> None:
    """Held-out pictures, or all of them where they are encoded, by class and by number."""
    points = _points(model)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = class_pills(model, points.label, f"pick.class.{model.name}")
        others_button(PICK)
        number = st.number_input(
            "Row",
            0,
            len(points) - 1,
            None,
            key=f"pick.row.{model.name}",
            placeholder="or its row",
            label_visibility="collapsed",
            width=140,
        )
    rows = _rows(points, chosen, number)
    pixels, is_original = pictures_of(model, points, rows)
    what = "Originals" if is_original else "Reconstructions, not the originals"
    sheet(
        "pick.pictures",
        unit_images(pixels),
        min(COLUMNS, len(rows)),
        labels=[f"{point_label(model, points, row)}, row {row:,}" for row in rows],
        colours=label_colours(points.label[rows]),
        caption=f"{what}. Pick one.",
        on_pick=lambda index: _pass_on(take, _end_of_row(model, points, int(rows[index]))),
    )


def _points(model: LatentModel) -> Points:
    """Held-out pictures, or all where they were encoded and are asked for."""
    if not can_encode(model):
        return held_out_points(model)
    try:
        every = all_points(model)
    except ValueError:
        every = None
    if every is not None and st.toggle(
        f"All {len(every):,} pictures, those it was trained on too", key="pick.all"
    ):
        return every
    return held_out_points(model)


def _rows(points: Points, label: int | None, number: int | None) -> np.ndarray:
    """The row that was typed, or some at random, of one class or of all."""
    if isinstance(number, int) and 0 <= number < len(points):
        return np.array([number])
    candidates = np.arange(len(points)) if label is None else np.flatnonzero(points.label == label)
    generator = np.random.default_rng(others_seed(PICK))
    return generator.choice(candidates, min(SHOWN, len(candidates)), replace=False)


def _end_of_row(model: LatentModel, points: Points, row: int) -> str:
    if points.source == "held-out":
        return str(row)
    pixels, is_original = pictures_of(model, points, np.array([row]))
    original = unit_images(pixels)[0] if is_original else None
    return remembered(model, points.z_mean[row], point_label(model, points, row), original)


def _from_groups(model: LatentModel, take: Take) -> None:
    """Members of a group that was kept on the map, or the middle of all of them."""
    groups = Groups(visitor())
    kept = {group.id: group for group in groups.of(model.name)}
    if not kept:
        say_no_groups()
        return
    chosen = st.selectbox(
        "Group",
        list(kept),
        format_func=lambda one: kept[one].name if one in kept else "",
        label_visibility="collapsed",
        key="pick.group",
    )
    group = kept.get(str(chosen))
    if group is None:
        return
    points = held_out_points(model)
    try:
        rows = groups.rows_in(group, points)
    except ValueError as error:
        st.warning(plain(f"{error}."), icon=":material/error:")
        return
    if not len(rows):
        st.info("None of its pictures is a test picture: choose another group.")
        return
    if st.button("The middle of the group", icon=":material/center_focus_strong:"):
        middle = points.z_mean[rows].mean(axis=0)
        _pass_on_now(take, remembered(model, middle, f"the middle of {group.name}"))
    shown = rows[:SHOWN]
    sheet(
        "pick.members",
        unit_images(pictures_of(model, points, shown)[0]),
        min(COLUMNS, len(shown)),
        labels=[picture_label(model, row) for row in shown],
        caption="Some of its members. Pick one.",
        on_pick=lambda index: _pass_on(take, str(shown[index])),
    )


def _from_favourites(model: LatentModel, take: Take) -> None:
    """Places of this model that were kept in Explore."""
    kept = [one for one in Favourites(visitor()).all() if one.model == model.name]
    kept = [one for one in kept if len(one.z) == model.latent_dim][:SHOWN]
    if not kept:
        st.info(f"No favourites in {plain(model.name)} yet: *Keep* in Explore adds the place where you are.")
        return

    def end_at(favourite: Favourite) -> str:
        return remembered(model, np.array(favourite.z, np.float32), f"favourite of {favourite.created[:10]}")

    sheet(
        "pick.favourites",
        model.decode(np.array([one.z for one in kept], np.float32)),
        min(COLUMNS, len(kept)),
        labels=[f"kept {one.created[:10]}" for one in kept],
        caption="Decoded from the codes that you kept. Pick one.",
        on_pick=lambda index: _pass_on(take, end_at(kept[index])),
    )


def _from_point(model: LatentModel, take: Take) -> None:
    code = np.array(point_of(model), np.float32)
    _show(model, code, "Where you are in Explore.")
    if st.button("Take it", type="primary"):
        _pass_on_now(take, remembered(model, code, "your point in Explore"))


def _from_prior(model: LatentModel, take: Take) -> None:
    seed = others_seed(SAMPLE)
    _show(
        model,
        prior_end(model, seed).code,
        "Drawn from the prior: nobody drew this, and it may look like nothing in particular.",
    )
    with st.container(horizontal=True):
        if st.button("Take it", type="primary"):
            _pass_on_now(take, f"s{seed}")
        others_button(SAMPLE, "Another")


def _from_drawing(model: LatentModel, take: Take) -> None:
    canvas, answer = st.columns(2, gap="medium")
    with canvas:
        image = drawing("pick.drawing", model.input_shape)
    drawn: dict[str, Float32Array] = st.session_state.setdefault(DRAWN_KEY, {})
    if image is not None:
        drawn[model.name] = centred(image)
    kept = drawn.get(model.name)
    with answer:
        if kept is None or kept.shape != model.input_shape:
            st.caption("Draw one of the things the model knows; beside it comes what the model makes of it.")
            return
        code = model.encode(kept[np.newaxis]).z_mean[0]
        _show(model, code, "The model's version of your drawing.")
        if st.button("Take it", type="primary"):
            _pass_on_now(take, remembered(model, code, "your drawing", kept))


def _from_upload(model: LatentModel, take: Take) -> None:
    image = upload_picture(model, "pick.upload")
    if image is None:
        return
    code = model.encode(image[np.newaxis]).z_mean[0]
    _show(model, code, "What the model makes of it: not your picture, the nearest it can say.")
    if st.button("Take it", type="primary"):
        _pass_on_now(take, remembered(model, code, "your picture", image))


def _show(model: LatentModel, code: np.ndarray, caption: str) -> None:
    sheet(
        "pick.candidate", model.decode(code[np.newaxis]), 1, labels=["Decoded"], caption=caption, largest=224
    )
