"""Ways that stay on the data: the shortest through a graph of the held-out codes.

Each code is linked to its ten nearest, as for Isomap (Tenenbaum, de Silva and Langford 2000). A link
weighs its length to the third power, which makes one long jump dearer than many short ones.

The links are kept in ``notes/<model>/graph.npz`` of the home with a digest of the codes. The file
saves time only: one that is missing, damaged or of other codes is made anew, and where it cannot be
written every process makes its own.
"""

import contextlib
import hashlib
import io
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from vae_core.base.home import notes_folder, replace_file
from vae_core.models.model import LatentModel
from vae_core.morphs.lines import Values

NEIGHBOURS = 10
POWER = 3
FEWEST_CODES = 20
GRAPH_FILE = "graph.npz"
MAXIMUM_FILE_BYTES = 4 << 20
MAXIMUM_UNPACKED_BYTES = 16 << 20
ROWS_AT_ONCE = 512
# In units of a usual link, so that codes all but alike are still linked: csgraph takes 0 for no link.
LEAST_LENGTH = 1e-6

_making = Lock()


@dataclass(frozen=True, eq=False)
class CodeGraph:
    """Different ``codes`` (n, d) and the weights of the ``links`` (n, n) between them.

    ``unit`` is the median length of a link.
    """

    codes: Values
    links: csr_array
    unit: float

    def way_between(self, start: Values, end: Values) -> Values:
        """Codes (m >= 2, d) on the shortest way, both ends (d,) first and last, no two in a row alike.

        The ends belong to the graph for the moment: each is linked to its ten nearest codes, and to the
        other end where that is as near as these.
        """
        out_rows, out_lengths = self._nearest(start)
        in_rows, in_lengths = self._nearest(end)
        apart = float(np.linalg.norm(end - start))
        direct = self._weights(apart) if apart <= max(out_lengths[-1], in_lengths[-1]) else np.inf
        distances, before = dijkstra(
            self._with_start(out_rows, self._weights(out_lengths)),
            indices=len(self.codes),
            return_predecessors=True,
        )
        totals = distances[in_rows] + self._weights(in_lengths)
        way = [end]
        if totals.min() < direct:
            row = int(in_rows[np.argmin(totals)])
            while row != len(self.codes):
                way.append(self.codes[row])
                row = int(before[row])
        way.append(start)
        points = np.array(way[::-1])
        moves = np.concatenate([[True], (points[1:] != points[:-1]).any(axis=1)])
        return points[moves]

    def _nearest(self, point: Values) -> tuple[NDArray[np.intp], Values]:
        """Rows of the ten codes nearest to ``point`` (d,), nearest first, and how far they are."""
        distances = np.linalg.norm(self.codes - point, axis=1)
        count = min(NEIGHBOURS, len(self.codes))
        rows = np.argpartition(distances, count - 1)[:count]
        rows = rows[np.lexsort((rows, distances[rows]))]
        return rows, distances[rows]

    def _with_start(self, rows: NDArray[np.intp], weights: Values) -> csr_array:
        """The links with one more node, the last, from which one gets to ``rows``."""
        order = np.argsort(rows)
        return csr_array(
            (
                np.concatenate([self.links.data, weights[order]]),
                np.concatenate([self.links.indices, rows[order].astype(self.links.indices.dtype)]),
                np.append(self.links.indptr, self.links.nnz + len(rows)),
            ),
            shape=(len(self.codes) + 1,) * 2,
        )

    def _weights(self, lengths: ArrayLike) -> Values:
        return _weights_of(lengths, self.unit)


def graph_of(model: LatentModel) -> CodeGraph:
    """The graph of the model's held-out codes, made at first use; the last eight models' are kept.

    Raises ValueError where fewer than 20 codes differ.
    """
    # Two visitors who come first at once must not both make it.
    with _making:
        return _kept_graph(model)


def check_codes(model: LatentModel) -> None:
    """Raises ValueError where fewer than 20 of the model's held-out codes differ: they make no graph."""
    count = _different_codes(model)
    if count < FEWEST_CODES:
        raise ValueError(
            f"{model.name} has {count} different codes of held-out images, a way over the data takes "
            f"at least {FEWEST_CODES}: choose another kind of path"
        )


@lru_cache(maxsize=64)
def _different_codes(model: LatentModel) -> int:
    return len(np.unique(model.latents.z_mean, axis=0))


