"""The Concepts page in a real browser: mixes beyond the data, what was typed early, slips of the fingers."""

import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.support.components import component_server, fresh_visit, module_url
from tests.support.patience import eventually
from vae_core import load_model

MODEL = "mnist-16d"
CODES = load_model(MODEL).latents.z_mean
PICTURES = 6
# Dimensions that the model uses: along others hardly any two codes differ.
USED = np.flatnonzero(CODES.std(axis=0) > 0.5)[:3]
# Pictures bear it or not, some of which bear each concept alone.
MIXED = (-2, -1.5, -1.2)
BODY = f"""
import json
import numpy as np
from ui.components.desk.view import Fader, desk_view
from vae_core import load_model
model = load_model("{MODEL}")
codes = model.latents.z_mean
strengths = json.loads(st.query_params.get("at", "[0, 0, 0]"))
directions = np.eye(model.latent_dim, dtype=np.float32)[{USED.tolist()}]
names = ["one", "two", "three"]
faders = [Fader(*row) for row in zip(names, directions, strengths)]
labels = [f"Picture {{row}}" for row in range({PICTURES})]
crowd = codes[:0] if "alone" in st.query_params else codes
desk_view("desk", model, codes[:{PICTURES}], labels, faders, move=0, crowd=crowd)
"""
WORDS = """
async ([address, cases]) => {
  const m = await import(address);
  const kinds = { "cat:": "picture", cat: "class", dog: "class", "my group": "group" };
  const words = ["cat", "dog", "cat:", "smile", "hair length", "my group"].map((text) => (
    { text, insert: text.includes(" ") ? `"${text}"` : text, kind: kinds[text] ?? "concept" }));
  return cases.map((text) => m.completionsAt(text, text.length, words).options.map(({ word }) => word.text));
}
"""


@pytest.fixture(scope="module")
def desk_server(tmp_path_factory):
    running = component_server(tmp_path_factory.mktemp("desk-more"), BODY)
    yield running
    running.stop()


@pytest.fixture
def desk(window, desk_server):
    """Opens the desk at these strengths; its page, once all of its pictures are there."""
    with fresh_visit(window) as page:

        def opened(*strengths, more=""):
            page.goto(f"{desk_server.url}/?at={json.dumps(strengths)}{more}")
            expect(page.get_by_role("region", name="Mixing desk")).to_have_attribute("data-pictures", "whole")
            return page

        yield opened


