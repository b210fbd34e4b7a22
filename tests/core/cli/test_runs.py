"""The commands about trainings."""

import json

import pytest

from tests.support.fake_worker import fake_command
from tests.support.runs_here import finished, made, settings, until
from vae_core.cli import main
from vae_core.runs import queue as run_queue
from vae_core.runs.queue import queued, submit
from vae_core.runs.status import all_runs, state_of


@pytest.fixture
def call(capsys):
    """The exit code, stdout and stderr of a command."""

    def run(*arguments):
        with pytest.raises(SystemExit) as leaving:
            main(["runs", *arguments])
        told = capsys.readouterr()
        return leaving.value.code, told.out, told.err

    return run


def test_the_list(call):
    assert call() == (0, "", "")
    waiting = submit(settings(), "waiting")
    broken = made("broken", ("failed", {"reason": "no space\nleft"}))
    done = finished("done")
    code, out, _ = call()
    assert code == 0
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines()}
    assert lines[waiting.id] == ["waiting", "queued", "place", "1"]
    assert lines[broken.id] == ["broken", "failed", "no", "space", "left"]
    assert lines[done.id] == ["done", "finished", "epoch", "0", "of", "4"]
    rows = {row["name"]: row for row in json.loads(call("--json")[1])}
    assert rows["done"]["metrics"] == {"neg_elbo": 1.5}
    assert rows["waiting"]["place"] == 1


def test_what_an_operator_may_do(call, monkeypatch):
    monkeypatch.setattr(run_queue, "worker_command", fake_command)
    run = submit(settings(), "quick")
    assert call("pause", run.id) == (0, "", "")
    assert (state_of(run), queued()) == ("paused", [])
    assert call("resume", run.id) == (0, "", "")
    until(lambda: state_of(run) == "finished")
    until(lambda: call("delete", run.id)[0] == 0)
    assert all_runs() == []
    other = submit(settings(), "other")
    assert call("discard", other.id) == (0, "", "")
    assert state_of(other) == "discarded"
    token = call("delete", other.id)[1].split()[-1]
    assert call("undelete", token) == (0, f"{other.id}\n", "")
    assert [run.id for run in all_runs()] == [other.id]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pause", "x"), "run is 'x': expected the id of a run"),
        (("delete", "00000000-0000-4000-8000-000000000000"), "there is no run"),
        (("undelete", "x"), "brings nothing back"),
        (("resume",), "Missing argument 'RUN_ID'"),
        (("--json", "pause", "x"), "--json belongs to the list"),
    ],
)
def test_bad_input_is_one_line(call, arguments, words):
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1
