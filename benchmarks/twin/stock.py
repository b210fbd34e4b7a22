"""A stock Streamlit app of two pages: sliders, and a picture that ONNX Runtime decodes in the server."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import streamlit as st

from vae_core import load_model
from vae_core.base.arrays import rounded_bytes


@st.cache_resource(max_entries=4)
def model(name: str):
    return load_model(name)


def home() -> None:
    st.title("Home")
    st.write("A page to come from.")


def explore() -> None:
    st.title("Explore")
    chosen = model(st.query_params.get("model", "mnist-2d"))
    names = [f"z{number + 1}" for number in range(chosen.latent_dim)]
    z = [st.slider(name, -3.0, 3.0, 0.0, 0.01, key=name) for name in names]
    caption = " ".join(f"{name} {value:.2f}" for name, value in zip(names, z, strict=True))
    st.image(rounded_bytes(chosen.decode([z])[0]), caption=caption, width=400)


pages = [st.Page(home, title="Home", default=True), st.Page(explore, title="Explore", url_path="Explore")]
st.navigation(pages, position="top").run()
