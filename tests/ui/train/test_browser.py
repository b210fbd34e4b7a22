"""Training as people do it: in real browsers, with the real worker, on the digits that come along."""

import json
import re
import time
from contextlib import contextmanager

import psutil
import pytest
from playwright.sync_api import expect

from tests.support.browser import pad_of
from tests.support.server import AppServer
from vae_core.runs.changes import delete
from vae_core.runs.control import ask
from vae_core.runs.folder import PROCESS_FILE
from vae_core.runs.process import has_process, is_live
from vae_core.runs.status import all_runs, status_of

pytestmark = pytest.mark.slow

# TensorFlow loads in seconds, on a busy machine in many, and epochs come one by one.
PATIENCE = 300_000
WHOLE_TRAINING = 3 * PATIENCE
ENDED = ("paused", "interrupted", "finished", "failed", "discarded")
# A name beyond this machine's: whoever started a run, and nobody else, may change it.
SHARED = {"STREAMLIT_SERVER_ALLOWED_HOSTS": "localhost lab.example", "VAE_CORE_DATA": ""}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("train-home")


@pytest.fixture(scope="module")
def start_server(home):
    """Starts servers on one home, as often as it is called."""
    servers = []

    def started():
        servers.append(AppServer(home, **SHARED))
        return servers[-1].wait()

    yield started
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def train_server(start_server):
    return start_server()


@pytest.fixture(autouse=True)
def own_runs(home, monkeypatch):
    """Lets the test see the server's runs; afterwards no worker is left, and no run."""
    monkeypatch.setenv("VAE_CORE_HOME", str(home))
    yield
    for run in all_runs():
        if status_of(run).state not in ENDED:
            ask(run, "discard")
    wait_for(lambda: not any(is_live(run) for run in all_runs()))
    for run in all_runs():
        delete(run)


@pytest.fixture
def visit(chromium, train_server):
    """Opens pages of visitors, each in a context of its own; fails if a script of one raised an error."""
    contexts, errors = [], []

    def opened(address="/Train"):
        context = chromium.new_context(
            base_url=train_server.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not errors, errors


def wait_for(condition, seconds=300):
    deadline = time.monotonic() + seconds
    while not condition():
        found = [(status_of(run).name, status_of(run).state, status_of(run).reason) for run in all_runs()]
        assert time.monotonic() < deadline, found
        time.sleep(0.1)


@contextmanager
def held_worker():
    """The worker of the only run, stopped where it is: it gets no further than to load TensorFlow."""
    wait_for(lambda: any(has_process(run) for run in all_runs()))
    (run,) = all_runs()
    worker = psutil.Process(json.loads((run.path / PROCESS_FILE).read_bytes())["pid"])
    worker.suspend()
    try:
        yield
    finally:
        worker.resume()


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def slider(page):
    return page.get_by_role("slider", name="Epoch")


def shows_state(page, *states):
    expect(page.locator(".run-state")).to_have_attribute(
        "data-state", re.compile(f"^({'|'.join(states)})$"), timeout=PATIENCE
    )


def choose_time(page, how_long):
    page.get_by_role("radio", name=how_long).click()
    expect(page.get_by_role("radio", name=how_long)).to_be_checked()


def train(page, name, how_long=None):
    """Press Train with the settings that stand there, a name, and perhaps another budget."""
    if how_long:
        choose_time(page, how_long)
    field = page.get_by_label("Name of the model")
    field.fill(name)
    field.press("Enter")
    button(page, "Train").click()
    page.wait_for_url("**job=*")
    return next(run for run in all_runs() if run.model_name == name)


def test_from_one_press_to_a_model_in_explore(visit):
    page = visit()
    button(page, "Train").click()
    with held_worker():
        page.wait_for_url("**job=*")
        address = page.url
        expect(page.get_by_role("heading", name="my-digits-2d")).to_be_visible()
        expect(page.get_by_text("The first picture comes after the first epoch")).to_be_visible()

    page.reload()
    assert page.url == address
    shows_state(page, "running", "exporting", "finished")
    expect(slider(page)).to_be_visible(timeout=PATIENCE)
    curve = page.locator(".js-plotly-plot .scatterlayer .trace path.js-line").first
    expect(curve).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("img", name=re.compile("latent space at epoch"))).to_be_visible(timeout=PATIENCE)

    # At the only epoch that there is it would follow the end.
    expect(page.locator(".readout")).to_have_text(re.compile("of [1-9]"), timeout=PATIENCE)
    slider(page).press("Home")
    expect(page.locator(".readout")).to_have_text(re.compile("^Epoch 0 of"), timeout=PATIENCE)
    expect(page.locator(".views")).to_have_attribute("data-epoch", "0", timeout=PATIENCE)
    # The page runs again at the end of the training, and the time machine stays where it was put.
    explore = page.get_by_role("link", name="Explore this model")
    expect(explore).to_be_visible(timeout=WHOLE_TRAINING)
    expect(page.locator(".readout")).to_have_text("Epoch 0 of 250", timeout=PATIENCE)
    slider(page).press("End")
    expect(page.locator(".readout")).to_have_text("Epoch 250 of 250", timeout=PATIENCE)
    expect(page.locator(".figures-row")).to_contain_text("−ELBO on test pictures", timeout=PATIENCE)

    explore.click()
    page.wait_for_url("**/Explore?*model=my-digits-2d*")
    pad_of(page)
    expect(page.locator(".status[data-place='browser']")).to_be_attached()


def test_pause_and_resume_and_a_server_that_is_killed_meanwhile(visit, start_server):
    server = start_server()
    page = visit(f"{server.url}/Train")
    run = train(page, "long", "30 min")
    shows_state(page, "running")
    expect(page.get_by_role("progressbar")).to_be_visible(timeout=PATIENCE)
    button(page, "Pause").click()
    shows_state(page, "paused")
    paused_at = status_of(run).epoch
    assert paused_at >= 1
    wait_for(lambda: not is_live(run))

    button(page, "Resume").click()
    shows_state(page, "running")
    wait_for(lambda: status_of(run).epoch > paused_at)
    server.process.kill()
    server.process.wait()
    seen = status_of(run).epoch
    page.goto(f"{start_server().url}/Train?job={run.id}")
    shows_state(page, "running")
    wait_for(lambda: status_of(run).epoch > seen)
    button(page, "Stop and keep").click()
    shows_state(page, "finished")
    expect(page.get_by_role("link", name="Explore this model")).to_be_visible(timeout=PATIENCE)


def test_a_double_click_makes_one_run_and_another_visitor_waits_for_it(visit):
    first, second = visit(), visit()
    # Long enough to last until the second visitor has seen that it waits.
    choose_time(first, "30 min")
    button(first, "Train").dblclick()
    first.wait_for_url("**job=*")
    (run,) = all_runs()
    other = train(second, "second")
    assert other.spec.owner != run.spec.owner
    expect(second.get_by_text("number 1 in the queue")).to_be_visible(timeout=PATIENCE)

    second.goto(f"/Train?job={run.id}")
    expect(second.get_by_text("Somebody else started this run")).to_be_visible()
    for name in ("Pause", "Stop and keep", "Cancel and discard", "Delete"):
        expect(button(second, name)).to_have_count(0)
    expect(button(second, "Duplicate with changes")).to_be_visible()

    button(first, "Cancel and discard").click()
    shows_state(first, "discarded")
    second.goto(f"/Train?job={other.id}")
    shows_state(second, "starting", "loading", "running")
    button(second, "Cancel and discard").click()
    shows_state(second, "discarded")
    wait_for(lambda: not is_live(other))
    assert len(all_runs()) == 2
