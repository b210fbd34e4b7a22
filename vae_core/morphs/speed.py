"""A curve at constant decoded speed: from frame to frame the pictures change by the same amount.

How much two pictures differ is their Euclidean distance over all pixels, so that the length of a
curve is that of its image in pixel space (the pull-back metric of the decoder; Arvanitidis, Hansen
and Hauberg 2018, section 2).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from vae_core.morphs.lines import Curve, Values

Decode: TypeAlias = Callable[[NDArray[np.float32]], NDArray[np.float32]]
# Rows of two samples (n, 2) and the weight of each (n, 2).
Blends: TypeAlias = tuple[NDArray[np.int64], Values]

FEWEST_SAMPLES, MOST_SAMPLES = 65, 257
DECODED_AT_ONCE = 256
# Half a grey level of a single pixel: nobody sees a leg that changes by less.
INVISIBLE = 0.5 / 255
# Standard deviation by mean of the steps: what is aimed at on the samples, and what suffices.
AIM, ENOUGH = 0.01, 0.05
ROUNDS, STEPS_IN_A_ROUND = 6, 40
# Whole corrections swing to and fro where the speed changes abruptly.
DAMPING = 0.7
# Where the pictures stand still, places still advance: so much of the mean step.
LEAST_STEP = 1e-6


class DecodedCurve:
    """A curve and what it looks like, decoded at even shares of the way."""

    def __init__(self, curve: Curve, decode: Decode, frames: int) -> None:
        """``frames`` is how many are wanted, about: more of them are sampled more densely."""
        self._curve, self._decode = curve, decode
        self._shares = np.linspace(0, 1, int(np.clip(1.5 * frames, FEWEST_SAMPLES, MOST_SAMPLES)))
        pictures = self._pictures(self._shares)
        self._steps = _lengths(pictures)
        centred = pictures - pictures.mean(axis=0)
        # On a busy machine a second thread of BLAS is waited for ten times longer than the product takes.
        with _thread_pools().limit(limits=1, user_api="blas"):
            # Distances on lines between the samples follow from this, however many pixels there are.
            self._products = centred @ centred.T
        self.length = float(self._steps.sum())

    def even_shares(self, frames: int) -> Values:
        """Shares of the way (frames,), rising from 0 to 1, where pictures change at constant speed.

        Grids are moved until their chords are alike (de Boor's equidistribution, 1974): first on
        lines between the samples, then corrected by the steps of the decoded frames, until the
        standard deviation of these is at most 5 % of their mean, or six times; the best is given.
        Even shares where no change would be seen.
        """
        shares = np.linspace(0, 1, frames)
        if frames == 2 or self.length < INVISIBLE:
            return shares
        shares = _evened(self._shares, self._steps, shares)
        correction = np.ones(frames - 1)
        best, least = shares, np.inf
        for _ in range(ROUNDS):
            shares = self._with_even_chords(shares, correction)
            steps = self._decoded_steps(shares)
            if (variation := variation_of(steps)) < least:
                best, least = shares, variation
            if least <= ENOUGH:
                break
            chords = self._chords(shares)
            correction = np.divide(steps, chords, out=np.ones_like(steps), where=chords > 0)
        return best

    def _with_even_chords(self, shares: Values, correction: Values) -> Values:
        """``shares`` moved until chord times ``correction`` is the same everywhere."""
        best, least = shares, np.inf
        for _ in range(STEPS_IN_A_ROUND):
            chords = self._chords(shares) * correction
            if (variation := variation_of(chords)) < least:
                best, least = shares, variation
            if variation <= AIM:
                break
            shares = shares + DAMPING * (_evened(shares, chords, np.linspace(0, 1, len(shares))) - shares)
        return best

    def _chords(self, shares: Values) -> Values:
        """Distances (n-1,) between the pictures at ``shares`` (n,), on lines between the samples."""
        intervals = len(self._shares) - 1
        left = np.minimum((shares * intervals).astype(np.int64), intervals - 1)
        within = shares * intervals - left
        rows = np.stack([left, left + 1], axis=1)
        weights = np.stack([1 - within, within], axis=1)
        before, after = (rows[:-1], weights[:-1]), (rows[1:], weights[1:])
        squares = self._inner(before, before) + self._inner(after, after) - 2 * self._inner(before, after)
        return np.sqrt(np.maximum(squares, 0))

    def _inner(self, first: Blends, second: Blends) -> Values:
        """Inner products (n,) of pictures that are blends of two samples each."""
        products = self._products[first[0][:, :, np.newaxis], second[0][:, np.newaxis, :]]
        return np.einsum("na,nb,nab->n", first[1], second[1], products)

    def _decoded_steps(self, shares: Values) -> Values:
        """Distances (n-1,) between the decoded pictures at ``shares`` (n,), a few hundred held at a time."""
        parts = [
            _lengths(self._pictures(shares[start : start + DECODED_AT_ONCE + 1]))
            for start in range(0, len(shares) - 1, DECODED_AT_ONCE)
        ]
        return np.concatenate(parts)

    def _pictures(self, shares: Values) -> Values:
        """Decoded pictures, flat, (n, pixels)."""
        images = self._decode(self._curve(shares).astype(np.float32))
        return images.reshape(len(images), -1).astype(np.float64)


@lru_cache(maxsize=1)
def _thread_pools() -> ThreadpoolController:
    """The thread pools of this process; looking for them takes 5 ms."""
    return ThreadpoolController()


def variation_of(steps: Values) -> float:
    """The standard deviation of ``steps`` (n,) by their mean; 0 where nothing moves."""
    mean = float(steps.mean())
    return float(steps.std()) / mean if mean > 0 else 0.0


def _evened(shares: Values, steps: Values, wanted: Values) -> Values:
    """Where on ``shares`` (n,) the parts ``wanted`` of the way are done; its pieces are ``steps`` (n-1,)."""
    mean = float(steps.mean())
    raised = steps + LEAST_STEP * mean if mean > 0 else np.ones_like(steps)
    done = np.concatenate([[0.0], np.cumsum(raised)])
    return np.interp(wanted, done / done[-1], shares)


def _lengths(points: Values) -> Values:
    return np.linalg.norm(np.diff(points, axis=0), axis=1)
