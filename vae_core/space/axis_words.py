"""Numbers and axes of latent spaces, as people read and write them: dimensions count from 1."""

import math

from vae_core.space.slices import Axes, checked_pair

LONGEST_PAIR = 20


def shown_number(value: float) -> str:
    """A coordinate with two decimals, a real minus sign and no negative nought."""
    return f"{round(float(value), 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")


def axis_names(axes: Axes, latent_dim: int) -> list[str]:
    """What the two axes of a plane are called; ``PC`` is a principal component of the codes."""
    if axes is not None:
        return [f"z{axis + 1}" for axis in axes]
    if latent_dim == 1:
        return ["z1", "(one dimension)"]
    return ["z1", "z2"] if latent_dim == 2 else ["PC\N{NO-BREAK SPACE}1", "PC\N{NO-BREAK SPACE}2"]


def axes_in_words(axes: Axes, latent_dim: int) -> str:
    """Which axis runs where in a picture of a plane."""
    across, up = axis_names(axes, latent_dim)
    return f"{across} across" if latent_dim == 1 else f"{across} across, {up} upwards"


def parsed_numbers(text: str, name: str) -> list[float]:
    """The finite numbers in a text with commas between; a ValueError names what of ``name`` is none."""
    numbers = []
    for part in text.split(","):
        try:
            number = float(part)
        except ValueError:
            raise ValueError(f"{name} holds {part[:20]!r}, expected numbers with commas between") from None
        if not math.isfinite(number):
            raise ValueError(f"{name} holds {part[:20]!r}, expected finite numbers")
        numbers.append(number)
    return numbers


def parsed_pair(text: str, latent_dim: int) -> tuple[int, int]:
    """Indices from 0 of two different dimensions that are written from 1, as in ``3,1``.

    Raises ValueError for another text, and for dimensions that are equal or not there.
    """
    parts = [part.strip() for part in text.split(",")] if len(text) <= LONGEST_PAIR else []
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(f"axes is {text[:LONGEST_PAIR]!r}, expected two dimensions such as 1,2")
    return checked_pair((int(parts[0]) - 1, int(parts[1]) - 1), latent_dim)