def beyond(strengths):
    """Which of the first pictures at most one in two hundred goes as far as, along what was added to it."""
    step = np.zeros(CODES.shape[1])
    step[USED] = strengths
    low, high = np.quantile(CODES[:: len(CODES) // 2_000] @ step, [0.005, 0.995])
    places = (CODES[:PICTURES] + step) @ step
    return [bool(place < low or place > high) for place in places]


def marked(page):
    cells = page.get_by_role("group", name="The same strengths in other pictures").get_by_role("button")
    return [cell.get_attribute("data-beyond") is not None for cell in cells.all()]


@pytest.mark.parametrize(
    "strengths", [(0, 0, 0), MIXED, (-1.5, 1.5, 1.5), (0.3, -0.2, 0.1), (2, 0, 0), (-3, 3, 3)]
)
def test_every_picture_is_marked_by_how_far_the_whole_mix_leads_it(desk, strengths):
    page = desk(*strengths)
    found = beyond(strengths) if any(strengths) else [False] * PICTURES
    assert marked(page) == found
    frame = page.locator("[data-part=frame]")
    words = page.locator(".words")
    gallery = page.get_by_role("group", name="The same strengths in other pictures")
    for number in (0, 3):
        gallery.get_by_role("button", name=f"Picture {number}").click()
        expect(page.locator(".title")).to_have_text(f"Picture {number}")
        assert (frame.get_attribute("data-beyond") is not None) == found[number]
        expect(words).to_have_text(re.compile("beyond the data", re.I) if found[number] else "")


def test_mixes_and_pictures_differ():
    # So that the test above can fail: a mix that some pictures bear, concepts that only together lead out.
    several = beyond(MIXED)
    assert 0 < sum(several) < PICTURES
    singles = [beyond(alone) for alone in np.diag(MIXED)]
    assert any(all(not single[i] for single in singles) and several[i] for i in range(PICTURES))


def test_the_mark_follows_the_slider_and_is_seen_and_heard(desk):
    page = desk(0, 0, 0)
    one = page.get_by_role("slider", name="one", exact=True)
    cell = page.get_by_role("button", name="Picture 2")
    expect(cell).not_to_have_attribute("data-beyond", "")
    for _ in range(3):
        one.press("PageUp")
    assert beyond((3, 0, 0))[2]
    expect(cell).to_have_attribute("data-beyond", "")
    expect(cell).to_have_attribute("aria-description", "beyond the data")
    band = cell.evaluate("(one) => getComputedStyle(one, '::before').visibility")
    assert band == "visible"
    page.get_by_role("button", name="Reset all").click()
    expect(cell).not_to_have_attribute("data-beyond", "")
    assert cell.get_attribute("aria-description") is None


def test_concepts_that_lead_out_only_together_are_named_so(desk):
    page = desk(*MIXED)
    singles = np.array([beyond(alone) for alone in np.diag(MIXED)])
    only = next(i for i in range(PICTURES) if beyond(MIXED)[i] and not singles[:, i].any())
    page.get_by_role("button", name=f"Picture {only}").click()
    expect(page.locator(".words")).to_have_text("Together they lead beyond the data: the picture is a guess.")
    expect(page.locator(".fader[data-beyond]")).to_have_count(0)


def test_the_tracks_show_the_ends_of_each_picture(desk):
    page = desk(0, 0, 0)
    low, high = np.quantile(CODES[:: len(CODES) // 2_000, USED[0]], [0.005, 0.995])
    for number in (0, 4):
        page.get_by_role("button", name=f"Picture {number}").click()
        expect(page.locator(".title")).to_have_text(f"Picture {number}")
        start = CODES[number, USED[0]]
        track, before, after = (
            page.locator(f".fader:first-child .{part}") for part in ("track", "low", "high")
        )
        box = track.bounding_box()
        for end, share in ((before, (low - start + 3) / 6), (after, 1 - (high - start + 3) / 6)):
            if share <= 0:
                expect(end).to_be_hidden()
            else:
                # To the rounded ends of the track, 4 pixels farther out.
                assert (end.bounding_box()["width"] - 4) / box["width"] == pytest.approx(share, abs=0.003)


def test_without_real_pictures_nothing_is_said_of_the_data(desk):
    page = desk(3, 3, 3, more="&alone=1")
    assert marked(page) == [False] * PICTURES
    expect(page.locator(".words")).to_have_text("")


def test_the_large_picture_is_saved(desk):
    page = desk(1.5, 0, -2)
    with page.expect_download() as info:
        page.get_by_role("button", name="Save").click()
    assert info.value.suggested_filename == f"{MODEL}-one-1.5-three--2.png"


def test_slips_of_the_fingers_are_offered_the_nearest_names(visitor):
    visitor.goto("/Concepts?model=faces-16d&view=sum")
    line = visitor.get_by_role("combobox", name="Expression")
    expect(line).not_to_have_value("")
    line.fill("")
    line.press_sequentially("face:5 + 2*smlie")
    options = visitor.get_by_role("option")
    expect(options.first).to_contain_text("smile")
    # A guess is not taken unasked: Enter sends what stands there.
    expect(options.first).to_have_attribute("aria-selected", "false")
    line.press("ArrowDown")
    line.press("Tab")
    expect(line).to_have_value("face:5 + 2*smile")
    cases = {
        "smlie": ["smile"],
        "smle": ["smile"],
        "hiar": ["hair length"],
        "hair lenght": ["hair length"],
        "cta": ["cat", "cat:"],
        "concept:dgo": [],
        "group:my gruop": ["my group"],
        "dgo": ["dog"],
        "xy": [],
        "qqqq": [],
        "cat:1": [],
        "cat:12": [],
        "123": [],
        "smi": ["smile"],
    }
    address = module_url(visitor, "/expression/expression.js", "/expression/text.js")
    found = visitor.evaluate(WORDS.strip(), [address, list(cases)])
    assert dict(zip(cases, found, strict=True)) == cases


def test_what_is_typed_before_the_module_arrives_is_kept(newcomer):
    waiting = []
    newcomer.route(re.compile(r"/expression\.js$"), lambda route: waiting.append(route))
    newcomer.goto("/Concepts?model=mnist-16d&view=sum&sum=7%20-%201")
    line = newcomer.get_by_role("combobox", name="Expression")
    line.click()
    newcomer.keyboard.type("4 + thickness")
    expect(line).to_have_value("4 + thickness")
    newcomer.wait_for_timeout(300)
    eventually(newcomer, lambda: waiting)
    for route in waiting:
        route.continue_()
    expect(newcomer.get_by_role("tab", name="Concepts")).to_be_visible()
    expect(line).to_have_value("4 + thickness")
    expect(line).to_be_focused()
    newcomer.keyboard.type(" + 1")
    newcomer.keyboard.press("Enter")
    newcomer.wait_for_url(re.compile("sum=4"))
    expect(line).to_have_value("4 + thickness + 1")
