"""The Morph page in a real browser: choose ends, watch, scrub, take along, share, four corners."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.components.stage.test_overlays import parameter, wait_for_parameter
from tests.support.patience import at_rest, eventually
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes

MODEL = "digits-2d"
HERO = """
canvas => { const { width, height } = canvas;
  return [...canvas.getContext("2d").getImageData(0, 0, width, height).data].filter((_, i) => i % 4 === 0); }
"""


def morph_of(page):
    """The films, once they are there and the decoder has arrived."""
    page.locator("[data-part=morph][data-ready]").wait_for()
    page.locator(".status[data-place='browser']").wait_for(state="attached")
    return page.locator("[data-part=morph]")


def hero(page):
    """The grey pixels of the large picture."""
    return np.array(page.locator("[data-part=morph] canvas.hero").evaluate(HERO))


def decoded(code):
    return rounded_bytes(load_model(MODEL).decode(np.asarray(code)[np.newaxis]))[0].ravel()


def shows_code(page, code):
    """Whether the large picture is what the code decodes to."""
    return np.abs(hero(page).astype(int) - decoded(code)).max() <= 1


def shows_last_frame(page):
    frames = int(scrubber(page).get_attribute("aria-valuemax"))
    return page.locator("canvas.hero").get_attribute("data-position") == f"{frames - 1}.000"


def scrubber(page):
    return page.get_by_role("slider", name="Frame", exact=True)


@pytest.fixture
def calm(chromium, server):
    """A visitor who asked for little motion: films wait for the play button."""
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, base_url=server.url, reduced_motion="reduce"
    )
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, errors


def test_it_plays_by_itself_and_stops_at_a_press_of_space(visitor):
    visitor.goto(f"/Morph?model={MODEL}&ends=12~40")
    morph_of(visitor)
    first = hero(visitor)
    eventually(visitor, lambda: (hero(visitor) != first).any())
    scrubber(visitor).focus()
    visitor.keyboard.press("Space")
    expect(visitor.locator("[data-part=morph]")).to_have_attribute("data-state", "paused")
    # What was asked for before that is drawn by now.
    visitor.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    still = hero(visitor)
    visitor.wait_for_timeout(700)
    assert (hero(visitor) == still).all()


def test_its_ends_are_what_the_codes_decode_to(calm):
    codes = load_model(MODEL).latents.z_mean
    calm.goto(f"/Morph?model={MODEL}&ends=12~40")
    morph_of(calm)
    scrubber(calm).press("Home")
    eventually(calm, lambda: shows_code(calm, codes[12]))
    scrubber(calm).press("End")
    eventually(calm, lambda: shows_code(calm, codes[40]))


def test_a_picture_picked_in_the_dialog_becomes_the_end_and_the_address_says_so(calm):
    calm.goto(f"/Morph?model={MODEL}&ends=12~40")
    morph_of(calm)
    calm.get_by_role("button", name="Choose").nth(1).click()
    dialog = calm.get_by_role("dialog")
    expect(dialog.get_by_text("Pick one.")).to_be_visible()
    row = dialog.get_by_label("Row", exact=True)
    row.fill("77")
    row.press("Enter")
    cell = dialog.get_by_role("button", name=re.compile("row 77$"))
    cell.click()
    expect(dialog).to_be_hidden()
    wait_for_parameter(calm, "ends", "12~77")
    expect(calm.get_by_text("(row 77)").first).to_be_visible()


def test_another_way_is_chosen_and_its_link_shows_another_person_the_same(calm, chromium, server):
    calm.goto(f"/Morph?model={MODEL}&ends=12~40~s3")
    morph_of(calm)
    calm.get_by_role("radio", name="Staying on the data").click()
    wait_for_parameter(calm, "path", "graph")
    scrubber(calm).press("End")
    eventually(calm, lambda: shows_last_frame(calm))
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, base_url=server.url, reduced_motion="reduce"
    )
    other = context.new_page()
    other.goto(calm.url)
    morph_of(other)
    expect(other.get_by_role("radio", name="Staying on the data")).to_be_checked()
    scrubber(other).press("End")
    eventually(other, lambda: shows_last_frame(other))
    assert (hero(other) == hero(calm)).all()
    context.close()


@pytest.mark.parametrize(("label", "kind"), [("GIF", "GIF"), ("Animated WebP", "WEBP")])
def test_the_film_is_taken_along(calm, label, kind):
    calm.goto(f"/Morph?model={MODEL}&ends=12~40&frames=12")
    morph_of(calm)
    with calm.expect_download() as download:
        calm.get_by_role("button", name=label).click()
    content = Path(download.value.path()).read_bytes()
    with Image.open(io.BytesIO(content)) as film:
        assert film.format == kind and film.n_frames == 12
        assert film.size == (280, 280)
        first = np.asarray(film.convert("L"))[5::10, 5::10]
    assert np.abs(first.astype(int).ravel() - decoded(load_model(MODEL).latents.z_mean[12])).max() <= 1


def test_four_corners_are_dragged_over_and_lead_to_explore(calm):
    calm.goto(f"/Morph?model={MODEL}&ends=12~40~77~3&shape=corners")
    pad = calm.get_by_role("application")
    pad.wait_for()
    calm.get_by_text("Decoded in your browser").wait_for()
    box = pad.bounding_box()
    calm.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    calm.mouse.down()
    calm.mouse.move(box["x"] + 1, box["y"] + 1, steps=6)
    calm.mouse.up()
    calm.get_by_role("button", name="Go there").click()
    calm.wait_for_url("**/Explore?**")
    z = [float(part) for part in eventually(calm, lambda: parameter(calm, "z")).split(",")]
    np.testing.assert_allclose(z, load_model(MODEL).latents.z_mean[12], atol=0.1)


def test_a_phone_shows_ends_and_film_without_scrolling_sideways(chromium, server):
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, base_url=server.url, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"/Morph?model={MODEL}&ends=12~40")
    morph_of(page)
    at_rest(page)
    eventually(page, lambda: page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
    cards = [page.locator(f".st-key-morph_end_{place}") for place in (0, 1)]

    def are_beside_each_other():
        first, second = (card.bounding_box() for card in cards)
        return first["y"] == second["y"]

    eventually(page, are_beside_each_other)
    context.close()
