"""What the tests of runs share: tiny settings, runs in a given state, waiting."""

import time

from tests.support.tiny_models import write_tiny
from vae_core.base.home import models_folder
from vae_core.runs.folder import RunSpec, create_run
from vae_core.specs import TrainingSpec

OWNER = "a" * 64
DEADLINE_SECONDS = 400


def settings(**changes):
    return TrainingSpec(dataset="digits", network="dense", hidden_units=(8,), epochs=4, **changes)


def made(name="mine", *events, **spec):
    """A run that nobody queued, with these events."""
    run = create_run(RunSpec(training=settings(), out=str(models_folder() / name), **spec))
    for event in events:
        kind, values = event if isinstance(event, tuple) else (event, {})
        run.append(kind, **values)
    return run


def finished(name="mine", **spec):
    """A finished run and its model."""
    run = made(name, "started", ("finished", {"metrics": {"neg_elbo": 1.5}}), **spec)
    models_folder().mkdir(parents=True, exist_ok=True)
    write_tiny(models_folder() / name)
    return run


def until(condition, seconds=0.02):
    """Look every so many seconds for ``condition()``; AssertionError if it never comes."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(seconds)
