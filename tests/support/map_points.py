"""Points of a map that are easy to find: three clouds, and around them three points that stand alone."""

import numpy as np

from vae_core.maps.columns import Column
from vae_core.maps.points import Points

CLASSES = ("<b>round</b>", "tall", "wide")
CENTRES = np.array([[-4, 1], [0, -3], [4, 1]], np.float32)
ALONE = np.array([[-9.7, 0.7], [9.7, -0.7], [0.6, 5.7]], np.float32)


def map_points(count: int = 3_000, model_name: str = "digits-2d") -> Points:
    """Rows 0, 1 and 2 stand alone; all others lie around the centre of their class, ``row % 3``.

    Even rows are test images, odd ones training images; the number of each in its split is 1,000 + row.
    """
    rows = np.arange(count)
    spread = np.random.default_rng(0).normal(size=(count, 2)).clip(-2.5, 2.5)
    places = (CENTRES[rows % 3] + 0.6 * spread).astype(np.float32)
    places[:3] = ALONE[:count]
    return Points(model_name, "held-out", places, None, rows % 3, 1_000 + rows, rows % 2 == 0)


def class_column(points: Points) -> Column:
    return Column("Shape", points.label.astype(np.float32), CLASSES)


def number_column(points: Points) -> Column:
    """From 0 to 100 along the rows; every tenth row has no value."""
    values = np.linspace(0, 100, len(points), dtype=np.float32)
    values[::10] = np.nan
    return Column("Size", values, None, "From small to large.")
