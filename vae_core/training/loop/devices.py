"""Processors, devices and machines that a training uses."""

import os

import tensorflow as tf

from vae_core.runs.cluster import is_cluster


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
