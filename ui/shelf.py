"""The shelf: bytes that a component fetches by themselves, under an address that is their digest.

What goes to the browser with every run of a page must be small. Large arrays are laid on the shelf
instead and fetched once, since whatever stands under an address never changes. The shelf is memory:
what has not been used for longest goes first, and a page that still shows it lays it there again
with its next run.
"""

import hashlib
import re
from collections import OrderedDict
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ui.answers import NotHereError, answers, kept

MAXIMUM_BYTES = 128 * 2**20
# Media types only: the text becomes a header.
_KIND = re.compile(r"[a-z]+/[a-z0-9.+-]+")


class Shelf:
    """Bytes by their SHA-256, at most ``capacity`` bytes in all; safe to use from several threads."""

    def __init__(self, capacity: int = MAXIMUM_BYTES) -> None:
        self.capacity = capacity
        self._items: OrderedDict[str, tuple[bytes, str]] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def put(self, content: bytes, kind: str) -> str:
        """Lay ``content`` of the media type ``kind`` on the shelf; its digest, 64 hexadecimal digits.

        Raises ValueError for a kind that is no media type and for content larger than the shelf.
        """
        if not _KIND.fullmatch(kind):
            raise ValueError(f"kind is {kind[:40]!r}: expected a media type such as image/png")
        if len(content) > self.capacity:
            raise ValueError(f"{len(content):,} bytes do not fit a shelf of {self.capacity:,} bytes")
        digest = hashlib.sha256(kind.encode() + b"\0" + content).hexdigest()
        with self._lock:
            if digest not in self._items:
                self._items[digest] = (content, kind)
                self._size += len(content)
            self._items.move_to_end(digest)
            while self._size > self.capacity:
                _, (dropped, _) = self._items.popitem(last=False)
                self._size -= len(dropped)
        return digest

    def get(self, digest: str) -> tuple[bytes, str] | None:
        """Content and media type, or None if they are not here (any more)."""
        with self._lock:
            if digest in self._items:
                self._items.move_to_end(digest)
            return self._items.get(digest)

    @property
    def size(self) -> int:
        """Bytes on the shelf."""
        return self._size


_shelf = Shelf()


def put(content: bytes, kind: str = "application/octet-stream") -> str:
    """Lay ``content`` on the app's shelf; the address it is served at. Errors as of ``Shelf.put``."""
    # The routes include the shelf's own.
    from ui.routes import base_path

    return f"{base_path()}/lab/shelf/{_shelf.put(content, kind)}"


def shelf_route(root: str) -> Route:
    """The route below ``root``, the path of the app's own routes such as ``/lab``."""
    return Route(f"{root}/shelf/{{digest}}", item)


@answers
def item(request: Request, digest: str) -> Response:
    """What lies under ``digest``, as it is: compressing it would keep a core busy longer than sending it."""
    found = _shelf.get(digest)
    if found is None:
        raise NotHereError("this is no longer on the shelf: reload the page")
    content, kind = found
    return kept(content, kind, **{"Content-Encoding": "identity"})
