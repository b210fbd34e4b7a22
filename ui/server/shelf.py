"""The shelf: bytes that a component fetches by themselves, under an address that is a digest.

What goes to the browser with every run of a page must be small. Large arrays are laid on the shelf
instead and fetched once; their address is a digest of them, so that what stands there never changes.
What takes long to work out is promised: a function lies there, under a digest of what determines its
result, and is called when somebody asks. The shelf is memory: what has not been used for longest goes
first, and a page that still shows it lays it there again with its next run.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ui.server.answers import NotHereError, answers, kept

MAXIMUM_BYTES = 128 * 2**20
MOST_PROMISES = 4_096
# The status of a promise that cannot be kept.
BROKEN = 422
A_WHILE = "private, max-age=600"
# Before the digest of a promise, which is not that of the content.
MARK = "promise-"
# Media types only: the text becomes a header.
_KIND = re.compile(r"[a-z]+/[a-z0-9.+-]+")

Make = Callable[[], bytes]


class Shelf:
    """Bytes by their SHA-256, at most ``capacity`` bytes in all, and functions that make such, at most
    ``promises``; safe to use from several threads."""

    def __init__(self, capacity: int = MAXIMUM_BYTES, promises: int = MOST_PROMISES) -> None:
        self.capacity = capacity
        self._most_promises = promises
        self._items: OrderedDict[str, tuple[bytes, str]] = OrderedDict()
        self._promises: OrderedDict[str, tuple[Make, str]] = OrderedDict()
        self._making: dict[str, Future[bytes]] = {}
        self._size = 0
        self._lock = Lock()

    def put(self, content: bytes, kind: str) -> str:
        """Lay ``content`` of the media type ``kind`` on the shelf; its digest, 64 hexadecimal digits.

        Raises ValueError for a kind that is no media type and for content larger than the shelf.
        """
        digest = _digest_of(_checked(kind), content)
        self._lay(digest, content, kind)
        return digest

    def promise(self, key: str, make: Make, kind: str) -> str:
        """Lay ``make`` on the shelf, which makes content of the media type ``kind``; its digest, marked
        as that of a promise.

        ``key`` says all that determines the content. It is made at the first ``get``, and again once it
        has been dropped for room. Raises ValueError for a kind that is no media type.
        """
        digest = MARK + _digest_of(_checked(kind), key.encode())
        with self._lock:
            self._promises[digest] = (make, kind)
            self._promises.move_to_end(digest)
            while len(self._promises) > self._most_promises:
                self._promises.popitem(last=False)
        return digest

    def get(self, digest: str) -> tuple[bytes, str] | None:
        """Content and media type, or None if they are not here (any more).

        Raises whatever the function raises that makes the content, to all who wait for it.
        """
        with self._lock:
            if digest in self._promises:
                self._promises.move_to_end(digest)
            if digest in self._items:
                self._items.move_to_end(digest)
                return self._items[digest]
            if digest not in self._promises:
                return None
            make, kind = self._promises[digest]
            mine = digest not in self._making
            made = self._making.setdefault(digest, Future())
        if mine:
            self._keep_promise(digest, make, kind, made)
        return made.result(), kind

    @property
    def size(self) -> int:
        """Bytes on the shelf."""
        return self._size

    def _keep_promise(self, digest: str, make: Make, kind: str, made: "Future[bytes]") -> None:
        try:
            content = make()
            self._lay(digest, content, kind)
            made.set_result(content)
        except BaseException as error:
            made.set_exception(error)
        finally:
            with self._lock:
                del self._making[digest]

    def _lay(self, digest: str, content: bytes, kind: str) -> None:
        if len(content) > self.capacity:
            raise ValueError(f"{len(content):,} bytes do not fit a shelf of {self.capacity:,} bytes")
        with self._lock:
            if digest not in self._items:
                self._items[digest] = (content, kind)
                self._size += len(content)
            self._items.move_to_end(digest)
            while self._size > self.capacity:
                _, (dropped, _) = self._items.popitem(last=False)
                self._size -= len(dropped)


def _checked(kind: str) -> str:
    if not _KIND.fullmatch(kind):
        raise ValueError(f"kind is {kind[:40]!r}: expected a media type such as image/png")
    return kind


def _digest_of(kind: str, content: bytes) -> str:
    return hashlib.sha256(kind.encode() + b"\0" + content).hexdigest()


_shelf = Shelf()


def put(content: bytes, kind: str = "application/octet-stream") -> str:
    """Lay ``content`` on the app's shelf; the address it is served at. Errors as of ``Shelf.put``."""
    return _address(_shelf.put(content, kind))


def promise(key: str, make: Make, kind: str = "application/octet-stream") -> str:
    """Lay ``make`` on the app's shelf; the address at which what it makes is served.

    A ValueError of ``make`` is answered with its text. Errors as of ``Shelf.promise``.
    """
    return _address(_shelf.promise(key, make, kind))


def _address(digest: str) -> str:
    # The routes include the shelf's own.
    from ui.server.base_path import base_path

    return f"{base_path()}/lab/shelf/{digest}"


def shelf_route(root: str) -> Route:
    """The route below ``root``, the path of the app's own routes such as ``/lab``."""
    return Route(f"{root}/shelf/{{digest}}", item)


@answers
def item(request: Request, digest: str) -> Response:
    """What lies under ``digest``, as it is: compressing it would keep a core busy longer than sending it."""
    try:
        found = _shelf.get(digest)
    except ValueError as error:
        return PlainTextResponse(str(error), BROKEN, {"Cache-Control": "no-store"})
    if found is None:
        raise NotHereError("this is no longer on the shelf: reload the page")
    content, kind = found
    # Another release of the app may make something else of the same.
    lasting = {"Cache-Control": A_WHILE} if digest.startswith(MARK) else {}
    return kept(content, kind, **{"Content-Encoding": "identity", **lasting})
