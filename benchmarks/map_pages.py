"""The two apps that ``benchmarks.map`` compares: where their things are, and by what they are watched.

The scripts fill ``window.seen`` with milliseconds: ``switches`` from each click on "Map" until the map is
there; ``hovers`` from each move of the pointer until something is said of the point, and whether its
pictures are here; ``counted`` from letting go of a lasso until the browser has counted, and ``statistics``
until those of another selection are on the screen; ``frames`` between frames while ``isOn``. Clicks, moves
and letting go count from the dispatch of their event.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

from tests.support.server import REPOSITORY

MODEL = "mnist-16d"
# Pixels between the outermost points of our map and its rim.
FRINGE = 26

_WATCH = """
(() => {
  const seen = { switches: [], hovers: [], counted: [], statistics: [], frames: [], isOn: false };
  window.seen = seen;
  let clicked = null, moved = null, lifted = null, last = null;
  addEventListener("click", (event) => {
    if (event.target.closest("a")?.pathname.endsWith("/Map")) clicked = performance.now();
  }, { capture: true });
  addEventListener("pointermove", () => { moved = performance.now(); }, { capture: true });
  addEventListener("pointerup", () => {
    lifted = { at: performance.now(), before: statistics() };
  }, { capture: true });
  function visible() {
    if (clicked !== null) seen.switches.push(performance.now() - clicked);
    clicked = null;
  }
  function hovering(isLoaded) {
    seen.hovers.push({ milliseconds: performance.now() - moved, isLoaded });
  }
  requestAnimationFrame(function look(now) {
    if (seen.isOn && last !== null) seen.frames.push(now - last);
    last = seen.isOn ? now : null;
    const shown = lifted && statistics();
    if (shown && isOther(shown, lifted.before)) {
      seen.statistics.push(performance.now() - lifted.at);
      lifted = null;
    }
    requestAnimationFrame(look);
  });
  // How many are selected and their mean picture: both must have changed.
  function isOther([count, picture], before) {
    return !before || (count !== before[0] && picture !== before[1]);
  }
"""
OURS = (
    _WATCH
    + """
  addEventListener("shown", visible);
  addEventListener("hovered", (event) => hovering(event.detail.loaded));
  addEventListener("counted", () => seen.counted.push(performance.now() - lifted.at));
  function statistics() {
    const heading = [...document.querySelectorAll("h3")].find((one) => one.textContent.endsWith(" selected"));
    const host = document.querySelector(".st-key-map-statistics");
    const root = host && [...host.querySelectorAll("*")].find((one) => one.shadowRoot)?.shadowRoot;
    const picture = root?.querySelector("[data-part=picture]")?.textContent;
    return heading && picture ? [heading.textContent, picture] : null;
  }
})();
"""
)
STOCKS = (
    _WATCH
    + """
  requestAnimationFrame(function look() {
    const plot = document.querySelector(".js-plotly-plot");
    const scene = plot?._fullLayout?._plots?.xy?._scene;
    if (plot?.querySelector(".gl-canvas") && scene?.dirty === false) visible();
    requestAnimationFrame(look);
  });
  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]);
    if (added.some((node) => node.classList?.contains("hovertext"))) hovering(true);
  }).observe(document, { childList: true, subtree: true });
  function statistics() {
    const image = document.querySelector("[data-testid=stImage] img");
    const count = document.querySelector(".counted")?.textContent;
    return count && image?.complete && image.naturalWidth ? [count, image.src] : null;
  }
})();
"""
)


@dataclass(frozen=True)
class App:
    """One of the two: its script, what it is watched by, and where its things are on the screen."""

    path: Path
    script: str
    address: str
    home_page: str
    links: Callable[[Page, str], Any]
    places: Callable[[Page, NDArray[np.floating], NDArray[np.float32]], NDArray[np.float64]]


def box_of(page: Page) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The upper left and the lower right corner of our map."""
    box = page.get_by_role("application", name="Map of").bounding_box()
    assert box is not None
    start = np.array([box["x"], box["y"]])
    return start, start + np.array([box["width"], box["height"]])


def our_places(page: Page, places: NDArray[np.floating], coords: NDArray[np.float32]) -> NDArray[np.float64]:
    """Where places (k, 2) of the map are on the screen while all of it is shown."""
    start, end = box_of(page)
    low, high = coords.min(axis=0), coords.max(axis=0)
    scale = float(((end - start - 2 * FRINGE) / (high - low)).min())
    return (start + end) / 2 + (places - (low + high) / 2) * [scale, -scale]


def stock_places(
    page: Page, places: NDArray[np.floating], coords: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Where places (k, 2) of the chart are on the screen."""
    found = page.evaluate(
        """places => {
          const plot = document.querySelector(".js-plotly-plot");
          const { xaxis, yaxis } = plot._fullLayout, { left, top } = plot.getBoundingClientRect();
          const placeOf = (axis, value) => axis._offset + axis.c2p(value);
          return places.map(([x, y]) => [left + placeOf(xaxis, x), top + placeOf(yaxis, y)]);
        }""",
        places.tolist(),
    )
    return np.array(found)


LATENT_LAB = App(
    REPOSITORY / "app.py",
    OURS,
    f"/Map?model={MODEL}&points=all&map=pca",
    "Explore",
    lambda page, name: page.locator(".st-key-menu").get_by_role("link", name=name),
    our_places,
)
PLOTLY = App(
    Path(__file__).with_name("twin") / "map_plotly.py",
    STOCKS,
    "/Map",
    "Home",
    lambda page, name: page.get_by_test_id("stTopNavLink").filter(has_text=name),
    stock_places,
)
