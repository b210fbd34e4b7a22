"""What a training would take, measured and added up."""

import json
import os
import re
import sys
import time

import pytest

from vae_core.runs import estimates
from vae_core.runs.estimates import start_estimate
from vae_core.specs import TrainingSpec


def spec(**changes):
    values = {"dataset": "digits", "network": "dense", "hidden_units": (8,), "epochs": 7, "batch_size": 100}
    return TrainingSpec.checked({**values, **changes})


def awaited(estimate, seconds=400):
    deadline = time.monotonic() + seconds
    while estimate.result() is None and estimate.failure is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return estimate.result()


@pytest.fixture
def pretending(monkeypatch, tmp_path):
    """The command replaced by a short script; temporary files go where they can be counted."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(estimates.tempfile, "tempdir", str(tmp_path / "temporary"))

    def use(script):
        monkeypatch.setattr(estimates, "COMMAND", (sys.executable, "-c", script))
        return start_estimate(spec())

    yield use
    assert list((tmp_path / "temporary").iterdir()) == []


REPORT = {"seconds_per_epoch": 2, "start_seconds": 5.5, "total_seconds": 19.5, "images_per_second": 3.0}


def test_a_report_is_read(pretending):
    report = json.dumps({**REPORT, "epochs": 7})
    estimate = pretending(f"import sys; open(sys.argv[1]).read(); print('noise'); print('{report}')")
    assert awaited(estimate) == {**REPORT, "epochs": 7}
    assert estimate.failure is None
    estimate.cancel()
    assert estimate.result() == {**REPORT, "epochs": 7}


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import sys; print('first\\nno such data', file=sys.stderr); sys.exit(2)", "^no such data$"),
        ("import sys; print('Traceback', file=sys.stderr); sys.exit(1)", r"failed \(code 1\)"),
        ("import os; os.kill(os.getpid(), 9)", r"failed \(code -9\)"),
        ("print('{}')", r"failed \(code 0\)"),
        ("print('[' * 100000)", r"failed \(code 0\)"),
        (f"print('{json.dumps({**REPORT, 'epochs': float('nan')})}')", r"failed \(code 0\)"),
        (f"print('{json.dumps({**REPORT, 'epochs': -1})}')", r"failed \(code 0\)"),
        ("pass", r"failed \(code 0\)"),
    ],
)
def test_a_failure_is_one_line(pretending, script, words):
    estimate = pretending(script)
    assert awaited(estimate) is None
    assert estimate.failure is not None
    assert "\n" not in estimate.failure
    assert re.search(words, estimate.failure)


def is_alive(process):
    return process.poll() is None


def test_a_cancelled_estimate_ends_its_process(pretending):
    estimate = pretending("import time; time.sleep(600)")
    process = estimate._process
    assert is_alive(process)
    assert estimate.result() is None
    estimate.cancel()
    estimate.cancel()
    assert not is_alive(process)
    assert estimate.failure == "the estimate was cancelled"


def test_a_forgotten_estimate_ends_its_process(pretending):
    estimate = pretending("import time; time.sleep(600)")
    process = estimate._process
    del estimate
    assert not is_alive(process)


def test_an_estimate_that_takes_too_long_is_given_up(pretending, monkeypatch):
    monkeypatch.setattr(estimates, "LONGEST_SECONDS", 0.0)
    estimate = pretending("import time; time.sleep(600)")
    assert estimate.result() is None
    assert "longer than 0 seconds" in estimate.failure
    assert not is_alive(estimate._process)


def test_a_network_that_cannot_be_built_is_refused_at_once():
    with pytest.raises(ValueError, match="filters is no setting of network dense"):
        start_estimate(spec(filters=(8,)))


def test_where_nothing_can_be_started_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(estimates.tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(ValueError, match="cannot be started"):
        start_estimate(spec())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("epochs", "minutes", "expected"),
    [(10, None, (10, 25.0)), (100, 1.0, (27, 59.0)), (3, 1.0, (3, 11.0)), (100, 0.05, (1, 3.0))],
)
def test_costs_add_up(keras, epochs, minutes, expected):
    from vae_core.training.process.estimate import Costs, report_of

    costs = Costs(5.0, 0.25, 0.25, steps_per_epoch=7, images_per_epoch=700)
    report = report_of(costs, epochs, minutes)
    assert report.seconds_per_epoch == 2.0
    assert report.images_per_second == 400.0
    assert (report.epochs, report.total_seconds) == expected


@pytest.mark.slow
def test_a_real_training_is_measured(keras, monkeypatch):
    # It gives way to all others, so that on a busy machine it starts in minutes.
    monkeypatch.setattr(estimates, "LONGEST_SECONDS", 1_000.0)
    found = awaited(start_estimate(spec(minutes=1_000, epochs=40)), seconds=1_000)
    assert found["epochs"] == 40
    assert found["seconds_per_epoch"] > 0
    assert found["start_seconds"] > 1
    assert found["total_seconds"] == pytest.approx(found["start_seconds"] + 40 * found["seconds_per_epoch"])
    assert 12 * 100 / found["images_per_second"] < found["seconds_per_epoch"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "words"),
    [({"dataset": "mnist"}, "mnist is not on this machine yet"), ({"dataset": "nothing"}, "is no data set")],
)
def test_missing_data_are_named_and_not_fetched(keras, capsys, tmp_path, monkeypatch, changes, words):
    from vae_core.training.process import estimate

    monkeypatch.setattr(os, "nice", lambda step: 0)
    monkeypatch.setattr(estimate, "choose_threads", lambda: None)
    file = tmp_path / "spec.json"
    file.write_text(spec(**changes).to_json())
    assert estimate.main([str(file)]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert estimate.main([str(tmp_path / "none.json")]) == 2
