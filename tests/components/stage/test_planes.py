"""The modules beneath the pad and the sliders, against Python's own geometry: each alone in a page."""

import numpy as np
import pytest

from tests.support.hands import double_click
from ui.components.stage.view import space_of
from ui.server import modules as scripts
from ui.visit.address import checked_code
from vae_core import load_model
from vae_core.space.slices import plane_of_model, plane_through


@pytest.fixture
def module(visitor, server):
    """``module(file, body, argument)``: what the JavaScript ``body`` returns, given ``m`` and ``a``."""
    visitor.goto(f"{server.url}/_stcore/health")

    def call(name, body, argument=None):
        address = f"{server.url}/lab/player/{scripts.version()}/{name}"
        script = f"async ([address, a]) => {{ const m = await import(address); {body} }}"
        return visitor.evaluate(script, [address, argument])

    return call


@pytest.mark.parametrize("axes", [None, (8, 4), (2, 9)])
def test_a_plane_is_the_one_that_python_means(module, axes):
    model = load_model("sprites-10d")
    rng = np.random.default_rng(3)
    codes = rng.uniform(-4, 4, (20, 10))
    coordinates = rng.uniform(-3, 3, (20, 2))
    got = module(
        "stage/plane.js",
        """const plane = m.planeOf(a.space, a.axes);
        return a.codes.map((z, i) => {
          plane.passThrough(z);
          const here = plane.coordinates(z);
          return [here, plane.code(here), plane.code(a.coordinates[i]), plane.shift, plane.ranges];
        });""",
        {
            "space": space_of(model),
            "axes": axes,
            "codes": codes.tolist(),
            "coordinates": coordinates.tolist(),
        },
    )
    at_rest = plane_through(model, plane_of_model(model).origin if axes is None else np.zeros(10), axes)
    for z, place, (here, back, there, shift, ranges) in zip(codes, coordinates, got, strict=True):
        plane = plane_through(model, z, axes)
        np.testing.assert_allclose(here, plane.coordinates([z])[0], atol=1e-5)
        np.testing.assert_allclose(back, z, atol=1e-5)
        np.testing.assert_allclose(there, plane.codes([place])[0], atol=1e-5)
        assert shift == pytest.approx(np.linalg.norm(plane.origin - at_rest.origin), abs=1e-5)
        np.testing.assert_allclose(ranges, plane.ranges, atol=1e-6)


def test_places_on_a_plane_and_back(module):
    got = module(
        "stage/plane.js",
        """const plane = new m.Plane([0, 0, 0], [[1, 0, 0], [0, 2, 0]], [[-2, 6], [1, 3]]);
        return {
          corners: [plane.fromShares(0, 0), plane.fromShares(1, 1), plane.fromShares(-5, 9)],
          shares: [plane.toShares([-2, 3]), plane.toShares([2, 1.5])],
          centre: plane.centre,
          keys: ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "Home", "End", "Enter"]
            .map((key) => plane.stepped([5.5, 2], key, 0.25) ?? null),
          outside: plane.stepped([50, 2], "ArrowUp", 0.25),
          coordinates: plane.coordinates([1, 4, 9]),
        };""",
    )
    assert got == {
        "corners": [[-2, 3], [6, 1], [-2, 1]],
        "shares": [[0, 0], [0.5, 0.75]],
        "centre": [0, 1],
        "keys": [[6, 2], [3.5, 2], [5.5, 2.5], [5.5, 1.5], [0, 1], None, None],
        "outside": [50, 2.5],
        "coordinates": [1, 2],
    }


def test_an_axis_without_length_has_the_coordinate_0(module):
    got = module(
        "stage/plane.js",
        "return new m.Plane([1], [[1], [0]], [[-3, 3], [-1, 1]]).coordinates([2.5]);",
    )
    assert got == [1.5, 0]


