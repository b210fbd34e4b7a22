"""A picture that a person brings made ready for a model: cleaned, cropped and placed like its own."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vae_core.base.arrays import Float32Array, as_images
from vae_core.images.ink import Ink, content_box, grey_of, ink_of, ring_of, stroke_width, thickened
from vae_core.images.likeness import BLACK, FitSettings, Likeness, mass_centre, settings_for
from vae_core.images.uploads import Picture

NOTHING = "there is nothing in this picture: expected something that stands out from its ground"
# Grey values from the darkest to the lightest pixel, below which a picture is of one colour.
LEAST_RANGE = 0.03
QUANTILES = (0.01, 0.99)
# Things that are not longer than so many widths of their lines are left as thin as they are.
LEAST_STROKES = 3


def suggested_settings(picture: Picture, shape: tuple[int, int, int], likeness: Likeness) -> FitSettings:
    """``settings_for`` the likeness, unless the picture has the frame's size and ground: then as it is.

    So a picture that was taken out of a data set, or saved here, comes back as it was.
    """
    settings = settings_for(likeness)
    if not likeness.is_drawn or picture.pixels.shape[:2] != tuple(shape[:2]):
        return settings
    if float(np.median(ring_of(grey_of(picture.pixels)))) > BLACK:
        return settings
    return settings.model_copy(update={"crop": "whole", "contrast": False, "thicken": False})


def fit_picture(
    picture: Picture, shape: tuple[int, int, int], likeness: Likeness, settings: FitSettings
) -> Float32Array:
    """``picture`` as float32 (h, w, c) of ``shape`` in [0, 1], as a model of that ``likeness`` takes it.

    For drawings: grey, the ground taken away, light on black, the longer side of its box as long as
    those of the model's pictures, centred as they are. The digits of MNIST were made so, 20 of 28 pixels
    long and centred by mass (LeCun, Cortes and Burges, The MNIST database). For anything else: a part of
    the picture, as it is. Raises ValueError for a picture of one colour, or in which nothing stands out,
    for a picture that is none, and for a shape of other than 1 or 3 channels.
    """
    height, width, channels = shape
    if channels not in (1, 3) or min(height, width) < 1:
        raise ValueError(f"a frame of shape {tuple(shape)}: expected (height, width, 1 or 3)")
    pixels = np.asarray(picture.pixels)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ValueError(f"a picture of shape {pixels.shape}: expected (height, width, 3)")
    pixels = np.rot90(as_images(pixels[np.newaxis], pixels.shape)[0], -settings.turn // 90)
    grey = grey_of(pixels)
    # Colours of one luma are looked at only where they count: that takes ten times as long.
    if np.ptp(grey) < LEAST_RANGE and (channels == 1 or np.ptp(pixels, axis=(0, 1)).max() < LEAST_RANGE):
        raise ValueError(NOTHING)
    is_drawn = likeness.is_drawn and channels == 1
    if is_drawn:
        scene = _drawing(grey, shape, likeness, settings)
    else:
        scene = _photograph(pixels if channels == 3 else grey[..., np.newaxis], grey, shape, settings)
    fitted = _seen_through(scene, settings, (height, width))
    if is_drawn and settings.contrast and fitted.any():
        # What was thin has become pale by scaling.
        fitted /= fitted.max()
    return fitted


@dataclass(frozen=True, eq=False)
class _Scene:
    """What is looked at: ``values`` (h, w, c), around them ``ground`` (c,).

    The place ``centre`` (down, across) of it comes to ``target`` (down, across) of the frame, both in
    pixels from the upper left corner; one of its pixels is ``scale`` pixels of the frame long.
    """

    values: Float32Array
    ground: Float32Array
    centre: NDArray[np.float64]
    target: NDArray[np.float64]
    scale: float


def _drawing(grey: Float32Array, shape: tuple[int, ...], likeness: Likeness, settings: FitSettings) -> _Scene:
    ink = ink_of(grey, None if settings.invert == "auto" else settings.invert == "yes")
    if not ink.marks.any():
        raise ValueError(NOTHING)
    frame = np.array(shape[:2], np.float64)
    top, bottom, left, right = content_box(ink.marks)
    box = slice(top, bottom), slice(left, right)
    strokes = Ink(ink.values[box], ink.marks[box], ink.darker)
    scale, radius = _scale_and_radius(strokes, grey.shape, frame, likeness, settings)
    margin = math.ceil(radius)
    strokes = Ink(np.pad(strokes.values, margin), np.pad(strokes.marks, margin), ink.darker)
    values = thickened(strokes, radius) if radius else strokes.values
    corner = np.array([top - margin, left - margin], np.float64)
    centre, target = np.array(grey.shape) / 2, frame / 2
    if settings.crop == "content":
        centre = corner + np.array(values.shape) / 2
        if likeness.by_mass:
            # The middle of MNIST is the pixel (height // 2, width // 2), as in vae_core.images.drawings.
            centre, target = corner + mass_centre(values), frame // 2 + 0.5
    if settings.contrast:
        return _Scene(values[..., np.newaxis], np.zeros(1, np.float32), centre - corner, target, scale)
    plain = (1 - grey if ink.darker else grey)[..., np.newaxis]
    return _Scene(plain, np.median(ring_of(plain), axis=0), centre, target, scale)


def _scale_and_radius(
    strokes: Ink,
    size: tuple[int, ...],
    frame: NDArray[np.float64],
    likeness: Likeness,
    settings: FitSettings,
) -> tuple[float, float]:
    """Pixels of the frame per pixel of the picture, and by how many of the latter to grow the strokes."""
    if settings.crop == "content":
        scale = likeness.extent * float((frame / strokes.marks.shape).min())
    else:
        scale = _plain_scale(settings.crop, size, frame)
    side = float(frame.min())
    extent, wanted = likeness.extent * side, likeness.stroke * side
    if not (settings.thicken and settings.contrast) or extent < LEAST_STROKES * wanted:
        return scale, 0.0
    width = stroke_width(strokes.marks)
    if width * scale >= wanted:
        return scale, 0.0
    if settings.crop == "content":
        # What is thickened grows: with length l and width w, s l + (wanted − s w) is the extent.
        scale = (extent - wanted) / (extent / scale - width)
    return scale, (wanted / scale - width) / 2


def _plain_scale(crop: str, size: tuple[int, ...], frame: NDArray[np.float64]) -> float:
    """The scale at which a picture of ``size`` covers the frame ("square") or fits into it ("whole")."""
    ratios = frame / size
    return float(ratios.max() if crop == "square" else ratios.min())


def _photograph(
    pixels: Float32Array, grey: Float32Array, shape: tuple[int, ...], settings: FitSettings
) -> _Scene:
    """``pixels`` (h, w, 1 or 3), whose luma is ``grey``, without taking anything away."""
    frame = np.array(shape[:2], np.float64)
    if settings.contrast:
        low, high = np.quantile(pixels, QUANTILES)
        # A small thing on an even ground lies outside of the quantiles.
        if high - low < LEAST_RANGE:
            low, high = pixels.min(), pixels.max()
        pixels = np.clip((pixels - low) / (high - low), 0, 1).astype(np.float32)
    if settings.invert == "yes":
        pixels = 1 - pixels
    centre, scale = np.array(grey.shape) / 2, 0.0
    if settings.crop == "content":
        marks = ink_of(grey).marks
        if not marks.any():
            raise ValueError(NOTHING)
        top, bottom, left, right = content_box(marks)
        centre = np.array([top + bottom, left + right]) / 2
        scale = float((frame / marks[top:bottom, left:right].shape).min())
    else:
        scale = _plain_scale(settings.crop, grey.shape, frame)
    return _Scene(pixels, np.median(ring_of(pixels), axis=0), centre, frame / 2, scale)


def _seen_through(scene: _Scene, settings: FitSettings, frame: tuple[int, int]) -> Float32Array:
    """``scene`` (c channels) resampled into a ``frame`` (h, w), with the scale and the shifts asked for."""
    scale = scene.scale * settings.scale
    target = scene.target + np.array([settings.shift_y, settings.shift_x]) * frame
    start = scene.centre - target / scale
    size = np.array(scene.values.shape[:2])
    # The pixels of the frame that the picture reaches, those in part included.
    first = np.clip(np.floor(-start * scale), 0, frame).astype(int)
    last = np.clip(np.ceil((size - start) * scale), 0, frame).astype(int)
    seen = np.empty((*frame, scene.values.shape[2]), np.float32)
    seen[:] = scene.ground
    if (last <= first).any():
        return seen
    margin = math.ceil(1 / scale) + 1
    (top, left), (bottom, right) = start + first / scale + margin, start + last / scale + margin
    part = (int(last[1] - first[1]), int(last[0] - first[0]))
    for channel, ground in enumerate(scene.ground):
        around = np.pad(scene.values[..., channel], margin, constant_values=ground)
        layer = Image.fromarray(np.ascontiguousarray(around, np.float32))
        resized = layer.resize(part, Image.Resampling.LANCZOS, box=(left, top, right, bottom))
        seen[first[0] : last[0], first[1] : last[1], channel] = np.asarray(resized)
    return np.clip(seen, 0, 1, out=seen)
