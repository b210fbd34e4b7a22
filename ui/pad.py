"""The latent pad as a Streamlit component: a plane to drag in, decoded in the browser."""

from typing import Any
from urllib.parse import urlencode

import streamlit as st

from ui import player, routes
from ui.state import State, address, adopt_release, moves, point_of
from vae_core.slices import plane_of_model

# The modules come by address, since modules given as text could not import each other.
LOADER = """
export default function (component) {
  let unmount = null, gone = false;
  import(new URL(component.data.modules + "/pad.js", location.origin)).then(({ mount }) => {
    if (!gone) unmount = mount(component);
  }).catch(() => {
    const status = component.parentElement.querySelector("[data-part=status]");
    if (status) status.textContent = "The pad could not be loaded: check the connection and reload the page.";
  });
  return () => { gone = true; unmount?.(); };
}
"""

# With more dimensions the plane lies along the principal components of the codes.
AXIS_NAMES = {1: ["z1", "(one dimension)"], 2: ["z1", "z2"]}

_pad = st.components.v2.component(
    "latent_lab_pad", html=player.text("pad.html"), css=player.text("pad.css"), js=LOADER
)


def latent_pad(state: State, key: str = "pad") -> str | None:
    """Show the pad of ``state``'s model at its point; a released point becomes the state's.

    Returns a message when the browser sent something unusable.
    """
    message = adopt_release(_released(st.session_state.get(key)), state.model)
    state.z, state.moves = point_of(state.model), moves()
    _pad(key=key, data=pad_data(state), default={"point": None}, on_point_change=lambda: None)
    return message


def pad_data(state: State) -> dict[str, Any]:
    """What the browser gets: a slice, where the decoder is, and the point."""
    model = state.model
    names = AXIS_NAMES.get(model.latent_dim, ["PC\N{NO-BREAK SPACE}1", "PC\N{NO-BREAK SPACE}2"])
    return {
        "modules": routes.modules_url(),
        "name": model.name,
        "source": routes.component_source(model),
        "slice": plane_of_model(model).to_json(),
        "axes": names,
        "backdrop": routes.plane_url(model),
        "z": state.z,
        "moves": state.moves,
        "address": urlencode(address(model)),
    }


def _released(value: Any) -> Any:
    try:
        return value["point"]
    except (TypeError, KeyError, IndexError):
        return None
