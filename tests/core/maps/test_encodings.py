"""Every image of a data set encoded once: what is kept, for whom it holds, and what may go wrong."""

import json
import os
import zipfile

import numpy as np
import pytest
from filelock import FileLock

from tests.core.datasets.test_datasets import provided_mnist
from tests.core.datasets.test_quickdraw import ROWS, npy, provided
from tests.support.linear_models import LOG_VAR, VARIANCE, Linear, write_linear
from vae_core import load_model
from vae_core.base.arrays import unit_images
from vae_core.base.home import home, notes_folder
from vae_core.datasets import DATASETS, load_dataset, sprites
from vae_core.maps import encoding_file, encodings, originals, picture_store
from vae_core.maps.encoding_file import data_stamp, encoding_path, header_of, read_encoding
from vae_core.maps.encodings import can_encode, count_of_images, encode_all, forget_encoding
from vae_core.maps.picture_store import kept_pictures
from vae_core.maps.points import all_points
from vae_core.specs import TrainingSpec


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model of a small MNIST of 7 training and 3 test images."""
    (tmp_path / "data").mkdir()
    provided_mnist(tmp_path / "data", monkeypatch)
    return write_linear("lined")


@pytest.fixture
def few_sprites(monkeypatch):
    """300 sprites, of which 60 are held out: to draw all takes seconds."""
    originals._kept_split.cache_clear()
    monkeypatch.setattr(sprites, "IMAGES", 300)
    monkeypatch.setattr(sprites, "TEST_IMAGES", 60)
    yield
    originals._kept_split.cache_clear()


def spec(dataset, **values):
    return TrainingSpec.checked({"dataset": dataset, "network": "dense", **values})


def picture_folders():
    return sorted(path.name for path in (home() / "pictures").glob("*") if path.name != "lock")


def all_files():
    return sorted(
        path.relative_to(home()).as_posix()
        for path in home().rglob("*")
        if path.is_file() and "models" not in path.parts
    )


def test_both_splits_are_encoded_with_their_errors(model):
    data = load_dataset("mnist")
    pixels = np.concatenate([data.train.pixels, data.test.pixels])
    encoding = encode_all(model)
    linear = Linear((28, 28, 1))
    codes = linear.encode(pixels)
    np.testing.assert_allclose(encoding.z_mean, codes, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(encoding.z_log_var, LOG_VAR)
    squares = np.square(linear.decode(codes) - pixels / 255).reshape(10, -1).sum(axis=1)
    nats = 0.5 * (squares / VARIANCE + 784 * np.log(2 * np.pi * VARIANCE))
    np.testing.assert_allclose(encoding.reconstruction_error, nats, rtol=1e-4)
    kept = read_encoding(model)
    assert len(kept) == 10
    assert kept.label.tolist() == kept.index.tolist() == [*range(7), *range(3)]
    assert kept.is_test.tolist() == [False] * 7 + [True] * 3
    np.testing.assert_array_equal(kept.z_mean, encoding.z_mean.astype(np.float16).astype(np.float32))
    np.testing.assert_array_equal(kept.reconstruction_error, encoding.reconstruction_error)
    assert read_encoding(model) is kept
    assert not kept.z_mean.flags.writeable


def test_the_pictures_are_kept_as_one_file_that_is_mapped(model):
    data = load_dataset("mnist")
    key = encode_all(model).header.pictures
    pixels = kept_pictures(key, 10, (28, 28, 1))
    np.testing.assert_array_equal(pixels, np.concatenate([data.train.pixels, data.test.pixels]))
    assert isinstance(pixels.base, np.memmap)
    assert not pixels.flags.writeable
    assert kept_pictures(key, 9, (28, 28, 1)) is None
    assert kept_pictures(key, 10, (28, 28, 3)) is None
    about = json.loads((home() / "pictures" / key / "pictures.json").read_text())
    assert about["images"] == 10
    assert about["choice"] == ["mnist", None, None]


def test_known_factors_are_kept(few_sprites):
    few = {"classes": ("heart",), "images_per_class": 40}
    model = write_linear("hearts", "sprites", **few)
    encoding = encode_all(model)
    data = load_dataset("sprites", **few)
    expected = np.concatenate([data.train.attributes, data.test.attributes])
    found = all_points(model)
    np.testing.assert_array_equal(found.attributes, expected)
    assert found.attribute_names == data.attribute_names == encoding.header.attribute_names
    assert len(found) == 40 + len(data.test)


def test_progress_goes_up_stage_by_stage(model, monkeypatch):
    monkeypatch.setattr(encodings, "CHUNK", 4)
    said = []
    encode_all(model, lambda *progress: said.append(progress))
    assert list(dict.fromkeys(stage for stage, _, _ in said)) == [
        "reading the pictures",
        "encoding",
        "keeping them",
    ]
    assert [done for stage, done, _ in said if stage == "encoding"] == [0, 4, 7, 10]
    assert {total for stage, _, total in said if stage == "encoding"} == {10}
    assert said[-1] == ("keeping them", 1, 1)


def test_in_any_chunks_the_codes_are_the_same(model, monkeypatch):
    whole = encode_all(model)
    monkeypatch.setattr(encodings, "CHUNK", 3)
    parts = encode_all(model)
    np.testing.assert_allclose(parts.z_mean, whole.z_mean, rtol=1e-5)
    np.testing.assert_allclose(parts.reconstruction_error, whole.reconstruction_error, rtol=1e-5)


@pytest.mark.parametrize(("scale", "kind"), [(1.0, np.float16), (1e4, np.float32)])
def test_codes_that_float16_would_not_hold_stay_whole(model, scale, kind):
    far = write_linear("far", linear=Linear((28, 28, 1), scale=scale), rows=0)
    encoding = encode_all(far)
    with np.load(encoding_path("far")) as arrays:
        assert arrays["z_mean"].dtype == kind
    np.testing.assert_allclose(read_encoding(far).z_mean, encoding.z_mean, rtol=1e-3)


def test_absurd_codes_are_refused(model):
    far = write_linear("far", linear=Linear((28, 28, 1), scale=1e9), rows=0)
    with pytest.raises(ValueError, match=r"far gives an image the code .*expected at most 1e.06"):
        encode_all(far)
    assert all_points(far) is None
    assert not picture_folders()


def test_two_models_of_the_same_data_share_the_pictures(model):
    other = write_linear("other", linear=Linear((28, 28, 1), seed=1))
    first = encode_all(model).header.pictures
    path = home() / "pictures" / first / "pixels.npy"
    written = path.stat().st_mtime_ns, path.stat().st_ino
    assert encode_all(other).header.pictures == first
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == written
    assert picture_folders() == [first]
    forget_encoding(model)
    assert picture_folders() == [first]
    assert all_points(model) is None
    assert len(all_points(other)) == 10
    forget_encoding(other)
    assert picture_folders() == []
    forget_encoding(other)


def test_other_classes_are_other_pictures(model):
    two = write_linear("two", classes=("2", "0"), images_per_class=1)
    encode_all(model)
    encode_all(two)
    assert len(picture_folders()) == 2
    found = all_points(two)
    assert found.label.tolist() == [1, 0, 1, 0]
    assert found.is_test.tolist() == [False, False, True, True]


def test_an_encoding_of_another_model_of_that_name_is_refused(model, tmp_path):
    encode_all(model)
    again = write_linear("lined", path=tmp_path / "lined", linear=Linear((28, 28, 1), seed=5))
    with pytest.raises(ValueError, match="encoded by another model than this lined: encode them again"):
        all_points(again)
    encode_all(again)
    assert len(all_points(again)) == 10


def test_pictures_that_changed_must_be_encoded_again(model, tmp_path):
    first = encode_all(model).header.pictures
    assert all_points(model) is not None
    changed = tmp_path / "data" / "mnist" / "train-labels-idx1-ubyte.gz"
    os.utime(changed, ns=(0, 0))
    with pytest.raises(
        ValueError, match="pictures of mnist changed since they were encoded: encode them again"
    ):
        all_points(model)
    second = encode_all(model).header.pictures
    assert second != first
    assert picture_folders() == [second]
    assert len(all_points(model)) == 10


def test_what_draws_pictures_counts_as_their_data(few_sprites, monkeypatch):
    stamp = data_stamp(spec("sprites"))
    assert stamp.files == ()
    assert len(stamp.version) == 64
    assert stamp.version != data_stamp(spec("faces")).version
    assert data_stamp(spec("faces")) == data_stamp(spec("faces-grey"))
    model = write_linear("hearts", "sprites", classes=("heart",), images_per_class=5)
    encode_all(model)
    source = DATASETS["sprites"]
    monkeypatch.setitem(DATASETS, "sprites", type(source)(**{**vars(source), "version": lambda: "0" * 64}))
    with pytest.raises(ValueError, match="pictures of sprites changed"):
        all_points(model)


def test_an_encoding_outlives_the_files_it_was_made_from(model, tmp_path):
    encode_all(model)
    (tmp_path / "data" / "mnist" / "train-images-idx3-ubyte.gz").unlink()
    assert data_stamp(model.spec.training) is None
    assert len(all_points(model)) == 10
    assert "not all on this machine: run `python -m vae_core fetch mnist`" in can_encode(model)


def test_pictures_that_change_while_they_are_encoded_are_refused(model, tmp_path):
    def touch(stage, done, total):
        if stage == "encoding":
            os.utime(tmp_path / "data" / "mnist" / "t10k-labels-idx1-ubyte.gz", ns=(done, done))

    with pytest.raises(ValueError, match="changed while they were encoded: try again"):
        encode_all(model, touch)
    assert all_points(model) is None
    assert not picture_folders()


def rewritten(change):
    """The encoding's arrays changed and written without any checks."""
    path = encoding_path("lined")
    with np.load(path) as arrays:
        values = {name: arrays[name] for name in arrays.files}
    change(values)
    np.savez(path, **values)


