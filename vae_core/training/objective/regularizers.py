"""The second term of the loss: what the code may cost, in nats per image.

A regularizer takes the KL of each dimension, averaged over the batch, (latent_dim,), a weight and
a capacity, and returns one number. Where several devices share a batch, each applies it to its
own part. Another is one more function and one line in ``regularizer_of``.
"""

from collections.abc import Callable

from keras import KerasTensor, ops

from vae_core.specs import TrainingSpec

Regularizer = Callable[[KerasTensor, KerasTensor, KerasTensor], KerasTensor]


def weighted_kl(kl: KerasTensor, weight: KerasTensor, capacity: KerasTensor) -> KerasTensor:
    """β Σ KL_j (Higgins et al. 2017, equation 4)."""
    return weight * ops.sum(kl)


def capacity_kl(kl: KerasTensor, weight: KerasTensor, capacity: KerasTensor) -> KerasTensor:
    """γ |Σ KL_j - C| (Burgess et al. 2018, equation 8)."""
    return weight * ops.abs(ops.sum(kl) - capacity)


def free_bits_kl(free_bits: float) -> Regularizer:
    """β Σ max(λ, KL_j), λ = ``free_bits`` in nats (Kingma et al. 2016, equation 15, one group each)."""

    def regularizer(kl: KerasTensor, weight: KerasTensor, capacity: KerasTensor) -> KerasTensor:
        return weight * ops.sum(ops.maximum(kl, free_bits))

    return regularizer


def regularizer_of(spec: TrainingSpec) -> Regularizer:
    """The one that ``spec`` asks for."""
    if spec.capacity is not None:
        return capacity_kl
    return free_bits_kl(spec.free_bits) if spec.free_bits else weighted_kl
