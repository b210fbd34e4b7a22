"""The sheet between four pictures as a person uses it: mouse, finger, keys; large and small windows."""

import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.support.components import component_server, fresh_visit, module_url, watched_page
from tests.support.hands import along, double_click, keys_at_once, slow_glides, wait_for_glide
from tests.support.patience import at_rest, silence
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes
from vae_core.morphs.sheets import bilinear_sheet, sheet_slice

BODY = """
import json
import numpy as np
from ui.components.corners.view import corners_view
from vae_core import load_model
import ui.server.model_routes
asked = st.query_params
own = vars(ui.server.model_routes).setdefault("own_weights_urls", ui.server.model_routes.weights_urls)
ui.server.model_routes.weights_urls = lambda model: None if "remote" in st.query_params else own(model)
name = asked.get("model", "mnist-16d")
model = load_model(name)
rows = [3, 2, 1, 30] if not st.toggle("Others") else [4, 5, 6, 7]
labels = ["seven <b>x</b>", "two", "A corner with a name that is far too long for its place", "three"]
log = st.session_state.setdefault("log", [])
where = st.session_state.setdefault("where", [(0.5, 0.5), 0])
if st.button("Send it away"):
    where[:] = [(0.25, 1.0), where[1] + 1]
place = corners_view("sheet", model, model.latents.z_mean[rows], labels, where[0], move=where[1])
if place:
    log.append([place.u, place.v, place.keep])
mark = ((st.session_state.get("sheet") or {}).get("place") or {}).get("release", "")
again = st.session_state["again"] = st.session_state.get("again", 0) + st.button("Again")
st.html(f'<p class="log">{json.dumps(log)}</p><p class="mark">{len(mark)}</p><p class="again">{again}</p>')
"""
ROWS = [3, 2, 1, 30]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def corners_server(tmp_path_factory):
    running = component_server(tmp_path_factory.mktemp("corners"), BODY)
    yield running
    running.stop()


@pytest.fixture
def page(window, corners_server):
    with fresh_visit(window, corners_server.url) as page:
        surface_of(page)
        stands(page)
        yield page


def surface_of(page):
    """The pad, once its decoder has arrived."""
    page.locator(".status[data-place='browser'], .status[data-place='server']").wait_for()
    return page.get_by_role("application", name="Sheet between four pictures")


def stands(page):
    """Waits until all that is above the pad is there, whose parts come one by one and move it."""
    expect(page.get_by_role("switch")).to_have_count(1)
    page.get_by_role("button", name="Again").wait_for()
    at_rest(page)


def whole(page):
    """Waits until all small pictures are there."""
    expect(surface_of(page)).to_have_attribute("data-sheet", "whole")


def run_again(page):
    """Runs the page once more, waits until it has been answered, and goes back to its top."""
    before = int(page.locator(".again").inner_text())
    page.get_by_role("button", name="Again").click()
    expect(page.locator(".again")).to_have_text(str(before + 1))
    at_rest(page)
    page.evaluate("document.querySelector('.stMain').scrollTo(0, 0)")


def corners_of(name="mnist-16d", rows=ROWS):
    return load_model(name).latents.z_mean[rows]


def shown(page, u, v):
    """Waits until the picture of that place stands on the page; its pixels (h, w, 4)."""
    expect(page.locator("[data-part=lab]")).to_have_attribute("data-drawn", f"{u:g},{v:g}")
    return pixels(page, "canvas")


def pixels(page, part):
    values, width = page.locator(f"[data-part={part}]").evaluate(
        "c => [Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data), c.width]"
    )
    return np.array(values).reshape(-1, width, 4)


def decoded(place, name="mnist-16d", rows=ROWS):
    z = sheet_slice(corners_of(name, rows)).codes([place])
    return rounded_bytes(load_model(name).decode(z))[0].astype(int)


def assert_same(picture, expected):
    assert picture.shape[:2] == expected.shape[:2]
    assert np.abs(picture[..., : expected.shape[-1]] - expected).max() <= 1


def log(page, *places):
    """Waits until Python has been sent these places and no others."""
    numbers = [[float(u), float(v), keep] for u, v, keep in places]
    expect(page.locator(".log")).to_have_text(json.dumps(numbers))


def at(page, u, v, across=13):
    """Where a place is on the screen."""
    box = surface_of(page).bounding_box()
    left, top = ((0.5 + value * (across - 1)) / across for value in (u, v))
    return box["x"] + left * box["width"], box["y"] + top * box["height"]


def test_the_middle_is_the_mean_of_the_corners_and_corners_are_themselves(page):
    mean = corners_of().mean(axis=0, dtype=np.float64)
    assert_same(shown(page, 0.5, 0.5), rounded_bytes(load_model("mnist-16d").decode([mean]))[0].astype(int))
    for corner, (u, v) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)]):
        page.mouse.click(*at(page, u, v))
        expected = rounded_bytes(load_model("mnist-16d").decode(corners_of()[[corner]]))[0].astype(int)
        assert_same(shown(page, u, v), expected)
        label = ["seven <b>x</b>", "two", "A corner with a name that is far too long for its place", "three"]
        expect(page.locator(".heard")).to_have_text(f"100 % of {label[corner]}")
    expect(page.locator(".names b, .shares span b")).to_have_count(0)


