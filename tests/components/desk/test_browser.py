"""The mixing desk as a person uses it: mouse, keys, finger; one concept or many, one picture or many."""

import json
import re
from contextlib import ExitStack

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.support.components import component_server, fresh_visit, module_url, watched_page
from tests.support.hands import along, double_click, keys_at_once, slow_glides, wait_for_glide
from tests.support.patience import at_rest, eventually, silence
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes

BODY = """
import json
import numpy as np
import ui.server.model_routes
from ui.components.desk.view import Fader, Kept, desk_view
from vae_core import load_model
st.set_page_config(layout="wide")
asked = st.query_params
own = vars(ui.server.model_routes).setdefault("own_weights_urls", ui.server.model_routes.weights_urls)
ui.server.model_routes.weights_urls = lambda model: None if "remote" in st.query_params else own(model)
name, pictures, count = asked.get("model", "faces-16d"), int(asked.get("n", 4)), int(asked.get("k", 3))
model = load_model(name)
first = 40 if st.toggle("Others") else 0
codes = model.latents.z_mean[first:first + pictures]
directions = np.random.default_rng(3).normal(size=(8, model.latent_dim)).astype(np.float32) / 3
names = ["smile <b>x</b>", "tilt"]
names += ["A concept with a name that is far too long for the place that it has on a phone"]
names += [f"concept {number}" for number in range(4, 9)]
ends = [(-1.0, 2.0), (-5.0, 5.0), (-2.5, 1.5)] * 3
log = st.session_state.setdefault("log", [])
where = st.session_state.setdefault("where", [0.0, 0])
if st.button("Send them away"):
    where[:] = [1.5, where[1] + 1]
faders = [Fader(names[k], directions[k], where[0], ends[k], "#3a9c94" if k else None) for k in range(count)]
labels = [f"Picture {first + row} <b>bold</b>" for row in range(pictures)]
event = desk_view("desk", model, codes, labels, faders, move=where[1])
if event:
    log.append([getattr(event, "index", None), list(event.strengths)])
mark = ((st.session_state.get("desk") or {}).get("released") or {}).get("mark", "")
again = st.session_state["again"] = st.session_state.get("again", 0) + st.button("Again")
st.html(f'<p class="log">{json.dumps(log)}</p><p class="mark">{len(mark)}</p><p class="again">{again}</p>')
"""
NAMES = [
    "smile <b>x</b>",
    "tilt",
    "A concept with a name that is far too long for the place that it has on a phone",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PIXELS = """canvas => [Array.from(
  canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data), canvas.width]"""


@pytest.fixture(scope="module")
def desk_server(tmp_path_factory):
    running = component_server(tmp_path_factory.mktemp("desk"), BODY)
    yield running
    running.stop()


@pytest.fixture
def page(window, desk_server):
    with fresh_visit(window, desk_server.url) as page:
        ready(page)
        yield page


def ready(page):
    """The desk, once all of its pictures are there and all that is above it, which would move it."""
    desk = page.get_by_role("region", name="Mixing desk")
    # When the decoder arrives, all pictures are drawn anew.
    page.locator(".status[data-place='browser'], .status[data-place='server']").wait_for()
    expect(desk).to_have_attribute("data-pictures", "whole")
    expect(page.get_by_role("switch")).to_have_count(1)
    page.get_by_role("button", name="Again").wait_for()
    at_rest(page)
    return desk


@pytest.fixture
def opened(window, desk_server):
    """Opens the desk of a query in the window of all tests, once: ``opened(model="faces-16d")``."""
    with ExitStack() as stack:

        def open_desk(**query):
            address = desk_server.url + asked(**query)
            page = stack.enter_context(fresh_visit(window, address))
            ready(page)
            return page

        yield open_desk


def asked(**query):
    return "/?" + "&".join(f"{key}={value}" for key, value in query.items())


def run_again(page):
    """Runs the page once more, waits until it has been answered, and goes back to its top."""
    before = int(page.locator(".again").inner_text())
    page.get_by_role("button", name="Again").click()
    expect(page.locator(".again")).to_have_text(str(before + 1))
    at_rest(page)
    page.evaluate("document.querySelector('.stMain').scrollTo(0, 0)")


def slider(page, name=NAMES[0]):
    return page.get_by_role("slider", name=name, exact=True)


def pixels(canvas):
    values, width = canvas.evaluate(PIXELS)
    return np.array(values).reshape(-1, width, 4)


def shown(page, *strengths, hero=0):
    """Waits until the large picture has these strengths; its pixels."""
    mark = f"{hero}:" + ",".join(f"{strength:g}" for strength in strengths)
    expect(page.locator("[data-part=desk]")).to_have_attribute("data-drawn", mark)
    return pixels(page.locator("[data-part=canvas]"))


def still(page, place):
    """One of the stills of a strip or a gallery, once it is there."""
    canvas = place.locator("canvas")
    expect(page.locator("[data-part=desk]")).to_have_attribute("data-pictures", "whole")
    return pixels(canvas)


def decoded(row, *strengths, model="faces-16d"):
    loaded = load_model(model)
    generator = np.random.default_rng(3)
    directions = generator.normal(size=(8, loaded.latent_dim)).astype(np.float32) / 3
    z = loaded.latents.z_mean[row] + np.asarray(strengths, np.float64) @ directions[: len(strengths)]
    return rounded_bytes(loaded.decode([z]))[0].astype(int)


def assert_same(picture, expected):
    assert picture.shape[:2] == expected.shape[:2]
    assert np.abs(picture[..., : expected.shape[-1]] - expected).max() <= 1


def log(page, *events):
    """Waits until Python has been sent these events (index or None, strengths) and no others."""
    said = [[index, [float(strength) for strength in strengths]] for index, strengths in events]
    expect(page.locator(".log")).to_have_text(json.dumps(said))


def last(page, *strengths):
    """Waits until these strengths are the last that Python has been sent."""
    said = json.dumps([None, [float(strength) for strength in strengths]])
    expect(page.locator(".log")).to_have_text(re.compile(re.escape(said + "]") + "$"))


def said(page):
    """What Python has been sent so far."""
    return json.loads(page.locator(".log").inner_text())


def at(page, share, name=NAMES[0]):
    """Where a share of a slider is on the screen."""
    box = slider(page, name).bounding_box()
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def gallery(page, row):
    return page.get_by_role("button", name=f"Picture {row} <b>bold</b>", exact=True)


@pytest.mark.parametrize("model", ["faces-16d", "mnist-16d"])
def test_keys_change_the_picture_exactly(opened, model):
    page = opened(model=model)
    assert_same(shown(page, 0, 0, 0), decoded(0, 0, 0, 0, model=model))
    slider(page).focus()
    for key in ("PageUp", "ArrowRight", "ArrowUp", "Shift+ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    assert_same(shown(page, 1.6, 0, 0), decoded(0, 1.6, 0, 0, model=model))
    last(page, 1.6, 0, 0)
    slider(page, "tilt").focus()
    for key in ("PageDown", "PageDown", "ArrowDown"):
        page.keyboard.press(key)
    assert_same(shown(page, 1.6, -2.1, 0), decoded(0, 1.6, -2.1, 0, model=model))
    last(page, 1.6, -2.1, 0)
    expect(slider(page, "tilt")).to_have_attribute("aria-valuenow", "-2.1")
    expect(slider(page, "tilt")).to_have_attribute("aria-valuetext", "−2.1")
    page.keyboard.press("PageDown")
    page.keyboard.press("PageDown")
    shown(page, 1.6, -3, 0)
    page.keyboard.press("Home")
    shown(page, 1.6, 0, 0)
    page.keyboard.press("Control+ArrowRight")
    last(page, 1.6, 0, 0)
    shown(page, 1.6, 0, 0)
    # Beside it stands what it was.
    assert_same(still(page, page.locator(".was")), decoded(0, 0, 0, 0, model=model))


def test_a_drag_decodes_at_every_frame_and_sends_one_message_when_it_is_let_go(chromium, desk_server):
    with watched_page(chromium, desk_server, "/_stcore/health") as page:
        messages = []
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: messages.append(frame)))
        page.on("request", lambda request: messages.append(request.url))
        page.goto(desk_server.url)
        ready(page)
        run_again(page)
        silence(page, messages)
        page.evaluate("""() => { window.took = [];
            addEventListener("decoded", (event) => took.push(event.detail.milliseconds)); }""")
        before = len(messages)
        page.mouse.move(*at(page, 0.5))
        page.mouse.down()
        along(page, [at(page, 0.5 + 0.03 * step) for step in range(1, 11)], "took")
        expect(slider(page)).to_have_attribute("data-held", "")
        took = page.evaluate("took")
        assert len(took) >= 10
        assert all(milliseconds >= 0 for milliseconds in took)
        page.wait_for_timeout(900)
        assert len(messages) == before
        log(page)
        page.mouse.up()
        expect(page.locator(".log")).to_have_text(re.compile(r"^\[\[null, \[1\.\d+, 0\.0, 0\.0\]\]\]$"))
        strength = said(page)[0][1][0]
        assert strength == pytest.approx(1.8, abs=0.03)
        assert_same(shown(page, strength, 0, 0), decoded(0, strength, 0, 0))
        run_again(page)
        log(page, (None, (strength, 0, 0)))


