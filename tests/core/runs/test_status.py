"""Where a run stands, whatever its files hold."""

import json
import os
import subprocess
import sys
import time as clock
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.runs_here import OWNER, finished, made
from vae_core.runs import folder as run_folder
from vae_core.runs.control import WORDS, ask, wanted
from vae_core.runs.folder import EVENTS_FILE, LOCK_FILE, PROCESS_FILE, RunFolder, RunSpec
from vae_core.runs.order import held_queue, write_queue
from vae_core.runs.process import has_process, is_live, record_process
from vae_core.runs.status import (
    LIVE_STATES,
    UNFINISHED_STATES,
    State,
    all_runs,
    find_run,
    size_of,
    state_of,
    status_of,
)
from vae_core.runs.story import story_of

LOSSES = {"loss": 210.5, "reconstruction_loss": 200.0, "kl_loss": 10.5}
STATES = State.__args__


def epoch(number, loss=210.5, **values):
    losses = {**LOSSES, "loss": loss}
    return ("epoch", {"epoch": number, "losses": losses, "validation": losses, **values})


def process_file(run, pid, created):
    (run.path / PROCESS_FILE).write_text(json.dumps({"pid": pid, "created": created}))


@pytest.fixture
def stranger():
    """A living process that has nothing to do with any run."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield psutil.Process(process.pid)
    process.communicate()


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((), "starting"),
        (("queued",), "starting"),
        (("queued", "loading"), "loading"),
        (("queued", "loading", "started"), "running"),
        (("started", ("progress", {"epoch": 1})), "running"),
        (("started", epoch(1), ("snapshot", {"epoch": 1})), "running"),
        (("started", "exporting"), "exporting"),
        (("started", "exporting", "finished"), "finished"),
        (("started", ("failed", {"reason": "x"})), "failed"),
        (("started", "paused"), "paused"),
        (("started", "stopped"), "interrupted"),
        (("started", "discarded"), "discarded"),
        (("started", ("failed", {"reason": "x"}), "queued", "loading"), "loading"),
    ],
)
def test_the_state_of_a_run_whose_process_lives(events, state):
    run = made("mine", *events)
    record_process(run, os.getpid())
    assert state_of(run) == state


@pytest.mark.parametrize("last", ["queued", "loading", "started", "progress", "epoch", "exporting", None])
def test_without_a_process_it_was_interrupted(last):
    run = made("mine", *([last] if last else []))
    assert state_of(run) == "interrupted"
    process_file(run, 2**22 + 7, 1.0)
    assert state_of(run) == "interrupted"


def test_a_held_lock_is_a_live_run():
    """As a training from the command line, which nobody started for the app."""
    run = made("mine", "started")
    script = "import sys; from pathlib import Path; from vae_core.runs.folder import open_run\n"
    script += "with open_run(Path(sys.argv[1])).locked(): print('held', flush=True); input()"
    pipe = subprocess.PIPE
    holder = subprocess.Popen([sys.executable, "-c", script, run.path], stdin=pipe, stdout=pipe)
    assert holder.stdout.readline() == b"held\n"
    assert state_of(run) == "running"
    holder.communicate(b"\n")
    assert state_of(run) == "interrupted"


@pytest.mark.parametrize(
    ("word", "last", "state"),
    [
        ("pause", "started", "pausing"),
        ("finish", "started", "finishing"),
        ("discard", "started", "discarding"),
        ("pause", "loading", "pausing"),
    ],
)
def test_what_was_asked_shows_before_it_is_obeyed(word, last, state):
    run = made("mine", last)
    record_process(run, os.getpid())
    ask(run, word)
    assert wanted(run) == word
    assert state_of(run) == state
    assert state in LIVE_STATES and state in UNFINISHED_STATES


def test_what_was_given_up_does_not_come_back_when_its_process_dies():
    run = made("mine", "started")
    record_process(run, os.getpid())
    ask(run, "discard")
    (run.path / PROCESS_FILE).unlink()
    assert state_of(run) == "discarded"


@pytest.mark.parametrize("word", WORDS)
def test_nothing_is_asked_while_the_model_is_written(word):
    run = made("mine", "started", "exporting")
    record_process(run, os.getpid())
    with pytest.raises(ValueError, match="the model mine is being written: delete it when it is there"):
        ask(run, word)
    assert wanted(run) is None
    assert state_of(run) == "exporting"


def test_those_who_look_at_a_run_do_not_see_each_other():
    run = made("mine", "started")
    (run.path / LOCK_FILE).touch()
    with ThreadPoolExecutor(5) as lookers:
        seen = list(lookers.map(lambda _: run.is_live(), range(2000)))
    assert seen == [False] * 2000


def test_a_look_without_shared_locks(monkeypatch):
    monkeypatch.setattr(run_folder, "fcntl", None)
    run = made("mine", "started")
    assert not run.is_live()
    with run.locked():
        assert run.is_live()
    assert not run.is_live()


def test_a_reused_number_of_a_process_is_not_taken_for_the_worker(stranger):
    run = made("mine", "started")
    process_file(run, stranger.pid, stranger.create_time() - 100)
    assert not has_process(run)
    assert state_of(run) == "interrupted"


def test_a_clock_that_jumps_does_not_kill_a_worker():
    run = made("mine", "started")
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", "print(1, flush=True); input()", run.id]
    worker = subprocess.Popen(command, stdin=pipe, stdout=pipe)
    assert worker.stdout.readline()
    try:
        process_file(run, worker.pid, psutil.Process(worker.pid).create_time() - 86400)
        assert state_of(run) == "running"
    finally:
        worker.communicate(b"\n")
    assert state_of(run) == "interrupted"


def test_a_zombie_is_dead():
    run = made("mine", "started")
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    record_process(run, child.pid)
    assert has_process(run)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE
    assert not has_process(run)
    child.communicate()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"pid": true, "created": 1}', b'{"pid": -1}', b"9" * 5000]
)
def test_a_damaged_process_file_names_nobody(content):
    run = made("mine", "started")
    (run.path / PROCESS_FILE).write_bytes(content)
    assert not is_live(run)


def test_numbers_come_from_the_events():
    run = made(
        "mine",
        "started",
        epoch(1, 300.0),
        epoch(2, 250.0, epochs=4, share=0.5, seconds=8.0, seconds_left=8.0, images_per_second=900.0),
        owner=OWNER,
    )
    status = status_of(run)
    assert (status.name, status.epoch, status.epochs, status.share) == ("mine", 2, 4, 0.5)
    assert (status.seconds, status.seconds_left, status.images_per_second) == (8.0, 8.0, 900.0)
    assert status.losses["loss"] == 250.0
    assert [entry["epoch"] for entry in status.history] == [1, 2]
    assert status.history[0] == {
        "epoch": 1,
        **LOSSES,
        "loss": 300.0,
        **{f"val_{name}": value for name, value in {**LOSSES, "loss": 300.0}.items()},
    }
    assert status.owner == OWNER
    assert status.place is None
    assert size_of(run) == sum(path.stat().st_size for path in run.path.iterdir())
    assert finished_figures() == (1.0, {"neg_elbo": 1.5})


def finished_figures():
    status = status_of(finished("other"))
    return status.share, status.metrics


def test_epochs_after_a_resumption_replace_those_that_were_lost():
    run = made("mine", epoch(1, 9.0), epoch(2, 8.0), epoch(3, 7.0), "started", epoch(2, 8.5))
    assert [(entry["epoch"], entry["loss"]) for entry in status_of(run).history] == [(1, 9.0), (2, 8.5)]


def test_only_what_was_added_is_read_again():
    run = made("mine", "started", epoch(1))
    assert len(status_of(run).history) == 1
    path = run.path / EVENTS_FILE
    with path.open("ab") as file:
        file.write(b'{"event": "epoch", "epo')
    assert len(status_of(run).history) == 1
    with path.open("ab") as file:
        file.write(b'ch": 2}\n')
    assert [entry["epoch"] for entry in status_of(run).history] == [1, 2]
    path.write_text('{"event": "paused"}\n')
    assert status_of(run).history == []
    assert state_of(run) == "paused"


def test_a_story_belongs_to_who_asked():
    run = made("mine", epoch(1))
    story_of(run).history.clear()
    status_of(run).history.clear()
    assert len(story_of(run).history) == 1


@pytest.mark.parametrize("time", [-1, 4.1e9, 1e300, float("nan"), 10**400, "now", True])
def test_a_time_that_is_no_date_is_left_out(time):
    status = status_of(made("mine", ("started", {"time": time})))
    assert abs(status.created - clock.time()) < 3600


def test_a_spec_of_the_far_future_has_no_date():
    run = made("mine")
    os.utime(run.path / "spec.json", (5e9, 5e9))
    assert status_of(run).created == 0.0


def test_only_figures_are_metrics():
    figures = {"neg_elbo": 1.5, "images": 360, "kl_per_dim": [1.0, 2]}
    odd = {"a": 10**400, "b": float("nan"), "c": "x", "d": True, "e": [1.0, float("inf")], "f": None, "g": {}}
    status = status_of(made("mine", ("finished", {"metrics": figures | odd})))
    assert status.metrics == figures
    assert type(status.metrics["images"]) is int


def test_a_reason_can_be_sent():
    run = made("mine", ("failed", {"reason": "no \ud800 \n" + "x" * 1000}))
    reason = status_of(run).reason
    assert reason == ("no ? " + "x" * 1000)[:500]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["loss", "x"]), inner),
    max_leaves=4,
)
KEYS = ["time", "epoch", "epochs", "share", "seconds", "seconds_left", "images_per_second", "losses"]
KEYS += ["validation", "reason", "metrics"]
EVENTS = st.sampled_from(["progress", "epoch", "failed", "finished", "loading", "odd"])
LINES = st.one_of(
    st.binary(max_size=20),
    st.tuples(EVENTS, st.dictionaries(st.sampled_from(KEYS), JSON)).map(
        lambda pair: json.dumps({"event": pair[0], **pair[1]}).encode()
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, max_size=6))
def test_no_events_file_breaks_the_status(lines):
    run = made()
    (run.path / EVENTS_FILE).write_bytes(b"\n".join(lines) + b"\n")
    status = status_of(run)
    assert status.state in STATES
    assert 0 <= status.share <= 1
    assert status.seconds >= 0
    assert status.epoch >= 0
    for entry in status.history:
        assert all(type(value) in (int, float) for value in entry.values())
    json.dumps([status.history, status.metrics], allow_nan=False)
    assert 0 <= status.created <= 4e9
    (status.reason or "").encode()


def test_a_run_that_is_gone_has_a_status(tmp_path):
    spec = RunSpec(training={"dataset": "digits", "network": "dense"}, out="/nowhere/mine")
    status = status_of(RunFolder(tmp_path / "gone", spec))
    assert (status.state, size_of(RunFolder(tmp_path / "gone", spec))) == ("interrupted", 0)
    assert status.created == 0.0
    assert not (tmp_path / "gone").exists()


def test_runs_are_listed_newest_first_without_what_is_none(temporary_home):
    older = made("older", ("started", {"time": 100.0}))
    newer = made("newer", ("started", {"time": 200.0}))
    damaged = made("damaged")
    (damaged.path / "spec.json").write_text("{")
    (temporary_home / "runs" / "notes").mkdir()
    assert [run.id for run in all_runs()] == [newer.id, older.id]


def test_there_is_no_run_before_the_first():
    assert all_runs() == []


@pytest.mark.parametrize("text", ["", "..", "../models", "x", "a/b", "0" * 36, "A" * 8, None, 3, "mine\n"])
def test_only_the_id_of_a_run_finds_it(text):
    with pytest.raises(ValueError, match="expected the id of a run"):
        find_run(text)


def test_find_run():
    run = made()
    assert find_run(run.id) == run
    with pytest.raises(ValueError, match="there is no run"):
        find_run("00000000-0000-4000-8000-000000000000")
    with pytest.raises(ValueError, match="expected the id"):
        find_run(run.id + "\n")


def test_the_place_in_the_queue_counts_from_one():
    first, second = made("a", "queued"), made("b", "queued")
    with held_queue():
        write_queue([first.id, second.id])
    assert [(status_of(run).state, status_of(run).place) for run in (first, second)] == [
        ("queued", 1),
        ("queued", 2),
    ]
