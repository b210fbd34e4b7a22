"""ONNX graphs opened for inference: checked first, sparing with memory and threads."""

import os
from collections.abc import Sequence

import onnxruntime

from vae_core.models.graphs import check_graph

# Larger batches gain nothing for convolutions and cost memory in proportion (1 GB at 2,304 rows).
CHUNK_ROWS = 64


def open_session(content: bytes) -> onnxruntime.InferenceSession:
    """A session of the graph in ``content``, on the processor, which may be used from several threads.

    Raises ValueError for a graph that fails its checks or that ONNX Runtime cannot run; the message
    goes on from the name of a file.
    """
    check_graph(content)
    try:
        return onnxruntime.InferenceSession(content, _options(), providers=["CPUExecutionProvider"])
    except Exception:
        raise ValueError("cannot be run by ONNX Runtime") from None


def check_interface(
    session: onnxruntime.InferenceSession, input_name: str, row_shape: Sequence[int], outputs: Sequence[str]
) -> None:
    """Raise ValueError unless the graph takes ``input_name`` (n, *row_shape) alone and has these outputs."""
    inputs = {node.name: list(node.shape[1:]) for node in session.get_inputs()}
    if inputs != {input_name: list(row_shape)}:
        raise ValueError(f"does not take {input_name!r} {list(row_shape)}")
    missing = set(outputs) - {node.name for node in session.get_outputs()}
    if missing:
        raise ValueError(f"does not give {min(missing)!r}")


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(2, os.cpu_count() or 1)
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    # Threads that spin between requests would take a core from everybody else on the server.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
