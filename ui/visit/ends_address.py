"""The ends of a morph as an address says them: ``12~s3~zAAA8`` for a test picture, a sample and a code.

A number is the row of a held-out picture of the model, ``s`` and a number a sample of the prior with
that seed, ``z`` and base64url text a code in float16. As of ``ui.visit.address``, whatever stands in an
address may come from an attacker: every function returns a checked value or raises ValueError.
"""

import base64
import binascii
import re

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ui.visit.address import MAXIMUM_SEED
from vae_core.base.arrays import MAXIMUM_COORDINATE, as_codes

BETWEEN = "~"
MOST_ENDS = 8
MAXIMUM_TEXT = 65_536
_ROW = re.compile(r"[0-9]{1,7}")
_SAMPLE = re.compile(r"s[0-9]{1,10}")

Ends = tuple[str, ...]


def parsed_ends(text: str, latent_dim: int, rows: int) -> Ends:
    """The ends in a text, none for an empty one; ``rows`` is the number of held-out pictures.

    Raises ValueError for more than eight, and for one that is none or not of this model.
    """
    if len(text) > MAXIMUM_TEXT:
        raise ValueError(f"ends has {len(text):,} characters, expected at most {MAXIMUM_TEXT:,}")
    ends = tuple(text.split(BETWEEN)) if text else ()
    if len(ends) > MOST_ENDS:
        raise ValueError(f"ends names {len(ends)} places, expected at most {MOST_ENDS}")
    for number, end in enumerate(ends, 1):
        try:
            check_end(end, latent_dim, rows)
        except ValueError as error:
            raise ValueError(f"end {number} {error}") from None
    return ends


def format_ends(ends: Ends) -> str:
    return BETWEEN.join(ends)


def check_end(end: str, latent_dim: int, rows: int) -> None:
    """Raises ValueError, in words that follow the name of the end, unless it is one of this model."""
    if _ROW.fullmatch(end):
        if int(end) >= rows:
            raise ValueError(f"is row {int(end):,}, this model has test pictures 0 to {rows - 1:,}")
    elif _SAMPLE.fullmatch(end):
        if int(end[1:]) > MAXIMUM_SEED:
            raise ValueError(f"is a sample of seed {end[1:]}, expected 0 to {MAXIMUM_SEED:,}")
    elif end[:1] == "z":
        code_of(end, latent_dim)
    else:
        raise ValueError(f"is {end[:20]!r}, expected a row, s with a seed, or z with a code")


def row_of(end: str) -> int | None:
    """The row of a held-out picture, None for another end."""
    return int(end) if _ROW.fullmatch(end) else None


def seed_of(end: str) -> int | None:
    """The seed of a sample, None for another end."""
    return int(end[1:]) if _SAMPLE.fullmatch(end) else None


def end_at(z: ArrayLike) -> str:
    """The end at a code (d,), which is brought to ±1,000 and rounded to float16: about three digits."""
    code = as_codes(np.asarray(z)[np.newaxis], np.size(z))[0]
    rounded = np.clip(code, -MAXIMUM_COORDINATE, MAXIMUM_COORDINATE).astype("<f2")
    return "z" + base64.urlsafe_b64encode(rounded.tobytes()).decode().rstrip("=")


def code_of(end: str, latent_dim: int) -> NDArray[np.float32]:
    """The code (latent_dim,) that ``end_at`` wrote. Raises ValueError in words that follow its name."""
    text = end[1:]
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"is {end[:20]!r}, its code is not readable") from None
    if len(content) != 2 * latent_dim:
        raise ValueError(f"has {len(content) / 2:g} values, this model takes {latent_dim}")
    code = np.frombuffer(content, "<f2").astype(np.float32)
    if not np.isfinite(code).all() or np.abs(code).max() > MAXIMUM_COORDINATE:
        raise ValueError(f"holds values that are no numbers within ±{MAXIMUM_COORDINATE:g}")
    return code