def test_the_gallery_follows_and_is_exact_at_rest(page):
    page.mouse.move(*at(page, 0.5))
    page.mouse.down()
    page.mouse.move(*at(page, 0.25), steps=8)
    page.mouse.up()
    # Every concept counts in every picture.
    slider(page, "tilt").press("PageUp")
    log_text = page.locator(".log")
    expect(log_text).to_have_text(re.compile(r"1\.0, 0\.0\]\]\]$"))
    strengths = json.loads(log_text.inner_text())[-1][1]
    shown(page, *strengths)
    for row in range(4):
        assert_same(still(page, gallery(page, row)), decoded(row, *strengths))
    assert strengths[0] == pytest.approx(-1.5, abs=0.03)


def test_the_others_change_while_a_slider_is_held(chromium, desk_server):
    # With a clock of the test's own no motion ends by itself, and every frame has time.
    with watched_page(chromium, desk_server, asked(model="digits-2d")) as page:
        ready(page)
        page.clock.install(time=0)
        page.clock.pause_at(1_000)
        page.mouse.move(*at(page, 0.5))
        page.mouse.down()
        page.evaluate("""() => { window.marks = new Set(); window.drawn = new Set();
            const desk = [...document.querySelectorAll("*")].map((one) => one.shadowRoot).find(
                (root) => root?.querySelector("[data-part=gallery]"));
            addEventListener("decoded", () => {
              drawn.add(desk.querySelector("[data-part=desk]").dataset.drawn);
              marks.add(desk.querySelector("[data-part=gallery] button:last-child canvas").dataset.drawn);
            }); }""")
        for step in range(1, 11):
            page.mouse.move(*at(page, 0.5 + 0.04 * step))
            page.clock.run_for(50)
        followed, drawn = page.evaluate("[marks.size, drawn.size]")
        assert 3 <= followed <= drawn
        page.clock.resume()
        page.mouse.up()
        canvas = gallery(page, 3).locator("canvas")
        expect(canvas).to_have_attribute("data-drawn", re.compile(r"^3:2\.\d+,0,0$"))


