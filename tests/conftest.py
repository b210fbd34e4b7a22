"""Every test runs in a temporary home, without data sets from outside."""

import os
from pathlib import Path

import pytest

# Before anything loads NumPy: processes of tests share the cores, and threads that wait for each other spin.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def temporary_home(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("VAE_CORE_HOME", str(home))
    monkeypatch.delenv("VAE_CORE_DATA", raising=False)
    return home
