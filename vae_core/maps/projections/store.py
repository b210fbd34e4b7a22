"""Projections that were kept, so that nobody waits for the same map twice.

    notes/<model>/projections/<source>-<id>.npz    in the home, for any points
    pretrained/projections/<model>/<id>.npz        those that ship, of held-out points

``file`` says what is in them. Guarantees: a file is whole or not there; one that is damaged, or of
other codes than these, counts as not there. Of a model at most 24 are kept in the home: the one that
was not used for longest makes room.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from vae_core.base.home import HOME_VARIABLE, home, notes_folder, projections_folder, replace_file
from vae_core.base.notes import check_model_name
from vae_core.maps.points import HELD_OUT, Points
from vae_core.maps.projections.file import packed, read_facts, read_projection
from vae_core.maps.projections.projection import Projection
from vae_core.maps.projections.quality import Quality
from vae_core.maps.projections.spec import ProjectionSpec

MOST_KEPT = 24
ENDING = ".npz"


@dataclass(frozen=True)
class KeptProjection:
    """A projection that can be had at once; ``is_shipped`` ones cannot be removed."""

    spec: ProjectionSpec
    quality: Quality | None
    seconds: float
    is_shipped: bool


def kept(points: Points, spec: ProjectionSpec) -> Projection | None:
    """The projection of ``points`` by ``spec``, or None where none of exactly these codes is kept."""
    for path in _paths(points, spec):
        with contextlib.suppress(ValueError):
            found = read_projection(path, points.digest, points.z_mean.shape)
            if found.spec == spec:
                _note_use(path)
                return found
    return None


def keep(points: Points, projection: Projection) -> Path:
    """Keep a projection of ``points``, in the place of an older one by its spec; its file.

    Raises ValueError for a projection of another number of points, and where nothing can be written.
    """
    if len(projection.coords) != len(points):
        raise ValueError(
            f"a projection of {len(projection.coords):,} places for {len(points):,} points: compute it again"
        )
    path = _own_path(points, projection.spec)
    try:
        replace_file(path, packed(projection, points.digest))
    except OSError as error:
        raise ValueError(
            f"projections cannot be written below {home()} ({error.strerror or error}): free space, allow "
            f"writing there, or set ${HOME_VARIABLE} to another folder"
        ) from None
    _make_room(path)
    return path


def list_kept(points: Points) -> list[KeptProjection]:
    """What is kept of exactly these codes: in the home, used last first; then others that ship."""
    files = [(path, False) for path in reversed(_by_last_use(_folder(points)))]
    if points.source == HELD_OUT:
        files += [(path, True) for path in _by_last_use(projections_folder() / points.model_name)]
    found: dict[str, KeptProjection] = {}
    for path, is_shipped in files:
        with contextlib.suppress(ValueError):
            facts = read_facts(path, points.digest, points.z_mean.shape)
            # A file that was renamed would never be found by its spec.
            if path in _paths(points, facts.spec):
                entry = KeptProjection(facts.spec, facts.quality, facts.seconds, is_shipped)
                found.setdefault(facts.spec.id, entry)
    return list(found.values())


def remove(points: Points, spec: ProjectionSpec) -> None:
    """Remove the one in the home; nothing happens if there is none. Raises ValueError if that fails."""
    path = _own_path(points, spec)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ValueError(f"{path} cannot be removed ({error.strerror}): allow writing there") from None


def shipped_path(model_name: str, spec: ProjectionSpec) -> Path:
    """Where the projection of a shipped model by ``spec`` is, if it ships."""
    return projections_folder() / model_name / f"{spec.id}{ENDING}"


def _own_path(points: Points, spec: ProjectionSpec) -> Path:
    return _folder(points) / f"{points.source}-{spec.id}{ENDING}"


def _folder(points: Points) -> Path:
    check_model_name(points.model_name)
    return notes_folder(points.model_name) / "projections"


def _paths(points: Points, spec: ProjectionSpec) -> list[Path]:
    """Where a projection is looked for, in this order."""
    own = _own_path(points, spec)
    return [own, shipped_path(points.model_name, spec)] if points.source == HELD_OUT else [own]


def _note_use(path: Path) -> None:
    """Write down, as the time of its change, that a file in the home was used now."""
    with contextlib.suppress(OSError):
        if path.is_relative_to(home()):
            os.utime(path)


def _make_room(newest: Path) -> None:
    others = [path for path in _by_last_use(newest.parent) if path != newest]
    for path in others[: max(0, len(others) + 1 - MOST_KEPT)]:
        with contextlib.suppress(OSError):
            path.unlink()


def _by_last_use(folder: Path) -> list[Path]:
    """The projections in a folder, longest unused first."""
    used: list[tuple[int, Path]] = []
    with contextlib.suppress(OSError):
        for path in folder.glob(f"[!.]*{ENDING}"):
            # Another process may remove it meanwhile.
            with contextlib.suppress(OSError):
                used.append((path.stat().st_mtime_ns, path))
    return [path for _, path in sorted(used)]
