"""The walls: who may import what, and how large a module may grow."""

import ast
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

OPEN_EVERY_PAGE = """
import sys
from pathlib import Path
from streamlit.testing.v1 import AppTest

app = AppTest.from_file("app.py", default_timeout=180).run()
assert not app.exception, app.exception
for page in sorted(Path("pages").glob("*.py")):
    app.switch_page(str(page)).run()
    assert not app.exception, app.exception
    assert app.title, page
from ui.server.routes import routes
from vae_core import load_model
load_model("mnist-2d").decode([[0.0, 0.0]])
print([name for name in ("keras", "tensorflow") if name in sys.modules])
"""


def in_a_fresh_interpreter(script):
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_the_app_never_imports_keras_or_tensorflow():
    assert in_a_fresh_interpreter(OPEN_EVERY_PAGE) == "[]"


def test_the_core_never_imports_streamlit():
    script = "import sys, vae_core, vae_core.cli; print('streamlit' in sys.modules)"
    assert in_a_fresh_interpreter(script) == "False"


@pytest.mark.slow
def test_training_never_imports_streamlit():
    paths = [
        path.relative_to(REPOSITORY) for path in (REPOSITORY / "vae_core" / "training").rglob("[a-z]*.py")
    ]
    names = {".".join(path.with_suffix("").parts) for path in paths}
    assert {"vae_core.training.loop.runs", "vae_core.training.networks.conv"} <= names
    imports = "; ".join(f"import {name}" for name in sorted(names))
    assert in_a_fresh_interpreter(f"import sys; {imports}; print('streamlit' in sys.modules)") == "False"


def imported_roots(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [
        ("pages", ("vae_core.training", "keras", "tensorflow", "numpy", "onnxruntime")),
        ("ui", ("vae_core.training", "keras", "tensorflow", "pages")),
        ("vae_core", ("streamlit", "ui", "pages")),
    ],
)
def test_imports_go_one_way_only(room, forbidden):
    for path in (REPOSITORY / room).rglob("*.py"):
        for module in imported_roots(path):
            assert not any(module == name or module.startswith(f"{name}.") for name in forbidden), (
                path,
                module,
            )


def test_only_the_training_room_imports_keras():
    for path in (REPOSITORY / "vae_core").rglob("*.py"):
        if "training" not in path.parts:
            roots = {module.split(".")[0] for module in imported_roots(path)}
            assert not roots & {"keras", "tensorflow", "tf2onnx"}, path


def test_modules_and_pages_stay_readable():
    for path in [REPOSITORY / "app.py", *(REPOSITORY / "pages").glob("*.py")]:
        assert len(path.read_text().splitlines()) <= 120, path
    for room in ("ui", "vae_core"):
        for path in (REPOSITORY / room).rglob("*"):
            if path.suffix in (".py", ".js", ".css"):
                assert len(path.read_text().splitlines()) <= 300, path


def test_no_download_runs_the_page_again():
    """Another run takes away the file that was asked for, if it comes before the browser has it."""
    calls = [
        (path, node)
        for path in [*(REPOSITORY / "ui").rglob("*.py"), *(REPOSITORY / "pages").glob("*.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "download_button"
    ]
    assert calls
    for path, call in calls:
        chosen = {word.arg: getattr(word.value, "value", None) for word in call.keywords}
        assert chosen.get("on_click") == "ignore", f"{path}:{call.lineno}"
