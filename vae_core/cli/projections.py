"""The command that lays the codes of a model out on a plane."""

import io
import json
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from vae_core.base.home import replace_file
from vae_core.base.processes import worker_threads
from vae_core.base.stages import Stages
from vae_core.cli.points import points_of, points_option
from vae_core.maps.points import Points
from vae_core.maps.projections import Projection, ProjectionSpec, project, quality_of
from vae_core.maps.projections.spec import METHODS
from vae_core.maps.projections.store import keep
from vae_core.models.catalogue import load_model
from vae_core.models.model import LatentModel
from vae_core.space.axis_words import parsed_pair


@click.command("project")
@click.argument("model")
@click.option("--method", type=click.Choice(METHODS), required=True)
@click.option("--axes", "pair", help="Of axes: two dimensions from 1, as 1,2: across and up.")
@click.option("--perplexity", type=int, help="Of tsne, 2 to 500.  [default: 30]")
@click.option("--neighbours", type=int, help="Of umap, 2 to 200.  [default: 15]")
@click.option("--min-distance", type=float, help="Of umap, 0 to 0.99.  [default: 0.1]")
@click.option("--seed", type=int, help="Of tsne and umap.  [default: 0]")
@points_option("The codes that came with the model, or of all images after `encode`.")
@click.option("--out", type=click.Path(path_type=Path), help="The .npz to write: coords (n, 2) float32.")
@click.option("--keep", "is_kept", is_flag=True, help="Keep it where the app finds it.")
@click.option("--threads", type=click.IntRange(1, 256), help="[default: what other work leaves]")
@click.option("--json-progress", is_flag=True, help="Print progress as JSON lines.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON report.")
def project_codes(
    model: str,
    source: str,
    out: Path | None,
    is_kept: bool,
    threads: int | None,
    json_progress: bool,
    as_json: bool,
    pair: str | None,
    **settings: Any,
) -> None:
    """Lay the codes of MODEL (a name or a path) out on a plane, and write where each of them stands."""
    if out is None and not is_kept:
        raise ValueError("nothing would be left: give --out FILE.npz, --keep or both")
    if out is not None:
        _check_out(out)
    loaded = load_model(model)
    spec = _spec(loaded, pair, settings)
    points = points_of(loaded, source)
    # Threads of OpenMP that wait give their processor to others, such as the app. Read when the first
    # library with OpenMP is loaded, which happens below.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    stages = Stages(json_progress)
    try:
        found = project(points.z_mean, spec, stages, threads or worker_threads())
        found, note = _measured(points, found, stages)
    finally:
        stages.close()
    with _ending_in_order():
        paths = [keep(points, found)] if is_kept else []
        if out is not None:
            _write(out, found)
            paths.append(out)
    _report(points, found, note, paths, as_json)


def _spec(model: LatentModel, pair: str | None, settings: dict[str, Any]) -> ProjectionSpec:
    given = {name: value for name, value in settings.items() if value is not None}
    if pair is not None:
        if given["method"] != "axes":
            raise ValueError(f"--axes belongs to --method axes: leave it out for {given['method']}")
        # A code of one dimension is laid out as if there were a second.
        given["axes"] = parsed_pair(pair, max(2, model.latent_dim))
    return ProjectionSpec.checked(given)


def _measured(points: Points, projection: Projection, stages: Stages) -> tuple[Projection, str]:
    """The projection with its quality; where there is none to be measured, why."""
    stages("measuring", 0, 1)
    try:
        quality, note = quality_of(points.z_mean, projection.coords), ""
    except ValueError as error:
        quality, note = None, str(error)
    stages("measuring", 1, 1)
    return replace(projection, quality=quality), note


def _check_out(out: Path) -> None:
    """Raise ValueError now for a place where nothing could be written after minutes of work."""
    if out.suffix.lower() != ".npz":
        raise ValueError(f"{out} has the ending {out.suffix!r}: coordinates are written as .npz")
    if out.is_dir():
        raise ValueError(f"{out} is a folder: choose another place")
    ancestor = next(parent for parent in out.absolute().parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=ancestor):
            pass
    except OSError as error:
        raise _unwritable(out, error) from None


def _write(out: Path, projection: Projection) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, coords=projection.coords)
    try:
        replace_file(out, buffer.getvalue())
    except OSError as error:
        raise _unwritable(out, error) from None


def _unwritable(out: Path, error: OSError) -> ValueError:
    return ValueError(f"{out} cannot be written ({error.strerror}): choose another place")


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """While files are written, SIGTERM ends the process as Ctrl-C does, so that no half of one stays.

    Before, it ends the process at once: long computations in C would not let Python see it.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _report(points: Points, found: Projection, note: str, paths: list[Path], as_json: bool) -> None:
    quality = found.quality
    if as_json:
        report = {
            "model": points.model_name,
            "points": points.source,
            "spec": found.spec.model_dump(mode="json"),
            "id": found.spec.id,
            "n": len(points),
            "seconds": round(found.seconds, 2),
            **(asdict(quality) if quality else {"trustworthiness": None, "continuity": None, "note": note}),
            "paths": [str(path) for path in paths],
        }
        click.echo(json.dumps(report, indent=2))
        return
    measures = (
        f"trustworthiness {quality.trustworthiness:.3f}, continuity {quality.continuity:.3f}"
        if quality
        else f"quality not measured ({note})"
    )
    click.echo(f"{points.model_name}: {found.spec.id} of {len(points):,} codes in {found.seconds:.1f} s")
    click.echo(measures)
    for path in paths:
        click.echo(path)
