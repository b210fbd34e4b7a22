"""The time machine as a person uses it: drag, keys, play, touch, and a run that goes on."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.components import component_server, module_url, watched_page
from tests.support.patience import eventually
from tests.support.snapshot_runs import run_with_snapshots, snapshot
from ui.frame.colours import class_colour
from vae_core.runs.snapshots import Snapshots

BODY = """
import os
os.environ["VAE_CORE_HOME"] = {home!r}
from ui.server.run_routes import versions_of
from ui.components.timeline.view import timeline
from vae_core.runs.status import find_run
from vae_core.runs.snapshots import Snapshots

@st.fragment(run_every=0.5)
def show_run():
    run = find_run(st.query_params["run"])
    epochs = Snapshots(run).epochs()
    timeline("machine", run, epochs, versions_of(run, epochs), ["<b>zero</b>", "one"], 4)
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    st.html(f'<p class="runs">{{st.session_state.runs}}</p>')

show_run()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("timeline-home")


@pytest.fixture(scope="module")
def timeline_server(home, tmp_path_factory):
    running = component_server(tmp_path_factory.mktemp("timeline"), BODY.format(home=str(home)))
    yield running
    running.stop()


@pytest.fixture
def make_run(home, tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_CORE_HOME", str(home))
    return lambda epochs, dimensions=3: run_with_snapshots(tmp_path, epochs, dimensions)


@pytest.fixture
def page_of(chromium, timeline_server):
    """Opens a run in a page of its own: ``page_of(run, **options of the context)``."""
    pages = []

    def opened(run, **options):
        watched = watched_page(chromium, timeline_server, f"/?run={run.path.name}", **options)
        page = watched.__enter__()
        pages.append(watched)
        return page

    yield opened
    for watched in pages:
        watched.__exit__(None, None, None)


def slider(page):
    return page.get_by_role("slider", name="Epoch")


def shows(page, epoch, last):
    """Waits until all of the page shows ``epoch`` of ``last``: words, pictures and points."""
    expect(page.locator(".readout")).to_have_text(f"Epoch {epoch} of {last}")
    expect(slider(page)).to_have_attribute("aria-valuenow", str(epoch))
    expect(slider(page)).to_have_attribute("aria-valuetext", f"Epoch {epoch} of {last}")
    expect(page.locator(".views")).to_have_attribute("aria-busy", "false")
    expect(page.get_by_role("img", name=f"latent space at epoch {epoch}")).to_be_visible()
    # Points arrive with the end of the glide.
    page.wait_for_function(FIRST_POINT + f"; return Math.abs(x - {epoch / 8}) < 0.05 }}")
    eventually(page, lambda: pixel(page, "grid", 2, 2), [10 * epoch] * 3)
    eventually(page, lambda: pixel(page, "reconstructions", 2, 2), [200] * 3)
    eventually(page, lambda: pixel(page, "reconstructions", 2, 6), [10 * epoch + 5] * 3)


# The place of the crowd of points, in codes: the middle of what is drawn on the horizontal axis, right of
# the lone point at -3. The map reaches from -4 to 4.
FIRST_POINT = """() => {
  const canvas = document.querySelector("[data-part=codes]") ?? [...document.querySelectorAll("*")]
    .map(e => e.shadowRoot?.querySelector("[data-part=codes]")).find(Boolean);
  const middle = Math.floor(canvas.height / 2), side = canvas.width;
  const pixels = canvas.getContext("2d").getImageData(0, middle - 1, side, 1).data;
  const there = [];
  for (let i = Math.ceil(side * 0.2); i < side; i++) {
    const [r, g, b, a] = pixels.subarray(4 * i, 4 * i + 4);
    if (a > 150 && Math.max(r, g, b) - Math.min(r, g, b) > 30) there.push(i);
  }
  const x = 8 * (there.reduce((s, i) => s + i + 0.5, 0) / there.length) / side - 4"""


def pixel(page, part, x, y):
    return page.locator(f"[data-part={part}]").evaluate(
        "(canvas, [x, y]) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3)", [x, y]
    )


def place(page, share):
    box = slider(page).bounding_box()
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def test_it_opens_at_the_last_epoch(make_run, page_of):
    page = page_of(make_run(range(11)))
    shows(page, 10, 10)
    assert page.locator(".legend li").all_inner_texts() == ["<b>zero</b>", "one"]
    colour = page.locator(".legend li").first.evaluate("item => item.style.getPropertyValue('--colour')")
    assert colour == class_colour(0)


def test_all_views_follow_a_drag_and_settle_on_an_epoch(make_run, page_of):
    page = page_of(make_run(range(11)))
    shows(page, 10, 10)
    page.mouse.move(*place(page, 1))
    page.mouse.down()
    page.mouse.move(*place(page, 0.42), steps=8)
    # Under the hand the points stand between epochs 4 and 5.
    eventually(page, lambda: page.evaluate(FIRST_POINT + "; return x }"), pytest.approx(4.2 / 8, abs=0.03))
    page.mouse.move(*place(page, 0.28), steps=8)
    page.mouse.up()
    shows(page, 3, 10)


def test_keys_move_by_one_by_ten_and_to_the_ends(make_run, page_of):
    page = page_of(make_run(range(25)))
    shows(page, 24, 24)
    slider(page).focus()
    for key, epoch in [
        ("ArrowLeft", 23),
        ("ArrowDown", 22),
        ("PageDown", 12),
        ("ArrowRight", 13),
        ("Shift+ArrowRight", 18),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("End", 24),
        ("ArrowUp", 24),
    ]:
        page.keyboard.press(key)
        shows(page, epoch, 24)


# Notes what the button and the readout say one after another, and calls `then` after each note.
NOTE_WORDS = """(play, then) => {
  const readout = play.getRootNode().querySelector(".readout");
  const words = (window.words = []);
  const note = () => {
    words.push(`${play.textContent}, ${readout.textContent}`);
    then?.(words.at(-1), play);
  };
  const all = { childList: true, characterData: true, subtree: true };
  new MutationObserver(note).observe(play.parentNode, all);
}"""
PAUSE_AT_EPOCH_1 = (
    f"""play => ({NOTE_WORDS})(play, (said) => said === "Pause, Epoch 1 of 3" && play.click())"""
)


def test_play_starts_over_from_the_end_and_stops_there(make_run, page_of):
    page = page_of(make_run(range(4)))
    shows(page, 3, 3)
    page.get_by_role("button", name="Play").evaluate(NOTE_WORDS)
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("words.includes('Pause, Epoch 1 of 3')")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    shows(page, 3, 3)
    page.get_by_role("button", name="Play").evaluate(PAUSE_AT_EPOCH_1)
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("words.includes('Pause, Epoch 1 of 3')")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    shows(page, 1, 3)


def test_new_epochs_are_followed_at_the_end_only(make_run, page_of):
    run = make_run([])
    page = page_of(run)
    expect(page.get_by_text("The first picture comes after the first epoch")).to_be_visible()
    expect(slider(page)).to_have_count(0)
    Snapshots(run).write(snapshot(0))
    shows(page, 0, 0)
    expect(page.get_by_text("The first picture comes after the first epoch")).to_be_hidden()
    expect(page.get_by_role("button", name="Play")).to_be_disabled()
    Snapshots(run).write(snapshot(1))
    shows(page, 1, 1)
    slider(page).press("Home")
    shows(page, 0, 1)
    Snapshots(run).write(snapshot(2))
    shows(page, 0, 2)
    slider(page).press("End")
    shows(page, 2, 2)
    Snapshots(run).write(snapshot(5))
    shows(page, 5, 5)


def test_only_what_is_new_is_fetched(make_run, chromium, timeline_server):
    run = make_run(range(5))
    with watched_page(chromium, timeline_server, "/_stcore/health") as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url) if "/lab/runs/" in request.url else None)
        page.goto(f"{timeline_server.url}/?run={run.path.name}")
        shows(page, 4, 4)
        eventually(page, lambda: len(asked) >= 3 * 5)
        wait_for_two_runs(page)
        assert len(asked) == len(set(asked)) == 3 * 5
        asked.clear()
        Snapshots(run).write(snapshot(7))
        shows(page, 7, 7)
        wait_for_two_runs(page)
        assert sorted(url.split("?")[0].rsplit("/", 2)[1] for url in asked) == ["7", "7", "7"]


