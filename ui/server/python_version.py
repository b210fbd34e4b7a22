"""Which Pythons this runs on: those that TensorFlow has builds for. Imports nothing that could fail."""

import sys

SUPPORTED = ((3, 11), (3, 13))


def python_problem(version: tuple[int, int] = sys.version_info[:2]) -> str | None:
    """What to say where ``version`` is not supported, else None."""
    low, high = SUPPORTED
    if low <= version <= high:
        return None
    return (
        f"Latent Lab needs Python {low[0]}.{low[1]} to {high[0]}.{high[1]}, because TensorFlow does; "
        f"this is Python {version[0]}.{version[1]}. Make the environment again with a supported one, "
        f"for example: python{high[0]}.{high[1]} -m venv .venv"
    )
