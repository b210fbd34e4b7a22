"""Pictures of decoded images: enlarged crisply, side by side, as films and with axes, written whole."""

import base64
import io
import re
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vae_core.base.arrays import rounded_bytes
from vae_core.base.home import replace_file

MAXIMUM_PIXELS = 100_000_000
MAXIMUM_SIDE = 10_000

# A drawing with axes, in its own units: the sheet's longer side, text sizes, and the ground around all.
SHEET = 1000
LABEL, SUBTITLE, TITLE = 22, 22, 36
MARGIN = 24
# Width of a letter in text sizes: generous for sans-serif faces, so that text never overlaps.
LETTER = 0.62
LINE = 1.4
LONGEST_LABEL = 12
# What XML 1.0 cannot hold, not even escaped.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A poster of 8,000 × 8,000 takes up to 192 MB until it is written: they are made one after the other.
_poster_lock = Lock()
STYLE = "font-family: system-ui, 'Helvetica Neue', Arial, sans-serif; fill: #1a1a1a"


def contact_sheet(images: NDArray[np.float32], columns: int) -> NDArray[np.float32]:
    """Images (n, h, w, c) row by row in one picture (rows·h, columns·w, c); empty places are 0."""
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    padded = np.zeros((rows * columns, height, width, channels), np.float32)
    padded[:count] = images
    grid = padded.reshape(rows, columns, height, width, channels)
    return grid.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, channels)


def there_and_back(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """Frames (t, …) forwards and then backwards, neither end twice: a loop without a jump."""
    return np.concatenate([frames, frames[-2:0:-1]])


def png_bytes(image: NDArray[np.float32], scale: int = 1) -> bytes:
    """One image (h, w, c) in [0, 1] as PNG, every pixel a square of ``scale`` × ``scale``.

    ``c`` is 1 (grey), 3 (colour) or 4 (colour and opacity). Raises ValueError for other channels and
    for a picture of more than 100 million pixels.
    """
    height, width, _ = image.shape
    if height * width * scale**2 > MAXIMUM_PIXELS:
        raise ValueError(f"a picture of {width * scale}×{height * scale} is too large: lower the scale")
    buffer = io.BytesIO()
    _enlarged(_picture(image), scale).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def poster_png(sheet: NDArray[np.float32], side: int = 8000) -> bytes:
    """A sheet (h, w, 1 or 3) in [0, 1] as a PNG whose longer side has exactly ``side`` pixels.

    Every pixel becomes a square, by the largest whole factor that fits; what is left is an even
    black frame. One poster is made at a time, others wait. Raises ValueError for a side smaller than
    the sheet or above 10,000.
    """
    longer = max(sheet.shape[:2])
    if not longer <= side <= MAXIMUM_SIDE:
        raise ValueError(f"side is {side}: expected {longer} (the sheet's own) to {MAXIMUM_SIDE:,} pixels")
    factor = side // longer
    left = side - factor * longer
    picture = _picture(sheet)
    size = (factor * picture.width + left, factor * picture.height + left)
    buffer = io.BytesIO()
    with _poster_lock:
        poster = _framed(picture, factor, left // 2, size)
        # Equal rows of large squares compress well at once; the best level would take many times longer.
        poster.save(buffer, format="PNG", compress_level=3)
    return buffer.getvalue()


def sheet_svg(
    sheet: NDArray[np.float32],
    columns: int,
    rows: int,
    column_labels: Sequence[str],
    row_labels: Sequence[str],
    title: str = "",
    subtitle: str = "",
) -> str:
    """A standalone SVG of a sheet (h, w, 1 or 3) of ``columns`` × ``rows`` pictures.

    Labels stand below the columns and left of the rows, as many as have room, the middle one among
    them; one of more than 12 letters is cut. A title that is too long is set smaller. Raises
    ValueError where the sheet does not divide into the cells or the labels are not one each.
    """
    height, width, _ = sheet.shape
    if columns < 1 or rows < 1 or height % rows or width % columns:
        raise ValueError(f"a sheet of {width}×{height} pixels does not divide into {columns}×{rows} pictures")
    if (len(column_labels), len(row_labels)) != (columns, rows):
        raise ValueError(
            f"{len(column_labels)} and {len(row_labels)} labels: expected one for each of"
            f" {columns} columns and {rows} rows"
        )
    across, down = [_short(text) for text in column_labels], [_short(text) for text in row_labels]
    unit = SHEET / max(height, width)
    drawn_width, drawn_height = unit * width, unit * height
    # Half of the first and of the last label of the columns may stand out beside the sheet.
    overhang = _text_width(across, LABEL) / 2
    left = MARGIN + max(_text_width(down, LABEL) + LABEL / 2, overhang)
    right = MARGIN + overhang
    heading = [(title, TITLE, 600), (subtitle, SUBTITLE, 400)]
    top = MARGIN + sum(LINE * size for text, size, _ in heading if text) + LABEL / 4
    total_width, total_height = left + drawn_width + right, top + drawn_height + LINE * LABEL + MARGIN
    picture = base64.b64encode(png_bytes(sheet)).decode("ascii")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total_width:.1f} {total_height:.1f}"'
        f' width="{total_width:.0f}" height="{total_height:.0f}" role="img" style="{STYLE}">',
        f"<title>{_xml(title or 'Decoded pictures')}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *_heading(heading, left, drawn_width),
        f'<image x="{left:.1f}" y="{top:.1f}" width="{drawn_width:.1f}" height="{drawn_height:.1f}"'
        f' preserveAspectRatio="none" style="image-rendering: pixelated"'
        f' href="data:image/png;base64,{picture}"/>',
        *_column_labels(across, left, drawn_width / columns, top + drawn_height + LABEL * 1.2),
        *_row_labels(down, left - LABEL / 2, top, drawn_height / rows),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def gif_bytes(frames: NDArray[np.float32], scale: int = 1, milliseconds: int = 60) -> bytes:
    """Frames (t, h, w, 1 or 3) in [0, 1] as a GIF that loops for ever, ``milliseconds`` each.

    A GIF counts in hundredths of a second; colour is reduced to 256 a frame. Raises ValueError for
    no frames, more than 100 million pixels in all, or a time outside 20 to 10,000.
    """
    if not len(frames):
        raise ValueError("there are no frames: a film takes at least one")
    if not 20 <= milliseconds <= 10_000:
        raise ValueError(f"a frame of {milliseconds} milliseconds: expected 20 to 10,000")
    count, height, width, _ = frames.shape
    if scale < 1 or count * height * width * scale**2 > MAXIMUM_PIXELS:
        raise ValueError(f"{count} frames of {width * scale}×{height * scale} are too large: lower the scale")
    # Reduced before enlarging: dithering would otherwise break the squares up.
    small = [_picture(frame) for frame in frames]
    reduced = [picture if picture.mode == "L" else picture.convert("RGB").quantize() for picture in small]
    first, *others = [_enlarged(picture, scale) for picture in reduced]
    buffer = io.BytesIO()
    first.save(
        buffer, format="GIF", save_all=True, append_images=others, duration=milliseconds, loop=0, disposal=1
    )
    return buffer.getvalue()


def save_png(path: Path, image: NDArray[np.float32], scale: int = 1) -> None:
    """Write ``png_bytes`` to ``path`` at once. Raises ValueError where it cannot be written."""
    if path.suffix.lower() != ".png":
        raise ValueError(f"{path} has the ending {path.suffix!r}: pictures are written as .png")
    save_picture(path, png_bytes(image, scale))


def save_picture(path: Path, content: bytes) -> None:
    """Write a picture's bytes to ``path`` at once. Raises ValueError where it cannot be written."""
    try:
        replace_file(path, content)
    except OSError as error:
        raise ValueError(f"{path} cannot be written ({error.strerror}): choose another place") from None


def _picture(image: NDArray[np.float32]) -> Image.Image:
    """An image (h, w, c) in [0, 1] for Pillow."""
    channels = image.shape[-1]
    if channels not in (1, 3, 4):
        raise ValueError(f"an image has {channels} channels: pictures are drawn of 1 (grey) or 3 (colour)")
    pixels = rounded_bytes(image)
    return Image.fromarray(pixels[..., 0] if channels == 1 else pixels)


def _enlarged(picture: Image.Image, factor: int) -> Image.Image:
    if factor == 1:
        return picture
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)


