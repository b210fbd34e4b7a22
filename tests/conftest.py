"""Every test runs in a temporary home, without data sets from outside."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def temporary_home(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("VAE_CORE_HOME", str(home))
    monkeypatch.delenv("VAE_CORE_DATA", raising=False)
    return home
