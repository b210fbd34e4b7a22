"""Commands about trainings: list them, and what their operator may do with them."""

import json
from dataclasses import asdict

import click

from vae_core.runs.changes import delete, resume, undelete
from vae_core.runs.control import Word, ask
from vae_core.runs.queue import kick
from vae_core.runs.status import RunStatus, all_runs, find_run, size_of, status_of


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def runs(context: click.Context, as_json: bool) -> None:
    """List the trainings, newest first, or change one by its id."""
    if context.invoked_subcommand:
        if as_json:
            raise click.UsageError("--json belongs to the list: leave it out")
        return
    if as_json:
        rows = [asdict(status_of(run)) | {"size_bytes": size_of(run)} for run in all_runs()]
        click.echo(json.dumps(rows, indent=2))
        return
    for run in all_runs():
        status = status_of(run)
        click.echo(f"{status.id}  {status.name:<24}{status.state:<12}{_progress(status)}")


def _progress(status: RunStatus) -> str:
    """Where it stands, in a few words."""
    if status.state == "queued":
        return f"place {status.place}"
    if status.state == "failed":
        return str(status.reason)
    return f"epoch {status.epoch} of {status.epochs}"


def _asking(word: Word, help_text: str) -> click.Command:
    """The command that asks a run for ``word``."""

    def command(run_id: str) -> None:
        ask(find_run(run_id), word)

    return click.Command(word, params=[click.Argument(["run_id"])], callback=command, help=help_text)


for asking in (
    _asking("pause", "Stop a training so that it can be resumed, or take it out of the queue."),
    _asking("finish", "End a training now and keep its model."),
    _asking("discard", "Give a training up: no model, and no checkpoint to go on from."),
):
    runs.add_command(asking)


@runs.command("resume")
@click.argument("run_id")
def resume_run(run_id: str) -> None:
    """Queue a training that was paused or interrupted, or that failed, to go on."""
    resume(find_run(run_id))
    kick()


@runs.command("delete")
@click.argument("run_id")
def delete_run(run_id: str) -> None:
    """Remove a training and the model that it made; for a week, undelete brings them back."""
    click.echo(f"bring it back with: python -m vae_core runs undelete {delete(find_run(run_id))}")


@runs.command("undelete")
@click.argument("token")
def undelete_run(token: str) -> None:
    """Bring back what delete removed."""
    click.echo(undelete(token).id)
