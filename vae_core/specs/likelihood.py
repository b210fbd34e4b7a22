"""The likelihood p(x|z) of pixels given a code."""

from typing import Literal, Self

from pydantic import Field, model_validator

from vae_core.specs.base import Spec


class Likelihood(Spec):
    """p(x|z). ``variance`` belongs to the Gaussian and is per pixel; the Bernoulli has none.

    ``learned``: the Gaussian's variance is fitted with the weights, one for all pixels, starting
    from ``variance`` (Rybkin, Daniilidis and Levine 2021, section 3); a trained model states the
    fitted value.
    """

    kind: Literal["bernoulli", "gaussian"] = "bernoulli"
    variance: float | None = Field(default=None, ge=1e-8, le=1e8)
    learned: bool = False

    @model_validator(mode="after")
    def _variance_fits(self) -> Self:
        if (self.kind == "gaussian") != (self.variance is not None):
            raise ValueError("a gaussian likelihood needs a variance, a bernoulli takes none")
        if self.learned and self.kind != "gaussian":
            raise ValueError("only a gaussian likelihood has a variance to learn")
        return self
