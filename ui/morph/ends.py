"""The ends of the morph of a visit: which they are, and how they change."""

import numpy as np

from ui.visit.address import SHAPES
from ui.visit.ends_address import MOST_ENDS, Ends, format_ends
from ui.visit.state import choice, choose_ends, ends_of
from vae_core.models.model import LatentModel
from vae_core.space.representatives import representative_rows

FEWEST, CORNERS = 2, 4


def is_sheet() -> bool:
    """Whether the visit looks at the sheet between four corners rather than at a path."""
    return choice("shape") == SHAPES[1]


def ends_shown(model: LatentModel) -> Ends:
    """The ends of the visit, filled up with pictures that stand for the model's data.

    A path has two to eight, a sheet four.
    """
    chosen = ends_of(model)
    wanted = CORNERS if is_sheet() else max(FEWEST, len(chosen))
    if len(chosen) >= wanted:
        return chosen[:wanted]
    rows = representative_rows(model, MOST_ENDS if chosen else wanted)
    fillers = [str(row) for row in rows if str(row) not in chosen]
    fillers += [f"s{seed}" for seed in range(MOST_ENDS) if f"s{seed}" not in chosen]
    return (*chosen, *fillers)[:wanted]


def replace_end(model: LatentModel, place: int, end: str) -> None:
    """Put ``end`` at ``place``, counted from 0, of the ends that are shown, or behind the last."""
    ends = list(ends_shown(model))
    ends[place : place + 1] = [end]
    choose_ends(model, format_ends(tuple(ends[:MOST_ENDS])))


def remove_end(model: LatentModel, place: int) -> None:
    ends = list(ends_shown(model))
    if len(ends) > FEWEST and 0 <= place < len(ends):
        del ends[place]
        choose_ends(model, format_ends(tuple(ends)))


def add_end(model: LatentModel) -> None:
    """One more stop behind the last: a picture that is none of the ends yet."""
    ends = ends_shown(model)
    typical = (str(row) for row in representative_rows(model, MOST_ENDS))
    replace_end(model, len(ends), next((row for row in typical if row not in ends), f"s{len(ends)}"))


def reverse_ends(model: LatentModel) -> None:
    choose_ends(model, format_ends(ends_shown(model)[::-1]))


def surprise(model: LatentModel) -> None:
    """As many other ends at random, of different classes while there are such."""
    count, rows = len(ends_shown(model)), len(model.latents.z_mean)
    generator = np.random.default_rng()
    if rows < count:
        ends = [f"s{seed}" for seed in generator.choice(10_000, count, replace=False)]
    else:
        order = generator.permutation(rows)
        _, firsts = np.unique(model.latents.label[order], return_index=True)
        different = order[generator.permutation(firsts)]
        others = np.setdiff1d(order[: 2 * MOST_ENDS], different)
        ends = [str(row) for row in np.concatenate([different, others])[:count]]
    choose_ends(model, format_ends(tuple(ends)))
