"""Submitting, starting, asking: with a worker that is quick, in processes as the real one."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.conftest import REPOSITORY
from tests.support.fake_worker import fake_command
from tests.support.runs_here import OWNER, finished, made, settings, until
from tests.support.tiny_models import write_tiny
from vae_core.base.home import models_folder, runs_folder
from vae_core.runs import queue as run_queue
from vae_core.runs.control import WORDS, ask, clear, wanted
from vae_core.runs.folder import CONTROL_FILE, LOG_FILE, PROCESS_FILE
from vae_core.runs.order import QUEUE_FILE, held_queue, queue, withdraw
from vae_core.runs.queue import kick, queued, submit
from vae_core.runs.status import all_runs, find_run, state_of, status_of
from vae_core.specs import TrainingSpec

PATCHED = """
import os, sys
from tests.support.fake_worker import fake_command
from tests.support.runs_here import settings
from vae_core.runs import queue as run_queue
from vae_core.runs.changes import delete
from vae_core.runs.queue import kick, submit
run_queue.worker_command = fake_command
"""


@pytest.fixture
def fake_workers(monkeypatch):
    """Workers that are quick; those that are left at the end are killed."""
    monkeypatch.setattr(run_queue, "worker_command", fake_command)
    yield
    with held_queue():
        for run in all_runs():
            withdraw(run.id)
    for run in all_runs():
        kill(run)


def kill(run):
    """kill -9 of the worker of a run, and wait until it is dead."""
    pid = worker_of(run)
    if pid is None:
        return
    try:
        process = psutil.Process(pid)
        process.kill()
    except psutil.NoSuchProcess:
        return
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)


def worker_of(run):
    try:
        return json.loads((run.path / PROCESS_FILE).read_bytes()).get("pid")
    except OSError:
        return None


def script(body):
    """A process that may submit, kick and delete."""
    return subprocess.Popen([sys.executable, "-c", PATCHED + body], cwd=REPOSITORY, start_new_session=True)


def states():
    return {run.model_name: state_of(run) for run in all_runs()}


def test_submit_waits_for_its_turn():
    first, second = submit(settings(), "one", OWNER), submit(settings(seed=1), "two")
    assert queued() == [first.id, second.id]
    assert find_run(first.id) == first
    assert first.spec.owner == OWNER
    assert first.spec.out == str(models_folder() / "one")
    assert [status_of(run).place for run in (first, second)] == [1, 2]


@pytest.mark.parametrize("name", ["", "A", "../x", "a/b", ".hidden", "a" * 65, "é", "x\n", None])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ValueError, match=r"^name is .*expected small letters") as refusal:
        submit(settings(), name)
    assert "\n" not in str(refusal.value)


def test_a_name_that_is_taken_is_refused():
    with pytest.raises(ValueError, match="there is a model mnist-2d already"):
        submit(settings(), "mnist-2d")
    models_folder().mkdir(parents=True)
    write_tiny(models_folder() / "tiny")
    with pytest.raises(ValueError, match="there is a model tiny already"):
        submit(settings(), "tiny")
    submit(settings(), "mine")
    with pytest.raises(ValueError, match="a training of mine is not finished yet"):
        submit(settings(), "mine")
    assert len(all_runs()) == 1


def test_a_wish_for_a_name_gets_the_first_that_is_free():
    models_folder().mkdir(parents=True)
    write_tiny(models_folder() / "mine-2")
    made("mine-4", "paused")
    made("mine-5", "failed")
    names = [submit(settings(), "mine", base=True).model_name for _ in range(3)]
    assert names == ["mine", "mine-3", "mine-5"]
    assert [find_run(run_id).model_name for run_id in queued()] == names
    assert submit(settings(), "mnist-2d", base=True).model_name == "mnist-2d-2"
    with pytest.raises(ValueError, match="name is"):
        submit(settings(), "../x", base=True)


def test_a_wish_that_is_long_is_cut():
    names = [submit(settings(), "a" * 64, base=True).model_name for _ in range(2)]
    assert names == ["a" * 64, "a" * 62 + "-2"]


def test_wishes_at_once_get_names_of_their_own():
    with ThreadPoolExecutor(5) as pool:
        runs = list(pool.map(lambda _: submit(settings(), "mine", base=True), range(5)))
    assert sorted(run.model_name for run in runs) == ["mine", *(f"mine-{n}" for n in range(2, 6))]


@pytest.mark.parametrize("base", [False, True])
def test_the_same_submission_is_one_run(base):
    with ThreadPoolExecutor(3) as pool:
        runs = list(
            pool.map(lambda _: submit(settings(), "mine", OWNER, base=base, submission="x"), range(3))
        )
    assert len({run.id for run in runs}) == len(all_runs()) == len(queued()) == 1
    assert runs[0].spec.submission == "x"
    assert submit(settings(), "two", OWNER, submission="y").id != runs[0].id
    assert submit(settings(), "three", "b" * 64, submission="x").id != runs[0].id
    assert submit(settings(), "four", OWNER).id != runs[0].id
    assert submit(settings(), "five", OWNER).spec.submission is None


@pytest.mark.parametrize("submission", ["", "x" * 65, 3])
def test_a_submission_that_is_none_is_refused(submission):
    with pytest.raises(ValueError, match="submission is"):
        submit(settings(), "mine", submission=submission)
    assert all_runs() == []


@pytest.mark.parametrize("last", ["paused", "stopped", "started"])
def test_a_run_that_may_go_on_keeps_its_name(last):
    made("mine", last)
    with pytest.raises(ValueError, match="not finished yet"):
        submit(settings(), "mine")


@pytest.mark.parametrize("last", ["failed", "discarded"])
def test_a_run_that_came_to_nothing_frees_its_name(last):
    made("mine", last)
    assert submit(settings(), "mine").model_name == "mine"


@pytest.mark.parametrize(
    ("training", "words"),
    [
        (TrainingSpec(dataset="digits", network="transformer"), "network is 'transformer'"),
        (TrainingSpec(dataset="imagenet", network="dense"), "'imagenet' is no data set"),
        (TrainingSpec(dataset="digits", network="dense", filters=(8, 8)), "filters is no setting"),
    ],
)
def test_a_training_that_cannot_be_is_refused(training, words):
    with pytest.raises(ValueError, match=words):
        submit(training, "mine")
    assert all_runs() == []


def test_an_owner_that_is_none_is_refused():
    with pytest.raises(ValueError, match="owner is 'me'"):
        submit(settings(), "mine", "me")


def test_limits(monkeypatch):
    monkeypatch.setattr(run_queue, "LIMIT_PER_OWNER", 2)
    monkeypatch.setattr(run_queue, "LIMIT_IN_ALL", 3)
    for name in ("a", "b"):
        submit(settings(), name, OWNER)
    with pytest.raises(ValueError, match="2 of your trainings are queued"):
        submit(settings(), "c", OWNER)
    submit(settings(), "c", "b" * 64)
    for owner in (None, "c" * 64):
        with pytest.raises(ValueError, match="3 trainings are queued, the most there can be"):
            submit(settings(), "d", owner)


def test_a_home_that_is_a_file_is_one_line(temporary_home, monkeypatch):
    (temporary_home / "file").write_text("")
    monkeypatch.setenv("VAE_CORE_HOME", str(temporary_home / "file"))
    with pytest.raises(ValueError, match=r"runs cannot be changed below .*free space"):
        submit(settings(), "mine")


def test_one_at_a_time_in_their_order(fake_workers):
    first, second = submit(settings(), "one"), submit(settings(), "quick-two")
    third = submit(settings(), "quick-three")
    kick()
    until(lambda: state_of(first) == "running")
    for _ in range(3):
        kick()
    assert queued() == [second.id, third.id]
    assert (first.path / LOG_FILE).exists()
    ask(first, "finish")
    # Each worker starts the next: nobody here does.
    until(lambda: state_of(third) == "finished")
    assert set(states().values()) == {"finished"}
    began = [json.loads((run.path / "events.jsonl").read_text().splitlines()[1]) for run in (second, third)]
    ended = [run.events()[-1]["time"] for run in (first, second)]
    assert all(begin["time"] >= end for begin, end in zip(began, ended, strict=True))
    assert queued() == []


def test_a_worker_has_few_threads_and_a_session_of_its_own(fake_workers):
    run = submit(settings(), "one")
    kick()
    until(lambda: state_of(run) == "running")
    process = psutil.Process(worker_of(run))
    processors = len(os.sched_getaffinity(0))
    expected = processors if processors <= 2 else processors - 1
    assert {process.environ()[name] for name in run_queue.THREAD_VARIABLES} == {str(expected)}
    assert os.getsid(process.pid) == process.pid
    assert process.cwd() == str(REPOSITORY)


def test_a_worker_that_was_killed_is_interrupted_and_the_next_one_starts(fake_workers):
    first, second = submit(settings(), "one"), submit(settings(), "two")
    kick()
    until(lambda: state_of(first) == "running")
    kill(first)
    # Its threads may hold the lock for an instant longer than it lives.
    until(lambda: state_of(first) == "interrupted")
    assert status_of(first).epoch == 1
    kick()
    until(lambda: state_of(second) == "running")


def test_a_worker_that_dies_at_once_holds_nobody_up(fake_workers):
    broken, fine = submit(settings(), "broken"), submit(settings(), "quick")
    kick()
    until(lambda: state_of(broken) == "interrupted")
    until(lambda: kick() or state_of(fine) == "finished")


def test_a_worker_that_cannot_be_started_is_a_failed_run(monkeypatch):
    monkeypatch.setattr(run_queue, "worker_command", lambda run_id: ["/nowhere/python", run_id])
    run = submit(settings(), "mine")
    kick()
    assert status_of(run).reason == "its process could not be started (No such file or directory)"
    assert queued() == []


def test_the_worker_outlives_the_process_group_that_started_it(fake_workers):
    run = submit(settings(), "one")
    app = script("kick(); print('kicked', flush=True); import time; time.sleep(600)")
    until(lambda: state_of(run) == "running")
    os.killpg(app.pid, signal.SIGKILL)
    app.wait()
    assert state_of(run) == "running"
    ask(run, "finish")
    until(lambda: state_of(run) == "finished")


def test_processes_that_submit_kick_and_delete_at_once_lose_nothing(fake_workers):
    body = """