def test_a_line_steps_and_stops_at_its_ends(module):
    got = module(
        "stage/line.js",
        """const line = new m.Line(-1, 3, 0.5);
        const keys = ["ArrowLeft", "ArrowDown", "ArrowRight", "ArrowUp", "PageUp", "PageDown", "Home", "End",
          "Delete", "Backspace", "a"];
        return {
          keys: keys.map((key) => line.stepped([1], key, 0.05) ?? null),
          stops: [line.stepped([2.9], "PageUp", 0.05), line.stepped([-0.9], "PageDown", 0.05)],
          shares: [line.fromShares(0), line.fromShares(0.25), line.fromShares(7), line.fromShares(-7)],
          back: [line.toShare(0), line.toShare(99), line.toShare(-99)],
          centre: line.centre,
        };""",
    )
    flat = [value and round(value[0], 9) for value in got["keys"]]
    assert flat == [0.8, 0.8, 1.2, 1.2, 2, 0, -1, 3, 0.5, 0.5, None]
    assert got["stops"] == [[3], [-1]]
    assert got["shares"] == [[-1], [0], [3], [-1]]
    assert got["back"] == [0.25, 1, 0]
    assert got["centre"] == [0.5]


def test_numbers_are_rounded_as_addresses_are(module):
    rng = np.random.default_rng(4)
    values = [0.0, -0.0, 1e-9, -1e-9, 999.96, -0.00012345, *(rng.standard_normal(200) * 10).tolist()]
    got = module(
        "kit/numbers.js",
        """return [m.rounded(a), m.rounded(a).map((value) => Object.is(value, -0)),
          m.formatNumber(-1.26), m.formatNumber(2), m.edgeNumber(-0.12345), m.edgeNumber(1234.5)];""",
        values,
    )
    assert got[0] == checked_code(values, len(values))
    assert not any(got[1])
    assert got[2:] == ["−1.26", "2.00", "−0.123", "1230"]


def test_the_nearest_code_is_found_and_rows_are_read(module):
    rng = np.random.default_rng(5)
    codes = rng.standard_normal((301, 7)).astype("<f2")
    labels = rng.integers(-1, 10, 301).astype("<i2")
    content = np.array(codes.shape, "<u4").tobytes() + codes.tobytes() + labels.tobytes()
    points = rng.standard_normal((30, 7)) * 3
    got = module(
        "engine/codes.js",
        """const codes = new m.Codes(Uint8Array.from(a.content).buffer);
        const distances = a.points.map((z) => codes.distance(z));
        return [distances, codes.code(300), Array.from(codes.labels), codes.count];""",
        {"content": list(content), "points": points.tolist()},
    )
    apart = np.linalg.norm(codes.astype(float)[np.newaxis] - points[:, np.newaxis], axis=2)
    np.testing.assert_allclose(got[0], apart.min(axis=1), atol=1e-6)
    np.testing.assert_array_equal(got[1], codes[300].astype(float))
    assert got[2] == labels.tolist()
    assert got[3] == 301


def test_no_codes_are_infinitely_far_and_a_failed_fetch_is_tried_again(module, visitor):
    answers = iter([(503, b"busy"), (200, np.array([0, 3], "<u4").tobytes())])

    def answer(route):
        status, body = next(answers)
        route.fulfill(status=status, body=body)

    visitor.route("**/some-codes.bin", answer)
    got = module(
        "engine/codes.js",
        """const first = await m.codesAt("/some-codes.bin").catch((error) => error.message);
        const later = await m.codesAt("/some-codes.bin");
        const again = await m.codesAt("/some-codes.bin");
        return [first, later === again, later.count, String(later.distance([0, 0, 0]))];""",
    )
    assert got == ["/some-codes.bin answered 503", True, 0, "Infinity"]


GLIDE = """
async (address) => {
  const { glide } = await import(address);
  window.way = (from, to) => {
    const told = { way: [], arrived: false };
    told.stop = glide(from, to, (z) => told.way.push(z), () => (told.arrived = true));
    return told;
  };
  window.broken = way([0, 0], [1, 1]);
  window.whole = way([0, 1], [2, -3]);
  window.still = way([1, 1], [1, 1]);
}
"""


