"""Paths between digits: how many of their pictures are not clearly of one class, and what they cost.

200 pairs of held-out codes of different digits, and 200 pairs of samples of the prior, 16 frames
each. The rival is the straight line in even steps, which most demonstrations show. Then the time of
one path, and of the graph of the held-out codes that ways over the data are looked up in.

    python -m benchmarks.paths
"""

import os
import tempfile
import time

import numpy as np

from benchmarks.table import p50_p95, print_table, ratio
from vae_core import LatentModel, load_model
from vae_core.base.home import HOME_VARIABLE
from vae_core.morphs import PathSpec, path_through
from vae_core.morphs.graph import graph_of
from vae_core.morphs.measures import CLEAR, confidence, decoded_length, distance_to_data, step_variation
from vae_core.morphs.path import PathKind

MODEL = "mnist-16d"
PAIRS, FRAMES = 200, 16
TIMED, FRAMES_TIMED = 50, 60
KINDS: tuple[PathKind, ...] = ("lerp", "slerp", "constant", "graph")
GRAPH_MODELS = ("mnist-2d", "mnist-16d", "doodles-ae")


def pairs_of_digits(model: LatentModel) -> np.ndarray:
    """Codes (200, 2, d) of different digits."""
    codes, labels = model.latents.z_mean, model.latents.label
    rows = np.random.default_rng(0).integers(len(codes), size=(2 * PAIRS, 2))
    return codes[rows[labels[rows[:, 0]] != labels[rows[:, 1]]][:PAIRS]]


def measured(model: LatentModel, pairs: np.ndarray, kind: PathKind) -> np.ndarray:
    """Means over pairs: share of unclear frames, distance to the data, decoded length; largest variation."""
    figures = []
    for ends in pairs:
        path = path_through(model, ends, PathSpec(kind=kind, frames=FRAMES))
        images = model.decode(path)
        unclear = (confidence(model, images) < CLEAR).mean()
        figures.append(
            (unclear, distance_to_data(model, path).mean(), decoded_length(images), step_variation(images))
        )
    columns = np.array(figures)
    return np.append(columns[:, :3].mean(axis=0), columns[:, 3].max())


def path_milliseconds(model: LatentModel, pairs: np.ndarray, kind: PathKind, frames: int) -> list[float]:
    times = []
    for ends in pairs:
        started = time.perf_counter()
        path_through(model, ends, PathSpec(kind=kind, frames=frames))
        times.append(1000 * (time.perf_counter() - started))
    return times


def graph_milliseconds(name: str) -> tuple[float, float]:
    """The time to make the graph and to write its file, and to read it, by models just opened."""
    times = []
    for _ in range(2):
        model = load_model(name)
        _ = model.latents
        started = time.perf_counter()
        graph_of(model)
        times.append(1000 * (time.perf_counter() - started))
    return times[0], times[1]


def main() -> None:
    model = load_model(MODEL)
    digits = pairs_of_digits(model)
    prior = np.random.default_rng(0).standard_normal((PAIRS, 2, model.latent_dim)).astype(np.float32)
    graph_rows = []
    for name in GRAPH_MODELS:
        made, read = graph_milliseconds(name)
        codes = load_model(name).latents.z_mean
        graph_rows.append([name, f"{len(codes):,} × {codes.shape[1]}", f"{made:,.0f}", f"{read:.0f}"])
    rows = []
    for ends, pairs in (("digits", digits), ("samples of the prior", prior)):
        rival = measured(model, pairs, "lerp")
        for kind in KINDS:
            figures = measured(model, pairs, kind)
            label = f"rival: {kind}" if kind == "lerp" else kind
            shown = [f"{figures[1]:.2f}", f"{figures[2]:.1f}", f"{figures[3]:.3f}"]
            rows.append([ends, label, f"{figures[0]:.3f}", ratio(rival[0], figures[0]), *shown])
    header = ["between", "path", "frames with confidence < .7", "rival / path", "mean distance to the data"]
    header += ["decoded length", "largest variation of steps"]
    print_table(f"Paths of {FRAMES} frames between {PAIRS} pairs, {MODEL}", header, rows)
    rows = []
    for kind in KINDS:
        times = [path_milliseconds(model, digits[:TIMED], kind, frames) for frames in (FRAMES, FRAMES_TIMED)]
        rows.append([kind, *("{:.1f} / {:.1f}".format(*p50_p95(one)) for one in times)])
    print_table(
        f"One path of {MODEL}", ["path", *(f"{n} frames ms p50 / p95" for n in (FRAMES, FRAMES_TIMED))], rows
    )
    print_table("The graph", ["model", "codes", "made and written ms", "read ms"], graph_rows)


if __name__ == "__main__":
    # The graph is to be made, and nobody's own notes touched.
    with tempfile.TemporaryDirectory() as folder:
        os.environ[HOME_VARIABLE] = folder
        main()
