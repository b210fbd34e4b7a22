"""Networks and step put together: seed, precision, devices."""

import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from vae_core.specs import Likelihood, TrainingSpec
from vae_core.training.loop.steps import StepValues, TrainingStep
from vae_core.training.networks import build_decoder, build_encoder, network_of
from vae_core.training.networks.network import Shape

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}
TRIAL_STEPS = 4


def build_step(
    spec: TrainingSpec,
    shape: Shape,
    training: NDArray[np.uint8] | NDArray[np.float32],
    strategy: tf.distribute.Strategy | None = None,
) -> TrainingStep:
    """A fresh step for ``spec``, weights drawn from its seed, in the precision that suits the machine."""
    precision: str = spec.precision
    if precision == "auto":
        precision = _faster_precision(spec, shape, training, strategy)
    step = _step(spec, shape, precision, strategy)
    if spec.output_bias == "mean":
        draw_the_mean(step.decoder, spec.likelihood, training)
    return step


def draw_the_mean(
    decoder: keras.Sequential, likelihood: Likelihood, training: NDArray[np.uint8] | NDArray[np.float32]
) -> None:
    """Set the last bias so that output 0 of the other weights is the mean of each channel, (n, …, c)."""
    mean = training.mean(axis=tuple(range(training.ndim - 1)), dtype=np.float64)
    if training.dtype == np.uint8:
        mean = mean / 255
    if likelihood.kind == "bernoulli":
        mean = np.log(np.clip(mean, 1e-3, 1 - 1e-3) / (1 - np.clip(mean, 1e-3, 1 - 1e-3)))
    last = next(layer for layer in reversed(decoder.layers) if layer.weights)
    kernel, bias = last.get_weights()
    last.set_weights([kernel, np.resize(mean, bias.shape).astype(np.float32)])


def in_float32(step: TrainingStep, shape: Shape) -> tuple[keras.Model, keras.Sequential]:
    """The step's networks computing in float32 on one device, as exports need them; weights are
    float32 anyway."""
    encoder, decoder = step.encoder, step.decoder
    if step.is_distributed or any(
        layer.compute_dtype != "float32" for layer in (*encoder.layers, *decoder.layers)
    ):
        encoder, decoder = build_encoder(step.spec, shape), build_decoder(step.spec, shape)
        encoder.set_weights(step.encoder.get_weights())
        decoder.set_weights(step.decoder.get_weights())
    return encoder, decoder


def _step(
    spec: TrainingSpec, shape: Shape, precision: str, strategy: tf.distribute.Strategy | None
) -> TrainingStep:
    keras.utils.set_random_seed(spec.seed)
    network, _ = network_of(spec, shape)
    # XLA draws random numbers slowly on processors: noise in the pixels costs more than it gains.
    noisy = spec.dropout > 0 or spec.corruption != "none"
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(POLICIES[precision])
    try:
        with strategy.scope() if strategy else tf.name_scope(""):
            encoder, decoder = build_encoder(spec, shape), build_decoder(spec, shape)
            return TrainingStep(spec, encoder, decoder, network.compiles and not noisy, strategy)
    finally:
        keras.config.set_dtype_policy(usual)


def _faster_precision(
    spec: TrainingSpec,
    shape: Shape,
    training: NDArray[np.uint8] | NDArray[np.float32],
    strategy: tf.distribute.Strategy | None,
) -> str:
    """bfloat16 where the processor multiplies it in hardware and a trial was faster, else float32.

    Dense networks gain too little, and short budgets would be eaten by the trial.
    """
    network, _ = network_of(spec, shape)
    short = spec.minutes is not None and spec.minutes < 3
    if network.compiles or short or strategy is not None or not has_bfloat16_hardware():
        return "float32"
    return min(POLICIES, key=lambda precision: _seconds(spec, shape, precision, training))


def _seconds(
    spec: TrainingSpec, shape: Shape, precision: str, training: NDArray[np.uint8] | NDArray[np.float32]
) -> float:
    """How long a few steps take, after one call that compiles."""
    step = _step(spec, shape, precision, None)
    pixels = tf.constant(training[: spec.batch_size])
    rows = np.tile(np.arange(len(pixels), dtype=np.int32), (TRIAL_STEPS, 1))
    values = StepValues.at(spec, np.zeros(TRIAL_STEPS, np.float32))
    step.run(pixels, rows, values, 0)
    started = time.perf_counter()
    step.run(pixels, rows, values, 0)
    return time.perf_counter() - started


def has_bfloat16_hardware(cpu_info: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor has AMX for bfloat16 (Linux says so; elsewhere the answer is no)."""
    try:
        return "amx_bf16" in cpu_info.read_text()
    except OSError:
        return False
