"""The update, compiled: gathers bytes from one in-memory tensor and takes many steps a call.

Python is entered once for about fifty steps; images are cast to float32 inside the graph. The same
step serves one device and many: each replica takes its rows of the batch, with the noise that one
device would have drawn for them.
"""

import math
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from numpy.typing import NDArray

from vae_core.specs import TrainingSpec
from vae_core.training.objective import objectives
from vae_core.training.objective.corruption import corrupted
from vae_core.training.objective.regularizers import regularizer_of
from vae_core.training.objective.schedules import capacities, kl_weights, learning_rates

STEPS_PER_CALL = 50
# A call should last a second or two, so that budgets, checkpoints and stopping are prompt: this many
# numbers of images with XLA (dense layers), and with convolutions.
COMPILED_VALUES_PER_CALL, VALUES_PER_CALL = 20_000_000, 3_000_000
LOSS_NAMES = ("loss", "reconstruction_loss", "kl_loss")
OPTIMIZERS = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}


@dataclass(frozen=True)
class StepValues:
    """What differs from step to step, each (steps,) float32."""

    learning_rates: NDArray[np.float32]
    kl_weights: NDArray[np.float32]
    capacities: NDArray[np.float32]

    @classmethod
    def at(cls, spec: TrainingSpec, shares: NDArray[np.float32], rate_factor: float = 1.0) -> "StepValues":
        """The values of ``spec`` at these shares of the run, the learning rate times ``rate_factor``."""
        rates = (rate_factor * learning_rates(spec, shares)).astype(np.float32)
        return cls(rates, kl_weights(spec, shares), capacities(spec, shares))


