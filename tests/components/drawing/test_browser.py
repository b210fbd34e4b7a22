"""The drawing canvas as a person uses it; what Python got is read back as text on the page."""

import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.support.components import component_server, fresh_visit, module_url, watched_page

BODY = """
import json

from ui.components.drawing.view import drawing

got = drawing("paper", (28, 28, 1))
if got is not None:
    st.session_state.last = [round(255 * float(value)) for value in got.ravel()]
    st.session_state.count = st.session_state.get("count", 0) + 1
st.text(f"drawings {st.session_state.get('count', 0)} now {got is not None}")
last = {"count": st.session_state.get("count", 0), "pixels": st.session_state.get("last")}
st.html(f'<i id="last" hidden>{json.dumps(last)}</i>')
st.button("Again")
"""


@pytest.fixture(scope="module")
def drawing_server(tmp_path_factory):
    running = component_server(tmp_path_factory.mktemp("drawing"), BODY)
    yield running
    running.stop()


@pytest.fixture
def page(window, drawing_server):
    with fresh_visit(window, drawing_server.url) as page:
        canvas_of(page)
        yield page


def canvas_of(page):
    surface = page.get_by_role("application", name="Drawing canvas, 28 by 28")
    surface.wait_for()
    return surface


def stroke(page, start, end, steps=10):
    """A stroke with the mouse between two places in pixels of the model."""
    box = canvas_of(page).bounding_box()
    scale = box["width"] / 28

    def at(place):
        return box["x"] + place[0] * scale, box["y"] + place[1] * scale

    page.mouse.move(*at(start))
    page.mouse.down()
    page.mouse.move(*at(end), steps=steps)
    page.mouse.up()


def shown(page):
    """The pixels on the canvas, (28, 28)."""
    data = page.locator("canvas").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )
    return np.array(data).reshape(28, 28, 4)[..., 0]


def arrived(page, count):
    """What Python got, once it has got ``count`` drawings, (28, 28)."""
    last = page.locator("#last")
    expect(last).to_have_text(re.compile(rf'^{{"count": {count},'))
    return np.array(json.loads(last.text_content())["pixels"]).reshape(28, 28)


def test_a_stroke_reaches_python_as_it_is_shown(page):
    stroke(page, (14, 4), (14, 24))
    got = arrived(page, 1)
    np.testing.assert_array_equal(got, shown(page))
    assert (got[6:22, 13:15] == 255).all()
    assert not got[:, :9].any()
    assert not got[:, 19:].any()
    np.testing.assert_array_equal(got, got[:, ::-1])


def test_a_drawing_is_new_once(page):
    stroke(page, (5, 5), (20, 20))
    expect(page.get_by_text("drawings 1 now True")).to_be_visible()
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_text("drawings 1 now False")).to_be_visible()


def test_quick_and_slow_strokes_draw_the_same(page):
    stroke(page, (6, 14), (22, 14), steps=2)
    quick = arrived(page, 1)
    page.get_by_role("button", name="Clear").click()
    stroke(page, (6, 14), (22, 14), steps=60)
    assert np.abs(arrived(page, 2) - quick).max() <= 1


def test_undo_and_clear(page):
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    stroke(page, (5, 5), (22, 5))
    one = arrived(page, 1)
    stroke(page, (5, 22), (22, 22))
    two = arrived(page, 2)
    assert two.sum() > one.sum()
    page.get_by_role("button", name="Undo").click()
    np.testing.assert_array_equal(arrived(page, 3), one)
    page.get_by_role("button", name="Clear").click()
    assert not shown(page).any()
    expect(page.get_by_text("drawings 3 now False")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    np.testing.assert_array_equal(arrived(page, 4), one)


def test_brush_sizes_and_the_eraser(page):
    sums = []
    for count, name in enumerate(["Thin", "Medium", "Thick"], 1):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
        stroke(page, (6, 14), (22, 14))
        sums.append(arrived(page, count).sum())
        page.get_by_role("button", name="Clear").click()
        expect(page.get_by_role("button", name="Clear")).to_be_disabled()
    assert sums[0] < 0.8 * sums[1]
    assert sums[1] < 0.8 * sums[2]
    stroke(page, (6, 14), (22, 14))
    # Of two that are sent at once Python is given the second alone.
    arrived(page, 4)
    page.get_by_role("button", name="Eraser").click()
    stroke(page, (14, 10), (14, 18))
    erased = arrived(page, 5)
    assert erased[13, 13] == 0
    assert erased[13, 7] > 200


def test_keys_draw(page):
    surface = canvas_of(page)
    surface.focus()
    expect(page.locator(".brush")).to_be_visible()
    page.keyboard.press("Shift+ArrowLeft")
    assert not shown(page).any()
    page.keyboard.press(" ")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_role("status")).to_have_text("Pen down")
    page.keyboard.press(" ")
    got = arrived(page, 1)
    assert (got[13, 11:19] > 120).all()
    page.keyboard.down(" ")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.up(" ")
    assert arrived(page, 2)[16, 19] > 120
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_text("drawings 2 now False")).to_be_visible()


def test_a_finger_draws_and_the_page_stays(chromium, drawing_server):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with watched_page(chromium, drawing_server, **phone) as page:
        box = canvas_of(page).bounding_box()
        assert box["x"] + box["width"] <= 390
        session = page.context.new_cdp_session(page)

        def touch(kind, *points):
            places = [
                {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": identity}
                for identity, (x, y) in enumerate(points)
            ]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

        top = page.evaluate("document.querySelector('.stMain').scrollTop")
        touch("touchStart", (0.5, 0.2))
        for step in range(1, 11):
            touch("touchMove", (0.5, 0.2 + 0.06 * step))
        touch("touchStart", (0.5, 0.8), (0.1, 0.1))
        touch("touchEnd")
        got = arrived(page, 1)
        assert (got[7:21, 13] > 200).all()
        assert not got[:, :8].any()
        assert page.evaluate("document.querySelector('.stMain').scrollTop") == top
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


MODULE = """
address => import(address).then(m => {
  const dot = new Float32Array(81), line = new Float32Array(81);
  m.coverSegment(dot, [9, 9], [4.5, 4.5], [4.5, 4.5], 2);
  m.coverSegment(line, [9, 9], [-20, 4.5], [40, 4.5], 2);
  const white = new Float32Array(81).fill(0.9);
  return [Array.from(dot), Array.from(line), Array.from(m.withStroke(white, dot, false)),
          Array.from(m.withStroke(white, dot, true)), m.base64Bytes([0, 1, 0.5])];
})
"""


def test_ink_is_half_at_half_the_width_of_the_pen(page):
    dot, line, added, erased, text = page.evaluate(
        MODULE, module_url(page, "/drawing/drawing.js", "/drawing/ink.js")
    )
    dot, line = np.reshape(dot, (9, 9)), np.reshape(line, (9, 9))
    assert dot[4, 4] == 1
    assert dot[4, 5] == pytest.approx(0.5, abs=1e-6)
    np.testing.assert_allclose(dot, dot.T)
    assert dot[0, 0] == 0
    np.testing.assert_allclose(line, np.repeat(line[:, :1], 9, axis=1))
    assert max(added) == 1
    assert min(erased) == 0
    assert text == "AP+A"