def test_a_click_makes_another_picture_the_large_one_without_a_message(page):
    slider(page).press("PageUp")
    log(page, (None, (1, 0, 0)))
    gallery(page, 2).click()
    assert_same(shown(page, 1, 0, 0, hero=2), decoded(2, 1, 0, 0))
    still(page, gallery(page, 0))
    assert_same(pixels(page.locator("[data-part=before]")), decoded(2, 0, 0, 0))
    expect(gallery(page, 2)).to_have_attribute("aria-pressed", "true")
    expect(gallery(page, 0)).to_have_attribute("aria-pressed", "false")
    run_again(page)
    page.wait_for_timeout(200)
    shown(page, 1, 0, 0, hero=2)
    log(page, (None, (1, 0, 0)))
    # What is known of the first picture is not said of this one.
    expect(page.locator(".words")).to_have_text(
        "Where the data end is known for the first picture only, Picture 0 <b>bold</b>."
    )
    expect(page.locator(".beyond").first).to_be_hidden()
    page.keyboard.press("Tab")
    gallery(page, 2).focus()
    page.keyboard.press("ArrowRight")
    expect(gallery(page, 3)).to_be_focused()
    page.keyboard.press("Enter")
    shown(page, 1, 0, 0, hero=3)
    page.get_by_role("button", name="Go there").click()
    log(page, (None, (1, 0, 0)), (3, (1, 0, 0)))


