"""Trains the models that ship: ``python -m vae_core.training.shipped [NAME ...]``.

Each is trained from a fixed seed and takes the place of the folder in ``pretrained/`` only when it
is whole. Without names all are made.
"""

import shutil
import tempfile
from pathlib import Path

import click

from vae_core.cli.progress import ProgressLine
from vae_core.datasets import load_dataset
from vae_core.home import pretrained_folder
from vae_core.specs import TrainingSpec
from vae_core.training.export import export_model
from vae_core.training.runs import train

RECIPES: dict[str, TrainingSpec] = {
    "digits-2d": TrainingSpec(
        dataset="digits",
        network="dense",
        hidden_units=(512, 256),
        batch_size=128,
        epochs=400,
        learning_rate=1e-3,
    ),
    "mnist-2d": TrainingSpec(dataset="mnist", network="dense", hidden_units=(1024, 512, 256), epochs=100),
}


def build(name: str, root: Path) -> Path:
    """Train the recipe ``name`` and put its folder below ``root``, in the place of an older one."""
    spec = RECIPES[name]
    dataset = load_dataset(spec.dataset)
    line = ProgressLine()
    run = train(spec, dataset, line.show)
    line.close()
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root) as temporary:
        fresh = Path(temporary) / name
        export_model(run, dataset, name, fresh, keep_keras=False)
        if (root / name).exists():
            (root / name).rename(Path(temporary) / "old")
        fresh.rename(root / name)
        shutil.rmtree(Path(temporary) / "old", ignore_errors=True)
    return root / name


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(RECIPES)))
def main(names: tuple[str, ...]) -> None:
    """Train the shipped models NAMES, or all of them."""
    for name in names or RECIPES:
        click.echo(build(name, pretrained_folder()))


if __name__ == "__main__":
    main()
