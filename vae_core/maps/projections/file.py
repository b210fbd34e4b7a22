"""The file of a kept projection, ``.npz``.

    facts                  ProjectionFacts as JSON: of which codes, by which spec, how good
    coords                 (n, 2) float32
    origin, axes, ranges   of a linear projection: its plane (``vae_core.space.slices.Slice``)

Guarantees: nothing in it is unpickled; sizes are checked before it is parsed, shapes and values
before anybody sees them.
"""

import io
import zipfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vae_core.base.notes import bounded_bytes
from vae_core.maps.projections.projection import Projection
from vae_core.maps.projections.quality import Quality
from vae_core.maps.projections.spec import ProjectionSpec
from vae_core.space.slices import Slice
from vae_core.specs.base import Spec
from vae_core.specs.model import Sha256

# 200,000 points have 1.6 MB.
MAXIMUM_FILE_BYTES = 4 << 20
MAXIMUM_FACTS_BYTES = 10_000


class ProjectionFacts(Spec):
    """What the file says of itself; ``digest`` is that of the points (``vae_core.maps.points``)."""

    format: Literal[1] = 1
    digest: Sha256
    spec: ProjectionSpec
    quality: Quality | None
    seconds: float = Field(ge=0)


def packed(projection: Projection, digest: str) -> bytes:
    """The file of a projection of the points with that digest."""
    facts = ProjectionFacts(
        digest=digest, spec=projection.spec, quality=projection.quality, seconds=round(projection.seconds, 2)
    )
    arrays: dict[str, Any] = {
        "facts": np.frombuffer(facts.to_json().encode(), np.uint8),
        "coords": projection.coords,
    }
    if plane := projection.plane:
        arrays |= {"origin": plane.origin, "axes": plane.axes, "ranges": plane.ranges}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def read_facts(path: Path, digest: str, shape: tuple[int, ...]) -> ProjectionFacts:
    """What the file says of itself. Raises ValueError as ``read_projection``, but for its places."""
    return _facts(path, _arrays(path, ("facts",)), digest, shape)


def read_projection(path: Path, digest: str, shape: tuple[int, ...]) -> Projection:
    """The projection in a file, of the points with that digest and codes of ``shape`` (n, d).

    Raises ValueError of one line for a file that is missing, damaged or of other codes.
    """
    arrays = _arrays(path, ("facts", "coords", "origin", "axes", "ranges"))
    facts = _facts(path, arrays, digest, shape)
    count, latent_dim = shape
    try:
        if arrays["coords"].shape != (count, 2):
            raise ValueError("it has not one place for each code")
        return Projection(
            facts.spec, arrays["coords"], _plane(arrays, latent_dim), facts.quality, facts.seconds
        )
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, str(error)) from None


def _facts(
    path: Path, arrays: dict[str, NDArray[Any]], digest: str, shape: tuple[int, ...]
) -> ProjectionFacts:
    content = arrays["facts"].tobytes() if "facts" in arrays else b""
    if not 0 < len(content) <= MAXIMUM_FACTS_BYTES:
        raise _damaged(path, "it does not say what it is of")
    try:
        facts = ProjectionFacts.from_json(content)
        facts.spec.check_axes(shape[1])
    except ValueError as error:
        raise _damaged(path, str(error)) from None
    if facts.digest != digest:
        raise ValueError(f"{path} is a projection of other codes: compute it again")
    return facts


def _plane(arrays: dict[str, NDArray[Any]], latent_dim: int) -> Slice | None:
    if "origin" not in arrays:
        return None
    plane = Slice(arrays["origin"], arrays["axes"], arrays["ranges"])
    if plane.axes.shape != (2, latent_dim):
        raise ValueError("its plane is one of other codes")
    return plane


def _arrays(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Those of the named arrays that are in the file."""
    content = bounded_bytes(path, MAXIMUM_FILE_BYTES)
    if content is None:
        raise ValueError(f"{path} is missing, or no file of at most {MAXIMUM_FILE_BYTES >> 20} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAXIMUM_FILE_BYTES:
                raise ValueError("it unpacks to too much")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in names if name in arrays}
    except Exception as error:
        # A hostile archive can raise anything, a MemoryError for an absurd shape included.
        raise _damaged(path, type(error).__name__) from None


def _damaged(path: Path, why: str) -> ValueError:
    return ValueError(f"{path} is damaged ({why}): compute the projection again")
