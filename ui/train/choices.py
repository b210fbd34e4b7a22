"""What can be trained, in plain words, and good settings to start from."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from vae_core.datasets import DATASETS
from vae_core.maps.originals import originals_are_here
from vae_core.models.catalogue import list_models
from vae_core.runs.folder import RunFolder
from vae_core.specs import NETWORK_NAMES, TrainingSpec, one_line

# What a first press on Train should use for these pictures: something to see after about a minute.
STARTS: Mapping[str, Mapping[str, Any]] = {
    "digits": {"network": "dense", "batch_size": 128, "epochs": 250, "learning_rate": 1e-3},
    "mnist": {"network": "fast", "minutes": 1.0},
    "fashion-mnist": {"network": "fast", "minutes": 1.0},
    "quickdraw": {"network": "best", "latent_dim": 16, "minutes": 5.0, "output_bias": "mean"},
    "faces": {"network": "best", "latent_dim": 16, "filters": [16, 32, 64], "minutes": 10.0},
    "faces-grey": {"network": "best", "latent_dim": 12, "minutes": 3.0, "output_bias": "mean"},
    "sprites": {"network": "best", "latent_dim": 10, "minutes": 5.0, "output_bias": "mean"},
}
DATA_WORDS: Mapping[str, str] = {
    "digits": "1,797 digits that come with the app: small, and trained in seconds.",
    "mnist": "70,000 digits written by hand: what every text begins with.",
    "fashion-mnist": "70,000 shirts, shoes and bags, as small as the digits and harder.",
    "quickdraw": "Doodles that people drew in twenty seconds: cats, dogs and trees.",
    "faces": "Faces drawn by this app in colour, with known features: smile, glasses, hair.",
    "faces-grey": "The same faces, small and grey: quicker to train.",
    "sprites": "Shapes of known place, size and turn: can the code tell them apart?",
}
NETWORK_WORDS: Mapping[str, str] = {
    "dense": "Plain layers of numbers: quick, good for few dimensions.",
    "conv": "Looks at patches of the picture: good for many dimensions.",
    "fast": "The sharpest that a minute buys.",
    "best": "The sharpest known here; takes its time.",
    "denoising": "Sees spoilt pictures and learns to draw the clean ones.",
    "linear": "A single layer each way: finds what PCA finds. For comparison.",
}


def datasets() -> list[str]:
    return list(DATASETS)


def networks() -> list[str]:
    """The project's own first, then those of the texts."""
    return list(NETWORK_NAMES)


def start_of(dataset: str) -> dict[str, Any]:
    """Good settings for these pictures, complete enough to train."""
    return {"dataset": dataset, **STARTS.get(dataset, {"network": "fast"})}


def class_names_of(run: RunFolder) -> tuple[str, ...]:
    """The classes of a run's pictures: its own choice, else those that a model of the same data has."""
    training = run.spec.training
    return training.classes or _usual_class_names(training.dataset)


@lru_cache(maxsize=32)
def _usual_class_names(dataset: str) -> tuple[str, ...]:
    same = (model.spec for model in list_models() if model.spec.dataset == dataset)
    return next((spec.class_names for spec in same if not spec.training.classes), ())


def default_dataset() -> str:
    """The best that needs no download."""
    spec = TrainingSpec.checked(start_of("mnist"))
    return "mnist" if originals_are_here(spec) and DATASETS["mnist"].is_here() else "digits"


def problems_with(given: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with settings, by the setting's name; "" for what concerns several."""
    try:
        spec = TrainingSpec.model_validate(dict(given))
    except ValidationError as error:
        found: dict[str, str] = {}
        for problem in error.errors(include_url=False):
            place = str(problem["loc"][0]) if problem["loc"] else ""
            found.setdefault(place, one_line(error) if not found else problem["msg"])
        return found
    try:
        spec.check_network()
        if spec.dataset not in DATASETS:
            raise ValueError(f"dataset is {spec.dataset!r}: expected one of {', '.join(DATASETS)}")
    except ValueError as error:
        name = str(error).split(" ", 1)[0]
        return {name if name in TrainingSpec.model_fields else "": str(error)}
    return {}
