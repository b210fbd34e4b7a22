"""The pad for chosen axes, its map, what lies over it, the way back, favourites and links."""

import base64
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.components.stage.test_pad import pixels, url_point, wait_for_silence
from tests.components.stage.test_sliders import value
from tests.support.browser import drag, pad_of, readout
from tests.support.components import watched_page
from tests.support.hands import keys_at_once, slow_glides, wait_for_glide
from tests.support.patience import eventually
from ui.frame.colours import class_colour
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes
from vae_core.models.classifiers import classifier_for
from vae_core.space.favourites import Favourites
from vae_core.space.neighbours import far_distance
from vae_core.space.slices import plane_through

LAYER = """
(surface, name) => {
  const canvas = surface.getRootNode().querySelector(`[data-part="${name}"]`);
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let text = "";
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return { width: canvas.width, height: canvas.height, data: btoa(text) };
}
"""


def layer(page, name):
    """The pixels of a canvas of the pad, (height, width, 4)."""
    got = page.get_by_role("application", name="Latent pad").evaluate(LAYER, name)
    return np.frombuffer(base64.b64decode(got["data"]), np.uint8).reshape(got["height"], got["width"], 4)


def picture(page, name):
    """The image of the pad with this part's name."""
    return page.locator(f"[data-part='{name}']")


def parameter(page, name):
    return page.evaluate("name => new URLSearchParams(location.search).get(name)", name)


def wait_for_parameter(page, name, wanted):
    page.wait_for_function(
        "([name, wanted]) => new URLSearchParams(location.search).get(name) === wanted", arg=[name, wanted]
    )


def moved_on(page, before):
    """The point in the address once it is another than ``before``."""
    page.wait_for_function("before => new URLSearchParams(location.search).get('z') !== before", arg=before)
    return url_point(page)


def choose_axis(page, picker, name):
    page.get_by_role("combobox", name=picker).click()
    page.get_by_role("option", name=re.compile(rf"\b{name}\b")).click()


def test_the_pad_moves_along_the_axes_that_were_chosen_and_its_map_follows(visitor):
    model = load_model("sprites-10d")
    visitor.goto("/Explore?model=sprites-10d&z=" + ",".join(["0.5"] * 10))
    pad_of(visitor)
    expect(visitor.locator(".readout")).to_contain_text("PC")
    choose_axis(visitor, "Across", "z3")
    expect(visitor.locator(".readout")).to_contain_text("z3 0.50")
    choose_axis(visitor, "Up", "z7")
    expect(visitor.locator(".readout")).to_have_text("z3 0.50   z7 0.50")
    wait_for_parameter(visitor, "axes", "3,7")
    drag(visitor, pad_of(visitor), (0.5, 0.5), (0.7, 0.3))
    z = moved_on(visitor, ",".join(["0.5"] * 10))
    assert [number for number, one in enumerate(z, 1) if one != 0.5] == [3, 7]
    plane = plane_through(model, z, (2, 6))
    expected = plane.ranges[:, 0] + [0.7, 0.7] * np.diff(plane.ranges, axis=1)[:, 0]
    assert [z[2], z[6]] == pytest.approx(expected, abs=0.03)
    assert [value(visitor, "z3"), value(visitor, "z7")] == pytest.approx(expected, abs=0.03)
    assert_map_is_of(visitor, model, plane)


def assert_map_is_of(page, model, plane):
    """Every cell of the map beneath the handle is the picture of its middle."""
    expect(picture(page, "backdrop")).to_have_attribute("data-state", "current")
    eventually(page, lambda: assert_cells_are_of(page, model, plane) is None)


def assert_cells_are_of(page, model, plane):
    height, width, channels = model.input_shape
    drawn = layer(page, "backdrop")[..., :channels].astype(int)
    cells = drawn.reshape(15, height, 15, width, channels).transpose(0, 2, 1, 3, 4)
    decoded = rounded_bytes(model.decode(plane.cell_centres(15)))
    assert np.abs(cells.reshape(decoded.shape) - decoded).max() <= 1


