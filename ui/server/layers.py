"""Pictures that lie on the pad: the decoded plane, the density of the codes, a classifier's opinion.

Each is a PNG of a plane through latent space, drawn on the server at rest; the motion itself never
needs one.
"""

from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from ui.frame.colours import colours_of
from vae_core.images.rendering import contact_sheet, png_bytes
from vae_core.models.classifiers import doubt
from vae_core.models.model import LatentModel
from vae_core.models.opinions import opinion_of, problem_with_opinion
from vae_core.space.density import density_on
from vae_core.space.slices import Axes, Slice, middle_of, plane_through

KINDS = ("plane", "density", "opinion")
PLANE_CELLS = 15
# The view of a classifier costs the server a decode a cell. That of a plane at rest serves everybody;
# that of a plane which a point has moved is looked at once.
OPINION_CELLS, MOVED_OPINION_CELLS = 32, 16
VEIL = (8, 9, 20)
VEIL_OPACITY = 0.86
OPINION_OPACITY = 0.72

Code = tuple[float, ...] | None

# A room that moves at once would otherwise take every core with opinions.
_one_opinion = Lock()


def layer_png(kind: str, model: LatentModel, axes: Axes, z: Code) -> bytes:
    """The layer ``kind`` over the plane along ``axes`` through ``z``, by default the model's own plane.

    One opinion is formed at a time, others wait. Raises ValueError for a kind that is not there, wrong
    axes or code, and an opinion that nobody has.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no layer {kind!r}: expected one of {', '.join(KINDS)}")
    # Up to two dimensions every code lies in the plane, and the density is that of all codes.
    moved_to = None if kind == "density" or model.latent_dim <= 2 else z
    if kind != "opinion":
        return _layer(kind, model, axes, moved_to)
    with _one_opinion:
        return _layer(kind, model, axes, moved_to)


def _layer(kind: str, model: LatentModel, axes: Axes, z: Code) -> bytes:
    return _at_rest(kind, model, axes) if z is None else _drawn(kind, model, axes, z)


@lru_cache(maxsize=128)
def _at_rest(kind: str, model: LatentModel, axes: Axes) -> bytes:
    return _drawn(kind, model, axes, None)


def _drawn(kind: str, model: LatentModel, axes: Axes, z: Code) -> bytes:
    plane = plane_through(model, middle_of(model) if z is None else np.asarray(z), axes)
    if kind == "opinion":
        return _opinion(model, plane, OPINION_CELLS if z is None else MOVED_OPINION_CELLS)
    return _density(model, plane) if kind == "density" else _plane(model, plane)


def _plane(model: LatentModel, plane: Slice) -> bytes:
    return png_bytes(contact_sheet(model.decode(plane.cell_centres(PLANE_CELLS)), PLANE_CELLS))


def _density(model: LatentModel, plane: Slice) -> bytes:
    """A veil over the map where few codes lie; it opens where they are many."""
    density = density_on(plane, model.latents.z_mean)
    opacity = VEIL_OPACITY * (1 - np.clip(np.sqrt(density) * 1.6, 0, 1))
    return _rgba(np.full((*density.shape, 3), VEIL, np.float32), opacity)


def _opinion(model: LatentModel, plane: Slice, cells: int) -> bytes:
    """The colour of the class a classifier sees in the picture of each place, paler where it doubts."""
    classifier = opinion_of(model)
    if classifier is None:
        reason = problem_with_opinion(model)
        raise ValueError(reason or f"there is no classifier for the pictures of {model.name}")
    probabilities = classifier.probabilities(model.decode(plane.cell_centres(cells)))
    names = colours_of(classifier.facts.class_names, model.spec.class_names)
    colours = np.array([_rgb(colour) for colour in names], np.float32)
    certain = (1 - doubt(probabilities))[:, np.newaxis]
    mixed = certain * colours[probabilities.argmax(axis=1)] + (1 - certain) * 255
    grid = mixed.reshape(cells, cells, 3)
    return _rgba(grid, np.full(grid.shape[:2], OPINION_OPACITY))


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _rgba(colours: NDArray[np.floating], opacity: NDArray[np.floating]) -> bytes:
    """Colours (h, w, 3) from 0 to 255 and opacity (h, w) from 0 to 1 as PNG."""
    pixels = np.concatenate([colours / 255, opacity[..., np.newaxis]], axis=2)
    return png_bytes(pixels.astype(np.float32))
