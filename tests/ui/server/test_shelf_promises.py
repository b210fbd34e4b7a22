"""Promises on the shelf: worked out when somebody asks, once; and what is said where they cannot be kept."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui.server import routes, shelf
from ui.server.shelf import BROKEN, MARK, Shelf

KIND = "application/json"


@pytest.fixture
def client():
    with TestClient(Starlette(routes=routes.routes())) as client:
        yield client


class Maker:
    """Makes ``content``, or raises it, and counts how often."""

    def __init__(self, content):
        self.content = content
        self.calls = 0

    def __call__(self):
        self.calls += 1
        if isinstance(self.content, Exception):
            raise self.content
        return self.content


def test_nothing_is_worked_out_before_it_is_asked_for_and_then_once(client):
    make = Maker(b"[1]")
    address = shelf.promise("once", make, KIND)
    assert make.calls == 0
    for _ in range(3):
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert (answer.status_code, answer.content) == (200, b"[1]")
        assert answer.headers["content-type"] == KIND
        assert answer.headers["content-encoding"] == "identity"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert make.calls == 1


def test_the_address_is_of_what_determines_the_content_not_of_the_content(client):
    address = shelf.promise("a", Maker(b"x"), KIND)
    assert address == shelf.promise("a", Maker(b"x"), KIND)
    others = {
        shelf.promise("b", Maker(b"x"), KIND),
        shelf.promise("a", Maker(b"x"), "text/plain"),
        shelf.put(b"a", KIND),
        shelf.put(b"x", KIND),
    }
    assert len({address, *others}) == 5
    # Another release may make something else of the same: not for ever.
    kept = client.get(address).headers["cache-control"]
    assert kept.startswith("private, max-age=") and "immutable" not in kept


def test_what_cannot_be_made_is_said_in_its_one_line_and_never_kept(client):
    make = Maker(ValueError("both ends are <b>the same</b>"))
    address = shelf.promise("fails", make, KIND)
    for calls in (1, 2):
        answer = client.get(address)
        assert (answer.status_code, answer.text) == (BROKEN, "both ends are <b>the same</b>")
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["cache-control"] == "no-store"
        assert make.calls == calls


def test_only_what_the_server_promised_can_be_asked_for(client):
    make = Maker(b"x")
    address = shelf.promise("secret", make, KIND)
    root, digest = address.rsplit("/", 1)
    for name in ("secret", digest[:-1], digest.upper(), digest.removeprefix(MARK), f"{MARK}secret", "0" * 64):
        assert client.get(f"{root}/{name}").status_code == 404
    assert make.calls == 0


def test_however_many_ask_at_once_it_is_made_once():
    small, begun, go_on = Shelf(), Event(), Event()
    calls = []

    def make():
        calls.append(1)
        begun.set()
        assert go_on.wait(60)
        return b"x"

    digest = small.promise("one", make, KIND)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(small.get, digest)
        assert begun.wait(60)
        others = [pool.submit(small.get, digest) for _ in range(6)]
        go_on.set()
        assert {one.result(60) for one in (first, *others)} == {(b"x", KIND)}
    assert len(calls) == 1


def test_a_failure_is_everyones_who_waited_and_the_next_may_try_again():
    small, begun, go_on = Shelf(), Event(), Event()
    outcomes = [RuntimeError("broken"), b"mended"]

    def make():
        begun.set()
        assert go_on.wait(60)
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    digest = small.promise("one", make, KIND)
    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(small.get, digest)
        assert begun.wait(60)
        go_on.set()
        assert isinstance(asked.exception(60), RuntimeError)
    assert small.get(digest) == (b"mended", KIND)


def test_what_was_made_and_dropped_for_room_is_made_again():
    small = Shelf(capacity=10)
    make = Maker(b"a" * 6)
    digest = small.promise("a", make, KIND)
    assert small.get(digest) and small.size == 6
    small.put(b"b" * 6, KIND)
    assert small.size == 6
    assert small.get(digest) == (b"a" * 6, KIND)
    assert make.calls == 2


def test_more_promises_than_there_is_room_for_drop_the_oldest_and_can_be_laid_again():
    small = Shelf(promises=2)
    digests = [small.promise(name, Maker(name.encode()), KIND) for name in "ab"]
    assert small.get(digests[0])
    small.promise("c", Maker(b"c"), KIND)
    assert small.get(digests[1]) is None
    # What was made of the other is still there.
    assert small.get(digests[0]) == (b"a", KIND)
    assert small.promise("b", Maker(b"b"), KIND) == digests[1]
    assert small.get(digests[1]) == (b"b", KIND)


def test_a_dropped_promise_holds_nothing_any_more():
    class Model:
        pass

    model = Model()
    seen = weakref.ref(model)
    small = Shelf(promises=1)
    small.promise("a", lambda model=model: b"a", KIND)
    del model
    small.promise("b", Maker(b"b"), KIND)
    gc.collect()
    assert seen() is None


def test_what_is_larger_than_the_shelf_is_refused_in_one_line():
    digest = (small := Shelf(capacity=10)).promise("a", Maker(b"x" * 11), KIND)
    with pytest.raises(ValueError, match="11 bytes do not fit a shelf of 10 bytes"):
        small.get(digest)


@pytest.mark.parametrize("kind", ["", "text", "a/b\r\nSet-Cookie: x"])
def test_only_media_types_become_headers(kind):
    with pytest.raises(ValueError, match="expected a media type"):
        Shelf().promise("a", Maker(b"x"), kind)