def wait_for_two_runs(page):
    """Wait until the page has been told twice more what there is."""
    runs = page.locator(".runs")
    wanted = int(runs.inner_text()) + 2
    eventually(page, lambda: int(runs.inner_text()) >= wanted)


def test_an_epoch_written_again_is_shown_anew(make_run, page_of):
    run = make_run(range(3))
    page = page_of(run)
    shows(page, 2, 2)
    changed = type(snapshot(2))(**{**vars(snapshot(2)), "grid": snapshot(2).grid + 100})
    Snapshots(run).write(changed)
    os.utime(Path(Snapshots(run).folder / "00002.npz"), ns=(1, 10**18))
    page.wait_for_function(
        """() => [...document.querySelectorAll("*")].some(e => {
          const canvas = e.shadowRoot?.querySelector("[data-part=grid]");
          return canvas?.getContext("2d").getImageData(1, 1, 1, 1).data[0] === 120; })"""
    )


def test_a_damaged_epoch_says_so_and_the_others_show(make_run, page_of):
    run = make_run(range(3))
    (Snapshots(run).folder / "00001.npz").write_bytes(b"junk")
    page = page_of(run)
    shows(page, 2, 2)
    slider(page).press("ArrowLeft")
    expect(page.get_by_text("The pictures of epoch 1 could not be loaded")).to_be_visible()
    slider(page).press("Home")
    shows(page, 0, 2)
    expect(page.get_by_text("could not be loaded")).to_be_hidden()