def test_go_there_tells_of_a_motion_by_keys_and_of_itself(page):
    # Both in one turn: between two calls a slow machine has the time to send the motion by itself.
    go = page.get_by_role("button", name="Go there").element_handle()
    slider(page).evaluate(
        """(slider, go) => {
            slider.dispatchEvent(new KeyboardEvent("keydown", { key: "PageUp", bubbles: true }));
            go.click();
        }""",
        go,
    )
    expect(page.locator(".log")).to_have_text(re.compile(r"\[0, \[1\.0, 0\.0, 0\.0\]\]"))
    # Of both in the same moment the other comes with the next run.
    run_again(page)
    both = [[0, [1, 0, 0]], [None, [1, 0, 0]]]
    eventually(page, lambda: sorted(said(page), key=str), both)
    run_again(page)
    assert sorted(said(page), key=str) == both


def test_reset_and_a_double_click(page):
    for name in NAMES:
        slider(page, name).press("PageUp")
    shown(page, 1, 1, 1)
    last(page, 1, 1, 1)
    double_click(page, *at(page, 0.9, "tilt"))
    shown(page, 1, 0, 1)
    page.get_by_role("button", name="Reset all").click()
    assert_same(shown(page, 0, 0, 0), decoded(0, 0, 0, 0))
    last(page, 0, 0, 0)
    expect(page.locator(".number")).to_have_text(["0.0"] * 3)


def test_near_the_notch_is_nought(page):
    page.mouse.move(*at(page, 0.9))
    page.mouse.down()
    shown(page, 2.4, 0, 0)
    page.mouse.move(*at(page, 0.506), steps=4)
    page.mouse.up()
    shown(page, 0, 0, 0)


def test_outside_the_data_the_page_says_so(page):
    words, live = page.locator(".words"), page.locator("[data-part=live]")
    expect(words).to_have_text("")
    # What the desk would say aloud stands in the name of the picture as well.
    told = page.locator("[data-part=canvas]")
    expect(told).to_have_attribute("aria-label", "Decoded picture: Picture 0 <b>bold</b>: as it was.")
    slider(page).press("PageUp")
    slider(page).press("PageUp")
    expect(slider(page)).to_have_attribute("aria-valuenow", "2")
    expect(words).to_have_text("")
    slider(page).press("ArrowRight")
    expect(words).to_have_text("Beyond the data on smile <b>x</b>: the picture is a guess.")
    expect(slider(page)).to_have_attribute("aria-valuetext", "+2.1, beyond the data")
    for _ in range(3):
        slider(page, "tilt").press("PageUp")
        slider(page, NAMES[2]).press("PageDown")
    expect(words).to_have_text(f"Beyond the data on smile <b>x</b> and {NAMES[2]}: the picture is a guess.")
    # A slider speaks for itself; aloud is only what stays.
    final = re.compile(r"tilt \+3\.0, A concept .* −3\.0\. Beyond the data")
    expect(told).to_have_attribute("aria-label", final)
    expect(live).to_have_text("")
    page.get_by_role("button", name="Reset all").click()
    expect(live).to_have_text("Picture 0 <b>bold</b>: as it was.")
    expect(words).to_have_text("")
    expect(page.locator(".words b, .name b, .title b, .cell b")).to_have_count(0)


