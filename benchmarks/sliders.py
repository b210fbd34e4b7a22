"""Dragging sliders of a 16-dimensional space: how soon pad, sliders and picture show it, and as one.

python -m benchmarks.sliders
"""

import math

from playwright.sync_api import Browser, Page

from benchmarks.browser import DESKTOP, PHONE, Recorder, app_and_browser, open_explore
from benchmarks.table import p50_p95, print_table
from tests.support.server import AppServer
from vae_core import load_model
from vae_core.space.dimensions import dimensions_of

MODEL = "mnist-16d"
SLIDERS = 4
MOVES_EACH = 60
SETTLE_MS = 500


def measured(browser: Browser, server: AppServer, view: dict, throttle: int, remote: bool) -> list[str]:
    """One row: the pad spans the two most informative dimensions, whose sliders are among the dragged."""
    axes = [dimension.index + 1 for dimension in dimensions_of(load_model(MODEL))[:SLIDERS]]
    page = open_explore(
        browser, server, f"model={MODEL}&axes={axes[0]},{axes[1]}", view, throttle=throttle, remote=remote
    )
    recorder = Recorder(page)
    for axis in axes:
        recorder.drag(sweep(page, f"z{axis}"))
        page.wait_for_timeout(SETTLE_MS)
    record = recorder.record()
    page.context.close()
    return [
        *("{:.1f} / {:.1f}".format(*p50_p95(record[kind])) for kind in ("drawn", "frames", "decodes")),
        str(len(record["drawn"])),
        f"{record['requests']} + {record['messages']}",
        str(record["torn"]),
    ]


def sweep(page: Page, name: str) -> list[tuple[float, float]]:
    """Places of the mouse on the slider ``name``, from its middle to both ends and back."""
    slider = page.get_by_role("slider", name=name, exact=True)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    shares = [0.5 + 0.45 * math.sin(2 * math.pi * number / MOVES_EACH) for number in range(MOVES_EACH + 1)]
    return [(box["x"] + share * box["width"], box["y"] + box["height"] / 2) for share in shares]


def main() -> None:
    with app_and_browser() as (server, browser):
        rows = [
            [label, *measured(browser, server, view, throttle, remote)]
            for label, view, throttle, remote in (
                ("browser, desktop", DESKTOP, 1, False),
                ("browser, phone, CPU 4× slower", PHONE, 4, False),
                ("rival: server decodes, desktop", DESKTOP, 1, True),
            )
        ]
    header = [
        "decoder in",
        "pointer to drawn ms p50 / p95",
        "frame ms p50 / p95",
        "decode ms p50 / p95",
        "pictures",
        "requests + messages",
        "pictures that pad or sliders contradict",
    ]
    moves = SLIDERS * MOVES_EACH
    print_table(f"Sliders: {moves} pointer moves over {SLIDERS} sliders of {MODEL}", header, rows)


if __name__ == "__main__":
    main()
