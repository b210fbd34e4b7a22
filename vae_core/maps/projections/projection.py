"""A projection: where each code stands on a map."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vae_core.maps.projections.quality import Quality
from vae_core.maps.projections.spec import ProjectionSpec
from vae_core.space.slices import Slice

# So far from the middle places may lie: any of float32 whose square does not overflow.
MAXIMUM_PLACE = 1e9


@dataclass(frozen=True, eq=False)
class Projection:
    """Codes laid out on a plane; nobody changes the arrays.

    ``coords`` (n, 2) float32, the first across, the second upwards, in the order of the codes.
    ``plane``, of a linear projection only, is the plane whose coordinates they are. ``quality`` is None
    where it was not measured; ``seconds`` is how long the projection took. Raises ValueError for coords
    of another shape, not finite or beyond ±1e9, and for a plane where none belongs or none is given.
    """

    spec: ProjectionSpec
    coords: NDArray[np.float32]
    plane: Slice | None = None
    quality: Quality | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        coords = self.coords
        if coords.ndim != 2 or coords.shape[1:] != (2,) or coords.dtype != np.float32:
            raise ValueError(f"coords are {coords.dtype} {coords.shape}: expected float32 (n, 2)")
        # NaN is not at most anything.
        if coords.size and not np.abs(coords).max() <= MAXIMUM_PLACE:
            raise ValueError(f"coords hold NaN or values beyond ±{MAXIMUM_PLACE:g}")
        if (self.plane is not None) != self.spec.is_instant:
            raise ValueError(
                f"a projection by {self.spec.method} {'needs a' if self.spec.is_instant else 'has no'} plane"
            )
