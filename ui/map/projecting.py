"""The projection that a map shows: at hand, computed at once, or computed in the background."""

import streamlit as st

from ui.jobs.jobs import job_of, show_job, start
from ui.server.ownership import visitor_owner
from ui.server.public import is_public
from ui.words.points import how_many
from ui.words.text import plain
from vae_core.maps.points import Points
from vae_core.maps.projections import Projection, ProjectionSpec, check_setting, project
from vae_core.maps.projections.store import kept

NAMES = {"tsne": "t-SNE", "umap": "UMAP"}


def projection_shown(points: Points, wanted: ProjectionSpec) -> Projection:
    """``wanted`` where it is at hand or quick; else PCA, with the way to get ``wanted`` above the map.

    Codes that are too few, or all alike, are shown by their first two dimensions.
    """
    if not wanted.is_instant:
        found = kept(points, wanted)
        if found is not None:
            return found
        _offer(points, wanted)
        wanted = ProjectionSpec.checked({"method": "pca"})
    try:
        return _quick(points, wanted)
    except ValueError as error:
        st.info(plain(f"This shows two dimensions as they are: {error}."), icon=":material/info:")
        return _quick(points, ProjectionSpec.checked({"method": "axes", "axes": (0, 1)}))


@st.cache_data(max_entries=16, show_spinner=False)
def _computed(_points: Points, digest: str, spec_id: str, _spec: ProjectionSpec) -> Projection:
    return project(_points.z_mean, _spec)


def _quick(points: Points, spec: ProjectionSpec) -> Projection:
    return _computed(points, points.digest, spec.id, spec)


def _offer(points: Points, spec: ProjectionSpec) -> None:
    """A button that starts the computation, or how far it is."""
    key = f"project {points.model_name} {points.source} {spec.id}"
    name = NAMES[spec.method]
    job = job_of(key)
    if job is not None and job.is_active():
        st.caption(f"{name} is being computed; meanwhile this is PCA. You may leave, it goes on.")
    show_job(key)
    if job is not None and job.is_active():
        return
    try:
        check_setting(spec, len(points))
    except ValueError as error:
        st.warning(plain(f"{name} cannot be computed: {error}. This is PCA."), icon=":material/error:")
        return
    if is_public():
        st.caption(
            f"{name} of {how_many(points)} with these settings is not computed here; this is PCA. Whoever "
            f"runs this server can, with `python -m vae_core {' '.join(project_words(points, spec))}`."
        )
        return
    with st.container(horizontal=True, vertical_alignment="center", key="map_compute"):
        if st.button(f"Compute {name}", icon=":material/scatter_plot:", type="primary"):
            try:
                start(key, project_words(points, spec), asker=visitor_owner())
            except ValueError as error:
                st.error(plain(f"{error}."), icon=":material/error:")
            else:
                st.rerun()
        st.caption(
            f"{name} of {how_many(points)} with these settings is not computed yet: about "
            f"{_about(points, spec)}, then it is kept. Meanwhile this is PCA."
        )


def project_words(points: Points, spec: ProjectionSpec) -> list[str]:
    """Arguments of ``python -m vae_core`` that compute and keep the projection."""
    words = ["project", points.model_name, "--points", points.source, "--method", spec.method, "--keep"]
    if spec.method == "tsne":
        words += ["--perplexity", str(spec.perplexity)]
    else:
        words += ["--neighbours", str(spec.neighbours), "--min-distance", f"{spec.min_distance:g}"]
    return [*words, "--seed", str(spec.seed)]


def _about(points: Points, spec: ProjectionSpec) -> str:
    """A rough time: t-SNE takes some 25 s for 10,000 codes on two processors, UMAP about as long."""
    seconds = 5 + 2.5 * len(points) / 1000
    return f"{round(seconds / 5) * 5:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
