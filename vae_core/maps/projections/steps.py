"""How far a projection is, told to whoever waits for it."""

from collections.abc import Callable
from typing import TypeAlias

# A stage in a few words, how much of the whole is done, and of how much.
OnProgress: TypeAlias = Callable[[str, int, int], None]


class Steps:
    """Tells ``on_progress``; the amount done never falls, and the total stays the same."""

    def __init__(self, on_progress: OnProgress | None, total: int) -> None:
        self._on_progress = on_progress
        self._done, self.total = 0, total

    def tell(self, stage: str, done: int) -> None:
        """``done`` of the total are over, and ``stage`` is what happens now."""
        self._done = min(max(self._done, done), self.total)
        if self._on_progress is not None:
            self._on_progress(stage, self._done, self.total)
