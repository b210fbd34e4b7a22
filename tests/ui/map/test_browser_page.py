"""The Map page held against what the core says of the same points: hovered, drawn round, opened, left."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.support.browser import pad_of
from tests.support.components import watched_page
from tests.support.patience import at_rest, eventually
from tests.ui.map.test_browser import box_of, opened, panel, plot_of
from ui.map.panels import NAMES
from ui.visit.address import PANELS, format_code
from ui.words.points import point_label
from vae_core import load_model
from vae_core.maps.pictures import nearest_in_codes
from vae_core.maps.points import held_out_points

MODEL = "digits-2d"
# Pixels between the outermost points and the rim of the map.
FRINGE = 26
# How near the line round a selection no point may be, so that a pixel decides nothing.
CLEAR = 0.012
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# What stands out at the right of the window, or is cut off there; what scrolls by itself may be wider.
STICKING_OUT = """
() => {
  const scrolls = (one) => ["auto", "scroll"].includes(getComputedStyle(one).overflowX);
  const main = document.querySelector("[data-testid=stMain]");
  const found = [...main.querySelectorAll("*")].filter((one) => {
    const { width, right } = one.getBoundingClientRect();
    if (!width || right <= innerWidth + 1 || !one.checkVisibility()) return false;
    if (one.closest("svg, .katex-mathml")) return false;
    let above = one.parentElement;
    while (above !== main && !scrolls(above)) above = above.parentElement;
    return above === main;
  });
  return found.map((one) => `${one.tagName} ${one.className} ${one.textContent.slice(0, 40)}`);
}
"""


@pytest.fixture
def points():
    return held_out_points(load_model(MODEL))


@pytest.fixture
def page(visitor):
    visitor.set_viewport_size({"width": 1440, "height": 1_600})
    return opened(visitor, f"/Map?model={MODEL}")


def on_screen(page, codes, points):
    """Where codes (k, 2) are in the window as long as all of the map is shown."""
    box = box_of(page)
    low, high = points.z_mean.min(axis=0), points.z_mean.max(axis=0)
    size = np.array([box["width"], box["height"]])
    scale = float(((size - 2 * FRINGE) / (high - low)).min())
    middle = np.array([box["x"], box["y"]]) + size / 2
    return (middle + (np.asarray(codes) - (low + high) / 2) * [scale, -scale]).tolist()


def farthest_from_others(points):
    """Rows with most room around them, so that the mouse meets them and no other."""
    apart = np.linalg.norm(points.z_mean[:, np.newaxis] - points.z_mean, axis=2)
    np.fill_diagonal(apart, np.inf)
    return np.argsort(-apart.min(axis=1))


def heading(page, text):
    return page.get_by_role("heading", name=text, exact=True)


def test_the_point_under_the_mouse_is_shown_opened_and_left_for_its_neighbours_and_explore(page, points):
    model = load_model(MODEL)
    row = int(farthest_from_others(points)[0])
    ((left, top),) = on_screen(page, points.z_mean[[row]], points)
    page.mouse.move(left, top)
    page.wait_for_function("row => seen.hovered?.row === row && seen.hovered.loaded", arg=row)
    card = page.locator("[data-part=card]")
    expect(card).to_be_visible()
    expect(card).to_contain_text(f"test picture {points.index[row]}")
    lightest = card.locator("canvas").first.evaluate(
        "one => Math.max(...one.getContext('2d').getImageData(0, 0, one.width, one.height).data.slice(0, -1))"
    )
    assert lightest > 200
    page.mouse.click(left, top)
    expect(heading(page, point_label(model, points, row))).to_be_visible()
    (nearest, *_), _ = nearest_in_codes(points, points.z_mean[row], 12, leave_out=row)
    page.locator(".st-key-map-near-codes").get_by_role("button").first.click()
    expect(heading(page, point_label(model, points, int(nearest)))).to_be_visible()
    at_rest(page)
    page.get_by_role("link", name="Explore from here").click()
    pad_of(page)
    page.wait_for_url(re.compile("Explore"))

    def place():
        # As the page has it, which Playwright hears of a moment later.
        query = parse_qs(urlsplit(page.evaluate("location.href")).query)
        return query.get("model"), query.get("z")

    eventually(page, place, ([MODEL], [format_code(points.z_mean[nearest].astype(float).tolist())]))


def diamond(points):
    """Half the diagonal of a square that stands on its corner, round about half of the points."""
    sizes = np.sort(np.abs(points.z_mean).sum(axis=1))
    gaps = np.diff(sizes)
    middle = slice(len(sizes) // 3, 2 * len(sizes) // 3)
    widest = int(np.argmax(gaps[middle])) + middle.start
    assert gaps[widest] > 2 * CLEAR
    return float(sizes[widest] + sizes[widest + 1]) / 2


def draw_lasso(page, places):
    page.get_by_role("button", name="Lasso", exact=True).click()
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in [*places[1:], places[0]]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def test_a_lasso_selects_what_lies_inside_in_the_browser_and_in_python(page, points):
    size = diamond(points)
    corners = [(size, 0), (0, size), (-size, 0), (0, -size)]
    draw_lasso(page, on_screen(page, corners, points))
    inside = int((np.abs(points.z_mean).sum(axis=1) < size).sum())
    assert 0 < inside < len(points)
    page.wait_for_function("count => seen.counted?.points === count", arg=inside)
    expect(heading(page, f"{inside:,} of {len(points):,} test pictures selected")).to_be_visible()
    labels = points.label[np.abs(points.z_mean).sum(axis=1) < size]
    label, count = max(((label, int((labels == label).sum())) for label in range(10)), key=lambda one: one[1])
    expect(page.locator(".st-key-map_classes .chip").first).to_have_text(
        re.compile(rf"^{label}{count} · {100 * count / inside:.0f} %$")
    )
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_text("Nothing is selected")).to_be_visible()
    panel(page, "Groups")
    expect(page.get_by_text("No groups yet")).to_be_visible()


def test_on_a_phone_no_panel_of_a_picture_and_a_selection_sticks_out(chromium, server):
    with watched_page(chromium, server, "/_stcore/health", **PHONE) as page:
        opened(page, f"{server.url}/Map?model=faces-16d&map=pca")
        plot = plot_of(page)
        plot.focus()
        for key in (
            "Shift+ArrowUp",
            "Shift+ArrowLeft",
            "b",
            *["Shift+ArrowDown"] * 2,
            *["Shift+ArrowRight"] * 2,
            "b",
        ):
            page.keyboard.press(key)
        expect(page.get_by_role("heading", name=re.compile("test pictures selected$"))).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=re.compile("test picture [0-9,]+"))).to_be_visible()
        for name in PANELS:
            panel(page, NAMES[name].split(": ")[1])
            page.locator(f".st-key-map_panel_{name}").wait_for()
            at_rest(page)
            eventually(page, lambda: page.evaluate(STICKING_OUT), [])
            eventually(page, lambda: page.evaluate("document.documentElement.scrollWidth") <= 390)
        page.get_by_text("How it works", exact=True).click()
        expect(page.get_by_text("Places.")).to_be_visible()
        eventually(page, lambda: page.evaluate(STICKING_OUT), [])
