"""What a running training tells: numbers for a progress line, an event, a chart."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Where a run stands: ``losses`` of the steps just taken, or of the epoch at its end, nats per image.

    ``validation`` holds the same losses on the held-out part at the end of an epoch, else None.
    ``share`` of the run that is done, by epochs or by time, whichever is further; ``seconds`` it
    has taken, with those of a process it was resumed from.
    """

    epoch: int
    epochs: int
    seconds: float
    share: float
    images_per_second: float
    losses: dict[str, float]
    validation: dict[str, float] | None = None

    @property
    def seconds_left(self) -> float:
        """An estimate from the share done; runs that end early take less."""
        return self.seconds * (1 / self.share - 1) if self.share else 0.0
