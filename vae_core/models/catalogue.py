"""Which models there are: those that ship, then those made here."""

from dataclasses import dataclass
from pathlib import Path

from vae_core.base.home import (
    HOME_VARIABLE,
    classifiers_folder,
    concepts_folder,
    models_folder,
    pretrained_folder,
    projections_folder,
)
from vae_core.models.folder import ModelFolder, ModelFolderError, open_folder
from vae_core.models.model import LatentModel
from vae_core.specs import is_name


@dataclass(frozen=True)
class DamagedModel:
    """A folder among the models that cannot be used, and why."""

    name: str
    reason: str


def load_model(name_or_path: str | Path) -> LatentModel:
    """The model of that name (shipped, or made here), or the model folder at that path.

    Raises ValueError: unknown name, or ModelFolderError for a folder that fails its checks.
    """
    text = str(name_or_path)
    if is_name(text):
        for root in _roots():
            if (root / text).is_dir() and root / text not in _other_folders():
                return LatentModel(_opened_by_name(root / text))
    path = Path(text).expanduser()
    if text and path.is_dir():
        return LatentModel(open_folder(path.resolve()))
    known = ", ".join(model.name for model in list_models()) or "none"
    raise ValueError(f"{text!r} is no model: expected a model folder or one of {known}")


def list_models() -> list[LatentModel]:
    """Every usable model, those that ship first, then those made here; sorted by name in each."""
    return [model for model in survey() if isinstance(model, LatentModel)]


def list_damaged_models() -> list[DamagedModel]:
    """Folders among the models that cannot be used, with the reason."""
    return [model for model in survey() if isinstance(model, DamagedModel)]


def survey() -> list[LatentModel | DamagedModel]:
    """Every folder among the models, usable or not; a shipped name hides the same name made here."""
    found: dict[str, LatentModel | DamagedModel] = {}
    # Every page looks at all of them: where these are is asked once.
    others = _other_folders()
    for root in _roots():
        try:
            paths = sorted(root.iterdir()) if root.is_dir() else []
        except OSError as error:
            raise ValueError(
                f"{root} cannot be read ({error.strerror}): allow it, or set ${HOME_VARIABLE}"
            ) from None
        for path in paths:
            if path.is_dir() and path not in others and is_name(path.name) and path.name not in found:
                try:
                    found[path.name] = LatentModel(_opened_by_name(path))
                except ModelFolderError as error:
                    found[path.name] = DamagedModel(path.name, str(error))
    return list(found.values())


def _other_folders() -> tuple[Path, ...]:
    """Folders among the models that do not claim to be one: those of classifiers and the like."""
    return classifiers_folder(), projections_folder(), concepts_folder()


def _opened_by_name(path: Path) -> ModelFolder:
    """The folder, which must bear the model's name: two models of one name could not be told apart."""
    folder = open_folder(path)
    if folder.spec.name != path.name:
        raise ModelFolderError(
            f"{path.name}: spec.json has the name {folder.spec.name!r}: rename the folder to that"
        )
    return folder


def _roots() -> tuple[Path, Path]:
    return pretrained_folder(), models_folder()
