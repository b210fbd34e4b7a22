"""One training run: a spec and a data set in, a trained encoder and decoder out."""

from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from vae_core.datasets import Dataset
from vae_core.specs import Likelihood, TrainingSpec
from vae_core.training.loop.assembly import build_step, in_float32
from vae_core.training.loop.checkpoints import Checkpoints
from vae_core.training.loop.progress import Progress
from vae_core.training.loop.splitting import check_images, split_validation
from vae_core.training.loop.trainer import Ask, Observer, Trainer


@dataclass(frozen=True)
class TrainingRun:
    """What a run made.

    ``likelihood`` has the fitted variance where that was learned. ``history`` has one entry an
    epoch: losses, and val_ losses. ``ended`` says what ended it: "epochs", "minutes",
    "early_stopping", "stop_at_kl" or "finished early".
    """

    spec: TrainingSpec
    encoder: keras.Model
    decoder: keras.Sequential
    likelihood: Likelihood
    validation_pixels: NDArray[np.uint8]
    history: list[dict[str, float]] = field(default_factory=list)
    ended: str = "epochs"


def train(
    spec: TrainingSpec,
    dataset: Dataset,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    checkpoints: Checkpoints | None = None,
    strategy: tf.distribute.Strategy | None = None,
    seconds_before: float = 0.0,
    asked: Callable[[], Ask | None] = lambda: None,
    observer: Observer | None = None,
) -> TrainingRun:
    """Train the network of ``spec`` on the training split, less a validation part.

    Deterministic on one machine for a given spec without ``minutes`` (and without an "auto"
    precision where the processor has AMX, since that is chosen by a measurement). With
    ``checkpoints`` it goes on from the one that is there, and keeps its own. ``seconds_before``
    count against the budget of ``minutes``. ``asked`` is asked after every call of steps: "stop"
    leaves, "finish" ends the run as if its budget were used up. ``observer`` looks on between epochs.

    Raises ValueError for an unknown network, images that are too few, too small or all the same,
    and a run that diverges (DivergedError; the last good checkpoint stays); KeyboardInterrupt when
    stopped, after a checkpoint.
    """
    spec.check_network()
    pixels = dataset.train.pixels
    check_images(pixels)
    generator = np.random.default_rng(spec.seed)
    training, validation = split_validation(pixels, spec.validation_fraction, generator)
    step = build_step(spec, dataset.input_shape, training, strategy)
    trainer = Trainer(spec, step, training, validation, checkpoints, seconds_before, asked, observer)
    state = trainer.run(on_progress or (lambda progress: None))
    encoder, decoder = in_float32(step, dataset.input_shape)
    likelihood = spec.likelihood.model_copy(update={"variance": step.variance})
    return TrainingRun(spec, encoder, decoder, likelihood, validation, state.history, state.ended or "epochs")
