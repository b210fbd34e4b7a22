"""Processors, devices and machines that a training uses."""

import json
import os

import tensorflow as tf

CLUSTER_VARIABLE = "TF_CONFIG"


def choose_threads() -> None:
    """As many threads for one operation as this process may use cores; call it before anything runs.

    TensorFlow counts the machine's cores, which in a container may be many more.
    """
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    tf.config.threading.set_intra_op_parallelism_threads(available)
    tf.config.threading.set_inter_op_parallelism_threads(max(2, available // 2))


def strategy_named(name: str) -> tf.distribute.Strategy | None:
    """None for "none"; all devices of this machine for "mirrored".

    Where TF_CONFIG describes a cluster of several workers, all their devices, whatever the name.
    """
    if is_cluster():
        return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.MirroredStrategy() if name == "mirrored" else None


def cluster() -> dict[str, object]:
    """TF_CONFIG, {} if it is not set. Raises ValueError if it is not a JSON object."""
    text = os.environ.get(CLUSTER_VARIABLE, "")
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"{CLUSTER_VARIABLE} is {text[:60]!r}: expected a JSON object with cluster and task")
    return found


def is_cluster() -> bool:
    """Whether several workers train together."""
    workers = cluster().get("cluster")
    return isinstance(workers, dict) and len(workers.get("worker", [])) > 1


def is_chief() -> bool:
    """Whether this process writes what the cluster makes: worker 0, or the only process."""
    task = cluster().get("task")
    return not isinstance(task, dict) or task.get("index", 0) == 0