@lru_cache(maxsize=8)
def _kept_graph(model: LatentModel) -> CodeGraph:
    check_codes(model)
    codes = np.unique(model.latents.z_mean, axis=0)
    path = notes_folder(model.name) / GRAPH_FILE
    digest = _digest(codes)
    pairs = _read_pairs(path, digest, len(codes))
    if pairs is None:
        pairs = linked_pairs(codes.astype(np.float64))
        # The graph is as good without its file.
        with contextlib.suppress(OSError):
            replace_file(path, _packed(pairs, digest))
    return code_graph(codes.astype(np.float64), pairs)


def code_graph(codes: Values, pairs: NDArray[np.int32]) -> CodeGraph:
    """The graph of different ``codes`` (n, d) with links between the rows ``pairs`` (m, 2)."""
    lengths = np.linalg.norm(codes[pairs[:, 0]] - codes[pairs[:, 1]], axis=1)
    # Differences of the smallest float32 numbers can be 0 when squared.
    unit = float(np.median(lengths)) or 1.0
    weights = _weights_of(lengths, unit)
    rows, columns = np.concatenate([pairs, pairs[:, ::-1]]).T
    links = csr_array((np.concatenate([weights, weights]), (rows, columns)), shape=(len(codes),) * 2)
    return CodeGraph(codes, links, unit)


def linked_pairs(codes: Values) -> NDArray[np.int32]:
    """Rows (m, 2), the smaller first, of each of ``codes`` (n, d) and its ten nearest.

    Where this leaves parts without a link between them, the shortest that join them are added.
    """
    count = min(NEIGHBOURS, len(codes) - 1)
    nearest = NearestNeighbors(n_neighbors=count).fit(codes).kneighbors(return_distance=False)
    rows = np.repeat(np.arange(len(codes)), count)
    pairs = _sorted_pairs(np.stack([rows, nearest.ravel()], axis=1))
    while (part := _parts(pairs, len(codes))).any():
        pairs = _sorted_pairs(np.concatenate([pairs, _bridges(codes, part)]))
    return pairs


def _bridges(codes: Values, part: NDArray[np.int32]) -> NDArray[np.int64]:
    """For every part the pair of rows with the shortest way to another one (Borůvka 1926)."""
    nearest, lengths = np.empty(len(codes), np.int64), np.empty(len(codes))
    for start in range(0, len(codes), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        distances = cdist(codes[rows], codes)
        distances[part[rows, np.newaxis] == part] = np.inf
        nearest[rows] = distances.argmin(axis=1)
        lengths[rows] = distances.min(axis=1)
    order = np.lexsort((lengths, part))
    _, first = np.unique(part[order], return_index=True)
    chosen = order[first]
    return np.stack([chosen, nearest[chosen]], axis=1)


def _weights_of(lengths: ArrayLike, unit: float) -> Values:
    return np.maximum(np.asarray(lengths, np.float64) / unit, LEAST_LENGTH) ** POWER


def _sorted_pairs(pairs: NDArray[np.integer]) -> NDArray[np.int32]:
    return np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int32)


def _parts(pairs: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """The number (count,) of the connected part that each row is in, from 0."""
    links = csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return connected_components(links, directed=False)[1]


def _digest(codes: NDArray[np.float32]) -> str:
    made_with = f"{codes.shape} {NEIGHBOURS} ".encode()
    return hashlib.sha256(made_with + np.ascontiguousarray(codes, "<f4").tobytes()).hexdigest()


def _packed(pairs: NDArray[np.int32], digest: str) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, pairs=pairs, digest=np.array(digest))
    return buffer.getvalue()


def _read_pairs(path: Path, digest: str, count: int) -> NDArray[np.int32] | None:
    """The links of the file, None unless it is whole and of the codes with this digest."""
    try:
        if not path.is_file() or path.stat().st_size > MAXIMUM_FILE_BYTES:
            return None
        content = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAXIMUM_UNPACKED_BYTES:
                return None
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            if str(arrays["digest"]) != digest:
                return None
            pairs = arrays["pairs"]
    except Exception:
        # A hostile archive can raise anything, a MemoryError for an absurd shape included.
        return None
    return pairs if _fit(pairs, count) else None


def _fit(pairs: NDArray, count: int) -> bool:
    """Whether ``pairs`` are rows of ``count`` codes, each pair once, that link all of them."""
    if pairs.dtype != np.int32 or pairs.ndim != 2 or pairs.shape[1] != 2 or not len(pairs):
        return False
    if len(pairs) > (NEIGHBOURS + 1) * count or pairs.min() < 0 or pairs.max() >= count:
        return False
    is_sorted = np.array_equal(pairs, _sorted_pairs(pairs)) and (pairs[:, 0] < pairs[:, 1]).all()
    return bool(is_sorted) and not _parts(pairs, count).any()
