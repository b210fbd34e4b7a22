"""``spec.json`` of a model folder (format 1)."""

import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from vae_core.specs.base import MAXIMUM_LATENT_DIM, Family, Name, Spec, Width
from vae_core.specs.likelihood import Likelihood
from vae_core.specs.training import TrainingSpec

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class Preprocessing(Spec):
    """How raw data became model input: bytes divided by 255."""

    kind: Literal["unit-interval"] = "unit-interval"


class ModelSpec(Spec):
    """What the model is, how to rebuild it, what its files hash to.

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