class TrainingStep:
    """Owns the encoder, the decoder and the optimiser; ``run`` trains, ``evaluate`` measures.

    Noise is drawn from the seed and the step's number, so that a step does the same whenever it
    is taken. Make it, and the networks, in the scope of ``strategy`` if there is one.
    """

    def __init__(
        self,
        spec: TrainingSpec,
        encoder: keras.Model,
        decoder: keras.Model,
        compiles: bool,
        strategy: tf.distribute.Strategy | None = None,
    ) -> None:
        self.spec, self.encoder, self.decoder, self._strategy = spec, encoder, decoder, strategy
        self._replicas = strategy.num_replicas_in_sync if strategy else 1
        self._regularizer = regularizer_of(spec)
        # Read while a step is traced: a variable assigned in the loop is more than XLA takes.
        self._rate: tf.Tensor | float = spec.learning_rate
        self.optimizer = OPTIMIZERS[spec.optimizer](
            lambda: self._rate, weight_decay=spec.weight_decay or None
        )
        self._trained = encoder.trainable_variables + decoder.trainable_variables
        self._log_variance = None
        if spec.likelihood.learned:
            start = math.log(spec.likelihood.variance or 1.0)
            self._log_variance = keras.Variable(start, name="log_variance")
            self._trained = [*self._trained, self._log_variance]
            self.optimizer.exclude_from_weight_decay(var_list=[self._log_variance])
        self.optimizer.build(self._trained)
        self._compiles = compiles
        self._run = tf.function(self._run_steps, jit_compile=compiles and strategy is None)
        self._evaluate = tf.function(self._losses, jit_compile=False)

    @property
    def variables(self) -> list[keras.Variable]:
        """All that changes during a run, in a fixed order: weights, statistics, the optimiser's slots."""
        own = [] if self._log_variance is None else [self._log_variance]
        return [*self.network_variables, *own, *self.optimizer.variables]

    @property
    def is_distributed(self) -> bool:
        """Whether several devices share the batches."""
        return self._strategy is not None

    @property
    def network_variables(self) -> list[keras.Variable]:
        """The encoder's and the decoder's variables."""
        return [*self.encoder.variables, *self.decoder.variables]

    def whole_batch(self, batch_size: int) -> int:
        """The largest batch up to ``batch_size`` that replicas can share evenly, at least one each."""
        return max(1, batch_size // self._replicas) * self._replicas

    def steps_per_call(self, batch_size: int, values: int) -> int:
        """Steps that ``run`` should take at once, for images of so many numbers; at least one."""
        limit = COMPILED_VALUES_PER_CALL if self._compiles else VALUES_PER_CALL
        return max(1, min(STEPS_PER_CALL, limit // (batch_size * values)))

    @property
    def variance(self) -> float | None:
        """The Gaussian's variance as it stands; None for a Bernoulli."""
        if self._log_variance is None:
            return self.spec.likelihood.variance
        return math.exp(float(ops.convert_to_numpy(self._log_variance)))

    def run(
        self, pixels: tf.Tensor, order: NDArray[np.int32], values: StepValues, first_step: int
    ) -> NDArray[np.float32]:
        """Take one step for each row of ``order`` (steps, batch_size), indices into ``pixels``.

        Returns the mean of (loss, reconstruction_loss, kl_loss) over the steps, nats per image.
        """
        per_step = np.stack([values.learning_rates, values.kl_weights, values.capacities], axis=1)
        total = self._run(pixels, tf.constant(order), tf.constant(per_step), tf.constant(first_step))
        return total.numpy() / len(order)

    def evaluate(self, pixels: tf.Tensor) -> NDArray[np.float32]:
        """The same three losses on images that take no part in the updates; fixed noise, full β."""
        end = StepValues.at(self.spec, np.ones(1, np.float32))
        weight, capacity = tf.constant(end.kl_weights[0]), tf.constant(end.capacities[0])
        total = np.zeros(len(LOSS_NAMES))
        for start in range(0, len(pixels), 1024):
            batch = pixels[start : start + 1024]
            losses = self._evaluate(batch, tf.constant(-1 - start), False, weight, capacity)
            total += losses.numpy() * len(batch)
        return (total / len(pixels)).astype(np.float32)

    def _run_steps(
        self, pixels: tf.Tensor, order: tf.Tensor, per_step: tf.Tensor, first_step: tf.Tensor
    ) -> tf.Tensor:
        total = tf.zeros(len(LOSS_NAMES))
        for index in tf.range(tf.shape(order)[0]):
            arguments = (pixels, order[index], first_step + index, per_step[index])
            if self._strategy is None:
                total += self._step(*arguments)
            else:
                losses = self._strategy.run(self._step, args=arguments)
                total += self._strategy.reduce("MEAN", losses, axis=None)
        return total

    def _step(self, pixels: tf.Tensor, rows: tf.Tensor, step: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
        batch = tf.gather(pixels, rows)
        self._rate = values[0]
        with tf.GradientTape() as tape:
            losses = self._losses(batch, step, True, values[1], values[2])
            # The optimiser adds up what the replicas found.
            loss = losses[0] / self._replicas
        self.optimizer.apply(tape.gradient(loss, self._trained), self._trained)
        return losses

    def _losses(
        self, batch: tf.Tensor, step: tf.Tensor, training: bool, weight: tf.Tensor, capacity: tf.Tensor
    ) -> tf.Tensor:
        images = self._mine(as_float(batch), training)
        spoiled = self._mine(
            corrupted(self.spec, as_float(batch), tf.stack([~self.spec.seed, step])), training
        )
        encoded = self.encoder(spoiled, training=training)
        if self.spec.family == "autoencoder":
            z, kl, penalty = encoded, tf.constant(0.0), tf.constant(0.0)
        else:
            z_mean, z_log_var = (tf.cast(part, tf.float32) for part in encoded)
            whole = tf.stack([tf.shape(batch)[0], tf.shape(z_mean)[1]])
            noise = tf.random.stateless_normal(whole, seed=tf.stack([self.spec.seed, step]))
            z = z_mean + tf.exp(0.5 * z_log_var) * self._mine(noise, training)
            kl_of_dimensions = ops.mean(objectives.kl_per_dimension(z_mean, z_log_var), axis=0)
            kl = ops.sum(kl_of_dimensions)
            penalty = self._regularizer(kl_of_dimensions, weight, capacity)
        outputs = tf.cast(self.decoder(z, training=training), tf.float32)
        log_variance = None if self._log_variance is None else ops.convert_to_tensor(self._log_variance)
        error = ops.mean(objectives.reconstruction(self.spec.likelihood, images, outputs, log_variance))
        return tf.stack([error + penalty, error, kl])

    def _mine(self, rows: tf.Tensor, training: bool) -> tf.Tensor:
        """The rows of this replica while training; all of them otherwise."""
        if self._replicas == 1 or not training:
            return rows
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        size = tf.shape(rows)[0] // self._replicas
        return rows[replica * size : (replica + 1) * size]


def as_float(rows: tf.Tensor) -> tf.Tensor:
    """Bytes as float32 in [0, 1]; numbers as they are."""
    return tf.cast(rows, tf.float32) / 255.0 if rows.dtype == tf.uint8 else rows


def plan_epoch(
    images: int, batch_size: int, generator: np.random.Generator, steps_per_call: int = STEPS_PER_CALL
) -> list[NDArray[np.int32]]:
    """A random order of the images cut into calls of equal length, each (steps, batch_size).

    Equal lengths spare a second compilation; the few images left over take part in other epochs.
    """
    steps = images // batch_size
    calls = -(-steps // steps_per_call)
    steps = steps // calls * calls
    order = generator.permutation(images)[: steps * batch_size].astype(np.int32)
    return np.split(order.reshape(steps, batch_size), calls)
