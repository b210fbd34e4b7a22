"""Resume, extend, rename, delete, bring back: each whole or not at all."""

import json
import os
import shutil

import numpy as np
import pytest

from tests.support.runs_here import OWNER, finished, made, settings
from tests.support.tiny_models import folder_files, write_tiny
from vae_core import list_models, load_model
from vae_core.base.home import models_folder, runs_folder
from vae_core.models.catalogue import list_damaged_models
from vae_core.runs import changes as run_changes
from vae_core.runs import queue as run_queue
from vae_core.runs.changes import delete, extend, model_of, rename, resume, undelete
from vae_core.runs.checkpoint_file import STATE_FILE, Checkpoint, RunState, pack_checkpoint, read_checkpoint
from vae_core.runs.control import ask, wanted
from vae_core.runs.folder import CONTROL_FILE, PROCESS_FILE, RunSpec, create_run, open_run
from vae_core.runs.process import record_process
from vae_core.runs.queue import queued, submit
from vae_core.runs.status import all_runs, find_run, state_of, status_of
from vae_core.runs.trash import KEPT_SECONDS, trash_folder
from vae_core.specs import TrainingSpec

HISTORY = [
    {"loss": 300.0 - n, "reconstruction_loss": 290.0, "kl_loss": 10.0, "val_loss": 305.0 - n}
    for n in range(4)
]


def live(name="mine"):
    run = made(name, "started")
    record_process(run, os.getpid())
    return run


def with_checkpoint(run, **changes):
    """The checkpoint that its end left behind."""
    values = {"epoch": 5, "steps_done": 40, "seconds": 12.5, "history": HISTORY, "ended": "epochs"}
    state = RunState(**{**values, "epochs_since_best": 2, **changes})
    now, best = [np.arange(6, dtype=np.float32), np.array(40, np.int64)], [np.ones(3, np.float32)]
    run.checkpoint_folder.mkdir()
    content = pack_checkpoint(Checkpoint(run.spec_digest(), state, now, best))
    (run.checkpoint_folder / STATE_FILE).write_bytes(content)
    return run


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("last", ["paused", "failed", "stopped", "started", "queued"])
def test_resume_queues_it_again(last):
    run = made("mine", last)
    (run.path / CONTROL_FILE).write_text("pause")
    resume(run)
    assert queued() == [run.id]
    assert status_of(run).state == "queued"
    assert status_of(run).reason is None
    assert wanted(run) is None
    with pytest.raises(ValueError, match="mine is queued already"):
        resume(run)


def test_what_cannot_be_resumed():
    with pytest.raises(ValueError, match="mine is being trained: pause or discard it first"):
        resume(live())
    with pytest.raises(ValueError, match="done is finished: extend it"):
        resume(finished("done"))
    with pytest.raises(ValueError, match="gone was discarded: train anew"):
        resume(made("gone", "discarded"))


def test_resume_needs_its_name_and_a_place(monkeypatch):
    failed = made("mine", "failed", owner=OWNER)
    other = submit(settings(), "mine")
    with pytest.raises(ValueError, match="a training of mine is not finished yet"):
        resume(failed)
    ask(other, "discard")
    monkeypatch.setattr(run_queue, "LIMIT_PER_OWNER", 0)
    with pytest.raises(ValueError, match="0 of your trainings are queued"):
        resume(failed)
    monkeypatch.undo()


def test_extend_goes_on_as_a_new_run():
    run = with_checkpoint(finished(submission="x"))
    before = contents(run.path)
    longer = extend(run, 3, "longer", OWNER)
    assert contents(run.path) == before
    assert longer.spec.submission is None
    assert (longer.model_name, longer.spec.owner, longer.spec.parent) == ("longer", OWNER, run.id)
    expected = run.spec.training.model_dump() | {"epochs": 7, "minutes": None}
    assert longer.spec.training.model_dump() == expected
    assert queued() == [longer.id]
    old = read_checkpoint(run.checkpoint_folder / STATE_FILE)
    new = read_checkpoint(longer.checkpoint_folder / STATE_FILE)
    assert new.digest == longer.spec_digest() != old.digest
    assert new.state == old.state.model_copy(update={"ended": None, "epochs_since_best": 0})
    for before_values, after_values in ((old.now, new.now), (old.best, new.best)):
        for one, other in zip(before_values, after_values, strict=True):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype
    status = status_of(longer)
    assert (status.state, status.epoch, status.epochs, status.seconds) == ("queued", 4, 7, 12.5)
    assert status.share == pytest.approx(4 / 7)
    assert [entry["loss"] for entry in status.history] == [entry["loss"] for entry in HISTORY]
    assert [entry["val_loss"] for entry in status.history] == [entry["val_loss"] for entry in HISTORY]


