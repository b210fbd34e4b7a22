"""Groups: images of one model's data that one visitor selected and kept under a name.

``notes/<model>/groups/<visitor>/`` of the home holds ``groups.json``, the list in the order of
keeping, and ``<id>.npz`` for each with its members: ``index`` int32, the number of an image in its
split, and ``is_test`` bool, which split that is. So a group of the held-out images is found on the
map of all images too, and the other way round as far as its members are there. What
``vae_core.base.notes`` guarantees holds for the list.
"""

import dataclasses
import io
import zipfile
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from uuid import uuid4

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from vae_core.base.home import replace_file
from vae_core.base.notes import Id, Notes, Time, bounded_bytes, check_model_name, now
from vae_core.maps.points import Points
from vae_core.models.model import LatentModel
from vae_core.specs import Name, Spec, is_name, one_line

MAXIMUM_GROUPS = 100
MAXIMUM_MEMBERS = 200_000
MAXIMUM_INDEX = 2**31 - 1
LONGEST_NAME = 60
MAXIMUM_IMPORT_BYTES = 4 << 20
# Five bytes a member; packing saves little and would have to be watched when it is undone.
MAXIMUM_FILE_BYTES = 5 * MAXIMUM_MEMBERS + (1 << 12)
FORMAT: Final = "latent-lab-group-1"


def checked_name(name: object) -> str:
    """The name without control characters and superfluous spaces.

    Raises ValueError unless 1 to 60 characters are left.
    """
    if not isinstance(name, str):
        raise ValueError(f"the name is {name!r:.40}: expected a text")
    cleaned = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    if not cleaned:
        raise ValueError("the group has no name: give it one")
    if len(cleaned) > LONGEST_NAME:
        raise ValueError(f"the name has {len(cleaned)} characters: expected at most {LONGEST_NAME}")
    return cleaned


def _clean(name: str) -> str:
    if checked_name(name) != name:
        raise ValueError("control characters or superfluous spaces")
    return name


