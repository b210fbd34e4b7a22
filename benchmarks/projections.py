"""Maps of 10,000 codes: time beside the libraries called directly, new codes on a map, and its measures.

    python -m benchmarks.projections

The codes are those of ``mnist-16d``. Seconds are of whole processes, from start to written file; CPU
seconds say the same on a machine that does other work too.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.neighbors import NearestNeighbors

from benchmarks.table import p50_p95, print_table, ratio
from vae_core import load_model
from vae_core.base.processes import worker_threads
from vae_core.maps.projections import Projection, ProjectionSpec, quality_of
from vae_core.maps.projections.placing import place

MODEL = "mnist-16d"
HELD_OUT = 1_000
COMPARED = 10
DIRECT = """
import sys
import numpy as np
codes = np.load(sys.argv[1])
{call}
np.savez_compressed(sys.argv[2], coords=np.asarray(coords, np.float32))
"""
CALLS = {
    "openTSNE": "from openTSNE import TSNE\ncoords = TSNE(n_jobs={threads}, random_state=0).fit(codes)",
    "scikit-learn": "from sklearn.manifold import TSNE\n"
    "coords = TSNE(n_jobs={threads}, random_state=0).fit_transform(codes)",
    "umap-learn": "from umap import UMAP\ncoords = UMAP(random_state=0, n_jobs=1).fit_transform(codes)",
}
TRANSFORM = """
import sys
import numpy as np
from openTSNE import TSNE, initialization
from openTSNE.affinity import PerplexityBasedNN
codes, new = (np.load(path) for path in sys.argv[1:3])
# With these affinities new points are placed by a perplexity of 5, which suits them best.
affinities = PerplexityBasedNN(codes, perplexity=30, n_jobs={threads}, random_state=0)
start = initialization.pca(codes, random_state=0)
embedding = TSNE(n_jobs={threads}, random_state=0).fit(affinities=affinities, initialization=start)
# First, for it moves the whole embedding.
placed = np.asarray(embedding.transform(new))
np.savez(sys.argv[3], coords=np.asarray(embedding, np.float32), placed=placed)
"""


def timed(command: Sequence[str]) -> tuple[float, float]:
    """Seconds and CPU seconds of a process."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def direct(call: str) -> list[str]:
    return [sys.executable, "-W", "ignore", "-c", DIRECT.format(call=call.format(threads=worker_threads()))]


def measure_methods(folder: Path, codes: np.ndarray) -> None:
    np.save(folder / "codes.npy", codes)
    ours = [sys.executable, "-m", "vae_core", "project", MODEL, "--method"]
    runs = {"t-SNE, ours": [*ours, "tsne", "--out"]}
    for name in ("openTSNE", "scikit-learn"):
        runs[f"t-SNE, {name}"] = [*direct(CALLS[name]), str(folder / "codes.npy")]
    runs["UMAP, ours"] = [*ours, "umap", "--out"]
    runs["UMAP, umap-learn"] = [*direct(CALLS["umap-learn"]), str(folder / "codes.npy")]
    rows = []
    reference: dict[str, tuple[float, float]] = {}
    for number, (name, command) in enumerate(runs.items()):
        out = folder / f"{number}.npz"
        seconds, cpu = timed([*command, str(out)])
        method = name.split(",")[0]
        first = reference.setdefault(method, (seconds, cpu))
        with np.load(out) as arrays:
            coords = arrays["coords"]
        found = quality_of(codes, coords)
        rows.append(
            [
                name,
                *(f"{value:.1f}" for value in (seconds, cpu)),
                *(ratio(value, own) for value, own in zip((seconds, cpu), first, strict=True)),
                f"{recall(codes, codes, coords, coords, itself=True):.3f}",
                f"{found.trustworthiness:.4f}",
                f"{found.continuity:.4f}",
            ]
        )
    header = ["10,000 codes", "seconds", "CPU seconds", "of ours", "CPU of ours", "neighbours kept"]
    print_table("Maps", [*header, "trustworthiness", "continuity"], rows)


