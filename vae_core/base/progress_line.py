"""The live line of a running training."""

import sys
import time
from typing import Any

import click

from vae_core.specs.presets import MAXIMUM_EPOCHS


class ProgressLine:
    """One live line on a terminal; elsewhere a line an epoch."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._drawn = 0.0

    def show(self, progress: Any) -> None:
        now = time.perf_counter()
        ended = progress.validation is not None
        if not ended and (not self._live or now - self._drawn < 0.1):
            return
        self._drawn = now
        losses = progress.losses
        text = (
            f"epoch {progress.epoch}{_of(progress.epochs)}  loss {losses['loss']:.2f}"
            f"  reconstruction {losses['reconstruction_loss']:.2f}  KL {losses['kl_loss']:.2f}"
            + (f"  validation {progress.validation['loss']:.2f}" if ended else "")
            + f"  {progress.images_per_second:,.0f} images/s  {_duration(progress.seconds_left)} left"
        )
        click.echo(f"\r\x1b[K{text}" if self._live else text, err=True, nl=not self._live)

    def close(self) -> None:
        if self._live:
            click.echo(err=True)


def _of(epochs: int) -> str:
    """Nothing where the budget is time."""
    return "" if epochs == MAXIMUM_EPOCHS else f"/{epochs}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
