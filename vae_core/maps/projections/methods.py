"""Laying codes out on a plane, by any of the methods.

The slow ones load their libraries only when they run: openTSNE, and umap-learn with its compiler,
have no place in the process of the app, which runs them as ``python -m vae_core project``.
"""

import time

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import as_codes
from vae_core.maps.projections.planes import plane_of_axes, principal_directions, principal_plane
from vae_core.maps.projections.projection import Projection
from vae_core.maps.projections.spec import ProjectionSpec
from vae_core.maps.projections.steps import OnProgress
from vae_core.maps.projections.tsne import tsne_coords
from vae_core.maps.projections.umap import umap_coords

# Umap-learn's start needs two directions beside the trivial one, t-SNE neighbours for its perplexity.
FEWEST_CODES = {"axes": 1, "pca": 2, "tsne": 7, "umap": 4}
# t-SNE looks at three times its perplexity of neighbours (van der Maaten 2014, section 4.1).
NEIGHBOURS_PER_PERPLEXITY = 3
# Wider codes are first reduced to so many principal axes, as is usual: distances hardly change, and
# their noise shrinks (van der Maaten and Hinton 2008, section 4.2, took 30).
WIDEST = 50


def project(
    codes: ArrayLike,
    spec: ProjectionSpec,
    on_progress: OnProgress | None = None,
    threads: int = 1,
) -> Projection:
    """Lay ``codes`` (n, d) out on a plane.

    The same codes, spec and machine give the same coordinates. ``axes`` and ``pca`` are exact and take
    a moment. ``tsne`` and ``umap`` take from seconds to minutes, with up to ``threads`` threads; codes
    of more than 50 dimensions they see reduced to their first 50 principal axes. ``on_progress`` is
    told a stage in a few words, how much is done, and of how much: the amount done never falls, and the
    total stays.

    Raises ValueError of one line for codes that are NaN, absurdly large, too few or all the same, and
    for settings that do not fit their number or dimensions.
    """
    checked = _checked(codes, spec)
    began = time.perf_counter()
    if spec.axes is not None:
        plane = plane_of_axes(checked, spec.axes)
    elif spec.method == "pca":
        plane = principal_plane(checked)
    else:
        coords = _arranged(checked, spec, on_progress, threads)
        return Projection(spec, coords, seconds=time.perf_counter() - began)
    return Projection(spec, plane.coordinates(checked), plane, seconds=time.perf_counter() - began)


def _arranged(
    codes: NDArray[np.float32], spec: ProjectionSpec, on_progress: OnProgress | None, threads: int
) -> NDArray[np.float32]:
    # Far from 0 float32 distances would lose what tells codes apart.
    reduced = codes - codes.mean(axis=0, dtype=np.float64)
    if codes.shape[1] > WIDEST:
        _, directions = principal_directions(codes, WIDEST)
        reduced = reduced @ directions.T
    # Neither method sees the unit; both have constants that suit codes of unit scale.
    reduced /= reduced.std()
    arrange = tsne_coords if spec.method == "tsne" else umap_coords
    coords = arrange(reduced.astype(np.float32), spec, on_progress, threads)
    if not np.isfinite(coords).all():
        raise ValueError(f"{spec.method} found no places for these {len(codes):,} codes: try other settings")
    return coords


def _checked(codes: ArrayLike, spec: ProjectionSpec) -> NDArray[np.float32]:
    shape = np.shape(codes)
    if len(shape) != 2 or shape[1] < 1:
        raise ValueError(f"codes have shape {shape}: expected (n, d)")
    checked = as_codes(codes, shape[1])
    count, fewest = len(checked), FEWEST_CODES[spec.method]
    if not count:
        raise ValueError("there are no codes: nothing can be laid out")
    if count < fewest:
        raise ValueError(f"there are too few codes, {count}: {spec.method} needs at least {fewest}")
    spec.check_axes(shape[1])
    if spec.method != "axes" and (checked == checked[0]).all():
        raise ValueError(f"all {count:,} codes are the same: there is nothing to lay out")
    check_setting(spec, count)
    return checked


def check_setting(spec: ProjectionSpec, count: int) -> None:
    """Raise ValueError where so many codes are too few for the perplexity or neighbours of ``spec``."""
    if spec.method == "tsne":
        name, value, largest = "perplexity", spec.perplexity, (count - 1) // NEIGHBOURS_PER_PERPLEXITY
    elif spec.method == "umap":
        name, value, largest = "neighbours", spec.neighbours, count - 1
    else:
        return
    if value > largest:
        raise ValueError(f"{name} is {value}: {count:,} codes allow at most {largest}")
