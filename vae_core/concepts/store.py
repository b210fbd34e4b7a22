"""Concepts that a visitor keeps: ``notes/<model>/concepts/<visitor>/concepts.json`` of the home.

The list stands in the order of keeping; what ``vae_core.base.notes`` guarantees holds for it.
"""

import dataclasses
from uuid import uuid4

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from vae_core.base.notes import Id, Notes, Time, check_model_name, now
from vae_core.concepts.concept import Concept, read_concept
from vae_core.models.model import LatentModel
from vae_core.specs import Name, is_name

MAXIMUM_CONCEPTS = 100


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class KeptConcept:
    """A concept that was kept: ``id`` has 32 hexadecimal digits, ``created`` is UTC, ISO 8601."""

    id: Id
    model: Name
    created: Time
    concept: Concept

    def __post_init__(self) -> None:
        if self.concept.model != self.model:
            raise ValueError(f"a concept of {self.concept.model} among those of {self.model}")

    @property
    def name(self) -> str:
        return self.concept.name


_LIST = TypeAdapter(list[KeptConcept])


class Concepts:
    """The concepts of one visitor; those of a model that is gone stay."""

    def __init__(self, visitor: str) -> None:
        """Raises ValueError unless ``visitor`` is a token as ``new_visitor`` makes it."""
        self._notes = Notes(visitor, "concepts", _LIST)

    def keep(self, concept: Concept) -> KeptConcept:
        """Keep a concept. Raises ValueError: 100 concepts of its model already, no space."""
        check_model_name(concept.model)
        entry = KeptConcept(uuid4().hex, concept.model, now(), concept)
        with self._notes.held(concept.model):
            kept = self._notes.read_to_add(concept.model)
            if len(kept) >= MAXIMUM_CONCEPTS:
                raise ValueError(
                    f"{len(kept)} concepts of {concept.model} are kept, the most there can be: remove some"
                )
            self._notes.write(concept.model, [*kept, entry])
        return entry

    def of(self, model_name: str) -> list[KeptConcept]:
        """The concepts of a model, newest first; never raises, whatever stands in the file."""
        return self._notes.read(model_name)[::-1] if is_name(model_name) else []

    def rename(self, kept: KeptConcept, name: str) -> KeptConcept:
        """The concept under another name.

        Raises ValueError for a name that is not of 1 to 60 characters, and if the concept is gone.
        """
        concept = Concept.checked({**kept.concept.model_dump(), "name": name})
        renamed = dataclasses.replace(kept, concept=concept)
        with self._notes.held(kept.model):
            found = self._notes.read(kept.model)
            if all(one.id != kept.id for one in found):
                raise ValueError(f"the concept {kept.name!r} is gone: reload the page")
            self._notes.write(kept.model, [renamed if one.id == kept.id else one for one in found])
        return renamed

    def remove(self, kept: KeptConcept) -> None:
        """Remove it; nothing happens if it is gone. Raises ValueError if that fails."""
        if not self._notes.folder(kept.model).is_dir():
            return
        with self._notes.held(kept.model):
            found = self._notes.read(kept.model)
            left = [one for one in found if one.id != kept.id]
            if len(left) < len(found):
                self._notes.write(kept.model, left)

    def export(self, kept: KeptConcept) -> bytes:
        """The concept as a JSON file that ``import_`` and ``read_concept`` read."""
        return kept.concept.to_json().encode()

    def import_(self, content: bytes, model: LatentModel) -> KeptConcept:
        """Keep the concept in a file that ``export`` wrote for the same model, here or elsewhere.

        Raises ValueError as ``read_concept`` and ``keep``.
        """
        return self.keep(read_concept(content, model))
