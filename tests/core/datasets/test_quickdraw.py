"""Quick, Draw! from a server of our own that answers ranges well, badly, or not at all."""

import hashlib
import io
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from vae_core.base.home import data_folder
from vae_core.datasets import load_dataset, load_for, quickdraw
from vae_core.specs import TrainingSpec


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


ROWS = np.random.default_rng(0).integers(0, 256, (100, 784), dtype=np.uint8)
WHOLE = npy(ROWS)


class Server(BaseHTTPRequestHandler):
    behaviour = "ranges"
    content = WHOLE
    sent = 0
    requests = 0

    def do_GET(self):
        kind, content = type(self), self.content
        kind.requests += 1
        if kind.behaviour == "missing":
            self.send_error(404)
            return
        first, last = 0, len(content) - 1
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if asked and kind.behaviour != "ignores":
            first, last = int(asked[1]), min(int(asked[2]), last)
            self.send_response(206)
            shift = 5 if kind.behaviour == "shifts" else 0
            self.send_header("Content-Range", f"bytes {first + shift}-{last}/{len(content)}")
        else:
            self.send_response(200)
        body = content[first : last + 1]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if kind.behaviour == "cuts" and len(body) > 10_000:
            body = body[:10_000]
        if kind.behaviour == "cuts always":
            body = body[:10]
        try:
            self.wfile.write(body)
            kind.sent += len(body)
        except ConnectionError:
            pass
        if kind.behaviour.startswith("cuts"):
            self.connection.close()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    kind = type("OneServer", (Server,), {})
    http = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setattr(quickdraw, "BASE_URL", f"http://127.0.0.1:{http.server_address[1]}")
    yield kind
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.mark.parametrize("behaviour", ["ranges", "ignores", "cuts"])
def test_the_first_rows_come_whole_whatever_the_server_does(server, behaviour):
    server.behaviour = behaviour
    rows = quickdraw.class_rows("hot dog", 40)
    np.testing.assert_array_equal(rows, ROWS[:40])
    path = data_folder() / "quickdraw" / "hot dog.npy"
    np.testing.assert_array_equal(np.load(path, allow_pickle=False), ROWS[:40])
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.with_suffix(".npy.sha256").read_text().split()[0] == digest
    requests = server.requests
    np.testing.assert_array_equal(quickdraw.class_rows("hot dog", 40), ROWS[:40])
    assert server.requests == requests


def test_only_the_rows_asked_for_travel(server):
    quickdraw.class_rows("cat", 10)
    assert server.sent < 11 * 784 + quickdraw.HEADER_BYTES


def test_a_class_with_fewer_rows_gives_them_all_and_says_so(server):
    doodles = load_dataset("quickdraw", ("cat", "dog"), 1000)
    assert (len(doodles.train), len(doodles.test)) == (180, 20)
    assert doodles.class_names == ("cat", "dog")
    assert doodles.notes[0] == "cat: 100 drawings are here, 1,000 were asked for"


def test_the_rows_at_hand_are_used_and_more_are_fetched_on_request(server):
    quickdraw.fetch(("cat",), 20)
    doodles = load_dataset("quickdraw", ("cat",), 50)
    assert len(doodles.train) + len(doodles.test) == 20
    assert "20 drawings are here, 50 were asked for" in doodles.notes[0]
    quickdraw.fetch(("cat",), 50)
    assert load_dataset("quickdraw", ("cat",), 50).notes == ()


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("missing", "answered 404"),
        ("shifts", "sent another range"),
        ("cuts always", "could not be downloaded"),
    ],
)
def test_a_useless_answer_is_named_and_leaves_nothing(server, behaviour, words):
    server.behaviour = behaviour
    with pytest.raises(ValueError, match=words):
        quickdraw.class_rows("cat", 40)
    assert not (data_folder() / "quickdraw").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>", "is no .npy file"),
        (npy(ROWS.astype(np.float32)), "expected uint8 rows of 784"),
        (npy(ROWS[:, :700]), "expected uint8 rows of 784"),
        (npy(np.array([{}], dtype=object)), "is no .npy file|expected uint8"),
        (WHOLE[: 200 + 784], "bytes of"),
    ],
)
def test_a_file_of_another_format_is_named(server, content, words):
    server.content = content
    with pytest.raises(ValueError, match=words):
        quickdraw.class_rows("cat", 40)


def test_no_server_is_a_line_that_says_what_to_do(server, monkeypatch):
    monkeypatch.setattr(quickdraw, "BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(ValueError, match=r"could not be downloaded .*try again"):
        quickdraw.class_rows("cat", 40)


def test_an_altered_file_is_named(server):
    quickdraw.class_rows("cat", 10)
    path = data_folder() / "quickdraw" / "cat.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\0\0")
    with pytest.raises(ValueError, match="was altered or cut short"):
        quickdraw.class_rows("cat", 10)


def provided(folder, monkeypatch, **classes):
    (folder / "quickdraw").mkdir()
    for name, rows in classes.items():
        (folder / "quickdraw" / f"{name}.npy").write_bytes(rows)
    monkeypatch.setenv("VAE_CORE_DATA", str(folder))


def test_files_that_were_given_are_used(tmp_path, monkeypatch):
    provided(tmp_path, monkeypatch, cat=WHOLE, dog=npy(ROWS[:30]))
    doodles = load_dataset("quickdraw", ("cat", "dog"), 60)
    assert np.bincount(doodles.train.labels).tolist() == [54, 27]
    assert doodles.train.labels[:4].tolist() == [0, 1, 0, 1]
    dogs = doodles.test.pixels[doodles.test.labels == 1]
    np.testing.assert_array_equal(dogs[-1].ravel(), ROWS[29])
    assert not quickdraw.is_here()


@pytest.mark.parametrize(
    ("content", "words"),
    [(WHOLE[:-5], "does not hold"), (npy(ROWS[:0]), "has 0 drawings"), (npy(ROWS[:1]), "has 1 drawings")],
)
def test_files_that_are_damaged_or_empty_are_named(tmp_path, monkeypatch, content, words):
    provided(tmp_path, monkeypatch, cat=content)
    with pytest.raises(ValueError, match=words):
        load_dataset("quickdraw", ("cat",))


def test_a_spec_says_which_drawings(tmp_path, monkeypatch):
    provided(tmp_path, monkeypatch, cat=WHOLE, dog=WHOLE, tree=WHOLE)
    spec = TrainingSpec.checked({"network": "selu-conv", "images": 25})
    doodles = load_for(spec)
    assert doodles.class_names == ("cat", "dog", "tree")
    assert (len(doodles.train), len(doodles.test)) == (25, 30)
    assert np.bincount(doodles.train.labels).tolist() == [9, 8, 8]


def test_more_rows_that_were_fetched_win_over_fewer_that_were_given(server, tmp_path, monkeypatch):
    provided(tmp_path, monkeypatch, cat=npy(ROWS[:30]))
    assert len(quickdraw.class_rows("cat", 25)) == 25
    assert server.requests == 0
    quickdraw.fetch(("cat",), 60)
    requests = server.requests
    np.testing.assert_array_equal(quickdraw.class_rows("cat", 60), ROWS[:60])
    quickdraw.fetch(("cat",), 60)
    assert server.requests == requests
