"""Trains the models that ship: ``python -m vae_core.training.shipped.models [NAME ...]``.

Each is trained from a fixed seed and takes the place of the folder in ``pretrained/`` only when it
is whole. Without names all are made.
"""

import shutil
import tempfile
from pathlib import Path

import click

from vae_core.base.home import pretrained_folder
from vae_core.base.progress_line import ProgressLine
from vae_core.datasets import load_for
from vae_core.specs import TrainingSpec
from vae_core.training.export.model_folder import export_model
from vae_core.training.loop.devices import choose_threads
from vae_core.training.loop.runs import train

# Seven thousand doodles and three networks that see them.
_DOODLES = {"dataset": "quickdraw", "classes": ("cat", "dog", "tree"), "images_per_class": 10_000}

RECIPES: dict[str, TrainingSpec] = {
    name: TrainingSpec.checked(settings)
    for name, settings in {
        "digits-2d": {
            "dataset": "digits",
            "network": "dense",
            "batch_size": 128,
            "epochs": 400,
            "learning_rate": 1e-3,
        },
        "mnist-2d": {"network": "best", "dropout": 0.1, "weight_decay": 0.05, "epochs": 110},
        "mnist-16d": {
            "network": "best",
            "latent_dim": 16,
            "batch_size": 256,
            "learning_rate": 1e-3,
            "epochs": 80,
            "weight_decay": 0.03,
        },
        "fashion-2d": {"dataset": "fashion-mnist", "network": "best", "weight_decay": 0.1, "epochs": 80},
        "fashion-16d": {
            "dataset": "fashion-mnist",
            "network": "best",
            "latent_dim": 16,
            "output_bias": "mean",
            "batch_size": 256,
            "learning_rate": 1e-3,
            "epochs": 50,
            "weight_decay": 0.03,
        },
        "doodles-ae": {"network": "selu-conv", "epochs": 60, "learning_rate_decay": "cosine"},
        "doodles-vae": {"network": "selu-conv-vae", "epochs": 60, "learning_rate_decay": "cosine"},
        "doodles-32d": {
            **_DOODLES,
            "network": "best",
            "latent_dim": 32,
            "output_bias": "mean",
            "batch_size": 128,
            "learning_rate": 1e-3,
            "epochs": 60,
            "weight_decay": 0.1,
        },
        "faces-16d": {
            "dataset": "faces",
            "network": "best",
            "latent_dim": 16,
            "filters": (16, 32, 64),
            "output_bias": "mean",
            "batch_size": 64,
            "epochs": 50,
        },
        "sprites-10d": {
            "dataset": "sprites",
            "network": "best",
            "latent_dim": 10,
            # Smoother between the shapes than 1, at nearly the same sharpness.
            "beta": 8.0,
            "output_bias": "mean",
            "batch_size": 128,
            "learning_rate": 1e-3,
            "epochs": 32,
        },
    }.items()
}


def build(name: str, root: Path) -> Path:
    """Train the recipe ``name`` and put its folder below ``root``, in the place of an older one."""
    spec = RECIPES[name]
    dataset = load_for(spec)
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
    choose_threads()
    for name in names or RECIPES:
        click.echo(build(name, pretrained_folder()))


if __name__ == "__main__":
    main()
