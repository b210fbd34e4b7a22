"""A browser, a server and a recorded drag: what the browser benchmarks share."""

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import FLAGS, chromium_path
from tests.browser.server import AppServer

# Collects, in the page: dispatch of each pointer move to the picture drawn for it, time between
# frames, and milliseconds of each decode.
RECORD = """
() => {
  const record = (window.record = { drawn: [], frames: [], decodes: [], moved: null, on: true });
  addEventListener("pointermove", () => { record.moved ??= performance.now(); }, { capture: true });
  addEventListener("drawn", (event) => {
    record.decodes.push(event.detail.milliseconds);
    if (record.moved !== null) record.drawn.push(performance.now() - record.moved);
    record.moved = null;
  });
  let last = null;
  const frame = (now) => {
    if (last !== null) record.frames.push(now - last);
    last = now;
    if (record.on) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}
"""


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


def recorded_drag(page: Page, moves: int = 240) -> dict[str, Any]:
    """Drag over the pad along a figure of eight and return what the page recorded.

    ``requests`` and ``messages`` count HTTP requests and WebSocket frames sent while dragging.
    """
    pad = page.get_by_role("application", name="Latent pad")
    box = pad.bounding_box()
    assert box is not None
    sent = {"requests": 0, "messages": 0}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    counting = {"on": False}

    def count(kind: str) -> Any:
        def add(_: Any) -> None:
            sent[kind] += counting["on"]

        return add

    session.on("Network.requestWillBeSent", count("requests"))
    session.on("Network.webSocketFrameSent", count("messages"))
    page.evaluate(RECORD)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.evaluate("() => { record.drawn.length = record.frames.length = record.decodes.length = 0; }")
    counting["on"] = True
    for number in range(moves):
        turn = 2 * math.pi * number / moves
        x = box["x"] + box["width"] * (0.5 + 0.42 * math.sin(turn))
        y = box["y"] + box["height"] * (0.5 + 0.42 * math.sin(2 * turn))
        page.mouse.move(x, y)
    record = page.evaluate("() => { record.on = false; return record; }")
    counting["on"] = False
    page.mouse.up()
    return {**record, **sent}
