"""Concepts in Python: a direction with 200 bootstrap draws, and an expression of ten terms to its picture.

The rivals: the same draws, each a resampling with NumPy and two means; and the expression with a call of the
decoder for every term and every partial sum.

    python -m benchmarks.concepts
"""

import time
from collections.abc import Callable

import numpy as np

from benchmarks.table import p50_p95, print_table, ratio
from vae_core import load_model
from vae_core.concepts import DirectionSpec, bootstrap_directions, certainty, direction_of, ready_concepts
from vae_core.concepts.expressions import evaluate, parse, vocabulary_of
from vae_core.maps.points import held_out_points

DRAWS, CODES, ROUNDS = 200, 10_000, 15
TEN_TERMS = "7 - 1 + 4 + 7:12 - 7:40 + 2*slant - thickness + 0.5*(3 - 5) + digit:9 - 0.25*8"


def milliseconds(make: Callable[[], object], rounds: int) -> list[float]:
    make()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        make()
        times.append(1000 * (time.perf_counter() - started))
    return times


def direction_rows() -> list[list[str]]:
    """Codes of 10,000 pictures, a third of them with and a third without, of ten classes."""
    generator = np.random.default_rng(0)
    codes = generator.standard_normal((CODES, 16))
    sides = generator.integers(0, 3, CODES)
    labels = generator.integers(0, 10, CODES)
    is_with, is_without = sides == 0, sides == 1

    def ours() -> None:
        direction = direction_of(codes, is_with, is_without, labels, DirectionSpec())
        certainty(direction, bootstrap_directions(codes, is_with, is_without, labels, draws=DRAWS))

    def rival() -> None:
        cells = [
            (np.flatnonzero(is_with & (labels == one)), np.flatnonzero(is_without & (labels == one)))
            for one in range(10)
        ]
        for _ in range(DRAWS):
            for cell in cells:
                for rows in cell:
                    codes[generator.choice(rows, len(rows))].mean(axis=0)

    return _rows(
        "direction, 200 draws, 10,000 codes", 300, milliseconds(ours, ROUNDS), milliseconds(rival, 3)
    )


def expression_rows() -> list[list[str]]:
    model = load_model("mnist-16d")
    concepts = {concept.name: concept.vector for concept in ready_concepts(model)}

    def codes() -> np.ndarray:
        vocabulary = vocabulary_of(model, held_out_points(model), concepts, {})
        steps = evaluate(parse(TEN_TERMS), vocabulary).steps
        return np.stack([*(step.shown for step in steps), *(step.partial for step in steps)])

    def rival() -> None:
        for code in codes():
            model.decode(code[np.newaxis])

    ours = milliseconds(lambda: model.decode(codes()), ROUNDS)
    return _rows("expression of ten terms to all its pictures", 150, ours, milliseconds(rival, ROUNDS))


def _rows(what: str, goal: int, ours: list[float], rival: list[float]) -> list[list[str]]:
    figures, theirs = p50_p95(ours), p50_p95(rival)
    return [
        [what, *(f"{value:.1f}" for value in figures), str(goal)],
        ["rival", *(f"{value:.1f}" for value in theirs), ""],
        ["ratio", *(ratio(one, other) for one, other in zip(theirs, figures, strict=True)), ""],
    ]


def main() -> None:
    rows = [*direction_rows(), *expression_rows()]
    print_table("Concepts", ["what", "p50 ms", "p95 ms", "goal ms"], rows)


if __name__ == "__main__":
    main()