def _framed(picture: Image.Image, factor: int, frame: int, size: tuple[int, int]) -> Image.Image:
    """``picture`` enlarged by ``factor``, ``frame`` pixels from the left and the top of a black ``size``.

    A single step, because an enlargement that is pasted into a frame would need the memory twice.
    """
    step, start = 1 / factor, -frame / factor
    return picture.transform(
        size, Image.Transform.AFFINE, (step, 0, start, 0, step, start), Image.Resampling.NEAREST
    )


def _heading(lines: Sequence[tuple[str, int, int]], left: float, width: float) -> list[str]:
    """Lines of (text, size, weight) below each other, empty ones left out."""
    parts, bottom = [], float(MARGIN)
    for text, size, weight in lines:
        if text:
            fitting = min(size, width / (LETTER * len(text)))
            parts.append(_text(text, left, bottom + size, "start", fitting, weight))
            bottom += LINE * size
    return parts


def _column_labels(labels: Sequence[str], left: float, cell: float, y: float) -> list[str]:
    chosen = _with_room(len(labels), cell, _text_width(labels, LABEL) + LABEL / 2)
    return [_text(labels[i], left + cell * (i + 0.5), y, "middle", LABEL) for i in chosen]


def _row_labels(labels: Sequence[str], right: float, top: float, cell: float) -> list[str]:
    chosen = _with_room(len(labels), cell, LINE * LABEL)
    # A third of its size lifts the baseline so far that the figures' middle is the row's.
    return [_text(labels[i], right, top + cell * (i + 0.5) + LABEL / 3, "end", LABEL) for i in chosen]


def _with_room(count: int, cell: float, needed: float) -> range:
    """Every n-th of ``count`` labels, so that each has ``needed`` room; the middle one is among them."""
    step = max(1, int(np.ceil(needed / cell)))
    return range((count // 2) % step, count, step)


def _text(text: str, x: float, y: float, anchor: str, size: float, weight: int = 400) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:.1f}"'
        f' font-weight="{weight}">{_xml(text)}</text>'
    )


def _text_width(labels: Sequence[str], size: float) -> float:
    return LETTER * size * max(len(text) for text in labels)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def _xml(text: str) -> str:
    return escape(NOT_XML.sub("", text))
