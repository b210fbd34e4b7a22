"""A concept out of two texts that name pictures, as on the command line."""

from vae_core.concepts.concept import LONGEST_WORDS, Concept, make_concept
from vae_core.concepts.direction import DirectionSpec
from vae_core.concepts.members import named_rows
from vae_core.maps.groups import LONGEST_NAME
from vae_core.maps.points import held_out_points
from vae_core.models.model import LatentModel


def find_concept(
    model: LatentModel, with_: str, without: str, name: str = "", spec: DirectionSpec | None = None
) -> Concept:
    """The concept that the held-out pictures ``with_`` show and those ``without`` do not.

    Both are as ``named_rows`` takes them: ``class:NAME``, ``attribute:NAME>VALUE``, rows such as
    ``3,17,40``, or a file of rows. Without a ``name`` it is called by them. Raises ValueError as
    ``named_rows`` and ``make_concept``.
    """
    points = held_out_points(model)
    names = model.spec.class_names
    return make_concept(
        points,
        named_rows(with_, points, names),
        named_rows(without, points, names),
        name or f"{without} to {with_}"[:LONGEST_NAME],
        spec=spec,
        with_words=with_[:LONGEST_WORDS],
        without_words=without[:LONGEST_WORDS],
    )
