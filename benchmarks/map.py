"""The map of 70,000 points: coming to it, hovering, drawing round half of it, moving it.

python -m benchmarks.map
"""

import base64
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.map_pages import LATENT_LAB, MODEL, PLOTLY, App, box_of
from benchmarks.table import p50_p95, print_table
from tests.support.chromium import FLAGS, chromium_path
from tests.support.server import AppServer
from vae_core import load_model
from vae_core.base.home import HOME_VARIABLE
from vae_core.maps.encoding_file import DataStamp, Encoding, EncodingHeader, write_encoding
from vae_core.maps.encodings import can_encode, encode_all
from vae_core.maps.points import Points, all_points
from vae_core.maps.projections import ProjectionSpec, project

COUNT, TRAINING = 70_000, 60_000
# High enough for the map and the statistics below it.
WINDOW = {"viewport": {"width": 1440, "height": 1500}}
SWITCHES, HOVERS, LASSOS, DRAGS = 10, 60, 6, 240
NOTCHES, NOTCH = 60, 40
PAUSE_MS, PATIENCE_MS, HOVER_PATIENCE_MS = 700, 120_000, 3_000


class Traffic:
    """Bytes between a page and its server: bodies of the app's own routes, messages of the WebSocket."""

    def __init__(self, page: Page) -> None:
        self.own = self.received = self.sent = 0
        self._own_requests: set[str] = set()
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._respond)
        session.on("Network.dataReceived", self._receive)
        session.on("Network.webSocketFrameReceived", lambda event: self._count("received", event))
        session.on("Network.webSocketFrameSent", lambda event: self._count("sent", event))

    def _respond(self, event: dict[str, Any]) -> None:
        if "/lab/" in urlsplit(event["response"]["url"]).path:
            self._own_requests.add(event["requestId"])

    def _receive(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._own_requests:
            self.own += event["dataLength"]

    def _count(self, name: str, event: dict[str, Any]) -> None:
        frame = event["response"]
        is_binary = frame["opcode"] == 2
        content = base64.b64decode(frame["payloadData"]) if is_binary else frame["payloadData"].encode()
        setattr(self, name, getattr(self, name) + len(content))


@contextmanager
def home_with_codes() -> Iterator[tuple[Path, Points, str]]:
    """A temporary home with codes for every image of MNIST, the points, and what they are in words."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[HOME_VARIABLE] = folder
        model = load_model(MODEL)
        if can_encode(model) is None:
            encode_all(model, lambda *_: None)
            words = f"all of MNIST, encoded by {MODEL}"
        else:
            write_random_codes()
            words = "random codes, without originals: MNIST is not on this machine"
        points = all_points(model)
        assert points is not None and len(points) == COUNT
        yield Path(folder), points, words


def write_random_codes() -> None:
    """As many codes as MNIST has images, where those cannot be encoded."""
    model, rng, rows = load_model(MODEL), np.random.default_rng(0), np.arange(COUNT)
    header = EncodingHeader(
        model=MODEL,
        encoder=model.spec.files["encoder.onnx"],
        decoder=model.spec.files["decoder.onnx"],
        stamp=DataStamp(files=(), version=""),
        pictures=f"random-{'0' * 16}-{'0' * 16}",
    )
    label = rng.integers(0, 10, COUNT)
    centres = 2 * rng.standard_normal((10, model.latent_dim))
    z_mean = (centres[label] + rng.standard_normal((COUNT, model.latent_dim))).astype(np.float32)
    errors = rng.gamma(20, 5, COUNT).astype(np.float32)
    index, is_test = rows % TRAINING, rows >= TRAINING
    write_encoding(Encoding(header, z_mean, np.full_like(z_mean, -2), label, index, is_test, errors, None))


def measured(browser: Browser, server: AppServer, app: App, coords: NDArray[np.float32]) -> dict[str, Any]:
    """Everything that both can do: milliseconds by what was done, and bytes."""
    page = browser.new_page(base_url=server.url, **WINDOW)
    page.add_init_script(app.script)
    traffic = Traffic(page)
    page.goto(app.address)
    wait_for_first_visit(page)
    first = traffic.own, traffic.received
    for number in range(1, SWITCHES + 1):
        app.links(page, app.home_page).click()
        page.wait_for_function("!document.querySelector('h1')?.textContent.includes('Map')")
        page.wait_for_timeout(PAUSE_MS)
        app.links(page, "Map").click()
        page.wait_for_function("n => seen.switches.length === n", arg=number, timeout=PATIENCE_MS)
        page.wait_for_timeout(PAUSE_MS)
    found = {"own": first[0], "received": first[1], **hovered(page, app, coords)}
    found |= drawn_round(page, app, coords, traffic)
    found["switches"] = page.evaluate("seen.switches")
    if app is LATENT_LAB:
        found |= moved(page)
    page.close()
    return found


def wait_for_first_visit(page: Page) -> None:
    """Wait until everything of the page has come."""
    page.wait_for_function("document.querySelector('h1')?.textContent.includes('Map')", timeout=PATIENCE_MS)
    page.locator(".gl-canvas, canvas[data-part=points]").first.wait_for(timeout=PATIENCE_MS)
    page.wait_for_timeout(4 * PAUSE_MS)


def hovered(page: Page, app: App, coords: NDArray[np.float32]) -> dict[str, list[float]]:
    """Pointer to card over points far apart: at first sight, then once more over the same ones.

    ``text`` and ``pictures`` are those of first sights whose pictures had to be fetched.
    """
    rows = np.random.default_rng(0).choice(len(coords), HOVERS, replace=False)
    places = app.places(page, coords[rows], coords)
    found: dict[str, list[float]] = {"text": [], "pictures": [], "again": []}
    for is_first in (True, False):
        for left, top in places:
            page.evaluate("seen.hovers.length = 0")
            page.mouse.move(left, top)
            page.wait_for_function("seen.hovers.some((one) => one.isLoaded)", timeout=HOVER_PATIENCE_MS)
            page.wait_for_timeout(100)
            events = page.evaluate("seen.hovers")
            if not is_first:
                found["again"].append(events[0]["milliseconds"])
            elif not events[0]["isLoaded"]:
                found["text"].append(events[0]["milliseconds"])
                loaded = next(one for one in events if one["isLoaded"])
                found["pictures"].append(loaded["milliseconds"])
    return found


def drawn_round(
    page: Page, app: App, coords: NDArray[np.float32], traffic: Traffic
) -> dict[str, list[float]]:
    """Lassos round about half of the points, each a little larger: until counted, and until statistics."""
    if app is LATENT_LAB:
        page.get_by_role("button", name="Lasso").click()
    sent = []
    for number in range(1, LASSOS + 1):
        before = traffic.sent
        path = app.places(page, outline(coords, 0.02 * number), coords)
        page.mouse.move(*path[0])
        page.mouse.down()
        page.evaluate("seen.isOn = true")
        for place in path[1:]:
            page.mouse.move(*place)
        page.evaluate("seen.isOn = false")
        page.mouse.up()
        page.wait_for_function("n => seen.statistics.length === n", arg=number, timeout=PATIENCE_MS)
        page.wait_for_timeout(2 * PAUSE_MS)
        sent.append(float(traffic.sent - before))
    seen = page.evaluate(
        "({ drawing: seen.frames.splice(0), counted: seen.counted, statistics: seen.statistics })"
    )
    return {**seen, "sent": sent}


def outline(coords: NDArray[np.float32], more: float, steps: int = 6) -> NDArray[np.float32]:
    """Corners (4 × steps, 2) of a line round the left half of the points, and ``more`` of the width."""
    low, high = coords.min(axis=0), coords.max(axis=0)
    right = np.median(coords[:, 0]) + more * (high[0] - low[0])
    corners = np.array([[low[0], high[1]], [right, high[1]], [right, low[1]], low, [low[0], high[1]]])
    shares = np.linspace(0, 1, steps, endpoint=False)[:, np.newaxis]
    return np.concatenate([a + shares * (b - a) for a, b in pairwise(corners)])


def moved(page: Page) -> dict[str, list[float]]:
    """Milliseconds from frame to frame while the map is dragged, and while it is zoomed in and out."""
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("button", name="Move").click()
    page.wait_for_timeout(2 * PAUSE_MS)
    middle = np.add(*box_of(page)) / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.evaluate("seen.isOn = true")
    for turn in np.linspace(0, 4 * np.pi, DRAGS):
        page.mouse.move(middle[0] + 200 * np.sin(turn), middle[1] + 120 * np.sin(2 * turn))
    page.evaluate("seen.isOn = false")
    page.mouse.up()
    found = {"drag": page.evaluate("seen.frames.splice(0)")}
    page.evaluate("seen.isOn = true")
    for number in range(2 * NOTCHES):
        page.mouse.wheel(0, -NOTCH if number < NOTCHES else NOTCH)
        page.wait_for_timeout(16)
    page.evaluate("seen.isOn = false")
    return {**found, "zoom": page.evaluate("seen.frames.splice(0)")}


# What is measured: its words, its key, and the goal with the percentile that it is for.
MILLISECONDS = (
    ("click to visible, from another page", "switches", "p50 ≤ 600"),
    ("hover: pointer to card, pictures here", "again", "p95 ≤ 8"),
    ("hover, pictures not here: to the text", "text", "p95 ≤ 8"),
    ("hover, pictures not here: to the pictures", "pictures", "p95 ≤ 250"),
    ("frame while drawing a lasso", "drawing", "p95 ≤ 20"),
    ("lasso: let go to the browser's count", "counted", "none"),
    ("lasso: let go to statistics on the screen", "statistics", "≤ 400"),
    ("frame while dragging", "drag", "p95 ≤ 20"),
    ("frame while zooming", "zoom", "p95 ≤ 20"),
)


def rows_of(ours: dict[str, Any], rival: dict[str, Any]) -> list[list[str]]:
    """A row for each figure: ours, its goal, the rival's."""

    def times(values: Sequence[float] | None) -> str:
        return "{:.1f} / {:.1f}".format(*p50_p95(values)) if values else "—"

    rows = [[words, times(ours[key]), goal, times(rival.get(key))] for words, key, goal in MILLISECONDS]
    fetched = [one["own"] + one["received"] for one in (ours, rival)]
    sent = [float(np.median(one["sent"])) for one in (ours, rival)]
    rows.append(["bytes fetched by a first visit", f"{fetched[0]:,}", "≤ 1,500,000", f"{fetched[1]:,}"])
    rows.append(["bytes sent by a lasso", f"{sent[0]:,.0f}", "≤ 20,000", f"{sent[1]:,.0f}"])
    return rows


def main() -> None:
    path = chromium_path()
    if path is None:
        raise SystemExit("this benchmark needs Chromium or Chrome on the PATH")
    with home_with_codes() as (home, points, words), sync_playwright() as playwright:
        coords = project(points.z_mean, ProjectionSpec.checked({"method": "pca"})).coords
        found = []
        for app in (LATENT_LAB, PLOTLY):
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            server = AppServer(home, app=app.path).wait()
            try:
                found.append(measured(browser, server, app, coords))
            finally:
                browser.close()
                server.stop()
    header = ["ms p50 / p95, or bytes", "Latent Lab", "goal", "rival: st.plotly_chart, scattergl"]
    print_table(f"Map of {COUNT:,} points: {words}", header, rows_of(*found))
    print(f"\n{SWITCHES} clicks, {HOVERS} points hovered twice, {LASSOS} lassos round half of the points.")


if __name__ == "__main__":
    main()
