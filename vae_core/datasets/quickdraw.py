"""Quick, Draw!: doodles of 28×28 in 345 classes (Google, CC BY 4.0), as many rows as one wants.

The official files hold all drawings of a class, up to 240 MB; the first rows are fetched with an
HTTP range request and kept as a whole ``.npy`` file of their own, with its SHA-256 beside it.
"""

import hashlib
import io
import os
import re
from pathlib import Path
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from vae_core.base.home import data_folder, data_folders, replace_file
from vae_core.datasets.dataset import Dataset, Split, check_named_once
from vae_core.datasets.ranges import fetch_start

NAME = "quickdraw"
BASE_URL = "https://storage.googleapis.com/quickdraw_dataset/full/numpy_bitmap"
CLASSES = ("cat", "dog", "tree")
IMAGES_PER_CLASS = 10_000
SIDE = 28
ROW_BYTES = SIDE * SIDE
# An .npy header of version 1 is a multiple of 64 bytes long; these files have 80 or 128.
HEADER_BYTES = 1024
CLASS_PATTERN = r"[A-Za-z][A-Za-z -]{0,39}"
TEST_SHARE = 0.1


def load(classes: tuple[str, ...] | None = None, images_per_class: int | None = None) -> Dataset:
    """The first drawings of each class, dealt in turn; the last tenth of each is the test split.

    ``notes`` say where fewer rows are on this machine than were asked for. Raises ValueError for a
    class that does not exist, a failed download or a damaged file.
    """
    classes, wanted = classes or CLASSES, images_per_class or IMAGES_PER_CLASS
    check_named_once(classes)
    train, test, notes = [], [], []
    for label, name in enumerate(classes):
        rows = class_rows(name, wanted)
        if len(rows) < wanted:
            notes.append(f"{name}: {len(rows):,} drawings are here, {wanted:,} were asked for")
        first = _first_held_out(name, len(rows))
        train.append(_labelled(rows[:first], label))
        test.append(_labelled(rows[first:], label))
    return Dataset(NAME, _dealt(train), _dealt(test), classes, notes=tuple(notes))


def load_test(classes: tuple[str, ...] | None = None, images_per_class: int | None = None) -> Split:
    """The test split of ``load`` from files on this machine, of which no other rows are read.

    Raises ValueError as ``load``, and for a class that is not here.
    """
    classes, wanted = classes or CLASSES, images_per_class or IMAGES_PER_CLASS
    check_named_once(classes)
    test = []
    for label, name in enumerate(classes):
        _check_name(name)
        path = _local_path(name, wanted)
        if path is None:
            raise ValueError(f"class {name!r} of {NAME} is not on this machine: fetch it")
        last = min(wanted, _rows_in(path))
        test.append(_labelled(_read(path, _first_held_out(name, last), last), label))
    return _dealt(test)


def is_whole_test(labels: NDArray[np.int64], classes: tuple[str, ...] | None, images: int | None) -> bool:
    """Whether first labels (n,) of a test split are those where each class has all ``images`` drawings."""
    classes, wanted = classes or CLASSES, images or IMAGES_PER_CLASS
    size = (wanted - _first_held_out(classes[0], wanted)) * len(classes)
    return len(labels) <= size and bool(np.array_equal(labels, np.arange(len(labels)) % len(classes)))


def test_files(classes: tuple[str, ...] | None, images_per_class: int | None) -> list[Path] | None:
    """The file of each class that would be read; None if one is not on this machine."""
    wanted = images_per_class or IMAGES_PER_CLASS
    paths = [_local_path(name, wanted) for name in classes or CLASSES]
    here = [path for path in paths if path is not None]
    return here if len(here) == len(paths) else None


