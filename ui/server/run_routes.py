"""HTTP routes of a run's snapshots: the grid, reconstructions and codes of an epoch.

An epoch may be written again when its run is resumed, so every address ends in ``?v=`` and the
version of the snapshot it means; what stands under it never changes.
"""

import hashlib
import io
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ui.server.answers import NotHereError, answers, kept
from vae_core.base.arrays import rounded_bytes, unit_images
from vae_core.images.rendering import contact_sheet
from vae_core.runs.folder import RunFolder
from vae_core.runs.snapshots import Snapshot, Snapshots, file_of
from vae_core.runs.status import find_run

# Beyond this zlib takes three times as long for files a tenth smaller.
COMPRESSION = 3
_EPOCH = re.compile(r"0|[1-9][0-9]{0,6}")


def run_routes(root: str) -> list[Route]:
    """The routes below ``root``, the path of the app's own routes such as ``/lab``."""
    epoch = f"{root}/runs/{{run}}/{{epoch}}"
    return [
        Route(f"{epoch}/grid.png", grid),
        Route(f"{epoch}/reconstructions.png", reconstructions),
        Route(f"{epoch}/codes.bin", codes),
    ]


def versions_of(run: RunFolder, epochs: Sequence[int]) -> list[str]:
    """One text for each epoch, another one when its snapshot was written again; "" where there is none."""
    folder = Snapshots(run).folder
    versions = []
    for epoch in epochs:
        try:
            status = (folder / file_of(epoch)).stat()
        except OSError:
            versions.append("")
            continue
        digest = hashlib.sha256(f"{status.st_size} {status.st_mtime_ns}".encode())
        versions.append(digest.hexdigest()[:10])
    return versions


@answers
def grid(request: Request, run: str, epoch: str) -> Response:
    """What the decoder drew, side by side."""
    snapshots, snapshot = _found(request, run, epoch)
    return kept(_png(snapshot.grid, snapshots.first().grid_columns), "image/png")


@answers
def reconstructions(request: Request, run: str, epoch: str) -> Response:
    """Originals in a row above their reconstructions; the header ``X-Pictures`` says how many."""
    snapshots, snapshot = _found(request, run, epoch)
    originals = snapshots.first().originals
    count = len(originals)
    if not count:
        raise NotHereError(f"run {run!r} kept no originals")
    pairs = np.concatenate([originals, snapshot.reconstructions])
    return kept(_png(pairs, count), "image/png", **{"X-Pictures": str(count)})


@answers
def codes(request: Request, run: str, epoch: str) -> Response:
    """Rows and dimensions (uint32), codes (float16), labels (int16), little endian."""
    snapshots, snapshot = _found(request, run, epoch)
    labels = snapshots.first().labels
    header = np.array(snapshot.codes.shape, "<u4")
    parts = (header, snapshot.codes.astype("<f2"), labels.astype("<i2"))
    return kept(b"".join(part.tobytes() for part in parts), "application/octet-stream")


def _found(request: Request, run_id: str, epoch: str) -> tuple[Snapshots, Snapshot]:
    """The snapshot that an address means. NotHereError if it is not there, ValueError if it is damaged."""
    if not _EPOCH.fullmatch(epoch):
        raise ValueError(f"epoch is {epoch[:20]!r}; expected a whole number from 0")
    try:
        run = find_run(run_id)
    except ValueError:
        raise NotHereError(f"there is no run {run_id[:40]!r}") from None
    version = versions_of(run, [int(epoch)])[0]
    if not version:
        raise NotHereError(f"run {run_id!r} has no snapshot of epoch {epoch}")
    if request.query_params.get("v") != version:
        raise NotHereError(f"run {run_id!r} has another version of epoch {epoch}: reload the page")
    snapshots = Snapshots(run)
    return snapshots, snapshots.read(int(epoch))


def _png(pictures: NDArray[np.uint8], columns: int) -> bytes:
    """Pictures (n, h, w, 1 or 3) row by row as a PNG."""
    if not len(pictures):
        raise NotHereError("the snapshot holds no pictures")
    sheet = rounded_bytes(contact_sheet(unit_images(pictures), columns))
    buffer = io.BytesIO()
    Image.fromarray(sheet[..., 0] if sheet.shape[-1] == 1 else sheet).save(
        buffer, format="PNG", compress_level=COMPRESSION
    )
    return buffer.getvalue()
