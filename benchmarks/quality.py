"""The bound that a budget of minutes buys on MNIST, two dimensions, from the start of the process.

The rival is the preset of GANs in Action (dense-256) in the same time.

    VAE_CORE_DATA=... python -m benchmarks.quality
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.table import print_table

BUDGETS = (1.0, 2.5)
GOALS = {1.0: 147, 2.5: 142}


def trained(network: str, minutes: float, folder: Path) -> dict:
    out = folder / f"{network}-{minutes}"
    command = [sys.executable, "-m", "vae_core", "train", "--network", network, "--minutes", str(minutes)]
    done = subprocess.run(
        [*command, "--without-keras", "--json", "--out", str(out)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for minutes in BUDGETS:
            for network in ("fast", "dense-256"):
                report = trained(network, minutes, Path(folder))
                goal = f"≤ {GOALS[minutes]}" if network == "fast" else "rival"
                bound = report["metrics"]["neg_elbo"]
                rows.append([f"{minutes:g}", network, f"{bound:.2f}", goal, f"{report['seconds']:.0f}"])
    header = ["minutes", "network", "test −ELBO, nats", "goal", "seconds with export"]
    print_table("Time to quality, MNIST, 2 dimensions", header, rows)


if __name__ == "__main__":
    main()
