"""Concepts: directions in latent space that change one thing, what they are worth, and how they are kept.

direction       DirectionSpec and direction_of: mean differences, balanced over classes, or a probe's normal
bootstrap       how certain a direction is
separability    how well a straight cut tells the pictures with the concept from those without
support         how many real images lie beside each step, and how far they are
concept         Concept, make_concept, read_concept: a direction with a name and its figures, as JSON
named           find_concept: out of two texts that name pictures
store           the concepts that a visitor keeps
ready           the concepts that ship; made by shipped
pixel_measures  what is measured on pictures to make some of them
"""

from vae_core.concepts.bootstrap import Certainty, bootstrap_directions, certainty
from vae_core.concepts.concept import Concept, make_concept, read_concept
from vae_core.concepts.direction import DirectionSpec, direction_of
from vae_core.concepts.named import find_concept
from vae_core.concepts.ready import ready_concepts
from vae_core.concepts.separability import separability
from vae_core.concepts.store import Concepts, KeptConcept
from vae_core.concepts.support import Support, distances_along, support

__all__ = [
    "Certainty",
    "Concept",
    "Concepts",
    "DirectionSpec",
    "KeptConcept",
    "Support",
    "bootstrap_directions",
    "certainty",
    "direction_of",
    "distances_along",
    "find_concept",
    "make_concept",
    "read_concept",
    "ready_concepts",
    "separability",
    "support",
]
