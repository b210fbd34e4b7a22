"""Makes the concepts that ship, from the held-out pictures of shipped models.

    python -m vae_core.concepts.shipped             # all, about half a minute
    python -m vae_core.concepts.shipped mnist-16d   # of one model

It needs the originals (``vae_core.maps.originals``): drawn sets are drawn, others must be here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from vae_core.base.home import replace_file
from vae_core.concepts.concept import Concept, make_concept
from vae_core.concepts.direction import DirectionSpec, Method
from vae_core.concepts.pixel_measures import heights, slants, sleeve_lengths, stroke_widths
from vae_core.concepts.ready import ReadyFile, ready_path
from vae_core.datasets import sprites
from vae_core.maps.originals import held_out_images
from vae_core.maps.points import Points, held_out_points
from vae_core.models.catalogue import load_model
from vae_core.models.model import LatentModel

SHOES = ("sandal", "sneaker", "ankle boot")
TOPS = ("t-shirt", "pullover", "dress", "coat", "shirt")
# How far a shape is turned, in degrees, to count as turned.
LEAST_TURN, MOST_TURN = 20, 70


@dataclass(frozen=True, eq=False)
class Example:
    """Pictures (n,) that show a concept and pictures that do not, in words too.

    ``method`` is "plain" where the concept is the class itself, over which nothing can be balanced.
    """

    name: str
    is_with: NDArray[np.bool_]
    is_without: NDArray[np.bool_]
    with_words: str
    without_words: str
    method: Method = "balanced"


Recipe = Callable[[LatentModel, Points], list[Example]]


def thirds(
    name: str, values: NDArray[np.floating], what: str, classes: NDArray[np.int64] | None = None
) -> Example:
    """The upper against the lower third of ``values`` (n,), NaN left out; within each class if given."""
    is_with, is_without = np.zeros(len(values), np.bool_), np.zeros(len(values), np.bool_)
    groups = np.zeros(len(values), np.int64) if classes is None else classes
    for group in np.unique(groups):
        rows = np.flatnonzero((groups == group) & np.isfinite(values))
        if not len(rows):
            continue
        low, high = np.quantile(values[rows], [1 / 3, 2 / 3])
        is_with[rows] = values[rows] >= high
        is_without[rows] = (values[rows] <= low) & (values[rows] < high)
    within = "" if classes is None else " of its class"
    return Example(
        name, is_with, is_without, f"the third{within} with the most {what}", f"with the least {what}"
    )


def pair(points: Points, class_names: Sequence[str], first: str, second: str) -> Example:
    """From one class to another."""
    with_, without = (points.label == class_names.index(one) for one in (second, first))
    return Example(f"{first} to {second}", with_, without, f"class {second}", f"class {first}", "plain")


def _faces(model: LatentModel, points: Points) -> list[Example]:
    factors = _factors(points)
    glasses = factors["glasses"] > 0.5
    return [
        thirds("smile", factors["smile"], "smile"),
        Example("glasses", glasses, ~glasses, "with glasses", "without glasses", "plain"),
        thirds("long hair", factors["hair length"], "length of hair"),
        thirds("tilt", factors["tilt"], "tilt clockwise"),
        thirds("open eyes", factors["eye opening"], "opening of the eyes"),
        thirds("dark skin", factors["skin tone"], "tone of skin"),
        thirds("dark hair", factors["hair tone"], "tone of hair"),
    ]


def _sprites(model: LatentModel, points: Points) -> list[Example]:
    factors = _factors(points)
    degrees = factors["rotation"] * 360 / sprites.ROTATIONS
    # Squares look the same after a quarter of a turn, ellipses after half of one.
    signed = np.where(points.label == sprites.SHAPES.index("ellipse"), (degrees + 90) % 180 - 90, degrees)
    signed = (signed + 180) % 360 - 180
    turns = points.label != sprites.SHAPES.index("square")
    amount = np.abs(signed)
    is_turned = turns & (amount >= LEAST_TURN) & (amount <= MOST_TURN)
    span = f"{LEAST_TURN}° to {MOST_TURN}°"
    return [
        thirds("size", factors["scale"], "size"),
        Example(
            "rotation",
            is_turned & (signed > 0),
            is_turned & (signed < 0),
            f"ellipses and hearts turned clockwise by {span}",
            f"turned counterclockwise by {span}",
        ),
        thirds("x", factors["x"], "way to the right"),
        thirds("y", factors["y"], "way down"),
        *_pairs(model, points),
    ]


def _pairs(model: LatentModel, points: Points) -> list[Example]:
    names = model.spec.class_names
    return [pair(points, names, first, second) for first, second in combinations(names, 2)]


def _digits(model: LatentModel, points: Points) -> list[Example]:
    images = held_out_images(model, np.arange(len(points)))
    return [
        thirds("thickness", stroke_widths(images), "mean width of strokes"),
        thirds("slant", slants(images), "slant to the right"),
    ]


def _clothes(model: LatentModel, points: Points) -> list[Example]:
    names = model.spec.class_names
    images = held_out_images(model, np.arange(len(points)))
    shoes, tops = (np.isin(points.label, [names.index(name) for name in chosen]) for chosen in (SHOES, TOPS))
    return [
        thirds("shoe height", np.where(shoes, heights(images), np.nan), "height among shoes", points.label),
        thirds("sleeve", np.where(tops, sleeve_lengths(images), np.nan), "sleeve among tops"),
        pair(points, names, "sandal", "ankle boot"),
        pair(points, names, "t-shirt", "pullover"),
        pair(points, names, "t-shirt", "dress"),
    ]


RECIPES: dict[str, Recipe] = {
    "doodles-32d": _pairs,
    "faces-16d": _faces,
    "fashion-16d": _clothes,
    "mnist-16d": _digits,
    "sprites-10d": _sprites,
}


def examples(model: LatentModel) -> list[Example]:
    """The pictures behind each concept of a shipped model.

    Raises ValueError where the originals are not here.
    """
    # Asks for the originals, and that they are those of the model.
    held_out_images(model, np.arange(0))
    return RECIPES[model.name](model, held_out_points(model))


def build(name: str) -> Path:
    """Make the concepts of a shipped model, and write the file that ships; its path."""
    model = load_model(name)
    points = held_out_points(model)
    concepts: list[Concept] = [
        make_concept(
            points,
            np.flatnonzero(one.is_with),
            np.flatnonzero(one.is_without),
            one.name,
            spec=DirectionSpec(method=one.method),
            with_words=one.with_words,
            without_words=one.without_words,
        )
        for one in examples(model)
    ]
    command = f"python -m vae_core.concepts.shipped {name}"
    path = ready_path(name)
    replace_file(path, ReadyFile(model=name, command=command, concepts=tuple(concepts)).to_json().encode())
    return path


def _factors(points: Points) -> dict[str, NDArray[np.float32]]:
    assert points.attributes is not None
    return dict(zip(points.attribute_names, points.attributes.T, strict=True))


@click.command()
@click.argument("names", nargs=-1)
def main(names: tuple[str, ...]) -> None:
    """Make the concepts of the shipped models NAMES, or of all that have some."""
    for name in names:
        if name not in RECIPES:
            raise click.BadParameter(
                f"{name!r} has no concepts that ship: expected one of {', '.join(RECIPES)}"
            )
    for name in names or RECIPES:
        click.echo(build(name))


if __name__ == "__main__":
    main()