def test_the_pad_shows_the_sheet(page):
    whole(page)
    # The first pixel of each square, and whether all of it has the same colour.
    side, even, firsts = page.locator("[data-part=pictures]").evaluate(
        """canvas => {
          const scale = canvas.width / 364;
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const grey = (x, y) => data[4 * (y * canvas.width + x)];
          const firsts = [];
          let even = true;
          for (let y = 0; y < canvas.width; y++) for (let x = 0; x < canvas.width; x++) {
            even &&= grey(x, y) === grey(x - x % scale, y - y % scale);
            if (x % scale === 0 && y % scale === 0) firsts.push(grey(x, y));
          }
          return [canvas.width, even, firsts];
        }"""
    )
    assert (side, even) == (2 * 13 * 28, True)
    codes = bilinear_sheet(corners_of(), 13).reshape(-1, 16)
    expected = rounded_bytes(load_model("mnist-16d").decode(codes)).astype(int)
    expected = expected.reshape(13, 13, 28, 28).transpose(0, 2, 1, 3).reshape(364, 364)
    assert np.abs(np.reshape(firsts, (364, 364)) - expected).max() <= 1


def test_a_drag_decodes_at_every_frame_and_sends_one_message_when_it_is_let_go(chromium, corners_server):
    with watched_page(chromium, corners_server, "/_stcore/health") as page:
        messages = []
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: messages.append(frame)))
        page.on("request", lambda request: messages.append(request.url))
        page.goto(corners_server.url)
        surface = surface_of(page)
        whole(page)
        run_again(page)
        silence(page, messages)
        page.evaluate("""() => { window.frames_decoded = [];
            addEventListener('decoded', e => frames_decoded.push(e.detail.milliseconds)); }""")
        before = len(messages)
        page.mouse.move(*at(page, 0.5, 0.5))
        page.mouse.down()
        way = [at(page, 0.5 + 0.03 * step, 0.5 - 0.04 * step) for step in range(1, 11)]
        along(page, way, "frames_decoded")
        expect(surface).to_have_attribute("data-held", "")
        expect(page.locator(".heard")).to_have_attribute("aria-busy", "true")
        assert len(page.evaluate("frames_decoded")) >= 10
        page.wait_for_timeout(300)
        assert len(messages) == before
        log(page)
        page.mouse.up()
        expect(page.locator(".log")).to_have_text(re.compile(r"^\[\[.*, false\]\]$"))
        u, v, _ = json.loads(page.locator(".log").inner_text())[0]
        assert (u, v) == pytest.approx((0.8, 0.1), abs=0.005)
        assert_same(shown(page, u, v), decoded((u, v)))
        expect(page.locator(".heard")).to_have_attribute("aria-busy", "false")
        run_again(page)
        log(page, [u, v, False])


def test_keys_move_by_a_hundredth_and_a_tenth_and_home_or_a_double_click_to_the_middle(page):
    surface = surface_of(page)
    keys_at_once(surface, "ArrowRight", "ArrowRight", "Shift+ArrowUp", "ArrowDown", "Shift+ArrowLeft")
    assert_same(shown(page, 0.42, 0.41), decoded((0.42, 0.41)))
    log(page, [0.42, 0.41, False])
    keys_at_once(surface, *["Shift+ArrowRight"] * 8)
    shown(page, 1, 0.41)
    expect(page.locator(".heard")).to_have_text("59 % of two, 41 % of three")
    places = [[0.42, 0.41, False], [1, 0.41, False], [0.5, 0.5, False]]
    log(page, *places[:2])
    page.keyboard.press("Home")
    shown(page, 0.5, 0.5)
    log(page, *places)
    page.keyboard.press("Control+ArrowUp")
    page.wait_for_timeout(400)
    shown(page, 0.5, 0.5)
    log(page, *places)
    double_click(page, *at(page, 1, 0))
    shown(page, 0.5, 0.5)
    # The first of both clicks may come too soon before the second for a run of its own.
    expect(page.locator(".log")).to_have_text(re.compile(r"^\[(\[[^\]]*\], ){3,4}\[0\.5, 0\.5, false\]\]$"))


def test_go_there_takes_a_motion_by_keys_along_in_one_message(page):
    # Both in one turn: between two calls a slow machine has the time to send the motion by itself.
    go = page.get_by_role("button", name="Go there").element_handle()
    surface_of(page).evaluate(
        """(surface, go) => {
            const held = { key: "ArrowRight", shiftKey: true, bubbles: true };
            surface.dispatchEvent(new KeyboardEvent("keydown", held));
            go.click();
        }""",
        go,
    )
    log(page, [0.6, 0.5, True])
    page.wait_for_timeout(400)
    log(page, [0.6, 0.5, True])


