"""Memory of encoding and decoding 10,000 images, in chunks and, as the rival, in one call.

Each is measured in a process of its own; the result itself (31 MB of images) is part of both.

    python -m benchmarks.memory
"""

import resource
import subprocess
import sys
import time

from benchmarks.table import print_table, ratio

IMAGES = 10_000


def measure(way: str, chunk: int) -> None:
    """Print the seconds, and the megabytes by which the peak rose."""
    import numpy as np

    import vae_core.models.model
    from vae_core import load_model

    vae_core.models.model.CHUNK_ROWS = chunk
    model = load_model(way)
    images = np.random.default_rng(0).random((IMAGES, *model.input_shape), np.float32)
    model.decode(model.encode(images[:1]).z_mean)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    model.decode(model.encode(images).z_mean)
    seconds = time.perf_counter() - started
    risen = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(seconds, risen * (1 if sys.platform == "darwin" else 1024) / 1e6)


def in_a_process(way: str, chunk: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.memory", way, str(chunk)]
    seconds, megabytes = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(seconds), float(megabytes)


def main(models: list[str]) -> None:
    rows = []
    for model in models:
        ours = in_a_process(model, 64)
        rival = in_a_process(model, IMAGES)
        for label, (seconds, megabytes) in (("64 rows at a time", ours), ("rival: one call", rival)):
            rows.append([model, label, f"{seconds:.2f}", f"{megabytes:.0f}"])
        rows.append([model, "ratio", ratio(rival[0], ours[0]), ratio(rival[1], ours[1])])
    header = ["model", "way", "s", "peak memory above the start, MB"]
    print_table(f"Encode and decode {IMAGES:,} images", header, rows)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[2].isdigit():
        measure(sys.argv[1], int(sys.argv[2]))
    else:
        main(sys.argv[1:] or ["mnist-2d"])
