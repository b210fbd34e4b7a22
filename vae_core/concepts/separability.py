"""How well a straight cut through latent space tells pictures with a concept from those without it."""

import numpy as np
from numpy.typing import ArrayLike

from vae_core.concepts.direction import PROBE_ITERATIONS, DirectionSpec, checked_sides

FEWEST_FOLDS, MOST_FOLDS = 2, 20


def separability(
    codes: ArrayLike, is_with: ArrayLike, is_without: ArrayLike, folds: int = 5, seed: int = 0
) -> float:
    """The area under the ROC curve of a logistic probe on pictures it was not fitted on.

    0.5 is chance, 1 perfect. It is the mean over ``folds`` stratified folds, or as many as the smaller
    side has pictures.
    Raises ValueError as ``direction_of`` for codes (n, d) and sides (n,), and for folds outside 2 to 20.
    """
    if not FEWEST_FOLDS <= folds <= MOST_FOLDS:
        raise ValueError(f"folds is {folds}: expected {FEWEST_FOLDS} to {MOST_FOLDS}")
    sides = checked_sides(codes, is_with, is_without, None, DirectionSpec(method="plain"))
    # scikit-learn costs 70 MB and a second; only who asks for a probe pays for it.
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows = sides.is_with | sides.is_without
    fewest = int(min(sides.is_with.sum(), sides.is_without.sum()))
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=PROBE_ITERATIONS))
    parts = StratifiedKFold(min(folds, fewest), shuffle=True, random_state=seed)
    scores = cross_val_score(probe, sides.codes[rows], sides.is_with[rows], scoring="roc_auc", cv=parts)
    return float(np.mean(scores))
