"""What a person may do with runs that nobody works on: resume, extend, rename, delete, bring back."""

import shutil
import uuid
from pathlib import Path

from vae_core.base.home import models_folder, replace_file, runs_folder
from vae_core.models.folder import open_folder, write_folder
from vae_core.runs.checkpoint_file import STATE_FILE, Checkpoint, RunState, pack_checkpoint, read_checkpoint
from vae_core.runs.folder import SPEC_FILE, RunFolder, RunSpec, create_run, open_run
from vae_core.runs.order import held_queue, withdraw
from vae_core.runs.process import is_live
from vae_core.runs.queue import check_free_name, check_limits, check_model_name, enqueue
from vae_core.runs.status import UNFINISHED_STATES, all_runs, state_of
from vae_core.runs.story import LOSS_NAMES, created_of, story_of
from vae_core.runs.trash import RUN_PART, bring_back, empty_old_trash, read_trash, throw_away
from vae_core.specs import TrainingSpec


def resume(run: RunFolder) -> None:
    """Queue a run that was paused, interrupted, stopped or that failed, to go on from its checkpoint.

    Raises ValueError of one line: a run that is queued, live, finished or discarded, a name that
    was taken meanwhile, too many queued runs.
    """
    with held_queue():
        run.check_exists()
        state = state_of(run)
        if state == "finished":
            raise ValueError(f"{run.model_name} is finished: extend it to train for more epochs")
        if state == "discarded":
            raise ValueError(f"{run.model_name} was discarded: train anew")
        if state == "queued":
            raise ValueError(f"{run.model_name} is queued already")
        _check_not_live(run)
        check_free_name(run.model_name, but=run)
        check_limits(run.spec.owner)
        enqueue(run)


def extend(run: RunFolder, epochs: int, name: str, owner: str | None) -> RunFolder:
    """Queue a new run that goes on from a finished one for so many more epochs and makes the model ``name``.

    The old run and its model stay as they are. The new run has no limit of minutes and no rule
    that ended the old one; a learning rate that decays does so over all epochs of both. Raises
    ValueError of one line: a run that is not finished or left no checkpoint, numbers out of range,
    a name as in ``submit``.
    """
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
        raise ValueError(f"epochs is {epochs!r:.40}: expected a whole number from 1")
    check_model_name(name)
    if state_of(run) != "finished":
        raise ValueError(f"{run.model_name} is not finished: only a finished training can be extended")
    old = _checkpoint_of(run)
    training = _longer(run.spec.training, len(old.state.history) + epochs, old.state.ended)
    values = run.spec.model_dump() | {
        "training": training.model_dump(),
        "out": str(models_folder() / name),
        "owner": owner,
        "parent": run.id,
        "submission": None,
    }
    spec = RunSpec.checked(values)
    with held_queue():
        check_free_name(name)
        check_limits(owner)
        longer = create_run(spec)
        state = old.state.model_copy(update={"ended": None, "epochs_since_best": 0})
        checkpoint = Checkpoint(longer.spec_digest(), state, old.now, old.best)
        replace_file(longer.checkpoint_folder / STATE_FILE, pack_checkpoint(checkpoint))
        _tell_history(longer, state)
        enqueue(longer)
    return longer


def rename(run: RunFolder, name: str) -> RunFolder:
    """Give the model of a run, made or yet to be made, another name; the run as it is now.

    Raises ValueError of one line: a live run, a name that is taken or none, a model that is gone,
    damaged, or lies outside the home's models.
    """
    check_model_name(name)
    with held_queue():
        _check_not_live(run)
        if Path(run.spec.out).parent != models_folder():
            raise ValueError(f"{run.spec.out} lies outside {models_folder()}: rename it there")
        if name == run.model_name:
            return run
        check_free_name(name, but=run)
        out = models_folder() / name
        old = model_of(run)
        if state_of(run) == "finished":
            if old is None:
                raise ValueError(f"the model {run.model_name} is gone: there is nothing to rename")
            _copy_model(old, out)
        spec = run.spec.model_copy(update={"out": str(out)})
        replace_file(run.path / SPEC_FILE, spec.to_json().encode())
        if old:
            _remove_model(old)
    return RunFolder(run.path, spec)


