"""The command that trains: everything is checked before Keras, which takes seconds, is loaded."""

import json
import time
from pathlib import Path
from typing import Any

import click

from vae_core.cli.progress import ProgressLine
from vae_core.datasets import DATASETS, load_dataset
from vae_core.home import check_free
from vae_core.specs import NETWORK_NAMES, TrainingSpec, is_name


class Widths(click.ParamType):
    """Whole numbers with commas between."""

    name = "N,N,…"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        try:
            return tuple(int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is no list of whole numbers such as 512,256", param, ctx)


@click.command()
@click.option("--dataset", required=True, help=f"One of {', '.join(DATASETS)}.")
@click.option("--network", required=True, help=f"One of {', '.join(NETWORK_NAMES)}.")
@click.option("--latent-dim", type=int, help="Dimensions of the latent space. [default: 2]")
@click.option("--epochs", type=int, help="Passes over the training images. [default: 30]")
@click.option("--hidden-units", type=Widths(), help="Widths of the dense layers of the encoder.")
@click.option("--filters", type=Widths(), help="Filters of the convolutions of the encoder.")
@click.option("--batch-size", type=int, help="Images a step. [default: 512]")
@click.option("--learning-rate", type=float, help="Of Adam, at the start. [default: 0.002]")
@click.option("--beta", type=float, help="Weight of the KL term. [default: 1]")
@click.option("--family", type=str, help="vae or autoencoder. [default: vae]")
@click.option("--learning-rate-decay", type=str, help="cosine or none. [default: cosine]")
@click.option("--validation-fraction", type=float, help="Of the training images. [default: 0.1]")
@click.option("--seed", type=int, help="Of weights, order and noise. [default: 0]")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The model folder to make.")
@click.option("--without-keras", is_flag=True, help="Leave model.keras out of the folder.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON report.")
def train(out: Path, without_keras: bool, as_json: bool, **settings: Any) -> None:
    """Train a model and write its folder."""
    given = {name: value for name, value in settings.items() if value is not None}
    spec = TrainingSpec.checked(given)
    spec.check_network()
    out = out.expanduser().absolute()
    if not is_name(out.name):
        raise ValueError(
            f"--out ends in {out.name!r}, the model's name: use small letters, digits, '.', '-' and '_'"
        )
    check_free(out)
    dataset = load_dataset(spec.dataset)

    from vae_core.training.export import export_model
    from vae_core.training.runs import train as run_training

    line = ProgressLine()

    started = time.perf_counter()
    run = run_training(spec, dataset, line.show)
    line.close()
    folder = export_model(run, dataset, out.name, out, keep_keras=not without_keras)
    report = {
        "name": out.name,
        "path": str(out),
        "seconds": round(time.perf_counter() - started, 1),
        "history": run.history,
        "metrics": folder.metrics()["test"],
    }
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        test = report["metrics"]
        figure = "reconstruction" if test["neg_elbo"] is None else "neg_elbo"
        click.echo(f"{out}: test {figure} {test[figure]:.2f} nats per image")
