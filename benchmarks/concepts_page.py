"""The mixing desk in Chromium: dragging sliders of strength, with the decoder there and on the server.

python -m benchmarks.concepts_page
"""

import math
from urllib.parse import quote

from playwright.sync_api import Browser

from benchmarks.browser import DESKTOP, Recorder, app_and_browser
from benchmarks.table import p50_p95, print_table
from tests.support.server import AppServer
from ui.visit.address import format_mix
from vae_core import load_model
from vae_core.concepts import ready_concepts

FADERS, MOVES_EACH = 4, 60
SETTLE_MS = 600


def measured(browser: Browser, server: AppServer, model: str, remote: bool) -> list[str]:
    """One row: the first four concepts of ``model`` on the desk, dragged one after the other."""
    names = [concept.name for concept in ready_concepts(load_model(model))][:FADERS]
    page = browser.new_context(base_url=server.url, **DESKTOP).new_page()
    if remote:
        # Without its weights the player asks the server for every picture.
        page.route("**/player.bin", lambda route: route.abort())
    page.goto(f"/Concepts?model={model}&mix={quote(format_mix(tuple((name, 0.0) for name in names)))}")
    page.locator("[data-part=desk]").wait_for(timeout=60_000)
    page.wait_for_timeout(4_000)
    recorder = Recorder(page)
    for name in names:
        slider = page.get_by_role("slider", name=name, exact=True)
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        assert box is not None
        shares = [0.5 + 0.45 * math.sin(2 * math.pi * move / MOVES_EACH) for move in range(MOVES_EACH + 1)]
        recorder.drag([(box["x"] + share * box["width"], box["y"] + box["height"] / 2) for share in shares])
        page.wait_for_timeout(SETTLE_MS)
    record = recorder.record()
    page.context.close()
    return [
        *("{:.1f} / {:.1f}".format(*p50_p95(record[kind])) for kind in ("drawn", "frames", "decodes")),
        str(len(record["drawn"])),
        f"{record['requests']} + {record['messages']}",
    ]


def main() -> None:
    with app_and_browser() as (server, browser):
        rows = [
            [model, label, *measured(browser, server, model, remote)]
            for model in ("mnist-16d", "faces-16d", "sprites-10d")
            for label, remote in (("browser", False), ("rival: server decodes", True))
        ]
    header = ["model", "decoder in", "pointer to drawn ms p50 / p95", "frame ms p50 / p95"]
    header += ["decode ms p50 / p95", "pictures", "requests + messages"]
    print_table(f"Mixing desk: {MOVES_EACH} pointer moves over each of the first concepts", header, rows)


if __name__ == "__main__":
    main()
