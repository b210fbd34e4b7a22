import io
import json
import pickle
import re
import shutil
import zipfile

import numpy as np
import pytest

from tests.support.tiny_models import folder_files, spec_values, write_tiny
from vae_core.models.catalogue import list_damaged_models, list_models, load_model
from vae_core.models.folder import KNOWN_FILES, ModelFolderError, open_folder, write_folder


@pytest.fixture
def folder(temporary_home):
    return write_tiny(temporary_home / "models" / "tiny")


def rewritten(folder, **changes):
    values = json.loads((folder.path / "spec.json").read_text())
    (folder.path / "spec.json").write_text(json.dumps({**values, **changes}))


def test_a_folder_reads_as_it_was_written(folder):
    again = open_folder(folder.path)
    assert again.spec == folder.spec
    assert again.metrics()["command"] == "by hand"
    latents = again.latents()
    assert latents.z_mean.shape == latents.z_log_var.shape == (20, 2)
    assert latents.z_mean.dtype == np.float32
    assert not again.has_player()


@pytest.mark.parametrize("name", ["encoder.onnx", "decoder.onnx", "latents.npz", "metrics.json", "card.md"])
@pytest.mark.parametrize("damage", ["missing", "truncated", "altered", "link"])
def test_damage_is_reported_by_name_and_others_still_load(folder, temporary_home, name, damage):
    write_tiny(temporary_home / "models" / "whole")
    file = folder.path / name
    content = bytearray(file.read_bytes())
    if damage == "missing":
        file.unlink()
    elif damage == "truncated":
        file.write_bytes(content[:-3])
    elif damage == "altered":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    else:
        file.unlink()
        file.symlink_to("/etc/hostname")
    with pytest.raises(ModelFolderError, match=f"tiny: .*{name}"):
        load_model("tiny")
    assert "whole" in [model.name for model in list_models()]
    damaged = list_damaged_models()
    assert [model.name for model in damaged] == ["tiny"]
    assert name in damaged[0].reason


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "format None"),
        ('{"format": 2}', "format 2"),
        ('{"format": 1}', "name"),
    ],
)
def test_a_foreign_spec_is_refused(folder, text, words):
    (folder.path / "spec.json").write_text(text)
    with pytest.raises(ModelFolderError, match=words):
        open_folder(folder.path)


def test_files_outside_the_folder_or_the_format_are_refused(folder):
    files = json.loads((folder.path / "spec.json").read_text())["files"]
    for name in ("../secret", "run.py", "/etc/passwd"):
        rewritten(folder, files={**files, name: "0" * 64})
        with pytest.raises(ModelFolderError, match=r"tiny: spec\.json"):
            open_folder(folder.path)
    rewritten(folder, files={"card.md": files["card.md"]})
    with pytest.raises(ModelFolderError, match=r"lists no encoder\.onnx"):
        open_folder(folder.path)


def test_an_oversized_file_is_refused_before_it_is_read(folder):
    with (folder.path / "card.md").open("r+b") as file:
        file.truncate(2 << 20)
    with pytest.raises(ModelFolderError, match="larger than"):
        open_folder(folder.path)


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def zipped(name, content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def absurd_shape():
    """A header that promises 10 TB."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f2", "fortran_order": False, "shape": (10**13, 2)}
    )
    return zipped("z_mean.npy", header.getvalue())


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was executed",))


@pytest.mark.parametrize(
    "content",
    [
        b"no archive",
        pickle.dumps(Bomb()),
        npz(z_mean=np.array([Bomb()], object), label=np.zeros(1), index=np.zeros(1)),
        npz(z_mean=np.zeros((3, 5)), z_log_var=np.zeros((3, 5)), label=np.zeros(3), index=np.zeros(3)),
        npz(z_mean=np.zeros((3, 2)), label=np.zeros(2), index=np.zeros(3)),
        npz(z_mean=np.full((3, 2), np.nan), label=np.zeros(3), index=np.zeros(3)),
        npz(z_mean=np.zeros((10_000_000, 2)), label=np.zeros(3), index=np.zeros(3)),
        npz(label=np.zeros(3)),
        npz(z_mean=np.zeros(()), label=np.zeros(3), index=np.zeros(3)),
        npz(z_mean=np.zeros((3, 2)), label=np.zeros(3), index=np.zeros(3)),
        npz(z_mean=np.zeros((3, 2)), z_log_var=np.full((3, 2), np.nan), label=np.zeros(3), index=np.zeros(3)),
        npz(z_mean=np.full((3, 2), 1001), z_log_var=np.zeros((3, 2)), label=np.zeros(3), index=np.zeros(3)),
        npz(z_mean=np.full((3, 2), -2e4), z_log_var=np.zeros((3, 2)), label=np.zeros(3), index=np.zeros(3)),
        npz(z_mean=np.zeros((3, 2)), z_log_var=np.full((3, 2), 31), label=np.zeros(3), index=np.zeros(3)),
        npz(z_mean=np.zeros((3, 2)), z_log_var=np.full((3, 2), -31), label=np.zeros(3), index=np.zeros(3)),
        absurd_shape(),
        zipped("z_mean", b"no array"),
    ],
)
def test_codes_that_cannot_be_trusted_are_refused(tmp_path, content):
    folder = write_tiny(tmp_path / "tiny", files={**folder_files(), "latents.npz": content})
    with pytest.raises(ModelFolderError, match=r"tiny: latents\.npz"):
        folder.latents()


@pytest.mark.parametrize(
    ("codes", "spreads", "words"),
    [
        ([[0, 0], [0, -2000]], [[0, 0]] * 2, "holds the code -2e+03; expected at most ±1000"),
        ([[0, 0]] * 2, [[0, 0], [40, 0]], "holds the log variance 40; expected at most ±30"),
    ],
)
def test_codes_that_no_page_can_show_are_named(tmp_path, codes, spreads, words):
    content = npz(z_mean=codes, z_log_var=spreads, label=np.zeros(2), index=np.zeros(2))
    folder = write_tiny(tmp_path / "tiny", files={**folder_files(), "latents.npz": content})
    with pytest.raises(ModelFolderError, match=re.escape(f"tiny: latents.npz {words}")):
        folder.latents()


def test_codes_at_the_limits_are_read(tmp_path):
    codes, spreads = [[1000, -1000]], [[30, -30]]
    content = npz(z_mean=codes, z_log_var=spreads, label=np.zeros(1), index=np.zeros(1))
    latents = write_tiny(tmp_path / "tiny", files={**folder_files(), "latents.npz": content}).latents()
    np.testing.assert_array_equal(latents.z_mean, codes)


def test_a_folder_is_never_overwritten(folder):
    before = (folder.path / "spec.json").read_bytes()
    with pytest.raises(ValueError, match="exists already"):
        write_tiny(folder.path)
    assert (folder.path / "spec.json").read_bytes() == before


def test_only_files_of_the_format_are_written(tmp_path):
    with pytest.raises(ValueError, match=r"run\.py is no file"):
        write_folder(tmp_path / "tiny", spec_values(), {**folder_files(), "run.py": b""})
    assert list(tmp_path.iterdir()) == []
    assert "model.keras" in KNOWN_FILES


def test_a_folder_must_bear_the_name_of_its_model(folder, temporary_home):
    shutil.copytree(folder.path, temporary_home / "models" / "mnist-2d-copy")
    assert "rename the folder" in list_damaged_models()[0].reason
    with pytest.raises(ModelFolderError, match="has the name 'tiny'"):
        load_model("mnist-2d-copy")
    assert load_model(temporary_home / "models" / "mnist-2d-copy").name == "tiny"
