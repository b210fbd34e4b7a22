"""The sliders as a person uses them: mouse, keys, finger; two dimensions or 576; beside the pad."""

import math
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.components.stage.test_pad import pixels, url_point, wait_for_silence
from tests.support.browser import pad_of, readout
from tests.support.components import watched_page
from tests.support.hands import along, double_click
from tests.support.patience import eventually
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes
from vae_core.space.dimensions import dimensions_of
from vae_core.space.slices import plane_of_model

# What every part of the stage shows at the moment a frame has been drawn.
WATCH = """
() => {
  window.seen = [];
  addEventListener("drawn", event => {
    const canvas = event.composedPath()[0], root = canvas.getRootNode();
    const of = (name) => root.querySelector(`[data-part="${name}"]`);
    seen.push({
      place: event.detail.place, z: event.detail.z, readout: of("readout").textContent,
      handle: of("handle").style.transform,
      sliders: Object.fromEntries([...root.querySelectorAll("[role=slider]")].map(
        (track) => [track.ariaLabel, +track.ariaValueNow])),
      pixels: Array.from(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data),
    });
  });
}
"""


def slider(page, name):
    return page.get_by_role("slider", name=name, exact=True)


def value(page, name):
    return float(slider(page, name).get_attribute("aria-valuenow"))


def ends(page, name):
    return [float(slider(page, name).get_attribute(f"aria-value{end}")) for end in ("min", "max")]


def grasp(page, name, share):
    """Press the slider at a share of its length; returns what moves the hand to another share.

    The hand goes there in steps, each with a frame of its own, which ``WATCH`` must note.
    """
    slider(page, name).scroll_into_view_if_needed()
    box = slider(page, name).bounding_box()

    def at(share):
        return box["x"] + share * box["width"], box["y"] + box["height"] / 2

    def move(goal, steps=10):
        along(page, [at(share + (goal - share) * step / steps) for step in range(1, steps + 1)], "seen")

    page.mouse.move(*at(share))
    page.mouse.down()
    return move


def wait_for_address(page, axis, number):
    """Wait until one number of the point in the address, counted from 0, is this one."""
    page.wait_for_function(
        "([axis, number]) => Math.abs((new URLSearchParams(location.search).get('z') ?? '').split(',')[axis]"
        " - number) < 0.006",
        arg=[axis, number],
    )


def sliders_but(page, name):
    """The values of all sliders that stand unfolded, without the named one."""
    return page.locator("[role=slider][aria-valuenow]").evaluate_all(
        "(all, name) => all.filter((one) => one.ariaLabel !== name).map((one) => +one.ariaValueNow)", name
    )


def open_explore(page, **query):
    page.goto("/Explore?" + "&".join(f"{key}={part}" for key, part in query.items()))
    return pad_of(page)


def test_the_picture_follows_the_thumb_and_the_server_hears_of_the_release_alone(visitor):
    sent = []
    visitor.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append("frame")))
    visitor.on("request", lambda request: sent.append(request.url))
    open_explore(visitor, model="digits-2d", z="0,0")
    expect(slider(visitor, "z1")).to_have_attribute("aria-valuenow", "0.00")
    assert ends(visitor, "z1") == [-3, 3]
    wait_for_silence(visitor, sent)
    before = pixels(visitor)
    visitor.evaluate(WATCH)
    sent.clear()
    move = grasp(visitor, "z1", 0.5)
    move(0.9, steps=20)
    visitor.wait_for_timeout(100)
    drawn = visitor.evaluate("seen")
    assert len(drawn) >= 20
    assert {frame["place"] for frame in drawn} == {"browser"}
    assert {frame["z"][1] for frame in drawn} == {0}
    assert sent == []
    assert url_point(visitor) == [0, 0]
    visitor.mouse.up()
    wait_for_address(visitor, 0, 2.4)
    eventually(visitor, lambda: "frame" in sent)
    assert value(visitor, "z1") == pytest.approx(2.4, abs=0.02)
    eventually(visitor, lambda: readout(visitor) == [value(visitor, "z1"), 0])
    eventually(visitor, lambda: pixels(visitor) != before)


