"""The command that trains: everything is checked before Keras, which takes seconds, is loaded."""

import json
import tempfile
from pathlib import Path
from typing import Any

import click

from vae_core.base.home import check_free
from vae_core.base.progress_line import ProgressLine
from vae_core.cli.settings import setting_options, training_settings
from vae_core.datasets import Dataset, load_for
from vae_core.runs.cluster import is_chief, is_cluster
from vae_core.runs.folder import RunFolder, RunSpec, create_run, open_run
from vae_core.specs import TrainingSpec, is_name
from vae_core.training.loop.splitting import check_images


@click.command()
@setting_options
@click.option("--spec", "spec_file", type=click.Path(path_type=Path), help="Settings as JSON; options win.")
@click.option("--out", type=click.Path(path_type=Path), help="The model folder to make.")
@click.option("--resume", type=click.Path(path_type=Path), help="The run folder of a training to go on with.")
@click.option(
    "--strategy",
    type=click.Choice(["none", "mirrored"]),
    default="none",
    help="mirrored trains on all devices; several machines are read from TF_CONFIG. [default: none]",
)
@click.option(
    "--tensorboard", type=click.Path(path_type=Path), help="Also write events for TensorBoard here."
)
@click.option("--without-keras", is_flag=True, help="Leave model.keras out of the folder.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON report.")
def train(
    spec_file: Path | None,
    out: Path | None,
    resume: Path | None,
    strategy: str,
    tensorboard: Path | None,
    without_keras: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Train a model and write its folder; a run that was interrupted goes on with --resume."""
    given = training_settings(spec_file, options)
    found = _resumed(resume, bool(given or out or without_keras)) if resume else None
    run_spec = found.spec if found else _fresh(given, out, keep_keras=not without_keras)
    if is_cluster() and run_spec.training.minutes:
        raise ValueError("--minutes ends machines at different steps: give --epochs where TF_CONFIG is set")
    if tensorboard:
        _check_writable(tensorboard)
    dataset = load_for(run_spec.training)
    check_images(dataset.train.pixels)
    for note in dataset.notes:
        click.echo(f"note: {note}", err=True)
    if not is_chief():
        _help_the_chief(run_spec.training, dataset, found, as_json)
        return
    folder = found or create_run(run_spec)
    with folder.locked():
        _train(folder, dataset, strategy, tensorboard, as_json)


def _fresh(given: dict[str, Any], out: Path | None, keep_keras: bool) -> RunSpec:
    spec = TrainingSpec.checked(given)
    spec.check_network()
    if out is None:
        raise ValueError("--out is missing: give the model folder to make")
    out = out.expanduser().absolute()
    _check_out(out)
    return RunSpec(training=spec, out=str(out), keep_keras=keep_keras)


def _check_out(out: Path) -> None:
    if not is_name(out.name):
        raise ValueError(
            f"--out ends in {out.name!r}, the model's name: use small letters, digits, '.', '-' and '_'"
        )
    check_free(out)


def _resumed(path: Path, has_settings: bool) -> RunFolder:
    """The run folder, if it can go on. Raises ValueError that says why not."""
    if has_settings:
        raise ValueError("--resume takes all settings from the run: leave out the others")
    folder = open_run(path.expanduser().absolute())
    if is_chief():
        # Only to be told now if another process trains it; the run itself takes the lock again.
        with folder.locked():
            pass
    if folder.is_finished():
        raise ValueError(f"{path} is finished: its model is {folder.spec.out}")
    folder.spec.training.check_network()
    if is_chief():
        _check_out(Path(folder.spec.out))
    return folder


def _check_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(
            f"--tensorboard {folder} cannot be written ({error.strerror}): choose another folder"
        ) from None


def _train(
    folder: RunFolder, dataset: Dataset, strategy: str, tensorboard: Path | None, as_json: bool
) -> None:
    from vae_core.training.loop.devices import choose_threads, strategy_named
    from vae_core.training.process.worker import seconds_of_this_process, work

    choose_threads()
    click.echo(f"run folder: {folder.path}", err=True)
    line = ProgressLine()
    try:
        run, model = work(folder, dataset, line.show, strategy_named(strategy), tensorboard)
    except KeyboardInterrupt:
        line.close()
        click.echo(f"go on with: python -m vae_core train --resume {folder.path}", err=True)
        raise
    line.close()
    report = {
        "name": model.spec.name,
        "path": folder.spec.out,
        "run": str(folder.path),
        "seconds": round(seconds_of_this_process(), 1),
        "ended": run.ended,
        "history": run.history,
        "metrics": model.metrics()["test"],
    }
    if as_json:
        click.echo(json.dumps(report, indent=2))
        return
    test = model.metrics()["test"]
    figure = "reconstruction" if test["neg_elbo"] is None else "neg_elbo"
    click.echo(f"{folder.spec.out}: test {figure} {test[figure]:.2f} nats per image")


def _help_the_chief(spec: TrainingSpec, dataset: Dataset, folder: RunFolder | None, as_json: bool) -> None:
    """Take part in a training of several machines; worker 0 writes everything."""
    from vae_core.training.loop.checkpoints import Checkpoints
    from vae_core.training.loop.devices import choose_threads, strategy_named
    from vae_core.training.loop.runs import train as run_training

    choose_threads()
    checkpoints = None
    if folder:
        checkpoints = Checkpoints(folder.checkpoint_folder, folder.spec_digest(), reads_only=True)
    line = ProgressLine()
    run = run_training(spec, dataset, line.show, checkpoints=checkpoints, strategy=strategy_named("none"))
    line.close()
    if as_json:
        click.echo(json.dumps({"ended": run.ended, "history": run.history}, indent=2))
