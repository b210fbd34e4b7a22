"""Snapshots on disk: what is written is read; what is damaged or hostile is named."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.runs import snapshots as module
from vae_core.runs.folder import RunSpec, create_run
from vae_core.runs.snapshots import FirstSnapshot, Snapshot, Snapshots, superfluous
from vae_core.specs import TrainingSpec

SHAPE = (4, 5, 1)


@pytest.fixture
def snapshots(temporary_home):
    training = TrainingSpec(dataset="digits", network="dense")
    return Snapshots(create_run(RunSpec(training=training, out=str(temporary_home / "models" / "m"))))


def pictures(count, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, *SHAPE), dtype=np.uint8)


def first():
    return FirstSnapshot(pictures(3), np.array([0, 1, -1, 2], np.int16), 12)


def snapshot(epoch, **changes):
    values = {
        "grid": pictures(144, epoch),
        "reconstructions": pictures(3, epoch),
        "codes": np.arange(8).reshape(4, 2).astype(np.float16),
        "kl": np.array([1.5, 0.25], np.float32),
        "epoch": epoch,
    }
    return Snapshot(**{**values, **changes})


def test_what_is_written_is_read(snapshots):
    assert snapshots.epochs() == []
    snapshots.write_first(first())
    for epoch in (0, 7, 123_456):
        snapshots.write(snapshot(epoch))
    assert snapshots.epochs() == [0, 7, 123_456]
    assert (snapshots.folder / "00007.npz").is_file()
    found = snapshots.read(7)
    for name in ("grid", "reconstructions", "codes", "kl", "epoch"):
        np.testing.assert_array_equal(getattr(found, name), getattr(snapshot(7), name))
    np.testing.assert_array_equal(snapshots.first().originals, first().originals)
    np.testing.assert_array_equal(snapshots.first().labels, [0, 1, -1, 2])
    assert snapshots.first().grid_columns == 12


def test_an_autoencoder_has_no_kl(snapshots):
    snapshots.write_first(first())
    snapshots.write(snapshot(1, kl=np.empty(0, np.float32)))
    assert snapshots.read(1).kl.shape == (0,)


def test_epochs_after_a_checkpoint_are_forgotten_and_written_anew(snapshots):
    snapshots.write_first(first())
    for epoch in range(4):
        snapshots.write(snapshot(epoch))
    snapshots.forget_after(2)
    assert snapshots.epochs() == [0, 1, 2]
    snapshots.write(snapshot(2, kl=np.zeros(2, np.float32)))
    assert snapshots.read(2).kl.sum() == 0


def test_only_so_many_are_kept(snapshots, monkeypatch):
    monkeypatch.setattr(module, "MAXIMUM_SNAPSHOTS", 5)
    snapshots.write_first(first())
    for epoch in range(41):
        snapshots.write(snapshot(epoch))
        assert len(snapshots.epochs()) <= 5
        assert {snapshots.epochs()[0], snapshots.epochs()[-1]} == {0, epoch}


def test_large_snapshots_are_kept_as_far_as_the_space_goes(snapshots, monkeypatch):
    snapshots.write_first(first())
    snapshots.write(snapshot(0))
    size = (snapshots.folder / "00000.npz").stat().st_size
    monkeypatch.setattr(module, "MAXIMUM_FOLDER_BYTES", int(3.5 * size))
    for epoch in range(1, 9):
        snapshots.write(snapshot(epoch))
    assert len(snapshots.epochs()) == 3


@given(st.integers(2, 20), st.integers(2, 150))
def test_thinning_keeps_the_ends_and_even_gaps(most, count):
    kept = []
    for epoch in range(count):
        kept.append(epoch)
        dropped = superfluous(kept, most)
        kept = [found for found in kept if found not in dropped]
    assert len(kept) == min(most, count)
    assert (kept[0], kept[-1]) == (0, count - 1)
    # The last gap is still growing.
    gaps = np.diff(kept)[:-1]
    assert len(gaps) == 0 or gaps.max() <= 3 * gaps.min()


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def values(**changes):
    return {**vars(snapshot(1)), **changes}


def huge_header():
    """An array that claims 10¹⁵ bytes."""
    buffer, header = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (10**6, 10**6, 10**3)}
    )
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("grid.npy", header.getvalue())
    return buffer.getvalue()


def bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("grid.npy", bytes(17 << 20))
    return buffer.getvalue()


HOSTILE = {
    "empty": b"",
    "text": b"PK nothing",
    "cut": npz(**values())[:-100],
    "pickle": npz(**values(grid=np.array([object()], dtype=object))),
    "missing": npz(grid=pictures(3)),
    "huge": huge_header(),
    "bomb": bomb(),
    "floats": npz(**values(grid=pictures(3).astype(np.float32))),
    "other shape": npz(**values(grid=np.zeros((3, 4, 4, 1), np.uint8))),
    "many": npz(**values(grid=pictures(145))),
    "other originals": npz(**values(reconstructions=pictures(2))),
    "other codes": npz(**values(codes=np.zeros((5, 2), np.float16))),
    "wide codes": npz(**values(codes=np.zeros((4, 17), np.float16))),
    "nan": npz(**values(codes=np.full((4, 2), np.nan, np.float16))),
    "infinite": npz(**values(kl=np.array([np.inf], np.float32))),
    "other epoch": npz(**values(epoch=2)),
    "epoch of text": npz(**values(epoch="1")),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_one_line(snapshots, content):
    snapshots.write_first(first())
    (snapshots.folder / "00001.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"snapshot 00001.npz cannot be read \(.+\)"):
        snapshots.read(1)


@pytest.mark.parametrize(
    "changes",
    [
        {"originals": pictures(13)},
        {"labels": np.zeros(2001, np.int16)},
        {"labels": np.zeros(4)},
        {"grid_columns": 0},
        {"grid_columns": "12"},
    ],
)
def test_a_hostile_shared_part_is_one_line(snapshots, changes):
    snapshots.folder.mkdir()
    (snapshots.folder / "first.npz").write_bytes(npz(**{**vars(first()), **changes}))
    with pytest.raises(ValueError, match=r"first.npz cannot be read"):
        snapshots.first()


def test_what_is_no_plain_file_is_not_followed(snapshots, tmp_path):
    snapshots.write_first(first())
    (tmp_path / "outside").write_bytes(npz(**values()))
    (snapshots.folder / "00001.npz").symlink_to(tmp_path / "outside")
    with pytest.raises(ValueError, match="no plain file"):
        snapshots.read(1)
    with pytest.raises(ValueError, match="No such file"):
        snapshots.read(5)


def test_foreign_names_are_no_snapshots(snapshots):
    snapshots.write_first(first())
    for name in ("1.npz", "00001.npz.part", ".00001.npz", "0000x.npz", "99999999.npz"):
        (snapshots.folder / name).write_bytes(b"")
    assert snapshots.epochs() == []
