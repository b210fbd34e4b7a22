"""What visitors keep for a model: one list for each visitor, model and kind of thing.

``notes/<model>/<kind>/<visitor>/`` of the home holds ``<kind>.json``, the list in the order of
keeping, and beside it whatever else belongs to its entries.

Guarantees: two writers, threads or processes, lose nothing; a reader sees the old list or the new
one. Whatever stands in the files is checked: a list that is damaged counts as empty, and is moved
aside, not overwritten, when something is kept.
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Generic, Protocol, TypeVar

from filelock import FileLock, Timeout
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from vae_core.base.home import HOME_VARIABLE, home, notes_folder, replace_file
from vae_core.specs import is_name

LOCK_FILE = "lock"
LOCK_SECONDS = 10
MAXIMUM_LIST_BYTES = 8 << 20
HEX_32 = "[0-9a-f]{32}"
# One spelling, so that texts sort as times do.
TIME_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}\+00:00$"


def _time(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Id = Annotated[str, Field(pattern=f"^{HEX_32}$")]
Time = Annotated[str, Field(pattern=TIME_PATTERN), AfterValidator(_time)]


class Entry(Protocol):
    """What every entry of a list has: its own id and the model it belongs to."""

    @property
    def id(self) -> str: ...

    @property
    def model(self) -> str: ...


E = TypeVar("E", bound=Entry)


def new_visitor() -> str:
    """A token for a new visitor that nobody can guess: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def checked_visitor(text: object) -> str | None:
    """``text`` if it is a visitor's token, 32 small hexadecimal digits; else None."""
    return text if isinstance(text, str) and re.fullmatch(HEX_32, text) else None


def now() -> str:
    """UTC, ISO 8601 with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def check_model_name(name: object) -> None:
    """Raise ValueError unless ``name`` may name a model, and so a folder of notes."""
    if not isinstance(name, str) or not is_name(name):
        raise ValueError(f"model name is {name!r:.80}: expected small letters, digits, '.', '_', '-'")


class Notes(Generic[E]):
    """The lists of one visitor, one for each model, of things of one ``kind`` such as "groups"."""

    def __init__(self, visitor: str, kind: str, entries: TypeAdapter[list[E]]) -> None:
        """Raises ValueError unless ``visitor`` is a token as ``new_visitor`` makes it."""
        if checked_visitor(visitor) is None:
            raise ValueError(f"visitor is {visitor!r:.40}: expected 32 small hexadecimal digits")
        self._visitor, self._kind, self._entries = visitor, kind, entries

    def folder(self, model_name: str) -> Path:
        """Where the list of a model is; the name must be checked."""
        return notes_folder(model_name) / self._kind / self._visitor

    def model_names(self) -> list[str]:
        """Models that anybody kept anything of, sorted; never raises."""
        try:
            return sorted(path.name for path in notes_folder("any").parent.iterdir() if is_name(path.name))
        except OSError:
            return []

    @contextmanager
    def held(self, model_name: str) -> Iterator[Path]:
        """Hold the folder of a model, made if needed, against all other writers.

        What the disk refuses to the block becomes a ValueError of one line.
        """
        folder = self.folder(model_name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with FileLock(folder / LOCK_FILE, timeout=LOCK_SECONDS):
                yield folder
        except Timeout:
            raise ValueError(f"the {self._kind} in {folder} are in use: try again") from None
        except OSError as error:
            raise ValueError(
                f"{self._kind} cannot be written below {home()} ({error.strerror or error}): free space, "
                f"allow writing there, or set ${HOME_VARIABLE} to another folder"
            ) from None

    def read(self, model_name: str) -> list[E]:
        """The list of a model in the order of keeping; empty where there is none, or a damaged one."""
        return self._read(self.folder(model_name)) or []

    def read_to_add(self, model_name: str) -> list[E]:
        """The same, with a damaged file moved aside; only for who holds the folder. Raises OSError."""
        folder = self.folder(model_name)
        found = self._read(folder)
        if found is None:
            _move_aside(folder / self._list_name)
        return found or []

    def write(self, model_name: str, entries: list[E]) -> None:
        """Replace the list; only for who holds the folder. Raises OSError."""
        content = self._entries.dump_json(entries, indent=1)
        replace_file(self.folder(model_name) / self._list_name, content)

    @property
    def _list_name(self) -> str:
        return f"{self._kind}.json"

    def _read(self, folder: Path) -> list[E] | None:
        """The list of a folder, empty where there is none; None if the file is damaged."""
        path = folder / self._list_name
        if not os.path.lexists(path):
            return []
        content = bounded_bytes(path, MAXIMUM_LIST_BYTES)
        if content is None:
            return None
        try:
            found = self._entries.validate_json(content)
        except ValidationError:
            return None
        model_name = folder.parents[1].name
        has_own_ids = len({one.id for one in found}) == len(found)
        return found if has_own_ids and all(one.model == model_name for one in found) else None


def bounded_bytes(path: Path, maximum: int) -> bytes | None:
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
