"""The Concepts page in a real browser: sliders, gallery, plane, the line, a concept of one's own."""

import re

import numpy as np
from playwright.sync_api import expect

from tests.components.stage.test_overlays import parameter, wait_for_parameter
from tests.support.patience import at_rest, eventually
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes
from vae_core.concepts import ready_concepts

MODEL = "faces-16d"
PIXELS = """
canvas => { const { width, height } = canvas;
  return [...canvas.getContext("2d").getImageData(0, 0, width, height).data].filter((_, i) => i % 4 !== 3); }
"""

# What the last part of each view to come looks like.
READY = {
    "desk": "[data-part=desk] [role=slider]",
    "plane": "[data-part=lab] .status[data-place]",
    "sum": "[role=combobox][aria-label=Expression]",
    "make": "input[aria-label=Name]",
}


def concept(name, model=MODEL):
    return next(one for one in ready_concepts(load_model(model)) if one.name == name)


def drawn(page, hero, strengths):
    """Wait until the desk has drawn these strengths."""
    page.locator(f"[data-part=desk][data-drawn='{hero}:{strengths}']").wait_for()


def test_a_slider_changes_the_picture_and_the_address(visitor):
    model = load_model(MODEL)
    code = model.latents.z_mean[3]
    z = ",".join(f"{value:.4g}" for value in code)
    visitor.goto(f"/Concepts?model={MODEL}&z={z}&mix=smile:0~glasses:0")
    slider = visitor.get_by_role("slider", name="smile", exact=True)
    # One after the other: what is sent before its answer has come carries the address of before.
    slider.press("PageUp")
    wait_for_parameter(visitor, "mix", "smile:1~glasses:0")
    slider.press("PageUp")
    drawn(visitor, 0, "2,0")
    wait_for_parameter(visitor, "mix", "smile:2~glasses:0")
    start = np.array([float(part) for part in z.split(",")], np.float32)
    wanted = model.decode((start + 2 * concept("smile").vector.astype(np.float32))[np.newaxis])
    hero = visitor.locator("[data-part=desk] canvas.hero")

    def distance():
        return np.abs(np.array(hero.evaluate(PIXELS)) - rounded_bytes(wanted).ravel().astype(int)).max()

    eventually(visitor, lambda: distance() <= 2)
    visitor.get_by_role("button", name="Go there").click()
    visitor.wait_for_url("**/Explore?**")
    there = [float(part) for part in eventually(visitor, lambda: parameter(visitor, "z")).split(",")]
    np.testing.assert_allclose(there, start + 2 * concept("smile").vector, rtol=2e-3, atol=2e-3)


def test_concepts_are_put_on_the_desk_and_a_gallery_beside(visitor):
    visitor.goto(f"/Concepts?model={MODEL}")
    visitor.get_by_role("slider", name="smile", exact=True).wait_for()
    visitor.get_by_role("button", name="glasses", exact=True).click()
    expect(visitor.get_by_role("slider", name="glasses", exact=True)).to_be_visible()
    visitor.get_by_text("On a whole gallery").click()
    gallery = visitor.get_by_role("group", name="The same strengths in other pictures")
    expect(gallery).to_be_visible()
    expect(visitor.locator("[data-part=desk][data-pictures=whole]")).to_be_visible()


def test_what_a_concept_is_worth_is_worked_out_when_it_is_unfolded(visitor):
    visitor.goto(f"/Concepts?model={MODEL}&mix=smile:0")
    visitor.get_by_role("slider", name="smile", exact=True).wait_for()
    at_rest(visitor)
    expect(visitor.get_by_text("Separable, AUC")).to_have_count(0)
    visitor.get_by_text("What “smile” is worth").click()
    expect(visitor.get_by_text("Separable, AUC")).to_be_visible()
    expect(visitor.get_by_text("Below each strength")).to_be_visible()


def test_a_line_is_typed_and_its_link_shows_the_same(visitor):
    visitor.goto("/Concepts?model=mnist-16d&view=sum")
    line = visitor.get_by_role("combobox", name="Expression")
    expect(line).not_to_have_value("")
    line.fill("7 - 1 + 4")
    line.press("Enter")
    wait_for_parameter(visitor, "sum", "7 - 1 + 4")
    expect(visitor.get_by_text("the sum so far")).to_be_visible()
    line.fill("7 - + 4 )")
    line.press("Enter")
    expect(line).to_have_attribute("aria-invalid", "true")
    visitor.goto("/Concepts?model=mnist-16d&view=sum&sum=7%20-%201%20%2B%204")
    expect(visitor.get_by_role("combobox", name="Expression")).to_have_value("7 - 1 + 4")
    expect(visitor.get_by_role("link", name="Morph to it")).to_be_visible()


def test_a_concept_of_ones_own_is_made_kept_and_used(visitor):
    visitor.goto("/Concepts?model=doodles-32d&view=make")
    visitor.get_by_role("textbox", name="Name").fill("leafier")
    visitor.get_by_role("textbox", name="Name").press("Enter")
    visitor.get_by_role("button", name="Make the concept").click()
    visitor.get_by_role("button", name=re.compile("Keep it")).click()
    expect(visitor.get_by_role("slider", name="leafier", exact=True)).to_be_visible()
    wait_for_parameter(visitor, "mix", "leafier:1")


def test_two_concepts_span_a_pad(visitor):
    visitor.goto(f"/Concepts?model={MODEL}&view=plane")
    pad = visitor.get_by_role("application")
    pad.wait_for()
    visitor.locator(".status[data-place='browser']").wait_for()
    readout, shares = visitor.locator("[data-part=readout]"), visitor.locator(".shares div")
    expect(readout).to_have_text("smile 0.0, glasses 0.0")
    # A tenth of the way across from -2 to 2, and of that upwards.
    pad.press("Shift+ArrowRight")
    expect(readout).to_have_text("smile +0.4, glasses 0.0")
    pad.press("Shift+ArrowDown")
    expect(readout).to_have_text("smile +0.4, glasses −0.4")
    expect(shares).to_have_text(["+0.4smile", "−0.4glasses"])
    expect(visitor.get_by_text("more smile and glasses").first).to_be_visible()


def test_a_phone_shows_the_desk_without_scrolling_sideways(chromium, server):
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, base_url=server.url, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    for view, ready in READY.items():
        page.goto(f"/Concepts?model={MODEL}&view={view}")
        page.locator(ready).first.wait_for()
        page.get_by_text("How it works").wait_for()
        at_rest(page)
        eventually(page, lambda: page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
    context.close()
