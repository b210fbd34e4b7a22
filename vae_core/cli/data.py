"""Commands about data sets: list them, fetch one."""

import json

import click

from vae_core.datasets.registry import DATASETS, dataset_source


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def datasets(as_json: bool) -> None:
    """List the data sets, and whether each is on this machine."""
    rows = [
        {
            "name": source.name,
            "title": source.title,
            "images": source.images,
            "download_bytes": source.download_bytes,
            "here": source.is_here(),
            "licence": source.licence,
        }
        for source in DATASETS.values()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for source in DATASETS.values():
        place = "here" if source.is_here() else f"{source.download_bytes / 1e6:.0f} MB to fetch"
        click.echo(f"{source.name:<16}{source.images:>8,} images  {place:<16}{source.title}")


@click.command()
@click.argument("dataset")
def fetch(dataset: str) -> None:
    """Download DATASET, unless it is on this machine already."""
    source = dataset_source(dataset)
    if source.remote is None:
        click.echo(f"{dataset} needs no download")
        return
    for path in source.remote.paths().values():
        click.echo(path)
