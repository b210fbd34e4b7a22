"""Faces: drawn, friendly, of nobody; 64×64 in colour, or 28×28 in grey, with known factors.

Every factor is drawn on its own, so a model can be asked what it found. Drawn by this project,
which gives them away freely.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vae_core.datasets import shapes
from vae_core.datasets.dataset import Dataset, Split
from vae_core.datasets.shapes import Field, Size

Colour = tuple[float, float, float]

SIDE, GREY_SIDE = 64, 28
IMAGES, TEST_IMAGES = 20_000, 2_000
FACTORS = ("smile", "eye opening", "hair length", "tilt", "skin tone", "hair tone", "glasses")
# Lowest and highest value; glasses are 0 or 1. The tilt is in degrees, clockwise.
RANGES = ((-1, 1), (0, 1), (0, 1), (-15, 15), (0, 1), (0, 1), (0, 1))
CLASSES = ("without glasses", "with glasses")

BACKGROUND, SHIRT, WHITE, DARK, LIPS, FRAME = (
    (0.87, 0.91, 0.94),
    (0.30, 0.49, 0.62),
    (0.98, 0.98, 0.98),
    (0.13, 0.10, 0.10),
    (0.66, 0.16, 0.20),
    (0.16, 0.17, 0.22),
)
# Colours from light to dark, with even steps between.
SKIN = ((0.98, 0.85, 0.76), (0.85, 0.62, 0.46), (0.42, 0.27, 0.19))
HAIR = ((0.90, 0.73, 0.40), (0.50, 0.28, 0.15), (0.10, 0.08, 0.09))
# Half the height of a closed mouth.
LIP = 0.034
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def load() -> Dataset:
    """18,000 training and 2,000 test images of 64×64 in colour, always the same ones."""
    return _dataset("faces", SIDE, grey=False)


def load_grey() -> Dataset:
    """The same faces as 28×28 grey images."""
    return _dataset("faces-grey", GREY_SIDE, grey=True)


def load_test() -> Split:
    """The 2,000 test images of ``load``; no others are drawn."""
    return _drawn(_factors()[1], SIDE, grey=False)


def load_grey_test() -> Split:
    """The 2,000 test images of ``load_grey``; no others are drawn."""
    return _drawn(_factors()[1], GREY_SIDE, grey=True)


def sample_factors(count: int, seed: int) -> NDArray[np.float32]:
    """(count, 7) in the order of FACTORS, each drawn evenly from its range and on its own."""
    low, high = np.array(RANGES, np.float32).T
    draws = np.random.default_rng(seed).random((count, len(FACTORS)), dtype=np.float32)
    draws[:, -1] = draws[:, -1] < 0.5
    return low + draws * (high - low)


def draw(factors: NDArray[np.float32], side: int = SIDE, grey: bool = False) -> NDArray[np.uint8]:
    """Images (n, side, side, 3), or (n, side, side, 1) if ``grey``, of factors (n, 7)."""
    return shapes.drawn_in_chunks(factors, lambda rows: _draw(rows, side, grey))


def _dataset(name: str, side: int, grey: bool) -> Dataset:
    train, test = (_drawn(factors, side, grey) for factors in _factors())
    return Dataset(name, train, test, CLASSES, FACTORS)


def _factors() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Factors of the training and of the test images."""
    factors = sample_factors(IMAGES, seed=0)
    return factors[:-TEST_IMAGES], factors[-TEST_IMAGES:]


def _drawn(factors: NDArray[np.float32], side: int, grey: bool) -> Split:
    return Split(draw(factors, side, grey), factors[:, -1].astype(np.int64), factors)


def _draw(factors: NDArray[np.float32], side: int, grey: bool) -> NDArray[np.uint8]:
    smile, opening, length, tilt, skin_tone, hair_tone, glasses = (
        part[:, np.newaxis, np.newaxis] for part in factors.T
    )
    x, y = shapes.pixel_centres(side)
    canvas = _Canvas(len(factors), side)
    canvas.paint(shapes.ellipse(x, y - 1.15, 0.72, 0.42), SHIRT)
    # The head turns about the chin.
    x, y = shapes.rotated(x, y - 0.55, np.radians(tilt))
    y = y + 0.55
    skin, hair = _blend(SKIN, skin_tone), _blend(HAIR, hair_tone)
    shade = [0.82 * channel for channel in skin]
    _paint_head(canvas, x, y, length, skin, hair, shade)
    _paint_eyes(canvas, x, y, opening, skin, hair)
    canvas.paint(shapes.ellipse(x, y - 0.17, 0.065, 0.045), shade)
    _paint_mouth(canvas, x, y, smile)
    _paint_glasses(canvas, x, y, glasses)
    return canvas.bytes(grey)


