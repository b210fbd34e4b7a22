"""The pictures of a data set as one file that is mapped into memory, shared by all models of these data.

``pictures/<key>/`` of the home holds ``pixels.npy``, uint8 (n, height, width, channels), training
images first, and ``pictures.json``, which says what they are. The key names the data, the choice of
classes and images, and what they were read from, so a folder never changes once it is there.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from vae_core.base.home import HOME_VARIABLE, home, notes_folder, publish_folder, replace_file
from vae_core.maps.encoding_file import ENCODING_FILE, PICTURES_PATTERN, DataStamp, header_of
from vae_core.specs import TrainingSpec

PIXELS_FILE, ABOUT_FILE, LOCK_FILE = "pixels.npy", "pictures.json", "lock"
# The longest that another process may take to write a gigabyte.
LOCK_SECONDS = 300
WRITTEN_ROWS = 1_000
KEPT_FILES = 4


def pictures_key(spec: TrainingSpec, stamp: DataStamp) -> str:
    """The name of the folder with the pictures that ``spec`` chooses, read from what ``stamp`` describes."""
    return f"{spec.dataset}-{_digest(_choice(spec))}-{_digest(stamp.to_json())}"


def keep_pictures(spec: TrainingSpec, stamp: DataStamp, parts: Sequence[NDArray[np.uint8]]) -> str:
    """Write the pictures of ``parts`` (n, h, w, c), one after the other, unless they are there; their key.

    Pictures of the same choice that were read from other files are removed. Raises ValueError of one
    line for whatever the disk refuses.
    """
    key = pictures_key(spec, stamp)
    count, shape = sum(map(len, parts)), parts[0].shape[1:]
    with _held():
        _remove_others(spec, key)
        if kept_pictures(key, count, shape) is None:
            shutil.rmtree(_folder() / key, ignore_errors=True)
            with publish_folder(_folder() / key) as folder:
                _write(folder / PIXELS_FILE, parts, count)
                about = {"choice": json.loads(_choice(spec)), "stamp": stamp.model_dump(), "images": count}
                replace_file(folder / ABOUT_FILE, json.dumps(about, indent=1).encode())
    return key


def kept_pictures(key: str, count: int, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """The pictures (count, \\*shape) of a key, mapped read-only; None where they are missing or others."""
    if not re.fullmatch(PICTURES_PATTERN.strip("^$"), key):
        return None
    path = _folder() / key / PIXELS_FILE
    try:
        state = path.stat()
    except OSError:
        return None
    return _mapped(path, state.st_size, state.st_mtime_ns, (count, *shape))


def pictures_bytes(key: str) -> int:
    """How large the pictures of ``key`` are on the disk; 0 where they are not there."""
    path = _folder() / key / PIXELS_FILE
    return path.stat().st_size if path.is_file() else 0


def forget_unused_pictures(key: str) -> None:
    """Remove the pictures of ``key`` unless the encoding of some model needs them. Raises ValueError."""
    if not (_folder() / key).is_dir():
        return
    with _held():
        headers = [header_of(path) for path in notes_folder("any").parent.glob(f"*/{ENCODING_FILE}")]
        if key not in {header.pictures for header in headers if header}:
            shutil.rmtree(_folder() / key)


def _folder() -> Path:
    return home() / "pictures"


def _choice(spec: TrainingSpec) -> str:
    return json.dumps([spec.dataset, spec.classes, spec.images_per_class])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@contextmanager
def _held() -> Iterator[None]:
    """Hold all pictures, which one process changes at a time; what the disk refuses becomes one line."""
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / LOCK_FILE, timeout=LOCK_SECONDS):
            yield
    except Timeout:
        raise ValueError(f"the pictures in {folder} are in use by another process: try again") from None
    except OSError as error:
        raise ValueError(
            f"pictures cannot be kept below {home()} ({error.strerror or error}): free space, allow "
            f"writing there, or set ${HOME_VARIABLE} to another folder"
        ) from None


def _remove_others(spec: TrainingSpec, key: str) -> None:
    """Pictures of the same choice from files that have changed, and what a killed process left half done."""
    same_choice = f"{spec.dataset}-{_digest(_choice(spec))}-*"
    for path in [*_folder().glob(same_choice), *_folder().glob(".*.part")]:
        if path.name != key:
            shutil.rmtree(path, ignore_errors=True)


def _write(path: Path, parts: Sequence[NDArray[np.uint8]], count: int) -> None:
    """Write ``parts`` as one .npy file; not through a memory map, which a full disk would kill."""
    description = {"descr": "|u1", "fortran_order": False, "shape": (count, *parts[0].shape[1:])}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, description)
        for part in parts:
            for start in range(0, len(part), WRITTEN_ROWS):
                file.write(part[start : start + WRITTEN_ROWS].tobytes())


@lru_cache(maxsize=KEPT_FILES)
def _mapped(path: Path, size: int, modified: int, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """The array in a file of that size and time, if it has that shape and is whole."""
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception:
        # A damaged header can raise anything.
        return None
    if not isinstance(found, np.memmap) or found.dtype != np.uint8 or found.shape != shape:
        return None
    is_whole = found.offset + found.nbytes == size and found.flags.c_contiguous
    return np.asarray(found) if is_whole else None
