"""Favourites: places in a latent space that one visitor kept, each with its picture.

``notes/<model>/favourites/<visitor>/`` of the home holds ``favourites.json``, the list in the
order of keeping, and ``<id>.png`` for each.

Guarantees: two writers, threads or processes, lose nothing; a reader sees the old list or the new
one. Whatever stands in the files is checked: a list that is damaged counts as empty, and is moved
aside, not overwritten, when something is kept.
"""

import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from filelock import FileLock, Timeout
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from vae_core.arrays import MAXIMUM_COORDINATE
from vae_core.home import HOME_VARIABLE, home, notes_folder, replace_file
from vae_core.specs import Name, is_name, one_line
from vae_core.specs.base import MAXIMUM_LATENT_DIM

LIST_FILE, LOCK_FILE = "favourites.json", "lock"
MAXIMUM_FAVOURITES = 500
MAXIMUM_NOTE = 200
MAXIMUM_LIST_BYTES = 8 << 20
MAXIMUM_PICTURE_BYTES = 1 << 20
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
LOCK_SECONDS = 10
HEX_32 = "[0-9a-f]{32}"
# One spelling, so that texts sort as times do.
TIME_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}\+00:00$"


def _time(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Coordinate = Annotated[float, Field(ge=-MAXIMUM_COORDINATE, le=MAXIMUM_COORDINATE, allow_inf_nan=False)]


@dataclass(frozen=True, config=ConfigDict(strict=True, extra="forbid"))
class Favourite:
    """A place that was kept: ``z`` in the space of ``model``.

    ``id`` has 32 hexadecimal digits; ``created`` is UTC, ISO 8601 with microseconds; ``note`` has at
    most 200 characters. Values that are none of this raise pydantic's ValidationError, a ValueError.
    """

    id: Annotated[str, Field(pattern=f"^{HEX_32}$")]
    model: Name
    z: Annotated[tuple[Coordinate, ...], Field(min_length=1, max_length=MAXIMUM_LATENT_DIM)]
    created: Annotated[str, Field(pattern=TIME_PATTERN), AfterValidator(_time)]
    note: Annotated[str, Field(max_length=MAXIMUM_NOTE)] = ""


_LIST = TypeAdapter(list[Favourite])


def new_visitor() -> str:
    """A token for a new visitor that nobody can guess: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def checked_visitor(text: object) -> str | None:
    """``text`` if it is a visitor's token, 32 small hexadecimal digits; else None."""
    return text if isinstance(text, str) and re.fullmatch(HEX_32, text) else None


class Favourites:
    """The favourites of one visitor, of all models; those of a model that is gone stay."""

    def __init__(self, visitor: str) -> None:
        """Raises ValueError unless ``visitor`` is a token as ``new_visitor`` makes it."""
        if checked_visitor(visitor) is None:
            raise ValueError(f"visitor is {visitor!r:.40}: expected 32 small hexadecimal digits")
        self._visitor = visitor

    def keep(self, model_name: str, z: Sequence[float], png: bytes, note: str = "") -> Favourite:
        """Add a place with its picture, a PNG file of at most 1 MB.

        Raises ValueError: a value out of range, 500 favourites of this model already, no space.
        """
        if not is_name(model_name):
            raise ValueError(
                f"model name is {model_name!r:.80}: expected small letters, digits, '.', '_', '-'"
            )
        if not png.startswith(PNG_SIGNATURE) or len(png) > MAXIMUM_PICTURE_BYTES:
            raise ValueError(f"the picture has {len(png):,} bytes: expected a PNG file of at most 1 MB")
        favourite = _made(model_name, z, note)
        folder = self._folder(model_name)
        with _locked(folder):
            kept = _read(folder)
            if kept is None:
                _move_aside(folder / LIST_FILE)
                kept = []
            if len(kept) >= MAXIMUM_FAVOURITES:
                raise ValueError(
                    f"{len(kept)} favourites of {model_name} are kept, the most there can be: remove some"
                )
            replace_file(folder / f"{favourite.id}.png", png)
            _write(folder, [*kept, favourite])
        return favourite

    def remove(self, favourite: Favourite) -> None:
        """Remove it and its picture; nothing happens if it is gone. Raises ValueError if that fails."""
        folder = self._folder(favourite.model)
        if not folder.is_dir():
            return
        with _locked(folder):
            kept = _read(folder) or []
            left = [one for one in kept if one.id != favourite.id]
            if len(left) < len(kept):
                _write(folder, left)
                (folder / f"{favourite.id}.png").unlink(missing_ok=True)

    def all(self) -> list[Favourite]:
        """Every favourite, newest first, each id once; never raises, whatever stands in the files."""
        try:
            models = [path.name for path in notes_folder("any").parent.iterdir() if is_name(path.name)]
        except OSError:
            models = []
        found: dict[str, Favourite] = {}
        for name in sorted(models):
            for one in reversed(_read(self._folder(name)) or []):
                found.setdefault(one.id, one)
        return sorted(found.values(), key=lambda one: one.created, reverse=True)

    def picture(self, favourite: Favourite) -> bytes | None:
        """The PNG file of a favourite, None where it is missing or none."""
        path = self._folder(favourite.model) / f"{favourite.id}.png"
        content = _bounded_bytes(path, MAXIMUM_PICTURE_BYTES)
        return content if content and content.startswith(PNG_SIGNATURE) else None

    def _folder(self, model_name: str) -> Path:
        return notes_folder(model_name) / "favourites" / self._visitor


def _made(model_name: str, z: Sequence[float], note: str) -> Favourite:
    try:
        code = tuple(float(value) for value in z)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"z is {z!r:.40}: expected a list of numbers") from None
    created = datetime.now(UTC).isoformat(timespec="microseconds")
    try:
        return Favourite(id=uuid4().hex, model=model_name, z=code, created=created, note=note)
    except ValidationError as error:
        raise ValueError(one_line(error)) from None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder, made if needed; what the disk refuses becomes one line."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / LOCK_FILE, timeout=LOCK_SECONDS):
            yield
    except Timeout:
        raise ValueError(f"the favourites in {folder} are in use: try again") from None
    except OSError as error:
        raise ValueError(
            f"favourites cannot be written below {home()} ({error.strerror or error}): free space, allow "
            f"writing there, or set ${HOME_VARIABLE} to another folder"
        ) from None


def _read(folder: Path) -> list[Favourite] | None:
    """The list of a folder, empty where there is none; None if the file is damaged."""
    path = folder / LIST_FILE
    if not os.path.lexists(path):
        return []
    content = _bounded_bytes(path, MAXIMUM_LIST_BYTES)
    if content is None:
        return None
    try:
        found = _LIST.validate_json(content)
    except ValidationError:
        return None
    model_name = folder.parents[1].name
    has_own_ids = len({one.id for one in found}) == len(found)
    return found if has_own_ids and all(one.model == model_name for one in found) else None


def _write(folder: Path, favourites: list[Favourite]) -> None:
    replace_file(folder / LIST_FILE, _LIST.dump_json(favourites, indent=1))


def _bounded_bytes(path: Path, maximum: int) -> bytes | None:
    """The content of a plain file of at most so many bytes, else None."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            content = file.read(maximum + 1)
    except OSError:
        return None
    return content if len(content) <= maximum else None


def _move_aside(path: Path) -> None:
    """Rename a damaged file to ``<name>.damaged-<n>``, the first number that is free."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    path.rename(aside)
