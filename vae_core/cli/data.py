"""Commands about data sets: list them, fetch one."""

import json
import signal

import click

from vae_core.cli.settings import Listing
from vae_core.datasets.progress import JsonLines
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
@click.option("--classes", type=Listing(str), help="Of Quick, Draw!, with commas between.")
@click.option("--images-per-class", type=click.IntRange(min=1), help="Of Quick, Draw!, at least so many.")
@click.option("--json-progress", is_flag=True, help="Print progress as JSON lines.")
def fetch(
    dataset: str, classes: tuple[str, ...] | None, images_per_class: int | None, json_progress: bool
) -> None:
    """Download DATASET, unless it is on this machine already."""
    JsonLines.on = json_progress
    # As Ctrl-C does, so that whoever ends the process finds no half of a file.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    source = dataset_source(dataset)
    if source.fetch is None:
        click.echo(f"{dataset} needs no download")
        return
    if source.load_classes is None and (classes or images_per_class):
        raise ValueError(f"{dataset} is fetched whole: leave out --classes and --images-per-class")
    for path in source.fetch(classes, images_per_class):
        click.echo(path)
