"""The pad as a person uses it: mouse, finger, keys, links, Back."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.browser import drag, pad_of, readout
from tests.support.components import watched_page
from tests.support.hands import along, double_click, keys_at_once
from tests.support.patience import at_rest, eventually, silence
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes


def pixels(page):
    return page.get_by_role("img", name="Decoded image").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )


def url_point(page):
    """The point in the address; as the page has it, which Playwright hears of a moment later."""
    z = page.evaluate("new URLSearchParams(location.search).get('z')")
    return [float(part) for part in z.split(",")] if z else None


def wait_for_silence(page, messages):
    """Wait until the page with a pad is whole, and what its listeners note in ``messages`` has come."""
    expect(page.locator("[data-part=backdrop]")).to_have_attribute("data-state", "current")
    at_rest(page)
    silence(page, messages)
    # A script that came late may ask for more once it has been read.
    page.evaluate("new Promise((done) => requestIdleCallback(done))")
    silence(page, messages)


def test_dragging_changes_the_picture_and_sends_nothing_until_release(visitor):
    visitor.goto("/Explore?model=digits-2d")
    messages = []
    visitor.on("request", lambda request: messages.append(request.url))
    pad = pad_of(visitor)
    wait_for_silence(visitor, messages)
    messages.clear()
    before = pixels(visitor)
    frames = visitor.evaluate("""() => { window.drawn = [];
        addEventListener('drawn', e => window.drawn.push(e.detail)); }""")
    assert frames is None
    box = pad.bounding_box()
    visitor.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    visitor.mouse.down()
    shares = [(0.5 + 0.02 * step, 0.5 - 0.015 * step) for step in range(1, 21)]
    way = [(box["x"] + across * box["width"], box["y"] + down * box["height"]) for across, down in shares]
    along(visitor, way, "drawn")
    visitor.wait_for_timeout(100)
    drawn = visitor.evaluate("window.drawn")
    assert len(drawn) >= 20
    assert {frame["place"] for frame in drawn} == {"browser"}
    assert messages == []
    assert url_point(visitor) == [0, 0]
    visitor.mouse.up()
    visitor.wait_for_function("!location.search.includes('z=0%2C0')")
    eventually(visitor, lambda: pixels(visitor) != before)
    eventually(visitor, lambda: url_point(visitor), pytest.approx(readout(visitor), abs=0.01))


def test_the_point_survives_a_page_switch_reload_and_back(visitor):
    visitor.goto("/Explore?model=digits-2d")
    pad = pad_of(visitor)
    drag(visitor, pad, (0.5, 0.5), (0.75, 0.3))
    visitor.wait_for_function("!location.search.includes('z=0%2C0')")
    here = url_point(visitor)
    visitor.get_by_role("link", name="Latent Lab").click()
    visitor.get_by_role("heading", name="Watch a digit become another").wait_for()
    pad_of(visitor)
    expect(visitor.locator(".readout")).to_contain_text(f"{here[0]:.2f}")
    visitor.reload()
    pad_of(visitor)
    expect(visitor.locator(".readout")).to_contain_text(f"{here[0]:.2f}")
    visitor.go_back()
    visitor.get_by_role("heading", name="Explore").wait_for()
    pad_of(visitor)
    expect(visitor.locator(".readout")).to_contain_text(f"{here[0]:.2f}")


def test_back_and_forward_restore_the_model_and_the_point(visitor):
    visitor.goto("/Explore?model=digits-2d&z=1,1")
    pad = pad_of(visitor)
    assert readout(visitor) == [1, 1]
    drag(visitor, pad, (0.5, 0.5), (0.25, 0.25))
    # Not before Python has taken it: another model that is chosen meanwhile outranks it.
    eventually(visitor, lambda: url_point(visitor), [-1.5, 1.5])
    visitor.get_by_role("combobox").click()
    visitor.get_by_role("option", name="mnist-2d").click()
    visitor.wait_for_url("**model=mnist-2d**")
    expect(visitor.get_by_role("application", name="Latent pad of mnist-2d")).to_be_visible()
    visitor.go_back()
    expect(visitor.get_by_role("application", name="Latent pad of digits-2d")).to_be_visible()
    visitor.go_back()
    expect(visitor.locator(".readout")).to_have_text("z1 1.00   z2 1.00")
    visitor.go_forward()
    # The point glides there.
    expect(visitor.locator(".readout")).to_have_text("z1 −1.50   z2 1.50")
    eventually(visitor, lambda: url_point(visitor), [-1.5, 1.5])


def test_arrow_keys_move_and_home_returns(visitor):
    visitor.goto("/Explore?model=digits-2d")
    pad = pad_of(visitor)
    pad.focus()
    for _ in range(3):
        visitor.keyboard.press("ArrowRight")
    visitor.keyboard.press("Shift+ArrowUp")
    across, upwards = readout(visitor)
    assert across > 0
    assert upwards == pytest.approx(across / 3 * 5, abs=0.02)
    eventually(visitor, lambda: url_point(visitor), pytest.approx([across, upwards], abs=0.01))
    for _ in range(80):
        visitor.keyboard.press("ArrowDown")
    low = readout(visitor)[1]
    visitor.keyboard.press("ArrowDown")
    assert readout(visitor)[1] == low < -2
    visitor.keyboard.press("Home")
    expect(visitor.locator(".readout")).to_have_text("z1 0.00   z2 0.00")
    visitor.wait_for_function("location.search.includes('z=0%2C0')")


def test_a_double_click_returns_to_the_centre(visitor):
    visitor.goto("/Explore?model=digits-2d&z=1,-1")
    pad = pad_of(visitor)
    box = pad.bounding_box()
    double_click(visitor, box["x"] + 0.8 * box["width"], box["y"] + 0.2 * box["height"])
    expect(visitor.locator(".readout")).to_have_text("z1 0.00   z2 0.00")
    visitor.wait_for_function("location.search.includes('z=0%2C0')")


def test_the_reset_button_and_the_saved_picture(visitor):
    visitor.goto("/Explore?model=digits-2d&z=1,-1")
    pad_of(visitor)
    with visitor.expect_download() as download:
        visitor.get_by_role("button", name="Save picture").click()
    picture = np.asarray(Image.open(download.value.path()).convert("RGBA"))
    assert download.value.suggested_filename == "digits-2d-1_-1.png"
    scale = picture.shape[0] // 28
    assert picture.shape == (28 * scale, 28 * scale, 4)
    expected = rounded_bytes(load_model("digits-2d").decode([[1, -1]]))[0, ..., 0]
    assert np.abs(picture[::scale, ::scale, 0].astype(int) - expected).max() <= 1
    np.testing.assert_array_equal(
        picture, np.repeat(np.repeat(picture[::scale, ::scale], scale, 0), scale, 1)
    )
    visitor.get_by_role("button", name="Reset").click()
    expect(visitor.locator(".readout")).to_have_text("z1 0.00   z2 0.00")


def test_a_finger_drags_on_a_phone(chromium, server):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with watched_page(chromium, server, "/Explore?model=digits-2d", **phone) as page:
        pad = pad_of(page)
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        session = page.context.new_cdp_session(page)

        def touch(kind, across, down):
            points = [{"x": box["x"] + across * box["width"], "y": box["y"] + down * box["height"]}]
            session.send(
                "Input.dispatchTouchEvent",
                {"type": kind, "touchPoints": [] if kind == "touchEnd" else points},
            )

        top = page.evaluate("document.querySelector('.stMain').scrollTop")
        touch("touchStart", 0.5, 0.5)
        for step in range(1, 11):
            touch("touchMove", 0.5 + 0.03 * step, 0.5 - 0.02 * step)
        touch("touchEnd", 0, 0)
        page.wait_for_function("!location.search.includes('z=0%2C0')")
        across, upwards = readout(page)
        assert across > 1
        assert upwards > 0.5
        assert page.evaluate("document.querySelector('.stMain').scrollTop") == top
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_assistive_technology_hears(visitor):
    visitor.goto("/Explore?model=digits-2d")
    pad = pad_of(visitor)
    assert pad.get_attribute("aria-label").startswith("Latent pad")
    readout_part = visitor.locator("[aria-live]", has_text="z1")
    expect(readout_part).to_have_attribute("aria-busy", "false")
    drag(visitor, pad, (0.5, 0.5), (0.75, 0.5))
    expect(visitor.get_by_role("img", name=re.compile(r"^Decoded image.* z1 1\."))).to_be_visible()
    expect(readout_part).to_have_attribute("aria-busy", "false")


def test_an_unknown_model_gives_a_message_and_the_default(visitor):
    visitor.goto("/Explore?model=%3Cscript%3Ealert(1)%3C/script%3E&z=1,1")
    expect(
        visitor.get_by_text("There is no model “<script>alert(1)</script>” here; this is mnist-2d.")
    ).to_be_visible()
    pad_of(visitor)
    visitor.wait_for_url("**model=mnist-2d**")


@pytest.mark.parametrize("z", ["nan,0", "inf,0", "1", "1,2,3", ",".join(["1"] * 10_000), "x,y", "1e9,0"])
def test_an_unusable_point_gives_a_message_and_the_pad_works_on(visitor, z):
    visitor.goto(f"/Explore?model=digits-2d&z={z}")
    expect(visitor.get_by_text("The point in the address is not usable")).to_be_visible()
    pad = pad_of(visitor)
    assert readout(visitor) == [0, 0]
    drag(visitor, pad, (0.5, 0.5), (0.7, 0.7))
    visitor.wait_for_function("!location.search.includes('z=0%2C0')")
    assert readout(visitor) != [0, 0]


def test_nothing_comes_from_another_host(visitor, server):
    hosts = set()
    visitor.on(
        "request", lambda request: hosts.add(request.url.split("/")[2]) if "://" in request.url else None
    )
    visitor.goto("/")
    pad_of(visitor)
    visitor.wait_for_timeout(500)
    assert {host for host in hosts if not host.startswith("localhost")} == set()


def test_first_steps_lead_to_places_in_explore(visitor):
    visitor.goto("/")
    pad_of(visitor)
    visitor.get_by_role("link", name="Where a 4 becomes a 9").click()
    visitor.wait_for_url("**/Explore?**")
    expect(visitor.get_by_text("Around here", exact=True)).to_be_visible()
    pad_of(visitor)
    # The point may glide there.
    eventually(visitor, lambda: readout(visitor) == pytest.approx(url_point(visitor), abs=0.01))
    chips = visitor.locator(".chip")
    eventually(visitor, lambda: {"4", "9"} <= {chip[:1] for chip in chips.all_inner_texts()})


def test_how_it_works_shows_its_formula(visitor):
    visitor.goto("/Explore")
    visitor.get_by_text("The equations").click()
    expect(visitor.locator(".katex-display")).to_be_visible()
    expect(visitor.locator(".katex-error")).to_have_count(0)


def test_back_during_a_drag_leaves_the_pad_usable(visitor):
    visitor.goto("/Explore?model=mnist-2d&z=1,1")
    pad_of(visitor)
    visitor.get_by_role("combobox").click()
    visitor.get_by_role("option", name="digits-2d").click()
    pad = visitor.get_by_role("application", name="Latent pad of digits-2d")
    # Back leads out of the app as long as its address has not changed.
    visitor.wait_for_url("**model=digits-2d**")
    box = pad.bounding_box()
    visitor.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    visitor.mouse.down()
    visitor.evaluate("history.back()")
    visitor.get_by_role("application", name="Latent pad of mnist-2d").wait_for()
    visitor.mouse.up()
    drag(visitor, pad_of(visitor), (0.5, 0.5), (0.75, 0.25))
    expect(visitor.locator(".readout")).to_have_text("z1 1.50   z2 1.50")


def test_keys_of_the_browser_are_left_alone_and_one_axis_moves_at_a_time(visitor):
    visitor.goto("/Explore?model=digits-2d&z=50,0")
    pad = pad_of(visitor)
    pad.focus()
    visitor.keyboard.press("Control+ArrowUp")
    assert readout(visitor) == [50, 0]
    visitor.keyboard.press("ArrowUp")
    across, upwards = readout(visitor)
    assert across == 50
    assert upwards > 0


def test_a_card_of_the_gallery_keeps_the_points_of_the_visit(visitor):
    visitor.goto("/Explore?model=digits-2d&z=1,1")
    pad_of(visitor)
    visitor.get_by_role("link", name="Latent Lab").click()
    visitor.get_by_role("link", name="digits-2d", exact=True).click()
    visitor.wait_for_url("**/Explore?**")
    visitor.get_by_role("heading", name="Explore").wait_for()
    pad_of(visitor)
    expect(visitor.locator(".readout")).to_have_text("z1 1.00   z2 1.00")


def test_an_action_right_after_the_keys_takes_their_motion_along(visitor):
    visitor.goto("/Explore?model=digits-2d&z=0,0")
    pad = pad_of(visitor)
    # In one turn: between two calls a slow machine has the time to send the motion by itself.
    keys_at_once(pad, "ArrowRight", "ArrowRight", "Control+z")
    redo = visitor.get_by_role("button", name="Redo")
    expect(redo).to_be_enabled()
    expect(visitor.locator(".readout")).to_have_text("z1 0.00   z2 0.00")
    eventually(visitor, lambda: url_point(visitor), [0, 0])
    visitor.wait_for_timeout(500)
    assert url_point(visitor) == [0, 0]
    redo.click()
    there = [0.2, 0]
    eventually(visitor, lambda: url_point(visitor), there)
    expect(visitor.locator(".readout")).to_have_text("z1 0.20   z2 0.00")
    surprise = visitor.get_by_role("button", name="Surprise me")
    surprise.evaluate(
        """(surprise) => {
            const key = new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true });
            surprise.getRootNode().querySelector("[data-part=surface]").dispatchEvent(key);
            surprise.click();
        }"""
    )
    eventually(visitor, lambda: url_point(visitor) != there)
    assert url_point(visitor) != [0.2, 0.1]
    # The address changes before the stage does.
    eventually(visitor, lambda: readout(visitor) == pytest.approx(url_point(visitor), abs=0.0051))
    visitor.get_by_role("button", name="Undo").click()
    eventually(visitor, lambda: url_point(visitor), [0.2, 0.1])
    expect(visitor.locator(".readout")).to_have_text("z1 0.20   z2 0.10")
