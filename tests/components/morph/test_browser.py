"""Films as a person watches them: play, pause, scrub, choose, keep; mouse, keys, finger."""

import json
import re
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.support.components import component_server, fresh_visit, module_url, watched_page
from tests.support.patience import at_rest, eventually, silence
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes
from vae_core.morphs import PathSpec, path_through

BODY = """
import json
from dataclasses import replace
import numpy as np
from ui.morph.films import way_of
from ui.components.morph.view import Chosen, Kept, morph_view
from vae_core import load_model

TITLES = {"lerp": "Straight", "slerp": "Arc", "constant": "Even <b>pace</b>", "graph": "Along the data"}
asked = st.query_params
model = load_model(asked.get("model", "digits-2d"))
frames = int(asked.get("frames", 60))

def fails():
    raise ValueError("no way <i>leads</i> there")

def way(kind, rows):
    made = replace(way_of(model, kind, frames, model.latents.z_mean[list(rows)]), title=TITLES[kind])
    if kind in asked.get("none", "").split(","):
        return replace(made, key=f"none {made.key}", codes=fails, film=fails)
    if kind in asked.get("unmeasured", "").split(","):
        return replace(made, key=f"unmeasured {made.key}", film=fails)
    return made

log = st.session_state.setdefault("log", [])
rows = tuple(int(row) for row in asked.get("rows", "3,40").split(","))
if st.toggle("Other ends"):
    rows = (rows[-1], rows[0] + 1)
kinds = ("lerp", "graph") if st.toggle("Two only") else ("lerp", "slerp", "constant", "graph")
ways = [way(kind, rows) for kind in kinds]
event = morph_view("morph", model, ways, chosen=st.session_state.get("kind", "lerp"))
if isinstance(event, Chosen):
    log.append(["chosen", event.kind])
    if "stubborn" not in asked:
        st.session_state.kind = event.kind
elif isinstance(event, Kept):
    log.append(["kept", event.kind, event.frame])
again = st.session_state["again"] = st.session_state.get("again", 0) + st.button("Again")
st.html(f'<p class="log">{json.dumps(log)}</p><p class="again">{again}</p>')
"""


