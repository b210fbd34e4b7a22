"""The ways between the ends as films; the last are kept, since several things ask for each."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from vae_core.models.model import LatentModel
from vae_core.models.opinions import opinion_of
from vae_core.morphs import PathKind, PathSpec, path_through
from vae_core.morphs.ends import End
from vae_core.morphs.graph import check_codes
from vae_core.morphs.measured import Film, Way, film_of
from vae_core.morphs.measures import distance_unit
from vae_core.morphs.path import checked_ends

TITLES: dict[PathKind, str] = {
    "constant": "Straight, at even pace",
    "lerp": "Straight",
    "slerp": "On an arc",
    "graph": "Staying on the data",
}


def ways_between(model: LatentModel, ends: Sequence[End], frames: int) -> tuple[list[Way], list[str]]:
    """One film for each way through ``ends``, and a line for each problem that is seen at a glance.

    No way is worked out here: some may yet turn out not to exist.
    """
    codes = np.stack([end.code for end in ends]).astype(np.float32)
    problems = []
    kinds = list(TITLES)
    try:
        checked_ends(codes, model.latent_dim)
        distance_unit(model)
    except ValueError as error:
        return [], [str(error)]
    try:
        check_codes(model)
    except ValueError as error:
        problems.append(str(error))
        kinds.remove("graph")
    return [way_of(model, kind, frames, codes) for kind in kinds], problems


def way_of(model: LatentModel, kind: PathKind, frames: int, ends: NDArray[np.float32]) -> Way:
    """The way of ``frames`` through ``ends`` (k, d), yet to be worked out."""
    asked = model, kind, frames, ends.tobytes()
    return Way(
        kind, TITLES[kind], frames, _key(*asked), ends[0], partial(_codes, *asked), partial(_film, *asked)
    )


def existing(ways: Sequence[Way]) -> dict[str, NDArray[np.float32]]:
    """The codes (frames, d) of those ways that there are, by title."""
    found = {}
    for way in ways:
        try:
            found[way.title] = way.codes()
        except ValueError:
            # The film's own row says what is wrong with it.
            continue
    return found


@lru_cache(maxsize=64)
def _codes(model: LatentModel, kind: PathKind, frames: int, ends: bytes) -> NDArray[np.float32]:
    places = np.frombuffer(ends, np.float32).reshape(-1, model.latent_dim)
    return path_through(model, places, PathSpec(kind=kind, frames=frames))


@lru_cache(maxsize=64)
def _film(model: LatentModel, kind: PathKind, frames: int, ends: bytes) -> Film:
    return film_of(model, kind, _codes(model, kind, frames, ends))


def _key(model: LatentModel, kind: PathKind, frames: int, ends: bytes) -> str:
    """All that decides what a film is like: the files it is made of, and what was asked for."""
    files = model.spec.files
    classifier = opinion_of(model)
    judge = "" if classifier is None else classifier.facts.to_json()
    places = hashlib.sha256(ends).hexdigest()
    parts = (files["decoder.onnx"], files["latents.npz"], judge, kind, str(frames), places)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
