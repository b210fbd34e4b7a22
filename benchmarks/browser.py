"""A browser, a server and a recorded drag: what the browser benchmarks share."""

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.browser import pad_of
from tests.support.chromium import FLAGS, chromium_path
from tests.support.server import AppServer

# Collects, in the page and while switched on: dispatch of each pointer move to the picture drawn for it,
# time between frames, milliseconds of each decode, and how often the pad's readout or a slider says
# another point than the one that was drawn.
RECORD = """
() => {
  const record = (window.record = { drawn: [], frames: [], decodes: [], torn: 0, moved: null, on: false });
  addEventListener("pointermove", () => { record.moved ??= performance.now(); }, { capture: true });
  addEventListener("drawn", (event) => {
    const now = performance.now();
    if (record.on) {
      record.decodes.push(event.detail.milliseconds);
      if (record.moved !== null) record.drawn.push(now - record.moved);
      record.torn += !agrees(event.detail.z, event.composedPath()[0].getRootNode());
    }
    record.moved = null;
  });

  function agrees(z, root) {
    const shown = [...root.querySelectorAll("[role=slider]")]
      .map((slider) => [slider.getAttribute("aria-label"), slider.getAttribute("aria-valuenow")])
      .filter(([name]) => /^z\\d+$/.test(name));
    const readout = (root.querySelector(".readout")?.textContent ?? "").replaceAll("\u2212", "-");
    shown.push(...[...readout.matchAll(/(z\\d+) (-?\\d+\\.\\d+)/g)].map(([, name, value]) => [name, value]));
    return shown.every(([name, value]) => Number(z[name.slice(1) - 1].toFixed(2)) === Number(value));
  }

  let last = null;
  const frame = (now) => {
    if (record.on && last !== null) record.frames.push(now - last);
    last = record.on ? now : null;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}
"""
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 3,
    "is_mobile": True,
    "has_touch": True,
}


@contextmanager
def app_and_browser(app: Path | None = None) -> Iterator[tuple[AppServer, Browser]]:
    """A fresh server with a temporary home, and a Chromium; both end with the block."""
    path = chromium_path()
    if path is None:
        raise SystemExit("this benchmark needs Chromium or Chrome on the PATH")
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = AppServer(Path(home), **({"app": app} if app else {})).wait()
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield server, browser
        finally:
            browser.close()
            server.stop()


class Recorder:
    """What a page does while the mouse drags: see ``RECORD``, and what it sends meanwhile."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._sent = {"requests": 0, "messages": 0}
        self._is_dragging = False
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._counter("requests"))
        session.on("Network.webSocketFrameSent", self._counter("messages"))
        page.evaluate(RECORD)

    def drag(self, places: Sequence[tuple[float, float]]) -> None:
        """Press at the first of ``places`` (pixels of the window), move over the others and let go."""
        self._page.mouse.move(*places[0])
        self._page.mouse.down()
        self._page.evaluate("() => { record.moved = null; record.on = true; }")
        self._is_dragging = True
        for place in places[1:]:
            self._page.mouse.move(*place)
        self._page.evaluate("() => { record.on = false; }")
        self._is_dragging = False
        self._page.mouse.up()

    def record(self) -> dict[str, Any]:
        """All drags: ``drawn``, ``frames`` and ``decodes`` in ms, and counts of ``torn`` pictures,
        HTTP ``requests`` and WebSocket ``messages``."""
        return {**self._page.evaluate("record"), **self._sent}

    def _counter(self, kind: str) -> Callable[[object], None]:
        def count(_: object) -> None:
            self._sent[kind] += self._is_dragging

        return count


def recorded_drag(page: Page, moves: int = 240) -> dict[str, Any]:
    """Drag over the pad along a figure of eight and return what the page recorded."""
    box = page.get_by_role("application", name="Latent pad").bounding_box()
    assert box is not None
    turns = [2 * math.pi * number / moves for number in range(moves)]
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    recorder = Recorder(page)
    recorder.drag(
        [
            middle,
            *(
                (
                    middle[0] + 0.42 * box["width"] * math.sin(turn),
                    middle[1] + 0.42 * box["height"] * math.sin(2 * turn),
                )
                for turn in turns
            ),
        ]
    )
    return recorder.record()


def open_explore(
    browser: Browser,
    server: AppServer,
    query: str,
    view: dict[str, Any],
    throttle: int = 1,
    remote: bool = False,
) -> Page:
    """Explore with its decoder there, at rest, in a context of its own.

    ``throttle`` divides the speed of the CPU; ``remote`` keeps the decoder away, so that the server
    decodes.
    """
    context = browser.new_context(base_url=server.url, **view)
    page = context.new_page()
    if remote:
        page.route("**/player.bin", lambda route: route.fulfill(status=503))
    page.goto(f"/Explore?{query}")
    pad_of(page)
    page.wait_for_timeout(1000)
    if throttle > 1:
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": throttle})
    return page
