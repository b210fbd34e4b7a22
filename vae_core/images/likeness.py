"""How the pictures that a model knows look, so that a picture of somebody's can be made to look alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vae_core.base.arrays import Float32Array, as_images
from vae_core.images.ink import content_box, ring_of, stroke_width
from vae_core.specs.base import Spec

if TYPE_CHECKING:
    from vae_core.models.model import LatentModel

PICTURES = 128
# A black ground: its level along the edge, and how much of all pictures it covers.
BLACK, BLACK_SHARE = 0.1, 0.3
# What is brighter than this belongs to the thing shown; reconstructions are softer than originals.
SEEN = 0.3
# Things whose centres vary by more, in shares of the side, are meant to stand anywhere.
STEADY = 0.08
# Where lines are blurred they look wider: the lower quartile is near the median of the originals.
CRISP = 0.25
# Strokes that are wider on average, in shares of the side, are areas.
WIDEST_STROKE = 0.2
# Lines are measured on pictures enlarged by this factor: theirs are two or three pixels wide.
ENLARGED = 4

Shift = Annotated[float, Field(ge=-0.5, le=0.5)]


class FitSettings(Spec):
    """How a picture is made ready for a model.

    invert: whether dark becomes light; "auto" where what is drawn is darker than its ground.
    crop: "content" frames what stands out, "square" cuts a square from the middle, "whole" keeps all.
    scale: size, 1 is that of the model's own pictures, 0.3 to 1.5.
    shift_x, shift_y: to the right and down, in shares of the frame, −0.5 to 0.5.
    turn: clockwise, in degrees.
    contrast: of drawings, the ground becomes black and strokes white; else the darkest 1 % and the lightest.
    thicken: thin lines become as wide as those of the model's pictures. For drawings only.
    """

    invert: Literal["auto", "yes", "no"] = "auto"
    crop: Literal["content", "square", "whole"] = "content"
    scale: Annotated[float, Field(ge=0.3, le=1.5)] = 1.0
    shift_x: Shift = 0.0
    shift_y: Shift = 0.0
    turn: Literal[0, 90, 180, 270] = 0
    contrast: bool = True
    thicken: bool = False


@dataclass(frozen=True)
class Likeness:
    """What pictures of one kind have in common.

    is_drawn: grey, light things on black.
    is_steady: they stand in the middle; ``by_mass``: their centre of mass does, else that of their box.
    extent: the share of the frame's side that they take, median.
    stroke: the width of their lines in shares of the frame's shorter side; 0 if they are areas.
    """

    is_drawn: bool
    is_steady: bool = True
    by_mass: bool = False
    extent: float = 1.0
    stroke: float = 0.0


@lru_cache(maxsize=64)
def likeness_of(model: LatentModel) -> Likeness:
    """The likeness of what ``model`` makes of its held-out codes, of samples where it came without any."""
    codes = model.latents.z_mean
    if len(codes):
        codes = codes[np.linspace(0, len(codes) - 1, min(PICTURES, len(codes))).astype(int)]
    else:
        codes = np.random.default_rng(0).standard_normal((PICTURES, model.latent_dim), np.float32)
    return likeness_of_images(model.decode(codes))


def likeness_of_images(images: Float32Array) -> Likeness:
    """The likeness of images (n, h, w, c) in [0, 1]. Raises ValueError for none, or what are no images."""
    images = as_images(images, np.shape(images)[1:])
    if not len(images):
        raise ValueError("there are no images: a likeness takes at least one")
    grey = images.mean(axis=-1)
    border = float(np.median([ring_of(one) for one in grey]))
    is_drawn = images.shape[-1] == 1 and border < BLACK and float((grey < BLACK).mean()) > BLACK_SHARE
    shown = [one for one in grey if (one > SEEN).any()]
    if not is_drawn or not shown:
        return Likeness(is_drawn)
    side = np.array(grey.shape[1:])
    boxes = np.array([content_box(one > SEEN) for one in shown])
    box_spread = _spread((boxes[:, ::2] + boxes[:, 1::2]) / 2 / side)
    mass_spread = _spread(np.array([mass_centre(one) for one in shown]) / side)
    crisp, usual = np.quantile([_line_width(one) for one in shown], [CRISP, 0.5]) / side.min()
    return Likeness(
        is_drawn=True,
        is_steady=min(box_spread, mass_spread) <= STEADY,
        by_mass=mass_spread < box_spread,
        extent=float(np.median(((boxes[:, 1::2] - boxes[:, ::2]) / side).max(axis=1))),
        stroke=float(crisp) if usual <= WIDEST_STROKE else 0.0,
    )


def settings_for(likeness: Likeness) -> FitSettings:
    """Drawings are framed and cleaned; of anything else a square is cut from the middle."""
    if not likeness.is_drawn:
        return FitSettings(invert="no", crop="square", contrast=False)
    crop: Literal["content", "whole"] = "content" if likeness.is_steady else "whole"
    return FitSettings(crop=crop, thicken=likeness.is_steady and likeness.stroke > 0)


def mass_centre(values: Float32Array) -> NDArray[np.float64]:
    """(down, across) of the centre of mass of ``values`` (h, w), which are not all 0; 0 is the edge."""
    mass = values.astype(np.float64)
    places = [(np.arange(length) + 0.5) @ mass.sum(axis=1 - axis) for axis, length in enumerate(mass.shape)]
    return np.array(places) / mass.sum()


def _spread(centres: NDArray[np.float64]) -> float:
    return float(centres.std(axis=0).max())


def _line_width(image: Float32Array) -> float:
    """Width in pixels of the lines of one image (h, w)."""
    large = np.kron(image, np.ones((ENLARGED, ENLARGED), np.float32))
    return stroke_width(large > 0.5 * float(image.max())) / ENLARGED
