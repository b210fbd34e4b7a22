"""Favourites: places in a latent space that one visitor kept, each with its picture.

``notes/<model>/favourites/<visitor>/`` of the home holds ``favourites.json``, the list in the
order of keeping, and ``<id>.png`` for each; what ``vae_core.base.notes`` guarantees holds for it.
"""

from collections.abc import Sequence
from typing import Annotated
from uuid import uuid4

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from vae_core.base.arrays import MAXIMUM_COORDINATE
from vae_core.base.home import replace_file
from vae_core.base.notes import (
    Id,
    Notes,
    Time,
    bounded_bytes,
    check_model_name,
    checked_visitor,
    new_visitor,
    now,
)
from vae_core.specs import Name, one_line
from vae_core.specs.base import MAXIMUM_LATENT_DIM

__all__ = ["Favourite", "Favourites", "checked_visitor", "new_visitor"]

MAXIMUM_FAVOURITES = 500
MAXIMUM_NOTE = 200
MAXIMUM_PICTURE_BYTES = 1 << 20
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

Coordinate = Annotated[float, Field(ge=-MAXIMUM_COORDINATE, le=MAXIMUM_COORDINATE, allow_inf_nan=False)]


@dataclass(frozen=True, config=ConfigDict(strict=True, extra="forbid"))
class Favourite:
    """A place that was kept: ``z`` in the space of ``model``.

    ``id`` has 32 hexadecimal digits; ``created`` is UTC, ISO 8601 with microseconds; ``note`` has at
    most 200 characters. Values that are none of this raise pydantic's ValidationError, a ValueError.
    """

    id: Id
    model: Name
    z: Annotated[tuple[Coordinate, ...], Field(min_length=1, max_length=MAXIMUM_LATENT_DIM)]
    created: Time
    note: Annotated[str, Field(max_length=MAXIMUM_NOTE)] = ""


_LIST = TypeAdapter(list[Favourite])


class Favourites:
    """The favourites of one visitor, of all models; those of a model that is gone stay."""

    def __init__(self, visitor: str) -> None:
        """Raises ValueError unless ``visitor`` is a token as ``new_visitor`` makes it."""
        self._notes = Notes(visitor, "favourites", _LIST)

    def keep(self, model_name: str, z: Sequence[float], png: bytes, note: str = "") -> Favourite:
        """Add a place with its picture, a PNG file of at most 1 MB.

        Raises ValueError: a value out of range, 500 favourites of this model already, no space.
        """
        check_model_name(model_name)
        if not png.startswith(PNG_SIGNATURE) or len(png) > MAXIMUM_PICTURE_BYTES:
            raise ValueError(f"the picture has {len(png):,} bytes: expected a PNG file of at most 1 MB")
        favourite = _made(model_name, z, note)
        with self._notes.held(model_name) as folder:
            kept = self._notes.read_to_add(model_name)
            if len(kept) >= MAXIMUM_FAVOURITES:
                raise ValueError(
                    f"{len(kept)} favourites of {model_name} are kept, the most there can be: remove some"
                )
            replace_file(folder / f"{favourite.id}.png", png)
            self._notes.write(model_name, [*kept, favourite])
        return favourite

    def remove(self, favourite: Favourite) -> None:
        """Remove it and its picture; nothing happens if it is gone. Raises ValueError if that fails."""
        if not self._notes.folder(favourite.model).is_dir():
            return
        with self._notes.held(favourite.model) as folder:
            kept = self._notes.read(favourite.model)
            left = [one for one in kept if one.id != favourite.id]
            if len(left) < len(kept):
                self._notes.write(favourite.model, left)
                (folder / f"{favourite.id}.png").unlink(missing_ok=True)

    def all(self) -> list[Favourite]:
        """Every favourite, newest first, each id once; never raises, whatever stands in the files."""
        found: dict[str, Favourite] = {}
        for name in self._notes.model_names():
            for one in reversed(self._notes.read(name)):
                found.setdefault(one.id, one)
        return sorted(found.values(), key=lambda one: one.created, reverse=True)

    def picture(self, favourite: Favourite) -> bytes | None:
        """The PNG file of a favourite, None where it is missing or none."""
        path = self._notes.folder(favourite.model) / f"{favourite.id}.png"
        content = bounded_bytes(path, MAXIMUM_PICTURE_BYTES)
        return content if content and content.startswith(PNG_SIGNATURE) else None


def _made(model_name: str, z: Sequence[float], note: str) -> Favourite:
    try:
        code = tuple(float(value) for value in z)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"z is {z!r:.40}: expected a list of numbers") from None
    try:
        return Favourite(id=uuid4().hex, model=model_name, z=code, created=now(), note=note)
    except ValidationError as error:
        raise ValueError(one_line(error)) from None
