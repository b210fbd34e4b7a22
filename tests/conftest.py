"""Every test runs in a temporary home, without data sets from outside."""

import os
from itertools import zip_longest
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Before anything loads NumPy: processes of tests share the cores, and threads that wait for each other spin.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# An example takes as long as a busy machine lets it.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

REPOSITORY = Path(__file__).resolve().parents[1]
pytest_plugins = ["tests.support.browser"]


@pytest.fixture(autouse=True)
def temporary_home(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("VAE_CORE_HOME", str(home))
    monkeypatch.delenv("VAE_CORE_DATA", raising=False)
    return home


def pytest_collection_modifyitems(items):
    """Marks what needs a browser; the app and the core, then browser and training in turn.

    In a process that has loaded Keras, Streamlit clears Keras' session before every run of a script, which
    takes a second: the app comes before training. Of the rest, some compute while others wait.
    """
    for item in items:
        if "chromium" in item.fixturenames:
            item.add_marker(pytest.mark.browser)
    in_browser = {item.path for item in items if item.get_closest_marker("browser")}
    training = {item.path for item in items if "training" in item.path.parts} - in_browser
    files = list(dict.fromkeys(item.path for item in items))
    late = [sorted(room, reverse=True) for room in (in_browser, training)]
    turns = [path for turn in zip_longest(*late) for path in turn if path]
    order = {path: n for n, path in enumerate([*(f for f in files if f not in {*turns}), *turns])}
    items.sort(key=lambda item: order[item.path])
