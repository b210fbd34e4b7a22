"""Commands that draw what models decode: a single code, a manifold."""

from pathlib import Path

import click
import numpy as np

from vae_core.images.rendering import contact_sheet, poster_png, save_picture, save_png, sheet_svg
from vae_core.models.catalogue import load_model
from vae_core.space.axis_words import axes_in_words, parsed_numbers, parsed_pair, shown_number
from vae_core.space.manifolds import FEWEST_CELLS, MOST_CELLS, SWEEPS, Sweep, manifold_coordinates
from vae_core.space.slices import middle_of, plane_through

CODE_HELP = "numbers with commas between, one a dimension."


@click.command()
@click.argument("model")
@click.option("--z", "code", required=True, help=f"The code: {CODE_HELP}")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The PNG to write.")
@click.option("--scale", type=click.IntRange(1, 64), default=10, show_default=True, help="Pixels a pixel.")
def decode(model: str, code: str, out: Path, scale: int) -> None:
    """Decode one code of MODEL (a name or a path) into a picture."""
    loaded = load_model(model)
    z = np.array([parsed_numbers(code, "--z")], np.float64)
    save_png(out, loaded.decode(z)[0], scale)
    click.echo(out)


@click.command()
@click.argument("model")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The PNG or SVG to write.")
@click.option(
    "--cells",
    type=click.IntRange(FEWEST_CELLS, MOST_CELLS),
    default=15,
    show_default=True,
    help="Pictures a side.",
)
@click.option(
    "--sweep",
    type=click.Choice(SWEEPS),
    default="normal",
    show_default=True,
    help="Equal mass of the prior between neighbours, or equal steps.",
)
@click.option(
    "--axes", "pair", help="Two dimensions from 1, as 1,2: across and up; else the main directions."
)
@click.option("--z", "code", help=f"A code that the plane goes through: {CODE_HELP}")
@click.option("--side", type=int, default=8000, show_default=True, help="Pixels of a PNG's longer side.")
def manifold(
    model: str, out: Path, cells: int, sweep: Sweep, pair: str | None, code: str | None, side: int
) -> None:
    """Decode a grid over a plane of MODEL (a name or a path) into one picture: .png, or .svg with axes."""
    ending = out.suffix.lower()
    if ending not in (".png", ".svg"):
        raise ValueError(f"{out} has the ending {out.suffix!r}: manifolds are written as .png or .svg")
    loaded = load_model(model)
    axes = None if pair is None else parsed_pair(pair, loaded.latent_dim)
    z = middle_of(loaded) if code is None else np.array(parsed_numbers(code, "--z"), np.float64)
    plane = plane_through(loaded, z, axes)
    across, down = manifold_coordinates(loaded, plane, axes, cells, sweep)
    sheet = contact_sheet(loaded.decode(plane.grid(across, down)), cells)
    if ending == ".png":
        save_picture(out, poster_png(sheet, side))
    else:
        acrosses, ups = ([shown_number(value) for value in values] for values in (across, down))
        subtitle = f"{axes_in_words(axes, loaded.latent_dim)}, {sweep} sweep"
        drawing = sheet_svg(sheet, cells, cells, acrosses, ups, f"Manifold of {loaded.name}", subtitle)
        save_picture(out, drawing.encode("utf-8"))
    click.echo(out)