class _Canvas:
    """Pictures painted from back to front, one plane a channel."""

    def __init__(self, count: int, side: int) -> None:
        self._side = side
        self._planes = [np.full((count, side, side), level, np.float32) for level in BACKGROUND]

    def paint(self, distance: Field, colour: Sequence[Size], opacity: Size = 1.0) -> None:
        covered = shapes.coverage(distance, self._side) * np.asarray(opacity, np.float32)
        for plane, level in zip(self._planes, colour, strict=True):
            plane += covered * (np.asarray(level, np.float32) - plane)

    def bytes(self, grey: bool) -> NDArray[np.uint8]:
        picture = np.stack(self._planes, axis=-1)
        if grey:
            picture = (picture @ LUMA)[..., np.newaxis]
        return np.rint(255 * picture).astype(np.uint8)


def _paint_head(
    canvas: _Canvas,
    x: Field,
    y: Field,
    length: Field,
    skin: list[Field],
    hair: list[Field],
    shade: list[Field],
) -> None:
    """Hair behind, neck, ears, face, and the fringe, which ends in an arc above the brows."""
    bottom = 0.05 + 0.75 * length
    behind = np.minimum(
        shapes.ellipse(x, y + 0.18, 0.66, 0.70),
        shapes.box(x, y - (bottom - 0.1) / 2, 0.54, (bottom + 0.1) / 2) - 0.1,
    )
    canvas.paint(behind, hair)
    canvas.paint(shapes.box(x, y - 0.7, 0.14, 0.2) - 0.04, shade)
    canvas.paint(shapes.circle(np.abs(x) - 0.55, y - 0.02, 0.11), skin)
    face = shapes.ellipse(x, y - 0.02, 0.55, 0.66)
    canvas.paint(face, skin)
    # A little wider than the face, whose skin would shine through at the rim.
    fringe = np.maximum(face - 0.04, -shapes.ellipse(x, y - 0.32, 0.62, 0.66))
    canvas.paint(fringe, hair)


def _paint_eyes(
    canvas: _Canvas, x: Field, y: Field, opening: Field, skin: list[Field], hair: list[Field]
) -> None:
    """White, iris and lid line of both eyes at once; x is folded at the nose."""
    across, down = np.abs(x) - 0.22, y + 0.03
    half = 0.015 + 0.095 * opening
    eye = shapes.ellipse(across, down, 0.13, half)
    canvas.paint(eye - 0.022, DARK)
    canvas.paint(eye, WHITE)
    canvas.paint(np.maximum(shapes.circle(across, down, 0.068), eye), DARK)
    brow = np.abs(y + 0.21 - 0.8 * across * across) - 0.02
    canvas.paint(np.maximum(brow, np.abs(across) - 0.12), [0.7 * channel for channel in hair])


def _paint_mouth(canvas: _Canvas, x: Field, y: Field, smile: Field) -> None:
    """An arc whose corners rise with the smile; it opens both ways, and a smile shows teeth."""
    width = 0.22 + 0.05 * np.maximum(smile, 0)
    inside = np.clip(x / width, -1, 1)
    arch = 1 - inside * inside
    middle = 0.4 + 0.15 * smile * (arch - 0.5)
    half = LIP + 0.07 * np.abs(smile) * arch
    slope = 0.30 * smile * inside / width
    down = (y - middle) / np.sqrt(1 + slope * slope)
    beyond = x - inside * width
    mouth = np.hypot(beyond, np.maximum(np.abs(down) - (half - LIP), 0)) - LIP
    canvas.paint(mouth, LIPS)
    canvas.paint(np.maximum(mouth + 0.026, down - 0.012), WHITE, np.clip(2 * smile, 0, 1))
    canvas.paint(mouth + 0.026, DARK, np.clip(-2 * smile, 0, 1))


def _paint_glasses(canvas: _Canvas, x: Field, y: Field, glasses: Field) -> None:
    across, down = np.abs(x) - 0.23, y + 0.03
    rim = np.abs(shapes.circle(across, down, 0.19)) - 0.022
    bridge = shapes.box(x, down + 0.03, 0.05, 0.018)
    temple = shapes.box(np.abs(x) - 0.48, down + 0.02, 0.07, 0.018)
    canvas.paint(np.minimum(np.minimum(rim, bridge), temple), FRAME, glasses)


def _blend(colours: tuple[Colour, ...], tone: Field) -> list[Field]:
    """Channels of the colour at ``tone`` (0 … 1) along a list of colours."""
    table = np.asarray(colours, np.float32)
    places = np.linspace(0, 1, len(table))
    return [np.interp(tone, places, channel).astype(np.float32) for channel in table.T]