def test_keys_move_one_dimension(visitor):
    open_explore(visitor, model="digits-2d", z="1,1")
    low, high = ends(visitor, "z2")
    step = (high - low) / 60
    slider(visitor, "z2").focus()
    expected = 1.0
    for key, steps in [
        ("ArrowRight", 1),
        ("ArrowUp", 1),
        ("ArrowLeft", -1),
        ("ArrowDown", -1),
        ("Shift+ArrowLeft", -5),
        ("PageUp", 5),
        ("PageDown", -5),
    ]:
        visitor.keyboard.press(key)
        expected += steps * step
        eventually(visitor, lambda: value(visitor, "z2"), pytest.approx(expected, abs=0.011))
    visitor.keyboard.press("Control+ArrowRight")
    wait_for_address(visitor, 1, expected)
    assert value(visitor, "z2") == pytest.approx(expected, abs=0.011)
    visitor.keyboard.press("End")
    eventually(visitor, lambda: value(visitor, "z2"), high)
    visitor.keyboard.press("ArrowRight")
    assert value(visitor, "z2") == high
    visitor.keyboard.press("Home")
    eventually(visitor, lambda: value(visitor, "z2"), low)
    wait_for_address(visitor, 1, low)
    assert value(visitor, "z1") == 1


def test_a_double_click_resets_its_own_dimension_and_the_button_all(visitor):
    model = load_model("sprites-10d")
    start = plane_of_model(model).origin
    open_explore(visitor, model="sprites-10d", z=",".join(["1"] * 10))
    slider(visitor, "z3").scroll_into_view_if_needed()
    box = slider(visitor, "z3").bounding_box()
    double_click(visitor, box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    wait_for_address(visitor, 2, float(start[2]))
    shown = [value(visitor, f"z{number}") for number in range(1, 11)]
    assert shown[2] == pytest.approx(start[2], abs=0.006)
    assert shown[:2] + shown[3:] == [1] * 9
    visitor.get_by_role("button", name="Reset").click()
    wait_for_address(visitor, 0, float(start[0]))
    shown = [value(visitor, f"z{number}") for number in range(1, 11)]
    assert shown == pytest.approx(start.tolist(), abs=0.006)


def test_dimensions_stand_in_the_order_of_their_kl_and_unused_ones_are_folded(visitor):
    dimensions = dimensions_of(load_model("mnist-16d"))
    active = [one for one in dimensions if one.active]
    unused = [one for one in dimensions if not one.active]
    open_explore(visitor, model="mnist-16d")
    group = visitor.get_by_role("group", name="Dimensions of the code")
    names = group.locator("[role=slider]").evaluate_all("all => all.map(one => one.ariaLabel)")
    assert names == [f"z{one.index + 1}" for one in active]
    spreads = [math.sqrt(float(f"{one.variance:.4g}")) for one in active]
    figures = [f"{one.kl:.2f} nats\n± {spread:.2f}" for one, spread in zip(active, spreads, strict=True)]
    eventually(visitor, group.locator(".activity").all_inner_texts, figures)
    fold = group.get_by_text(f"{len(unused)} unused dimensions: the codes of all pictures agree in them")
    expect(fold).to_be_visible()
    fold.click()
    last = f"z{unused[-1].index + 1}"
    expect(slider(visitor, last)).to_be_visible()
    slider(visitor, last).focus()
    visitor.keyboard.press("End")
    wait_for_address(visitor, unused[-1].index, unused[-1].high)
    expect(group.locator("[role=slider]")).to_have_count(16)


def test_576_dimensions_show_the_64_most_active_and_fold_the_rest(visitor):
    dimensions = dimensions_of(load_model("doodles-ae"))
    active = [one for one in dimensions if one.active]
    open_explore(visitor, model="doodles-ae")
    group = visitor.get_by_role("group", name="Dimensions of the code")
    tracks = group.locator("[role=slider]")
    names = tracks.evaluate_all("all => all.map(one => one.ariaLabel)")
    assert names == [f"z{one.index + 1}" for one in active[:64]]
    assert len(dimensions) == 576
    group.get_by_text(f"{len(active) - 64} more dimensions, less active than these").click()
    expect(tracks).to_have_count(len(active))
    visitor.evaluate(WATCH)
    for one in (active[0], active[-1]):
        name = f"z{one.index + 1}"
        grasp(visitor, name, 0.5)(0.75)
        visitor.mouse.up()
        wait_for_address(visitor, one.index, value(visitor, name))
        assert value(visitor, name) == pytest.approx(one.low + 0.75 * (one.high - one.low), rel=0.05)
    assert {frame["place"] for frame in visitor.evaluate("seen")} == {"browser"}
    assert len(url_point(visitor)) == 576


def test_pad_sliders_and_picture_show_one_point_in_every_frame(visitor):
    model = load_model("sprites-10d")
    plane = plane_of_model(model)
    pad = open_explore(visitor, model="sprites-10d")
    expect(slider(visitor, "z10")).to_be_visible()
    visitor.evaluate(WATCH)
    box = pad.bounding_box()
    shares = [(0.5 + 0.07 * step, 0.5 - 0.06 * step) for step in range(6)]
    way = [(box["x"] + across * box["width"], box["y"] + down * box["height"]) for across, down in shares]
    visitor.mouse.move(*way[0])
    visitor.mouse.down()
    along(visitor, way[1:], "seen")
    visitor.mouse.up()
    move = grasp(visitor, "z4", 0.3)
    move(0.9)
    visitor.mouse.up()
    wait_for_address(visitor, 3, value(visitor, "z4"))
    frames = visitor.evaluate("seen")
    assert len(frames) >= 15
    codes = np.array([frame["z"] for frame in frames])
    assert np.ptp(codes[:, 3]) > 2
    sliders = np.array([[frame["sliders"][f"z{number}"] for number in range(1, 11)] for frame in frames])
    np.testing.assert_allclose(sliders, codes, atol=0.0051)
    coordinates = plane.coordinates(codes)
    said = [
        [float(part) for part in re.findall(r"-?\d+\.\d\d", frame["readout"].replace("−", "-"))]
        for frame in frames
    ]
    np.testing.assert_allclose(said, coordinates, atol=0.0051)
    low, high = plane.ranges.T
    places = 100 * np.clip((coordinates - low) / (high - low), 0, 1)
    places[:, 1] = 100 - places[:, 1]
    handles = [[float(part) for part in re.findall(r"-?[\d.]+(?=cq)", frame["handle"])] for frame in frames]
    np.testing.assert_allclose(handles, places, atol=0.01)
    drawn = np.array([frame["pixels"] for frame in frames]).reshape(len(frames), 32, 32, 4)[..., :1]
    assert np.abs(drawn - rounded_bytes(model.decode(codes.astype(np.float32))).astype(int)).max() <= 1


def test_a_swipe_along_the_slider_moves_it_and_one_across_scrolls(chromium, server):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    address = "/Explore?model=sprites-10d&z=" + ",".join(["0"] * 10)
    with watched_page(chromium, server, address, **phone) as page:
        pad_of(page)
        track = slider(page, "z9")
        track.scroll_into_view_if_needed()
        session = page.context.new_cdp_session(page)

        def swipe(*places):
            box = track.bounding_box()
            for number, (across, down) in enumerate(places):
                point = {"x": box["x"] + across * box["width"], "y": box["y"] + box["height"] / 2 + down}
                kind = "touchMove" if number else "touchStart"
                session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
            session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

        swipe(*[(0.5 + 0.03 * step, 0) for step in range(11)])
        eventually(page, lambda: 1 < url_point(page)[8] == pytest.approx(value(page, "z9"), abs=0.006))
        moved = value(page, "z9")
        others = sliders_but(page, "z9")
        page.evaluate("""() => addEventListener("pointercancel", () => { window.cancelled = true; }, true)""")
        top = page.evaluate("document.querySelector('.stMain').scrollTop")
        swipe(*[(0.2, -20 * step) for step in range(11)])
        page.wait_for_function("window.cancelled")
        expect(track).to_have_attribute("aria-valuenow", f"{moved:.2f}")
        page.wait_for_function("top => document.querySelector('.stMain').scrollTop > top", arg=top)
        assert sliders_but(page, "z9") == others == [0] * 7
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_flood_of_releases_leaves_the_page_alive_at_the_last_point(visitor):
    open_explore(visitor, model="digits-2d", z="0,0")
    slider(visitor, "z1").scroll_into_view_if_needed()
    box = slider(visitor, "z1").bounding_box()
    y = box["y"] + box["height"] / 2
    for cycle in range(200):
        visitor.mouse.move(box["x"] + (0.1 + 0.2 * (cycle % 4)) * box["width"], y)
        visitor.mouse.down()
        visitor.mouse.up()
    grasp(visitor, "z1", 0.25)
    visitor.mouse.up()
    wait_for_address(visitor, 0, -1.5)
    slider(visitor, "z2").focus()
    visitor.keyboard.press("End")
    wait_for_address(visitor, 1, 3)
    # Whatever of the flood came late has not moved the point.
    visitor.wait_for_timeout(500)
    assert url_point(visitor) == pytest.approx([-1.5, 3], abs=0.03)
    assert readout(visitor) == pytest.approx([-1.5, 3], abs=0.03)
    expect(visitor.get_by_test_id("stException")).to_have_count(0)
