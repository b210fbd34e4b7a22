"""Commands about trained models: list, evaluate."""

import json

import click

from vae_core.datasets import load_dataset, load_for
from vae_core.metrics.evaluation import evaluate as evaluate_model
from vae_core.models.catalogue import DamagedModel, load_model, survey
from vae_core.models.folder import ModelFolderError


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
            # The app reads the codes of every model too, and lists none whose codes are damaged.
            _, figures = model.latents, model.metrics["test"]
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
