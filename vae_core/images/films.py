"""Decoded pictures in a row to take away: films, strips, and the codes behind them.

GIF and WebP by Pillow, MP4 by PyAV, which is loaded by the first MP4 only.
"""

import io
import math
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from numbers import Real
from pathlib import Path
from threading import Lock
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from vae_core.base.arrays import as_codes, as_images, rounded_bytes
from vae_core.images.rendering import (
    MAXIMUM_PIXELS,
    MAXIMUM_SIDE,
    contact_sheet,
    gif_bytes,
    poster_png,
    there_and_back,
)

FilmKind = Literal["gif", "webp", "mp4"]
FILM_KINDS: tuple[FilmKind, ...] = get_args(FilmKind)
SLOWEST = 1
# Browsers show frames of a GIF or WebP that are shorter than 20 ms five times as long.
FASTEST: dict[FilmKind, int] = {"gif": 50, "webp": 50, "mp4": 60}
FILM_SIDE = 280
FRAMES_PER_SECOND = 30.0
# x264's constant rate factor: at 16 squares keep their edges, and 18 is called visually lossless.
H264 = {"crf": "16", "preset": "veryfast"}
# ITU-T H.273: the numbers of BT.709 as primaries, transfer and matrix, and of the limited range.
BT709, LIMITED = 1, 1
FRAMES_IN_STRIP = 10
FEWEST_IN_STRIP, MOST_IN_STRIP = 2, 100
POSTER_SIDE = 8000

# A WebP of 100 million pixels takes 0.4 GB until it is written: films are made one after the other.
_one_at_a_time = Lock()


def film_bytes(
    frames: ArrayLike,
    kind: FilmKind,
    *,
    side: int = FILM_SIDE,
    frames_per_second: float = FRAMES_PER_SECOND,
    bounce: bool = False,
) -> bytes:
    """Frames (t, h, w, 1 or 3) in [0, 1] as a film that GIF and WebP repeat for ever.

    Every pixel becomes a square, by the largest whole factor with which the longer side is at most
    ``side``, and at least by 1. ``bounce`` runs there and back, neither end twice. Frames in a row that
    are alike may become one that lasts as long.

    ``gif``: exact in grey, 256 colours a frame; it counts in hundredths of a second, so that 30 frames
    a second are 33.3. ``webp``: exact. ``mp4``: H.264 in yuv420p, which browsers and slides play, a
    black row or column added where a side is odd.

    Raises ValueError: another kind, no frames or what are none, a side outside 1 to 10,000, more than
    100 million pixels in all, a speed outside 1 to 50 frames a second (mp4: 60).
    """
    if kind not in FILM_KINDS:
        raise ValueError(f"{kind!r:.40} is no kind of film: expected one of {', '.join(FILM_KINDS)}")
    images = _checked_frames(frames)
    speed = _checked_speed(frames_per_second, kind)
    images = there_and_back(images) if bounce else images
    factor = film_factor(images.shape, side)
    with _one_at_a_time:
        if kind == "gif":
            return gif_bytes(images, factor, 10 * round(100 / speed))
        return _webp(images, factor, speed) if kind == "webp" else _mp4(images, factor, speed)


def strip_png(images: ArrayLike, count: int = FRAMES_IN_STRIP, side: int = POSTER_SIDE) -> bytes:
    """``count`` of the images (t, h, w, 1 or 3) in [0, 1] beside each other, as a PNG ``side`` wide.

    They are chosen evenly, the first and the last among them; where there are fewer, all are. Squares
    and frame are as of ``poster_png``. Raises ValueError for no images, a count outside 2 to 100, and a
    side that is smaller than the strip or above 10,000.
    """
    frames = _checked_frames(images)
    return poster_png(contact_sheet(frames[strip_rows(len(frames), count)], min(count, len(frames))), side)


def strip_rows(frames: int, count: int = FRAMES_IN_STRIP) -> NDArray[np.int64]:
    """Which ``count`` of so many frames are chosen evenly, both ends among them; all where there are fewer.

    Raises ValueError for a count outside 2 to 100.
    """
    if isinstance(count, bool) or not isinstance(count, int | np.integer):
        raise ValueError(f"count is {count!r:.40}: expected a whole number")
    if not FEWEST_IN_STRIP <= count <= MOST_IN_STRIP:
        raise ValueError(f"count is {count}: a strip is of {FEWEST_IN_STRIP} to {MOST_IN_STRIP} pictures")
    return np.rint(np.linspace(0, frames - 1, min(int(count), frames))).astype(np.int64)


def codes_csv(
    codes: ArrayLike, distance: ArrayLike | None = None, confidence: ArrayLike | None = None
) -> bytes:
    """CSV of codes (t, d): ``frame`` from 0, ``z1`` … ``zd``, and what is given, as ``codes_npz`` takes it.

    Numbers read back as the same float32. Raises ValueError as ``codes_npz``.
    """
    import pyarrow

    from vae_core.base.csv_text import csv_bytes

    arrays = _named_arrays(codes, distance, confidence)
    columns = {"frame": pyarrow.array(np.arange(len(arrays["codes"])))}
    for number, values in enumerate(arrays.pop("codes").T, start=1):
        columns[f"z{number}"] = pyarrow.array(np.ascontiguousarray(values))
    columns |= {name: pyarrow.array(values) for name, values in arrays.items()}
    return csv_bytes(pyarrow.table(columns))


