"""Model folders of a few weights, written without Keras, whose answers are known by hand."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from vae_core.models.folder import Latents, ModelFolder, pack_latents, write_folder

SHAPE = (2, 2, 1)
WEIGHTS = np.array([[0.10, 0.00, -0.05, 0.02], [0.00, 0.08, 0.05, -0.03]], np.float32)
OFFSET = np.array([0.5, 0.4, 0.6, 0.5], np.float32)
VARIANCE = 0.01


def true_posterior():
    """Precision-weighted answer of the linear Gaussian model: gain (4, 2), diagonal-free covariance."""
    precision = np.eye(2) + WEIGHTS @ WEIGHTS.T / VARIANCE
    covariance = np.linalg.inv(precision)
    return WEIGHTS.T @ covariance / VARIANCE, covariance


def graph(name, nodes, inputs, outputs, weights):
    """An ONNX model as bytes."""
    made = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(key, TensorProto.FLOAT, ["n", *shape]) for key, shape in inputs],
        [helper.make_tensor_value_info(key, TensorProto.FLOAT, ["n", *shape]) for key, shape in outputs],
        [numpy_helper.from_array(value, key) for key, value in weights.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return model.SerializeToString()


def decoder_bytes():
    return graph(
        "decoder",
        [
            helper.make_node("Gemm", ["z", "w", "b"], ["flat"]),
            helper.make_node("Reshape", ["flat", "shape"], ["images"]),
        ],
        [("z", [2])],
        [("images", list(SHAPE))],
        {"w": WEIGHTS, "b": OFFSET, "shape": np.array([-1, *SHAPE], np.int64)},
    )


def encoder_bytes(log_var, with_log_var=True):
    gain, _ = true_posterior()
    nodes = [
        helper.make_node("Flatten", ["images"], ["flat"]),
        helper.make_node("Sub", ["flat", "b"], ["centred"]),
        helper.make_node("MatMul", ["centred", "gain"], ["z_mean"]),
        helper.make_node("Mul", ["z_mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "log_var"], ["z_log_var"]),
    ]
    outputs = [("z_mean", [2]), ("z_log_var", [2])] if with_log_var else [("z_mean", [2])]
    return graph(
        "encoder",
        nodes if with_log_var else nodes[:3],
        [("images", list(SHAPE))],
        outputs,
        {
            "b": OFFSET,
            "gain": gain.astype(np.float32),
            "zero": np.zeros(1, np.float32),
            "log_var": np.asarray(log_var, np.float32),
        },
    )


def spec_values(name="tiny", family="vae", **changes):
    training = {"dataset": "digits", "network": "dense", "latent_dim": 2, "family": family}
    values = {
        "name": name,
        "family": family,
        "likelihood": {"kind": "gaussian", "variance": VARIANCE},
        "input_shape": SHAPE,
        "latent_dim": 2,
        "dataset": "digits",
        "class_names": tuple("0123456789"),
        "training": training,
    }
    return {**values, **changes}


def folder_files(family="vae", rows=20):
    rng = np.random.default_rng(0)
    codes = rng.standard_normal((rows, 2)).astype(np.float32)
    is_vae = family == "vae"
    _, covariance = true_posterior()
    log_var = np.log(np.diag(covariance))
    latents = Latents(
        codes, np.zeros_like(codes) if is_vae else None, np.arange(rows) % 10, np.arange(rows, dtype=np.int64)
    )
    return {
        "encoder.onnx": encoder_bytes(log_var, with_log_var=is_vae),
        "decoder.onnx": decoder_bytes(),
        "latents.npz": pack_latents(latents),
        "metrics.json": b'{"test": {"neg_elbo": 1.5, "mse": 0.01}, "command": "by hand"}',
        "card.md": b"# tiny\n",
    }


def write_tiny(path: Path, family="vae", files=None, **changes) -> ModelFolder:
    """A linear Gaussian model of 2 dimensions and 2×2 pixels at ``path``."""
    contents = files if files is not None else folder_files(family)
    return write_folder(path, spec_values(path.name, family, **changes), contents)


def reload_graph(content: bytes) -> onnx.ModelProto:
    return onnx.load_model_from_string(content)


def write_constant(path: Path, latent_dim: int) -> ModelFolder:
    """A model of any latent dimension whose picture grows brighter with the mean of z."""
    decoder = graph(
        "decoder",
        [
            helper.make_node("MatMul", ["z", "mean"], ["flat"]),
            helper.make_node("Sigmoid", ["flat"], ["grey"]),
            helper.make_node("Reshape", ["grey", "shape"], ["images"]),
        ],
        [("z", [latent_dim])],
        [("images", list(SHAPE))],
        {
            "mean": np.full((latent_dim, 4), 1 / latent_dim, np.float32),
            "shape": np.array([-1, *SHAPE], np.int64),
        },
    )
    codes = np.random.default_rng(0).standard_normal((30, latent_dim)).astype(np.float32)
    latents = Latents(codes, np.zeros_like(codes), np.arange(30) % 10, np.arange(30, dtype=np.int64))
    files = {**folder_files(), "decoder.onnx": decoder, "latents.npz": pack_latents(latents)}
    values = spec_values(path.name, latent_dim=latent_dim)
    values["training"] = {**values["training"], "latent_dim": latent_dim}
    return write_folder(path, values, files)
