"""The commands that make a concept and move pictures along it."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from numpy.typing import NDArray

from vae_core.base.home import replace_file
from vae_core.base.notes import bounded_bytes
from vae_core.cli.points import points_of, points_option
from vae_core.concepts.bootstrap import FEWEST_DRAWS, MOST_DRAWS
from vae_core.concepts.concept import MAXIMUM_FILE_BYTES, Concept, make_concept, model_named_in, read_concept
from vae_core.concepts.direction import METHODS, DirectionSpec
from vae_core.concepts.members import balancing_labels, named_rows
from vae_core.maps.points import Points
from vae_core.models.catalogue import load_model
from vae_core.models.model import LatentModel

if TYPE_CHECKING:
    from vae_core.images.films import FilmKind

MEMBERS = "rows such as 3,17,40; a file with one row a line; class:NAME; attribute:NAME>VALUE (or <, =)"
FILMS: dict[str, "FilmKind"] = {".gif": "gif", ".webp": "webp", ".mp4": "mp4"}
MOST_STRENGTH = 10.0
MOST_FRAMES, FRAMES_IN_STRIP = 600, 7
PICTURE_SIDE, STRIP_SIDE, MOST_SIDE = 280, 2_000, 10_000
# More digits than any row has are the name of a file.
ROW = re.compile(r"[0-9]{1,9}")


class _MakeByDefault(click.Group):
    """A group in which whatever is no command is what ``make`` takes."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["make", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_MakeByDefault, context_settings={"max_content_width": 100})
def concept() -> None:
    """Make a concept out of examples, and move pictures along it.

    `concept MODEL --with … --without … --out smile.json` is short for `concept make MODEL …`.
    """


@concept.command()
@click.argument("model")
@click.option("--with", "with_", required=True, multiple=True, help=f"Pictures that show it: {MEMBERS}.")
@click.option("--without", required=True, multiple=True, help="Pictures that do not, named likewise.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The .json to write.")
@click.option("--name", help="What it is called.  [default: as the file]")
@click.option("--method", type=click.Choice(METHODS), default="balanced", show_default=True)
@click.option("--balance", metavar="ATTRIBUTE", help="Balance over an attribute instead of the classes.")
@click.option(
    "--beside",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Concepts (.json) that it must not move: it is made orthogonal to them.",
)
@points_option("Which pictures rows count: those that came with the model, or all after `encode`.")
@click.option("--draws", type=click.IntRange(FEWEST_DRAWS, MOST_DRAWS), default=200, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the concept as JSON.")
def make(
    model: str,
    with_: tuple[str, ...],
    without: tuple[str, ...],
    out: Path,
    name: str | None,
    method: Any,
    balance: str | None,
    beside: tuple[Path, ...],
    source: str,
    draws: int,
    seed: int,
    as_json: bool,
) -> None:
    """Make a concept of MODEL (a name or a path) out of pictures with it and pictures without it."""
    if out.suffix.lower() != ".json":
        raise ValueError(f"{out} has the ending {out.suffix!r}: concepts are written as .json")
    loaded = load_model(model)
    points = points_of(loaded, source)
    if balance is not None and method != "balanced":
        raise ValueError(f"--balance belongs to --method balanced: leave it out for {method}")
    made = make_concept(
        points,
        _rows(with_, "--with", points, loaded),
        _rows(without, "--without", points, loaded),
        out.stem if name is None else name,
        labels=None if balance is None else balancing_labels(balance, points),
        spec=DirectionSpec(method=method),
        others=[_concept_in(path, loaded).direction for path in beside] or None,
        with_words=_in_words(with_),
        without_words=_in_words(without),
        draws=draws,
        seed=seed,
    )
    try:
        replace_file(out, made.to_json().encode())
    except OSError as error:
        raise ValueError(f"{out} cannot be written ({error.strerror}): choose another place") from None
    if as_json:
        click.echo(made.to_json(), nl=False)
        return
    click.echo(
        f"{made.name}: {made.with_count:,} pictures with, {made.without_count:,} without, {made.method}"
    )
    click.echo(
        f"separable with an AUC of {made.auc:.3f}; a cosine of {made.certainty.low:.2f} to "
        f"{made.certainty.high:.2f} to what other pictures would give"
    )
    for note in made.notes:
        click.echo(note)
    click.echo(out)


@concept.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", "picture", required=True, help="A row of latents.npz, from 0, or a picture file.")
@click.option(
    "--strength",
    default="-3..3",
    show_default=True,
    help="From where to where, in standard deviations, or a single number.",
)
@click.option("--frames", type=int, help=f"Pictures on the way.  [default: film 60, strip {FRAMES_IN_STRIP}]")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="A film (.gif, .webp, .mp4, there and back), or a strip of pictures (.png).",
)
@click.option("--model", help="The model, a name or a path.  [default: the one that FILE names]")
@click.option(
    "--side", type=int, help=f"Pixels of the longer side.  [default: {PICTURE_SIDE}, strip {STRIP_SIDE:,}]"
)
@click.option("--fps", type=float, default=30, show_default=True, help="Frames a second of a film.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON report.")
def apply(
    file: Path,
    picture: str,
    strength: str,
    frames: int | None,
    out: Path,
    model: str | None,
    side: int | None,
    fps: float,
    as_json: bool,
) -> None:
    """Move a picture along the concept in FILE, and write what is decoded on the way."""
    # They bring SciPy: only who decodes waits for it.
    from vae_core.morphs.ends import file_end, row_end
    from vae_core.morphs.measures import distance_to_data

    ending = out.suffix.lower()
    if ending not in (*FILMS, ".png"):
        raise ValueError(f"{out} has the ending {out.suffix!r}: expected .gif, .webp, .mp4 or .png")
    strengths = _strengths(strength, frames, FRAMES_IN_STRIP if ending == ".png" else 60)
    loaded = load_model(model if model is not None else model_named_in(_content(file)))
    chosen = _concept_in(file, loaded)
    end = row_end(loaded, int(picture)) if ROW.fullmatch(picture) else file_end(loaded, Path(picture))
    codes = chosen.apply(np.repeat(end.code[np.newaxis], len(strengths), axis=0), strengths)
    distances = distance_to_data(loaded, codes)
    _save(out, loaded.decode(codes), side, fps)
    if as_json:
        report = {
            "model": loaded.name,
            "concept": chosen.name,
            "picture": end.label,
            "strengths": strengths.tolist(),
            "distance_to_data": np.round(distances.astype(np.float64), 4).tolist(),
            "out": str(out),
        }
        click.echo(json.dumps(report, indent=2))
        return
    click.echo(f"{loaded.name}: {end.label}, {chosen.name} from {strengths[0]:g} to {strengths[-1]:g}")
    click.echo(out)