def test_the_map_of_a_shifted_plane_is_painted_in_the_browser(visitor):
    model = load_model("sprites-10d")
    asked = []
    visitor.on("request", lambda request: asked.append(request.url) if "/lab/" in request.url else None)
    visitor.goto("/Explore?model=sprites-10d")
    pad_of(visitor)
    # The tool below fetches modules of its own.
    wait_for_silence(visitor, asked)
    before = layer(visitor, "backdrop")
    asked.clear()
    visitor.get_by_role("slider", name="z9", exact=True).focus()
    visitor.keyboard.press("End")
    wait_for_axis_end(visitor)
    assert_map_is_of(visitor, model, plane_through(model, url_point(visitor)))
    assert not np.array_equal(layer(visitor, "backdrop"), before)
    assert asked == []


def wait_for_axis_end(page):
    page.wait_for_function("new URLSearchParams(location.search).get('z').split(',')[8] === '3'")


def test_undo_redo_and_surprise_by_button_and_by_key(visitor):
    visitor.goto("/Explore?model=digits-2d&z=0,0")
    pad = pad_of(visitor)
    undo, redo = (visitor.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    expect(undo).to_be_disabled()
    expect(redo).to_be_disabled()
    drag(visitor, pad, (0.5, 0.5), (0.75, 0.5))
    wait_for_parameter(visitor, "z", "1.5,0")
    drag(visitor, pad, (0.75, 0.5), (0.75, 0.25))
    wait_for_parameter(visitor, "z", "1.5,1.5")
    undo.click()
    expect(visitor.locator(".readout")).to_have_text("z1 1.50   z2 0.00")
    wait_for_parameter(visitor, "z", "1.5,0")
    pad.focus()
    visitor.keyboard.press("Control+z")
    wait_for_parameter(visitor, "z", "0,0")
    expect(undo).to_be_disabled()
    visitor.keyboard.press("Control+Shift+z")
    wait_for_parameter(visitor, "z", "1.5,0")
    expect(undo).to_be_enabled()
    redo.click()
    wait_for_parameter(visitor, "z", "1.5,1.5")
    expect(redo).to_be_disabled()
    visitor.get_by_role("button", name="Surprise me").click()
    z = moved_on(visitor, "1.5,1.5")
    assert np.isfinite(z).all()
    # The point glides there.
    eventually(visitor, lambda: readout(visitor), pytest.approx(z, abs=0.0051))
    expect(redo).to_be_disabled()


def test_a_hand_outranks_a_glide_that_is_under_way(visitor):
    visitor.goto("/Explore?model=digits-2d&z=-3,-3")
    pad = pad_of(visitor)
    drag(visitor, pad, (0.1, 0.9), (0.9, 0.9))
    wait_for_parameter(visitor, "z", "2.4,-2.4")
    box = pad.bounding_box()
    visitor.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.25 * box["height"])
    slow_glides(visitor)
    undo = visitor.get_by_role("button", name="Undo")
    expect(undo).to_be_enabled()
    undo.evaluate("button => button.click()")
    wait_for_glide(visitor)
    visitor.mouse.down()
    visitor.wait_for_timeout(500)
    assert readout(visitor) == [0, 1.5]
    visitor.mouse.up()
    wait_for_parameter(visitor, "z", "0,1.5")


