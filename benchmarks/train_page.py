"""The Train page: from the press to a curve and a model, and what a training costs everybody else.

The rival of the first table is the same training on the command line, without a page; of the others
it is the same server while nothing trains, or while nobody watches.

    VAE_CORE_DATA=... python -m benchmarks.train_page
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page

from benchmarks.browser import DESKTOP, app_and_browser, open_explore, recorded_drag
from benchmarks.release import our_answers
from benchmarks.table import p50_p95, print_table
from tests.support.server import AppServer
from ui.train.choices import default_dataset, start_of
from vae_core import load_model
from vae_core.base.home import HOME_VARIABLE
from vae_core.runs.control import ask
from vae_core.runs.folder import RunFolder
from vae_core.runs.process import is_live
from vae_core.runs.queue import kick, submit
from vae_core.runs.status import all_runs, status_of
from vae_core.specs import TrainingSpec

VIEWERS = 5
WATCHED_SECONDS = 30
LONG_MINUTES = 60.0
PATIENCE_SECONDS = 180
MODEL_PATIENCE_SECONDS = 90
FIRST_POINT = ".js-plotly-plot .scatterlayer :is(.point, .js-line)"
GOALS = {"curve": 12.0, "model": 70.0, "bound": 147.0, "ratio": 2.0, "busy": 0.05}


@contextmanager
def page_server() -> Iterator[tuple[AppServer, Browser]]:
    """``app_and_browser``, with the server's home as this process's own, so that its runs are seen."""
    before = os.environ.get(HOME_VARIABLE)
    with app_and_browser() as (server, browser):
        os.environ[HOME_VARIABLE] = str(server.log.parent)
        try:
            yield server, browser
        finally:
            for run in all_runs():
                end(run)
            if before is None:
                del os.environ[HOME_VARIABLE]
            else:
                os.environ[HOME_VARIABLE] = before


@contextmanager
def training() -> Iterator[RunFolder]:
    """The page's default training, but long, from its first epoch on; given up with the block."""
    settings = {**start_of(default_dataset()), "minutes": LONG_MINUTES}
    settings.pop("epochs", None)
    run = submit(TrainingSpec.checked(settings), "in-the-background")
    kick()
    try:
        wait_for_epoch(run)
        yield run
    finally:
        end(run)


def wait_for_epoch(run: RunFolder) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not status_of(run).history:
        status = status_of(run)
        if time.monotonic() > deadline or status.state in ("failed", "interrupted"):
            raise SystemExit(f"the training did not start: {status.state} {status.reason or ''}")
        time.sleep(0.2)


def end(run: RunFolder) -> None:
    """Give a run up, if there is something to give up, and wait until nobody works on it."""
    if status_of(run).state not in ("finished", "discarded"):
        ask(run, "discard")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while is_live(run) and time.monotonic() < deadline:
        time.sleep(0.2)


def from_press_to_model(browser: Browser, server: AppServer) -> tuple[float, float, float]:
    """Seconds from the click to the curve's first point and to the link; the bound of the model, nats."""
    page = browser.new_page(base_url=server.url, **DESKTOP)
    page.goto("/Train")
    button = page.get_by_role("button", name="Train", exact=True)
    button.wait_for()
    page.wait_for_timeout(2000)
    pressed = time.perf_counter()
    button.click()
    page.locator(FIRST_POINT).first.wait_for(state="attached", timeout=1000 * PATIENCE_SECONDS)
    curve = time.perf_counter() - pressed
    link = page.get_by_role("link", name="Explore this model")
    link.wait_for(timeout=1000 * (60 + MODEL_PATIENCE_SECONDS))
    there = time.perf_counter() - pressed
    (run,) = all_runs()
    bound = load_model(run.model_name).metrics["test"]["neg_elbo"]
    page.close()
    return curve, there, bound


def on_the_command_line(folder: Path) -> tuple[float, float]:
    """Seconds of the whole process, and the bound, of the page's default training without a page."""
    settings = folder / "settings.json"
    settings.write_text(json.dumps(start_of(default_dataset())))
    out = folder / "without-a-page"
    command = [sys.executable, "-m", "vae_core", "train", "--spec", str(settings), "--json"]
    began = time.perf_counter()
    done = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True, check=True)
    return time.perf_counter() - began, json.loads(done.stdout)["metrics"]["neg_elbo"]


