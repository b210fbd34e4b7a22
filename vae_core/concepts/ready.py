"""Concepts that ship: ``pretrained/concepts/<model>.json``, made by ``vae_core.concepts.shipped``."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from vae_core.base.home import concepts_folder, pretrained_folder
from vae_core.base.notes import bounded_bytes
from vae_core.concepts.concept import Concept
from vae_core.maps.encoding_file import digest_of
from vae_core.models.model import LatentModel
from vae_core.specs import Name, Spec

FILE_FORMAT: Literal["latent-lab-concepts-1"] = "latent-lab-concepts-1"
MAXIMUM_BYTES = 1 << 19
MOST_READY = 50
KEPT_FILES = 16


class ReadyFile(Spec):
    """The concepts of one model and the command that makes the file again."""

    format: Literal["latent-lab-concepts-1"] = FILE_FORMAT
    model: Name
    command: Annotated[str, Field(max_length=1000)]
    concepts: tuple[Concept, ...] = Field(max_length=MOST_READY)


def ready_path(model_name: str) -> Path:
    """Where the concepts of a shipped model are; the name must be checked."""
    return concepts_folder() / f"{model_name}.json"


def ready_concepts(model: LatentModel) -> tuple[Concept, ...]:
    """The concepts that came with ``model``; none where none came, or where its codes are others.

    Raises ValueError for a damaged file.
    """
    if model.folder.path.parent != pretrained_folder():
        return ()
    path = ready_path(model.name)
    try:
        status = path.stat()
    except OSError:
        return ()
    return _kept(path, status.st_size, status.st_mtime_ns, model)


@lru_cache(maxsize=KEPT_FILES)
def _kept(path: Path, size: int, modified: int, model: LatentModel) -> tuple[Concept, ...]:
    content = bounded_bytes(path, MAXIMUM_BYTES)
    if content is None:
        raise ValueError(f"{path.name} cannot be read, or has more than {MAXIMUM_BYTES:,} bytes")
    try:
        file = ReadyFile.from_json(content)
    except ValueError as error:
        raise ValueError(f"{path.name} is damaged ({error})") from None
    digest = digest_of(model.latents.z_mean)
    return tuple(
        concept
        for concept in file.concepts
        if (concept.model, concept.digest, len(concept.direction)) == (model.name, digest, model.latent_dim)
    )
