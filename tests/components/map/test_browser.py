"""The map as a person uses it: mouse, wheel, finger and keys; colours, selections, files."""

import io
import json
import re
import time
import xml.etree.ElementTree as ET
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.components import component_server, watched_page
from tests.support.hands import double_click
from tests.support.map_points import ALONE, CLASSES, map_points
from tests.support.patience import eventually
from tests.ui.map.test_browser import wait_for_layout
from ui.frame.colours import class_colour

BODY = """
import json
from dataclasses import asdict
import numpy as np
from tests.support.map_points import CLASSES, class_column, map_points, number_column
from ui.frame.colours import PALETTE
from ui.components.map.view import Cleared, MapPicture, Mark, Pick, Selection, map_view
from vae_core import load_model
from vae_core.maps.selections import rows_inside

asked = st.query_params
points = map_points(int(asked.get("n", 3_000)))
turned = st.toggle("Turned")
numbers = st.toggle("Numbers")
coords = points.z_mean[:, ::-1].copy() if turned else points.z_mean
event = map_view("map", MapPicture(
    model=load_model("digits-2d"), points=points, coords=coords,
    axis_names=None if turned else ("z1", "z2"),
    column=number_column(points) if numbers else class_column(points),
    colours=PALETTE, pictures_url="/pictures", has_originals="reconstructed" not in asked,
    class_names=CLASSES, marks=[Mark(0, 4, "you", "here")] if "marks" in asked else (),
    backdrop=("/pictures/plane.png", ((-10, 10), (-4, 4))) if "plane" in asked else None,
    selected=st.session_state.get("row") if "follow" in asked else None,
    highlighted=np.arange(5, 12) if st.toggle("Group") else st.session_state.get("rows"),
), height=520)
log = st.session_state.setdefault("log", [])
if isinstance(event, Pick):
    log.append(["pick", event.row])
    st.session_state.row = event.row
elif isinstance(event, Selection):
    log.append(["selection", event.polygon.tolist(), event.hidden])
    if "follow" in asked:
        st.session_state.rows = rows_inside(coords, event.polygon)
elif isinstance(event, Cleared):
    log.append(["cleared"])
presses = st.session_state.get("presses", 0)
if st.button("Forget"):
    log.clear()
    presses += 1
if st.button("Run again"):
    presses += 1
st.session_state.presses = presses
st.html(f'<p class="log" data-presses="{presses}">{json.dumps(log)}</p>')
"""
# High enough for all of the page: nothing scrolls under the mouse.
DESK = {"viewport": {"width": 1440, "height": 1_100}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SIDE = 28
EVENTS = ("shown", "settled", "drawn", "hovered", "counted")
LISTEN = f"""
window.happened = [];
for (const name of {json.dumps(EVENTS)}) {{
  document.addEventListener(name, (event) => happened.push({{name, ...event.detail}}), true);
}}
window.moves = 0;
document.addEventListener("pointermove", () => moves++, true);
window.wheels = [];
addEventListener("wheel", (event) => wheels.push(event.defaultPrevented));
"""
# Nothing moves, nothing waits to be drawn: motions draw every frame, and the last, sharper frame comes
# 120 ms after the one before it, earlier than what is waited for here from then on.
REST = """
async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const drawn = () => happened.filter((one) => one.name === "drawn").length;
  for (let seen = -1; seen !== drawn(); ) {
    seen = drawn();
    await new Promise((done) => setTimeout(done, 150));
    await frame();
    await frame();
  }
}
"""


@pytest.fixture(scope="module")
def map_server(tmp_path_factory):
    running = component_server(tmp_path_factory.mktemp("map"), BODY)
    yield running
    running.stop()


def grey_of(row, kind):
    return (60 if kind == "picture" else 160) + row % 80


def answer_pictures(route):
    """A sheet of pictures of one grey each, which says the row and the kind."""
    address = urlsplit(route.request.url)
    kind = address.path.rpartition("/")[2].removesuffix(".png")
    rows = [int(row) for row in parse_qs(address.query).get("rows", ["0"])[0].split(",")]
    across = min(16, len(rows))
    sheet = np.zeros((-(-len(rows) // across) * SIDE, across * SIDE), np.uint8)
    for i, row in enumerate(rows):
        top, left = SIDE * (i // across), SIDE * (i % across)
        sheet[top : top + SIDE, left : left + SIDE] = grey_of(row, kind)
    png = io.BytesIO()
    Image.fromarray(sheet).save(png, "PNG")
    route.fulfill(body=png.getvalue(), content_type="image/png")


@pytest.fixture(scope="module")
def desk(chromium):
    """One context for all windows of the usual size: they share what the browser has fetched."""
    context = chromium.new_context(**DESK)
    yield context
    context.close()


@pytest.fixture
def open_map(chromium, map_server, desk):
    """Opens the map as a new visitor: ``open_map(query, **options of a context of its own)``."""
    opened, errors = [], []

    def open_page(query="", **options):
        context = chromium.new_context(**options) if options else desk
        page = context.new_page()
        opened.append(context if options else page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.route("**/pictures/**", answer_pictures)
        page.add_init_script(LISTEN)
        page.goto(f"{map_server.url}/?{query}")
        wait_for(page, "settled")
        wait_for_layout(page)
        return page

    yield open_page
    for one in opened:
        one.close()
    assert not errors, errors


@pytest.fixture(scope="module")
def shared_page(map_server, desk):
    page = desk.new_page()
    page.on("pageerror", lambda error: page.evaluate("text => (window.failure = text)", str(error)))
    page.route("**/pictures/**", answer_pictures)
    page.add_init_script(LISTEN)
    page.goto(map_server.url)
    wait_for(page, "settled")
    wait_for_layout(page)
    return page


@pytest.fixture
def page(shared_page):
    """One window for all tests that leave no trace but those wiped away here."""
    page = shared_page
    yield page
    assert page.evaluate("window.failure ?? ''") == ""
    page.mouse.move(5, 5)
    for name in ("Clear", "Show all"):
        button = page.get_by_role("button", name=name)
        if button.is_visible():
            button.click()
    page.get_by_role("button", name="Move").click()
    page.get_by_role("button", name="Fit").click()
    press(page, "Forget")
    assert log(page) == []
    rest(page)
    forget(page)


def events(page, name):
    return page.evaluate("name => happened.filter((one) => one.name === name)", name)


def wait_for(page, name, count=1):
    page.wait_for_function(
        "([name, count]) => window.happened?.filter((one) => one.name === name).length >= count",
        arg=[name, count],
    )
    return events(page, name)


def forget(page):
    page.evaluate("happened.length = 0")


def rest(page):
    """Wait until the map has come to rest and is drawn as it is."""
    page.evaluate(REST)


def wait_for_drawn(page, condition):
    """Wait until the last frame has a number ``n`` of points for which ``condition`` is true."""
    page.wait_for_function(
        f"() => {{ const n = happened.findLast((one) => one.name === 'drawn')?.points; return {condition}; }}"
    )


def plot(page):
    return page.get_by_role("application", name="Map of digits-2d")


def place_of(page, x, y, count=3_000):
    """Where the place (x, y) of the map is on the screen as long as all of it is shown."""
    box = plot(page).bounding_box()
    places = map_points(count).z_mean
    low, high = places.min(axis=0), places.max(axis=0)
    scale = min((box["width"] - 52) / (high[0] - low[0]), (box["height"] - 52) / (high[1] - low[1]))
    middle = (low + high) / 2
    return (
        float(box["x"] + box["width"] / 2 + (x - middle[0]) * scale),
        float(box["y"] + box["height"] / 2 - (y - middle[1]) * scale),
    )


def log(page):
    return json.loads(page.locator(".log").inner_text())


def wait_for_log(page, count):
    page.wait_for_function("n => JSON.parse(document.querySelector('.log').innerText).length >= n", arg=count)
    return log(page)


def press(page, name):
    """Press a button of the page around the map; wait until it has run, with all that was sent before."""
    presses = int(page.locator(".log").get_attribute("data-presses"))
    page.get_by_role("button", name=name).click()
    expect(page.locator(".log")).to_have_attribute("data-presses", str(presses + 1))


def whole_log(page):
    """All that has been sent so far."""
    press(page, "Run again")
    return log(page)


def move_mouse(page, x, y):
    """Wait until the page knows of it."""
    before = page.evaluate("moves")
    page.mouse.move(x, y)
    page.wait_for_function("before => moves > before", arg=before)


def in_quick_succession(page, events):
    """Real input of the mouse, the parts 40 ms after one another, however long each takes to get there."""
    session = page.context.new_cdp_session(page)
    began = time.time()
    for i, event in enumerate(events):
        session.send("Input.dispatchMouseEvent", {**event, "timestamp": began + 0.04 * i})
    session.detach()


def pixel(page, part, left, top):
    """Red, green, blue and opacity at a place of the screen."""
    box = plot(page).bounding_box()
    return page.locator(f"canvas[data-part={part}]").evaluate(
        """(canvas, [x, y]) => {
          const across = canvas.width / canvas.clientWidth, down = canvas.height / canvas.clientHeight;
          const at = [Math.round(x * across), Math.round(y * down)];
          return [...canvas.getContext("2d").getImageData(...at, 1, 1).data];
        }""",
        [left - box["x"], top - box["y"]],
    )


def is_near(colour, wanted, tolerance=14):
    values = [int(wanted[i : i + 2], 16) for i in (1, 3, 5)]
    return all(abs(int(a) - b) <= tolerance for a, b in zip(colour, values, strict=False))


def wait_for_colour(page, part, place, wanted, tolerance=14):
    eventually(page, lambda: is_near(pixel(page, part, *place), wanted, tolerance))


def wait_for_opacity(page, part, place, condition):
    eventually(page, lambda: condition(pixel(page, part, *place)[3]))


def count_drawn(canvas, opacity=0):
    """How many pixels of a canvas are more opaque than that."""
    return canvas.evaluate(
        """(canvas, opacity) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.reduce((sum, value, i) => sum + (i % 4 === 3 && value > opacity), 0);
        }""",
        opacity,
    )


def card(page):
    return page.locator(".card:popover-open")


def grey_in_card(page, figure):
    return (
        card(page)
        .locator(f"[data-part={figure}] canvas")
        .evaluate("canvas => canvas.getContext('2d').getImageData(5, 5, 1, 1).data[0]")
    )


def choose(page, option):
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_text(option).click()
    page.keyboard.press("Escape")


def draw_round(page, corners):
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in [*corners[1:], corners[0]]:
        page.mouse.move(*corner, steps=6)
    page.mouse.up()


def rows_inside(places, polygon):
    """Independent of the app: the angles from a place to the corners add up to whole turns around it."""
    start = polygon[None] - places[:, None]
    end = np.roll(polygon, -1, axis=0)[None] - places[:, None]
    cross = start[..., 0] * end[..., 1] - start[..., 1] * end[..., 0]
    turns = np.arctan2(cross, (start * end).sum(axis=2)).sum(axis=1) / (2 * np.pi)
    return np.flatnonzero(np.rint(turns).astype(int) % 2)


def test_all_points_are_drawn_in_their_colours(open_map):
    page = open_map()
    assert events(page, "shown")[0]["points"] == 3_000
    assert events(page, "drawn")
    for row, place in enumerate(ALONE):

        def is_drawn(row=row, place=place):
            red, green, blue, opacity = pixel(page, "points", *place_of(page, *place))
            return opacity > 200 and is_near((red, green, blue), class_colour(row))

        eventually(page, is_drawn)
    rest(page)
    assert pixel(page, "points", *place_of(page, 8, 4))[3] == 0
    items = page.locator(".legend .item").all_inner_texts()
    assert [item.split("\n") for item in items] == [[name, "1,000"] for name in CLASSES]
    expect(plot(page)).to_have_attribute("aria-busy", "false")
    assert "z1 across and z2 upwards" in plot(page).get_attribute("aria-label")


def test_hovering_shows_the_picture_what_came_back_and_what_it_is(page):
    left, top = place_of(page, *ALONE[1])
    page.mouse.move(left - 6, top + 5)
    expect(card(page)).to_be_visible()
    expect(card(page).locator("[data-part=title]")).to_have_text("tall")
    expect(card(page).locator("[data-part=details]")).to_have_text("training picture 1,001")
    page.wait_for_function("happened.some((one) => one.name === 'hovered' && one.loaded)")
    first = events(page, "hovered")[0]
    assert first["row"] == 1 and first["milliseconds"] >= 0
    assert grey_in_card(page, "first") == grey_of(1, "picture")
    assert grey_in_card(page, "second") == grey_of(1, "reconstruction")
    assert card(page).locator("figcaption").all_inner_texts() == ["original", "decoded"]
    box = card(page).bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 1440
    assert not box["x"] <= left - 6 <= box["x"] + box["width"]
    ring = page.locator(".ring").bounding_box()
    assert ring["x"] + ring["width"] / 2 == pytest.approx(left, abs=1)
    assert ring["y"] + ring["height"] / 2 == pytest.approx(top, abs=1)
    page.mouse.move(*place_of(page, 8, 4))
    expect(card(page)).to_have_count(0)
    expect(page.locator(".ring")).to_be_hidden()


def test_without_originals_the_card_says_so(open_map):
    page = open_map("reconstructed=1")
    page.mouse.move(*place_of(page, *ALONE[0]))
    expect(card(page).locator("figcaption").first).to_have_text("reconstruction")
    expect(card(page).get_by_text("The original is not on this machine.")).to_be_visible()
    expect(card(page).locator("[data-part=second]")).to_be_hidden()
    expect(card(page).locator("[data-part=title]")).to_have_text(CLASSES[0])
    assert page.locator("b", has_text="round").count() <= 1


def test_a_click_picks_once_and_a_ring_stays(page):
    left, top = place_of(page, *ALONE[2])
    page.mouse.click(left + 3, top - 3)
    assert wait_for_log(page, 1) == [["pick", 2]]
    wait_for_opacity(page, "overlay", (left + 8.3, top), lambda opacity: opacity > 0)
    page.get_by_text("Turned").click()
    wait_for(page, "settled")
    page.get_by_text("Turned").click()
    wait_for(page, "settled", 2)
    assert whole_log(page) == [["pick", 2]]
    page.mouse.click(*place_of(page, 8, 4))
    page.mouse.click(*place_of(page, *ALONE[0]))
    assert wait_for_log(page, 2) == [["pick", 2], ["pick", 0]]


def test_a_lasso_sends_the_outline_whose_points_are_those_inside(page):
    page.get_by_role("button", name="Lasso").click()
    # A star that crosses itself: its middle is outside.
    star = [(-4 + 2.4 * np.cos(t), 1 + 2.4 * np.sin(t)) for t in np.pi / 2 + 0.8 * np.pi * np.arange(5)]
    draw_round(page, [place_of(page, *corner) for corner in star])
    [[kind, polygon, hidden]] = wait_for_log(page, 1)
    assert (kind, hidden) == ("selection", [])
    assert 3 <= len(polygon) <= 200
    places = map_points().z_mean
    rows = rows_inside(places, np.array(polygon))
    assert 50 < len(rows) < 900
    # The mouse moves in whole pixels: points on the very line may differ.
    assert len({*rows} ^ {*rows_inside(places, np.array(star))}) <= 20
    [counted] = wait_for(page, "counted")
    assert abs(counted["points"] - len(rows)) <= 1
    expect(page.locator(".selection .count")).to_have_text(f"{counted['points']:,} points selected")
    assert page.locator(".shares li").first.inner_text().startswith(CLASSES[0])
    # What is not selected becomes pale.
    wait_for_opacity(page, "points", place_of(page, *ALONE[1]), lambda opacity: opacity < 60)
    page.get_by_role("button", name="Clear").click()
    assert wait_for_log(page, 2)[1] == ["cleared"]
    expect(page.locator(".selection .count")).to_contain_text("Choose Box or Lasso")


def test_a_box_leaves_out_what_is_filtered_away(page):
    page.get_by_role("button", name=f"{CLASSES[1]}: 1,000 points").click()
    page.get_by_role("button", name="Box", exact=True).click()
    page.mouse.move(*place_of(page, -9.5, -6))
    page.mouse.down()
    page.mouse.move(*place_of(page, 9.5, 5), steps=5)
    page.mouse.up()
    [[kind, polygon, hidden]] = wait_for_log(page, 1)
    assert (kind, hidden) == ("selection", [1])
    assert len(polygon) == 4
    [counted] = wait_for(page, "counted")
    assert counted["points"] == 2 * 999
    assert sorted(page.locator(".shares .name").all_inner_texts()) == sorted([CLASSES[0], CLASSES[2]])
    page.mouse.move(*place_of(page, 7, 3))
    page.mouse.down()
    page.mouse.move(*place_of(page, 9, 5), steps=3)
    page.mouse.up()
    assert wait_for_log(page, 2)[1] == ["cleared"]
    expect(page.locator(".selection .count")).to_contain_text("Nothing is selected")


def test_a_group_stands_out_until_something_else_is_selected(page):
    page.get_by_text("Group").click()
    expect(page.locator(".selection .count")).to_have_text("7 points selected")
    page.get_by_text("Group").click()
    expect(page.locator(".selection .count")).to_contain_text("Choose Box or Lasso")
    assert whole_log(page) == []


# An answer that has been taken makes the map idle again.
COUNT_ANSWERS = """plot => new MutationObserver(
    () => plot.getAttribute("aria-busy") === "false" && window.answers++
).observe(plot, { attributeFilter: ["aria-busy"] })"""


def test_an_answer_that_is_older_than_what_was_done_changes_nothing(open_map):
    """The page rings what was picked and shows what was selected, each a run late."""
    page = open_map("follow=1")
    plot(page).evaluate(COUNT_ANSWERS)
    for count, row in enumerate((0, 1), start=1):
        rest(page)
        page.evaluate("window.answers = 0")
        page.mouse.click(*place_of(page, *ALONE[row]))
        assert wait_for_log(page, count)[-1] == ["pick", row]
    page.wait_for_function("answers > 0")
    rest(page)
    rings = [
        pixel(page, "overlay", place_of(page, *ALONE[row])[0] + 8.3, place_of(page, *ALONE[row])[1])
        for row in (0, 1)
    ]
    assert [ring[3] > 0 for ring in rings] == [False, True]
    page.get_by_role("button", name="Box", exact=True).click()
    for count, (x, y) in enumerate(((-4, 1), (4, 1)), start=3):
        rest(page)
        page.evaluate("window.answers = 0")
        page.mouse.move(*place_of(page, x - 2, y - 2))
        page.mouse.down()
        page.mouse.move(*place_of(page, x + 2, y + 2), steps=3)
        page.mouse.up()
        wait_for_log(page, count)
    page.wait_for_function("answers > 0")
    rest(page)
    assert page.locator(".shares .name").all_inner_texts() == [CLASSES[2]]
    page.get_by_text("Turned").click()
    wait_for(page, "settled", 2)
    assert page.locator(".shares .name").all_inner_texts() == [CLASSES[2]]


def test_the_legend_takes_classes_away_and_leaves_one_alone(page):
    items = [page.get_by_role("button", name=f"{name}: 1,000 points") for name in CLASSES]

    def shows(*wanted):
        for item, is_shown in zip(items, wanted, strict=True):
            expect(item).to_have_attribute("aria-pressed", is_shown)

    place = place_of(page, *ALONE[0])
    items[0].click()
    shows("false", "true", "true")
    wait_for_drawn(page, "n === 2000")
    assert pixel(page, "points", *place)[3] == 0
    move_mouse(page, *place)
    rest(page)
    assert card(page).count() == 0
    items[0].click()
    shows("true", "true", "true")
    items[2].dblclick()
    shows("false", "false", "true")
    items[1].click(modifiers=["Alt"])
    shows("false", "true", "false")
    page.get_by_role("button", name="Show all").click()
    shows("true", "true", "true")
    items[0].focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=f"Only {CLASSES[0]}")).to_be_focused()
    page.keyboard.press("Enter")
    shows("true", "false", "false")
    page.keyboard.press("Enter")
    shows("true", "true", "true")


def test_coming_near_turns_points_into_pictures(page):
    place = place_of(page, *ALONE[1])
    page.mouse.move(*place)
    for _ in range(10):
        page.mouse.wheel(0, -120)
    # The point under the mouse stays there while the map grows around it.
    wait_for_drawn(page, "n < 400")
    grey = [grey_of(1, "picture")] * 3
    eventually(page, lambda: pixel(page, "overlay", *place)[:3], grey)
    choose(page, "Pictures when near")
    eventually(page, lambda: pixel(page, "overlay", *place)[:3] != grey)
    wait_for_colour(page, "points", place, class_colour(1))
    choose(page, "Pictures when near")
    page.get_by_role("button", name="Fit").click()
    wait_for_drawn(page, "n === 3000")
    wait_for_colour(page, "points", place, class_colour(1))


def test_the_wheel_scrolls_on_when_the_map_comes_under_it(page):
    wheel = {"type": "mouseWheel", "deltaX": 0}
    (x, y), outside = place_of(page, 0, 0), {"x": 600, "y": 40}
    page.mouse.move(600, 40)
    forget(page)
    page.evaluate("wheels.length = 0")
    turns = [{**wheel, **outside, "deltaY": 60}, {**wheel, "x": x, "y": y, "deltaY": -60}]
    in_quick_succession(page, turns)
    page.wait_for_function("wheels.length === 2")
    rest(page)
    assert page.evaluate("wheels") == [False, False]
    assert all(drawn["points"] == 3_000 for drawn in events(page, "drawn"))


def test_a_drag_moves_the_map_and_a_double_click_comes_nearer(page):
    start = place_of(page, *ALONE[2])
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + 90, start[1] + 60, steps=5)
    page.mouse.up()
    wait_for_colour(page, "points", (start[0] + 90, start[1] + 60), class_colour(2))
    page.keyboard.press("0")
    wait_for_colour(page, "points", start, class_colour(2))
    assert whole_log(page) == []
    rest(page)
    forget(page)
    double_click(page, *place_of(page, -4, 1))
    page.wait_for_function("happened.some((one) => one.name === 'drawn' && one.points < 2500)")


def test_keys_look_pick_zoom_and_select(page):
    box = plot(page).bounding_box()
    plot(page).focus()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    goal = place_of(page, *ALONE[2])
    for key, pixels in (("ArrowRight", goal[0] - middle[0]), ("ArrowDown", goal[1] - middle[1])):
        key = key if pixels > 0 else {"ArrowRight": "ArrowLeft", "ArrowDown": "ArrowUp"}[key]
        for _ in range(int(abs(pixels) // 50)):
            page.keyboard.press(f"Shift+{key}")
        for _ in range(round(abs(pixels) % 50 / 10)):
            page.keyboard.press(key)
    near_goal = pytest.approx(goal[0], abs=6)
    eventually(page, lambda: page.locator(".crosshair").bounding_box()["x"], near_goal)
    expect(card(page).locator("[data-part=title]")).to_have_text("wide")
    expect(page.locator("[data-part=spoken]")).to_have_text("wide, test picture 1,002")
    page.keyboard.press("Enter")
    assert wait_for_log(page, 1) == [["pick", 2]]
    for key in ("ArrowLeft", "ArrowLeft", "ArrowUp", "ArrowUp", "b"):
        page.keyboard.press(key)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("b")
    entries = wait_for_log(page, 2)
    assert rows_inside(map_points().z_mean, np.array(entries[1][1])).tolist() == [2]
    expect(page.locator(".selection .count")).to_have_text("1 point selected")
    page.keyboard.press("Escape")
    assert wait_for_log(page, 3)[2] == ["cleared"]
    page.keyboard.press("Escape")
    expect(card(page)).to_have_count(0)
    expect(page.locator(".crosshair")).to_be_hidden()
    forget(page)
    for _ in range(5):
        page.keyboard.press("+")
    page.wait_for_function("happened.some((one) => one.name === 'drawn' && one.points < 1500)")
    page.keyboard.press("Home")
    wait_for_drawn(page, "n === 3000")


# From here on the page's clock goes by frames, 40 ms each: what lasts 520 ms takes 13 of them everywhere.
CLOCK_OF_FRAMES = """() => {
  let now = performance.now();
  performance.now = () => now;
  requestAnimationFrame(function tick() {
    now += 40;
    requestAnimationFrame(tick);
  });
}"""


def test_another_colour_fetches_only_values_and_another_place_only_points(open_map):
    page = open_map()
    fetched = []
    page.on("request", lambda request: "/lab/shelf/" in request.url and fetched.append(request.url))
    rest(page)
    forget(page)
    page.get_by_text("Numbers").click()
    [shown] = wait_for(page, "shown")
    assert shown["column"] == "Size"
    assert eventually(page, lambda: len(fetched)) == 1
    expect(page.locator(".legend .ramp")).to_be_visible()
    expect(page.locator(".legend .note").first).to_have_text("300 without a value, in grey")
    page.mouse.move(*place_of(page, *ALONE[1]))
    expect(card(page).locator("[data-part=details]")).to_contain_text("Size: 1")
    rest(page)
    forget(page)
    page.evaluate(CLOCK_OF_FRAMES)
    page.get_by_text("Turned").click()
    wait_for(page, "settled")
    eventually(page, lambda: len(fetched), 2)
    frames = events(page, "drawn")
    assert len(frames) > 3
    forget(page)
    page.get_by_text("Turned").click()
    wait_for(page, "settled")
    wait_for_opacity(page, "points", place_of(page, *ALONE[1]), lambda opacity: opacity > 200)
    assert len(fetched) == 2


def test_with_reduced_motion_points_are_there_at_once(open_map):
    page = open_map(**DESK, reduced_motion="reduce")
    rest(page)
    forget(page)
    page.get_by_text("Turned").click()
    wait_for(page, "settled")
    assert len(events(page, "drawn")) <= 2


def test_seventy_thousand_points(open_map):
    page = open_map("n=70000")
    assert events(page, "shown")[0]["points"] == 70_000
    page.get_by_role("button", name="Box", exact=True).click()
    page.mouse.move(*place_of(page, -2, -0.5, 70_000))
    page.mouse.down()
    page.mouse.move(*place_of(page, 2, -5.5, 70_000), steps=4)
    page.mouse.up()
    [[_, polygon, _]] = wait_for_log(page, 1)
    places = map_points(70_000).z_mean
    low, high = np.min(polygon, axis=0), np.max(polygon, axis=0)
    inside = ((places > low) & (places < high)).all(axis=1).sum()
    [counted] = wait_for(page, "counted")
    # Places travel in 65,535 steps: a few on the very edge may differ.
    assert abs(counted["points"] - inside) <= 3


def test_contours_histograms_and_the_plane_can_be_laid_over(open_map):
    page = open_map("plane=1&marks=1")
    wide = plot(page).bounding_box()["width"]
    choose(page, "Contours")
    choose(page, "Decoded plane")
    choose(page, "Histograms")
    eventually(page, lambda: plot(page).bounding_box()["width"] < wide)
    sides = page.locator("canvas.side")
    eventually(page, lambda: all(count_drawn(sides.nth(i)) > 500 for i in range(2)))
    eventually(page, lambda: count_drawn(page.locator("canvas[data-part=overlay]"), 60) > 1_000)

    expect(page.locator("img.backdrop")).to_be_visible()

    def is_in_place():
        backdrop = page.locator("img.backdrop").bounding_box()
        scale = backdrop["width"] / 20
        assert backdrop["height"] == pytest.approx(8 * scale, rel=0.01)
        left, top = place_of(page, -10, 4)
        assert (backdrop["x"], backdrop["y"]) == pytest.approx((left, top), abs=1.5)
        return True

    eventually(page, is_in_place)


def test_files_hold_what_is_seen(open_map):
    page = open_map("marks=1")
    page.get_by_role("button", name=f"{CLASSES[0]}: 1,000 points").click()
    wait_for_drawn(page, "n === 2000")
    files = {}
    for label in ("Picture (PNG)", "Drawing (SVG)"):
        page.get_by_role("button", name="Save", exact=True).click()
        with page.expect_download() as download:
            page.get_by_text(label).click()
        files[download.value.suggested_filename.rpartition(".")[2]] = download.value.path().read_bytes()
    box = plot(page).bounding_box()
    picture = np.asarray(Image.open(io.BytesIO(files["png"])).convert("RGB"))
    assert picture.shape[:2] == (2 * box["height"], 2 * box["width"])
    left, top = place_of(page, *ALONE[1])
    assert is_near(picture[round(2 * (top - box["y"])), round(2 * (left - box["x"]))], class_colour(1), 30)
    root = ET.fromstring(files["svg"])
    circles = root.findall(".//{http://www.w3.org/2000/svg}circle")
    # 2,000 points, two entries of the legend and the mark of where one is.
    assert 2_000 <= len(circles) <= 2_006
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert any(text.startswith("tall") for text in texts)
    assert "you" in texts
    assert not any(CLASSES[0] in text for text in texts)


def touch(session, kind, *places):
    session.send(
        "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in places]}
    )


def test_fingers_tap_pan_and_pinch_on_a_phone(open_map):
    page = open_map(**PHONE)
    rest(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = plot(page).bounding_box()
    assert box["x"] >= 8 and box["x"] + box["width"] <= 382
    assert box["height"] <= 0.6 * 844
    left, top = place_of(page, *ALONE[2])
    page.touchscreen.tap(left, top)
    assert wait_for_log(page, 1) == [["pick", 2]]
    expect(card(page)).to_be_visible()
    shown = card(page).bounding_box()
    assert shown["x"] >= 0 and shown["x"] + shown["width"] <= 390
    assert shown["y"] >= top
    session = page.context.new_cdp_session(page)
    scrolled = page.evaluate("document.querySelector('.stMain').scrollTop")
    forget(page)
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    touch(session, "touchStart", (middle[0] - 20, middle[1]), (middle[0] + 20, middle[1]))
    for step in range(1, 9):
        away = 20 + 15 * step
        touch(session, "touchMove", (middle[0] - away, middle[1]), (middle[0] + away, middle[1]))
    touch(session, "touchEnd")
    page.wait_for_function("happened.some((one) => one.name === 'drawn' && one.points < 1800)")
    page.get_by_role("button", name="Fit").tap()
    wait_for_drawn(page, "n === 3000")
    rest(page)
    touch(session, "touchStart", (left, top))
    for step in range(1, 9):
        touch(session, "touchMove", (left, top + 10 * step))
    touch(session, "touchEnd")
    wait_for_colour(page, "points", (left, top + 80), class_colour(2), 30)
    rest(page)
    assert page.evaluate("document.querySelector('.stMain').scrollTop") == scrolled
    assert whole_log(page) == [["pick", 2]]


def test_dark_and_light_draw_in_their_own_colours(open_map):
    page = open_map("marks=1", **DESK, color_scheme="dark")
    left, top = place_of(page, 0, 4)
    wait_for_colour(page, "overlay", (left, top), "#a394ff")
    page.emulate_media(color_scheme="light")
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('.stApp')).backgroundColor === 'rgb(251, 250, 247)'"
    )
    wait_for_colour(page, "overlay", (left, top), "#5a43d6")


def test_points_that_cannot_be_fetched_are_said_in_words(chromium, map_server):
    with watched_page(chromium, map_server, "/_stcore/health") as page:
        page.route("**/lab/shelf/**", lambda route: route.fulfill(status=404, body="gone"))
        page.goto(map_server.url)
        expect(page.locator(".plot .status")).to_have_text(re.compile("could not be loaded"))
        expect(page.locator(".plot")).to_have_attribute("aria-busy", "false")


def test_a_map_without_points_says_so(open_map):
    page = open_map("n=0")
    expect(page.locator(".plot .status")).to_have_text("There are no points to show.")
    page.mouse.click(*place_of_middle(page))
    page.get_by_role("button", name="Lasso").click()
    x, y = place_of_middle(page)
    draw_round(page, [(x, y), (x + 60, y), (x, y + 60)])
    expect(page.locator(".selection .count")).to_contain_text("Nothing is selected")
    assert whole_log(page) == []


def place_of_middle(page):
    box = plot(page).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
