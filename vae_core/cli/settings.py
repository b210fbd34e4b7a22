"""Every field of TrainingSpec as an option of the command line, and as JSON."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click

from vae_core.datasets import DATASETS
from vae_core.specs import NETWORK_NAMES, TrainingSpec
from vae_core.specs.presets import completed

MAXIMUM_SPEC_BYTES = 1 << 20
USUAL_VARIANCE = 0.0025

# One line a field; what the preset has is the default.
HELP = {
    "dataset": f"One of {', '.join(DATASETS)}.",
    "classes": "Only these classes, with commas between.",
    "images_per_class": "At most so many training images of each class.",
    "images": "Only the first training images.",
    "validation_fraction": "Of the training images, held out of the updates.",
    "corruption": "Of the input: none, gaussian, salt-and-pepper or masking.",
    "corruption_amount": "Standard deviation of the noise, or share of the pixels.",
    "network": f"One of {', '.join(NETWORK_NAMES)}.",
    "family": "vae or autoencoder.",
    "latent_dim": "Dimensions of the latent space, 1 to 576.",
    "hidden_units": "Widths of the dense layers of the encoder, with commas between.",
    "filters": "Filters of the convolutions of the encoder, with commas between.",
    "dropout": "Rate of dropout where the network has it.",
    "output_bias": "Of the untrained decoder: zeros, or mean for the data's mean colour.",
    "beta": "Weight of the KL term.",
    "kl_schedule": "How that weight, or the capacity, rises: constant, linear or cyclical.",
    "kl_warmup": "Share of the run, or of a cycle, over which it rises.",
    "kl_cycles": "Cycles of the cyclical schedule.",
    "free_bits": "Nats of KL a dimension may have for nothing.",
    "capacity": "Nats of KL that the code is drawn to.",
    "optimizer": "adam or rmsprop.",
    "learning_rate": "At the start.",
    "learning_rate_decay": "cosine, plateau or none.",
    "weight_decay": "Decoupled from the gradient.",
    "batch_size": "Images a step.",
    "epochs": "At most so many passes over the training images.",
    "minutes": "At most so many, from the start of the process; the model is written after that.",
    "early_stopping": "End after so many epochs without a better validation loss, with the best weights.",
    "stop_at_kl": "End when the validation KL is at least so many nats.",
    "precision": "auto, float32 or bfloat16.",
    "seed": "Of weights, order and noise.",
}


class Listing(click.ParamType):
    """Values with commas between."""

    def __init__(self, kind: type) -> None:
        self._kind = kind
        self.name = "N,N,…" if kind is int else "A,B,…"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[Any, ...]:
        try:
            return tuple(self._kind(part.strip()) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is no list of whole numbers such as 512,256", param, ctx)


class OrNone(click.ParamType):
    """A value of another type, or "none", which takes away what the preset has."""

    NONE = object()

    def __init__(self, inner: Any) -> None:
        self._inner = click.types.convert_type(inner)
        self.name = self._inner.name

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        return self.NONE if value == "none" else self._inner.convert(value, param, ctx)


def setting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for every setting. None stands for "not given"."""
    likelihood = [
        click.option("--likelihood", "likelihood_kind", help="bernoulli or gaussian."),
        click.option("--variance", type=float, help="Of the gaussian, per pixel."),
        click.option("--learned-variance", is_flag=True, help="Fit the variance, from that value on."),
    ]
    settings = [
        click.option(f"--{name.replace('_', '-')}", name, type=_option_type(name), help=text)
        for name, text in HELP.items()
    ]
    for option in reversed([*settings, *likelihood]):
        command = option(command)
    return command


def training_settings(spec_file: Path | None, options: dict[str, Any]) -> dict[str, Any]:
    """What the JSON file and the options say, options first. Raises ValueError for an unreadable file."""
    given = _read_json(spec_file) if spec_file else {}
    kind, variance = options.pop("likelihood_kind"), options.pop("variance")
    learned = options.pop("learned_variance")
    for name, value in options.items():
        if value is not None:
            given[name] = None if value is OrNone.NONE else value
    if kind or variance is not None or learned:
        given["likelihood"] = _likelihood(completed(given).get("likelihood"), kind, variance, learned)
    return given


def _likelihood(usual: Any, kind: str | None, variance: float | None, learned: bool) -> dict[str, Any]:
    """The likelihood of the preset, the data or the JSON file, with what the options say."""
    usual = dict(usual) if isinstance(usual, Mapping) else {}
    kind = kind or "gaussian"
    if kind == "gaussian" and variance is None:
        variance = usual.get("variance") or USUAL_VARIANCE
    learned = learned or (kind == "gaussian" and usual.get("learned", False))
    return {"kind": kind, "variance": variance, "learned": learned}


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ValueError(f"--spec {path}: there is no such file")
    if path.stat().st_size > MAXIMUM_SPEC_BYTES:
        raise ValueError(f"--spec {path} is larger than {MAXIMUM_SPEC_BYTES:,} bytes")
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise ValueError(f"--spec {path} is not JSON") from None
    if not isinstance(found, dict):
        raise ValueError(f"--spec {path} is not a JSON object of settings")
    return found


def _option_type(name: str) -> Any:
    """click's type for a field: numbers as such, words as they are; the spec checks their values."""
    kinds = _kinds(TrainingSpec.model_fields[name].annotation)
    if tuple in kinds:
        plain: Any = Listing(int if name in ("hidden_units", "filters") else str)
    else:
        plain = float if float in kinds else int if int in kinds else str
    return OrNone(plain) if type(None) in kinds else plain


def _kinds(annotation: Any) -> set[Any]:
    """The plain types in an annotation such as ``Annotated[int, …] | None``."""
    origin = get_origin(annotation)
    if origin is Literal:
        return {str}
    if origin is tuple:
        return {tuple}
    parts = get_args(annotation)
    return set().union(*(_kinds(part) for part in parts)) if parts else {annotation}
