"""The public mode: a server for strangers, on which visitors train, import and delete nothing."""

import os

PUBLIC_VARIABLE = "LATENT_LAB_PUBLIC"


def is_public() -> bool:
    """Whether ``LATENT_LAB_PUBLIC=1`` is set."""
    return os.environ.get(PUBLIC_VARIABLE) == "1"
