"""How far a background job is, from what it wrote to its log."""

import time
from dataclasses import dataclass
from threading import Lock
from typing import Any

from vae_core.base.processes import Log, time_in_words

LONGEST_STAGE = 60
MAXIMUM_TOTAL = 10**15
# A pace measured over less than this is none.
SHORTEST_PACE_SECONDS = 1.0


@dataclass(frozen=True)
class JobProgress:
    """How far a job is: ``done`` of ``total`` parts of its ``stage`` after so many ``seconds`` in all.

    ``total`` is 0 where nothing is known yet. ``seconds_left`` is that of the stage, at the pace that
    was seen; None where none was.
    """

    stage: str
    done: int
    total: int
    seconds: float
    seconds_left: float | None

    @property
    def share(self) -> float:
        """0 … 1 of the stage."""
        return self.done / self.total if self.total else 0.0

    def text(self) -> str:
        """Stage, share and the time left, as one line."""
        parts = [self.stage[:1].upper() + self.stage[1:]]
        if self.total:
            parts.append(f"{100 * self.share:.0f} %")
        if self.seconds_left is not None:
            parts.append(f"about {time_in_words(self.seconds_left)} left")
        return ", ".join(parts)


class Told:
    """What a job wrote to ``log``, and the pace that follows; several visitors may look at once."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self._stage, self._done, self._total = "starts", 0, 0
        # When this count was at what number: the pace is measured from there.
        self._counted_from: tuple[float, int] | None = None
        self._reading = Lock()

    def progress(self, started: float) -> JobProgress:
        """By now, of a job that started at that time of ``time.monotonic``; old lines are left out."""
        with self._reading:
            now = time.monotonic()
            if self._read_on():
                # When the new count began is not known, only that by now it is here.
                self._counted_from = now, self._done
            elif self._counted_from is None:
                self._counted_from = started, 0
            return JobProgress(self._stage, self._done, self._total, now - started, self._left(now))

    def _read_on(self) -> bool:
        """Take in what was added to the log; whether something else is counted than before."""
        self.log.skip_to_latest()
        is_new = False
        for told in self.log.new_records():
            count = checked_count(told)
            if count:
                stage, done, total = count
                is_new = is_new or (self._total > 0 and (total != self._total or done < self._done))
                self._stage, self._done, self._total = stage, done, total
        return is_new

    def _left(self, now: float) -> float | None:
        if self._counted_from is None:
            return None
        since, number = self._counted_from
        if now - since < SHORTEST_PACE_SECONDS or self._done <= number:
            return None
        return (now - since) * (self._total - self._done) / (self._done - number)


def checked_count(told: dict[str, Any]) -> tuple[str, int, int] | None:
    """Stage, done and total of a line ``{"stage": …, "done": …, "total": …}``; None for any other."""
    stage, done, total = told.get("stage"), told.get("done"), told.get("total")
    if not isinstance(stage, str) or type(done) is not int or type(total) is not int:
        return None
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in stage[:LONGEST_STAGE]).split())
    return (words, done, total) if words and 0 <= done <= total and 1 <= total <= MAXIMUM_TOTAL else None
