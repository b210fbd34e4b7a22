"""A trained model as everything but the trainer sees it: ``encode`` and ``decode`` on NumPy arrays."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import as_codes, as_images
from vae_core.base.home import HOME_VARIABLE, models_folder, pretrained_folder
from vae_core.families.posterior import Posterior
from vae_core.models.classifiers import classifiers_folder
from vae_core.models.folder import Latents, ModelFolder, ModelFolderError, open_folder
from vae_core.models.sessions import CHUNK_ROWS, check_interface, open_session
from vae_core.specs import ModelSpec, is_name


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


@dataclass(frozen=True)
class DamagedModel:
    """A folder among the models that cannot be used, and why."""

    name: str
    reason: str


def load_model(name_or_path: str | Path) -> LatentModel:
    """The model of that name (shipped, or made here), or the model folder at that path.

    Raises ValueError: unknown name, or ModelFolderError for a folder that fails its checks.
    """
    text = str(name_or_path)
    if is_name(text):
        for root in _roots():
            if (root / text).is_dir() and root / text not in _other_folders():
                return LatentModel(_opened_by_name(root / text))
    path = Path(text).expanduser()
    if text and path.is_dir():
        return LatentModel(open_folder(path.resolve()))
    known = ", ".join(model.name for model in list_models()) or "none"
    raise ValueError(f"{text!r} is no model: expected a model folder or one of {known}")


def list_models() -> list[LatentModel]:
    """Every usable model, those that ship first, then those made here; sorted by name in each."""
    return [model for model in survey() if isinstance(model, LatentModel)]


def list_damaged_models() -> list[DamagedModel]:
    """Folders among the models that cannot be used, with the reason."""
    return [model for model in survey() if isinstance(model, DamagedModel)]


def survey() -> list[LatentModel | DamagedModel]:
    """Every folder among the models, usable or not; a shipped name hides the same name made here."""
    found: dict[str, LatentModel | DamagedModel] = {}
    # Every page looks at all of them: where these are is asked once.
    others = _other_folders()
    for root in _roots():
        try:
            paths = sorted(root.iterdir()) if root.is_dir() else []
        except OSError as error:
            raise ValueError(
                f"{root} cannot be read ({error.strerror}): allow it, or set ${HOME_VARIABLE}"
            ) from None
        for path in paths:
            if path.is_dir() and path not in others and is_name(path.name) and path.name not in found:
                try:
                    found[path.name] = LatentModel(_opened_by_name(path))
                except ModelFolderError as error:
                    found[path.name] = DamagedModel(path.name, str(error))
    return list(found.values())


def projections_folder() -> Path:
    """Where the projections that ship are: a folder among the shipped models that is no model."""
    return pretrained_folder() / "projections"


def concepts_folder() -> Path:
    """Where the concepts that ship are: a folder among the shipped models that is no model."""
    return pretrained_folder() / "concepts"


def _other_folders() -> tuple[Path, ...]:
    """Folders among the models that do not claim to be one: those of classifiers and the like."""
    return classifiers_folder(), projections_folder(), concepts_folder()


def _opened_by_name(path: Path) -> ModelFolder:
    """The folder, which must bear the model's name: two models of one name could not be told apart."""
    folder = open_folder(path)
    if folder.spec.name != path.name:
        raise ModelFolderError(
            f"{path.name}: spec.json has the name {folder.spec.name!r}: rename the folder to that"
        )
    return folder


def _roots() -> tuple[Path, Path]:
    return pretrained_folder(), models_folder()


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