def edit(name, make):
    return lambda values: values.update({name: make(values[name])})


def nan_at_3(array):
    array = array.copy()
    array[3] = np.nan
    return array


def with_header(change):
    def apply(values):
        header = json.loads(values["header"].tobytes())
        change(header)
        values["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)

    return apply


DAMAGES = {
    "wrong width": edit("z_mean", lambda a: a[:, :1]),
    "flat": edit("z_mean", lambda a: a[:, 0]),
    "a number": edit("z_mean", lambda a: np.float32(1)),
    "too few labels": edit("label", lambda a: a[1:]),
    "labels with fractions": edit("label", lambda a: a + 0.5),
    "NaN codes": edit("z_mean", nan_at_3),
    "NaN errors": edit("reconstruction_error", nan_at_3),
    "codes of strings": edit("z_mean", lambda a: a.astype(str)),
    "pickled": edit("label", lambda a: a.astype(object)),
    "no variances": lambda values: values.pop("z_log_var"),
    "wild variances": edit("z_log_var", lambda a: a + 1_000),
    "negative index": edit("index", lambda a: a - 1),
    "huge index": edit("index", lambda a: a + 2**30),
    "attributes that nobody named": lambda values: values.update(attributes=np.zeros((10, 1), np.float32)),
    "names without attributes": with_header(lambda header: header.update(attribute_names=["x"])),
    "no header": lambda values: values.pop("header"),
    "a header that is no JSON": lambda values: values.update(header=np.frombuffer(b"{", np.uint8)),
    "a header of another kind": with_header(lambda header: header.update(format=2)),
    "a path as pictures": with_header(lambda header: header.update(pictures="../../etc")),
    "an unknown field": with_header(lambda header: header.update(more=1)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_a_damaged_encoding_is_told_in_one_line(model, damage):
    encode_all(model)
    assert len(all_points(model)) == 10
    rewritten(damage)
    with pytest.raises(ValueError, match=r"is damaged .*encode all images again") as said:
        all_points(model)
    assert "\n" not in str(said.value)
    encode_all(model)
    assert len(all_points(model)) == 10


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\x80\x04K\x01.", b"\x93NUMPY\x01\x00", b"x" * 10_000]
)
def test_a_file_that_is_no_archive_is_damaged(model, content):
    encode_all(model)
    whole = encoding_path("lined").read_bytes()
    for damaged in (content, whole[: len(whole) // 2]):
        encoding_path("lined").write_bytes(damaged)
        with pytest.raises(ValueError, match="is damaged"):
            all_points(model)
        assert header_of(encoding_path("lined")) is None


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(model, monkeypatch):
    encode_all(model)
    path = encoding_path("lined")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.npy", bytes(100_000))
    monkeypatch.setattr(encoding_file, "MAXIMUM_FILE_BYTES", 50_000)
    monkeypatch.setattr(encoding_file, "MAXIMUM_HEADER_BYTES", 50_000)
    monkeypatch.setattr(np, "load", lambda *arguments, **options: pytest.fail("it was unpacked"))
    with pytest.raises(ValueError, match="is damaged"):
        all_points(model)
    assert header_of(path) is None


def test_what_cannot_be_encoded_says_why(model, tmp_path):
    assert can_encode(model) is None
    assert can_encode(load_model("digits-2d")) is None
    assert "run `python -m vae_core fetch fashion-mnist`" in can_encode(load_model("fashion-2d"))
    other = write_linear("other", rows=3)
    vars(other)["latents"] = type(other.latents)(
        other.latents.z_mean, other.latents.z_log_var, np.roll(other.latents.label, 1), other.latents.index
    )
    assert "not what other was trained on (other labels)" in can_encode(other)
    unknown = write_linear("unknown", path=tmp_path / "unknown")
    # Put back in their order, which later tests of this process may see.
    known = dict(DATASETS)
    del DATASETS["mnist"]
    try:
        assert (
            can_encode(unknown)
            == "mnist is no data set that is known here: all images of unknown cannot be encoded"
        )
        assert data_stamp(unknown.spec.training) is None
        with pytest.raises(ValueError, match="no data set that is known"):
            encode_all(unknown)
    finally:
        DATASETS.clear()
        DATASETS.update(known)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("MAXIMUM_IMAGES", "mnist has 70,000 images: at most 9 can be encoded"),
        ("MAXIMUM_PIXEL_BYTES", "mnist has 54,880,000 bytes of pixels: at most 9 can be kept"),
        ("MAXIMUM_CODE_BYTES", "70,000 codes of 2 dimensions take 560,000 bytes: at most 9 can be kept"),
    ],
)
def test_too_much_is_refused_before_it_is_read(model, monkeypatch, limit, words):
    monkeypatch.setattr(encodings, limit, 9)
    assert can_encode(model) == words
    with pytest.raises(ValueError, match=words):
        encode_all(model)
    # Where the estimate was too low, the images that were read are counted.
    monkeypatch.setattr(encodings, "count_of_images", lambda spec: 1)
    monkeypatch.setattr(encodings, limit, 10 * 784 - 1 if "PIXEL" in limit else 9)
    assert can_encode(model) is None
    with pytest.raises(ValueError, match="at most"):
        encode_all(model)


@pytest.mark.parametrize(
    ("dataset", "values"),
    [
        ("digits", {}),
        ("digits", {"images_per_class": 20}),
        ("quickdraw", {"classes": ("cat", "dog"), "images_per_class": 50}),
        ("quickdraw", {"classes": ("dog", "cat")}),
    ],
)
def test_images_are_counted_without_reading_them(tmp_path, monkeypatch, dataset, values):
    provided(tmp_path, monkeypatch, cat=npy(ROWS), dog=npy(ROWS[:30]))
    data = load_dataset(dataset, **values)
    assert count_of_images(spec(dataset, **values)) == len(data.train) + len(data.test)


def test_images_of_chosen_classes_are_counted_about():
    data = load_dataset("digits", ("3", "8"))
    counted = count_of_images(spec("digits", classes=("3", "8")))
    assert counted == pytest.approx(len(data.train) + len(data.test), rel=0.05)
    known = {
        "mnist": 70_000,
        "fashion-mnist": 70_000,
        "faces": 20_000,
        "faces-grey": 20_000,
        "sprites": 40_000,
    }
    assert {name: count_of_images(spec(name)) for name in known} == known
    assert count_of_images(spec("mnist", classes=("1", "2"), images_per_class=100)) == 2_200
    assert count_of_images(spec("quickdraw", classes=("cat", "dog"), images_per_class=7)) == 14
    assert count_of_images(spec("nowhere")) == 0


class Stopped(BaseException):
    """As SIGTERM comes."""


@pytest.mark.parametrize("stage", ["reading the pictures", "encoding", "keeping them"])
def test_who_is_stopped_leaves_nothing(model, monkeypatch, stage):
    monkeypatch.setattr(encodings, "CHUNK", 4)
    said = []

    def stop(now, done, total):
        said.append(now)
        if now == stage and said.count(stage) == (2 if stage == "encoding" else 1):
            raise Stopped

    with pytest.raises(Stopped):
        encode_all(model, stop)
    assert not [name for name in all_files() if not name.endswith("lock")]
    assert len(encode_all(model)) == 10


def test_who_is_stopped_while_pictures_are_written_leaves_nothing(model, monkeypatch):
    def stop(path, parts, count):
        path.write_bytes(b"half")
        raise Stopped

    monkeypatch.setattr(picture_store, "_write", stop)
    with pytest.raises(Stopped):
        encode_all(model)
    assert not [name for name in all_files() if not name.endswith("lock")]


def test_a_stop_leaves_the_encoding_before_as_it_was(model):
    encode_all(model)
    before = encoding_path("lined").read_bytes()

    def stop(stage, done, total):
        if stage == "keeping them":
            raise Stopped

    with pytest.raises(Stopped):
        encode_all(model, stop)
    assert encoding_path("lined").read_bytes() == before
    assert len(all_points(model)) == 10


def test_what_a_killed_process_left_is_cleared_away(model):
    left = home() / "pictures" / ".mnist-0.part"
    left.mkdir(parents=True)
    (left / "pixels.npy").write_bytes(b"half")
    key = encode_all(model).header.pictures
    assert picture_folders() == [key]


@pytest.mark.parametrize("damage", [b"", b"half", None])
def test_damaged_pictures_are_written_anew(model, damage):
    key = encode_all(model).header.pictures
    path = home() / "pictures" / key / "pixels.npy"
    path.write_bytes(path.read_bytes()[:-1] if damage is None else damage)
    assert kept_pictures(key, 10, (28, 28, 1)) is None
    encode_all(model)
    assert kept_pictures(key, 10, (28, 28, 1)).sum() > 0


def test_pictures_of_another_kind_are_none(model):
    key = encode_all(model).header.pictures
    path = home() / "pictures" / key / "pixels.npy"
    for array in (
        np.zeros((10, 28, 28, 1), np.int8),
        np.zeros((10, 28, 28), np.uint8),
        np.asfortranarray(np.zeros((10, 28, 28, 1), np.uint8)),
        np.array([None] * 3),
    ):
        np.save(path, array, allow_pickle=True)
        assert kept_pictures(key, 10, (28, 28, 1)) is None
    assert kept_pictures("../" + key, 10, (28, 28, 1)) is None
    assert kept_pictures("none-0123456789abcdef-0123456789abcdef", 10, (28, 28, 1)) is None


def test_only_one_process_encodes_a_model_at_a_time(model, monkeypatch):
    monkeypatch.setattr(encodings, "LOCK_SECONDS", 0)
    encode_all(model)
    with FileLock(notes_folder("lined") / encodings.LOCK_FILE):
        for change in (encode_all, forget_encoding):
            with pytest.raises(ValueError, match="lined are being encoded by another process: wait"):
                change(model)
    encode_all(model)


def test_pictures_are_written_by_one_process_at_a_time(model, monkeypatch):
    monkeypatch.setattr(picture_store, "LOCK_SECONDS", 0)
    (home() / "pictures").mkdir()
    with (
        FileLock(home() / "pictures" / "lock"),
        pytest.raises(ValueError, match="in use by another process: try again"),
    ):
        encode_all(model)


@pytest.mark.parametrize("name", ["notes", "pictures"])
def test_a_home_that_cannot_be_written_is_told_in_one_line(model, name):
    (home() / name).write_text("a file where a folder is needed")
    with pytest.raises(ValueError, match=r"cannot be kept below .*allow writing there") as said:
        encode_all(model)
    assert "\n" not in str(said.value)


def test_a_full_disk_is_told_in_one_line_and_leaves_nothing(model, monkeypatch):
    def full(file, description):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array_header_1_0", full)
    with pytest.raises(ValueError, match=r"cannot be kept below .*No space left on device.*free space"):
        encode_all(model)
    assert not [name for name in all_files() if not name.endswith("lock")]


def test_encoded_pictures_are_those_of_the_codes():
    model = load_model("digits-2d")
    key = encode_all(model).header.pictures
    found = all_points(model)
    assert len(found) == 1_797
    pixels = kept_pictures(key, len(found), model.input_shape)
    rows = np.array([0, 5, 1_436, 1_437, 1_796])
    np.testing.assert_allclose(
        model.encode(unit_images(pixels[rows])).z_mean, found.z_mean[rows], rtol=0.01, atol=0.01
    )
    held_out = model.latents
    order = np.argsort(held_out.index)
    np.testing.assert_allclose(found.z_mean[1_437:], held_out.z_mean[order], rtol=0.01, atol=0.01)
