"""Every test runs in a temporary home, without data sets from outside."""

import os
from itertools import groupby, zip_longest
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
# In a process that has loaded Keras, Streamlit clears Keras' session before every run of a script, which
# takes a second: the app comes first.
FIRST = ("app", "core")


@pytest.fixture(autouse=True)
def temporary_home(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("VAE_CORE_HOME", str(home))
    monkeypatch.delenv("VAE_CORE_DATA", raising=False)
    return home


def pytest_collection_modifyitems(items):
    """The app, the core, then files of the other rooms in turn, as some compute while others wait."""
    files = list(dict.fromkeys(item.path for item in items))
    early = [path for path in files if path.parent.name in FIRST]
    later = sorted(set(files) - set(early), reverse=True)
    rooms = [list(room) for _, room in groupby(later, key=lambda path: path.parent)]
    order = [*early, *(path for turn in zip_longest(*rooms) for path in turn if path)]
    items.sort(key=lambda item: order.index(item.path))
