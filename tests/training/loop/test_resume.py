"""Runs that are killed, stopped, resumed, tampered with."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import REPOSITORY
from vae_core import load_model
from vae_core.datasets import load_dataset
from vae_core.runs.folder import RunSpec, create_run, open_run
from vae_core.specs import TrainingSpec

pytestmark = pytest.mark.slow

SETTINGS = ["--dataset", "digits", "--network", "dense", "--hidden-units", "32", "--batch-size", "100"]


def command(*arguments):
    return [sys.executable, "-m", "vae_core", "train", *map(str, arguments)]


def finished(*arguments):
    return subprocess.run(command(*arguments), cwd=REPOSITORY, capture_output=True, text=True, check=False)


def refused(*arguments):
    """What the command says on stderr, in one line, leaving with code 2."""
    done = finished(*arguments)
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("vae_core:")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return lines[0]


def started(home, *arguments):
    """A training in the background, once its run folder has events of the second epoch."""
    before = set((home / "runs").glob("*")) if (home / "runs").exists() else set()
    process = subprocess.Popen(
        command(*arguments), cwd=REPOSITORY, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline:
        fresh = set((home / "runs").glob("*")) - before
        for path in fresh:
            state = path / "checkpoint" / "state.npz"
            if state.exists() and any(event.get("epoch", 0) > 2 for event in open_run(path).events()):
                return process, path
        assert process.poll() is None
        time.sleep(0.05)
    raise AssertionError("the training did not reach its third epoch")


def test_a_killed_run_goes_on_to_the_result_of_an_undisturbed_one(keras, temporary_home):
    from vae_core.training.loop.runs import train

    options = [*SETTINGS, "--epochs", 300]
    same = TrainingSpec(dataset="digits", network="dense", hidden_units=(32,), batch_size=100, epochs=300)
    undisturbed = train(same, load_dataset("digits")).history
    process, path = started(temporary_home, *options, "--out", temporary_home / "models" / "killed")
    # As long as the other one is asked it gets no further.
    process.send_signal(signal.SIGSTOP)
    assert open_run(path).is_live()
    assert "another process" in refused("--resume", path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not open_run(path).is_live()
    before = (path / "events.jsonl").read_bytes()
    resumed = finished("--resume", path, "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert (path / "events.jsonl").read_bytes().startswith(before)
    killed = json.loads(resumed.stdout)["history"]
    assert len(killed) == len(undisturbed) == 300
    assert killed[-1]["val_loss"] == pytest.approx(undisturbed[-1]["val_loss"], rel=5e-3)
    assert load_model("killed").metrics["test"]["images"] == 360
    assert "is finished" in refused("--resume", path)


def test_a_stopped_run_says_how_to_go_on(temporary_home):
    out = temporary_home / "models" / "stopped"
    process, path = started(temporary_home, *SETTINGS, "--epochs", 5000, "--out", out)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=300) == 130
    assert open_run(path).events()[-1]["event"] == "stopped"
    assert not out.exists()

    (path / "spec.json").write_text((path / "spec.json").read_text().replace('"epochs": 5000', '"epochs": 9'))
    assert "was changed since the run began" in refused("--resume", path)
    (path / "spec.json").write_text("{")
    assert "spec.json was changed or is damaged" in refused("--resume", path)


def test_there_must_be_something_to_resume(temporary_home, tmp_path):
    assert "is no run folder" in refused("--resume", tmp_path / "nothing")
    for setting in (["--epochs", "3"], ["--without-keras"], ["--out", "x"]):
        assert "leave out the others" in refused("--resume", tmp_path, *setting)


@pytest.fixture
def folder(temporary_home, step_by_step):
    training = TrainingSpec(dataset="digits", network="dense", hidden_units=(8,), epochs=3)
    return create_run(RunSpec(training=training, out=str(temporary_home / "models" / "small")))


def worked(folder, data, on_progress=lambda progress: None):
    from vae_core.training.process.worker import work

    return work(open_run(folder.path), data, on_progress)


def test_events_tell_the_whole_story(keras, folder, small_digits):
    worked(folder, small_digits)
    events = open_run(folder.path).events()
    kinds = [event["event"] for event in events]
    assert kinds[0] == "started"
    assert kinds[-2:] == ["exporting", "finished"]
    epochs = [event for event in events if event["event"] == "epoch"]
    assert [event["epoch"] for event in epochs] == [1, 2, 3]
    assert epochs[-1]["share"] == 1
    assert set(epochs[0]["losses"]) == set(epochs[0]["validation"])
    assert events[-1]["metrics"]["images"] == 100
    assert open_run(folder.path).is_finished()


def test_half_a_line_of_events_harms_nobody(folder):
    folder.append("one")
    with (folder.path / "events.jsonl").open("ab") as file:
        file.write(b'{"event": "tw')
    folder.append("three", value=3)
    assert [event["event"] for event in folder.events()] == ["one", "three"]


def test_a_damaged_checkpoint_is_named(keras, folder, small_digits):
    state = folder.checkpoint_folder / "state.npz"
    state.parent.mkdir()
    state.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(ValueError, match=r"state\.npz is damaged"):
        worked(folder, small_digits)
    assert folder.events()[-1]["event"] == "failed"


def test_a_checkpoint_that_holds_objects_is_not_unpickled(keras, folder, small_digits):
    state = folder.checkpoint_folder / "state.npz"
    state.parent.mkdir()
    np.savez(state, header=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match=r"state\.npz is damaged"):
        worked(folder, small_digits)


@pytest.mark.parametrize(
    "change", [{"history": 5}, {"sums": None}, {"calls_done": -3}, {"epoch": "x"}, {"unknown": 1}]
)
def test_a_state_edited_by_hand_is_named(keras, folder, small_digits, change):
    worked(folder, small_digits)
    state = folder.checkpoint_folder / "state.npz"
    with np.load(state, allow_pickle=False) as arrays:
        values = dict(arrays)
    header = json.loads(values["header"].tobytes())
    header["state"] |= change
    values["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(state, **values)
    shutil.rmtree(folder.spec.out)
    with pytest.raises(ValueError, match=r"state\.npz is damaged"):
        worked(folder, small_digits)


@pytest.mark.parametrize(("out", "words"), [("/tmp/Bad Name", "the model's name"), ("here", "absolute")])
def test_an_out_edited_by_hand_is_named_before_training(folder, out, words):
    spec = json.loads((folder.path / "spec.json").read_text()) | {"out": out}
    (folder.path / "spec.json").write_text(json.dumps(spec))
    assert words in refused("--resume", folder.path)
    assert folder.events() == []


def test_a_full_disk_keeps_the_last_checkpoint(keras, folder, small_digits, monkeypatch):
    from vae_core.training.loop import checkpoints

    replace_file = checkpoints.replace_file
    monkeypatch.setattr(checkpoints.Checkpoints, "is_due", lambda self, epoch_ended: epoch_ended)
    saved = []

    def full_at_the_third(path, content):
        if len(saved) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        saved.append(path)
        replace_file(path, content)

    monkeypatch.setattr(checkpoints, "replace_file", full_at_the_third)
    with pytest.raises(OSError, match="No space left"):
        worked(folder, small_digits)
    monkeypatch.undo()
    assert folder.events()[-1]["event"] == "failed"
    run, _ = worked(folder, small_digits)
    assert len(run.history) == 3
    assert [event["event"] for event in folder.events()].count("started") == 2


def test_a_full_disk_is_one_line_and_code_2(temporary_home, tmp_path):
    """Files may grow to 30 kB only, as on a disk that has no more room."""
    script = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000)); "
        "from vae_core.cli import main; "
        "main(['train', '--dataset', 'digits', '--network', 'dense', '--epochs', '2', "
        f"'--out', {str(tmp_path / 'm')!r}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "File too large" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "m").exists()


def test_a_diverging_run_keeps_its_last_good_checkpoint(keras, temporary_home, toy, monkeypatch):
    from vae_core.training.loop import checkpoints
    from vae_core.training.loop.steps import TrainingStep
    from vae_core.training.loop.trainer import DivergedError

    monkeypatch.setattr(checkpoints.Checkpoints, "is_due", lambda self, epoch_ended: epoch_ended)
    training = TrainingSpec(dataset="toy", network="dense", hidden_units=(8,), epochs=9, batch_size=50)
    folder = create_run(RunSpec(training=training, out=str(temporary_home / "models" / "wild")))
    run, calls = TrainingStep.run, []

    def wild_after_two(self, *arguments):
        calls.append(arguments)
        return run(self, *arguments) * (1 if len(calls) <= 2 else 1e9)

    monkeypatch.setattr(TrainingStep, "run", wild_after_two)
    with pytest.raises(DivergedError, match=r"diverged in epoch 3 .*lower learning_rate, which is 0\.002"):
        worked(folder, toy)
    good = folder.checkpoint_folder / "state.npz"
    with np.load(good, allow_pickle=False) as arrays:
        state = json.loads(arrays["header"].tobytes())["state"]
    assert state["epoch"] == 3
    assert len(state["history"]) == 2
    assert "diverged" in folder.events()[-1]["reason"]


def test_a_run_folder_can_be_moved(keras, folder, small_digits, tmp_path):
    moved = Path(shutil.move(folder.path, tmp_path / "elsewhere"))
    run, _ = worked(open_run(moved), small_digits)
    assert len(run.history) == 3


def test_tensorboard_reads_what_is_written(keras, folder, small_digits, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from vae_core.training.process.worker import work

    run, _ = work(folder, small_digits, lambda progress: None, tensorboard=tmp_path / "board")
    board = EventAccumulator(str(tmp_path / "board"))
    board.Reload()
    assert set(board.Tags()["tensors"]) == {
        f"{part}/{name}"
        for part in ("training", "validation")
        for name in ("loss", "reconstruction_loss", "kl_loss")
    }
    import tensorflow as tf

    values = [float(tf.make_ndarray(event.tensor_proto)) for event in board.Tensors("validation/loss")]
    assert values == pytest.approx([entry["val_loss"] for entry in run.history])
