"""Makes the projections that ship: t-SNE and UMAP of the held-out codes of every shipped model.

    python -m vae_core.maps.projections.shipped             # all, about ten minutes on two cores
    python -m vae_core.maps.projections.shipped mnist-16d   # of one model

They are those of the default settings. Codes of 576 dimensions are reduced to 50 principal axes first,
as ``vae_core.maps.projections.project`` does with all codes as wide.
"""

import os
from dataclasses import replace
from pathlib import Path

import click

from vae_core.base.home import pretrained_folder, replace_file
from vae_core.base.processes import worker_threads
from vae_core.base.stages import Stages
from vae_core.maps.points import held_out_points
from vae_core.maps.projections import ProjectionSpec, project, quality_of
from vae_core.maps.projections.file import packed
from vae_core.maps.projections.store import shipped_path
from vae_core.models.catalogue import list_models, load_model

SPECS = (ProjectionSpec(method="tsne"), ProjectionSpec(method="umap"))


def shipped_names() -> list[str]:
    """Names of the models that ship."""
    return [model.name for model in list_models() if model.folder.path.parent == pretrained_folder()]


def build(name: str, spec: ProjectionSpec) -> Path:
    """Lay the held-out codes of a shipped model out, and write the file that ships; its path."""
    points = held_out_points(load_model(name))
    stages = Stages(as_json=False)
    found = project(points.z_mean, spec, stages, worker_threads())
    stages.close()
    found = replace(found, quality=quality_of(points.z_mean, found.coords))
    path = shipped_path(name, spec)
    replace_file(path, packed(found, points.digest))
    return path


@click.command()
@click.argument("names", nargs=-1)
def main(names: tuple[str, ...]) -> None:
    """Lay out the codes of the shipped models NAMES, or of all of them."""
    # As ``python -m vae_core project`` does.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    known = shipped_names()
    for name in names:
        if name not in known:
            raise click.BadParameter(f"{name!r} is no shipped model: expected one of {', '.join(known)}")
    for name in names or known:
        for spec in SPECS:
            click.echo(build(name, spec))


if __name__ == "__main__":
    main()
