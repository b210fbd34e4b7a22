"""A finished run becomes a model folder: graphs, player, codes, figures, card."""

import contextlib
import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from vae_core.base.arrays import unit_images
from vae_core.base.home import replace_file
from vae_core.datasets import DATASETS, Dataset
from vae_core.families.posterior import Posterior
from vae_core.metrics.bound import kl_per_dimension, negative_log_likelihood
from vae_core.metrics.evaluation import evaluate
from vae_core.models.folder import KERAS_FILE, Latents, ModelFolder, pack_latents, write_folder
from vae_core.models.model import LatentModel
from vae_core.specs import Likelihood, ModelSpec
from vae_core.training.export.folding import Float16RangeError, folded
from vae_core.training.export.onnx import decoder_onnx, encoder_onnx
from vae_core.training.export.player import NoKernelError, player_files
from vae_core.training.loop.runs import TrainingRun

FLOAT16_BOUND_SHIFT = 0.1
MAXIMUM_CODES = 10_000
MAXIMUM_CODE_BYTES = 3_900_000


@dataclass(frozen=True)
class _Draft:
    """The runnable part of a folder, tried before the folder is published."""

    spec_values: dict[str, Any]
    files: dict[str, bytes]
    model: LatentModel


def export_model(
    run: TrainingRun, dataset: Dataset, name: str, path: Path, keep_keras: bool = True
) -> ModelFolder:
    """Write the whole model folder at ``path`` and return it, checked.

    Weights are stored as float16 unless that moves the bound by more than 0.1 nat; figures are
    measured on the test split with the exported graphs. Raises ValueError if ``path`` exists or
    cannot be written.
    """
    command = run.spec.command(name)
    with tempfile.TemporaryDirectory() as temporary:
        draft = _smallest_draft(run, dataset, name, Path(temporary))
        test = evaluate(draft.model, dataset)
        metrics = {"test": test, "history": run.history, "command": command}
        files = draft.files | {
            "latents.npz": pack_latents(_held_out_codes(draft.model, dataset)),
            "metrics.json": (json.dumps(metrics, indent=1) + "\n").encode(),
            "card.md": _card(draft.model.spec, dataset, test, command).encode(),
        }
        if keep_keras:
            files[KERAS_FILE] = _keras_file(run, Path(temporary))
    return write_folder(path, draft.spec_values, files)


def _smallest_draft(run: TrainingRun, dataset: Dataset, name: str, folder: Path) -> _Draft:
    """Weights as float16, or as float32 where half precision cannot hold them or moves the bound."""
    with contextlib.suppress(Float16RangeError):
        draft = _draft(run, dataset, name, folder, half=True)
        if _bound_shift(run, draft.model) <= FLOAT16_BOUND_SHIFT:
            return draft
    return _draft(run, dataset, name, folder, half=False)


def _draft(run: TrainingRun, dataset: Dataset, name: str, folder: Path, half: bool) -> _Draft:
    activation = output_activation(run.likelihood)
    decoder = folded(run.decoder, activation, rounded=half)
    files = {
        "encoder.onnx": encoder_onnx(run.encoder, half),
        "decoder.onnx": decoder_onnx(decoder, half),
    }
    if half:
        # Without player files the app decodes this model on the server.
        with contextlib.suppress(NoKernelError):
            files |= player_files(decoder)
    for file, content in files.items():
        replace_file(folder / file, content)
    spec_values = {
        "name": name,
        "family": run.spec.family,
        "likelihood": run.likelihood,
        "input_shape": dataset.input_shape,
        "latent_dim": run.spec.latent_dim,
        "dataset": dataset.name,
        "class_names": dataset.class_names,
        "training": run.spec,
    }
    hashes = {file: hashlib.sha256(content).hexdigest() for file, content in files.items()}
    spec = ModelSpec.checked({**spec_values, "files": hashes})
    return _Draft(spec_values, files, LatentModel(ModelFolder(folder, spec)))


def output_activation(likelihood: Likelihood) -> str | None:
    """What turns the decoder's output into the mean: sigmoid for a Bernoulli, nothing for a Gaussian."""
    return "sigmoid" if likelihood.kind == "bernoulli" else None