def nearest(points: np.ndarray, wanted: np.ndarray, itself: bool) -> np.ndarray:
    """The ten nearest of ``points`` to each of ``wanted``; not itself where both are the same."""
    search = NearestNeighbors(n_neighbors=COMPARED).fit(points)
    return search.kneighbors(None if itself else wanted, return_distance=False)


def recall(codes: np.ndarray, new: np.ndarray, coords: np.ndarray, places: np.ndarray, itself: bool) -> float:
    """The share of the ten nearest codes that are among the ten nearest on the map."""
    pairs = zip(nearest(codes, new, itself), nearest(coords, places, itself), strict=True)
    return float(np.mean([len(set(by_code) & set(by_place)) for by_code, by_place in pairs])) / COMPARED


def measure_placing(folder: Path, codes: np.ndarray) -> None:
    order = np.random.default_rng(0).permutation(len(codes))
    new, old = codes[order[:HELD_OUT]], codes[order[HELD_OUT:]]
    for name, array in (("old", old), ("new", new)):
        np.save(folder / f"{name}.npy", array)
    script = TRANSFORM.format(threads=worker_threads())
    paths = [str(folder / name) for name in ("old.npy", "new.npy", "placed.npz")]
    subprocess.run([sys.executable, "-c", script, *paths], check=True)
    with np.load(folder / "placed.npz") as arrays:
        coords, transformed = arrays["coords"], arrays["placed"]
    projection = Projection(ProjectionSpec(method="tsne"), coords)
    near = nearest(old, new, itself=False)
    size = float(np.sqrt(coords.var(axis=0).sum()))
    rows = []
    for name, places in (("ours", place(old, projection, new)), ("openTSNE's transform", transformed)):
        gaps = np.median(np.linalg.norm(coords[near] - places[:, np.newaxis], axis=2), axis=1) / size
        kept = recall(old, new, coords, places, itself=False)
        rows.append([name, f"{kept:.3f}", *(f"{value:.3f}" for value in p50_p95(gaps))])
    title = f"{HELD_OUT:,} new codes on a t-SNE map of {len(old):,}"
    header = ["placed by", "neighbours kept", "to the ten nearest, median", "p95, both of the map's spread"]
    print_table(title, header, rows)
    rows = []
    for count in (10_000, 70_000):
        milliseconds = times_of_placing(
            np.resize(codes, (count, codes.shape[1])), np.resize(coords, (count, 2))
        )
        rows.append([f"{count:,}", *(f"{value:.1f}" for value in p50_p95(milliseconds))])
    print_table("One new code", ["points of the map", "ms, median", "ms, p95"], rows)


def times_of_placing(codes: np.ndarray, coords: np.ndarray) -> list[float]:
    """Milliseconds of placing one new code, fifty times."""
    projection = Projection(ProjectionSpec(method="tsne"), coords)
    new = codes[:50] + np.float32(0.01)
    return [1000 * seconds(lambda row=row: place(codes, projection, new[row : row + 1])) for row in range(50)]


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def measure_quality(codes: np.ndarray) -> None:
    rows = []
    for count in (10_000, 70_000):
        many = np.resize(codes, (count, codes.shape[1]))
        many = many + np.random.default_rng(0).normal(0, 0.01, many.shape).astype(np.float32)
        cpu = time.process_time()
        wall = seconds(lambda many=many: quality_of(many, np.ascontiguousarray(many[:, :2])))
        rows.append([f"{count:,} × {codes.shape[1]}", f"{wall:.2f}", f"{time.process_time() - cpu:.2f}"])
    print_table("Trustworthiness and continuity", ["codes", "seconds", "CPU seconds"], rows)


def main() -> None:
    codes = load_model(MODEL).latents.z_mean
    with tempfile.TemporaryDirectory() as folder:
        measure_quality(codes)
        measure_placing(Path(folder), codes)
        measure_methods(Path(folder), codes)


if __name__ == "__main__":
    main()
