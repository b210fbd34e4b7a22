"""A trained model as everything but the trainer sees it: ``encode`` and ``decode`` on NumPy arrays."""

from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import as_codes, as_images
from vae_core.families.posterior import Posterior
from vae_core.models.folder import Latents, ModelFolder, ModelFolderError
from vae_core.models.sessions import CHUNK_ROWS, check_interface, open_session
from vae_core.specs import ModelSpec


class LatentModel:
    """An encoder and a decoder read from a model folder, run by ONNX Runtime.

    Safe to call from several threads. Any number of rows is taken; beside the result (and a
    float32 copy of an input of another type) memory is bounded by 64 rows at a time.
    """

    def __init__(self, folder: ModelFolder) -> None:
        self.folder = folder
        self._sessions: dict[str, onnxruntime.InferenceSession] = {}
        self._opening = Lock()

    def __repr__(self) -> str:
        return f"LatentModel({self.name!r}, latent_dim={self.latent_dim}, input_shape={self.input_shape})"

    @property
    def spec(self) -> ModelSpec:
        return self.folder.spec

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def latent_dim(self) -> int:
        return self.spec.latent_dim

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return self.spec.input_shape

    def encode(self, images: ArrayLike) -> Posterior:
        """Posterior of float images ``(n, height, width, channels)`` in [0, 1].

        Raises ValueError naming a wrong dtype, shape, NaN or range.
        """
        checked = as_images(images, self.input_shape)
        names = self._encoder_outputs
        session = self._session("encoder.onnx", "images", list(self.input_shape), names)
        outputs = [np.empty((len(checked), self.latent_dim), np.float32) for _ in names]
        for start in range(0, len(checked), CHUNK_ROWS):
            rows = slice(start, start + CHUNK_ROWS)
            parts = self._run("encoder.onnx", session, names, {"images": checked[rows]})
            for output, part in zip(outputs, parts, strict=True):
                output[rows] = part
        return Posterior(outputs[0], outputs[1] if len(outputs) > 1 else None)

    def decode(self, z: ArrayLike) -> NDArray[np.float32]:
        """Images ``(n, height, width, channels)``, float32 in [0, 1], the mean of p(x|z).

        ``z`` is ``(n, latent_dim)``. Raises ValueError naming a wrong dtype, shape or NaN.
        """
        checked = as_codes(z, self.latent_dim)
        session = self._session("decoder.onnx", "z", [self.latent_dim], ["images"])
        images = np.empty((len(checked), *self.input_shape), np.float32)
        for start in range(0, len(checked), CHUNK_ROWS):
            rows = slice(start, start + CHUNK_ROWS)
            images[rows] = self._run("decoder.onnx", session, ["images"], {"z": checked[rows]})[0]
        # A decoder with linear output (Gaussian likelihood) may leave the range of pixels.
        return np.clip(images, 0.0, 1.0, out=images)

    @cached_property
    def latents(self) -> Latents:
        """Codes of held-out images that ship with the model."""
        return self.folder.latents()

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """Figures on the test split, and the command that made them."""
        return self.folder.metrics()

    @property
    def _encoder_outputs(self) -> list[str]:
        return ["z_mean"] if self.spec.family == "autoencoder" else ["z_mean", "z_log_var"]

    def _run(
        self,
        file: str,
        session: onnxruntime.InferenceSession,
        outputs: list[str],
        inputs: dict[str, NDArray[np.float32]],
    ) -> list[NDArray[np.float32]]:
        """The outputs for one chunk; ModelFolderError if the graph fails or answers in another shape."""
        try:
            results = session.run(outputs, inputs)
        except Exception:
            raise ModelFolderError(f"{self.name}: {file} cannot be run by ONNX Runtime") from None
        rows = len(next(iter(inputs.values())))
        row_shape = self.input_shape if outputs == ["images"] else (self.latent_dim,)
        for result in results:
            if result.shape != (rows, *row_shape):
                raise ModelFolderError(f"{self.name}: {file} answers in shape {result.shape}")
            if not np.isfinite(result).all():
                raise ModelFolderError(f"{self.name}: {file} answers with NaN or infinite values")
        return results

    def _session(
        self, file: str, input_name: str, row_shape: list[int], outputs: list[str]
    ) -> onnxruntime.InferenceSession:
        """The graph in ``file``, opened at its first use and kept."""
        with self._opening:
            if file not in self._sessions:
                self._sessions[file] = _open_session(self.folder, file, input_name, row_shape, outputs)
            return self._sessions[file]


def _open_session(
    folder: ModelFolder, name: str, input_name: str, row_shape: list[int], outputs: list[str]
) -> onnxruntime.InferenceSession:
    """Open one graph after its checks; its inputs and outputs must be those of format 1."""
    content = folder.read(name)
    try:
        session = open_session(content)
        check_interface(session, input_name, row_shape, outputs)
    except ValueError as error:
        raise ModelFolderError(f"{folder.path.name}: {name} {error}") from None
    return session