def print_first_model() -> None:
    with page_server() as (server, browser):
        curve, there, bound = from_press_to_model(browser, server)
        seconds, rival = on_the_command_line(server.log.parent)
    rows = [
        ["the page, from the click", f"{curve:.1f}", f"{there:.1f}", f"{bound:.2f}"],
        ["rival: the command line", "", f"{seconds:.1f}", f"{rival:.2f}"],
    ]
    header = ["training", "first point of the curve, s", "the model is there, s", "test −ELBO, nats"]
    print_table(f"From the press on Train: {default_dataset()}, the page's own settings", header, rows)
    if default_dataset() != "mnist":
        print("\nThe goals are for MNIST: set VAE_CORE_DATA to where it is.")
        return
    print_goals(
        (f"first point ≤ {GOALS['curve']:g} s", curve <= GOALS["curve"]),
        (f"model ≤ {GOALS['model']:g} s", there <= GOALS["model"]),
        (f"−ELBO ≤ {GOALS['bound']:g} nats", bound <= GOALS["bound"]),
    )


def print_others() -> None:
    """What another visitor of Explore notices of a training."""
    with page_server() as (server, browser):
        idle = answers_and_drag(browser, server)
        with training():
            busy = answers_and_drag(browser, server)
    header = ["server", "release to answer ms p50 / p95", "answers", "pointer to drawn ms p50 / p95"]
    rows = [
        [label, spread(answers), str(len(answers)), spread(drawn), spread(frames)]
        for label, (answers, drawn, frames) in (("rival: nothing trains", idle), ("a run trains", busy))
    ]
    times = [now / before for now, before in zip(p50_p95(busy[0]), p50_p95(idle[0]), strict=True)]
    rows.append(["ratio", f"{times[0]:.2f}× / {times[1]:.2f}×", "", "", ""])
    print_table("Another visitor while a run trains", [*header, "frame ms p50 / p95"], rows)
    print_goals((f"release p50 within {GOALS['ratio']:g}×", times[0] <= GOALS["ratio"]))


def answers_and_drag(browser: Browser, server: AppServer) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds: of the answers to releases; of a drag, from pointer to drawn, and of its frames."""
    answers, _ = our_answers(browser, server)
    page = open_explore(browser, server, "model=mnist-2d", DESKTOP)
    record = recorded_drag(page)
    page.context.close()
    return answers, record["drawn"], record["frames"]


def spread(values: list[float]) -> str:
    return "{:.1f} / {:.1f}".format(*p50_p95(values))


def print_viewers() -> None:
    """The share of a core that pages take which watch a run."""
    with page_server() as (server, browser), training() as run:
        rows, busy = [], []
        for viewers in (0, VIEWERS):
            with ExitStack() as pages:
                for _ in range(viewers):
                    page = watching_page(browser, server, run)
                    pages.callback(page.context.close)
                busy.append(share_of_a_core(server))
            rows.append([str(viewers) if viewers else "rival: nobody", f"{busy[-1]:.1%}"])
    cost = busy[1] - busy[0]
    rows.append(["difference", f"{cost:.1%}"])
    print_table("Viewers of a run that trains", ["pages open", "the server's CPU, of a core"], rows)
    print_goals((f"{VIEWERS} viewers < {GOALS['busy']:.0%} of a core", cost < GOALS["busy"]))


def watching_page(browser: Browser, server: AppServer, run: RunFolder) -> Page:
    """The run's page of a visitor of its own, once curve and time machine are there."""
    page = browser.new_context(base_url=server.url, **DESKTOP).new_page()
    page.goto(f"/Train?job={run.id}")
    page.locator(FIRST_POINT).first.wait_for(state="attached", timeout=60_000)
    page.get_by_role("slider", name="Epoch").wait_for()
    return page


def share_of_a_core(server: AppServer) -> float:
    """CPU seconds a second of the server's process, over ``WATCHED_SECONDS``."""
    process = psutil.Process(server.process.pid)
    time.sleep(3)
    before, began = sum(process.cpu_times()[:2]), time.perf_counter()
    time.sleep(WATCHED_SECONDS)
    return (sum(process.cpu_times()[:2]) - before) / (time.perf_counter() - began)


def print_goals(*goals: tuple[str, bool]) -> None:
    """One line: each goal, and whether it was reached."""
    print("\nGoals: " + "; ".join(f"{words}: {'reached' if is_met else 'MISSED'}" for words, is_met in goals))


def main() -> None:
    print_first_model()
    print_others()
    print_viewers()


if __name__ == "__main__":
    main()
