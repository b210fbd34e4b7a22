"""Several machines that train one model, as TF_CONFIG describes them; read without TensorFlow."""

import os
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vae_core.specs import one_line

CLUSTER_VARIABLE = "TF_CONFIG"


class _Workers(BaseModel):
    model_config = ConfigDict(extra="forbid")
    worker: list[str] = Field(min_length=1)


class _Task(BaseModel):
    type: Literal["worker"]
    index: int = Field(ge=0)


class ClusterConfig(BaseModel):
    """TF_CONFIG of a training: workers only, of which worker 0 is the chief."""

    cluster: _Workers
    task: _Task


def is_cluster() -> bool:
    """Whether TF_CONFIG describes several workers. Raises ValueError if it describes anything else."""
    return len(_cluster()[0]) > 1


def is_chief() -> bool:
    """Whether this process writes what the cluster makes: worker 0, or the only process."""
    return _cluster()[1] == 0


def _cluster() -> tuple[list[str], int]:
    """Addresses of all workers, and which of them this process is; ([], 0) without TF_CONFIG."""
    text = os.environ.get(CLUSTER_VARIABLE, "")
    if not text:
        return [], 0
    try:
        found = ClusterConfig.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(
            f"{CLUSTER_VARIABLE} is not usable ({one_line(error)}): it must be JSON such as "
            '{"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 0}}'
        ) from None
    if found.task.index >= len(found.cluster.worker):
        raise ValueError(f"{CLUSTER_VARIABLE} names worker {found.task.index} of {len(found.cluster.worker)}")
    return found.cluster.worker, found.task.index
