"""Start here: a test picture or a drawing becomes the current point."""

import numpy as np
import streamlit as st

from ui.components.drawing.view import drawing
from ui.components.sheet.view import sheet
from ui.jobs.downloads import offer_originals
from ui.pictures.held_out import class_colours, class_pills, picture_label, pictures_of
from ui.visit.travel import seed_row, travel
from vae_core.images.drawings import centred
from vae_core.models.model import LatentModel

SHOWN = 24
COLUMNS = 12
DRAWINGS_KEY = "start.drawings"
WAYS = ("Test pictures", "Draw")


def show_start(model: LatentModel) -> None:
    """Test pictures to pick, or a canvas to draw on where pictures are grey."""
    ways = WAYS if model.input_shape[2] == 1 else WAYS[:1]
    way = st.segmented_control(
        "Start from", ways, default=ways[0], required=True, label_visibility="collapsed", key="start.way"
    )
    if way == WAYS[1] and way in ways:
        _show_drawing(model)
    else:
        _show_pictures(model)


def _show_pictures(model: LatentModel) -> None:
    labels = model.latents.label
    if not len(labels):
        st.info("This model came without codes of test pictures. Draw one, or try Samples.")
        return
    chosen = class_pills(model, labels, f"start.class.{model.name}")
    candidates = np.arange(len(labels)) if chosen is None else np.flatnonzero(labels == chosen)
    seed = seed_row(model, "Show others")
    count = min(SHOWN, len(candidates))
    rows = np.random.default_rng(seed).choice(candidates, count, replace=False)
    images, original = pictures_of(model, rows)
    what = "Original test pictures" if original else "Reconstructions of test pictures, not the originals"
    picked = sheet(
        "start.pictures",
        images,
        COLUMNS,
        labels=[picture_label(model, row) for row in rows],
        colours=class_colours(model, rows),
        caption=f"{what}, which the model never trained on. Pick one: its code becomes your point.",
    )
    if not original:
        offer_originals(model)
    if picked is not None:
        travel(model, model.latents.z_mean[rows[picked]])


def _show_drawing(model: LatentModel) -> None:
    st.caption(
        "Draw one of the things the model knows. The encoder turns it into a code, and the large picture is "
        "the nearest the model can say: then nudge the code."
    )
    canvas, answer = st.columns(2, gap="medium")
    with canvas:
        image = drawing("start.drawing", model.input_shape)
        middle = st.toggle("Centre my drawing, as training pictures are", value=True, key="start.centre")
    drawings = st.session_state.setdefault(DRAWINGS_KEY, {})
    last, last_middle = drawings.get(model.name, (None, middle))
    is_news = image is not None or middle != last_middle
    image = image if image is not None else last
    if image is None or image.shape != model.input_shape:
        return
    drawings[model.name] = image, middle
    code = model.encode((centred(image) if middle else image)[np.newaxis]).z_mean
    with answer:
        sheet(
            "start.answer",
            model.decode(code),
            1,
            largest=448,
            labels=["The model's version of your drawing"],
            caption="The model's version: a reconstruction from its code, which became your point.",
        )
    if is_news:
        travel(model, code[0])