def test_python_moves_the_handle_and_other_corners_bring_another_sheet(page):
    surface_of(page)
    page.get_by_role("button", name="Send it away").click()
    assert_same(shown(page, 0.25, 1), decoded((0.25, 1)))
    # What was moved by hand stays through other runs.
    page.mouse.click(*at(page, 0, 0))
    shown(page, 0, 0)
    log(page, [0, 0, False])
    run_again(page)
    page.wait_for_timeout(200)
    shown(page, 0, 0)
    page.get_by_text("Others").click()
    assert_same(shown(page, 0.25, 1), decoded((0.25, 1), rows=[4, 5, 6, 7]))
    whole(page)
    page.mouse.click(*at(page, 1, 1))
    log(page, [0, 0, False], [1, 1, False])


def test_corrupted_values_are_ignored_by_python(page):
    surface_of(page)
    # What a hand sends, changed on its way: the next hand counts.
    page.evaluate("crypto.randomUUID = () => 'x'.repeat(1000)")
    page.mouse.click(*at(page, 1, 0))
    shown(page, 1, 0)
    expect(page.locator(".mark")).to_have_text("1000")
    run_again(page)
    log(page)
    page.evaluate("delete crypto.randomUUID")
    page.mouse.click(*at(page, 0, 1))
    log(page, [0, 1, False])


def test_a_decoder_that_cannot_travel_is_asked_on_the_server(window, corners_server):
    with fresh_visit(window, corners_server.url + "/?remote=1&model=sprites-10d") as page:
        page.locator(".status[data-place=server]").wait_for()
        assert_same(shown(page, 0.5, 0.5), decoded((0.5, 0.5), "sprites-10d"))
        surface_of(page).press("Shift+ArrowLeft")
        assert_same(shown(page, 0.4, 0.5), decoded((0.4, 0.5), "sprites-10d"))
        whole(page)


def test_a_finger_drags_on_a_phone_and_nothing_overflows(chromium, corners_server):
    with watched_page(chromium, corners_server, **PHONE) as page:
        surface = surface_of(page)
        hero = page.get_by_role("img", name="Decoded picture").bounding_box()
        assert hero["y"] + hero["height"] < surface.bounding_box()["y"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        sides = page.locator(".corners *").evaluate_all(
            "all => all.filter(e => !e.matches('.heard')).map(e => e.getBoundingClientRect().right)"
        )
        assert max(sides) <= page.locator(".corners").evaluate("c => c.getBoundingClientRect().right") + 0.5
        surface.scroll_into_view_if_needed()
        top = page.evaluate("document.querySelector('.stMain').scrollTop")
        session = page.context.new_cdp_session(page)
        for kind, *place in (
            ("touchStart", 0.5, 0.5),
            ("touchMove", 0.6, 0.3),
            ("touchMove", 0.7, 0.1),
            ("touchEnd",),
        ):
            points = [dict(zip("xy", at(page, *place), strict=True))] if place else []
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        expect(page.locator(".log")).to_have_text(re.compile(r"false\]\]$"))
        u, v, _ = json.loads(page.locator(".log").inner_text())[0]
        assert (u, v) == pytest.approx((0.7, 0.1), abs=0.005)
        assert page.evaluate("document.querySelector('.stMain').scrollTop") == top


def test_nothing_glides_where_motion_is_not_wanted(window, corners_server):
    with fresh_visit(window, corners_server.url, reduced_motion="reduce") as page:
        expect(surface_of(page)).to_have_attribute("data-sheet", "whole")
        page.evaluate("""() => { window.frames_decoded = 0;
            addEventListener('decoded', () => { frames_decoded++; }); }""")
        page.get_by_role("button", name="Send it away").click()
        shown(page, 0.25, 1)
        assert page.evaluate("frames_decoded") == 1


def test_keys_take_the_handle_where_a_glide_was_to_bring_it(page):
    whole(page)
    slow_glides(page)
    page.get_by_role("button", name="Send it away").click()
    wait_for_glide(page)
    keys_at_once(surface_of(page), "ArrowRight")
    log(page, (0.26, 1, False))
    shown(page, 0.26, 1)


def test_shares_are_whole_per_cents_that_add_up(page):
    surface_of(page)
    address = module_url(page, "/corners/corners.js", "/corners/sheet.js")
    places = [[u / 37, v / 29] for u in range(38) for v in range(30)]
    shares = np.array(
        page.evaluate(
            """async ([address, places]) => { const { percentages, weightsAt } = await import(address);
            return places.map(place => percentages(weightsAt(place))); }""",
            [address, places],
        )
    )
    assert (shares.sum(axis=1) == 100).all()
    u, v = np.array(places).T
    exact = 100 * np.stack([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v], axis=1)
    assert np.abs(shares - exact).max() < 1
    sides = page.evaluate(
        """async address => { const { picturesAcross } = await import(address);
        return [[28, 28], [8, 8], [32, 32], [64, 64], [40, 20]].map(picturesAcross); }""",
        address,
    )
    assert sides == [13, 13, 11, 9, 9]