def delete(run: RunFolder) -> str:
    """Move a run and the model that it made into the trash; the token for ``undelete``.

    What lies there for 7 days is removed for good by the next deletion, before it begins: on a full
    disk that makes the room it needs. Raises ValueError of one
    line for a live run.
    """
    with held_queue():
        _check_not_live(run)
        empty_old_trash()
        if withdraw(run.id):
            run.append("paused")
        return throw_away(run, model_of(run))


def undelete(token: str) -> RunFolder:
    """Bring back what ``delete`` moved away; a run that was queued comes back paused.

    Raises ValueError of one line: a token that is none or too old, a name that was taken meanwhile.
    """
    with held_queue():
        folder, origin = read_trash(token)
        run = open_run(folder / RUN_PART)
        if origin.model:
            check_free_name(origin.model)
        elif state_of(run) in UNFINISHED_STATES:
            check_free_name(run.model_name)
        path = runs_folder() / origin.run
        if (path / SPEC_FILE).exists():
            raise ValueError(f"there is a run {origin.run} already: it was brought back before")
        # A look at the run while it was deleted may have left an empty folder behind.
        shutil.rmtree(path, ignore_errors=True)
        return open_run(bring_back(folder, origin))


def model_of(run: RunFolder) -> Path | None:
    """The folder of the model that a run made, among the home's models; None if it made none or it is gone.

    Where a later run made a model of the same name, that one is not this run's.
    """
    out = Path(run.spec.out)
    if story_of(run).last != "finished" or out.parent != models_folder() or not out.is_dir():
        return None
    for other in all_runs():
        same = other.id != run.id and other.spec.out == run.spec.out
        if same and story_of(other).last == "finished" and created_of(other) > created_of(run):
            return None
    return out


def _check_not_live(run: RunFolder) -> None:
    run.check_exists()
    if is_live(run):
        raise ValueError(f"{run.model_name} is being trained: pause or discard it first")


def _checkpoint_of(run: RunFolder) -> Checkpoint:
    path = run.checkpoint_folder / STATE_FILE
    if not path.exists():
        raise ValueError(f"{run.model_name} left no checkpoint to go on from: train anew")
    checkpoint = read_checkpoint(path)
    if checkpoint.digest != run.spec_digest():
        raise ValueError(f"the checkpoint of {run.model_name} belongs to other settings: train anew")
    return checkpoint


def _longer(training: TrainingSpec, epochs: int, ended: str | None) -> TrainingSpec:
    """The same training of so many epochs in all."""
    changes = {"epochs": epochs, "minutes": None}
    if ended == "stop_at_kl":
        changes["stop_at_kl"] = None
    return TrainingSpec.checked(training.model_dump() | changes)


def _tell_history(run: RunFolder, state: RunState) -> None:
    """The epochs before as events, so that curves begin where the training began."""
    for number, entry in enumerate(state.history, start=1):
        losses = {name: entry[name] for name in LOSS_NAMES if name in entry}
        validation = {name: entry[f"val_{name}"] for name in LOSS_NAMES if f"val_{name}" in entry}
        run.append("epoch", epoch=number, losses=losses, validation=validation)
    share = min(1.0, len(state.history) / run.spec.training.epochs)
    run.append("progress", epoch=len(state.history), seconds=state.seconds, share=share)


def _copy_model(old: Path, new: Path) -> None:
    """The same model at ``new``, called as that folder is; its card too."""
    model = open_folder(old)
    files = {name: model.read(name) for name in model.spec.files}
    title = f"# {model.spec.name}\n".encode()
    if files["card.md"].startswith(title):
        files["card.md"] = f"# {new.name}\n".encode() + files["card.md"].removeprefix(title)
    write_folder(new, model.spec.model_dump(exclude={"files"}) | {"name": new.name}, files)


def _remove_model(path: Path) -> None:
    """Take the folder away as a whole, so that nobody sees half a model."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    path.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)