def test_the_track_shows_where_the_data_end(page):
    boxes = {
        part: page.locator(f".fader:first-child .{part}").bounding_box() for part in ("track", "low", "high")
    }
    track = boxes["track"]
    ends = [boxes["low"]["x"] + boxes["low"]["width"], boxes["high"]["x"]]
    assert [(end - track["x"]) / track["width"] for end in ends] == pytest.approx([2 / 6, 5 / 6], abs=0.002)
    expect(page.locator(".fader:nth-child(2) .low")).to_be_hidden()
    expect(page.locator(".fader:nth-child(2) .high")).to_be_hidden()


def test_one_concept_has_a_strip_that_leads_to_its_strengths(opened):
    page = opened(model="mnist-16d", n=1, k=1)
    strip = page.get_by_role("group", name="The picture at seven strengths")
    buttons = strip.get_by_role("button")
    expect(buttons).to_have_text(["−3", "−2", "−1", "0", "+1", "+2", "+3"])
    track = slider(page).bounding_box()
    for place, button in zip(range(-3, 4), buttons.all(), strict=True):
        assert_same(still(page, button), decoded(0, place, model="mnist-16d"))
        box = button.bounding_box()
        middle = track["x"] + (place + 3) / 6 * track["width"]
        assert box["x"] + box["width"] / 2 == pytest.approx(middle, abs=1)
    page.get_by_role("button", name=f"{NAMES[0]} −2").click()
    assert_same(shown(page, -2), decoded(0, -2, model="mnist-16d"))
    log(page, (None, (-2,)))
    expect(slider(page)).to_have_attribute("aria-valuenow", "-2")
    expect(page.locator(".gallery")).to_be_hidden()


def test_python_moves_the_sliders_and_other_pictures_start_at_its_values(page):
    slider(page).press("PageDown")
    log(page, (None, (-1, 0, 0)))
    page.get_by_role("button", name="Send them away").click()
    assert_same(shown(page, 1.5, 1.5, 1.5), decoded(0, 1.5, 1.5, 1.5))
    # What was moved by hand stays through other runs.
    slider(page).press("PageDown")
    log(page, (None, (-1, 0, 0)), (None, (0.5, 1.5, 1.5)))
    run_again(page)
    page.wait_for_timeout(200)
    shown(page, 0.5, 1.5, 1.5)
    page.get_by_text("Others").click()
    expect(page.locator(".title")).to_have_text("Picture 40 <b>bold</b>")
    assert_same(shown(page, 1.5, 1.5, 1.5), decoded(40, 1.5, 1.5, 1.5))
    assert_same(still(page, gallery(page, 43)), decoded(43, 1.5, 1.5, 1.5))
    assert_same(pixels(page.locator("[data-part=before]")), decoded(40, 0, 0, 0))


def test_corrupted_values_are_ignored_by_python(page):
    page.evaluate("crypto.randomUUID = () => 'x'.repeat(1000)")
    slider(page).press("PageUp")
    expect(page.locator(".mark")).to_have_text("1000")
    run_again(page)
    log(page)
    page.evaluate("delete crypto.randomUUID")
    slider(page).press("PageUp")
    log(page, (None, (2, 0, 0)))