def test_extend_counts_from_the_epochs_that_were_trained():
    """A run that time ended had many more in its settings."""
    training = TrainingSpec(dataset="digits", network="dense", hidden_units=(8,), minutes=1, stop_at_kl=5)
    run = create_run(RunSpec(training=training, out=str(models_folder() / "timed")))
    run.append("finished")
    with_checkpoint(run, ended="stop_at_kl")
    longer = extend(run, 10, "longer", None).spec.training
    assert (longer.epochs, longer.minutes, longer.stop_at_kl) == (14, None, None)


@pytest.mark.parametrize("epochs", [0, -1, 1.5, True, "3", None, 10**9])
def test_extend_by_a_number_that_is_none(epochs):
    run = with_checkpoint(finished())
    with pytest.raises(ValueError, match="epochs is "):
        extend(run, epochs, "longer", None)
    assert len(all_runs()) == 1


def test_what_cannot_be_extended():
    with pytest.raises(ValueError, match="paused is not finished"):
        extend(made("paused", "paused"), 3, "longer", None)
    run = finished()
    with pytest.raises(ValueError, match="mine left no checkpoint"):
        extend(run, 3, "longer", None)
    with_checkpoint(run)
    with pytest.raises(ValueError, match="there is a model mine already"):
        extend(run, 3, "mine", None)
    with pytest.raises(ValueError, match="owner is "):
        extend(run, 3, "longer", "me")
    (run.checkpoint_folder / STATE_FILE).write_bytes(b"PK\x03\x04")
    with pytest.raises(ValueError, match="is damaged"):
        extend(run, 3, "longer", None)
    assert {run.model_name for run in all_runs()} == {"mine", "paused"}
    assert queued() == []


def test_rename_moves_the_model_and_the_run_follows():
    run = finished()
    before = load_model("mine").decode([[0.5, -0.5]])
    renamed = rename(run, "better")
    assert find_run(run.id) == renamed
    assert renamed.spec == run.spec.model_copy(update={"out": str(models_folder() / "better")})
    assert status_of(renamed).name == "better"
    model = load_model("better")
    assert model.spec.name == "better"
    np.testing.assert_array_equal(model.decode([[0.5, -0.5]]), before)
    assert sorted(path.name for path in models_folder().iterdir()) == ["better"]
    assert list_damaged_models() == []
    assert rename(renamed, "better") == renamed


@pytest.mark.parametrize(
    ("card", "renamed"), [(b"# mine\ntext\n", b"# better\ntext\n"), (b"# mine too\n", b"# mine too\n")]
)
def test_rename_changes_the_title_of_the_card(card, renamed):
    run = made("mine", "finished")
    models_folder().mkdir(parents=True)
    write_tiny(models_folder() / "mine", files={**folder_files(), "card.md": card})
    rename(run, "better")
    assert load_model("better").folder.read("card.md") == renamed


def test_rename_before_there_is_a_model():
    run = submit(settings(), "mine")
    assert rename(run, "other").model_name == "other"
    assert queued() == [run.id]
    submit(settings(), "mine")


def test_rename_refuses():
    run = finished()
    submit(settings(), "waiting")
    for name, words in (
        ("mnist-2d", "there is a model mnist-2d"),
        ("waiting", "a training of waiting"),
        ("../x", "name is"),
        ("Mine", "name is"),
    ):
        with pytest.raises(ValueError, match=words):
            rename(run, name)
    assert load_model("mine")
    with pytest.raises(ValueError, match="is being trained"):
        rename(live("busy"), "other")
    shutil.rmtree(models_folder() / "mine")
    with pytest.raises(ValueError, match="the model mine is gone"):
        rename(run, "other")


def test_a_model_outside_the_home_is_left_alone(tmp_path):
    run = create_run(RunSpec(training=settings(), out=str(tmp_path / "mine")))
    write_tiny(tmp_path / "mine")
    run.append("finished")
    with pytest.raises(ValueError, match="lies outside"):
        rename(run, "other")
    token = delete(run)
    assert (tmp_path / "mine" / "spec.json").exists()
    assert undelete(token) == run


