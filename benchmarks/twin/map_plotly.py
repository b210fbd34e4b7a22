"""A stock Streamlit app with the map as a Plotly chart: hover for the class, lasso for counts and mean."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from vae_core import load_model
from vae_core.base.arrays import rounded_bytes
from vae_core.maps.pictures import mean_and_deviation
from vae_core.maps.points import all_points
from vae_core.maps.projections import ProjectionSpec, project
from vae_core.maps.selections import class_counts

MODEL = "mnist-16d"


@st.cache_resource
def loaded():
    """Model, points and their places, read once."""
    model = load_model(MODEL)
    points = all_points(model)
    coords = project(points.z_mean, ProjectionSpec.checked({"method": "pca"})).coords
    return model, points, coords


@st.cache_resource
def figure() -> go.Figure:
    model, points, coords = loaded()
    marker = {"size": 3, "color": points.label, "colorscale": "Turbo"}
    texts = [model.spec.class_names[label] for label in points.label]
    x, y = coords.T
    trace = go.Scattergl(x=x, y=y, mode="markers", marker=marker, hovertext=texts, hoverinfo="text")
    return go.Figure(trace, {"dragmode": "lasso", "height": 620})


def home() -> None:
    st.title("Home")
    st.write("A page to come from.")


def show_map() -> None:
    st.title("Map")
    model, points, _ = loaded()
    event = st.plotly_chart(figure(), on_select="rerun", selection_mode="lasso", key="map")
    rows = np.array(event.selection.point_indices, np.int64)
    if not len(rows):
        return
    counts = class_counts(points.label[rows], model.spec.class_names)
    statistics = mean_and_deviation(model, points, rows)
    st.image(rounded_bytes(statistics.mean), width=224)
    st.html(f'<p class="counted">{len(rows)}</p>')
    st.write({name: count for name, _, count in counts})


pages = [st.Page(home, title="Home", default=True), st.Page(show_map, title="Map", url_path="Map")]
st.set_page_config(layout="wide")
st.navigation(pages, position="top").run()
