"""The Map page as a person uses it, on the real app: look, pick, draw round, keep, colour, take away."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.browser import pad_of
from tests.support.patience import at_rest, eventually
from ui.visit.address import PANELS
from vae_core import load_model
from vae_core.maps.points import held_out_points

MODEL = "digits-2d"
# Fonts have come, and what they and styles moved has been laid out, as observers of sizes know.
LAID_OUT = """
async () => {
  await document.fonts.ready;
  for (let count = 0; count < 2; count++) await new Promise(requestAnimationFrame);
}
"""


@pytest.fixture
def map_page(newcomer):
    """The map of small digits, drawn and at rest."""
    newcomer.set_viewport_size({"width": 1440, "height": 2_000})
    return opened(newcomer, f"/Map?model={MODEL}")


def opened(page, address):
    page.add_init_script(
        "window.seen = {}; for (const name of ['shown', 'settled', 'counted', 'hovered'])"
        " document.addEventListener(name, (event) => { seen[name] = event.detail ?? true; }, true);"
        " seen.moves = 0; document.addEventListener('pointermove', () => seen.moves++, true);"
    )
    page.goto(address)
    page.wait_for_function("window.seen?.settled")
    wait_for_layout(page)
    return page


def wait_for_layout(page):
    """Wait until nothing of the first run is still to come: widgets and styles are fetched one by one."""
    at_rest(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.evaluate(LAID_OUT)


def plot_of(page):
    return page.get_by_role("application", name="Map")


def box_of(page):
    plot = plot_of(page)
    plot.scroll_into_view_if_needed()
    return plot.bounding_box()


def middle_of(page):
    box = box_of(page)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def is_over_a_point(page):
    """Whether the mouse or the crosshair has a point under it."""
    return plot_of(page).get_attribute("data-over") is not None


def press_on_a_point(page):
    """Click where the middle of the map has a point under the mouse."""
    x, y = middle_of(page)
    for step in range(0, 200, 6):
        before = page.evaluate("seen.moves")
        page.mouse.move(x + step, y + step / 3)
        page.wait_for_function("before => seen.moves > before", arg=before)
        if is_over_a_point(page):
            page.mouse.click(x + step, y + step / 3)
            return
    raise AssertionError("no point near the middle of the map")


def panel(page, name):
    page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name, exact=True)).first.click()


def draw_box(page, share=0.3):
    page.get_by_role("button", name="Box", exact=True).click()
    box = box_of(page)
    x, y = middle_of(page)
    page.mouse.move(x - share * box["width"], y - share * box["height"])
    page.mouse.down()
    page.mouse.move(x + share * box["width"], y + share * box["height"], steps=6)
    page.mouse.up()


def lines_of(download):
    text = Path(download.value.path()).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_click_opens_the_picture_and_its_neighbours_lead_on(map_page):
    press_on_a_point(map_page)
    heading = map_page.get_by_role("heading", name=re.compile(r"test picture"))
    expect(heading).to_be_visible()
    first = heading.inner_text()
    expect(map_page.get_by_text("Nearest in latent space")).to_be_visible()
    expect(map_page.get_by_text("Nearest in pixels")).to_be_visible()
    map_page.get_by_role("button", name=re.compile(r"test picture .* away")).first.click()
    expect(heading).not_to_have_text(first)
    map_page.get_by_role("link", name="Explore from here").click()
    pad_of(map_page)
    expect(map_page.get_by_text("You are on the code of a test image.")).to_be_visible()


def test_what_is_drawn_round_is_counted_kept_and_there_after_a_reload(map_page):
    draw_box(map_page)
    heading = map_page.get_by_role("heading", name=re.compile(r"selected$"))
    expect(heading).to_be_visible()
    chosen = int(heading.inner_text().split(" of ")[0].replace(",", ""))
    assert 0 < chosen < len(held_out_points(load_model(MODEL)))
    expect(map_page.get_by_text(re.compile(r"points? selected")).first).to_contain_text(f"{chosen:,}")
    # The pictures above the form are there: it moves no more.
    expect(map_page.get_by_role("button", name="Mean picture")).to_be_visible()
    map_page.get_by_label("Name of a group").fill("my middle")
    map_page.get_by_label("Name of a group").press("Enter")
    map_page.get_by_role("button", name="Keep as a group").click()
    expect(map_page.get_by_text("Kept “my middle”")).to_be_visible()
    with map_page.expect_download() as download:
        map_page.get_by_role("button", name="Rows as CSV").click()
    assert len(lines_of(download)) == chosen
    opened(map_page, f"/Map?model={MODEL}&panel=groups")
    expect(map_page.get_by_text("my middle")).to_be_visible()


def test_the_table_has_a_line_for_each_point(map_page):
    panel(map_page, "Tables")
    with map_page.expect_download() as download:
        map_page.get_by_role("button", name="CSV", exact=True).click()
    lines = lines_of(download)
    points = held_out_points(load_model(MODEL))
    assert len(lines) == len(points)
    assert float(lines[3]["z1"]) == pytest.approx(float(points.z_mean[3, 0]), abs=1e-5)


def test_another_colour_is_another_legend_and_stays_in_the_address(map_page):
    map_page.get_by_role("combobox", name="Colour by").click()
    map_page.get_by_role("option", name="Colour: KL").click()
    expect(map_page.get_by_text("nats that the code says more than the prior")).to_be_visible()
    map_page.wait_for_url(re.compile(r"by=KL"))


def test_keys_alone_open_a_picture(map_page):
    plot = plot_of(map_page)
    plot.focus()
    for _ in range(8):
        map_page.keyboard.press("ArrowRight")
    for _ in range(40):
        if is_over_a_point(map_page):
            break
        map_page.keyboard.press("ArrowDown")
    map_page.keyboard.press("Enter")
    expect(map_page.get_by_role("heading", name=re.compile(r"test picture"))).to_be_visible()


def test_no_panel_is_wider_than_a_phone(chromium, server):
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, base_url=server.url
    )
    page = context.new_page()
    for name in PANELS:
        opened(page, f"/Map?model={MODEL}&panel={name}")
        page.locator(f".st-key-map_panel_{name}").wait_for()
        at_rest(page)
        eventually(page, lambda: page.evaluate("document.documentElement.scrollWidth") <= 390)
    context.close()
