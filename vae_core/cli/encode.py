"""The command that encodes every image of a model's data set."""

import json
import signal
import time

import click

from vae_core.base.stages import Stages
from vae_core.maps.encoding_file import encoding_path
from vae_core.maps.encodings import encode_all
from vae_core.maps.picture_store import pictures_bytes
from vae_core.models.catalogue import load_model


@click.command()
@click.argument("model")
@click.option("--json-progress", is_flag=True, help="Print progress as JSON lines.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON report.")
def encode(model: str, json_progress: bool, as_json: bool) -> None:
    """Encode all images of MODEL's data (a name or a path), and keep them where the app finds them."""
    # As Ctrl-C does, so that whoever ends the process finds no half of a file.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    loaded = load_model(model)
    started = time.perf_counter()
    stages = Stages(json_progress)
    try:
        encoding = encode_all(loaded, stages)
    finally:
        stages.close()
    seconds = round(time.perf_counter() - started, 1)
    path = encoding_path(loaded.name)
    code_bytes, picture_bytes = path.stat().st_size, pictures_bytes(encoding.header.pictures)
    if as_json:
        report = {
            "model": loaded.name,
            "images": len(encoding),
            "seconds": seconds,
            "bytes": code_bytes,
            "pictures_bytes": picture_bytes,
            "path": str(path),
        }
        click.echo(json.dumps(report, indent=2))
        return
    megabytes = (code_bytes + picture_bytes) / 1e6
    click.echo(f"{len(encoding):,} images encoded in {seconds:g} s, {megabytes:,.1f} MB: {path}")
