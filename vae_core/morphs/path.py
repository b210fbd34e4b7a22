"""Paths: codes in a row that lead through two to eight places.

    path_through(model, [a, b], PathSpec(kind="graph", frames=60))    (60, d)

Four kinds of way between two places, and frames shared out along it.
"""

from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from vae_core.base.arrays import MAXIMUM_COORDINATE, as_codes
from vae_core.models.model import LatentModel
from vae_core.morphs.graph import graph_of
from vae_core.morphs.lines import (
    Curve,
    Values,
    arc,
    latent_length,
    polyline,
    shared_steps,
    simplified,
    straight_line,
)
from vae_core.morphs.speed import INVISIBLE, DecodedCurve
from vae_core.specs.base import Spec

PathKind = Literal["lerp", "slerp", "constant", "graph"]
FEWEST_ENDS, MOST_ENDS = 2, 8
FEWEST_FRAMES, MOST_FRAMES = 2, 2_000
# How far from its codes a way over the data may run, in usual links: below a link's length codes say
# nothing of where the data are, and without it hundreds of them would be a way that trembles.
SLACK = 0.5


class PathSpec(Spec):
    """How a path runs, and of how many frames it is.

    ``lerp``: straight, even steps in latent space. ``slerp``: on an arc around 0, even steps of the
    angle. ``constant``: straight, and the pictures change at constant speed. ``graph``: along the
    held-out codes, also at constant speed.
    """

    kind: PathKind = "constant"
    frames: Annotated[int, Field(ge=FEWEST_FRAMES, le=MOST_FRAMES)] = 60


def path_through(model: LatentModel, ends: ArrayLike, spec: PathSpec) -> NDArray[np.float32]:
    """Codes (frames, d) from the first of ``ends`` (k, d) through the others in order to the last.

    k is 2 to 8. Every one of ``ends`` is a frame, as it was given and once. The legs between share
    the other frames by their length, in latent space or, where the decoded speed is constant, in
    pixel space. The path of reversed ends is the reversed path.

    Raises ValueError: another number of ends, one that is NaN, beyond ±1,000 or of wrong length, two
    in a row alike, fewer frames than ends, fewer than 20 different codes for a ``graph``.
    """
    places = checked_ends(ends, model.latent_dim)
    if spec.frames < len(places):
        raise ValueError(
            f"frames is {spec.frames}: a path through {len(places)} places takes at least {len(places)}"
        )
    # Both directions are computed in the same one, so that rounding and ties fall alike.
    if places.tolist() > places[::-1].tolist():
        return _path(model, places[::-1], spec)[::-1].copy()
    return _path(model, places, spec)


def _path(model: LatentModel, places: NDArray[np.float32], spec: PathSpec) -> NDArray[np.float32]:
    exact = places.astype(np.float64)
    curves = [_curve(model, *pair, spec.kind) for pair in pairwise(exact)]
    if spec.kind in ("lerp", "slerp"):
        lengths = np.array([latent_length(curve) for curve in curves])
        steps = shared_steps(lengths, spec.frames - 1)
        shares = [np.linspace(0, 1, count + 1) for count in steps]
    else:
        decoded = [DecodedCurve(curve, model.decode, spec.frames // len(curves)) for curve in curves]
        lengths = np.array([leg.length for leg in decoded])
        if lengths.sum() < INVISIBLE:
            lengths = np.array([latent_length(curve) for curve in curves])
        steps = shared_steps(lengths, spec.frames - 1)
        shares = [leg.even_shares(count + 1) for leg, count in zip(decoded, steps, strict=True)]
    codes = [curve(share)[:-1] for curve, share in zip(curves, shares, strict=True)]
    path = np.concatenate([*codes, exact[-1:]]).astype(np.float32)
    path[np.concatenate([[0], np.cumsum(steps)])] = places
    return path


def _curve(model: LatentModel, start: Values, end: Values, kind: PathKind) -> Curve:
    if kind == "slerp":
        return arc(start, end)
    if kind == "graph":
        graph = graph_of(model)
        return polyline(simplified(graph.way_between(start, end), SLACK * graph.unit))
    return straight_line(start, end)


def checked_ends(ends: ArrayLike, latent_dim: int) -> NDArray[np.float32]:
    """``ends`` (k, d) as codes that a path leads through; ValueError as ``path_through`` for others."""
    places = as_codes(ends, latent_dim)
    if not FEWEST_ENDS <= len(places) <= MOST_ENDS:
        raise ValueError(f"a path takes {FEWEST_ENDS} to {MOST_ENDS} places, not {len(places)}")
    farthest = float(np.abs(places).max())
    if farthest > MAXIMUM_COORDINATE:
        raise ValueError(f"z holds {farthest:.3g}; a path takes at most ±{MAXIMUM_COORDINATE:g}")
    same = np.flatnonzero((places[1:] == places[:-1]).all(axis=1))
    if len(same) and len(places) == FEWEST_ENDS:
        raise ValueError("both ends are the same place: choose another")
    if len(same):
        raise ValueError(f"places {same[0] + 1} and {same[0] + 2} are the same: choose another")
    return places
