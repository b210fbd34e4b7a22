"""From one picture to another in three lines.

from vae_core import load_model, morph
film = morph(load_model("doodles-32d"), [12, 41], "graph", frames=60)
film.save("cat-to-tree.gif")
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.images.films import (
    FILM_SIDE,
    FRAMES_PER_SECOND,
    POSTER_SIDE,
    FilmKind,
    codes_csv,
    codes_npz,
    film_bytes,
    strip_png,
)
from vae_core.images.rendering import save_picture
from vae_core.models.model import LatentModel
from vae_core.morphs.ends import End, code_end, file_end, row_end
from vae_core.morphs.measures import confidence, distance_to_data
from vae_core.morphs.path import FEWEST_ENDS, MOST_ENDS, PathKind, PathSpec, path_through

FILMS: dict[str, FilmKind] = {f".{kind}": kind for kind in get_args(FilmKind)}
ENDINGS = (*FILMS, ".png", ".csv", ".npz")

AnyEnd: TypeAlias = int | str | Path | ArrayLike | End


@dataclass(frozen=True, eq=False)
class Morph:
    """A path of ``model`` through ``ends``: its ``codes`` (frames, d) and what they decode to."""

    model: LatentModel
    spec: PathSpec
    ends: tuple[End, ...]
    codes: NDArray[np.float32]

    @cached_property
    def images(self) -> NDArray[np.float32]:
        """The pictures (frames, h, w, c) in [0, 1], decoded once."""
        return self.model.decode(self.codes)

    @cached_property
    def distance(self) -> NDArray[np.float32] | None:
        """How far each frame is from the data, as of ``distance_to_data``; None without codes that differ."""
        try:
            return distance_to_data(self.model, self.codes)
        except ValueError:
            return None

    @cached_property
    def confidence(self) -> NDArray[np.float32] | None:
        """The probability of the class that each frame is taken for; None without a classifier."""
        return confidence(self.model, self.images)

    def save(
        self,
        path: str | Path,
        *,
        side: int | None = None,
        frames_per_second: float = FRAMES_PER_SECOND,
        bounce: bool = False,
    ) -> None:
        """Write the whole file at once, of the kind that its ending names, as ``to_bytes`` makes it.

        Raises ValueError as ``to_bytes``, and where the file cannot be written.
        """
        content = self.to_bytes(
            checked_ending(path), side=side, frames_per_second=frames_per_second, bounce=bounce
        )
        save_picture(Path(path), content)

    def to_bytes(
        self,
        ending: str,
        *,
        side: int | None = None,
        frames_per_second: float = FRAMES_PER_SECOND,
        bounce: bool = False,
    ) -> bytes:
        """The morph as a file: a film (".gif", ".webp", ".mp4"), a strip of ten (".png"), its codes
        (".csv", ".npz").

        ``side`` is the longer one, in pixels: at most that of a film (280), exactly that of a strip
        (8,000). Speed and ``bounce`` are those of films. Raises ValueError for another ending, and as
        ``film_bytes`` and ``strip_png`` do.
        """
        if ending in FILMS:
            return film_bytes(
                self.images,
                FILMS[ending],
                side=FILM_SIDE if side is None else side,
                frames_per_second=frames_per_second,
                bounce=bounce,
            )
        if ending == ".png":
            return strip_png(self.images, side=POSTER_SIDE if side is None else side)
        if ending == ".csv":
            return codes_csv(self.codes, self.distance, self.confidence)
        if ending == ".npz":
            return codes_npz(self.codes, self.distance, self.confidence)
        raise ValueError(f"{ending!r:.40} is no ending of a morph: expected one of {', '.join(ENDINGS)}")


def morph(model: LatentModel, ends: Iterable[AnyEnd], path: PathKind = "constant", frames: int = 60) -> Morph:
    """The way through two to eight ``ends``: "lerp", "slerp", "constant" or "graph", see ``PathSpec``.

    An end is a row of ``latents.npz``, a picture file (PNG, JPEG, WebP), a code (d,), or an ``End``.
    Raises ValueError of one line for what is none of these, and as ``path_through``.
    """
    spec = PathSpec.checked({"kind": path, "frames": frames})
    if isinstance(ends, str | bytes | Path):
        raise ValueError(f"ends is {ends!r:.60}: expected a list of {FEWEST_ENDS} to {MOST_ENDS} ends")
    given = list(ends)
    if not FEWEST_ENDS <= len(given) <= MOST_ENDS:
        raise ValueError(f"a path takes {FEWEST_ENDS} to {MOST_ENDS} places, not {len(given)}")
    found = tuple(_end(model, end, number) for number, end in enumerate(given, start=1))
    codes = path_through(model, np.stack([end.code for end in found]), spec)
    return Morph(model, spec, found, codes)


def checked_ending(path: str | Path) -> str:
    """The ending of ``path``, in small letters. Raises ValueError for one that no morph is written as."""
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise ValueError(
            f"{path} has the ending {Path(path).suffix!r}: morphs are written as {', '.join(ENDINGS)}"
        )
    return ending


def _end(model: LatentModel, end: Any, number: int) -> End:
    if isinstance(end, End):
        # It may have been made for another model.
        code_end(model, end.code, end.label)
        return end
    if isinstance(end, int | np.integer):
        return row_end(model, end)
    if isinstance(end, str | Path):
        return file_end(model, end)
    return code_end(model, end, f"code {number}")