def codes_npz(
    codes: ArrayLike, distance: ArrayLike | None = None, confidence: ArrayLike | None = None
) -> bytes:
    """An NPZ with ``codes`` (t, d) and, where given, ``distance`` and ``confidence`` (t,), float32.

    Raises ValueError for codes of another shape or with NaN, and for other lengths.
    """
    buffer = io.BytesIO()
    arrays: dict[str, Any] = _named_arrays(codes, distance, confidence)
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _webp(images: NDArray[np.float32], factor: int, speed: float) -> bytes:
    pictures = (Image.fromarray(pixels) for pixels in _enlarged(images, factor))
    buffer = io.BytesIO()
    next(pictures).save(
        buffer,
        format="WEBP",
        save_all=True,
        append_images=pictures,
        # Pillow adds these up before it rounds: over a film the speed is exact.
        duration=1000 / speed,
        loop=0,
        lossless=True,
        method=0,
    )
    return buffer.getvalue()


def _mp4(images: NDArray[np.float32], factor: int, speed: float) -> bytes:
    import av
    from av.video.reformatter import ColorRange, Colorspace

    height, width = (factor * side for side in images.shape[1:3])
    missing = (0, height % 2), (0, width % 2), (0, 0)
    # To put the index before the pictures the file is read again, which takes a real one.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(path, "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", Fraction(speed).limit_denominator(1000), dict(H264))
            stream.width, stream.height, stream.pix_fmt = width + width % 2, height + height % 2, "yuv420p"
            context = stream.codec_context
            context.color_primaries = context.color_trc = context.colorspace = BT709
            context.color_range = LIMITED
            for pixels in _enlarged(images, factor):
                frame = av.VideoFrame.from_ndarray(np.pad(pixels, missing), format="rgb24").reformat(
                    format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
                )
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path.read_bytes()


def _enlarged(images: NDArray[np.float32], factor: int) -> Iterator[NDArray[np.uint8]]:
    """Bytes (h, w, 3) of one image after the other, every pixel a square of ``factor`` × ``factor``."""
    for image in images:
        pixels = rounded_bytes(image).repeat(factor, axis=0).repeat(factor, axis=1)
        yield np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))


def film_factor(shape: tuple[int, ...], side: int) -> int:
    """How many pixels wide and high a pixel becomes in a film of frames ``shape`` (t, h, w, c).

    Raises ValueError for a side outside 1 to 10,000, and more than 100 million pixels in all.
    """
    if isinstance(side, bool) or not isinstance(side, int | np.integer) or not 1 <= side <= MAXIMUM_SIDE:
        raise ValueError(f"side is {side!r:.40}: expected a whole number from 1 to {MAXIMUM_SIDE:,} pixels")
    count, height, width, _ = shape
    factor = max(1, int(side) // max(height, width))
    if count * height * width * factor**2 > MAXIMUM_PIXELS:
        raise ValueError(
            f"{count:,} frames of {width * factor}×{height * factor} have more than "
            f"{MAXIMUM_PIXELS // 1_000_000} million pixels: take fewer frames or a smaller side"
        )
    return factor


def _checked_frames(frames: ArrayLike) -> NDArray[np.float32]:
    shape = np.shape(frames)
    if len(shape) != 4 or shape[-1] not in (1, 3) or 0 in shape[1:3]:
        raise ValueError(f"frames have shape {shape}; expected (t, height, width, 1 or 3)")
    if not shape[0]:
        raise ValueError("there are no frames: a film takes at least one")
    return as_images(frames, shape[1:])


def _checked_speed(frames_per_second: float, kind: FilmKind) -> float:
    fastest = FASTEST[kind]
    is_number = isinstance(frames_per_second, Real) and not isinstance(frames_per_second, bool)
    if not is_number or not math.isfinite(frames_per_second) or not SLOWEST <= frames_per_second <= fastest:
        raise ValueError(
            f"frames_per_second is {frames_per_second!r:.40}: expected {SLOWEST} to {fastest} for {kind}"
        )
    return float(frames_per_second)


def _named_arrays(
    codes: ArrayLike, distance: ArrayLike | None, confidence: ArrayLike | None
) -> dict[str, NDArray[np.float32]]:
    arrays = {"codes": as_codes(codes, np.shape(codes)[-1] if np.ndim(codes) else 0)}
    for name, values in (("distance", distance), ("confidence", confidence)):
        if values is not None:
            array = np.asarray(values, np.float32)
            if array.shape != (len(arrays["codes"]),):
                raise ValueError(
                    f"{name} has shape {array.shape}; expected ({len(arrays['codes'])},), one a frame"
                )
            arrays[name] = array
    return arrays