def test_a_finger_moves_it_on_a_phone(make_run, page_of):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = page_of(make_run(range(11)), **phone)
    shows(page, 10, 10)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.touchscreen.tap(*place(page, 0.5))
    shows(page, 5, 10)
    assert slider(page).bounding_box()["height"] >= 44
    assert slider(page).evaluate("track => getComputedStyle(track).touchAction") == "pan-y"


def test_one_dimension_is_drawn_too(make_run, page_of):
    page = page_of(make_run([0, 4], dimensions=1))
    expect(page.locator(".readout")).to_have_text("Epoch 4 of 4")
    expect(page.locator(".views")).to_have_attribute("data-epoch", "4")


FRAMES = """
address => import(address).then(m => {
  const order = m.fetchOrder(50, 400, 40);
  return [order.slice(0, 5), order.length <= 40, order.includes(0), order.includes(399),
          m.fetchOrder(0, 1, 40), m.fetchOrder(2, 3, 24)];
})
"""
SCATTER = """
address => import(address).then(m => {
  const codes = (latentDim, values) => ({ latentDim, count: values.length / latentDim, values });
  const three = codes(3, [0, 5, -3, 0, -5, 3, NaN, 0, 0]);
  return [m.variances(three).map(Math.round), m.axesOf(three), m.axesOf(three, [0, 1]),
          m.axesOf(codes(1, [1, 2])), m.axesOf(codes(2, [0, 1, 0, 2])),
          m.axesOf(codes(3, [1, 1.1, 0, -1, -1.1, 1]), [0, 2]),
          m.reachOf(three, [0, 2]), m.reachOf(three, [0, 1]), m.reachOf(codes(1, [70, 1]), [0, null]),
          m.reachOf(codes(1, [NaN]), [0, null])];
})
"""
PAIRS = """
address => import(address).then(m => [m.bandsOf(8, 28, 28), m.bandsOf(12, 28, 28), m.bandsOf(1, 28, 28),
                                      m.bandsOf(4, 10, 40)])
"""


def test_what_is_fetched_chosen_and_folded(make_run, page_of):
    page = page_of(make_run([0]))
    shows(page, 0, 0)
    near, fits, *ends, one, three = page.evaluate(
        FRAMES, module_url(page, "/timeline/timeline.js", "/timeline/frames.js")
    )
    assert near == [50, 51, 49, 52, 48]
    assert fits
    assert ends == [True, True]
    assert one == [0]
    assert sorted(three) == [0, 1, 2]
    assert page.evaluate(SCATTER, module_url(page, "/timeline/timeline.js", "/timeline/scatter.js")) == [
        [0, 17, 6],
        [1, 2],
        [0, 1],
        [0, None],
        [0, 1],
        [0, 1],
        3,
        5,
        80,
        3,
    ]
    assert page.evaluate(PAIRS, module_url(page, "/timeline/timeline.js", "/timeline/pairs.js")) == [
        2,
        2,
        1,
        1,
    ]
