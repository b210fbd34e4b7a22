import os
from pathlib import Path

import pytest

from vae_core.base import home


def test_everything_made_lives_in_the_chosen_home(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_CORE_HOME", str(tmp_path))
    assert home.models_folder() == tmp_path / "models"
    assert home.runs_folder() == tmp_path / "runs"
    assert home.data_folder() == tmp_path / "data"
    assert home.notes_folder("mnist-2d") == tmp_path / "notes" / "mnist-2d"


def test_without_a_choice_the_platform_decides(monkeypatch):
    monkeypatch.delenv("VAE_CORE_HOME")
    assert home.home().name == "latent-lab"
    assert home.home().is_absolute()


def test_a_failed_write_leaves_the_old_file_and_no_part(tmp_path, monkeypatch):
    path = tmp_path / "notes.json"
    home.replace_file(path, b"old")

    def full_disk(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        home.replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes.json"]


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "model"
    with pytest.raises(RuntimeError), home.publish_folder(path) as part:
        (part / "half").write_text("x")
        raise RuntimeError
    assert list(path.parent.iterdir()) == []
    with home.publish_folder(path) as part:
        (part / "whole").write_text("x")
        assert not path.exists()
    assert (path / "whole").read_text() == "x"


def test_the_second_of_two_writers_is_told_and_the_first_loses_nothing(tmp_path):
    path = tmp_path / "model"
    with pytest.raises(ValueError, match="exists already"), home.publish_folder(path) as part:
        (part / "mine").write_text("second")
        path.mkdir()
        (path / "mine").write_text("first")
    assert (path / "mine").read_text() == "first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]


def test_places_that_cannot_be_written_are_named(tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("not a folder")
    with pytest.raises(ValueError, match="cannot be"):
        home.check_free(blocker / "model")
    if os.geteuid() == 0:
        with pytest.raises(ValueError, match="cannot be"):
            home.check_free(Path("/proc/latent-lab/model"))
