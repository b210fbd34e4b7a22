"""An app of one component, for a real browser: writes its script and starts it."""

from contextlib import contextmanager
from pathlib import Path

from tests.support.server import REPOSITORY, AppServer

# What a browser says of itself if nothing is set.
PLAIN = {"media": "null", "color_scheme": "null", "reduced_motion": "null"}

SCRIPT = """
import sys

sys.path.insert(0, {repository!r})

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.server.routes import routes

app = st.App(__file__, routes=routes())


def show():
{body}


if get_script_run_ctx(suppress_warning=True) is not None:
    show()
"""


def component_server(folder: Path, body: str) -> AppServer:
    """Start an app whose page is ``body``, the lines of a function that may use ``st``."""
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "config.toml").write_text(
        (REPOSITORY / ".streamlit" / "config.toml").read_text()
    )
    script = folder / "one_component.py"
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    script.write_text(SCRIPT.format(repository=str(REPOSITORY), body=lines))
    return AppServer(folder, script).wait()


@contextmanager
def fresh_visit(window, path=None, **media):
    """The page ``window`` at ``path`` for a fresh visitor; fails at the end if a script raised an error.

    ``media`` are features that it shows, as of Playwright's ``emulate_media``. A window that has been open
    loads a page in half of the time that a new one takes.
    """
    errors: list[str] = []

    def note(error):
        errors.append(str(error))

    window.goto("about:blank")
    window.context.clear_cookies()
    window.set_viewport_size({"width": 1440, "height": 900})
    window.emulate_media(**{**PLAIN, **media})
    window.on("pageerror", note)
    if path is not None:
        window.goto(path)
    yield window
    window.remove_listener("pageerror", note)
    window.unroute_all()
    for other in window.context.pages:
        if other != window:
            other.close()
    assert not errors, errors


@contextmanager
def watched_page(chromium, server, path="", **options):
    """The page ``path`` of a fresh visitor; fails at the end if a script raised an error."""
    context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(server.url + path)
    yield page
    context.close()
    assert not errors, errors


def module_url(page, loaded: str, wanted: str) -> str:
    """The address of the player's module ``wanted`` beside ``loaded``, one that the page has fetched."""
    page.wait_for_function(
        "name => performance.getEntriesByType('resource').some(e => e.name.endsWith(name))", arg=loaded
    )
    address = page.evaluate(
        "name => performance.getEntriesByType('resource').find(e => e.name.endsWith(name)).name", loaded
    )
    return address.removesuffix(loaded) + wanted
