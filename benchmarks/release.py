"""From letting go of the point to Python's answer on the screen, beside a twin that runs Keras.

python -m benchmarks.release
"""

from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.browser import app_and_browser
from benchmarks.table import p50_p95, print_table, ratio
from tests.support.browser import pad_of
from tests.support.server import AppServer

ROUNDS = 40
TWIN = Path(__file__).with_name("twin") / "app.py"

# Milliseconds from the release (or key) to the first change of the text that Python writes.
WATCH = """
([selector, kind]) => {
  window.answers = [];
  let started = null;
  addEventListener(kind, () => { started = performance.now(); }, { capture: true });
  new MutationObserver(() => {
    const text = document.querySelector(selector)?.textContent;
    if (started === null || text === window.lastText) return;
    window.answers.push(performance.now() - started);
    window.lastText = text;
    started = null;
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
  window.lastText = document.querySelector(selector)?.textContent;
}
"""


def our_answers(browser: Browser, server: AppServer) -> tuple[list[float], int]:
    """Answers after releases, and the bytes of weights that came."""
    page = browser.new_page(base_url=server.url, viewport={"width": 1440, "height": 900})
    sizes: list[int] = []
    page.on(
        "response", lambda answer: sizes.append(len(answer.body())) if "player.bin" in answer.url else None
    )
    page.goto("/Explore?model=mnist-2d")
    box = pad_of(page).bounding_box()
    page.wait_for_timeout(1000)
    page.evaluate(WATCH, [".surroundings", "pointerup"])
    for number in range(ROUNDS):
        share = 0.1 + 0.8 * ((number * 7) % ROUNDS) / ROUNDS
        page.mouse.move(box["x"] + share * box["width"], box["y"] + (1 - share) * box["height"] * 0.9)
        page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(450)
    answers = page.evaluate("window.answers")
    page.close()
    return answers, sum(sizes)


def twin_answers(browser: Browser, server: AppServer) -> list[float]:
    page = browser.new_page(base_url=server.url, viewport={"width": 1440, "height": 900})
    page.goto("/")
    page.locator("[data-testid='stImage'] img").wait_for(timeout=60_000)
    page.wait_for_timeout(1000)
    page.evaluate(WATCH, ["[data-testid='stImageCaption']", "keydown"])
    page.get_by_role("slider").first.focus()
    for _ in range(ROUNDS):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(900)
    answers = page.evaluate("window.answers")
    page.close()
    return answers


def main() -> None:
    with app_and_browser() as (server, browser):
        ours, weights = our_answers(browser, server)
    with app_and_browser(TWIN) as (server, browser):
        twin = twin_answers(browser, server)
    rows = []
    for label, answers, sent in (
        ("release of the pad", ours, f"{weights:,} once"),
        ("rival: slider, Keras in the server", twin, "none, a picture each time"),
    ):
        p50, p95 = p50_p95(answers)
        rows.append([label, f"{p50:.0f}", f"{p95:.0f}", str(len(answers)), sent])
    rows.append(["ratio", *(ratio(b, a) for a, b in zip(p50_p95(ours), p50_p95(twin), strict=True)), "", ""])
    print_table("Release to answer", ["page", "p50 ms", "p95 ms", "answers", "bytes of weights"], rows)


if __name__ == "__main__":
    main()
