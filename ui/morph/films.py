"""The ways between the ends as films; the last are kept, since pages run again at every click."""

from functools import lru_cache

import numpy as np

from ui.morph_view import Film, film_of
from vae_core.ends import End
from vae_core.model import LatentModel
from vae_core.paths import PathKind, PathSpec, path_through

TITLES: dict[PathKind, str] = {
    "constant": "Straight, at even pace",
    "lerp": "Straight",
    "slerp": "On an arc",
    "graph": "Staying on the data",
}


def films_between(model: LatentModel, ends: list[End], frames: int) -> tuple[list[Film], list[str]]:
    """One film for each way through ``ends``, and a line for each way that there is not.

    A reason that holds for all of them is given once.
    """
    codes = np.stack([end.code for end in ends]).astype(np.float32)
    films, problems = [], []
    for kind in TITLES:
        try:
            films.append(_film(model, kind, frames, codes.tobytes()))
        except ValueError as error:
            problems.append(str(error))
    return films, list(dict.fromkeys(problems))


@lru_cache(maxsize=64)
def _film(model: LatentModel, kind: PathKind, frames: int, ends: bytes) -> Film:
    places = np.frombuffer(ends, np.float32).reshape(-1, model.latent_dim)
    return film_of(model, kind, TITLES[kind], path_through(model, places, PathSpec(kind=kind, frames=frames)))
