"""What was deleted and can be brought back for a week: ``trash/<token>/`` of the home.

origin.json   TrashedRun: where things belong
run/          the run folder
model/        the model folder that the run made, if it made one
"""

import contextlib
import shutil
import time
import uuid
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from vae_core.base.home import home, models_folder, replace_file, runs_folder
from vae_core.runs.folder import RUN_ID_PATTERN, RunFolder
from vae_core.runs.order import is_run_id
from vae_core.specs import Name, Spec

ORIGIN_FILE, RUN_PART, MODEL_PART = "origin.json", "run", "model"
KEPT_SECONDS = 7 * 24 * 3600
MAXIMUM_ORIGIN_BYTES = 10_000


class TrashedRun(Spec):
    """Where the parts came from: the run's id, and the name of its model, None if that is not here."""

    format: Literal[1] = 1
    run: Annotated[str, Field(pattern=RUN_ID_PATTERN)]
    model: Name | None = None


def trash_folder() -> Path:
    return home() / "trash"


def throw_away(run: RunFolder, model: Path | None) -> str:
    """Move a run, and the folder of its model, into the trash; the token that brings them back.

    Raises OSError.
    """
    token = str(uuid.uuid4())
    folder = trash_folder() / token
    origin = TrashedRun(run=run.id, model=model.name if model else None)
    replace_file(folder / ORIGIN_FILE, origin.to_json().encode())
    # The run first: whoever is killed in between leaves a model, which is no harm.
    shutil.move(run.path, folder / RUN_PART)
    if model:
        shutil.move(model, folder / MODEL_PART)
    return token


def read_trash(token: str) -> tuple[Path, TrashedRun]:
    """The folder of a token and what it holds. Raises ValueError if the token is none, or too old."""
    gone = f"{token!r:.60} brings nothing back: it was deleted more than a week ago, or never"
    if not is_run_id(token):
        raise ValueError(gone)
    folder = trash_folder() / token
    try:
        with (folder / ORIGIN_FILE).open("rb") as file:
            origin = TrashedRun.from_json(file.read(MAXIMUM_ORIGIN_BYTES))
    except (OSError, ValueError):
        raise ValueError(gone) from None
    if not (folder / RUN_PART).is_dir():
        raise ValueError(gone)
    return folder, origin


def bring_back(folder: Path, origin: TrashedRun) -> Path:
    """Move everything back; the path of the run. Its places must be free. Raises OSError."""
    if origin.model and (folder / MODEL_PART).is_dir():
        models_folder().mkdir(parents=True, exist_ok=True)
        shutil.move(folder / MODEL_PART, models_folder() / origin.model)
    path = runs_folder() / origin.run
    shutil.move(folder / RUN_PART, path)
    shutil.rmtree(folder, ignore_errors=True)
    return path


def empty_old_trash() -> None:
    """Remove for good what was thrown away more than 7 days ago; what cannot be removed stays."""
    with contextlib.suppress(OSError):
        for folder in trash_folder().iterdir():
            if is_run_id(folder.name) and time.time() - folder.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
