"""What a run leaves behind to look at is what its network makes of held-out pictures."""

import errno
import os

import numpy as np
import pytest

from vae_core.base.arrays import rounded_bytes
from vae_core.datasets import Dataset, Split
from vae_core.families.posterior import Posterior
from vae_core.metrics.bound import kl_per_dimension
from vae_core.runs.folder import RunSpec, create_run, open_run
from vae_core.runs.snapshots import Snapshots
from vae_core.specs import TrainingSpec

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("step_by_step")]


@pytest.fixture
def recorder(keras, monkeypatch):
    from vae_core.training.process import recorder

    monkeypatch.setattr(recorder, "SHARE_OF_TIME", float("inf"))
    return recorder


def create(home, **changes):
    values = {"dataset": "digits", "network": "dense", "hidden_units": (8,), "epochs": 3, "batch_size": 100}
    training = TrainingSpec.checked({**values, **changes})
    return create_run(RunSpec(training=training, out=str(home / "models" / "small"), keep_keras=False))


def worked(folder, data, on_progress=lambda progress: None):
    from vae_core.training.process.worker import work

    return work(open_run(folder.path), data, on_progress)[0]


def originals_of(data, found):
    """The pictures of the test split in the order of the snapshot's originals."""
    pixels = data.test.pixels.reshape(len(data.test), -1)
    rows = [int(np.flatnonzero((pixels == original.ravel()).all(axis=1))[0]) for original in found.originals]
    return data.test.images[rows], data.test.labels[rows]