def test_keys_and_a_reset_take_the_point_where_a_glide_was_to_bring_it(visitor):
    visitor.goto("/Explore?model=digits-2d&z=-3,-3")
    pad = pad_of(visitor)
    drag(visitor, pad, (0.5, 0.25), (0.9, 0.9))
    wait_for_parameter(visitor, "z", "2.4,-2.4")
    undo, redo = (visitor.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo"))
    slow_glides(visitor)
    undo.click()
    wait_for_glide(visitor)
    keys_at_once(pad, "ArrowRight")
    wait_for_parameter(visitor, "z", "-2.9,-3")
    undo.click()
    wait_for_parameter(visitor, "z", "-3,-3")
    redo.click()
    wait_for_parameter(visitor, "z", "-2.9,-3")
    # The glide of the step before may still be under way.
    expect(redo).to_be_disabled()
    wait_for_glide(visitor)
    keys_at_once(visitor.get_by_role("slider", name="z2", exact=True), "ArrowRight")
    wait_for_parameter(visitor, "z", "-2.9,-2.9")
    undo.click()
    wait_for_glide(visitor)
    visitor.get_by_role("button", name="Reset").click()
    wait_for_parameter(visitor, "z", "0,0")
    expect(visitor.locator(".readout")).to_have_text("z1 0.00   z2 0.00")


def test_favourites_are_kept_for_their_visitor_alone(visitor, chromium, server):
    visitor.goto("/Explore?model=digits-2d&z=1,-1&tool=journey")
    pad_of(visitor)
    expect(visitor.get_by_text("No favourites yet")).to_be_visible()
    visitor.get_by_role("button", name="Keep", exact=True).click()
    image = visitor.get_by_role("img", name="Favourite of digits-2d")
    expect(image).to_be_visible()
    assert image.evaluate(
        "image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"
    ) == [
        224,
        224,
    ]
    drag(visitor, pad_of(visitor), (0.5, 0.5), (0.75, 0.25))
    wait_for_parameter(visitor, "z", "1.5,1.5")
    visitor.get_by_role("button", name="Go", exact=True).click()
    wait_for_parameter(visitor, "z", "1,-1")
    expect(visitor.locator(".readout")).to_have_text("z1 1.00   z2 −1.00")

    with watched_page(chromium, server, "/Explore?model=digits-2d&tool=journey") as elsewhere:
        expect(elsewhere.get_by_text("No favourites yet")).to_be_visible()

    visitor.reload()
    again = visitor.context.new_page()
    again.goto("/Explore?model=digits-2d&z=0,0&tool=journey")
    expect(again.get_by_role("img", name="Favourite of digits-2d")).to_be_visible()
    again.locator("[class*='st-key-remove_'] button:visible").click()
    expect(again.get_by_text("No favourites yet")).to_be_visible()


def test_a_favourite_of_a_model_that_is_gone_says_so_and_stays(visitor, server, monkeypatch):
    visitor.goto("/Explore?model=digits-2d&z=0,0")
    pad_of(visitor)
    token = next(one["value"] for one in visitor.context.cookies() if one["name"] == "latent_lab_visitor")
    monkeypatch.setenv("VAE_CORE_HOME", str(server.log.parent))
    kept = Favourites(token).keep("gone-2d", [1, 2], b"\x89PNG\r\n\x1a\n")
    visitor.goto("/Explore?model=digits-2d&z=0,0&tool=journey")
    expect(visitor.get_by_text("its model is no longer here")).to_be_visible()
    expect(visitor.get_by_role("button", name="Go", exact=True)).to_be_disabled()
    pad_of(visitor)
    assert Favourites(token).all() == [kept]


def toggle(page, name):
    page.get_by_role("button", name=name).click()


def test_test_pictures_density_and_grid_lie_over_the_map(visitor):
    model = load_model("digits-2d")
    visitor.goto("/Explore?model=digits-2d&z=0,0")
    pad_of(visitor)
    assert not layer(visitor, "overlay").any()
    toggle(visitor, "Test pictures")
    wait_for_parameter(visitor, "show", "codes")
    eventually(visitor, lambda: assert_codes_are_drawn(layer(visitor, "overlay"), model) is None)
    toggle(visitor, "Grid")
    wait_for_parameter(visitor, "show", "codes,grid")
    toggle(visitor, "Test pictures")
    wait_for_parameter(visitor, "show", "grid")
    eventually(visitor, lambda: assert_grid_is_drawn(layer(visitor, "overlay"), model) is None)


def assert_codes_are_drawn(drawn, model):
    """Where one code lies alone, the map has the colour of its class; elsewhere nothing is drawn."""
    side = drawn.shape[0]
    places = plane_places(model, side)
    apart = np.linalg.norm(places[:, np.newaxis] - places[np.newaxis], axis=2)
    np.fill_diagonal(apart, np.inf)
    inside = ((places > 4) & (places < side - 4)).all(axis=1)
    alone = np.flatnonzero(inside & (apart.min(axis=1) > 5))
    assert len(alone) > 50
    for row in alone:
        x, y = np.floor(places[row]).astype(int)
        colour = class_colour(int(model.latents.label[row]))
        expected = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
        near = drawn[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 4).astype(int)
        full = near[near[:, 3] == 255, :3]
        assert len(full)
        assert (full == expected).all()
    assert (drawn[..., 3] > 0).mean() < 0.05


def plane_places(model, side):
    """Where the held-out codes lie on a pad of ``side`` pixels: from the left and from the top."""
    plane = plane_through(model, [0, 0])
    low, high = plane.ranges.T
    shares = (plane.coordinates(model.latents.z_mean) - low) / (high - low)
    return side * np.stack([shares[:, 0], 1 - shares[:, 1]], axis=1)


def assert_grid_is_drawn(drawn, model):
    """A line at every whole number from -3 to 3, the two through 0 the brightest; nothing between."""
    opacity = drawn[..., 3].astype(int)
    side = len(opacity)
    between = round(side * 2.5 / 6)
    for lines in (opacity[between], opacity[:, between]):
        found = np.flatnonzero(lines)
        marks = {round(6 * place / side, 1) for place in found}
        assert {round(mark) for mark in marks} == set(range(7))
        assert all(abs(mark - round(mark)) < 0.05 for mark in marks)
        assert abs(6 * np.argmax(lines) / side - 3) < 0.05


def test_the_density_arrives_and_a_place_without_data_is_said(visitor):
    model = load_model("digits-2d")
    visitor.goto("/Explore?model=digits-2d&z=0,0&show=density")
    pad = pad_of(visitor)
    expect(picture(visitor, "density")).to_be_visible()
    size = picture(visitor, "density").evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert size >= 32
    hint = picture(visitor, "hint")
    expect(hint).to_be_hidden()
    far = np.array([2.9, 2.9])
    distance = np.linalg.norm(model.latents.z_mean - far, axis=1).min()
    assert distance > far_distance(model)
    box = pad.bounding_box()
    visitor.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    visitor.mouse.down()
    visitor.mouse.move(
        *[box[a] + s * box[b] for a, s, b in (("x", 5.9 / 6, "width"), ("y", 0.1 / 6, "height"))]
    )
    # Said during the motion, before Python hears of it.
    expect(hint).to_contain_text("Off the map: no data lies here.")
    here = readout(visitor)
    nearest = np.linalg.norm(model.latents.z_mean - here, axis=1).min()
    said = float(re.search(r"(\d+\.\d) away", hint.inner_text())[1])
    assert said == pytest.approx(nearest, abs=0.06)
    visitor.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"], steps=4)
    expect(hint).to_be_hidden()
    visitor.mouse.up()
    toggle(visitor, "Density")
    visitor.wait_for_function("!new URLSearchParams(location.search).has('show')")
    expect(picture(visitor, "density")).to_be_hidden()


def test_an_opinion_is_shown_as_one_with_its_accuracy(visitor):
    classifier = classifier_for(load_model("digits-2d").spec)
    visitor.goto("/Explore?model=digits-2d&z=0,0")
    pad_of(visitor)
    toggle(visitor, "Opinion")
    wait_for_parameter(visitor, "show", "opinion")
    expect(picture(visitor, "opinion")).to_be_visible()
    assert (
        picture(visitor, "opinion").evaluate("image => image.decode().then(() => image.naturalWidth)") >= 15
    )
    expect(visitor.get_by_text("Opinion of a small classifier, not a fact")).to_contain_text(
        f"{100 * classifier.facts.accuracy:.1f} %"
    )


def test_a_link_shows_another_person_exactly_the_same(visitor, chromium, server):
    visitor.goto("/Explore?model=sprites-10d")
    pad_of(visitor)
    choose_axis(visitor, "Across", "z9")
    expect(visitor.locator(".readout")).to_contain_text("z9")
    choose_axis(visitor, "Up", "z2")
    wait_for_parameter(visitor, "axes", "9,2")
    toggle(visitor, "Test pictures")
    wait_for_parameter(visitor, "show", "codes")
    toggle(visitor, "Grid")
    wait_for_parameter(visitor, "show", "codes,grid")
    visitor.get_by_role("radio", name="Samples").click()
    wait_for_parameter(visitor, "tool", "samples")
    visitor.get_by_role("button", name="Draw anew").click()
    wait_for_parameter(visitor, "seed", "1")
    visitor.get_by_role("slider", name="z5", exact=True).focus()
    visitor.keyboard.press("PageUp")
    drag(visitor, pad_of(visitor), (0.5, 0.5), (0.31, 0.77))
    shown = [value(visitor, f"z{number}") for number in range(1, 11)]
    eventually(visitor, lambda: url_point(visitor), pytest.approx(shown, abs=0.006))
    here = visitor.evaluate("location.href")
    with watched_page(chromium, server, here.removeprefix(server.url)) as other:
        pad_of(other)
        expect(other.get_by_role("heading", name="Prior")).to_be_visible()
        for page in (visitor, other):
            expect(picture(page, "backdrop")).to_have_attribute("data-state", "current")
        # The grid is white; the codes, which come later, are not.
        eventually(visitor, lambda: np.ptp(layer(visitor, "overlay")[..., :3], axis=2).any())
        eventually(other, lambda: readout(other), readout(visitor))
        eventually(other, lambda: pixels(other), pixels(visitor))
        for name in ("backdrop", "overlay"):
            wanted = layer(visitor, name)
            assert wanted.any()
            eventually(other, lambda name=name, wanted=wanted: np.array_equal(layer(other, name), wanted))
        for page in (visitor, other):
            assert page.evaluate("location.href") == here
        for page in (visitor, other):
            expect(page.get_by_role("button", name="Seed 1")).to_be_visible()


@pytest.mark.parametrize(
    ("z", "axes", "show", "seed", "tool"),
    [
        ("nan,0", "1,1", "junk", "-1", "junk"),
        ("inf,0", "99,1", "codes,junk", "1e9", "STARTS"),
        ("1", "junk", "junk,", "9999999999", " "),
        (",".join(["1"] * 10_000), "-1,2", "<b>", "nan", "<script>"),
    ],
    ids=["nan", "inf", "few", "many"],
)
def test_each_junk_part_of_an_address_has_a_message_and_the_page_works_on(visitor, z, axes, show, seed, tool):
    visitor.goto(f"/Explore?model=digits-2d&z={z}&axes={axes}&show={show}&seed={seed}&tool={tool}")
    pad = pad_of(visitor)
    alerts = visitor.get_by_test_id("stAlert")
    expect(alerts).to_have_count(1)
    for words in (
        "The point in the address is not usable",
        "The axes in the address",
        "show",
        "seed",
        "tool",
    ):
        expect(alerts).to_contain_text(words)
    assert readout(visitor) == [0, 0]
    pad.scroll_into_view_if_needed()
    drag(visitor, pad, (0.5, 0.5), (0.75, 0.75))
    wait_for_parameter(visitor, "z", "1.5,-1.5")
