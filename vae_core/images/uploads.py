"""Pictures that a person brings: from the bytes of a file to pixels, whatever those bytes are.

PNG, JPEG and WebP are read, by Pillow, and nothing else. What a file declares of itself is checked
before anything is decoded, pictures are decoded one at a time and made smaller at once, so that
reading takes at most about 0.5 GB for a moment and what is kept at most 13 MB.
"""

import io
import math
from dataclasses import dataclass
from threading import Lock

import numpy as np
from PIL import Image, ImageOps

from vae_core.base.arrays import Float32Array, unit_images
from vae_core.images.files import (
    PictureFileError,
    check_parts,
    check_size,
    damaged,
    kind_of,
    too_many_pixels,
)

MAXIMUM_BYTES = 20 << 20
# The longer side of what is kept: models see at most a few hundred pixels of it.
KEPT_SIDE = 1024
# From where the seen part of a transparent picture is so light that it was made for a dark ground.
LIGHT = 0.75
WHITE_16 = 65_535
_one_at_a_time = Lock()


@dataclass(frozen=True, eq=False)
class Picture:
    """``pixels`` (h, w, 3) float32 in [0, 1], upright, opaque, longer side at most 1,024.

    ``notes`` are short sentences on what of the file was left out.
    """

    pixels: Float32Array
    notes: tuple[str, ...] = ()


def read_picture(content: bytes) -> Picture:
    """The picture in the bytes of a PNG, JPEG or WebP file, of which the first frame counts.

    It is turned as its EXIF data say; transparent parts become white, or black where what is seen is
    itself nearly white. Colours are taken as sRGB. At most 20 MB and 50 megapixels (WebP: 25).
    Raises ValueError of one line for whatever else the bytes are.
    """
    if len(content) > MAXIMUM_BYTES:
        raise PictureFileError(
            f"the file has {len(content) / (1 << 20):.1f} MB: expected at most {MAXIMUM_BYTES >> 20}, "
            "save the picture smaller"
        )
    kind = kind_of(content)
    check_parts(kind, content)
    with _one_at_a_time:
        try:
            with Image.open(io.BytesIO(content), formats=[kind]) as image:
                check_size(kind, image.size)
                return _picture_of(image)
        except PictureFileError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise too_many_pixels(kind, "far too many pixels") from None
        except Exception:
            # For damaged files readers raise nearly anything: OSError, SyntaxError, struct.error, …
            raise damaged(kind) from None


def _picture_of(image: Image.Image) -> Picture:
    """Decode an opened file, as small as suffices."""
    notes = []
    frames = getattr(image, "n_frames", 1)
    # Phones keep further pictures beside the one that they show (MPO): those are no animation.
    if frames > 1 and image.format in ("PNG", "WEBP"):
        notes.append(f"Of its {frames:,} frames the first is used.")
    factor = math.ceil(max(image.size) / KEPT_SIDE)
    # A JPEG file can be decoded at an eighth, a quarter or half of its size.
    image.draft(None, (max(1, image.width // factor), max(1, image.height // factor)))
    small = _reduced(image)
    try:
        upright = ImageOps.exif_transpose(small)
    except Exception:
        upright = small
        notes.append("Its EXIF data are damaged: it may lie on its side.")
    return Picture(_pixels(upright), tuple(notes))


def _reduced(image: Image.Image) -> Image.Image:
    """``image`` decoded and averaged down to the side that is kept; 16-bit grey becomes mode I."""
    image.load()
    if image.mode.startswith("I"):
        image = _deep_grey(image)
    elif image.mode in ("1", "P", "PA") or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    factor = math.ceil(max(image.size) / KEPT_SIDE)
    return image if factor == 1 else image.reduce(factor)


def _deep_grey(image: Image.Image) -> Image.Image:
    """Grey of 16 bits as mode I, whose numbers are 0 to 65,535; what is transparent becomes white."""
    transparent = image.info.get("transparency")
    if not isinstance(transparent, int):
        return image.convert("I")
    values = np.asarray(image)
    grey = Image.fromarray(np.where(values == transparent, WHITE_16, values).astype(np.int32))
    grey.info = dict(image.info)
    return grey


def _pixels(image: Image.Image) -> Float32Array:
    """``image`` as opaque float32 (h, w, 3) in [0, 1]."""
    if image.mode == "I":
        grey = np.asarray(image, np.float32) / np.float32(WHITE_16)
        return np.repeat(grey[..., np.newaxis], 3, axis=-1)
    if not image.has_transparency_data:
        return unit_images(np.asarray(image.convert("RGB")))
    layers = unit_images(np.asarray(image.convert("RGBA")))
    colours, opacity = layers[..., :3], layers[..., 3:]
    seen = float(opacity.sum(dtype=np.float64))
    lightness = float((colours * opacity).sum(dtype=np.float64)) / 3 / seen if seen else 0.0
    ground = np.float32(lightness <= LIGHT)
    return np.clip(colours * opacity + ground * (1 - opacity), 0, 1)
