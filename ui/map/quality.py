"""What a map keeps and what it loses: a sentence on the method, and two figures."""

import streamlit as st

from ui.words.text import plain
from vae_core.maps.points import Points
from vae_core.maps.projections import Projection, Quality, quality_of

WORDS = {
    "axes": "Two dimensions of the code as they are; the others are left out.",
    "pca": "The two directions along which the codes spread most; straight lines stay straight.",
    "tsne": (
        "t-SNE keeps neighbours together. How far two groups lie apart here, and how large one is, means "
        "nothing."
    ),
    "umap": (
        "UMAP keeps neighbours together and hints at how groups join; distances between groups say little, "
        "the density of one nothing."
    ),
}
# As many as take half a second; a projection that is kept brings figures of its own.
LEAST_ROWS, MOST_ROWS, DISTANCES = 100, 1_000, 5_000_000


def show_quality(points: Points, projection: Projection) -> None:
    """One caption: what the method keeps, how trustworthy and continuous the map is."""
    dimensions = points.z_mean.shape[1]
    if dimensions <= 2 and projection.spec.method == "axes":
        st.caption("This is the whole space of the model: its dimensions are the axes, nothing is left out.")
        return
    words = WORDS[projection.spec.method]
    try:
        found = projection.quality or _measured(points, points.digest, projection.spec.id, projection)
    except ValueError as error:
        st.caption(plain(f"{words} How far it can be trusted is not known: {error}."))
        return
    st.caption(
        f"{words} Trustworthiness **{found.trustworthiness:.2f}**, "
        f"continuity **{found.continuity:.2f}** of 1.",
        help=f"Trustworthiness: are neighbours on this map neighbours in the {dimensions} dimensions? "
        "Continuity: do neighbours there stay neighbours here? Over the "
        f"{found.k} nearest of {found.rows:,} pictures (Venna and Kaski 2001).",
    )


@st.cache_data(max_entries=64, show_spinner="Measures how far the map can be trusted")
def _measured(_points: Points, digest: str, spec_id: str, _projection: Projection) -> Quality:
    rows = max(LEAST_ROWS, min(MOST_ROWS, DISTANCES // len(_points)))
    return quality_of(_points.z_mean, _projection.coords, rows=rows)
