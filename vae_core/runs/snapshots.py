"""Snapshots: what a run's network drew after an epoch, for charts and films of a training.

    snapshots/first.npz   what stays the same: held-out pictures, labels, the shape of the grid
    snapshots/00007.npz   after epoch 7 (0: before the first): pictures, codes, KL

Training writes them (``vae_core.training.process.recorder``), any process may read them. Guarantees: a
file is whole or not there; nothing is unpickled; sizes, dtypes and shapes are checked.
"""

import io
import re
import stat
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.base.home import replace_file
from vae_core.runs.folder import SNAPSHOTS_FOLDER, RunFolder
from vae_core.specs.base import MAXIMUM_LATENT_DIM

FIRST_FILE = "first.npz"
MAXIMUM_GRID, MAXIMUM_ORIGINALS, MAXIMUM_CODES, MAXIMUM_COORDINATES = 144, 12, 2000, 16
MAXIMUM_SIDE = 128
MAXIMUM_FILE_BYTES = 16 << 20
# What one run may leave behind: so many snapshots, and so many bytes of them.
MAXIMUM_SNAPSHOTS = 200
MAXIMUM_FOLDER_BYTES = 256 << 20
_EPOCH_FILE = re.compile(r"(\d{5,7})\.npz")


@dataclass(frozen=True)
class FirstSnapshot:
    """What all snapshots of a run share.

    ``originals`` (m, height, width, channels) uint8, m ≤ 12: held-out pictures; ``labels`` (k,)
    int16, k ≤ 2,000: classes of the pictures whose codes are kept, -1 for none; ``grid_columns``:
    how many pictures of the grid stand in a row.
    """

    originals: NDArray[np.uint8]
    labels: NDArray[np.int16]
    grid_columns: int


@dataclass(frozen=True)
class Snapshot:
    """The network after ``epoch`` epochs.

    ``grid`` (n, height, width, channels) uint8, n ≤ 144: decoded codes; ``reconstructions`` uint8,
    shaped as the originals; ``codes`` (k, min(latent_dim, 16)) float16: the encoder's means;
    ``kl`` (latent_dim,) float32: nats of each dimension, averaged over the k pictures, empty for
    an autoencoder.
    """

    grid: NDArray[np.uint8]
    reconstructions: NDArray[np.uint8]
    codes: NDArray[np.float16]
    kl: NDArray[np.float32]
    epoch: int


