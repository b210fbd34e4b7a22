"""The rival: the same decoder behind two sliders, decoded by Keras in the server at every change."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import streamlit as st

import vae_core.training  # noqa: F401  (chooses the backend)
from vae_core import load_model


@st.cache_resource(max_entries=1)
def decoder():
    import keras

    from vae_core.training.networks import build_decoder

    spec = load_model("mnist-2d").spec
    body = build_decoder(spec.training, spec.input_shape)
    return keras.Sequential([body, keras.layers.Activation("sigmoid")])


z = [st.slider(name, -3.0, 3.0, 0.0, 0.01, key=name) for name in ("z1", "z2")]
image = decoder().predict(np.array([z], np.float32), verbose=0)[0, ..., 0]
st.image((255 * image).astype(np.uint8), caption=f"z1 {z[0]:.2f} z2 {z[1]:.2f}", width=400)
