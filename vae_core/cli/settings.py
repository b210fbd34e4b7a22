"""Every field of TrainingSpec as an option of the command line, and as JSON."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click

from vae_core.datasets import DATASETS
from vae_core.specs import TrainingSpec
from vae_core.specs.descriptions import DESCRIPTIONS
from vae_core.specs.presets import completed

MAXIMUM_SPEC_BYTES = 1 << 20
USUAL_VARIANCE = 0.0025


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
        for name, text in {**DESCRIPTIONS, "dataset": f"One of {', '.join(DATASETS)}."}.items()
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
