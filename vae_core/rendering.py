"""Pictures of decoded images: enlarged crisply, side by side, written whole."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vae_core.arrays import rounded_bytes
from vae_core.home import replace_file

MAXIMUM_PIXELS = 100_000_000


def contact_sheet(images: NDArray[np.float32], columns: int) -> NDArray[np.float32]:
    """Images (n, h, w, c) row by row in one picture (rows·h, columns·w, c); empty places are 0."""
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    padded = np.zeros((rows * columns, height, width, channels), np.float32)
    padded[:count] = images
    grid = padded.reshape(rows, columns, height, width, channels)
    return grid.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, channels)


def png_bytes(image: NDArray[np.float32], scale: int = 1) -> bytes:
    """One image (h, w, 1 or 3) in [0, 1] as PNG, every pixel a square of ``scale`` × ``scale``.

    Raises ValueError for a picture of more than 100 million pixels.
    """
    height, width, channels = image.shape
    if height * width * scale**2 > MAXIMUM_PIXELS:
        raise ValueError(f"a picture of {width * scale}×{height * scale} is too large: lower the scale")
    pixels = rounded_bytes(image)
    picture = Image.fromarray(pixels[..., 0] if channels == 1 else pixels)
    if scale > 1:
        picture = picture.resize((width * scale, height * scale), Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def save_png(path: Path, image: NDArray[np.float32], scale: int = 1) -> None:
    """Write ``png_bytes`` to ``path`` at once. Raises ValueError where it cannot be written."""
    if path.suffix.lower() != ".png":
        raise ValueError(f"{path} has the ending {path.suffix!r}: pictures are written as .png")
    try:
        replace_file(path, png_bytes(image, scale))
    except OSError as error:
        raise ValueError(f"{path} cannot be written ({error.strerror}): choose another place") from None
