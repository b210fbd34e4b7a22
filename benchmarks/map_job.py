"""What another visitor of Explore notices while the server computes a t-SNE of 10,000 codes.

The rival is the same server while nothing is computed.

    python -m benchmarks.map_job
"""

from benchmarks.browser import app_and_browser
from benchmarks.table import p50_p95, print_table
from benchmarks.train_page import answers_and_drag, print_goals, spread
from vae_core.base.processes import COMMAND, end, launch

MODEL = "mnist-16d"
GOAL = 2.0


def main() -> None:
    with app_and_browser() as (server, browser):
        idle = answers_and_drag(browser, server)
        folder = server.log.parent
        words = ["project", MODEL, "--method", "tsne", "--out", str(folder / "coords.npz")]
        # As the Map page starts it.
        job = launch([*COMMAND, *words], folder / "job.log", nice=True)
        try:
            busy = answers_and_drag(browser, server)
            was_busy = job.poll() is None
        finally:
            end(job)
    rows = [
        [label, spread(answers), spread(drawn), spread(frames)]
        for label, (answers, drawn, frames) in (
            ("rival: nothing is computed", idle),
            ("t-SNE all the while" if was_busy else "t-SNE, which ended before", busy),
        )
    ]
    times = [now / before for now, before in zip(p50_p95(busy[0]), p50_p95(idle[0]), strict=True)]
    rows.append(["ratio", f"{times[0]:.2f}× / {times[1]:.2f}×", "", ""])
    header = [
        "server",
        "release to answer ms p50 / p95",
        "pointer to drawn ms p50 / p95",
        "frame ms p50 / p95",
    ]
    print_table("Another visitor while a map is computed", header, rows)
    print_goals((f"release p50 within {GOAL:g}×", times[0] <= GOAL))


if __name__ == "__main__":
    main()