def count_of_images(classes: tuple[str, ...] | None, images_per_class: int | None) -> int:
    """How many drawings ``load`` would give; of classes that are not here, as many as were asked for."""
    wanted = images_per_class or IMAGES_PER_CLASS
    paths = [_local_path(name, wanted) for name in classes or CLASSES]
    return sum(min(wanted, path.stat().st_size // ROW_BYTES) if path else wanted for path in paths)


def missing_bytes(classes: tuple[str, ...] | None = None, images_per_class: int | None = None) -> int:
    """About how much ``fetch`` would download."""
    enough = (images_per_class or 1) * ROW_BYTES
    paths = [_local_path(name, images_per_class or 1) for name in classes or CLASSES]
    missing = [path for path in paths if path is None or path.stat().st_size < enough]
    return len(missing) * (images_per_class or IMAGES_PER_CLASS) * ROW_BYTES


def is_here(classes: tuple[str, ...] = CLASSES) -> bool:
    """Whether some rows of every class can be read without a download."""
    return all(_local_path(name) is not None for name in classes)


def class_rows(name: str, wanted: int) -> NDArray[np.uint8]:
    """The first ``wanted`` rows (n, 784) of a class: those on this machine, else downloaded.

    A file that was given, or fetched for fewer rows, is used as it is. Raises ValueError.
    """
    _check_name(name)
    return _read(_local_path(name, wanted) or fetch_class(name, wanted), 0, wanted)


def fetch(classes: tuple[str, ...] | None = None, images_per_class: int | None = None) -> list[Path]:
    """Download classes that are not here, or are with fewer rows than asked for; all their files.

    Without ``images_per_class`` any number of rows will do.
    """
    paths = []
    for name in classes or CLASSES:
        path = _local_path(name, images_per_class or 1)
        if path is None or (images_per_class and len(_read(path, 0, images_per_class)) < images_per_class):
            path = fetch_class(name, images_per_class or IMAGES_PER_CLASS)
        paths.append(path)
    return paths


def fetch_class(name: str, wanted: int) -> Path:
    """Download the first ``wanted`` rows of a class into the home; the path of the file."""
    _check_name(name)
    url = f"{BASE_URL}/{quote(name)}.npy"
    header = fetch_start(url, HEADER_BYTES)
    rows_there, header_length = _checked_header(header, url)
    rows = min(wanted, rows_there)
    content = fetch_start(url, header_length + rows * ROW_BYTES)[header_length:]
    if len(content) != rows * ROW_BYTES:
        raise ValueError(f"{url} sent {len(content):,} bytes of {rows * ROW_BYTES:,}: try again")
    buffer = io.BytesIO()
    np.save(buffer, np.frombuffer(content, np.uint8).reshape(rows, ROW_BYTES))
    path = data_folder() / NAME / f"{name}.npy"
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    replace_file(path, buffer.getvalue())
    replace_file(path.with_suffix(".npy.sha256"), f"{digest}  {path.name}\n".encode())
    return path


def _check_name(name: str) -> None:
    if not re.fullmatch(CLASS_PATTERN, name):
        raise ValueError(f"class {name!r} is no name of a Quick, Draw! class such as 'cat' or 'hot dog'")


def _checked_header(content: bytes, source: str) -> tuple[int, int]:
    """Rows that the file promises, and where its data begin. Raises ValueError for another format."""
    buffer = io.BytesIO(content)
    try:
        if np.lib.format.read_magic(buffer) != (1, 0):
            raise ValueError
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(buffer)
    except Exception:
        raise ValueError(f"{source} is no .npy file") from None
    if dtype != np.uint8 or fortran or len(shape) != 2 or shape[1] != ROW_BYTES:
        raise ValueError(f"{source} holds {dtype} {shape}; expected uint8 rows of {ROW_BYTES}")
    return shape[0], buffer.tell()


def _local_path(name: str, wanted: int = 1) -> Path | None:
    """The first local file of a class that has so many rows, else the one with most; None if none is here."""
    paths = [path for root in data_folders() if (path := root / NAME / f"{name}.npy").is_file()]
    # Rows follow from the size, as near as a header of 128 bytes matters.
    rows = [path.stat().st_size // ROW_BYTES for path in paths]
    enough = [path for path, count in zip(paths, rows, strict=True) if count >= wanted]
    return next(iter(enough), None) or (paths[int(np.argmax(rows))] if paths else None)


def _rows_in(path: Path) -> int:
    """How many rows a local file has."""
    with path.open("rb") as file:
        return _checked_header(file.read(HEADER_BYTES), str(path))[0]


def _read(path: Path, first: int, last: int) -> NDArray[np.uint8]:
    """Rows ``first`` … ``last`` - 1 of a local file, fewer where it ends before.

    The file is checked against its SHA-256 where that stands beside it.
    """
    beside = path.with_suffix(".npy.sha256")
    with path.open("rb") as file:
        if beside.exists() and hashlib.file_digest(file, "sha256").hexdigest() not in beside.read_text(
            errors="replace"
        ):
            raise ValueError(
                f"{path} was altered or cut short (its SHA-256 differs): remove it and fetch it again"
            )
        file.seek(0)
        rows, start = _checked_header(file.read(HEADER_BYTES), str(path))
        if os.fstat(file.fileno()).st_size != start + rows * ROW_BYTES:
            raise ValueError(f"{path} promises {rows:,} rows and does not hold them: fetch it again")
        file.seek(start + first * ROW_BYTES)
        content = file.read((min(last, rows) - first) * ROW_BYTES)
    return np.frombuffer(content, np.uint8).reshape(-1, ROW_BYTES)


def _first_held_out(name: str, rows: int) -> int:
    """The first row of a class that belongs to the test split; ValueError if there are too few rows."""
    if rows < 2:
        raise ValueError(f"class {name!r} of {NAME} has {rows} drawings: at least 2 are needed")
    return rows - max(1, round(TEST_SHARE * rows))


def _labelled(rows: NDArray[np.uint8], label: int) -> Split:
    return Split(rows.reshape(-1, SIDE, SIDE, 1), np.full(len(rows), label, np.int64))


def _dealt(splits: list[Split]) -> Split:
    """One of each class in turn, so that the first images of the whole are a fair part of it."""
    pixels = np.concatenate([split.pixels for split in splits])
    labels = np.concatenate([split.labels for split in splits])
    turn = np.concatenate([np.arange(len(split)) for split in splits])
    return Split(pixels, labels).taken(np.lexsort((labels, turn)))
