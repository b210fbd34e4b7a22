"""One server and one browser for all tests of a process; a fresh visitor for each."""

import os
import re

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.support.chromium import FLAGS, chromium_path
from tests.support.components import fresh_visit
from tests.support.server import AppServer

# Milliseconds: pages share two cores with other tests and their servers.
PATIENCE = 120_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = AppServer(tmp_path_factory.mktemp("server-home")).wait()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium():
    path = chromium_path()
    if path is None:
        message = "needs Chromium or Chrome on the PATH"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        browser.on("context", lambda context: context.set_default_timeout(PATIENCE))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(chromium, server):
    """One page for all tests that want no more than a fresh visitor."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=server.url)
    yield context.new_page()
    context.close()


@pytest.fixture
def visitor(window):
    """A page without cookies, still blank; fails the test if a script raised an error."""
    with fresh_visit(window) as page:
        yield page


@pytest.fixture
def newcomer(chromium, server):
    """As ``visitor``, with nothing in the browser's cache and no script of another test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=server.url)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, errors


def pad_of(page: Page):
    """The pad, once its decoder has arrived."""
    pad = page.get_by_role("application", name="Latent pad")
    pad.wait_for()
    page.locator(".status[data-place='browser'], .status[data-place='server']").wait_for()
    return pad


def drag(page: Page, pad, start, end, steps=12):
    """Press at ``start``, move to ``end`` and let go; both are shares of the pad from its top left."""
    box = pad.bounding_box()

    def at(share):
        return box["x"] + share[0] * box["width"], box["y"] + share[1] * box["height"]

    page.mouse.move(*at(start))
    page.mouse.down()
    page.mouse.move(*at(end), steps=steps)
    page.mouse.up()


def readout(page: Page) -> list[float]:
    """The coordinates that the pad shows."""
    text = page.locator(".readout").inner_text().replace("−", "-")
    return [float(number) for number in re.findall(r"z\d (-?\d+\.\d+)", text)]