def test_snapshots_show_the_network(recorder, temporary_home, small_digits):
    folder = create(temporary_home)
    run = worked(folder, small_digits)
    snapshots = Snapshots(folder)
    assert snapshots.epochs() == [0, 1, 2, 3]
    assert [event["epoch"] for event in folder.events() if event["event"] == "snapshot"] == [0, 1, 2, 3]
    first, last = snapshots.first(), snapshots.read(3)
    images, labels = originals_of(small_digits, first)
    assert first.grid_columns == 12
    assert labels.tolist() == [*range(10), 0, 1]
    np.testing.assert_array_equal(np.sort(first.labels), np.sort(small_digits.test.labels))

    posterior = Posterior(*run.encoder.predict(small_digits.test.images, verbose=0))
    np.testing.assert_allclose(last.kl, kl_per_dimension(posterior).mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(
        np.sort(last.codes, axis=0), np.sort(posterior.z_mean, axis=0), rtol=1e-2, atol=1e-3
    )
    for label in range(10):
        np.testing.assert_allclose(
            last.codes[first.labels == label].mean(axis=0),
            posterior.z_mean[small_digits.test.labels == label].mean(axis=0),
            atol=1e-2,
        )

    def pictures(codes):
        return rounded_bytes(1 / (1 + np.exp(-run.decoder.predict(codes, verbose=0))))

    middles = -3 + 6 * (np.arange(12) + 0.5) / 12
    cells = np.array([(x, y) for y in middles[::-1] for x in middles], np.float32)
    assert np.abs(last.grid.astype(int) - pictures(cells)).max() <= 1
    redrawn = pictures(run.encoder.predict(images, verbose=0)[0])
    assert np.abs(last.reconstructions.astype(int) - redrawn).max() <= 1
    assert np.abs(snapshots.read(0).grid.astype(int) - last.grid).max() > 1


def test_what_is_drawn_depends_on_the_code(recorder, temporary_home, small_digits):
    flat = create(temporary_home, latent_dim=1, epochs=1)
    worked(flat, small_digits)
    grid = Snapshots(flat).read(1).grid.reshape(12, 12, -1)
    assert (grid == grid[:1]).all()
    assert (grid[0, 0] != grid[0, -1]).any()


def test_many_dimensions_are_drawn_from_the_prior(recorder, keras, small_digits):
    from vae_core.training.networks import build_decoder, build_encoder

    shape = small_digits.input_shape
    pixels = small_digits.test.pixels
    for family, kl in (("vae", 20), ("autoencoder", 0)):
        spec = TrainingSpec.checked(
            {"dataset": "digits", "network": "dense", "latent_dim": 20, "family": family}
        )
        encoder, decoder = build_encoder(spec, shape), build_decoder(spec, shape)
        found = recorder.draw(spec, encoder, decoder, pixels, np.arange(3), 5)
        assert (found.grid.shape, found.codes.shape, found.kl.shape) == ((48, *shape), (100, 16), (kl,))
        z_mean = encoder.predict(small_digits.test.images[:48], verbose=0)
        codes = (
            z_mean
            if family == "autoencoder"
            else np.random.default_rng(0).standard_normal((48, 20), dtype=np.float32)
        )
        expected = rounded_bytes(1 / (1 + np.exp(-decoder.predict(codes, verbose=0))))
        assert np.abs(found.grid.astype(int) - expected).max() <= 1


def test_at_most_2000_pictures_are_encoded_none_of_them_trained_on(recorder, temporary_home):
    rng = np.random.default_rng(0)
    train = Split(rng.integers(0, 200, (40, 16, 16, 1), dtype=np.uint8), np.zeros(40, np.int64))
    test = Split(rng.integers(201, 256, (2100, 16, 16, 1), dtype=np.uint8), np.full(2100, -1))
    folder = create(temporary_home, epochs=1)
    worked(folder, Dataset("noise", train, test, ()))
    first = Snapshots(folder).first()
    assert first.originals.min() > 200
    assert (len(first.originals), len(first.labels)) == (12, 2000)
    assert Snapshots(folder).read(1).codes.shape == (2000, 2)


def test_a_resumed_run_goes_on_with_the_same_pictures(recorder, temporary_home, small_digits, monkeypatch):
    from vae_core.training.loop import checkpoints

    folder = create(temporary_home, epochs=4)
    monkeypatch.setattr(checkpoints.Checkpoints, "is_due", lambda self, epoch_ended: epoch_ended)

    def kill(progress):
        if progress.validation and progress.epoch == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        worked(folder, small_digits, kill)
    snapshots = Snapshots(folder)
    first, second = snapshots.first(), snapshots.read(2)
    assert snapshots.epochs() == [0, 1, 2]
    # As if it had been killed after a snapshot and before its checkpoint.
    (snapshots.folder / "00003.npz").write_bytes(b"of the killed process")
    (snapshots.folder / "00009.npz").write_bytes(b"of the killed process")
    run = worked(folder, small_digits)
    assert snapshots.epochs() == [0, 1, 2, 3, 4]
    assert snapshots.read(3).epoch == 3
    np.testing.assert_array_equal(snapshots.first().originals, first.originals)
    np.testing.assert_array_equal(snapshots.read(2).codes, second.codes)
    assert len(run.history) == 4


def test_epochs_that_are_too_short_are_left_out_but_never_the_last(recorder, temporary_home, small_digits):
    recorder.SHARE_OF_TIME = 0.0
    folder = create(temporary_home, epochs=5)
    worked(folder, small_digits)
    assert Snapshots(folder).epochs() == [0, 5]


def test_a_full_disk_is_noted_once_and_ends_nothing(recorder, temporary_home, small_digits, monkeypatch):
    from vae_core.runs import snapshots

    def full(path, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(snapshots, "replace_file", full)
    folder = create(temporary_home)
    run = worked(folder, small_digits)
    assert len(run.history) == 3
    notes = [event for event in folder.events() if event["event"] == "unrecorded"]
    assert [note["reason"] for note in notes] == ["snapshots: No space left on device"]
    assert Snapshots(folder).epochs() == []


def test_the_network_is_written_as_a_script(recorder, temporary_home, small_digits):
    folder = create(temporary_home, epochs=1)
    worked(folder, small_digits)
    source = (folder.path / "network.py").read_text()
    assert 'layers.Dense(8, activation="relu", name="dense")' in source


def test_every_class_is_shown_before_any_twice(recorder):
    labels = np.array([5, 5, 5, 2, 2, 7])
    assert recorder.spread_over_classes(labels, 5).tolist() == [3, 0, 5, 4, 1]
    assert recorder.spread_over_classes(np.full(4, -1), 12).tolist() == [0, 1, 2, 3]
