"""The way a visitor has gone in each model: the points in order, and where in them they are."""

from array import array
from dataclasses import dataclass, field

import streamlit as st

HISTORIES_KEY = "state.histories"
# Of one model in one session: 400,000 steps in 16 dimensions.
MAXIMUM_BYTES = 25 << 20


@dataclass
class History:
    """Points visited in one model; ``at`` counts from 0. Single precision keeps long ways small."""

    points: list[array] = field(default_factory=list)
    at: int = -1

    @property
    def here(self) -> list[float] | None:
        """The current point, None before the first."""
        return self._numbers(self.points[self.at]) if self.points else None

    @property
    def undo_steps(self) -> int:
        return max(0, self.at)

    @property
    def redo_steps(self) -> int:
        return len(self.points) - 1 - self.at

    def visit(self, z: list[float]) -> None:
        """Go to ``z``; what had been undone is forgotten. Staying where one is adds nothing."""
        point = array("f", z)
        if self.points and self.points[self.at] == point:
            return
        if len(self.points) * point.itemsize * len(point) > MAXIMUM_BYTES:
            # A flood, not a hand: the older half goes.
            half = len(self.points) // 2
            self.points, self.at = self.points[half:], max(0, self.at - half)
        self.points[self.at + 1 :] = [point]
        self.at += 1

    def undo(self) -> bool:
        """One step back; False at the first point."""
        if not self.undo_steps:
            return False
        self.at -= 1
        return True

    def redo(self) -> bool:
        """One step forward again; False at the last point."""
        if not self.redo_steps:
            return False
        self.at += 1
        return True

    def return_to(self, z: list[float]) -> None:
        """Go to ``z`` as Back and Forward of the browser do: to the next step either way if that is it."""
        point = array("f", z)
        for at in (self.at - 1, self.at + 1):
            if 0 <= at < len(self.points) and self.points[at] == point:
                self.at = at
                return
        self.visit(z)

    @staticmethod
    def _numbers(point: array) -> list[float]:
        # Four digits, as addresses have them, survive single precision.
        return [float(f"{value:.4g}") for value in point]


def history_in(model_name: str) -> History:
    """This visitor's way in a model; it lives as long as the session."""
    return st.session_state.setdefault(HISTORIES_KEY, {}).setdefault(model_name, History())
