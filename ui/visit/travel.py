"""Going to a place, and the seed of what is drawn there."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.visit.address import MAXIMUM_SEED, shortened
from ui.visit.state import address, choice, choose, go_to, write_url
from vae_core.base.arrays import MAXIMUM_COORDINATE
from vae_core.models.model import LatentModel

SEED_KEY = "tool.seed"


def go_near(model: LatentModel, z: NDArray[np.floating]) -> None:
    """Make ``z`` (latent_dim,), or the nearest place within ±1,000, the current point."""
    go_to(model, np.clip(z, -MAXIMUM_COORDINATE, MAXIMUM_COORDINATE).astype(float).tolist())


def travel(model: LatentModel, z: NDArray[np.floating]) -> None:
    """Go to ``z`` (latent_dim,), or to the nearest place within ±1,000, and run the page anew."""
    go_near(model, z)
    st.rerun()


def travel_to_explore(model: LatentModel, z: NDArray[np.floating]) -> None:
    """Open Explore at ``z`` (latent_dim,), or at the nearest place within ±1,000."""
    go_near(model, z)
    st.switch_page("pages/1_Explore.py", query_params=shortened(address(model)))


def seed_row(model: LatentModel, label: str) -> int:
    """A seed that is shown and can be typed, and a button ``label`` for the next one; the seed now."""
    st.session_state[SEED_KEY] = choice("seed")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(label, icon=":material/casino:", on_click=_next_seed)
        with st.popover(f"Seed {choice('seed')}", type="tertiary"):
            st.number_input(
                "The same seed gives the same pictures, here and for whoever opens your link.",
                0,
                MAXIMUM_SEED,
                key=SEED_KEY,
                on_change=_seed_typed,
            )
    write_url(model)
    return int(choice("seed"))


def _next_seed() -> None:
    choose("seed", (choice("seed") + 1) % (MAXIMUM_SEED + 1))


def _seed_typed() -> None:
    value = st.session_state[SEED_KEY]
    if isinstance(value, int) and 0 <= value <= MAXIMUM_SEED:
        choose("seed", value)
