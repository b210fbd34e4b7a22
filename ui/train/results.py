"""What a finished run made: the way into Explore, files to take along, how to make it again."""

import io
import zipfile
from functools import partial
from pathlib import Path

import streamlit as st

from ui.visit.models import model_named
from ui.words.text import plain
from vae_core.models.folder import KERAS_FILE
from vae_core.models.model import LatentModel
from vae_core.runs.changes import model_of
from vae_core.runs.folder import RunFolder
from vae_core.runs.status import RunStatus

MAXIMUM_LOG, MAXIMUM_TEXT = 20_000, 200_000


def show_results(run: RunFolder, status: RunStatus) -> None:
    """Figures of a finished run, the way into Explore, the model to take along."""
    if status.state != "finished":
        return
    # By its folder: another model may have come to bear the name.
    model = model_named(status.name) if model_of(run) else None
    if model is None:
        st.warning(plain(f"The model {status.name} is no longer here."), icon=":material/broken_image:")
        return
    _figures(status)
    with st.container(horizontal=True, key="results"):
        st.page_link(
            "pages/1_Explore.py",
            label="Explore this model",
            icon=":material/open_with:",
            query_params={"model": model.name},
        )
        _downloads(model)


def _figures(status: RunStatus) -> None:
    test = status.metrics or {}
    shown = [
        ("−ELBO on test pictures", test.get("neg_elbo"), "nats"),
        ("reconstruction", test.get("reconstruction"), "nats"),
        ("KL", test.get("kl"), "nats"),
        ("pixel error", test.get("mse"), ""),
    ]
    cells = "".join(
        f"<div><span>{name}</span><b>{value:,.4g} {unit}</b></div>"
        for name, value, unit in shown
        if isinstance(value, int | float)
    )
    st.html(f'<div class="figures-row">{cells}</div>')


def _downloads(model: LatentModel) -> None:
    st.download_button(
        "Model folder (zip)",
        partial(zipped, model.folder.path),
        f"{model.name}.zip",
        "application/zip",
        icon=":material/folder_zip:",
        on_click="ignore",
    )
    for label, name in (
        ("Encoder (ONNX)", "encoder.onnx"),
        ("Decoder (ONNX)", "decoder.onnx"),
        ("Keras", KERAS_FILE),
    ):
        if name in model.spec.files:
            st.download_button(
                label,
                partial(model.folder.read, name),
                f"{model.name}-{name}",
                "application/octet-stream",
                icon=":material/download:",
                on_click="ignore",
            )


def zipped(folder: Path) -> bytes:
    """A model folder as a zip file with one folder in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                archive.write(path, f"{folder.name}/{path.name}")
    return buffer.getvalue()


def show_recipe(run: RunFolder, status: RunStatus) -> None:
    """How to make it again: the command, the settings, plain Keras and the log, folded away."""
    with st.expander("For experts: command, settings, plain Keras, log", icon=":material/terminal:"):
        st.caption("The command that trains the same again.")
        st.code(run.spec.training.command(status.name), language="bash", wrap_lines=True)
        st.caption("All settings.")
        st.code(run.spec.training.to_json(), language="json", height=220)
        source = _text(run.path / "network.py")
        if source:
            st.caption("The same network in plain Keras; it runs as it stands.")
            st.code(source, language="python", height=320)
        log = _text(run.path / "log.txt")
        if log:
            st.caption("What the worker wrote.")
            st.code(log[-MAXIMUM_LOG:], language=None, height=220)
        st.caption(
            "Curves in TensorBoard: train with `--tensorboard DIR` on the command line, then "
            "`tensorboard --logdir DIR`."
        )


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - MAXIMUM_TEXT))
            return file.read(MAXIMUM_TEXT).decode("utf-8", "replace")
    except OSError:
        return None
