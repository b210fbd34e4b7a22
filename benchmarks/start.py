"""From the start of the process to the first decoded picture on screen, and the server's memory.

The browser runs already, with an empty cache; the rival decodes through Keras in the server.

    python -m benchmarks.start
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import sync_playwright

from benchmarks.release import TWIN
from benchmarks.table import print_table, ratio
from tests.support.chromium import FLAGS, chromium_path
from tests.support.server import REPOSITORY, AppServer

ROUNDS = 5
OURS = "() => { addEventListener('drawn', () => { window.seen = true; }); }"


def started(app: Path, path: str, is_ours: bool) -> tuple[float, float]:
    """Seconds to the first picture, and megabytes of the server after it."""
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(f"({OURS})()")
        began = time.perf_counter()
        server = AppServer(Path(home), app=app).wait()
        page.goto(server.url + path)
        if is_ours:
            page.wait_for_function("window.seen === true")
        else:
            page.wait_for_function(
                "document.querySelector(\"[data-testid='stImage'] img\")?.complete === true", timeout=60_000
            )
        seconds = time.perf_counter() - began
        page.wait_for_timeout(1500)
        process = psutil.Process(server.process.pid)
        members = [process, *process.children(recursive=True)]
        memory = sum(member.memory_info().rss for member in members) / 1e6
        browser.close()
        server.stop()
    return seconds, memory


def main() -> None:
    cases = [
        ("Latent Lab", REPOSITORY / "app.py", "/Explore?model=mnist-2d", True),
        ("rival: Keras in the server", TWIN, "/", False),
    ]
    medians, rows = [], []
    for label, app, path, is_ours in cases:
        results = [started(app, path, is_ours) for _ in range(ROUNDS)]
        seconds, memory = np.median(results, axis=0)
        medians.append((seconds, memory))
        worst = max(result[0] for result in results)
        rows.append([label, f"{seconds:.2f}", f"{worst:.2f}", f"{memory:.0f}"])
    (ours, our_memory), (twin, twin_memory) = medians
    rows.append(["ratio", ratio(twin, ours), "", ratio(twin_memory, our_memory)])
    header = ["server", "first picture, median s", "slowest s", "memory after it, MB"]
    print_table(f"Process start to first decoded picture, {ROUNDS} starts each", header, rows)


if __name__ == "__main__":
    main()
