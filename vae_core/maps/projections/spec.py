"""Which projection: a method that lays codes out on a plane, with its settings."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from vae_core.space.slices import checked_pair
from vae_core.specs.base import MAXIMUM_LATENT_DIM, Spec

Method = Literal["axes", "pca", "tsne", "umap"]
METHODS: tuple[Method, ...] = ("axes", "pca", "tsne", "umap")
# Linear ones: computed at once, and exact for any code.
INSTANT_METHODS: tuple[Method, ...] = ("axes", "pca")
FEWEST_PERPLEXITY, MOST_PERPLEXITY = 2, 500
FEWEST_NEIGHBOURS, MOST_NEIGHBOURS = 2, 200
LARGEST_MIN_DISTANCE = 0.99
MAXIMUM_SEED = 2**31 - 1
_SETTINGS = {
    "axes": ("axes",),
    "pca": (),
    "tsne": ("perplexity", "seed"),
    "umap": ("neighbours", "min_distance", "seed"),
}
_SEED = r"(?:-seed(?P<seed>\d{1,10}))?"
_ID = {
    "axes": re.compile(r"axes-(?P<first>\d{1,3})-(?P<second>\d{1,3})", re.ASCII),
    "pca": re.compile(r"pca", re.ASCII),
    "tsne": re.compile(rf"tsne-(?P<perplexity>\d{{1,3}}){_SEED}", re.ASCII),
    "umap": re.compile(
        rf"umap-(?P<neighbours>\d{{1,3}})-(?P<min_distance>\d(?:\.\d{{1,2}})?){_SEED}", re.ASCII
    ),
}


def _two_decimals(value: float) -> float:
    if abs(value - round(value, 2)) > 1e-9:
        raise ValueError("expected at most two decimals")
    # Takes the sign off a nought.
    return round(value, 2) + 0.0


Index = Annotated[int, Field(strict=True, ge=0, lt=MAXIMUM_LATENT_DIM)]


class ProjectionSpec(Spec):
    """A method and its settings; a setting of another method must be left at its default.

    ``axes``: two different dimensions by their indices from 0, the first across. ``perplexity`` is
    that of t-SNE, 2 to 500; ``neighbours``, 2 to 200, and ``min_distance``, 0 to 0.99 with at most two
    decimals, those of UMAP. ``seed`` is what both of them start from. Equal specs have equal ids.
    """

    method: Method
    axes: tuple[Index, Index] | None = None
    perplexity: Annotated[int, Field(strict=True, ge=FEWEST_PERPLEXITY, le=MOST_PERPLEXITY)] = 30
    neighbours: Annotated[int, Field(strict=True, ge=FEWEST_NEIGHBOURS, le=MOST_NEIGHBOURS)] = 15
    min_distance: Annotated[float, Field(ge=0, le=LARGEST_MIN_DISTANCE), AfterValidator(_two_decimals)] = 0.1
    seed: Annotated[int, Field(strict=True, ge=0, le=MAXIMUM_SEED)] = 0

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for name, field in type(self).model_fields.items():
            if name == "method" or name in _SETTINGS[self.method]:
                continue
            if getattr(self, name) != field.default:
                owners = " and ".join(method for method, names in _SETTINGS.items() if name in names)
                raise ValueError(f"{name} is a setting of {owners}: leave it out for {self.method}")
        if self.method == "axes":
            if self.axes is None:
                raise ValueError("axes are missing: give two dimensions")
            checked_pair(self.axes, MAXIMUM_LATENT_DIM)
        return self

    @property
    def id(self) -> str:
        """A short stable text for addresses and names of files, such as ``umap-15-0.1``.

        Dimensions count from 1, as in ``axes-1-2``; a seed is named unless it is 0: ``tsne-30-seed7``.
        """
        seed = f"-seed{self.seed}" if self.seed else ""
        if self.axes is not None:
            return f"axes-{self.axes[0] + 1}-{self.axes[1] + 1}"
        if self.method == "tsne":
            return f"tsne-{self.perplexity}{seed}"
        if self.method == "umap":
            return f"umap-{self.neighbours}-{self.min_distance:g}{seed}"
        return self.method

    @property
    def is_instant(self) -> bool:
        """Whether it is linear: computed at once, and exact for any code."""
        return self.method in INSTANT_METHODS

    def check_axes(self, latent_dim: int) -> None:
        """Raise ValueError for axes that codes of ``latent_dim`` dimensions do not have.

        A single dimension is laid out on a line: its axes are those of index 0 and 1.
        """
        if self.axes is not None and (latent_dim, self.axes) != (1, (0, 1)):
            checked_pair(self.axes, latent_dim)

    @classmethod
    def parsed(cls, text: object, latent_dim: int) -> Self:
        """The spec whose ``id`` is ``text``, for codes of so many dimensions.

        Raises ValueError of one line for anything else, whatever it is.
        """
        for method, pattern in _ID.items():
            match = pattern.fullmatch(text) if isinstance(text, str) else None
            if match is None:
                continue
            spec = cls.checked({"method": method, **_values(match)})
            # Leading zeros would give one projection two addresses.
            if spec.id == text:
                spec.check_axes(latent_dim)
                return spec
        raise ValueError(
            f"projection is {text!r:.60}: expected one such as pca, axes-1-2, tsne-30 or umap-15-0.1"
        )


def _values(match: re.Match[str]) -> dict[str, object]:
    """Settings from the groups of an id."""
    given = {name: value for name, value in match.groupdict().items() if value is not None}
    if "first" in given:
        return {"axes": (int(given["first"]) - 1, int(given["second"]) - 1)}
    return {name: float(value) if name == "min_distance" else int(value) for name, value in given.items()}
