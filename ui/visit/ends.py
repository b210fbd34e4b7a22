"""From what the address says of an end to its code, its label and its original.

An address holds codes only. What else is known of an end that came from a drawing, an upload or a
group is remembered for the visit.
"""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.visit.ends_address import code_of, end_at, row_of, seed_of
from vae_core.base.arrays import Float32Array
from vae_core.models.model import LatentModel
from vae_core.morphs.ends import End, code_end, prior_end, row_end

KNOWN_KEY = "ends.known"
MOST_KNOWN = 64


@dataclass(frozen=True, eq=False)
class Known:
    """What the address does not say of an end."""

    label: str
    original: Float32Array | None


def end_of(model: LatentModel, end: str) -> End:
    """What the address calls ``end``, one of ``ends_shown``."""
    row, seed = row_of(end), seed_of(end)
    if row is not None:
        return row_end(model, row)
    if seed is not None:
        return prior_end(model, seed)
    known = _known().get(f"{model.name} {end}", Known("a point", None))
    place = code_end(model, code_of(end, model.latent_dim), known.label)
    return End(place.label, place.code, known.original)


def remembered(
    model: LatentModel, z: NDArray[np.floating], label: str, original: Float32Array | None = None
) -> str:
    """The end at ``z`` (d,), of which ``label`` and ``original`` are remembered for the visit."""
    end = end_at(z)
    known = _known()
    known.pop(f"{model.name} {end}", None)
    known[f"{model.name} {end}"] = Known(label, original)
    while len(known) > MOST_KNOWN:
        del known[next(iter(known))]
    return end


def _known() -> dict[str, Known]:
    return st.session_state.setdefault(KNOWN_KEY, {})
