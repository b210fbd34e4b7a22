"""The real worker: killed, paused, extended, told of what is missing, outliving who started it."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from tests.conftest import REPOSITORY
from tests.core.runs.test_queue import kill, worker_of
from tests.support import runs_here
from vae_core import load_model
from vae_core.runs.changes import extend, resume
from vae_core.runs.control import ask
from vae_core.runs.folder import LOG_FILE
from vae_core.runs.queue import kick, submit
from vae_core.runs.status import all_runs, find_run, state_of, status_of
from vae_core.specs import TrainingSpec

pytestmark = pytest.mark.slow


def until(condition):
    """As seldom as the app looks, so that the worker gets its share of the machine."""
    runs_here.until(condition, seconds=0.2)


@pytest.fixture(autouse=True)
def no_worker_is_left():
    yield
    for run in all_runs():
        kill(run)


def training(epochs, **changes):
    values = {"dataset": "digits", "network": "dense", "hidden_units": (8,), "batch_size": 100}
    return TrainingSpec(**{**values, "epochs": epochs, **changes})


def until_epoch(run, epoch):
    """Wait until it is that far, and has a checkpoint; a run that ends before says why."""

    def is_there():
        assert state_of(run) in ("queued", "starting", "loading", "running"), status_of(run)
        return status_of(run).epoch >= epoch and (run.checkpoint_folder / "state.npz").exists()

    until(is_there)


def test_a_killed_worker_is_interrupted_and_goes_on():
    """The process that kicked is killed with its whole group first, which the worker survives."""
    run = submit(training(20_000), "mine")
    app = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from vae_core.runs.queue import kick; kick(); import time; time.sleep(600)",
        ],
        cwd=REPOSITORY,
        start_new_session=True,
    )
    until_epoch(run, 3)
    os.killpg(app.pid, signal.SIGKILL)
    app.wait()
    epoch = status_of(run).epoch
    until_epoch(run, epoch + 3)
    assert psutil.Process(worker_of(run)).nice() == 10

    kill(run)
    until(lambda: state_of(run) == "interrupted")
    epoch = status_of(run).epoch
    resume(run)
    kick()
    until_epoch(run, epoch + 3)
    ask(run, "finish")
    until(lambda: state_of(run) == "finished")
    status = status_of(run)
    numbers = [entry["epoch"] for entry in status.history]
    assert numbers == list(range(1, len(numbers) + 1))
    assert status.metrics == load_model("mine").metrics["test"]
    assert status.share == 1


def test_pause_resume_extend():
    run = submit(training(20_000), "short")
    kick()
    until_epoch(run, 2)
    ask(run, "pause")
    until(lambda: state_of(run) == "paused")
    until(lambda: worker_of(run) is None)
    resume(run)
    kick()
    until_epoch(run, status_of(run).epoch + 2)
    ask(run, "finish")
    until(lambda: state_of(run) == "finished")
    until(lambda: worker_of(run) is None)
    before = load_model("short").metrics
    trained = len(before["history"])
    longer = extend(run, 2, "longer", None)
    kick()
    until(lambda: state_of(longer) == "finished")
    history = load_model("longer").metrics["history"]
    assert history[:trained] == before["history"]
    assert len(history) == trained + 2
    assert [entry["epoch"] for entry in status_of(longer).history] == list(range(1, trained + 3))
    assert load_model("short").metrics == before


def test_a_failure_names_its_reason_and_the_next_one_starts():
    missing = submit(training(2, dataset="digits", classes=("eleven",)), "missing")
    fine = submit(training(1), "fine")
    kick()
    until(lambda: state_of(missing) == "failed")
    status = status_of(missing)
    assert "'eleven' is no class of digits" in status.reason
    assert "\n" not in status.reason
    assert "Traceback" in (missing.path / LOG_FILE).read_text()
    until(lambda: state_of(fine) == "finished")


def test_a_word_that_comes_while_data_are_read_is_obeyed():
    paused, discarded = submit(training(20_000), "paused"), submit(training(20_000, seed=1), "discarded")
    kick()
    ask(paused, "pause")
    until(lambda: state_of(paused) == "paused")
    until(lambda: worker_of(discarded) is not None)
    ask(discarded, "discard")
    until(lambda: discarded.events()[-1]["event"] == "discarded")
    assert "started" not in [event["event"] for event in paused.events()]


@pytest.mark.parametrize("arguments", [[], ["x"], ["../../etc"], ["a", "b"]])
def test_what_is_no_run_is_one_line(arguments):
    command = [sys.executable, "-m", "vae_core.training.process.queue_worker", *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_a_second_worker_of_the_same_run_leaves_it_alone():
    run = submit(training(20_000), "mine")
    kick()
    until_epoch(run, 2)
    first = worker_of(run)
    command = [sys.executable, "-m", "vae_core.training.process.queue_worker", run.id]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "being trained by another process" in done.stderr
    assert worker_of(run) == first
    assert state_of(find_run(run.id)) == "running"
