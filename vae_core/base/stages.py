"""How a long computation tells how far it is: a line on a terminal, or JSON lines for another program."""

import json
import sys

import click

STEPS = 200


class Stages:
    """Called with a stage in a few words, how much of it is done, and of how much.

    With ``as_json`` it prints ``{"stage", "done", "total"}`` lines to stderr, at most two hundred a stage
    and its beginning and end, so that a log of them stays small; else a line that changes in place, or
    nothing where stderr is no terminal.
    """

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._is_live = not as_json and sys.stderr.isatty()
        self._said: tuple[str, int] = ("", 0)

    def __call__(self, stage: str, done: int, total: int) -> None:
        said_stage, said_done = self._said
        is_news = stage != said_stage or (done == total and done != said_done)
        if not is_news and (done - said_done) * STEPS < total:
            return
        self._said = stage, done
        if self._as_json:
            click.echo(json.dumps({"stage": stage, "done": done, "total": total}), err=True)
        elif self._is_live:
            click.echo(f"\r\x1b[K{stage} {100 * done / max(1, total):.0f} %", err=True, nl=False)

    def close(self) -> None:
        """End the line on a terminal."""
        if self._is_live and self._said[0]:
            click.echo(err=True)
