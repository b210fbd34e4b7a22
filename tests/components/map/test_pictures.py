"""The pictures of a map's points: what is asked of the server, in which order, and what is kept."""

import io
import math
import re

import numpy as np
import pytest
from PIL import Image

from tests.support.patience import eventually
from ui.server.map_routes import pictures_url
from ui.server.modules import modules_url
from ui.visit.models import model_named
from vae_core.maps.originals import held_out_split
from vae_core.maps.points import held_out_points


@pytest.fixture
def page(chromium, server):
    """A page of the server without an app on it; fails at the end if a script raised an error."""
    context = chromium.new_context(base_url=server.url)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/_stcore/health")
    yield page
    context.close()
    assert not errors, errors


@pytest.fixture
def run(page):
    """``run(module, body, value)``: what the function ``body`` of the module ``m`` and ``value`` returns."""

    def result(module, body, value=None):
        script = f"async ([address, value]) => {{ const m = await import(address); {body} }}"
        return page.evaluate(script, [f"{modules_url()}/{module}.js", value])

    return result


class Sheets:
    """Answers requests of pictures, each 3 wide, 2 high and as grey as its row; keeps what was asked."""

    def __init__(self, page):
        self.page = page
        self.asked: list[tuple[str, list[int]]] = []
        self.failing = False
        self.held = None
        page.route("**/fake/**", self.answer)

    def answer(self, route):
        kind, rows = re.search(r"fake/(\w+)\.png\?rows=([\d,]+)$", route.request.url).groups()
        rows = [int(row) for row in rows.split(",")]
        self.asked.append((kind, rows))
        if self.held is not None:
            self.held.append((route, kind, rows))
        else:
            self.fulfil(route, kind, rows)

    def fulfil(self, route, kind, rows):
        if self.failing:
            route.fulfill(status=404, body="there is no such model")
            return
        columns = min(16, len(rows))
        sheet = np.zeros((2 * math.ceil(len(rows) / columns), 3 * columns), np.uint8)
        for i, row in enumerate(rows):
            top, left = 2 * (i // columns), 3 * (i % columns)
            sheet[top : top + 2, left : left + 3] = row % 251
        buffer = io.BytesIO()
        Image.fromarray(sheet).save(buffer, format="PNG")
        shown = "original" if kind == "picture" else "reconstruction"
        route.fulfill(body=buffer.getvalue(), content_type="image/png", headers={"X-Pictures": shown})

    def release(self):
        """Answer all that waits; what is asked from now on waits no longer."""
        held, self.held = self.held, None
        for route, kind, rows in held:
            self.fulfil(route, kind, rows)


NEW_PICTURES = """
    window.loaded = [];
    window.pictures = new m.Pictures("/fake", value.shape ?? [2, 3], {
      onload: (rows, kind) => window.loaded.push([kind, rows.length]) });
"""
# The grey of a picture, null where there is none.
GREYS = """([rows, kind]) => rows.map((row) => {
    const part = window.pictures.get(row, kind);
    if (!part) return null;
    const context = new OffscreenCanvas(part.w, part.h).getContext("2d");
    context.drawImage(part.bitmap, part.x, part.y, part.w, part.h, 0, 0, part.w, part.h);
    const { data } = context.getImageData(0, 0, part.w, part.h);
    const greys = new Set(data.filter((_, i) => i % 4 === 0));
    return greys.size === 1 ? [...greys][0] : "torn";
})"""


@pytest.fixture
def sheets(page, run):
    found = Sheets(page)
    run("map/pictures", NEW_PICTURES, {})
    yield found
    page.evaluate("window.pictures.stop()")
    page.unroute_all(behavior="ignoreErrors")


def greys(page, rows, kind="picture"):
    return page.evaluate(GREYS, [list(rows), kind])


def wait_for(page, count):
    page.wait_for_function("count => window.loaded.length >= count", arg=count)


def test_what_one_drawing_asks_for_comes_in_one_sheet(page, sheets):
    rows = [7, 300, 2, *range(400, 420)]
    assert greys(page, rows) == [None] * len(rows)
    wait_for(page, 1)
    assert sheets.asked == [("picture", sorted(rows))]
    assert greys(page, rows) == [row % 251 for row in rows]
    assert greys(page, [7], "reconstruction") == [None]
    wait_for(page, 2)
    assert sheets.asked[1:] == [("reconstruction", [7])]
    shown = "[pictures.shown(), pictures.shown('reconstruction'), pictures.shown('other') ?? null]"
    assert page.evaluate(shown) == ["original", "reconstruction", None]
    # All are here by now, and numbers that are no rows are not asked for.
    greys(page, rows)
    assert greys(page, [-1, 0.5]) == [None, None]
    page.evaluate("pictures.want([300, 2, -4])")
    # Requests come in the order in which they are made: there is none before this one.
    greys(page, [500])
    wait_for(page, 3)
    assert sheets.asked[2:] == [("picture", [500])]


def test_at_most_four_requests_are_under_way_and_the_latest_come_first(page, sheets):
    sheets.held = []
    greys(page, range(400))
    eventually(page, lambda: len(sheets.asked) >= 4)
    assert page.evaluate("pictures.requests") == {"asked": 4, "ahead": 0}
    assert len(sheets.asked) == 4
    # Latest first, 64 at once; of 400 the first 144 are given up.
    assert [rows[0] for _, rows in sheets.asked] == [336, 272, 208, 144]
    assert all(len(rows) == 64 for _, rows in sheets.asked)
    # Asked again while under way: not twice. What comes later goes before what waits.
    greys(page, range(390, 400))
    greys(page, [1, 2, 3])
    page.evaluate("pictures.want([9, 10])")
    greys(page, [5000])
    sheets.release()
    wait_for(page, 6)
    assert sheets.asked[4:] == [("picture", [1, 2, 3, 5000]), ("picture", [9, 10])]
    assert greys(page, [399, 144, 5000, 9]) == [399 % 251, 144, 5000 % 251, 9]


def test_only_the_latest_prefetch_is_carried_out(page, sheets):
    sheets.held = []
    page.evaluate("pictures.want(Array.from({ length: 640 }, (_, i) => i))")
    eventually(page, lambda: len(sheets.asked) >= 3)
    # One request is left for what is asked for now.
    assert page.evaluate("pictures.requests") == {"asked": 0, "ahead": 3}
    assert [rows[0] for _, rows in sheets.asked] == [0, 64, 128]
    page.evaluate("pictures.want([5, 900, 901])")
    assert greys(page, [77, 1000]) == [None, None]
    eventually(page, lambda: len(sheets.asked) >= 4)
    assert page.evaluate("pictures.requests") == {"asked": 1, "ahead": 3}
    assert sheets.asked[3:] == [("picture", [1000])]
    sheets.release()
    wait_for(page, 5)
    # Whatever follows a request is made at its end.
    assert page.evaluate("pictures.requests") == {"asked": 0, "ahead": 0}
    assert sheets.asked[4:] == [("picture", [900, 901])]


def test_pictures_are_dropped_when_there_is_no_room(page, run, sheets):
    # 32 pictures of 3 MB would be room for all; 64 are kept at least.
    run("map/pictures", NEW_PICTURES, {"shape": [2, 3]})
    page.evaluate("pictures.room = 128")
    for start in (0, 64, 128):
        page.evaluate("start => pictures.want(Array.from({ length: 64 }, (_, i) => start + i))", start)
        wait_for(page, start // 64 + 1)
        # Looked at last, it stays.
        assert greys(page, [0]) == [0]
    assert page.evaluate("[pictures.held, pictures.sheets.size, pictures.places.size]") == [128, 2, 128]
    assert greys(page, [1, 130]) == [1, 130]
    assert greys(page, [64]) == [None]
    rooms = """[[28, 28], [64, 64], [2000, 2000]].map((shape) => new m.Pictures("", shape).room)"""
    assert run("map/pictures", f"return {rooms};") == [4096, 4096, 64]


def stop_the_clock(page):
    """From here on time passes only as the test says."""
    page.clock.install(time=0)
    page.clock.pause_at(1_000)


def test_a_failed_request_is_made_once_more_and_says_nothing(page, sheets):
    stop_the_clock(page)
    sheets.failing = True
    assert greys(page, [3, 4]) == [None, None]
    page.wait_for_function("() => pictures.resting.size === 2")
    assert greys(page, [3, 4]) == [None, None]
    assert len(sheets.asked) == 1
    page.clock.run_for(3500)
    page.wait_for_function("() => pictures.attempts.get('picture 3') === 2")
    page.clock.run_for(20_000)
    greys(page, [3, 4])
    page.wait_for_function("() => pictures.underway.size === 0")
    assert sheets.asked == [("picture", [3, 4])] * 2
    assert page.evaluate("window.loaded") == []


def test_the_second_attempt_brings_the_picture(page, sheets):
    stop_the_clock(page)
    sheets.failing = True
    greys(page, [3])
    page.wait_for_function("() => pictures.resting.size === 1")
    sheets.failing = False
    page.clock.run_for(3500)
    wait_for(page, 1)
    assert greys(page, [3]) == [3]


def test_a_sheet_of_another_size_is_refused(page, run, sheets):
    run("map/pictures", NEW_PICTURES, {"shape": [4, 4]})
    greys(page, [3])
    page.wait_for_function("() => pictures.attempts.size === 1")
    assert greys(page, [3]) == [None]


def test_nothing_is_fetched_or_kept_after_the_end(page, sheets):
    greys(page, [1])
    wait_for(page, 1)
    sheets.held = []
    greys(page, [2])
    eventually(page, lambda: len(sheets.asked), 2)
    page.evaluate("pictures.stop()")
    assert greys(page, [1, 2, 3]) == [None, None, None]
    page.evaluate("pictures.want([8])")
    # What the page asks for after that comes after it.
    page.evaluate("void fetch('/fake/other.png?rows=9')")
    eventually(page, lambda: ("other", [9]) in sheets.asked)
    assert [rows for _, rows in sheets.asked] == [[1], [2], [9]]
    assert page.evaluate("window.loaded.length") == 1


def test_the_server_sends_the_pictures_of_a_model(page, run):
    model = model_named("digits-2d")
    url, rows = pictures_url(model, held_out_points(model)), [9, 200, 3, *range(100, 130)]
    run("map/pictures", NEW_PICTURES.replace('"/fake"', "value.url"), {"url": url, "shape": [28, 28]})
    page.evaluate("rows => pictures.want(rows)", rows)
    wait_for(page, 1)
    body = """rows => rows.map((row) => {
        const { bitmap, x, y, w, h } = pictures.get(row);
        const context = new OffscreenCanvas(w, h).getContext("2d");
        context.drawImage(bitmap, x, y, w, h, 0, 0, w, h);
        return Array.from(context.getImageData(0, 0, w, h).data.filter((_, i) => i % 4 === 0));
    })"""
    found = np.reshape(page.evaluate(body, rows), (-1, 28, 28))
    expected = held_out_split(model.spec.training).pixels[model.latents.index[rows]]
    np.testing.assert_array_equal(found, expected[..., 0])
    assert page.evaluate("pictures.shown()") == "original"
