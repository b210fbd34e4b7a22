"""The update, compiled: gathers bytes from one in-memory tensor and takes many steps a call.

Python is entered once for about fifty steps; images are cast to float32 inside the graph.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from numpy.typing import NDArray

from vae_core.specs import TrainingSpec
from vae_core.training import objectives

STEPS_PER_CALL = 50
LOSS_NAMES = ("loss", "reconstruction_loss", "kl_loss")


class TrainingStep:
    """Owns the encoder, the decoder and the optimiser; ``run`` trains, ``evaluate`` measures.

    Noise is drawn from the seed and the step's number, so that a step does the same whenever it
    is taken.
    """

    def __init__(
        self, spec: TrainingSpec, encoder: keras.Model, decoder: keras.Model, total_steps: int, compiles: bool
    ) -> None:
        self.spec, self.encoder, self.decoder = spec, encoder, decoder
        rate: float | keras.optimizers.schedules.LearningRateSchedule = spec.learning_rate
        if spec.learning_rate_decay == "cosine":
            rate = keras.optimizers.schedules.CosineDecay(spec.learning_rate, total_steps)
        self.optimizer = keras.optimizers.Adam(rate)
        self.variables = encoder.trainable_variables + decoder.trainable_variables
        self.optimizer.build(self.variables)
        self._run = tf.function(self._run_steps, jit_compile=compiles)
        self._evaluate = tf.function(self._losses, jit_compile=False)

    def run(self, pixels: tf.Tensor, order: NDArray[np.int32], first_step: int) -> NDArray[np.float32]:
        """Take one step for each row of ``order`` (steps, batch_size), indices into ``pixels``.

        Returns the mean of (loss, reconstruction_loss, kl_loss) over the steps, nats per image.
        """
        return self._run(pixels, tf.constant(order), tf.constant(first_step)).numpy() / len(order)

    def evaluate(self, pixels: tf.Tensor) -> NDArray[np.float32]:
        """The same three losses, on images that take no part in the updates; fixed noise."""
        total = np.zeros(len(LOSS_NAMES))
        for start in range(0, len(pixels), 1024):
            batch = pixels[start : start + 1024]
            total += self._evaluate(batch, tf.constant(-1 - start), False).numpy() * len(batch)
        return (total / len(pixels)).astype(np.float32)

    def _run_steps(self, pixels: tf.Tensor, order: tf.Tensor, first_step: tf.Tensor) -> tf.Tensor:
        total = tf.zeros(len(LOSS_NAMES))
        for index in tf.range(tf.shape(order)[0]):
            batch = tf.gather(pixels, order[index])
            with tf.GradientTape() as tape:
                losses = self._losses(batch, first_step + index, True)
                loss = losses[0]
            self.optimizer.apply(tape.gradient(loss, self.variables), self.variables)
            total += losses
        return total

    def _losses(self, batch: tf.Tensor, step: tf.Tensor, training: bool) -> tf.Tensor:
        images = tf.cast(batch, tf.float32) / 255.0
        encoded = self.encoder(images, training=training)
        if self.spec.family == "autoencoder":
            z, kl = encoded, tf.constant(0.0)
        else:
            z_mean, z_log_var = encoded
            noise = tf.random.stateless_normal(tf.shape(z_mean), seed=tf.stack([self.spec.seed, step]))
            z = z_mean + tf.exp(0.5 * z_log_var) * noise
            kl = ops.mean(ops.sum(objectives.kl_per_dimension(z_mean, z_log_var), axis=1))
        outputs = self.decoder(z, training=training)
        error = ops.mean(objectives.reconstruction(self.spec.likelihood, images, outputs))
        return tf.stack([error + self.spec.beta * kl, error, kl])


def plan_epoch(images: int, batch_size: int, generator: np.random.Generator) -> list[NDArray[np.int32]]:
    """A random order of the images cut into calls of equal length, each (steps, batch_size).

    Equal lengths spare a second compilation; the few images left over take part in other epochs.
    """
    steps = images // batch_size
    calls = -(-steps // STEPS_PER_CALL)
    steps = steps // calls * calls
    order = generator.permutation(images)[: steps * batch_size].astype(np.int32)
    return np.split(order.reshape(steps, batch_size), calls)