def test_a_glide_goes_straight_and_stops_when_told(newcomer, server):
    address = f"{server.url}/lab/player/{scripts.version()}/kit/glide.js"
    newcomer.goto(f"{server.url}/_stcore/health")
    # With a clock of the test's own the frames come when they should.
    newcomer.clock.install(time=0)
    newcomer.clock.pause_at(1_000)
    newcomer.evaluate(GLIDE, address)
    newcomer.clock.run_for(100)
    before = newcomer.evaluate("broken.stop(), broken.way.length")
    newcomer.clock.run_for(100)
    assert not newcomer.evaluate("whole.arrived")
    newcomer.clock.run_for(200)
    broken, whole, still = newcomer.evaluate("[broken, whole, still]")
    way = np.array(whole["way"])
    assert whole["arrived"]
    assert len(way) >= 15
    np.testing.assert_allclose(way[:, 1], 1 - 2 * way[:, 0], atol=1e-9)
    assert (np.diff(way[:, 0]) >= 0).all()
    assert way[-1, 0] < 2
    assert (still["way"], still["arrived"]) == ([], True)
    assert before > 0
    assert (len(broken["way"]), broken["arrived"]) == (before, False)
    newcomer.emulate_media(reduced_motion="reduce")
    newcomer.evaluate(GLIDE, address)
    assert newcomer.evaluate("[whole.way, whole.arrived]") == [[], True]


def test_the_latest_request_alone_is_carried_out(module):
    got = module(
        "engine/loop.js",
        """const done = [], frame = () => new Promise(requestAnimationFrame);
        const loop = new m.LatestWins((value) => done.push(value));
        for (const value of [1, 2, 3]) loop.request(value);
        await frame(); await frame();
        loop.request(4);
        await frame(); await frame();
        loop.request(5);
        loop.stop();
        await frame(); await frame();
        return done;""",
    )
    assert got == [3, 4]


GESTURES = """
  document.body.innerHTML = '<div tabindex="0" style="position:fixed;inset:0;width:200px;height:40px"></div>';
  const element = document.body.firstChild, { Line } = await import(a);
  const told = window.told = [];
  let value = 0;
  m.followGestures(element, {
    place: new Line(0, 100, 50), current: () => [value],
    move: ([next]) => { value = next; told.push(next); },
    release: () => told.push("released"),
    cancel: ([start]) => { value = start; told.push("cancelled", start); },
  });
"""


def test_gestures_end_once_whatever_ends_them(module, visitor, server):
    module("kit/gestures.js", GESTURES, f"{server.url}/lab/player/{scripts.version()}/stage/line.js")

    def told():
        return visitor.evaluate("told.splice(0)")

    def tells(*wanted):
        visitor.wait_for_function("count => told.length >= count", arg=len(wanted))
        assert told() == list(wanted)

    visitor.mouse.move(50, 20)
    visitor.mouse.down(button="right")
    visitor.mouse.up(button="right")
    assert told() == []
    visitor.mouse.down()
    visitor.mouse.move(300, 20)
    visitor.mouse.up()
    tells(25, 100, "released")
    visitor.mouse.move(20, 20)
    visitor.mouse.down()
    visitor.keyboard.press("Home")
    cancel = "kind => document.querySelector('div').dispatchEvent(new PointerEvent(kind, {pointerId: 1}))"
    visitor.evaluate(cancel, "pointercancel")
    visitor.mouse.up()
    tells(10, "cancelled", 100)
    double_click(visitor, 120, 20)
    tells(60, "released", 50, "released")
    # In one turn: a moment after the last key the motion ends by itself.
    steps = visitor.evaluate(
        """() => {
          const element = document.querySelector("div");
          for (let count = 0; count < 2; count++) {
            element.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
          }
          element.blur();
          return told.splice(0);
        }"""
    )
    assert steps[:2] == pytest.approx([50 + 100 / 60, 50 + 200 / 60])
    assert steps[2:] == ["released"]
    visitor.wait_for_timeout(300)
    assert told() == []