def test_delete_and_bring_back():
    run = with_checkpoint(finished())
    before = contents(run.path), contents(models_folder() / "mine")
    token = delete(run)
    assert all_runs() == []
    assert not (models_folder() / "mine").exists()
    assert "mine" not in [model.name for model in list_models()]
    for change in (delete, resume, lambda gone: rename(gone, "other"), lambda gone: ask(gone, "discard")):
        with pytest.raises(ValueError, match="there is no run"):
            change(run)
    assert not run.path.exists()
    assert undelete(token) == run
    after = contents(run.path), contents(models_folder() / "mine")
    assert (after[0].keys(), after[1]) == (before[0].keys(), before[1])
    assert load_model("mine").name == "mine"
    assert list(trash_folder().iterdir()) == []
    with pytest.raises(ValueError, match="brings nothing back"):
        undelete(token)


def test_delete_of_a_queued_run_leaves_the_queue():
    run, other = submit(settings(), "mine"), submit(settings(), "other")
    token = delete(run)
    assert queued() == [other.id]
    assert state_of(undelete(token)) == "paused"


def test_delete_refuses_a_live_run():
    run = live()
    with pytest.raises(ValueError, match="mine is being trained: pause or discard it first"):
        delete(run)
    (run.path / PROCESS_FILE).unlink()
    delete(run)


def test_delete_spares_the_model_of_another_run():
    """The first one's model was removed by hand, and its name given again."""
    first = finished()
    shutil.rmtree(models_folder() / "mine")
    second = finished()
    assert model_of(first) is None
    assert model_of(second) == models_folder() / "mine"
    delete(first)
    assert load_model("mine")
    failed = made("mine", "failed")
    delete(failed)
    assert load_model("mine")


def test_undelete_refuses_a_name_that_was_taken():
    token = delete(finished())
    waiting = submit(settings(), "mine")
    with pytest.raises(ValueError, match="a training of mine is not finished yet"):
        undelete(token)
    ask(waiting, "discard")
    write_tiny(models_folder() / "mine")
    with pytest.raises(ValueError, match="there is a model mine already"):
        undelete(token)
    shutil.rmtree(models_folder() / "mine")
    assert state_of(undelete(token)) == "finished"


def test_undelete_refuses_a_name_that_an_unfinished_run_would_share():
    token = delete(made("mine", "paused"))
    submit(settings(), "mine")
    with pytest.raises(ValueError, match="a training of mine is not finished yet"):
        undelete(token)


@pytest.mark.parametrize("token", ["", "..", "../runs", "x", None, 3, "0f9619ff-8b86-4d11-b42d-00cf4fc964ff"])
def test_a_token_that_is_none(token):
    with pytest.raises(ValueError, match="brings nothing back"):
        undelete(token)


@pytest.mark.parametrize(
    "change", [{"model": "../../x"}, {"run": "../x"}, {"run": 3}, {"unknown": 1}, {"format": 2}]
)
def test_an_origin_that_was_tampered_with(change):
    token = delete(finished())
    path = trash_folder() / token / "origin.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match="brings nothing back"):
        undelete(token)


def test_an_empty_folder_in_the_place_of_the_run_is_no_run():
    run = finished()
    token = delete(run)
    run.path.mkdir()
    assert undelete(token) == run


def test_old_trash_is_emptied_at_the_next_deletion():
    old, fresh = delete(finished("old")), delete(finished("fresh"))
    folder = trash_folder() / old
    past = folder.stat().st_mtime - KEPT_SECONDS - 60
    os.utime(folder, (past, past))
    (trash_folder() / "notes").mkdir()
    os.utime(trash_folder() / "notes", (past, past))
    delete(finished("another"))
    assert not folder.exists()
    assert (trash_folder() / "notes").exists()
    with pytest.raises(ValueError, match="brings nothing back"):
        undelete(old)
    assert undelete(fresh).model_name == "fresh"


def test_old_trash_makes_room_before_a_deletion(monkeypatch):
    folder = trash_folder() / delete(finished("old"))
    past = folder.stat().st_mtime - KEPT_SECONDS - 60
    os.utime(folder, (past, past))
    seen = []
    monkeypatch.setattr(run_changes, "throw_away", lambda run, model: seen.append(folder.exists()) or "token")
    assert delete(finished("another")) == "token"
    assert seen == [False]


def test_specs_of_older_runs_are_read():
    run = made()
    values = json.loads((run.path / "spec.json").read_text())
    del values["owner"], values["parent"], values["submission"]
    (run.path / "spec.json").write_text(json.dumps(values))
    assert open_run(run.path).spec == run.spec
    assert runs_folder() == run.path.parent
