"""The address of a place as URL parameters and back: model, point, and how pad, tools and map show it.

Whatever stands in an address may come from an attacker; every function here either returns a
checked value or raises ValueError with one line that says what is wrong. Parameters that are not
there have their default, so that short links stay short.
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from vae_core.base.arrays import MAXIMUM_COORDINATE
from vae_core.space.axis_words import parsed_numbers, parsed_pair
from vae_core.space.slices import Axes, checked_pair

MAXIMUM_CODE_TEXT = 16_384
MAXIMUM_SEED = 2**31 - 1
OVERLAYS = ("codes", "density", "grid", "opinion")
TOOLS = ("start", "manifold", "traversals", "samples", "posterior", "journey")
PANELS = ("picture", "selection", "groups", "place", "space", "values", "correlation", "linear", "save")
PATHS = ("lerp", "slerp", "constant", "graph")
SHAPES = ("path", "corners")
FRAMES = (2, 2_000)
VIEWS = ("desk", "plane", "sum", "make")
MOST_CONCEPTS = 8
STRONGEST = 3.0
MAXIMUM_EXPRESSION = 2_000
SOURCES = ("held-out", "all")
DEFAULTS = {
    "axes": "main",
    "show": "",
    "seed": "0",
    "tool": TOOLS[0],
    "map": "",
    "by": "class",
    "points": SOURCES[0],
    "panel": PANELS[0],
    "ends": "",
    "path": "constant",
    "frames": "60",
    "shape": SHAPES[0],
    "view": VIEWS[0],
    "mix": "",
    "sum": "",
}
MAXIMUM_NAME = 100
Mix = tuple[tuple[str, float], ...]
PARAMETERS = ("model", "z", *DEFAULTS)


def relevant(params: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of ours. An address with a point is complete: what it lacks is at its default."""
    found = {key: str(params[key]) for key in PARAMETERS if key in params}
    return {**DEFAULTS, **found} if "z" in found else found


def shortened(address: Mapping[str, str]) -> dict[str, str]:
    """The same address without what is at its default."""
    return {key: value for key, value in address.items() if DEFAULTS.get(key) != value}


def format_code(z: list[float]) -> str:
    return ",".join(f"{value:.4g}" for value in z)


def parsed_code(text: str, latent_dim: int) -> list[float]:
    """The numbers of a code with commas (or spaces) between; ValueError says what is wrong."""
    if len(text) > MAXIMUM_CODE_TEXT:
        raise ValueError(f"z has {len(text):,} characters, expected at most {MAXIMUM_CODE_TEXT:,}")
    return checked_code(parsed_numbers(text, "z"), latent_dim)


def checked_code(values: Any, latent_dim: int) -> list[float]:
    """``values`` as ``latent_dim`` finite numbers of at most ±1,000, to the four digits of an address.

    The point of a visit is exactly what its address says, so that a link shows the same picture.
    Raises ValueError.
    """
    if not isinstance(values, list | tuple):
        raise ValueError("z must be a list of numbers")
    if len(values) != latent_dim:
        raise ValueError(f"z has {len(values):,} values, this model takes {latent_dim}")
    numbers = []
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
            raise ValueError(f"z holds {json.dumps(value, default=str)[:20]}, expected finite numbers")
        if abs(value) > MAXIMUM_COORDINATE:
            raise ValueError(f"z holds {value:.3g}, expected at most ±{MAXIMUM_COORDINATE:g}")
        # Adding 0 turns −0 into 0.
        numbers.append(float(f"{value:.4g}") + 0.0)
    return numbers


def format_axes(axes: Axes) -> str:
    return DEFAULTS["axes"] if axes is None else f"{axes[0] + 1},{axes[1] + 1}"


def parsed_axes(text: str, latent_dim: int) -> Axes:
    """``main``, or two different dimensions counted from 1, as in ``3,1``."""
    if text == DEFAULTS["axes"]:
        return None
    return checked_axes(parsed_pair(text, latent_dim), latent_dim)


def checked_axes(axes: tuple[int, int], latent_dim: int) -> Axes:
    """Two different dimensions that exist; ``None`` where they are the only two."""
    chosen = checked_pair(axes, latent_dim)
    return None if latent_dim == 2 and chosen == (0, 1) else chosen


