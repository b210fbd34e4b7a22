"""The models of this server, kept open between visits."""

from threading import Lock

from vae_core.models.catalogue import DamagedModel, survey
from vae_core.models.folder import ModelFolderError
from vae_core.models.model import LatentModel

DEFAULT_MODEL = "mnist-2d"

_open: dict[tuple[str, str], LatentModel] = {}
_lock = Lock()


def all_models() -> tuple[list[LatentModel], list[DamagedModel]]:
    """Usable and damaged models as they are on disk now; a folder that did not change stays open."""
    usable, damaged = [], []
    with _lock:
        for found in survey():
            if isinstance(found, DamagedModel):
                damaged.append(found)
                continue
            key = (str(found.folder.path), found.spec.to_json())
            try:
                usable.append(_open[key] if key in _open else _read(found))
            except ModelFolderError as error:
                damaged.append(DamagedModel(found.name, str(error)))
                continue
            _open[key] = usable[-1]
        kept = {id(model) for model in usable}
        for key in [key for key, model in _open.items() if id(model) not in kept]:
            del _open[key]
    return usable, damaged


def _read(model: LatentModel) -> LatentModel:
    """The model with its codes and figures read, so that pages can rely on them."""
    _ = model.latents, model.metrics
    return model


def model_named(name: str) -> LatentModel | None:
    return next((model for model in all_models()[0] if model.name == name), None)


def default_model(models: list[LatentModel]) -> LatentModel:
    """The one that greets people; any other where it is missing."""
    return next((model for model in models if model.name == DEFAULT_MODEL), models[0])
