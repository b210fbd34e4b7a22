"""The shelf: bytes by their digest, in memory, served for ever."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui.server import base_path, routes, shelf
from ui.server.shelf import Shelf


@pytest.fixture
def client():
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client


def test_what_was_put_is_served_for_ever_as_it_is(client):
    content = bytes(range(256)) * 40
    address = shelf.put(content)
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-encoding"] == "identity"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get(shelf.put(b"{}", "application/json")).headers["content-type"] == "application/json"


def test_the_address_is_of_the_content_and_its_kind():
    first = shelf.put(b"abc")
    assert first == shelf.put(b"abc")
    assert len({first, shelf.put(b"abd"), shelf.put(b"abc", "text/plain")}) == 3
    digest = hashlib.sha256(b"application/octet-stream\0abc").hexdigest()
    assert first == f"/lab/shelf/{digest}"


@pytest.mark.parametrize("name", ["0" * 64, "x", "..%2F..%2Fetc%2Fpasswd", "a" * 5_000])
def test_what_is_not_there_is_said_in_one_line(client, name):
    answer = client.get(f"/lab/shelf/{name}")
    assert answer.status_code == 404
    assert answer.text.count("\n") == 0
    assert "Traceback" not in answer.text


def test_a_base_path_is_in_the_address(monkeypatch):
    monkeypatch.setattr(base_path.st, "get_option", lambda name: "/lesson/one/")
    assert shelf.put(b"abc").startswith("/lesson/one/lab/shelf/")


def test_what_was_not_used_for_longest_goes_first():
    small = Shelf(capacity=10)
    first, second = small.put(b"aaaa", "a/a"), small.put(b"bbbb", "a/a")
    assert small.get(first) == (b"aaaa", "a/a")
    third = small.put(b"cccc", "a/a")
    assert small.get(second) is None
    assert small.get(first) and small.get(third)
    assert small.size == 8
    small.put(b"aaaa", "a/a")
    assert small.size == 8
    small.put(b"d" * 10, "a/a")
    assert small.size == 10
    assert small.get(first) is None


def test_more_than_the_shelf_holds_is_refused():
    with pytest.raises(ValueError, match="11 bytes do not fit a shelf of 10 bytes"):
        Shelf(capacity=10).put(b"x" * 11, "a/a")


@pytest.mark.parametrize("kind", ["", "text", "text/html; charset=x", "a/b\r\nSet-Cookie: x", "a/b\n"])
def test_only_media_types_become_headers(kind):
    with pytest.raises(ValueError, match="expected a media type"):
        Shelf().put(b"x", kind)


def test_many_threads_at_once_keep_the_count_right():
    small = Shelf(capacity=100)

    def put_and_get(seed):
        for i in range(200):
            digest = small.put(bytes([(seed + i) % 50]) * 7, "a/a")
            found = small.get(digest)
            assert found is None or found[0][0] == (seed + i) % 50

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put_and_get, range(8)))
    assert small.size == 7 * len(small._items) <= 100
