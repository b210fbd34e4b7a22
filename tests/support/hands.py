"""Hands that stay as quick as a person's however slow the machine is."""

import time

# Seconds between two events of a double click.
QUICK = 0.03

PRESS = """
(element, keys) => {
  for (const [key, held] of keys) {
    element.dispatchEvent(new KeyboardEvent("keydown", { key, ...held, bubbles: true, cancelable: true }));
  }
}
"""
CLICK = """
([elements, look]) => {
  const see = () => (look ? (0, eval)(look) : null);
  return elements.map((element) => {
    element.click();
    return see();
  });
}
"""

SLOW = """
() => {
  addEventListener("drawn", () => window.drawnOnGlide++);
  const frame = requestAnimationFrame, clock = performance.now.bind(performance), start = clock();
  const slow = (now) => start + (now - start) / 100;
  window.requestAnimationFrame = (act) => frame((now) => act(slow(now)));
  performance.now = () => slow(clock());
}
"""


def keys_at_once(locator, *keys):
    """Press keys such as ``Shift+ArrowUp`` on an element within one turn of the page."""
    locator.focus()
    locator.evaluate(PRESS, [_key(key) for key in keys])


def _key(text):
    *held, key = text.split("+")
    return key, {f"{name.lower().replace('control', 'ctrl')}Key": True for name in held}


def clicks_at_once(page, *locators, look=None):
    """Click elements within one turn of the page; what the JavaScript ``look`` returns after each."""
    handles = [locator.element_handle() for locator in locators]
    return page.evaluate(CLICK, [handles, look])


def double_click(page, x, y):
    """Double click a place of the window: the events say when they were made, not when they came."""
    session = page.context.new_cdp_session(page)
    made = time.time()
    page.mouse.move(x, y)
    for count in (1, 2):
        for kind, buttons in (("mousePressed", 1), ("mouseReleased", 0)):
            made += QUICK
            session.send(
                "Input.dispatchMouseEvent",
                {
                    "type": kind,
                    "x": x,
                    "y": y,
                    "button": "left",
                    "buttons": buttons,
                    "clickCount": count,
                    "timestamp": made,
                },
            )
    session.detach()


def along(page, places, came):
    """Move the mouse to each of ``places`` (x, y); each waits until ``came``, a list of the page, grows.

    ``came`` is JavaScript. Every motion has a frame of its own: those that come together would share one.
    """
    before = page.evaluate(f"{came}.length")
    for count, (x, y) in enumerate(places, 1):
        page.mouse.move(x, y)
        page.wait_for_function(f"count => {came}.length >= count", arg=before + count)


def slow_glides(page):
    """From now on glides last a hundred times as long: whoever comes during one comes before its end."""
    page.evaluate(SLOW)


def wait_for_glide(page):
    """Wait until pictures of a glide that has just begun have been drawn."""
    page.evaluate("() => { window.drawnOnGlide = 0; }")
    page.wait_for_function("drawnOnGlide >= 2")