def parsed_overlays(text: str) -> tuple[str, ...]:
    """Names of overlays with commas between, in the order of ``OVERLAYS``."""
    names = [name for name in text[:200].split(",") if name]
    for name in names:
        if name not in OVERLAYS:
            raise ValueError(f"show names {name[:20]!r}, expected some of {', '.join(OVERLAYS)}")
    return tuple(name for name in OVERLAYS if name in names)


def parsed_seed(text: str) -> int:
    """A whole number from 0 to 2³¹ − 1."""
    if not (len(text) <= 10 and text.isascii() and text.isdigit() and int(text) <= MAXIMUM_SEED):
        raise ValueError(f"seed is {text[:20]!r}, expected a whole number from 0 to {MAXIMUM_SEED:,}")
    return int(text)


def parsed_tool(text: str) -> str:
    return _one_of("tool", text, TOOLS)


def parsed_panel(text: str) -> str:
    return _one_of("panel", text, PANELS)


def parsed_source(text: str) -> str:
    return _one_of("points", text, SOURCES)


def parsed_path(text: str) -> str:
    return _one_of("path", text, PATHS)


def parsed_shape(text: str) -> str:
    return _one_of("shape", text, SHAPES)


def parsed_view(text: str) -> str:
    return _one_of("view", text, VIEWS)


def parsed_mix(text: str) -> Mix:
    """Names of concepts with their strengths, as ``format_mix`` writes them: ``smile:1.5~long%20hair:-1``."""
    parts = text.split("~") if text else []
    if len(parts) > MOST_CONCEPTS:
        raise ValueError(f"mix names {len(parts)} concepts, expected at most {MOST_CONCEPTS}")
    mix = []
    for part in parts:
        name, _, number = part.rpartition(":")
        strength = parsed_numbers(number, "mix")[0]
        if abs(strength) > STRONGEST:
            raise ValueError(f"mix holds {strength:g}, expected strengths within ±{STRONGEST:g}")
        mix.append((parsed_name(unquote(name)), round(strength, 2) + 0.0))
    if len({name for name, _ in mix}) < len(mix):
        raise ValueError(f"mix is {text[:40]!r}, expected every concept once")
    return tuple(mix)


def format_mix(mix: Mix) -> str:
    # quote leaves ~ as it is.
    names = [quote(name, safe="").replace("~", "%7E") for name, _ in mix]
    return "~".join(f"{name}:{strength:g}" for name, (_, strength) in zip(names, mix, strict=True))


def parsed_name(text: str) -> str:
    """The name of a concept in form only: printable, at most 100 characters."""
    if not (0 < len(text) <= MAXIMUM_NAME and text.isprintable()):
        raise ValueError(f"mix names {text[:20]!r}, expected names of 1 to {MAXIMUM_NAME} characters")
    return text


def parsed_sum(text: str) -> str:
    """An expression in form only: what it means shows when it is evaluated."""
    if len(text) > MAXIMUM_EXPRESSION or not text.isprintable():
        raise ValueError(
            f"sum is {text[:20]!r}, expected at most {MAXIMUM_EXPRESSION:,} printable characters"
        )
    return text


def parsed_frames(text: str) -> int:
    """How many frames a morph has, 2 to 2,000."""
    fewest, most = FRAMES
    if not (len(text) <= 6 and text.isascii() and text.isdigit() and fewest <= int(text) <= most):
        raise ValueError(f"frames is {text[:20]!r}, expected a whole number from {fewest} to {most:,}")
    return int(text)


def parsed_projection(text: str) -> str:
    """The id of a projection, in form only: whether a model has it shows when it is asked for."""
    if not re.fullmatch(r"[a-z0-9.-]{0,60}", text):
        raise ValueError(f"map is {text[:20]!r}, expected the id of a projection such as pca or tsne-30")
    return text


def parsed_column(text: str) -> str:
    """The name of a column to colour by: printable, at most 100 characters."""
    if not (0 < len(text) <= MAXIMUM_NAME and text.isprintable()):
        raise ValueError(f"by is {text[:20]!r}, expected a name of 1 to {MAXIMUM_NAME} characters")
    return text


def _one_of(name: str, text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        raise ValueError(f"{name} is {text[:20]!r}, expected one of {', '.join(known)}")
    return text


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
