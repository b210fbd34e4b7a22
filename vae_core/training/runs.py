"""One training run: a spec and a data set in, a trained encoder and decoder out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from vae_core.datasets import Dataset
from vae_core.specs import TrainingSpec
from vae_core.training.networks import NETWORKS, build_decoder, build_encoder
from vae_core.training.steps import LOSS_NAMES, TrainingStep, plan_epoch


@dataclass(frozen=True)
class Progress:
    """Where a run stands: ``losses`` of the steps just taken, nats per image.

    ``validation`` holds the same losses on the held-out part after the last step of an epoch, else None.
    """

    epoch: int
    epochs: int
    images_done: int
    images_total: int
    seconds: float
    losses: dict[str, float]
    validation: dict[str, float] | None = None

    @property
    def images_per_second(self) -> float:
        return self.images_done / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float:
        return self.seconds * (self.images_total / self.images_done - 1)


@dataclass(frozen=True)
class TrainingRun:
    """What a run made. ``history`` has one entry an epoch: losses, and val_ losses."""

    spec: TrainingSpec
    encoder: keras.Model
    decoder: keras.Sequential
    validation_pixels: NDArray[np.uint8]
    history: list[dict[str, float]] = field(default_factory=list)


def train(
    spec: TrainingSpec, dataset: Dataset, on_progress: Callable[[Progress], None] | None = None
) -> TrainingRun:
    """Train the network of ``spec`` on the training split, less a validation part.

    Deterministic on one machine for a given spec. Raises ValueError for an unknown network, too
    few images for a batch, or a run that diverges.
    """
    spec.check_network()
    keras.utils.set_random_seed(spec.seed)
    encoder = build_encoder(spec, dataset.input_shape)
    decoder = build_decoder(spec, dataset.input_shape)
    generator = np.random.default_rng(spec.seed)
    training, validation = split_validation(dataset.train.pixels, spec.validation_fraction, generator)
    batch_size = min(spec.batch_size, len(training))
    pixels, validation_pixels = tf.constant(training), tf.constant(validation)
    steps_per_epoch = sum(len(call) for call in plan_epoch(len(training), batch_size, generator))
    step = TrainingStep(
        spec, encoder, decoder, steps_per_epoch * spec.epochs, NETWORKS[spec.network].compiles
    )
    run = TrainingRun(spec, encoder, decoder, validation)
    total_images = steps_per_epoch * batch_size * spec.epochs
    started, steps_done = time.perf_counter(), 0
    for epoch in range(1, spec.epochs + 1):
        means = np.zeros(len(LOSS_NAMES))
        calls = plan_epoch(len(training), batch_size, generator)
        for number, order in enumerate(calls, start=1):
            losses = step.run(pixels, order, steps_done)
            steps_done += len(order)
            _check_finite(losses, epoch, spec)
            means += losses / len(calls)
            last = number == len(calls)
            progress = Progress(
                epoch,
                spec.epochs,
                steps_done * batch_size,
                total_images,
                time.perf_counter() - started,
                _named(means if last else losses),
                _named(step.evaluate(validation_pixels)) if last else None,
            )
            if on_progress:
                on_progress(progress)
        assert progress.validation is not None
        prefixed = {f"val_{name}": value for name, value in progress.validation.items()}
        run.history.append({**progress.losses, **prefixed})
    return run


def split_validation(
    pixels: NDArray[np.uint8], fraction: float, generator: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Training and validation images, divided at random. Raises ValueError if either would be empty."""
    held_out = max(1, round(fraction * len(pixels)))
    if len(pixels) - held_out < 1:
        raise ValueError(f"{len(pixels)} images cannot be divided into training and validation images")
    order = generator.permutation(len(pixels))
    return pixels[order[held_out:]], pixels[order[:held_out]]


def _named(losses: NDArray[np.floating]) -> dict[str, float]:
    return {name: float(value) for name, value in zip(LOSS_NAMES, losses, strict=True)}


def _check_finite(losses: NDArray[np.float32], epoch: int, spec: TrainingSpec) -> None:
    if not np.isfinite(losses).all():
        raise ValueError(
            f"training diverged in epoch {epoch} (the loss is not finite): "
            f"lower learning_rate, which is {spec.learning_rate:g}"
        )
