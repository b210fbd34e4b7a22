"""t-SNE by openTSNE."""

import numpy as np
from numpy.typing import NDArray

from vae_core.maps.projections.planes import principal_directions
from vae_core.maps.projections.spec import ProjectionSpec
from vae_core.maps.projections.steps import OnProgress, Steps

# Parts of the whole: loading and comparing take about as long as so many iterations.
LOADING, COMPARING = 20, 30
EXAGGERATED, FREE = 250, 500
ITERATIONS_PER_WORD = 10
# From here interpolation (Linderman et al. 2019) is faster than a tree (van der Maaten 2014).
INTERPOLATED_FROM = 3_000
# Cells of the interpolation, in units of the map: openTSNE's 1 takes twice as long. On 10,000 codes of
# 16 dimensions the neighbours kept are the same to 0.1 %, the divergence is 2.05 nats instead of 2.00.
CELL = 1.5
START_DEVIATION = 1e-4


def tsne_coords(
    codes: NDArray[np.float32], spec: ProjectionSpec, on_progress: OnProgress | None, threads: int
) -> NDArray[np.float32]:
    """Places (n, 2) of ``codes`` (n, d) by t-SNE (van der Maaten and Hinton 2008).

    Neighbours are exact. It starts from the principal axes, with learning rate n and 750 iterations as
    openTSNE has them (Kobak and Berens 2019); ``spec.seed`` only shakes the start. ``codes`` are around
    0, of unit scale, and not all the same; the perplexity fits their number.
    """
    steps = Steps(on_progress, LOADING + COMPARING + EXAGGERATED + FREE)
    steps.tell("loading", 0)
    from openTSNE import TSNE
    from openTSNE.affinity import PerplexityBasedNN

    steps.tell("comparing the codes", LOADING)
    affinities = PerplexityBasedNN(
        codes, perplexity=spec.perplexity, method="exact", n_jobs=threads, random_state=spec.seed
    )
    before = LOADING + COMPARING
    steps.tell("arranging", before)

    # Iterations are counted anew in the second of the two phases.
    def tell(iteration: int, error: float, embedding: NDArray[np.float64]) -> None:
        nonlocal before
        steps.tell("arranging", before + iteration)
        if iteration == EXAGGERATED and before == LOADING + COMPARING:
            before += EXAGGERATED

    method = TSNE(
        early_exaggeration_iter=EXAGGERATED,
        n_iter=FREE,
        negative_gradient_method="fft" if len(codes) >= INTERPOLATED_FROM else "bh",
        ints_in_interval=CELL,
        n_jobs=threads,
        random_state=spec.seed,
        callbacks=tell,
        callbacks_every_iters=ITERATIONS_PER_WORD,
    )
    embedding = method.fit(affinities=affinities, initialization=_start(codes, spec.seed))
    return np.asarray(embedding, np.float32)


def _start(codes: NDArray[np.float32], seed: int) -> NDArray[np.float64]:
    """Principal coordinates (n, 2), made small, and shaken a little so that no two points coincide."""
    mean, directions = principal_directions(codes, 2)
    coordinates = (codes - mean) @ directions.T
    coordinates *= START_DEVIATION / coordinates[:, 0].std()
    shaken = np.random.default_rng(seed).normal(0, 0.01 * START_DEVIATION, coordinates.shape)
    return coordinates + shaken
