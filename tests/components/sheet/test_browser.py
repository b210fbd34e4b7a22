"""The contact sheet as a person uses it: mouse, keys, finger; large and small windows."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.components import component_server, fresh_visit, module_url, watched_page
from tests.support.patience import eventually

BODY = """
import numpy as np
from ui.frame.colours import class_colour
from ui.components.sheet.view import sheet

from vae_core import load_dataset

images = load_dataset("digits").test.images[:20]
labels = [f"Picture {index} <b>bold</b>" for index in range(20)]
rows = [("Inputs", "test"), ("Decoded", "194.0 nats")]
picked = sheet(
    "first", images, 10, labels=labels, row_labels=rows, column_labels=[str(c) for c in range(10)],
    caption="Digits and what comes back", colours=[class_colour(index) for index in range(20)],
)
st.session_state.picks = st.session_state.get("picks", []) + ([picked] if picked is not None else [])
st.text(f"picks {st.session_state.picks}")
ramp = np.linspace(0, 1, 8 * 8 * 225, dtype=np.float32).reshape(225, 8, 8, 1)
tight = sheet("tight", ramp, 15, labels=[f"Cell {i}" for i in range(225)], caption="All", tight=True)
st.text(f"tight {tight}")
st.session_state.again = st.session_state.get("again", 0) + st.button("Again")
st.text(f"again {st.session_state.again}")
"""


@pytest.fixture(scope="module")
def sheet_server(tmp_path_factory):
    running = component_server(tmp_path_factory.mktemp("sheet"), BODY)
    yield running
    running.stop()


@pytest.fixture
def page(window, sheet_server):
    with fresh_visit(window, sheet_server.url) as page:
        sheet_of(page)
        yield page


def sheet_of(page):
    group = page.get_by_role("group", name="Digits and what comes back")
    group.get_by_role("button").first.wait_for()
    return group


def cell(page, index):
    return page.get_by_role("button", name=f"Picture {index} <b>bold</b>", exact=True)


def preview(page):
    """The preview that is open; there is at most one."""
    return page.locator(".preview:popover-open")


def test_a_click_is_one_pick_and_only_one(page):
    cell(page, 13).click()
    expect(page.get_by_text("picks [13]")).to_be_visible()
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_text("again 1")).to_be_visible()
    expect(page.get_by_text("picks [13]")).to_be_visible()
    cell(page, 13).click()
    expect(page.get_by_text("picks [13, 13]")).to_be_visible()
    cell(page, 2).click()
    expect(page.get_by_text("picks [13, 13, 2]")).to_be_visible()
    expect(page.get_by_text("tight None")).to_be_visible()


def test_a_cell_shows_its_part_of_the_sheet(page):
    aim = cell(page, 13).evaluate(
        """cell => { const style = getComputedStyle(cell), box = cell.getBoundingClientRect();
        return [style.backgroundPosition, style.backgroundSize, box.width, box.height,
                style.imageRendering]; }"""
    )
    position, size, width, height, rendering = aim
    assert width == height == int(width)
    assert [float(part) for part in re.findall(r"-?[\d.]+", position)] == [-3 * width, -height]
    assert [float(part) for part in re.findall(r"[\d.]+", size)] == [10 * width, 2 * height]
    assert rendering == "pixelated"


def test_the_mouse_enlarges_a_cell_inside_the_window(page):
    page.mouse.move(1400, 880)
    expect(preview(page)).to_have_count(0)
    for index in (0, 9, 19):
        cell(page, index).hover()
        expect(preview(page)).to_be_visible()
        expect(preview(page).locator(".label")).to_have_text(f"Picture {index} <b>bold</b>")
        # It grows on the screen when it has just appeared.
        preview(page).evaluate("box => Promise.all(box.getAnimations().map((one) => one.finished))")
        size = preview(page).locator(".pixels").evaluate("box => [box.offsetWidth, box.offsetHeight]")
        assert size == [280, 280]
        whole = preview(page).bounding_box()
        assert whole["x"] >= 0
        assert whole["x"] + whole["width"] <= 1440
        assert whole["y"] >= 0
        assert whole["y"] + whole["height"] <= 900
    page.mouse.move(1400, 880)
    expect(preview(page)).to_have_count(0)


def test_arrow_keys_move_and_enter_or_space_picks(page):
    cell(page, 0).focus()
    page.keyboard.press("ArrowRight")
    expect(cell(page, 1)).to_be_focused()
    expect(preview(page).locator(".label")).to_have_text(re.compile("^Picture 1 "))
    page.keyboard.press("ArrowDown")
    expect(cell(page, 11)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(cell(page, 11)).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(cell(page, 10)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("picks [10]")).to_be_visible()
    expect(cell(page, 10)).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press(" ")
    expect(page.get_by_text("picks [10, 19]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(preview(page)).to_have_count(0)
    expect(page.locator(".cell[tabindex='0']")).to_have_count(2)


def test_a_tight_sheet_has_no_gap(page):
    cells = page.get_by_role("group", name="All").get_by_role("button")
    expect(cells).to_have_count(225)
    boxes = cells.evaluate_all("all => [0, 1, 15].map((i) => all[i].getBoundingClientRect().toJSON())")
    assert boxes[0]["width"] > 0
    assert boxes[1]["x"] == boxes[0]["x"] + boxes[0]["width"]
    assert boxes[2]["y"] == boxes[0]["y"] + boxes[0]["height"]


def test_texts_stand_as_they_are(page):
    sheet = sheet_of(page)
    rows = ["Inputs\ntest", "Decoded\n194.0 nats"]
    eventually(page, lambda: sheet.locator(".rows > div").all_inner_texts(), rows)
    expect(sheet.locator(".columns span")).to_have_text([str(column) for column in range(10)])
    expect(page.locator("b", has_text="bold")).to_have_count(0)
    bar = cell(page, 1).evaluate("cell => getComputedStyle(cell, '::after').backgroundColor")
    assert bar == "rgb(242, 142, 43)"


def test_a_finger_picks_on_a_phone(chromium, sheet_server):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with watched_page(chromium, sheet_server, **phone) as page:
        sheet = sheet_of(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        last = cell(page, 9).bounding_box()
        assert last["x"] + last["width"] <= sheet.bounding_box()["x"] + sheet.bounding_box()["width"] <= 390
        cell(page, 7).tap()
        expect(page.get_by_text("picks [7]")).to_be_visible()
        expect(preview(page)).to_have_count(0)


def test_with_reduced_motion_nothing_moves(chromium, sheet_server):
    with watched_page(chromium, sheet_server, reduced_motion="reduce") as page:
        sheet_of(page)
        cell(page, 3).hover()
        expect(preview(page)).to_be_visible()
        assert preview(page).evaluate("box => getComputedStyle(box).animationName") == "none"


MODULE = """
address => import(address).then(m => [
  m.cellWidth(358, 10, 3, 112), m.cellWidth(2000, 4, 4, 112), m.cellWidth(5, 10, 3, 112),
  m.cellWidth(358, 15, 0, 48, 2),
  m.previewScale([28, 28], [1440, 900]), m.previewScale([64, 64], [1440, 900]),
  m.previewScale([8, 8], [1440, 900]), m.previewScale([28, 28], [240, 844]),
  m.cellAfterKey("ArrowDown", 3, 10, 12), m.cellAfterKey("ArrowRight", 9, 10, 12),
  m.cellAfterKey("End", 10, 10, 12), m.cellAfterKey("x", 0, 10, 12)])
"""


def test_sizes_and_steps(page):
    assert page.evaluate(MODULE, module_url(page, "/sheet/sheet.js", "/sheet/sheet.js")) == [
        33,
        112,
        1,
        23.5,
        10,
        5,
        15,
        6,
        None,
        None,
        11,
        None,
    ]
