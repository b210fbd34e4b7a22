"""HTTP route of a map's pictures: those of some rows of its points, as one sheet."""

import hashlib
import io
import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ui.server.answers import NotHereError, answers, kept
from ui.visit.models import model_named
from vae_core.maps.pictures import has_originals, pictures_of, reconstructions_of
from vae_core.maps.points import Points, all_points, held_out_points
from vae_core.models.model import LatentModel

MOST_ROWS = 128
COLUMNS = 16
# Of these pictures, runs alone make the smaller files, and sooner than a search for repetitions does.
COMPRESSION = zlib.Z_RLE
_ROWS = re.compile(r"[0-9]{1,9}(,[0-9]{1,9})*")
# Addresses whose model and points stay at hand: reading every model's folder takes longer than a sheet.
KEPT_ADDRESSES = 8
# A single decoding takes all cores: two at once would both be late.
_decoding = Lock()


@dataclass(frozen=True, eq=False)
class Shown:
    """What an address stands for: ``points`` of ``model``, shown as originals or as reconstructions."""

    model: LatentModel
    points: Points
    is_original: bool

    @property
    def digest(self) -> str:
        """Changes with the codes, with the decoder, and with what is shown."""
        kind = "original" if self.is_original else "reconstruction"
        parts = (self.points.digest, self.model.spec.files["decoder.onnx"], kind)
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:32]


def map_routes(root: str) -> list[Route]:
    """The routes below ``root``, the path of the app's own routes such as ``/lab``."""
    return [Route(f"{root}/models/{{model}}/{{digest}}/pictures/{{source}}/{{kind}}.png", pictures)]


def pictures_url(model: LatentModel, points: Points) -> str:
    """Where the pictures of ``points`` are: ``…/picture.png?rows=0,7`` and ``…/reconstruction.png?rows=0,7``.

    Another address as soon as the originals arrive on this machine, or leave it.
    """
    # The routes include the map's own.
    from ui.server.base_path import base_path

    shown = Shown(model, points, has_originals(model, points))
    return f"{base_path()}/lab/models/{quote(model.name)}/{shown.digest}/pictures/{points.source}"


@answers
def pictures(request: Request, model: str, digest: str, source: str, kind: str) -> Response:
    """Pictures of the rows that ``rows`` lists, in its order, 16 side by side (or as many as there are).

    The header ``X-Pictures`` says which they are: ``original``, or ``reconstruction`` where the originals
    are not on this machine or were not asked for.
    """
    found = _found(model, digest, source)
    if kind not in ("picture", "reconstruction"):
        raise NotHereError(f"there are no pictures of the kind {kind[:40]!r}: picture or reconstruction")
    rows = parsed_rows(request.query_params.get("rows", ""), len(found.points))
    is_original = kind == "picture" and found.is_original
    if is_original:
        pixels = _originals(model, digest, source, rows)
    else:
        with _decoding:
            pixels = reconstructions_of(found.model, found.points, rows)
    shown = "original" if is_original else "reconstruction"
    return kept(sheet_png(pixels), "image/png", **{"X-Pictures": shown})


def parsed_rows(text: str, count: int) -> NDArray[np.int64]:
    """The rows that an address lists, ``0,12,7``: 1 to 128 whole numbers from 0 to below ``count``.

    Raises ValueError for anything else.
    """
    if not _ROWS.fullmatch(text):
        raise ValueError(f"rows is {text[:40]!r}: expected whole numbers such as 0,12,7")
    rows = np.array(text.split(","), np.int64)
    if len(rows) > MOST_ROWS:
        raise ValueError(f"rows lists {len(rows):,} pictures: ask for at most {MOST_ROWS} at once")
    if rows.max() >= count:
        raise ValueError(f"rows lists {rows.max()}: this map has rows 0 to {count - 1}")
    return rows


def sheet_png(pixels: NDArray[np.uint8]) -> bytes:
    """Pictures (n, h, w, 1 or 3) row by row as a PNG of min(16, n) columns; empty places are black."""
    count, height, width, channels = pixels.shape
    columns = min(COLUMNS, count)
    lines = -(-count // columns)
    padded = np.zeros((lines * columns, height, width, channels), np.uint8)
    padded[:count] = pixels
    grid = padded.reshape(lines, columns, height, width, channels).transpose(0, 2, 1, 3, 4)
    sheet = grid.reshape(lines * height, columns * width, channels)
    buffer = io.BytesIO()
    Image.fromarray(sheet[..., 0] if channels == 1 else sheet).save(
        buffer, format="PNG", compress_type=COMPRESSION
    )
    return buffer.getvalue()


def _originals(name: str, digest: str, source: str, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The data's own pictures (k, h, w, c), or NotHereError: nothing else may be kept under their address."""
    for _ in range(2):
        shown = _found(name, digest, source)
        pixels, is_original = pictures_of(shown.model, shown.points, rows)
        if is_original:
            return pixels
        # The points at hand may be those of an encoding that was made again since.
        _found.cache_clear()
    raise NotHereError(f"the originals of model {name!r} are gone: reload the page")


@lru_cache(KEPT_ADDRESSES)
def _found(name: str, digest: str, source: str) -> Shown:
    """What the address with that digest stands for. NotHereError if it is not there (any more)."""
    model = model_named(name)
    if model is None:
        raise NotHereError(f"there is no model {name[:40]!r}")
    points = _points(model, source)
    shown = Shown(model, points, has_originals(model, points))
    if shown.digest != digest:
        raise NotHereError(f"model {name!r} has other codes or pictures by now: reload the page")
    return shown


def _points(model: LatentModel, source: str) -> Points:
    if source == "held-out":
        return held_out_points(model)
    if source != "all":
        raise NotHereError(f"there are no points {source[:40]!r}: expected held-out or all")
    points = all_points(model)
    if points is None:
        raise NotHereError(f"the images of model {model.name!r} are not all encoded: encode them first")
    return points
