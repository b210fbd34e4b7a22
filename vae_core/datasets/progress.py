"""How a download tells how far it is: a bar on a terminal, or JSON lines for another program."""

import json
import sys
from typing import Any

STEPS = 200


class JsonLines:
    """A progress bar, as pooch and tqdm have it, that prints ``{"file", "bytes", "total"}`` lines.

    Two hundred lines a file at most, so that a log of them stays small.
    """

    on = False

    def __init__(self, file: str, total: int = 0) -> None:
        self.file, self.total, self.n = file, total, 0
        self._printed = 0

    def __enter__(self) -> "JsonLines":
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def update(self, count: int) -> None:
        """``count`` more bytes are here (fewer, if it is negative)."""
        self.n += count
        if abs(self.n - self._printed) * STEPS >= self.total and self.n != self._printed:
            self._printed = self.n
            line = {"file": self.file, "bytes": min(self.n, self.total), "total": self.total}
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()

    def reset(self) -> None:
        self.n = 0

    def close(self) -> None:
        """Nothing is left open."""


def bar_for_pooch(file: str) -> Any:
    """What ``pooch.HTTPDownloader`` takes as ``progressbar``."""
    return JsonLines(file) if JsonLines.on else True


def bar(file: str, total: int, hidden: bool) -> Any:
    """A bar of ``total`` bytes with ``update`` and ``n``; ``hidden`` where it would not be worth while."""
    # Loads only when something is fetched.
    from tqdm import tqdm

    if JsonLines.on and not hidden:
        return JsonLines(file, total)
    return tqdm(total=total, unit="B", unit_scale=True, disable=hidden or not sys.stderr.isatty())
