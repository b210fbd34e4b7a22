"""Linear models of real data sets, written without Keras: codes and pictures follow from two matrices."""

from pathlib import Path

import numpy as np
from onnx import helper

from tests.support.tiny_models import graph
from vae_core.base.arrays import unit_images
from vae_core.base.home import models_folder
from vae_core.datasets import load_dataset
from vae_core.models.folder import Latents, pack_latents, write_folder
from vae_core.models.model import LatentModel

LOG_VAR = -1.5
VARIANCE = 0.25


class Linear:
    """z = W x, and the picture 1 / (1 + exp(-V z)), of images of ``shape``."""

    def __init__(self, shape, latent_dim=2, seed=0, scale=1.0):
        generator = np.random.default_rng(seed)
        pixels = int(np.prod(shape))
        self.shape, self.latent_dim = shape, latent_dim
        self.into = (scale * generator.standard_normal((pixels, latent_dim)) / pixels**0.5).astype(np.float32)
        self.out = generator.standard_normal((latent_dim, pixels)).astype(np.float32)

    def encode(self, pixels):
        return unit_images(pixels).reshape(len(pixels), len(self.into)) @ self.into

    def decode(self, z):
        return (1 / (1 + np.exp(-np.asarray(z, np.float64) @ self.out))).reshape(-1, *self.shape)

    def graphs(self, is_vae):
        nodes = [
            helper.make_node("Flatten", ["images"], ["flat"]),
            helper.make_node("MatMul", ["flat", "into"], ["z_mean"]),
            helper.make_node("Mul", ["z_mean", "zero"], ["nothing"]),
            helper.make_node("Add", ["nothing", "log_var"], ["z_log_var"]),
        ]
        outputs = [("z_mean", [self.latent_dim]), ("z_log_var", [self.latent_dim])]
        encoder = graph(
            "encoder",
            nodes if is_vae else nodes[:2],
            [("images", list(self.shape))],
            outputs if is_vae else outputs[:1],
            {"into": self.into, "zero": np.zeros(1, np.float32), "log_var": np.array([LOG_VAR], np.float32)},
        )
        decoder = graph(
            "decoder",
            [
                helper.make_node("MatMul", ["z", "out"], ["flat"]),
                helper.make_node("Sigmoid", ["flat"], ["grey"]),
                helper.make_node("Reshape", ["grey", "shape"], ["images"]),
            ],
            [("z", [self.latent_dim])],
            [("images", list(self.shape))],
            {"out": self.out, "shape": np.array([-1, *self.shape], np.int64)},
        )
        return encoder, decoder


def write_linear(
    name,
    dataset="mnist",
    family="vae",
    path: Path | None = None,
    linear=None,
    latent_dim=2,
    rows=None,
    **training,
):
    """A model in the home (or at ``path``); its codes are of the test split, or of its first ``rows``."""
    test = load_dataset(dataset, training.get("classes"), training.get("images_per_class")).test
    linear = linear or Linear(test.pixels.shape[1:], latent_dim)
    count = len(test) if rows is None else rows
    z_mean = linear.encode(test.pixels[:count])
    is_vae = family == "vae"
    latents = Latents(
        z_mean, np.full_like(z_mean, LOG_VAR) if is_vae else None, test.labels[:count], np.arange(count)
    )
    encoder, decoder = linear.graphs(is_vae)
    values = {
        "name": name,
        "family": family,
        "likelihood": {"kind": "gaussian", "variance": VARIANCE},
        "input_shape": linear.shape,
        "latent_dim": linear.latent_dim,
        "dataset": dataset,
        "class_names": ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
        "training": {
            "dataset": dataset,
            "network": "dense",
            "latent_dim": linear.latent_dim,
            "family": family,
            **training,
        },
    }
    files = {
        "encoder.onnx": encoder,
        "decoder.onnx": decoder,
        "latents.npz": pack_latents(latents),
        "metrics.json": b'{"test": {}, "command": "by hand"}',
        "card.md": b"# linear\n",
    }
    return LatentModel(write_folder(path or models_folder() / name, values, files))
