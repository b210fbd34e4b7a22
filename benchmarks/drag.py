"""Dragging in Chromium: with the decoder in the browser, and with the same decoder on the server.

python -m benchmarks.drag
"""

from playwright.sync_api import Browser

from benchmarks.browser import DESKTOP, PHONE, app_and_browser, open_explore, recorded_drag
from benchmarks.table import p50_p95, print_table
from tests.support.server import AppServer
from vae_core import list_models


def measured(
    browser: Browser, server: AppServer, model: str, view: dict, throttle: int, remote: bool
) -> list[str]:
    page = open_explore(browser, server, f"model={model}", view, throttle, remote)
    record = recorded_drag(page)
    page.context.close()
    figures = [f"{low:.1f} / {high:.1f}" for low, high in map(p50_p95, (record["drawn"], record["frames"]))]
    decode = "{:.1f} / {:.1f}".format(*p50_p95(record["decodes"]))
    return [*figures, decode, str(len(record["drawn"])), f"{record['requests']} + {record['messages']}"]


def main() -> None:
    rows = []
    with app_and_browser() as (server, browser):
        for model in [model.name for model in list_models()]:
            for label, view, throttle, remote in (
                ("browser, desktop", DESKTOP, 1, False),
                ("browser, phone, CPU 4× slower", PHONE, 4, False),
                ("rival: server decodes, desktop", DESKTOP, 1, True),
            ):
                rows.append([model, label, *measured(browser, server, model, view, throttle, remote)])
    header = [
        "model",
        "decoder in",
        "pointer to drawn ms p50 / p95",
        "frame ms p50 / p95",
        "decode ms p50 / p95",
        "pictures",
        "requests + messages",
    ]
    print_table("Dragging: 240 pointer moves over the pad", header, rows)


if __name__ == "__main__":
    main()