DESK = {"viewport": {"width": 1440, "height": 1_000}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
CALM = {**DESK, "reduced_motion": "reduce"}
KINDS = ["lerp", "slerp", "constant", "graph"]


@pytest.fixture(scope="module")
def morph_server(tmp_path_factory):
    body = 'st.set_page_config(layout="wide")\n' + BODY.strip()
    running = component_server(tmp_path_factory.mktemp("morph"), body)
    yield running
    running.stop()


@pytest.fixture
def opened(chromium, window, morph_server):
    """Opens films, at rest at the first frame: ``opened(query, **options of a context of its own)``."""
    pages = []

    def open_page(query="", **options):
        if options or pages:
            watched = watched_page(chromium, morph_server, f"/?{query}", **{**CALM, **options})
        else:
            watched = fresh_visit(window, f"{morph_server.url}/?{query}", reduced_motion="reduce")
        page = watched.__enter__()
        pages.append(watched)
        page.locator("[data-part=morph][data-ready]").wait_for()
        # The first picture may be the server's: with the decoder it is drawn once more.
        page.locator(".status[data-place=browser]").wait_for()
        stands(page)
        return page

    yield open_page
    for watched in pages:
        watched.__exit__(None, None, None)


@cache
def film(kind="lerp", model="digits-2d", rows=(3, 40), frames=60):
    """The codes of a film that the page shows."""
    loaded = load_model(model)
    return path_through(loaded, loaded.latents.z_mean[list(rows)], PathSpec(kind=kind, frames=frames))


def slider(page):
    return page.get_by_role("slider", name="Frame")


def shows(page, code, model="digits-2d"):
    """Waits until the large picture is that of ``code``, to a level of grey."""
    expected = rounded_bytes(load_model(model).decode([code])[0])
    page.wait_for_function(SAME, arg=[expected.ravel().tolist(), expected.shape[-1]])


FIND = """const root = [...document.querySelectorAll("*")].map(e => e.shadowRoot)
  .find(r => r?.querySelector("[data-part=morph]")) ?? document;"""
SAME = (
    "([wanted, channels]) => {"
    + FIND
    + """
  const canvas = root.querySelector("[data-part=canvas]");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return wanted.length / channels === data.length / 4 && wanted.every((value, i) =>
    Math.abs(data[4 * Math.floor(i / channels) + i % channels] - value) <= 1); }"""
)


def position(page):
    """Where the large picture is, in frames from 0."""
    return float(page.locator("[data-part=canvas]").get_attribute("data-position"))


def state(page):
    return page.locator("[data-part=morph]").get_attribute("data-state")


def says(page, text):
    expect(page.locator("[data-part=readout]")).to_have_text(text)


def log(page):
    return json.loads(page.locator(".log").inner_text())


def has_log(page, entries):
    expect(page.locator(".log")).to_have_text(json.dumps(entries))


def run_again(page):
    """Runs the page once more, and waits until it has been answered."""
    before = int(page.locator(".again").inner_text())
    page.get_by_role("button", name="Again").click()
    expect(page.locator(".again")).to_have_text(str(before + 1))
    at_rest(page)


def two_frames(page):
    """Waits until all is drawn that has been asked for so far."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def stands(page):
    """Waits until all that is above the films is there, whose parts come one by one and move them."""
    expect(page.get_by_role("switch")).to_have_count(2)
    page.get_by_role("button", name="Again").wait_for()
    at_rest(page)
    page.evaluate("document.fonts.ready.then(() => {})")


def row(page, kind):
    return page.locator(f".row[data-kind={kind}]")


def point(page, locator, share):
    box = locator.bounding_box()
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def test_it_plays_by_itself_pauses_and_plays_on(opened):
    page = opened(reduced_motion="no-preference")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_function("() => {" + FIND + POSITION + "return p > 5; }")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    two_frames(page)
    stopped = position(page)
    page.wait_for_timeout(250)
    two_frames(page)
    assert position(page) == stopped
    slider(page).focus()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_function("([was]) => {" + FIND + POSITION + "return p !== was; }", arg=[stopped])
    # Playing says nothing to the server.
    assert log(page) == []


POSITION = 'const p = Number(root.querySelector("[data-part=canvas]").dataset.position);'


def test_with_reduced_motion_it_waits_at_the_first_frame(opened):
    page = opened()
    page.wait_for_timeout(300)
    assert state(page) != "playing"
    shows(page, film()[0])
    says(page, "Frame 1 of 60")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => {" + FIND + POSITION + "return p > 2; }")


def test_keys_go_by_frames_and_to_the_ends(opened):
    page = opened()
    for key, frame in [
        ("ArrowRight", 1),
        ("Shift+ArrowRight", 6),
        ("ArrowUp", 7),
        ("ArrowLeft", 6),
        ("PageUp", 12),
        ("PageDown", 6),
        ("End", 59),
        ("ArrowRight", 59),
        ("Home", 0),
        ("ArrowDown", 0),
    ]:
        slider(page).press(key)
        says(page, f"Frame {frame + 1} of 60")
        shows(page, film()[frame])
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("^Frame 1 of 60: "))
    expect(slider(page)).to_have_attribute("aria-valuemax", "60")


def test_scrubbing_shows_codes_between_two_frames(opened):
    page = opened()
    page.mouse.move(*point(page, slider(page), 0))
    page.mouse.down()
    page.mouse.move(*point(page, slider(page), 0.37), steps=6)
    page.mouse.up()
    page.wait_for_function("() => {" + FIND + POSITION + "return Math.abs(p - 0.37 * 59) < 0.3; }")
    at = position(page)
    before = int(at)
    codes = film()
    shows(page, codes[before] + (at - before) * (codes[before + 1] - codes[before]))
    assert log(page) == []
    # From between two frames a key leads to the next whole one.
    slider(page).press("ArrowRight")
    shows(page, codes[before + 1])


def test_a_hand_on_a_playing_film_holds_it_and_lets_it_go_on(opened):
    page = opened(reduced_motion="no-preference")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.mouse.move(*point(page, slider(page), 0.5))
    page.mouse.down()
    page.mouse.move(*point(page, slider(page), 0.25), steps=3)
    page.wait_for_function("() => {" + FIND + POSITION + "return Math.abs(p - 0.25 * 59) < 0.3; }")
    expect(page.locator("[data-part=morph]")).to_have_attribute("data-state", "paused")
    page.mouse.up()
    expect(page.locator("[data-part=morph]")).to_have_attribute("data-state", "playing")


def test_it_turns_round_begins_anew_or_stops(opened):
    page = opened()
    page.evaluate(
        "() => {"
        + FIND
        + """window.seen = []; root.querySelector("[data-part=morph]")
        .addEventListener("played", e => seen.push(e.detail.position)); }"""
    )
    page.get_by_role("combobox", name="Speed").select_option("4")
    slider(page).press("End")
    page.get_by_role("button", name="Play", exact=True).click()
    # Of the first way back alone: the film goes on.
    way = page.wait_for_function("() => seen.some(at => at < 10) && seen.slice(0)").json_value()
    first = next(place for place, at in enumerate(way) if at < 10)
    played = [at for at in way[: first + 1] if at < 59]
    assert len(played) > 4
    assert played == sorted(played, reverse=True)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("combobox", name="Repeat").select_option("loop")
    slider(page).press("End")
    page.evaluate("seen.length = 0")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => seen.find(at => at < 59) === 0 && seen.some(at => at > 5 && at < 50)")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("combobox", name="Repeat").select_option("once")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    says(page, "Frame 60 of 60")
    shows(page, film()[-1])
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => seen.at(-1) < 50")


def test_a_strip_is_looked_at_and_chosen(opened):
    page = opened()
    assert page.locator(".row").evaluate_all("rows => rows.map(row => row.dataset.kind)") == KINDS
    expect(page.get_by_role("radio", name="Straight")).to_have_attribute("aria-checked", "true")
    page.mouse.click(*point(page, row(page, "graph").locator(".strip"), 1 - 1e-3))
    expect(page.get_by_role("radio", name="Along the data")).to_have_attribute("aria-checked", "true")
    expect(page.get_by_role("radio", name="Straight")).to_have_attribute("aria-checked", "false")
    has_log(page, [["chosen", "graph"]])
    slider(page).press("Home")
    for frame in range(1, 6):
        slider(page).press("ArrowRight")
        shows(page, film("graph")[frame])
    # The same share of the way on all strips.
    offsets = "all => all.map(h => h.getBoundingClientRect().x - h.parentElement.getBoundingClientRect().x)"
    width = row(page, "graph").locator(".reel").bounding_box()["width"]
    heads = pytest.approx([5 / 59 * width] * 4, abs=1)
    eventually(page, lambda: page.locator(".head").evaluate_all(offsets), heads)


def test_names_are_chosen_by_click_and_by_keys(opened):
    page = opened()
    page.get_by_role("radio", name="Even <b>pace</b>").click()
    has_log(page, [["chosen", "constant"]])
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Along the data")).to_be_focused()
    has_log(page, [["chosen", "constant"], ["chosen", "graph"]])
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Straight")).to_be_focused()
    expect(page.get_by_role("radio", name="Straight")).to_have_attribute("aria-checked", "true")
    has_log(page, [["chosen", "constant"], ["chosen", "graph"], ["chosen", "lerp"]])


def test_python_may_choose_otherwise(opened):
    page = opened("stubborn=1")
    page.get_by_role("radio", name="Arc").click()
    has_log(page, [["chosen", "slerp"]])
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_role("radio", name="Straight")).to_have_attribute("aria-checked", "true")


def test_what_is_kept_is_the_frame_that_one_sees(opened):
    page = opened()
    page.mouse.click(*point(page, row(page, "lerp").locator(".strip"), 0.503))
    page.get_by_role("button", name="Go there").click()
    has_log(page, [["kept", "lerp", 30]])
    shows(page, film()[30])
    run_again(page)
    has_log(page, [["kept", "lerp", 30]])
    page.get_by_role("button", name="Go there").click()
    has_log(page, [["kept", "lerp", 30], ["kept", "lerp", 30]])


def test_strips_show_even_frames_with_both_ends(opened):
    page = opened()
    pictures = row(page, "slerp").locator(".picture")
    expect(pictures).to_have_count(10)
    expect(page.locator(".picture[data-drawn]")).to_have_count(40)
    frames = pictures.evaluate_all("all => all.map(one => Number(one.dataset.frame))")
    assert frames[0] == 0 and frames[-1] == 59
    assert {b - a for a, b in pairwise(frames)} <= {6, 7}
    expected = rounded_bytes(load_model("digits-2d").decode(film("slerp")[frames]))[..., 0]
    for index in (0, 4, 9):
        pixels = pictures.nth(index).evaluate(
            "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
        )
        assert np.abs(np.array(pixels) - expected[index].ravel()).max() <= 1


def test_the_mouse_over_a_strip_tells_of_that_frame(opened):
    page = opened()
    facts = row(page, "slerp").locator(".facts")
    for words in ("from the data", "pace", "length"):
        expect(facts).to_contain_text(words)
    page.mouse.move(*point(page, row(page, "slerp").locator(".ribbon"), 30 / 59))
    expect(facts).to_have_text(
        re.compile(
            r"^Frame 31: \d\.\d × the usual distance to the nearest test picture; a classifier says \d"
        )
    )
    page.mouse.move(5, 5)
    expect(facts).to_have_text(re.compile("from the data"))
    expect(page.locator("b", has_text="pace")).to_have_count(0)


def test_other_ends_start_anew_and_fewer_paths_go_on(opened):
    page = opened()
    slider(page).press("End")
    shows(page, film()[-1])
    page.get_by_text("Two only").click()
    expect(page.locator(".row")).to_have_count(2)
    at_rest(page)
    page.wait_for_timeout(200)
    says(page, "Frame 60 of 60")
    page.get_by_text("Other ends").click()
    says(page, "Frame 1 of 60")
    shows(page, film(rows=(40, 4))[0])


@pytest.mark.parametrize("frames", [2, 2_000])
def test_short_and_long_films(opened, frames):
    page = opened(f"frames={frames}")
    says(page, f"Frame 1 of {frames:,}".replace(",", ""))
    expect(row(page, "lerp").locator(".picture[data-drawn]")).to_have_count(min(frames, 10))
    slider(page).press("End")
    shows(page, film(frames=frames)[-1])
    slider(page).press("ArrowLeft")
    shows(page, film(frames=frames)[-2])


@pytest.mark.parametrize(
    ("model", "rows"), [("doodles-vae", (3, 400)), ("faces-16d", (3, 40)), ("mnist-16d", (3, 40))]
)
def test_films_of_other_models(opened, model, rows):
    page = opened(f"model={model}&rows={rows[0]},{rows[1]}")
    shows(page, film(model=model, rows=rows)[0], model)
    slider(page).press("PageUp")
    shows(page, film(model=model, rows=rows)[6], model)
    slider(page).press("End")
    shows(page, film(model=model, rows=rows)[-1], model)


def test_a_decoder_that_cannot_travel_is_asked_for_on_the_server(chromium, morph_server):
    with watched_page(chromium, morph_server, "/_stcore/health", **CALM) as page:
        page.route("**/player.bin", lambda route: route.abort())
        page.goto(morph_server.url)
        page.locator(".status[data-place=server]").wait_for()
        slider(page).press("End")
        shows(page, film()[-1])
        expect(row(page, "lerp").locator(".picture[data-drawn]")).to_have_count(10)


def test_a_path_that_does_not_arrive_says_so(chromium, morph_server):
    with watched_page(chromium, morph_server, "/_stcore/health", **CALM) as page:
        asked = []

        def lose(route):
            asked.append(route.request.url)
            route.abort()

        page.route("**/lab/shelf/*", lose)
        page.goto(morph_server.url)
        expect(page.get_by_text("The path could not be loaded")).to_be_visible()
        expect(page.locator(".facts")).to_have_text([re.compile("Could not be loaded")] * 4)
        # In the end it is given up, once the films that took its place are lost as well.
        silence(page, asked)
        expect(page.locator(".facts")).to_have_text([re.compile("Could not be loaded")] * 4)


HELD = """
const real = fetch;
window.asked = [];
window.fetch = (url, ...more) => {
  if (!String(url).includes("/lab/shelf/")) return real(url, ...more);
  return new Promise((go) => asked.push(() => go(real(url, ...more))));
};
"""


@pytest.fixture
def held(chromium, morph_server):
    """Opens films whose answers wait: ``held(query)``, then ``give(page, count)``.

    With ``idle`` the page's pauses wait too, as functions of its list ``pauses``.
    """
    contexts = []

    def open_page(query="", idle=False, **options):
        context = chromium.new_context(**{**CALM, **options})
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(HELD)
        if idle:
            page.add_init_script("window.pauses = []; window.requestIdleCallback = (go) => pauses.push(go);")
        page.goto(f"{morph_server.url}/?{query}")
        return page

    yield open_page
    for context in contexts:
        context.close()


def give(page, count):
    """Lets the server answer ``count`` more questions, the next as soon as it is asked."""
    for _ in range(count):
        page.wait_for_function("asked.length > 0")
        page.evaluate("asked.shift()()")


def test_the_first_picture_is_there_before_any_path(held):
    page = held(reduced_motion="no-preference")
    page.wait_for_function("asked.length > 0")
    shows(page, film()[0])
    says(page, "Frame 1 of 60")
    assert page.locator("[data-part=morph]").get_attribute("data-ready") is None
    # Nothing is there to play yet, and nothing breaks.
    page.get_by_role("button", name="Play", exact=True).click()
    slider(page).press("ArrowRight")
    says(page, "Frame 2 of 60")
    slider(page).press("Home")
    give(page, 1)
    page.locator("[data-part=morph][data-ready]").wait_for()
    page.wait_for_function("() => {" + FIND + POSITION + "return p > 2; }")


def test_one_thing_is_asked_for_after_the_other_and_rows_keep_their_height(held):
    page = held()
    page.wait_for_function("asked.length > 0")
    stands(page)
    two_frames(page)
    boxes = [one.bounding_box() for one in page.locator(".row").all()]
    assert len(boxes) == 4
    drawn = "all => all.map((row) => row.querySelectorAll('.picture[data-drawn]').length)"
    for count in range(1, 5):
        assert page.evaluate("asked.length") == 1
        give(page, 1)
        expected = [10] * count + [0] * (4 - count)
        eventually(page, lambda wanted=expected: page.locator(".row").evaluate_all(drawn), expected)
        page.wait_for_function("asked.length > 0")
    expect(page.locator(".facts[data-here]")).to_have_count(0)
    for count in range(1, 5):
        give(page, 1)
        expect(page.locator(".facts[data-here]")).to_have_count(count)
    difference = page.locator("[data-part=difference]")
    height = difference.bounding_box()["height"]
    expect(difference).to_have_text("")
    give(page, 1)
    expect(difference).to_contain_text(re.compile(r"\.$"))
    assert difference.bounding_box()["height"] == height
    assert [one.bounding_box() for one in page.locator(".row").all()] == boxes
    expect(page.locator("[data-part=legend]")).to_contain_text("a classifier's answer")


def test_what_is_chosen_while_it_is_on_its_way_comes_next(held):
    page = held()
    page.wait_for_function("asked.length > 0")
    page.get_by_role("radio", name="Along the data").click()
    slider(page).press("End")
    says(page, "Frame 60 of 60")
    # Until the keys have come to rest: nothing but the film's arrival brings the picture.
    page.wait_for_timeout(400)
    give(page, 2)
    shows(page, film("graph")[-1])
    expect(row(page, "slerp").locator(".picture[data-drawn]")).to_have_count(0)
    has_log(page, [["chosen", "graph"]])


def test_other_ends_are_not_held_up_by_what_was_asked_for_before(held):
    page = held()
    give(page, 1)
    shows(page, film()[0])
    page.wait_for_function("asked.length > 0")
    page.get_by_text("Other ends").click()
    shows(page, film(rows=(40, 4))[0])
    page.wait_for_function("asked.length === 2")
    # The late answer is of films that are gone; the new ones come all the same.
    give(page, 2)
    slider(page).press("End")
    shows(page, film(rows=(40, 4))[-1])
    give(page, 8)
    expect(page.locator("[data-part=difference][data-here]")).to_be_visible()


def test_films_that_are_gone_ask_for_nothing_more(held):
    page = held("", idle=True)
    give(page, 1)
    page.wait_for_function("pauses.length === 1")
    page.get_by_text("Other ends").click()
    give(page, 1)
    page.wait_for_function("pauses.length === 2")
    page.evaluate("pauses[0]()")
    two_frames(page)
    assert page.evaluate("asked.length") == 0
    page.evaluate("pauses[1]()")
    page.wait_for_function("asked.length === 1")


def test_a_way_that_there_is_not_says_so_and_the_next_is_shown(opened):
    page = opened("none=lerp")
    facts = row(page, "lerp").locator(".facts")
    expect(facts).to_have_text("No way <i>leads</i> there.")
    expect(page.get_by_role("radio", name="Straight")).to_be_disabled()
    expect(page.get_by_role("radio", name="Arc")).to_have_attribute("aria-checked", "true")
    has_log(page, [["chosen", "slerp"]])
    slider(page).press("End")
    shows(page, film("slerp")[-1])
    # A hand on it leads nowhere, and arrows pass it by.
    page.mouse.click(*point(page, row(page, "lerp").locator(".reel"), 0.5))
    says(page, "Frame 60 of 60")
    page.get_by_role("radio", name="Arc").focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("radio", name="Along the data")).to_be_focused()
    expect(page.locator("[data-part=difference]")).to_contain_text(re.compile(r"\.$"))


def test_no_way_at_all_is_said_beside_every_name(chromium, morph_server):
    with watched_page(chromium, morph_server, "/?none=lerp,slerp,constant,graph", **CALM) as page:
        expect(page.get_by_text("There is no way between these pictures")).to_be_visible()
        expect(page.locator(".facts")).to_have_text(["No way <i>leads</i> there."] * 4)
        shows(page, film()[0])
        expect(page.locator("[data-part=difference]")).to_have_text("")


def test_a_film_that_cannot_be_measured_plays_and_says_so(opened):
    page = opened("unmeasured=lerp")
    expect(row(page, "lerp").locator(".facts")).to_have_text("No way <i>leads</i> there.")
    slider(page).press("End")
    shows(page, film()[-1])
    expect(page.get_by_role("radio", name="Straight")).to_have_attribute("aria-checked", "true")


def test_what_was_lost_on_the_way_is_asked_for_again_with_the_next_run(opened):
    page = opened("none=slerp")
    expect(page.locator("[data-part=difference][data-here]")).to_be_visible()
    lost = [True]

    # It stays until the end: a request that is on its way when a route is taken back is never answered.
    def answer(route):
        if lost:
            route.fulfill(status=404, body="gone from here")
        else:
            route.continue_()

    page.route("**/lab/shelf/*", answer)
    page.get_by_text("Other ends").click()
    expect(page.locator(".facts")).to_have_text(["Gone from here."] * 4)
    lost.clear()
    page.get_by_text("Other ends").click()
    shows(page, film()[0])
    page.get_by_text("Other ends").click()
    # Until these ends are there, the others stand with facts of their own.
    shows(page, film(rows=(40, 4))[0])
    expect(row(page, "lerp").locator(".facts")).to_contain_text("from the data")
    slider(page).press("End")
    shows(page, film(rows=(40, 4))[-1])


def test_it_is_told_aloud_once_when_all_is_known(opened):
    page = opened()
    # Of the first films, so that nothing of them is told later.
    tale = re.compile(r"^Straight\. Frame 1 of 60: .+ test picture")
    expect(page.locator("[data-part=live]")).to_have_text(tale)
    page.evaluate(
        "() => {"
        + FIND
        + """window.told = [];
        const live = root.querySelector("[data-part=live]");
        new MutationObserver(() => told.push(live.textContent)).observe(live, { childList: true }); }"""
    )
    page.get_by_text("Other ends").click()
    page.wait_for_function("() => told.length > 0")
    page.wait_for_timeout(900)
    assert len(page.evaluate("told")) == 1
    assert tale.match(page.evaluate("told[0]"))


def test_a_phone_shows_the_picture_first(opened):
    page = opened(**PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    hero = page.locator("[data-part=canvas]").bounding_box()
    strip = row(page, "lerp").locator(".strip").bounding_box()
    assert hero["y"] < strip["y"] and hero["width"] >= 320
    expect(row(page, "lerp").locator(".picture")).to_have_count(6)
    assert strip["x"] + strip["width"] <= 390
    for control in (slider(page), page.get_by_role("button", name="Go there")):
        assert control.bounding_box()["height"] >= 40
    page.touchscreen.tap(*point(page, slider(page), 0.5))
    page.wait_for_function("() => {" + FIND + POSITION + "return Math.abs(p - 29.5) < 0.5; }")
    assert slider(page).evaluate("track => getComputedStyle(track).touchAction") == "pan-y"


def test_the_large_picture_is_large_and_its_pixels_are_equal(opened):
    page = opened()
    box = page.locator("[data-part=canvas]").bounding_box()
    assert box["width"] >= 360
    assert box["width"] == box["height"]
    assert box["width"] % 28 == 0


FILM = """
address => import(address).then(m => {
  const at = (state, passed, repeat, seconds = 2) => m.advanced(state, passed, seconds, repeat);
  const start = { share: 0.5, direction: 1, rest: 0 };
  return {
    goes: at(start, 0.5, "bounce"),
    rests: at({ ...start, rest: 0.3 }, 0.1, "loop"),
    turns: at(start, 5, "bounce"),
    returns: at({ ...start, direction: -1 }, 5, "bounce"),
    ends: at(start, 5, "once"),
    anew: at({ share: 1, direction: 1, rest: 0 }, 0.1, "loop"),
    forward: at({ ...start, direction: -1 }, 0.5, "loop").share,
    seconds: [2, 60, 100, 2000].map(m.secondsOf),
    strips: [m.stripFrames(2, 10), m.stripFrames(60, 6), m.stripFrames(2000, 2)],
    keys: [m.positionAfterKey(3.4, "ArrowRight", 1, 60), m.positionAfterKey(3.4, "ArrowLeft", 1, 60),
           m.positionAfterKey(31 / 59 * 59, "ArrowRight", 1, 60), m.positionAfterKey(1, "PageUp", 1, 2),
           m.positionAfterKey(1, "x", 1, 60) ?? null],
  };
})
"""
RIBBON = """
address => import(address).then(m => [
  m.largestBetween([0, 1, 5, 1, 0], 1.5, 2.5), m.largestBetween([0, 1, 5, 1, 0], 0.25, 0.75),
  m.heightOf(1), m.heightOf(9), m.colourOf(0) === m.colourOf(1), m.colourOf(2) === m.colourOf(50),
  m.colourOf(1) !== m.colourOf(1.5), m.largestBetween([1, 2], 0, 1),
])
"""


def test_what_a_clock_a_key_and_a_ribbon_make(opened):
    page = opened()
    made = page.evaluate(FILM, module_url(page, "/morph/morph.js", "/morph/film.js"))
    rest = made["turns"]["rest"]
    assert rest > 0
    assert made["goes"] == {"share": 0.75, "direction": 1, "rest": 0, "ended": False}
    assert made["rests"] == {"share": 0.5, "direction": 1, "rest": pytest.approx(0.2), "ended": False}
    assert made["turns"] == {"share": 1, "direction": -1, "rest": rest, "ended": False}
    assert made["returns"] == {"share": 0, "direction": 1, "rest": rest, "ended": False}
    assert made["ends"] == {"share": 1, "direction": 1, "rest": rest, "ended": True}
    assert made["anew"] == {"share": 0, "direction": 1, "rest": rest, "ended": False}
    assert made["forward"] == 0.75
    assert made["seconds"] == [3, 3, 5, 20]
    assert made["strips"] == [[0, 1], [0, 12, 24, 35, 47, 59], [0, 1999]]
    assert made["keys"] == [4, 3, 32, 1, None]
    assert page.evaluate(RIBBON, module_url(page, "/morph/morph.js", "/morph/ribbon.js")) == [
        5,
        0.75,
        0.5,
        1,
        True,
        True,
        True,
        2,
    ]
