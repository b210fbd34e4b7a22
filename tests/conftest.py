"""Every test runs in a temporary home, without data sets from outside."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PROVIDED_DATA = os.environ.get("VAE_CORE_DATA")


@pytest.fixture(autouse=True)
def temporary_home(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("VAE_CORE_HOME", str(home))
    monkeypatch.delenv("VAE_CORE_DATA", raising=False)
    return home


@pytest.fixture
def mnist_data(monkeypatch):
    """MNIST in its official files, for tests that need it where it is."""
    if not PROVIDED_DATA or not (Path(PROVIDED_DATA) / "mnist").is_dir():
        pytest.skip("needs MNIST: set VAE_CORE_DATA to a folder that has it")
    monkeypatch.setenv("VAE_CORE_DATA", PROVIDED_DATA)
