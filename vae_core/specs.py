"""Specifications: frozen, validated, written as JSON. No Keras here, so every process may read them.

``TrainingSpec`` is everything a training run needs to be repeated; ``ModelSpec`` is ``spec.json``
of a model folder (format 1).
"""

import math
import re
import shlex
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

MAXIMUM_LATENT_DIM = 576
NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Width = Annotated[int, Field(ge=1, le=8192)]
Family = Literal["vae", "autoencoder"]

# What can be trained here; a model folder may name a network of a later version, since graphs run anyway.
NETWORK_NAMES = ("dense", "conv")


class Spec(BaseModel):
    """Base of all specs: frozen, unknown keys and non-finite numbers refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def checked(cls, values: dict[str, Any]) -> Self:
        """Build from plain values; a ValueError of one line names the first wrong one."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise ValueError(one_line(error)) from None

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Parse and check JSON text; ValueError of one line otherwise."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise ValueError(one_line(error)) from None

    def to_json(self) -> str:
        return self.model_dump_json(indent=2) + "\n"


def one_line(error: ValidationError) -> str:
    """The first problem of a pydantic error as one sentence: what, its value, what was expected."""
    problem = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in problem["loc"]) or "specification"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] in ("missing", "json_invalid", "extra_forbidden"):
        return f"{where}: {message}"
    given = repr(problem["input"])
    given = given if len(given) <= 60 else given[:57] + "..."
    return f"{where} is {given}: {message}"


class Likelihood(Spec):
    """p(x|z). ``variance`` belongs to the Gaussian and is per pixel; the Bernoulli has none."""

    kind: Literal["bernoulli", "gaussian"] = "bernoulli"
    variance: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _variance_fits(self) -> Self:
        if (self.kind == "gaussian") != (self.variance is not None):
            raise ValueError("a gaussian likelihood needs a variance, a bernoulli takes none")
        return self


class Preprocessing(Spec):
    """How raw data became model input: bytes divided by 255."""

    kind: Literal["unit-interval"] = "unit-interval"


class TrainingSpec(Spec):
    """Everything that rebuilds a model: data, network, objective, optimiser, seed.

    Losses are in nats per image. ``hidden_units`` (dense) and ``filters`` (conv) are None for
    the network's own widths. ``validation_fraction`` of the training images is held out of the
    updates. ``learning_rate_decay`` "cosine" goes from ``learning_rate`` to 0 (Loshchilov and
    Hutter 2017, equation 5, without restarts).
    """

    dataset: Name
    network: Name
    family: Family = "vae"
    latent_dim: int = Field(default=2, ge=1, le=MAXIMUM_LATENT_DIM)
    hidden_units: tuple[Width, ...] | None = Field(default=None, min_length=1, max_length=8)
    filters: tuple[Width, ...] | None = Field(default=None, min_length=1, max_length=5)
    likelihood: Likelihood = Likelihood()
    beta: float = Field(default=1.0, ge=0, le=1e4)
    epochs: int = Field(default=30, ge=1, le=100_000)
    batch_size: int = Field(default=512, ge=1, le=65_536)
    learning_rate: float = Field(default=2e-3, gt=0, le=1)
    learning_rate_decay: Literal["cosine", "none"] = "cosine"
    validation_fraction: float = Field(default=0.1, gt=0, lt=1)
    seed: int = Field(default=0, ge=0, lt=2**31)

    def command(self, name: str) -> str:
        """The command that repeats this training: every setting that is not the default, as an option."""
        words = []
        for key, value in self.model_dump(exclude_defaults=True).items():
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            words += [f"--{key.replace('_', '-')}", text]
        return f"python -m vae_core train {shlex.join(words)} --out {name}"

    def check_network(self) -> None:
        """Raise ValueError unless this version can build the network."""
        if self.network not in NETWORK_NAMES:
            raise ValueError(f"network is {self.network!r}: expected one of {', '.join(NETWORK_NAMES)}")


class ModelSpec(Spec):
    """``spec.json`` of a model folder: what the model is, how to rebuild it, what its files hash to.

    ``input_shape`` is (height, width, channels) of images in [0, 1]; ``files`` gives the SHA-256
    of every other file of the folder.
    """

    format: Literal[1] = 1
    name: Name
    family: Family
    likelihood: Likelihood
    preprocessing: Preprocessing = Preprocessing()
    input_shape: tuple[Width, Width, Annotated[int, Field(ge=1, le=4)]]
    latent_dim: int = Field(ge=1, le=MAXIMUM_LATENT_DIM)
    dataset: Name
    class_names: tuple[Annotated[str, Field(max_length=80)], ...] = Field(default=(), max_length=1000)
    training: TrainingSpec
    files: dict[FileName, Sha256]

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        if self.training.latent_dim != self.latent_dim:
            raise ValueError(
                f"latent_dim is {self.latent_dim} but training.latent_dim is {self.training.latent_dim}"
            )
        if math.prod(self.input_shape) > 128 * 128 * 4:
            raise ValueError("input_shape may hold at most 65,536 values")
        return self


def is_name(text: str) -> bool:
    """Whether ``text`` may name a model: small letters, digits, dot, dash, underscore; at most 64."""
    return re.fullmatch(NAME_PATTERN.strip("^$"), text) is not None