Source = Literal["held-out", "all"]
GroupName = Annotated[str, AfterValidator(_clean)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Index = Annotated[int, Field(ge=0, le=MAXIMUM_INDEX)]
Indices = Annotated[tuple[Index, ...], Field(max_length=MAXIMUM_MEMBERS)]


@dataclass(frozen=True, config=ConfigDict(strict=True, extra="forbid"))
class Group:
    """A kept group of ``count`` images of the data of ``model``, selected on the map of ``source``.

    ``id`` has 32 hexadecimal digits; ``created`` is UTC, ISO 8601 with microseconds; ``digest`` is
    that of the points it was selected from. Values that are none of this raise pydantic's
    ValidationError, a ValueError.
    """

    id: Id
    model: Name
    name: GroupName
    created: Time
    source: Source
    digest: Digest
    count: Annotated[int, Field(ge=1, le=MAXIMUM_MEMBERS)]


@dataclasses.dataclass(frozen=True, eq=False)
class _Members:
    """Images by ``index`` (k,) in their split, each once, and whether that is the test split (k,)."""

    index: NDArray[np.int32]
    is_test: NDArray[np.bool_]


class _GroupFile(Spec):
    """A group as a file to take elsewhere: numbers of its images in the two splits."""

    format: Literal["latent-lab-group-1"]
    model: Name
    name: str = Field(max_length=10 * LONGEST_NAME)
    source: Source
    digest: Digest
    train: Indices
    test: Indices

    model_config = ConfigDict(strict=True)


_LIST = TypeAdapter(list[Group])


class Groups:
    """The groups of one visitor; those of a model that is gone stay."""

    def __init__(self, visitor: str) -> None:
        """Raises ValueError unless ``visitor`` is a token as ``new_visitor`` makes it."""
        self._notes = Notes(visitor, "groups", _LIST)

    def keep(self, points: Points, rows: ArrayLike, name: str) -> Group:
        """Keep the images in ``rows`` (k,) of ``points``, in any order, under ``name``.

        Raises ValueError: no rows, rows that are not there, more than 200,000; a name that is not of 1
        to 60 characters after control characters and superfluous spaces are out; 100 groups of this
        model already; no space.
        """
        chosen = np.unique(points.checked_rows(rows))
        if not len(chosen):
            raise ValueError("nothing is selected: draw round some points first")
        members = _Members(points.index[chosen].astype(np.int32), points.is_test[chosen])
        return self._add(points.model_name, name, points.source, points.digest, members)

    def of(self, model_name: str) -> list[Group]:
        """The groups of a model, newest first; never raises, whatever stands in the files."""
        return self._notes.read(model_name)[::-1] if is_name(model_name) else []

    def rename(self, group: Group, name: str) -> Group:
        """The group under another name. Raises ValueError as ``keep``, and if it is gone."""
        cleaned = checked_name(name)
        with self._notes.held(group.model):
            kept = self._notes.read(group.model)
            renamed = [dataclasses.replace(one, name=cleaned) for one in kept if one.id == group.id]
            if not renamed:
                raise ValueError(f"the group {group.name!r} is gone: reload the page")
            self._notes.write(group.model, [renamed[0] if one.id == group.id else one for one in kept])
        return renamed[0]

    def remove(self, group: Group) -> None:
        """Remove it and its members; nothing happens if it is gone. Raises ValueError if that fails."""
        if not self._notes.folder(group.model).is_dir():
            return
        with self._notes.held(group.model):
            kept = self._notes.read(group.model)
            left = [one for one in kept if one.id != group.id]
            if len(left) < len(kept):
                self._notes.write(group.model, left)
                self._path(group).unlink(missing_ok=True)

    def rows_in(self, group: Group, points: Points) -> NDArray[np.int64]:
        """Rows of ``points`` that show members of the group, ascending; members not among them are left out.

        Raises ValueError for points of another model, and where the members are damaged or gone.
        """
        if points.model_name != group.model:
            raise ValueError(f"the group {group.name!r} is of {group.model}, the map of {points.model_name}")
        members = self._members(group)
        found = np.isin(_keys(points.index, points.is_test), _keys(members.index, members.is_test))
        return np.flatnonzero(found)

    def export(self, group: Group) -> bytes:
        """The group as a JSON file that ``import_`` reads. Raises ValueError as ``rows_in``."""
        members = self._members(group)
        file = _GroupFile(
            format=FORMAT,
            model=group.model,
            name=group.name,
            source=group.source,
            digest=group.digest,
            train=tuple(members.index[~members.is_test].tolist()),
            test=tuple(members.index[members.is_test].tolist()),
        )
        return file.model_dump_json().encode()

    def import_(self, content: bytes, model: LatentModel) -> Group:
        """Keep a group out of a file that ``export`` wrote for the same model, here or elsewhere.

        Raises ValueError: no such file, more than 4 MB, of another model, empty, and as ``keep``.
        """
        if len(content) > MAXIMUM_IMPORT_BYTES:
            raise ValueError(f"it has {len(content):,} bytes: expected a group of at most 4 MB")
        try:
            file = _GroupFile.from_json(content)
        except ValueError as error:
            raise ValueError(f"it is no group that was saved here ({error})") from None
        if file.model != model.name:
            raise ValueError(
                f"it is a group of the model {file.model}: open that model and bring it in there"
            )
        parts = [np.unique(np.array(numbers, np.int32)) for numbers in (file.train, file.test)]
        is_test = np.repeat([False, True], [len(part) for part in parts])
        if not len(is_test):
            raise ValueError("it holds a group without pictures: keep one that has some")
        members = _Members(np.concatenate(parts), is_test)
        return self._add(file.model, file.name, file.source, file.digest, members)

    def _add(self, model_name: str, name: str, source: str, digest: str, members: _Members) -> Group:
        check_model_name(model_name)
        count = len(members.index)
        if count > MAXIMUM_MEMBERS:
            raise ValueError(f"the group has {count:,} pictures: expected at most {MAXIMUM_MEMBERS:,}")
        group = _made(model_name, checked_name(name), source, digest, count)
        with self._notes.held(model_name):
            kept = self._notes.read_to_add(model_name)
            if len(kept) >= MAXIMUM_GROUPS:
                raise ValueError(
                    f"{len(kept)} groups of {model_name} are kept, the most there can be: remove some"
                )
            path = self._path(group)
            replace_file(path, _packed(members))
            try:
                self._notes.write(model_name, [*kept, group])
            except OSError:
                path.unlink(missing_ok=True)
                raise
        return group

    def _members(self, group: Group) -> _Members:
        members = _unpacked(bounded_bytes(self._path(group), MAXIMUM_FILE_BYTES), group.count)
        if members is None:
            raise ValueError(f"the pictures of the group {group.name!r} are damaged or gone: remove it")
        return members

    def _path(self, group: Group) -> Path:
        return self._notes.folder(group.model) / f"{group.id}.npz"


def _made(model_name: str, name: str, source: str, digest: str, count: int) -> Group:
    values: dict[str, Any] = {"model": model_name, "name": name, "source": source, "digest": digest}
    try:
        return Group(id=uuid4().hex, created=now(), count=count, **values)
    except ValidationError as error:
        raise ValueError(one_line(error)) from None


def _keys(index: NDArray[np.integer], is_test: NDArray[np.bool_]) -> NDArray[np.int64]:
    """One number for each image of the data."""
    return 2 * index.astype(np.int64) + is_test


def _packed(members: _Members) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, index=members.index, is_test=members.is_test)
    return buffer.getvalue()


def _unpacked(content: bytes | None, count: int) -> _Members | None:
    """The ``count`` members of a file; None unless it is one as ``_packed`` makes it."""
    if content is None:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAXIMUM_FILE_BYTES:
                return None
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            index, is_test = arrays["index"], arrays["is_test"]
    except Exception:
        # A hostile archive can raise anything, a MemoryError for an absurd shape included.
        return None
    if (index.dtype, index.shape, is_test.dtype, is_test.shape) != (np.int32, (count,), np.bool_, (count,)):
        return None
    has_each_once = len(np.unique(_keys(index, is_test))) == count
    return _Members(index, is_test) if has_each_once and index.min() >= 0 else None
