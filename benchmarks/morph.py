"""Morphs in Python: a path over the data, its pictures, and the film, beside one ``predict`` a frame.

Of 60 frames each, between held-out codes of two classes. The rival decodes a straight line frame by
frame with Keras and scales the pictures smoothly for its GIF.

    python -m benchmarks.morph
"""

import os
import tempfile
import time
from collections.abc import Callable

import numpy as np

from benchmarks.table import p50_p95, print_table, ratio
from benchmarks.twin.morph_loop import MorphLoop, gif
from vae_core import LatentModel, load_model
from vae_core.base.home import HOME_VARIABLE
from vae_core.images.films import FILM_KINDS, film_bytes
from vae_core.morphs import PathSpec, path_through
from vae_core.morphs.graph import graph_of

MODELS = ("mnist-16d", "doodles-32d")
FRAMES, SIDE = 60, 280
PATHS, FILMS, RIVALS = 50, 5, 3


def pairs_of_classes(model: LatentModel, count: int) -> np.ndarray:
    """Codes (count, 2, d) of different classes."""
    codes, labels = model.latents.z_mean, model.latents.label
    rows = np.random.default_rng(0).integers(len(codes), size=(4 * count, 2))
    return codes[rows[labels[rows[:, 0]] != labels[rows[:, 1]]][:count]]


def milliseconds(call: Callable[[np.ndarray], object], pairs: np.ndarray) -> list[float]:
    times = []
    for pair in pairs:
        started = time.perf_counter()
        call(pair)
        times.append(1000 * (time.perf_counter() - started))
    return times


def measured(model: LatentModel) -> list[list[str]]:
    pairs = pairs_of_classes(model, PATHS)
    spec = PathSpec(kind="graph", frames=FRAMES)
    # The graph is kept from here on, and ONNX Runtime has opened the decoder.
    graph_of(model)
    path_through(model, pairs[0], spec)
    images = {pair.tobytes(): model.decode(path_through(model, pair, spec)) for pair in pairs[:FILMS]}
    rival = MorphLoop(model)
    ours = {
        "path over the data": milliseconds(lambda pair: path_through(model, pair, spec), pairs),
        "path and pictures": milliseconds(lambda pair: model.decode(path_through(model, pair, spec)), pairs),
    }
    for kind in FILM_KINDS:
        ours[kind.upper()] = milliseconds(
            lambda pair, kind=kind: film_bytes(images[pair.tobytes()], kind, side=SIDE), pairs[:FILMS]
        )
    line = milliseconds(lambda pair: rival.frames(*pair, FRAMES), pairs[:RIVALS])
    drawn = milliseconds(lambda pair: gif(images[pair.tobytes()], SIDE), pairs[:FILMS])
    theirs = {"path and pictures": line, "GIF": drawn}
    rows = []
    for name, times in ours.items():
        beside = theirs.get(name)
        rows.append(
            [
                model.name,
                name,
                "{:.1f} / {:.1f}".format(*p50_p95(times)),
                "–" if beside is None else "{:.1f} / {:.1f}".format(*p50_p95(beside)),
                "–" if beside is None else ratio(p50_p95(beside)[0], p50_p95(times)[0]),
            ]
        )
    return rows


def main() -> None:
    rows = [row for name in MODELS for row in measured(load_model(name))]
    header = [
        "model",
        "what",
        "ms p50 / p95",
        "rival ms p50 / p95",
        "rival / ours",
    ]
    print_table(f"A morph of {FRAMES} frames, films of {SIDE}×{SIDE} pixels", header, rows)


if __name__ == "__main__":
    # The graph is made anew, and nobody's own notes are touched.
    with tempfile.TemporaryDirectory() as folder:
        os.environ[HOME_VARIABLE] = folder
        main()
