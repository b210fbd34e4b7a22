"""Tables and percentiles that all benchmarks print alike."""

import platform
from collections.abc import Sequence

import numpy as np


def p50_p95(values: Sequence[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    return float(np.percentile(values, 50)), float(np.percentile(values, 95))


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A Markdown table below its title and the machine it was made on."""
    print(f"\n## {title}\n")
    print(f"{platform.machine()}, Python {platform.python_version()}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def ratio(rival: float, ours: float) -> str:
    """How many times smaller our figure is than the rival's."""
    return f"{rival / ours:.1f}×" if ours else "∞"
