"""The command that travels from one picture to another."""

import json
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vae_core.models.catalogue import load_model

# SciPy takes a second to load: only who travels waits for it.
if TYPE_CHECKING:
    from vae_core.morphs.morph import Morph

KINDS = ("lerp", "slerp", "constant", "graph")
# More digits than any row has are the name of a file.
ROW = re.compile(r"[+-]?[0-9]{1,9}")
END_HELP = "A row of latents.npz, from 0, or a picture file (PNG, JPEG, WebP)."


@click.command()
@click.argument("model")
@click.option("--from", "first", required=True, help=END_HELP)
@click.option("--via", "between", multiple=True, help="The same, on the way; up to six times.")
@click.option("--to", "last", required=True, help=END_HELP)
@click.option(
    "--path",
    "kind",
    type=click.Choice(KINDS),
    default="constant",
    show_default=True,
    help="Straight; on an arc; straight at constant decoded speed; along the data.",
)
@click.option("--frames", type=int, default=60, show_default=True)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="What to write: a film (.gif, .webp, .mp4), a strip of ten frames (.png), codes (.csv, .npz).",
)
@click.option("--fps", type=float, default=30, show_default=True, help="Frames a second of a film.")
@click.option("--side", type=int, help="Pixels of the longer side.  [default: film 280, strip 8000]")
@click.option("--bounce", is_flag=True, help="A film that runs there and back.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON report.")
def morph(
    model: str,
    first: str,
    between: tuple[str, ...],
    last: str,
    kind: Any,
    frames: int,
    out: Path,
    fps: float,
    side: int | None,
    bounce: bool,
    as_json: bool,
) -> None:
    """Travel through codes of MODEL (a name or a path) and write the pictures on the way.

    A file whose name is a number is written with its folder: ./12
    """
    from vae_core.morphs.morph import checked_ending
    from vae_core.morphs.morph import morph as morph_through

    # As Ctrl-C does, so that whoever ends the process finds no half of a file.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    checked_ending(out)
    ends = [int(text) if ROW.fullmatch(text) else Path(text) for text in (first, *between, last)]
    film = morph_through(load_model(model), ends, kind, frames)
    film.save(out, side=side, frames_per_second=fps, bounce=bounce)
    if as_json:
        click.echo(json.dumps(_report(film, out), indent=2))
        return
    way = " to ".join(end.label for end in film.ends)
    click.echo(f"{film.model.name}: {len(film.codes):,} frames, {kind}, from {way}")
    click.echo(out)


def _report(film: "Morph", out: Path) -> dict[str, Any]:
    """What was written, and what there is to say of it; null where it cannot be measured."""
    from vae_core.morphs.ends import pixel_error
    from vae_core.morphs.measures import CLEAR, decoded_length, step_variation

    distance, confidence = film.distance, film.confidence
    ends = [{"label": end.label, "pixel_error": pixel_error(film.model, end)} for end in film.ends]
    return {
        "model": film.model.name,
        "path": film.spec.kind,
        "frames": len(film.codes),
        "ends": ends,
        "decoded_length": decoded_length(film.images),
        "step_variation": step_variation(film.images),
        "farthest": None if distance is None else float(distance.max()),
        "unclear": None if confidence is None else int((confidence < CLEAR).sum()),
        "out": str(out),
        "bytes": out.stat().st_size,
    }