def test_a_decoder_that_cannot_travel_is_asked_on_the_server(opened):
    page = opened(remote=1, model="mnist-16d")
    page.locator(".status[data-place=server]").wait_for()
    slider(page).press("PageUp")
    assert_same(shown(page, 1, 0, 0), decoded(0, 1, 0, 0, model="mnist-16d"))
    for row in range(4):
        assert_same(still(page, gallery(page, row)), decoded(row, 1, 0, 0, model="mnist-16d"))


def test_a_swipe_along_a_slider_moves_it_and_one_across_scrolls(chromium, desk_server):
    with watched_page(chromium, desk_server, asked(n=24, k=8), **PHONE) as page:
        ready(page)
        hero = page.locator("[data-part=canvas]").bounding_box()
        assert hero["y"] + hero["height"] < slider(page).bounding_box()["y"]
        assert slider(page).bounding_box()["width"] >= 320
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        sides = page.locator(".desk *").evaluate_all(
            "all => all.filter((one) => !one.closest('.mirror, .unseen')).map("
            "(one) => one.getBoundingClientRect().right)"
        )
        assert max(sides) <= 390 - 16 + 0.5
        session = page.context.new_cdp_session(page)

        def swipe(*places):
            across, down = at(page, 0.5)
            for number, (right, lower) in enumerate(places):
                point = {"x": across + right, "y": down + lower}
                kind = "touchMove" if number else "touchStart"
                session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
            session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

        swipe(*[(10 * step, 0) for step in range(11)])
        expect(page.locator(".log")).to_have_text(re.compile(r"^\[\[null, \[1\.\d+, 0\.0, .*\]\]\]$"))
        before = said(page)
        strength = slider(page).get_attribute("aria-valuenow")
        page.evaluate("() => addEventListener('pointercancel', () => { window.cancelled = true; }, true)")
        swipe(*[(0, -20 * step) for step in range(11)])
        page.wait_for_function("window.cancelled")
        expect(slider(page)).to_have_attribute("aria-valuenow", strength)
        page.wait_for_timeout(300)
        assert said(page) == before


def test_nothing_glides_where_motion_is_not_wanted(window, desk_server):
    with fresh_visit(window, desk_server.url, reduced_motion="reduce") as page:
        ready(page)
        page.evaluate("() => { window.count = 0; addEventListener('decoded', () => { count++; }); }")
        page.get_by_role("button", name="Send them away").click()
        shown(page, 1.5, 1.5, 1.5)
        assert page.evaluate("count") == 1


def test_keys_take_all_sliders_where_a_glide_was_to_bring_them(page):
    slow_glides(page)
    page.get_by_role("button", name="Send them away").click()
    wait_for_glide(page)
    keys_at_once(slider(page), "ArrowRight")
    log(page, (None, (1.6, 1.5, 1.5)))
    shown(page, 1.6, 1.5, 1.5)


def test_words_and_strengths(page):
    addresses = [module_url(page, "/desk/desk.js", f"/{name}.js") for name in ("desk/mix", "kit/numbers")]
    assert page.evaluate(
        """([address, numbers]) => Promise.all([import(address), import(numbers)]).then(([m, n]) => [
          [1.24, -0.04, 0, -3].map(n.signed), m.beyondWords([]), m.beyondWords(["a", "b", "c"]),
          m.isBeyond([0.5, 1], 0), m.isBeyond([0.5, 1], 0.4), m.isBeyond([-1, 1], 1),
          m.strengthLine.fromShares(-1), m.strengthLine.fromShares(0.508), m.strengthLine.fromShares(0.75),
          m.strengthLine.stepped([2.95], "ArrowRight", 1 / 60),
          m.strengthLine.stepped([0.3], "ArrowDown", 5 / 60),
          m.strengthLine.stepped([0], "x", 1 / 60) ?? null])""",
        addresses,
    ) == [
        ["+1.2", "0.0", "0.0", "−3.0"],
        "",
        "Beyond the data on a, b and c: the picture is a guess.",
        False,
        True,
        False,
        [-3],
        [0],
        [1.5],
        [3],
        [-0.2],
        None,
    ]
