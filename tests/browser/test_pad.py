"""The pad as a person uses it: mouse, finger, keys, links, Back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import pad_of


def readout(page):
    text = page.locator(".readout").inner_text().replace("−", "-")
    return [float(number) for number in re.findall(r"z\d (-?\d+\.\d+)", text)]


def pixels(page):
    return page.get_by_role("img", name="Decoded image").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )


def drag(page, pad, start, end, steps=12):
    box = pad.bounding_box()
    at = lambda share: (box["x"] + share[0] * box["width"], box["y"] + share[1] * box["height"])
    page.mouse.move(*at(start))
    page.mouse.down()
    page.mouse.move(*at(end), steps=steps)
    page.mouse.up()


def url_point(page):
    match = re.search(r"[?&]z=([^&]+)", page.url)
    return [float(part) for part in match[1].replace("%2C", ",").split(",")] if match else None


def test_dragging_changes_the_picture_and_sends_nothing_until_release(visitor):
    visitor.goto("/Explore?model=digits-2d")
    pad = pad_of(visitor)
    visitor.wait_for_timeout(500)
    before = pixels(visitor)
    messages = []
    visitor.on("request", lambda request: messages.append(request.url))
    frames = visitor.evaluate("""() => { window.drawn = [];
        addEventListener('drawn', e => window.drawn.push(e.detail)); }""")
    assert frames is None
    box = pad.bounding_box()
    visitor.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    visitor.mouse.down()
    visitor.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.2 * box["height"], steps=20)
    visitor.wait_for_timeout(100)
    drawn = visitor.evaluate("window.drawn")
    assert len(drawn) >= 5
    assert {frame["place"] for frame in drawn} == {"browser"}
    assert messages == []
    assert url_point(visitor) == [0, 0]
    visitor.mouse.up()
    visitor.wait_for_function("!location.search.includes('z=0%2C0')")
    assert pixels(visitor) != before
    assert url_point(visitor) == pytest.approx(readout(visitor), abs=0.01)


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
    visitor.wait_for_url("**/Explore**")
    pad_of(visitor)
    assert readout(visitor) == pytest.approx(here, abs=0.01)


def test_back_and_forward_restore_the_model_and_the_point(visitor):
    visitor.goto("/Explore?model=digits-2d&z=1,1")
    pad = pad_of(visitor)
    assert readout(visitor) == [1, 1]
    drag(visitor, pad, (0.5, 0.5), (0.25, 0.25))
    visitor.wait_for_function("!location.search.includes('z=1%2C1')")
    visitor.get_by_role("combobox").click()
    visitor.get_by_role("option", name="mnist-2d").click()
    visitor.wait_for_url("**model=mnist-2d**")
    expect(visitor.get_by_role("application", name="Latent pad of mnist-2d")).to_be_visible()
    visitor.go_back()
    expect(visitor.get_by_role("application", name="Latent pad of digits-2d")).to_be_visible()
    visitor.go_back()
    expect(visitor.locator(".readout")).to_have_text("z1 1.00   z2 1.00")
    visitor.go_forward()
    expect(visitor.locator(".readout")).not_to_have_text("z1 1.00   z2 1.00")
    assert readout(visitor) == pytest.approx(url_point(visitor), abs=0.01)
