"""Explore: move through a latent space."""

import streamlit as st

from ui.frame import open_page
from ui.pad_panel import pad_panel

state, _ = open_page("Explore")
st.title("Explore", anchor=False)
st.html(
    '<p class="lead-in">Every place on the map decodes to a picture; the large one is exactly where you are. '
    "Drag, or use the arrow keys; a double click returns to the centre.</p>"
)
pad_panel(state)

with st.expander("How it works"):
    st.markdown(
        r"""
An **encoder** squeezes each picture into a few numbers, its *code* $z$. A **decoder** draws a picture from
a code. Trained together so that the drawing resembles the original, and so that codes fill the space without
holes, they make a **variational autoencoder**, and the space of codes is its **latent space**.

The pad is the plane of two code dimensions; of a space that has more, it is the plane through the most
central code along which codes differ most (their first two principal components, PC 1 and PC 2). The decoder
itself runs in your browser, so each frame is the exact picture of the place under the handle: the mean of
$p(x \mid z)$, a blurred average where the network is unsure. Training minimises, for each picture, the
negative evidence lower bound in nats,

$$
-\mathbb{E}_{q(z \mid x)}[\log p(x \mid z)] + \mathrm{KL}\big(q(z \mid x) \,\|\, \mathcal{N}(0, I)\big)
$$

"Around here" counts the classes of the 15 test pictures whose codes lie nearest to the point. Where the
nearest is far, the decoder was never asked to draw anything: what you see is invented.
"""
    )
