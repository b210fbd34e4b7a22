"""The choice of points that commands share: the codes that came with a model, or those of all images."""

from collections.abc import Callable
from typing import Any

import click

from vae_core.maps.points import ALL, HELD_OUT, Points, all_points, held_out_points
from vae_core.models.model import LatentModel


def points_option(help_text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--points held-out|all``, which the command gets as ``source``."""
    return click.option(
        "--points",
        "source",
        type=click.Choice([HELD_OUT, ALL]),
        default=HELD_OUT,
        show_default=True,
        help=help_text,
    )


def points_of(model: LatentModel, source: str) -> Points:
    """The points that were asked for. Raises ValueError where the images are not encoded yet."""
    points = held_out_points(model) if source == HELD_OUT else all_points(model)
    if points is None:
        raise ValueError(
            f"the images of {model.name} are not encoded yet: run `python -m vae_core encode {model.name}`"
        )
    return points
