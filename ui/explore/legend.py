"""What the colours over the map mean, and whose opinion they are."""

from html import escape

import streamlit as st

from ui.frame.colours import class_colour
from ui.visit.state import State
from ui.words.text import plain
from vae_core.models.classifiers import Classifier
from vae_core.models.opinions import opinion_of


def show_legend(state: State) -> None:
    """One line of class colours where a layer uses them; of an opinion, how good it is and what it is of."""
    if not {"codes", "opinion"} & set(state.show):
        return
    names = state.model.spec.class_names
    chips = "".join(
        f'<span class="chip small" style="--chip:{class_colour(label)}">{escape(name)}</span>'
        for label, name in enumerate(names)
    )
    notes = []
    if "codes" in state.show and state.model.latent_dim > 2:
        notes.append("Test pictures are projected on the pad: few of them lie in its plane.")
    classifier = opinion_of(state.model) if "opinion" in state.show else None
    if classifier:
        try:
            notes.append(_opinion(state, classifier))
        except ValueError as error:
            st.warning(plain(f"There is no opinion of this place: {error}."), icon=":material/error:")
    st.html(
        f'<div class="surroundings">{chips}'
        + "".join(f'<span class="note">{escape(note)}</span>' for note in notes)
        + "</div>"
    )


def _opinion(state: State, classifier: Classifier) -> str:
    """The classifier's answer for the picture of the point, and its worth; ValueError where it has none."""
    facts = classifier.facts
    probabilities = classifier.probabilities(state.model.decode([state.z]))
    answer = facts.class_names[int(probabilities[0].argmax())]
    share = 100 * float(probabilities.max())
    return (
        f"Opinion of a small classifier, not a fact: this is “{answer}” ({share:.0f} %). It names "
        f"{100 * facts.accuracy:.1f} % of {facts.test_images:,} real test pictures rightly; here "
        "it judges decoded ones, and must name a class even where there is nothing to see. Pale: it doubts."
    )
