"""What a posterior leaves open: draws around one code, and how much the pictures differ."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.base.arrays import as_codes
from vae_core.space.slices import Slice


def posterior_draws(
    z_mean: ArrayLike, z_log_var: ArrayLike | None, count: int, seed: int
) -> NDArray[np.float32]:
    """Draws (count, d) from q(z|x) = N(z_mean, exp(z_log_var)) of one picture, both (d,).

    z = z_mean + exp(z_log_var / 2) ε (Kingma and Welling 2014, section 2.4). Raises ValueError for an
    autoencoder (z_log_var None), fewer than 1 draw, NaN, or draws beyond ±1e6.
    """
    mean, log_var = _row(z_mean), _row(_existing(z_log_var))
    if mean.shape != log_var.shape:
        raise ValueError(f"z_mean has {mean.size} numbers and z_log_var {log_var.size}: expected as many")
    if count < 1:
        raise ValueError(f"count is {count}: expected at least 1 draw")
    noise = np.random.default_rng(seed).standard_normal((count, mean.size), dtype=np.float32)
    with np.errstate(over="ignore"):
        draws = mean + np.exp(0.5 * log_var) * noise
    return as_codes(draws, mean.size)


def pixel_statistics(images: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean and standard deviation of each pixel, (h, w, c) each, over images (n, h, w, c).

    Raises ValueError for no images.
    """
    if not len(images):
        raise ValueError("there are no images: expected at least one")
    mean, deviation = images.mean(axis=0, dtype=np.float64), images.std(axis=0, dtype=np.float64)
    return mean.astype(np.float32), deviation.astype(np.float32)


def spread_on(plane: Slice, z_log_var: ArrayLike | None) -> NDArray[np.float64]:
    """Covariance (k, k) of q(z|x) in the coordinates of ``plane``, from z_log_var (d,).

    A coordinate is (z - origin) · a / |a|², so this is B diag(σ²) Bᵀ with the rows a / |a|² of B; an
    axis of length 0 has no spread. Raises ValueError for an autoencoder (None) or a wrong length.
    """
    log_var = _row(_existing(z_log_var)).astype(np.float64)
    if log_var.size != plane.latent_dim:
        raise ValueError(f"z_log_var has {log_var.size} numbers; this plane takes {plane.latent_dim}")
    axes = plane.axes.astype(np.float64)
    squares = np.sum(np.square(axes), axis=1, keepdims=True)
    scaled = axes / np.where(squares > 0, squares, 1.0)
    with np.errstate(over="ignore"):
        variances = np.minimum(np.exp(log_var), np.finfo(np.float32).max)
    return (scaled * variances) @ scaled.T


def _existing(z_log_var: ArrayLike | None) -> ArrayLike:
    if z_log_var is None:
        raise ValueError("an autoencoder's code has no spread: draws need a variational model")
    return z_log_var


def _row(values: ArrayLike) -> NDArray[np.float32]:
    array = np.asarray(values)
    return as_codes(array[np.newaxis], array.size)[0]