class Snapshots:
    """The snapshots of one run. Those that are damaged or foreign raise ValueError when read."""

    def __init__(self, run: RunFolder) -> None:
        self.folder = run.path / SNAPSHOTS_FOLDER

    def epochs(self) -> list[int]:
        """Epochs that have a snapshot, ascending; [] before the first."""
        return sorted(self._files())

    def first(self) -> FirstSnapshot:
        """What all snapshots share. Raises ValueError if it is missing or damaged."""
        path = self.folder / FIRST_FILE
        arrays = _arrays(path, ("originals", "labels", "grid_columns"))
        originals, labels, columns = arrays["originals"], arrays["labels"], arrays["grid_columns"]
        fits = (
            _are_pictures(originals, MAXIMUM_ORIGINALS)
            and (labels.dtype, labels.ndim) == (np.int16, 1)
            and len(labels) <= MAXIMUM_CODES
            and _is_whole(columns)
            and 1 <= columns <= MAXIMUM_GRID
        )
        if not fits:
            raise _damaged(path, "arrays of wrong kind or shape")
        return FirstSnapshot(originals, labels, int(columns))

    def read(self, epoch: int) -> Snapshot:
        """The snapshot after ``epoch``. Raises ValueError if it is missing, damaged, or not of this run."""
        path = self._files().get(epoch, self.folder / file_of(epoch))
        arrays = _arrays(path, ("grid", "reconstructions", "codes", "kl", "epoch"))
        grid, reconstructions = arrays["grid"], arrays["reconstructions"]
        codes, kl = arrays["codes"], arrays["kl"]
        first = self.first()
        fits = (
            _are_pictures(grid, MAXIMUM_GRID)
            and _are_pictures(reconstructions, MAXIMUM_ORIGINALS)
            and reconstructions.shape == first.originals.shape
            and grid.shape[1:] == first.originals.shape[1:]
            and (codes.dtype, codes.ndim) == (np.float16, 2)
            and len(codes) == len(first.labels)
            and 1 <= codes.shape[1] <= MAXIMUM_COORDINATES
            and (kl.dtype, kl.ndim) == (np.float32, 1)
            and len(kl) <= MAXIMUM_LATENT_DIM
            and _is_whole(arrays["epoch"])
        )
        if not fits or arrays["epoch"] != epoch:
            raise _damaged(path, "arrays of wrong kind or shape")
        if not (np.isfinite(codes).all() and np.isfinite(kl).all()):
            raise _damaged(path, "NaN or infinite numbers")
        return Snapshot(grid, reconstructions, codes, kl, epoch)

    def write_first(self, first: FirstSnapshot) -> None:
        """Replace the shared part. Raises OSError, for instance on a full disk."""
        replace_file(self.folder / FIRST_FILE, _packed(asdict(first)))

    def write(self, snapshot: Snapshot) -> None:
        """Add one, in the place of an older one of its epoch, and drop those that are too many.

        First and last are always kept. Raises OSError, for instance on a full disk.
        """
        content = _packed(asdict(snapshot))
        replace_file(self.folder / file_of(snapshot.epoch), content)
        most = min(MAXIMUM_SNAPSHOTS, max(2, MAXIMUM_FOLDER_BYTES // len(content)))
        self._remove(superfluous(self.epochs(), most))

    def forget_after(self, epoch: int) -> None:
        """Drop snapshots of later epochs: a run that goes on from a checkpoint makes them anew."""
        self._remove([found for found in self.epochs() if found > epoch])

    def _remove(self, epochs: Sequence[int]) -> None:
        files = self._files()
        for epoch in epochs:
            files[epoch].unlink(missing_ok=True)

    def _files(self) -> dict[int, Path]:
        try:
            paths = list(self.folder.iterdir())
        except OSError:
            return {}
        matches = [(_EPOCH_FILE.fullmatch(path.name), path) for path in paths]
        return {int(match[1]): path for match, path in matches if match}


def file_of(epoch: int) -> str:
    """The file's name: at least five digits, so that names sort as epochs do up to 99,999."""
    return f"{epoch:05d}.npz"


def superfluous(epochs: Sequence[int], most: int) -> list[int]:
    """Which of the ascending ``epochs`` to drop so that at most ``most`` (≥ 2) stay, evenly spread.

    First and last stay. Drops, one by one, the epoch whose neighbours are closest together, the
    earliest of equals: called after every epoch, it leaves gaps of which none is more than three
    times another, but for the last, which still grows.
    """
    kept = list(epochs)
    dropped = []
    while len(kept) > most:
        gaps = np.subtract(kept[2:], kept[:-2])
        dropped.append(kept.pop(1 + int(np.argmin(gaps))))
    return dropped


def _packed(arrays: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _arrays(path: Path, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The named arrays of a file. Raises ValueError if it is missing, too large or no such file."""
    content = _bounded_bytes(path)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAXIMUM_FILE_BYTES:
                raise ValueError("it unpacks to too much")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in names}
    except Exception as error:
        # A hostile archive can raise anything, a MemoryError for an absurd shape included.
        raise _damaged(path, type(error).__name__) from None


def _bounded_bytes(path: Path) -> bytes:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise _damaged(path, "it is no plain file")
        if status.st_size > MAXIMUM_FILE_BYTES:
            raise _damaged(path, f"it is larger than {MAXIMUM_FILE_BYTES:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise _damaged(path, str(error.strerror)) from None


def _damaged(path: Path, why: str) -> ValueError:
    return ValueError(f"snapshot {path.name} cannot be read ({why}): leave it out, or train anew")


def _are_pictures(array: NDArray[Any], most: int) -> bool:
    if array.dtype != np.uint8 or array.ndim != 4:
        return False
    count, height, width, channels = array.shape
    return count <= most and 1 <= height <= MAXIMUM_SIDE and 1 <= width <= MAXIMUM_SIDE and channels in (1, 3)


def _is_whole(number: NDArray[Any]) -> bool:
    return number.ndim == 0 and number.dtype.kind in "iu"
