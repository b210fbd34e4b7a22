"""Commands about trained models: list, evaluate, decode."""

import json
import math
from pathlib import Path

import click
import numpy as np

from vae_core.datasets import load_dataset, load_for
from vae_core.folder import ModelFolderError
from vae_core.metrics.evaluation import evaluate as evaluate_model
from vae_core.model import DamagedModel, load_model, survey
from vae_core.rendering import save_png


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def models(as_json: bool) -> None:
    """List the models; folders that cannot be used are named on stderr."""
    rows = []
    for model in survey():
        if isinstance(model, DamagedModel):
            click.echo(f"vae_core: not usable: {model.reason}", err=True)
            continue
        try:
            figures = model.metrics["test"]
        except ModelFolderError as error:
            click.echo(f"vae_core: not usable: {error}", err=True)
            continue
        rows.append(
            {
                "name": model.name,
                "dataset": model.spec.dataset,
                "latent_dim": model.latent_dim,
                "network": model.spec.training.network,
                "metrics": figures,
            }
        )
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        bound = row["metrics"].get("neg_elbo")
        figure = f"-ELBO {bound:.1f} nats" if bound is not None else "no bound"
        click.echo(f"{row['name']:<16}{row['dataset']:<12}{row['latent_dim']:>4} dimensions  {figure}")


@click.command()
@click.argument("model")
@click.option("--dataset", help="Data set whose test split is measured; by default the model's own.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(model: str, dataset: str | None, seed: int, as_json: bool) -> None:
    """Measure MODEL (a name or a path) on a test split, in nats per image."""
    loaded = load_model(model)
    data = load_dataset(dataset) if dataset else load_for(loaded.spec.training)
    figures = evaluate_model(loaded, data, seed)
    if as_json:
        click.echo(json.dumps(figures, indent=2))
        return
    for key, value in figures.items():
        if not isinstance(value, list):
            click.echo(f"{key:<16}{'-' if value is None else f'{value:,.6g}'}")


@click.command()
@click.argument("model")
@click.option("--z", "code", required=True, help="The code: numbers with commas between, one a dimension.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The PNG to write.")
@click.option("--scale", type=click.IntRange(1, 64), default=10, show_default=True, help="Pixels a pixel.")
def decode(model: str, code: str, out: Path, scale: int) -> None:
    """Decode one code of MODEL (a name or a path) into a picture."""
    loaded = load_model(model)
    z = np.array([_numbers(code)], np.float64)
    save_png(out, loaded.decode(z)[0], scale)
    click.echo(out)


def _numbers(text: str) -> list[float]:
    numbers = []
    for part in text.split(","):
        try:
            number = float(part)
        except ValueError:
            raise ValueError(f"--z holds {part!r}: expected numbers with commas between") from None
        if not math.isfinite(number):
            raise ValueError(f"--z holds {part!r}: expected finite numbers")
        numbers.append(number)
    return numbers
