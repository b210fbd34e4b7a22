"""A second opinion on pictures: which class a small convolutional network takes them for.

    classifier_for(model.spec).probabilities(model.decode(z))    (n, classes)

One ONNX file a labelled data set, ``pretrained/classifiers/<data set>.onnx``: input ``images``,
output ``logits``; what it is stands as JSON under ``METADATA_KEY`` in its metadata. Made by
``python -m vae_core.training.shipped.classifiers``.
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import numpy as np
import onnxruntime
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from vae_core.base.arrays import as_images
from vae_core.base.home import classifiers_folder
from vae_core.models.sessions import CHUNK_ROWS, check_interface, open_session
from vae_core.specs import ModelSpec
from vae_core.specs.base import Name, Spec, Width

METADATA_KEY = "classifier"
MAXIMUM_BYTES = 500_000
# How far from 1 the float32 probabilities of a picture may add up.
SUM_TOLERANCE = 1e-3


class ClassifierFacts(Spec):
    """What the file says of itself.

    ``dataset`` is what it was trained on, ``class_names[k]`` names column k, ``input_shape`` is
    (height, width, channels), ``accuracy`` the share in [0, 1] of the ``test_images`` of the test
    split that it named rightly, ``command`` what makes the file again.
    """

    dataset: Name
    class_names: tuple[Annotated[str, Field(max_length=80)], ...] = Field(min_length=2, max_length=1000)
    input_shape: tuple[Width, Width, Annotated[int, Field(ge=1, le=4)]]
    accuracy: float = Field(ge=0, le=1)
    test_images: int = Field(ge=1)
    command: Annotated[str, Field(max_length=1000)]


@dataclass(frozen=True, eq=False)
class Classifier:
    """A classifier run by ONNX Runtime, safe to call from several threads."""

    facts: ClassifierFacts
    session: onnxruntime.InferenceSession = field(repr=False)

    def probabilities(self, images: ArrayLike) -> NDArray[np.float32]:
        """Softmax (n, classes) of float images ``(n, height, width, channels)`` in [0, 1].

        Beside the result memory is bounded by 64 rows at a time. Raises ValueError naming a wrong
        dtype, shape, NaN or range, or a graph that cannot answer.
        """
        checked = as_images(images, self.facts.input_shape)
        probabilities = np.empty((len(checked), len(self.facts.class_names)), np.float32)
        for start in range(0, len(checked), CHUNK_ROWS):
            rows = slice(start, start + CHUNK_ROWS)
            probabilities[rows] = _softmax(self._logits(checked[rows]))
        return probabilities

    def _logits(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """The answer for one chunk; ValueError if the graph fails or answers in another shape."""
        dataset, classes = self.facts.dataset, len(self.facts.class_names)
        try:
            (logits,) = self.session.run(["logits"], {"images": images})
        except Exception:
            raise ValueError(f"the classifier of {dataset} cannot be run by ONNX Runtime") from None
        if logits.shape != (len(images), classes) or not np.isfinite(logits).all():
            raise ValueError(
                f"the classifier of {dataset} answers in shape {logits.shape} or with NaN; "
                f"expected {len(images)} rows of {classes} finite numbers"
            )
        return logits


def classifier_for(spec: ModelSpec) -> Classifier | None:
    """The classifier of the pictures that this model draws, or None where there is none.

    It is that of the model's data set, of the same ``input_shape``, and knows every class of the
    model; it may know more, which stay possible answers. The last eight are kept open. Raises
    ValueError for a damaged file, or one that says it is of another data set.
    """
    path = classifiers_folder() / f"{spec.dataset}.onnx"
    try:
        status = path.stat()
    except OSError:
        return None
    classifier = _kept(path, status.st_size, status.st_mtime_ns)
    facts = classifier.facts
    fits = facts.input_shape == spec.input_shape and set(spec.class_names) <= set(facts.class_names)
    return classifier if fits else None


def read_classifier(content: bytes) -> Classifier:
    """The classifier in an ONNX file.

    Raises ValueError, which goes on from the name of the file, for a graph that fails its checks
    (vae_core.models.graphs), metadata that are no ClassifierFacts, or other inputs and outputs than these.
    """
    if len(content) > MAXIMUM_BYTES:
        raise ValueError(f"has {len(content):,} bytes; at most {MAXIMUM_BYTES:,} are allowed")
    session = open_session(content)
    metadata = session.get_modelmeta().custom_metadata_map
    if METADATA_KEY not in metadata:
        raise ValueError(f"has no metadata {METADATA_KEY!r}: train it again")
    facts = ClassifierFacts.from_json(metadata[METADATA_KEY])
    check_interface(session, "images", facts.input_shape, ["logits"])
    return Classifier(facts, session)


def doubt(probabilities: ArrayLike) -> NDArray[np.float32]:
    """How undecided each row of ``probabilities`` (n, classes) is: 0 for one sure class, 1 for all alike.

    The entropy -Σ p ln p (Shannon 1948) divided by its largest value, ln(classes). Raises
    ValueError unless there are at least two classes and every row is finite, ≥ 0 and adds up to 1.
    """
    array = np.asarray(probabilities, np.float64)
    if array.ndim != 2 or array.shape[1] < 2:
        raise ValueError(f"probabilities have shape {array.shape}; expected (n, classes ≥ 2)")
    if not (array >= 0).all() or not (np.abs(array.sum(axis=1) - 1) <= SUM_TOLERANCE).all():
        raise ValueError("probabilities hold NaN, a value below 0 or a row that does not add up to 1")
    logs = np.log(array, out=np.zeros_like(array), where=array > 0)
    share = -(array * logs).sum(axis=1) / math.log(array.shape[1])
    return np.clip(share, 0, 1).astype(np.float32)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    # Less the largest of the row, which changes nothing and keeps exp from overflowing.
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@lru_cache(maxsize=8)
def _kept(path: Path, size: int, modified: int) -> Classifier:
    """The classifier at ``path``, opened anew when the file's size or modification time changes."""
    if size > MAXIMUM_BYTES:
        raise ValueError(f"{path.name} has {size:,} bytes; at most {MAXIMUM_BYTES:,} are allowed")
    try:
        classifier = read_classifier(path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise ValueError(f"{path.name} {error}") from None
    if classifier.facts.dataset != path.stem:
        raise ValueError(f"{path.name} is of {classifier.facts.dataset!r}, expected {path.stem!r}: rename it")
    return classifier
