"""Images a second of training: this project's step, plain Keras ``fit``, and PyTorch eager.

The same networks on the same MNIST images, in float32, each in a process of its own with the same
cores. "The text's way" is ``keras.Model.fit`` at the text's batch size. The share of the peak is
that of the machine's own matrix product, measured in the same run; multiply-adds of an update are
three times those of the forward pass.

    VAE_CORE_DATA=... python -m benchmarks.training     (PyTorch: pip install torch)
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.table import print_table

SECONDS = 12.0
IMAGES = 20_000
FIT_IMAGES = 10_000
NETWORKS = ("dense-256", "chollet-conv", "strided-conv")
TEXT_BATCH = {"dense-256": 100, "chollet-conv": 16, "strided-conv": 128}
# Larger batches fall out of the cache with convolutions.
OUR_BATCH = {"dense-256": 512, "chollet-conv": 256, "strided-conv": 256}
FLOPS_PER_MULTIPLY_ADD = 2
PASSES = 3


def pixels() -> np.ndarray:
    from vae_core import load_dataset

    return load_dataset("mnist").train.pixels[:IMAGES]


def images_a_second(take: Callable[[], int]) -> float:
    """``take`` trains on some images and returns how many; the first call warms up."""
    take()
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < SECONDS:
        done += take()
    return done / (time.perf_counter() - started)


def ours(network: str, batch: int) -> dict[str, float]:
    import tensorflow as tf

    from vae_core.specs import TrainingSpec
    from vae_core.training.loop.assembly import build_step
    from vae_core.training.loop.devices import choose_threads
    from vae_core.training.loop.steps import StepValues, plan_epoch

    choose_threads()
    data = pixels()
    spec = TrainingSpec.checked({"network": network, "batch_size": batch, "precision": "float32"})
    step = build_step(spec, (28, 28, 1), data)
    tensor, generator = tf.constant(data), np.random.default_rng(0)

    def take() -> int:
        order = plan_epoch(len(data), batch, generator, step.steps_per_call(batch, 784))[0]
        step.run(tensor, order, StepValues.at(spec, np.zeros(len(order), np.float32)), 0)
        return order.size

    speed = images_a_second(take)
    return {"speed": speed, "multiply_adds": multiply_adds(step.encoder) + multiply_adds(step.decoder)}


def multiply_adds(network) -> int:
    """Of one forward pass of one image."""
    from keras import layers

    total = 0
    for layer in network.layers:
        if isinstance(layer, layers.Dense):
            total += layer.kernel.shape[0] * layer.kernel.shape[1]
        elif isinstance(layer, layers.Conv2DTranspose):
            total += int(np.prod(layer.kernel.shape)) * int(np.prod(layer.input.shape[1:3]))
        elif isinstance(layer, layers.Conv2D):
            total += int(np.prod(layer.kernel.shape)) * int(np.prod(layer.output.shape[1:3]))
    return total


def plain_keras(network: str, batch: int) -> dict[str, float]:
    """The way of the texts: a subclassed model, its own loss, ``fit`` over float images."""
    import keras
    from keras import ops

    import vae_core.training  # noqa: F401  (chooses the backend)
    from vae_core.specs import TrainingSpec
    from vae_core.training.networks import build_decoder, build_encoder

    spec = TrainingSpec.checked({"network": network})

    class PlainVAE(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = build_encoder(spec, (28, 28, 1))
            self.decoder = build_decoder(spec, (28, 28, 1))
            self.noise = keras.random.SeedGenerator(0)

        def call(self, images):
            mean, log_var = self.encoder(images)
            noise = keras.random.normal(ops.shape(mean), seed=self.noise)
            return self.decoder(mean + ops.exp(0.5 * log_var) * noise), mean, log_var

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            logits, mean, log_var = y_pred
            error = ops.sum(ops.softplus(logits) - x * logits, axis=(1, 2, 3))
            kl = -0.5 * ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), axis=1)
            return ops.mean(error + spec.beta * kl)

    model = PlainVAE()
    optimizers = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}
    # jit_compile stays at Keras' own choice, "auto".
    model.compile(optimizer=optimizers[spec.optimizer](1e-3))
    images = pixels().astype(np.float32) / 255
    epoch = images[: FIT_IMAGES // batch * batch]
    model.fit(images[: 10 * batch], batch_size=batch, epochs=1, verbose=0)

    def take() -> int:
        model.fit(epoch, batch_size=batch, epochs=1, verbose=0)
        return len(epoch)

    return {"speed": images_a_second(take)}


def torch_eager(network: str, batch: int) -> dict[str, float]:
    import torch
    from torch import nn

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    flat = nn.Flatten()
    relu = nn.ReLU
    if network == "dense-256":
        encoder = nn.Sequential(flat, nn.Linear(784, 256), relu())
        width = 256
        decoder = nn.Sequential(nn.Linear(2, 256), relu(), nn.Linear(256, 784), nn.Unflatten(1, (1, 28, 28)))
    elif network == "chollet-conv":
        encoder = nn.Sequential(
            *(nn.Conv2d(1, 32, 3, padding=1), relu(), nn.Conv2d(32, 64, 3, stride=2, padding=1), relu()),
            *(nn.Conv2d(64, 64, 3, padding=1), relu(), nn.Conv2d(64, 64, 3, padding=1), relu()),
            *(flat, nn.Linear(14 * 14 * 64, 32), relu()),
        )
        width = 32
        decoder = nn.Sequential(
            *(nn.Linear(2, 14 * 14 * 64), relu(), nn.Unflatten(1, (64, 14, 14))),
            *(nn.ConvTranspose2d(64, 32, 3, stride=2, padding=1, output_padding=1), relu()),
            nn.Conv2d(32, 1, 3, padding=1),
        )
    else:
        encoder = nn.Sequential(
            *(nn.Conv2d(1, 32, 3, stride=2, padding=1), relu(), nn.Conv2d(32, 64, 3, stride=2, padding=1)),
            *(relu(), nn.Conv2d(64, 64, 3, stride=2, padding=1), relu()),
            *(flat, nn.Linear(4 * 4 * 64, 256), relu()),
        )
        width = 256
        decoder = nn.Sequential(
            *(nn.Linear(2, 256), relu(), nn.Linear(256, 7 * 7 * 64), relu(), nn.Unflatten(1, (64, 7, 7))),
            *(nn.ConvTranspose2d(64, 64, 3, stride=2, padding=1, output_padding=1), relu()),
            *(nn.ConvTranspose2d(64, 64, 3, stride=2, padding=1, output_padding=1), relu()),
            nn.ConvTranspose2d(64, 1, 3, padding=1),
        )
    mean_head, log_var_head = nn.Linear(width, 2), nn.Linear(width, 2)
    parts = nn.ModuleList([encoder, decoder, mean_head, log_var_head])
    kind = torch.optim.Adam if network == "strided-conv" else torch.optim.RMSprop
    optimizer = kind(parts.parameters(), lr=1e-3)
    images = torch.from_numpy(pixels()[..., 0][:, None].astype(np.float32) / 255)

    def take() -> int:
        for rows in torch.randperm(len(images))[: 40 * batch].split(batch):
            x = images[rows]
            hidden = encoder(x)
            mean, log_var = mean_head(hidden), log_var_head(hidden)
            z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
            logits = decoder(z)
            error = nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
            kl = -0.5 * torch.sum(1 + log_var - mean**2 - log_var.exp())
            loss = (error + kl) / len(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return min(40 * batch, len(images))

    return {"speed": images_a_second(take)}


def peak(network: str, batch: int) -> dict[str, float]:
    """Multiply-adds a second of a product of two 2,048 × 2,048 float32 matrices."""
    import tensorflow as tf

    import vae_core.training  # noqa: F401

    a = tf.random.normal((2048, 2048))
    tf.linalg.matmul(a, a).numpy()
    started = time.perf_counter()
    for _ in range(30):
        tf.linalg.matmul(a, a).numpy()
    return {"speed": 30 * 2048**3 / (time.perf_counter() - started)}


KINDS = {"ours": ours, "keras": plain_keras, "torch": torch_eager, "peak": peak}


def measured(kind: str, network: str = "", batch: int = 0) -> dict[str, float]:
    """One measurement in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.training", kind, network, str(batch)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    if len(sys.argv) > 1:
        kind, network, batch = sys.argv[1:]
        print(json.dumps(KINDS[kind](network, int(batch))))
        return
    best = measured("peak")["speed"]
    rows = []
    for network in NETWORKS:
        batch = TEXT_BATCH[network]
        text = measured("keras", network, batch)["speed"]
        larger = OUR_BATCH[network]
        same, large = (measured("ours", network, size) for size in (batch, larger))
        torch = measured("torch", network, larger)["speed"]
        share = large["speed"] * large["multiply_adds"] * PASSES / best
        rows.append(
            [
                network,
                f"{text:,.0f} (batch {batch})",
                f"{same['speed']:,.0f} ({same['speed'] / text:.1f}×)",
                f"{large['speed']:,.0f} (batch {larger}: {large['speed'] / text:.1f}×)",
                f"{torch:,.0f} ({large['speed'] / torch:.2f}×)",
                f"{share:.0%}",
            ]
        )
    header = ["network", "rival: plain fit, images/s", "ours, the same batch", "ours, a larger batch"]
    header += ["rival: PyTorch eager, the larger batch", "share of the matrix product's peak"]
    print_table(
        f"Training, float32; the peak is {best * FLOPS_PER_MULTIPLY_ADD / 1e9:,.0f} GFLOP/s", header, rows
    )


if __name__ == "__main__":
    main()