def _save(out: Path, images: NDArray[np.float32], side: int | None, fps: float) -> None:
    from vae_core.images.films import film_bytes
    from vae_core.images.rendering import contact_sheet, png_bytes, save_picture

    ending = out.suffix.lower()
    if ending == ".png":
        pixels = (PICTURE_SIDE if len(images) == 1 else STRIP_SIDE) if side is None else side
        sheet = contact_sheet(images, len(images))
        if not 1 <= pixels <= MOST_SIDE:
            raise ValueError(f"--side is {pixels}: expected 1 to {MOST_SIDE:,} pixels")
        content = png_bytes(sheet, max(1, pixels // max(sheet.shape[:2])))
    else:
        content = film_bytes(
            images,
            FILMS[ending],
            side=PICTURE_SIDE if side is None else side,
            frames_per_second=fps,
            bounce=len(images) > 1,
        )
    save_picture(out, content)


def _strengths(text: str, frames: int | None, usual: int) -> NDArray[np.float64]:
    """The strengths (t,) from ``-3..3`` or a single number."""
    parts = text.split("..")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 2) or not all(abs(number) <= MOST_STRENGTH for number in numbers):
        raise ValueError(
            f"--strength is {text!r:.30}: expected a number or two such as -3..3, at most ±{MOST_STRENGTH:g}"
        )
    if len(numbers) == 1:
        if frames not in (None, 1):
            raise ValueError(f"--frames is {frames}, but --strength is a single number: write it as -3..3")
        return np.array(numbers)
    count = usual if frames is None else frames
    if not 2 <= count <= MOST_FRAMES:
        raise ValueError(f"--frames is {count}: expected 2 to {MOST_FRAMES}")
    return np.linspace(numbers[0], numbers[1], count)


def _rows(texts: tuple[str, ...], option: str, points: Points, model: LatentModel) -> NDArray[np.int64]:
    try:
        return np.unique(np.concatenate([named_rows(text, points, model.spec.class_names) for text in texts]))
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None


def _in_words(texts: tuple[str, ...]) -> str:
    words = ", ".join(texts)
    return words if len(words) <= 120 else words[:119] + "…"


def _concept_in(path: Path, model: LatentModel) -> Concept:
    try:
        return read_concept(_content(path), model)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _content(path: Path) -> bytes:
    content = bounded_bytes(path, MAXIMUM_FILE_BYTES)
    if content is None:
        raise ValueError(
            f"{path} is no concept: expected a .json file of at most {MAXIMUM_FILE_BYTES >> 10} kB "
            "that is there"
        )
    return content
