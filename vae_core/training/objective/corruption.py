"""Pictures spoiled on purpose, for a network that learns to mend them (Vincent et al. 2010, section 3.4).

Noise is drawn from a seed, so that a step does the same whenever it is taken. Pixels stay in [0, 1].
"""

import tensorflow as tf

from vae_core.specs import TrainingSpec


def corrupted(spec: TrainingSpec, images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """``images`` as ``spec.corruption`` spoils them; ``seed`` holds two whole numbers.

    gaussian: noise of standard deviation ``corruption_amount``, cut to [0, 1]; masking: that share
    of the pixels is black; salt-and-pepper: that share is black or white, half of it each.
    """
    amount = spec.corruption_amount
    if spec.corruption == "gaussian":
        noise = tf.random.stateless_normal(tf.shape(images), seed)
        return tf.clip_by_value(images + amount * noise, 0.0, 1.0)
    if spec.corruption in ("masking", "salt-and-pepper"):
        draw = tf.random.stateless_uniform(tf.shape(images), seed)
        white = tf.cast(draw < amount / 2, images.dtype) if spec.corruption == "salt-and-pepper" else 0.0
        return tf.where(draw < amount, tf.zeros_like(images) + white, images)
    return images
