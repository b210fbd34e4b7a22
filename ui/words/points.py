"""What a map's points and projections are called."""

from vae_core.maps.points import Points
from vae_core.models.model import LatentModel


def class_of(model: LatentModel, points: Points, row: int) -> str:
    """The class of a point, or "picture" where it has none."""
    label, names = int(points.label[row]), model.spec.class_names
    return names[label] if 0 <= label < len(names) else "picture"


def point_label(model: LatentModel, points: Points, row: int) -> str:
    """A point in words: its class, its split and its number there."""
    split = "test" if points.is_test[row] else "training"
    return f"{class_of(model, points, row)} ({split} picture {int(points.index[row]):,})"


def how_many(points: Points) -> str:
    """The number of points with what they are pictures of."""
    what = "test pictures" if points.source == "held-out" else "pictures"
    return f"{len(points):,} {what}"
