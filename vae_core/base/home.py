"""Where things live: what ships is read-only, what is made goes to one home.

``pretrained_folder()`` holds the models that ship. Everything made by a person goes below
``home()``: ``models/<name>/``, ``runs/<uuid>/``, ``data/<name>/`` and ``notes/<model>/``. What can be
made again is there too: ``pictures/<key>/``, data sets unpacked, and ``jobs/``, logs.

Guarantees: a file written with ``replace_file`` or a folder published with ``publish_folder``
is either the old one or the whole new one, never a part; of two who publish the same folder, the
second is told so and the first loses nothing.
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

HOME_VARIABLE = "VAE_CORE_HOME"
DATA_VARIABLE = "VAE_CORE_DATA"


def home() -> Path:
    """The folder for everything made: ``$VAE_CORE_HOME``, else the platform's user data folder."""
    chosen = os.environ.get(HOME_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().resolve()
    return Path(platformdirs.user_data_dir("latent-lab", appauthor=False))


def models_folder() -> Path:
    """Model folders that people trained or imported."""
    return home() / "models"


def runs_folder() -> Path:
    """One folder for each training run, named by a UUID."""
    return home() / "runs"


def data_folder() -> Path:
    """Downloaded data sets, one folder each."""
    return home() / "data"


def notes_folder(model_name: str) -> Path:
    """Favourites, groups, concepts, projections and caches that belong to one model."""
    return home() / "notes" / model_name


def provided_data_folder() -> Path | None:
    """``$VAE_CORE_DATA``: data sets somebody put there in their official formats, or None."""
    chosen = os.environ.get(DATA_VARIABLE)
    return Path(chosen).expanduser().resolve() if chosen else None


def data_folders() -> list[Path]:
    """Where data sets are looked for, in this order: the one that was given, the home's own."""
    provided = provided_data_folder()
    return [*([provided] if provided else []), data_folder()]


def pretrained_folder() -> Path:
    """The models that ship with the project; never written to by the app."""
    return Path(__file__).resolve().parents[2] / "pretrained"


def replace_file(path: Path, content: bytes) -> None:
    """Write ``content`` beside ``path`` and rename it into place, so no reader sees a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def publish_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder to fill; when the block ends well, rename it to ``path``.

    Raises ValueError if ``path`` exists or its parent cannot be written; a block that fails
    leaves nothing behind.
    """
    check_free(path)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        part.mkdir(parents=True)
    except OSError as error:
        raise ValueError(f"{path} cannot be made ({error.strerror}): choose another folder") from None
    try:
        yield part
        check_free(path)
        try:
            part.rename(path)
        except OSError as error:
            raise ValueError(f"{path} cannot be made ({error.strerror}): choose another folder") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def check_free(path: Path) -> None:
    """Raise ValueError unless a folder can be made at ``path``; it leaves nothing there."""
    if path.exists() or path.is_symlink():
        raise ValueError(f"{path} exists already: choose another folder, or move this one away")
    ancestor = next(parent for parent in path.parents if parent.exists())
    try:
        # Only trying tells: permissions say nothing of a full disk or a read-only file system.
        with tempfile.TemporaryDirectory(dir=ancestor):
            pass
    except OSError as error:
        raise ValueError(
            f"{path} cannot be made below {ancestor} ({error.strerror}): choose a folder you may write to"
        ) from None


def projections_folder() -> Path:
    """Where the projections that ship are: beside the models."""
    return pretrained_folder() / "projections"


def concepts_folder() -> Path:
    """Where the concepts that ship are: beside the models."""
    return pretrained_folder() / "concepts"


def classifiers_folder() -> Path:
    """Where the classifiers that ship are: beside the models."""
    return pretrained_folder() / "classifiers"
