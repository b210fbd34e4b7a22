"""The concepts of a model: those that ship and those that this visitor made."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ui.server.visitor import visitor
from vae_core.concepts import Concept, Concepts, KeptConcept, ready_concepts
from vae_core.models.model import LatentModel


@dataclass(frozen=True, eq=False)
class KnownConcept:
    """``name`` is the only one of its kind on the page; ``kept`` is the visitor's own, None if it ships."""

    name: str
    concept: Concept
    kept: KeptConcept | None = None

    @property
    def direction(self) -> NDArray[np.float32]:
        return self.concept.vector.astype(np.float32)


def known_concepts(model: LatentModel) -> list[KnownConcept]:
    """Those that ship, then the visitor's own, oldest first; of two names the later gets a number."""
    known: dict[str, KnownConcept] = {}
    for concept in ready_concepts(model):
        name = _free(concept.name, known)
        known[name] = KnownConcept(name, concept)
    for kept in Concepts(visitor()).of(model.name)[::-1]:
        # A model that was trained anew under its name can have another number of dimensions.
        if len(kept.concept.direction) == model.latent_dim:
            name = _free(kept.name, known)
            known[name] = KnownConcept(name, kept.concept, kept)
    return list(known.values())


def _free(name: str, taken: dict[str, KnownConcept]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name} {number}", number + 1
    return free
