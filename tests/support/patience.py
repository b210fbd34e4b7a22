"""Patience for what no wait of Playwright's knows: what Python makes of the page, what listeners noted."""

import time

from playwright.sync_api import expect

SECONDS = 120
# Milliseconds.
PAUSE = 50
QUIET = 500


def eventually(page, look, wanted=None):
    """What ``look()`` returns, as soon as that equals ``wanted``; without ``wanted``, as soon as it is true.

    A failed assertion in ``look`` means not yet. Meanwhile ``page`` goes on, so that listeners are called.
    Raises AssertionError with what ``look`` found last, or with its own, if it takes longer than `SECONDS`.
    """
    deadline = time.monotonic() + SECONDS
    while True:
        late = time.monotonic() > deadline
        try:
            found = look()
        except AssertionError:
            if late:
                raise
        else:
            if found == wanted if wanted is not None else found:
                return found
            assert not late, f"found {found!r}; expected {'what is true' if wanted is None else repr(wanted)}"
        page.wait_for_timeout(PAUSE)


def at_rest(page):
    """Wait until the server has nothing more to say to the page, an app of Streamlit's."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def silence(page, messages):
    """Wait until nothing has been added to a listener's ``messages`` for a while."""
    for _ in range(1000 * SECONDS // QUIET):
        before = len(messages)
        page.wait_for_timeout(QUIET)
        if len(messages) == before:
            return
    raise AssertionError(f"the page never falls silent: {messages[-3:]}")
