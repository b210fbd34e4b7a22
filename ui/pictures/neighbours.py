"""A sheet of the real pictures near a code, with how far each of them is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ui.components.sheet.view import sheet
from ui.frame.colours import label_colours
from ui.words.points import point_label
from vae_core.base.arrays import unit_images
from vae_core.maps.pictures import pictures_of
from vae_core.maps.points import Points
from vae_core.models.model import LatentModel


def neighbour_sheet(
    key: str,
    model: LatentModel,
    points: Points,
    rows: NDArray[np.intp],
    how_far: Sequence[str],
    caption: str,
    columns: int | None = None,
) -> int | None:
    """Show ``rows`` of ``points``, ``columns`` in a line or all; the row of one that was just picked."""
    if not len(rows):
        return None
    pixels, _ = pictures_of(model, points, rows)
    picked = sheet(
        key,
        unit_images(pixels),
        min(columns or len(rows), len(rows)),
        labels=[f"{point_label(model, points, row)}, {far}" for row, far in zip(rows, how_far, strict=True)],
        colours=label_colours(points.label[rows]),
        caption=caption,
    )
    return None if picked is None else int(rows[picked])
