"""How long a training would take here: ``python -m vae_core.training.process.estimate SPEC.json``.

Prints one JSON line, after a few real steps with the real data. ``vae_core.runs.estimates`` starts it.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import psutil
import tensorflow as tf

from vae_core.datasets import Dataset, load_for
from vae_core.datasets.registry import dataset_source
from vae_core.specs import TrainingSpec
from vae_core.training.loop.assembly import build_step
from vae_core.training.loop.devices import choose_threads
from vae_core.training.loop.splitting import check_images, split_validation
from vae_core.training.loop.steps import StepValues, plan_epoch

NICENESS = 10
# Calls of steps are measured until they took so long together.
MEASURED_SECONDS = 1.5
EXIT_BAD_INPUT = 2


@dataclass(frozen=True)
class Costs:
    """``start_seconds`` from the process's start to the first step's end: imports, data, compilation."""

    start_seconds: float
    seconds_per_step: float
    seconds_per_validation: float
    steps_per_epoch: int
    images_per_epoch: int


@dataclass(frozen=True)
class Report:
    """What a run would take at most, without export; it may end early by its own rules.

    ``epochs`` that fit into the budget, at least one; ``images_per_second`` while it takes steps.
    """

    seconds_per_epoch: float
    start_seconds: float
    total_seconds: float
    images_per_second: float
    epochs: int


def measure(spec: TrainingSpec, dataset: Dataset, started: float) -> Costs:
    """Take a few steps of the training that ``spec`` asks for; ``started`` as ``time.time()`` gives it.

    Raises ValueError as training does.
    """
    check_images(dataset.train.pixels)
    generator = np.random.default_rng(spec.seed)
    training, validation = split_validation(dataset.train.pixels, spec.validation_fraction, generator)
    step = build_step(spec, dataset.input_shape, training)
    batch_size = min(spec.batch_size, len(training))
    at_once = step.steps_per_call(batch_size, training[0].size)
    calls = plan_epoch(len(training), batch_size, generator, at_once)
    pixels, held_out = tf.constant(training), tf.constant(validation)
    values = StepValues.at(spec, np.zeros(len(calls[0]), np.float32))
    step.run(pixels, calls[0], values, 0)
    step.evaluate(held_out)
    start_seconds = time.time() - started
    begun, steps = time.perf_counter(), 0
    while time.perf_counter() - begun < MEASURED_SECONDS:
        step.run(pixels, calls[0], values, 0)
        steps += len(calls[0])
    per_step = (time.perf_counter() - begun) / steps
    begun = time.perf_counter()
    step.evaluate(held_out)
    per_validation = time.perf_counter() - begun
    steps_per_epoch = sum(map(len, calls))
    return Costs(start_seconds, per_step, per_validation, steps_per_epoch, steps_per_epoch * batch_size)


def report_of(costs: Costs, epochs: int, minutes: float | None) -> Report:
    """The costs added up: ``epochs`` of them, or as many as fit into ``minutes``."""
    stepping = costs.seconds_per_step * costs.steps_per_epoch
    per_epoch = stepping + costs.seconds_per_validation
    if minutes is not None:
        epochs = min(epochs, max(1, int((60 * minutes - costs.start_seconds) / per_epoch)))
    total = costs.start_seconds + epochs * per_epoch
    if minutes is not None:
        total = min(total, 60 * minutes)
    return Report(per_epoch, costs.start_seconds, total, costs.images_per_epoch / stepping, epochs)


def main(arguments: Sequence[str]) -> int:
    """Print the report on stdout, or one line on stderr; the process's exit code."""
    os.nice(NICENESS)
    choose_threads()
    try:
        (file,) = arguments
        spec = TrainingSpec.from_json(Path(file).read_bytes())
        spec.check_network()
        _check_here(spec)
        costs = measure(spec, load_for(spec), psutil.Process().create_time())
    except (ValueError, OSError, tf.errors.OpError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return EXIT_BAD_INPUT
    print(json.dumps(asdict(report_of(costs, spec.epochs, spec.minutes))))
    return 0


def _check_here(spec: TrainingSpec) -> None:
    """Raise ValueError if data would have to be downloaded first, which nobody asked for yet."""
    missing = dataset_source(spec.dataset).missing_bytes(spec.classes, spec.images_per_class)
    if missing:
        raise ValueError(
            f"{spec.dataset} is not on this machine yet ({missing / 1e6:,.0f} MB to download): fetch it first"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
