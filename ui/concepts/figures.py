"""What a concept is worth: how separable, how certain, how far the data go, what it has in common."""

from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.components.sheet.view import RowLabel, sheet
from ui.concepts.known import KnownConcept
from ui.words.text import plain
from vae_core.concepts import support
from vae_core.models.model import LatentModel
from vae_core.space.axis_words import shown_number

STEPS = np.arange(-3.0, 4.0)
METHODS = {
    "balanced": "difference of means, balanced over classes",
    "plain": "plain difference of means",
    "probe": "normal of a linear probe",
}


def show_figures(
    model: LatentModel, known: KnownConcept, others: list[KnownConcept], code: NDArray[np.float32]
) -> None:
    """Figures of a concept, what it does to the picture at ``code``, and how it relates to ``others``."""
    concept = known.concept
    for note in concept.notes:
        st.warning(plain(note), icon=":material/warning:")
    st.html(_figures(known))
    _show_fan(model, known, code)
    _show_cosines(known, others)


def _figures(known: KnownConcept) -> str:
    concept = known.concept
    certain = concept.certainty
    figures = (
        ("Separable, AUC", f"{concept.auc:.2f}", "0.5 is chance, 1 is perfect; on pictures left out"),
        (
            "Agrees with other pictures",
            f"{certain.low:.2f} to {certain.high:.2f}",
            "cosine with the direction that other pictures of the kind would give, in nine cases of ten",
        ),
        ("Pictures with", f"{concept.with_count:,}", concept.with_words),
        ("Pictures without", f"{concept.without_count:,}", concept.without_words),
        ("Made as", "", METHODS.get(concept.method, concept.method)),
    )
    items = "".join(
        f"<div><span>{escape(title)}</span><b>{escape(value)}</b><small>{escape(note)}</small></div>"
        for title, value, note in figures
    )
    return f'<div class="figures-row concept-figures">{items}</div>'


def _show_fan(model: LatentModel, known: KnownConcept, code: NDArray[np.float32]) -> None:
    """The picture at each step, with how many real pictures lie there; below, other draws of the concept."""
    directions = [known.direction, *(np.array(one, np.float32) for one in known.concept.fan)]
    codes = np.concatenate([code + np.outer(STEPS, line).astype(np.float32) for line in directions])
    titles: list[RowLabel] = ["the concept", *(f"drawn again, {i}" for i in range(1, len(directions)))]
    steps = [shown_number(step).removesuffix(".00") for step in STEPS]
    columns = steps
    if len(model.latents.z_mean):
        counts = support(model.latents.z_mean, code, known.direction, STEPS).counts
        columns = [f"{step} · {count:,}" for step, count in zip(steps, counts, strict=True)]
    sheet(
        f"concepts.fan.{known.name}",
        model.decode(codes),
        len(STEPS),
        labels=[f"{title}, strength {step}" for title in titles for step in steps],
        row_labels=titles,
        column_labels=columns,
        largest=84,
        caption="Below each strength, how many test pictures have as much of it. The further rows come from "
        "drawing the examples again: where they differ, the concept is uncertain.",
    )


def _show_cosines(known: KnownConcept, others: list[KnownConcept]) -> None:
    """What share of another concept this one carries along."""
    rest = [one for one in others if one.name != known.name]
    if not rest:
        return
    cosines = sorted(
        ((known.concept.cosine(one.concept), one.name) for one in rest), key=lambda one: -abs(one[0])
    )
    chips = "".join(
        f'<span class="chip small" style="--chip:currentColor">{escape(name)}'
        f"<small>{shown_number(cosine)}</small></span> "
        for cosine, name in cosines
    )
    st.html(f'<p class="cosines">Cosine with other concepts (0: nothing in common) {chips}</p>')