for number in range(3):
    run = submit(settings(), f"quick-{sys.argv[1]}-{number}")
    kick()
    if number == 1:
        extra = submit(settings(), f"gone-{sys.argv[1]}-{number}")
        try:
            delete(extra)
        except ValueError as error:
            assert "being trained" in str(error), error
"""
    command = [sys.executable, "-c", PATCHED + body]
    writers = [subprocess.Popen([*command, str(number)], cwd=REPOSITORY) for number in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]

    def all_done():
        kick()
        for run in all_runs():
            if run.model_name.startswith("gone") and state_of(run) == "running":
                ask(run, "discard")
        return not queued() and set(states().values()) <= {"finished", "discarded"}

    until(all_done)
    names = sorted(name for name in states() if name.startswith("quick"))
    assert names == sorted(f"quick-{writer}-{number}" for writer in range(3) for number in range(3))
    for run in all_runs():
        kinds = [event["event"] for event in run.events()]
        assert kinds.count("started") == 1, kinds


@pytest.mark.parametrize("content", ["", "{", "{}", '["../x", 3, "not-a-run"]', "[" * 100_000])
def test_a_damaged_queue_is_empty(content):
    run = submit(settings(), "mine")
    (runs_folder() / QUEUE_FILE).write_text(content)
    assert queued() == []
    kick()
    assert state_of(run) == "interrupted"
    other = submit(settings(), "other")
    assert queued() == [other.id]


def test_what_is_queued_but_gone_or_done_is_passed_over(fake_workers):
    done = finished("done")
    with held_queue():
        run_queue.write_queue(["00000000-0000-4000-8000-000000000000", done.id])
    quick = submit(settings(), "quick")
    kick()
    until(lambda: state_of(quick) == "finished")
    assert state_of(done) == "finished"
    assert queue() == []


def test_asking_a_running_one(fake_workers):
    run = submit(settings(), "one")
    kick()
    until(lambda: state_of(run) == "running")
    ask(run, "pause")
    assert state_of(run) in ("pausing", "paused")
    until(lambda: state_of(run) == "paused")
    assert wanted(run) is None


def test_asking_a_queued_one():
    first, second, third = (submit(settings(), name) for name in ("a", "b", "c"))
    ask(first, "pause")
    ask(second, "discard")
    with pytest.raises(ValueError, match="c is not running: resume it, then finish it"):
        ask(third, "finish")
    assert states() == {"a": "paused", "b": "discarded", "c": "queued"}
    assert queued() == [third.id]


def test_asking_one_that_nobody_works_on():
    run = made("mine", "started")
    (run.checkpoint_folder).mkdir()
    for word in ("pause", "finish"):
        with pytest.raises(ValueError, match="mine is not running"):
            ask(run, word)
    ask(run, "discard")
    assert state_of(run) == "discarded"
    assert not run.checkpoint_folder.exists()
    for word in WORDS:
        with pytest.raises(ValueError, match="mine is discarded already"):
            ask(run, word)
        with pytest.raises(ValueError, match="done is finished already"):
            ask(finished_once(), word)


def finished_once():
    found = [run for run in all_runs() if run.model_name == "done"]
    return found[0] if found else finished("done")


def test_a_word_that_is_none():
    run = made()
    with pytest.raises(ValueError, match=r"the word is 'stop': expected one of pause, finish, discard"):
        ask(run, "stop")
    for content in (b"", b"stop", b"\xff\xfe", b"pause" * 1000):
        (run.path / CONTROL_FILE).write_bytes(content)
        assert wanted(run) is None
    clear(run)
    clear(run)
    assert wanted(run) is None
