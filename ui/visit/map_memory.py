"""What a visitor did on a map: the picture that is open, those selected, those placed on it."""

from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from vae_core.maps.points import Points

MEMORY_KEY = "map.memory"
# Each may hold a row for every point; nobody goes back to more maps than this.
MOST_MAPS = 8
MOST_PLACED = 40


@dataclass(frozen=True, eq=False)
class Placed:
    """A code (latent_dim,) that was put on the map, and what it is."""

    label: str
    code: NDArray[np.float32]


@dataclass
class Memory:
    """``opened`` is a row, ``selected`` are rows in ascending order, ``paths`` codes (k, d) by name."""

    opened: int | None = None
    selected: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    placed: list[Placed] = field(default_factory=list)
    paths: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def place(self, label: str, code: NDArray[np.float32]) -> None:
        """Put one more code on the map; the oldest goes where there are too many."""
        self.placed = [*self.placed, Placed(label, code)][-MOST_PLACED:]


def memory_of(points: Points) -> Memory:
    """What this visitor did on the map of ``points``, whatever its projection."""
    kept: dict[str, Memory] = st.session_state.setdefault(MEMORY_KEY, {})
    key = f"{points.model_name} {points.digest}"
    memory = kept.pop(key, None) or Memory()
    kept[key] = memory
    while len(kept) > MOST_MAPS:
        del kept[next(iter(kept))]
    return memory