def _bound_shift(run: TrainingRun, model: LatentModel) -> float:
    """How far storing weights as float16 moves the bound of 1,000 validation images, nats per image."""
    images = unit_images(run.validation_pixels[:1000])
    outputs = run.encoder.predict(images, verbose=0)
    exact = Posterior(outputs, None) if run.spec.family == "autoencoder" else Posterior(*outputs)
    outputs = run.decoder.predict(exact.sample(0), verbose=0)
    is_bernoulli = run.likelihood.kind == "bernoulli"
    exact_means = np.asarray(keras.ops.sigmoid(outputs)) if is_bernoulli else outputs
    stored = model.encode(images)
    likelihood = run.likelihood
    difference = _negative_elbo(images, stored, model.decode(stored.sample(0)), likelihood)
    difference -= _negative_elbo(images, exact, np.clip(exact_means, 0, 1), likelihood)
    return abs(difference)


def _negative_elbo(
    images: NDArray[np.float32], posterior: Posterior, means: NDArray[np.float32], likelihood: Likelihood
) -> float:
    bound = float(np.mean(negative_log_likelihood(images, means, likelihood)))
    if posterior.z_log_var is not None:
        bound += float(np.mean(kl_per_dimension(posterior).sum(axis=1)))
    return bound


def _held_out_codes(model: LatentModel, dataset: Dataset) -> Latents:
    """Codes of as many test images as the format allows, in the order of the split."""
    per_row = 2 * model.latent_dim * (1 if model.spec.family == "autoencoder" else 2) + 6
    rows = min(len(dataset.test), MAXIMUM_CODES, MAXIMUM_CODE_BYTES // per_row)
    posterior = model.encode(unit_images(dataset.test.pixels[:rows]))
    labels = dataset.test.labels[:rows]
    return Latents(posterior.z_mean, posterior.z_log_var, labels, np.arange(rows, dtype=np.int64))


def _keras_file(run: TrainingRun, folder: Path) -> bytes:
    """Images -> (reconstruction of the mean, code outputs), of stock layers: loads with Keras alone."""
    images = keras.Input(run.encoder.input_shape[1:], name="images")
    codes = run.encoder(images)
    mean = codes if run.spec.family == "autoencoder" else codes[0]
    outputs = run.decoder(mean)
    activation = output_activation(run.likelihood)
    reconstruction = keras.layers.Activation(activation, name="reconstruction")(outputs)
    named = {"reconstruction": reconstruction, "z_mean": mean}
    if run.spec.family == "vae":
        named["z_log_var"] = codes[1]
    path = folder / KERAS_FILE
    keras.Model(images, named, name="autoencoder").save(path)
    return path.read_bytes()


def _card(spec: ModelSpec, dataset: Dataset, test: dict[str, Any], command: str) -> str:
    """What a reader should know before using the model: data, licence, figures, limits."""
    source = DATASETS.get(spec.dataset)
    about = f"{source.title}; licence: {source.licence}" if source else spec.dataset
    height, width, channels = spec.input_shape
    lines = [
        f"# {spec.name}",
        "",
        f"A {spec.latent_dim}-dimensional {spec.family} (network `{spec.training.network}`) for images of "
        f"{height}×{width}×{channels}.",
        "",
        f"- Data: {about}. Trained on the training split less "
        f"{spec.training.validation_fraction:.0%} for validation; the test split was only measured."
        + "".join(f" Note: {note}." for note in dataset.notes),
        f"- Figures on {test['images']:,} test images, nats per image, one posterior sample: "
        + ", ".join(f"{key} {test[key]:.4g}" for key in FIGURES_OF_CARD if test[key] is not None)
        + ".",
        f"- Seed {spec.training.seed}. Made by `{command}`.",
        "- Limits: it draws blurred averages of what it was trained on; a picture decoded far from the "
        f"codes of real images shows nothing that exists. {_reading_of_figures(spec)}",
        "",
    ]
    return "\n".join(lines)


def _reading_of_figures(spec: ModelSpec) -> str:
    """What the nats of this model mean, and what they do not."""
    if spec.training.corruption != "none":
        return (
            "It was trained to mend corrupted pictures: figures are those of clean input, and no bound "
            "of the corrupted one."
        )
    if spec.likelihood.variance is not None:
        return (
            f"Pixels are scored as a Gaussian density of variance {spec.likelihood.variance:.4g}, which may "
            "exceed 1: negative nats are no mistake, and compare only under the same variance."
        )
    return (
        "Grey pixels are scored as Bernoulli probabilities: figures compare models of this project "
        "with each other, not with likelihoods of binary images."
    )


FIGURES_OF_CARD = ("neg_elbo", "reconstruction", "kl", "mse", "nll_iwae")
