import gzip
import hashlib
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from vae_core import load_dataset
from vae_core.base.home import data_folder
from vae_core.datasets import DATASETS, Split
from vae_core.datasets.files import RemoteFile, RemoteFolder
from vae_core.datasets.idx import read_idx


def compressed(content):
    """gzip without a time, so that a test is called the same in every process."""
    return gzip.compress(content, mtime=0)


def idx_bytes(array, kind=0x08):
    header = bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return compressed(header + array.tobytes())


def test_digits_need_no_network_and_are_divided_alike():
    digits = load_dataset("digits")
    assert digits.input_shape == (28, 28, 1)
    assert (len(digits.train), len(digits.test)) == (1437, 360)
    assert digits.test.images.dtype == np.float32
    assert 0 <= digits.test.images.min() < digits.test.images.max() <= 1
    for label in range(10):
        assert np.mean(digits.test.labels == label) == pytest.approx(0.1, abs=0.01)
    again = load_dataset("digits")
    np.testing.assert_array_equal(again.test.pixels, digits.test.pixels)


def test_no_test_image_of_digits_is_trained_on():
    digits = load_dataset("digits")
    train = {row.tobytes() for row in digits.train.pixels}
    assert not any(row.tobytes() in train for row in digits.test.pixels)


def provided_mnist(folder, monkeypatch, train=7, test=3, test_labels=3):
    """A folder of data sets with a small MNIST in its official files."""
    rng = np.random.default_rng(0)
    (folder / "mnist").mkdir()
    for part, images, labels in (("train", train, train), ("t10k", test, test_labels)):
        pixels = rng.integers(0, 256, (images, 28, 28), np.uint8)
        (folder / "mnist" / f"{part}-images-idx3-ubyte.gz").write_bytes(idx_bytes(pixels))
        (folder / "mnist" / f"{part}-labels-idx1-ubyte.gz").write_bytes(
            idx_bytes(np.arange(labels, dtype=np.uint8))
        )
    monkeypatch.setenv("VAE_CORE_DATA", str(folder))
    return pixels


def test_mnist_reads_its_official_files(tmp_path, monkeypatch):
    test_pixels = provided_mnist(tmp_path, monkeypatch)
    mnist = load_dataset("mnist")
    assert mnist.train.pixels.shape == (7, 28, 28, 1)
    np.testing.assert_array_equal(mnist.test.pixels[..., 0], test_pixels)
    assert mnist.test.labels.tolist() == [0, 1, 2]
    assert mnist.class_names == tuple("0123456789")
    assert DATASETS["mnist"].is_here()


def test_mnist_files_that_do_not_belong_together_are_refused(tmp_path, monkeypatch):
    provided_mnist(tmp_path, monkeypatch, test_labels=2)
    with pytest.raises(ValueError, match="t10k do not belong together"):
        load_dataset("mnist")


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'nist' is no data set: expected one of (?=.*digits).*mnist"):
        load_dataset("nist")


def test_splits_of_wrong_shape_are_refused():
    with pytest.raises(ValueError, match="uint8"):
        Split(np.zeros((2, 28, 28, 1), np.float32), np.zeros(2, np.int64))
    with pytest.raises(ValueError, match="labels"):
        Split(np.zeros((2, 28, 28, 1), np.uint8), np.zeros(3, np.int64))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not gzip", "cannot be read"),
        (compressed(b"\1\2\3\4"), "no IDX file"),
        (compressed(b""), "no IDX file"),
        (compressed(bytes([0, 0, 8, 255]) + b"\xff" * 1020), "promises 255 dimensions"),
        (compressed(bytes([0, 0, 8, 2]) + b"\xff" * 8), "promises 2 dimensions"),
        (idx_bytes(np.zeros((2, 3), np.uint8), kind=0x0D), "no IDX file"),
        (compressed(gzip.decompress(idx_bytes(np.zeros((2, 3), np.uint8)))[:-1]), "does not hold"),
        (compressed(gzip.decompress(idx_bytes(np.zeros((2, 3), np.uint8))) + b"x"), "does not hold"),
        (idx_bytes(np.zeros((200, 3), np.uint8))[:-12], "cannot be read"),
    ],
)
def test_damaged_idx_files_are_named(tmp_path, content, words):
    path = tmp_path / "images.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


def test_idx_arrays_survive(tmp_path):
    array = np.random.default_rng(0).integers(0, 256, (3, 4, 5), np.uint8)
    (tmp_path / "a.gz").write_bytes(idx_bytes(array))
    np.testing.assert_array_equal(read_idx(tmp_path / "a.gz"), array)


CONTENT = b"official bytes" * 1000


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        if self.path.startswith("/missing"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if self.path.startswith("/cut"):
            self.wfile.write(CONTENT[:100])
            self.connection.close()
        elif self.path.startswith("/altered"):
            self.wfile.write(b"X" + CONTENT[1:])
        else:
            self.wfile.write(CONTENT)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def mirror():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def remote(server, path, name="toy"):
    file = RemoteFile("data.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    return RemoteFolder(name, f"http://127.0.0.1:{server.server_address[1]}/{path}", (file,))


def test_a_download_is_kept_and_not_repeated(mirror):
    folder = remote(mirror, "good")
    assert not folder.is_here()
    path = folder.paths()["data.bin"]
    assert path == data_folder() / "toy" / "data.bin"
    assert path.read_bytes() == CONTENT
    assert folder.is_here()
    folder.paths()
    assert mirror.asked == ["/good/data.bin"]


def test_provided_data_come_first(mirror, tmp_path, monkeypatch):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "data.bin").write_bytes(b"mine")
    monkeypatch.setenv("VAE_CORE_DATA", str(tmp_path))
    assert remote(mirror, "good").paths()["data.bin"].read_bytes() == b"mine"
    assert mirror.asked == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("missing", "answered 404"),
        ("cut", "could not be downloaded|is not the expected"),
        ("altered", "SHA-256"),
    ],
)
def test_failed_downloads_say_what_to_do_and_leave_nothing(mirror, path, words):
    with pytest.raises(ValueError, match=words) as caught:
        remote(mirror, path).paths()
    assert "try again, or put data.bin into" in str(caught.value)
    assert not [file for file in data_folder().rglob("*") if file.is_file()]


def test_offline_says_what_to_do(mirror):
    folder = remote(mirror, "good")
    mirror.shutdown()
    mirror.server_close()
    with pytest.raises(ValueError, match=r"could not be downloaded.*VAE_CORE_DATA"):
        folder.paths()


def test_every_data_set_names_its_licence_and_size():
    for source in DATASETS.values():
        assert source.licence
        assert source.images > 0
        if source.remote:
            assert source.download_bytes > 0
            assert source.fetch
            assert source.remote.base_url.startswith("https://")
