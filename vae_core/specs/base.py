"""What all specs share."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MAXIMUM_LATENT_DIM = 576
NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Width = Annotated[int, Field(ge=1, le=8192)]
Family = Literal["vae", "autoencoder"]


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


def is_name(text: str) -> bool:
    """Whether ``text`` may name a model: small letters, digits, dot, dash, underscore; at most 64."""
    return re.fullmatch(NAME_PATTERN.strip("^$"), text) is not None
