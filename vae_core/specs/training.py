"""Everything a training needs to be repeated."""

import shlex
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from vae_core.specs.base import MAXIMUM_LATENT_DIM, Family, Name, Spec, Width
from vae_core.specs.likelihood import Likelihood
from vae_core.specs.presets import MAXIMUM_EPOCHS, NETWORK_NAMES, PRESETS, completed

ClassName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 '()/+-]{0,79}$")]
Count = Annotated[int, Field(ge=1, le=10_000_000)]
SHAPE_SETTINGS = ("hidden_units", "filters", "dropout")


class TrainingSpec(Spec):
    """Data, network, objective, optimiser, budget and seed of one training.

    Settings left out take the values of the preset ``network`` (vae_core.specs.presets). Losses
    are in nats per image.

    data: ``classes`` keeps images of these classes, ``images_per_class`` at most so many of each,
        ``images`` the first of the training split; None for all. ``validation_fraction`` of the
        training images is held out of the updates. ``corruption`` of the input (the target stays
        clean) by ``corruption_amount``: standard deviation of Gaussian noise, or the share of
        pixels made black or white (salt-and-pepper) or black (masking).
    network: ``hidden_units``, ``filters`` None where the network has none; ``dropout`` is a rate;
        ``output_bias`` "mean" lets the untrained decoder draw the mean colour of the data.
    objective: weight ``beta`` of the KL term, raised over the share ``kl_warmup`` of the run
        (linear) or of each of ``kl_cycles`` cycles (cyclical); ``free_bits`` is a floor under each
        dimension's KL; with a ``capacity`` the KL is drawn to it, which rises likewise.
    optimiser: ``learning_rate`` decays to 0 along a cosine (Loshchilov and Hutter 2017, equation 5,
        without restarts), is halved when validation stalls ("plateau"), or stays.
    budget: at most ``epochs``, at most ``minutes``; ends early after ``early_stopping`` epochs
        without a better validation loss, keeping the best weights, or at the first epoch whose
        validation KL is at least ``stop_at_kl``.
    precision: "auto" trains in bfloat16 where the processor multiplies it in hardware (AMX) and it
        measured faster; weights are float32 in any case.
    """

    dataset: Name
    classes: tuple[ClassName, ...] | None = Field(default=None, min_length=1, max_length=345)
    images_per_class: Count | None = None
    images: Count | None = None
    validation_fraction: float = Field(default=0.1, gt=0, lt=1)
    corruption: Literal["none", "gaussian", "salt-and-pepper", "masking"] = "none"
    corruption_amount: float = Field(default=0.3, gt=0, le=1)
    network: Name
    family: Family = "vae"
    latent_dim: int = Field(default=2, ge=1, le=MAXIMUM_LATENT_DIM)
    hidden_units: tuple[Width, ...] | None = Field(default=None, min_length=1, max_length=8)
    filters: tuple[Width, ...] | None = Field(default=None, min_length=1, max_length=5)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    output_bias: Literal["zeros", "mean"] = "zeros"
    likelihood: Likelihood = Likelihood()
    beta: float = Field(default=1.0, ge=0, le=1e4)
    kl_schedule: Literal["constant", "linear", "cyclical"] = "constant"
    kl_warmup: float = Field(default=0.5, gt=0, le=1)
    kl_cycles: int = Field(default=4, ge=1, le=1000)
    free_bits: float = Field(default=0.0, ge=0, le=100)
    capacity: float | None = Field(default=None, ge=0, le=10_000)
    optimizer: Literal["adam", "rmsprop"] = "adam"
    learning_rate: float = Field(default=2e-3, gt=0, le=1)
    learning_rate_decay: Literal["cosine", "plateau", "none"] = "cosine"
    weight_decay: float = Field(default=0.0, ge=0, le=10)
    batch_size: int = Field(default=512, ge=1, le=65_536)
    epochs: int = Field(default=30, ge=1, le=MAXIMUM_EPOCHS)
    minutes: float | None = Field(default=None, gt=0, le=10_080)
    early_stopping: Annotated[int, Field(ge=1, le=MAXIMUM_EPOCHS)] | None = None
    stop_at_kl: float | None = Field(default=None, gt=0, le=10_000)
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    seed: int = Field(default=0, ge=0, lt=2**31)

    @model_validator(mode="before")
    @classmethod
    def _with_defaults_of_the_preset(cls, values: Any) -> Any:
        return completed(values) if isinstance(values, dict) else values

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        if self.free_bits and self.capacity is not None:
            raise ValueError("free_bits and capacity both shape the KL term: give one of them")
        if self.family == "autoencoder" and (self.free_bits or self.capacity is not None or self.stop_at_kl):
            raise ValueError("an autoencoder has no KL term for free_bits, capacity or stop_at_kl")
        return self

    def command(self, name: str) -> str:
        """The command that repeats this training: settings that the preset does not have anyway."""
        plain = self.model_dump(mode="json")
        given = {key: plain[key] for key in ("dataset", "network", "minutes") if plain[key] is not None}
        usual = type(self).checked(given).model_dump(mode="json")
        preset = PRESETS.get(self.network)
        if preset and preset.defaults.get("dataset") == self.dataset:
            del given["dataset"]
        words = []
        for key, value in plain.items():
            if key in given or value != usual[key]:
                words += _options(key, value)
        return f"python -m vae_core train {shlex.join(words)} --out {name}"

    def check_network(self) -> None:
        """Raise ValueError unless this version can build the network as the spec asks."""
        if self.network not in NETWORK_NAMES:
            raise ValueError(f"network is {self.network!r}: expected one of {', '.join(NETWORK_NAMES)}")
        takes = PRESETS[self.network].takes
        for name in SHAPE_SETTINGS:
            if getattr(self, name) and name not in takes:
                known = ", ".join(sorted(takes)) or "neither widths nor filters"
                raise ValueError(f"{name} is no setting of network {self.network}, which takes {known}")
        least = PRESETS[self.network].least_filters
        if self.filters and len(self.filters) < least:
            raise ValueError(f"filters is {self.filters}: network {self.network} needs {least} or more")


def _options(key: str, value: Any) -> list[str]:
    """One setting as command-line words; the likelihood has three options."""
    if key == "likelihood":
        words = ["--likelihood", value["kind"]]
        if value["variance"] is not None:
            words += ["--variance", str(value["variance"])]
        return [*words, "--learned-variance"] if value["learned"] else words
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    text = "none" if value is None else text
    return [f"--{key.replace('_', '-')}", text]
