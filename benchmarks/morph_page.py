"""The Morph page in Chromium: from choosing ends to a film that plays, and how evenly it plays.

python -m benchmarks.morph_page

Beside it what the same films take when every frame is one call of Keras' ``predict``
(``benchmarks.morph`` has that alone).
"""

from playwright.sync_api import Browser

from benchmarks.browser import app_and_browser
from benchmarks.table import p50_p95, print_table
from tests.support.server import AppServer

ROUNDS = 20
PLAYED_MILLISECONDS = 8_000
GOALS = {"to the first frame": 150, "frame": 20}

# Milliseconds from pressing "Surprise me" to the first frame of the new films and until the film is there
# that begins with it, and to draw each frame.
WATCH = """
() => {
  window.firsts = []; window.waits = []; window.draws = [];
  let pressed = null;
  addEventListener("pointerup", () => { pressed = performance.now(); }, { capture: true });
  addEventListener("begun", () => pressed !== null && window.firsts.push(performance.now() - pressed));
  addEventListener("ready", () => {
    if (pressed !== null) window.waits.push(performance.now() - pressed);
    pressed = null;
  });
  addEventListener("played", ({ detail }) => window.draws.push(detail.milliseconds));
}
"""
FRAMES = """
(milliseconds) => new Promise((done) => {
  const times = [];
  const tick = (now) => {
    times.push(now);
    if (now - times[0] < milliseconds) return requestAnimationFrame(tick);
    done(times.slice(1).map((time, index) => time - times[index]));
  };
  requestAnimationFrame(tick);
})
"""


def measured(browser: Browser, server: AppServer, model: str) -> dict[str, list[float]]:
    """Milliseconds: to the first frame, to the film, between frames, and to decode and draw one."""
    page = browser.new_page(base_url=server.url, viewport={"width": 1440, "height": 900})
    page.goto(f"/Morph?model={model}")
    page.locator("[data-part=morph][data-ready]").wait_for(timeout=60_000)
    page.wait_for_timeout(2_000)
    page.evaluate(WATCH)
    button = page.get_by_role("button", name="Surprise me")
    for number in range(1, ROUNDS + 1):
        button.click()
        page.wait_for_function("count => window.waits.length === count", arg=number)
        page.wait_for_timeout(1_200)
    page.evaluate("window.draws.length = 0")
    frames = page.evaluate(FRAMES, PLAYED_MILLISECONDS)
    firsts, waits, draws = page.evaluate("[window.firsts, window.waits, window.draws]")
    page.close()
    return {
        "to the first frame": firsts,
        "until it plays": waits,
        "frame": frames,
        "decode and draw": draws,
    }


def main() -> None:
    rows = []
    with app_and_browser() as (server, browser):
        for model in ("mnist-2d", "mnist-16d", "doodles-32d", "faces-16d"):
            for label, times in measured(browser, server, model).items():
                p50, p95 = p50_p95(times)
                goal = GOALS.get(label)
                rows.append([model, label, f"{p50:.1f}", f"{p95:.1f}", str(len(times)), str(goal or "")])
    print_table("Morph", ["model", "what", "p50 ms", "p95 ms", "times", "goal ms"], rows)


if __name__ == "__main__":
    main()
