"""Coming to Explore: from another page, on a first visit without the weights, and in bytes.

python -m benchmarks.pages
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from playwright.sync_api import Browser, Page, Route

from benchmarks.browser import DESKTOP, app_and_browser, recorded_drag
from benchmarks.table import p50_p95, print_table, ratio
from tests.support.server import AppServer

SWITCHES = 20
FIRST_VISITS = 5
QUERY = "model=mnist-2d"
STOCK = Path(__file__).with_name("twin") / "stock.py"
PAUSE_MS = 700

# Milliseconds from each click to the moment at which the page "Explore" is usable.
WATCH = """
(() => {
  window.switches = [];
  let clicked = null;
  addEventListener("click", (event) => {
    clicked = event.target.closest("a")?.pathname.endsWith("/Explore") ? performance.now() : null;
  }, { capture: true });
  window.usable = () => {
    if (clicked === null || document.querySelector("h1")?.textContent.trim() !== "Explore") return;
    switches.push(performance.now() - clicked);
    clicked = null;
  };
})();
"""
# The pad is there when the browser's own decoder draws in a stage whose sliders are shown.
OURS = """
addEventListener("drawn", (event) => {
  const slider = event.composedPath()[0].getRootNode().querySelector("[role=slider]");
  if (event.detail.place === "browser" && slider?.offsetParent) usable();
});
"""
STOCKS = """
(function look() {
  const image = document.querySelector("[data-testid='stImage'] img");
  if (image?.complete && image.naturalWidth) usable();
  requestAnimationFrame(look);
})();
"""
# When the first picture was drawn at all, and when by the browser's decoder, ms from the navigation.
FIRST = """
window.first = {};
addEventListener("drawn", (event) => {
  first.any ??= performance.now();
  if (event.detail.place === "browser") first.browser ??= performance.now();
});
"""


def switch_times(
    browser: Browser, server: AppServer, script: str, links: Callable[[Page, str], Any], home: str
) -> list[float]:
    """Milliseconds from the click on "Explore" to a usable page, each time from ``home``, after one visit."""
    page = browser.new_page(base_url=server.url, **DESKTOP)
    page.add_init_script(WATCH + script)
    page.goto(f"/?{QUERY}")
    for number in range(SWITCHES + 1):
        page.wait_for_timeout(PAUSE_MS)
        links(page, "Explore").click()
        page.wait_for_function("count => switches.length === count", arg=number + 1, timeout=60_000)
        page.wait_for_timeout(PAUSE_MS)
        links(page, home).click()
        page.wait_for_function("document.querySelector('h1')?.textContent.trim() !== 'Explore'")
    times = page.evaluate("switches")
    page.close()
    return times[1:]


def our_links(page: Page, name: str) -> Any:
    return page.locator(".st-key-menu").get_by_role("link", name=name)


def stock_links(page: Page, name: str) -> Any:
    return page.get_by_test_id("stTopNavLink").filter(has_text=name)


def first_visit(browser: Browser, server: AppServer, held_back: bool) -> dict[str, float]:
    """A visit with an empty cache: when the first picture came, and how a drag fared.

    With ``held_back`` the weights stay on their way until the drag is over.
    """
    context = browser.new_context(base_url=server.url, **DESKTOP)
    page = context.new_page()
    page.add_init_script(FIRST)
    waiting: list[Route] = []

    def intercept(route: Route) -> None:
        if held_back:
            waiting.append(route)
        else:
            route.continue_()

    # Interception costs time itself, so both kinds of visit have it.
    page.route("**/player.bin", intercept)
    page.goto(f"/Explore?{QUERY}")
    kind = "any" if held_back else "browser"
    page.wait_for_function("kind => first[kind] !== undefined", arg=kind, timeout=60_000)
    first = page.evaluate("first")
    p50, p95 = p50_p95(recorded_drag(page, moves=60)["drawn"])
    for route in waiting:
        route.abort()
    context.close()
    return {"any": first["any"], "usable": first[kind], "p50": p50, "p95": p95}


def visit_rows(browser: Browser, server: AppServer) -> list[list[str]]:
    rows = []
    for label, held_back in (("browser decodes", False), ("weights held back: server decodes", True)):
        visits = [first_visit(browser, server, held_back) for _ in range(FIRST_VISITS)]
        medians = {key: np.median([visit[key] for visit in visits]) for key in visits[0]}
        slowest = max(visit["usable"] for visit in visits)
        rows.append(
            [
                label,
                f"{medians['any']:.0f}",
                f"{medians['usable']:.0f}",
                f"{slowest:.0f}",
                f"{medians['p50']:.1f} / {medians['p95']:.1f}",
            ]
        )
    return rows


def own_traffic(page: Page) -> list[dict[str, Any]]:
    """Explore, opened in ``page``: what it asked the app's own routes for.

    For each request its ``path``, the bytes of its ``body`` and those that came over the ``wire``
    (headers included; 0 from the browser's cache).
    """
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    found: dict[str, dict[str, Any]] = {}

    def responded(event: dict[str, Any]) -> None:
        path = urlsplit(event["response"]["url"]).path
        if "/lab/" in path:
            found[event["requestId"]] = {"path": path, "body": 0, "wire": 0}

    def received(event: dict[str, Any]) -> None:
        if event["requestId"] in found:
            found[event["requestId"]]["body"] += event["dataLength"]

    def finished(event: dict[str, Any]) -> None:
        if event["requestId"] in found:
            found[event["requestId"]]["wire"] = event["encodedDataLength"]

    session.on("Network.responseReceived", responded)
    session.on("Network.dataReceived", received)
    session.on("Network.loadingFinished", finished)
    page.goto(f"/Explore?{QUERY}")
    page.locator(".status[data-place='browser']").wait_for()
    page.wait_for_timeout(2000)
    return list(found.values())


def traffic_rows(browser: Browser, server: AppServer) -> list[list[str]]:
    context = browser.new_context(base_url=server.url, **DESKTOP)
    rows = []
    for label in ("first visit", "second visit"):
        page = context.new_page()
        traffic = own_traffic(page)
        weights = sum(one["body"] for one in traffic if one["path"].endswith("/player.bin"))
        modules = sum(one["body"] for one in traffic if one["path"].endswith(".js"))
        total, wire = (sum(one[kind] for one in traffic) for kind in ("body", "wire"))
        asked = sum(one["wire"] > 0 for one in traffic)
        rows.append(
            [label, f"{asked} of {len(traffic)}", *(f"{n:,}" for n in (total, weights, modules, wire))]
        )
        page.close()
    context.close()
    return rows


def main() -> None:
    with app_and_browser() as (server, browser):
        ours = switch_times(browser, server, OURS, our_links, home="Latent Lab")
        visits, traffic = visit_rows(browser, server), traffic_rows(browser, server)
    with app_and_browser(STOCK) as (server, browser):
        stock = switch_times(browser, server, STOCKS, stock_links, home="Home")
    rows = [
        [label, *(f"{value:.0f}" for value in p50_p95(times)), f"{max(times):.0f}"]
        for label, times in (
            ("front door to Explore: pad and sliders, drawn in the browser", ours),
            ("rival: stock page, sliders and the server's picture", stock),
        )
    ]
    rows.append(["ratio", *(ratio(b, a) for a, b in zip(p50_p95(ours), p50_p95(stock), strict=True)), ""])
    print_table(
        f"Page switch: click to usable, {SWITCHES} times", ["page", "p50 ms", "p95 ms", "slowest"], rows
    )
    header = ["first visit of Explore", "first picture ms", "first by that decoder ms", "slowest"]
    print_table(f"First visit: medians of {FIRST_VISITS}", [*header, "drag: pointer to drawn ms"], visits)
    header = ["visit", "requests on the wire", "bytes", "of them weights", "modules", "bytes on the wire"]
    print_table("What Explore brings beyond Streamlit's own files", header, traffic)


if __name__ == "__main__":
    main()
