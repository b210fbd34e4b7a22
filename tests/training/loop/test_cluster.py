"""Training on several devices, and on several machines that are processes here."""

import json
import os
import socket
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY
from vae_core.datasets import load_dataset
from vae_core.runs.folder import RunSpec, create_run
from vae_core.runs.status import all_runs
from vae_core.specs import TrainingSpec

pytestmark = pytest.mark.slow

# XLA, which dense networks use on one device, draws other random numbers from the same seed.
SETTINGS = {"dataset": "digits", "network": "conv", "hidden_units": [16], "epochs": 2, "batch_size": 100}

DIGITS = ("--dataset", "digits", "--network", "dense")

TWO_DEVICES = """
import json, sys
import numpy as np
import vae_core.training
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from vae_core.datasets import load_dataset
from vae_core.specs import TrainingSpec
from vae_core.training.loop.runs import train
spec = TrainingSpec.checked(json.loads(sys.argv[1]))
data = load_dataset("digits")
both = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
assert both.num_replicas_in_sync == 2
print(json.dumps([train(spec, data).history, train(spec, data, strategy=both).history]))
"""


def same(first, second):
    for one, two in zip(first, second, strict=True):
        assert one == pytest.approx(two, rel=2e-3)


def test_two_devices_take_the_steps_of_one():
    done = subprocess.run(
        [sys.executable, "-c", TWO_DEVICES, json.dumps(SETTINGS)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    same(*json.loads(done.stdout.splitlines()[-1]))


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def worker(place, ports, arguments):
    cluster = {"worker": [f"127.0.0.1:{port}" for port in ports]}
    variables = {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": "worker", "index": place}})}
    return subprocess.Popen(
        [sys.executable, "-m", "vae_core", "train", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_machines_train_one_model(keras, temporary_home, tmp_path):
    from vae_core.training.loop.runs import train

    (tmp_path / "spec.json").write_text(json.dumps(SETTINGS))
    arguments = [
        "--spec",
        str(tmp_path / "spec.json"),
        "--json",
        "--out",
        str(temporary_home / "models" / "pair"),
    ]
    ports = free_ports(2)
    processes = [worker(place, ports, arguments) for place in (0, 1)]
    answers = [process.communicate(timeout=600) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], (
        answers[0][1][-2000:] + answers[1][1][-2000:]
    )
    chief, helper = (json.loads(output) for output, _ in answers)
    same(chief["history"], helper["history"])
    alone = train(TrainingSpec.checked(SETTINGS), load_dataset("digits"))
    same(chief["history"], alone.history)
    assert len(all_runs()) == 1


def test_two_machines_resume_one_run(temporary_home):
    """The run was stopped before its first step: both start from the folder, one of them writes."""
    spec = RunSpec(training=TrainingSpec.checked(SETTINGS), out=str(temporary_home / "models" / "pair"))
    folder = create_run(spec)
    ports = free_ports(2)
    processes = [worker(place, ports, ["--resume", str(folder.path), "--json"]) for place in (0, 1)]
    answers = [process.communicate(timeout=600) for process in processes]
    for process, (_, errors) in zip(processes, answers, strict=True):
        assert process.returncode == 0, errors[-2000:]
    same(*(json.loads(output)["history"] for output, _ in answers))
    assert folder.is_finished()


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("{", "is not usable"),
        ('{"cluster": {"worker": null}, "task": {"type": "worker", "index": 0}}', "cluster.worker"),
        ('{"task": {"type": "worker", "index": 1}}', "cluster: Field required"),
        (
            '{"cluster": {"chief": ["a:1"], "worker": ["b:1"]}, "task": {"type": "chief", "index": 0}}',
            "chief",
        ),
        ('{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 2}}', "worker 2 of 2"),
    ],
)
def test_a_cluster_that_cannot_be_is_named_in_one_line(temporary_home, config, words):
    done = subprocess.run(
        [sys.executable, "-m", "vae_core", "train", *DIGITS, "--out", str(temporary_home / "x")],
        cwd=REPOSITORY,
        env={**os.environ, "TF_CONFIG": config},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert words in done.stderr


def test_minutes_and_several_machines_do_not_go_together(temporary_home):
    config = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 0}}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "vae_core", "train", "--dataset", "digits", "--network", "dense"),
            *("--minutes", "1", "--out", str(temporary_home / "x")),
        ],
        cwd=REPOSITORY,
        env={**os.environ, "TF_CONFIG": json.dumps(config)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--minutes" in done.stderr
