"""What is asked of a run that trains: pause, finish, discard."""

import pytest

from vae_core import load_model
from vae_core.runs.folder import RunSpec, create_run, open_run
from vae_core.specs import TrainingSpec

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("step_by_step")]


@pytest.fixture
def folder(temporary_home):
    training = TrainingSpec(dataset="digits", network="dense", hidden_units=(8,), epochs=6, batch_size=100)
    return create_run(RunSpec(training=training, out=str(temporary_home / "models" / "small")))


@pytest.fixture
def work(keras, monkeypatch):
    from vae_core.training.loop import checkpoints
    from vae_core.training.process import recorder, worker

    monkeypatch.setattr(worker, "SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr(recorder, "SHARE_OF_TIME", float("inf"))
    monkeypatch.setattr(checkpoints.Checkpoints, "is_due", lambda self, epoch_ended: epoch_ended)
    return lambda folder, data, on_progress=lambda progress: None: worker.work(
        open_run(folder.path), data, on_progress
    )


def asking(folder, word, epoch=2):
    """Puts the word into the folder at the end of ``epoch``."""

    def on_progress(progress):
        if progress.validation and progress.epoch == epoch:
            (folder.path / "control").write_text(word)

    return on_progress


def kinds(folder):
    return [event["event"] for event in folder.events()]


def test_a_paused_run_ends_well_and_goes_on(work, folder, small_digits):
    with pytest.raises(SystemExit) as leaving:
        work(folder, small_digits, asking(folder, "pause"))
    assert leaving.value.code == 0
    assert kinds(folder)[-1] == "paused"
    assert not (folder.path / "control").exists()
    assert (folder.checkpoint_folder / "state.npz").exists()
    run, _ = work(folder, small_digits)
    assert len(run.history) == 6
    assert kinds(folder)[-1] == "finished"


def test_a_run_that_is_finished_early_makes_its_model(work, folder, small_digits):
    run, _ = work(folder, small_digits, asking(folder, "finish"))
    assert run.ended == "finished early"
    assert len(run.history) == 2
    assert folder.events()[-1]["ended"] == "finished early"
    assert not (folder.path / "control").exists()
    assert load_model("small").metrics["test"]["images"] == 100


def test_finish_before_the_first_step_still_makes_a_model(work, folder, small_digits):
    (folder.path / "control").write_text("finish")
    run, _ = work(folder, small_digits)
    assert (run.ended, len(run.history)) == ("finished early", 1)


def test_a_discarded_run_leaves_no_model(work, folder, small_digits):
    with pytest.raises(SystemExit) as leaving:
        work(folder, small_digits, asking(folder, "discard"))
    assert leaving.value.code == 0
    assert kinds(folder)[-1] == "discarded"
    assert not folder.checkpoint_folder.exists()
    assert not (folder.path / "snapshots").exists()
    assert not (folder.path / "control").exists()
    assert not (folder.path.parents[1] / "models" / "small").exists()


def test_a_run_that_is_discarded_after_its_last_look_leaves_no_model(work, folder, small_digits, monkeypatch):
    """The word comes when the training is over and the model not yet begun."""
    from vae_core.training.process import worker

    def train_and_ask(*arguments, **values):
        run = train(*arguments, **values)
        (folder.path / "control").write_text("discard")
        return run

    train = worker.train
    monkeypatch.setattr(worker, "train", train_and_ask)
    with pytest.raises(SystemExit) as leaving:
        work(folder, small_digits)
    assert leaving.value.code == 0
    assert kinds(folder)[-1] == "discarded"
    assert "exporting" not in kinds(folder)
    assert not folder.checkpoint_folder.exists()
    assert not (folder.path.parents[1] / "models" / "small").exists()


def test_a_clock_that_was_set_back_counts_no_time(keras, monkeypatch):
    from vae_core.training.process import worker

    assert worker.seconds_of_this_process() > 0
    monkeypatch.setattr(worker.time, "time", lambda: 1000.0)
    assert worker.seconds_of_this_process() == 0.0


@pytest.mark.parametrize("error", [ValueError("in use"), OSError("no space")])
def test_a_worker_that_cannot_start_the_next_one_still_ends_well(folder, monkeypatch, error):
    from vae_core.training.process import queue_worker

    def kick():
        raise error

    monkeypatch.setattr(queue_worker, "kick", kick)
    monkeypatch.setattr(queue_worker, "_train", lambda run: 0)
    monkeypatch.setattr(queue_worker.os, "nice", lambda increment: 0)
    assert queue_worker.main([folder.id]) == 0


def test_an_unknown_word_is_nothing(work, folder, small_digits):
    run, _ = work(folder, small_digits, asking(folder, "explode"))
    assert run.ended == "epochs"


def test_the_folder_is_looked_at_now_and_then_only(keras, folder, monkeypatch):
    from threading import Event

    from vae_core.training.process import worker

    looks, clock = [], iter([0.0, 0.1, 0.2, 0.26, 0.3, 0.6])
    monkeypatch.setattr(worker, "wanted", lambda run: looks.append(run) or "finish")
    monkeypatch.setattr(worker.time, "perf_counter", lambda: next(clock))
    stop = Event()
    wishes = worker._Wishes(folder, stop, looks=True)
    assert [wishes() for _ in range(5)] == ["finish"] * 5
    assert len(looks) == 2
    stop.set()
    assert wishes() == "stop"
